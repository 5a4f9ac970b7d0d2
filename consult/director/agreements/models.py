"""Tables of performance agreements: the agreement, its versions, who signed them, and what it realises."""

import uuid
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column, relationship

from consult.contributions.models import Contribution
from consult.director.agreements.terms import Terms, from_fields
from consult.director.goals.models import Goal
from consult.foundation.db import Base, id_column, words_of
from consult.foundation.db import public_id as new_public_id
from consult.foundation.language import N_, Worded
from consult.participants.models import Organisation
from consult.rounds.models import Round
from consult.synthesis.models import Paragraph

IN_FORCE = "in_force_at is not null and replaced_at is null"
BEING_WRITTEN = "in_force_at is null and replaced_at is null"


class LegalForm(Worded):
    """By what sort of deed the parties bind themselves."""

    SUBSIDY = "subsidy", N_("subsidy")  # Awb title 4.2
    CONTRACT = "contract", N_("contract after a tender")
    COVENANT = "covenant", N_("covenant")
    HOUSING = "housing_agreement", N_("housing agreement with three parties")  # Woningwet art. 44
    CHALLENGE = "challenge", N_("task taken over by right to challenge")


class AgreementState(Worded):
    """How far an agreement is."""

    DRAFT = "draft", N_("being written")
    SIGNED = "signed", N_("signed")
    RUNNING = "running", N_("running")
    AT_RISK = "at_risk", N_("at risk")
    ESCALATED = "escalated", N_("escalated")
    SETTLED = "settled", N_("settled")
    ENDED = "ended", N_("ended early")


class Agreement(Base):
    """What the authority agreed with one partner; with a housing agreement a third party signs too.

    The partner reports. `state_because` is why it came into the state that it has. Public once `published_at`.
    """

    __tablename__ = "agreement"
    __table_args__ = (CheckConstraint("third_party_id is null or third_party_id <> organisation_id", name="third"),)

    id: Mapped[uuid.UUID] = id_column()
    public_id: Mapped[str] = mapped_column(String(10), default=new_public_id, unique=True)
    round_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("round.id"), index=True)
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisation.id"), index=True)
    third_party_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("organisation.id"))
    legal_form: Mapped[LegalForm] = mapped_column(words_of(LegalForm))
    state: Mapped[AgreementState] = mapped_column(words_of(AgreementState), default=AgreementState.DRAFT)
    state_because: Mapped[str] = mapped_column(String(500), default="")
    made_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    made_at: Mapped[datetime] = mapped_column(index=True)
    published_at: Mapped[datetime | None]
    woo_category: Mapped[str] = mapped_column(String(40), default="")

    round: Mapped[Round | None] = relationship(lazy="raise_on_sql")
    organisation: Mapped[Organisation] = relationship(lazy="raise_on_sql", foreign_keys=[organisation_id])
    third_party: Mapped[Organisation | None] = relationship(lazy="raise_on_sql", foreign_keys=[third_party_id])
    versions: Mapped[list["AgreementVersion"]] = relationship(
        lazy="raise_on_sql", order_by="AgreementVersion.number", back_populates="agreement"
    )

    @property
    def party_ids(self) -> frozenset[uuid.UUID]:
        """The organisations that sign it."""
        return frozenset({self.organisation_id, self.third_party_id} - {None})  # type: ignore[arg-type]

    @property
    def in_force(self) -> "AgreementVersion | None":
        """The version that holds now."""
        return next((one for one in self.versions if one.in_force_at and not one.replaced_at), None)

    @property
    def draft(self) -> "AgreementVersion | None":
        """The version that is being written: the first one, or an amendment."""
        return next((one for one in self.versions if not one.in_force_at and not one.replaced_at), None)

    @property
    def terms(self) -> Terms:
        """What holds now, or what is being written while nothing holds yet."""
        version = self.in_force or self.draft
        return version.read if version is not None else Terms()

    @property
    def is_alive(self) -> bool:
        """Whether its partner does the work now, and reports about it."""
        return self.state in {AgreementState.RUNNING, AgreementState.AT_RISK, AgreementState.ESCALATED}


class AgreementVersion(Base):
    """The whole terms of an agreement as one document, and the SHA-256 of that; a signature is for that digest.

    `because`: why it was amended. Once in force its terms are never written again; an amendment is the next row.
    """

    __tablename__ = "agreement_version"
    __table_args__ = (
        UniqueConstraint("agreement_id", "number"),
        *(
            Index(
                f"uq_agreement_version_agreement_id_{name}",
                "agreement_id",
                unique=True,
                sqlite_where=sql(condition),
                postgresql_where=sql(condition),
            )
            for name, condition in (("in_force", IN_FORCE), ("being_written", BEING_WRITTEN))
        ),
    )

    id: Mapped[uuid.UUID] = id_column()
    agreement_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("agreement.id"))
    number: Mapped[int]
    terms: Mapped[dict[str, Any]]
    digest: Mapped[str] = mapped_column(String(64))
    because: Mapped[str] = mapped_column(String(500), default="")
    written_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    written_at: Mapped[datetime]
    in_force_at: Mapped[datetime | None]
    replaced_at: Mapped[datetime | None]

    agreement: Mapped[Agreement] = relationship(lazy="raise_on_sql", back_populates="versions")
    signatures: Mapped[list["AgreementSignature"]] = relationship(
        lazy="raise_on_sql", order_by="AgreementSignature.signed_at"
    )

    @cached_property
    def read(self) -> Terms:
        """The terms as plain values."""
        return from_fields(self.terms)

    @property
    def standing(self) -> list["AgreementSignature"]:
        """The signatures under the terms as they are now."""
        return [one for one in self.signatures if one.digest == self.digest]


class AgreementSignature(Base):
    """A party signed one version in exactly these words; without an organisation it was the authority."""

    __tablename__ = "agreement_signature"
    __table_args__ = (
        UniqueConstraint("version_id", "digest", "organisation_id"),
        Index(
            "uq_agreement_signature_version_id_digest_authority",
            "version_id",
            "digest",
            unique=True,
            sqlite_where=sql("organisation_id is null"),
            postgresql_where=sql("organisation_id is null"),
        ),
    )

    id: Mapped[uuid.UUID] = id_column()
    version_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("agreement_version.id"))
    digest: Mapped[str] = mapped_column(String(64))
    organisation_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("organisation.id"))
    signatory_name: Mapped[str] = mapped_column(String(120))
    signatory_function: Mapped[str] = mapped_column(String(120))
    signed_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    signed_at: Mapped[datetime]


class AgreementGoal(Base):
    """An agreement is made for a shared goal."""

    __tablename__ = "agreement_goal"

    agreement_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("agreement.id"), primary_key=True)
    goal_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("goal.id"), primary_key=True, index=True)

    goal: Mapped[Goal] = relationship(lazy="raise_on_sql")
    agreement: Mapped[Agreement] = relationship(lazy="raise_on_sql")


class Realisation(Base):
    """An agreement realises a contribution, or a paragraph of a draft."""

    __tablename__ = "realisation"
    __table_args__ = (
        UniqueConstraint("agreement_id", "contribution_id"),
        UniqueConstraint("agreement_id", "paragraph_id"),
        CheckConstraint("(contribution_id is null) <> (paragraph_id is null)", name="one_of_two"),
    )

    id: Mapped[uuid.UUID] = id_column()
    agreement_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("agreement.id"))
    contribution_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("contribution.id"), index=True)
    paragraph_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("paragraph.id"), index=True)
    linked_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    linked_at: Mapped[datetime]

    agreement: Mapped[Agreement] = relationship(lazy="raise_on_sql")
    contribution: Mapped[Contribution | None] = relationship(lazy="raise_on_sql")
    paragraph: Mapped[Paragraph | None] = relationship(lazy="raise_on_sql")
