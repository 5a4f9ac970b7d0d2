"""Sessions know the second factor, accounts a language and a confirmed address, and mail waits in a table.

A person may now speak for an organisation instead of for themselves, an organisation's position is a
contribution, and staff may enter what was said at the desk and what schools made.
"""

import re

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

MOMENT = sa.String(32).with_variant(sa.TIMESTAMP(timezone=True), "postgresql")
KINDS = ["proposal", "argument", "statement", "project"]
CHANNELS = ["online", "paper", "letter", "phone", "meeting", "workshop", "imported"]
ROLES = ["resident", "moderator", "director", "board", "clerk", "contracts", "coach", "privacy", "admin"]


def upgrade() -> None:
    op.create_table(
        "mail",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("recipient_id", sa.Uuid(), nullable=True),
        sa.Column("address", sa.String(length=254), nullable=True),
        sa.Column("language", sa.String(length=5), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("dedupe", sa.String(length=120), nullable=True),
        sa.Column("enqueued_at", MOMENT, nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("leased_until", MOMENT, nullable=True),
        sa.Column("sent_at", MOMENT, nullable=True),
        sa.Column("given_up_at", MOMENT, nullable=True),
        sa.Column("problem", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail")),
        sa.UniqueConstraint("dedupe", name=op.f("uq_mail_dedupe")),
    )
    op.create_index(op.f("ix_mail_recipient_id"), "mail", ["recipient_id"])
    op.create_index(op.f("ix_mail_due_at"), "mail", ["due_at"])
    with op.batch_alter_table("account") as account:
        account.add_column(sa.Column("confirmed_at", MOMENT, nullable=True))
        account.add_column(sa.Column("language", sa.String(length=5), nullable=False, server_default="nl"))
        account.add_column(sa.Column("wants_factor", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("signed_in") as signed_in:
        signed_in.add_column(sa.Column("device", sa.String(length=120), nullable=False, server_default=""))
        signed_in.add_column(sa.Column("factor_at", MOMENT, nullable=True))
        signed_in.add_column(sa.Column("proved_at", MOMENT, nullable=True))
    op.execute("UPDATE signed_in SET proved_at = began_at")
    with op.batch_alter_table("signed_in") as signed_in:
        signed_in.alter_column("proved_at", existing_type=MOMENT, nullable=False)
    _allow("person", "role", [*ROLES, "organisation"])
    _allow("contribution", "kind", [*KINDS, "position"])
    _allow("contribution", "channel", [*CHANNELS, "desk", "school"])


def downgrade() -> None:
    op.execute("UPDATE contribution SET channel = 'meeting' WHERE channel IN ('desk', 'school')")
    op.execute("UPDATE contribution SET kind = 'statement' WHERE kind = 'position'")
    op.execute("UPDATE person SET role = 'resident' WHERE role = 'organisation'")
    _allow("contribution", "channel", CHANNELS)
    _allow("contribution", "kind", KINDS)
    _allow("person", "role", ROLES)
    with op.batch_alter_table("signed_in") as signed_in:
        for name in ("proved_at", "factor_at", "device"):
            signed_in.drop_column(name)
    with op.batch_alter_table("account") as account:
        for name in ("wants_factor", "language", "confirmed_at"):
            account.drop_column(name)
    op.drop_index(op.f("ix_mail_due_at"), table_name="mail")
    op.drop_index(op.f("ix_mail_recipient_id"), table_name="mail")
    op.drop_table("mail")


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
