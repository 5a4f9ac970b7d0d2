"""Coding in versions of a frame, on passages, with suggestions, and one in ten a second time by somebody else.

Themes get a meaning that coders read, and can be retired. Going back keeps every code on its whole input; passages,
suggestions, versions and second codings are of this release and go.
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"

MOMENT = sa.String(32).with_variant(sa.TIMESTAMP(timezone=True), "postgresql")


def _points(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}"))


def _one_that_counts(name: str, table: str, columns: list[str], condition: str) -> None:
    told = sa.text(condition)
    op.create_index(name, table, columns, unique=True, sqlite_where=told, postgresql_where=told)


def upgrade() -> None:
    op.add_column("theme", sa.Column("meaning", sa.String(600), server_default="", nullable=False))
    op.add_column("theme", sa.Column("retired_at", MOMENT, nullable=True))
    _passages()
    _suggestions()
    _frames()
    _twice()


def _passages() -> None:
    op.create_table(
        "passage",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contribution_id", sa.Uuid(), nullable=False),
        sa.Column("theme_id", sa.Uuid(), nullable=False),
        sa.Column("quote", sa.Text(), nullable=False),
        sa.Column("prefix", sa.String(80), nullable=False),
        sa.Column("suffix", sa.String(80), nullable=False),
        sa.Column("start", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("coded_by_id", sa.Uuid(), nullable=True),
        sa.Column("coded_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        _points("passage", "contribution_id", "contribution"),
        _points("passage", "theme_id", "theme"),
        _points("passage", "coded_by_id", "person"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passage")),
    )
    op.create_index(op.f("ix_passage_contribution_id"), "passage", ["contribution_id"])
    op.create_index(op.f("ix_passage_theme_id"), "passage", ["theme_id"])


def _suggestions() -> None:
    op.create_table(
        "suggestion",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contribution_id", sa.Uuid(), nullable=False),
        sa.Column("theme_id", sa.Uuid(), nullable=False),
        sa.Column("method", sa.String(60), nullable=False),
        sa.Column("method_version", sa.String(10), nullable=False),
        sa.Column("parameters", sa.JSON(), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("because", sa.JSON(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.Column("decided_by_id", sa.Uuid(), nullable=True),
        sa.Column("is_confirmed", sa.Boolean(), nullable=True),
        sa.CheckConstraint("(decided_at is null) = (is_confirmed is null)", name=op.f("ck_suggestion_decided")),
        _points("suggestion", "contribution_id", "contribution"),
        _points("suggestion", "theme_id", "theme"),
        _points("suggestion", "decided_by_id", "person"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suggestion")),
    )
    _one_that_counts(
        "uq_suggestion_contribution_id_theme_id",
        "suggestion",
        ["contribution_id", "theme_id"],
        "ended_at is null and decided_at is null",
    )
    op.create_index(op.f("ix_suggestion_theme_id"), "suggestion", ["theme_id"])
    op.create_table(
        "suggested",
        sa.Column("contribution_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("coded", sa.Integer(), nullable=False),
        _points("suggested", "contribution_id", "contribution"),
        sa.PrimaryKeyConstraint("contribution_id", name=op.f("pk_suggested")),
    )


def _frames() -> None:
    op.create_table(
        "frame_version",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(500), nullable=False),
        sa.Column("begun_at", MOMENT, nullable=False),
        sa.Column("published_at", MOMENT, nullable=True),
        sa.Column("published_by_id", sa.Uuid(), nullable=True),
        _points("frame_version", "round_id", "round"),
        _points("frame_version", "published_by_id", "person"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_frame_version")),
        sa.UniqueConstraint("round_id", "number", name=op.f("uq_frame_version_round_id_number")),
    )
    _one_that_counts("uq_frame_version_round_id_open", "frame_version", ["round_id"], "published_at is null")
    op.create_table(
        "frame_code",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("frame_id", sa.Uuid(), nullable=False),
        sa.Column("theme_id", sa.Uuid(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(20), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("meaning", sa.String(600), nullable=False),
        sa.Column("is_retired", sa.Boolean(), nullable=False),
        _points("frame_code", "frame_id", "frame_version"),
        _points("frame_code", "theme_id", "theme"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_frame_code")),
        sa.UniqueConstraint("frame_id", "code", name=op.f("uq_frame_code_frame_id_code")),
    )
    op.create_index(op.f("ix_frame_code_theme_id"), "frame_code", ["theme_id"])


def _twice() -> None:
    op.create_table(
        "double_coding",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("contribution_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("drawn_at", MOMENT, nullable=False),
        sa.Column("coded_at", MOMENT, nullable=True),
        sa.Column("first", sa.JSON(), nullable=False),
        sa.Column("second", sa.JSON(), nullable=False),
        _points("double_coding", "round_id", "round"),
        _points("double_coding", "contribution_id", "contribution"),
        _points("double_coding", "person_id", "person"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_double_coding")),
        sa.UniqueConstraint("contribution_id", name=op.f("uq_double_coding_contribution_id")),
    )
    op.create_index(op.f("ix_double_coding_round_id"), "double_coding", ["round_id"])
    op.create_index(op.f("ix_double_coding_person_id"), "double_coding", ["person_id"])
    op.create_table(
        "settlement",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("double_id", sa.Uuid(), nullable=False),
        sa.Column("themes", sa.JSON(), nullable=False),
        sa.Column("reason", sa.String(1000), nullable=False),
        sa.Column("settled_by_id", sa.Uuid(), nullable=True),
        sa.Column("settled_at", MOMENT, nullable=False),
        sa.Column("replaced_at", MOMENT, nullable=True),
        _points("settlement", "double_id", "double_coding"),
        _points("settlement", "settled_by_id", "person"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settlement")),
    )
    _one_that_counts("uq_settlement_double_id", "settlement", ["double_id"], "replaced_at is null")


def downgrade() -> None:
    for table in ("settlement", "double_coding", "frame_code", "frame_version", "suggested", "suggestion", "passage"):
        op.drop_table(table)
    op.drop_column("theme", "retired_at")
    op.drop_column("theme", "meaning")
