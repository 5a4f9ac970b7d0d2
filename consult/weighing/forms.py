"""What a moderator fills in for the synthesis report."""

from collections.abc import Iterable
from typing import Any

from wtforms import Field, HiddenField, SelectField, SelectMultipleField, StringField, TextAreaField, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from consult.contributions.models import Contribution
from consult.foundation.forms import BaseForm, Body, CreatingForm, OneLine, at_most, filled
from consult.foundation.language import Later as _l
from consult.foundation.language import gettext as _
from consult.mandates.models import Precondition
from consult.synthesis.rules import name_of
from consult.weighing.models import FindingKind
from consult.weighing.rules import LONGEST_LINE, LONGEST_SUMMARY, LONGEST_TEXT, MOST_PICKED, Told


class CheckboxesField(SelectMultipleField):
    """Several boxes of which any number can be ticked."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class _Versioned(BaseForm):
    """The version that was read when the change began."""

    version = HiddenField()

    def validate_version(self, field: Field) -> None:
        if self.is_filled and (not (field.data or "").isdecimal() or len(field.data) > 9):
            raise ValidationError(_("Open the page again and make your change there."))


class SummaryForm(_Versioned):
    """What was said of a theme, in a few words."""

    text = TextAreaField(_l("What people said of this theme"), filters=[Body()], validators=[at_most(LONGEST_SUMMARY)])


class _Said(BaseForm):
    """What is said of a finding: an argument, a minority view, or an option with what was weighed."""

    finding = SelectField(_l("What it is"), choices=[], validate_choice=False)
    text = TextAreaField(
        _l("In one or two sentences"),
        filters=[Body()],
        validators=[filled(lambda: _("Write what people said, or what is weighed.")), at_most(LONGEST_TEXT)],
    )
    advice = TextAreaField(_l("Expert advice"), filters=[Body()], validators=[at_most(LONGEST_TEXT)])
    cost = StringField(_l("Cost"), filters=[OneLine()], validators=[at_most(LONGEST_LINE)])
    choice = StringField(_l("Choice"), filters=[OneLine()], validators=[at_most(LONGEST_LINE)])
    reason = TextAreaField(_l("Reason"), filters=[Body()], validators=[at_most(LONGEST_TEXT)])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.finding.choices = [(k.value, k.words) for k in FindingKind if k is not FindingKind.WEIGHED]

    def validate_finding(self, field: Field) -> None:
        if field.data not in set(FindingKind):
            raise ValidationError(_("Choose what it is."))

    def validate_reason(self, field: Field) -> None:
        if self.is_filled and bool(field.data) != bool(self.choice.data):
            raise ValidationError(_("Give the choice and its reason together: numbers do not choose, you do."))

    @property
    def told(self) -> Told:
        """What was typed; an argument has no advice, cost, choice or reason."""
        kind = FindingKind(self.finding.data)
        names = ("advice", "cost", "choice", "reason") if kind is FindingKind.WEIGHED else ()
        return Told(kind, self.text.data or "", **{name: self[name].data or "" for name in names})


class NewFindingForm(_Said, CreatingForm):
    """A new finding."""


class FindingForm(_Said, _Versioned):
    """What a finding is to say from now on."""


class SourcesForm(BaseForm):
    """The contributions and preconditions that are to stand under a finding."""

    picked = CheckboxesField(_l("What it rests on"), choices=[], validate_choice=False)

    def offer(self, contributions: Iterable[Contribution], preconditions: Iterable[Precondition]) -> None:
        """Fill the list with what can still be chosen."""
        self.picked.choices = [
            *((f"contribution/{one.public_id}", name_of(one)) for one in contributions),
            *((f"precondition/{one.code}", f"{one.code} {one.title}") for one in preconditions),
        ]

    def validate_picked(self, field: Field) -> None:
        if self.is_filled and not field.data:
            raise ValidationError(_("Select at least one."))
        if len(field.data or ()) > MOST_PICKED:
            raise ValidationError(_("Select at most %(most)s at once.", most=MOST_PICKED))

    def named(self, kind: str) -> list[str]:
        """Return the names of what was chosen of one kind."""
        told = (value.partition("/") for value in self.picked.data or ())
        return [name for what, _slash, name in told if what == kind]


class PublishForm(BaseForm):
    """The moment at which what was read had been submitted."""

    read_at = HiddenField()
