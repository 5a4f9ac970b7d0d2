"""Outcomes that are computed from whole ballots are kept with what they depend on, and so is what the board chose.

Other rules of counting came with this release, so computing again must be able to tell with which ones it was done.
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"

MOMENT = sa.String(32).with_variant(sa.TIMESTAMP(timezone=True), "postgresql")
NOW = sa.text("replaced_at is null")


def upgrade() -> None:
    op.create_table(
        "computed_outcome",
        sa.Column("poll_id", sa.Uuid(), nullable=False),
        sa.Column("outcomes", sa.JSON(), nullable=False),
        sa.Column("input_hash", sa.String(length=64), nullable=False),
        sa.Column("version", sa.String(length=20), nullable=False),
        sa.Column("computed_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["poll_id"], ["poll.id"], name=op.f("fk_computed_outcome_poll_id")),
        sa.PrimaryKeyConstraint("poll_id", name=op.f("pk_computed_outcome")),
    )
    op.create_table(
        "selection",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("poll_id", sa.Uuid(), nullable=False),
        sa.Column("selected", sa.JSON(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("recorded_by_id", sa.Uuid(), nullable=True),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.Column("replaced_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["poll_id"], ["poll.id"], name=op.f("fk_selection_poll_id")),
        sa.ForeignKeyConstraint(["recorded_by_id"], ["person.id"], name=op.f("fk_selection_recorded_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_selection")),
    )
    told = {"unique": True, "sqlite_where": NOW, "postgresql_where": NOW}
    op.create_index("uq_selection_poll_id", "selection", ["poll_id"], **told)
    op.create_index(op.f("ix_selection_recorded_by_id"), "selection", ["recorded_by_id"])


def downgrade() -> None:
    op.drop_table("selection")
    op.drop_table("computed_outcome")
