"""Groups that the platform suggests with the reason, what is kept apart, and what a group says together.

Nothing is joined by a suggestion; what was joined before this stays joined. Going back loses what was suggested
and what was written for groups.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

MOMENT = sa.String(32).with_variant(sa.TIMESTAMP(timezone=True), "postgresql")
RUNNING, NOW = sa.text("finished_at is null"), sa.text("ended_at is null")


def upgrade() -> None:
    _suggestions()
    op.create_table(
        "kept_apart",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("first_id", sa.Uuid(), nullable=False),
        sa.Column("second_id", sa.Uuid(), nullable=False),
        sa.Column("decided_by_id", sa.Uuid(), nullable=True),
        sa.Column("decided_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_kept_apart_round_id")),
        sa.ForeignKeyConstraint(["first_id"], ["contribution.id"], name=op.f("fk_kept_apart_first_id")),
        sa.ForeignKeyConstraint(["second_id"], ["contribution.id"], name=op.f("fk_kept_apart_second_id")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["person.id"], name=op.f("fk_kept_apart_decided_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kept_apart")),
        sa.UniqueConstraint("first_id", "second_id", name=op.f("uq_kept_apart_first_id_second_id")),
    )
    op.create_index(op.f("ix_kept_apart_second_id"), "kept_apart", ["second_id"])
    op.create_table(
        "shared_text",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contribution_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("renderer", sa.String(10), nullable=False),
        sa.Column("written_by_id", sa.Uuid(), nullable=True),
        sa.Column("written_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["contribution_id"], ["contribution.id"], name=op.f("fk_shared_text_contribution_id")),
        sa.ForeignKeyConstraint(["written_by_id"], ["person.id"], name=op.f("fk_shared_text_written_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shared_text")),
        sa.UniqueConstraint("contribution_id", "number", name=op.f("uq_shared_text_contribution_id_number")),
    )
    told = {"unique": True, "sqlite_where": NOW, "postgresql_where": NOW}
    op.create_index("uq_shared_text_contribution_id_now", "shared_text", ["contribution_id"], **told)


def _suggestions() -> None:
    op.create_table(
        "group_search",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("asked_by_id", sa.Uuid(), nullable=True),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("method", sa.String(40), nullable=False),
        sa.Column("release", sa.String(20), nullable=False),
        sa.Column("parameters", sa.JSON(), nullable=False),
        sa.Column("cursor", sa.Integer(), nullable=False),
        sa.Column("looked", sa.Integer(), nullable=False),
        sa.Column("found", sa.Integer(), nullable=False),
        sa.Column("whole", sa.Integer(), nullable=False),
        sa.Column("finished_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_group_search_round_id")),
        sa.ForeignKeyConstraint(["asked_by_id"], ["person.id"], name=op.f("fk_group_search_asked_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_group_search")),
    )
    op.create_index(op.f("ix_group_search_round_id"), "group_search", ["round_id"])
    told = {"unique": True, "sqlite_where": RUNNING, "postgresql_where": RUNNING}
    op.create_index("uq_group_search_round_id_running", "group_search", ["round_id"], **told)
    op.create_table(
        "group_suggestion",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("search_id", sa.Uuid(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.Column("decided_by_id", sa.Uuid(), nullable=True),
        sa.Column("is_accepted", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_group_suggestion_round_id")),
        sa.ForeignKeyConstraint(["search_id"], ["group_search.id"], name=op.f("fk_group_suggestion_search_id")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["person.id"], name=op.f("fk_group_suggestion_decided_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_group_suggestion")),
    )
    op.create_index(op.f("ix_group_suggestion_round_id_decided_at"), "group_suggestion", ["round_id", "decided_at"])
    op.create_table(
        "group_member",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("suggestion_id", sa.Uuid(), nullable=False),
        sa.Column("contribution_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("is_central", sa.Boolean(), nullable=False),
        sa.Column("share", sa.Integer(), nullable=False),
        sa.Column("words", sa.JSON(), nullable=False),
        sa.Column("warnings", sa.JSON(), nullable=False),
        sa.Column("is_joined", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(["suggestion_id"], ["group_suggestion.id"], name=op.f("fk_group_member_suggestion_id")),
        sa.ForeignKeyConstraint(["contribution_id"], ["contribution.id"], name=op.f("fk_group_member_contribution_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_group_member")),
        sa.UniqueConstraint(
            "suggestion_id", "contribution_id", name=op.f("uq_group_member_suggestion_id_contribution_id")
        ),
    )
    op.create_index(op.f("ix_group_member_contribution_id"), "group_member", ["contribution_id"])


def downgrade() -> None:
    for table in ("shared_text", "kept_apart", "group_member", "group_suggestion", "group_search"):
        op.drop_table(table)
