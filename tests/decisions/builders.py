"""Builders of rounds with gates: everybody who signs, and gates that both sides signed."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import contains_eager

from consult.coding.verbs import code
from consult.contributions.models import Contribution
from consult.decisions.signing import WAYS
from consult.foundation import clock
from consult.foundation.db import add, session
from consult.mandates.models import Gate, GateKind, Side
from consult.mandates.queries import At, get_at
from consult.mandates.signing import use_gates
from consult.mandates.verbs import NoteTold, write_note
from consult.participants.models import Person
from consult.policy import Actor, Duty, Role
from consult.rounds.models import PhaseKind, Round
from consult.rounds.queries import find_authority
from consult.synthesis.models import Draft, DraftState, Outcome, OutcomeKind, Paragraph, Section, SourceLink
from consult.synthesis.verbs import set_outcome
from tests.builders import a_member_of_staff, a_phase, a_round, acting, an_authority, appoint, reloaded, the_platform

KINDS = (
    PhaseKind.COLLECT,
    PhaseKind.FEEDBACK,
    PhaseKind.DRAFT,
    PhaseKind.FORMAL_REVIEW,
    PhaseKind.ANSWER,
    PhaseKind.DECIDE,
    PhaseKind.EVALUATE,
)
NOTE = NoteTold("De visie is van 2016.", 96_000, "Uit de begroting van 2026.", "De raad beslist in januari.")


@dataclass(frozen=True)
class Table:
    """A round with the people of its role table."""

    round: Round
    director: Person
    official: Person
    board: Person
    moderator: Person

    def __call__(self, person: Person, at: datetime | None = None) -> Actor:
        """Somebody of the table, acting now or at a moment."""
        return acting(person, at)

    def at(self, kind: GateKind) -> At:
        """A gate of the round as it is now."""
        return get_at(the_platform(), self.round.slug, kind.value)

    def gate(self, kind: GateKind) -> Gate:
        """The row of a gate."""
        return self.at(kind).gate


def a_table(found: Round) -> Table:
    """Appoint somebody to each duty of a round."""
    if find_authority() is None:
        an_authority()
    people = {}
    for name, role, duty in (
        ("director", Role.DIRECTOR, Duty.DIRECTOR),
        ("official", Role.MODERATOR, Duty.OFFICIAL_SPONSOR),
        ("board", Role.BOARD, Duty.BOARD_SPONSOR),
        ("moderator", Role.MODERATOR, Duty.MODERATOR),
    ):
        people[name] = a_member_of_staff(role)
        appoint(found, people[name], duty)
    appoint(found, a_member_of_staff(Role.PRIVACY), Duty.PRIVACY_CONTACT)
    return Table(found, **people)


def a_gated_round(*, first: int = -10, kinds: tuple[PhaseKind, ...] = KINDS) -> Table:
    """A round in preparation with all gates, of which the first phase is open now; each takes thirty days."""
    plans = [a_phase(kind, first + 30 * n, first + 30 * n + 29) for n, kind in enumerate(kinds)]
    table = a_table(a_round(state="draft", phases=plans))
    write_note(table.round, NOTE, table(table.director))
    use_gates(table.round, table(table.director))
    return replace(table, round=reloaded(table.round))


def sign(table: Table, kind: GateKind, side: Side, at: datetime | None = None) -> None:
    """Let the sponsor of a side sign."""
    person = table.board if side is Side.BOARD else table.official
    here = table.at(kind)
    WAYS[kind].sign(here.gate, here.round, side, table(person, at))


def start(table: Table, kind: GateKind, at: datetime | None = None) -> None:
    """Let begin what a gate holds back."""
    here = table.at(kind)
    WAYS[kind].start(here.gate, here.round, table(table.director, at))


def pass_gate(table: Table, *kinds: GateKind) -> None:
    """Sign at gates for both sides and let begin what follows."""
    for kind in kinds:
        for side in Side:
            sign(table, kind, side)
        start(table, kind)


def an_answered(
    table: Table, contribution: Contribution, kind: OutcomeKind = OutcomeKind.ADOPTED, *, is_public: bool = True
) -> Contribution:
    """An input with a theme and an answer, public or not."""
    actor = table(table.moderator)
    code(contribution, [table.round.themes[0]], actor)
    outcome = set_outcome(contribution, kind, "Dat past bij de visie.", actor)
    if is_public:
        now = clock.now()
        outcome.signed_at, outcome.published_at = now, now
        session().flush()
    return contribution


def a_draft(table: Table, *sources: Contribution, state: DraftState = DraftState.CONCEPT, number: int = 1) -> Draft:
    """A version of the draft with one section and two paragraphs: one that rests on the sources, one of our own."""
    now = clock.now()
    done = {"submitted_at": now, "published_at": now} if state is DraftState.PUBLISHED else {}
    draft = add(Draft(round_id=table.round.id, number=number, title="Visie", state=state, begun_at=now, **done))
    section = add(Section(draft_id=draft.id, position=1, title="Groen"))
    told = {"section_id": section.id, "renderer": "1"}
    first = add(Paragraph(position=1, text="Er komen bankjes.", html="<p>Er komen bankjes.</p>", **told))
    add(Paragraph(position=2, text="Tot slot.", html="<p>Tot slot.</p>", is_editorial=True, **told))
    for source in sources:
        add(SourceLink(paragraph_id=first.id, contribution_id=source.id))
    return draft


def paragraphs(draft: Draft) -> list[Paragraph]:
    """The paragraphs of a version, with their section and draft at hand."""
    up = contains_eager(Paragraph.section).joinedload(Section.draft)
    wanted = select(Paragraph).join(Paragraph.section).where(Section.draft_id == draft.id).options(up)
    return list(session().scalars(wanted.order_by(Paragraph.position)))


def outcomes_of(contribution: Contribution) -> list[Outcome]:
    """All answers to an input, the oldest first."""
    wanted = select(Outcome).where(Outcome.contribution_id == contribution.id).order_by(Outcome.set_at)
    return list(session().scalars(wanted.execution_options(populate_existing=True)))
