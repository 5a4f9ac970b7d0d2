"""What staff enter on behalf of others, in batches, and the second look at it.

A form (one letter, call, meeting) may hold several ideas and says where and when it came in; one in ten is
looked at by a second person. Postal addresses for a reply stand apart, so that they can be forgotten alone.
How much came in by which way is counted on public pages, so that it is read from an index.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

MOMENT = sa.String(32).with_variant(sa.TIMESTAMP(timezone=True), "postgresql")
CHANNELS = ["online", "paper", "letter", "phone", "desk", "meeting", "workshop", "school", "imported"]


def upgrade() -> None:
    op.create_table(
        "intake_batch",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("sent_by_id", sa.Uuid(), nullable=True),
        sa.Column("sent_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("rows", sa.JSON(), nullable=False),
        sa.Column("problems", sa.JSON(), nullable=False),
        sa.Column("notes", sa.JSON(), nullable=False),
        sa.Column("sampled", sa.JSON(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("wrong", sa.Integer(), nullable=False),
        sa.Column("doubled", sa.Integer(), nullable=False),
        sa.Column("confirmed_at", MOMENT, nullable=True),
        sa.Column("planned", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("finished_at", MOMENT, nullable=True),
        sa.CheckConstraint("done >= 0 and done <= planned", name=op.f("ck_intake_batch_no_more_than_planned")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_intake_batch_round_id")),
        sa.ForeignKeyConstraint(["sent_by_id"], ["person.id"], name=op.f("fk_intake_batch_sent_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_intake_batch")),
    )
    op.create_index(op.f("ix_intake_batch_round_id"), "intake_batch", ["round_id"])
    op.create_index(op.f("ix_intake_batch_expires_at"), "intake_batch", ["expires_at"])
    op.create_index(
        "uq_intake_batch_round_id_sha256",
        "intake_batch",
        ["round_id", "sha256"],
        unique=True,
        sqlite_where=sa.text("confirmed_at is not null"),
        postgresql_where=sa.text("confirmed_at is not null"),
    )
    op.create_table(
        "intake_stream",
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("forms", sa.Integer(), nullable=False),
        sa.Column("pick", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_intake_stream_round_id")),
        sa.PrimaryKeyConstraint("round_id", name=op.f("pk_intake_stream")),
    )
    _intake()
    op.create_index(
        "ix_contribution_round_id_kind_state_channel", "contribution", ["round_id", "kind", "state", "channel"]
    )


def _intake() -> None:
    op.create_table(
        "intake",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=True),
        sa.Column(
            "channel",
            sa.Enum(*CHANNELS, name="channel", native_enum=False, length=40, create_constraint=True),
            nullable=False,
        ),
        sa.Column("place", sa.String(length=120), nullable=False),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.Column("reference", sa.String(length=40), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("is_approved", sa.Boolean(), nullable=True),
        sa.Column("writer_id", sa.Uuid(), nullable=True),
        sa.Column("entered_by_id", sa.Uuid(), nullable=True),
        sa.Column("entered_at", MOMENT, nullable=False),
        sa.Column("is_sampled", sa.Boolean(), nullable=False),
        sa.Column("checked_by_id", sa.Uuid(), nullable=True),
        sa.Column("checked_at", MOMENT, nullable=True),
        sa.Column("was_right", sa.Boolean(), nullable=True),
        sa.CheckConstraint(
            "checked_by_id is null or checked_by_id <> entered_by_id", name=op.f("ck_intake_second_person")
        ),
        sa.CheckConstraint(
            "(checked_at is null) = (checked_by_id is null)", name=op.f("ck_intake_checked_by_somebody")
        ),
        sa.CheckConstraint("(checked_at is null) = (was_right is null)", name=op.f("ck_intake_checked_with_a_result")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_intake_round_id")),
        sa.ForeignKeyConstraint(["batch_id"], ["intake_batch.id"], name=op.f("fk_intake_batch_id")),
        sa.ForeignKeyConstraint(["writer_id"], ["person.id"], name=op.f("fk_intake_writer_id")),
        sa.ForeignKeyConstraint(["entered_by_id"], ["person.id"], name=op.f("fk_intake_entered_by_id")),
        sa.ForeignKeyConstraint(["checked_by_id"], ["person.id"], name=op.f("fk_intake_checked_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_intake")),
    )
    op.create_index(op.f("ix_intake_batch_id"), "intake", ["batch_id"])
    op.create_index(op.f("ix_intake_writer_id"), "intake", ["writer_id"])
    op.create_index("ix_intake_round_id_is_sampled_checked_at", "intake", ["round_id", "is_sampled", "checked_at"])
    op.create_table(
        "intake_item",
        sa.Column("contribution_id", sa.Uuid(), nullable=False),
        sa.Column("intake_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("original", sa.Text(), nullable=False),
        sa.Column("original_language", sa.String(length=10), nullable=False),
        sa.ForeignKeyConstraint(["contribution_id"], ["contribution.id"], name=op.f("fk_intake_item_contribution_id")),
        sa.ForeignKeyConstraint(["intake_id"], ["intake.id"], name=op.f("fk_intake_item_intake_id")),
        sa.PrimaryKeyConstraint("contribution_id", name=op.f("pk_intake_item")),
    )
    op.create_index(op.f("ix_intake_item_intake_id"), "intake_item", ["intake_id"])
    op.create_table(
        "paper_reply",
        sa.Column("intake_id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("address", sa.String(length=300), nullable=False),
        sa.Column("sent_at", MOMENT, nullable=True),
        sa.Column("sent_by_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["intake_id"], ["intake.id"], name=op.f("fk_paper_reply_intake_id")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_paper_reply_round_id")),
        sa.ForeignKeyConstraint(["sent_by_id"], ["person.id"], name=op.f("fk_paper_reply_sent_by_id")),
        sa.PrimaryKeyConstraint("intake_id", name=op.f("pk_paper_reply")),
    )
    op.create_index(op.f("ix_paper_reply_round_id"), "paper_reply", ["round_id"])


def downgrade() -> None:
    op.drop_index("ix_contribution_round_id_kind_state_channel", table_name="contribution")
    for table in ("paper_reply", "intake_item", "intake", "intake_stream", "intake_batch"):
        op.drop_table(table)
