"""A poll over a budget written as a Pabulib file (`.pb`), for other programs; nothing of its voters is in it.

The format: Stolicki, Szufa, Talmon, arXiv 2012.06539. `pabulib` reads such files.
"""

import csv
import secrets
from collections.abc import Iterator, Sequence
from io import StringIO

from consult.foundation import clock
from consult.foundation.errors import Conflict
from consult.foundation.language import gettext as _
from consult.opendata.pabulib import LIMITS, METHODS
from consult.opendata.source import UNKNOWN
from consult.policy import system
from consult.rounds.models import Round, Verification
from consult.voting.methods import Profile
from consult.voting.methods import budget as budget_rules
from consult.voting.models import Method, Option, Poll
from consult.voting.outcomes import read_profile
from consult.voting.queries import get_poll, get_sheet
from consult.voting.results import PollResult, results_of

FEWEST = 50  # ballots cast here that may be handed over as they are


def written(subject: Round) -> str:
    """Return the one poll over a budget of a round as a Pabulib file, without anything of its voters.

    Ballots stand in an order of chance under numbers that mean nothing. Refused where there is no such poll or
    several, before the outcome is final, and for fewer than 50 ballots that were cast here: a whole ballot is
    almost always like no other one.
    """
    found = [one for one in results_of(subject, computes=True) if "budget" in one.parameters]
    if len(found) != 1:
        raise Conflict(_("This format holds exactly one vote over a budget, and the round has %(n)s.", n=len(found)))
    (result,) = found
    if not result.final:
        raise Conflict(_("Ballots are handed over when the poll is closed."))
    return told(get_poll(system(clock.now()), subject.slug, result.poll_id), result)


def told(poll: Poll, result: PollResult) -> str:
    """Return one poll over a budget that ended, as `written` does; its phase and round are loaded."""
    profile = read_profile(poll, ballots=True)
    if profile.size < FEWEST and poll.round.verification is not Verification.IMPORTED:
        raise Conflict(_("With fewer than %(fewest)s ballots they are not handed over.", fewest=FEWEST))
    out = StringIO()
    rows = csv.writer(out, delimiter=";", lineterminator="\n")
    rows.writerows(_meta_rows(poll, result, profile))
    rows.writerows(_project_rows(poll, result, profile))
    rows.writerows(_vote_rows(poll.method, profile))
    return out.getvalue()


def _meta_rows(poll: Poll, result: PollResult, profile: Profile) -> Iterator[tuple[object, ...]]:
    told = poll.parameters
    rule = "equalshares" if budget_rules.is_by_shares(told) else "greedy"
    yield from (("META",), ("key", "value"), ("description", poll.title))
    yield from (("num_projects", len(result.options)), ("num_votes", profile.size))
    yield "budget", _amount(told["budget"])
    yield (
        "vote_type",
        told.get("vote_type") or next((name for name, one in METHODS.items() if one is poll.method), "approval"),
    )
    if "vote_type" not in told:  # made here
        told = {**told, "rule": rule, "currency": told.get("currency", "EUR")}
    yield from ((key, told[key]) for key in ("rule", "currency") if key in told)
    yield "date_begin", poll.phase.first_day.strftime("%d.%m.%Y")
    yield "date_end", poll.phase.last_day.strftime("%d.%m.%Y")
    yield from ((key, told[key]) for key in LIMITS if key in told)
    yield "language", next((option.contribution.language for option in _options(poll)), UNKNOWN)


def _project_rows(poll: Poll, result: PollResult, profile: Profile) -> Iterator[tuple[object, ...]]:
    selected = set(result.outcomes[0].selected) if result.outcomes else set()
    texts = {option.id: option.contribution.text for option in _options(poll) if option.contribution.is_public}
    yield from (("PROJECTS",), ("project_id", "cost", "votes", "name", "selected", "description"))
    for option in sorted(result.options, key=lambda one: one.reference):
        name, _blank, description = texts.get(option.option_id, option.title).partition("\n\n")
        votes = sum(times for marks, times in profile.ballots if option.reference in marks)
        chosen = int(option.reference in selected)
        yield option.reference, _amount(option.cost or 0), votes, name, chosen, description


def _vote_rows(method: Method, profile: Profile) -> Iterator[tuple[object, ...]]:
    ballots = [marks for marks, times in profile.ballots for _time in range(times)]
    secrets.SystemRandom().shuffle(ballots)
    yield ("VOTES",)
    yield ("voter_id", "vote", "points") if method is Method.POINTS else ("voter_id", "vote")
    for number, marks in enumerate(ballots, start=1):
        chosen = sorted(marks, key=lambda one: (marks[one] if method is Method.RANKING else 0, one))
        points = (",".join(str(marks[one]) for one in chosen),) if method is Method.POINTS else ()
        yield number, ",".join(chosen), *points


def _options(poll: Poll) -> Sequence[Option]:
    return get_sheet(system(clock.now()), poll.round.slug, poll.id).options


def _amount(cents: int) -> str:
    return str(cents // 100) if cents % 100 == 0 else f"{cents / 100:.2f}"
