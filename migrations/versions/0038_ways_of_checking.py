"""A place on a list and a letter are told apart, so that both can have the same number and one of them counts."""

import re

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"

TABLE, OLD, NEW = "letter_code", ("round_id", "serial"), ("round_id", "is_list", "serial")


def upgrade() -> None:
    op.add_column(TABLE, sa.Column("is_list", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.execute(
        "UPDATE letter_code SET is_list = true WHERE round_id IN (SELECT id FROM round WHERE verification = 'list')"
    )
    _one_of_each(OLD, NEW)


def downgrade() -> None:
    op.execute(  # what was made before another way of checking was chosen, which nobody could use since
        "DELETE FROM letter_code WHERE is_list <> (SELECT verification = 'list' FROM round WHERE id = round_id)"
        " AND id NOT IN (SELECT letter_id FROM paper_ballot WHERE letter_id IS NOT NULL)"
    )
    _one_of_each(NEW, OLD)
    op.drop_column(TABLE, "is_list")


def _one_of_each(old: tuple[str, ...], new: tuple[str, ...]) -> None:
    """Let other columns be unique together."""
    before, after = (op.f(f"uq_{TABLE}_{'_'.join(columns)}") for columns in (old, new))
    if op.get_bind().dialect.name == "sqlite":
        _make_anew(rf"CONSTRAINT {before} UNIQUE \({', '.join(old)}\)", f"CONSTRAINT {after} UNIQUE ({', '.join(new)})")
    else:
        op.drop_constraint(before, TABLE, type_="unique")
        op.create_unique_constraint(after, TABLE, list(new))


def _make_anew(old: str, new: str) -> None:
    """Make the table again with one constraint changed, in the steps of https://sqlite.org/lang_altertable.html."""
    found = op.get_bind().exec_driver_sql(
        "SELECT type, sql FROM sqlite_master WHERE tbl_name = ? AND sql IS NOT NULL", (TABLE,)
    )
    held = found.all()
    told = next(sql for kind, sql in held if kind == "table")
    changed, times = re.subn(old, new, told)
    assert times == 1, old
    op.execute(re.sub(rf'^CREATE TABLE "?{TABLE}"?', f'CREATE TABLE "{TABLE}_new"', changed))
    op.execute(f'INSERT INTO "{TABLE}_new" SELECT * FROM "{TABLE}"')
    op.execute(f'DROP TABLE "{TABLE}"')
    op.execute(f'ALTER TABLE "{TABLE}_new" RENAME TO "{TABLE}"')
    for kind, sql in held:
        if kind != "table":
            op.execute(sql)
