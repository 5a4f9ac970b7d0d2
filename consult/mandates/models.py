"""Tables of the vision, decisions per topic, preconditions, mandate notes, set-ups, gates and their sign-offs."""

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from consult.foundation.db import Base, id_column, words_of
from consult.foundation.language import N_, Worded
from consult.policy import Duty
from consult.rounds.models import Level, Organ, PhaseKind


class Rung(Worded):
    """How far the authority steers itself (the ladder of the Raad voor het openbaar bestuur, 2012)."""

    REGULATE = "regulate", N_("to regulate")
    DIRECT = "direct", N_("to direct")
    STIMULATE = "stimulate", N_("to stimulate")
    FACILITATE = "facilitate", N_("to facilitate")
    LET_GO = "let_go", N_("to let go")


class Vision(Base):
    """One version of how the authority sees its own role; without `adopted_at` it is being written.

    The adopted one with the highest number holds; earlier ones stay readable.
    """

    __tablename__ = "vision"
    __table_args__ = (
        CheckConstraint("(adopted_at is null) = (adopted_on is null)", name="adopted_on_a_day"),
        CheckConstraint("(adopted_at is null) = (organ is null)", name="adopted_by_an_organ"),
    )

    id: Mapped[uuid.UUID] = id_column()
    number: Mapped[int] = mapped_column(unique=True)
    title: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text, default="")
    written_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    written_at: Mapped[datetime]
    organ: Mapped[Organ | None] = mapped_column(words_of(Organ))
    adopted_on: Mapped[date | None]
    decision: Mapped[str] = mapped_column(String(80), default="")  # its number in the file of that organ
    adopted_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))  # who recorded it
    adopted_at: Mapped[datetime | None]

    principles: Mapped[list["Principle"]] = relationship(order_by="Principle.position", lazy="raise_on_sql")


class Principle(Base):
    """One principle of a version of the vision; `left_out` is one that its writers took out again."""

    __tablename__ = "principle"
    __table_args__ = (UniqueConstraint("vision_id", "code"),)

    id: Mapped[uuid.UUID] = id_column()
    vision_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("vision.id"))
    position: Mapped[int]
    code: Mapped[str] = mapped_column(String(20))
    text: Mapped[str] = mapped_column(String(300))
    left_out: Mapped[bool] = mapped_column(default=False)


class RoundPrinciple(Base):
    """A round is held to a principle; `ended_at`: it was unlinked before the round opened."""

    __tablename__ = "round_principle"

    round_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("round.id"), primary_key=True)
    principle_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("principle.id"), primary_key=True)
    ended_at: Mapped[datetime | None]


class NoPart(Worded):
    """On which ground people are not asked about a topic."""

    LAW = "law", N_("the law leaves nothing to choose")
    CARRIES_OUT = "carries_out", N_("it carries out what was decided before")
    URGENT = "urgent", N_("it cannot wait")
    SMALL = "small", N_("it hardly touches anybody")
    SECRET = "secret", N_("safety or private life asks for it")


class Topic(Base):
    """A decision whether and how people take part in one topic; `replaced_at`: a later one took its place."""

    __tablename__ = "topic"
    __table_args__ = (
        CheckConstraint("takes_part = (ground is null)", name="ground_of_no"),
        CheckConstraint("takes_part = (level is not null)", name="level_of_yes"),
        CheckConstraint("reason <> ''", name="reason"),
    )

    id: Mapped[uuid.UUID] = id_column()
    title: Mapped[str] = mapped_column(String(200))
    takes_part: Mapped[bool]
    level: Mapped[Level | None] = mapped_column(words_of(Level))
    rung: Mapped[Rung] = mapped_column(words_of(Rung))
    ground: Mapped[NoPart | None] = mapped_column(words_of(NoPart))
    reason: Mapped[str] = mapped_column(String(1000))
    organ: Mapped[Organ] = mapped_column(words_of(Organ))
    decided_on: Mapped[date]
    decision: Mapped[str] = mapped_column(String(80), default="")
    round_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("round.id"), index=True)
    recorded_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    recorded_at: Mapped[datetime]
    replaced_at: Mapped[datetime | None]


class PreconditionKind(Worded):
    """Where a precondition comes from."""

    LEGAL = "legal", N_("law")
    FINANCIAL = "financial", N_("money")
    POLICY = "policy", N_("earlier policy")
    SAFETY = "safety", N_("safety")
    TIME = "time", N_("time")


class Negotiable(Worded):
    """Whether people can still change it."""

    NO = "no", N_("fixed")
    PARTLY = "partly", N_("partly open")
    YES = "yes", N_("open")


class Precondition(Base):
    """Something that is fixed or partly fixed before people are asked, with why."""

    __tablename__ = "precondition"
    __table_args__ = (UniqueConstraint("round_id", "code"),)

    id: Mapped[uuid.UUID] = id_column()
    round_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("round.id"), index=True)
    position: Mapped[int]
    code: Mapped[str] = mapped_column(String(20))
    kind: Mapped[PreconditionKind] = mapped_column(words_of(PreconditionKind))
    negotiable: Mapped[Negotiable] = mapped_column(words_of(Negotiable))
    title: Mapped[str] = mapped_column(String(200))
    why: Mapped[str] = mapped_column(String(600))


class MandateNote(Base):
    """What the mandate note (startnotitie) of a round says beside the words of the round itself."""

    __tablename__ = "mandate_note"
    __table_args__ = (CheckConstraint("budget_euros is null or budget_euros >= 0", name="budget"),)

    round_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("round.id"), primary_key=True)
    reason: Mapped[str] = mapped_column(String(2000), default="")  # why this is asked, and why now
    budget_euros: Mapped[int | None]  # whole euros, VAT excluded
    budget_words: Mapped[str] = mapped_column(String(600), default="")  # for what, and from which budget
    planning: Mapped[str] = mapped_column(String(1000), default="")  # beside the phases: who decides when
    rung: Mapped[Rung | None] = mapped_column(words_of(Rung))
    area: Mapped[str] = mapped_column(String(300), default="", server_default="")
    instrument: Mapped[str] = mapped_column(String(200), default="", server_default="")
    parties: Mapped[str] = mapped_column(String(600), default="", server_default="")
    groups: Mapped[str] = mapped_column(String(600), default="", server_default="")  # whom it wants to reach
    reach: Mapped[str] = mapped_column(String(600), default="", server_default="")  # goals per area and age
    methods: Mapped[str] = mapped_column(String(600), default="", server_default="")  # on paper, in person and here
    languages: Mapped[str] = mapped_column(String(200), default="", server_default="")
    risks: Mapped[str] = mapped_column(String(1000), default="", server_default="")
    privacy: Mapped[str] = mapped_column(String(600), default="", server_default="")  # what its check found
    evaluation: Mapped[str] = mapped_column(String(600), default="", server_default="")  # how it will be judged
    written_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    written_at: Mapped[datetime]


class FixedChange(Base):
    """What is fixed or open in a round that is open is to change: a proposal that both sides sign before it holds.

    `told` holds the preconditions, and what people can and cannot influence, as they are to be.
    """

    __tablename__ = "fixed_change"
    __table_args__ = (
        Index(
            "uq_fixed_change_round_id",
            "round_id",
            unique=True,
            sqlite_where=text("applied_at is null and dropped_at is null"),
            postgresql_where=text("applied_at is null and dropped_at is null"),
        ),
        CheckConstraint("board_by_id is null or civil_by_id is null or board_by_id <> civil_by_id", name="two_people"),
        CheckConstraint(
            "applied_at is null or (board_at is not null and civil_at is not null)", name="applied_when_signed"
        ),
    )

    id: Mapped[uuid.UUID] = id_column()
    round_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("round.id"))
    told: Mapped[dict[str, Any]]
    digest: Mapped[str] = mapped_column(String(64))
    reason: Mapped[str] = mapped_column(String(1000))
    proposed_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    proposed_at: Mapped[datetime]
    board_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    board_at: Mapped[datetime | None]
    civil_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    civil_at: Mapped[datetime | None]
    applied_at: Mapped[datetime | None]
    dropped_at: Mapped[datetime | None]


class SetUp(Base):
    """How a round is staffed: its role table, and for each duty how many hours a week it needs.

    `told` holds `lines`, each with work, does, decides, advises and told, and `hours` by the value of the duty.
    """

    __tablename__ = "set_up"

    round_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("round.id"), primary_key=True)
    told: Mapped[dict[str, Any]]
    example: Mapped[str] = mapped_column(String(40), default="")  # from which example it was copied
    written_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    written_at: Mapped[datetime]


class GateKind(Worded):
    """A moment at which board and civil service decide together whether a round goes on."""

    P0 = "p0", N_("the mandate")
    P1 = "p1", N_("opening the round")
    P2 = "p2", N_("outcomes and telling people")
    P3 = "p3", N_("releasing the draft for review")
    P4 = "p4", N_("the answers to formal views")
    P5 = "p5", N_("the decision")

    @property
    def code(self) -> str:
        """How people call it."""
        return self.value.upper()


# Which phases a gate lets start; P0 lets the round itself be opened.
RELEASES: dict[GateKind, frozenset[PhaseKind]] = {
    GateKind.P0: frozenset(),
    GateKind.P1: frozenset({PhaseKind.COLLECT, PhaseKind.PRIORITISE, PhaseKind.SYNTHESISE}),
    GateKind.P2: frozenset({PhaseKind.FEEDBACK, PhaseKind.DRAFT}),
    GateKind.P3: frozenset({PhaseKind.FORMAL_REVIEW, PhaseKind.ANSWER}),
    GateKind.P4: frozenset({PhaseKind.DECIDE}),
    GateKind.P5: frozenset({PhaseKind.EVALUATE}),
}


class Side(Worded):
    """One of the two who sign at a gate."""

    BOARD = "board", N_("board")
    CIVIL = "civil", N_("civil service")

    @property
    def duty(self) -> Duty:
        """Who signs for this side (the role table of the round)."""
        return Duty.BOARD_SPONSOR if self is Side.BOARD else Duty.OFFICIAL_SPONSOR


class Cause(Worded):
    """Why a sign-off counts no more."""

    CHANGED = "changed", N_("what was signed was changed since")
    WITHDRAWN = "withdrawn", N_("taken back by who signed")
    OVERRIDDEN = "overridden", N_("it was decided otherwise about what is lacking")


class Gate(Base):
    """One gate of a round; without `passed_at` it is shut, from `started_at` on it is behind us.

    `asked_at`: signatures were asked, with the questions that are open. An override lets it pass although
    something is lacking: `override_covers` names exactly what, and everybody reads that with the reason; anything
    else that comes to lack shuts the gate again. `override_lacks` holds the sentences of gates without such names.
    """

    __tablename__ = "gate"
    __table_args__ = (
        UniqueConstraint("round_id", "kind"),
        CheckConstraint("started_at is null or passed_at is not null", name="passed_first"),
        CheckConstraint("(overridden_at is null) = (override_reason = '')", name="overridden_with_a_reason"),
    )

    id: Mapped[uuid.UUID] = id_column()
    round_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("round.id"))
    kind: Mapped[GateKind] = mapped_column(words_of(GateKind))
    made_at: Mapped[datetime]
    asked_at: Mapped[datetime | None]
    asked_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    questions: Mapped[str] = mapped_column(Text, default="")
    override_reason: Mapped[str] = mapped_column(String(1000), default="")
    override_lacks: Mapped[list[str]] = mapped_column(default=list)
    override_covers: Mapped[list[str]] = mapped_column(default=list, server_default="[]")
    overridden_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    overridden_at: Mapped[datetime | None]
    passed_at: Mapped[datetime | None]
    started_at: Mapped[datetime | None]
    started_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))


class SignOff(Base):
    """Somebody agreed, for one side, with exactly one version of a document; `voided_at`: it counts no more.

    `digest` is SHA-256 over what was signed, `document` its number where there are several.
    """

    __tablename__ = "sign_off"
    __table_args__ = (
        Index(
            "uq_sign_off_gate_id_side",
            "gate_id",
            "side",
            unique=True,
            sqlite_where=text("voided_at is null"),
            postgresql_where=text("voided_at is null"),
        ),
        Index(
            "uq_sign_off_gate_id_person_id",
            "gate_id",
            "person_id",
            unique=True,
            sqlite_where=text("voided_at is null"),
            postgresql_where=text("voided_at is null"),
        ),
        CheckConstraint("(voided_at is null) = (cause is null)", name="voided_with_a_cause"),
    )

    id: Mapped[uuid.UUID] = id_column()
    gate_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("gate.id"), index=True)
    side: Mapped[Side] = mapped_column(words_of(Side))
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"), index=True)
    document: Mapped[str] = mapped_column(String(80))
    digest: Mapped[str] = mapped_column(String(64))
    signed_at: Mapped[datetime]
    voided_at: Mapped[datetime | None]
    cause: Mapped[Cause | None] = mapped_column(words_of(Cause))
