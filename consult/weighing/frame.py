"""How the synthesis report is shown to those who write it."""

from collections.abc import Sequence
from typing import Any

from flask import url_for

from consult.contributions.models import Contribution
from consult.foundation.language import gettext as _
from consult.foundation.text import plain
from consult.landscape.frame import shown
from consult.landscape.queries import Thought, list_thoughts
from consult.rounds.models import Round
from consult.synthesis.rules import shortened
from consult.voting.results import PollResult
from consult.weighing import queries, rules
from consult.weighing.models import Chapter, Finding, FindingKind, SynthesisReport

STATEMENTS_SHOWN = 12  # of one theme


def desk(report: SynthesisReport | None) -> dict[str, Any]:
    """Return what the desk of the report shows: a row for each theme, and what is still lacking."""
    chapters = report.chapters if report is not None else []
    return {"report": report, "rows": [_row(one) for one in chapters], "lacking": rules.hindrances(chapters)}


def _row(chapter: Chapter) -> dict[str, Any]:
    counts = [(kind, sum(f.kind is kind for f in chapter.findings)) for kind in FindingKind]
    words = {
        FindingKind.FOR: _("for: %(n)s"),
        FindingKind.AGAINST: _("against: %(n)s"),
        FindingKind.MINORITY: _("minority views: %(n)s"),
        FindingKind.WEIGHED: _("weighed: %(n)s"),
    }
    told = [words[kind] % {"n": n} for kind, n in counts]
    return {"chapter": chapter, "meta": told, "text": shortened(chapter.summary, 160)}


def groups(chapter: Chapter) -> list[dict[str, Any]]:
    """Return the findings of a chapter by what they are, each kind in its own list."""
    return [{"kind": kind, "findings": [f for f in chapter.findings if f.kind is kind]} for kind in FindingKind]


def sources(finding: Finding, subject: Round) -> list[dict[str, Any]]:
    """Return what a finding rests on, contributions first; sources are loaded."""
    shown: list[dict[str, Any]] = [
        {
            "id": source.id,
            "code": one.reference,
            "title": called(one) if one.is_public else _("a contribution that is no longer public"),
            "url": url_for("pages.contribution", slug=subject.slug, public_id=one.public_id) if one.is_public else "",
        }
        for source in finding.sources
        if (one := source.contribution) is not None
    ]
    rests = sorted(shown, key=lambda told: (told["code"], told["title"]))
    fixed: list[dict[str, Any]] = [
        {"id": source.id, "code": rule.code, "title": rule.title, "url": ""}
        for source in finding.sources
        if (rule := source.precondition) is not None
    ]
    return [*rests, *sorted(fixed, key=lambda told: told["code"])]


def called(contribution: Contribution) -> str:
    """Return what a contribution is called."""
    return contribution.title or shortened(plain(contribution.html))


def numbers(finding: Finding, results: Sequence[PollResult], thoughts: Sequence[Thought]) -> list[str]:
    """Say what was computed of an option: how far it reaches, how people voted, and what groups share or not."""
    told = [rules.reach_words(queries.reach_of(finding)), *rules.support_words(queries.supports_of(finding, results))]
    return told + rules.thought_words(queries.thoughts_on(thoughts, finding))


def thoughts(chapter: Chapter) -> dict[str, Any]:
    """Return what people thought of the statements about a theme: the first ones, and how many there are."""
    found = list_thoughts(chapter.round_id)
    here = queries.thoughts_by_theme(found, chapter.round_id).get(chapter.theme_id, [])
    rows = [
        {"words": one.words, "language": one.language, "public_id": one.public_id, "told": one.agreed.words}
        | shown(one.result)
        for one in here[:STATEMENTS_SHOWN]
    ]
    return {"thoughts": rows, "statements": len(here), "has_landscape": bool(found)}
