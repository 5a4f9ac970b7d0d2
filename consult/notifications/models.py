"""Tables of what people want to hear, and what they follow."""

import uuid
from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from consult.foundation.db import Base, words_of
from consult.foundation.language import N_, Worded


class Topic(Worded):
    """What a message is about, as people choose by it how often they hear of it."""

    OWN = "own", N_("What I sent in")
    FOLLOWED = "followed", N_("Rounds and proposals that I follow")
    ORGANISATION = "organisation", N_("For my organisation")
    WORK = "work", N_("For my work")


class Cadence(Worded):
    """How often somebody hears of a topic."""

    IMMEDIATELY = "immediately", N_("at once")
    DAILY = "daily", N_("once a day, in one message")
    WEEKLY = "weekly", N_("once a week, in one message")
    NONE = "none", N_("never")


class MessageChoice(Base):
    """How often one person wants to hear of one topic; without a row the topic's own default holds."""

    __tablename__ = "message_choice"

    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"), primary_key=True)
    topic: Mapped[Topic] = mapped_column(words_of(Topic), primary_key=True)
    cadence: Mapped[Cadence] = mapped_column(words_of(Cadence))


class FollowedRound(Base):
    """A person wants to hear what happens in a round."""

    __tablename__ = "followed_round"

    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"), primary_key=True)
    round_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("round.id"), primary_key=True, index=True)
    since: Mapped[datetime]


class FollowedContribution(Base):
    """A person wants to hear what becomes of a contribution of somebody else; authors do without a row."""

    __tablename__ = "followed_contribution"

    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"), primary_key=True)
    contribution_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("contribution.id"), primary_key=True, index=True)
    since: Mapped[datetime]
