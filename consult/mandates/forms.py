"""What a process director fills in about what is fixed."""

from typing import Any

from wtforms import Field, FieldList, Form, FormField, SelectField, StringField, ValidationError

from consult.foundation.forms import BaseForm, OneLine, at_most
from consult.foundation.language import Later as _l
from consult.foundation.language import gettext as _
from consult.mandates.models import Negotiable, PreconditionKind
from consult.mandates.verbs import PreconditionPlan

MOST = 40


class PreconditionRow(Form):
    """One precondition in a list; a row without a title is left out."""

    code = StringField(_l("Code"), filters=[OneLine()], validators=[at_most(20)])
    title = StringField(_l("What is fixed"), filters=[OneLine()], validators=[at_most(200)])
    why = StringField(_l("Why"), filters=[OneLine()], validators=[at_most(600)])
    kind = SelectField(_l("Where it comes from"), coerce=PreconditionKind)
    negotiable = SelectField(_l("Can it still change?"), coerce=Negotiable)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind.choices = [(kind.value, kind.words) for kind in PreconditionKind]
        self.negotiable.choices = [(kind.value, kind.words) for kind in Negotiable]

    def validate_code(self, field: Field) -> None:
        if self.title.data and not field.data:
            raise ValidationError(_("Give it a code, like R1."))

    def validate_why(self, field: Field) -> None:
        if self.title.data and not field.data:
            raise ValidationError(_("Say why this is fixed."))


class PreconditionsForm(BaseForm):
    """All preconditions of a round."""

    preconditions = FieldList(FormField(PreconditionRow), _l("What is fixed, and why"), max_entries=MOST)

    def plans(self) -> list[PreconditionPlan]:
        """Return the rows that were filled in."""
        rows = [row.form for row in self.preconditions if row.form.title.data]
        return [
            PreconditionPlan(
                row.code.data or "", row.kind.data, row.negotiable.data, row.title.data or "", row.why.data or ""
            )
            for row in rows
        ]
