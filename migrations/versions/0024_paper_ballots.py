"""Ballots on paper with a second person, who began a ballot, networks for some days, and ballots that do not count.

A ballot keeps by which way it came, and area and age of its voter as they were; of earlier ones neither is known.
Going back keeps every ballot that counted; what waited on paper, and what was invalidated, is of this release and goes.
"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"

MOMENT = sa.String(32).with_variant(sa.TIMESTAMP(timezone=True), "postgresql")


def _channel() -> sa.Enum:
    return sa.Enum(
        "online",
        "paper",
        "letter",
        "phone",
        "desk",
        "meeting",
        "workshop",
        "school",
        "imported",
        name="channel",
        native_enum=False,
        create_constraint=True,
        length=40,
    )


def _age() -> sa.Enum:
    return sa.Enum(
        "a0_15",
        "a15_25",
        "a25_45",
        "a45_65",
        "a65plus",
        "unknown",
        name="agebracket",
        native_enum=False,
        create_constraint=True,
        length=40,
    )


def _points(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}"))


def upgrade() -> None:
    op.add_column("computed_outcome", sa.Column("outdated_at", MOMENT, nullable=True))
    op.add_column("voter", sa.Column("area_code", sa.String(20), nullable=True))
    op.add_column("letter_code", sa.Column("on_paper", sa.Boolean(), server_default=sa.false(), nullable=False))
    with op.batch_alter_table("ballot") as batch:
        batch.add_column(sa.Column("channel", _channel(), server_default="online", nullable=False))
        batch.add_column(sa.Column("area_code", sa.String(20), nullable=True))
        batch.add_column(sa.Column("age", _age(), server_default="unknown", nullable=False))
    _paper()
    _unfinished()
    _doubts()


def _paper() -> None:
    op.create_table(
        "paper_ballot",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("poll_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("channel", _channel(), nullable=False),
        sa.Column("letter_id", sa.Uuid(), nullable=True),
        sa.Column("marks", sa.JSON(), nullable=True),
        sa.Column("entered_by_id", sa.Uuid(), nullable=True),
        sa.Column("entered_on", sa.Date(), nullable=False),
        sa.Column("checked_by_id", sa.Uuid(), nullable=True),
        sa.Column("checked_on", sa.Date(), nullable=True),
        sa.Column("aside_because", sa.String(300), nullable=True),
        sa.CheckConstraint(
            "checked_by_id is null or checked_by_id <> entered_by_id", name=op.f("ck_paper_ballot_second_person")
        ),
        sa.CheckConstraint("(marks is null) = (letter_id is null)", name=op.f("ck_paper_ballot_waiting")),
        _points("paper_ballot", "poll_id", "poll"),
        _points("paper_ballot", "letter_id", "letter_code"),
        _points("paper_ballot", "entered_by_id", "person"),
        _points("paper_ballot", "checked_by_id", "person"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_ballot")),
        sa.UniqueConstraint("poll_id", "letter_id", name=op.f("uq_paper_ballot_poll_id_letter_id")),
        sa.UniqueConstraint("poll_id", "number", name=op.f("uq_paper_ballot_poll_id_number")),
    )
    for column in ("letter_id", "entered_by_id", "checked_by_id"):
        op.create_index(op.f(f"ix_paper_ballot_{column}"), "paper_ballot", [column])


def _unfinished() -> None:
    op.create_table(
        "unfinished_ballot",
        sa.Column("poll_id", sa.Uuid(), nullable=False),
        sa.Column("hash", sa.LargeBinary(32), nullable=False),
        sa.Column("began_on", sa.Date(), nullable=False),
        _points("unfinished_ballot", "poll_id", "poll"),
        sa.PrimaryKeyConstraint("poll_id", "hash", name=op.f("pk_unfinished_ballot")),
    )


def _doubts() -> None:
    op.create_table(
        "ballot_network",
        sa.Column("ballot_id", sa.Uuid(), nullable=False),
        sa.Column("poll_id", sa.Uuid(), nullable=False),
        sa.Column("network", sa.LargeBinary(32), nullable=False),
        sa.Column("stretch", sa.BigInteger(), nullable=False),
        _points("ballot_network", "ballot_id", "ballot"),
        _points("ballot_network", "poll_id", "poll"),
        sa.PrimaryKeyConstraint("ballot_id", name=op.f("pk_ballot_network")),
    )
    op.create_index(op.f("ix_ballot_network_poll_id"), "ballot_network", ["poll_id"])
    op.create_index(op.f("ix_ballot_network_stretch"), "ballot_network", ["stretch"])
    op.create_table(
        "invalidation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("poll_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(500), nullable=False),
        sa.Column("proposed_by_id", sa.Uuid(), nullable=True),
        sa.Column("proposed_at", MOMENT, nullable=False),
        sa.Column("decided_by_id", sa.Uuid(), nullable=True),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.Column("is_confirmed", sa.Boolean(), nullable=True),
        sa.Column("lifted_by_id", sa.Uuid(), nullable=True),
        sa.Column("lifted_at", MOMENT, nullable=True),
        sa.Column("lift_reason", sa.String(500), server_default="", nullable=False),
        sa.CheckConstraint(
            "decided_by_id is null or decided_by_id <> proposed_by_id", name=op.f("ck_invalidation_second_person")
        ),
        sa.CheckConstraint("(decided_at is null) = (is_confirmed is null)", name=op.f("ck_invalidation_decided")),
        sa.CheckConstraint("lifted_at is null or is_confirmed", name=op.f("ck_invalidation_lifted")),
        _points("invalidation", "poll_id", "poll"),
        _points("invalidation", "proposed_by_id", "person"),
        _points("invalidation", "decided_by_id", "person"),
        _points("invalidation", "lifted_by_id", "person"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invalidation")),
        sa.UniqueConstraint("poll_id", "number", name=op.f("uq_invalidation_poll_id_number")),
    )
    for column in ("proposed_by_id", "decided_by_id", "lifted_by_id"):
        op.create_index(op.f(f"ix_invalidation_{column}"), "invalidation", [column])
    op.create_table(
        "invalid_ballot",
        sa.Column("invalidation_id", sa.Uuid(), nullable=False),
        sa.Column("ballot_id", sa.Uuid(), nullable=False),
        _points("invalid_ballot", "ballot_id", "ballot"),
        _points("invalid_ballot", "invalidation_id", "invalidation"),
        sa.PrimaryKeyConstraint("invalidation_id", "ballot_id", name=op.f("pk_invalid_ballot")),
    )
    op.create_index(op.f("ix_invalid_ballot_ballot_id"), "invalid_ballot", ["ballot_id"])


def downgrade() -> None:
    for table in ("invalid_ballot", "invalidation", "ballot_network", "unfinished_ballot", "paper_ballot"):
        op.drop_table(table)
    with op.batch_alter_table("ballot") as batch:
        for constraint in ("ck_ballot_channel", "ck_ballot_agebracket"):
            batch.drop_constraint(op.f(constraint), type_="check")
        for column in ("channel", "area_code", "age"):
            batch.drop_column(column)
    op.drop_column("letter_code", "on_paper")
    op.drop_column("voter", "area_code")
    op.drop_column("computed_outcome", "outdated_at")
