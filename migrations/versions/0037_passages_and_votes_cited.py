"""A paragraph of the draft may rest on a passage of a contribution, and on how an option of a poll came out.

Of a contribution it may use several passages, each in its own way. How a vote came out is kept as it was then.
"""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"

MOMENT = sa.String(32).with_variant(sa.TIMESTAMP(timezone=True), "postgresql")
ONE_OF_FOUR = (
    "case when contribution_id is null then 0 else 1 end + case when precondition_id is null then 0 else 1 end"
    " + case when statement_result_id is null then 0 else 1 end + case when advice_id is null then 0 else 1 end = 1"
)
ONE_OF_FIVE = ONE_OF_FOUR.replace(" = 1", " + case when vote_result_id is null then 0 else 1 end = 1")
EARLIER = (  # of one contribution under one paragraph the whole comes first, then its passages
    "SELECT 1 FROM source_link AS other WHERE other.paragraph_id = source_link.paragraph_id"
    " AND other.contribution_id = source_link.contribution_id AND other.start < source_link.start"
)


def upgrade() -> None:
    op.create_table(
        "vote_result",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("poll_id", sa.Uuid(), nullable=False),
        sa.Column("option_id", sa.Uuid(), nullable=False),
        sa.Column("contribution_id", sa.Uuid(), nullable=False),
        sa.Column("input_hash", sa.String(64), nullable=False),
        sa.Column("told", sa.JSON(), nullable=False),
        sa.Column("kept_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["contribution_id"], ["contribution.id"], name=op.f("fk_vote_result_contribution_id")),
        sa.ForeignKeyConstraint(["option_id"], ["option.id"], name=op.f("fk_vote_result_option_id")),
        sa.ForeignKeyConstraint(["poll_id"], ["poll.id"], name=op.f("fk_vote_result_poll_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vote_result")),
        sa.UniqueConstraint("option_id", "input_hash", name=op.f("uq_vote_result_option_id_input_hash")),
    )
    op.create_index(op.f("ix_vote_result_contribution_id"), "vote_result", ["contribution_id"])
    op.create_index(op.f("ix_vote_result_poll_id"), "vote_result", ["poll_id"])
    with op.batch_alter_table("source_link") as link:
        link.add_column(sa.Column("vote_result_id", sa.Uuid(), nullable=True))
        link.add_column(sa.Column("quote", sa.Text(), server_default="", nullable=False))
        link.add_column(sa.Column("prefix", sa.String(40), server_default="", nullable=False))
        link.add_column(sa.Column("suffix", sa.String(40), server_default="", nullable=False))
        link.add_column(sa.Column("start", sa.Integer(), server_default="-1", nullable=False))
        link.create_foreign_key(op.f("fk_source_link_vote_result_id"), "vote_result", ["vote_result_id"], ["id"])
        link.drop_constraint(op.f("ck_source_link_one_source"), type_="check")
        link.create_check_constraint(op.f("ck_source_link_one_source"), ONE_OF_FIVE)
        link.create_check_constraint(op.f("ck_source_link_whole_or_passage"), "(quote = '') = (start = -1)")
        link.create_check_constraint(
            op.f("ck_source_link_passage_of_a_contribution"), "quote = '' or contribution_id is not null"
        )
        link.drop_constraint(op.f("uq_source_link_paragraph_id_contribution_id"), type_="unique")
        link.create_unique_constraint(
            op.f("uq_source_link_paragraph_id_contribution_id_start"), ["paragraph_id", "contribution_id", "start"]
        )
        link.create_unique_constraint(
            op.f("uq_source_link_paragraph_id_vote_result_id"), ["paragraph_id", "vote_result_id"]
        )
        link.create_index(op.f("ix_source_link_vote_result_id"), ["vote_result_id"])


def downgrade() -> None:
    op.execute("DELETE FROM source_link WHERE vote_result_id IS NOT NULL")
    op.execute(f"DELETE FROM source_link WHERE EXISTS ({EARLIER})")  # a paragraph had a contribution once
    with op.batch_alter_table("source_link") as link:
        link.drop_index(op.f("ix_source_link_vote_result_id"))
        link.drop_constraint(op.f("uq_source_link_paragraph_id_vote_result_id"), type_="unique")
        link.drop_constraint(op.f("uq_source_link_paragraph_id_contribution_id_start"), type_="unique")
        link.create_unique_constraint(
            op.f("uq_source_link_paragraph_id_contribution_id"), ["paragraph_id", "contribution_id"]
        )
        link.drop_constraint(op.f("ck_source_link_passage_of_a_contribution"), type_="check")
        link.drop_constraint(op.f("ck_source_link_whole_or_passage"), type_="check")
        link.drop_constraint(op.f("ck_source_link_one_source"), type_="check")
        link.create_check_constraint(op.f("ck_source_link_one_source"), ONE_OF_FOUR)
        link.drop_constraint(op.f("fk_source_link_vote_result_id"), type_="foreignkey")
        for name in ("start", "suffix", "prefix", "quote", "vote_result_id"):
            link.drop_column(name)
    op.drop_table("vote_result")
