"""What people fill in at a gate, about what the council decided, and about what the board promised."""

import uuid
from collections.abc import Sequence
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
)
from wtforms.validators import InputRequired, Optional, ValidationError

from consult.decisions.models import Commitment, Result
from consult.decisions.queries import Place
from consult.decisions.verbs import CommitmentTold
from consult.foundation.forms import BaseForm, Body, CreatingForm, OneLine, at_most, filled
from consult.foundation.language import Later as _l
from consult.foundation.language import gettext as _
from consult.foundation.language import short_day
from consult.mandates.models import Side
from consult.synthesis.models import Draft, OutcomeKind
from consult.synthesis.rules import shortened

SPARE = 3  # empty rows under a list, to add to it
MOST = 30


class AskForm(BaseForm):
    """The questions that are open when signatures are asked."""

    questions = TextAreaField(_l("Questions that are still open"), filters=[Body()], validators=[at_most(3000)])


class SignForm(BaseForm):
    """For which side somebody signs, and what they read."""

    side = SelectField(_l("Side"), coerce=Side)
    seen = HiddenField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.side.choices = [(side.value, side.words) for side in Side]


class OverrideForm(BaseForm):
    """Why a gate may be passed although something lacks."""

    reason = TextAreaField(_l("Why it can go on all the same"), filters=[Body()], validators=[at_most(1000)])


class AmendmentRow(Form):
    """One amendment in a list; an empty row is left out."""

    number = StringField(_l("Number of the amendment"), filters=[OneLine()], validators=[at_most(40)])
    words = StringField(_l("What it is for"), filters=[OneLine()], validators=[at_most(1000)])
    paragraph = SelectField(_l("Paragraph that changes"), validate_choice=False)
    text = TextAreaField(_l("What the paragraph says now"), filters=[Body()], validators=[at_most(10_000)])
    votes = StringField(_l("How the council voted on it"), filters=[OneLine()], validators=[at_most(300)])

    @property
    def is_used(self) -> bool:
        """Whether anything of an amendment was filled in."""
        return bool(self.number.data or self.words.data or self.text.data)

    def validate_number(self, field: Field) -> None:
        if self.is_used and not field.data:
            raise ValidationError(_("Give the number that the amendment has in the council's file."))

    def validate_words(self, field: Field) -> None:
        if self.is_used and not field.data:
            raise ValidationError(_("Say in a sentence what the amendment is for."))

    def validate_paragraph(self, field: Field) -> None:
        if self.is_used and id_or_none(field.data) is None:
            raise ValidationError(_("Choose which paragraph it changes."))

    def validate_text(self, field: Field) -> None:
        if self.is_used and not field.data:
            raise ValidationError(_("Write what the paragraph says now."))


class DeviationRow(Form):
    """An input with another outcome in a list; a row without a number is left out."""

    number = StringField(_l("Number of the input"), filters=[OneLine()], validators=[at_most(40)])
    kind = SelectField(_l("Outcome"), coerce=OutcomeKind)
    reason = StringField(_l("Why the outcome changed"), filters=[OneLine()], validators=[at_most(1000)])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = [kind for kind in OutcomeKind if kind is not OutcomeKind.MERGED]
        self.kind.choices = [(kind.value, kind.words) for kind in offered]

    def validate_reason(self, field: Field) -> None:
        if self.number.data and not field.data:
            raise ValidationError(_("Say why the outcome became another one: the person who sent it in reads it."))


class DecisionForm(CreatingForm):
    """What the council decided."""

    draft = SelectField(_l("Version of the draft that was decided about"), validate_choice=False)
    result = SelectField(_l("What the council decided"), coerce=Result)
    decided_on = DateField(_l("Day of the decision"), validators=[InputRequired(_l("Choose a day."))])
    number = StringField(
        _l("Number of the decision in the council's file"),
        filters=[OneLine()],
        validators=[filled(lambda: _("Fill in the number, so that people can find the decision.")), at_most(80)],
    )
    votes = StringField(_l("How the council voted"), filters=[OneLine()], validators=[at_most(300)])
    reason = TextAreaField(_l("Why"), filters=[Body()], validators=[Optional(), at_most(1000)])
    amendments = FieldList(FormField(AmendmentRow), _l("Amendments"), max_entries=MOST)
    deviations = FieldList(FormField(DeviationRow), _l("Inputs of which the outcome changed"), max_entries=MOST)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.result.choices = [(result.value, result.words) for result in Result]

    def validate_draft(self, field: Field) -> None:
        if id_or_none(field.data) is None:
            raise ValidationError(_("Choose a version that is published."))

    def offer(self, drafts: Sequence[Draft], places: Sequence[Place]) -> None:
        """Say which versions can be chosen, and which paragraphs the newest of them has."""
        told = [(str(one.id), _("version %(number)s", number=one.number), one.published_at) for one in drafts]
        self.draft.choices = [
            (value, f"{words}, {short_day(at)}" if at is not None else words) for value, words, at in told
        ]
        known = [(str(one.stable_id), f"{one.where} {shortened(one.text)}") for one in places]
        for row in self.amendments:
            row.form.paragraph.choices = [("", _("choose")), *known]

    def rows(self) -> tuple[list[AmendmentRow], list[DeviationRow]]:
        """Return the rows of both lists that were filled in."""
        amendments = [row.form for row in self.amendments if row.form.is_used]
        return amendments, [row.form for row in self.deviations if row.form.number.data]


class CommitmentForm(CreatingForm):
    """What the board promised, who keeps it, and when."""

    promise = StringField(
        _l("What was promised?"),
        filters=[OneLine()],
        validators=[filled(lambda: _("Write what was promised.")), at_most(500)],
    )
    keeper = StringField(
        _l("Which office or team keeps it?"),
        filters=[OneLine()],
        validators=[filled(lambda: _("Write which office or team keeps it.")), at_most(120)],
    )
    promised_on = DateField(_l("On which day was it promised?"), validators=[InputRequired(_l("Choose a day."))])
    keep_by = DateField(_l("By which day is it kept?"), validators=[InputRequired(_l("Choose a day."))])

    def validate_keep_by(self, field: Field) -> None:
        if field.data is not None and self.promised_on.data is not None and field.data < self.promised_on.data:
            raise ValidationError(_("It cannot be due before it was promised. Choose a later day."))

    def told(self) -> CommitmentTold:
        """Return what was filled in as the verbs take it."""
        made_on, due_on = self.promised_on.data, self.keep_by.data
        assert made_on is not None
        assert due_on is not None
        return CommitmentTold(self.promise.data or "", self.keeper.data or "", made_on, due_on)


class ChangeCommitmentForm(CommitmentForm):
    """What becomes other about a promise, and why."""

    because = TextAreaField(
        _l("Why does it change?"),
        filters=[Body()],
        validators=[filled(lambda: _("Say why it changes. Everybody can read it.")), at_most(500)],
    )

    def show(self, one: Commitment) -> None:
        """Show the promise that stands, unless somebody already typed."""
        days: dict[str, Any] = {"promised_on": one.made_on, "keep_by": one.due_on}
        self.prefill(promise=one.text, keeper=one.keeper, **days)


class SettleForm(BaseForm):
    """What came of a promise."""

    was_kept = RadioField(_l("What became of it?"), validators=[InputRequired(_l("Choose what became of it."))])
    result = TextAreaField(
        _l("What came of it?"),
        filters=[Body()],
        validators=[filled(lambda: _("Say what came of it. Everybody can read it.")), at_most(1_000)],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.was_kept.choices = [("yes", _("it was kept")), ("no", _("it is taken back"))]


def id_or_none(value: Any) -> uuid.UUID | None:
    """Read an id as a form gives it; None when it is none."""
    try:
        return uuid.UUID(str(value))
    except ValueError:
        return None
