"""What is filled in when a model of staffing is chosen."""

from typing import Any

from wtforms import HiddenField, SelectField, TextAreaField

from consult.director.people.staffing.models import StaffingModel
from consult.director.people.staffing.rules import StaffingRule, as_rule, read_rule
from consult.foundation.forms import Body, CreatingForm, at_most, filled
from consult.foundation.language import Later as _l
from consult.foundation.language import gettext as _


class DecisionForm(CreatingForm):
    """The chosen model, its rule as it stood on the page, and why."""

    staffing_model = SelectField(_l("Which model do you choose?"), coerce=StaffingModel)
    why_this = TextAreaField(
        _l("Why this one?"),
        filters=[Body()],
        validators=[filled(lambda: _("Write why this model is chosen.")), at_most(2_000)],
    )
    each_person_min = HiddenField()
    min_level = HiddenField()
    min_people = HiddenField()
    base_min = HiddenField()
    key_level = HiddenField()
    key_people = HiddenField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.staffing_model.choices = [(one.value, one.words) for one in StaffingModel]

    def rule(self) -> StaffingRule:
        """Return the rule that stood on the page."""
        return read_rule({name: self[name].data or "" for name in as_rule(StaffingRule())})
