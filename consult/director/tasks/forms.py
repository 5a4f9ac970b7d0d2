"""What is filled in about tasks, conditions and requests to take a task over."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from wtforms import DateField, Field, IntegerField, RadioField, SelectField, StringField, TextAreaField, ValidationError

from consult.director.agreements.models import LegalForm
from consult.director.tasks import rules
from consult.director.tasks.models import ChallengeTerms, Choice, Rung, Task
from consult.director.tasks.verbs import ChallengeTold, TaskTold
from consult.foundation.forms import BaseForm, Body, CreatingForm, NumberField, OneLine, at_most, filled
from consult.foundation.language import Later as _l
from consult.foundation.language import gettext as _


def _chosen(words: Any) -> Any:
    return lambda value: words(value) if value else None


class MaybeDay(DateField):
    """A day that may be left out, as far as the form allows."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Take nothing typed as no day."""
        if any(str(one).strip() for one in valuelist):
            super().process_formdata(valuelist)
        else:
            self.data = None


class TaskForm(CreatingForm):
    """A task, who does it, and why that choice was made."""

    title = StringField(
        _l("What must be done?"),
        filters=[OneLine()],
        validators=[filled(lambda: _("Write what must be done.")), at_most(200)],
    )
    who_does = RadioField(_l("Who does it?"), coerce=Choice)
    rung = SelectField(_l("How do we steer?"), coerce=Rung)
    because = TextAreaField(
        _l("Why this choice?"),
        filters=[Body()],
        validators=[filled(lambda: _("Write why you choose this.")), at_most(1_000)],
    )
    own_cost = NumberField(_l("What does it cost a year to do it ourselves, in euros?"), least=Decimal(0))
    outside_cost = NumberField(_l("What does it cost a year when others do it, in euros?"), least=Decimal(0))
    deed = SelectField(_l("In which legal form?"), coerce=_chosen(LegalForm))
    of_agreement = SelectField(_l("In which agreement?"), validate_choice=False)
    of = SelectField(_l("From which round does it follow?"), validate_choice=False)
    stops = TextAreaField(_l("What does the authority stop doing?"), filters=[Body()], validators=[at_most(500)])
    review_on = MaybeDay(_l("On which day do you look back?"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.who_does.choices = [(one.value, one.words) for one in Choice]
        self.rung.choices = [(one.value, one.words) for one in Rung]
        self.deed.choices = [("", _("none")), *((one.value, one.words) for one in LegalForm)]

    def validate_stops(self, field: Field) -> None:
        if self.who_does.data is Choice.LET_GO and not field.data:
            raise ValidationError(rules.fault(Choice.LET_GO, "", None))

    def validate_review_on(self, field: Field) -> None:
        if self.who_does.data is Choice.LET_GO and field.data is None:
            raise ValidationError(rules.fault(Choice.LET_GO, "-", None))

    def offer(self, agreements: Sequence[tuple[str, str]], rounds: Sequence[tuple[str, str]]) -> None:
        self.of_agreement.choices = [("", _("none yet")), *agreements]
        self.of.choices = [("", _("of no round")), *rounds]

    def show(self, task: Task) -> None:
        names = ("title", "rung", "because", "own_cost", "outside_cost", "stops", "review_on")
        told: dict[str, Any] = {name: getattr(task, name) for name in names}
        told |= {"who_does": task.choice, "deed": task.legal_form}
        told |= {"of": task.round.slug if task.round is not None else ""}
        self.prefill(**told, of_agreement=task.agreement.public_id if task.agreement is not None else "")

    def told(self) -> TaskTold:
        """Return what was filled in as the verbs take it."""
        return TaskTold(
            self.title.data or "",
            self.who_does.data,
            self.rung.data,
            self.because.data or "",
            self.own_cost.number,
            self.outside_cost.number,
            self.deed.data,
            self.stops.data or "",
            self.review_on.data,
        )


class TermsForm(BaseForm):
    """The conditions to whoever takes a task over."""

    conditions = TextAreaField(
        _l("Which conditions do you set? One on each line"),
        filters=[Body()],
        validators=[filled(lambda: _("Write at least one condition.")), at_most(4_000)],
    )
    weeks = IntegerField(_l("Within how many weeks do you decide?"))

    def validate_weeks(self, field: Field) -> None:
        if field.data is None or not 1 <= field.data <= 26:
            field.errors = []
            raise ValidationError(_("Write a number of weeks from 1 to 26."))

    def show(self, held: ChallengeTerms | None) -> None:
        lines = "\n".join(held.conditions) if held is not None else ""
        self.prefill(conditions=lines, weeks=held.weeks if held is not None else rules.WEEKS)

    def lines(self) -> list[str]:
        """Return the conditions, one for each line."""
        told = (OneLine()(line).strip(" -•") for line in (self.conditions.data or "").splitlines())
        return [line for line in told if line]


class ChallengeForm(CreatingForm):
    """What somebody says who wants to take a task over."""

    for_body = SelectField(_l("For whom do you ask?"), validate_choice=False)
    title = StringField(
        _l("Which task do you want to take over?"),
        filters=[OneLine()],
        validators=[filled(lambda: _("Write which task.")), at_most(200)],
    )
    better = TextAreaField(
        _l("Why can you do it better, or for less?"),
        filters=[Body()],
        validators=[filled(lambda: _("Write why you can do it better or for less.")), at_most(4_000)],
    )
    who = TextAreaField(
        _l("Who does the work?"),
        filters=[Body()],
        validators=[filled(lambda: _("Write who does the work.")), at_most(2_000)],
    )
    support = TextAreaField(
        _l("Who supports it, and how do you know?"),
        filters=[Body()],
        validators=[filled(lambda: _("Write who supports it.")), at_most(2_000)],
    )
    cost = NumberField(
        _l("What does it cost a year, in euros?"),
        [filled(lambda: _("Write the amount. Write 0 if you ask no money."))],
        least=Decimal(0),
    )

    def offer(self, bodies: Sequence[tuple[str, str]]) -> None:
        self.for_body.choices = [("", _("for myself and my neighbours")), *bodies]

    def told(self) -> ChallengeTold:
        """Return what was filled in as the verbs take it."""
        assert self.cost.number is not None
        words = {name: self[name].data or "" for name in ("title", "better", "who", "support")}
        return ChallengeTold(**words, cost=self.cost.number)


class DecideForm(BaseForm):
    """What the board decides on a request, and what belongs to a yes."""

    verdict = RadioField(_l("What do you decide?"), choices=[])
    ground = TextAreaField(
        _l("On which ground? Everybody reads this"),
        filters=[Body()],
        validators=[filled(lambda: _("Write the ground of the decision.")), at_most(2_000)],
    )
    with_body = SelectField(_l("With a yes: with which organisation do you agree this?"), validate_choice=False)
    stops = TextAreaField(
        _l("With a yes: what does the authority stop doing?"), filters=[Body()], validators=[at_most(500)]
    )
    review_on = MaybeDay(_l("With a yes: on which day do you look back?"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.verdict.choices = [("accept", _("Yes, they take the task over")), ("refuse", _("No"))]

    @property
    def accepts(self) -> bool:
        return bool(self.verdict.data == "accept")

    def offer(self, bodies: Sequence[tuple[str, str]]) -> None:
        self.with_body.choices = [("", _("choose")), *bodies]

    def validate_with_body(self, field: Field) -> None:
        if self.accepts and not field.data:
            raise ValidationError(
                _("An agreement needs an organisation. Choose one, or ask them to register theirs first.")
            )

    def validate_stops(self, field: Field) -> None:
        if self.accepts and not field.data:
            raise ValidationError(rules.fault(Choice.LET_GO, "", None))

    def validate_review_on(self, field: Field) -> None:
        if self.accepts and field.data is None:
            raise ValidationError(rules.fault(Choice.LET_GO, "-", None))
