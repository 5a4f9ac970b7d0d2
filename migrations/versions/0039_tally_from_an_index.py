"""A tally reads an index alone: of a mark its option, its value, and the ballot that may not count."""

from alembic import op

revision = "0039"
down_revision = "0038"


def upgrade() -> None:
    op.create_index("ix_mark_option_id_value_ballot_id", "mark", ["option_id", "value", "ballot_id"])
    op.drop_index("ix_mark_option_id_value", "mark")


def downgrade() -> None:
    op.create_index("ix_mark_option_id_value", "mark", ["option_id", "value"])
    op.drop_index("ix_mark_option_id_value_ballot_id", "mark")
