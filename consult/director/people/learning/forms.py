"""What is filled in about what there is to learn."""

from collections.abc import Sequence
from typing import Any

from wtforms import DateField, Field, IntegerField, SelectField, StringField, TextAreaField, ValidationError
from wtforms.validators import StopValidation

from consult.director.people.learning.models import LearningActivity, LearningForm
from consult.director.people.learning.verbs import ActivityTold
from consult.director.people.profiles.rules import Competence
from consult.foundation.forms import Body, CheckboxesField, CreatingForm, NumberField, OneLine, at_most, filled
from consult.foundation.language import Later as _l
from consult.foundation.language import gettext as _

MOST_SEATS = 500


class ActivityForm(CreatingForm):
    """Something to learn; one of the two costs is filled in."""

    title = StringField(
        _l("What is this to learn called?"),
        filters=[OneLine()],
        validators=[filled(lambda: _("Write what it is called.")), at_most(160)],
    )
    learning_form = SelectField(_l("For whom is it made?"), coerce=LearningForm)
    about = TextAreaField(_l("What do you learn, and who teaches it?"), filters=[Body()], validators=[at_most(2_000)])
    learned = CheckboxesField(_l("For which competences?"), choices=[], validate_choice=False)
    learning_days = NumberField(
        _l("How many days does it take?"), [filled(lambda: _("Write how many days it takes, such as 1,5."))]
    )
    cost_per_person = NumberField(_l("Cost for each person, in euros"))
    cost_total = NumberField(_l("Cost for a whole group, in euros"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.learning_form.choices = [(one.value, one.words) for one in LearningForm]

    def offer(self, competences: Sequence[Competence]) -> None:
        """Fill the list of competences."""
        self.learned.choices = [(one.code, f"{one.code} {one.name}") for one in competences]

    def validate_learned(self, field: Field) -> None:
        if not field.data:
            raise ValidationError(_("Choose at least one competence of the frame."))

    def validate_cost_total(self, field: NumberField) -> None:
        if (self.cost_per_person.number is None) == (field.number is None) and not self.cost_per_person.errors:
            raise StopValidation(_("Fill in what it costs: for each person, or for a whole group."))
        if any(cost is not None and cost < 0 for cost in (self.cost_per_person.number, field.number)):
            raise ValidationError(_("A cost cannot be below zero."))

    def told(self) -> ActivityTold:
        """Return what was filled in as the verbs take it."""
        assert self.learning_days.number is not None
        return ActivityTold(
            form=self.learning_form.data,
            title=self.title.data or "",
            about=self.about.data or "",
            competences=self.learned.data or (),
            days=self.learning_days.number,
            cost_per_person=self.cost_per_person.number,
            cost_total=self.cost_total.number,
        )

    def show(self, activity: LearningActivity) -> None:
        """Show what stands, unless somebody already typed."""
        self.prefill(
            title=activity.title,
            learning_form=activity.form,
            about=activity.about,
            learned=activity.competences,
            learning_days=activity.days,
            cost_per_person=activity.cost_per_person,
            cost_total=activity.cost_total,
        )


class CohortForm(CreatingForm):
    """A group that follows something together."""

    place = StringField(
        _l("Where?"), filters=[OneLine()], validators=[filled(lambda: _("Write where it is.")), at_most(160)]
    )
    begins_on = DateField(_l("On which day does it begin?"), validators=[filled(lambda: _("Choose the first day."))])
    finishes_on = DateField(_l("On which day does it end?"), validators=[filled(lambda: _("Choose the last day."))])
    group_size = IntegerField(
        _l("How many people can join?"), validators=[filled(lambda: _("Fill in how many people can join."))]
    )
    programme = TextAreaField(_l("What do you do there?"), filters=[Body()], validators=[at_most(2_000)])

    def validate_finishes_on(self, field: Field) -> None:
        if self.begins_on.data and field.data and field.data < self.begins_on.data:
            raise ValidationError(_("The last day is before the first. Change one of them."))

    def validate_group_size(self, field: Field) -> None:
        if field.data is not None and not 1 <= field.data <= MOST_SEATS:
            raise ValidationError(_("Fill in a number from 1 to %(most)s.", most=MOST_SEATS))
