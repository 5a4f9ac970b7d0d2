"""Tables of the authority, its areas, rounds and phases."""

import uuid
from datetime import date, datetime

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    and_,
    false,
)
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, relationship

from consult.foundation.db import Base, id_column, words_of
from consult.foundation.language import N_, Worded
from consult.policy import Act, Duty


class AuthorityKind(Worded):
    """What kind of authority runs the platform; decides what its organs are called."""

    MUNICIPALITY = "municipality", N_("municipality")
    PROVINCE = "province", N_("province")
    WATER_AUTHORITY = "water_authority", N_("water authority")


class Organ(Worded):
    """What stands in every authority; how it is called follows from the kind of authority (`translations/nl.…`)."""

    COUNCIL = "council", N_("the council")
    EXECUTIVE = "executive", N_("the executive")
    MEMBER = "member", N_("a member of the executive")
    CLERK = "clerk", N_("the clerk of the council")


class Authority(Base):
    """The one public body whose installation this is."""

    __tablename__ = "authority"

    id: Mapped[uuid.UUID] = id_column()
    name: Mapped[str] = mapped_column(String(120))
    kind: Mapped[AuthorityKind] = mapped_column(words_of(AuthorityKind))
    code: Mapped[str] = mapped_column(String(20), unique=True)
    population: Mapped[int | None]
    council: Mapped[str] = mapped_column(String(80), default="")
    executive: Mapped[str] = mapped_column(String(80), default="")
    contact_email: Mapped[str] = mapped_column(String(254), default="")
    contact_phone: Mapped[str] = mapped_column(String(40), default="")
    contact_desk: Mapped[str] = mapped_column(String(200), default="")
    ordinance: Mapped[str] = mapped_column(String(200), default="")  # on participation (Gemeentewet 150 and the like)
    ordinance_on: Mapped[date | None]  # the day on which it was adopted
    ordinance_url: Mapped[str] = mapped_column(String(500), default="", server_default="")

    @property
    def is_ruled(self) -> bool:
        """Whether it is known which ordinance says how people take part: its title and its day (L01)."""
        return bool(self.ordinance) and self.ordinance_on is not None


class Area(Base):
    """A district or neighbourhood, by its code of the statistics office."""

    __tablename__ = "area"

    code: Mapped[str] = mapped_column(String(20), primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    parent_code: Mapped[str | None] = mapped_column(ForeignKey("area.code"))
    population: Mapped[int | None]
    ages: Mapped[list[str]] = mapped_column(default=list)  # inhabitants per age bracket, youngest first


class Level(Worded):
    """The participation level, and with it what is promised."""

    INFORM = "inform", N_("to be informed")
    CONSULT = "consult", N_("to be consulted")
    ADVISE = "advise", N_("to advise")
    CO_PRODUCE = "co_produce", N_("to make it together")
    CO_DECIDE = "co_decide", N_("to decide together")


class RoundState(Worded):
    """Where a round is in its life."""

    DRAFT = "draft", N_("in preparation")
    OPEN = "open", N_("open")
    CLOSED = "closed", N_("closed")


class Verification(Worded):
    """How it is checked who takes part; printed beside every result."""

    NONE = "none", N_("an account, address not checked")
    EMAIL = "email", N_("one account per e-mail address, confirmed by a link")
    EMAIL_PLUS_AREA = "email_plus_area", N_("one account per confirmed e-mail address, area as people told it")
    LETTER_CODE = "letter_code", N_("a code by letter, good for one person")
    LIST = "list", N_("a list of people made beforehand, each good for one person")
    EID = "eid", N_("a national sign-in")
    IMPORTED = "imported", N_("as the source of the data checked it")


class PhaseKind(Worded):
    """What a phase is for."""

    PREPARE = "prepare", N_("prepare")
    COLLECT = "collect", N_("collect ideas")
    PRIORITISE = "prioritise", N_("vote")
    SYNTHESISE = "synthesise", N_("sort and weigh")
    FEEDBACK = "feedback", N_("tell what became of it")
    DRAFT = "draft", N_("write the draft")
    FORMAL_REVIEW = "formal_review", N_("formal review")
    ANSWER = "answer", N_("answer the formal views")
    DECIDE = "decide", N_("decide")
    EVALUATE = "evaluate", N_("evaluate")


# Acts of participants that need an open phase of a kind that takes them.
PHASE_ACTS: dict[Act, frozenset[PhaseKind]] = {
    Act.SUBMIT_PROPOSAL: frozenset({PhaseKind.COLLECT}),
    Act.EDIT_PROPOSAL: frozenset({PhaseKind.COLLECT}),
    Act.WITHDRAW_PROPOSAL: frozenset({PhaseKind.COLLECT}),
    Act.INVITE_CO_AUTHOR: frozenset({PhaseKind.COLLECT}),
    Act.ANSWER_INVITATION: frozenset({PhaseKind.COLLECT}),
    Act.ATTACH_FILE: frozenset({PhaseKind.COLLECT}),
    Act.REMOVE_FILE: frozenset({PhaseKind.COLLECT}),
    Act.ADD_ARGUMENT: frozenset({PhaseKind.COLLECT, PhaseKind.PRIORITISE}),
    Act.MARK_HELPFUL: frozenset({PhaseKind.COLLECT, PhaseKind.PRIORITISE}),
    Act.CAST_VOTE: frozenset({PhaseKind.PRIORITISE}),
    Act.ADD_STATEMENT: frozenset({PhaseKind.PRIORITISE}),
    # Its members have to decide first, which takes weeks; and whoever sorts and weighs must have read it.
    Act.SUBMIT_POSITION: frozenset({PhaseKind.COLLECT, PhaseKind.PRIORITISE}),
    Act.CO_SIGN: frozenset({PhaseKind.COLLECT, PhaseKind.PRIORITISE}),
    # While the draft is written. In a formal review people respond formally, so that each gets a formal answer.
    Act.ADD_REMARK: frozenset({PhaseKind.FEEDBACK, PhaseKind.DRAFT}),
    Act.WITHDRAW_REMARK: frozenset({PhaseKind.FEEDBACK, PhaseKind.DRAFT}),
}


class Round(Base):
    """One question that the authority puts to people, from opening to evaluation."""

    __tablename__ = "round"

    id: Mapped[uuid.UUID] = id_column()
    slug: Mapped[str] = mapped_column(String(80), unique=True)
    title: Mapped[str] = mapped_column(String(200))
    question: Mapped[str] = mapped_column(String(300))
    introduction: Mapped[str] = mapped_column(Text, default="")
    introduction_html: Mapped[str] = mapped_column(Text, default="")
    can_influence: Mapped[list[str]] = mapped_column(default=list)
    cannot_influence: Mapped[list[str]] = mapped_column(default=list)
    level: Mapped[Level] = mapped_column(words_of(Level), default=Level.CONSULT)
    level_reason: Mapped[str] = mapped_column(String(400), default="")
    decider: Mapped[str] = mapped_column(String(200), default="")
    verification: Mapped[Verification] = mapped_column(words_of(Verification), default=Verification.EMAIL)
    identity_ground: Mapped[str] = mapped_column(String(400), default="", server_default="")  # of a national sign-in
    identity_officer: Mapped[str] = mapped_column(String(120), default="", server_default="")  # who looked at it
    state: Mapped[RoundState] = mapped_column(words_of(RoundState), default=RoundState.DRAFT)
    holds_first: Mapped[bool] = mapped_column(default=True)  # input waits for a moderator before it is public
    contact_name: Mapped[str] = mapped_column(String(120), default="")
    contact_email: Mapped[str] = mapped_column(String(254), default="")
    contact_phone: Mapped[str] = mapped_column(String(40), default="")
    has_gates: Mapped[bool] = mapped_column(default=False, server_default=false())  # its phases wait for sign-offs
    has_commitments: Mapped[bool] = mapped_column(default=False, server_default=false())  # the board promised something
    has_statements: Mapped[bool] = mapped_column(default=False, server_default=false())  # people answer statements
    is_practice: Mapped[bool] = mapped_column(default=False, server_default=false())  # invented; for good
    source_note: Mapped[str] = mapped_column(Text, default="")  # where imported data came from, licence
    created_at: Mapped[datetime]
    opened_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]  # since the final decision was recorded, nothing that it rests on moves

    phases: Mapped[list["Phase"]] = relationship(back_populates="round", order_by="Phase.opens_at", lazy="raise_on_sql")
    themes: Mapped[list["Theme"]] = relationship(order_by="Theme.position", lazy="raise_on_sql")

    @property
    def round_id(self) -> uuid.UUID:
        """Its own id, so that a round is a subject of its own acts."""
        return self.id

    @property
    def offered_themes(self) -> list["Theme"]:
        """The themes that can be given to something new; `themes` is loaded."""
        return [theme for theme in self.themes if theme.retired_at is None]

    @hybrid_property
    def is_public(self) -> bool:
        """Whether anyone may read it; every list, page, feed, export and message asks here."""
        return self.state is not RoundState.DRAFT and not self.is_practice

    @is_public.inplace.expression
    @classmethod
    def _is_public_in_sql(cls) -> ColumnElement[bool]:
        return and_(cls.state != RoundState.DRAFT, cls.is_practice.is_(False))

    @property
    def is_decided(self) -> bool:
        """Whether the decision was taken, so that outcomes are final; until then they are provisional."""
        return self.decided_at is not None


class Revision(Base):
    """How often what the public sees of a round has changed; a row of its own, bumped last."""

    __tablename__ = "revision"

    round_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("round.id"), primary_key=True)
    number: Mapped[int] = mapped_column(default=1)


class Phase(Base):
    """A stretch of a round with its own purpose: open from `opens_at` up to but not at `closes_at`.

    `first_day` and `last_day` are the local days as people read them, in `zone`; the last one counts whole.
    `cleared_at`: its gate let it start. `closing_at`: closing by hand began. `closed_at`: it is final.
    """

    __tablename__ = "phase"
    __table_args__ = (
        UniqueConstraint("round_id", "position"),
        CheckConstraint("opens_at < closes_at", name="order"),
        Index("ix_phase_round_id_opens_at", "round_id", "opens_at"),
    )

    id: Mapped[uuid.UUID] = id_column()
    round_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("round.id"))
    position: Mapped[int]
    kind: Mapped[PhaseKind] = mapped_column(words_of(PhaseKind))
    name: Mapped[str] = mapped_column(String(80))
    first_day: Mapped[date]
    last_day: Mapped[date]
    zone: Mapped[str] = mapped_column(String(40), default="Europe/Amsterdam")
    opens_at: Mapped[datetime]
    closes_at: Mapped[datetime]
    cleared_at: Mapped[datetime | None]
    closing_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]

    round: Mapped[Round] = relationship(back_populates="phases", lazy="raise_on_sql")


class Theme(Base):
    """A subject within a round, with which contributions are coded; a retired one stays where it was given."""

    __tablename__ = "theme"
    __table_args__ = (UniqueConstraint("round_id", "code"),)

    id: Mapped[uuid.UUID] = id_column()
    round_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("round.id"), index=True)
    position: Mapped[int]
    code: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(120))
    statement: Mapped[str] = mapped_column(String(300), default="")
    meaning: Mapped[str] = mapped_column(String(600), default="", server_default="")  # what coders read
    retired_at: Mapped[datetime | None]


class Appointment(Base):
    """A member of staff has a duty in a round."""

    __tablename__ = "appointment"
    __table_args__ = (UniqueConstraint("round_id", "person_id", "duty"),)

    id: Mapped[uuid.UUID] = id_column()
    round_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("round.id"), index=True)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"), index=True)
    duty: Mapped[Duty] = mapped_column(words_of(Duty))
    hours: Mapped[int | None]  # a week
    is_deputy: Mapped[bool] = mapped_column(default=False, server_default=false())  # stands in for who has it
    appointed_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
