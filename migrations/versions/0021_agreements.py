"""Shared goals, performance agreements with their versions and signatures, reports about them, and the account.

The terms of an agreement are one document, so that what is signed is exactly what holds; its figures are rows.
Numbers are kept as text, to the last digit: SQLite would make floats of them.
"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"

MOMENT = sa.String(32).with_variant(sa.TIMESTAMP(timezone=True), "postgresql")
EXACT = sa.String(40)


def upgrade() -> None:
    _goals()
    _agreements()
    _steering()
    _account()


def _goals() -> None:
    op.create_table(
        "goal",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("public_id", sa.String(length=10), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=True),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("indicator", sa.String(length=120), nullable=False),
        sa.Column("unit", sa.String(length=40), nullable=False),
        sa.Column("baseline", EXACT, nullable=True),
        sa.Column("target", EXACT, nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("target_on", sa.Date(), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("vague_because", sa.String(length=300), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("written_by_id", sa.Uuid(), nullable=True),
        sa.Column("written_at", MOMENT, nullable=False),
        sa.Column("published_at", MOMENT, nullable=True),
        sa.Column("woo_category", sa.String(length=40), nullable=False),
        sa.Column(
            "found",
            sa.Enum(
                "achieved", "partly", "missed", name="finding", native_enum=False, create_constraint=True, length=40
            ),
            nullable=True,
        ),
        sa.Column("found_because", sa.String(length=1000), nullable=False),
        sa.Column("found_by_id", sa.Uuid(), nullable=True),
        sa.Column("found_at", MOMENT, nullable=True),
        sa.CheckConstraint("found is null or found_at is not null", name=op.f("ck_goal_found")),
        sa.CheckConstraint("target_on > starts_on", name=op.f("ck_goal_order")),
        sa.ForeignKeyConstraint(["found_by_id"], ["person.id"], name=op.f("fk_goal_found_by_id")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_goal_round_id")),
        sa.ForeignKeyConstraint(["written_by_id"], ["person.id"], name=op.f("fk_goal_written_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_goal")),
        sa.UniqueConstraint("public_id", name=op.f("uq_goal_public_id")),
    )
    op.create_index(op.f("ix_goal_round_id"), "goal", ["round_id"])
    op.create_table(
        "goal_measurement",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("goal_id", sa.Uuid(), nullable=False),
        sa.Column("measured_on", sa.Date(), nullable=False),
        sa.Column("value", EXACT, nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("noted_by_id", sa.Uuid(), nullable=True),
        sa.Column("noted_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["goal_id"], ["goal.id"], name=op.f("fk_goal_measurement_goal_id")),
        sa.ForeignKeyConstraint(["noted_by_id"], ["person.id"], name=op.f("fk_goal_measurement_noted_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_goal_measurement")),
        sa.UniqueConstraint("goal_id", "measured_on", name=op.f("uq_goal_measurement_goal_id_measured_on")),
    )
    op.create_table(
        "goal_party",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("goal_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("contribution", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(["goal_id"], ["goal.id"], name=op.f("fk_goal_party_goal_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_goal_party_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_goal_party")),
        sa.UniqueConstraint("goal_id", "organisation_id", name=op.f("uq_goal_party_goal_id_organisation_id")),
    )
    op.create_index(op.f("ix_goal_party_organisation_id"), "goal_party", ["organisation_id"])
    op.create_table(
        "goal_signature",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("goal_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=True),
        sa.Column("signed_by_id", sa.Uuid(), nullable=True),
        sa.Column("signed_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["goal_id"], ["goal.id"], name=op.f("fk_goal_signature_goal_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_goal_signature_organisation_id")
        ),
        sa.ForeignKeyConstraint(["signed_by_id"], ["person.id"], name=op.f("fk_goal_signature_signed_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_goal_signature")),
        sa.UniqueConstraint(
            "goal_id", "version", "organisation_id", name=op.f("uq_goal_signature_goal_id_version_organisation_id")
        ),
    )
    op.create_index(
        "uq_goal_signature_goal_id_version_authority",
        "goal_signature",
        ["goal_id", "version"],
        unique=True,
        sqlite_where=sa.text("organisation_id is null"),
        postgresql_where=sa.text("organisation_id is null"),
    )


def _agreements() -> None:
    op.create_table(
        "agreement",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("public_id", sa.String(length=10), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=True),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("third_party_id", sa.Uuid(), nullable=True),
        sa.Column(
            "legal_form",
            sa.Enum(
                "subsidy",
                "contract",
                "covenant",
                "housing_agreement",
                "challenge",
                name="legalform",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "signed",
                "running",
                "at_risk",
                "escalated",
                "settled",
                "ended",
                name="agreementstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("state_because", sa.String(length=500), nullable=False),
        sa.Column("made_by_id", sa.Uuid(), nullable=True),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("published_at", MOMENT, nullable=True),
        sa.Column("woo_category", sa.String(length=40), nullable=False),
        sa.CheckConstraint(
            "third_party_id is null or third_party_id <> organisation_id", name=op.f("ck_agreement_third")
        ),
        sa.ForeignKeyConstraint(["made_by_id"], ["person.id"], name=op.f("fk_agreement_made_by_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_agreement_organisation_id")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_agreement_round_id")),
        sa.ForeignKeyConstraint(["third_party_id"], ["organisation.id"], name=op.f("fk_agreement_third_party_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreement")),
        sa.UniqueConstraint("public_id", name=op.f("uq_agreement_public_id")),
    )
    op.create_index(op.f("ix_agreement_made_at"), "agreement", ["made_at"])
    op.create_index(op.f("ix_agreement_organisation_id"), "agreement", ["organisation_id"])
    op.create_index(op.f("ix_agreement_round_id"), "agreement", ["round_id"])
    op.create_table(
        "agreement_goal",
        sa.Column("agreement_id", sa.Uuid(), nullable=False),
        sa.Column("goal_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["agreement_id"], ["agreement.id"], name=op.f("fk_agreement_goal_agreement_id")),
        sa.ForeignKeyConstraint(["goal_id"], ["goal.id"], name=op.f("fk_agreement_goal_goal_id")),
        sa.PrimaryKeyConstraint("agreement_id", "goal_id", name=op.f("pk_agreement_goal")),
    )
    op.create_index(op.f("ix_agreement_goal_goal_id"), "agreement_goal", ["goal_id"])
    op.create_table(
        "agreement_version",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agreement_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("terms", sa.JSON(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("because", sa.String(length=500), nullable=False),
        sa.Column("written_by_id", sa.Uuid(), nullable=True),
        sa.Column("written_at", MOMENT, nullable=False),
        sa.Column("in_force_at", MOMENT, nullable=True),
        sa.Column("replaced_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["agreement_id"], ["agreement.id"], name=op.f("fk_agreement_version_agreement_id")),
        sa.ForeignKeyConstraint(["written_by_id"], ["person.id"], name=op.f("fk_agreement_version_written_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreement_version")),
        sa.UniqueConstraint("agreement_id", "number", name=op.f("uq_agreement_version_agreement_id_number")),
    )
    op.create_index(
        "uq_agreement_version_agreement_id_being_written",
        "agreement_version",
        ["agreement_id"],
        unique=True,
        sqlite_where=sa.text("in_force_at is null and replaced_at is null"),
        postgresql_where=sa.text("in_force_at is null and replaced_at is null"),
    )
    op.create_index(
        "uq_agreement_version_agreement_id_in_force",
        "agreement_version",
        ["agreement_id"],
        unique=True,
        sqlite_where=sa.text("in_force_at is not null and replaced_at is null"),
        postgresql_where=sa.text("in_force_at is not null and replaced_at is null"),
    )
    op.create_table(
        "agreement_signature",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=True),
        sa.Column("signatory_name", sa.String(length=120), nullable=False),
        sa.Column("signatory_function", sa.String(length=120), nullable=False),
        sa.Column("signed_by_id", sa.Uuid(), nullable=True),
        sa.Column("signed_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_agreement_signature_organisation_id")
        ),
        sa.ForeignKeyConstraint(["signed_by_id"], ["person.id"], name=op.f("fk_agreement_signature_signed_by_id")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["agreement_version.id"], name=op.f("fk_agreement_signature_version_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreement_signature")),
        sa.UniqueConstraint(
            "version_id",
            "digest",
            "organisation_id",
            name=op.f("uq_agreement_signature_version_id_digest_organisation_id"),
        ),
    )
    op.create_index(
        "uq_agreement_signature_version_id_digest_authority",
        "agreement_signature",
        ["version_id", "digest"],
        unique=True,
        sqlite_where=sa.text("organisation_id is null"),
        postgresql_where=sa.text("organisation_id is null"),
    )
    op.create_table(
        "realisation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agreement_id", sa.Uuid(), nullable=False),
        sa.Column("contribution_id", sa.Uuid(), nullable=True),
        sa.Column("paragraph_id", sa.Uuid(), nullable=True),
        sa.Column("linked_by_id", sa.Uuid(), nullable=True),
        sa.Column("linked_at", MOMENT, nullable=False),
        sa.CheckConstraint(
            "(contribution_id is null) <> (paragraph_id is null)", name=op.f("ck_realisation_one_of_two")
        ),
        sa.ForeignKeyConstraint(["agreement_id"], ["agreement.id"], name=op.f("fk_realisation_agreement_id")),
        sa.ForeignKeyConstraint(["contribution_id"], ["contribution.id"], name=op.f("fk_realisation_contribution_id")),
        sa.ForeignKeyConstraint(["linked_by_id"], ["person.id"], name=op.f("fk_realisation_linked_by_id")),
        sa.ForeignKeyConstraint(["paragraph_id"], ["paragraph.id"], name=op.f("fk_realisation_paragraph_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_realisation")),
        sa.UniqueConstraint(
            "agreement_id", "contribution_id", name=op.f("uq_realisation_agreement_id_contribution_id")
        ),
        sa.UniqueConstraint("agreement_id", "paragraph_id", name=op.f("uq_realisation_agreement_id_paragraph_id")),
    )
    op.create_index(op.f("ix_realisation_contribution_id"), "realisation", ["contribution_id"])
    op.create_index(op.f("ix_realisation_paragraph_id"), "realisation", ["paragraph_id"])


def _steering() -> None:
    op.create_table(
        "escalation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agreement_id", sa.Uuid(), nullable=False),
        sa.Column(
            "step",
            sa.Enum(
                "talk",
                "letter",
                "board",
                "withhold",
                "end",
                name="step",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("is_taken", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(length=1000), nullable=False),
        sa.Column("term_on", sa.Date(), nullable=True),
        sa.Column("decided_by_id", sa.Uuid(), nullable=True),
        sa.Column("decided_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["agreement_id"], ["agreement.id"], name=op.f("fk_escalation_agreement_id")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["person.id"], name=op.f("fk_escalation_decided_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_escalation")),
    )
    op.create_index(op.f("ix_escalation_agreement_id"), "escalation", ["agreement_id"])
    op.create_table(
        "evidence",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agreement_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("stored_name", sa.String(length=32), nullable=False),
        sa.Column(
            "checked",
            sa.Enum(
                "waiting", "clean", "infected", name="checked", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("added_by_id", sa.Uuid(), nullable=True),
        sa.Column("added_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["added_by_id"], ["person.id"], name=op.f("fk_evidence_added_by_id")),
        sa.ForeignKeyConstraint(["agreement_id"], ["agreement.id"], name=op.f("fk_evidence_agreement_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence")),
        sa.UniqueConstraint("stored_name", name=op.f("uq_evidence_stored_name")),
    )
    op.create_index(op.f("ix_evidence_agreement_id"), "evidence", ["agreement_id"])
    op.create_table(
        "progress_report",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agreement_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("filed_by_id", sa.Uuid(), nullable=True),
        sa.Column("filed_at", MOMENT, nullable=False),
        sa.Column(
            "verdict",
            sa.Enum("accepted", "returned", name="reportverdict", native_enum=False, create_constraint=True, length=40),
            nullable=True,
        ),
        sa.Column("check_note", sa.String(length=1000), nullable=False),
        sa.Column("checked_by_id", sa.Uuid(), nullable=True),
        sa.Column("checked_at", MOMENT, nullable=True),
        sa.Column("replaced_at", MOMENT, nullable=True),
        sa.CheckConstraint("verdict is null or checked_at is not null", name=op.f("ck_progress_report_checked")),
        sa.ForeignKeyConstraint(["agreement_id"], ["agreement.id"], name=op.f("fk_progress_report_agreement_id")),
        sa.ForeignKeyConstraint(["checked_by_id"], ["person.id"], name=op.f("fk_progress_report_checked_by_id")),
        sa.ForeignKeyConstraint(["filed_by_id"], ["person.id"], name=op.f("fk_progress_report_filed_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_progress_report")),
    )
    op.create_index(
        "uq_progress_report_agreement_id_number_now",
        "progress_report",
        ["agreement_id", "number"],
        unique=True,
        sqlite_where=sa.text("replaced_at is null"),
        postgresql_where=sa.text("replaced_at is null"),
    )
    op.create_table(
        "line_figure",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=20), nullable=False),
        sa.Column("committed", EXACT, nullable=False),
        sa.Column("realised", EXACT, nullable=False),
        sa.Column("forecast", EXACT, nullable=False),
        sa.ForeignKeyConstraint(["report_id"], ["progress_report.id"], name=op.f("fk_line_figure_report_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_line_figure")),
        sa.UniqueConstraint("report_id", "key", name=op.f("uq_line_figure_report_id_key")),
    )
    op.create_table(
        "measurement",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=20), nullable=False),
        sa.Column("value", EXACT, nullable=False),
        sa.Column("note", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(["report_id"], ["progress_report.id"], name=op.f("fk_measurement_report_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_measurement")),
        sa.UniqueConstraint("report_id", "key", name=op.f("uq_measurement_report_id_key")),
    )
    op.create_table(
        "quality_check",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agreement_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=20), nullable=False),
        sa.Column("is_met", sa.Boolean(), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("evidence_id", sa.Uuid(), nullable=True),
        sa.Column("checked_on", sa.Date(), nullable=False),
        sa.Column("checked_by_id", sa.Uuid(), nullable=True),
        sa.Column("checked_at", MOMENT, nullable=False),
        sa.Column("replaced_at", MOMENT, nullable=True),
        sa.CheckConstraint("not is_met or note <> '' or evidence_id is not null", name=op.f("ck_quality_check_shown")),
        sa.ForeignKeyConstraint(["agreement_id"], ["agreement.id"], name=op.f("fk_quality_check_agreement_id")),
        sa.ForeignKeyConstraint(["checked_by_id"], ["person.id"], name=op.f("fk_quality_check_checked_by_id")),
        sa.ForeignKeyConstraint(["evidence_id"], ["evidence.id"], name=op.f("fk_quality_check_evidence_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quality_check")),
    )
    op.create_index(
        "uq_quality_check_agreement_id_key_now",
        "quality_check",
        ["agreement_id", "key"],
        unique=True,
        sqlite_where=sa.text("replaced_at is null"),
        postgresql_where=sa.text("replaced_at is null"),
    )
    op.create_table(
        "report_comment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.String(length=2000), nullable=False),
        sa.Column("said_by_id", sa.Uuid(), nullable=True),
        sa.Column("said_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["report_id"], ["progress_report.id"], name=op.f("fk_report_comment_report_id")),
        sa.ForeignKeyConstraint(["said_by_id"], ["person.id"], name=op.f("fk_report_comment_said_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_comment")),
    )
    op.create_index(op.f("ix_report_comment_report_id"), "report_comment", ["report_id"])


def _account() -> None:
    op.create_table(
        "round_line",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("amount", EXACT, nullable=False),
        sa.Column("realised", EXACT, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_round_line_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_round_line")),
        sa.UniqueConstraint("round_id", "name", name=op.f("uq_round_line_round_id_name")),
    )
    op.create_table(
        "year_told",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agreement_id", sa.Uuid(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("following", sa.Text(), nullable=False),
        sa.Column("written_by_id", sa.Uuid(), nullable=True),
        sa.Column("written_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["agreement_id"], ["agreement.id"], name=op.f("fk_year_told_agreement_id")),
        sa.ForeignKeyConstraint(["written_by_id"], ["person.id"], name=op.f("fk_year_told_written_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_year_told")),
        sa.UniqueConstraint("agreement_id", "year", name=op.f("uq_year_told_agreement_id_year")),
    )


def downgrade() -> None:
    for table in (
        "year_told",
        "round_line",
        "report_comment",
        "quality_check",
        "measurement",
        "line_figure",
        "progress_report",
        "evidence",
        "escalation",
        "realisation",
        "agreement_signature",
        "agreement_version",
        "agreement_goal",
        "agreement",
        "goal_signature",
        "goal_party",
        "goal_measurement",
        "goal",
    ):
        op.drop_table(table)
