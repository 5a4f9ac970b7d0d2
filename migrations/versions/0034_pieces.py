"""Texts keep their terms in one piece, and terms are found by pieces of four letters; the worker fills both anew."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"


def upgrade() -> None:
    # Searches for groups stopped at a number of a text that another text gets now, so they are over.
    op.execute("UPDATE group_search SET finished_at = asked_at WHERE finished_at IS NULL")
    op.drop_table("term")
    op.drop_table("indexed_text")
    _texts(sa.Column("terms", sa.LargeBinary(), nullable=False))
    op.create_table(
        "term",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("key", "number", name=op.f("pk_term")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("term")
    op.drop_table("indexed_text")
    _texts()
    op.create_table(
        "term",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["number"], ["indexed_text.number"], name=op.f("fk_term_number")),
        sa.PrimaryKeyConstraint("key", "number", name=op.f("pk_term")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_term_number"), "term", ["number"])


def _texts(*more: sa.Column[bytes]) -> None:
    op.create_table(
        "indexed_text",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("contribution_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("weight", sa.Integer(), nullable=False),
        *more,
        sa.ForeignKeyConstraint(["contribution_id"], ["contribution.id"], name=op.f("fk_indexed_text_contribution_id")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_indexed_text")),
        sa.UniqueConstraint("contribution_id", name=op.f("uq_indexed_text_contribution_id")),
    )
