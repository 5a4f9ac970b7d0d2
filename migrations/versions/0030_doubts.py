"""With a proposal that ballots do not count the journal holds a salted digest of their tags; the salt stands here."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"


def upgrade() -> None:
    op.add_column("invalidation", sa.Column("salt", sa.LargeBinary(length=32), nullable=True))


def downgrade() -> None:
    op.execute("ALTER TABLE invalidation DROP COLUMN salt")
