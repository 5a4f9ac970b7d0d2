"""A round can have a list of people who vote, each with a number; going back such a round asks for codes by letter."""

import re

from alembic import op

revision = "0033"
down_revision = "0032"

WAYS = ["none", "email", "email_plus_area", "letter_code", "eid", "imported"]


def upgrade() -> None:
    _allow("round", "verification", [*WAYS[:4], "list", *WAYS[4:]])


def downgrade() -> None:
    op.execute("UPDATE round SET verification = 'letter_code' WHERE verification = 'list'")
    _allow("round", "verification", WAYS)


def _allow(table: str, column: str, values: list[str]) -> None:
    """Let a column of words hold these words and no others."""
    name, told = f"ck_{table}_{column}", f"{column} IN ({', '.join(map(repr, values))})"
    if op.get_bind().dialect.name == "sqlite":
        _make_anew(table, rf"CONSTRAINT {name} CHECK \({column} IN \([^)]*\)\)", f"CONSTRAINT {name} CHECK ({told})")
    else:
        op.drop_constraint(op.f(name), table, type_="check")
        op.create_check_constraint(op.f(name), table, told)


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
