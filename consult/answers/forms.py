"""Which answers somebody chose in a list."""

from wtforms import Field, SelectMultipleField, ValidationError

from consult.answers.rules import ids_in
from consult.foundation.forms import BaseForm
from consult.foundation.language import Later as _l
from consult.foundation.language import gettext as _


class AnswersForm(BaseForm):
    """Answers that were selected, each in the words that were on the page."""

    answers = SelectMultipleField(_l("Selected answers"), choices=[], validate_choice=False)

    def validate_answers(self, field: Field) -> None:
        if self.is_filled and not field.data:
            raise ValidationError(_("Select at least one answer in the list."))
        if ids_in(field.data or ()) is None:
            raise ValidationError(_("One of these answers is unknown. Open the page again."))
