"""How partners come together: what they offer and look for, and introductions to which both say yes."""

from collections.abc import Sequence

from sqlalchemy import select

from consult.audit.verbs import record
from consult.field.matches import Asked, find_partner_text, list_offers
from consult.field.models import Introduction, IntroductionContact, IntroductionSide, Offer, PartnerText, Side
from consult.foundation.db import add, read_again_locked, session
from consult.foundation.errors import Conflict, NotNow
from consult.foundation.language import gettext as _
from consult.foundation.mail import enqueue
from consult.participants.models import Organisation
from consult.policy import Act, Actor
from consult.rounds.models import Round

MOST_TAGS = 20


def write_partner(
    organisation: Organisation, offers: Sequence[str], seeks: Sequence[str], results: str, practice: str, actor: Actor
) -> None:
    """Let an organisation tell what it offers and looks for, what came of its work, and a good example.

    Refused for more than 20 things on one side, for one of more than 60 characters, and when the same thing is
    offered and looked for.
    """
    wanted = {Side.OFFERS: _once(offers), Side.SEEKS: _once(seeks)}
    for tags in wanted.values():
        if len(tags) > MOST_TAGS:
            raise Conflict(_("Name at most %(num)s things.", num=MOST_TAGS))
        if long := next((tag for tag in tags if len(tag) > 60), None):
            raise Conflict(_("“%(tag)s” is too long. Use at most 60 characters.", tag=f"{long[:20]}…"))
    if both := {tag.casefold() for tag in wanted[Side.OFFERS]} & {tag.casefold() for tag in wanted[Side.SEEKS]}:
        raise Conflict(_("“%(tag)s” stands on both sides. Leave one out.", tag=min(both)))
    for known in list_offers([organisation.id]):
        session().delete(known)
    session().flush()
    for side, tags in wanted.items():
        for position, tag in enumerate(tags):
            add(Offer(organisation_id=organisation.id, side=side, tag=tag, position=position))
    text = find_partner_text(organisation.id) or PartnerText(organisation_id=organisation.id)
    text.results, text.practice = results, practice
    text.written_by_id, text.written_at = actor.person_id, actor.arrived_at
    session().add(text)
    session().flush()
    record(Act.EDIT_ORGANISATION, actor, organisation, offers=len(wanted[Side.OFFERS]), seeks=len(wanted[Side.SEEKS]))


def _once(tags: Sequence[str]) -> list[str]:
    """Return each thing once, whatever its case, in the order in which it was told."""
    return list({tag.casefold(): tag for tag in reversed(tags) if tag}.values())[::-1]


def introduce(subject: Round, one: Organisation, other: Organisation, reason: str, actor: Actor) -> Introduction:
    """Ask two organisations whether they want to meet, and tell both why; neither learns whom it can reach yet.

    Refused while the round is prepared and in a practice round, since both get mail; for one and the same; and while
    the same two are asked already.
    """
    if not subject.is_public:
        raise NotNow(_("This round is not public, so nobody is asked. Bring organisations together once it is open."))
    if one.id == other.id:
        raise Conflict(_("Choose two different organisations."))
    if _is_asked(subject, one, other):
        raise Conflict(_("These two were asked already in this round."))
    by = {"proposed_by_id": actor.person_id, "proposed_at": actor.arrived_at}
    made = add(Introduction(round_id=subject.id, reason=reason, **by))
    for body in (one, other):
        side = add(IntroductionSide(introduction_id=made.id, organisation_id=body.id))
        enqueue("introduction_asked", side=side.id)
    record(Act.INTRODUCE, actor, made)
    return made


def _is_asked(subject: Round, one: Organisation, other: Organisation) -> bool:
    of_one = select(IntroductionSide.introduction_id).where(IntroductionSide.organisation_id == one.id)
    of_other = select(IntroductionSide.introduction_id).where(IntroductionSide.organisation_id == other.id)
    wanted = select(Introduction.id).where(
        Introduction.round_id == subject.id, Introduction.id.in_(of_one), Introduction.id.in_(of_other)
    )
    return session().scalar(wanted.where(Introduction.outcome_at.is_(None)).limit(1)) is not None


def answer_introduction(asked: Asked, contact: str, actor: Actor, *, accepts: bool) -> None:
    """Say for one organisation whether it wants to meet the other; with yes goes whom the other can reach.

    Once both said yes each reads the contact of the other, and no sooner. Refused when it answered already, when the
    other said no or who directs the round closed it, and for a yes without a contact.
    """
    read_again_locked(asked.introduction, ("outcome_at",))  # so that the second yes knows of the first
    for side in asked.introduction.sides:
        session().refresh(side, ["accepts"])
    if asked.own.accepts is not None:
        raise NotNow(_("Your organisation answered this already."))
    if not asked.introduction.is_waiting:
        raise NotNow(_("This does not wait for your answer any more. Look at the page again."))
    if accepts and not contact:
        raise Conflict(_("Write whom the other organisation can reach, and how."))
    assert actor.person_id is not None
    asked.own.accepts = accepts
    asked.own.answered_by_id, asked.own.answered_at = actor.person_id, actor.arrived_at
    if accepts:
        add(IntroductionContact(side_id=asked.own.id, person_id=actor.person_id, words=contact))
    session().flush()
    if asked.introduction.is_made:
        for side in asked.introduction.sides:
            enqueue("introduction_made", side=side.id)
    record(Act.ANSWER_INTRODUCTION, actor, asked.introduction, accepts=accepts)


def note_outcome(introduction: Introduction, outcome: str, actor: Actor) -> None:
    """Write down what came of an introduction; one that nobody answers is closed by it, and can be asked anew."""
    read_again_locked(introduction, ("outcome_at",))
    introduction.outcome, introduction.outcome_at = outcome, actor.arrived_at
    record(Act.INTRODUCE, actor, introduction, noted=True)
