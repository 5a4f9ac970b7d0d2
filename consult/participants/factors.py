"""Taking away somebody's second factor, when it is lost: one administrator proposes it, another one confirms it."""

from sqlalchemy import update

from consult.accounts.factors import take_away_factors
from consult.accounts.queries import list_factors
from consult.audit.verbs import record
from consult.foundation.db import add, session
from consult.foundation.errors import NotNow
from consult.foundation.language import gettext as _
from consult.foundation.mail import enqueue
from consult.participants.models import FactorReset, Person
from consult.participants.queries import find_factor_reset
from consult.policy import Act, Actor


def propose_factor_reset(person: Person, how_known: str, actor: Actor) -> FactorReset:
    """Propose to take away somebody's second factor; `how_known` tells how they showed who they are.

    Refused for oneself, where there is none, and where it was proposed already.
    """
    _refuse_own(person, actor)
    if not list_factors(person.account_id):
        raise NotNow(_("This person has no second step. At the next sign-in they set one up."))
    if find_factor_reset(person.id) is not None:
        raise NotNow(_("Somebody proposed this already. Look at the page again."))
    told = {"how_known": how_known, "proposed_by_id": actor.person_id, "proposed_at": actor.arrived_at}
    proposed = add(FactorReset(person_id=person.id, **told))
    record(Act.PROPOSE_FACTOR_RESET, actor, proposed, person=person.id)
    return proposed


def confirm_factor_reset(person: Person, actor: Actor) -> None:
    """Take away somebody's second factor as a second administrator; their sessions end and they are told by mail.

    Refused to whoever proposed it, for oneself, and when nobody proposed it or it was decided meanwhile.
    """
    _refuse_own(person, actor)
    waiting = find_factor_reset(person.id)
    if waiting is not None and waiting.proposed_by_id == actor.person_id:
        raise NotNow(_("You proposed this yourself. Another administrator has to confirm it."))
    _decide(waiting, actor, is_confirmed=True)
    record(Act.CONFIRM_FACTOR_RESET, actor, waiting, person=person.id)
    _take_away(person, actor)


def withdraw_factor_reset(person: Person, actor: Actor) -> None:
    """Take back a proposal to take away somebody's second factor; refused when it was decided meanwhile."""
    waiting = find_factor_reset(person.id)
    _decide(waiting, actor, is_confirmed=False)
    record(Act.WITHDRAW_FACTOR_RESET, actor, waiting, person=person.id)


def reset_factor_here(person: Person, actor: Actor) -> None:
    """Take away a second factor by the command, on the machine itself, where no two administrators are left."""
    record(Act.CONFIRM_FACTOR_RESET, actor, person)
    _take_away(person, actor)


def _take_away(person: Person, actor: Actor) -> None:
    assert person.account_id is not None
    take_away_factors(person.account_id, actor.arrived_at)
    enqueue("second_factor_reset", recipient_id=person.id)


def _refuse_own(person: Person, actor: Actor) -> None:
    if person.id == actor.person_id:
        raise NotNow(_("You cannot do this for yourself. Ask two other administrators."))


def _decide(waiting: FactorReset | None, actor: Actor, *, is_confirmed: bool) -> None:
    """Decide on a proposal in one statement: of two at once one succeeds."""
    still = (FactorReset.id == (waiting.id if waiting else None), FactorReset.decided_at.is_(None))
    told = {"decided_at": actor.arrived_at, "is_confirmed": is_confirmed}
    who = {"decided_by_id": actor.person_id} if is_confirmed else {}  # whoever proposed it may take it back
    done = session().execute(update(FactorReset).where(*still).values(**told, **who).returning(FactorReset.id))
    if done.scalar_one_or_none() is None:
        raise NotNow(_("There is nothing to decide any more. Look at the page again."))
