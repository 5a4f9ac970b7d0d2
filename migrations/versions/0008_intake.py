"""What staff enter on behalf of others, in batches, and the second look at it."""

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
