"""Putting proposals forward and arguing about them."""

import uuid
from collections.abc import Sequence

from sqlalchemy import insert, select

from consult.audit.verbs import record
from consult.contributions.attaching import attach_all
from consult.contributions.models import PUT_FORWARD, Contribution, Kind, State, Version
from consult.contributions.queries import count_since, has_merged, whole_of
from consult.contributions.verbs import Row, enter_many, fingerprint, hold_rows, look_again, receive, rewrite
from consult.foundation.db import add, insert_of, locked, new_id, session
from consult.foundation.errors import Conflict, NotAllowed, NotNow, TooMany, saved_meanwhile
from consult.foundation.files import Incoming
from consult.foundation.language import gettext as _
from consult.foundation.mail import enqueue
from consult.participants.models import Person
from consult.policy import Act, Actor
from consult.proposals import rules, unsent
from consult.proposals.models import Argument, Helpful, Place, Proposal, Stance
from consult.rounds.models import Area, Round, Theme
from consult.rounds.rules import demand
from consult.rounds.verbs import bump, hold_phase_for
from consult.similarity.verbs import index


def submit_proposal(
    subject: Round,
    actor: Actor,
    *,
    title: str,
    text: str,
    html: str,
    theme_id: uuid.UUID | None = None,
    area_code: str | None = None,
    language: str = "nl",
    files: Sequence[Incoming] = (),
) -> Contribution:
    """Put a proposal forward in a round; it waits for a moderator where the round holds what comes in.

    Refused outside the phase that collects proposals, while the actor has not shown what the round asks, after
    ten in one hour, with a theme or an area that is not one of the round's, and with files that `attach` refuses.
    """
    hold_phase_for(subject.id, Act.SUBMIT_PROPOSAL, actor.arrived_at)
    demand(subject, Act.SUBMIT_PROPOSAL, actor)
    check_place(subject, theme_id, area_code)
    _count_hour(actor, Kind.PROPOSAL, rules.PROPOSALS_AN_HOUR)
    new = receive(
        subject,
        Kind.PROPOSAL,
        title=title,
        text=text,
        html=html,
        author_id=actor.person_id,
        actor=actor,
        area_code=area_code,
        language=language,
    )
    add(Proposal(contribution_id=new.id, theme_id=theme_id))
    unsent.drop(actor, Place.PROPOSAL, subject.id)
    index(new)
    _record_received(Act.SUBMIT_PROPOSAL, actor, new)
    attach_all(new, files, actor)
    return new


def edit_proposal(
    contribution: Contribution,
    actor: Actor,
    *,
    title: str,
    text: str,
    html: str,
    version: int,
    files: Sequence[Incoming] = (),
) -> Contribution:
    """Give a proposal a new text and more files; the old text stays as a version, and it stays as public as it was.

    Unless a passage that was taken away is no longer there as it was, or a machine sees something new in it that
    somebody should look at: then it waits for a moderator.
    Refused outside the phase that collects proposals, when it was withdrawn, refused or merged, and, with
    both texts, when `version` is not the one that is saved now. The same text again is no new version.
    """
    hold_phase_for(contribution.round_id, Act.EDIT_PROPOSAL, actor.arrived_at)
    hold_rows(contribution)
    _still_ours(contribution)
    if contribution.merged_into_id is not None:
        raise NotNow(_("This proposal was joined with another one, so its text stays as people supported it."))
    attach_all(contribution, files, actor)
    whole, was_public = whole_of(contribution), contribution.is_public
    if (whole.title, whole.text) == (title, text):
        unsent.drop(actor, Place.EDIT, contribution.id)
        return contribution
    if contribution.version != version:
        raise saved_meanwhile([whole.title, whole.text], [title, text])
    kept = rewrite(contribution, title=title, text=text, html=html, at=actor.arrived_at)
    look_again(contribution, whole, actor)
    unsent.drop(actor, Place.EDIT, contribution.id)
    index(contribution)
    record(Act.EDIT_PROPOSAL, actor, contribution, version=contribution.version, text=fingerprint(kept))
    if was_public:
        bump(contribution.round_id)
    return contribution


def withdraw_proposal(contribution: Contribution, actor: Actor) -> None:
    """Take a proposal back: it is no longer public, and its author and the moderators still see it.

    Refused outside the phase that collects proposals, when it was withdrawn or refused before, and while
    proposals of others are joined with it.
    """
    hold_phase_for(contribution.round_id, Act.WITHDRAW_PROPOSAL, actor.arrived_at)
    hold_rows(contribution)
    _still_ours(contribution)
    if has_merged(contribution.id):
        raise NotNow(_("Proposals of others were joined with yours. Ask the municipality to separate them first."))
    was_public = contribution.is_public
    contribution.state = State.WITHDRAWN
    record(Act.WITHDRAW_PROPOSAL, actor, contribution)
    if was_public:
        bump(contribution.round_id)


def add_argument(proposal: Contribution, actor: Actor, *, stance: Stance, text: str, html: str) -> Contribution:
    """Say something for, against or about a proposal.

    Refused outside the phases that take arguments, while the actor has not shown what the round asks, under a
    proposal that is not public or was merged, and after thirty in one hour.
    """
    new = _say_under(proposal, actor, text, html)
    add(Argument(contribution_id=new.id, proposal_id=proposal.id, stance=stance))
    unsent.drop(actor, Place.ARGUMENT, proposal.id)
    _record_received(Act.ADD_ARGUMENT, actor, new, proposal=proposal.id, stance=stance.value)
    return new


def answer_argument(argument: Argument, actor: Actor, *, text: str, html: str) -> Contribution:
    """Say something to an argument, under the same proposal; one level deep, so that a talk stays readable.

    `argument` is loaded with its contribution. Refused as an argument is, to an argument that is not public, and
    to an answer.
    """
    if argument.answers_id is not None:
        raise Conflict(_("This is an answer itself. Answer the argument above it."))
    _hold_shared(argument.contribution)
    if not argument.contribution.is_public:
        raise NotNow(_("This argument is not public now, so it takes no answers."))
    new = _say_under(session().get_one(Contribution, argument.proposal_id), actor, text, html)
    told = {"proposal_id": argument.proposal_id, "answers_id": argument.contribution_id}
    add(Argument(contribution_id=new.id, stance=Stance.NEUTRAL, **told))
    unsent.drop(actor, Place.REPLY, argument.contribution_id)
    _record_received(Act.ADD_ARGUMENT, actor, new, proposal=argument.proposal_id, answers=argument.contribution_id)
    return new


def mark_helpful(argument: Argument, actor: Actor, *, is_helpful: bool) -> None:
    """Say that an argument of somebody else helps to think, or take that back; the same again changes nothing.

    `argument` is loaded with its contribution. Refused outside the phases that take arguments, for one's own
    argument, and for one that is not public.
    """
    hold_phase_for(argument.contribution.round_id, Act.MARK_HELPFUL, actor.arrived_at)
    if argument.contribution.author_id == actor.person_id:
        raise NotAllowed(_("This is your own argument. Others say whether it helps them."))
    if not argument.contribution.is_public:
        raise NotNow(_("This argument is not public now."))
    told = {"argument_id": argument.contribution_id, "person_id": actor.person_id, "stands": is_helpful}
    session().execute(
        insert_of(Helpful)
        .values(id=new_id(), **told)
        .on_conflict_do_update(index_elements=["argument_id", "person_id"], set_={"stands": is_helpful})
    )
    record(Act.MARK_HELPFUL, actor, argument.contribution, stands=is_helpful)
    bump(argument.contribution.round_id)


def _say_under(proposal: Contribution, actor: Actor, text: str, html: str) -> Contribution:
    """Take in what somebody says under a proposal, when it takes that now."""
    hold_phase_for(proposal.round_id, Act.ADD_ARGUMENT, actor.arrived_at)
    _hold_shared(proposal)
    if proposal.merged_into_id is not None:
        raise NotNow(_("This proposal was joined with another one. Give your argument there."))
    if not proposal.stands or proposal.kind not in PUT_FORWARD:
        raise NotNow(_("This proposal is not public now, so it takes no arguments."))
    subject = session().get_one(Round, proposal.round_id)
    demand(subject, Act.ADD_ARGUMENT, actor)
    _count_hour(actor, Kind.ARGUMENT, rules.ARGUMENTS_AN_HOUR)
    return receive(subject, Kind.ARGUMENT, title="", text=text, html=html, author_id=actor.person_id, actor=actor)


def enter_proposals(
    subject: Round,
    rows: Sequence[Row],
    actor: Actor,
    state: State = State.PUBLISHED,
    *,
    act: Act = Act.IMPORT,
    **facts: object,
) -> list[Contribution]:
    """Take many proposals in with their themes, in the order of `rows`; the journal gets one entry a thousand."""
    entered = enter_many(subject, Kind.PROPOSAL, rows, actor, state, act=act, **facts)
    placed = [{"contribution_id": new.id, "theme_id": row.theme_id} for new, row in zip(entered, rows, strict=True)]
    if placed:
        session().execute(insert(Proposal), placed)
    return entered


def _still_ours(contribution: Contribution) -> None:
    if contribution.state is State.WITHDRAWN:
        raise NotNow(_("You withdrew this proposal."))
    if contribution.state is State.REFUSED:
        raise NotNow(_("This proposal was refused, so it cannot be changed."))


def check_place(subject: Round, theme_id: uuid.UUID | None, area_code: str | None) -> None:
    """Refuse a theme of another round and an area that nobody knows."""
    if theme_id is not None:
        theme = session().get(Theme, theme_id)
        if theme is None or theme.round_id != subject.id:
            raise Conflict(_("This theme is not one of this round. Choose another one."))
    if area_code is not None and session().get(Area, area_code) is None:
        raise Conflict(_("We do not know this neighbourhood. Choose another one."))


def _count_hour(actor: Actor, kind: Kind, most: int) -> None:
    """Count what this person brought in within the hour, under a lock on the person, so that two do not slip by."""
    if actor.person_id is None:
        return
    session().execute(locked(select(Person.id).where(Person.id == actor.person_id)))
    if count_since(actor.person_id, kind, actor.arrived_at - rules.STRETCH) >= most:
        raise TooMany(
            _("You sent in %(most)s within an hour. Wait a while and send this one then.", most=most),
            retry_after=int(rules.STRETCH.total_seconds()),
        )


def _hold_shared(proposal: Contribution) -> None:
    """Read a proposal anew and keep it from being hidden or merged until the transaction ends."""
    session().refresh(proposal, attribute_names=["state", "merged_into_id"], with_for_update={"read": True})


def _record_received(act: Act, actor: Actor, new: Contribution, **facts: object) -> None:
    """Write down that a contribution came in, by hash, and say so to the public when it is public at once.

    Whoever sent a proposal gets a proof of receipt by mail; of an argument it stands on the page and on theirs.
    """
    first = session().scalars(select(Version).where(Version.contribution_id == new.id, Version.number == 1)).one()
    record(act, actor, new, state=new.state.value, text=fingerprint(first), **facts)
    if new.kind is Kind.PROPOSAL and actor.person_id is not None:
        enqueue("received", recipient_id=actor.person_id, contribution=new.id)
    if new.kind is Kind.ARGUMENT and new.is_public:
        enqueue("argued", contribution=new.id, dedupe=f"argued:{new.id}")
    if new.is_public:
        bump(new.round_id)
