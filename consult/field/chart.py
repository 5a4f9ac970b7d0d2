"""The playing field as a drawing: where each mark stands, on a desk and on a phone."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from consult.field import rules
from consult.field.models import Ring
from consult.field.queries import Seat
from consult.field.rules import Quadrant, Standing

RINGS: Mapping[str, Callable[[Standing], Ring | None]] = {  # which of the three rings the chart draws
    "now": lambda one: one.ring,
    "wanted": lambda one: one.ring_wanted,
    "ours": lambda one: one.ring_ours,
}
SIGNS = {1: "+", 0: "○", -1: "−"}


@dataclass(frozen=True)
class Sheet:
    """How large a chart is, in its own units: the room left of it, its cells, and how many marks stand in one."""

    left: int
    cell_width: int
    cell_height: int
    across: int  # marks beside each other in a cell
    down: int  # and below each other; of more than fits it says how many more


FOOT, MARK = 40, 22  # room below a chart; height of a mark with the space around it
WIDE, NARROW = Sheet(50, 68, 46, 2, 2), Sheet(24, 33, 58, 1, 2)  # for a desk, and for a phone held upright


def chart(
    numbered: Sequence[tuple[int, Seat]], sheet: Sheet, ring: Callable[[Standing], Ring | None]
) -> dict[str, Any]:
    """Return where each mark stands on the chart; marks that share a cell stand side by side in it.

    A mean stands in the cell of its whole number, so that no mark crosses the line between two quadrants.
    """
    cells: dict[tuple[int, int], list[tuple[int, Standing]]] = defaultdict(list)
    for n, seat in numbered:
        if seat.standing is not None:
            cells[int(seat.standing.interest), int(seat.standing.influence)].append((n, seat.standing))
    left, wide, high = sheet.left, sheet.cell_width, sheet.cell_height
    marks, more = [], []
    for (interest, influence), held in sorted(cells.items()):
        own, others = _in_cell(left + (interest - 1) * wide, (10 - influence) * high, held, sheet, ring)
        marks += own
        more += others
    line_x, line_y = left + (rules.LINE - 1) * wide, (11 - rules.LINE) * high
    corners = (
        (left, 14, Quadrant.SATISFY),
        (line_x, 14, Quadrant.INVOLVE),
        (left, 10 * high - 8, Quadrant.WATCH),
        (line_x, 10 * high - 8, Quadrant.INFORM),
    )
    return {
        "width": left + 10 * wide + 10,
        "height": 10 * high + FOOT,
        "left": left,
        "bottom": 10 * high,
        "right": left + 10 * wide,
        "line_x": line_x,
        "line_y": line_y,
        "marks": marks,
        "more": more,
        "quadrants": [{"x": x + 6, "y": y, "words": _short(one, sheet)} for x, y, one in corners],
        "across": [{"x": left + (n - 0.5) * wide, "words": n} for n in range(1, 11)],
        "up": [{"y": (10.5 - n) * high + 5, "words": n} for n in range(1, 11)],
    }


def _short(quadrant: Quadrant, sheet: Sheet) -> str:
    return quadrant.words.partition(":")[0] if sheet is NARROW else quadrant.words


def _in_cell(
    left: int,
    top: int,
    held: Sequence[tuple[int, Standing]],
    sheet: Sheet,
    ring: Callable[[Standing], Ring | None],
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the marks of one cell, and in the last place how many more there are than fit."""
    room = sheet.across * sheet.down
    fits = held if len(held) <= room else held[: room - 1]
    across, down = min(sheet.across, len(held)), min(sheet.down, -(-len(held) // sheet.across))
    places = [
        (
            left + sheet.cell_width * (2 * (place % across) + 1) // (2 * across),
            top + sheet.cell_height // 2 + MARK * (2 * (place // across) - down + 1) // 2,
        )
        for place in range(min(len(held), room))
    ]
    marks = []
    for (n, standing), (x, y) in zip(fits, places, strict=False):
        way = (standing.attitude > 0) - (standing.attitude < 0)
        drawn = ring(standing)
        told = {"words": f"{n}{SIGNS[way]}", "ring": drawn.value if drawn is not None else "unknown"}
        marks.append({"x": x, "y": y, **told})
    if len(fits) == len(held):
        return marks, []
    return marks, [{"x": places[-1][0], "y": places[-1][1] + 5, "words": f"+{len(held) - len(fits)}"}]
