"""Staff type in an appeal for an author without an account, and are told what was added after they read it."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"

CHANNELS = ("online", "paper", "letter", "phone", "desk", "meeting", "workshop", "school", "imported")
SIGNALS = ("many", "links", "repeated", "bsn", "iban", "phone", "email", "address", "reworded")


def upgrade() -> None:
    _signals(*SIGNALS, "added")
    with op.batch_alter_table("appeal") as appeal:
        appeal.add_column(sa.Column("channel", sa.String(length=40), nullable=False, server_default="online"))
        appeal.add_column(sa.Column("came_on", sa.Date(), nullable=True))
        appeal.add_column(sa.Column("entered_by_id", sa.Uuid(), nullable=True))
        appeal.alter_column("made_by_id", existing_type=sa.Uuid(), nullable=True)
        appeal.create_foreign_key(op.f("fk_appeal_entered_by_id"), "person", ["entered_by_id"], ["id"])
        names = ", ".join(f"'{one}'" for one in CHANNELS)
        appeal.create_check_constraint(op.f("ck_appeal_channel"), f"channel IN ({names})")
        appeal.create_check_constraint(op.f("ck_appeal_entered_whole"), "(entered_by_id is null) = (came_on is null)")
        appeal.create_check_constraint(
            op.f("ck_appeal_made_by_somebody"), "made_by_id is not null or entered_by_id is not null"
        )


def downgrade() -> None:
    op.execute("DELETE FROM signal WHERE kind = 'added'")
    _signals(*SIGNALS)
    op.execute("UPDATE appeal SET made_by_id = entered_by_id WHERE made_by_id IS NULL")
    with op.batch_alter_table("appeal") as appeal:
        for name in ("channel", "entered_whole", "made_by_somebody"):
            appeal.drop_constraint(op.f(f"ck_appeal_{name}"), type_="check")
        appeal.drop_constraint(op.f("fk_appeal_entered_by_id"), type_="foreignkey")
        appeal.alter_column("made_by_id", existing_type=sa.Uuid(), nullable=False)
        for name in ("entered_by_id", "came_on", "channel"):
            appeal.drop_column(name)


def _signals(*kinds: str) -> None:
    names = ", ".join(f"'{one}'" for one in kinds)
    with op.batch_alter_table("signal") as signal:
        signal.drop_constraint(op.f("ck_signal_signalkind"), type_="check")
        signal.create_check_constraint(op.f("ck_signal_signalkind"), f"kind IN ({names})")
