"""Taking passages away from what readers get, and giving them back: always by two persons."""

from collections.abc import Sequence
from datetime import datetime

from consult.audit.verbs import record
from consult.coding.verbs import recut_passages
from consult.contributions.models import Contribution
from consult.contributions.verbs import cover, hold_rows
from consult.foundation.db import add, session
from consult.foundation.errors import Conflict
from consult.foundation.language import gettext as _
from consult.foundation.mail import enqueue
from consult.intake.verbs import reply_again
from consult.moderation import rules
from consult.moderation.models import Ground, Redaction
from consult.moderation.queries import list_standing, missing_in
from consult.moderation.verbs import nothing_waits
from consult.policy import Act, Actor
from consult.rounds.verbs import bump
from consult.similarity.verbs import index


def propose_redaction(
    contribution: Contribution, passages: Sequence[str], ground: Ground, reason: str, actor: Actor
) -> Redaction:
    """Propose to take passages away, on a ground of the closed list; nothing changes before somebody confirms.

    Refused when the contribution is neither held nor published now, while another decision waits, and for
    a passage that stands in none of its versions.
    """
    hold_rows(contribution)
    rules.check_step(contribution, rules.REFUSES_FROM)
    nothing_waits(contribution)
    if not passages or missing_in(contribution, passages):
        raise Conflict(_("These passages do not stand in the text. Copy them from it and try again."))
    if actor.person_id is None:
        raise ValueError("a redaction is proposed by a person")
    told = {"proposed_by_id": actor.person_id, "proposed_at": actor.arrived_at}
    new = add(
        Redaction(
            contribution_id=contribution.id,
            passages=list(passages),
            ground=ground,
            reason=reason,
            lift_reason="",
            **told,
        )
    )
    _record(Act.PROPOSE_REDACTION, actor, contribution, new)
    return new


def confirm_redaction(redaction: Redaction, actor: Actor) -> None:
    """Take the passages away as a second person: everybody but its author and those who serve the round reads a mark.

    Refused for whoever proposed it, when it was decided already, and when the contribution moved meanwhile.
    """
    contribution = _decide(redaction, actor)
    rules.check_step(contribution, rules.REFUSES_FROM)
    redaction.is_confirmed = True
    _show_the_rest(contribution, actor.arrived_at)
    _record(Act.CONFIRM_REDACTION, actor, contribution, redaction)
    reply_again(contribution.id)
    enqueue("redacted", contribution=contribution.id, redaction=redaction.id)


def overrule_redaction(redaction: Redaction, actor: Actor) -> None:
    """Decide as a second person that nothing is taken away.

    Refused for whoever proposed it, and when it was decided already.
    """
    contribution = _decide(redaction, actor)
    redaction.is_confirmed = False
    _record(Act.OVERRULE_REDACTION, actor, contribution, redaction)


def propose_lifting(redaction: Redaction, reason: str, actor: Actor) -> None:
    """Propose to give back what was taken away; nothing changes before somebody else agrees.

    Refused when it is not away now, and while this was proposed already.
    """
    contribution = _hold(redaction)
    rules.check_stands(redaction)
    if redaction.lift_asked_at is not None:
        raise Conflict(_("Somebody proposed this already. Somebody else decides on it."))
    redaction.lift_asked_by_id, redaction.lift_asked_at = actor.person_id, actor.arrived_at
    redaction.lift_reason = reason
    _record(Act.PROPOSE_LIFTING, actor, contribution, redaction)


def decide_lifting(redaction: Redaction, actor: Actor, *, agrees: bool) -> None:
    """Decide as a second person whether what was taken away comes back.

    Refused for whoever proposed it, when nobody did, and when it is not away now.
    """
    contribution = _hold(redaction)
    rules.check_stands(redaction)
    rules.check_second_lifter(redaction, actor)
    _record(Act.DECIDE_LIFTING, actor, contribution, redaction, lifted=agrees)
    if agrees:
        lift(redaction, contribution, actor)
        reply_again(contribution.id)
        enqueue("lifted", contribution=contribution.id, redaction=redaction.id)
    else:
        redaction.lift_asked_by_id, redaction.lift_asked_at, redaction.lift_reason = None, None, ""


def lift(redaction: Redaction, contribution: Contribution, actor: Actor) -> None:
    """Give back what was taken away; whoever calls this holds the rows, has judged it, and records."""
    redaction.lifted_by_id, redaction.lifted_at = actor.person_id, actor.arrived_at
    _show_the_rest(contribution, actor.arrived_at)


def _show_the_rest(contribution: Contribution, at: datetime) -> None:
    """Let readers get the text without the passages of every redaction that stands, and find it by that."""
    session().flush()
    away = [passage for one in list_standing(contribution.id) for passage in one.passages]
    cover(contribution, list(dict.fromkeys(away)), at)
    recut_passages(contribution)
    index(contribution)
    bump(contribution.round_id)


def _decide(redaction: Redaction, actor: Actor) -> Contribution:
    rules.check_second_person(redaction, actor)
    contribution = _hold(redaction)
    if redaction.decided_at is not None:
        raise Conflict(_("Somebody else decided on this already."))
    redaction.decided_by_id, redaction.decided_at = actor.person_id, actor.arrived_at
    return contribution


def _hold(redaction: Redaction) -> Contribution:
    """Lock a redaction and what it is about, and read both anew."""
    contribution = session().get_one(Contribution, redaction.contribution_id)
    hold_rows(contribution)
    session().refresh(redaction, with_for_update={"key_share": True})
    return contribution


def _record(act: Act, actor: Actor, contribution: Contribution, redaction: Redaction, **facts: object) -> None:
    """Write down what was decided, never the words that it is about."""
    told = {"ground": redaction.ground.value, "passages": len(redaction.passages)}
    record(act, actor, contribution, redaction=redaction.id, **told, **facts)
