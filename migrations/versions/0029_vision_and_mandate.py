"""The vision with its principles, decisions per topic, a whole mandate note, changes that two sign, and looking back.

A round has a privacy contact; an appointment may be that of a deputy, with hours. Going back leaves these out.
"""

import re

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0021"

MOMENT = sa.String(32).with_variant(sa.TIMESTAMP(timezone=True), "postgresql")
DUTIES = ["director", "moderator", "board_sponsor", "official_sponsor"]
RUNGS = ["regulate", "direct", "stimulate", "facilitate", "let_go"]
TOLD = {
    "area": 300,
    "instrument": 200,
    "parties": 600,
    "groups": 600,
    "reach": 600,
    "methods": 600,
    "languages": 200,
    "risks": 1000,
    "privacy": 600,
    "evaluation": 600,
}  # what a mandate note says besides, with its length


def upgrade() -> None:
    _allow("appointment", "duty", [*DUTIES, "privacy_contact"])
    op.add_column("appointment", sa.Column("hours", sa.Integer(), nullable=True))
    op.add_column("appointment", sa.Column("is_deputy", sa.Boolean(), server_default=sa.false(), nullable=False))
    told = ", ".join(map(repr, RUNGS))
    op.execute(
        f"ALTER TABLE mandate_note ADD COLUMN rung VARCHAR(40) CONSTRAINT ck_mandate_note_rung CHECK (rung IN ({told}))"
    )
    for name, length in TOLD.items():
        op.add_column("mandate_note", sa.Column(name, sa.String(length=length), server_default="", nullable=False))
    _visions()
    _bounds()
    _looking_back()


def downgrade() -> None:
    for table in (
        "scan_score",
        "self_scan",
        "principle_score",
        "role_review",
        "set_up",
        "fixed_change",
        "topic",
        "round_principle",
        "principle",
        "vision",
    ):
        op.drop_table(table)
    for name in ("rung", *TOLD):
        op.execute(f'ALTER TABLE mandate_note DROP COLUMN "{name}"')
    for name in ("is_deputy", "hours"):
        op.execute(f"ALTER TABLE appointment DROP COLUMN {name}")
    op.execute("DELETE FROM appointment WHERE duty = 'privacy_contact'")
    _allow("appointment", "duty", DUTIES)


def _words(name: str, *words: str) -> sa.Enum:
    return sa.Enum(*words, name=name, native_enum=False, create_constraint=True, length=40)


def _visions() -> None:
    op.create_table(
        "vision",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("written_by_id", sa.Uuid(), nullable=True),
        sa.Column("written_at", MOMENT, nullable=False),
        sa.Column("organ", _words("organ", "council", "executive", "member", "clerk"), nullable=True),
        sa.Column("adopted_on", sa.Date(), nullable=True),
        sa.Column("decision", sa.String(length=80), nullable=False),
        sa.Column("adopted_by_id", sa.Uuid(), nullable=True),
        sa.Column("adopted_at", MOMENT, nullable=True),
        sa.CheckConstraint("(adopted_at is null) = (adopted_on is null)", name=op.f("ck_vision_adopted_on_a_day")),
        sa.CheckConstraint("(adopted_at is null) = (organ is null)", name=op.f("ck_vision_adopted_by_an_organ")),
        sa.ForeignKeyConstraint(["adopted_by_id"], ["person.id"], name=op.f("fk_vision_adopted_by_id")),
        sa.ForeignKeyConstraint(["written_by_id"], ["person.id"], name=op.f("fk_vision_written_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vision")),
        sa.UniqueConstraint("number", name=op.f("uq_vision_number")),
    )
    op.create_table(
        "principle",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("vision_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("text", sa.String(length=300), nullable=False),
        sa.Column("left_out", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["vision_id"], ["vision.id"], name=op.f("fk_principle_vision_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_principle")),
        sa.UniqueConstraint("vision_id", "code", name=op.f("uq_principle_vision_id_code")),
    )
    op.create_table(
        "round_principle",
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("principle_id", sa.Uuid(), nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["principle_id"], ["principle.id"], name=op.f("fk_round_principle_principle_id")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_round_principle_round_id")),
        sa.PrimaryKeyConstraint("round_id", "principle_id", name=op.f("pk_round_principle")),
    )


def _bounds() -> None:
    op.create_table(
        "topic",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("takes_part", sa.Boolean(), nullable=False),
        sa.Column("level", _words("level", "inform", "consult", "advise", "co_produce", "co_decide"), nullable=True),
        sa.Column("rung", _words("rung", "regulate", "direct", "stimulate", "facilitate", "let_go"), nullable=False),
        sa.Column("ground", _words("nopart", "law", "carries_out", "urgent", "small", "secret"), nullable=True),
        sa.Column("reason", sa.String(length=1000), nullable=False),
        sa.Column("organ", _words("organ", "council", "executive", "member", "clerk"), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("decision", sa.String(length=80), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=True),
        sa.Column("recorded_by_id", sa.Uuid(), nullable=True),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.Column("replaced_at", MOMENT, nullable=True),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_topic_reason")),
        sa.CheckConstraint("takes_part = (ground is null)", name=op.f("ck_topic_ground_of_no")),
        sa.CheckConstraint("takes_part = (level is not null)", name=op.f("ck_topic_level_of_yes")),
        sa.ForeignKeyConstraint(["recorded_by_id"], ["person.id"], name=op.f("fk_topic_recorded_by_id")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_topic_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_topic")),
    )
    op.create_index(op.f("ix_topic_round_id"), "topic", ["round_id"], unique=False)
    op.create_table(
        "fixed_change",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("told", sa.JSON(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.String(length=1000), nullable=False),
        sa.Column("proposed_by_id", sa.Uuid(), nullable=True),
        sa.Column("proposed_at", MOMENT, nullable=False),
        sa.Column("board_by_id", sa.Uuid(), nullable=True),
        sa.Column("board_at", MOMENT, nullable=True),
        sa.Column("civil_by_id", sa.Uuid(), nullable=True),
        sa.Column("civil_at", MOMENT, nullable=True),
        sa.Column("applied_at", MOMENT, nullable=True),
        sa.Column("dropped_at", MOMENT, nullable=True),
        sa.CheckConstraint(
            "applied_at is null or (board_at is not null and civil_at is not null)",
            name=op.f("ck_fixed_change_applied_when_signed"),
        ),
        sa.CheckConstraint(
            "board_by_id is null or civil_by_id is null or board_by_id <> civil_by_id",
            name=op.f("ck_fixed_change_two_people"),
        ),
        sa.ForeignKeyConstraint(["board_by_id"], ["person.id"], name=op.f("fk_fixed_change_board_by_id")),
        sa.ForeignKeyConstraint(["civil_by_id"], ["person.id"], name=op.f("fk_fixed_change_civil_by_id")),
        sa.ForeignKeyConstraint(["proposed_by_id"], ["person.id"], name=op.f("fk_fixed_change_proposed_by_id")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_fixed_change_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fixed_change")),
    )
    op.create_index(
        "uq_fixed_change_round_id",
        "fixed_change",
        ["round_id"],
        unique=True,
        sqlite_where=sa.text("applied_at is null and dropped_at is null"),
        postgresql_where=sa.text("applied_at is null and dropped_at is null"),
    )
    op.create_table(
        "set_up",
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("told", sa.JSON(), nullable=False),
        sa.Column("example", sa.String(length=40), nullable=False),
        sa.Column("written_by_id", sa.Uuid(), nullable=True),
        sa.Column("written_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_set_up_round_id")),
        sa.ForeignKeyConstraint(["written_by_id"], ["person.id"], name=op.f("fk_set_up_written_by_id")),
        sa.PrimaryKeyConstraint("round_id", name=op.f("pk_set_up")),
    )


def _looking_back() -> None:
    op.create_table(
        "role_review",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column(
            "happened", _words("rung", "regulate", "direct", "stimulate", "facilitate", "let_go"), nullable=False
        ),
        sa.Column("compared", sa.Text(), nullable=False),
        sa.Column("lessons", sa.Text(), nullable=False),
        sa.Column("sent", sa.Integer(), nullable=True),
        sa.Column("responses", sa.Integer(), nullable=True),
        sa.Column("survey", sa.JSON(), nullable=False),
        sa.Column("withheld", _words("withheld", "private_life", "internal", "business", "working"), nullable=True),
        sa.Column("withheld_because", sa.String(length=600), nullable=False),
        sa.Column("written_by_id", sa.Uuid(), nullable=True),
        sa.Column("written_at", MOMENT, nullable=False),
        sa.Column("published_by_id", sa.Uuid(), nullable=True),
        sa.Column("published_at", MOMENT, nullable=True),
        sa.CheckConstraint(
            "(withheld is null) = (withheld_because = '')", name=op.f("ck_role_review_withheld_because")
        ),
        sa.CheckConstraint(
            "published_by_id is null or published_by_id <> written_by_id", name=op.f("ck_role_review_second_person")
        ),
        sa.CheckConstraint("responses is null or responses <= sent", name=op.f("ck_role_review_responses")),
        sa.ForeignKeyConstraint(["published_by_id"], ["person.id"], name=op.f("fk_role_review_published_by_id")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_role_review_round_id")),
        sa.ForeignKeyConstraint(["written_by_id"], ["person.id"], name=op.f("fk_role_review_written_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role_review")),
        sa.UniqueConstraint("round_id", "number", name=op.f("uq_role_review_round_id_number")),
    )
    op.create_table(
        "principle_score",
        sa.Column("review_id", sa.Uuid(), nullable=False),
        sa.Column("principle_id", sa.Uuid(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("words", sa.String(length=1000), nullable=False),
        sa.CheckConstraint("words <> ''", name=op.f("ck_principle_score_words")),
        sa.CheckConstraint("score between 1 and 5", name=op.f("ck_principle_score_score")),
        sa.ForeignKeyConstraint(["principle_id"], ["principle.id"], name=op.f("fk_principle_score_principle_id")),
        sa.ForeignKeyConstraint(["review_id"], ["role_review.id"], name=op.f("fk_principle_score_review_id")),
        sa.PrimaryKeyConstraint("review_id", "principle_id", name=op.f("pk_principle_score")),
    )
    op.create_table(
        "self_scan",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("made_on", sa.Date(), nullable=False),
        sa.Column("written_by_id", sa.Uuid(), nullable=True),
        sa.Column("written_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["written_by_id"], ["person.id"], name=op.f("fk_self_scan_written_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_self_scan")),
        sa.UniqueConstraint("year", name=op.f("uq_self_scan_year")),
    )
    op.create_table(
        "scan_score",
        sa.Column("scan_id", sa.Uuid(), nullable=False),
        sa.Column(
            "part", _words("scanpart", "vision", "alignment", "people", "partners", "accountability"), nullable=False
        ),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("evidence", sa.String(length=2000), nullable=False),
        sa.CheckConstraint("evidence <> ''", name=op.f("ck_scan_score_evidence")),
        sa.CheckConstraint("score between 1 and 5", name=op.f("ck_scan_score_score")),
        sa.ForeignKeyConstraint(["scan_id"], ["self_scan.id"], name=op.f("fk_scan_score_scan_id")),
        sa.PrimaryKeyConstraint("scan_id", "part", name=op.f("pk_scan_score")),
    )


def _allow(table: str, column: str, values: list[str]) -> None:
    """Let a column of words hold these words and no others."""
    name, told = f"ck_{table}_{column}", f"{column} IN ({', '.join(map(repr, values))})"
    if op.get_bind().dialect.name == "sqlite":
        _make_anew(table, rf"CONSTRAINT {name} CHECK \({column} IN \([^)]*\)\)", f"CONSTRAINT {name} CHECK ({told})")
    else:
        op.drop_constraint(op.f(name), table, type_="check")
        op.create_check_constraint(op.f(name), table, told)


def _make_anew(table: str, old: str, new: str) -> None:
    """Make a table again with one constraint changed, in the steps of https://sqlite.org/lang_altertable.html."""
    found = op.get_bind().exec_driver_sql(
        "SELECT type, sql FROM sqlite_master WHERE tbl_name = ? AND sql IS NOT NULL", (table,)
    )
    held = found.all()
    told = next(sql for kind, sql in held if kind == "table")
    changed, times = re.subn(old, new, told)
    assert times == 1, (table, old)
    op.execute(re.sub(rf'^CREATE TABLE "?{table}"?', f'CREATE TABLE "{table}_new"', changed))
    op.execute(f'INSERT INTO "{table}_new" SELECT * FROM "{table}"')
    op.execute(f'DROP TABLE "{table}"')
    op.execute(f'ALTER TABLE "{table}_new" RENAME TO "{table}"')
    for kind, sql in held:
        if kind != "table":
            op.execute(sql)
