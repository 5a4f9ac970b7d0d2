"""What is told of a year, the money of a round, how its role went, and the yearly self-scan."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from wtforms import (
    DateField,
    Field,
    FieldList,
    Form,
    FormField,
    HiddenField,
    IntegerField,
    SelectField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import NumberRange, Optional

from consult.director.accountability.models import RoundLine, ScanPart, Withheld
from consult.director.accountability.rules import MOST_ASKED, mark_in
from consult.director.accountability.verbs import ReviewTold
from consult.director.goals.rules import EARLIEST, LATEST
from consult.foundation.forms import BaseForm, Body, NumberField, OneLine, at_most, filled
from consult.foundation.language import Later as _l
from consult.foundation.language import gettext as _
from consult.mandates.models import Principle, Rung


class YearForm(BaseForm):
    """What came of an agreement in a year, and what is next."""

    year_seen = HiddenField()
    year = IntegerField(_l("Of which year?"), validators=[filled(lambda: _("Write the year."))])
    result = TextAreaField(
        _l("What came of it?"),
        filters=[Body()],
        validators=[filled(lambda: _("Write what came of it.")), at_most(2_000)],
    )
    following = TextAreaField(_l("What happens next?"), filters=[Body()], validators=[at_most(2_000)])


class RoundMoneyForm(BaseForm):
    """One line of the money of a round: a new one, or one that is changed."""

    line = SelectField(_l("Which line?"), validate_choice=False)
    name = StringField(
        _l("What is it for?"),
        filters=[OneLine()],
        validators=[filled(lambda: _("Write what the money is for.")), at_most(120)],
    )
    budget = NumberField(
        _l("Planned, in euros"), [filled(lambda: _("Write the amount of this line in euros."))], least=Decimal(0)
    )
    realised = NumberField(
        _l("Spent so far, in euros"), [filled(lambda: _("Write an amount in euros; 0 is one too."))], least=Decimal(0)
    )

    def offer(self, lines: Sequence[RoundLine]) -> None:
        """Fill the list of lines that can be changed."""
        self.line.choices = [("", _("a new line")), *((str(one.id), one.name) for one in lines)]

    def show(self, line: RoundLine | None) -> None:
        """Show the line that was chosen, unless somebody already typed."""
        if line is not None:
            self.prefill(line=str(line.id), name=line.name, budget=line.amount, realised=line.realised)


SCORES = ("", "1", "2", "3", "4", "5")
MOST_PEOPLE = 100_000_000


def _scores() -> list[tuple[str, str]]:
    words = ("", _("1, not at all"), _("2, hardly"), _("3, partly"), _("4, mostly"), _("5, wholly"))
    return list(zip(SCORES, (_("choose a score"), *words[1:]), strict=True))


def _people() -> NumberRange:
    return NumberRange(0, MOST_PEOPLE, message=_l("Write a whole number from 0 to 100,000,000."))


class ScoredForm(Form):
    """Something that gets a score."""

    score = SelectField(_l("Score"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.score.choices = _scores()

    def validate_score(self, field: Field) -> None:
        if not field.data:
            raise ValidationError(_("Choose a score."))


class PrincipleRow(ScoredForm):
    """How far the round kept to one principle."""

    principle_id = HiddenField()
    words = TextAreaField(_l("Why this score?"), filters=[Body()], validators=[at_most(1000)])

    def validate_words(self, field: Field) -> None:
        if not field.data:
            raise ValidationError(_("Say why: a score alone tells nothing."))


class SurveyRow(Form):
    """One thing that people were asked, with their average mark; a row without words is left out."""

    asked = StringField(_l("What was asked"), filters=[OneLine()], validators=[at_most(120)])
    mark = StringField(_l("Average mark, from 1 to 10"), filters=[OneLine()], validators=[at_most(6)])

    def validate_mark(self, field: Field) -> None:
        if self.asked.data and mark_in(field.data or "") is None:
            raise ValidationError(_("Write a mark from 1 to 10, such as 7,4."))


class RoleReviewForm(BaseForm):
    """How the authority looks back on its role in a round."""

    version = IntegerField(default=0)
    happened = SelectField(_l("What did the authority do in fact?"), coerce=Rung)
    compared = TextAreaField(
        _l("What was chosen, and what happened?"),
        filters=[Body()],
        validators=[filled(lambda: _("Compare what was chosen with what happened.")), at_most(4000)],
    )
    principles = FieldList(FormField(PrincipleRow), _l("Principles"), max_entries=40)
    sent = IntegerField(_l("How many people were asked afterwards?"), validators=[Optional(), _people()])
    responses = IntegerField(_l("How many of them answered?"), validators=[Optional(), _people()])
    survey = FieldList(FormField(SurveyRow), _l("What they said"), max_entries=MOST_ASKED)
    lessons = TextAreaField(_l("What we learned for the next round"), filters=[Body()], validators=[at_most(4000)])
    withheld = SelectField(_l("Is there a ground not to publish it?"), default="")
    withheld_because = TextAreaField(_l("Why does that ground hold?"), filters=[Body()], validators=[at_most(600)])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.happened.choices = [(one.value, one.words) for one in Rung]
        self.withheld.choices = [("", _("no, everybody reads it")), *((one.value, one.words) for one in Withheld)]

    def validate_responses(self, field: Field) -> None:
        if field.data is not None and field.data > (self.sent.data or 0):
            raise ValidationError(_("More people answered than were asked. Look at both numbers."))

    def validate_withheld_because(self, field: Field) -> None:
        if bool(self.withheld.data) != bool(field.data):
            told = _("An evaluation that is not published needs a ground, and why that ground holds here.")
            raise ValidationError(told)

    def told(self, known: Sequence[Principle]) -> ReviewTold:
        """Return what was filled in as the verb takes it; scores of principles that the round has not are left out."""
        rows = {row.form.principle_id.data: row.form for row in self.principles}
        scores: dict[UUID, tuple[int, str]] = {
            one.id: (int(row.score.data), row.words.data or "")
            for one in known
            if (row := rows.get(str(one.id))) is not None and row.score.data
        }
        survey = {
            row.form.asked.data: str(mark_in(row.form.mark.data or "")) for row in self.survey if row.form.asked.data
        }
        return ReviewTold(
            happened=self.happened.data,
            compared=self.compared.data or "",
            lessons=self.lessons.data or "",
            scores=scores,
            sent=self.sent.data,
            responses=self.responses.data,
            survey=survey,
            withheld=Withheld(self.withheld.data) if self.withheld.data else None,
            withheld_because=self.withheld_because.data or "",
        )


class VersionForm(BaseForm):
    """Which version somebody read."""

    version = IntegerField(default=0)


class PartForm(ScoredForm):
    """One part of a self-scan."""

    evidence = TextAreaField(_l("What shows that?"), filters=[Body()], validators=[at_most(2000)])

    def validate_evidence(self, field: Field) -> None:
        if not field.data:
            raise ValidationError(_("Say what shows it: a score alone tells nothing."))


class ScanForm(BaseForm):
    """How the organisation sees itself in a year."""

    scan_seen = HiddenField()
    scan_year = IntegerField(
        _l("Of which year?"), validators=[filled(lambda: _("Write the year.")), NumberRange(EARLIEST, LATEST)]
    )
    made_on = DateField(_l("On which day did you sit together?"), validators=[filled(lambda: _("Fill in the day."))])
    vision = FormField(PartForm)
    alignment = FormField(PartForm)
    people = FormField(PartForm)
    partners = FormField(PartForm)
    accountability = FormField(PartForm)

    def parts(self) -> list[tuple[ScanPart, Form]]:
        """Return each part with its form."""
        held: dict[str, Any] = self._fields
        return [(part, held[part.value].form) for part in ScanPart]

    def scores(self) -> dict[ScanPart, tuple[int, str]]:
        """Return what was filled in as the verb takes it."""
        return {part: (int(form["score"].data), form["evidence"].data or "") for part, form in self.parts()}
