"""What is filled in when a model of staffing is chosen."""

from typing import Any

from wtforms import IntegerField, SelectField, TextAreaField
from wtforms.validators import NumberRange

from consult.director.people.profiles.rules import LEVELS
from consult.director.people.staffing.models import StaffingModel
from consult.director.people.staffing.rules import MOST_PEOPLE, StaffingRule, as_rule
from consult.foundation.forms import Body, CreatingForm, at_most, filled
from consult.foundation.language import Later as _l
from consult.foundation.language import gettext as _


def _level(label: str) -> SelectField:
    return SelectField(label, coerce=int)


def _people(label: str) -> IntegerField:
    said = _l("Write a whole number from 1 to 99.")
    return IntegerField(
        label, validators=[filled(lambda: _("Write how many people.")), NumberRange(1, MOST_PEOPLE, said)]
    )


class DecisionForm(CreatingForm):
    """The chosen model, what each model asks, and why."""

    staffing_model = SelectField(_l("Which model do you choose?"), coerce=StaffingModel)
    why_this = TextAreaField(
        _l("Why this one?"),
        filters=[Body()],
        validators=[filled(lambda: _("Write why this model is chosen.")), at_most(2_000)],
    )
    each_person_min = _level(_l("Integral: level"))
    min_level = _level(_l("Strong points: level"))
    min_people = _people(_l("Strong points: people"))
    base_min = _level(_l("Base: level"))
    key_level = _level(_l("Specialist: level"))
    key_people = _people(_l("Specialists: people"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.staffing_model.choices = [(one.value, one.words) for one in StaffingModel]
        for field in (self.each_person_min, self.min_level, self.base_min, self.key_level):
            field.choices = [(level, str(level)) for level in LEVELS]

    def rule(self) -> StaffingRule:
        """Return the limits that were filled in."""
        return StaffingRule(**{name: self[name].data for name in as_rule(StaffingRule())})
