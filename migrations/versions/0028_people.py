"""The people of the regie: competences, profiles, learning, skills and staffing; and rounds in which one practises.

What one person can is a row for that person and their coach; nothing else points to it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"

MOMENT = sa.String(32).with_variant(sa.TIMESTAMP(timezone=True), "postgresql")
EXACT = sa.String(40)


def upgrade() -> None:
    _profiles()
    _learning()
    _skills()
    _staffing()
    op.add_column("round", sa.Column("is_practice", sa.Boolean(), server_default=sa.false(), nullable=False))


def _profiles() -> None:
    op.create_table(
        "competence_frame",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("competences", sa.JSON(), nullable=False),
        sa.Column("edits", sa.Integer(), nullable=False),
        sa.Column("written_by_id", sa.Uuid(), nullable=True),
        sa.Column("written_at", MOMENT, nullable=False),
        sa.Column("consent", sa.String(length=300), nullable=False),
        sa.Column("consent_on", sa.Date(), nullable=True),
        sa.Column("published_by_id", sa.Uuid(), nullable=True),
        sa.Column("published_at", MOMENT, nullable=True),
        sa.CheckConstraint("published_at is null or consent <> ''", name=op.f("ck_competence_frame_consent")),
        sa.ForeignKeyConstraint(["published_by_id"], ["person.id"], name=op.f("fk_competence_frame_published_by_id")),
        sa.ForeignKeyConstraint(["written_by_id"], ["person.id"], name=op.f("fk_competence_frame_written_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_competence_frame")),
        sa.UniqueConstraint("number", name=op.f("uq_competence_frame_number")),
    )
    op.create_table(
        "role_profile",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("slug", sa.String(length=80), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("director", "job", name="profilekind", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("frame_id", sa.Uuid(), nullable=False),
        sa.Column("edits", sa.Integer(), nullable=False),
        sa.Column("written_by_id", sa.Uuid(), nullable=True),
        sa.Column("written_at", MOMENT, nullable=False),
        sa.Column("published_by_id", sa.Uuid(), nullable=True),
        sa.Column("published_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["frame_id"], ["competence_frame.id"], name=op.f("fk_role_profile_frame_id")),
        sa.ForeignKeyConstraint(["published_by_id"], ["person.id"], name=op.f("fk_role_profile_published_by_id")),
        sa.ForeignKeyConstraint(["written_by_id"], ["person.id"], name=op.f("fk_role_profile_written_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role_profile")),
        sa.UniqueConstraint("slug", "number", name=op.f("uq_role_profile_slug_number")),
    )


def _learning() -> None:
    op.create_table(
        "learning_activity",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("public_id", sa.String(length=10), nullable=False),
        sa.Column(
            "form",
            sa.Enum(
                "open",
                "in_company",
                "custom",
                name="learningform",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("title", sa.String(length=160), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("competences", sa.JSON(), nullable=False),
        sa.Column("days", EXACT, nullable=False),
        sa.Column("cost_per_person", EXACT, nullable=True),
        sa.Column("cost_total", EXACT, nullable=True),
        sa.Column("written_by_id", sa.Uuid(), nullable=True),
        sa.Column("written_at", MOMENT, nullable=False),
        sa.Column("retired_at", MOMENT, nullable=True),
        sa.CheckConstraint(
            "(cost_per_person is null) <> (cost_total is null)", name=op.f("ck_learning_activity_one_cost")
        ),
        sa.ForeignKeyConstraint(["written_by_id"], ["person.id"], name=op.f("fk_learning_activity_written_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_learning_activity")),
        sa.UniqueConstraint("public_id", name=op.f("uq_learning_activity_public_id")),
    )
    op.create_table(
        "cohort",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("activity_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.String(length=160), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("programme", sa.Text(), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=False),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_cohort_order")),
        sa.CheckConstraint("seats > 0", name=op.f("ck_cohort_seats")),
        sa.ForeignKeyConstraint(["activity_id"], ["learning_activity.id"], name=op.f("fk_cohort_activity_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cohort")),
    )
    op.create_index(op.f("ix_cohort_activity_id"), "cohort", ["activity_id"])
    op.create_table(
        "enrolment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("activity_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("enrolled_at", MOMENT, nullable=False),
        sa.Column("finished_on", sa.Date(), nullable=True),
        sa.Column("shows", sa.String(length=500), nullable=False),
        sa.CheckConstraint("finished_on is null or shows <> ''", name=op.f("ck_enrolment_evidence")),
        sa.ForeignKeyConstraint(["activity_id"], ["learning_activity.id"], name=op.f("fk_enrolment_activity_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_enrolment_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrolment")),
        sa.UniqueConstraint("activity_id", "person_id", name=op.f("uq_enrolment_activity_id_person_id")),
    )
    op.create_index(op.f("ix_enrolment_person_id"), "enrolment", ["person_id"])


def _skills() -> None:
    op.create_table(
        "skill_profile",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("coach_id", sa.Uuid(), nullable=True),
        sa.Column("towards", sa.String(length=80), nullable=False),
        sa.Column("is_visible", sa.Boolean(), nullable=False),
        sa.Column("talents", sa.JSON(), nullable=False),
        sa.Column("words", sa.String(length=500), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.CheckConstraint("coach_id is null or coach_id <> person_id", name=op.f("ck_skill_profile_coach")),
        sa.ForeignKeyConstraint(["coach_id"], ["person.id"], name=op.f("fk_skill_profile_coach_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_skill_profile_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_skill_profile")),
        sa.UniqueConstraint("person_id", name=op.f("uq_skill_profile_person_id")),
    )
    op.create_index(op.f("ix_skill_profile_coach_id"), "skill_profile", ["coach_id"])
    op.create_table(
        "skill_assessment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("skill_profile_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("own", "agreed", name="assessmentkind", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("frame_number", sa.Integer(), nullable=False),
        sa.Column("levels", sa.JSON(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("talked_on", sa.Date(), nullable=True),
        sa.Column("made_by_id", sa.Uuid(), nullable=True),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("confirmed_at", MOMENT, nullable=True),
        sa.CheckConstraint("kind = 'agreed' or confirmed_at is null", name=op.f("ck_skill_assessment_confirmed")),
        sa.CheckConstraint("kind = 'own' or talked_on is not null", name=op.f("ck_skill_assessment_talk")),
        sa.ForeignKeyConstraint(["made_by_id"], ["person.id"], name=op.f("fk_skill_assessment_made_by_id")),
        sa.ForeignKeyConstraint(
            ["skill_profile_id"], ["skill_profile.id"], name=op.f("fk_skill_assessment_skill_profile_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_skill_assessment")),
    )
    op.create_index("ix_skill_assessment_skill_profile_id_made_at", "skill_assessment", ["skill_profile_id", "made_at"])
    op.create_table(
        "plan_item",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("skill_profile_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=6), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("activity", sa.String(length=300), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("result", sa.String(length=500), nullable=False),
        sa.Column("done_at", MOMENT, nullable=True),
        sa.Column("written_by_id", sa.Uuid(), nullable=True),
        sa.Column("written_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["skill_profile_id"], ["skill_profile.id"], name=op.f("fk_plan_item_skill_profile_id")),
        sa.ForeignKeyConstraint(["written_by_id"], ["person.id"], name=op.f("fk_plan_item_written_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_item")),
    )
    op.create_index(op.f("ix_plan_item_skill_profile_id"), "plan_item", ["skill_profile_id"])


def _staffing() -> None:
    op.create_table(
        "staffing_decision",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "model",
            sa.Enum(
                "integral",
                "differentiated",
                "combined",
                name="staffingmodel",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("rule", sa.JSON(), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_by_id", sa.Uuid(), nullable=True),
        sa.Column("decided_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["decided_by_id"], ["person.id"], name=op.f("fk_staffing_decision_decided_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staffing_decision")),
    )
    op.create_index(op.f("ix_staffing_decision_decided_at"), "staffing_decision", ["decided_at"])


def downgrade() -> None:
    op.drop_column("round", "is_practice")
    for table in (
        "staffing_decision",
        "plan_item",
        "skill_assessment",
        "skill_profile",
        "enrolment",
        "cohort",
        "learning_activity",
        "role_profile",
        "competence_frame",
    ):
        op.drop_table(table)
