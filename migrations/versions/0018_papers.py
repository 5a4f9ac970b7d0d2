"""The synthesis report with its chapters and findings, and the files that are made of documents.

Going back takes reports and typed texts away with their tables; nothing before this release could show them.
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"

MOMENT = sa.String(32).with_variant(sa.TIMESTAMP(timezone=True), "postgresql")
STATES = ("concept", "submitted", "published")
KINDS = ("for", "against", "minority", "weighed")
PAPERS = ("draft", "synthesis-report", "response-note", "participation-report", "council-file")
ENDINGS = ("pdf", "odt")
STEPS = ("waiting", "writing", "laying_out", "done", "failed")
ONE_SOURCE = "(contribution_id is null) <> (precondition_id is null)"
WEIGHED_ALONE = "kind = 'weighed' or (advice = '' and cost = '' and choice = '' and reason = '')"
PRESENT = sa.text("outdated_at is null")


def _choice(name: str, words: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*words, name=name, native_enum=False, length=40, create_constraint=True)


def upgrade() -> None:
    _reports()
    _findings()
    _files()


def _reports() -> None:
    op.create_table(
        "synthesis_report",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", _choice("draftstate", STATES), nullable=False),
        sa.Column("begun_at", MOMENT, nullable=False),
        sa.Column("submitted_by_id", sa.Uuid(), nullable=True),
        sa.Column("submitted_at", MOMENT, nullable=True),
        sa.Column("published_by_id", sa.Uuid(), nullable=True),
        sa.Column("published_at", MOMENT, nullable=True),
        sa.CheckConstraint(
            "published_by_id is null or published_by_id <> submitted_by_id",
            name=op.f("ck_synthesis_report_second_person"),
        ),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_synthesis_report_round_id")),
        sa.ForeignKeyConstraint(["submitted_by_id"], ["person.id"], name=op.f("fk_synthesis_report_submitted_by_id")),
        sa.ForeignKeyConstraint(["published_by_id"], ["person.id"], name=op.f("fk_synthesis_report_published_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_synthesis_report")),
        sa.UniqueConstraint("round_id", "number", name=op.f("uq_synthesis_report_round_id_number")),
    )
    op.create_table(
        "chapter",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("theme_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["report_id"], ["synthesis_report.id"], name=op.f("fk_chapter_report_id")),
        sa.ForeignKeyConstraint(["theme_id"], ["theme.id"], name=op.f("fk_chapter_theme_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chapter")),
        sa.UniqueConstraint("report_id", "theme_id", name=op.f("uq_chapter_report_id_theme_id")),
    )
    op.create_index(op.f("ix_chapter_theme_id"), "chapter", ["theme_id"])


def _findings() -> None:
    op.create_table(
        "finding",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("chapter_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", _choice("findingkind", KINDS), nullable=False),
        sa.Column("text", sa.String(length=1000), nullable=False),
        sa.Column("advice", sa.String(length=1000), nullable=False),
        sa.Column("cost", sa.String(length=300), nullable=False),
        sa.Column("choice", sa.String(length=300), nullable=False),
        sa.Column("reason", sa.String(length=1000), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(WEIGHED_ALONE, name=op.f("ck_finding_weighed_alone")),
        sa.ForeignKeyConstraint(["chapter_id"], ["chapter.id"], name=op.f("fk_finding_chapter_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finding")),
        sa.UniqueConstraint("chapter_id", "position", name=op.f("uq_finding_chapter_id_position")),
    )
    op.create_table(
        "finding_source",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("finding_id", sa.Uuid(), nullable=False),
        sa.Column("contribution_id", sa.Uuid(), nullable=True),
        sa.Column("precondition_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(ONE_SOURCE, name=op.f("ck_finding_source_one_source")),
        sa.ForeignKeyConstraint(["finding_id"], ["finding.id"], name=op.f("fk_finding_source_finding_id")),
        sa.ForeignKeyConstraint(
            ["contribution_id"], ["contribution.id"], name=op.f("fk_finding_source_contribution_id")
        ),
        sa.ForeignKeyConstraint(
            ["precondition_id"], ["precondition.id"], name=op.f("fk_finding_source_precondition_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finding_source")),
        sa.UniqueConstraint("finding_id", "contribution_id", name=op.f("uq_finding_source_finding_id_contribution_id")),
        sa.UniqueConstraint("finding_id", "precondition_id", name=op.f("uq_finding_source_finding_id_precondition_id")),
    )
    for name in ("contribution_id", "precondition_id"):
        op.create_index(op.f(f"ix_finding_source_{name}"), "finding_source", [name])


def _files() -> None:
    op.create_table(
        "paper_file",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("paper", _choice("paperkind", PAPERS), nullable=False),
        sa.Column("ending", _choice("ending", ENDINGS), nullable=False),
        sa.Column("language", sa.String(length=10), nullable=False),
        sa.Column("step", _choice("step", STEPS), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("size_told", sa.Integer(), nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("began_at", MOMENT, nullable=True),
        sa.Column("leased_until", MOMENT, nullable=True),
        sa.Column("made_at", MOMENT, nullable=True),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("stored_name", sa.String(length=32), nullable=True),
        sa.Column("outdated_at", MOMENT, nullable=True),
        sa.CheckConstraint(
            "(stored_name is null) = (made_at is null) or outdated_at is not null",
            name=op.f("ck_paper_file_made_with_a_file"),
        ),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_paper_file_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_file")),
        sa.UniqueConstraint("stored_name", name=op.f("uq_paper_file_stored_name")),
    )
    told = {"unique": True, "sqlite_where": PRESENT, "postgresql_where": PRESENT}
    names = ["round_id", "paper", "ending", "language"]
    op.create_index("uq_paper_file_round_id_paper_ending_language", "paper_file", names, **told)
    op.create_table(
        "paper_text",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("paper", _choice("paperkind", PAPERS), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("texts", sa.JSON(), nullable=False),
        sa.Column("written_by_id", sa.Uuid(), nullable=True),
        sa.Column("written_at", MOMENT, nullable=False),
        sa.Column("published_by_id", sa.Uuid(), nullable=True),
        sa.Column("published_at", MOMENT, nullable=True),
        sa.CheckConstraint(
            "published_by_id is null or published_by_id <> written_by_id", name=op.f("ck_paper_text_second_person")
        ),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_paper_text_round_id")),
        sa.ForeignKeyConstraint(["written_by_id"], ["person.id"], name=op.f("fk_paper_text_written_by_id")),
        sa.ForeignKeyConstraint(["published_by_id"], ["person.id"], name=op.f("fk_paper_text_published_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_text")),
    )
    op.create_index("ix_paper_text_round_id_paper", "paper_text", ["round_id", "paper"])


def downgrade() -> None:
    for table in ("paper_text", "paper_file", "finding_source", "finding", "chapter", "synthesis_report"):
        op.drop_table(table)
