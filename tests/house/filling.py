"""Puts one lawful row into every table that a database has at some revision, knowing only the database itself."""

import re
import uuid
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Connection,
    Date,
    DateTime,
    Float,
    Inspector,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    Table,
    Uuid,
    insert,
    inspect,
    select,
    text,
)

OWN = "alembic_version"  # the table of Alembic itself

MOMENT = datetime(2026, 3, 1, 12, tzinfo=UTC)
# What no type tells: order between two moments, and one of two that must be there.
TOLD: dict[tuple[str, str], Any] = {
    ("phase", "closes_at"): MOMENT.replace(month=4),
    ("outage", "ended_at"): MOMENT.replace(month=4),
    ("gate", "override_reason"): "",
    ("paper_ballot", "marks"): {},
    ("finding", "kind"): "weighed",
    ("advice_request", "advice"): "",
    ("commitment", "result"): "",
    ("advice_request", "waived_because"): "",
    ("challenge", "ground"): "",
    ("challenge", "state"): "asked",
    ("task", "choice"): "do",
    ("goal", "target_on"): MOMENT.date().replace(month=4),
    ("role_review", "withheld_because"): "",
}
WANTED = {
    ("source_link", "contribution_id"),
    ("paper_ballot", "letter_id"),
    ("paper_ballot", "marks"),
    ("factor", "sealed_secret"),
    ("appeal", "refusal_id"),
    ("appeal", "made_by_id"),
    ("answer_term", "days"),
    ("finding_source", "contribution_id"),
    ("realisation", "contribution_id"),
    ("learning_activity", "cost_per_person"),
    ("topic", "level"),
}
PLAIN: dict[type[Any], Any] = {
    Boolean: True,
    Integer: 1,
    Numeric: 1,
    Float: 0.5,
    LargeBinary: b"\x00" * 32,
    JSON: [],
    DateTime: MOMENT,
    Date: MOMENT.date(),
}
CHOICE = re.compile(r"'([^']+)'")


def fill(connection: Connection) -> dict[str, int]:
    """Add one row to every empty table but Alembic's own, and count the rows of each."""
    known, seen = MetaData(), inspect(connection)
    known.reflect(connection)
    made: dict[str, dict[str, Any]] = {}
    for table in [one for one in known.sorted_tables if one.name != OWN]:
        if there := connection.execute(select(table)).mappings().first():
            made[table.name] = dict(there)
            continue
        row = {c.name: _value(seen, table, c, made) for c in table.columns if _is_filled(table, c)}
        connection.execute(insert(table).values(row))
        made[table.name] = dict(connection.execute(select(table)).mappings().one())
    return count(connection)


def count(connection: Connection) -> dict[str, int]:
    """Count the rows of every table but Alembic's own."""
    names = [name for name in inspect(connection).get_table_names() if name != OWN]
    return {name: connection.scalar(text(f'SELECT count(*) FROM "{name}"')) or 0 for name in names}


def _is_filled(table: Table, column: Column[Any]) -> bool:
    if (table.name, column.name) in WANTED:
        return True
    return not column.nullable and column.server_default is None


def _value(seen: Inspector, table: Table, column: Column[Any], made: dict[str, dict[str, Any]]) -> Any:
    if (table.name, column.name) in TOLD:
        return _as_stored(seen, TOLD[table.name, column.name])
    for key in column.foreign_keys:
        return made[key.column.table.name][key.column.name]
    if (choices := _choices(seen, table.name, column.name)) is not None:
        return choices
    for kind, value in PLAIN.items():
        if isinstance(column.type, kind):
            return value
    if _is_moment(seen, column):
        return _as_stored(seen, MOMENT)
    length = getattr(column.type, "length", None) or 20
    return uuid.uuid4() if isinstance(column.type, Uuid) else uuid.uuid4().hex[: min(length, 32)]


def _is_moment(seen: Inspector, column: Column[Any]) -> bool:
    return seen.dialect.name == "sqlite" and (column.name.endswith("_at") or column.name == "at")


def _as_stored(seen: Inspector, told: Any) -> Any:
    is_text = seen.dialect.name == "sqlite" and isinstance(told, datetime)
    return told.strftime("%Y-%m-%dT%H:%M:%S.%fZ") if is_text else told


def _choices(seen: Inspector, table: str, column: str) -> str | None:
    for check in seen.get_check_constraints(table):
        text = check["sqltext"]
        about = re.match(r'^\W*"?(\w+)"?\W', text)
        if about and about.group(1) == column and (found := CHOICE.search(text)):
            return found.group(1)
    return None
