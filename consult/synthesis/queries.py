"""Finding outcomes, drafts and sources; what is still to do; and where a contribution landed."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, String, and_, cast, func, or_, select, union
from sqlalchemy.orm import aliased, joinedload

from consult.coding.models import Code
from consult.coding.queries import Coded, is_about, is_blind, is_coded, is_suggested, list_coded, seen_by
from consult.contributions.models import PUT_FORWARD, Contribution, Kind, State
from consult.contributions.queries import matches_words
from consult.foundation.db import session
from consult.foundation.errors import NotFound
from consult.foundation.paging import PER_PAGE, Page
from consult.foundation.text import plain
from consult.landscape.models import StatementResult
from consult.mandates.models import Gate, GateKind
from consult.participants.models import Person
from consult.policy import Actor, Duty
from consult.rounds.models import Appointment, Theme
from consult.synthesis import rules
from consult.synthesis.models import (
    Assignment,
    Draft,
    Evaluation,
    Note,
    Outcome,
    OutcomeKind,
    Paragraph,
    Section,
    SourceLink,
    Use,
    VoteResult,
)


class Show(StrEnum):
    """Which part of the work a list holds."""

    ALL = ""
    UNCODED = "uncoded"
    UNWEIGHED = "unweighed"
    UNPLACED = "unplaced"
    OPEN = "open"
    DONE = "done"
    SUGGESTED = "suggested"


NOBODY = "nobody"


@dataclass(frozen=True)
class Wanted:
    """Which contributions the coding list should hold; what is empty does not narrow it."""

    show: Show = Show.ALL
    theme: str = ""
    outcome: OutcomeKind | None = None
    words: str = ""
    with_arguments: bool = False
    who: str = ""  # the id of a colleague, or NOBODY
    viewer: Actor | None = None  # whose list it is: who codes a second time sees no first coding


@dataclass(frozen=True)
class Weighed:
    """A contribution with its themes and its own outcome; `becomes` is what counts, merging included."""

    contribution: Contribution
    outcome: Outcome | None
    themes: Sequence[Theme] = ()
    worked_on_by: str = ""
    notes: int = 0
    coded: Sequence[Coded] = ()
    is_blind: bool = False  # who looks is to code it a second time first

    @property
    def becomes(self) -> OutcomeKind | None:
        """What becomes of it."""
        return rules.standing_outcome(self.contribution, self.outcome)


@dataclass(frozen=True)
class Coverage:
    """How much of a round was worked through: of `inputs` that stand, and of `paragraphs` of the newest draft.

    Each count has its list: `list_weighed` with the `Show` of the same name, and `list_bare`.
    """

    inputs: int = 0
    uncoded: int = 0
    unweighed: int = 0
    unplaced: int = 0
    to_place: int = 0
    paragraphs: int = 0
    bare: int = 0


# --- coding and outcomes ---


def get_weighed(contribution: Contribution, viewer: Actor) -> Weighed:
    """Return a contribution with the themes that somebody may see, and its outcome."""
    coded = list_coded([contribution.id], viewer)
    return Weighed(contribution, find_outcome(contribution.id), [one.code.theme for one in coded], coded=coded)


def find_outcome(contribution_id: uuid.UUID) -> Outcome | None:
    """Find the draft answer to a contribution itself that counts now; it may be public or not."""
    now = (Outcome.contribution_id == contribution_id, Outcome.replaced_at.is_(None))
    return session().scalar(select(Outcome).where(*now))


def list_final(contribution_ids: Sequence[uuid.UUID]) -> set[uuid.UUID]:
    """List which of these contributions have a public answer that became final, as it is now."""
    final = (Outcome.contribution_id.in_(contribution_ids), in_public(), Outcome.final_at.is_not(None))
    return set(session().scalars(select(Outcome.contribution_id).where(*final)))


def in_public() -> ColumnElement[bool]:
    """Say which answers everybody may read: the one of each contribution that was published last."""
    return and_(Outcome.published_at.is_not(None), Outcome.outdated_at.is_(None))


def find_evaluation(contribution_id: uuid.UUID) -> Evaluation | None:
    """Find what staff think of a contribution now."""
    wanted = select(Evaluation).where(Evaluation.contribution_id == contribution_id, Evaluation.replaced_at.is_(None))
    return session().scalar(wanted)


def get_inputs(round_id: uuid.UUID, public_ids: Sequence[str]) -> list[Contribution]:
    """Return the public contributions of a round at these addresses; raises NotFound when one is not there."""
    wanted = select(Contribution).where(
        Contribution.round_id == round_id,
        Contribution.public_id.in_(public_ids),
        Contribution.state == State.PUBLISHED,
    )
    found = list(session().scalars(wanted.order_by(Contribution.id)))
    if len(found) != len(set(public_ids)):
        raise NotFound
    return found


def list_weighed(round_id: uuid.UUID, wanted: Wanted, number: int = 1) -> Page[Weighed]:
    """List one page of the published contributions of a round with their themes and outcomes, oldest first.

    One statement where the themes of the round are loaded; a page past the end gives the last one.
    """
    matching, order = _matching(round_id, wanted), (Contribution.received_at, Contribution.reference, Contribution.id)
    counted = select(Contribution.id, func.count().over().label("total")).where(matching)  # judged once for both
    shown = counted.order_by(*order).limit(PER_PAGE).offset((number - 1) * PER_PAGE)
    page = shown.subquery("page")  # what is beside an input is read for this page alone
    chosen = (
        select(
            Contribution,
            Outcome,
            page.c.total,
            Person.name,
            _notes_on(),
            _themes_on(wanted.viewer),
            is_blind(wanted.viewer),
        )
        .join(page, page.c.id == Contribution.id)
        .outerjoin(Outcome, and_(Outcome.contribution_id == Contribution.id, Outcome.replaced_at.is_(None)))
        .outerjoin(Assignment, and_(Assignment.contribution_id == Contribution.id, Assignment.ended_at.is_(None)))
        .outerjoin(Person, Person.id == Assignment.person_id)
        .options(joinedload(Contribution.merged_into))
        .order_by(*order)
    )
    rows = session().execute(chosen).all()
    if not rows and number > 1:
        total = session().scalar(select(func.count(Contribution.id)).where(matching)) or 0
        return list_weighed(round_id, wanted, max(1, -(-total // PER_PAGE)))
    items = [
        Weighed(one, outcome, _themes(told), name or "", notes, is_blind=bool(blind))
        for one, outcome, _total, name, notes, told, blind in rows
    ]
    return Page(items, number, rows[0][2] if rows else 0)


def list_matching(round_id: uuid.UUID, wanted: Wanted, *, limit: int) -> list[Contribution]:
    """List everything that a coding list holds, on all its pages, up to a limit."""
    chosen, order = select(Contribution).where(_matching(round_id, wanted)), (Contribution.received_at,)
    return list(session().scalars(chosen.order_by(*order, Contribution.reference, Contribution.id).limit(limit)))


def _notes_on() -> ColumnElement[int]:
    counted = select(func.count(Note.id)).where(Note.contribution_id == Contribution.id)
    return counted.correlate(Contribution).scalar_subquery()


def _themes_on(viewer: Actor | None) -> ColumnElement[str]:
    """Give the ids of the themes that somebody sees an input under now, in one text."""
    told = select(func.aggregate_strings(cast(Code.theme_id, String), " "))
    wanted = told.where(Code.contribution_id == Contribution.id, Code.ended_at.is_(None), seen_by(viewer))
    return wanted.correlate(Contribution).scalar_subquery()


def _themes(told: str | None) -> list[Theme]:
    found = [session().get_one(Theme, uuid.UUID(one)) for one in {*(told or "").split()}]
    return sorted(found, key=lambda theme: theme.position)


def find_assignment(contribution_id: uuid.UUID) -> Assignment | None:
    """Find who is to work on a contribution now."""
    wanted = (Assignment.contribution_id == contribution_id, Assignment.ended_at.is_(None))
    return session().scalar(select(Assignment).where(*wanted))


def list_colleagues(round_id: uuid.UUID) -> dict[uuid.UUID, str]:
    """List the people to whom work in a round can be given, by name: those who moderate it."""
    wanted = select(Person.id, Person.name).where(moderates(round_id)).order_by(Person.name, Person.id)
    return {person_id: name for person_id, name in session().execute(wanted)}


def moderates(round_id: uuid.UUID) -> ColumnElement[bool]:
    """Say which people moderate a round now."""
    serves = (Appointment.round_id == round_id, Appointment.duty == Duty.MODERATOR, Appointment.ended_at.is_(None))
    return select(Appointment.id).where(Appointment.person_id == Person.id, *serves).correlate(Person).exists()


def _matching(round_id: uuid.UUID, wanted: Wanted) -> ColumnElement[bool]:
    conditions = [Contribution.round_id == round_id, Contribution.state == State.PUBLISHED]
    if not wanted.with_arguments:
        conditions.append(Contribution.kind.in_(sorted(PUT_FORWARD | {Kind.POSITION})))
    if wanted.show is not Show.ALL:
        conditions += [is_input(), left_to_do(round_id)[wanted.show]]
    if wanted.theme:
        conditions.append(is_about(wanted.theme, wanted.viewer))
    if wanted.outcome is OutcomeKind.MERGED:
        conditions.append(Contribution.merged_into_id.is_not(None))
    elif wanted.outcome is not None:
        conditions += [Contribution.merged_into_id.is_(None), _weighed(Outcome.kind == wanted.outcome)]
    if wanted.words:
        conditions.append(matches_words(wanted.words))
    if wanted.who:
        assigned = select(Assignment.id).where(
            Assignment.contribution_id == Contribution.id, Assignment.ended_at.is_(None)
        )
        is_theirs = assigned.where(Assignment.person_id == uuid.UUID(wanted.who)) if wanted.who != NOBODY else assigned
        found = is_theirs.correlate(Contribution).exists()
        conditions.append(~found if wanted.who == NOBODY else found)
    return and_(*conditions)


# --- coverage ---


def coverage(round_id: uuid.UUID) -> Coverage:
    """Count what is still to do before the newest draft of a round can be published, in one statement.

    Says of each input what `left_to_do` says, with its outcome read once.
    """
    in_draft = select(func.count(Paragraph.id)).join(Section).where(Section.draft_id == _newest(round_id))
    to_place = Outcome.kind.in_(_needing_a_place())
    counts = select(
        func.count(Contribution.id),
        _count_where(~is_coded()),
        _count_where(and_(needs_outcome(), Outcome.id.is_(None))),
        _count_where(to_place),
        _count_where(and_(to_place, ~_placed(round_id))),
        in_draft.scalar_subquery(),
        in_draft.where(_is_bare()).scalar_subquery(),
    ).outerjoin(Outcome, and_(Outcome.contribution_id == Contribution.id, Outcome.replaced_at.is_(None)))
    inputs, uncoded, unweighed, placing, unplaced, paragraphs, bare = (
        session()
        .execute(counts.where(Contribution.round_id == round_id, Contribution.state == State.PUBLISHED, is_input()))
        .one()
    )
    return Coverage(inputs, uncoded, unweighed, unplaced, placing, paragraphs, bare)


def list_unplaced(round_id: uuid.UUID) -> list[Contribution]:
    """List the adopted and partly adopted contributions that no paragraph of the newest draft uses."""
    wanted = select(Contribution).where(
        Contribution.round_id == round_id,
        Contribution.state == State.PUBLISHED,
        is_input(),
        left_to_do(round_id)[Show.UNPLACED],
    )
    return list(session().scalars(wanted.order_by(Contribution.received_at, Contribution.reference, Contribution.id)))


def find_release(round_id: uuid.UUID) -> Gate | None:
    """Find the gate at which the draft of a round is released (P3), for a page: it is not locked."""
    return session().scalar(select(Gate).where(Gate.round_id == round_id, Gate.kind == GateKind.P3))


def list_left(round_id: uuid.UUID, *parts: Show) -> dict[Show, tuple[str, ...]]:
    """List the ids of the inputs with which something is still to be done, per part of the work, in one statement."""
    left = left_to_do(round_id)
    wanted = select(Contribution.id, *(left[part].label(part.value) for part in parts)).where(
        Contribution.round_id == round_id,
        Contribution.state == State.PUBLISHED,
        is_input(),
        or_(*(left[part] for part in parts)),
    )
    rows = session().execute(wanted.order_by(Contribution.id)).all()
    return {part: tuple(str(row.id) for row in rows if row[number]) for number, part in enumerate(parts, start=1)}


def list_bare(round_id: uuid.UUID) -> list[rules.Bare]:
    """List the paragraphs of the newest draft that have neither a source nor the mark that they need none."""
    numbered = (
        select(
            Paragraph.id,
            Paragraph.stable_id,
            Paragraph.html,
            func.dense_rank().over(order_by=Section.position).label("section"),
            func.row_number().over(partition_by=Section.id, order_by=Paragraph.position).label("place"),
            _is_bare().label("is_bare"),
        )
        .select_from(Section)
        .outerjoin(Paragraph, Paragraph.section_id == Section.id)
        .where(Section.draft_id == _newest(round_id))
        .subquery()
    )
    wanted = (
        select(numbered)
        .where(numbered.c.id.is_not(None), numbered.c.is_bare)
        .order_by(numbered.c.section, numbered.c.place)
    )
    return [
        rules.Bare(row.id, row.stable_id, f"{row.section}.{row.place}", plain(row.html))
        for row in session().execute(wanted)
    ]


def _count_where(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.count().filter(condition)


def is_input() -> ColumnElement[bool]:
    """What must be worked through: what was put forward and was not merged; arguments and positions may be."""
    return and_(Contribution.kind.in_(sorted(PUT_FORWARD)), Contribution.merged_into_id.is_(None))


def needs_outcome() -> ColumnElement[bool]:
    """What must be given an outcome: every input but a statement, of which people say themselves what they think."""
    return and_(is_input(), Contribution.kind != Kind.STATEMENT)


def left_to_do(round_id: uuid.UUID) -> dict[Show, ColumnElement[bool]]:
    """Say of an input what is still to be done with it, per part of the work."""
    unweighed = and_(needs_outcome(), ~_weighed())
    return {
        Show.UNCODED: ~is_coded(),
        Show.UNWEIGHED: unweighed,
        Show.OPEN: or_(~is_coded(), unweighed),
        Show.DONE: and_(is_coded(), ~unweighed),
        Show.SUGGESTED: is_suggested(),
        Show.UNPLACED: and_(_weighed(Outcome.kind.in_(_needing_a_place())), ~_placed(round_id)),
    }


def _needing_a_place() -> list[OutcomeKind]:
    return [kind for kind in OutcomeKind if kind.needs_a_place]


def _weighed(*narrower: ColumnElement[bool]) -> ColumnElement[bool]:
    return (
        select(Outcome.id)
        .where(Outcome.contribution_id == Contribution.id, Outcome.replaced_at.is_(None), *narrower)
        .correlate(Contribution)
        .exists()
    )


def _placed(round_id: uuid.UUID) -> ColumnElement[bool]:
    """Used, itself or what was merged into it, by a paragraph of the newest draft.

    Setting aside is no place, and neither is what was merged into it and is out of sight. What the draft uses is
    gathered once and looked up by each input: a question for each would read the sources of the draft again and again.
    """
    used, merged = aliased(SourceLink), aliased(Contribution)
    of_draft = (
        select(used.contribution_id)
        .join(Paragraph, Paragraph.id == used.paragraph_id)
        .join(Section, Section.id == Paragraph.section_id)
        .where(Section.draft_id == _newest(round_id), used.use != Use.SET_ASIDE, used.contribution_id.is_not(None))
    )
    through = select(merged.merged_into_id).where(
        merged.id.in_(of_draft), merged.merged_into_id.is_not(None), merged.state == State.PUBLISHED
    )
    return Contribution.id.in_(union(of_draft, through))


def _is_bare() -> ColumnElement[bool]:
    """Rests on nothing that people can read: what was held, refused or withdrawn is no source any more."""
    fixed, advised = SourceLink.precondition_id.is_not(None), SourceLink.advice_id.is_not(None)
    source, about = aliased(Contribution), (StatementResult.contribution_id, VoteResult.contribution_id)
    sourced = (
        select(SourceLink.id)
        .outerjoin(StatementResult, StatementResult.id == SourceLink.statement_result_id)
        .outerjoin(VoteResult, VoteResult.id == SourceLink.vote_result_id)
        .outerjoin(source, source.id == func.coalesce(SourceLink.contribution_id, *about))
        .where(SourceLink.paragraph_id == Paragraph.id, or_(fixed, advised, source.state == State.PUBLISHED))
    )
    return and_(Paragraph.is_editorial.is_(False), ~sourced.correlate(Paragraph).exists())


def _newest(round_id: uuid.UUID) -> ColumnElement[uuid.UUID]:
    version = aliased(Draft)
    newest = select(version.id).where(version.round_id == round_id).order_by(version.number.desc()).limit(1)
    return newest.scalar_subquery()
