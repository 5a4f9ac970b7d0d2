"""Limits on how often something may be tried, counted in the database so that all workers share them."""

from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import BigInteger, String, delete
from sqlalchemy.orm import Mapped, mapped_column

from consult.foundation import clock
from consult.foundation.db import Base, Database, insert_of, session
from consult.foundation.errors import TooMany
from consult.foundation.language import gettext


class RateCount(Base):
    """How often one thing was tried in one stretch of time; `key` is a hash, so it holds no address."""

    __tablename__ = "rate_count"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    stretch: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    tries: Mapped[int] = mapped_column(default=1)
    ends_at: Mapped[datetime] = mapped_column(index=True)


def count_try(database: Database, *keys: str, limit: int, seconds: int, sentence: str = "") -> None:
    """Count one try under each key, in a short transaction of its own.

    Refused with TooMany, and with `sentence` where one is given, when one of them passed `limit` tries in the
    present stretch of `seconds`.
    """
    at = int(clock.now().timestamp())
    stretch = at // seconds
    ends_at = datetime.fromtimestamp((stretch + 1) * seconds, UTC)
    with database.writing():
        tries = [_count(key, stretch, ends_at) for key in keys]
    if max(tries) > limit:
        raise TooMany(
            sentence or gettext("That was too often in a short time. Wait a few minutes and try again."),
            retry_after=seconds - at % seconds,
        )


def forget_old() -> int:
    """Delete counts of stretches that are long over, and return how many."""
    gone: Any = session().execute(delete(RateCount).where(RateCount.ends_at < clock.now()))
    return int(gone.rowcount)


def _count(key: str, stretch: int, ends_at: datetime) -> int:
    counted = session().execute(
        insert_of(RateCount)
        .values(key=sha256(key.encode()).hexdigest(), stretch=stretch, tries=1, ends_at=ends_at)
        .on_conflict_do_update(index_elements=["key", "stretch"], set_={"tries": RateCount.__table__.c.tries + 1})
        .returning(RateCount.tries)
    )
    tries: int = counted.scalar_one()
    return tries
