"""Authors who do not agree with a refusal or a redaction, and what somebody who had no part in it decides."""

from datetime import date
from typing import Any

from consult.audit.verbs import record
from consult.contributions.models import Channel, Contribution, State
from consult.contributions.verbs import hold_rows
from consult.foundation.db import add, session
from consult.foundation.errors import Conflict, NotNow
from consult.foundation.language import day, local
from consult.foundation.language import gettext as _
from consult.foundation.mail import enqueue
from consult.intake.verbs import reply_again
from consult.moderation import rules
from consult.moderation.models import Appeal, Redaction, Refusal
from consult.moderation.queries import find_appeal, find_reply
from consult.moderation.redactions import lift
from consult.moderation.verbs import put_on_site
from consult.policy import Act, Actor
from consult.rounds.verbs import bump


def appeal(decision: Refusal | Redaction, actor: Actor, words: str) -> Appeal:
    """Ask that somebody else looks at a decision again; nothing changes before they did.

    Refused when the decision does not hold now, a second time against the same decision, and when ten working
    days have passed since the author was told, by letter where they asked for one.
    """
    contribution = _hold_decided(decision)
    if find_appeal(decision) is not None:
        raise Conflict(_("You asked for this already. Somebody else looks at it, and you hear from us."))
    until = rules.ends_on(decision, find_reply(contribution.id))
    if until is not None and local(actor.arrived_at).date() > until:
        raise NotNow(_("You could ask for this until the end of %(day)s. Call us if it still matters.", day=day(until)))
    if actor.person_id is None:
        raise ValueError("a person appeals")
    new = _made(decision, words, made_by_id=actor.person_id, made_at=actor.arrived_at)
    record(Act.APPEAL, actor, contribution, appeal=new.id, against=rules.points_to(decision))
    bump(contribution.round_id)
    return new


def appeal_for(decision: Refusal | Redaction, actor: Actor, words: str, *, channel: Channel, came_on: date) -> Appeal:
    """Type in what an author says against a decision by letter, by phone or at the desk; it weighs as any other.

    Refused when the decision does not hold now, a second time against the same decision, and when it came in after
    the ten working days of its author, or before there was a decision.
    """
    if channel not in rules.FOR_OTHERS or actor.person_id is None:
        raise ValueError("a member of staff types in what did not come in online")
    contribution = _hold_decided(decision)
    if find_appeal(decision) is not None:
        raise Conflict(_("There is an appeal against this decision already."))
    rules.check_came_in_time(decision, came_on, local(actor.arrived_at).date(), find_reply(contribution.id))
    typed = {"channel": channel, "came_on": came_on, "entered_by_id": actor.person_id}
    new = _made(decision, words, made_by_id=contribution.author_id, made_at=actor.arrived_at, **typed)
    told = {"appeal": new.id, "against": rules.points_to(decision), "channel": channel.value}
    record(Act.APPEAL_FOR, actor, contribution, **told)
    bump(contribution.round_id)
    return new


def _made(decision: Refusal | Redaction, words: str, **told: Any) -> Appeal:
    points = {rules.points_to(decision): decision.id}
    return add(Appeal(contribution_id=decision.contribution_id, words=words, answer="", **points, **told))


def decide_appeal(appealed: Appeal, decision: Refusal | Redaction, actor: Actor, *, grants: bool, answer: str) -> None:
    """Decide on an appeal: granted, the contribution is on the site again or the passages are back; or it stays so.

    Refused for whoever proposed or confirmed the decision, wrote the text or typed the appeal in, and when it was
    decided already.
    """
    contribution = _hold(decision)
    session().refresh(appealed, with_for_update={"key_share": True})
    rules.check_other_person(appealed, decision, contribution, actor)
    if appealed.decided_at is not None:
        raise Conflict(_("Somebody else decided on this already."))
    appealed.decided_by_id, appealed.decided_at = actor.person_id, actor.arrived_at
    appealed.is_granted, appealed.answer = grants, answer
    told = {"appeal": appealed.id, "against": rules.points_to(decision), "granted": grants}
    record(Act.DECIDE_APPEAL, actor, contribution, ground=decision.ground.value, **told)
    if grants:
        _undo(decision, contribution, actor)
    reply_again(contribution.id)
    enqueue("appeal_decided", contribution=contribution.id, appeal=appealed.id)
    bump(contribution.round_id)


def _undo(decision: Refusal | Redaction, contribution: Contribution, actor: Actor) -> None:
    if isinstance(decision, Redaction):
        if decision.stands:
            lift(decision, contribution, actor)
    elif contribution.state is State.REFUSED:
        put_on_site(contribution)


def _hold_decided(decision: Refusal | Redaction) -> Contribution:
    """Lock as `_hold`; refused when the decision does not hold now."""
    contribution = _hold(decision)
    if not rules.holds_now(decision, contribution):
        raise Conflict(_("This decision does not hold any more. Look at the page again."))
    return contribution


def _hold(decision: Refusal | Redaction) -> Contribution:
    """Lock a decision and what it is about, and read both anew."""
    contribution = session().get_one(Contribution, decision.contribution_id)
    hold_rows(contribution)
    session().refresh(decision, with_for_update={"key_share": True})
    return contribution
