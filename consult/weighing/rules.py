"""Pure decisions about the synthesis report: what may be saved, what hinders it, and what numbers may be told."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from consult.contributions.models import Contribution
from consult.foundation.errors import Conflict, NotAllowed, NotNow
from consult.foundation.language import gettext as _
from consult.foundation.language import ngettext, number
from consult.landscape.queries import Thought
from consult.landscape.rules import words_of
from consult.policy import Actor
from consult.synthesis.models import DraftState
from consult.synthesis.rules import shortened
from consult.weighing.models import Chapter, Finding, FindingKind, SynthesisReport

LONGEST_SUMMARY, LONGEST_TEXT, LONGEST_LINE = 3_000, 1_000, 300
MOST_PICKED = 20  # contributions that are added at once


@dataclass(frozen=True)
class Told:
    """What a person typed of a finding."""

    kind: FindingKind
    text: str
    advice: str = ""
    cost: str = ""
    choice: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Support:
    """How the people who voted chose on the contributions of a finding: each count of each one, by their words."""

    title: str
    votes: Mapping[str, int]


@dataclass(frozen=True)
class Reach:
    """Over how much a finding is spread: contributions that are public, the ways they came in, and places told."""

    contributions: int = 0
    organisations: int = 0
    channels: int = 0
    areas: int = 0


def judge_writing(report: SynthesisReport) -> None:
    """Refuse every change to a report that was submitted or published."""
    if report.state is DraftState.PUBLISHED:
        raise Conflict(_("This report is published, so nothing in it changes. Begin the next version."))
    if report.state is DraftState.SUBMITTED:
        raise Conflict(_("This report waits for a second person. Take it back before you change it."))


def judge_told(told: Told) -> None:
    """Refuse a finding that says nothing, and an argument with a choice: only an option is weighed."""
    if not told.text.strip():
        raise Conflict(_("Write what people said, or what is weighed."))
    if told.kind is not FindingKind.WEIGHED and any((told.advice, told.cost, told.choice, told.reason)):
        raise Conflict(_("Advice, cost, choice and reason belong to an option that is weighed."))
    if bool(told.choice.strip()) != bool(told.reason.strip()):
        raise Conflict(_("Give the choice and its reason together: numbers do not choose, you do."))


def judge_publication(report: SynthesisReport, actor: Actor, read_at: str | None) -> None:
    """Refuse to publish what was not submitted, what one submitted oneself, and another text than was read."""
    if report.state is DraftState.PUBLISHED:
        raise Conflict(_("This report is published already."))
    if report.state is not DraftState.SUBMITTED or report.submitted_at is None:
        raise NotNow(_("This report was not submitted yet."))
    if actor.person_id is not None and actor.person_id == report.submitted_by_id:
        raise NotAllowed(_("You submitted this report, so somebody else must publish it."))
    if read_at is not None and read_at != report.submitted_at.isoformat():
        raise Conflict(_("This report was changed and submitted again. Read it again before you publish it."))


def judge_source(finding: Finding, contribution: Contribution) -> None:
    """Refuse a contribution of another round, and one that is not public."""
    if contribution.round_id != finding.round_id or not contribution.is_public:
        raise Conflict(_("Only published contributions of this round can stand under a finding."))


def hindrances(chapters: Sequence[Chapter]) -> list[str]:
    """Say in sentences what keeps a report from being published; findings and their sources are loaded.

    Each theme says something; each finding rests on a contribution that is public; each option that was weighed
    has its choice and reason.
    """
    found = []
    for chapter in chapters:
        if not chapter.findings and not chapter.summary.strip():
            found.append(_("The theme “%(theme)s” says nothing yet.", theme=chapter.theme.name))
        for finding in chapter.findings:
            told = {"theme": chapter.theme.name, "start": shortened(finding.text)}
            if not any(s.contribution is not None and s.contribution.is_public for s in finding.sources):
                found.append(_("“%(start)s” (%(theme)s) rests on no contribution.", **told))
            if finding.is_weighed and not finding.choice.strip():
                found.append(_("“%(start)s” (%(theme)s) has no choice with a reason yet.", **told))
    return found


def told_apart(counts: Iterable[tuple[str, int]], least: int) -> tuple[list[tuple[str, int]], int]:
    """Return the counts that may be told, and the sum of those that are too small to be told apart.

    A single small one would follow from the total, so the next larger one joins it, until what is told together
    is not small any more; where that does not work nothing is told apart at all.
    """
    there = sorted(((n, name) for name, n in counts if n), key=lambda one: (-one[0], one[1]))
    large = [one for one in there if one[0] >= least]
    small = there[len(large) :]
    while small and large and sum(n for n, _name in small) < least:
        small.insert(0, large.pop())
    return [(name, n) for n, name in large], sum(n for n, _name in small)


def support_words(found: Sequence[Support]) -> list[str]:
    """Say how people voted on each contribution."""
    names = {
        "for": _("for"),
        "neutral": _("neutral"),
        "against": _("against"),
        "agree": _("agree"),
        "pass": _("pass"),
        "disagree": _("disagree"),
        "votes": _("votes"),
        "points": _("points"),
    }
    return [
        f"{one.title}: "
        + (
            ", ".join(f"{names.get(name, name)} {number(count)}" for name, count in one.votes.items())
            or _("too few people to show")
        )
        for one in found
    ]


def thought_words(found: Sequence[Thought]) -> list[str]:
    """Say of each statement whether groups share it or differ."""
    return [f"{shortened(one.words, 100)}: {words_of(one.result)}" for one in found]


def reach_words(reach: Reach) -> str:
    """Say over how much something is spread."""
    told = [
        ngettext("%(num)s contribution", "%(num)s contributions", reach.contributions),
        ngettext("one way in", "%(num)s ways in", reach.channels) if reach.channels else "",
        ngettext("one neighbourhood", "%(num)s neighbourhoods", reach.areas) if reach.areas else "",
        ngettext("one organisation", "%(num)s organisations", reach.organisations) if reach.organisations else "",
    ]
    return ", ".join(part for part in told if part)
