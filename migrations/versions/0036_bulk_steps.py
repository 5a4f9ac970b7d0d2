"""Many inputs can be joined, and taken out of sight, at once; going back these plans go, what was done stays."""

import re

from alembic import op

revision = "0036"
down_revision = "0035"

KINDS = ["code", "uncode", "assign", "answer", "fill"]
STEPS = ["group", "state"]


def upgrade() -> None:
    _allow([*KINDS, *STEPS])


def downgrade() -> None:
    op.execute(f"DELETE FROM bulk WHERE kind IN ({', '.join(map(repr, STEPS))})")
    _allow(KINDS)


def _allow(kinds: list[str]) -> None:
    """Let what is done with many be one of these kinds and no other."""
    name, told = "ck_bulk_bulkkind", f"kind IN ({', '.join(map(repr, kinds))})"
    if op.get_bind().dialect.name == "sqlite":
        _make_anew("bulk", rf"CONSTRAINT {name} CHECK \(kind IN \([^)]*\)\)", f"CONSTRAINT {name} CHECK ({told})")
    else:
        op.drop_constraint(op.f(name), "bulk", type_="check")
        op.create_check_constraint(op.f(name), "bulk", told)


def _make_anew(table: str, old: str, new: str) -> None:
    """Make a table again with one constraint changed, in the steps of https://sqlite.org/lang_altertable.html."""
    found = op.get_bind().exec_driver_sql(
        "SELECT type, sql FROM sqlite_master WHERE tbl_name = ? AND sql IS NOT NULL", (table,)
    )
    held = found.all()
    told = next(sql for kind, sql in held if kind == "table")
    changed, times = re.subn(old, new, told)
    assert times == 1, (table, old)
    op.execute(re.sub(rf'^CREATE TABLE "?{table}"?', f'CREATE TABLE "{table}_new"', changed))
    op.execute(f'INSERT INTO "{table}_new" SELECT * FROM "{table}"')
    op.execute(f'DROP TABLE "{table}"')
    op.execute(f'ALTER TABLE "{table}_new" RENAME TO "{table}"')
    for kind, sql in held:
        if kind != "table":
            op.execute(sql)
