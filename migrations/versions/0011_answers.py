"""What staff think of an input, its draft answer and its published answer are three things.

An answer is signed by a second person before it is published. Answers from before this were public as soon as
they were set and nobody signed them; they stay public, signed by nobody at that moment. SQLite makes the table
anew for its constraints; the check of the kind has to be said again then.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0009"

MOMENT = sa.String(32).with_variant(sa.TIMESTAMP(timezone=True), "postgresql")
KINDS = ("adopted", "partly", "not_adopted", "forwarded", "merged", "challenge")
IN_PUBLIC = sa.text("published_at is not null and outdated_at is null")
NOW = sa.text("replaced_at is null")


def _of_kind() -> sa.CheckConstraint:
    return sa.CheckConstraint(f"kind IN ({', '.join(map(repr, KINDS))})", name=op.f("ck_outcome_outcomekind"))


def upgrade() -> None:
    op.drop_index("uq_outcome_contribution_id", table_name="outcome")
    with op.batch_alter_table("outcome", table_args=[_of_kind()]) as outcome:
        for name in ("signed", "published"):
            outcome.add_column(sa.Column(f"{name}_by_id", sa.Uuid(), nullable=True))
            outcome.add_column(sa.Column(f"{name}_at", MOMENT, nullable=True))
            outcome.create_foreign_key(op.f(f"fk_outcome_{name}_by_id"), "person", [f"{name}_by_id"], ["id"])
        outcome.add_column(sa.Column("outdated_at", MOMENT, nullable=True))
        outcome.create_check_constraint(
            op.f("ck_outcome_second_person"), "signed_by_id is null or signed_by_id <> set_by_id"
        )
        outcome.create_check_constraint(
            op.f("ck_outcome_signed_first"), "published_at is null or signed_at is not null"
        )
    op.execute("UPDATE outcome SET signed_at = set_at, published_at = set_at, outdated_at = replaced_at")
    for name, condition in (("uq_outcome_contribution_id", NOW), ("uq_outcome_contribution_id_public", IN_PUBLIC)):
        told = {"unique": True, "sqlite_where": condition, "postgresql_where": condition}
        op.create_index(name, "outcome", ["contribution_id"], **told)
    _evaluations()


def _evaluations() -> None:
    op.create_table(
        "evaluation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contribution_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("written_by_id", sa.Uuid(), nullable=True),
        sa.Column("written_at", MOMENT, nullable=False),
        sa.Column("replaced_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["contribution_id"], ["contribution.id"], name=op.f("fk_evaluation_contribution_id")),
        sa.ForeignKeyConstraint(["written_by_id"], ["person.id"], name=op.f("fk_evaluation_written_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evaluation")),
    )
    op.create_index(
        "uq_evaluation_contribution_id",
        "evaluation",
        ["contribution_id"],
        unique=True,
        sqlite_where=NOW,
        postgresql_where=NOW,
    )


def downgrade() -> None:
    op.drop_table("evaluation")
    op.drop_index("uq_outcome_contribution_id_public", table_name="outcome")
    op.drop_index("uq_outcome_contribution_id", table_name="outcome")
    with op.batch_alter_table("outcome", table_args=[_of_kind()]) as outcome:
        outcome.drop_constraint(op.f("ck_outcome_second_person"), type_="check")
        outcome.drop_constraint(op.f("ck_outcome_signed_first"), type_="check")
        for name in ("signed", "published"):
            outcome.drop_constraint(op.f(f"fk_outcome_{name}_by_id"), type_="foreignkey")
            outcome.drop_column(f"{name}_at")
            outcome.drop_column(f"{name}_by_id")
        outcome.drop_column("outdated_at")
    op.create_index(
        "uq_outcome_contribution_id",
        "outcome",
        ["contribution_id"],
        unique=True,
        sqlite_where=NOW,
        postgresql_where=NOW,
    )
