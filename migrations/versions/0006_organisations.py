"""Organisations take part under their own name, so they need members, a position per round and co-signatures.

A position is written together before it is sent, each version keeps its mandate and its stances, and a
contribution may belong to an organisation instead of to a person.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

MOMENT = sa.String(32).with_variant(sa.TIMESTAMP(timezone=True), "postgresql")
KINDS = (
    "'authority', 'housing', 'residents', 'business', 'interest_group', 'welfare', 'cooperative', 'mobility', "
    "'education', 'culture', 'other'"
)
HELD = "state <> 'refused'"
STILL_SIGNED = "withdrawn_at is null and renewed_at is null"
TABLES = (
    "co_sign",
    "position_draft",
    "position_theme",
    "position_version",
    "position",
    "organisation_invitation",
    "membership",
    "organisation",
)


def upgrade() -> None:
    _organisations()
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "ALTER TABLE contribution ADD COLUMN organisation_id CHAR(32)"
            " CONSTRAINT fk_contribution_organisation_id REFERENCES organisation (id)"
        )
    else:
        op.add_column("contribution", sa.Column("organisation_id", sa.Uuid(), nullable=True))
        op.create_foreign_key(
            op.f("fk_contribution_organisation_id"), "contribution", "organisation", ["organisation_id"], ["id"]
        )
    _positions()


def downgrade() -> None:
    for name in TABLES[:5]:
        op.drop_table(name)
    if op.get_bind().dialect.name == "sqlite":
        op.execute("ALTER TABLE contribution DROP COLUMN organisation_id")
    else:
        op.drop_constraint(op.f("fk_contribution_organisation_id"), "contribution", type_="foreignkey")
        op.drop_column("contribution", "organisation_id")
    for name in TABLES[5:]:
        op.drop_table(name)


def _organisations() -> None:
    op.create_table(
        "organisation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("slug", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("kvk", sa.String(length=8), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("domain", sa.String(length=120), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("about_html", sa.Text(), nullable=False),
        sa.Column("renderer", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("asked_by_id", sa.Uuid(), nullable=True),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("decided_by_id", sa.Uuid(), nullable=True),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.Column("refusal", sa.String(length=1000), nullable=False),
        sa.CheckConstraint(f"kind IN ({KINDS})", name=op.f("ck_organisation_organisationkind")),
        sa.CheckConstraint("state IN ('asked', 'verified', 'refused')", name=op.f("ck_organisation_organisationstate")),
        sa.ForeignKeyConstraint(["asked_by_id"], ["person.id"], name=op.f("fk_organisation_asked_by_id")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["person.id"], name=op.f("fk_organisation_decided_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation")),
        sa.UniqueConstraint("slug", name=op.f("uq_organisation_slug")),
    )
    op.create_index(
        "uq_organisation_kvk_held",
        "organisation",
        ["kvk"],
        unique=True,
        sqlite_where=sa.text(HELD),
        postgresql_where=sa.text(HELD),
    )
    op.create_table(
        "membership",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("duty", sa.String(length=40), nullable=False),
        sa.Column("began_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.CheckConstraint("duty IN ('member', 'representative')", name=op.f("ck_membership_memberduty")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_membership_organisation_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_membership_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_membership")),
        sa.UniqueConstraint("organisation_id", "person_id", name=op.f("uq_membership_organisation_id_person_id")),
    )
    op.create_index(op.f("ix_membership_person_id"), "membership", ["person_id"])
    op.create_table(
        "organisation_invitation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("duty", sa.String(length=40), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("invited_by_id", sa.Uuid(), nullable=True),
        sa.Column("invited_at", MOMENT, nullable=False),
        sa.Column("ends_at", MOMENT, nullable=False),
        sa.Column("accepted_at", MOMENT, nullable=True),
        sa.Column("accepted_by_id", sa.Uuid(), nullable=True),
        sa.Column("withdrawn_at", MOMENT, nullable=True),
        sa.CheckConstraint("duty IN ('member', 'representative')", name=op.f("ck_organisation_invitation_memberduty")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_organisation_invitation_organisation_id")
        ),
        sa.ForeignKeyConstraint(
            ["invited_by_id"], ["person.id"], name=op.f("fk_organisation_invitation_invited_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["accepted_by_id"], ["person.id"], name=op.f("fk_organisation_invitation_accepted_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation_invitation")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_organisation_invitation_token_hash")),
    )
    op.create_index(op.f("ix_organisation_invitation_organisation_id"), "organisation_invitation", ["organisation_id"])


def _positions() -> None:
    op.create_table(
        "position",
        sa.Column("contribution_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("withdrawn_at", MOMENT, nullable=True),
        sa.Column("withdrawn_because", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(["contribution_id"], ["contribution.id"], name=op.f("fk_position_contribution_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_position_organisation_id")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_position_round_id")),
        sa.PrimaryKeyConstraint("contribution_id", name=op.f("pk_position")),
        sa.UniqueConstraint("organisation_id", "round_id", name=op.f("uq_position_organisation_id_round_id")),
    )
    op.create_index(op.f("ix_position_round_id"), "position", ["round_id"])
    op.create_table(
        "position_version",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contribution_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        *_mandate(),
        sa.Column("interests", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("submitted_by_id", sa.Uuid(), nullable=True),
        sa.Column("submitted_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["contribution_id"], ["contribution.id"], name=op.f("fk_position_version_contribution_id")
        ),
        sa.ForeignKeyConstraint(["submitted_by_id"], ["person.id"], name=op.f("fk_position_version_submitted_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_position_version")),
        sa.UniqueConstraint("contribution_id", "number", name=op.f("uq_position_version_contribution_id_number")),
    )
    op.create_table(
        "position_theme",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("theme_id", sa.Uuid(), nullable=False),
        sa.Column("stance", sa.Integer(), nullable=False),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.CheckConstraint("stance between -2 and 2", name=op.f("ck_position_theme_stance")),
        sa.CheckConstraint("weight between 0 and 3", name=op.f("ck_position_theme_weight")),
        sa.ForeignKeyConstraint(["version_id"], ["position_version.id"], name=op.f("fk_position_theme_version_id")),
        sa.ForeignKeyConstraint(["theme_id"], ["theme.id"], name=op.f("fk_position_theme_theme_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_position_theme")),
        sa.UniqueConstraint("version_id", "theme_id", name=op.f("uq_position_theme_version_id_theme_id")),
    )
    op.create_index(op.f("ix_position_theme_theme_id"), "position_theme", ["theme_id"])
    op.create_table(
        "position_draft",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("written_by_id", sa.Uuid(), nullable=True),
        sa.Column("written_at", MOMENT, nullable=False),
        sa.Column("submitted_version", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_position_draft_organisation_id")
        ),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_position_draft_round_id")),
        sa.ForeignKeyConstraint(["written_by_id"], ["person.id"], name=op.f("fk_position_draft_written_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_position_draft")),
        sa.UniqueConstraint("organisation_id", "round_id", name=op.f("uq_position_draft_organisation_id_round_id")),
    )
    op.create_table(
        "co_sign",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contribution_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("theme_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        *_mandate(),
        sa.Column("signed_by_id", sa.Uuid(), nullable=True),
        sa.Column("signed_at", MOMENT, nullable=False),
        sa.Column("withdrawn_at", MOMENT, nullable=True),
        sa.Column("renewed_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["contribution_id"], ["position.contribution_id"], name=op.f("fk_co_sign_contribution_id")
        ),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_co_sign_organisation_id")),
        sa.ForeignKeyConstraint(["theme_id"], ["theme.id"], name=op.f("fk_co_sign_theme_id")),
        sa.ForeignKeyConstraint(["signed_by_id"], ["person.id"], name=op.f("fk_co_sign_signed_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_co_sign")),
    )
    op.create_index(op.f("ix_co_sign_organisation_id"), "co_sign", ["organisation_id"])
    op.create_index(
        "uq_co_sign_contribution_id_organisation_id_theme_id_held",
        "co_sign",
        ["contribution_id", "organisation_id", "theme_id"],
        unique=True,
        sqlite_where=sa.text(STILL_SIGNED),
        postgresql_where=sa.text(STILL_SIGNED),
    )


def _mandate() -> list[sa.Column[object]]:
    return [
        sa.Column("mandate_body", sa.String(length=120), nullable=False),
        sa.Column("mandate_date", sa.Date(), nullable=False),
        sa.Column("signatory_name", sa.String(length=120), nullable=False),
        sa.Column("signatory_function", sa.String(length=120), nullable=False),
    ]
