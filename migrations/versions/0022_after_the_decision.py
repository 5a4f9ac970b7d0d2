"""A round knows itself that it was decided, so that every room can leave what is final as it is.

A gate that is passed although something lacks names exactly what: another thing that lacks shuts it again. What
was accepted before without names is accepted anew where the gate was not passed yet.
"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"

MOMENT = sa.String(32).with_variant(sa.TIMESTAMP(timezone=True), "postgresql")


def upgrade() -> None:
    op.add_column("round", sa.Column("decided_at", MOMENT, nullable=True))
    op.add_column("gate", sa.Column("override_covers", sa.JSON(), nullable=False, server_default="[]"))
    op.execute(
        "update round set decided_at = (select max(decision.recorded_at) from decision"
        " where decision.round_id = round.id and decision.result <> 'sent_back')"
    )


def downgrade() -> None:
    op.drop_column("gate", "override_covers")
    op.drop_column("round", "decided_at")
