"""Finding codes, outcomes, drafts and sources; what is still to do; and where a contribution landed."""

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import aliased, contains_eager, joinedload, selectinload

from consult.contributions.models import PUT_FORWARD, Contribution, State
from consult.contributions.queries import get_contribution, matches_words, visible_to
from consult.foundation.db import session
from consult.foundation.errors import Conflict, NotFound
from consult.foundation.language import gettext as _
from consult.foundation.paging import PER_PAGE, Page
from consult.foundation.text import plain
from consult.mandates.models import Precondition
from consult.policy import Actor
from consult.rounds.models import Round, RoundState, Theme
from consult.synthesis import rules
from consult.synthesis.models import (
    Code,
    Draft,
    DraftState,
    Outcome,
    OutcomeKind,
    Paragraph,
    Section,
    SourceLink,
    Use,
)

Part = TypeVar("Part", Draft, Section, Paragraph, SourceLink)


class Show(StrEnum):
    """Which part of the work a list holds."""

    ALL = ""
    UNCODED = "uncoded"
    UNWEIGHED = "unweighed"
    UNPLACED = "unplaced"


@dataclass(frozen=True)
class Wanted:
    """Which contributions the coding list should hold; what is empty does not narrow it."""

    show: Show = Show.ALL
    theme: str = ""
    outcome: OutcomeKind | None = None
    words: str = ""
    with_arguments: bool = False


@dataclass(frozen=True)
class Weighed:
    """A contribution with its themes and its own outcome; `becomes` is what counts, merging included."""

    contribution: Contribution
    outcome: Outcome | None
    themes: Sequence[Theme] = ()

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


@dataclass(frozen=True)
class Place:
    """A paragraph that uses a contribution; `through` is what replaced the contribution, when it is used instead."""

    draft: Draft
    section: Section
    paragraph: Paragraph
    use: Use
    note: str
    contribution: Contribution
    section_number: int
    through: Contribution | None = None


@dataclass(frozen=True)
class TraceLinks:
    """What was done with a contribution: its themes, its outcomes (oldest first) and its places in drafts.

    `replaced_by` is the way of its merge pointer, the one that stands last; outcomes and places of those
    that replaced it are included.
    """

    codes: Sequence[Code] = ()
    outcomes: Sequence[Outcome] = ()
    places: Sequence[Place] = ()
    replaced_by: Sequence[Contribution] = field(default=())

    @property
    def current(self) -> Outcome | None:
        """The outcome that counts: of the contribution, or of what replaced it."""
        stands = self.replaced_by[-1].id if self.replaced_by else None
        ours = [o for o in self.outcomes if o.replaced_at is None and stands in {None, o.contribution_id}]
        return ours[-1] if ours else None

    @property
    def earlier(self) -> Sequence[Outcome]:
        """The outcomes that no longer count, oldest first."""
        return [o for o in self.outcomes if o is not self.current]


# --- coding and outcomes ---


def get_input(actor: Actor, slug: str, public_id: str) -> Contribution:
    """Return a contribution of a round, loaded as `get_contribution`; raises NotFound while it is not public."""
    found = get_contribution(actor, slug, public_id)
    if not found.is_public:
        raise NotFound
    return found


def get_weighed(contribution: Contribution) -> Weighed:
    """Return a contribution with its themes and outcome."""
    return Weighed(contribution, find_outcome(contribution.id), _themes_of([contribution.id])[contribution.id])


def find_outcome(contribution_id: uuid.UUID) -> Outcome | None:
    """Find the outcome of a contribution itself that counts now."""
    wanted = select(Outcome).where(Outcome.contribution_id == contribution_id, Outcome.replaced_at.is_(None))
    return session().scalar(wanted)


def list_codes(contribution_ids: Sequence[uuid.UUID]) -> list[Code]:
    """List the codes that count now of some contributions, with their themes."""
    wanted = (
        select(Code)
        .join(Code.theme)
        .where(Code.contribution_id.in_(contribution_ids), Code.ended_at.is_(None))
        .options(contains_eager(Code.theme))
        .order_by(Theme.position)
    )
    return list(session().scalars(wanted))


def list_outcomes(contribution_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, Outcome]:
    """Return the outcomes that count now, by contribution."""
    wanted = select(Outcome).where(Outcome.contribution_id.in_(contribution_ids), Outcome.replaced_at.is_(None))
    return {outcome.contribution_id: outcome for outcome in session().scalars(wanted)}


def get_themes(round_id: uuid.UUID, codes: Sequence[str]) -> list[Theme]:
    """Return the themes of a round with these codes; raises Conflict when one is not a theme of the round."""
    wanted = select(Theme).where(Theme.round_id == round_id, Theme.code.in_(codes)).order_by(Theme.position)
    found = list(session().scalars(wanted))
    if len(found) != len(set(codes)):
        raise Conflict(_("One of these themes does not belong to this round. Open the page again."))
    return found


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

    Two statements, whatever the number of contributions; a page past the end gives the last one.
    """
    matching = _matching(round_id, wanted)
    chosen = (
        select(Contribution, Outcome, func.count().over())
        .outerjoin(Outcome, and_(Outcome.contribution_id == Contribution.id, Outcome.replaced_at.is_(None)))
        .where(matching)
        .options(joinedload(Contribution.merged_into))
        .order_by(Contribution.received_at, Contribution.reference, Contribution.id)
        .limit(PER_PAGE)
    )
    rows = session().execute(chosen.offset((number - 1) * PER_PAGE)).all()
    if not rows and number > 1:
        total = session().scalar(select(func.count(Contribution.id)).where(matching)) or 0
        return list_weighed(round_id, wanted, max(1, -(-total // PER_PAGE)))
    themes = _themes_of([contribution.id for contribution, _outcome, _total in rows])
    return Page([Weighed(c, outcome, themes[c.id]) for c, outcome, _total in rows], number, rows[0][2] if rows else 0)


def _themes_of(contribution_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[Theme]]:
    themes: dict[uuid.UUID, list[Theme]] = defaultdict(list)
    for code in list_codes(contribution_ids):
        themes[code.contribution_id].append(code.theme)
    return themes


def _matching(round_id: uuid.UUID, wanted: Wanted) -> ColumnElement[bool]:
    conditions = [Contribution.round_id == round_id, Contribution.state == State.PUBLISHED]
    if not wanted.with_arguments:
        conditions.append(Contribution.kind.in_(sorted(PUT_FORWARD)))
    if wanted.show is not Show.ALL:
        conditions += [_is_input(), _left(round_id)[wanted.show]]
    if wanted.theme:
        conditions.append(_coded(Theme.code == wanted.theme))
    if wanted.outcome is OutcomeKind.MERGED:
        conditions.append(Contribution.merged_into_id.is_not(None))
    elif wanted.outcome is not None:
        conditions += [Contribution.merged_into_id.is_(None), _weighed(Outcome.kind == wanted.outcome)]
    if wanted.words:
        conditions.append(matches_words(wanted.words))
    return and_(*conditions)


# --- coverage ---


def coverage(round_id: uuid.UUID) -> Coverage:
    """Count what is still to do before the newest draft of a round can be published, in one statement."""
    left = _left(round_id)
    in_draft = select(func.count(Paragraph.id)).join(Section).where(Section.draft_id == _newest(round_id))
    inputs, uncoded, unweighed, to_place, unplaced, paragraphs, bare = (
        session()
        .execute(
            select(
                func.count(Contribution.id),
                _count_where(left[Show.UNCODED]),
                _count_where(left[Show.UNWEIGHED]),
                _count_where(_weighed(Outcome.kind.in_(_needing_a_place()))),
                _count_where(left[Show.UNPLACED]),
                in_draft.scalar_subquery(),
                in_draft.where(_is_bare()).scalar_subquery(),
            ).where(Contribution.round_id == round_id, Contribution.state == State.PUBLISHED, _is_input())
        )
        .one()
    )
    return Coverage(inputs, uncoded, unweighed, unplaced, to_place, paragraphs, bare)


def list_unplaced(round_id: uuid.UUID) -> list[Contribution]:
    """List the adopted and partly adopted contributions that no paragraph of the newest draft uses."""
    wanted = select(Contribution).where(
        Contribution.round_id == round_id,
        Contribution.state == State.PUBLISHED,
        _is_input(),
        _left(round_id)[Show.UNPLACED],
    )
    return list(session().scalars(wanted.order_by(Contribution.received_at, Contribution.reference, Contribution.id)))


def list_bare(round_id: uuid.UUID) -> list[rules.Bare]:
    """List the paragraphs of the newest draft that have neither a source nor the mark that they need none."""
    numbered = (
        select(
            Paragraph.id,
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
    return [rules.Bare(row.id, f"{row.section}.{row.place}", plain(row.html)) for row in session().execute(wanted)]


def _count_where(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.count().filter(condition)


def _is_input() -> ColumnElement[bool]:
    """What must be worked through: what was put forward and was not merged; arguments may be, but need not."""
    return and_(Contribution.kind.in_(sorted(PUT_FORWARD)), Contribution.merged_into_id.is_(None))


def _left(round_id: uuid.UUID) -> dict[Show, ColumnElement[bool]]:
    return {
        Show.UNCODED: ~_coded(),
        Show.UNWEIGHED: ~_weighed(),
        Show.UNPLACED: and_(_weighed(Outcome.kind.in_(_needing_a_place())), ~_placed(round_id)),
    }


def _needing_a_place() -> list[OutcomeKind]:
    return [kind for kind in OutcomeKind if kind.needs_a_place]


def _coded(*narrower: ColumnElement[bool]) -> ColumnElement[bool]:
    return (
        select(Code.id)
        .join(Theme, Theme.id == Code.theme_id)
        .where(Code.contribution_id == Contribution.id, Code.ended_at.is_(None), *narrower)
        .correlate(Contribution)
        .exists()
    )


def _weighed(*narrower: ColumnElement[bool]) -> ColumnElement[bool]:
    return (
        select(Outcome.id)
        .where(Outcome.contribution_id == Contribution.id, Outcome.replaced_at.is_(None), *narrower)
        .correlate(Contribution)
        .exists()
    )


def _placed(round_id: uuid.UUID) -> ColumnElement[bool]:
    """Used, itself or what was merged into it, by a paragraph of the newest draft; setting aside is no place."""
    merged = aliased(Contribution)
    return (
        select(SourceLink.id)
        .join(Paragraph, Paragraph.id == SourceLink.paragraph_id)
        .join(Section, Section.id == Paragraph.section_id)
        .outerjoin(merged, merged.id == SourceLink.contribution_id)
        .where(
            Section.draft_id == _newest(round_id),
            SourceLink.use != Use.SET_ASIDE,
            or_(merged.id == Contribution.id, merged.merged_into_id == Contribution.id),
        )
        .correlate(Contribution)
        .exists()
    )


def _is_bare() -> ColumnElement[bool]:
    sourced = select(SourceLink.id).where(SourceLink.paragraph_id == Paragraph.id).correlate(Paragraph).exists()
    return and_(Paragraph.is_editorial.is_(False), ~sourced)


def _newest(round_id: uuid.UUID) -> ColumnElement[uuid.UUID]:
    version = aliased(Draft)
    newest = select(version.id).where(version.round_id == round_id).order_by(version.number.desc()).limit(1)
    return newest.scalar_subquery()


# --- drafts ---


def get_draft(actor: Actor, slug: str, number: int) -> Draft:
    """Return a version of the draft with its round (phases), sections, paragraphs and sources.

    Raises NotFound for a version that is not published, unless the actor serves the round.
    """
    round_too = contains_eager(Draft.round).options(selectinload(Round.phases))
    wanted = _whole().join(Draft.round).where(Round.slug == slug, Draft.number == number).options(round_too)
    found = session().scalars(wanted).unique().one_or_none()
    if found is None or not _may_read(actor, found):
        raise NotFound
    return found


def get_versions(actor: Actor, slug: str, number: int, other: int) -> "Versions":
    """Return two versions of the draft to compare, the older one first; raises NotFound like `get_draft`."""
    pair = sorted({number, other})
    if len(pair) != 2:
        raise NotFound
    return Versions(get_draft(actor, slug, pair[0]), get_draft(actor, slug, pair[1]))


@dataclass(frozen=True)
class Versions:
    """Two versions of one draft."""

    older: Draft
    newer: Draft

    @property
    def round_id(self) -> uuid.UUID:
        """The round of both."""
        return self.newer.round_id


def _may_read(actor: Actor, draft: Draft) -> bool:
    if actor.is_system or actor.serves(draft.round_id):
        return True
    return draft.state is DraftState.PUBLISHED and draft.round.state is not RoundState.DRAFT


def find_newest(round_id: uuid.UUID) -> Draft | None:
    """Find the newest version of a round's draft with its sections, paragraphs and sources."""
    return session().scalars(_whole().where(Draft.id == _newest(round_id))).unique().one_or_none()


def _whole() -> Select[Draft]:
    sources = joinedload(Draft.sections).joinedload(Section.paragraphs).selectinload(Paragraph.sources)
    return select(Draft).options(
        sources.joinedload(SourceLink.contribution).joinedload(Contribution.merged_into),
        sources.joinedload(SourceLink.precondition),
    )


def list_drafts(actor: Actor, round_id: uuid.UUID) -> list[Draft]:
    """List the versions of a round's draft that the actor may read, newest first."""
    wanted = select(Draft).where(Draft.round_id == round_id)
    if not (actor.is_system or actor.serves(round_id)):
        wanted = wanted.where(Draft.state == DraftState.PUBLISHED)
    return list(session().scalars(wanted.order_by(Draft.number.desc())))


def get_newest(actor: Actor, slug: str) -> Draft:
    """Return the newest version of the draft of a round that the actor serves, with the round; raises NotFound."""
    wanted = (
        select(Draft)
        .join(Draft.round)
        .where(Round.slug == slug)
        .options(contains_eager(Draft.round).selectinload(Round.phases))
        .order_by(Draft.number.desc())
        .limit(1)
    )
    return _served(actor, session().scalar(wanted))


def get_section(actor: Actor, slug: str, section_id: uuid.UUID) -> Section:
    """Return a section of a draft of a round that the actor serves, with its draft and round (phases)."""
    wanted = (
        select(Section)
        .join(Section.draft)
        .join(Draft.round)
        .where(Section.id == section_id, Round.slug == slug)
        .options(contains_eager(Section.draft).contains_eager(Draft.round).selectinload(Round.phases))
    )
    return _served(actor, session().scalar(wanted))


def get_paragraph(actor: Actor, slug: str, paragraph_id: uuid.UUID) -> Paragraph:
    """Return a paragraph of a round that the actor serves, with its sources, section, draft and round."""
    up = contains_eager(Paragraph.section).contains_eager(Section.draft).contains_eager(Draft.round)
    sources = selectinload(Paragraph.sources)
    wanted = (
        select(Paragraph)
        .join(Paragraph.section)
        .join(Section.draft)
        .join(Draft.round)
        .where(Paragraph.id == paragraph_id, Round.slug == slug)
        .options(
            up.options(selectinload(Round.phases), selectinload(Round.themes)),
            sources.joinedload(SourceLink.contribution).joinedload(Contribution.merged_into),
            sources.joinedload(SourceLink.precondition),
        )
    )
    return _served(actor, session().scalar(wanted))


def get_source(actor: Actor, slug: str, source_id: uuid.UUID) -> SourceLink:
    """Return a source of a paragraph of a round that the actor serves, with all above it."""
    wanted = (
        select(SourceLink)
        .join(SourceLink.paragraph)
        .join(Paragraph.section)
        .join(Section.draft)
        .join(Draft.round)
        .where(SourceLink.id == source_id, Round.slug == slug)
        .options(
            contains_eager(SourceLink.paragraph)
            .contains_eager(Paragraph.section)
            .contains_eager(Section.draft)
            .contains_eager(Draft.round)
        )
    )
    return _served(actor, session().scalar(wanted))


def _served(actor: Actor, found: Part | None) -> Part:
    if found is None or not (actor.is_system or actor.serves(found.round_id)):
        raise NotFound
    return found


def list_citable(actor: Actor, paragraph: Paragraph, words: str, theme: str, *, limit: int = 12) -> list[Contribution]:
    """List contributions that a paragraph can still rest on: public, not merged, not among its sources."""
    used = [source.contribution_id for source in paragraph.sources if source.contribution_id is not None]
    wanted = select(Contribution).where(
        Contribution.round_id == paragraph.round_id,
        Contribution.state == State.PUBLISHED,
        Contribution.merged_into_id.is_(None),
        Contribution.id.not_in(used),
        visible_to(actor),
    )
    if words:
        wanted = wanted.where(matches_words(words))
    if theme:
        wanted = wanted.where(_coded(Theme.code == theme))
    ordered = wanted.order_by(Contribution.received_at, Contribution.reference, Contribution.id)
    return list(session().scalars(ordered.limit(limit)))


def get_citable(round_id: uuid.UUID, kind: str, name: str) -> Contribution | Precondition:
    """Return what a paragraph is to rest on: a contribution by its address or a precondition by its code.

    Raises NotFound when the round has no such thing in public.
    """
    if kind == "precondition":
        wanted = select(Precondition).where(Precondition.round_id == round_id, Precondition.code == name)
        rule = session().scalar(wanted)
        if rule is None:
            raise NotFound
        return rule
    return get_inputs(round_id, [name])[0]


# --- the trace ---


def trace_links(contribution: Contribution, actor: Actor | None = None) -> TraceLinks:
    """Return what was done with a contribution, following its merge pointer.

    Places in published drafts are for anyone; those in a draft being written only for an actor who
    serves the round. Three statements, and one for each further merge.
    """
    chain = list_replacements(contribution)
    ids = [contribution.id, *(one.id for one in chain)]
    outcomes = session().scalars(select(Outcome).where(Outcome.contribution_id.in_(ids)).order_by(Outcome.set_at))
    return TraceLinks(
        codes=list_codes([contribution.id]),
        outcomes=list(outcomes),
        places=_list_places(contribution, chain, actor),
        replaced_by=chain,
    )


def list_replacements(contribution: Contribution) -> list[Contribution]:
    """List what replaced a contribution, and what replaced that, to the one that stands."""
    chain: list[Contribution] = []
    target = contribution.merged_into_id
    while target is not None and target not in {one.id for one in chain}:
        found = session().get_one(Contribution, target)
        chain.append(found)
        target = found.merged_into_id
    return chain


def _list_places(contribution: Contribution, chain: Sequence[Contribution], actor: Actor | None) -> list[Place]:
    known = {one.id: one for one in (contribution, *chain)}
    before = aliased(Section)
    number = select(func.count()).where(before.draft_id == Section.draft_id, before.position <= Section.position)
    wanted = (
        select(SourceLink, Paragraph, Section, Draft, number.correlate(Section).scalar_subquery())
        .join(Paragraph, Paragraph.id == SourceLink.paragraph_id)
        .join(Section, Section.id == Paragraph.section_id)
        .join(Draft, Draft.id == Section.draft_id)
        .where(SourceLink.contribution_id.in_(list(known)))
        .order_by(Draft.number, Section.position, Paragraph.position)
    )
    if actor is None or not (actor.is_system or actor.serves(contribution.round_id)):
        wanted = wanted.where(Draft.state == DraftState.PUBLISHED)
    return [
        Place(
            draft=draft,
            section=section,
            paragraph=paragraph,
            use=link.use,
            note=link.note,
            contribution=known[link.contribution_id],
            section_number=section_number,
            through=None if link.contribution_id == contribution.id else known[link.contribution_id],
        )
        for link, paragraph, section, draft, section_number in session().execute(wanted)
        if link.contribution_id is not None
    ]
