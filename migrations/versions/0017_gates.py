"""Board and civil service sign at gates before a round goes on, and what the council decides makes outcomes final.

A round without gates goes on as before: its phases are released when it opens. Going back takes the gates, the
sign-offs and the decisions away; a phase that waits for its gate then has to be released, or nobody could take part.
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"

MOMENT = sa.String(32).with_variant(sa.TIMESTAMP(timezone=True), "postgresql")
COUNTS = sa.text("voided_at is null")
ENDS = sa.text("result <> 'sent_back'")


def _words(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, length=40, create_constraint=True)


def _points(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}"))


def upgrade() -> None:
    op.add_column("round", sa.Column("has_gates", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("outcome", sa.Column("final_at", MOMENT, nullable=True))
    op.create_table(
        "mandate_note",
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(length=2000), nullable=False),
        sa.Column("budget_euros", sa.Integer(), nullable=True),
        sa.Column("budget_words", sa.String(length=600), nullable=False),
        sa.Column("planning", sa.String(length=1000), nullable=False),
        sa.Column("written_by_id", sa.Uuid(), nullable=True),
        sa.Column("written_at", MOMENT, nullable=False),
        sa.CheckConstraint("budget_euros is null or budget_euros >= 0", name=op.f("ck_mandate_note_budget")),
        _points("mandate_note", "round_id", "round"),
        _points("mandate_note", "written_by_id", "person"),
        sa.PrimaryKeyConstraint("round_id", name=op.f("pk_mandate_note")),
    )
    _gates()
    _decisions()


def _gates() -> None:
    op.create_table(
        "gate",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("kind", _words("gatekind", "p0", "p1", "p2", "p3", "p4", "p5"), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("asked_at", MOMENT, nullable=True),
        sa.Column("asked_by_id", sa.Uuid(), nullable=True),
        sa.Column("questions", sa.Text(), nullable=False),
        sa.Column("override_reason", sa.String(length=1000), nullable=False),
        sa.Column("override_lacks", sa.JSON(), nullable=False),
        sa.Column("overridden_by_id", sa.Uuid(), nullable=True),
        sa.Column("overridden_at", MOMENT, nullable=True),
        sa.Column("passed_at", MOMENT, nullable=True),
        sa.Column("started_at", MOMENT, nullable=True),
        sa.Column("started_by_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("started_at is null or passed_at is not null", name=op.f("ck_gate_passed_first")),
        sa.CheckConstraint(
            "(overridden_at is null) = (override_reason = '')", name=op.f("ck_gate_overridden_with_a_reason")
        ),
        _points("gate", "round_id", "round"),
        _points("gate", "asked_by_id", "person"),
        _points("gate", "overridden_by_id", "person"),
        _points("gate", "started_by_id", "person"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gate")),
        sa.UniqueConstraint("round_id", "kind", name=op.f("uq_gate_round_id_kind")),
    )
    op.create_table(
        "sign_off",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("gate_id", sa.Uuid(), nullable=False),
        sa.Column("side", _words("side", "board", "civil"), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("document", sa.String(length=80), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("signed_at", MOMENT, nullable=False),
        sa.Column("voided_at", MOMENT, nullable=True),
        sa.Column("cause", _words("cause", "changed", "withdrawn", "overridden"), nullable=True),
        sa.CheckConstraint("(voided_at is null) = (cause is null)", name=op.f("ck_sign_off_voided_with_a_cause")),
        _points("sign_off", "gate_id", "gate"),
        _points("sign_off", "person_id", "person"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_off")),
    )
    op.create_index(op.f("ix_sign_off_gate_id"), "sign_off", ["gate_id"])
    op.create_index(op.f("ix_sign_off_person_id"), "sign_off", ["person_id"])
    for column in ("side", "person_id"):
        told = {"unique": True, "sqlite_where": COUNTS, "postgresql_where": COUNTS}
        op.create_index(f"uq_sign_off_gate_id_{column}", "sign_off", ["gate_id", column], **told)


def _decisions() -> None:
    op.create_table(
        "decision",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("draft_id", sa.Uuid(), nullable=False),
        sa.Column("amended_id", sa.Uuid(), nullable=True),
        sa.Column("result", _words("result", "adopted", "amended", "rejected", "sent_back"), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("number", sa.String(length=80), nullable=False),
        sa.Column("votes", sa.String(length=300), nullable=False),
        sa.Column("reason", sa.String(length=1000), nullable=False),
        sa.Column("recorded_by_id", sa.Uuid(), nullable=True),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.CheckConstraint("(amended_id is not null) = (result = 'amended')", name=op.f("ck_decision_amended_version")),
        _points("decision", "round_id", "round"),
        _points("decision", "draft_id", "draft"),
        _points("decision", "amended_id", "draft"),
        _points("decision", "recorded_by_id", "person"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision")),
    )
    for column in ("round_id", "draft_id", "amended_id"):
        op.create_index(op.f(f"ix_decision_{column}"), "decision", [column])
    told = {"unique": True, "sqlite_where": ENDS, "postgresql_where": ENDS}
    op.create_index("uq_decision_round_id", "decision", ["round_id"], **told)
    op.create_table(
        "amendment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("decision_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("text", sa.String(length=1000), nullable=False),
        sa.Column("votes", sa.String(length=300), nullable=False),
        sa.Column("stable_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["decision_id"], ["decision.id"], name=op.f("fk_amendment_decision_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_amendment")),
        sa.UniqueConstraint("decision_id", "position", name=op.f("uq_amendment_decision_id_position")),
    )
    op.create_table(
        "deviation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("decision_id", sa.Uuid(), nullable=False),
        sa.Column("outcome_id", sa.Uuid(), nullable=False),
        _points("deviation", "decision_id", "decision"),
        _points("deviation", "outcome_id", "outcome"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deviation")),
        sa.UniqueConstraint("outcome_id", name=op.f("uq_deviation_outcome_id")),
    )
    op.create_index(op.f("ix_deviation_decision_id"), "deviation", ["decision_id"])


def downgrade() -> None:
    for table in ("deviation", "amendment", "decision", "sign_off", "gate", "mandate_note"):
        op.drop_table(table)
    op.execute(
        "UPDATE phase SET cleared_at = opens_at WHERE cleared_at IS NULL"
        " AND round_id IN (SELECT id FROM round WHERE has_gates AND state <> 'draft')"
    )
    op.drop_column("outcome", "final_at")
    op.drop_column("round", "has_gates")
