"""Finding versions of the synthesis report, what can stand under a finding, and what is computed from it."""

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import aliased, contains_eager, joinedload, selectinload
from sqlalchemy.orm.attributes import set_committed_value

from consult.coding.models import Code
from consult.coding.queries import seen_by
from consult.contributions.models import PUT_FORWARD, Channel, Contribution, Kind, State
from consult.contributions.queries import matches_words, visible_to
from consult.foundation.db import session
from consult.foundation.errors import NotFound
from consult.landscape.queries import Thought
from consult.mandates.models import Precondition
from consult.mandates.queries import list_preconditions
from consult.participants.models import Organisation
from consult.policy import Actor
from consult.positions.models import Position, PositionTheme, PositionVersion
from consult.rounds.models import Area, Round, Theme
from consult.rounds.queries import get_round
from consult.synthesis.models import DraftState
from consult.voting.results import PollResult
from consult.weighing.models import Chapter, Finding, FindingSource, SynthesisReport
from consult.weighing.rules import Reach, Support

Part = TypeVar("Part", Chapter, Finding, FindingSource)


@dataclass(frozen=True)
class Writing:
    """A round with the newest version of its report, as far as there is one."""

    round: Round
    report: SynthesisReport | None

    @property
    def round_id(self) -> uuid.UUID:
        """The round that it belongs to."""
        return self.round.id


@dataclass(frozen=True)
class Spread:
    """Where what was said of one theme came from: contributions per area and per way in, organisations by stance."""

    contributions: int = 0
    areas: Sequence[tuple[str, int]] = ()
    channels: Sequence[tuple[Channel, int]] = ()
    organisations: Sequence[tuple[str, int]] = field(default=())


def get_begun(actor: Actor, slug: str) -> Writing:
    """Return a round that the actor serves with the newest version of its report; raises NotFound to others."""
    subject = get_round(actor, slug)
    if not (actor.is_system or actor.serves(subject.id)):
        raise NotFound
    report = find_newest(subject.id)
    if report is not None:
        set_committed_value(report, "round", subject)
    return Writing(subject, report)


def get_report(actor: Actor, slug: str) -> SynthesisReport:
    """Return the newest version of the report of a round that the actor serves, with the round; raises NotFound."""
    found = get_begun(actor, slug)
    if found.report is None:
        raise NotFound
    return found.report


def find_newest(round_id: uuid.UUID, *, is_published: bool = False) -> SynthesisReport | None:
    """Find the newest version of a round's report, or the newest that is public, with all that is in it."""
    version = aliased(SynthesisReport)
    which = select(func.max(version.number)).where(version.round_id == round_id)
    if is_published:
        which = which.where(version.state == DraftState.PUBLISHED)
    wanted = _whole().where(SynthesisReport.round_id == round_id, SynthesisReport.number == which.scalar_subquery())
    return session().scalars(wanted).unique().one_or_none()


def find_public(actor: Actor, subject: Round) -> SynthesisReport | None:
    """Find the report as its reader may see it: the newest for who serves the round, else the newest published."""
    if actor.is_system or actor.serves(subject.id):
        return find_newest(subject.id)
    return find_newest(subject.id, is_published=True) if subject.is_public else None


def _whole() -> Select[SynthesisReport]:
    findings = joinedload(SynthesisReport.chapters).selectinload(Chapter.findings)
    sources = findings.selectinload(Finding.sources)
    return select(SynthesisReport).options(
        joinedload(SynthesisReport.round),
        joinedload(SynthesisReport.chapters).joinedload(Chapter.theme),
        sources.joinedload(FindingSource.contribution),
        sources.joinedload(FindingSource.precondition),
    )


def get_chapter(actor: Actor, slug: str, chapter_id: uuid.UUID) -> Chapter:
    """Return a chapter of a round that the actor serves, with theme, findings, report and round; raises NotFound."""
    wanted = (
        select(Chapter)
        .join(Chapter.report)
        .join(SynthesisReport.round)
        .where(Chapter.id == chapter_id, Round.slug == slug)
        .options(
            contains_eager(Chapter.report).contains_eager(SynthesisReport.round).selectinload(Round.phases),
            joinedload(Chapter.theme),
            selectinload(Chapter.findings).selectinload(Finding.sources).joinedload(FindingSource.contribution),
        )
    )
    return _served(actor, session().scalar(wanted))


def get_finding(actor: Actor, slug: str, finding_id: uuid.UUID) -> Finding:
    """Return a finding of a round that the actor serves, with its sources and all above it; raises NotFound."""
    up = contains_eager(Finding.chapter)
    sources = selectinload(Finding.sources)
    wanted = (
        select(Finding)
        .join(Finding.chapter)
        .join(Chapter.report)
        .join(SynthesisReport.round)
        .where(Finding.id == finding_id, Round.slug == slug)
        .options(
            up.joinedload(Chapter.theme),
            up.contains_eager(Chapter.report).contains_eager(SynthesisReport.round).selectinload(Round.phases),
            sources.joinedload(FindingSource.contribution),
            sources.joinedload(FindingSource.precondition),
        )
    )
    return _served(actor, session().scalar(wanted))


def get_source(actor: Actor, slug: str, finding_source_id: uuid.UUID) -> FindingSource:
    """Return what a finding rests on, of a round that the actor serves, with all above it; raises NotFound."""
    up = contains_eager(FindingSource.finding).contains_eager(Finding.chapter).contains_eager(Chapter.report)
    wanted = (
        select(FindingSource)
        .join(FindingSource.finding)
        .join(Finding.chapter)
        .join(Chapter.report)
        .join(SynthesisReport.round)
        .where(FindingSource.id == finding_source_id, Round.slug == slug)
        .options(up.contains_eager(SynthesisReport.round))
    )
    return _served(actor, session().scalar(wanted))


def _served(actor: Actor, found: Part | None) -> Part:
    if found is None or not (actor.is_system or actor.serves(found.round_id)):
        raise NotFound
    return found


# --- what can stand under a finding ---


def list_citable(actor: Actor, finding: Finding, words: str, *, limit: int = 12) -> list[Contribution]:
    """List contributions that can still stand under a finding: public, about its theme unless words are searched."""
    used = [source.contribution_id for source in finding.sources if source.contribution_id is not None]
    wanted = select(Contribution).where(
        Contribution.round_id == finding.round_id,
        Contribution.state == State.PUBLISHED,
        Contribution.id.not_in(used),
        visible_to(actor),
    )
    if words:
        wanted = wanted.where(matches_words(words))
    else:
        coded = select(Code.id).where(
            Code.contribution_id == Contribution.id,
            Code.theme_id == finding.chapter.theme_id,
            Code.ended_at.is_(None),
            seen_by(actor),
        )
        wanted = wanted.where(coded.correlate(Contribution).exists())
    ordered = wanted.order_by(Contribution.received_at, Contribution.reference, Contribution.id)
    return list(session().scalars(ordered.limit(limit)))


def list_free(finding: Finding) -> list[Precondition]:
    """List the preconditions of the round that do not stand beside a finding yet."""
    used = {source.precondition_id for source in finding.sources}
    return [rule for rule in list_preconditions(finding.round_id) if rule.id not in used]


# --- what is computed ---


def supports_of(finding: Finding, results: Sequence[PollResult]) -> list[Support]:
    """Return how people voted on the contributions of a finding, in polls that are final; sources are loaded.

    What was merged is counted with what replaces it, once. A statement that too few people answered has no counts.
    """
    wanted = {one.public_id for s in finding.sources if (one := s.contribution) is not None and one.is_public}
    return [
        Support(option.title, {} if option.is_small else option.votes)
        for result in results
        if result.final
        for option in result.options
        if option.public_id in wanted
    ]


def reach_of(finding: Finding) -> Reach:
    """Count over how much a finding is spread, from its sources that are public."""
    there = [one for s in finding.sources if (one := s.contribution) is not None and one.is_public]
    return Reach(
        contributions=len(there),
        organisations=len({one.organisation_id for one in there} - {None}),
        channels=len({one.channel for one in there}),
        areas=len({one.area_code for one in there} - {None}),
    )


def spread_of(round_id: uuid.UUID) -> dict[uuid.UUID, Spread]:
    """Count per theme of a round where its public contributions came from, and what organisations hold of it.

    Three statements for all themes. Counts of areas and ways in are exact: whoever shows them keeps small ones back.
    """
    coded = (
        select(Code.theme_id, Contribution.id, Contribution.area_code, Contribution.channel)
        .join(Contribution, Contribution.id == Code.contribution_id)
        .where(
            Contribution.round_id == round_id,
            Contribution.state == State.PUBLISHED,
            Contribution.kind.in_(sorted(PUT_FORWARD)),
            Code.ended_at.is_(None),
            seen_by(None),
        )
        .subquery()
    )
    by_area = (
        select(coded.c.theme_id, Area.name, func.count())
        .outerjoin(Area, Area.code == coded.c.area_code)
        .group_by(coded.c.theme_id, Area.name)
    )
    by_channel = select(coded.c.theme_id, coded.c.channel, func.count()).group_by(coded.c.theme_id, coded.c.channel)
    areas: dict[uuid.UUID, list[tuple[str, int]]] = defaultdict(list)
    channels: dict[uuid.UUID, list[tuple[Channel, int]]] = defaultdict(list)
    for theme_id, name, number in session().execute(by_area):
        areas[theme_id].append((name or "", number))
    for theme_id, channel, number in session().execute(by_channel):
        channels[theme_id].append((channel, number))
    stances = _stances(round_id)
    return {
        theme_id: Spread(sum(n for _c, n in channels[theme_id]), areas[theme_id], channels[theme_id], stances[theme_id])
        for theme_id in {*channels, *stances}
    }


def _stances(round_id: uuid.UUID) -> dict[uuid.UUID, list[tuple[str, int]]]:
    """Return per theme the organisations with a public position that say something of it, and their stance."""
    wanted = (
        select(PositionTheme.theme_id, Organisation.name, PositionTheme.stance)
        .join(PositionVersion, PositionVersion.id == PositionTheme.version_id)
        .join(Contribution, Contribution.id == PositionVersion.contribution_id)
        .join(Position, Position.contribution_id == Contribution.id)
        .join(Organisation, Organisation.id == Position.organisation_id)
        .where(
            Contribution.round_id == round_id,
            Contribution.kind == Kind.POSITION,
            Contribution.state == State.PUBLISHED,
            PositionVersion.number == Contribution.version,
        )
        .order_by(PositionTheme.stance.desc(), Organisation.name)
    )
    found: dict[uuid.UUID, list[tuple[str, int]]] = defaultdict(list)
    for theme_id, name, stance in session().execute(wanted):
        found[theme_id].append((name, stance))
    return found


def thoughts_on(thoughts: Sequence[Thought], finding: Finding) -> list[Thought]:
    """Return what people thought of the statements that a finding rests on; its sources are loaded."""
    there = {source.contribution_id for source in finding.sources}
    return [one for one in thoughts if one.contribution_id in there]


def thoughts_by_theme(thoughts: Sequence[Thought], round_id: uuid.UUID) -> dict[uuid.UUID, list[Thought]]:
    """Return per theme of a round what people thought of the statements about it, in the order given."""
    if not thoughts:
        return {}
    wanted = (
        select(Code.contribution_id, Code.theme_id)
        .join(Contribution, Contribution.id == Code.contribution_id)
        .where(Contribution.round_id == round_id, Contribution.kind == Kind.STATEMENT)
        .where(Code.ended_at.is_(None), seen_by(None))
        .distinct()
    )
    themes: dict[uuid.UUID, set[uuid.UUID]] = defaultdict(set)
    for contribution_id, theme_id in session().execute(wanted):
        themes[contribution_id].add(theme_id)
    found: dict[uuid.UUID, list[Thought]] = defaultdict(list)
    for one in thoughts:
        for theme_id in themes[one.contribution_id]:
            found[theme_id].append(one)
    return found


def list_chapters(report_id: uuid.UUID) -> list[Chapter]:
    """List the chapters of a report as the database holds them now, with theme, findings and sources."""
    wanted = select(Chapter).where(Chapter.report_id == report_id).order_by(Chapter.position)
    findings = selectinload(Chapter.findings).selectinload(Finding.sources)
    loaded = wanted.options(joinedload(Chapter.theme), findings.joinedload(FindingSource.contribution))
    return list(session().scalars(loaded.execution_options(populate_existing=True)))


def get_citable(round_id: uuid.UUID, public_ids: Sequence[str], codes: Sequence[str]) -> Sequence[object]:
    """Return public contributions by their addresses and preconditions by their codes; raises NotFound for one."""
    people = select(Contribution).where(
        Contribution.round_id == round_id,
        Contribution.public_id.in_(public_ids),
        Contribution.state == State.PUBLISHED,
    )
    rules = select(Precondition).where(Precondition.round_id == round_id, Precondition.code.in_(codes))
    found = [*session().scalars(people.order_by(Contribution.id)), *session().scalars(rules)]
    if len(found) != len(set(public_ids)) + len(set(codes)):
        raise NotFound
    return found


def list_missing_themes(report_id: uuid.UUID, round_id: uuid.UUID) -> list[Theme]:
    """List the themes of a round of which a report has no chapter."""
    there = select(Chapter.theme_id).where(Chapter.report_id == report_id)
    wanted = select(Theme).where(Theme.round_id == round_id, or_(Theme.id.not_in(there)))
    return list(session().scalars(wanted.order_by(Theme.position)))
