"""What partners report, and what contract managers write about it."""

import uuid
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from wtforms import (
    DateField,
    Field,
    FieldList,
    Form,
    FormField,
    HiddenField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import Optional

from consult.contributions.models import Checked
from consult.director.agreements.rules import MOST_ITEMS
from consult.director.agreements.terms import Terms
from consult.director.steering.models import Evidence, ProgressReport, ReportVerdict, Step
from consult.director.steering.verbs import Figure, ReportTold
from consult.foundation.forms import BaseForm, Body, CreatingForm, FilesField, NumberField, OneLine, at_most, filled
from consult.foundation.language import Later as _l
from consult.foundation.language import gettext as _

YES, NO = "yes", "no"


class ValueRow(Form):
    """What one indicator stood at."""

    key = HiddenField()
    value = NumberField(_l("What did it stand at?"), [filled(lambda: _("Write what it stood at, as a number."))])
    note = StringField(_l("Explanation"), filters=[OneLine()], validators=[at_most(300)])


def _euros(label: str) -> NumberField:
    return NumberField(label, [filled(lambda: _("Write an amount in euros; 0 is one too."))], least=Decimal(0))


class FigureRow(Form):
    """What one line of the budget came to, in euros."""

    key = HiddenField()
    committed = _euros(_l("Tied down so far"))
    realised = _euros(_l("Spent so far"))
    forecast = _euros(_l("Expected at the end"))


class ReportForm(CreatingForm):
    """What a partner tells of one period."""

    values = FieldList(FormField(ValueRow), _l("Indicators"), max_entries=MOST_ITEMS)
    figures = FieldList(FormField(FigureRow), _l("Money"), max_entries=MOST_ITEMS)
    text = TextAreaField(
        _l("What went well, what did not, and what do you do about it?"),
        filters=[Body()],
        validators=[filled(lambda: _("Write in some sentences how it went.")), at_most(4_000)],
    )
    files = FilesField(_l("Evidence"), asks_alt=False)

    def told(self) -> ReportTold:
        """Return what was filled in as the verbs take it."""
        values: dict[Any, Any] = {
            row.form.key.data: (row.form.value.number, row.form.note.data or "") for row in self.values
        }
        names = ("committed", "realised", "forecast")
        figures: dict[Any, Any] = {
            row.form.key.data: Figure(**{name: getattr(row.form, name).number for name in names})
            for row in self.figures
        }
        return ReportTold(self.text.data or "", values, figures)

    def show(self, terms: Terms, report: ProgressReport | None) -> None:
        """Show a row for each indicator and each line, filled where there is a report, unless somebody typed."""
        measured = {one.key: one for one in report.measurements} if report is not None else {}
        spent = {one.key: one for one in report.figures} if report is not None else {}
        self.prefill(
            text=report.text if report is not None else "",
            values=[_row(one.key, measured.get(one.key), ("value", "note")) for one in terms.indicators],
            figures=[_row(one.key, spent.get(one.key), ("committed", "realised", "forecast")) for one in terms.lines],
        )


def _row(key: str, known: Any, names: Sequence[str]) -> dict[str, Any]:
    return {"key": key, **({name: getattr(known, name) for name in names} if known is not None else {})}


class CommentForm(CreatingForm):
    """Something about a report."""

    text = TextAreaField(
        _l("What do you want to say about it?"),
        filters=[Body()],
        validators=[filled(lambda: _("Write what you want to say.")), at_most(2_000)],
    )


class CheckForm(BaseForm):
    """What the contract manager makes of a report; `seen` is the report that was read."""

    seen = HiddenField()
    judgement = RadioField(_l("What do you make of it?"), coerce=ReportVerdict, validate_choice=False)
    note = TextAreaField(_l("What should the partner know or mend?"), filters=[Body()], validators=[at_most(1_000)])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.judgement.choices = [
            (ReportVerdict.ACCEPTED.value, _("I accept it: the period is closed and the figures count")),
            (ReportVerdict.RETURNED.value, _("I send it back: something must be mended first")),
        ]

    def validate_judgement(self, field: Field) -> None:
        if field.data is None:
            raise ValidationError(_("Choose whether you accept it."))

    def validate_note(self, field: Field) -> None:
        if not field.data and self.judgement.data is ReportVerdict.RETURNED:
            raise ValidationError(_("Say what the partner should mend."))

    def seen_id(self) -> uuid.UUID:
        """Return the report that was read; what is none is another one than stands."""
        try:
            return uuid.UUID(self.seen.data or "")
        except ValueError:
            return uuid.UUID(int=0)


class ReopenForm(BaseForm):
    """Why a report that was accepted is opened again."""

    because = TextAreaField(
        _l("What proves to be wrong, and what should the partner mend?"),
        filters=[Body()],
        validators=[filled(lambda: _("Say what the partner should mend.")), at_most(1_000)],
    )


class QualityForm(BaseForm):
    """Whether a requirement is met, on which day somebody saw that, and what shows it."""

    is_met = RadioField(_l("Is it met?"), validate_choice=False, default="")
    checked_on = DateField(_l("On which day was it looked at?"), validators=[filled(lambda: _("Choose the day."))])
    note = TextAreaField(_l("What did you see?"), filters=[Body()], validators=[at_most(500)])
    evidence = SelectField(_l("Which file shows it?"), validate_choice=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.is_met.choices = [(YES, _("Yes, it is met")), (NO, _("No, not yet"))]

    def validate_is_met(self, field: Field) -> None:
        if field.data not in {YES, NO}:
            raise ValidationError(_("Choose whether it is met."))

    def validate_note(self, field: Field) -> None:
        if self.is_met.data == YES and not field.data and not self.evidence.data:
            raise ValidationError(
                _("Nobody can see yet that it is met. Write what you saw, or choose a file that shows it.")
            )

    def offer(self, files: Sequence[Evidence]) -> None:
        """Fill the list of choices: only a file that was found clean can show anything."""
        clean = [(str(one.id), one.name) for one in files if one.checked is Checked.CLEAN]
        self.evidence.choices = [("", _("no file")), *clean]

    def evidence_id(self) -> uuid.UUID | None:
        """Return the file that was chosen; what is none belongs to no agreement."""
        try:
            return uuid.UUID(self.evidence.data) if self.evidence.data else None
        except ValueError:
            return uuid.UUID(int=0)


class StepForm(BaseForm):
    """Whether the next step is taken, why, and until when the partner has time."""

    next_step = HiddenField()
    is_taken = RadioField(_l("What do you decide?"), validate_choice=False)
    reason = TextAreaField(
        _l("Why, and what was agreed?"),
        filters=[Body()],
        validators=[filled(lambda: _("Say why. It stays with the decision.")), at_most(1_000)],
    )
    term_on = DateField(_l("Until which day does the partner have time?"), validators=[Optional()])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.is_taken.choices = [(YES, _("Take this step")), (NO, _("Not yet"))]

    def validate_is_taken(self, field: Field) -> None:
        if field.data not in {YES, NO}:
            raise ValidationError(_("Choose what you decide."))

    def chosen(self) -> Step | None:
        """Return the step that was on the page."""
        return next((one for one in Step if one.value == self.next_step.data), None)
