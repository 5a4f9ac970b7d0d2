"""Files may come with a formal view, and one that was not sent yet waits for its writer, as proposals do.

A paragraph of the draft may rest on advice that was given in the round.
"""

import re

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"

MOMENT = sa.String(32).with_variant(sa.TIMESTAMP(timezone=True), "postgresql")
PLACES = ["proposal", "edit", "argument", "reply"]
ONE_OF_THREE = (
    "case when contribution_id is null then 0 else 1 end + case when precondition_id is null then 0 else 1 end"
    " + case when statement_result_id is null then 0 else 1 end = 1"
)
ONE_OF_FOUR = ONE_OF_THREE.replace(" = 1", " + case when advice_id is null then 0 else 1 end = 1")


def upgrade() -> None:
    _allow("unsent", "place", [*PLACES, "formal_view"])
    op.create_table(
        "view_file",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("view_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("media_type", sa.String(100), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("stored_name", sa.String(32), nullable=False),
        sa.Column("checked", sa.String(40), nullable=False),
        sa.Column("added_at", MOMENT, nullable=False),
        sa.CheckConstraint("checked IN ('waiting', 'clean', 'infected')", name=op.f("ck_view_file_checked")),
        sa.ForeignKeyConstraint(["view_id"], ["formal_view.id"], name=op.f("fk_view_file_view_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_view_file")),
        sa.UniqueConstraint("stored_name", name=op.f("uq_view_file_stored_name")),
        sa.UniqueConstraint("view_id", "position", name=op.f("uq_view_file_view_id_position")),
    )
    op.create_index(op.f("ix_view_file_checked"), "view_file", ["checked"])
    with op.batch_alter_table("source_link") as link:
        link.add_column(sa.Column("advice_id", sa.Uuid(), nullable=True))
        link.create_foreign_key(op.f("fk_source_link_advice_id"), "advice_request", ["advice_id"], ["id"])
        link.drop_constraint(op.f("ck_source_link_one_source"), type_="check")
        link.create_check_constraint(op.f("ck_source_link_one_source"), ONE_OF_FOUR)
        link.create_unique_constraint(op.f("uq_source_link_paragraph_id_advice_id"), ["paragraph_id", "advice_id"])
        link.create_index(op.f("ix_source_link_advice_id"), ["advice_id"])


def downgrade() -> None:
    op.execute("DELETE FROM source_link WHERE advice_id IS NOT NULL")
    with op.batch_alter_table("source_link") as link:
        link.drop_index(op.f("ix_source_link_advice_id"))
        link.drop_constraint(op.f("uq_source_link_paragraph_id_advice_id"), type_="unique")
        link.drop_constraint(op.f("ck_source_link_one_source"), type_="check")
        link.create_check_constraint(op.f("ck_source_link_one_source"), ONE_OF_THREE)
        link.drop_constraint(op.f("fk_source_link_advice_id"), type_="foreignkey")
        link.drop_column("advice_id")
    op.drop_table("view_file")
    op.execute("DELETE FROM unsent WHERE place = 'formal_view'")
    _allow("unsent", "place", PLACES)


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
