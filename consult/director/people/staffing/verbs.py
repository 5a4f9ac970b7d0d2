"""Deciding how the regie is staffed."""

from consult.audit.verbs import record
from consult.director.people.staffing.models import StaffingDecision, StaffingModel
from consult.director.people.staffing.queries import compare, get_limits
from consult.director.people.staffing.rules import STAY, StaffingRule, as_rule, may_change
from consult.foundation.db import add, alone
from consult.foundation.errors import Conflict, NotNow
from consult.foundation.language import gettext as _
from consult.foundation.language import short_day
from consult.policy import Act, Actor

DECIDING = 0x57AFF  # while somebody decides, nobody else does


def decide(model: StaffingModel, rule: StaffingRule, reason: str, actor: Actor) -> StaffingDecision:
    """Choose a model with its rule and keep the figures of now; nobody's levels change by it, and an earlier one stays.

    Refused without a reason, and with other limits within a year after those of now were set.
    """
    if not reason:
        raise Conflict(_("Write why this model is chosen."))
    alone(DECIDING)
    limits = get_limits()
    if rule != limits.rule and limits.since is not None and not may_change(limits.since, actor.arrived_at):
        days = {"since": short_day(limits.since), "day": short_day(limits.since + STAY)}
        raise NotNow(_("The limits were set on %(since)s. You can set others from %(day)s.", **days))
    figures = {
        one.model.value: {"met": one.met, "of": one.of, "single": list(one.single), "cost": str(cost.total)}
        for one, cost in compare(actor, rule).results
    }
    told = {"reason": reason, "decided_by_id": actor.person_id, "decided_at": actor.arrived_at}
    made = add(StaffingDecision(model=model, rule=as_rule(rule), figures=figures, **told))
    record(Act.DECIDE_STAFFING, actor, made, model=model.value)
    return made
