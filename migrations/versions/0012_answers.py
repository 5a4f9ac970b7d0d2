"""What staff think of an input, its draft answer and its published answer are three things.

Beside them: text blocks and terms for answers, who works on what, notes, and what was done with many at once.

An answer is signed by a second person before it is published. Answers from before this were public as soon as
they were set and nobody signed them; they stay public, signed by nobody at that moment. Going back
keeps what was published and nothing else, since a release from before would show every draft to everybody.
SQLite makes the table anew for its constraints; the check of the kind has to be said again then.
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

MOMENT = sa.String(32).with_variant(sa.TIMESTAMP(timezone=True), "postgresql")
KINDS = ("adopted", "partly", "not_adopted", "forwarded", "merged", "challenge")
IN_PUBLIC = sa.text("published_at is not null and outdated_at is null")
NOW = sa.text("replaced_at is null")
ENDLESS = sa.text("ended_at is null")
BULKS = ("code", "uncode", "assign", "answer", "fill")


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
    _answering()
    _working()


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


def _answering() -> None:
    op.create_table(
        "text_block",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(*KINDS, name="outcomekind", native_enum=False, length=40, create_constraint=True),
            nullable=False,
        ),
        sa.Column("text", sa.String(length=1000), nullable=False),
        sa.Column("written_by_id", sa.Uuid(), nullable=True),
        sa.Column("written_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_text_block_round_id")),
        sa.ForeignKeyConstraint(["written_by_id"], ["person.id"], name=op.f("fk_text_block_written_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_text_block")),
    )
    told = {"unique": True, "sqlite_where": ENDLESS, "postgresql_where": ENDLESS}
    op.create_index("uq_text_block_round_id_name", "text_block", ["round_id", "name"], **told)
    op.create_table(
        "answer_term",
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=True),
        sa.Column("days", sa.Integer(), nullable=True),
        sa.Column("set_by_id", sa.Uuid(), nullable=True),
        sa.Column("set_at", MOMENT, nullable=False),
        sa.CheckConstraint("(on_day is null) <> (days is null)", name=op.f("ck_answer_term_one_way")),
        sa.CheckConstraint("days is null or days >= 0", name=op.f("ck_answer_term_not_before")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_answer_term_round_id")),
        sa.ForeignKeyConstraint(["set_by_id"], ["person.id"], name=op.f("fk_answer_term_set_by_id")),
        sa.PrimaryKeyConstraint("round_id", name=op.f("pk_answer_term")),
    )


def _working() -> None:
    op.create_table(
        "assignment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contribution_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("assigned_by_id", sa.Uuid(), nullable=True),
        sa.Column("assigned_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["contribution_id"], ["contribution.id"], name=op.f("fk_assignment_contribution_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_assignment_person_id")),
        sa.ForeignKeyConstraint(["assigned_by_id"], ["person.id"], name=op.f("fk_assignment_assigned_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignment")),
    )
    told = {"unique": True, "sqlite_where": ENDLESS, "postgresql_where": ENDLESS}
    op.create_index("uq_assignment_contribution_id", "assignment", ["contribution_id"], **told)
    op.create_index(op.f("ix_assignment_person_id"), "assignment", ["person_id"])
    op.create_table(
        "note",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contribution_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.String(length=2000), nullable=False),
        sa.Column("written_by_id", sa.Uuid(), nullable=True),
        sa.Column("written_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["contribution_id"], ["contribution.id"], name=op.f("fk_note_contribution_id")),
        sa.ForeignKeyConstraint(["written_by_id"], ["person.id"], name=op.f("fk_note_written_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_note")),
    )
    op.create_index(op.f("ix_note_contribution_id"), "note", ["contribution_id"])
    op.create_table(
        "bulk",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(*BULKS, name="bulkkind", native_enum=False, length=40, create_constraint=True),
            nullable=False,
        ),
        sa.Column("chosen", sa.JSON(), nullable=False),
        sa.Column("inputs", sa.JSON(), nullable=False),
        sa.Column("planned_at", MOMENT, nullable=False),
        sa.Column("done_at", MOMENT, nullable=True),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("undone_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_bulk_round_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_bulk_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulk")),
    )
    op.create_index("ix_bulk_round_id_person_id", "bulk", ["round_id", "person_id"])
    op.create_index(op.f("ix_bulk_person_id"), "bulk", ["person_id"])


def downgrade() -> None:
    for table in ("bulk", "note", "assignment", "answer_term", "text_block"):
        op.drop_table(table)
    op.drop_table("evaluation")
    op.drop_index("uq_outcome_contribution_id_public", table_name="outcome")
    op.drop_index("uq_outcome_contribution_id", table_name="outcome")
    op.execute("DELETE FROM outcome WHERE published_at IS NULL")
    op.execute("UPDATE outcome SET replaced_at = outdated_at")
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
