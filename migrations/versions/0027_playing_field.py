"""The playing field: parties and assessments per phase, introductions, reach, advice; and who does which task.

Assessments are rows per phase, so that the map of a phase that is past stays as it was. Tasks and requests to take
one over point to the agreement under which others do them.
"""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0021"

MOMENT = sa.String(32).with_variant(sa.TIMESTAMP(timezone=True), "postgresql")
EXACT = sa.String(40)


def upgrade() -> None:
    op.create_table(
        "challenge_terms",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("conditions", sa.JSON(), nullable=False),
        sa.Column("weeks", sa.Integer(), nullable=False),
        sa.Column("written_by_id", sa.Uuid(), nullable=True),
        sa.Column("written_at", MOMENT, nullable=False),
        sa.CheckConstraint("weeks between 1 and 26", name=op.f("ck_challenge_terms_weeks")),
        sa.ForeignKeyConstraint(["written_by_id"], ["person.id"], name=op.f("fk_challenge_terms_written_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_challenge_terms")),
        sa.UniqueConstraint("number", name=op.f("uq_challenge_terms_number")),
    )
    op.create_table(
        "introduction",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("public_id", sa.String(length=10), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(length=1000), nullable=False),
        sa.Column("proposed_by_id", sa.Uuid(), nullable=True),
        sa.Column("proposed_at", MOMENT, nullable=False),
        sa.Column("outcome", sa.String(length=500), nullable=False),
        sa.Column("outcome_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["proposed_by_id"], ["person.id"], name=op.f("fk_introduction_proposed_by_id")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_introduction_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_introduction")),
        sa.UniqueConstraint("public_id", name=op.f("uq_introduction_public_id")),
    )
    op.create_index(op.f("ix_introduction_round_id"), "introduction", ["round_id"])
    op.create_table(
        "outreach",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("area", "age", name="reachkind", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("what", sa.String(length=300), nullable=False),
        sa.Column("planned_on", sa.Date(), nullable=False),
        sa.Column("started_by_id", sa.Uuid(), nullable=True),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("done_on", sa.Date(), nullable=True),
        sa.Column("reached", sa.Integer(), nullable=True),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.CheckConstraint("(done_on is null) = (reached is null)", name=op.f("ck_outreach_done")),
        sa.CheckConstraint("reached is null or reached >= 0", name=op.f("ck_outreach_reached")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_outreach_round_id")),
        sa.ForeignKeyConstraint(["started_by_id"], ["person.id"], name=op.f("fk_outreach_started_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outreach")),
    )
    op.create_index(op.f("ix_outreach_round_id"), "outreach", ["round_id"])
    op.create_table(
        "reach_count",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("area", "age", name="reachkind", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("counted_by_id", sa.Uuid(), nullable=True),
        sa.Column("counted_at", MOMENT, nullable=False),
        sa.CheckConstraint("people >= 0", name=op.f("ck_reach_count_people")),
        sa.ForeignKeyConstraint(["counted_by_id"], ["person.id"], name=op.f("fk_reach_count_counted_by_id")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_reach_count_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reach_count")),
        sa.UniqueConstraint("round_id", "kind", "code", name=op.f("uq_reach_count_round_id_kind_code")),
    )
    op.create_table(
        "unorganised",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("phase_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.String(length=1000), nullable=False),
        sa.Column("written_by_id", sa.Uuid(), nullable=True),
        sa.Column("written_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["phase_id"], ["phase.id"], name=op.f("fk_unorganised_phase_id")),
        sa.ForeignKeyConstraint(["written_by_id"], ["person.id"], name=op.f("fk_unorganised_written_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unorganised")),
        sa.UniqueConstraint("phase_id", name=op.f("uq_unorganised_phase_id")),
    )
    op.create_table(
        "introduction_side",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("introduction_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("accepts", sa.Boolean(), nullable=True),
        sa.Column("answered_by_id", sa.Uuid(), nullable=True),
        sa.Column("answered_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["answered_by_id"], ["person.id"], name=op.f("fk_introduction_side_answered_by_id")),
        sa.ForeignKeyConstraint(
            ["introduction_id"], ["introduction.id"], name=op.f("fk_introduction_side_introduction_id")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_introduction_side_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_introduction_side")),
        sa.UniqueConstraint(
            "introduction_id", "organisation_id", name=op.f("uq_introduction_side_introduction_id_organisation_id")
        ),
    )
    op.create_index(op.f("ix_introduction_side_organisation_id"), "introduction_side", ["organisation_id"])
    op.create_table(
        "offer",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column(
            "side",
            sa.Enum("offers", "seeks", name="side", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("tag", sa.String(length=60), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_offer_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offer")),
        sa.UniqueConstraint("organisation_id", "side", "tag", name=op.f("uq_offer_organisation_id_side_tag")),
    )
    op.create_table(
        "partner_text",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("results", sa.Text(), nullable=False),
        sa.Column("practice", sa.Text(), nullable=False),
        sa.Column("written_by_id", sa.Uuid(), nullable=True),
        sa.Column("written_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_partner_text_organisation_id")),
        sa.ForeignKeyConstraint(["written_by_id"], ["person.id"], name=op.f("fk_partner_text_written_by_id")),
        sa.PrimaryKeyConstraint("organisation_id", name=op.f("pk_partner_text")),
    )
    op.create_table(
        "party",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "policy_chain",
                "target_group",
                "internal",
                "grass_roots",
                "authority",
                "media",
                name="partykind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("added_by_id", sa.Uuid(), nullable=True),
        sa.Column("added_at", MOMENT, nullable=False),
        sa.Column("left_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["added_by_id"], ["person.id"], name=op.f("fk_party_added_by_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_party_organisation_id")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_party_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_party")),
        sa.UniqueConstraint("round_id", "name", name=op.f("uq_party_round_id_name")),
        sa.UniqueConstraint("round_id", "organisation_id", name=op.f("uq_party_round_id_organisation_id")),
    )
    op.create_index(op.f("ix_party_organisation_id"), "party", ["organisation_id"])
    op.create_table(
        "advice_request",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("party_id", sa.Uuid(), nullable=False),
        sa.Column("question", sa.String(length=1000), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("asked_by_id", sa.Uuid(), nullable=True),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("advice", sa.Text(), nullable=False),
        sa.Column("answered_on", sa.Date(), nullable=True),
        sa.Column("noted_by_id", sa.Uuid(), nullable=True),
        sa.Column("waived_because", sa.String(length=500), nullable=False),
        sa.Column("waived_by_id", sa.Uuid(), nullable=True),
        sa.Column("waived_at", MOMENT, nullable=True),
        sa.CheckConstraint("(answered_on is null) = (advice = '')", name=op.f("ck_advice_request_answered")),
        sa.CheckConstraint("(waived_at is null) = (waived_because = '')", name=op.f("ck_advice_request_waived")),
        sa.ForeignKeyConstraint(["asked_by_id"], ["person.id"], name=op.f("fk_advice_request_asked_by_id")),
        sa.ForeignKeyConstraint(["noted_by_id"], ["person.id"], name=op.f("fk_advice_request_noted_by_id")),
        sa.ForeignKeyConstraint(["party_id"], ["party.id"], name=op.f("fk_advice_request_party_id")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_advice_request_round_id")),
        sa.ForeignKeyConstraint(["waived_by_id"], ["person.id"], name=op.f("fk_advice_request_waived_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_advice_request")),
    )
    op.create_index(op.f("ix_advice_request_round_id"), "advice_request", ["round_id"])
    op.create_table(
        "assessment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("party_id", sa.Uuid(), nullable=False),
        sa.Column("phase_id", sa.Uuid(), nullable=False),
        sa.Column("assessor_id", sa.Uuid(), nullable=False),
        sa.Column("influence", sa.Integer(), nullable=False),
        sa.Column("interest", sa.Integer(), nullable=False),
        sa.Column("attitude", sa.Integer(), nullable=False),
        sa.Column("has_power", sa.Boolean(), nullable=False),
        sa.Column("is_legitimate", sa.Boolean(), nullable=False),
        sa.Column("is_urgent", sa.Boolean(), nullable=False),
        sa.Column(
            "ring",
            sa.Enum(
                "decide", "work", "think", "know", name="ring", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column(
            "ring_wanted",
            sa.Enum(
                "decide",
                "work",
                "think",
                "know",
                name="ring_wanted",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column(
            "ring_ours",
            sa.Enum(
                "decide",
                "work",
                "think",
                "know",
                name="ring_ours",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("note", sa.String(length=1000), nullable=False),
        sa.Column("assessed_at", MOMENT, nullable=False),
        sa.CheckConstraint("attitude between -2 and 2", name=op.f("ck_assessment_attitude")),
        sa.CheckConstraint("influence between 1 and 10", name=op.f("ck_assessment_influence")),
        sa.CheckConstraint("interest between 1 and 10", name=op.f("ck_assessment_interest")),
        sa.ForeignKeyConstraint(["assessor_id"], ["person.id"], name=op.f("fk_assessment_assessor_id")),
        sa.ForeignKeyConstraint(["party_id"], ["party.id"], name=op.f("fk_assessment_party_id")),
        sa.ForeignKeyConstraint(["phase_id"], ["phase.id"], name=op.f("fk_assessment_phase_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assessment")),
        sa.UniqueConstraint(
            "party_id", "phase_id", "assessor_id", name=op.f("uq_assessment_party_id_phase_id_assessor_id")
        ),
    )
    op.create_index(op.f("ix_assessment_assessor_id"), "assessment", ["assessor_id"])
    op.create_index(op.f("ix_assessment_phase_id"), "assessment", ["phase_id"])
    op.create_table(
        "introduction_contact",
        sa.Column("side_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("words", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_introduction_contact_person_id")),
        sa.ForeignKeyConstraint(["side_id"], ["introduction_side.id"], name=op.f("fk_introduction_contact_side_id")),
        sa.PrimaryKeyConstraint("side_id", name=op.f("pk_introduction_contact")),
    )
    op.create_index(op.f("ix_introduction_contact_person_id"), "introduction_contact", ["person_id"])
    op.create_table(
        "relation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("one_id", sa.Uuid(), nullable=False),
        sa.Column("other_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "works_with",
                "funds",
                "represents",
                "conflict",
                name="relationkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("seen_on", sa.Date(), nullable=False),
        sa.Column("noted_by_id", sa.Uuid(), nullable=True),
        sa.Column("noted_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["noted_by_id"], ["person.id"], name=op.f("fk_relation_noted_by_id")),
        sa.ForeignKeyConstraint(["one_id"], ["party.id"], name=op.f("fk_relation_one_id")),
        sa.ForeignKeyConstraint(["other_id"], ["party.id"], name=op.f("fk_relation_other_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_relation")),
    )
    op.create_index(op.f("ix_relation_other_id"), "relation", ["other_id"])
    op.create_index(
        "uq_relation_one_id_other_id_kind_held",
        "relation",
        ["one_id", "other_id", "kind"],
        unique=True,
        sqlite_where=sa.text("ended_at is null"),
        postgresql_where=sa.text("ended_at is null"),
    )
    op.create_table(
        "task",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("public_id", sa.String(length=10), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=True),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column(
            "choice",
            sa.Enum(
                "do",
                "together",
                "outsource",
                "let_go",
                name="choice",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "rung",
            sa.Enum(
                "let_go",
                "facilitate",
                "stimulate",
                "direct",
                "regulate",
                name="rung",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("because", sa.String(length=1000), nullable=False),
        sa.Column("own_cost", EXACT, nullable=True),
        sa.Column("outside_cost", EXACT, nullable=True),
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
            nullable=True,
        ),
        sa.Column("stops", sa.String(length=500), nullable=False),
        sa.Column("review_on", sa.Date(), nullable=True),
        sa.Column("agreement_id", sa.Uuid(), nullable=True),
        sa.Column("written_by_id", sa.Uuid(), nullable=True),
        sa.Column("written_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.CheckConstraint(
            "choice <> 'let_go' or (stops <> '' and review_on is not null)", name=op.f("ck_task_let_go")
        ),
        sa.ForeignKeyConstraint(["agreement_id"], ["agreement.id"], name=op.f("fk_task_agreement_id")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_task_round_id")),
        sa.ForeignKeyConstraint(["written_by_id"], ["person.id"], name=op.f("fk_task_written_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task")),
        sa.UniqueConstraint("public_id", name=op.f("uq_task_public_id")),
    )
    op.create_index(op.f("ix_task_agreement_id"), "task", ["agreement_id"])
    op.create_index(op.f("ix_task_round_id"), "task", ["round_id"])
    op.create_table(
        "challenge",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("public_id", sa.String(length=10), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=True),
        sa.Column("organisation_id", sa.Uuid(), nullable=True),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("better", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("support", sa.Text(), nullable=False),
        sa.Column("cost", EXACT, nullable=False),
        sa.Column("conditions", sa.JSON(), nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("reply_by", sa.Date(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "asked",
                "accepted",
                "refused",
                "withdrawn",
                name="challengestate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("ground", sa.String(length=2000), nullable=False),
        sa.Column("decided_by_id", sa.Uuid(), nullable=True),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.Column("task_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("(state = 'accepted') = (task_id is not null)", name=op.f("ck_challenge_task")),
        sa.CheckConstraint("(state in ('accepted', 'refused')) = (ground <> '')", name=op.f("ck_challenge_ground")),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"], name=op.f("fk_challenge_author_id")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["person.id"], name=op.f("fk_challenge_decided_by_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_challenge_organisation_id")),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_challenge_task_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_challenge")),
        sa.UniqueConstraint("public_id", name=op.f("uq_challenge_public_id")),
    )
    op.create_index(op.f("ix_challenge_author_id"), "challenge", ["author_id"])
    op.create_index(op.f("ix_challenge_organisation_id"), "challenge", ["organisation_id"])
    op.create_index(op.f("ix_challenge_state"), "challenge", ["state"])


def downgrade() -> None:
    op.drop_table("challenge")
    op.drop_table("task")
    op.drop_table("relation")
    op.drop_table("introduction_contact")
    op.drop_table("assessment")
    op.drop_table("advice_request")
    op.drop_table("party")
    op.drop_table("partner_text")
    op.drop_table("offer")
    op.drop_table("introduction_side")
    op.drop_table("unorganised")
    op.drop_table("reach_count")
    op.drop_table("outreach")
    op.drop_table("introduction")
    op.drop_table("challenge_terms")
