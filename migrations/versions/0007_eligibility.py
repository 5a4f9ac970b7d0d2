"""Who may take part is checked as the round says: by a code from a letter, or by a national sign-in.

A letter code is known by a hash and good once; an errand to the broker of sign-ins is remembered until it comes
back; a sign-in there may open an account; and a round that asks for a national sign-in says on which ground.
People of the demo municipality are invented, so nobody can open a link that was mailed to them.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

MOMENT = sa.String(32).with_variant(sa.TIMESTAMP(timezone=True), "postgresql")


def upgrade() -> None:
    with op.batch_alter_table("round") as round_:
        round_.add_column(sa.Column("identity_ground", sa.String(length=400), nullable=False, server_default=""))
        round_.add_column(sa.Column("identity_officer", sa.String(length=120), nullable=False, server_default=""))
    _codes()
    _broker()
    op.execute("UPDATE account SET confirmed_at = created_at WHERE is_demo AND confirmed_at IS NULL")


def downgrade() -> None:
    op.drop_index(op.f("ix_attempt_expires_at"), table_name="attempt")
    op.drop_table("attempt")
    op.drop_index(op.f("ix_identity_account_id"), table_name="identity")
    op.drop_table("identity")
    op.drop_index(op.f("ix_letter_code_batch_id"), table_name="letter_code")
    op.drop_table("letter_code")
    op.drop_table("code_batch")
    with op.batch_alter_table("round") as round_:
        round_.drop_column("identity_officer")
        round_.drop_column("identity_ground")


def _codes() -> None:
    op.create_table(
        "code_batch",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("area_code", sa.String(length=20), nullable=False),
        sa.Column("issued_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_code_batch_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_code_batch")),
        sa.UniqueConstraint("round_id", "number", name=op.f("uq_code_batch_round_id_number")),
    )
    op.create_table(
        "letter_code",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("serial", sa.Integer(), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("used_on", sa.Date(), nullable=True),
        sa.Column("replaced_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_letter_code_round_id")),
        sa.ForeignKeyConstraint(["batch_id"], ["code_batch.id"], name=op.f("fk_letter_code_batch_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter_code")),
        sa.UniqueConstraint("round_id", "hash", name=op.f("uq_letter_code_round_id_hash")),
        sa.UniqueConstraint("round_id", "serial", name=op.f("uq_letter_code_round_id_serial")),
    )
    op.create_index(op.f("ix_letter_code_batch_id"), "letter_code", ["batch_id"])


def _broker() -> None:
    op.create_table(
        "identity",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("coupled_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_identity_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identity")),
        sa.UniqueConstraint("hash", name=op.f("uq_identity_hash")),
    )
    op.create_index(op.f("ix_identity_account_id"), "identity", ["account_id"])
    op.create_table(
        "attempt",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("state_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("browser_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("aim", sa.String(length=40), nullable=False),
        sa.Column("about", sa.String(length=80), nullable=False),
        sa.Column("next_path", sa.Text(), nullable=False),
        sa.Column("language", sa.String(length=5), nullable=False),
        sa.Column("nonce", sa.String(length=64), nullable=False),
        sa.Column("verifier", sa.String(length=128), nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT, nullable=True),
        sa.CheckConstraint("aim IN ('sign_in', 'couple', 'prove')", name=op.f("ck_attempt_aim")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempt")),
        sa.UniqueConstraint("state_hash", name=op.f("uq_attempt_state_hash")),
    )
    op.create_index(op.f("ix_attempt_expires_at"), "attempt", ["expires_at"])
