"""Pure decisions about remarks: what a suggestion says, which remarks a list holds, and words put into a text."""

import re
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from consult.contributions.models import ON_DRAFT, Kind
from consult.foundation.anchors import Fate
from consult.policy import Act
from consult.rounds.models import PHASE_ACTS, Phase, PhaseKind
from consult.rounds.rules import current

LONGEST_REMARK, LONGEST_QUOTE, LONGEST_REASON = 3_000, 1_000, 1_000
AN_HOUR = 30  # remarks of one person
STRETCH = timedelta(hours=1)


class Show(StrEnum):
    """Which remarks the team looks at."""

    ALL = ""
    OPEN = "open"  # without an answer that was drafted
    ANSWERED = "answered"


@dataclass(frozen=True)
class Wanted:
    """Which remarks a list should hold; what is empty does not narrow it.

    `is_new`: those on this very version; `is_lost` are those of which the paragraph is gone.
    """

    stable_id: uuid.UUID | None = None
    is_lost: bool = False
    kind: Kind | None = None
    fate: Fate | None = None
    is_new: bool = False
    show: Show = Show.ALL
    words: str = ""


NEW = "new"


def wanted_by(told: Mapping[str, str]) -> Wanted:
    """Read from an address which remarks a list should hold; what makes no sense narrows nothing."""
    kind, fate, show = told.get("kind", ""), told.get("fate", ""), told.get("show", "")
    return Wanted(
        kind=Kind(kind) if kind in {one.value for one in ON_DRAFT} else None,
        fate=Fate(fate) if fate in set(Fate) else None,
        is_new=fate == NEW,
        show=Show(show) if show in set(Show) else Show.ALL,
        words=told.get("q", "").strip()[:100],
    )


def address_of(wanted: Wanted, number: int, page: int = 1) -> dict[str, str]:
    """Return what stands in the address of the team's list of one version, so that it survives each act."""
    told = {
        "version": str(number),
        "show": wanted.show.value,
        "kind": wanted.kind.value if wanted.kind is not None else "",
        "fate": wanted.fate.value if wanted.fate is not None else NEW if wanted.is_new else "",
        "q": wanted.words,
        "page": str(page) if page > 1 else "",
    }
    return {name: value for name, value in told.items() if value}


def takes_remarks(phases: Iterable[Phase], at: datetime) -> bool:
    """Say whether people can react to the draft at a moment."""
    now = current(phases, at)
    return now is not None and now.kind in PHASE_ACTS[Act.ADD_REMARK]


def is_reviewed(phases: Iterable[Phase], at: datetime) -> bool:
    """Say whether the formal review runs, in which people respond formally instead."""
    now = current(phases, at)
    return now is not None and now.kind is PhaseKind.FORMAL_REVIEW


def applied(text: str, words: str, wording: str) -> str | None:
    """Return a paragraph in which new words stand instead of old ones, or None when the old ones do not stand there.

    `words` empty means the whole paragraph. White space may differ.
    """
    if not words:
        return wording
    held = " ".join(text.split()) if words not in text else text
    if held.count(words) != 1:
        return None
    joined = held.replace(words, wording)
    return joined if wording else re.sub(r" {2,}", " ", re.sub(r" +([.,;:])", r"\1", joined)).strip()
