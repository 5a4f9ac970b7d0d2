"""What a story tells of its playing field, read strictly into plain values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from consult.director.agreements.models import LegalForm
from consult.director.tasks.models import Choice
from consult.field.models import PartyKind, Ring

KINDS = {  # from what a partner is follows where it comes from
    "authority": PartyKind.AUTHORITY,
    "housing": PartyKind.POLICY_CHAIN,
    "mobility": PartyKind.POLICY_CHAIN,
    "welfare": PartyKind.POLICY_CHAIN,
    "cooperative": PartyKind.GRASS_ROOTS,
}


@dataclass(frozen=True)
class PartnerTold:
    """One partner on the map, with what it offers and looks for; `letters`: power, legitimacy, urgency."""

    code: str
    name: str
    kind: PartyKind
    influence: int
    interest: int
    attitude: int
    letters: str
    ring: Ring
    offers: Sequence[str]
    seeks: Sequence[str]


@dataclass(frozen=True)
class TaskTold:
    """One task, with the agreement under which others do it."""

    title: str
    choice: Choice
    legal_form: LegalForm
    agreement: str


@dataclass(frozen=True)
class FieldTold:
    """Everything that a story tells of its playing field."""

    partners: Sequence[PartnerTold]
    departments: Sequence[str]
    relations: Sequence[Mapping[str, str]]
    unorganised: str
    doubts: Mapping[str, int]  # by partner: how much influence the second assessor sees
    advice: Sequence[Mapping[str, str]]
    outreach: Sequence[Mapping[str, str]]
    areas: Mapping[str, int]
    ages: Mapping[str, int]
    tasks: Sequence[TaskTold]
    conditions: Sequence[str]


def read_field(whole: Mapping[str, Any]) -> FieldTold | None:
    """Read the playing field strictly; None for a story without partners."""
    if not whole.get("partners"):
        return None
    beside, counted = whole.get("field", {}), whole["participation"]
    return FieldTold(
        partners=[_partner(one) for one in whole["partners"]],
        departments=beside.get("departments", ()),
        relations=beside.get("relations", ()),
        unorganised=beside.get("unorganised", ""),
        doubts=beside.get("doubts", {}),
        advice=beside.get("advice", ()),
        outreach=beside.get("outreach", ()),
        areas=_counted(counted.get("by_area", {})),
        ages=_counted(counted.get("by_age", {})),
        tasks=[_task(one) for one in whole.get("tasks", ()) if "agreement" in one],
        conditions=beside.get("conditions", ()),
    )


def _partner(told: Mapping[str, Any]) -> PartnerTold:
    names = ("influence", "interest", "attitude", "offers", "seeks")
    kind = KINDS.get(told["kind"], PartyKind.TARGET_GROUP)
    known = {name: told[name] for name in names}
    return PartnerTold(told["id"], told["name"], kind, letters=told["salience"], ring=Ring(told["ring"]), **known)


def _task(told: Mapping[str, Any]) -> TaskTold:
    return TaskTold(told["task"], Choice(told["choice"]), LegalForm(told["basis"]), told["agreement"])


def _counted(told: Mapping[str, int]) -> dict[str, int]:
    return {"" if code == "unknown" else code: people for code, people in told.items()}
