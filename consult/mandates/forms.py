"""What is filled in about the vision, topics, what is fixed, the mandate note and how a round is staffed."""

from collections.abc import Iterable
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
    SelectMultipleField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import NumberRange, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from consult.foundation.forms import BaseForm, Body, CreatingForm, OneLine, at_most, filled
from consult.foundation.language import Later as _l
from consult.foundation.language import gettext as _
from consult.mandates.models import Negotiable, NoPart, PreconditionKind, Rung, Side
from consult.mandates.setups import Example, Line
from consult.mandates.verbs import FixedTold, NoteTold, PreconditionPlan
from consult.mandates.visions import TopicTold
from consult.policy import Duty
from consult.rounds.models import Level, Organ

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

    def validate_preconditions(self, field: Field) -> None:
        codes = [plan.code for plan in self.plans() if plan.code]
        if len(codes) != len(set(codes)):
            raise ValidationError(_("Two of these have the same code. Change one of them."))


class NoteForm(BaseForm):
    """What the mandate note says beside the words of the round."""

    why_now = TextAreaField(_l("Why you ask this, and why now"), filters=[Body()], validators=[at_most(2000)])
    budget = StringField(_l("What it may cost, in whole euros"), filters=[OneLine()], validators=[at_most(20)])
    budget_words = StringField(_l("For what, and from which budget"), filters=[OneLine()], validators=[at_most(600)])
    planning = TextAreaField(_l("Who decides what, and when"), filters=[Body()], validators=[at_most(1000)])
    rung = SelectField(_l("What the authority does itself"), default="")
    area = StringField(_l("For which area"), filters=[OneLine()], validators=[at_most(300)])
    instrument = StringField(_l("What it is to become"), filters=[OneLine()], validators=[at_most(200)])
    parties = TextAreaField(_l("Which parties"), filters=[Body()], validators=[at_most(600)])
    groups = TextAreaField(_l("Whom you want to reach"), filters=[Body()], validators=[at_most(600)])
    reach = TextAreaField(_l("How many, per area and age"), filters=[Body()], validators=[at_most(600)])
    methods = TextAreaField(_l("How people can take part, online and not"), filters=[Body()], validators=[at_most(600)])
    languages = StringField(_l("In which languages"), filters=[OneLine()], validators=[at_most(200)])
    risks = TextAreaField(_l("What can go wrong"), filters=[Body()], validators=[at_most(1000)])
    privacy_check = TextAreaField(_l("What the privacy check found"), filters=[Body()], validators=[at_most(600)])
    evaluation = TextAreaField(_l("How you will evaluate it"), filters=[Body()], validators=[at_most(600)])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rung.choices = [("", _("not chosen yet")), *((one.value, one.words) for one in Rung)]

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
        beside = {name: self[name].data or "" for name in BESIDE}
        rung = Rung(self.rung.data) if self.rung.data else None
        privacy = self.privacy_check.data or ""
        return NoteTold(reason, self.euros(), budget_words, planning, rung, privacy=privacy, **beside)


class ExampleForm(CreatingForm):
    """Which example set-up is copied."""

    example = SelectField(_l("Example"), coerce=Example)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.example.choices = [(one.value, one.words) for one in Example]


class LineRow(Form):
    """One piece of work; a row without a name is left out."""

    work = StringField(_l("Work"), filters=[OneLine()], validators=[at_most(200)])
    does = StringField(_l("Who does it"), filters=[OneLine()], validators=[at_most(300)])
    decides = StringField(_l("Who decides"), filters=[OneLine()], validators=[at_most(300)])
    advises = StringField(_l("Who advises"), filters=[OneLine()], validators=[at_most(300)])
    told = StringField(_l("Who is told"), filters=[OneLine()], validators=[at_most(300)])


class HoursForm(Form):
    """How many hours a week each duty needs."""


for _duty in Duty:
    _most = NumberRange(0, 400, _l("Write a number of hours from 0 to 400."))
    setattr(HoursForm, _duty.value, IntegerField(_duty.value, validators=[Optional(), _most]))


class SetUpForm(BaseForm):
    """The role table of a round, and the hours that it needs."""

    hours = FormField(HoursForm)
    lines = FieldList(FormField(LineRow), _l("Who does what"), max_entries=MOST)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for duty in Duty:
            self.hours.form[duty.value].label.text = duty.words

    def told(self) -> list[Line]:
        """Return the rows that were filled in."""
        rows = [row.form for row in self.lines if row.form.work.data]
        return [Line(**{name: field.data or "" for name, field in row._fields.items()}) for row in rows]

    def wanted(self) -> dict[str, int]:
        """Return the hours that were filled in, by the value of the duty."""
        return {name: hours for name, hours in self.hours.data.items() if hours is not None}


class PrincipleRow(Form):
    """One principle; a row without words is left out."""

    code = StringField(_l("Code"), filters=[OneLine()], validators=[at_most(20)])
    words = StringField(_l("Principle"), filters=[OneLine()], validators=[at_most(300)])

    def validate_code(self, field: Field) -> None:
        if self.words.data and not field.data:
            raise ValidationError(_("Give it a code, like U1, so that people can refer to it."))


class VisionForm(BaseForm):
    """A version of the vision."""

    title = StringField(
        _l("Title"), filters=[OneLine()], validators=[filled(lambda: _("Give the vision a title.")), at_most(200)]
    )
    text = TextAreaField(_l("What we want to be"), filters=[Body()], validators=[at_most(10_000)])
    principles = FieldList(FormField(PrincipleRow), _l("Our principles"), max_entries=MOST)

    def rows(self) -> list[tuple[str, str]]:
        """Return the principles that were filled in."""
        rows = [row.form for row in self.principles if row.form.words.data]
        return [(row.code.data or "", row.words.data or "") for row in rows]

    def validate_principles(self, field: Field) -> None:
        codes = [code for code, _words in self.rows() if code]
        if not self.rows():
            raise ValidationError(_("Write at least one principle: rounds are held to it."))
        if len(codes) != len(set(codes)):
            raise ValidationError(_("Two principles have the same code. Change one of them."))


class DecidedForm(CreatingForm):
    """Who decided something, on which day, under which number."""

    organ = SelectField(_l("Who decided?"), coerce=Organ)
    decided_on = DateField(_l("On which day?"), validators=[filled(lambda: _("Fill in the day of the decision."))])
    decision_number = StringField(_l("Number of the decision"), filters=[OneLine()], validators=[at_most(80)])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.organ.choices = [(one.value, one.words) for one in (Organ.COUNCIL, Organ.EXECUTIVE)]


class AdoptForm(DecidedForm):
    """Who adopted a version of the vision, and which words of it were read."""

    seen = HiddenField()


class TopicForm(DecidedForm):
    """Whether and how people take part in a topic."""

    title = StringField(
        _l("Topic"), filters=[OneLine()], validators=[filled(lambda: _("Write which topic it is.")), at_most(200)]
    )
    participation = SelectField(_l("Do people take part, and how far?"))
    rung = SelectField(_l("What the authority does itself"), coerce=Rung)
    no_ground = SelectField(_l("If not: on which ground?"), default="")
    reason = TextAreaField(
        _l("Why?"),
        filters=[Body()],
        validators=[filled(lambda: _("Say why it was decided so: everybody reads it.")), at_most(1000)],
    )
    of_round = SelectField(_l("Round in which they do"), default="")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.participation.choices = [*((one.value, one.words) for one in Level), ("no", _("no, people are not asked"))]
        self.rung.choices = [(one.value, one.words) for one in Rung]
        self.no_ground.choices = [("", _("not needed")), *((one.value, one.words) for one in NoPart)]
        self.of_round.choices, self.of_round.validate_choice = [("", _("none, or not yet"))], False

    def offer_rounds(self, rounds: Iterable[tuple[str, str]]) -> None:
        """Let the topic belong to one of these rounds."""
        self.of_round.choices = [("", _("none, or not yet")), *rounds]

    def validate_no_ground(self, field: Field) -> None:
        if self.participation.data == "no" and not field.data:
            raise ValidationError(_("People are not asked, so say on which ground."))
        if self.participation.data != "no" and field.data:
            raise ValidationError(_("A ground belongs only to a topic about which people are not asked."))

    def told(self) -> TopicTold:
        """Return what was filled in as the verb takes it."""
        no = self.participation.data == "no"
        assert self.decided_on.data is not None  # the form demands it
        return TopicTold(
            title=self.title.data or "",
            level=None if no else Level(self.participation.data),
            rung=self.rung.data,
            ground=NoPart(self.no_ground.data) if self.no_ground.data else None,
            reason=self.reason.data or "",
            organ=self.organ.data,
            decided_on=self.decided_on.data,
            decision=self.decision_number.data or "",
            round_id=_id_or_none(self.of_round.data),
        )


class CheckboxesField(SelectMultipleField):
    """Several of a few things, each with a box."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class PrinciplesForm(BaseForm):
    """To which principles a round is held."""

    held_to = CheckboxesField(_l("The round is held to"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.held_to.choices, self.held_to.validate_choice = [], False

    def validate_held_to(self, field: Field) -> None:
        if not field.data:
            raise ValidationError(_("Choose at least one principle."))

    def ids(self) -> list[UUID]:
        """Return what was chosen; what is no id is no principle."""
        try:
            return [UUID(one) for one in self.held_to.data or ()]
        except ValueError:
            return [UUID(int=0)]


class ChangeForm(PreconditionsForm):
    """What is to be fixed and open in a round that is open, with why."""

    can_influence = TextAreaField(
        _l("What people can influence"),
        filters=[Body()],
        validators=[filled(lambda: _("Say what people can influence.")), at_most(3_000)],
    )
    cannot_influence = TextAreaField(_l("What is fixed"), filters=[Body()], validators=[at_most(3_000)])
    reason = TextAreaField(
        _l("Why does it change?"),
        filters=[Body()],
        validators=[filled(lambda: _("Say why it changes: everybody who took part reads it.")), at_most(1000)],
    )

    def told(self) -> FixedTold:
        """Return what was filled in as the verb takes it."""
        return FixedTold(self.plans(), _lines(self.can_influence.data), _lines(self.cannot_influence.data))


class SignChangeForm(BaseForm):
    """For which side somebody signs, and what they read."""

    side = SelectField(coerce=Side, choices=[(side.value, side.value) for side in Side])
    seen = HiddenField()


BESIDE = ("area", "instrument", "parties", "groups", "reach", "methods", "languages", "risks", "evaluation")


def _id_or_none(value: str | None) -> UUID | None:
    try:
        return UUID(value or "")
    except ValueError:
        return None


def _lines(value: str | None) -> list[str]:
    return [line.strip(" -•\t") for line in (value or "").splitlines() if line.strip(" -•\t")]
