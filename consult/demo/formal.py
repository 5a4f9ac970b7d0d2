"""The formal review of a story as its YAML tells it, read strictly into plain values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from consult.review.models import Way


@dataclass(frozen=True)
class PointTold:
    """One point of a formal view: about which section, what it says, the answer, and whether that changes it."""

    section: str
    summary: str
    answer: str
    changes: bool


@dataclass(frozen=True)
class ViewTold:
    """One formal view; `author` is the code of a partner or "resident"."""

    code: str
    author: str
    way: Way
    received_on: date
    postmarked_on: date | None
    is_admissible: bool
    reason: str
    points: Sequence[PointTold]


@dataclass(frozen=True)
class OutageTold:
    """A time in which nothing could be sent in, and to which day it moved the end."""

    began_at: datetime
    ended_at: datetime
    extends_to: date


@dataclass(frozen=True)
class ReviewTold:
    """The notice, the formal views, and the changes by the authority's own motion as (section, text)."""

    notice_reference: str
    notice_url: str
    notice_on: date
    available_on: date
    outage: OutageTold | None
    views: Sequence[ViewTold]
    own_changes: Sequence[tuple[str, str]]


def read_review(told: Mapping[str, Any] | None) -> ReviewTold | None:
    """Read the formal review of a story, where it tells one; raises KeyError and ValueError like its neighbours."""
    if not told:
        return None
    notice = told["notice"]
    return ReviewTold(
        notice_reference=notice["gazette_id"],
        notice_url=notice["url"],
        notice_on=_day(notice["published"]),
        available_on=_day(told["available_from"]),
        outage=_outage(told["outage"]) if "outage" in told else None,
        views=[_view(one) for one in told.get("views", ())],
        own_changes=[(one["section"], one["text"]) for one in told.get("own_changes", ())],
    )


def _view(told: Mapping[str, Any]) -> ViewTold:
    return ViewTold(
        code=told["id"],
        author=told["author"],
        way=Way(told["ch"]),
        received_on=_day(told["received"]),
        postmarked_on=_day(told["postmarked"]) if "postmarked" in told else None,
        is_admissible=told["admissible"],
        reason=told.get("admissible_reason", ""),
        points=[
            PointTold(one["section"], one["summary"], one["answer"], one["change"]) for one in told.get("points", ())
        ],
    )


def _outage(told: Mapping[str, Any]) -> OutageTold:
    began, ended = (datetime.fromisoformat(str(told[name])) for name in ("from", "to"))
    return OutageTold(began, ended, _day(told["extended_to"]))


def _day(told: Any) -> date:
    return told if isinstance(told, date) else date.fromisoformat(str(told))
