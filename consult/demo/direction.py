"""What a story tells of goals, agreements, money and the authority's own role, read strictly into plain values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from consult.director.agreements.models import LegalForm
from consult.director.agreements.terms import Rhythm
from consult.director.goals.models import Better
from consult.mandates.models import Rung

LAST_GATE = "P5"  # at which the council decides


@dataclass(frozen=True)
class GoalTold:
    """One shared goal, with the partners that take part in it."""

    code: str
    title: str
    indicator: str
    baseline: Decimal
    target: Decimal
    partners: Sequence[str]


@dataclass(frozen=True)
class IndicatorTold:
    """One indicator: what was planned and reached by the last report."""

    code: str
    name: str
    unit: str
    better: Better
    target: Decimal
    plan: Decimal
    actual: Decimal


@dataclass(frozen=True)
class LineTold:
    """One line of money, by the last report; a round has no forecast."""

    name: str
    budget: Decimal
    realised: Decimal
    forecast: Decimal


@dataclass(frozen=True)
class StepTold:
    """A step that was taken."""

    number: int
    on: date
    action: str


@dataclass(frozen=True)
class AgreementTold:
    """One agreement with all that came of it; `from_proposal` is the input that it realises."""

    code: str
    partner: str
    third: str
    legal_form: LegalForm
    title: str
    task: str
    first_day: date
    last_day: date
    rhythm: Rhythm
    indicators: Sequence[IndicatorTold]
    lines: Sequence[LineTold]
    demands: Sequence[tuple[str, str, bool]]
    steps: Sequence[StepTold]
    from_proposal: str


@dataclass(frozen=True)
class ActionTold:
    """What is done with an input that was adopted, or why nothing is; `agreement` is under which one that is."""

    proposal: str
    text: str
    owner: str
    due_on: date | None
    done_on: date | None
    result: str
    none_because: str
    agreement: str


@dataclass(frozen=True)
class PromiseTold:
    """Something that the board promised; `result`: what came of it by its day, where it was kept."""

    text: str
    keeper: str
    made_on: date
    due_on: date
    result: str


@dataclass(frozen=True)
class DirectionTold:
    """Everything that a municipality agreed with its partners, and the money of the round itself.

    `decision`: the day of the decision and its number, where a story tells them apart from its gates; `decided_on`
    is that day, or the one of its last gate.
    """

    goals: Sequence[GoalTold]
    agreements: Sequence[AgreementTold]
    money: Sequence[LineTold]
    decision: tuple[date, str] | None = None
    decided_on: date | None = None
    actions: Sequence[ActionTold] = ()
    promises: Sequence[PromiseTold] = ()


def read_direction(whole: Mapping[str, Any]) -> DirectionTold:
    """Read goals, agreements and the money of the round; what a story does not tell stays empty."""
    tasks = {one["agreement"]: one for one in whole.get("tasks", ()) if "agreement" in one}
    return DirectionTold(
        goals=[_goal(one) for one in whole.get("goals", ())],
        agreements=[_agreement(one, tasks.get(one["id"], {})) for one in whole.get("agreements", ())],
        money=[_line(one) for one in whole["round"].get("budget", ())],
        decision=(_day(whole["decision"]["day"]), whole["decision"]["number"]) if "decision" in whole else None,
        decided_on=_decided_on(whole),
        actions=[_action(one) for one in whole.get("actions", ())],
        promises=[_promise(one, whole.get("kept", {})) for one in whole.get("commitments", ())],
    )


def _decided_on(whole: Mapping[str, Any]) -> date | None:
    if "decision" in whole:
        return _day(whole["decision"]["day"])
    return next((_day(one["date"]) for one in whole.get("gates", ()) if one["id"] == LAST_GATE), None)


def _promise(told: Mapping[str, Any], kept: Mapping[str, str]) -> PromiseTold:
    result = kept[told["id"]] if told["status"] == "done" else ""
    return PromiseTold(told["text"], told["by"], _day(told["date"]), _day(told["due"]), result)


def _action(told: Mapping[str, Any]) -> ActionTold:
    words = {name: told.get(name, "") for name in ("text", "owner", "result", "none_because", "agreement")}
    due_on, done_on = (_day(told[name]) if name in told else None for name in ("due", "done"))
    return ActionTold(told["proposal"], due_on=due_on, done_on=done_on, **words)


def _goal(told: Mapping[str, Any]) -> GoalTold:
    ends = {name: Decimal(str(told[name])) for name in ("baseline", "target")}
    return GoalTold(told["id"], told["text"], told["indicator"], **ends, partners=told["partners"])


def _agreement(told: Mapping[str, Any], task: Mapping[str, Any]) -> AgreementTold:
    first_day, last_day = map(_day, told["period"])
    return AgreementTold(
        code=told["id"],
        partner=told["partner"],
        third=told.get("extra_party", ""),
        legal_form=LegalForm(told["legal_form"]),
        title=told["title"],
        task=f"{task.get('task', told['title'])}.",
        first_day=first_day,
        last_day=last_day,
        rhythm=Rhythm(told["reporting"]),
        indicators=[_indicator(one) for one in told["indicators"]],
        lines=[_line(one) for one in told["budget"]],
        demands=[(one["norm"], one["check"], one["met"]) for one in told["quality"]],
        steps=[StepTold(one["step"], _day(one["date"]), one["action"]) for one in told.get("escalation", ())],
        from_proposal=task.get("from_proposal", ""),
    )


def _indicator(told: Mapping[str, Any]) -> IndicatorTold:
    numbers = {name: Decimal(str(told[name])) for name in ("target", "plan", "actual")}
    return IndicatorTold(told["id"], told["name"], told["unit"], Better(told["better"]), **numbers)


def _line(told: Mapping[str, Any]) -> LineTold:
    budget, realised = Decimal(str(told["budget"])), Decimal(str(told["realised"]))
    return LineTold(told["line"], budget, realised, Decimal(str(told.get("forecast", told["realised"]))))


def _day(told: Any) -> date:
    return told if isinstance(told, date) else date.fromisoformat(str(told))


@dataclass(frozen=True)
class RoleTold:
    """The vision with the principles to which the round is held, and all that is told beside it."""

    title: str
    text: str
    adopted: date
    principles: Sequence[tuple[str, str]]
    held_to: Sequence[str]
    rung: Rung
    survey: Mapping[str, Any]
    beside: Mapping[str, Any]


def read_role(whole: Mapping[str, Any]) -> RoleTold | None:
    """Read what a story tells of the authority's role; None where it tells no vision."""
    vision, told = whole.get("vision"), whole["round"]
    if vision is None:
        return None
    beside = whole.get("role", {})
    return RoleTold(
        title=vision["title"],
        text=beside.get("vision", ""),
        adopted=_day(vision["adopted"]),
        principles=[(one["id"], one["text"]) for one in vision["principles"]],
        held_to=told["principles"],
        rung=Rung(told["steering_role"]),
        survey=whole.get("evaluation", {}),
        beside=beside,
    )
