"""Deciding how the regie is staffed."""

from consult.audit.verbs import record
from consult.director.people.staffing.models import StaffingDecision, StaffingModel
from consult.director.people.staffing.queries import compare
from consult.director.people.staffing.rules import StaffingRule, as_rule
from consult.foundation.db import add
from consult.foundation.errors import Conflict
from consult.foundation.language import gettext as _
from consult.policy import Act, Actor


def decide(model: StaffingModel, rule: StaffingRule, reason: str, actor: Actor) -> StaffingDecision:
    """Choose a model with its rule and keep the figures of now; nobody's levels change by it, and an earlier one stays.

    Refused without a reason.
    """
    if not reason:
        raise Conflict(_("Write why this model is chosen."))
    figures = {
        one.model.value: {"met": one.met, "of": one.of, "single": list(one.single), "cost": str(cost.total)}
        for one, cost in compare(actor, rule).results
    }
    told = {"reason": reason, "decided_by_id": actor.person_id, "decided_at": actor.arrived_at}
    made = add(StaffingDecision(model=model, rule=as_rule(rule), figures=figures, **told))
    record(Act.DECIDE_STAFFING, actor, made, model=model.value)
    return made
