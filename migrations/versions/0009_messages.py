"""What people want to hear, how often, and what they follow; and which notices stand together in one message.

The worker asks every second what is due, so an index holds what is neither sent nor given up and nothing else.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

MOMENT = sa.String(32).with_variant(sa.TIMESTAMP(timezone=True), "postgresql")


def upgrade() -> None:
    with op.batch_alter_table("mail") as mail:
        mail.add_column(sa.Column("waits_for", sa.String(length=10), nullable=True))
        mail.add_column(sa.Column("digest_id", sa.Uuid(), nullable=True))
    op.create_index(op.f("ix_mail_digest_id"), "mail", ["digest_id"])
    op.create_index(op.f("ix_mail_enqueued_at"), "mail", ["enqueued_at"])
    op.drop_index(op.f("ix_mail_due_at"), table_name="mail")
    op.create_index(
        "ix_mail_waiting",
        "mail",
        ["due_at"],
        sqlite_where=sa.text("sent_at is null and given_up_at is null"),
        postgresql_where=sa.text("sent_at is null and given_up_at is null"),
    )
    op.create_table(
        "message_choice",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("topic", sa.String(length=40), nullable=False),
        sa.Column("cadence", sa.String(length=40), nullable=False),
        sa.CheckConstraint(
            "topic IN ('own', 'followed', 'organisation', 'work')", name=op.f("ck_message_choice_topic")
        ),
        sa.CheckConstraint(
            "cadence IN ('immediately', 'daily', 'weekly', 'none')", name=op.f("ck_message_choice_cadence")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_message_choice_person_id")),
        sa.PrimaryKeyConstraint("person_id", "topic", name=op.f("pk_message_choice")),
    )
    op.create_table(
        "followed_round",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_followed_round_person_id")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_followed_round_round_id")),
        sa.PrimaryKeyConstraint("person_id", "round_id", name=op.f("pk_followed_round")),
    )
    op.create_index(op.f("ix_followed_round_round_id"), "followed_round", ["round_id"])
    op.create_table(
        "followed_contribution",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("contribution_id", sa.Uuid(), nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_followed_contribution_person_id")),
        sa.ForeignKeyConstraint(
            ["contribution_id"], ["contribution.id"], name=op.f("fk_followed_contribution_contribution_id")
        ),
        sa.PrimaryKeyConstraint("person_id", "contribution_id", name=op.f("pk_followed_contribution")),
    )
    op.create_index(op.f("ix_followed_contribution_contribution_id"), "followed_contribution", ["contribution_id"])


def downgrade() -> None:
    for name in ("followed_contribution", "followed_round", "message_choice"):
        op.drop_table(name)
    op.drop_index("ix_mail_waiting", table_name="mail")
    op.drop_index(op.f("ix_mail_enqueued_at"), table_name="mail")
    op.drop_index(op.f("ix_mail_digest_id"), table_name="mail")
    op.create_index(op.f("ix_mail_due_at"), "mail", ["due_at"])
    with op.batch_alter_table("mail") as mail:
        mail.drop_column("digest_id")
        mail.drop_column("waits_for")
