"""What a process director fills in to put a question to voters, and what the board chose after it."""

import re
import uuid
from collections.abc import Iterable
from typing import Any

from wtforms import (
    BooleanField,
    DateField,
    Field,
    HiddenField,
    IntegerField,
    SelectField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import NumberRange, Optional
from wtforms.widgets import HiddenInput

from consult.foundation import text
from consult.foundation.forms import CreatingForm, OneLine, at_most, filled
from consult.foundation.language import Later as _l
from consult.foundation.language import gettext as _
from consult.rounds.models import Phase
from consult.voting.ballots import Plan
from consult.voting.forms import MOST_MARKS, MarksField, by_option
from consult.voting.models import Method


def phase_id(value: Any) -> uuid.UUID | None:
    """Read the identifier of a phase."""
    return value if isinstance(value, uuid.UUID) else uuid.UUID(value) if value else None


class PollForm(CreatingForm):
    """A question over the proposals of a round."""

    title = StringField(
        _l("Question"),
        description=_l("One sentence above the ballot, for example: Which proposals do you support?"),
        filters=[OneLine()],
        validators=[filled(lambda: _("Write the question that people answer.")), at_most(200)],
    )
    phase = SelectField(
        _l("Phase"),
        coerce=phase_id,
        validate_choice=False,
        validators=[filled(lambda: _("Choose the phase in which people vote."))],
    )
    eligible = IntegerField(
        _l("How many people can vote"),
        description=_l("It stands beside the result. Leave it empty when nobody knows."),
        validators=[Optional(), NumberRange(1, 100_000_000)],
    )

    quorum = IntegerField(
        _l("How many people have to take part"),
        description=_l("With fewer ballots the outcome selects nothing. Leave it empty when every number is enough."),
        validators=[Optional(), NumberRange(1, 100_000_000)],
    )

    def conditions(self) -> dict[str, Any]:
        """Return what holds for the whole poll: who could vote, and how many have to."""
        quorum = {"quorum": self.quorum.data} if self.quorum.data else {}
        return {"eligible": self.eligible.data, "parameters": quorum}

    def offer(self, phases: Iterable[Phase]) -> None:
        """Fill the list of phases."""
        self.phase.choices = [(str(phase.id), phase.name) for phase in phases]


class Plans:
    """WTForms validator and reader of a list: one plan a line, with what belongs to it behind semicolons."""

    def __call__(self, form: Any, field: Field) -> None:
        """Demand that each line can be read."""
        read_plans(field.data or "", costs=form.asks_costs)


def read_plans(typed: str, *, costs: bool) -> list[Plan]:
    """Read plans from lines like "Trees in the square; 12.500; BU01; A"; raises ValidationError that names the line."""
    found = []
    for number, line in enumerate(typed.splitlines(), start=1):
        title, cost, area, rivals, *more = [part.strip() for part in f"{line};;;".split(";")]
        if not line.strip(" ;"):
            continue
        where = {"line": number}
        if not title or len(title) > 160 or any(more):
            raise ValidationError(_("Line %(line)s: write a title of 160 characters at most first.", **where))
        if costs and cents_of(cost) is None:
            raise ValidationError(_("Line %(line)s: write what it costs, like 12500, behind a semicolon.", **where))
        found.append(Plan(title, cents_of(cost) if costs else None, area[:20], rivals[:20]))
    return found


def cents_of(typed: str) -> int | None:
    """Read an amount in euros as cents: "12.500", "€ 12500,50"; None when it is none."""
    told = _AMOUNT.fullmatch(typed.strip())
    return int(re.sub(r"[.\s]", "", told[1])) * 100 + int((told[2] or "0").ljust(2, "0")) if told else None


_AMOUNT = re.compile(r"(?:€\s*)?([0-9]{1,3}(?:[.\s][0-9]{3})+|[0-9]{1,10})(?:,([0-9]{1,2}))?")


def is_amount(_form: Any, field: Field) -> None:
    """Demand an amount in euros where something was typed."""
    if field.data and not cents_of(field.data):
        raise ValidationError(_("Write an amount in euros, like 100000."))


class ChoicePollForm(PollForm):
    """A question over plans: the fields of all methods; the page shows those of the one that was chosen."""

    method = HiddenField()
    plans = TextAreaField(_l("What people choose from"), validators=[Plans()])
    most = IntegerField(_l("How many people may choose at most"), validators=[Optional(), NumberRange(1, MOST_MARKS)])
    points = IntegerField(_l("How many points everybody divides"), validators=[Optional(), NumberRange(1, 1000)])
    each = IntegerField(_l("How many points one plan may get at most"), validators=[Optional(), NumberRange(1, 1000)])
    seats = IntegerField(_l("How many plans are chosen"), validators=[Optional(), NumberRange(1, MOST_MARKS)])
    budget = StringField(_l("Budget in euros"), filters=[OneLine()], validators=[is_amount])
    area_budgets = TextAreaField(_l("Budget per area"))
    minimum_votes = IntegerField(_l("How many votes a plan needs"), validators=[Optional(), NumberRange(1, 1_000_000)])
    within_budget = BooleanField(_l("Nobody may choose for more than the budget"))
    rule = SelectField(_l("Rule"), validate_choice=False)
    stop = SelectField(_l("When raising everybody's share stops"), validate_choice=False)
    completion = SelectField(_l("What happens with money that is left"), validate_choice=False)
    ties = SelectField(_l("When two are exactly equal"), validate_choice=False)

    @property
    def way(self) -> Method:
        """The method that was chosen."""
        return Method(self.method.data or "")

    @property
    def asks_costs(self) -> bool:
        return self.method.data == Method.BUDGET.value

    def choose_from(self, method: Method) -> None:
        """Fill the lists, and show the usual values of a method."""
        self.rule.choices = RULES.get(method, [])
        self.stop.choices, self.completion.choices, self.ties.choices = (
            STOPS,
            COMPLETIONS,
            TIES[method is Method.BUDGET],
        )
        usual = {"method": method.value, "seats": 1, "points": 10}
        self.prefill(**usual)

    def validate_method(self, field: Field) -> None:
        if field.data not in {one.value for one in CHOICE_METHODS}:
            raise ValidationError(_("Choose first how people vote."))

    def validate_budget(self, field: Field) -> None:
        if self.asks_costs and not field.data:
            raise ValidationError(_("Write how much money there is."))

    def validate_points(self, field: Field) -> None:
        if self.method.data == Method.POINTS.value and not field.data:
            raise ValidationError(_("Write how many points everybody has."))

    def validate_area_budgets(self, field: Field) -> None:
        self.budgets_of_areas()

    def budgets_of_areas(self) -> dict[str, int]:
        """Read lines like "BU01; 40.000" as cents by area."""
        found = {}
        for number, line in enumerate((self.area_budgets.data or "").splitlines(), start=1):
            area, _sign, amount = line.partition(";")
            cents = cents_of(amount)
            if line.strip() and (not area.strip() or not cents):
                raise ValidationError(_("Line %(line)s: write a code and an amount, like BU01; 40000.", line=number))
            if line.strip() and cents:
                found[area.strip()[:20]] = cents
        return found

    def parameters(self) -> dict[str, Any]:
        """Return what the rules of the method are told; it is published, and stays as it is."""
        method = self.way
        told: dict[str, Any] = self.conditions()["parameters"]
        if method in {Method.APPROVAL, Method.RANKING, Method.BUDGET} and self.most.data:
            told["max_length"] = self.most.data
        if method in {Method.APPROVAL, Method.POINTS}:
            told["seats"] = self.seats.data or 1
        if method is Method.POINTS:
            told |= {"max_sum_points": self.points.data, "max_points": self.each.data or self.points.data}
        if method is Method.RANKING:
            told["rule"] = self.rule.data if self.rule.data in dict(RULES[method]) else RULES[method][0][0]
        if method is Method.BUDGET:
            told |= self._money()
        order = self.ties.data if self.ties.data in dict(TIES[method is Method.BUDGET]) else ""
        return told | ({"tie_order": order.split()} if order else {})

    def _money(self) -> dict[str, Any]:
        rule = self.rule.data if self.rule.data in dict(RULES[Method.BUDGET]) else "equal_shares"
        told: dict[str, Any] = {"rule": rule, "budget": cents_of(self.budget.data or ""), "step": 1}
        told["stop"] = self.stop.data if self.stop.data in dict(STOPS) else STOPS[0][0]
        told["completion"] = self.completion.data if self.completion.data in dict(COMPLETIONS) else COMPLETIONS[0][0]
        told |= {"minimum_votes": self.minimum_votes.data} if self.minimum_votes.data else {}
        told |= {"within_budget": True} if self.within_budget.data else {}
        areas = self.budgets_of_areas()
        return told | ({"area_budgets": areas} if areas else {})


CHOICE_METHODS = (Method.APPROVAL, Method.POINTS, Method.RANKING, Method.BUDGET)
RULES: dict[Method, list[tuple[str, Any]]] = {
    Method.RANKING: [
        ("schulze", _l("Schulze: compare each two plans")),
        ("instant_runoff", _l("Instant runoff: round after round the last one goes")),
    ],
    Method.BUDGET: [
        ("equal_shares", _l("Equal shares: everybody decides on an equal part of the money")),
        ("greedy", _l("By votes: the plan with most votes first, as long as there is money")),
    ],
}
STOPS: list[tuple[str, Any]] = [
    ("over_budget", _l("when the next outcome would cost too much")),
    ("exhaustive", _l("as soon as no other plan fits")),
]
COMPLETIONS: list[tuple[str, Any]] = [
    ("votes", _l("plans that still fit are added by votes")),
    ("none", _l("it stays")),
]
TIES: dict[bool, list[tuple[str, Any]]] = {
    True: [
        ("cost votes reference", _l("the cheaper one first, then the one with most votes, then the lower number")),
        ("votes cost reference", _l("the one with most votes first, then the cheaper one, then the lower number")),
    ],
    False: [
        ("", _l("it stays a tie, and the board decides")),
        ("reference", _l("the lower number first")),
    ],
}


class ReasonsField(Field):
    """A reason for each option, under `NAME-ID`; `data` holds those that were typed."""

    widget = HiddenInput()

    def process(self, formdata: Any, data: Any = None, extra_filters: Any = None) -> None:
        """Read all reasons that came."""
        self.process_errors: list[str] = []
        self.errors: list[str] = []
        self.data = {option: text.one_line(value)[:500] for option, value in by_option(self.name, formdata).items()}


class SelectionForm(CreatingForm):
    """What the board chose, and why where that is not what the rule selects."""

    decided_on = DateField(
        _l("Day of the decision"), validators=[filled(lambda: _("Write on which day the board decided."))]
    )
    chosen = MarksField(_l("What the board chose"))
    reason = ReasonsField(_l("Why it differs"))

    def told(self) -> tuple[set[uuid.UUID], dict[uuid.UUID, str]] | None:
        """Return what was ticked and the reasons, when somebody filled it in."""
        return (self.ticked, self.reason.data) if self.is_filled else None

    @property
    def ticked(self) -> set[uuid.UUID]:
        """What was ticked."""
        return {option for option, value in self.chosen.data.items() if value}
