"""Tables of the playing field: parties and what we think of them, what partners offer, reach, and advice."""

import uuid
from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column, relationship

from consult.foundation.db import Base, id_column, words_of
from consult.foundation.db import public_id as new_public_id
from consult.foundation.language import N_, Worded
from consult.participants.models import Organisation
from consult.rounds.models import Round


class PartyKind(Worded):
    """From where a party comes into the round; a kind of which there is none is a question."""

    POLICY_CHAIN = "policy_chain", N_("carries out the policy with us")
    TARGET_GROUP = "target_group", N_("lives or works with it")
    INTERNAL = "internal", N_("inside our own organisation")
    GRASS_ROOTS = "grass_roots", N_("started by residents themselves")
    AUTHORITY = "authority", N_("another authority")
    MEDIA = "media", N_("press and media")


class Ring(Worded):
    """How close a party comes to the decision (Factor C: rings of influence), the closest first."""

    DECIDE = "decide", N_("decides with us")
    WORK = "work", N_("works with us")
    THINK = "think", N_("thinks along")
    KNOW = "know", N_("is kept informed")


class Shared(Worded):
    """How far a party wants what we want (the colours of Factor C: green, orange, red, and black for not known)."""

    YES = "yes", N_("shares our interest")
    PARTLY = "partly", N_("shares it in part")
    NO = "no", N_("has another interest")
    UNKNOWN = "unknown", N_("interest not known")


class RelationKind(Worded):
    """What one party is to another."""

    WORKS_WITH = "works_with", N_("works with")
    FUNDS = "funds", N_("pays for")
    REPRESENTS = "represents", N_("speaks for")
    CONFLICT = "conflict", N_("is in conflict with")


class Side(Worded):
    """Whether a partner has something or looks for it."""

    OFFERS = "offers", N_("offers")
    SEEKS = "seeks", N_("looks for")


class ReachKind(Worded):
    """By what people are counted who took part."""

    AREA = "area", N_("neighbourhood")
    AGE = "age", N_("age")


class Party(Base):
    """Somebody who plays a part in a round: an organisation that takes part here, or only a name; a round has it once.

    Everybody can read that it is there. `left_at`: it was taken off the map, and stays on older ones.
    """

    __tablename__ = "party"
    __table_args__ = (
        UniqueConstraint("round_id", "name"),
        UniqueConstraint("round_id", "organisation_id"),
    )

    id: Mapped[uuid.UUID] = id_column()
    round_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("round.id"))
    organisation_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    name: Mapped[str] = mapped_column(String(120))
    kind: Mapped[PartyKind] = mapped_column(words_of(PartyKind))
    note: Mapped[str] = mapped_column(String(500), default="")  # for who works on the round
    added_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    added_at: Mapped[datetime]
    left_at: Mapped[datetime | None]

    organisation: Mapped[Organisation | None] = relationship(lazy="raise_on_sql")


class Assessment(Base):
    """What one person thought of a party in one phase; written over until the next phase, and never after that.

    `influence` and `interest` go from 1 to 10, `attitude` from -2 to 2. Power, legitimacy and urgency are those
    of Mitchell, Agle and Wood (1997). The three rings: where it is, where it wants to be, where we want it.
    """

    __tablename__ = "assessment"
    __table_args__ = (
        UniqueConstraint("party_id", "phase_id", "assessor_id"),
        CheckConstraint("influence between 1 and 10", name="influence"),
        CheckConstraint("interest between 1 and 10", name="interest"),
        CheckConstraint("attitude between -2 and 2", name="attitude"),
    )

    id: Mapped[uuid.UUID] = id_column()
    party_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("party.id"))
    phase_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("phase.id"), index=True)
    assessor_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"), index=True)
    influence: Mapped[int]
    interest: Mapped[int]
    attitude: Mapped[int]
    has_power: Mapped[bool]
    is_legitimate: Mapped[bool]
    is_urgent: Mapped[bool]
    shared: Mapped[Shared] = mapped_column(words_of(Shared), default=Shared.UNKNOWN, server_default="unknown")
    ring: Mapped[Ring] = mapped_column(words_of(Ring))
    ring_wanted: Mapped[Ring | None] = mapped_column(words_of(Ring, "ring_wanted"))
    ring_ours: Mapped[Ring | None] = mapped_column(words_of(Ring, "ring_ours"))
    note: Mapped[str] = mapped_column(String(1000), default="")
    assessed_at: Mapped[datetime]

    party: Mapped[Party] = relationship(lazy="raise_on_sql")


class Relation(Base):
    """What a party is to another one, with where we know that from; `ended_at`: it no longer is."""

    __tablename__ = "relation"
    __table_args__ = (
        Index(
            "uq_relation_one_id_other_id_kind_held",
            "one_id",
            "other_id",
            "kind",
            unique=True,
            sqlite_where=sql("ended_at is null"),
            postgresql_where=sql("ended_at is null"),
        ),
    )

    id: Mapped[uuid.UUID] = id_column()
    one_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("party.id"))
    other_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("party.id"), index=True)
    kind: Mapped[RelationKind] = mapped_column(words_of(RelationKind))
    source: Mapped[str] = mapped_column(String(200))
    seen_on: Mapped[date]
    noted_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    noted_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    one: Mapped[Party] = relationship(lazy="raise_on_sql", foreign_keys=[one_id])
    other: Mapped[Party] = relationship(lazy="raise_on_sql", foreign_keys=[other_id])


class Unorganised(Base):
    """The answer, for one phase, to the question who is affected and not organised."""

    __tablename__ = "unorganised"
    __table_args__ = (UniqueConstraint("phase_id"),)

    id: Mapped[uuid.UUID] = id_column()
    phase_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("phase.id"))
    text: Mapped[str] = mapped_column(String(1000))
    written_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    written_at: Mapped[datetime]


class Offer(Base):
    """One thing that an organisation offers or looks for, in a few words of its own."""

    __tablename__ = "offer"
    __table_args__ = (UniqueConstraint("organisation_id", "side", "tag"),)

    id: Mapped[uuid.UUID] = id_column()
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisation.id"))
    side: Mapped[Side] = mapped_column(words_of(Side))
    tag: Mapped[str] = mapped_column(String(60))
    position: Mapped[int]


class PartnerText(Base):
    """What an organisation tells as a partner: what came of its work, and a good example, in its own words."""

    __tablename__ = "partner_text"

    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    results: Mapped[str] = mapped_column(Text, default="")
    practice: Mapped[str] = mapped_column(Text, default="")
    written_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    written_at: Mapped[datetime]


class Introduction(Base):
    """The director wants two organisations to meet; `outcome` is what came of it, once somebody asked."""

    __tablename__ = "introduction"

    id: Mapped[uuid.UUID] = id_column()
    public_id: Mapped[str] = mapped_column(String(10), default=new_public_id, unique=True)
    round_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("round.id"), index=True)
    reason: Mapped[str] = mapped_column(String(1000))
    proposed_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    proposed_at: Mapped[datetime]
    outcome: Mapped[str] = mapped_column(String(500), default="")
    outcome_at: Mapped[datetime | None]

    round: Mapped[Round] = relationship(lazy="raise_on_sql")
    sides: Mapped[list["IntroductionSide"]] = relationship(lazy="raise_on_sql")

    @property
    def is_made(self) -> bool:
        """Whether both said yes: only then each reads whom they can reach at the other."""
        return len(self.sides) == 2 and all(one.accepts for one in self.sides)

    @property
    def is_refused(self) -> bool:
        """Whether one of them said no."""
        return any(one.accepts is False for one in self.sides)

    @property
    def is_waiting(self) -> bool:
        """Whether an answer can still bring them together: nobody said no, and nobody closed it."""
        return not (self.is_made or self.is_refused or self.outcome_at is not None)


class IntroductionSide(Base):
    """One of the two organisations of an introduction, and what it said."""

    __tablename__ = "introduction_side"
    __table_args__ = (UniqueConstraint("introduction_id", "organisation_id"),)

    id: Mapped[uuid.UUID] = id_column()
    introduction_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("introduction.id"))
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisation.id"), index=True)
    accepts: Mapped[bool | None]
    answered_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    answered_at: Mapped[datetime | None]

    organisation: Mapped[Organisation] = relationship(lazy="raise_on_sql")
    contact: Mapped["IntroductionContact | None"] = relationship(lazy="raise_on_sql", uselist=False)


class IntroductionContact(Base):
    """Whom the other organisation can reach, as somebody wrote who said yes; it goes with that person."""

    __tablename__ = "introduction_contact"

    side_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("introduction_side.id"), primary_key=True)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"), index=True)
    words: Mapped[str] = mapped_column(String(300))


class ReachCount(Base):
    """How many people of one group took part in a round, as staff counted it; an empty code: it is not known."""

    __tablename__ = "reach_count"
    __table_args__ = (
        UniqueConstraint("round_id", "kind", "code"),
        CheckConstraint("people >= 0", name="people"),
    )

    id: Mapped[uuid.UUID] = id_column()
    round_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("round.id"))
    kind: Mapped[ReachKind] = mapped_column(words_of(ReachKind))
    code: Mapped[str] = mapped_column(String(20))
    people: Mapped[int]
    source: Mapped[str] = mapped_column(String(200))
    counted_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    counted_at: Mapped[datetime]


class Outreach(Base):
    """Something that is done to reach a group that takes part little; `reached` is how many people it reached."""

    __tablename__ = "outreach"
    __table_args__ = (
        CheckConstraint("(done_on is null) = (reached is null)", name="done"),
        CheckConstraint("reached is null or reached >= 0", name="reached"),
    )

    id: Mapped[uuid.UUID] = id_column()
    round_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("round.id"), index=True)
    kind: Mapped[ReachKind] = mapped_column(words_of(ReachKind))
    code: Mapped[str] = mapped_column(String(20))
    what: Mapped[str] = mapped_column(String(300))
    planned_on: Mapped[date]
    started_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    started_at: Mapped[datetime]
    done_on: Mapped[date | None]
    reached: Mapped[int | None]
    note: Mapped[str] = mapped_column(String(500), default="")


class AdviceRequest(Base):
    """A party inside our own organisation is asked for advice by a day; `waived_because`: we go on without it."""

    __tablename__ = "advice_request"
    __table_args__ = (
        CheckConstraint("(waived_at is null) = (waived_because = '')", name="waived"),
        CheckConstraint("(answered_on is null) = (advice = '')", name="answered"),
    )

    id: Mapped[uuid.UUID] = id_column()
    round_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("round.id"), index=True)
    party_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("party.id"))
    question: Mapped[str] = mapped_column(String(1000))
    due_on: Mapped[date]
    asked_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    asked_at: Mapped[datetime]
    advice: Mapped[str] = mapped_column(Text, default="")
    answered_on: Mapped[date | None]
    noted_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    waived_because: Mapped[str] = mapped_column(String(500), default="")
    waived_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    waived_at: Mapped[datetime | None]

    party: Mapped[Party] = relationship(lazy="raise_on_sql")

    @property
    def is_open(self) -> bool:
        """Whether it still waits: nobody answered, and nobody said that it goes on without."""
        return self.answered_on is None and self.waived_at is None
