"""Builders of synthesis reports with what they rest on."""

from sqlalchemy import select

from consult.coding.queries import get_themes
from consult.coding.verbs import code
from consult.contributions.models import Contribution
from consult.foundation.db import session
from consult.rounds.models import Round
from consult.weighing import verbs
from consult.weighing.models import Chapter, Finding, FindingKind, SynthesisReport
from consult.weighing.queries import find_newest, get_chapter
from consult.weighing.rules import Told
from tests.builders import the_platform
from tests.synthesis.builders import Desk, a_contribution

CHOSEN = {"choice": "Wij doen dit.", "reason": "Het is nodig en het kan."}


def a_report(desk: Desk) -> SynthesisReport:
    """A report of which nothing was written yet, with a chapter for each theme."""
    return verbs.begin_report(desk.round, desk.writer)


def first_chapter(report: SynthesisReport) -> Chapter:
    """The chapter of the first theme, with all above it."""
    wanted = select(Chapter.id).where(Chapter.report_id == report.id).order_by(Chapter.position)
    slug = session().scalars(select(Round.slug).where(Round.id == report.round_id)).one()
    return get_chapter(the_platform(), slug, session().scalars(wanted).first())


def an_argument(chapter: Chapter, desk: Desk, text: str = "Bomen geven schaduw.", **told: str) -> Finding:
    """A finding that rests on nothing yet; with a choice it is an option that was weighed."""
    kind = FindingKind.WEIGHED if told else FindingKind.FOR
    return verbs.add_finding(chapter, Told(kind, text, **told), desk.writer)


def a_source(desk: Desk, title: str = "Bankjes bij de winkels", reference: str = "") -> Contribution:
    """A public contribution about the first theme."""
    found = a_contribution(desk.round, title, reference=reference)
    code(found, get_themes(desk.round.id, ["t1"]), desk.writer)
    return found


def a_whole_report(desk: Desk, *sources: Contribution) -> SynthesisReport:
    """A report that can be published: an argument and a weighing on the first theme, some words on the others."""
    report = a_report(desk)
    chapter = first_chapter(report)
    for finding in (an_argument(chapter, desk), an_argument(chapter, desk, "Bankjes neerzetten", **CHOSEN)):
        verbs.cite(finding, sources or (a_source(desk),), desk.writer)
    for other in find_newest(desk.round.id).chapters[1:]:
        verbs.save_summary(other, "Hierover zei niemand iets.", desk.writer, version=other.version)
    session().flush()
    return report


def published(desk: Desk, report: SynthesisReport) -> SynthesisReport:
    """The report, submitted by the one and published by the other."""
    verbs.submit_report(report, desk.writer)
    verbs.publish_report(report, desk.second)
    return report


def as_loaded(found: Round) -> SynthesisReport:
    """The newest report with all that is in it, as the next request reads it."""
    session().flush()
    session().expire_all()
    return find_newest(found.id)
