"""Formal review: its term and outages, formal views with points and receipts, own-motion changes, response notes.

They are no contributions, so that no list, search, feed or export of those can ever show one.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

MOMENT = sa.String(32).with_variant(sa.TIMESTAMP(timezone=True), "postgresql")


def upgrade() -> None:
    op.create_table(
        "response_note",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("submitted_by_id", sa.Uuid(), nullable=True),
        sa.Column("submitted_at", MOMENT, nullable=False),
        sa.Column("returned_at", MOMENT, nullable=True),
        sa.Column("published_by_id", sa.Uuid(), nullable=True),
        sa.Column("published_at", MOMENT, nullable=True),
        sa.CheckConstraint("published_at is null or returned_at is null", name=op.f("ck_response_note_one_end")),
        sa.CheckConstraint(
            "published_by_id is null or published_by_id <> submitted_by_id", name=op.f("ck_response_note_second_person")
        ),
        sa.ForeignKeyConstraint(["published_by_id"], ["person.id"], name=op.f("fk_response_note_published_by_id")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_response_note_round_id")),
        sa.ForeignKeyConstraint(["submitted_by_id"], ["person.id"], name=op.f("fk_response_note_submitted_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_response_note")),
    )
    op.create_index(
        "uq_response_note_round_id_number",
        "response_note",
        ["round_id", "number"],
        unique=True,
        sqlite_where=sa.text("returned_at is null"),
        postgresql_where=sa.text("returned_at is null"),
    )
    op.create_table(
        "formal_term",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("draft_id", sa.Uuid(), nullable=False),
        sa.Column("notice_reference", sa.String(length=80), nullable=False),
        sa.Column("notice_url", sa.String(length=300), nullable=False),
        sa.Column("notice_on", sa.Date(), nullable=False),
        sa.Column("available_on", sa.Date(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.Column("set_by_id", sa.Uuid(), nullable=True),
        sa.Column("set_at", MOMENT, nullable=False),
        sa.CheckConstraint("first_day <= last_day", name=op.f("ck_formal_term_order")),
        sa.ForeignKeyConstraint(["draft_id"], ["draft.id"], name=op.f("fk_formal_term_draft_id")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_formal_term_round_id")),
        sa.ForeignKeyConstraint(["set_by_id"], ["person.id"], name=op.f("fk_formal_term_set_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_formal_term")),
        sa.UniqueConstraint("round_id", name=op.f("uq_formal_term_round_id")),
    )
    op.create_index(op.f("ix_formal_term_draft_id"), "formal_term", ["draft_id"])
    op.create_table(
        "formal_view",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("way", sa.String(length=40), nullable=False),
        sa.CheckConstraint("way IN ('online', 'letter', 'oral')", name=op.f("ck_formal_view_way")),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.CheckConstraint(
            "state IN ('received', 'acknowledged', 'admissible', 'late', 'excused', 'withdrawn', 'split', 'answered', "
            "'notified')",
            name=op.f("ck_formal_view_viewstate"),
        ),
        sa.Column("author_id", sa.Uuid(), nullable=True),
        sa.Column("organisation_id", sa.Uuid(), nullable=True),
        sa.Column("entered_by_id", sa.Uuid(), nullable=True),
        sa.Column("reference", sa.String(length=40), nullable=False),
        sa.Column("reply_to", sa.String(length=300), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("postmarked_on", sa.Date(), nullable=True),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.Column("entered_at", MOMENT, nullable=False),
        sa.Column("acknowledged_at", MOMENT, nullable=True),
        sa.Column("verdict", sa.String(length=40), nullable=True),
        sa.CheckConstraint("verdict IN ('admissible', 'excused', 'late')", name=op.f("ck_formal_view_verdict")),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("judged_by_id", sa.Uuid(), nullable=True),
        sa.Column("judged_at", MOMENT, nullable=True),
        sa.Column("withdrawn_at", MOMENT, nullable=True),
        sa.Column("split_at", MOMENT, nullable=True),
        sa.Column("notified_at", MOMENT, nullable=True),
        sa.Column("note_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("postmarked_on is null or way = 'letter'", name=op.f("ck_formal_view_postmark_of_letters")),
        sa.CheckConstraint(
            "(verdict is null) = (judged_at is null)", name=op.f("ck_formal_view_judged_with_a_verdict")
        ),
        sa.CheckConstraint("author_id is null or organisation_id is null", name=op.f("ck_formal_view_one_author")),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"], name=op.f("fk_formal_view_author_id")),
        sa.ForeignKeyConstraint(["entered_by_id"], ["person.id"], name=op.f("fk_formal_view_entered_by_id")),
        sa.ForeignKeyConstraint(["judged_by_id"], ["person.id"], name=op.f("fk_formal_view_judged_by_id")),
        sa.ForeignKeyConstraint(["note_id"], ["response_note.id"], name=op.f("fk_formal_view_note_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_formal_view_organisation_id")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_formal_view_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_formal_view")),
        sa.UniqueConstraint("round_id", "number", name=op.f("uq_formal_view_round_id_number")),
    )
    op.create_index(op.f("ix_formal_view_author_id"), "formal_view", ["author_id"])
    op.create_index(op.f("ix_formal_view_note_id"), "formal_view", ["note_id"])
    op.create_index(op.f("ix_formal_view_organisation_id"), "formal_view", ["organisation_id"])
    op.create_index("ix_formal_view_round_id_state_number", "formal_view", ["round_id", "state", "number"])
    op.create_table(
        "outage",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("term_id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("began_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("extends_to", sa.Date(), nullable=True),
        sa.Column("noted_by_id", sa.Uuid(), nullable=True),
        sa.Column("noted_at", MOMENT, nullable=False),
        sa.CheckConstraint("began_at < ended_at", name=op.f("ck_outage_order")),
        sa.ForeignKeyConstraint(["noted_by_id"], ["person.id"], name=op.f("fk_outage_noted_by_id")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_outage_round_id")),
        sa.ForeignKeyConstraint(["term_id"], ["formal_term.id"], name=op.f("fk_outage_term_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outage")),
    )
    op.create_index(op.f("ix_outage_term_id"), "outage", ["term_id"])
    op.create_table(
        "own_change",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("section_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.String(length=1000), nullable=False),
        sa.Column("reason", sa.String(length=1000), nullable=False),
        sa.Column("made_by_id", sa.Uuid(), nullable=True),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("note_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["made_by_id"], ["person.id"], name=op.f("fk_own_change_made_by_id")),
        sa.ForeignKeyConstraint(["note_id"], ["response_note.id"], name=op.f("fk_own_change_note_id")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_own_change_round_id")),
        sa.ForeignKeyConstraint(["section_id"], ["section.id"], name=op.f("fk_own_change_section_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_own_change")),
    )
    op.create_index(op.f("ix_own_change_note_id"), "own_change", ["note_id"])
    op.create_index(op.f("ix_own_change_round_id"), "own_change", ["round_id"])
    op.create_index(op.f("ix_own_change_section_id"), "own_change", ["section_id"])
    op.create_table(
        "view_point",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("view_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("section_id", sa.Uuid(), nullable=True),
        sa.Column("paragraph", sa.String(length=20), nullable=False),
        sa.Column("summary", sa.String(length=1000), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("change", sa.String(length=40), nullable=True),
        sa.CheckConstraint("change IN ('yes', 'partly', 'no')", name=op.f("ck_view_point_change")),
        sa.Column("changed_section_id", sa.Uuid(), nullable=True),
        sa.Column("changed_to", sa.String(length=1000), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("answered_by_id", sa.Uuid(), nullable=True),
        sa.Column("answered_at", MOMENT, nullable=True),
        sa.Column("signed_by_id", sa.Uuid(), nullable=True),
        sa.Column("signed_at", MOMENT, nullable=True),
        sa.CheckConstraint(
            "change is null or change = 'no' or changed_section_id is not null",
            name=op.f("ck_view_point_changed_somewhere"),
        ),
        sa.CheckConstraint(
            "(change is null) = (answered_at is null)", name=op.f("ck_view_point_answered_with_a_change")
        ),
        sa.CheckConstraint(
            "signed_at is null or answered_at is not null", name=op.f("ck_view_point_answered_before_signed")
        ),
        sa.CheckConstraint(
            "signed_by_id is null or signed_by_id <> answered_by_id", name=op.f("ck_view_point_second_person")
        ),
        sa.ForeignKeyConstraint(["answered_by_id"], ["person.id"], name=op.f("fk_view_point_answered_by_id")),
        sa.ForeignKeyConstraint(["changed_section_id"], ["section.id"], name=op.f("fk_view_point_changed_section_id")),
        sa.ForeignKeyConstraint(["section_id"], ["section.id"], name=op.f("fk_view_point_section_id")),
        sa.ForeignKeyConstraint(["signed_by_id"], ["person.id"], name=op.f("fk_view_point_signed_by_id")),
        sa.ForeignKeyConstraint(["view_id"], ["formal_view.id"], name=op.f("fk_view_point_view_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_view_point")),
        sa.UniqueConstraint("view_id", "position", name=op.f("uq_view_point_view_id_position")),
    )
    op.create_index(op.f("ix_view_point_changed_section_id"), "view_point", ["changed_section_id"])
    op.create_index(op.f("ix_view_point_section_id"), "view_point", ["section_id"])


def downgrade() -> None:
    for name in ("view_point", "own_change", "outage", "formal_view", "formal_term", "response_note"):
        op.drop_table(name)
