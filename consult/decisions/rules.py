"""Pure decisions about what the council decided: what may be recorded, and when."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from consult.decisions.models import Result
from consult.foundation.errors import Conflict, NotNow
from consult.foundation.language import day as say_day
from consult.foundation.language import gettext as _
from consult.foundation.language import local
from consult.rounds.models import Phase, PhaseKind, Round
from consult.synthesis.models import Draft, DraftState, OutcomeKind
from consult.voting.results import OptionResult, PollResult


def judge_moment(subject: Round, phases: Iterable[Phase]) -> None:
    """Refuse a decision before the gate to it was passed; a round without gates has none."""
    phase = next((one for one in phases if one.kind is PhaseKind.DECIDE), None)
    if subject.has_gates and phase is not None and phase.cleared_at is None:
        told = _("Deciding is planned from %(day)s, but its gate P4 was not passed yet.", day=say_day(phase.first_day))
        raise NotNow(told)


def judge_draft(draft: Draft, decided_on: date, today: date) -> None:
    """Refuse a decision about what is not public, before it was public, and in the future."""
    if draft.state is not DraftState.PUBLISHED or draft.published_at is None:
        raise Conflict(_("The council decides about a version of the draft that is published. Choose one."))
    if decided_on > today:
        raise Conflict(_("This day is still to come. Record the decision when it was taken."))
    published = local(draft.published_at).date()
    if decided_on < published:
        told = _("This version was published on %(day)s, so it cannot be decided about before that.")
        raise Conflict(told % {"day": say_day(published)})


def judge_result(result: Result, reason: str, amendments: Sequence[Any], deviations: Sequence[Any]) -> None:
    """Refuse amendments without that result, that result without amendments, and a refusal without its reason."""
    if result is Result.AMENDED and not amendments:
        raise Conflict(_("Write down at least one amendment, or choose another result."))
    if amendments and result is not Result.AMENDED:
        raise Conflict(_("There are amendments, so choose the result “adopted with amendments”."))
    if result in {Result.REJECTED, Result.SENT_BACK} and not reason.strip():
        raise Conflict(_("Say why the council did not adopt it: everybody who took part reads it."))
    if deviations and not result.is_final:
        raise Conflict(_("What was sent back comes again, so no outcome is final yet. Leave these rows empty."))


MOST_SHOWN = 3  # options of a poll beside a decision, of each kind


def most_wanted(poll: PollResult) -> list[OptionResult]:
    """Return the options of a support poll that most people are for."""
    return sorted(poll.options, key=lambda one: -one.votes.get("for", 0))[:MOST_SHOWN]


def least_wanted(poll: PollResult) -> list[OptionResult]:
    """Return the options of a support poll of which the largest share of those who chose is against."""
    found = sorted(poll.options, key=lambda one: -_against(one))[:MOST_SHOWN]
    return [one for one in found if one.votes.get("against", 0)]


def _against(option: OptionResult) -> float:
    """Return which share of those who chose for or against is against."""
    chosen = option.votes.get("for", 0) + option.votes.get("against", 0)
    return option.votes.get("against", 0) / chosen if chosen else 0.0


def is_supported(poll: PollResult) -> bool:
    """Say whether a poll is final and was on support, so that people could be against."""
    return poll.final and any("for" in option.votes for option in poll.options)


def judge_deviation(kind: OutcomeKind, reason: str) -> None:
    """Refuse another outcome without a reason, and "merged", which follows from merging."""
    if kind is OutcomeKind.MERGED:
        raise Conflict(_("“Merged” cannot be set by hand. Choose another outcome."))
    if not reason.strip():
        raise Conflict(_("Say why the outcome became another one: the person who sent it in reads it."))
