"""What is filled in about shared goals."""

from typing import Any

from wtforms import (
    DateField,
    Field,
    FieldList,
    Form,
    FormField,
    HiddenField,
    SelectField,
    StringField,
    TextAreaField,
    ValidationError,
)

from consult.director.goals.models import Better, Finding, Goal, GoalMeasurement, GoalVersion
from consult.director.goals.rules import WOO, fault_of_direction, fault_of_years, vague_words
from consult.director.goals.verbs import GoalTold
from consult.foundation.forms import BaseForm, Body, CreatingForm, NumberField, OneLine, at_most, filled
from consult.foundation.language import Later as _l
from consult.foundation.language import gettext as _

MOST_PARTIES = 12
SPARE = 3  # empty rows for parties


class PartyRow(Form):
    """An organisation that takes part, and what it does for the goal."""

    slug = SelectField(_l("Organisation"), validate_choice=False)
    contribution = StringField(_l("What it does for this goal"), filters=[OneLine()], validators=[at_most(500)])


class GoalForm(CreatingForm):
    """A goal with its one indicator and its parties; `version` is the one that was open."""

    version = HiddenField(default="1")
    title = StringField(
        _l("What do you want to reach together?"),
        filters=[OneLine()],
        validators=[filled(lambda: _("Write the goal.")), at_most(200)],
    )
    vague_because = StringField(
        _l("Why does it stay without a number?"), filters=[OneLine()], validators=[at_most(300)]
    )
    why = TextAreaField(_l("Why this goal?"), filters=[Body()], validators=[at_most(2_000)])
    indicator = StringField(
        _l("By what do you see it?"),
        filters=[OneLine()],
        validators=[filled(lambda: _("Write what is measured.")), at_most(120)],
    )
    unit = StringField(
        _l("In which unit?"), filters=[OneLine()], validators=[filled(lambda: _("Write the unit.")), at_most(40)]
    )
    better = SelectField(_l("What is better?"), coerce=Better)
    baseline = NumberField(_l("Where does it stand at the beginning?"))
    target = NumberField(_l("Where should it be at the end?"), [filled(lambda: _("Write the target as a number."))])
    starts_on = DateField(_l("From which day?"), validators=[filled(lambda: _("Choose the first day."))])
    target_on = DateField(_l("Reached by which day?"), validators=[filled(lambda: _("Choose the target day."))])
    source = StringField(
        _l("Where do the figures come from?"),
        filters=[OneLine()],
        validators=[filled(lambda: _("Write the source of the figures.")), at_most(200)],
    )
    of = SelectField(_l("Of which round?"), validate_choice=False)
    parties = FieldList(FormField(PartyRow), _l("Who takes part"), max_entries=MOST_PARTIES)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.better.choices = [(one.value, one.words) for one in Better]

    def validate_target(self, field: NumberField) -> None:
        number = field.number
        if number is not None and (fault := fault_of_direction(self.better.data, self.baseline.number, number)):
            raise ValidationError(fault)

    def validate_starts_on(self, field: Field) -> None:
        if fault := fault_of_years(field.data):
            raise ValidationError(fault)

    def validate_target_on(self, field: Field) -> None:
        if fault := fault_of_years(field.data):
            raise ValidationError(fault)
        if self.starts_on.data and field.data and field.data <= self.starts_on.data:
            raise ValidationError(_("The target day is not after the first day. Choose a later one."))

    def validate_vague_because(self, field: Field) -> None:
        if not field.data and (words := vague_words(self.title.data or "")):
            raise ValidationError(
                _("“%(word)s” measures nothing. Write a number in the goal, or say here why it stays.", word=words[0])
            )

    def told(self) -> GoalTold:
        """Return what was filled in as the verbs take it."""
        assert self.target.number is not None
        words = {
            name: self[name].data or "" for name in ("title", "why", "indicator", "unit", "source", "vague_because")
        }
        days = {"starts_on": self.starts_on.data, "target_on": self.target_on.data}
        ends = {"baseline": self.baseline.number, "target": self.target.number}
        return GoalTold(**words, **days, **ends, better=self.better.data)  # type: ignore[arg-type]

    def offer(self, bodies: list[tuple[str, str]], rounds: list[tuple[str, str]]) -> None:
        """Fill the lists of choices, and keep some empty rows."""
        self.of.choices = [("", _("of no round")), *rounds]
        filled_rows = [row for row in self.parties if row.form.slug.data]
        while len(self.parties) < min(MOST_PARTIES, len(filled_rows) + SPARE):
            self.parties.append_entry({})
        for row in self.parties:
            row.form.slug.choices = [("", _("nobody")), *bodies]

    def wanted(self) -> dict[str, str]:
        """Return by short name which organisations take part, and what each does."""
        return {row.form.slug.data: row.form.contribution.data or "" for row in self.parties if row.form.slug.data}

    def show(self, goal: Goal) -> None:
        """Show the newest words of a goal, unless somebody already typed."""
        words: Goal | GoalVersion = goal.draft or goal
        told: dict[str, Any] = {name: getattr(words, name) for name in GoalTold.__dataclass_fields__}
        taking = goal.taking_part(goal.signable)
        told["parties"] = [{"slug": one.organisation.slug, "contribution": one.contribution} for one in taking]
        self.prefill(**told, version=goal.newest, of=goal.round.slug if goal.round is not None else "")


class SignGoalForm(BaseForm):
    """For whom a goal is signed, in which version; without an organisation it is for the authority."""

    version = HiddenField()
    signer = SelectField(_l("For whom do you sign?"), validate_choice=False)


class MeasureForm(CreatingForm):
    """What the indicator stood at on a day."""

    measured_on = DateField(_l("On which day?"), validators=[filled(lambda: _("Choose the day."))])
    value = NumberField(_l("What did it stand at?"), [filled(lambda: _("Write the value as a number."))])
    source = StringField(
        _l("Where does this value come from?"),
        filters=[OneLine()],
        validators=[filled(lambda: _("Write the source of this value.")), at_most(200)],
    )


class CorrectForm(CreatingForm):
    """What a value should have been, and what was wrong with it."""

    value = NumberField(_l("What did it stand at?"), [filled(lambda: _("Write the value as a number."))])
    source = StringField(
        _l("Where does this value come from?"),
        filters=[OneLine()],
        validators=[filled(lambda: _("Write the source of this value.")), at_most(200)],
    )
    because = TextAreaField(
        _l("What was wrong with the earlier value?"),
        filters=[Body()],
        validators=[filled(lambda: _("Say what was wrong with the earlier value.")), at_most(500)],
    )

    def show(self, value: GoalMeasurement) -> None:
        """Show the value that stands, unless somebody already typed."""
        self.prefill(value=value.value, source=value.source)


class FindingForm(BaseForm):
    """What became of a goal, and why somebody finds so."""

    found = SelectField(_l("What became of it?"), coerce=lambda value: Finding(value) if value else None)
    because = TextAreaField(
        _l("Why do you find so?"),
        filters=[Body()],
        validators=[filled(lambda: _("Write why. Everybody can read it.")), at_most(1_000)],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.found.choices = [("", _("choose")), *((one.value, one.words) for one in Finding)]

    def validate_found(self, field: Field) -> None:
        if field.data is None:
            raise ValidationError(_("Choose what became of it."))


class WooForm(BaseForm):
    """Under which category of the Woo something is made public."""

    woo = SelectField(_l("Category of the Woo"), choices=[])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.woo.choices = [(code, _(words)) for code, words in WOO.items()]
