"""What people write before they send it, with whom, what others make of it, and an index of what is alike.

Text that was not sent yet waits for its writer; an author may ask others to write along; an argument can be
answered and found helpful; readers report what should not stand here; and an index over the words of what was
put forward finds the same idea again.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

MOMENT = sa.String(32).with_variant(sa.TIMESTAMP(timezone=True), "postgresql")
GROUNDS = "'personal_data', 'threat_or_hate', 'advertising', 'unlawful', 'duplicate'"


def upgrade() -> None:
    _unsent()
    _co_authors()
    _discussion()
    _reports()
    _index()


def downgrade() -> None:
    for name in ("term", "indexed_text", "report", "helpful", "invitation", "co_author", "unsent"):
        op.drop_table(name)
    op.drop_index(op.f("ix_argument_answers_id"), table_name="argument")
    with op.batch_alter_table("argument") as argument:
        argument.drop_column("answers_id")


def _unsent() -> None:
    op.create_table(
        "unsent",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.String(40), nullable=False),
        sa.Column("about_id", sa.Uuid(), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("saved_at", MOMENT, nullable=False),
        sa.CheckConstraint("place IN ('proposal', 'edit', 'argument', 'reply')", name=op.f("ck_unsent_place")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_unsent_person_id")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_unsent_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unsent")),
        sa.UniqueConstraint("person_id", "place", "about_id", name=op.f("uq_unsent_person_id_place_about_id")),
    )
    op.create_index(op.f("ix_unsent_round_id"), "unsent", ["round_id"])
    op.create_index(op.f("ix_unsent_saved_at"), "unsent", ["saved_at"])


def _co_authors() -> None:
    op.create_table(
        "co_author",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contribution_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("joined_at", MOMENT, nullable=False),
        sa.Column("left_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["contribution_id"], ["contribution.id"], name=op.f("fk_co_author_contribution_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_co_author_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_co_author")),
        sa.UniqueConstraint("contribution_id", "person_id", name=op.f("uq_co_author_contribution_id_person_id")),
    )
    op.create_index(op.f("ix_co_author_person_id"), "co_author", ["person_id"])
    op.create_table(
        "invitation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contribution_id", sa.Uuid(), nullable=False),
        sa.Column("address", sa.String(254), nullable=True),
        sa.Column("token_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("invited_at", MOMENT, nullable=False),
        sa.Column("ends_at", MOMENT, nullable=False),
        sa.Column("answered_at", MOMENT, nullable=True),
        sa.Column("is_accepted", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(["contribution_id"], ["contribution.id"], name=op.f("fk_invitation_contribution_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_invitation_token_hash")),
    )
    op.create_index(
        "uq_invitation_contribution_id_address_open",
        "invitation",
        ["contribution_id", "address"],
        unique=True,
        sqlite_where=sa.text("answered_at is null"),
        postgresql_where=sa.text("answered_at is null"),
    )


def _discussion() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "ALTER TABLE argument ADD COLUMN answers_id CHAR(32)"
            " CONSTRAINT fk_argument_answers_id REFERENCES contribution (id)"
        )
    else:
        op.add_column("argument", sa.Column("answers_id", sa.Uuid(), nullable=True))
        op.create_foreign_key(op.f("fk_argument_answers_id"), "argument", "contribution", ["answers_id"], ["id"])
    op.create_index(op.f("ix_argument_answers_id"), "argument", ["answers_id"])
    op.create_table(
        "helpful",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("argument_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("stands", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["argument_id"], ["argument.contribution_id"], name=op.f("fk_helpful_argument_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_helpful_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_helpful")),
        sa.UniqueConstraint("argument_id", "person_id", name=op.f("uq_helpful_argument_id_person_id")),
    )
    op.create_index(op.f("ix_helpful_person_id"), "helpful", ["person_id"])


def _reports() -> None:
    op.create_table(
        "report",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contribution_id", sa.Uuid(), nullable=False),
        sa.Column("reporter_id", sa.Uuid(), nullable=False),
        sa.Column("ground", sa.String(40), nullable=False),
        sa.Column("words", sa.String(1000), nullable=False),
        sa.Column("reported_at", MOMENT, nullable=False),
        sa.Column("settled", sa.String(40), nullable=True),
        sa.Column("settled_at", MOMENT, nullable=True),
        sa.Column("settled_by_id", sa.Uuid(), nullable=True),
        sa.Column("answer", sa.String(1000), nullable=False),
        sa.CheckConstraint(f"ground IN ({GROUNDS})", name=op.f("ck_report_ground")),
        sa.CheckConstraint("settled IN ('dismissed', 'upheld')", name=op.f("ck_report_settled")),
        sa.CheckConstraint("(settled is null) = (settled_at is null)", name=op.f("ck_report_settled_whole")),
        sa.ForeignKeyConstraint(["contribution_id"], ["contribution.id"], name=op.f("fk_report_contribution_id")),
        sa.ForeignKeyConstraint(["reporter_id"], ["person.id"], name=op.f("fk_report_reporter_id")),
        sa.ForeignKeyConstraint(["settled_by_id"], ["person.id"], name=op.f("fk_report_settled_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report")),
    )
    op.create_index(op.f("ix_report_reporter_id"), "report", ["reporter_id"])
    op.create_index(
        "uq_report_contribution_id_reporter_id_open",
        "report",
        ["contribution_id", "reporter_id"],
        unique=True,
        sqlite_where=sa.text("settled_at is null"),
        postgresql_where=sa.text("settled_at is null"),
    )


def _index() -> None:
    op.create_table(
        "indexed_text",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("contribution_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["contribution_id"], ["contribution.id"], name=op.f("fk_indexed_text_contribution_id")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_indexed_text")),
        sa.UniqueConstraint("contribution_id", name=op.f("uq_indexed_text_contribution_id")),
    )
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
