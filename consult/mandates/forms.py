"""What a process director fills in about what is fixed, and in the mandate note."""

from typing import Any

from wtforms import Field, FieldList, Form, FormField, SelectField, StringField, TextAreaField, ValidationError

from consult.foundation.forms import BaseForm, Body, OneLine, at_most
from consult.foundation.language import Later as _l
from consult.foundation.language import gettext as _
from consult.mandates.models import Negotiable, PreconditionKind
from consult.mandates.verbs import NoteTold, PreconditionPlan

MOST = 40
LARGEST = 2_000_000_000  # euros


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


class NoteForm(BaseForm):
    """What the mandate note says beside the words of the round."""

    why_now = TextAreaField(_l("Why you ask this, and why now"), filters=[Body()], validators=[at_most(2000)])
    budget = StringField(_l("What it may cost, in whole euros"), filters=[OneLine()], validators=[at_most(20)])
    budget_words = StringField(_l("For what, and from which budget"), filters=[OneLine()], validators=[at_most(600)])
    planning = TextAreaField(_l("Who decides what, and when"), filters=[Body()], validators=[at_most(1000)])

    def validate_budget(self, field: Field) -> None:
        if field.data and self.euros() is None:
            raise ValidationError(_("Write an amount in whole euros, like 96000."))

    def euros(self) -> int | None:
        """Return the amount as people write it: "96.000" and "€ 96000" are both ninety-six thousand."""
        told = (self.budget.data or "").replace("€", "").replace(".", "").replace(" ", "").removesuffix(",-")
        return int(told) if told.isascii() and told.isdigit() and len(told) < 11 and int(told) <= LARGEST else None

    def told(self) -> NoteTold:
        """Return what was filled in as the verb takes it."""
        words = (self.why_now.data, self.budget_words.data, self.planning.data)
        reason, budget_words, planning = (one or "" for one in words)
        return NoteTold(reason, self.euros(), budget_words, planning)
