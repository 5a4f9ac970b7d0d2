"""What a contract manager fills in about an agreement, and what its parties fill in when they sign."""

from collections.abc import Sequence
from dataclasses import fields, replace
from decimal import Decimal
from typing import Any

from wtforms import (
    DateField,
    Field,
    FieldList,
    Form,
    FormField,
    HiddenField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import Optional
from wtforms.widgets import CheckboxInput, ListWidget

from consult.director.agreements import rules
from consult.director.agreements.models import AgreementState, LegalForm
from consult.director.agreements.terms import Indicator, Limits, Line, Period, Requirement, Rhythm, Terms
from consult.director.agreements.verbs import Basics
from consult.director.goals.models import Better
from consult.director.goals.rules import WOO, vague_words
from consult.foundation.forms import BaseForm, Body, CreatingForm, NumberField, OneLine, at_most, filled
from consult.foundation.language import N_, Worded
from consult.foundation.language import Later as _l
from consult.foundation.language import gettext as _

LONGEST = 4_000
SPARE = 2  # empty rows for periods


class CheckboxesField(SelectMultipleField):
    """Several boxes of which any number can be ticked."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


def _choices(kind: type[Worded]) -> list[tuple[str, str]]:
    return [(one.value, one.words) for one in kind]


def _text(label: str, most: int = LONGEST) -> TextAreaField:
    return TextAreaField(label, filters=[Body()], validators=[at_most(most)])


def _line(label: str, most: int, words: str = "") -> StringField:
    wanted = [filled(lambda: _(words))] if words else []
    return StringField(label, filters=[OneLine()], validators=[*wanted, at_most(most)])


def _why_vague(field: Field, words: str) -> None:
    """Ask for a reason where a word measures nothing (S41)."""
    if not field.data and (vague := vague_words(words)):
        told = {"word": vague[0]}
        raise ValidationError(_("“%(word)s” measures nothing. Name what is counted, or say here why it stays.", **told))


class NewForm(CreatingForm):
    """With whom an agreement is made, and in which legal form."""

    title = _line(_l("What is it called?"), 120, N_("Write a title."))
    legal_form = SelectField(_l("In which legal form?"), coerce=LegalForm)
    partner = SelectField(_l("With which partner?"), validate_choice=False)
    third = SelectField(_l("Third party, with a housing agreement"), validate_choice=False)
    of = SelectField(_l("From which round does it follow?"), validate_choice=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.legal_form.choices = _choices(LegalForm)

    def validate_partner(self, field: Field) -> None:
        if not field.data:
            raise ValidationError(_("Choose the partner."))

    def validate_third(self, field: Field) -> None:
        if field.data and field.data == self.partner.data:
            raise ValidationError(_("The third party is the partner itself. Choose another organisation."))
        if self.legal_form.data is LegalForm.HOUSING and not field.data:
            raise ValidationError(_("A housing agreement has three parties. Choose the third one."))

    def offer(self, bodies: Sequence[tuple[str, str]], rounds: Sequence[tuple[str, str]]) -> None:
        """Fill the lists of choices."""
        self.partner.choices = [("", _("choose a partner")), *bodies]
        self.third.choices = [("", _("nobody")), *bodies]
        self.of.choices = [("", _("of no round")), *rounds]


class SeenForm(BaseForm):
    """Which words of the agreement somebody had before them."""

    seen = HiddenField()


_USUAL = vars(Limits())
_PLAN = {name: _USUAL[name] for name in ("green", "amber")}
_MONEY = {name: _USUAL[name] for name in ("budget_green", "budget_amber")}


class BasicsForm(SeenForm):
    """What an agreement is about, when it runs, its clauses, and where its lights change."""

    title = _line(_l("What is it called?"), 120, N_("Write a title."))
    task = TextAreaField(
        _l("What does the partner do?"),
        filters=[Body()],
        validators=[filled(lambda: _("Write what the partner does.")), at_most(LONGEST)],
    )
    runs_from = DateField(_l("From which day?"), validators=[filled(lambda: _("Choose the first day."))])
    runs_until = DateField(_l("Until and including which day?"), validators=[filled(lambda: _("Choose the last day."))])
    rhythm = SelectField(_l("How often does the partner report?"), coerce=Rhythm)
    payment = _text(_l("When is paid, and on which report or result?"))
    amending = _text(_l("How can it be changed?"))
    privacy = _text(_l("Which data are shared, and how are they kept safe?"))
    hand_back = _text(_l("How does it end, and what is handed back?"))
    green = NumberField(_l("Green from which part of the plan?"), least=Decimal(0))
    amber = NumberField(_l("Amber from which part of the plan?"), least=Decimal(0))
    budget_green = NumberField(_l("Money: green up to how many percent off?"), least=Decimal(0))
    budget_amber = NumberField(_l("Money: amber up to how many percent off?"), least=Decimal(0))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rhythm.choices = _choices(Rhythm)

    def validate_runs_until(self, field: Field) -> None:
        if self.runs_from.data and field.data and (fault := rules.fault_of_days(self.runs_from.data, field.data)):
            raise ValidationError(fault)

    def validate_amber(self, field: Field) -> None:
        if fault := rules.fault_of_limits(replace(self.limits(), **_MONEY)):
            raise ValidationError(fault)

    def validate_budget_amber(self, field: Field) -> None:
        if fault := rules.fault_of_limits(replace(self.limits(), **_PLAN)):
            raise ValidationError(fault)

    def limits(self) -> Limits:
        """Return the limits; what was left empty is as usual."""
        usual = Limits()
        told: dict[str, Decimal | None] = {one.name: self[one.name].number for one in fields(Limits)}  # type: ignore[attr-defined]
        return Limits(**{name: getattr(usual, name) if value is None else value for name, value in told.items()})

    def told(self) -> Basics:
        """Return what was filled in as the verbs take it."""
        names = ("title", "task", "payment", "amending", "privacy", "hand_back")
        words = {name: self[name].data or "" for name in names}
        days = {"first_day": self.runs_from.data, "last_day": self.runs_until.data}
        return Basics(**words, **days, rhythm=self.rhythm.data, limits=self.limits())  # type: ignore[arg-type]

    def show(self, terms: Terms, seen: str) -> None:
        """Show the terms that stand, unless somebody already typed."""
        names = ("title", "task", "rhythm", "payment", "amending", "privacy", "hand_back")
        days = {"runs_from": terms.first_day, "runs_until": terms.last_day}
        self.prefill(seen=seen, **days, **{name: getattr(terms, name) for name in names}, **vars(terms.limits))


class PeriodRow(Form):
    """One period, and when its report is due."""

    first_day = DateField(_l("First day"), validators=[Optional()])
    last_day = DateField(_l("Last day"), validators=[Optional()])
    due_on = DateField(_l("Report due on"), validators=[Optional()])


class PeriodsForm(SeenForm):
    """How the time of an agreement is divided; rows that are left empty fall away."""

    periods = FieldList(FormField(PeriodRow), _l("Periods"), max_entries=rules.MOST_PERIODS + SPARE)

    def validate_periods(self, field: Field) -> None:
        rows = [row.form for row in self.periods if any(row.form.data.values())]
        for number, row in enumerate(rows, start=1):
            if None in row.data.values():
                raise ValidationError(_("Period %(number)s lacks a day. Fill in all three.", number=number))

    def told(self) -> list[Period]:
        """Return the periods as the verbs take them."""
        return [Period(**row.form.data) for row in self.periods if any(row.form.data.values())]

    def show(self, periods: Sequence[Period], seen: str) -> None:
        """Show the periods that stand and some empty rows, unless somebody already typed."""
        self.prefill(seen=seen, periods=[*map(vars, periods), *({} for _place in range(SPARE))])


class IndicatorForm(SeenForm):
    """An indicator: specific, measurable, agreed, realistic and bound to time."""

    name = _line(_l("What is measured?"), 120, N_("Write what is measured."))
    vague_because = _line(_l("Why does it stay without anything that can be counted?"), 300)
    unit = _line(_l("In which unit?"), 40)
    better = SelectField(_l("What is better?"), coerce=Better)
    baseline = NumberField(_l("Where does it stand at the beginning?"))
    target = NumberField(_l("Where should it be at the end?"))
    source = _line(_l("Where do the figures come from?"), 200)
    owner = _line(_l("Who is answerable for the figures?"), 120)
    plan = FieldList(NumberField(_l("Plan")), _l("Plan for each period"), max_entries=rules.MOST_PERIODS)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.better.choices = _choices(Better)

    def validate_vague_because(self, field: Field) -> None:
        _why_vague(field, self.name.data or "")

    def told(self, key: str) -> Indicator:
        """Return the indicator as the verbs take it."""
        words = {name: self[name].data or "" for name in ("name", "unit", "source", "owner", "vague_because")}
        plan = tuple(one.number for one in self.plan)
        told: dict[str, Any] = {"baseline": self.baseline.number, "target": self.target.number, **words}
        return Indicator(key=key, better=self.better.data, plan=plan, **told)

    def show(self, item: Indicator | None, terms: Terms, seen: str) -> None:
        """Show the indicator that stands, with a place for each period, unless somebody already typed."""
        told = dict(vars(item)) if item is not None else {}
        told["plan"] = list(rules.fitted(item, len(terms.periods))) if item is not None else [None] * len(terms.periods)
        self.prefill(seen=seen, **{name: value for name, value in told.items() if name != "key"})
        for number, entry in enumerate(self.plan):
            if number < len(terms.periods):
                entry.label.text = _("By the end of period %(number)s", number=number + 1)


class LineForm(SeenForm):
    """One line of the budget."""

    name = _line(_l("What is it for?"), 120, N_("Write what the money is for."))
    amount = NumberField(
        _l("Amount in euros"), [filled(lambda: _("Write the amount of this line in euros."))], least=Decimal("0.01")
    )
    funding = _line(_l("From whose money?"), 120, N_("Write who pays: the authority, the partner, or somebody else."))

    def told(self, key: str) -> Line:
        """Return the line as the verbs take it."""
        return Line(key, self.name.data or "", self.amount.number, self.funding.data or "")

    def show(self, item: Line | None, _terms: Terms, seen: str) -> None:
        """Show the line that stands, unless somebody already typed."""
        told = vars(item) if item is not None else {}
        self.prefill(seen=seen, **{name: value for name, value in told.items() if name != "key"})


class RequirementForm(SeenForm):
    """One demand on quality."""

    norm = _line(_l("What must be so?"), 300, N_("Write the norm."))
    vague_because = _line(_l("Why does it stay without anything that can be counted?"), 300)
    check = _line(_l("How is it checked?"), 200, N_("Write how it is checked."))
    evidence = _line(_l("What shows that it is so?"), 200)

    def told(self, key: str) -> Requirement:
        """Return the requirement as the verbs take it."""
        names = ("norm", "check", "evidence", "vague_because")
        return Requirement(key, **{name: self[name].data or "" for name in names})

    def validate_vague_because(self, field: Field) -> None:
        _why_vague(field, self.norm.data or "")

    def show(self, item: Requirement | None, _terms: Terms, seen: str) -> None:
        """Show the requirement that stands, unless somebody already typed."""
        told = vars(item) if item is not None else {}
        self.prefill(seen=seen, **{name: value for name, value in told.items() if name != "key"})


class WhyForm(BaseForm):
    """Why an agreement is amended."""

    because = TextAreaField(
        _l("Why is it amended?"),
        filters=[Body()],
        validators=[filled(lambda: _("Write why it is amended.")), at_most(500)],
    )


class StateForm(BaseForm):
    """Into which state an agreement comes, and why."""

    to_state = SelectField(_l("What is it now?"), coerce=lambda value: AgreementState(value) if value else None)
    because = TextAreaField(_l("Why?"), filters=[Body()], validators=[at_most(500)])

    def offer(self, states: Sequence[AgreementState]) -> None:
        """Fill the list of choices."""
        self.to_state.choices = [("", _("choose")), *((one.value, one.words) for one in states)]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offer(list(AgreementState))

    def validate_to_state(self, field: Field) -> None:
        if field.data is None:
            raise ValidationError(_("Choose what it is now."))

    def validate_because(self, field: Field) -> None:
        if not field.data and self.to_state.data in rules.NEEDS_WHY:
            raise ValidationError(_("Write why."))


class SignForm(SeenForm):
    """For whom somebody signs, and who they are there."""

    signer = SelectField(_l("For whom do you sign?"), validate_choice=False)
    signatory_name = _line(_l("Name of who signs"), 120, N_("Write the name of who signs."))
    signatory_function = _line(_l("What is this person there?"), 120, N_("Write the function of who signs."))


class PublishForm(BaseForm):
    """Under which category of the Woo an agreement is made public."""

    woo = SelectField(_l("Category of the Woo"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.woo.choices = [(code, _(words)) for code, words in WOO.items()]

    def show(self, category: str, legal_form: LegalForm) -> None:
        """Offer the category that it has, or else the one of its legal form, unless somebody already typed."""
        usual = {LegalForm.COVENANT: "convenanten", LegalForm.SUBSIDY: "subsidies"}
        self.prefill(woo=category or usual.get(legal_form, "overeenkomsten"))


class LinkForm(BaseForm):
    """What an agreement realises: the number of a contribution, or a paragraph of the draft."""

    contribution = _line(_l("Number of a proposal or another input"), 20)
    paragraph = SelectField(_l("Or a paragraph of the draft"), validate_choice=False)

    def validate_contribution(self, field: Field) -> None:
        if bool(field.data) == bool(self.paragraph.data):
            raise ValidationError(_("Write a number, or choose a paragraph: one of the two."))


class GoalsForm(BaseForm):
    """For which shared goals an agreement was made."""

    goals = CheckboxesField(_l("Shared goals"), validate_choice=False)
