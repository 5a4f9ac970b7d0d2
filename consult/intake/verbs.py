"""Typing in what came by another way, looking at it a second time, and telling that a reply was sent."""

import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm.attributes import set_committed_value

from consult.audit.verbs import record
from consult.contributions.models import Channel, Contribution, Kind, State, Version
from consult.contributions.queries import whole_of
from consult.contributions.verbs import fingerprint, hold_rows, receive, rewrite
from consult.foundation.db import add, insert_of, locked, read_again_locked, session
from consult.foundation.errors import Conflict, NotAllowed, NotNow, saved_meanwhile
from consult.foundation.language import gettext as _
from consult.intake import rules
from consult.intake.models import OFFLINE, RECORDED, Intake, Item, PaperReply, Stream
from consult.participants.models import Person
from consult.participants.verbs import note_writer
from consult.policy import Act, Actor
from consult.proposals.models import Proposal
from consult.proposals.verbs import check_place
from consult.rounds.models import Phase, Round, RoundState
from consult.rounds.verbs import bump

TRANSLATED_TO = "nl"  # the language into which staff translate what was written in another one


@dataclass(frozen=True)
class Idea:
    """One idea of a form; `original` is what the writer wrote, where `text` is a translation of it."""

    title: str
    text: str
    html: str
    theme_id: uuid.UUID | None = None
    area_code: str | None = None
    original: str = ""


@dataclass(frozen=True)
class Told:
    """What a form says beside its ideas.

    `writer` is a name, somebody who is known here, or nobody; `address` is where a reply on paper is wanted.
    `is_approved` counts for the record of a meeting or a workshop alone.
    """

    channel: Channel
    received_at: datetime | None = None
    place: str = ""
    reference: str = ""
    language: str = "nl"
    note: str = ""
    writer: Person | str | None = None
    address: str = ""
    is_approved: bool = False


@dataclass(frozen=True)
class Correction:
    """What one idea of a form should say; `version` is the one that the second person compared."""

    contribution: Contribution
    title: str
    text: str
    html: str
    version: int

    @property
    def changes(self) -> bool:
        """Whether it differs from what stands there."""
        whole = whole_of(self.contribution)
        return (self.title, self.text) != (whole.title, whole.text)


def enter_on_behalf(subject: Round, actor: Actor, told: Told, ideas: Sequence[Idea]) -> Intake:
    """Type in a form that came by letter, on paper, by phone, at the desk, a meeting or a school, with its ideas.

    Each idea becomes a proposal that weighs as much as any other. What counts is when it came in, not when it
    is typed. Refused while the round is not open, and for what came in outside the phase that collects.
    """
    moment = told.received_at or actor.arrived_at
    judge_time(subject, moment, actor.arrived_at)
    judge_people(told)
    for idea in ideas:
        check_place(subject, idea.theme_id, idea.area_code)
    writer = told.writer
    if isinstance(writer, str):
        writer = note_writer(writer, ideas[0].area_code) if writer else None
    new = add(
        Intake(
            round_id=subject.id,
            channel=told.channel,
            place=told.place,
            received_at=moment,
            reference=told.reference,
            note=told.note,
            is_approved=told.is_approved if told.channel in RECORDED else None,
            writer_id=writer.id if writer is not None else None,
            entered_by_id=actor.person_id,
            entered_at=actor.arrived_at,
            is_sampled=_next_is_sampled(subject),
        )
    )
    items = [_enter_idea(subject, actor, told, new, idea, position) for position, idea in enumerate(ideas, start=1)]
    set_committed_value(new, "items", items)
    if told.address:
        add(PaperReply(intake_id=new.id, round_id=subject.id, address=told.address))
    if not subject.holds_first:
        bump(subject.id)
    return new


def judge_time(subject: Round, moment: datetime, at: datetime) -> None:
    """Refuse what comes too late or too early, and everything while the round is not open."""
    if subject.state is not RoundState.OPEN:
        raise NotNow(_("The round is not open, so nothing can be entered."))
    if moment > at:
        raise Conflict(_("This date is still to come. Enter the day on which it came in."))
    phases = session().scalars(select(Phase).where(Phase.round_id == subject.id)).all()
    if not rules.came_in_time(phases, moment):
        raise NotNow(_("It came in outside the days on which proposals were collected."))


def judge_people(told: Told) -> None:
    """Refuse a way in that is none of ours, names of pupils, and an address without a name."""
    if told.channel not in OFFLINE:
        raise ValueError(f"nobody enters what came {told.channel.value}")
    if told.channel is Channel.SCHOOL and (told.writer or told.address):
        raise Conflict(_("Of pupils no names and addresses are kept. Leave them out."))
    if told.address and not told.writer:
        raise Conflict(_("A reply on paper needs a name."))


def _enter_idea(subject: Round, actor: Actor, told: Told, form: Intake, idea: Idea, position: int) -> Item:
    new = receive(
        subject,
        Kind.PROPOSAL,
        title=idea.title,
        text=idea.text,
        html=idea.html,
        author_id=form.writer_id,
        actor=actor,
        channel=told.channel,
        received_at=form.received_at,
        reference=told.reference,
        area_code=idea.area_code,
        language=TRANSLATED_TO if idea.original else told.language,
        entered_by_id=actor.person_id,
    )
    add(Proposal(contribution_id=new.id, theme_id=idea.theme_id))
    item = Item(contribution_id=new.id, intake_id=form.id, position=position)
    item.original, item.original_language = idea.original, told.language if idea.original else ""
    add(item)
    set_committed_value(item, "contribution", new)
    first = session().scalars(select(Version).where(Version.contribution_id == new.id)).one()
    facts = {"channel": told.channel.value, "intake": form.id, "sampled": form.is_sampled}
    record(Act.ENTER_ON_BEHALF, actor, new, state=new.state.value, text=fingerprint(first), **facts)
    return item


def _next_is_sampled(subject: Round) -> bool:
    """Count one more form of this round and say whether it is the one of its ten that somebody looks at again.

    Its place is thrown anew for every ten and told to nobody before it is there.
    """
    session().execute(
        insert_of(Stream)
        .values(round_id=subject.id, forms=0, pick=0)
        .on_conflict_do_nothing(index_elements=["round_id"])
    )
    wanted = locked(select(Stream).where(Stream.round_id == subject.id)).execution_options(populate_existing=True)
    stream = session().scalars(wanted).one()
    place = stream.forms % rules.SAMPLE
    if place == 0:
        stream.pick = secrets.randbelow(rules.SAMPLE)
    stream.forms += 1
    return bool(place == stream.pick)


def confirm_form(form: Intake, actor: Actor) -> None:
    """Say that a form was entered as it says.

    Refused for whoever entered it, for a form that nobody has to look at, and after somebody else did.
    """
    _hold_unchecked(form, actor)
    _checked(form, actor, was_right=True)
    record(Act.CHECK_INTAKE, actor, form, right=True)


def correct_form(form: Intake, actor: Actor, corrections: Sequence[Correction]) -> None:
    """Give ideas of a form the text that it really says; what was typed first stays as a version.

    Refused as `confirm_form`, when nothing changes, when somebody changed a text meanwhile, and for an idea
    that was refused, withdrawn or joined with another one.
    """
    _hold_unchecked(form, actor)
    wanted = [one for one in corrections if one.changes]
    if not wanted:
        raise Conflict(_("Nothing was changed. If the form was entered rightly, say so."))
    hold_rows(*(one.contribution for one in wanted))
    for one in wanted:
        _correct(one, form, actor)
    _checked(form, actor, was_right=False)
    record(Act.CHECK_INTAKE, actor, form, right=False, corrected=len(wanted))
    bump(form.round_id)


def _correct(one: Correction, form: Intake, actor: Actor) -> None:
    held, whole = one.contribution, whole_of(one.contribution)
    if held.version != one.version:
        raise saved_meanwhile([whole.title, whole.text], [one.title, one.text])
    if held.state not in {State.HELD, State.PUBLISHED} or held.merged_into_id is not None:
        raise NotNow(_("“%(title)s” was refused, withdrawn or joined, so its text stays.", title=held.title))
    kept = rewrite(held, title=one.title, text=one.text, html=one.html, at=actor.arrived_at)
    record(Act.CHECK_INTAKE, actor, held, version=held.version, text=fingerprint(kept), intake=form.id)


def _hold_unchecked(form: Intake, actor: Actor) -> None:
    """Lock a form and make sure that this person may still check it."""
    read_again_locked(form, ("checked_at", "checked_by_id", "was_right"))
    if actor.person_id is None or form.entered_by_id == actor.person_id:
        raise NotAllowed(_("You entered this form yourself, so somebody else looks at it."))
    if not form.is_sampled:
        raise NotNow(_("Nobody has to look at this form a second time."))
    if form.checked_at is not None:
        raise Conflict(_("Somebody looked at this form already."))


def _checked(form: Intake, actor: Actor, *, was_right: bool) -> None:
    form.checked_at, form.checked_by_id, form.was_right = actor.arrived_at, actor.person_id, was_right


def mark_sent(subject: Round, replies: Sequence[PaperReply], actor: Actor) -> int:
    """Write down that replies on paper were sent; one that was sent before stays as it was."""
    waiting = {reply.intake_id for reply in replies if reply.sent_at is None}
    if waiting:
        session().execute(
            update(PaperReply)
            .where(PaperReply.intake_id.in_(waiting), PaperReply.sent_at.is_(None))
            .values(sent_at=actor.arrived_at, sent_by_id=actor.person_id)
        )
        record(Act.REPLY_ON_PAPER, actor, subject, count=len(waiting))
    return len(waiting)


def reply_again(contribution_id: uuid.UUID) -> None:
    """Let the letter to a writer on paper go out again, since something was decided about one of their ideas."""
    forms = select(Item.intake_id).where(Item.contribution_id == contribution_id)
    again = update(PaperReply).where(PaperReply.intake_id.in_(forms))
    session().execute(again.values(sent_at=None, sent_by_id=None))


def forget_addresses(at: datetime) -> int:
    """Forget the addresses of replies that were sent 90 days ago and more; returns how many."""
    done = session().execute(
        update(PaperReply)
        .where(PaperReply.sent_at <= at - rules.ADDRESS_KEPT, PaperReply.address != "")
        .values(address="")
        .returning(PaperReply.intake_id)
    )
    return len(done.all())
