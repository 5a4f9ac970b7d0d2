"""The people who take part or work here."""

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from consult.foundation.db import Base, id_column, words_of
from consult.foundation.language import N_, Worded
from consult.policy import MemberDuty, Role


class AgeBracket(Worded):
    """Age as the statistics office counts it; never a date of birth."""

    UNDER_15 = "a0_15", N_("younger than 15")
    FROM_15 = "a15_25", N_("15 to 25")
    FROM_25 = "a25_45", N_("25 to 45")
    FROM_45 = "a45_65", N_("45 to 65")
    FROM_65 = "a65plus", N_("65 or older")
    UNKNOWN = "unknown", N_("not told")


class Person(Base):
    """A resident or a member of staff; somebody who never signs in (a letter writer) has no account."""

    __tablename__ = "person"

    id: Mapped[uuid.UUID] = id_column()
    account_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("account.id"), unique=True)
    name: Mapped[str] = mapped_column(String(120))  # a pseudonym by the person's own choice
    role: Mapped[Role] = mapped_column(words_of(Role), default=Role.RESIDENT)
    area_code: Mapped[str | None] = mapped_column(String(20))
    age: Mapped[AgeBracket] = mapped_column(words_of(AgeBracket), default=AgeBracket.UNKNOWN)
    created_at: Mapped[datetime]


class RoleChange(Base):
    """A role that one administrator gave somebody; the role of administrator waits until a second one agrees.

    `is_given`: the person has it, or had it. Decided and not given: it was taken back.
    """

    __tablename__ = "role_change"
    __table_args__ = (
        CheckConstraint(
            "(decided_by_id IS NOT NULL AND decided_by_id <> asked_by_id) OR role <> 'admin' OR is_given = false",
            name="second_person",
        ),
        Index(
            "uq_role_change_person_id_undecided",
            "person_id",
            unique=True,
            sqlite_where=text("decided_at is null"),
            postgresql_where=text("decided_at is null"),
        ),
    )

    id: Mapped[uuid.UUID] = id_column()
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"), index=True)
    role: Mapped[Role] = mapped_column(words_of(Role))
    asked_by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    asked_at: Mapped[datetime]
    decided_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime | None]
    is_given: Mapped[bool] = mapped_column(default=False)


class FactorReset(Base):
    """One administrator wants somebody's second factor taken away; it is done once another one agrees."""

    __tablename__ = "factor_reset"
    __table_args__ = (
        CheckConstraint("decided_by_id is null or decided_by_id <> proposed_by_id", name="second_person"),
        Index(
            "uq_factor_reset_person_id_undecided",
            "person_id",
            unique=True,
            sqlite_where=text("decided_at is null"),
            postgresql_where=text("decided_at is null"),
        ),
    )

    id: Mapped[uuid.UUID] = id_column()
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    how_known: Mapped[str] = mapped_column(String(500))  # how the person showed who they are
    proposed_by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    proposed_at: Mapped[datetime]
    decided_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime | None]
    is_confirmed: Mapped[bool | None]


class OrganisationKind(Worded):
    """What sort of body an organisation is."""

    AUTHORITY = "authority", N_("public authority")
    HOUSING = "housing", N_("housing association")
    RESIDENTS = "residents", N_("association of residents")
    BUSINESS = "business", N_("business or association of businesses")
    INTEREST_GROUP = "interest_group", N_("interest group")
    WELFARE = "welfare", N_("welfare or care")
    COOPERATIVE = "cooperative", N_("cooperative")
    MOBILITY = "mobility", N_("transport")
    EDUCATION = "education", N_("education")
    CULTURE = "culture", N_("culture or sport")
    OTHER = "other", N_("something else")


class OrganisationState(Worded):
    """Whether the authority checked that an organisation is what it says."""

    ASKED = "asked", N_("waits to be checked")
    VERIFIED = "verified", N_("checked")
    REFUSED = "refused", N_("not accepted")


class Organisation(Base):
    """A legal body that takes part under its own name, once the authority checked who it is.

    A refused one gives its number free; `refusal` is the reason of the last time. `about` is in its own words.
    """

    __tablename__ = "organisation"
    __table_args__ = (
        Index(
            "uq_organisation_kvk_held",
            "kvk",
            unique=True,
            sqlite_where=text("state <> 'refused'"),
            postgresql_where=text("state <> 'refused'"),
        ),
    )

    id: Mapped[uuid.UUID] = id_column()
    slug: Mapped[str] = mapped_column(String(80), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    kvk: Mapped[str] = mapped_column(String(8))  # its number in the trade register
    kind: Mapped[OrganisationKind] = mapped_column(words_of(OrganisationKind))
    domain: Mapped[str] = mapped_column(String(120), default="")  # where its own site is
    about: Mapped[str] = mapped_column(Text, default="")
    about_html: Mapped[str] = mapped_column(Text, default="")
    renderer: Mapped[str] = mapped_column(String(10))
    state: Mapped[OrganisationState] = mapped_column(words_of(OrganisationState), default=OrganisationState.ASKED)
    asked_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    asked_at: Mapped[datetime]
    decided_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime | None]
    refusal: Mapped[str] = mapped_column(String(1000), default="")

    @property
    def organisation_id(self) -> uuid.UUID:
        """Its own id, so that an organisation is a subject of its own acts."""
        return self.id

    @property
    def site(self) -> str:
        """The address of its own site, when it told one."""
        return f"https://{self.domain}" if self.domain else ""

    @property
    def is_verified(self) -> bool:
        """Whether the authority checked who it is."""
        return self.state is OrganisationState.VERIFIED


class Membership(Base):
    """Somebody acts for an organisation, until `ended_at`; one row for each person, whatever came and went."""

    __tablename__ = "membership"
    __table_args__ = (UniqueConstraint("organisation_id", "person_id"),)

    id: Mapped[uuid.UUID] = id_column()
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisation.id"))
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"), index=True)
    duty: Mapped[MemberDuty] = mapped_column(words_of(MemberDuty))
    began_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    organisation: Mapped[Organisation] = relationship(lazy="raise_on_sql")
    person: Mapped[Person] = relationship(lazy="raise_on_sql")


class OrganisationInvitation(Base):
    """An e-mail address was asked to act for an organisation; good once, until `ends_at`.

    Of the token in the link only the hash is kept; the link itself is derived when the mail is sent.
    """

    __tablename__ = "organisation_invitation"

    id: Mapped[uuid.UUID] = id_column()
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisation.id"), index=True)
    email: Mapped[str] = mapped_column(String(254))
    duty: Mapped[MemberDuty] = mapped_column(words_of(MemberDuty))
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    invited_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    invited_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    accepted_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    withdrawn_at: Mapped[datetime | None]

    organisation: Mapped[Organisation] = relationship(lazy="raise_on_sql")

    def is_open(self, at: datetime) -> bool:
        """Whether it can still be accepted at a moment."""
        return self.accepted_at is None and self.withdrawn_at is None and at < self.ends_at
