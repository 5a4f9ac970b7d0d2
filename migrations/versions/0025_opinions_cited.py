"""What groups think is shown in steps of five people, is final once every vote is in it, and can be cited.

A ballot keeps what of it stands in the picture that is shown next, so that the steps can be counted. What a draft
cites is kept as it was then, with the hash of its input, the version of the method and its parameters. A round knows
whether it puts statements to people, since every page of it leads to what they think.
"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"

MOMENT = sa.String(32).with_variant(sa.TIMESTAMP(timezone=True), "postgresql")
ONE_OF_TWO = "(contribution_id is null) <> (precondition_id is null)"
ONE_OF_THREE = (
    "case when contribution_id is null then 0 else 1 end + case when precondition_id is null then 0 else 1 end"
    " + case when statement_result_id is null then 0 else 1 end = 1"
)


def upgrade() -> None:
    op.add_column("round", sa.Column("has_statements", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.execute(
        "UPDATE round SET has_statements = true WHERE id IN (SELECT round_id FROM poll WHERE method = 'statements')"
    )
    op.add_column("landscape", sa.Column("coming", sa.JSON(), nullable=True))
    op.add_column("landscape", sa.Column("coming_at", MOMENT, nullable=True))
    op.add_column("landscape", sa.Column("is_final", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.execute("UPDATE landscape SET told = NULL, computed = -1")  # the worker tells it anew, in steps
    op.add_column("folded_ballot", sa.Column("counted", sa.Integer(), nullable=True))
    op.create_table(
        "statement_result",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("poll_id", sa.Uuid(), nullable=False),
        sa.Column("option_id", sa.Uuid(), nullable=False),
        sa.Column("contribution_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("input_hash", sa.String(64), nullable=False),
        sa.Column("parameters", sa.JSON(), nullable=False),
        sa.Column("told", sa.JSON(), nullable=False),
        sa.Column("computed_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["contribution_id"], ["contribution.id"], name=op.f("fk_statement_result_contribution_id")
        ),
        sa.ForeignKeyConstraint(["option_id"], ["option.id"], name=op.f("fk_statement_result_option_id")),
        sa.ForeignKeyConstraint(["poll_id"], ["poll.id"], name=op.f("fk_statement_result_poll_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statement_result")),
        sa.UniqueConstraint(
            "option_id", "input_hash", "version", name=op.f("uq_statement_result_option_id_input_hash_version")
        ),
    )
    op.create_index(op.f("ix_statement_result_contribution_id"), "statement_result", ["contribution_id"])
    op.create_index(op.f("ix_statement_result_poll_id"), "statement_result", ["poll_id"])
    with op.batch_alter_table("source_link") as link:
        link.add_column(sa.Column("statement_result_id", sa.Uuid(), nullable=True))
        link.create_foreign_key(
            op.f("fk_source_link_statement_result_id"), "statement_result", ["statement_result_id"], ["id"]
        )
        link.drop_constraint(op.f("ck_source_link_one_source"), type_="check")
        link.create_check_constraint(op.f("ck_source_link_one_source"), ONE_OF_THREE)
        link.create_unique_constraint(
            op.f("uq_source_link_paragraph_id_statement_result_id"), ["paragraph_id", "statement_result_id"]
        )
        link.create_index(op.f("ix_source_link_statement_result_id"), ["statement_result_id"])


def downgrade() -> None:
    op.execute("DELETE FROM source_link WHERE statement_result_id IS NOT NULL")
    with op.batch_alter_table("source_link") as link:
        link.drop_index(op.f("ix_source_link_statement_result_id"))
        link.drop_constraint(op.f("uq_source_link_paragraph_id_statement_result_id"), type_="unique")
        link.drop_constraint(op.f("ck_source_link_one_source"), type_="check")
        link.create_check_constraint(op.f("ck_source_link_one_source"), ONE_OF_TWO)
        link.drop_constraint(op.f("fk_source_link_statement_result_id"), type_="foreignkey")
        link.drop_column("statement_result_id")
    op.drop_table("statement_result")
    op.drop_column("folded_ballot", "counted")
    for name in ("is_final", "coming_at", "coming"):
        op.drop_column("landscape", name)
    op.drop_column("round", "has_statements")
