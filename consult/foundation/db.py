"""The database: engines, the unit of work, and everything in which SQLite and PostgreSQL differ."""

import json
import random
import sqlite3
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, ClassVar, TypeVar

from sqlalchemy import (
    ARRAY,
    JSON,
    Connection,
    Engine,
    MetaData,
    String,
    TypeDecorator,
    cast,
    column,
    create_engine,
    event,
    func,
    select,
    text,
)
from sqlalchemy import Enum as SqlEnum
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import DeclarativeBase, Session, mapped_column
from sqlalchemy.types import TypeEngine

from consult.foundation.errors import Unavailable

Result = TypeVar("Result")
Row = TypeVar("Row", bound="Base")

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
RETRIES = 3
RETRIED = frozenset({"40001", "40P01"})  # serialisation failure, deadlock


class Moment(TypeDecorator[datetime]):
    """A moment in UTC; comes back aware on both databases."""

    impl = String
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(postgresql.TIMESTAMP(timezone=True))
        return dialect.type_descriptor(String(32))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        value = value.astimezone(UTC)
        return value if dialect.name == "postgresql" else value.strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if isinstance(value, datetime):
            return value.astimezone(UTC)
        return datetime.fromisoformat(value)  # ends in Z, so it comes back in UTC


class Exact(TypeDecorator[Decimal]):
    """A number as somebody typed it, to the last digit; SQLite would make a float of it."""

    impl = String(40)
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, _dialect: Dialect) -> str | None:
        return None if value is None else str(value)

    def process_result_value(self, value: str | None, _dialect: Dialect) -> Decimal | None:
        return None if value is None else Decimal(value)


class Base(DeclarativeBase):
    """Every table of every room."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: Moment,
        Decimal: Exact,
        dict[str, Any]: JSON,
        list[str]: JSON,
    }


def words_of(kind: type[Any], name: str = "") -> SqlEnum:
    """Store an enum by its value, as text with a check constraint named after it, or `name` where a table has two."""
    return SqlEnum(
        kind,
        name=name or kind.__name__.lower(),
        native_enum=False,
        create_constraint=True,
        length=40,
        values_callable=lambda members: [m.value for m in members],
    )


def new_id() -> uuid.UUID:
    """Return a random identifier that tells nothing about order or time."""
    return uuid.uuid4()


_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
_dice = random.SystemRandom()


def public_id() -> str:
    """Return a short random identifier for an address: ten characters, 49 bits."""
    return "".join(_dice.choice(_ALPHABET) for _ in range(10))


def order_key() -> int:
    """Return a random place in the stable random order, 0 to 2**31 - 1."""
    return _dice.randrange(2**31)


def id_column() -> Any:
    """A primary key that is a random UUID."""
    return mapped_column(primary_key=True, default=new_id)


class Database:
    """One database of one installation: a reading engine and a writing engine over one pool."""

    def __init__(self, url: str) -> None:
        arguments: dict[str, Any] = {}
        if url.startswith("sqlite"):
            arguments["connect_args"] = {"timeout": 15, "check_same_thread": False}
        else:
            arguments["connect_args"] = {"connect_timeout": 3, "options": "-c statement_timeout=30000"}
            arguments["pool_pre_ping"] = True
        self.url = url
        self.engine: Engine = create_engine(url, pool_size=8, max_overflow=8, pool_timeout=3, **arguments)
        if self.is_sqlite:
            event.listen(self.engine, "connect", _prepare_sqlite)
            event.listen(self.engine, "begin", _begin_sqlite)
        self._writing = self.engine.execution_options(consult_writes=True)
        snapshot = {} if self.is_sqlite else {"postgresql_readonly": True, "isolation_level": "REPEATABLE READ"}
        self._reading = self.engine.execution_options(**snapshot)

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Run the block in one transaction: kept whole when it ends, nothing kept when it raises."""
        with self._unit(self._writing) as unit:
            yield unit
            unit.commit()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Run the block on a snapshot of which nothing is kept."""
        with self._unit(self._reading) as unit:
            yield unit

    @contextmanager
    def _unit(self, engine: Engine) -> Iterator[Session]:
        if _current.get() is not None:
            raise RuntimeError("a unit of work is open already; units do not nest")
        unit = Session(engine, expire_on_commit=False)
        token = _current.set(unit)
        try:
            yield unit
        finally:
            _current.reset(token)
            unit.close()

    def write(self, work: Callable[[], Result]) -> Result:
        """Run `work` in one writing transaction; tried again at most three times where PostgreSQL asks for it."""
        for attempt in range(RETRIES + 1):
            try:
                with self.writing():
                    return work()
            except DBAPIError as problem:
                if getattr(problem.orig, "sqlstate", None) not in RETRIED or attempt == RETRIES:
                    raise
                time.sleep(random.uniform(0.005, 0.05) * (attempt + 1))  # noqa: S311  only to fall out of step
        raise AssertionError("unreachable")

    def dispose(self) -> None:
        """Close every pooled connection; called after a fork and at the end."""
        self.engine.dispose()


_current: ContextVar[Session | None] = ContextVar("unit", default=None)


def session() -> Session:
    """Return the session of the unit of work that is open now."""
    unit = _current.get()
    if unit is None:
        raise RuntimeError("no unit of work is open; enter `database.writing()` or `database.reading()` first")
    return unit


def in_unit() -> bool:
    """Say whether a unit of work is open now."""
    return _current.get() is not None


def add(thing: Row) -> Row:
    """Put a new row into the open unit and send it, so that the database judges it now."""
    session().add(thing)
    session().flush()
    return thing


def insert_of(table: Any) -> Any:
    """Return an INSERT of the dialect in use, with `on_conflict_do_update` and `on_conflict_do_nothing`."""
    return (sqlite if session().get_bind().dialect.name == "sqlite" else postgresql).insert(table)


def numbers_table(rows: Sequence[Sequence[float]], **columns: TypeEngine[Any]) -> Any:
    """Return rows of numbers as a table to select from or to join with, whose columns are named with their types.

    They travel as one value, so that a statement is built and read once however many there are.
    """
    if session().get_bind().dialect.name == "sqlite":
        each = func.json_each(json.dumps(rows)).table_valued("value", name="given")
        told = [func.json_extract(each.c.value, f"$[{at}]", type_=kind) for at, kind in enumerate(columns.values())]
        return select(*(one.label(name) for one, name in zip(told, columns, strict=True))).cte("numbers")
    sides: Any = zip(*rows, strict=True) if rows else [[] for _name in columns]
    lists = [cast(list(side), ARRAY(kind)) for side, kind in zip(sides, columns.values(), strict=True)]
    named = [column(name, kind) for name, kind in columns.items()]
    return func.unnest(*lists).table_valued(*named, name="numbers").render_derived()


def built_once(build: Callable[[], Any]) -> Callable[[], Any]:
    """Keep the statement that `build` makes, one for each kind of database: building costs more than running."""
    made: dict[str, Any] = {}

    def statement() -> Any:
        name = session().get_bind().dialect.name
        if name not in made:
            made[name] = build()
        return made[name]

    return statement


def read_again_locked(row: Base, names: Sequence[str], *, shared: bool = False) -> None:
    """Lock a row until the transaction ends, and read anew the columns that others may have changed.

    On SQLite a writing transaction is alone from its first statement, so what it read still stands.
    """
    if session().get_bind().dialect.name != "sqlite":
        session().flush()  # reading anew forgets what was not sent yet
        session().refresh(row, attribute_names=names, with_for_update={"read": shared, "key_share": not shared})


def locked(statement: Any, *, shared: bool = False) -> Any:
    """Add a row lock to a SELECT: FOR SHARE or FOR NO KEY UPDATE; SQLite's one writer needs none."""
    return statement.with_for_update(read=shared, key_share=not shared)


def alone(number: int) -> None:
    """Wait until nobody else does what this number stands for, and keep others out until the transaction ends.

    On SQLite a writing transaction is alone anyway.
    """
    if session().get_bind().dialect.name == "postgresql":
        session().execute(select(func.pg_advisory_xact_lock(number)))


def refresh_statistics() -> None:
    """Let PostgreSQL count anew what its plans rest on, after many rows came in; SQLite plans without."""
    if session().get_bind().dialect.name == "postgresql":
        session().execute(text("ANALYZE"))


def unavailable(problem: Exception) -> bool:
    """Say whether a database error means "busy or down" instead of "wrong"."""
    if not isinstance(problem, OperationalError):
        return isinstance(problem, Unavailable)
    original = problem.orig
    if isinstance(original, sqlite3.Error):
        return any(word in str(original) for word in ("locked", "busy", "disk", "full", "readonly", "unable to open"))
    return True


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute("PRAGMA busy_timeout=15000")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("consult_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
