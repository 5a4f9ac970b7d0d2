"""Signing and publishing answers, keeping text blocks, and setting the term in which answers are due."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm.attributes import set_committed_value

from consult.answers import rules
from consult.answers.models import AnswerTerm, TextBlock
from consult.answers.queries import list_blocks
from consult.audit.verbs import record, record_many
from consult.contributions.models import Contribution
from consult.contributions.verbs import hold_rows
from consult.foundation.db import add, session
from consult.foundation.errors import Conflict, NotNow
from consult.foundation.language import gettext as _
from consult.foundation.language import moment
from consult.foundation.mail import enqueue_many
from consult.mandates.models import GateKind
from consult.mandates.queries import find_gate
from consult.policy import Act, Actor
from consult.rounds.models import Round
from consult.rounds.verbs import bump, find_open_phase, hold_decided
from consult.synthesis.models import Outcome, OutcomeKind
from consult.synthesis.queries import in_public

MAY_CHANGE = ("replaced_at", "signed_at", "published_at", "outdated_at", "final_at")  # of an answer, by others
Answers = Sequence[tuple[Outcome, Contribution]]


def sign_answers(answers: Answers, actor: Actor) -> None:
    """Sign answers that somebody else wrote, each as it was read; from then on they can be published.

    Refused as a whole to who wrote one of them, for one that was changed or signed meanwhile, and for one of
    which the contribution is hidden or merged.
    """
    _hold(answers)
    for outcome, contribution in answers:
        rules.judge_signature(outcome, contribution, actor)
        outcome.signed_by_id, outcome.signed_at = actor.person_id, actor.arrived_at
    record_many(Act.SIGN_ANSWER, actor, [(contribution, {"outcome": outcome.id}) for outcome, contribution in answers])


def publish_answers(answers: Answers, actor: Actor) -> None:
    """Make signed answers public, many at once; everybody whom one concerns is told.

    An answer that was public until then can still be read in the trace. Refused as a whole for one that was
    not signed, was changed meanwhile or is public, for one of which the contribution is hidden or merged, and
    while people vote: an answer would steer them; while gate P2 is shut; and where the answer that is public
    became final with the decision. An answer that comes after the decision is final at once.
    """
    rounds = sorted({contribution.round_id for _outcome, contribution in answers})
    decided = {round_id: hold_decided(round_id) is not None for round_id in rounds}
    _hold(answers)
    for round_id in rounds:
        _wait_for_the_vote(round_id, actor)
        _wait_for_the_gate(round_id)
    for outcome, contribution in answers:
        rules.judge_publication(outcome, contribution)
    _make_room({contribution.id: contribution for _outcome, contribution in answers}, actor)
    for outcome, contribution in answers:
        outcome.published_by_id, outcome.published_at = actor.person_id, actor.arrived_at
        if decided[contribution.round_id]:
            outcome.final_at = actor.arrived_at
    told = [(contribution, {"outcome": outcome.id, "kind": outcome.kind.value}) for outcome, contribution in answers]
    record_many(Act.PUBLISH_ANSWER, actor, told)
    enqueue_many("outcome", [{"contribution": one.id, "outcome": outcome.id} for outcome, one in answers])
    for round_id in rounds:
        bump(round_id)


def drop_answers(answers: Answers, actor: Actor) -> None:
    """Let go of changed answers that the decision overtook; what was public then is final and counts again.

    What was dropped stays readable to staff. Refused as a whole for one that can still be published, and for
    one that was dropped meanwhile.
    """
    _hold(answers)
    about = [contribution.id for _outcome, contribution in answers]
    wanted = select(Outcome).where(Outcome.contribution_id.in_(about), in_public())
    public = {one.contribution_id: one for one in session().scalars(wanted)}
    for outcome, contribution in answers:
        rules.judge_left(outcome, public.get(contribution.id), contribution)
    for outcome, _contribution in answers:
        outcome.replaced_at = actor.arrived_at
    session().flush()  # the place of the current answer is free before the public one takes it
    for one in public.values():
        one.replaced_at = None
    told = [(one, {"outcome": public[one.id].id, "dropped": outcome.id}) for outcome, one in answers]
    record_many(Act.SET_OUTCOME, actor, told)


def write_block(
    subject: Round, actor: Actor, *, name: str, kind: OutcomeKind, text: str, instead: TextBlock | None = None
) -> TextBlock:
    """Keep an answer that is used again and again, new or instead of an earlier one.

    Answers that were made with an earlier text stay as they are. Refused when another block of the round has
    this name, and for "merged", which follows from merging.
    """
    if kind is OutcomeKind.MERGED:
        raise Conflict(_("“Merged” cannot be set by hand. Merge the contribution in the queue; then it shows here."))
    if instead is not None:
        instead.ended_at = actor.arrived_at
        session().flush()  # its name is free before the next takes it
    if any(one.name.casefold() == name.casefold() for one in list_blocks(subject.id)):
        raise Conflict(_("There is a text block with this name. Choose another name."))
    told = {"written_by_id": actor.person_id, "written_at": actor.arrived_at}
    block = add(TextBlock(round_id=subject.id, name=name, kind=kind, text=text, **told))
    record(Act.WRITE_BLOCK, actor, block, instead=instead.id if instead is not None else None)
    return block


def end_block(block: TextBlock, actor: Actor) -> None:
    """Offer a text block no longer; answers that were made with it stay as they are."""
    block.ended_at = actor.arrived_at
    record(Act.WRITE_BLOCK, actor, block, ended=True)


def set_term(subject: Round, actor: Actor, *, on_day: date | None, days: int | None) -> None:
    """Say when the answers of a round are due: on a day, or so many days after collecting closes; neither: no term.

    Refused when both are given.
    """
    if on_day is not None and days is not None:
        raise Conflict(_("Give a day or a number of days, not both."))
    term = session().get(AnswerTerm, subject.id)
    if on_day is None and days is None:
        if term is not None:
            session().delete(term)
    else:
        term = term or add(AnswerTerm(round_id=subject.id, on_day=on_day, days=days, set_at=actor.arrived_at))
        term.on_day, term.days = on_day, days
        term.set_by_id, term.set_at = actor.person_id, actor.arrived_at
    record(Act.SET_ANSWER_TERM, actor, None, round=subject.id, on_day=on_day, days=days)
    session().flush()


def _hold(answers: Answers) -> None:
    """Lock what is answered until the transaction ends, and read anew how far each answer is."""
    hold_rows(*(contribution for _outcome, contribution in answers))
    by_id = {outcome.id: outcome for outcome, _contribution in answers}
    columns = [getattr(Outcome, name) for name in ("id", *MAY_CHANGE)]
    for one, *values in session().execute(select(*columns).where(Outcome.id.in_(by_id))):
        for name, value in zip(MAY_CHANGE, values, strict=True):
            set_committed_value(by_id[one], name, value)


def _make_room(known: Mapping[uuid.UUID, Contribution], actor: Actor) -> None:
    """End what is public about some contributions, so that the next answer can take its place."""
    wanted = select(Outcome).where(Outcome.contribution_id.in_(known), in_public())
    for earlier in session().scalars(wanted):
        rules.judge_room(earlier, known[earlier.contribution_id])
        earlier.outdated_at = actor.arrived_at
    session().flush()


def _wait_for_the_vote(round_id: uuid.UUID, actor: Actor) -> None:
    phase = find_open_phase(round_id, Act.CAST_VOTE, actor.arrived_at)
    if phase is not None:
        raise NotNow(
            _(
                "People vote until %(closes)s. Publish answers after that, so that nobody is led by them.",
                closes=moment(phase.closes_at),
            )
        )


def _wait_for_the_gate(round_id: uuid.UUID) -> None:
    gate = find_gate(round_id, GateKind.P2)
    if gate is not None and gate.started_at is None:
        raise NotNow(_("Board and civil service did not let people be told yet (gate P2). Publish answers after that."))
