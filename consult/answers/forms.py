"""Which answers somebody chose in a list, what a text block says, and when answers are due."""

from typing import Any

from wtforms import (
    DateField,
    Field,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import Optional

from consult.answers.rules import ids_in, unknown_fields
from consult.foundation.forms import BaseForm, Body, OneLine, at_most, filled
from consult.foundation.language import Later as _l
from consult.foundation.language import gettext as _
from consult.synthesis.models import OutcomeKind

LONGEST_NAME, LONGEST_TEXT, MOST_DAYS = 120, 1_000, 730


class AnswersForm(BaseForm):
    """Answers that were selected, each in the words that were on the page."""

    answers = SelectMultipleField(_l("Selected answers"), choices=[], validate_choice=False)

    def validate_answers(self, field: Field) -> None:
        if self.is_filled and not field.data:
            raise ValidationError(_("Select at least one answer in the list."))
        if ids_in(field.data or ()) is None:
            raise ValidationError(_("One of these answers is unknown. Open the page again."))


class BlockForm(BaseForm):
    """The name of a text block, the outcome that it goes with, and its text with fields between braces."""

    name = StringField(
        _l("Name"), filters=[OneLine()], validators=[filled(lambda: _("Give it a name.")), at_most(LONGEST_NAME)]
    )
    kind = SelectField(_l("Outcome"), coerce=lambda value: OutcomeKind(value) if value else None)
    text = TextAreaField(
        _l("Text"),
        filters=[Body()],
        validators=[filled(lambda: _("Write what the answer says.")), at_most(LONGEST_TEXT)],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        settable = [kind for kind in OutcomeKind if kind is not OutcomeKind.MERGED]
        self.kind.choices = [("", _("choose an outcome")), *((kind.value, kind.words) for kind in settable)]

    def validate_kind(self, field: Field) -> None:
        if field.data is None:
            raise ValidationError(_("Choose what becomes of it."))

    def validate_text(self, field: Field) -> None:
        if unknown := unknown_fields(field.data or ""):
            raise ValidationError(
                _("{%(name)s} is no field. Use the names that stand under the text.", name=unknown[0])
            )


class TermForm(BaseForm):
    """When answers are due: on a day, or so many days after collecting closes; neither means that there is no term."""

    on_day = DateField(_l("On this day"), validators=[Optional()])
    days = IntegerField(_l("Or so many days after collecting closes"), validators=[Optional()])

    def validate_days(self, field: Field) -> None:
        if field.data is not None and not 0 <= field.data <= MOST_DAYS:
            raise ValidationError(_("Give a number of days from 0 to %(most)s.", most=MOST_DAYS))
        if field.data is not None and self.on_day.data is not None:
            raise ValidationError(_("Give a day or a number of days, not both."))
