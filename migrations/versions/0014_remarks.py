"""People say something of a paragraph of a draft, or suggest other words; each next version says where that stands.

Both are contributions of a kind of their own. Going back takes them out of sight, since a release from before
would list them beside proposals: they become arguments that were withdrawn, with their text and their author.
"""

import re

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0012"

KINDS = ["proposal", "argument", "statement", "project", "position"]
FATES = ("kept", "moved", "changed", "gone")


def upgrade() -> None:
    _allow("contribution", "kind", [*KINDS, "remark", "suggestion"])
    op.create_table(
        "remark",
        sa.Column("contribution_id", sa.Uuid(), nullable=False),
        sa.Column("draft_id", sa.Uuid(), nullable=False),
        sa.Column("stable_id", sa.Uuid(), nullable=False),
        sa.Column("quote", sa.Text(), nullable=False),
        sa.Column("prefix", sa.String(length=40), nullable=False),
        sa.Column("suffix", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["contribution_id"], ["contribution.id"], name=op.f("fk_remark_contribution_id")),
        sa.ForeignKeyConstraint(["draft_id"], ["draft.id"], name=op.f("fk_remark_draft_id")),
        sa.PrimaryKeyConstraint("contribution_id", name=op.f("pk_remark")),
    )
    op.create_index("ix_remark_draft_id_stable_id", "remark", ["draft_id", "stable_id"])
    op.create_table(
        "carried",
        sa.Column("remark_id", sa.Uuid(), nullable=False),
        sa.Column("draft_id", sa.Uuid(), nullable=False),
        sa.Column(
            "fate",
            sa.Enum(*FATES, name="fate", native_enum=False, length=40, create_constraint=True),
            nullable=False,
        ),
        sa.Column("stable_id", sa.Uuid(), nullable=True),
        sa.Column("found", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["remark_id"], ["remark.contribution_id"], name=op.f("fk_carried_remark_id")),
        sa.ForeignKeyConstraint(["draft_id"], ["draft.id"], name=op.f("fk_carried_draft_id")),
        sa.PrimaryKeyConstraint("remark_id", "draft_id", name=op.f("pk_carried")),
    )
    op.create_index("ix_carried_draft_id_stable_id", "carried", ["draft_id", "stable_id"])


def downgrade() -> None:
    op.drop_table("carried")
    op.drop_table("remark")
    op.execute("UPDATE contribution SET kind = 'argument', state = 'withdrawn' WHERE kind IN ('remark', 'suggestion')")
    _allow("contribution", "kind", KINDS)


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
