"""Versions of a goal with who takes part in each, corrections of what was measured, and actions after a decision.

A change of a goal that was signed waits beside it until it is signed too, so each version keeps its own words. A
value that was measured wrong is corrected by the next row; a report that was accepted can be opened again. An
action says who does what by when with an input that was adopted, or why nothing is done.
"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"

MOMENT = sa.String(32).with_variant(sa.TIMESTAMP(timezone=True), "postgresql")
EXACT = sa.String(40)
WORDS = (
    "title, why, indicator, unit, better, baseline, target, starts_on, target_on, source, vague_because, "
    "written_by_id, written_at"
)
NOW = {"sqlite_where": sa.text("replaced_at is null"), "postgresql_where": sa.text("replaced_at is null")}


def upgrade() -> None:
    _directions()
    _versions()
    _parties()
    _corrections()
    _actions()


def downgrade() -> None:
    op.drop_table("action")
    op.drop_column("progress_report", "reopened_at")
    op.drop_index("uq_goal_measurement_goal_id_measured_on_now", "goal_measurement")
    op.execute("delete from goal_measurement where replaced_at is not null")
    with op.batch_alter_table("goal_measurement") as batch:
        batch.drop_column("because")
        batch.drop_column("replaced_at")
        batch.create_unique_constraint(op.f("uq_goal_measurement_goal_id_measured_on"), ["goal_id", "measured_on"])
    op.execute("delete from goal_party where version <> (select version from goal where goal.id = goal_party.goal_id)")
    with op.batch_alter_table("goal_party") as batch:
        batch.drop_constraint(op.f("uq_goal_party_goal_id_version_organisation_id"), type_="unique")
        batch.drop_column("version")
        batch.create_unique_constraint(op.f("uq_goal_party_goal_id_organisation_id"), ["goal_id", "organisation_id"])
    op.drop_table("goal_version")
    with op.batch_alter_table("goal", table_args=_checks()) as batch:
        batch.drop_constraint(op.f("ck_goal_better"), type_="check")
        batch.drop_column("better")


def _better() -> sa.Enum:
    return sa.Enum("up", "down", name="better", native_enum=False, create_constraint=True, length=40)


def _checks() -> list[sa.CheckConstraint]:
    """What SQLite has to be told again when the table of goals is copied."""
    return [
        sa.CheckConstraint("found IN ('achieved', 'partly', 'missed')", name=op.f("ck_goal_finding")),
        sa.CheckConstraint("found is null or found_at is not null", name=op.f("ck_goal_found")),
        sa.CheckConstraint("target_on > starts_on", name=op.f("ck_goal_order")),
    ]


def _directions() -> None:
    """Read the direction of a goal that stands from where it begins and where it should end."""
    with op.batch_alter_table("goal", table_args=_checks()) as batch:
        batch.add_column(sa.Column("better", sa.String(length=40), nullable=False, server_default="up"))
        batch.create_check_constraint(op.f("ck_goal_better"), "better IN ('up', 'down')")
    number = "real" if op.get_bind().dialect.name == "sqlite" else "numeric"
    falls = f"cast(target as {number}) < cast(baseline as {number})"
    op.execute(f"update goal set better = 'down' where baseline is not null and {falls}")


def _versions() -> None:
    op.create_table(
        "goal_version",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("goal_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("indicator", sa.String(length=120), nullable=False),
        sa.Column("unit", sa.String(length=40), nullable=False),
        sa.Column("better", _better(), nullable=False),
        sa.Column("baseline", EXACT, nullable=True),
        sa.Column("target", EXACT, nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("target_on", sa.Date(), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("vague_because", sa.String(length=300), nullable=False),
        sa.Column("written_by_id", sa.Uuid(), nullable=True),
        sa.Column("written_at", MOMENT, nullable=False),
        sa.Column("dropped_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["goal_id"], ["goal.id"], name=op.f("fk_goal_version_goal_id")),
        sa.ForeignKeyConstraint(["written_by_id"], ["person.id"], name=op.f("fk_goal_version_written_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_goal_version")),
        sa.UniqueConstraint("goal_id", "number", name=op.f("uq_goal_version_goal_id_number")),
    )
    # the words that stand are the ones that were kept; the id of a goal can be that of its version, in another table
    op.execute(f"insert into goal_version (id, goal_id, number, {WORDS}) select id, id, version, {WORDS} from goal")


def _parties() -> None:
    op.add_column("goal_party", sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
    op.execute("update goal_party set version = (select version from goal where goal.id = goal_party.goal_id)")
    with op.batch_alter_table("goal_party") as batch:
        batch.drop_constraint(op.f("uq_goal_party_goal_id_organisation_id"), type_="unique")
        batch.create_unique_constraint(
            op.f("uq_goal_party_goal_id_version_organisation_id"), ["goal_id", "version", "organisation_id"]
        )


def _corrections() -> None:
    op.add_column("goal_measurement", sa.Column("because", sa.String(500), nullable=False, server_default=""))
    op.add_column("goal_measurement", sa.Column("replaced_at", MOMENT, nullable=True))
    with op.batch_alter_table("goal_measurement") as batch:
        batch.drop_constraint(op.f("uq_goal_measurement_goal_id_measured_on"), type_="unique")
    name, columns = "uq_goal_measurement_goal_id_measured_on_now", ["goal_id", "measured_on"]
    op.create_index(name, "goal_measurement", columns, unique=True, **NOW)
    op.add_column("progress_report", sa.Column("reopened_at", MOMENT, nullable=True))


def _actions() -> None:
    op.create_table(
        "action",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contribution_id", sa.Uuid(), nullable=False),
        sa.Column("agreement_id", sa.Uuid(), nullable=True),
        sa.Column("text", sa.String(length=500), nullable=False),
        sa.Column("owner", sa.String(length=120), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("none_because", sa.String(length=1000), nullable=False),
        sa.Column("result", sa.String(length=1000), nullable=False),
        sa.Column("done_at", MOMENT, nullable=True),
        sa.Column("because", sa.String(length=500), nullable=False),
        sa.Column("written_by_id", sa.Uuid(), nullable=True),
        sa.Column("written_at", MOMENT, nullable=False),
        sa.Column("replaced_at", MOMENT, nullable=True),
        sa.CheckConstraint(
            "(due_on is not null and text <> '' and owner <> '' and none_because = '') "
            "or (due_on is null and none_because <> '' and done_at is null)",
            name=op.f("ck_action_done_or_told_why_not"),
        ),
        sa.CheckConstraint("done_at is null or result <> ''", name=op.f("ck_action_result")),
        sa.ForeignKeyConstraint(["agreement_id"], ["agreement.id"], name=op.f("fk_action_agreement_id")),
        sa.ForeignKeyConstraint(["contribution_id"], ["contribution.id"], name=op.f("fk_action_contribution_id")),
        sa.ForeignKeyConstraint(["written_by_id"], ["person.id"], name=op.f("fk_action_written_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_action")),
    )
    op.create_index(op.f("ix_action_agreement_id"), "action", ["agreement_id"])
    op.create_index(op.f("ix_action_contribution_id"), "action", ["contribution_id"])
