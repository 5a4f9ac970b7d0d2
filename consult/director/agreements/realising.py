"""What an agreement realises: the goals, contributions and paragraphs it is tied to, and which pages tell of that."""

import uuid
from collections.abc import Collection

from sqlalchemy import Select, select

from consult.audit.verbs import record
from consult.contributions.models import Contribution
from consult.director.agreements.models import Agreement, AgreementGoal, Realisation
from consult.director.goals.models import Goal
from consult.foundation.db import add, session
from consult.foundation.errors import Conflict
from consult.foundation.language import gettext as _
from consult.policy import Act, Actor
from consult.rounds.verbs import bump
from consult.synthesis.models import Draft, Paragraph, Section


def set_goals(agreement: Agreement, goals: Collection[Goal], actor: Actor) -> None:
    """Say for which shared goals an agreement was made."""
    wanted = {goal.id for goal in goals}
    there = {one.goal_id: one for one in session().scalars(select(AgreementGoal).filter_by(agreement_id=agreement.id))}
    for goal_id in there.keys() - wanted:
        session().delete(there[goal_id])
    session().add_all(AgreementGoal(agreement_id=agreement.id, goal_id=one) for one in wanted - there.keys())
    session().flush()
    record(Act.LINK_AGREEMENT, actor, agreement, goals=sorted(map(str, wanted)))


def link(
    agreement: Agreement,
    actor: Actor,
    *,
    contribution: Contribution | None = None,
    paragraph_id: uuid.UUID | None = None,
) -> Realisation:
    """Say that an agreement realises a contribution or a paragraph; refused when it was said before."""
    about = {"contribution_id": contribution.id if contribution is not None else None, "paragraph_id": paragraph_id}
    if session().scalar(select(Realisation.id).filter_by(agreement_id=agreement.id, **about)):
        raise Conflict(_("This agreement is tied to that already."))
    told = {"linked_by_id": actor.person_id, "linked_at": actor.arrived_at}
    new = add(Realisation(agreement_id=agreement.id, **about, **told))
    record(Act.LINK_AGREEMENT, actor, agreement, **{name: value for name, value in about.items() if value})
    _bump_for(new)
    return new


def unlink(realisation: Realisation, actor: Actor) -> None:
    """Take back that an agreement realises something."""
    record(Act.LINK_AGREEMENT, actor, realisation, unlinked=True, agreement=realisation.agreement_id)
    _bump_for(realisation)
    session().delete(realisation)
    session().flush()


def bump_all(agreement: Agreement) -> None:
    """Tell caches of every round that shows an agreement that it looks otherwise now."""
    for round_id in _rounds_of(agreement):
        bump(round_id)


def _rounds_of(agreement: Agreement) -> set[uuid.UUID]:
    """Return its own round, which shows it with actions too, and those of what it realises."""
    contributions = (
        select(Contribution.round_id)
        .join(Realisation, Realisation.contribution_id == Contribution.id)
        .where(Realisation.agreement_id == agreement.id)
    )
    paragraphs = _round_of_paragraph().where(Realisation.agreement_id == agreement.id)
    own = {agreement.round_id} if agreement.round_id is not None else set()
    return {*own, *session().scalars(contributions), *session().scalars(paragraphs)}


def _round_of_paragraph() -> Select[uuid.UUID]:
    return (
        select(Draft.round_id)
        .join(Section, Section.draft_id == Draft.id)
        .join(Paragraph, Paragraph.section_id == Section.id)
        .join(Realisation, Realisation.paragraph_id == Paragraph.id)
    )


def _bump_for(realisation: Realisation) -> None:
    """Tell caches that the trace of what is realised looks otherwise now."""
    if realisation.contribution_id is not None:
        bump(session().get_one(Contribution, realisation.contribution_id).round_id)
    for round_id in set(session().scalars(_round_of_paragraph().where(Realisation.id == realisation.id))):
        bump(round_id)
