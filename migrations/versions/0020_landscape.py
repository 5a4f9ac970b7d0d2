"""The worker keeps sums of the votes on statements, and what was computed of them, so that pages read one row.

Beside each ballot stands what of it is in the sums, so that only ballots that changed are read again. A voter who
came with a public data set keeps their number in it: the groups that were published with the data name them so.
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"

MOMENT = sa.String(32).with_variant(sa.TIMESTAMP(timezone=True), "postgresql")


def upgrade() -> None:
    op.add_column("voter", sa.Column("reference", sa.String(100), nullable=True))
    op.create_table(
        "landscape",
        sa.Column("poll_id", sa.Uuid(), nullable=False),
        sa.Column("statements", sa.JSON(), nullable=False),
        sa.Column("left_out", sa.JSON(), nullable=False),
        sa.Column("sums", sa.LargeBinary(), nullable=True),
        sa.Column("folded", sa.Integer(), nullable=False),
        sa.Column("computed", sa.Integer(), nullable=False),
        sa.Column("computed_at", MOMENT, nullable=True),
        sa.Column("told", sa.JSON(), nullable=True),
        sa.Column("priorities", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(["poll_id"], ["poll.id"], name=op.f("fk_landscape_poll_id")),
        sa.PrimaryKeyConstraint("poll_id", name=op.f("pk_landscape")),
    )
    op.create_table(
        "folded_ballot",
        sa.Column("ballot_id", sa.Uuid(), nullable=False),
        sa.Column("poll_id", sa.Uuid(), nullable=False),
        sa.Column("changes", sa.Integer(), nullable=False),
        sa.Column("places", sa.LargeBinary(), nullable=False),
        sa.Column("votes", sa.LargeBinary(), nullable=False),
        sa.Column("label", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["ballot_id"], ["ballot.id"], name=op.f("fk_folded_ballot_ballot_id")),
        sa.ForeignKeyConstraint(["poll_id"], ["landscape.poll_id"], name=op.f("fk_folded_ballot_poll_id")),
        sa.PrimaryKeyConstraint("ballot_id", name=op.f("pk_folded_ballot")),
    )
    op.create_index(op.f("ix_folded_ballot_poll_id"), "folded_ballot", ["poll_id"])


def downgrade() -> None:
    op.drop_table("folded_ballot")
    op.drop_table("landscape")
    op.drop_column("voter", "reference")
