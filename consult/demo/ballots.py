"""Who voted for what, when only the totals of each proposal are told: people are made up to fit them exactly."""

import random
from collections.abc import Mapping, Sequence

from consult.demo.told import StatementsTold

SEED = 2040
PASSES = 1 / 9  # of all answers to statements


def share_out(totals: Mapping[str, Sequence[int]], people: int) -> list[dict[str, int]]:
    """Return a ballot for each of `people`: per option 1, 0 or -1, such that the totals are exactly those told.

    `totals` are per option how many said for, neutral and against. Everybody votes on something, nobody twice
    on one option; some vote on a few and some on nearly all. The same totals always give the same ballots.
    Raises ValueError where no ballots can fit.
    """
    needed = {option: sum(counts) for option, counts in totals.items()}
    if any(count > people for count in needed.values()):
        raise ValueError("an option has more votes than there are people")
    if sum(needed.values()) < people:
        raise ValueError("there are fewer votes than people")
    dice = random.Random(SEED)
    for wish in (_wishes(people, len(needed), sum(needed.values()), dice), [0] * people):
        ballots = _assign(needed, list(wish), dice)
        if all(ballots):
            return _fill(totals, ballots, dice)
    raise ValueError("these totals do not leave a vote for everybody")


def answers_of(told: StatementsTold, people: int) -> list[dict[int, int]]:
    """Return a ballot for each of `people`: per place of a statement 1, 0 or -1, as those of each mind would say.

    Who is next to answer is of any mind; some answers are a pass, and few people answer everything. The same story
    always gives the same ballots. Raises ValueError where the minds are not so many people together.
    """
    if sum(told.minds) != people:
        raise ValueError("the minds do not add up to the people who took part")
    dice = random.Random(SEED)
    minds = [mind for mind, number in enumerate(told.minds) for _person in range(number)]
    dice.shuffle(minds)
    whole = len(told.texts)
    ballots = []
    for mind in minds:
        chosen = sorted(dice.sample(range(whole), dice.randint(whole // 2, whole)))
        ballots.append({place: _said(told.texts[place][1][mind], dice) for place in chosen})
    return ballots


def _said(agree: int, dice: random.Random) -> int:
    """Return what somebody says of whose mind so many of a hundred agree."""
    if dice.random() < PASSES:
        return 0
    return 1 if dice.random() * 100 < agree else -1


def _wishes(people: int, options: int, votes: int, dice: random.Random) -> list[int]:
    """Return on how many options each person wants to vote: in all as many as there are votes."""
    wishes = [1 + int((options - 1) * dice.betavariate(1.1, 1.9)) for _ in range(people)]
    while (missing := votes - sum(wishes)) != 0:
        step = 1 if missing > 0 else -1
        for person in dice.sample(range(people), min(abs(missing), people)):
            if 1 <= wishes[person] + step <= options:
                wishes[person] += step
    return wishes


def _assign(needed: Mapping[str, int], wishes: list[int], dice: random.Random) -> list[list[str]]:
    """Give each option to the people with most wishes left, the option with most votes first."""
    chosen: list[list[str]] = [[] for _ in wishes]
    for option in sorted(needed, key=lambda name: (-needed[name], name)):
        order = sorted(range(len(wishes)), key=lambda person: (-wishes[person], dice.random()))
        for person in order[: needed[option]]:
            chosen[person].append(option)
            wishes[person] -= 1
    return chosen


def _fill(totals: Mapping[str, Sequence[int]], chosen: list[list[str]], dice: random.Random) -> list[dict[str, int]]:
    """Say for each option who of those that chose it is for, neutral or against."""
    values: dict[str, list[int]] = {}
    for option, (in_favour, neutral, against) in totals.items():
        values[option] = [1] * in_favour + [0] * neutral + [-1] * against
        dice.shuffle(values[option])
    ballots = [{option: values[option].pop() for option in sorted(options)} for options in chosen]
    dice.shuffle(ballots)
    return ballots
