"""Tables of tasks, of the conditions under which somebody may take one over, and of requests to do so."""

import uuid
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from consult.director.agreements.models import Agreement, LegalForm
from consult.foundation.db import Base, id_column, words_of
from consult.foundation.db import public_id as new_public_id
from consult.foundation.language import N_, Worded
from consult.participants.models import Organisation
from consult.rounds.models import Round


class Choice(Worded):
    """Who does a task from now on."""

    DO = "do", N_("do it ourselves")
    TOGETHER = "together", N_("do it together")
    OUTSOURCE = "outsource", N_("have it done")
    LET_GO = "let_go", N_("let it go")


class Rung(Worded):
    """How an authority steers (the ladder of the Raad voor het openbaar bestuur, 2012), from least to most."""

    LET_GO = "let_go", N_("let go")
    FACILITATE = "facilitate", N_("make possible")
    STIMULATE = "stimulate", N_("stimulate")
    DIRECT = "direct", N_("direct")
    REGULATE = "regulate", N_("regulate")


class ChallengeState(Worded):
    """How far a request to take a task over is."""

    ASKED = "asked", N_("waits for a decision")
    ACCEPTED = "accepted", N_("accepted")
    REFUSED = "refused", N_("refused")
    WITHDRAWN = "withdrawn", N_("taken back")


class Task(Base):
    """Something that must be done, who does it, and why that choice was made: the record of make or buy.

    `own_cost` and `outside_cost` are euros a year, as far as they are known. What is let go says what the
    authority stops doing, and on which day somebody looks back. `ended_at`: it stands in the register no more.
    """

    __tablename__ = "task"
    __table_args__ = (CheckConstraint("choice <> 'let_go' or (stops <> '' and review_on is not null)", name="let_go"),)

    id: Mapped[uuid.UUID] = id_column()
    public_id: Mapped[str] = mapped_column(String(10), default=new_public_id, unique=True)
    round_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("round.id"), index=True)
    title: Mapped[str] = mapped_column(String(200))
    choice: Mapped[Choice] = mapped_column(words_of(Choice))
    rung: Mapped[Rung] = mapped_column(words_of(Rung))
    because: Mapped[str] = mapped_column(String(1000))
    own_cost: Mapped[Decimal | None]
    outside_cost: Mapped[Decimal | None]
    legal_form: Mapped[LegalForm | None] = mapped_column(words_of(LegalForm))
    stops: Mapped[str] = mapped_column(String(500), default="")
    review_on: Mapped[date | None]
    agreement_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("agreement.id"), index=True)
    written_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    written_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    round: Mapped[Round | None] = relationship(lazy="raise_on_sql")
    agreement: Mapped[Agreement | None] = relationship(lazy="raise_on_sql")


class ChallengeTerms(Base):
    """The conditions that the authority sets to whoever takes a task over, and in how many weeks it answers.

    The row with the highest number holds.
    """

    __tablename__ = "challenge_terms"
    __table_args__ = (CheckConstraint("weeks between 1 and 26", name="weeks"),)

    id: Mapped[uuid.UUID] = id_column()
    number: Mapped[int] = mapped_column(unique=True)
    conditions: Mapped[list[str]]
    weeks: Mapped[int]
    written_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    written_at: Mapped[datetime]


class Challenge(Base):
    """Somebody wants to take a task over: a resident, or an organisation for which they act.

    `conditions` are those that held on the day; `reply_by` is until when the authority decides. What is decided is
    public, with its ground, and with the name of an organisation but never of a person.
    """

    __tablename__ = "challenge"
    __table_args__ = (
        CheckConstraint("(state in ('accepted', 'refused')) = (ground <> '')", name="ground"),
        CheckConstraint("(state = 'accepted') = (task_id is not null)", name="task"),
    )

    id: Mapped[uuid.UUID] = id_column()
    public_id: Mapped[str] = mapped_column(String(10), default=new_public_id, unique=True)
    author_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"), index=True)
    organisation_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    title: Mapped[str] = mapped_column(String(200))
    better: Mapped[str] = mapped_column(Text)
    who: Mapped[str] = mapped_column(Text)
    support: Mapped[str] = mapped_column(Text)
    cost: Mapped[Decimal]
    conditions: Mapped[list[str]]
    asked_at: Mapped[datetime]
    reply_by: Mapped[date]
    state: Mapped[ChallengeState] = mapped_column(words_of(ChallengeState), default=ChallengeState.ASKED, index=True)
    ground: Mapped[str] = mapped_column(String(2000), default="")
    decided_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime | None]
    task_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("task.id"))

    organisation: Mapped[Organisation | None] = relationship(lazy="raise_on_sql")
    task: Mapped[Task | None] = relationship(lazy="raise_on_sql")
