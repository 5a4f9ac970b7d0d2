"""Recording what the council decided and what the board promised.

Amendments become a version of the draft, and outcomes become final.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import select, update

from consult.audit.verbs import record
from consult.contributions.models import Contribution
from consult.contributions.verbs import hold_rows
from consult.decisions import rules
from consult.decisions.models import Amendment, Commitment, Decision, Deviation, Result
from consult.decisions.queries import find_final, list_accepted
from consult.foundation.db import add, read_again_locked, session
from consult.foundation.errors import Conflict, NotNow
from consult.foundation.language import gettext as _
from consult.foundation.language import local
from consult.foundation.mail import enqueue
from consult.mandates.models import GateKind
from consult.mandates.signing import void_sign_offs
from consult.policy import Act, Actor
from consult.rounds.models import Round, RoundState
from consult.rounds.queries import list_phases
from consult.rounds.verbs import bump
from consult.synthesis.drafts import find_newest
from consult.synthesis.models import Draft, Outcome, OutcomeKind, Paragraph
from consult.synthesis.queries import find_outcome, in_public
from consult.synthesis.releasing import begin_amended, publish_amended
from consult.synthesis.rules import may_be_weighed
from consult.synthesis.verbs import edit_paragraph


@dataclass(frozen=True)
class AmendmentTold:
    """One amendment: its number and what it is for, and what the paragraph says from now on."""

    number: str
    words: str
    stable_id: uuid.UUID
    text: str
    html: str
    votes: str = ""


@dataclass(frozen=True)
class DeviationTold:
    """An input of which the decision changed the outcome, and why."""

    contribution: Contribution
    kind: OutcomeKind
    reason: str


@dataclass(frozen=True)
class DecisionTold:
    """What the council decided, about which version, and what follows from it."""

    draft: Draft
    result: Result
    decided_on: date
    number: str
    votes: str = ""
    reason: str = ""
    amendments: Sequence[AmendmentTold] = field(default=())
    deviations: Sequence[DeviationTold] = field(default=())


def record_decision(subject: Round, told: DecisionTold, actor: Actor) -> Decision:
    """Record what the council decided about exactly one version of the draft, and tell everybody concerned.

    Amendments become the next version of the draft, published at once. Every outcome that is public is final from
    here on: of an input that is named with another outcome that one; when the draft was rejected, what it took over
    is not adopted. Such outcomes, groups and versions of the draft stay so: whoever changes one at this moment is
    waited for. A first answer that still waits can change until it is published; see `answers.verbs`.
    What was sent back makes nothing final. Refused after a final decision, while gate P4 is shut, for a version
    that was not public on that day, and for half a decision: see `rules`.
    """
    read_again_locked(subject, ("has_gates", "decided_at"))
    rules.judge_moment(subject, list_phases(subject.id))
    rules.judge_draft(told.draft, told.decided_on, local(actor.arrived_at).date())
    rules.judge_result(told.result, told.reason, told.amendments, told.deviations)
    if find_final(subject.id) is not None:
        raise Conflict(_("The decision about this round was recorded already."))
    amended = _amend(told, actor) if told.amendments else None
    words = {"decided_on": told.decided_on, "number": told.number, "votes": told.votes, "reason": told.reason}
    decision = add(
        Decision(
            round_id=subject.id,
            draft_id=told.draft.id,
            amended_id=amended.id if amended is not None else None,
            result=told.result,
            recorded_by_id=actor.person_id,
            recorded_at=actor.arrived_at,
            **words,
        )
    )
    for position, one in enumerate(told.amendments, start=1):
        about = {"number": one.number, "text": one.words, "votes": one.votes, "stable_id": one.stable_id}
        add(Amendment(decision_id=decision.id, position=position, **about))
    if told.result.is_final:
        _settle(decision, told.deviations, _falling(subject, told), actor)
        subject.decided_at = actor.arrived_at
    void_sign_offs(subject.id, GateKind.P5, actor)
    record(Act.RECORD_DECISION, actor, decision, result=told.result.value, draft=told.draft.number)
    enqueue("decision", round=subject.id, decision=decision.id)
    bump(subject.id)
    return decision


# --- amendments ---


def _amend(told: DecisionTold, actor: Actor) -> Draft:
    """Make the next version of the draft of the amendments, and publish it."""
    begin_amended(told.draft, actor)
    fresh = find_newest(told.draft.round_id)
    assert fresh is not None  # just begun
    known = {paragraph.stable_id: paragraph for section in fresh.sections for paragraph in section.paragraphs}
    if len({one.stable_id for one in told.amendments}) != len(told.amendments):
        raise Conflict(_("Two amendments change the same paragraph. Write down what it says in the end, once."))
    for one in told.amendments:
        _change(known.get(one.stable_id), one, actor)
    publish_amended(fresh, actor)
    return fresh


def _change(paragraph: Paragraph | None, told: AmendmentTold, actor: Actor) -> None:
    if paragraph is None:
        raise Conflict(_("This paragraph is not one of the version that was decided about. Open the page again."))
    if not told.text.strip() or told.text == paragraph.text:
        sentence = _("Amendment %(number)s changes nothing. Write what the paragraph says now.", number=told.number)
        raise Conflict(sentence)
    is_editorial, version = paragraph.is_editorial, paragraph.version
    edit_paragraph(paragraph, actor, text=told.text, html=told.html, is_editorial=is_editorial, version=version)


# --- outcomes ---


def _falling(subject: Round, told: DecisionTold) -> list[DeviationTold]:
    """Return which outcomes fall with a rejected draft: of all that it took over and that is not named otherwise."""
    if told.result is not Result.REJECTED:
        return []
    named = {one.contribution.id for one in told.deviations}
    rest = [one for one in list_accepted(subject.id) if one.id not in named]
    return [DeviationTold(one, OutcomeKind.NOT_ADOPTED, told.reason) for one in rest]


def _settle(decision: Decision, named: Sequence[DeviationTold], falling: Sequence[DeviationTold], actor: Actor) -> None:
    """Make the public outcomes of a round final, those first that the decision changed."""
    if len({one.contribution.id for one in named}) != len(named):
        raise Conflict(_("An input stands there twice. Give each its outcome once."))
    hold_rows(*(one.contribution for one in (*named, *falling)))
    for one in named:
        may_be_weighed(one.contribution)
    for one in (*named, *falling):
        _deviate(decision, one, actor)
    inside = select(Contribution.id).where(Contribution.round_id == decision.round_id)
    session().flush()
    session().execute(
        update(Outcome)
        .where(Outcome.contribution_id.in_(inside), in_public(), Outcome.final_at.is_(None))
        .values(final_at=actor.arrived_at)
    )


def _deviate(decision: Decision, told: DeviationTold, actor: Actor) -> None:
    """Give an input another outcome, public and final at once; the council stands for the second person."""
    contribution = told.contribution
    if contribution.merged_into_id is not None:
        raise Conflict(_("This input was merged. Give the outcome to the one that replaces it."))
    rules.judge_deviation(told.kind, told.reason)
    at = actor.arrived_at
    earlier = find_outcome(contribution.id)
    if earlier is not None:
        earlier.replaced_at = at
    for public in session().scalars(select(Outcome).where(Outcome.contribution_id == contribution.id, in_public())):
        public.outdated_at = at
    session().flush()  # the place of the current outcome is free before the next takes it
    moments = {"set_at": at, "signed_at": at, "published_at": at, "final_at": at}
    words = {"kind": told.kind, "reason": told.reason, "set_by_id": actor.person_id}
    outcome = add(Outcome(contribution_id=contribution.id, published_by_id=actor.person_id, **words, **moments))
    add(Deviation(decision_id=decision.id, outcome_id=outcome.id))
    record(Act.SET_OUTCOME, actor, contribution, outcome=outcome.id)
    enqueue("outcome_final", contribution=contribution.id, outcome=outcome.id)


# --- what the board promises ---


@dataclass(frozen=True)
class CommitmentTold:
    """What the board promised, which office or team keeps it, and the days on which it was said and is due."""

    text: str
    keeper: str
    made_on: date
    due_on: date


def promise(subject: Round, told: CommitmentTold, actor: Actor) -> Commitment:
    """Record something that the board promised; everybody can read it.

    Refused while the round is in preparation, for a promise of a day to come, and when it is due before it was made.
    """
    if subject.state is RoundState.DRAFT:
        raise NotNow(_("Nobody can read of this round yet. Record what is promised once it is open."))
    _judge_days(told, actor)
    if not subject.has_commitments:
        subject.has_commitments = True
    return _record_commitment(subject.id, told, actor)


def change_commitment(commitment: Commitment, told: CommitmentTold, because: str, actor: Actor) -> Commitment:
    """Change what was promised or by which day, with the reason; what stood before stays on record.

    Refused without a reason, once it was kept or taken back, and for days as `promise` does.
    """
    _hold_open(commitment)
    if not because:
        raise Conflict(_("Say why it changes. Everybody can read it."))
    _judge_days(told, actor)
    commitment.replaced_at = actor.arrived_at
    return _record_commitment(commitment.round_id, told, actor, because, commitment.id)


def settle_commitment(commitment: Commitment, result: str, actor: Actor, *, is_kept: bool) -> None:
    """Say that a promise was kept, or is taken back, and what came of it or why; refused without words, and twice."""
    _hold_open(commitment)
    if not result:
        raise Conflict(_("Say what came of it. Everybody can read it."))
    commitment.is_kept, commitment.result = is_kept, result
    commitment.settled_by_id, commitment.settled_at = actor.person_id, actor.arrived_at
    record(Act.RECORD_COMMITMENT, actor, commitment, kept=is_kept)
    bump(commitment.round_id)


def _hold_open(commitment: Commitment) -> None:
    read_again_locked(commitment, ("settled_at", "replaced_at"))
    if commitment.replaced_at is not None:
        raise Conflict(_("Somebody changed this promise already. Open the page again."))
    if not commitment.is_open:
        raise NotNow(_("It was told already what came of this promise."))


def _judge_days(told: CommitmentTold, actor: Actor) -> None:
    if told.made_on > local(actor.arrived_at).date():
        raise Conflict(_("This day is still to come. Choose the day on which it was promised."))
    if told.due_on < told.made_on:
        raise Conflict(_("It cannot be due before it was promised. Choose a later day."))


def _record_commitment(
    round_id: uuid.UUID, told: CommitmentTold, actor: Actor, because: str = "", replaces: uuid.UUID | None = None
) -> Commitment:
    by = {"recorded_by_id": actor.person_id, "recorded_at": actor.arrived_at}
    new = add(Commitment(round_id=round_id, because=because, replaces_id=replaces, **vars(told), **by))
    record(Act.RECORD_COMMITMENT, actor, new, **({"replaces": replaces} if replaces is not None else {}))
    bump(round_id)
    return new
