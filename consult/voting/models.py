"""Tables of polls, voters and ballots; none of the last three holds a name or a time."""

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from consult.contributions.models import Channel, Contribution
from consult.foundation.db import Base, id_column, words_of
from consult.foundation.language import N_, Worded
from consult.participants.models import AgeBracket
from consult.rounds.models import Phase, Round


class Method(Worded):
    """How people express themselves in a poll."""

    SUPPORT = "support", N_("for, neutral or against")
    STATEMENTS = "statements", N_("agree, pass or disagree")
    APPROVAL = "approval", N_("approve")
    POINTS = "points", N_("divide points")
    RANKING = "ranking", N_("put in order")
    BUDGET = "budget", N_("spend a budget")


class Choice(Worded):
    """What a mark in a support poll says."""

    FOR = "for", N_("in favour")
    NEUTRAL = "neutral", N_("neutral")
    AGAINST = "against", N_("against")
    NONE = "none", N_("no choice")


class Opinion(Worded):
    """What a mark in a poll of statements says."""

    AGREE = "agree", N_("agree")
    PASS = "pass", N_("pass")
    DISAGREE = "disagree", N_("disagree")
    NONE = "none", N_("no answer")


class Register(Base):
    """The key with which the credentials of one round are hashed.

    Made with the round's first poll and destroyed with the poll keys after the objection term: from then
    on nobody, the keeper of the database included, can tell which account belongs to which voter.
    """

    __tablename__ = "register"

    round_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("round.id"), primary_key=True)
    key: Mapped[bytes | None] = mapped_column(LargeBinary(32))


class Poll(Base):
    """One question put to voters, over options, in one phase."""

    __tablename__ = "poll"

    id: Mapped[uuid.UUID] = id_column()
    round_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("round.id"), index=True)
    phase_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("phase.id"), index=True)
    title: Mapped[str] = mapped_column(String(200))
    method: Mapped[Method] = mapped_column(words_of(Method))
    parameters: Mapped[dict[str, Any]] = mapped_column(default=dict)
    key: Mapped[bytes | None] = mapped_column(LargeBinary(32))  # destroyed after the objection term
    eligible: Mapped[int | None]  # how many could vote, where that is known

    round: Mapped[Round] = relationship(lazy="raise_on_sql")
    phase: Mapped[Phase] = relationship(lazy="raise_on_sql")
    register: Mapped[Register] = relationship(
        primaryjoin="foreign(Poll.round_id) == Register.round_id", viewonly=True, lazy="raise_on_sql"
    )


class ComputedOutcome(Base):
    """The outcomes of a poll as they were computed from its ballots after the close, the deciding one first.

    `input_hash` is SHA-256 over everything that they depend on, `version` that of the rules; from the same ballots
    the same can be computed again at any time. `outdated_at`: other ballots count since, so that it is computed anew.
    """

    __tablename__ = "computed_outcome"

    poll_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("poll.id"), primary_key=True)
    outcomes: Mapped[list[Any]] = mapped_column(JSON)
    input_hash: Mapped[str] = mapped_column(String(64))
    version: Mapped[str] = mapped_column(String(20))
    computed_at: Mapped[datetime]
    outdated_at: Mapped[datetime | None]


class Selection(Base):
    """What the board chose after a poll, as references of options; `reasons` where it is not what the rule selects.

    A later decision replaces an earlier one; both stay.
    """

    __tablename__ = "selection"
    __table_args__ = (
        Index(
            "uq_selection_poll_id",
            "poll_id",
            unique=True,
            sqlite_where=text("replaced_at is null"),
            postgresql_where=text("replaced_at is null"),
        ),
    )

    id: Mapped[uuid.UUID] = id_column()
    poll_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("poll.id"))
    selected: Mapped[list[Any]] = mapped_column(JSON)
    reasons: Mapped[dict[str, Any]]
    decided_on: Mapped[date]
    recorded_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"), index=True)
    recorded_at: Mapped[datetime]
    replaced_at: Mapped[datetime | None]


class Option(Base):
    """One thing that can be voted on.

    `merged_into_id` points to the option that replaces it while the poll runs; after the close it
    never changes, so that a later merge cannot change a finished count.
    """

    __tablename__ = "option"
    __table_args__ = (UniqueConstraint("poll_id", "contribution_id"), UniqueConstraint("poll_id", "reference"))

    id: Mapped[uuid.UUID] = id_column()
    poll_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("poll.id"))
    contribution_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("contribution.id"), index=True)
    reference: Mapped[str] = mapped_column(String(40))  # the source's id, or the contribution's public one
    cost: Mapped[int | None] = mapped_column(BigInteger)  # in cents; some currencies count in millions
    merged_into_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("option.id"))

    poll: Mapped[Poll] = relationship(lazy="raise_on_sql")
    contribution: Mapped[Contribution] = relationship(lazy="raise_on_sql")

    @property
    def round_id(self) -> uuid.UUID:
        """The round that it is voted on in; `poll` is loaded."""
        return self.poll.round_id

    @property
    def stands(self) -> bool:
        """Whether it can be voted on itself."""
        return self.merged_into_id is None


class Voter(Base):
    """One person in one round, of whom nothing else is known here.

    `reference`: the number that a public data set gave them, of voters who came with one; of others there is none.
    `area_code`: to which neighbourhood the letter went, of voters who came with the code in one.
    """

    __tablename__ = "voter"

    id: Mapped[uuid.UUID] = id_column()
    round_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("round.id"), index=True)
    reference: Mapped[str | None] = mapped_column(String(100))
    area_code: Mapped[str | None] = mapped_column(String(20))


class Credential(Base):
    """A way in which one voter can be recognised: a keyed hash of an account, a code, a register entry."""

    __tablename__ = "credential"
    __table_args__ = (UniqueConstraint("round_id", "hash"),)

    id: Mapped[uuid.UUID] = id_column()
    round_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("round.id"))
    hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    voter_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("voter.id", deferrable=True, initially="DEFERRED"))


class CodeBatch(Base):
    """Letter codes that were issued together, for the letters to one area, or people put on a list together.

    `area_code` is empty for people on a list whose neighbourhood is not known.
    """

    __tablename__ = "code_batch"
    __table_args__ = (UniqueConstraint("round_id", "number"),)

    id: Mapped[uuid.UUID] = id_column()
    round_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("round.id"))
    number: Mapped[int]
    area_code: Mapped[str] = mapped_column(String(20))
    issued_at: Mapped[datetime]

    round: Mapped[Round] = relationship(lazy="raise_on_sql")


class LetterCode(Base):
    """One place in an electorate: a code in a letter, known by a keyed hash alone; `serial` stands beside it.

    In a round with a list `serial` is somebody's number on it, and the hash is one of their e-mail address under the
    key of the round, or chance where they have none. It holds the day of its use and no moment, for moments could be
    laid beside those of votes in the journal; what leads from it to a voter is a credential. `replaced_at`: another
    code took its place, or it was taken from the list. `on_paper`: used for ballots on paper, it opens nothing online.
    `is_list`: on the list. What was made for another way of checking than the round asks for now counts for nothing.
    """

    __tablename__ = "letter_code"
    __table_args__ = (UniqueConstraint("round_id", "hash"), UniqueConstraint("round_id", "is_list", "serial"))

    id: Mapped[uuid.UUID] = id_column()
    round_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("round.id"))
    batch_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("code_batch.id"), index=True)
    is_list: Mapped[bool] = mapped_column(default=False, server_default=false())
    serial: Mapped[int]
    hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    used_on: Mapped[date | None]
    on_paper: Mapped[bool] = mapped_column(default=False, server_default=false())
    replaced_at: Mapped[datetime | None]

    batch: Mapped[CodeBatch] = relationship(lazy="raise_on_sql")


class Ballot(Base):
    """What one voter says in one poll; `tag` is HMAC(poll key, voter id).

    `changes` counts the changes; `minute` (of the hour) and `in_minute` carry the limit on changes. Channel, area and
    age are those of the day on which it was made, or entered again on paper, so that what is told does not drift.
    """

    __tablename__ = "ballot"
    __table_args__ = (UniqueConstraint("poll_id", "tag"),)

    id: Mapped[uuid.UUID] = id_column()
    poll_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("poll.id"))
    tag: Mapped[bytes] = mapped_column(LargeBinary(32))
    changes: Mapped[int] = mapped_column(default=1)
    minute: Mapped[int] = mapped_column(default=0)
    in_minute: Mapped[int] = mapped_column(default=0)
    channel: Mapped[Channel] = mapped_column(
        words_of(Channel), default=Channel.ONLINE, server_default=Channel.ONLINE.value
    )
    area_code: Mapped[str | None] = mapped_column(String(20))
    age: Mapped[AgeBracket] = mapped_column(
        words_of(AgeBracket), default=AgeBracket.UNKNOWN, server_default=AgeBracket.UNKNOWN.value
    )


class Mark(Base):
    """What a ballot says of one option: an integer whose meaning the method gives; null is no choice.

    `counter` is the ballot's `changes` when it was set, so the highest is the latest.
    `salt` opens the commitment that the journal holds.
    """

    __tablename__ = "mark"
    __table_args__ = (
        UniqueConstraint("ballot_id", "option_id"),
        Index("ix_mark_option_id_value_ballot_id", "option_id", "value", "ballot_id"),  # a tally reads this alone
    )

    id: Mapped[uuid.UUID] = id_column()
    ballot_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("ballot.id"))
    option_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("option.id"))
    value: Mapped[int | None]
    counter: Mapped[int] = mapped_column(default=1)
    salt: Mapped[bytes | None] = mapped_column(LargeBinary(32))


class UnfinishedBallot(Base):
    """Somebody looked a ballot over, who is told once, shortly before the close, when it was not cast until then.

    `hash` is that of an account under the key of the round; what the ballot said is not here. Gone after the close.
    """

    __tablename__ = "unfinished_ballot"

    poll_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("poll.id"), primary_key=True)
    hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    began_on: Mapped[date]


class PaperBallot(Base):
    """One ballot on paper in one poll, typed by one person; it counts when a second one has looked at it.

    What it says, and whose letter it came with, stands here only until then: from that moment it is a ballot like
    any other, and no row leads from one to the other. `number` is written on the paper itself. One that is put
    aside does not count, and says why; one that nobody had looked at when the poll closed says nothing any more.
    """

    __tablename__ = "paper_ballot"
    __table_args__ = (
        UniqueConstraint("poll_id", "number"),
        UniqueConstraint("poll_id", "letter_id"),
        CheckConstraint("checked_by_id is null or checked_by_id <> entered_by_id", name="second_person"),
        CheckConstraint("(marks is null) = (letter_id is null)", name="waiting"),
    )

    id: Mapped[uuid.UUID] = id_column()
    poll_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("poll.id"))
    number: Mapped[int]
    channel: Mapped[Channel] = mapped_column(words_of(Channel))
    letter_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("letter_code.id"), index=True)
    marks: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    entered_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"), index=True)
    entered_on: Mapped[date]
    checked_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"), index=True)
    checked_on: Mapped[date | None]
    aside_because: Mapped[str | None] = mapped_column(String(300))

    poll: Mapped[Poll] = relationship(lazy="raise_on_sql")
    letter: Mapped[LetterCode | None] = relationship(lazy="raise_on_sql")

    @property
    def round_id(self) -> uuid.UUID:
        """The round of its poll, which is loaded."""
        return self.poll.round_id

    @property
    def waits(self) -> bool:
        """Whether a second person has still to look at it."""
        return self.marks is not None


class BallotNetwork(Base):
    """From which network a ballot first came, and in which ten minutes: for two days, longer only in doubt.

    The hash is keyed, and another one each day, so that nobody is followed from one day to the next.
    """

    __tablename__ = "ballot_network"

    ballot_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("ballot.id"), primary_key=True)
    poll_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("poll.id"), index=True)
    network: Mapped[bytes] = mapped_column(LargeBinary(32))
    stretch: Mapped[int] = mapped_column(BigInteger, index=True)


class Invalidation(Base):
    """That some ballots of a poll do not count: one person proposes it, a second one decides; the reason is public.

    `lifted_at`: the ballots count again; without a reason because the paper was entered again.
    `salt` opens the commitment to these ballots that the journal holds.
    """

    __tablename__ = "invalidation"
    __table_args__ = (
        UniqueConstraint("poll_id", "number"),
        CheckConstraint("decided_by_id is null or decided_by_id <> proposed_by_id", name="second_person"),
        CheckConstraint("(decided_at is null) = (is_confirmed is null)", name="decided"),
        CheckConstraint("lifted_at is null or is_confirmed", name="lifted"),
    )

    id: Mapped[uuid.UUID] = id_column()
    poll_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("poll.id"))
    number: Mapped[int]
    reason: Mapped[str] = mapped_column(String(500))
    proposed_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"), index=True)
    proposed_at: Mapped[datetime]
    decided_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"), index=True)
    decided_at: Mapped[datetime | None]
    is_confirmed: Mapped[bool | None]
    lifted_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"), index=True)
    lifted_at: Mapped[datetime | None]
    lift_reason: Mapped[str] = mapped_column(String(500), default="", server_default="")
    salt: Mapped[bytes | None] = mapped_column(LargeBinary(32))

    poll: Mapped[Poll] = relationship(lazy="raise_on_sql")

    @property
    def round_id(self) -> uuid.UUID:
        """The round of its poll, which is loaded."""
        return self.poll.round_id

    @property
    def holds(self) -> bool:
        """Whether its ballots do not count now."""
        return bool(self.is_confirmed) and self.lifted_at is None


class InvalidBallot(Base):
    """One ballot that an invalidation is about."""

    __tablename__ = "invalid_ballot"

    invalidation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("invalidation.id"), primary_key=True)
    ballot_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("ballot.id"), primary_key=True, index=True)
