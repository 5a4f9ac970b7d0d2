"""The synthesis report as a document: per theme what people said, where it came from, and how it was weighed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from consult.contributions.models import Contribution
from consult.documents.paper import (
    Block,
    Bullets,
    Document,
    Heading,
    Paragraph,
    Part,
    Run,
    Table,
    Words,
    cells,
    plain,
    said,
)
from consult.documents.telling import Telling, areas, channels, document, listed
from consult.foundation.errors import NotFound
from consult.foundation.language import day as say_day
from consult.foundation.language import gettext as _
from consult.foundation.language import number
from consult.landscape.queries import Thought, list_thoughts
from consult.landscape.rules import words_of
from consult.positions.rules import STANCES
from consult.rounds.models import Round
from consult.voting.results import PollResult, results_of
from consult.weighing.models import Chapter, Finding, FindingKind, SynthesisReport
from consult.weighing.queries import (
    Spread,
    find_newest,
    find_public,
    reach_of,
    spread_of,
    supports_of,
    thoughts_by_theme,
    thoughts_on,
)
from consult.weighing.rules import reach_words, support_words, thought_words


def compose(subject: Round, telling: Telling, *, is_published: bool = False) -> Document:
    """Return the synthesis report as its reader may see it; raises NotFound where there is none."""
    found = find_newest(subject.id, is_published=True) if is_published else find_public(telling.actor, subject)
    if found is None:
        raise NotFound
    spread, known = spread_of(subject.id), _known(subject)
    chapters = [_chapter(one, spread.get(one.theme_id, Spread()), known, telling) for one in found.chapters]
    version = _("version %(number)s", number=found.number)
    facts = [
        (_("Version"), str(found.number)),
        (_("Published"), say_day(found.published_at) if found.published_at is not None else found.state.words),
    ]
    told: dict[str, Any] = {
        "at": found.published_at or found.begun_at,
        "version": f"{_('Synthesis report')}, {version}",
    }
    return document(
        subject,
        _("Synthesis report"),
        _("What people said per theme, and how that was weighed"),
        [_reading_guide(found, spread), *chapters],
        facts=facts,
        **told,
    )


@dataclass(frozen=True)
class Known:
    """What was computed of the votes of a round: counts, and what groups share or not, also by theme."""

    results: Sequence[PollResult]
    thoughts: Sequence[Thought]
    by_theme: Mapping[UUID, Sequence[Thought]]


def _known(subject: Round) -> Known:
    thoughts = list_thoughts(subject.id)
    return Known(results_of(subject), thoughts, thoughts_by_theme(thoughts, subject.id))


def _reading_guide(report: SynthesisReport, spread: Mapping[UUID, Spread]) -> Part:
    rows = tuple(
        cells(
            chapter.theme.name,
            number(spread[chapter.theme_id].contributions) if chapter.theme_id in spread else "0",
            *(str(sum(f.kind is kind for f in chapter.findings)) for kind in FindingKind),
        )
        for chapter in report.chapters
    )
    head = (_("Theme"), _("Contributions"), _("For"), _("Against"), _("Minority views"), _("Weighed"))
    words = _(
        "This report tells per theme what people said for and against, what a smaller group wants, and how it was "
        "weighed. Behind every finding stand the contributions that it rests on."
    )
    numbers = _("Numbers do not choose. Support and reach are counted; people made each choice, with the reason.")
    table = Table(_("What each chapter holds"), head, rows, figures=(1, 2, 3, 4, 5), widths=(4, 3, 2, 2, 5, 3))
    return Part(_("In short"), (Paragraph(plain(words), "lead"), Paragraph(plain(numbers)), table))


def _chapter(chapter: Chapter, spread: Spread, known: Known, telling: Telling) -> Part:
    blocks: list[Block] = [*said(chapter.summary)]
    titles = {
        FindingKind.FOR: _("Arguments for"),
        FindingKind.AGAINST: _("Arguments against"),
        FindingKind.MINORITY: _("Minority view"),
    }
    for kind, title in titles.items():
        found = [one for one in chapter.findings if one.kind is kind]
        if found:
            blocks += [Heading(2, title), _arguments(found, telling)]
    blocks += _opinions(known.by_theme.get(chapter.theme_id, ()))
    blocks += _places(spread, telling.least)
    weighed = [one for one in chapter.findings if one.is_weighed]
    if weighed:
        blocks.append(Heading(2, _("How it was weighed")))
        blocks += [_weighing(one, known, telling) for one in weighed]
    return Part(chapter.theme.name, tuple(blocks), f"theme-{chapter.theme.code}".lower())


def _arguments(found: Sequence[Finding], telling: Telling) -> Bullets:
    return Bullets(tuple((Run(one.text), *_rests_on(one, telling)) for one in found))


def _rests_on(finding: Finding, telling: Telling) -> Words:
    return listed(telling, finding.chapter.report.round, contributions_of(finding))


def contributions_of(finding: Finding) -> list[Contribution]:
    """Return the public contributions that a finding rests on, by their number."""
    there = [one for source in finding.sources if (one := source.contribution) is not None and one.is_public]
    return sorted(there, key=lambda one: (one.reference, one.public_id))


# --- opinions ---


def _opinions(thoughts: Sequence[Thought]) -> list[Block]:
    """Return what people thought of the statements about a theme: what is shared, and where groups differ."""
    if not thoughts:
        return []
    rows = tuple(cells(one.words, words_of(one.result)) for one in thoughts)
    head = (_("Statement"), _("What people thought"))
    table = Table(_("What people thought of statements about this theme"), head, rows, widths=(3, 4))
    return [Heading(2, _("What is shared, and where people differ")), table]


# --- places and groups ---


def _places(spread: Spread, least: int) -> list[Block]:
    blocks: list[Block] = []
    blocks += areas(spread.areas, least)
    caption = _("By which way the contributions on this theme came in")
    blocks += channels([(channel.words, count) for channel, count in spread.channels], least, caption)
    if spread.organisations:
        rows = [cells(name, _(STANCES[stance])) for name, stance in spread.organisations]
        head = (_("Organisation"), _("What it holds of the statement on this theme"))
        blocks.append(Table(_("What organisations hold"), head, tuple(rows), widths=(3, 3)))
    return [Heading(2, _("From where and from whom")), *blocks] if blocks else []


# --- weighing ---


def _weighing(finding: Finding, known: Known, telling: Telling) -> Table:
    subject = finding.chapter.report.round
    rules = sorted((s.precondition for s in finding.sources if s.precondition is not None), key=lambda one: one.code)
    told: list[tuple[str, Words]] = [
        (_("Rests on"), _without_brackets(listed(telling, subject, contributions_of(finding)))),
        (_("Support"), plain("\n".join(support_words(supports_of(finding, known.results))) or _("was not voted on"))),
        (_("Opinions"), plain("\n".join(thought_words(thoughts_on(known.thoughts, finding))))),
        (_("Reach"), plain(reach_words(reach_of(finding)))),
        (_("Preconditions touched"), plain("; ".join(f"{r.code} {r.title}" for r in rules) or _("none"))),
        (_("Expert advice"), plain(finding.advice or _("not asked"))),
        (_("Cost"), plain(finding.cost or _("not known"))),
        (_("Choice"), (Run(finding.choice or _("not chosen yet"), strong=True),)),
        (_("Reason"), plain(finding.reason)),
    ]
    rows = tuple((plain(name), words) for name, words in told if words)
    return Table(finding.text, (_("What"), _("What is known and chosen")), rows, widths=(2, 6))


def _without_brackets(words: Words) -> Words:
    return words[1:-1] if words else ()
