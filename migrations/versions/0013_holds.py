"""What was taken out of sight after it had been public keeps on what ground and why, so that its author can be told."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

MOMENT = sa.String(32).with_variant(sa.TIMESTAMP(timezone=True), "postgresql")
GROUNDS = ("personal_data", "threat_or_hate", "advertising", "unlawful", "duplicate")


def upgrade() -> None:
    op.create_table(
        "hold",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contribution_id", sa.Uuid(), nullable=False),
        sa.Column(
            "ground",
            sa.Enum(*GROUNDS, name="ground", native_enum=False, length=40, create_constraint=True),
            nullable=False,
        ),
        sa.Column("reason", sa.String(length=1000), nullable=False),
        sa.Column("held_by_id", sa.Uuid(), nullable=True),
        sa.Column("held_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["contribution_id"], ["contribution.id"], name=op.f("fk_hold_contribution_id")),
        sa.ForeignKeyConstraint(["held_by_id"], ["person.id"], name=op.f("fk_hold_held_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hold")),
    )
    op.create_index(op.f("ix_hold_contribution_id"), "hold", ["contribution_id"])


def downgrade() -> None:
    op.drop_table("hold")
