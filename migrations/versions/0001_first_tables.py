"""The first tables: accounts, people, rounds, contributions, votes, moderation, synthesis, and the journal.

They are made together because none of them means anything without the others. The journal refuses
changes by itself, so that no mistake in the program can rewrite what was done.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

MOMENT = sa.String(32).with_variant(sa.TIMESTAMP(timezone=True), "postgresql")


def upgrade() -> None:
    op.create_table(
        "account",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("disabled_at", MOMENT, nullable=True),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("email", name=op.f("uq_account_email")),
    )
    op.create_table(
        "area",
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("parent_code", sa.String(length=20), nullable=True),
        sa.Column("population", sa.Integer(), nullable=True),
        sa.Column("ages", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["parent_code"], ["area.code"], name=op.f("fk_area_parent_code")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_area")),
    )
    op.create_table(
        "authority",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "municipality",
                "province",
                "water_authority",
                name="authoritykind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("population", sa.Integer(), nullable=True),
        sa.Column("council", sa.String(length=80), nullable=False),
        sa.Column("executive", sa.String(length=80), nullable=False),
        sa.Column("contact_email", sa.String(length=254), nullable=False),
        sa.Column("contact_phone", sa.String(length=40), nullable=False),
        sa.Column("contact_desk", sa.String(length=200), nullable=False),
        sa.Column("ordinance", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_authority")),
        sa.UniqueConstraint("code", name=op.f("uq_authority_code")),
    )
    op.create_table(
        "entry",
        sa.Column("position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("act", sa.String(length=40), nullable=False),
        sa.Column("result", sa.String(length=10), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("subject_kind", sa.String(length=40), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("round_id", sa.Uuid(), nullable=True),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_entry")),
    )
    op.create_index(op.f("ix_entry_actor_id"), "entry", ["actor_id"], unique=False)
    op.create_index("ix_entry_round_id_position", "entry", ["round_id", "position"], unique=False)
    op.create_index(op.f("ix_entry_subject_id"), "entry", ["subject_id"], unique=False)
    op.create_table(
        "form_key",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("location", sa.Text(), nullable=False),
        sa.Column("used_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_form_key")),
        sa.UniqueConstraint("owner_id", "key", name=op.f("uq_form_key_owner_id_key")),
    )
    op.create_table(
        "kept_text",
        sa.Column("handle", sa.String(length=40), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("kept_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("handle", name=op.f("pk_kept_text")),
    )
    op.create_index(op.f("ix_kept_text_kept_at"), "kept_text", ["kept_at"], unique=False)
    op.create_table(
        "rate_count",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("stretch", sa.BigInteger(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("ends_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("key", "stretch", name=op.f("pk_rate_count")),
    )
    op.create_index("ix_rate_count_ends_at", "rate_count", ["ends_at"])
    op.create_table(
        "round",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("slug", sa.String(length=80), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("question", sa.String(length=300), nullable=False),
        sa.Column("introduction", sa.Text(), nullable=False),
        sa.Column("introduction_html", sa.Text(), nullable=False),
        sa.Column("can_influence", sa.JSON(), nullable=False),
        sa.Column("cannot_influence", sa.JSON(), nullable=False),
        sa.Column(
            "level",
            sa.Enum(
                "inform",
                "consult",
                "advise",
                "co_produce",
                "co_decide",
                name="level",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("level_reason", sa.String(length=400), nullable=False),
        sa.Column("decider", sa.String(length=200), nullable=False),
        sa.Column(
            "verification",
            sa.Enum(
                "none",
                "email",
                "email_plus_area",
                "letter_code",
                "eid",
                "imported",
                name="verification",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum("draft", "open", "closed", name="roundstate", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("holds_first", sa.Boolean(), nullable=False),
        sa.Column("contact_name", sa.String(length=120), nullable=False),
        sa.Column("contact_email", sa.String(length=254), nullable=False),
        sa.Column("contact_phone", sa.String(length=40), nullable=False),
        sa.Column("source_note", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("opened_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_round")),
        sa.UniqueConstraint("slug", name=op.f("uq_round_slug")),
    )
    op.create_table(
        "person",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "resident",
                "moderator",
                "director",
                "board",
                "clerk",
                "contracts",
                "coach",
                "privacy",
                "admin",
                name="role",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("area_code", sa.String(length=20), nullable=True),
        sa.Column(
            "age",
            sa.Enum(
                "a0_15",
                "a15_25",
                "a25_45",
                "a45_65",
                "a65plus",
                "unknown",
                name="agebracket",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_person_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("account_id", name=op.f("uq_person_account_id")),
    )
    op.create_table(
        "phase",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "prepare",
                "collect",
                "prioritise",
                "synthesise",
                "feedback",
                "draft",
                "formal_review",
                "answer",
                "decide",
                "evaluate",
                name="phasekind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("zone", sa.String(length=40), nullable=False),
        sa.Column("opens_at", MOMENT, nullable=False),
        sa.Column("closes_at", MOMENT, nullable=False),
        sa.Column("cleared_at", MOMENT, nullable=True),
        sa.Column("closing_at", MOMENT, nullable=True),
        sa.Column("closed_at", MOMENT, nullable=True),
        sa.CheckConstraint("opens_at < closes_at", name=op.f("ck_phase_order")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_phase_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phase")),
        sa.UniqueConstraint("round_id", "position", name=op.f("uq_phase_round_id_position")),
    )
    op.create_index("ix_phase_round_id_opens_at", "phase", ["round_id", "opens_at"], unique=False)
    op.create_table(
        "precondition",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "legal",
                "financial",
                "policy",
                "safety",
                "time",
                name="preconditionkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "negotiable",
            sa.Enum("no", "partly", "yes", name="negotiable", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("why", sa.String(length=600), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_precondition_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_precondition")),
        sa.UniqueConstraint("round_id", "code", name=op.f("uq_precondition_round_id_code")),
    )
    op.create_index(op.f("ix_precondition_round_id"), "precondition", ["round_id"], unique=False)
    op.create_table(
        "register",
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.LargeBinary(length=32), nullable=True),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_register_round_id")),
        sa.PrimaryKeyConstraint("round_id", name=op.f("pk_register")),
    )
    op.create_table(
        "revision",
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_revision_round_id")),
        sa.PrimaryKeyConstraint("round_id", name=op.f("pk_revision")),
    )
    op.create_table(
        "signed_in",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("began_at", MOMENT, nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.Column("ends_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_signed_in_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signed_in")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_signed_in_token_hash")),
    )
    op.create_index(op.f("ix_signed_in_account_id"), "signed_in", ["account_id"], unique=False)
    op.create_table(
        "theme",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("statement", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_theme_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_theme")),
        sa.UniqueConstraint("round_id", "code", name=op.f("uq_theme_round_id_code")),
    )
    op.create_index(op.f("ix_theme_round_id"), "theme", ["round_id"], unique=False)
    op.create_table(
        "voter",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_voter_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_voter")),
    )
    op.create_index(op.f("ix_voter_round_id"), "voter", ["round_id"], unique=False)
    op.create_table(
        "appointment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column(
            "duty",
            sa.Enum(
                "director",
                "moderator",
                "board_sponsor",
                "official_sponsor",
                name="duty",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("appointed_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_appointment_person_id")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_appointment_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appointment")),
        sa.UniqueConstraint("round_id", "person_id", "duty", name=op.f("uq_appointment_round_id_person_id_duty")),
    )
    op.create_index(op.f("ix_appointment_person_id"), "appointment", ["person_id"], unique=False)
    op.create_index(op.f("ix_appointment_round_id"), "appointment", ["round_id"], unique=False)
    op.create_table(
        "contribution",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "proposal",
                "argument",
                "statement",
                "project",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "channel",
            sa.Enum(
                "online",
                "paper",
                "letter",
                "phone",
                "meeting",
                "workshop",
                "imported",
                name="channel",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "held",
                "published",
                "refused",
                "withdrawn",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("reference", sa.String(length=40), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=True),
        sa.Column("entered_by_id", sa.Uuid(), nullable=True),
        sa.Column("title", sa.String(length=160), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("renderer", sa.String(length=10), nullable=False),
        sa.Column("language", sa.String(length=10), nullable=False),
        sa.Column("area_code", sa.String(length=20), nullable=True),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("order_key", sa.BigInteger(), nullable=False),
        sa.Column("merged_into_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "merged_into_id is null or merged_into_id <> id", name=op.f("ck_contribution_not_into_itself")
        ),
        sa.ForeignKeyConstraint(["area_code"], ["area.code"], name=op.f("fk_contribution_area_code")),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"], name=op.f("fk_contribution_author_id")),
        sa.ForeignKeyConstraint(["entered_by_id"], ["person.id"], name=op.f("fk_contribution_entered_by_id")),
        sa.ForeignKeyConstraint(["merged_into_id"], ["contribution.id"], name=op.f("fk_contribution_merged_into_id")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_contribution_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contribution")),
        sa.UniqueConstraint("public_id", name=op.f("uq_contribution_public_id")),
    )
    op.create_index(op.f("ix_contribution_author_id"), "contribution", ["author_id"], unique=False)
    op.create_index(op.f("ix_contribution_merged_into_id"), "contribution", ["merged_into_id"], unique=False)
    op.create_index(
        "ix_contribution_round_id_kind_state_order_key",
        "contribution",
        ["round_id", "kind", "state", "order_key"],
        unique=False,
    )
    op.create_index(
        "ix_contribution_round_id_kind_state_received_at",
        "contribution",
        ["round_id", "kind", "state", "received_at"],
        unique=False,
    )
    op.create_table(
        "credential",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("voter_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_credential_round_id")),
        sa.ForeignKeyConstraint(
            ["voter_id"], ["voter.id"], name=op.f("fk_credential_voter_id"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credential")),
        sa.UniqueConstraint("round_id", "hash", name=op.f("uq_credential_round_id_hash")),
    )
    op.create_table(
        "draft",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "concept",
                "submitted",
                "published",
                name="draftstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("begun_at", MOMENT, nullable=False),
        sa.Column("submitted_by_id", sa.Uuid(), nullable=True),
        sa.Column("submitted_at", MOMENT, nullable=True),
        sa.Column("published_by_id", sa.Uuid(), nullable=True),
        sa.Column("published_at", MOMENT, nullable=True),
        sa.CheckConstraint(
            "published_by_id is null or published_by_id <> submitted_by_id", name=op.f("ck_draft_second_person")
        ),
        sa.ForeignKeyConstraint(["published_by_id"], ["person.id"], name=op.f("fk_draft_published_by_id")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_draft_round_id")),
        sa.ForeignKeyConstraint(["submitted_by_id"], ["person.id"], name=op.f("fk_draft_submitted_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft")),
        sa.UniqueConstraint("round_id", "number", name=op.f("uq_draft_round_id_number")),
    )
    op.create_table(
        "poll",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("phase_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column(
            "method",
            sa.Enum(
                "support",
                "statements",
                "approval",
                "points",
                "ranking",
                "budget",
                name="method",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("parameters", sa.JSON(), nullable=False),
        sa.Column("key", sa.LargeBinary(length=32), nullable=True),
        sa.Column("eligible", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["phase_id"], ["phase.id"], name=op.f("fk_poll_phase_id")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_poll_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_poll")),
    )
    op.create_index(op.f("ix_poll_phase_id"), "poll", ["phase_id"], unique=False)
    op.create_index(op.f("ix_poll_round_id"), "poll", ["round_id"], unique=False)
    op.create_table(
        "argument",
        sa.Column("contribution_id", sa.Uuid(), nullable=False),
        sa.Column("proposal_id", sa.Uuid(), nullable=False),
        sa.Column(
            "stance",
            sa.Enum("for", "against", "neutral", name="stance", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["contribution_id"], ["contribution.id"], name=op.f("fk_argument_contribution_id")),
        sa.ForeignKeyConstraint(["proposal_id"], ["contribution.id"], name=op.f("fk_argument_proposal_id")),
        sa.PrimaryKeyConstraint("contribution_id", name=op.f("pk_argument")),
    )
    op.create_index(op.f("ix_argument_proposal_id"), "argument", ["proposal_id"], unique=False)
    op.create_table(
        "ballot",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("poll_id", sa.Uuid(), nullable=False),
        sa.Column("tag", sa.LargeBinary(length=32), nullable=False),
        sa.Column("changes", sa.Integer(), nullable=False),
        sa.Column("minute", sa.Integer(), nullable=False),
        sa.Column("in_minute", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["poll_id"], ["poll.id"], name=op.f("fk_ballot_poll_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ballot")),
        sa.UniqueConstraint("poll_id", "tag", name=op.f("uq_ballot_poll_id_tag")),
    )
    op.create_table(
        "code",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contribution_id", sa.Uuid(), nullable=False),
        sa.Column("theme_id", sa.Uuid(), nullable=False),
        sa.Column("coded_by_id", sa.Uuid(), nullable=True),
        sa.Column("coded_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["coded_by_id"], ["person.id"], name=op.f("fk_code_coded_by_id")),
        sa.ForeignKeyConstraint(["contribution_id"], ["contribution.id"], name=op.f("fk_code_contribution_id")),
        sa.ForeignKeyConstraint(["theme_id"], ["theme.id"], name=op.f("fk_code_theme_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_code")),
    )
    op.create_index(op.f("ix_code_theme_id"), "code", ["theme_id"], unique=False)
    op.create_index(
        "uq_code_contribution_id_theme_id",
        "code",
        ["contribution_id", "theme_id"],
        unique=True,
        sqlite_where=sa.text("ended_at is null"),
        postgresql_where=sa.text("ended_at is null"),
    )
    op.create_table(
        "option",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("poll_id", sa.Uuid(), nullable=False),
        sa.Column("contribution_id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(length=40), nullable=False),
        sa.Column("cost", sa.BigInteger(), nullable=True),
        sa.Column("merged_into_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["contribution_id"], ["contribution.id"], name=op.f("fk_option_contribution_id")),
        sa.ForeignKeyConstraint(["merged_into_id"], ["option.id"], name=op.f("fk_option_merged_into_id")),
        sa.ForeignKeyConstraint(["poll_id"], ["poll.id"], name=op.f("fk_option_poll_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_option")),
        sa.UniqueConstraint("poll_id", "contribution_id", name=op.f("uq_option_poll_id_contribution_id")),
        sa.UniqueConstraint("poll_id", "reference", name=op.f("uq_option_poll_id_reference")),
    )
    op.create_index(op.f("ix_option_contribution_id"), "option", ["contribution_id"], unique=False)
    op.create_table(
        "outcome",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contribution_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "adopted",
                "partly",
                "not_adopted",
                "forwarded",
                "merged",
                "challenge",
                name="outcomekind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.String(length=1000), nullable=False),
        sa.Column("set_by_id", sa.Uuid(), nullable=True),
        sa.Column("set_at", MOMENT, nullable=False),
        sa.Column("replaced_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["contribution_id"], ["contribution.id"], name=op.f("fk_outcome_contribution_id")),
        sa.ForeignKeyConstraint(["set_by_id"], ["person.id"], name=op.f("fk_outcome_set_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outcome")),
    )
    op.create_index(
        "uq_outcome_contribution_id",
        "outcome",
        ["contribution_id"],
        unique=True,
        sqlite_where=sa.text("replaced_at is null"),
        postgresql_where=sa.text("replaced_at is null"),
    )
    op.create_table(
        "proposal",
        sa.Column("contribution_id", sa.Uuid(), nullable=False),
        sa.Column("theme_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["contribution_id"], ["contribution.id"], name=op.f("fk_proposal_contribution_id")),
        sa.ForeignKeyConstraint(["theme_id"], ["theme.id"], name=op.f("fk_proposal_theme_id")),
        sa.PrimaryKeyConstraint("contribution_id", name=op.f("pk_proposal")),
    )
    op.create_index(op.f("ix_proposal_theme_id"), "proposal", ["theme_id"], unique=False)
    op.create_table(
        "refusal",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contribution_id", sa.Uuid(), nullable=False),
        sa.Column(
            "ground",
            sa.Enum(
                "personal_data",
                "threat_or_hate",
                "advertising",
                "unlawful",
                "duplicate",
                name="ground",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.String(length=1000), nullable=False),
        sa.Column("proposed_by_id", sa.Uuid(), nullable=False),
        sa.Column("proposed_at", MOMENT, nullable=False),
        sa.Column("decided_by_id", sa.Uuid(), nullable=True),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.Column("is_confirmed", sa.Boolean(), nullable=True),
        sa.CheckConstraint(
            "decided_by_id is null or decided_by_id <> proposed_by_id", name=op.f("ck_refusal_second_person")
        ),
        sa.ForeignKeyConstraint(["contribution_id"], ["contribution.id"], name=op.f("fk_refusal_contribution_id")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["person.id"], name=op.f("fk_refusal_decided_by_id")),
        sa.ForeignKeyConstraint(["proposed_by_id"], ["person.id"], name=op.f("fk_refusal_proposed_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refusal")),
    )
    op.create_index(
        "uq_refusal_contribution_id_undecided",
        "refusal",
        ["contribution_id"],
        unique=True,
        sqlite_where=sa.text("decided_at is null"),
        postgresql_where=sa.text("decided_at is null"),
    )
    op.create_table(
        "section",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("draft_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["draft_id"], ["draft.id"], name=op.f("fk_section_draft_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_section")),
        sa.UniqueConstraint("draft_id", "position", name=op.f("uq_section_draft_id_position")),
    )
    op.create_table(
        "version",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contribution_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=160), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("written_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["contribution_id"], ["contribution.id"], name=op.f("fk_version_contribution_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_version")),
        sa.UniqueConstraint("contribution_id", "number", name=op.f("uq_version_contribution_id_number")),
    )
    op.create_table(
        "mark",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("ballot_id", sa.Uuid(), nullable=False),
        sa.Column("option_id", sa.Uuid(), nullable=False),
        sa.Column("value", sa.Integer(), nullable=True),
        sa.Column("counter", sa.Integer(), nullable=False),
        sa.Column("salt", sa.LargeBinary(length=32), nullable=True),
        sa.ForeignKeyConstraint(["ballot_id"], ["ballot.id"], name=op.f("fk_mark_ballot_id")),
        sa.ForeignKeyConstraint(["option_id"], ["option.id"], name=op.f("fk_mark_option_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mark")),
        sa.UniqueConstraint("ballot_id", "option_id", name=op.f("uq_mark_ballot_id_option_id")),
    )
    op.create_index("ix_mark_option_id_value", "mark", ["option_id", "value"], unique=False)
    op.create_table(
        "paragraph",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("section_id", sa.Uuid(), nullable=False),
        sa.Column("stable_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("renderer", sa.String(length=10), nullable=False),
        sa.Column("is_editorial", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["section_id"], ["section.id"], name=op.f("fk_paragraph_section_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paragraph")),
        sa.UniqueConstraint("section_id", "position", name=op.f("uq_paragraph_section_id_position")),
    )
    op.create_index(op.f("ix_paragraph_stable_id"), "paragraph", ["stable_id"], unique=False)
    op.create_table(
        "source_link",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("paragraph_id", sa.Uuid(), nullable=False),
        sa.Column("contribution_id", sa.Uuid(), nullable=True),
        sa.Column("precondition_id", sa.Uuid(), nullable=True),
        sa.Column(
            "use",
            sa.Enum(
                "adopted", "adapted", "set_aside", name="use", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("note", sa.String(length=300), nullable=False),
        sa.CheckConstraint(
            "(contribution_id is null) <> (precondition_id is null)", name=op.f("ck_source_link_one_source")
        ),
        sa.ForeignKeyConstraint(["contribution_id"], ["contribution.id"], name=op.f("fk_source_link_contribution_id")),
        sa.ForeignKeyConstraint(["paragraph_id"], ["paragraph.id"], name=op.f("fk_source_link_paragraph_id")),
        sa.ForeignKeyConstraint(["precondition_id"], ["precondition.id"], name=op.f("fk_source_link_precondition_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source_link")),
        sa.UniqueConstraint(
            "paragraph_id", "contribution_id", name=op.f("uq_source_link_paragraph_id_contribution_id")
        ),
        sa.UniqueConstraint(
            "paragraph_id", "precondition_id", name=op.f("uq_source_link_paragraph_id_precondition_id")
        ),
    )
    op.create_index(op.f("ix_source_link_contribution_id"), "source_link", ["contribution_id"], unique=False)
    op.create_index(op.f("ix_source_link_precondition_id"), "source_link", ["precondition_id"], unique=False)

    for statement in _guards(op.get_bind().dialect.name):
        op.execute(statement)


def _guards(dialect: str) -> list[str]:
    """Return what makes the journal refuse changes."""
    if dialect == "sqlite":
        return [
            f"create trigger entry_refuses_{act} before {act} on entry begin "
            "select raise(abort, 'the journal is never changed'); end"
            for act in ("update", "delete")
        ]
    return [
        "create function entry_refuses() returns trigger language plpgsql as "
        "$$ begin raise exception 'the journal is never changed'; end $$",
        "create trigger entry_refuses before update or delete on entry for each row execute function entry_refuses()",
    ]


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("drop trigger entry_refuses_update")
        op.execute("drop trigger entry_refuses_delete")
    else:
        op.execute("drop trigger entry_refuses on entry")
        op.execute("drop function entry_refuses()")
    op.drop_index(op.f("ix_source_link_precondition_id"), table_name="source_link")
    op.drop_index(op.f("ix_source_link_contribution_id"), table_name="source_link")
    op.drop_table("source_link")
    op.drop_index(op.f("ix_paragraph_stable_id"), table_name="paragraph")
    op.drop_table("paragraph")
    op.drop_index("ix_mark_option_id_value", table_name="mark")
    op.drop_table("mark")
    op.drop_table("version")
    op.drop_table("section")
    op.drop_index(
        "uq_refusal_contribution_id_undecided",
        table_name="refusal",
        sqlite_where=sa.text("decided_at is null"),
        postgresql_where=sa.text("decided_at is null"),
    )
    op.drop_table("refusal")
    op.drop_index(op.f("ix_proposal_theme_id"), table_name="proposal")
    op.drop_table("proposal")
    op.drop_index(
        "uq_outcome_contribution_id",
        table_name="outcome",
        sqlite_where=sa.text("replaced_at is null"),
        postgresql_where=sa.text("replaced_at is null"),
    )
    op.drop_table("outcome")
    op.drop_index(op.f("ix_option_contribution_id"), table_name="option")
    op.drop_table("option")
    op.drop_index(
        "uq_code_contribution_id_theme_id",
        table_name="code",
        sqlite_where=sa.text("ended_at is null"),
        postgresql_where=sa.text("ended_at is null"),
    )
    op.drop_index(op.f("ix_code_theme_id"), table_name="code")
    op.drop_table("code")
    op.drop_table("ballot")
    op.drop_index(op.f("ix_argument_proposal_id"), table_name="argument")
    op.drop_table("argument")
    op.drop_index(op.f("ix_poll_round_id"), table_name="poll")
    op.drop_index(op.f("ix_poll_phase_id"), table_name="poll")
    op.drop_table("poll")
    op.drop_table("draft")
    op.drop_table("credential")
    op.drop_index("ix_contribution_round_id_kind_state_received_at", table_name="contribution")
    op.drop_index("ix_contribution_round_id_kind_state_order_key", table_name="contribution")
    op.drop_index(op.f("ix_contribution_merged_into_id"), table_name="contribution")
    op.drop_index(op.f("ix_contribution_author_id"), table_name="contribution")
    op.drop_table("contribution")
    op.drop_index(op.f("ix_appointment_round_id"), table_name="appointment")
    op.drop_index(op.f("ix_appointment_person_id"), table_name="appointment")
    op.drop_table("appointment")
    op.drop_index(op.f("ix_voter_round_id"), table_name="voter")
    op.drop_table("voter")
    op.drop_index(op.f("ix_theme_round_id"), table_name="theme")
    op.drop_table("theme")
    op.drop_index(op.f("ix_signed_in_account_id"), table_name="signed_in")
    op.drop_table("signed_in")
    op.drop_table("revision")
    op.drop_table("register")
    op.drop_index(op.f("ix_precondition_round_id"), table_name="precondition")
    op.drop_table("precondition")
    op.drop_index("ix_phase_round_id_opens_at", table_name="phase")
    op.drop_table("phase")
    op.drop_table("person")
    op.drop_table("round")
    op.drop_table("rate_count")
    op.drop_index(op.f("ix_kept_text_kept_at"), table_name="kept_text")
    op.drop_table("kept_text")
    op.drop_table("form_key")
    op.drop_index(op.f("ix_entry_subject_id"), table_name="entry")
    op.drop_index("ix_entry_round_id_position", table_name="entry")
    op.drop_index(op.f("ix_entry_actor_id"), table_name="entry")
    op.drop_table("entry")
    op.drop_table("authority")
    op.drop_table("area")
    op.drop_table("account")
