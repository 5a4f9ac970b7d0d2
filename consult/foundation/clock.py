"""The only clock: everything that asks the time asks it here."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

_set_to: ContextVar[datetime | None] = ContextVar("clock", default=None)


def now() -> datetime:
    """Return the present moment in UTC, or the moment that the clock was set to."""
    return _set_to.get() or datetime.now(UTC)


@contextmanager
def set_to(moment: datetime) -> Iterator[None]:
    """Hold the clock at `moment` (aware, any zone) inside the block; used to replay a story."""
    if moment.tzinfo is None:
        raise ValueError("the clock needs a moment with a time zone")
    token = _set_to.set(moment.astimezone(UTC))
    try:
        yield
    finally:
        _set_to.reset(token)
