"""The terms of an agreement as one document: indicators, money, quality, periods and clauses."""

import hashlib
import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from consult.director.goals.models import Better
from consult.foundation.language import N_, Worded


class Rhythm(Worded):
    """How often the partner reports."""

    QUARTERLY = "quarterly", N_("every quarter")
    HALF_YEARLY = "half_yearly", N_("every half year")
    YEARLY = "yearly", N_("every year")

    @property
    def months(self) -> int:
        """How many months lie between two reports."""
        return {"quarterly": 3, "half_yearly": 6, "yearly": 12}[self.value]


@dataclass(frozen=True)
class Period:
    """A stretch of time about which one report is due; both days count whole."""

    first_day: date
    last_day: date
    due_on: date


@dataclass(frozen=True)
class Indicator:
    """What is measured; `plan` holds for each period what should be reached by its end."""

    key: str
    name: str
    unit: str = ""
    better: Better = Better.UP
    baseline: Decimal | None = None
    target: Decimal | None = None
    plan: tuple[Decimal | None, ...] = ()
    source: str = ""
    owner: str = ""
    vague_because: str = ""


@dataclass(frozen=True)
class Line:
    """A line of the budget in euros, and from whose money it is paid."""

    key: str
    name: str
    amount: Decimal | None = None
    funding: str = ""


@dataclass(frozen=True)
class Requirement:
    """A demand on quality: the norm, how it is checked, and what shows that it is met."""

    key: str
    norm: str
    check: str = ""
    evidence: str = ""
    vague_because: str = ""


@dataclass(frozen=True)
class Limits:
    """Where lights change: from which actual ÷ plan green and amber hold, and how many percent a budget may differ."""

    green: Decimal = Decimal("0.95")
    amber: Decimal = Decimal("0.80")
    budget_green: Decimal = Decimal(2)
    budget_amber: Decimal = Decimal(10)


@dataclass(frozen=True)
class Terms:
    """Everything that the parties sign."""

    title: str = ""
    task: str = ""
    first_day: date | None = None
    last_day: date | None = None
    rhythm: Rhythm = Rhythm.QUARTERLY
    periods: tuple[Period, ...] = ()
    indicators: tuple[Indicator, ...] = ()
    lines: tuple[Line, ...] = ()
    requirements: tuple[Requirement, ...] = ()
    payment: str = ""
    amending: str = ""
    privacy: str = ""
    hand_back: str = ""
    limits: Limits = field(default_factory=Limits)

    def as_fields(self) -> dict[str, Any]:
        """Return the document as JSON can hold it; numbers are texts, so no digit is lost."""
        found: dict[str, Any] = _plain(asdict(self))
        return found

    @property
    def budget(self) -> Decimal:
        """The whole budget in euros."""
        return sum((line.amount or Decimal() for line in self.lines), Decimal())

    def with_item(self, item: Indicator | Line | Requirement) -> "Terms":
        """Return these terms with one more item, or with it instead of the one with its key."""
        name = _place(item)
        items = getattr(self, name)
        known = any(one.key == item.key for one in items)
        changed = tuple(item if one.key == item.key else one for one in items) if known else (*items, item)
        return replace(self, **{name: changed})  # type: ignore[arg-type]

    def without(self, key: str) -> "Terms":
        """Return these terms without the item with this key."""
        left = {name: tuple(one for one in getattr(self, name) if one.key != key) for name in PLACES}
        return replace(self, **left)  # type: ignore[arg-type]

    def find(self, key: str) -> Indicator | Line | Requirement | None:
        """Return the item with this key, if there is one."""
        return next((one for name in PLACES for one in getattr(self, name) if one.key == key), None)


PLACES: Mapping[str, type[Any]] = {"indicators": Indicator, "lines": Line, "requirements": Requirement}


def new_key() -> str:
    """Return what an item is known by through all versions."""
    return secrets.token_hex(4)


def digest(terms: Terms) -> str:
    """Return the SHA-256 over the canonical JSON of the terms: what is signed."""
    told = json.dumps(terms.as_fields(), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(told.encode()).hexdigest()


def from_fields(told: Mapping[str, Any]) -> Terms:
    """Read the terms from what JSON held."""
    read: dict[str, Any] = {
        name: told[name] for name in ("title", "task", "payment", "amending", "privacy", "hand_back")
    }
    read |= {name: tuple(_item(kind, one) for one in told[name]) for name, kind in PLACES.items()}
    read |= {name: date.fromisoformat(told[name]) if told[name] else None for name in ("first_day", "last_day")}
    periods = tuple(Period(**{name: date.fromisoformat(day) for name, day in one.items()}) for one in told["periods"])
    limits = Limits(**{name: Decimal(value) for name, value in told["limits"].items()})
    return Terms(**read, periods=periods, limits=limits, rhythm=Rhythm(told["rhythm"]))


def _place(item: Indicator | Line | Requirement) -> str:
    return next(name for name, kind in PLACES.items() if isinstance(item, kind))


def _item(kind: type[Any], told: Mapping[str, Any]) -> Any:
    numbers = {"baseline", "target", "amount"}
    read: dict[str, Any] = {
        name: _number(told[name]) if name in numbers else told[name] for name in _names(kind) & set(told)
    }
    if "plan" in read:
        read["plan"] = tuple(_number(one) for one in read["plan"])
    if "better" in read:
        read["better"] = Better(read["better"])
    return kind(**read)


def _names(kind: type[Any]) -> set[str]:
    return {one.name for one in fields(kind)}


def _number(told: str | None) -> Decimal | None:
    return None if told is None else Decimal(told)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, Iterable) and not isinstance(value, str):
        return [_plain(one) for one in value]
    return value
