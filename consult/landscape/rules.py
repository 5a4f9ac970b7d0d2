"""What web processes compute of a landscape, in plain Python: the next statement, and where one person stands."""

import math
import random
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from consult.voting.models import Poll

Key = TypeVar("Key")

FEWEST = 5  # people behind any figure of a group
NEW = ((1 - 1 / 2) * (1 / 2) * (1 + 8)) ** 2  # the priority of a statement on which nobody voted yet
ADDED_A_DAY = 10  # statements by one person
LONGEST = 160  # characters of a statement
MOST_AT_ONCE = 200  # statements that are put to people in one go


def drawn(seed: str, weights: Sequence[tuple[Key, float]]) -> Key | None:
    """Draw one by weight; the same seed over the same weights draws the same, so a page looks alike when read again."""
    total = math.fsum(weight for _key, weight in weights)
    if not weights:
        return None
    reach = random.Random(seed).random() * total  # noqa: S311  an order, no secret
    for key, weight in weights:
        reach -= weight
        if reach < 0:
            return key
    return weights[-1][0]


def shows_now(poll: Poll) -> bool:
    """Say whether opinions may be shown: once the poll was closed for good, or before where the round says so."""
    if not poll.round.is_public:
        return False
    return poll.phase.closed_at is not None or bool(poll.parameters.get("shows_interim"))


def place_of(told: Mapping[str, Any], marks: Mapping[str, int]) -> tuple[list[float], int | None] | None:
    """Return where somebody with these votes stands on the axes, and the label of the nearest group.

    p = √(S / n) · Σ (x_j - m_j) c_j, as for all others (`axes.project`). None before they voted on a statement that
    counts; no label before they voted on as much as whoever is grouped.
    """
    axes = told["axes"]
    own = {key: value for key, value in marks.items() if key in axes}
    if not own:
        return None
    refused = told["refused"]
    reach = math.sqrt((len(axes) + refused) / (len(own) + refused))
    depth = max(2, told["depth"])
    where = [reach * math.fsum((v - axes[key][0]) * axes[key][1 + d] for key, v in own.items()) for d in range(depth)]
    if not told["groups"] or len(marks) < min(told["least_votes"], len(axes) + refused):
        return where, None
    nearest = min(told["groups"], key=lambda group: math.dist(where[: len(group["centre"])], group["centre"]))
    return where, int(nearest["label"])


def letter(label: int) -> str:
    """Return the letter of a group."""
    return chr(ord("A") + label)
