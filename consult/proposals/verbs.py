"""Putting proposals forward, arguing about them, and typing in what came by another way."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from consult.audit.verbs import record
from consult.contributions.models import PUT_FORWARD, Channel, Contribution, Kind, State, Version
from consult.contributions.queries import count_since, has_merged
from consult.contributions.verbs import Row, enter_many, fingerprint, hold_rows, receive, rewrite
from consult.foundation.db import add, locked, session
from consult.foundation.errors import Conflict, NotNow, TooMany
from consult.foundation.language import gettext as _
from consult.participants.models import Person
from consult.participants.verbs import note_writer
from consult.policy import Act, Actor
from consult.proposals import rules
from consult.proposals.models import Argument, Proposal, Stance
from consult.rounds.models import Area, Phase, Round, RoundState, Theme
from consult.rounds.verbs import bump, hold_phase_for


def submit_proposal(
    subject: Round,
    actor: Actor,
    *,
    title: str,
    text: str,
    html: str,
    theme_id: uuid.UUID | None = None,
    area_code: str | None = None,
) -> Contribution:
    """Put a proposal forward in a round; it waits for a moderator where the round holds what comes in.

    Refused outside the phase that collects proposals, after ten in one hour, and with a theme or an area
    that is not one of the round's.
    """
    hold_phase_for(subject.id, Act.SUBMIT_PROPOSAL, actor.arrived_at)
    _check_place(subject, theme_id, area_code)
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
    )
    add(Proposal(contribution_id=new.id, theme_id=theme_id))
    _record_received(Act.SUBMIT_PROPOSAL, actor, new)
    return new


def edit_proposal(
    contribution: Contribution, actor: Actor, *, title: str, text: str, html: str, version: int
) -> Contribution:
    """Give a proposal a new text; the old one stays as a version, and it stays as public as it was.

    Refused outside the phase that collects proposals, when it was withdrawn, refused or merged, and, with
    both texts, when `version` is not the one that is saved now. The same text again changes nothing.
    """
    hold_phase_for(contribution.round_id, Act.EDIT_PROPOSAL, actor.arrived_at)
    hold_rows(contribution)
    _still_ours(contribution)
    if contribution.merged_into_id is not None:
        raise NotNow(_("This proposal was joined with another one, so its text stays as people supported it."))
    if (contribution.title, contribution.text) == (title, text):
        return contribution
    if contribution.version != version:
        raise Conflict(
            _("This text was changed after you opened it. Compare the two and open the page again."),
            theirs=f"{contribution.title}\n\n{contribution.text}",
            yours=f"{title}\n\n{text}",
        )
    kept = rewrite(contribution, title=title, text=text, html=html, at=actor.arrived_at)
    record(Act.EDIT_PROPOSAL, actor, contribution, version=contribution.version, text=fingerprint(contribution, kept))
    if contribution.is_public:
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

    Refused outside the phases that take arguments, under a proposal that is not public or was merged, and
    after thirty in one hour.
    """
    hold_phase_for(proposal.round_id, Act.ADD_ARGUMENT, actor.arrived_at)
    _hold_shared(proposal)
    if proposal.merged_into_id is not None:
        raise NotNow(_("This proposal was joined with another one. Give your argument there."))
    if not proposal.stands or proposal.kind not in PUT_FORWARD:
        raise NotNow(_("This proposal is not public now, so it takes no arguments."))
    _count_hour(actor, Kind.ARGUMENT, rules.ARGUMENTS_AN_HOUR)
    subject = session().get_one(Round, proposal.round_id)
    new = receive(subject, Kind.ARGUMENT, title="", text=text, html=html, author_id=actor.person_id, actor=actor)
    add(Argument(contribution_id=new.id, proposal_id=proposal.id, stance=stance))
    _record_received(Act.ADD_ARGUMENT, actor, new, proposal=proposal.id, stance=stance.value)
    return new


def enter_on_behalf(
    subject: Round,
    actor: Actor,
    *,
    writer: Person | str | None,
    channel: Channel,
    title: str,
    text: str,
    html: str,
    received_at: datetime | None = None,
    theme_id: uuid.UUID | None = None,
    area_code: str | None = None,
    reference: str = "",
    language: str = "nl",
) -> Contribution:
    """Type in a proposal that came by letter, on paper, by phone or at a meeting; it weighs as much as any other.

    `writer` is a name, somebody who is known here, or nobody. What counts is when it came in, not when it
    is typed. Refused while the round is not open, and for what came in outside the phase that collects.
    """
    if subject.state is not RoundState.OPEN:
        raise NotNow(_("The round is not open, so nothing can be entered."))
    moment = received_at or actor.arrived_at
    if moment > actor.arrived_at:
        raise Conflict(_("This date is still to come. Enter the day on which it came in."))
    if not rules.came_in_time(_collecting(subject), moment):
        raise NotNow(_("It came in outside the days on which proposals were collected."))
    _check_place(subject, theme_id, area_code)
    if isinstance(writer, str):
        writer = note_writer(writer, area_code) if writer else None
    new = receive(
        subject,
        Kind.PROPOSAL,
        title=title,
        text=text,
        html=html,
        author_id=writer.id if writer is not None else None,
        actor=actor,
        channel=channel,
        received_at=moment,
        reference=reference,
        area_code=area_code,
        language=language,
        entered_by_id=actor.person_id,
    )
    add(Proposal(contribution_id=new.id, theme_id=theme_id))
    _record_received(Act.ENTER_ON_BEHALF, actor, new, channel=channel.value)
    return new


def enter_proposals(
    subject: Round, rows: Sequence[Row], actor: Actor, state: State = State.PUBLISHED, *, act: Act = Act.IMPORT
) -> list[Contribution]:
    """Take many proposals in with their themes, in the order of `rows`; the journal gets one entry a thousand."""
    entered = enter_many(subject, Kind.PROPOSAL, rows, actor, state, act=act)
    session().add_all(
        Proposal(contribution_id=new.id, theme_id=row.theme_id) for new, row in zip(entered, rows, strict=True)
    )
    session().flush()
    return entered


def _still_ours(contribution: Contribution) -> None:
    if contribution.state is State.WITHDRAWN:
        raise NotNow(_("You withdrew this proposal."))
    if contribution.state is State.REFUSED:
        raise NotNow(_("This proposal was refused, so it cannot be changed."))


def _check_place(subject: Round, theme_id: uuid.UUID | None, area_code: str | None) -> None:
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


def _collecting(subject: Round) -> Sequence[Phase]:
    return session().scalars(select(Phase).where(Phase.round_id == subject.id)).all()


def _record_received(act: Act, actor: Actor, new: Contribution, **facts: object) -> None:
    """Write down that a contribution came in, by hash, and say so to the public when it is public at once."""
    first = session().scalars(select(Version).where(Version.contribution_id == new.id, Version.number == 1)).one()
    record(act, actor, new, state=new.state.value, text=fingerprint(new, first), **facts)
    if new.is_public:
        bump(new.round_id)
