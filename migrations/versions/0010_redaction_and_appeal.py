"""Passages of a text can be taken away and come back, authors can appeal, and machines can ask for a second look.

What readers get of a contribution stands in its row, and the passages that are away; the whole text is its last
version, where it stood already.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

MOMENT = sa.String(32).with_variant(sa.TIMESTAMP(timezone=True), "postgresql")
GROUNDS = "'personal_data', 'threat_or_hate', 'advertising', 'unlawful', 'duplicate'"
SIGNALS = "'many', 'links', 'repeated', 'bsn', 'iban', 'phone', 'email', 'address', 'reworded'"


def upgrade() -> None:
    op.add_column("contribution", sa.Column("hidden", sa.JSON(), nullable=False, server_default="[]"))
    _redactions()
    _appeals()
    op.create_table(
        "signal",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contribution_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("found_at", MOMENT, nullable=False),
        sa.Column("cleared_at", MOMENT, nullable=True),
        sa.CheckConstraint(f"kind IN ({SIGNALS})", name=op.f("ck_signal_signalkind")),
        sa.ForeignKeyConstraint(["contribution_id"], ["contribution.id"], name=op.f("fk_signal_contribution_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signal")),
    )
    _one("uq_signal_contribution_id_kind_open", "signal", ["contribution_id", "kind"], "cleared_at is null")


def downgrade() -> None:
    op.drop_table("signal")
    op.drop_table("appeal")
    op.drop_table("redaction")
    op.drop_column("contribution", "hidden")


def _redactions() -> None:
    op.create_table(
        "redaction",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contribution_id", sa.Uuid(), nullable=False),
        sa.Column("passages", sa.JSON(), nullable=False),
        sa.Column("ground", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.String(length=1000), nullable=False),
        sa.Column("proposed_by_id", sa.Uuid(), nullable=False),
        sa.Column("proposed_at", MOMENT, nullable=False),
        sa.Column("decided_by_id", sa.Uuid(), nullable=True),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.Column("is_confirmed", sa.Boolean(), nullable=True),
        sa.Column("lift_reason", sa.String(length=1000), nullable=False),
        sa.Column("lift_asked_by_id", sa.Uuid(), nullable=True),
        sa.Column("lift_asked_at", MOMENT, nullable=True),
        sa.Column("lifted_by_id", sa.Uuid(), nullable=True),
        sa.Column("lifted_at", MOMENT, nullable=True),
        sa.CheckConstraint(f"ground IN ({GROUNDS})", name=op.f("ck_redaction_ground")),
        sa.CheckConstraint(
            "decided_by_id is null or decided_by_id <> proposed_by_id", name=op.f("ck_redaction_second_person")
        ),
        sa.CheckConstraint(
            "lifted_by_id is null or lift_asked_by_id is null or lifted_by_id <> lift_asked_by_id",
            name=op.f("ck_redaction_second_person_lifts"),
        ),
        sa.ForeignKeyConstraint(["contribution_id"], ["contribution.id"], name=op.f("fk_redaction_contribution_id")),
        *(
            sa.ForeignKeyConstraint([name], ["person.id"], name=op.f(f"fk_redaction_{name}"))
            for name in ("proposed_by_id", "decided_by_id", "lift_asked_by_id", "lifted_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_redaction")),
    )
    op.create_index("ix_redaction_contribution_id", "redaction", ["contribution_id"])
    _one("uq_redaction_contribution_id_undecided", "redaction", ["contribution_id"], "decided_at is null")


def _appeals() -> None:
    op.create_table(
        "appeal",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contribution_id", sa.Uuid(), nullable=False),
        sa.Column("refusal_id", sa.Uuid(), nullable=True),
        sa.Column("redaction_id", sa.Uuid(), nullable=True),
        sa.Column("words", sa.String(length=2000), nullable=False),
        sa.Column("made_by_id", sa.Uuid(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("decided_by_id", sa.Uuid(), nullable=True),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.Column("is_granted", sa.Boolean(), nullable=True),
        sa.Column("answer", sa.String(length=1000), nullable=False),
        sa.CheckConstraint("(refusal_id is null) <> (redaction_id is null)", name=op.f("ck_appeal_against_one")),
        sa.CheckConstraint("(decided_at is null) = (is_granted is null)", name=op.f("ck_appeal_decided_whole")),
        sa.ForeignKeyConstraint(["contribution_id"], ["contribution.id"], name=op.f("fk_appeal_contribution_id")),
        sa.ForeignKeyConstraint(["refusal_id"], ["refusal.id"], name=op.f("fk_appeal_refusal_id")),
        sa.ForeignKeyConstraint(["redaction_id"], ["redaction.id"], name=op.f("fk_appeal_redaction_id")),
        sa.ForeignKeyConstraint(["made_by_id"], ["person.id"], name=op.f("fk_appeal_made_by_id")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["person.id"], name=op.f("fk_appeal_decided_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appeal")),
        sa.UniqueConstraint("refusal_id", name=op.f("uq_appeal_refusal_id")),
        sa.UniqueConstraint("redaction_id", name=op.f("uq_appeal_redaction_id")),
    )
    op.create_index(op.f("ix_appeal_contribution_id"), "appeal", ["contribution_id"])


def _one(name: str, table: str, columns: list[str], where: str) -> None:
    """Make an index that lets one row stand at a time."""
    told = sa.text(where)
    op.create_index(name, table, columns, unique=True, sqlite_where=told, postgresql_where=told)
