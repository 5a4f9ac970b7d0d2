"""Writing the synthesis report of a round, and its publication by a second person."""

import uuid
from collections.abc import Iterable

from sqlalchemy import func, select
from sqlalchemy.orm.attributes import set_committed_value

from consult.audit.verbs import record
from consult.contributions.models import Contribution
from consult.foundation.db import add, session
from consult.foundation.errors import Conflict, saved_meanwhile
from consult.foundation.language import gettext as _
from consult.mandates.models import Precondition
from consult.policy import Act, Actor
from consult.rounds.models import Round
from consult.rounds.queries import list_themes
from consult.rounds.verbs import bump
from consult.synthesis.models import DraftState
from consult.weighing import rules
from consult.weighing.models import Chapter, Finding, FindingSource, SynthesisReport
from consult.weighing.queries import find_newest, list_chapters, list_missing_themes
from consult.weighing.rules import Told

SAVED = ("kind", "text", "advice", "cost", "choice", "reason")


def begin_report(subject: Round, actor: Actor) -> SynthesisReport:
    """Begin the report of a round with a chapter for each theme, or the next version with a copy of the published one.

    Refused while a version is being written, and in a round without themes.
    """
    newest = find_newest(subject.id)
    if newest is not None and newest.state is not DraftState.PUBLISHED:
        raise Conflict(_("A report is being written already. Continue with that one."))
    if not list_themes(subject.id):
        raise Conflict(_("This round has no themes, so there is nothing to report on yet."))
    number = newest.number + 1 if newest is not None else 1
    report = add(SynthesisReport(round_id=subject.id, number=number, begun_at=actor.arrived_at))
    for chapter in newest.chapters if newest is not None else ():
        _copy(chapter, report)
    for place, theme in enumerate(list_missing_themes(report.id, subject.id), start=1):
        add(Chapter(report_id=report.id, theme_id=theme.id, position=100 * number + place))
    record(Act.WRITE_SYNTHESIS, actor, report, begun=number)
    return report


def _copy(chapter: Chapter, report: SynthesisReport) -> None:
    told = {"theme_id": chapter.theme_id, "position": chapter.position, "summary": chapter.summary}
    into = add(Chapter(report_id=report.id, **told))
    for finding in chapter.findings:
        said = {name: getattr(finding, name) for name in SAVED}
        copied = add(Finding(chapter_id=into.id, position=finding.position, **said))
        for source in finding.sources:
            of = {"contribution_id": source.contribution_id, "precondition_id": source.precondition_id}
            session().add(FindingSource(finding_id=copied.id, **of))
    session().flush()


def save_summary(chapter: Chapter, text: str, actor: Actor, *, version: int) -> None:
    """Save in a few words what was said of a theme; report and round are loaded.

    Refused with both texts when somebody saved it since `version` was read, and once the report is submitted.
    """
    _hold_for_writing(chapter.report)
    session().refresh(chapter, attribute_names=["summary", "version"])
    if chapter.version != version:
        raise saved_meanwhile([chapter.summary], [text])
    chapter.summary, chapter.version = text, version + 1
    record(Act.WRITE_SYNTHESIS, actor, chapter, part="summary", version=chapter.version)


def add_finding(chapter: Chapter, told: Told, actor: Actor) -> Finding:
    """Put a finding at the end of a chapter; report and round are loaded.

    Refused when it says nothing, with a choice and no reason or the other way round, and once the report is submitted.
    """
    _hold_for_writing(chapter.report)
    rules.judge_told(told)
    last = session().scalar(select(func.max(Finding.position)).where(Finding.chapter_id == chapter.id)) or 0
    finding = add(Finding(chapter_id=chapter.id, position=last + 1, **vars(told)))
    set_committed_value(finding, "chapter", chapter)
    set_committed_value(finding, "sources", [])
    record(Act.WRITE_SYNTHESIS, actor, finding, part="finding", kind=told.kind.value)
    return finding


def edit_finding(finding: Finding, told: Told, actor: Actor, *, version: int) -> None:
    """Save what a finding says; refused like `add_finding`, and with both texts when somebody saved it meanwhile."""
    _hold_for_writing(finding.chapter.report)
    rules.judge_told(told)
    session().refresh(finding, attribute_names=[*SAVED, "version"])
    if finding.version != version:
        raise saved_meanwhile(_parts(finding), _parts(told))
    for name in SAVED:
        setattr(finding, name, getattr(told, name))
    finding.version = version + 1
    session().flush()
    record(Act.WRITE_SYNTHESIS, actor, finding, part="finding", kind=told.kind.value, version=finding.version)


def _parts(told: Told | Finding) -> list[str]:
    return [told.text, told.advice, told.cost, told.choice, told.reason]


def remove_finding(finding: Finding, actor: Actor) -> None:
    """Take a finding out of a version that nobody has read yet; the journal keeps that it was there.

    Refused once the report is submitted or published.
    """
    _hold_for_writing(finding.chapter.report)
    record(Act.WRITE_SYNTHESIS, actor, finding, part="finding", removed=True)
    for source in session().scalars(select(FindingSource).where(FindingSource.finding_id == finding.id)):
        session().delete(source)
    session().flush()
    session().delete(finding)
    session().flush()


def cite(finding: Finding, sources: Iterable[Contribution | Precondition], actor: Actor) -> None:
    """Let a finding rest on contributions, or touch preconditions; what stands there already stays once.

    Refused for what is not public or of another round, and once the report is submitted.
    """
    _hold_for_writing(finding.chapter.report)
    wanted = select(FindingSource).where(FindingSource.finding_id == finding.id)
    there = {s.contribution_id or s.precondition_id for s in session().scalars(wanted)}
    for source in sources:
        if source.id in there:
            continue
        if isinstance(source, Contribution):
            rules.judge_source(finding, source)
        elif source.round_id != finding.round_id:
            raise Conflict(_("This precondition belongs to another round."))
        name = "contribution_id" if isinstance(source, Contribution) else "precondition_id"
        add(FindingSource(finding_id=finding.id, **{name: source.id}))
        there.add(source.id)
        record(Act.WRITE_SYNTHESIS, actor, finding, part="source", source=source.id)


def uncite(source: FindingSource, actor: Actor) -> None:
    """Take a source away from a finding of a report that is being written; all above it is loaded.

    Refused once the report is submitted or published.
    """
    _hold_for_writing(source.finding.chapter.report)
    of = source.contribution_id or source.precondition_id
    record(Act.WRITE_SYNTHESIS, actor, source.finding, part="source", source=of, removed=True)
    session().delete(source)
    session().flush()


# --- publishing ---


def submit_report(report: SynthesisReport, actor: Actor) -> None:
    """Offer a report for publication; from here on nothing in it changes until it is taken back.

    Refused while something hinders publication, with the list, and when it was submitted already.
    """
    _hold_for_writing(report)
    _judge_hindrances(report.id)
    report.state = DraftState.SUBMITTED
    report.submitted_by_id, report.submitted_at = actor.person_id, actor.arrived_at
    session().flush()
    record(Act.SUBMIT_SYNTHESIS, actor, report, number=report.number)


def return_report(report: SynthesisReport, actor: Actor) -> None:
    """Take a submitted report back, so that it can be written further; refused when none waits."""
    _hold(report)
    if report.state is not DraftState.SUBMITTED:
        raise Conflict(_("This report does not wait for publication. Look at the page again."))
    report.state = DraftState.CONCEPT
    report.submitted_by_id = report.submitted_at = None
    session().flush()
    record(Act.RETURN_SYNTHESIS, actor, report, number=report.number)


def publish_report(report: SynthesisReport, actor: Actor, *, read_at: str | None = None) -> None:
    """Make a submitted report public, for good; `read_at` says which submission was read, by its moment.

    Refused to the person who submitted it, when it was not submitted or submitted anew since it was read, and
    while something hinders it, with the list.
    """
    _hold(report)
    rules.judge_publication(report, actor, read_at)
    _judge_hindrances(report.id)
    report.state = DraftState.PUBLISHED
    report.published_by_id, report.published_at = actor.person_id, actor.arrived_at
    session().flush()
    record(Act.PUBLISH_SYNTHESIS, actor, report, number=report.number)
    bump(report.round_id)


def _judge_hindrances(report_id: uuid.UUID) -> None:
    found = rules.hindrances(list_chapters(report_id))
    if found:
        raise Conflict(" ".join([_("This report cannot be published yet."), *found]))


def _hold(report: SynthesisReport) -> None:
    """Lock a version until the transaction ends and read anew where it stands; its writers come one by one."""
    names = ["state", "submitted_by_id", "submitted_at", "published_by_id", "published_at"]
    session().refresh(report, attribute_names=names, with_for_update={"key_share": True})


def _hold_for_writing(report: SynthesisReport) -> None:
    _hold(report)
    rules.judge_writing(report)
