"""The worker seals the journal in a tree of hashes, so that anybody can check that nothing of it was changed.

Beside the entries, which stay as they are, stand their leaves, the parts of the tree, and what it was at some
moments; like the journal they refuse changes by themselves. After its close each poll has a file with its ballots.
"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"

MOMENT = sa.String(32).with_variant(sa.TIMESTAMP(timezone=True), "postgresql")
PLACE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
KEPT = ("leaf", "node", "checkpoint")


def upgrade() -> None:
    op.create_table(
        "leaf",
        sa.Column("position", PLACE, autoincrement=False, nullable=False),
        sa.Column("entry_position", PLACE, nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.ForeignKeyConstraint(["entry_position"], ["entry.position"], name=op.f("fk_leaf_entry_position")),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_leaf")),
        sa.UniqueConstraint("entry_position", name=op.f("uq_leaf_entry_position")),
    )
    op.create_index(op.f("ix_leaf_hash"), "leaf", ["hash"], unique=False)
    op.create_table(
        "node",
        sa.Column("level", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("place", PLACE, autoincrement=False, nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("level", "place", name=op.f("pk_node")),
    )
    op.create_table(
        "checkpoint",
        sa.Column("size", PLACE, autoincrement=False, nullable=False),
        sa.Column("root", sa.LargeBinary(length=32), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("size", name=op.f("pk_checkpoint")),
    )
    op.create_table(
        "bundle",
        sa.Column("poll_id", sa.Uuid(), nullable=False),
        sa.Column("stored_name", sa.String(length=32), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("entry_position", PLACE, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["entry_position"], ["entry.position"], name=op.f("fk_bundle_entry_position")),
        sa.ForeignKeyConstraint(["poll_id"], ["poll.id"], name=op.f("fk_bundle_poll_id")),
        sa.PrimaryKeyConstraint("poll_id", name=op.f("pk_bundle")),
        sa.UniqueConstraint("stored_name", name=op.f("uq_bundle_stored_name")),
    )
    for table in KEPT:
        for statement in _refusing(table):
            op.execute(statement)


def _refusing(table: str) -> list[str]:
    """Return what makes a table refuse changes, as the journal does."""
    if op.get_bind().dialect.name == "sqlite":
        return [
            f"create trigger {table}_refuses_{act} before {act} on {table} begin "
            "select raise(abort, 'the journal is never changed'); end"
            for act in ("update", "delete")
        ]
    return [
        f"create trigger {table}_refuses before update or delete on {table} "
        "for each row execute function entry_refuses()"
    ]


def downgrade() -> None:
    for table in ("bundle", "checkpoint", "node"):
        op.drop_table(table)
    op.drop_index(op.f("ix_leaf_hash"), table_name="leaf")
    op.drop_table("leaf")
