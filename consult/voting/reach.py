"""Who took part in a poll: by which way, from where and how old, beside the population; nothing small is told."""

import uuid
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from consult.contributions.models import Channel
from consult.foundation.db import session
from consult.participants.models import AgeBracket
from consult.rounds.models import Area
from consult.rounds.queries import list_areas
from consult.voting import rules
from consult.voting.models import Ballot, Mark
from consult.voting.queries import void

UNKNOWN = ""  # the area of ballots of which nobody told it


@dataclass(frozen=True)
class Cell:
    """One line of a table: how many ballots (None: not told), the share of them, and that of the population.

    Shares are of those whose area or age is known, in percent; None where it is not told or not known.
    """

    name: str
    ballots: int | None
    share: int | None
    of_population: int | None


@dataclass(frozen=True)
class Reach:
    """Who took part in one poll; a table is empty when nobody told that, or too few did."""

    channels: Mapping[Channel, int]
    areas: Sequence[Cell]
    ages: Sequence[Cell]


def reach_of(poll_ids: Sequence[uuid.UUID], least: int) -> dict[uuid.UUID, Reach]:
    """Return who took part in polls that are final, in two statements; cells below `least` are hidden."""
    if not poll_ids:
        return {}
    says = select(Mark.id).where(Mark.ballot_id == Ballot.id, Mark.value.is_not(None)).exists()
    columns = (Ballot.poll_id, Ballot.channel, Ballot.area_code, Ballot.age)
    wanted = select(*columns, func.count()).where(Ballot.poll_id.in_(poll_ids), says, Ballot.id.not_in(void()))
    channels: dict[uuid.UUID, Counter[Channel]] = defaultdict(Counter)
    areas: dict[uuid.UUID, Counter[str]] = defaultdict(Counter)
    ages: dict[uuid.UUID, Counter[str]] = defaultdict(Counter)
    for poll_id, channel, area_code, age, number in session().execute(wanted.group_by(*columns)):
        channels[poll_id][channel] += number
        areas[poll_id][area_code or UNKNOWN] += number
        ages[poll_id][age.value] += number
    known = list_areas()
    return {
        one: Reach(channels[one], _by_area(areas[one], known, least), _by_age(ages[one], known, least))
        for one in poll_ids
    }


def _by_area(counts: Mapping[str, int], known: Sequence[Area], least: int) -> list[Cell]:
    """Return a line for each neighbourhood, for what belongs to none of them, and for who did not tell."""
    parents = {area.parent_code for area in known}
    leaves = [area for area in known if area.code not in parents]
    names = {area.code: area.name for area in leaves}
    told = {code: counts.get(code, 0) for code in names} | {UNKNOWN: counts.get(UNKNOWN, 0)}
    told[UNKNOWN] += sum(number for code, number in counts.items() if code not in told)
    if not sum(told[code] for code in names):
        return []
    return _cells(told, names, {area.code: area.population for area in leaves}, least)


def _by_age(counts: Mapping[str, int], known: Sequence[Area], least: int) -> list[Cell]:
    brackets = [one for one in AgeBracket if one is not AgeBracket.UNKNOWN]
    names = {one.value: one.words for one in brackets}
    if not sum(counts.get(name, 0) for name in names):
        return []
    parents = {area.parent_code for area in known}
    leaves = [area for area in known if area.code not in parents and len(area.ages) == len(brackets)]
    lives = {one.value: sum(_whole(area.ages[n]) for area in leaves) for n, one in enumerate(brackets)}
    told = {name: counts.get(name, 0) for name in names} | {UNKNOWN: counts.get(AgeBracket.UNKNOWN.value, 0)}
    return _cells(told, names, dict(lives) if leaves else {}, least)


def _whole(number: object) -> int:
    told = str(number)
    return int(told) if told.isdecimal() else 0


def _cells(
    counts: Mapping[str, int], names: Mapping[str, str], lives: Mapping[str, int | None], least: int
) -> list[Cell]:
    """Return the lines of a table, with what may not be told left out; nothing where that is all of it."""
    hidden = rules.hidden_cells(counts, least)
    if hidden >= set(counts):
        return []
    people = sum(lives.get(name) or 0 for name in names)
    told = sum(counts[name] for name in names)
    are_shares = UNKNOWN not in hidden  # a share would tell how many did not say it
    found = []
    for name in [*names, UNKNOWN]:
        number = None if name in hidden else counts[name]
        share = round(100 * number / told) if number is not None and are_shares and name in names and told else None
        lived = lives.get(name)
        found.append(
            Cell(names.get(name, ""), number, share, round(100 * lived / people) if lived and people else None)
        )
    return found
