"""What the board promises gets a row with a day and what came of it, and a round knows whether there is any.

The ordinance gets its day and its address, and what is thought of a party how far it shares our interest.
"""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"

MOMENT = sa.String(32).with_variant(sa.TIMESTAMP(timezone=True), "postgresql")


def upgrade() -> None:
    op.create_table(
        "commitment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.String(length=500), nullable=False),
        sa.Column("keeper", sa.String(length=120), nullable=False),
        sa.Column("made_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("because", sa.String(length=500), nullable=False),
        sa.Column("recorded_by_id", sa.Uuid(), nullable=True),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.Column("replaced_at", MOMENT, nullable=True),
        sa.Column("replaces_id", sa.Uuid(), nullable=True),
        sa.Column("is_kept", sa.Boolean(), nullable=True),
        sa.Column("result", sa.String(length=1000), nullable=False),
        sa.Column("settled_by_id", sa.Uuid(), nullable=True),
        sa.Column("settled_at", MOMENT, nullable=True),
        sa.CheckConstraint("due_on >= made_on", name=op.f("ck_commitment_days")),
        sa.CheckConstraint(
            "(settled_at is null) = (is_kept is null) and (settled_at is null) = (result = '')",
            name=op.f("ck_commitment_settled"),
        ),
        sa.ForeignKeyConstraint(["recorded_by_id"], ["person.id"], name=op.f("fk_commitment_recorded_by_id")),
        sa.ForeignKeyConstraint(["replaces_id"], ["commitment.id"], name=op.f("fk_commitment_replaces_id")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_commitment_round_id")),
        sa.ForeignKeyConstraint(["settled_by_id"], ["person.id"], name=op.f("fk_commitment_settled_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commitment")),
        sa.UniqueConstraint("replaces_id", name=op.f("uq_commitment_replaces_id")),
    )
    op.create_index(op.f("ix_commitment_round_id"), "commitment", ["round_id"])
    op.add_column("round", sa.Column("has_commitments", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("authority", sa.Column("ordinance_url", sa.String(length=500), server_default="", nullable=False))
    op.add_column("authority", sa.Column("ordinance_on", sa.Date(), nullable=True))
    op.execute(  # with its check in the column itself, which SQLite can add and drop
        "ALTER TABLE assessment ADD COLUMN shared VARCHAR(40) DEFAULT 'unknown' NOT NULL "
        "CONSTRAINT ck_assessment_shared CHECK (shared IN ('yes', 'partly', 'no', 'unknown'))"
    )


def downgrade() -> None:
    op.execute("ALTER TABLE assessment DROP COLUMN shared")
    op.execute("ALTER TABLE authority DROP COLUMN ordinance_on")
    op.execute("ALTER TABLE authority DROP COLUMN ordinance_url")
    op.execute("ALTER TABLE round DROP COLUMN has_commitments")
    op.drop_table("commitment")
