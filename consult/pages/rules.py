"""Pure decisions of the reading pages: where a round stands, and what a list was asked for."""

import zlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import TypeVar

from consult.foundation.errors import Refused
from consult.foundation.language import N_, Worded
from consult.foundation.language import gettext as _
from consult.rounds.models import Authority, Phase, Round, RoundState
from consult.rounds.rules import coming, current
from consult.synthesis.models import Outcome, OutcomeKind

Chosen = TypeVar("Chosen", bound=Worded)

LONGEST_QUERY = 200
LAST_PAGE = 4000
SEEDS = 2**31
NO_ANSWER = "none"
HOLDS_FOR = timedelta(days=182)


class Standing(StrEnum):
    """How far a round is, for the groups of the home page."""

    NOW = "now"
    NEXT = "next"
    CLOSED = "closed"
    DRAFT = "draft"


class Order(Worded):
    """In which order proposals can be listed."""

    MIXED = "mixed", N_("mixed, a new order each day")
    NEWEST = "newest", N_("newest first")
    DISCUSSED = "discussed", N_("most arguments first")
    SUPPORTED = "supported", N_("most supported first")


HIGHEST = {  # what a list can be ordered by: a key, microseconds up to the year 8307, a count
    Order.MIXED: 2**62,
    Order.NEWEST: 2 * 10**17,
    Order.DISCUSSED: 2**31 - 1,
    Order.SUPPORTED: 2**31 - 1,
}


@dataclass(frozen=True)
class Cursor:
    """The last row of the page before: what it was ordered by, and its address."""

    key: int
    public_id: str

    def __str__(self) -> str:
        return f"{self.key}.{self.public_id}"


@dataclass(frozen=True)
class Asked:
    """What somebody asked of the list of proposals; every value was found lawful."""

    words: str = ""
    theme: str = ""
    area: str = ""
    outcome: str = ""
    order: Order = Order.MIXED
    seed: int = 0
    page: int = 1
    after: Cursor | None = None

    @property
    def narrows(self) -> bool:
        """Whether anything but the order was asked."""
        return bool(self.words or self.theme or self.area or self.outcome)

    def arguments(self, **changed: str | int | None) -> dict[str, str]:
        """Return the address of this list in words; what is empty or usual is left out."""
        told: dict[str, str | int | None] = {
            "q": self.words,
            "theme": self.theme,
            "area": self.area,
            "outcome": self.outcome,
            "order": "" if self.order is Order.MIXED else self.order.value,
            "seed": self.seed if self.order is Order.MIXED else None,
        }
        told.update(changed)
        return {name: str(value) for name, value in told.items() if value not in ("", None)}


def standing(subject: Round, at: datetime) -> Standing:
    """Say how far a round is; `subject.phases` is loaded."""
    if subject.state is RoundState.DRAFT:
        return Standing.DRAFT
    if subject.state is RoundState.CLOSED or not subject.phases:
        return Standing.CLOSED
    if current(subject.phases, at) is None and coming(subject.phases, at) is None:
        return Standing.CLOSED if all(at >= p.closes_at or p.closed_at for p in subject.phases) else Standing.NOW
    return Standing.NEXT if at < min(p.opens_at for p in subject.phases) else Standing.NOW


def last_closed(phases: Sequence[Phase], at: datetime) -> Phase | None:
    """Return the phase that ended last, if any."""
    return max((p for p in phases if p.closed_at or at >= p.closes_at), key=lambda p: p.closes_at, default=None)


def within(decider: str) -> str:
    """Return who decides as it stands within a sentence: "De raad" becomes "de raad"."""
    return decider[0].lower() + decider[1:] if decider.startswith(("De ", "Het ", "The ")) else decider


def seed_of(day: date, slug: str) -> int:
    """Return where the mixed order begins on a day: the same for everybody who comes on that day."""
    return zlib.crc32(f"{day.isoformat()}|{slug}".encode()) % SEEDS


def read_asked(
    sent: Mapping[str, Sequence[str]],
    *,
    themes: Collection[str],
    areas: Collection[str],
    day_seed: int,
    orders: Collection[Order] = tuple(Order),
) -> Asked:
    """Read what was asked of the list from the address; `orders` are those that it offers now.

    Refused when a value is none that the list offers, or stands there twice.
    """
    one = {
        name: _once(name, sent.get(name, ()))
        for name in ("q", "theme", "area", "outcome", "order", "seed", "page", "after")
    }
    answers = {NO_ANSWER, *(kind.value for kind in OutcomeKind)}
    asked = Asked(
        words=" ".join(one["q"][:LONGEST_QUERY].replace("\0", " ").split()),
        theme=_offered(one["theme"], themes),
        area=_offered(one["area"], areas),
        outcome=_offered(one["outcome"], answers),
        order=Order(_offered(one["order"] or Order.MIXED, {order.value for order in orders})),
        seed=_number(one["seed"] or str(day_seed), 0, SEEDS - 1),
        page=_number(one["page"] or "1", 1, LAST_PAGE),
    )
    asked = replace(asked, after=_cursor(one["after"], HIGHEST[asked.order]))
    if asked.after is not None and asked.page == 1:
        raise Refused(_not_offered())
    return asked


def read_before(sent: Sequence[str]) -> int | None:
    """Read from where on a list that shows the newest first goes on.

    Refused when it is no place in such a list.
    """
    given = _once("before", sent)
    return _number(given, 1, 2**62) if given else None


def read_order(sent: Sequence[str], orders: type[Chosen], usual: Chosen) -> Chosen:
    """Read which of some orders was asked, or the usual one.

    Refused when it is none of them.
    """
    return orders(_offered(_once("order", sent) or usual.value, {order.value for order in orders}))


def read_page(sent: Sequence[str]) -> int:
    """Read the number of a page.

    Refused when it is no number of a page.
    """
    return _number(_once("page", sent) or "1", 1, LAST_PAGE)


def security_txt(authority: Authority | None, base_url: str, path: str, at: datetime) -> str:
    """Return the text that tells where to report a weakness (RFC 9116); it holds for half a year."""
    contact = f"mailto:{authority.contact_email}" if authority is not None and authority.contact_email else base_url
    expires = (at + HOLDS_FOR).replace(microsecond=0).isoformat().replace("+00:00", "Z")
    lines = [
        f"Contact: {contact}",
        f"Expires: {expires}",
        "Preferred-Languages: nl, en",
        f"Canonical: {base_url}{path}",
    ]
    return "\n".join(lines) + "\n"


def say_answer(outcome: Outcome) -> str:
    """Say which answer an input has, and that it is provisional until it is final with the decision."""
    if outcome.final_at is not None:
        return _("Answer: %(kind)s", kind=outcome.kind.words)
    return _("Provisional answer: %(kind)s", kind=outcome.kind.words)


def _once(name: str, values: Sequence[str]) -> str:
    if len(values) > 1:
        raise Refused(_("“%(name)s” stands twice in the address. Choose one.", name=name))
    return values[0] if values else ""


def _offered(value: str, offered: Collection[str]) -> str:
    if value and value not in offered:
        raise Refused(_not_offered())
    return value


def _number(value: str, lowest: int, highest: int) -> int:
    if not (value.isascii() and value.isdigit() and len(value) < 20) or not lowest <= int(value) <= highest:
        raise Refused(_not_offered())
    return int(value)


def _cursor(value: str, highest: int) -> Cursor | None:
    if not value:
        return None
    key, _dot, public_id = value.partition(".")
    if not (public_id.isascii() and public_id.isalnum() and len(public_id) <= 20):
        raise Refused(_not_offered())
    return Cursor(_number(key, 0, highest), public_id)


def _not_offered() -> str:
    return _("The address asks for something that this list does not have. Go back and choose from the list.")
