"""What a process director fills in about a round."""

import re
from typing import Any

from wtforms import (
    BooleanField,
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

from consult.foundation.forms import BaseForm, Body, CreatingForm, OneLine, at_most, filled
from consult.foundation.language import Later as _l
from consult.foundation.language import gettext as _
from consult.policy import Duty
from consult.rounds.models import AuthorityKind, Level, PhaseKind, Verification
from consult.rounds.planning import PhasePlan, ThemePlan
from consult.rounds.rules import STRICT_FIRST, STRICTEST, is_plannable, overlap, span
from consult.rounds.verbs import AuthorityTold, RoundText

SPARE = 3  # empty rows under a list, to add to it
MOST_PHASES, MOST_THEMES = 20, 40


def lines(value: str | None) -> list[str]:
    """Return the lines of a text field that hold something."""
    return [line.strip(" -•\t") for line in (value or "").splitlines() if line.strip(" -•\t")]


class RoundForm(CreatingForm):
    """The words about a round."""

    offers_identity = True
    title = StringField(
        _l("Title"),
        filters=[OneLine()],
        validators=[filled(lambda: _("Give the round a title.")), at_most(200)],
    )
    question = StringField(
        _l("The question to people"),
        filters=[OneLine()],
        validators=[filled(lambda: _("Write the question.")), at_most(300)],
    )
    introduction = TextAreaField(_l("Introduction"), filters=[Body()], validators=[at_most(10_000)])
    can_influence = TextAreaField(_l("What people can influence"), filters=[Body()], validators=[at_most(3_000)])
    cannot_influence = TextAreaField(_l("What is fixed"), filters=[Body()], validators=[at_most(3_000)])
    level = SelectField(_l("Participation level"), coerce=Level)
    level_reason = StringField(_l("What you promise with that"), filters=[OneLine()], validators=[at_most(400)])
    decider = StringField(_l("Who decides"), filters=[OneLine()], validators=[at_most(200)])
    verification = SelectField(
        _l("How you check who takes part"),
        description=_l("With codes by letter or with a list people can also vote on paper."),
        coerce=Verification,
        default=STRICTEST,
    )
    identity_ground = StringField(
        _l("Ground in law for a national sign-in"), filters=[OneLine()], validators=[at_most(400)]
    )
    identity_officer = StringField(
        _l("Name of the privacy officer who agreed"), filters=[OneLine()], validators=[at_most(120)]
    )
    holds_first = BooleanField(_l("A moderator looks before input is public"), default=True)
    contact_name = StringField(_l("Contact person"), filters=[OneLine()], validators=[at_most(120)])
    contact_email = StringField(_l("E-mail address of the contact"), filters=[OneLine()], validators=[at_most(254)])
    contact_phone = StringField(_l("Phone number of the contact"), filters=[OneLine()], validators=[at_most(40)])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.level.choices = [(level.value, level.words) for level in Level]
        self.verification.choices = [(kind.value, kind.words) for kind in STRICT_FIRST]

    def offer(self, *, identity: bool) -> None:
        """Leave a national sign-in out where there is none, unless it was chosen before."""
        self.offers_identity = identity or self.verification.data is Verification.EID
        if not self.offers_identity:
            offered = [kind for kind in STRICT_FIRST if kind is not Verification.EID]
            self.verification.choices = [(kind.value, kind.words) for kind in offered]

    def validate_identity_ground(self, field: Field) -> None:
        if self.verification.data is Verification.EID and not field.data:
            raise ValidationError(_("Name the law and the task for which people must show who they are."))

    def validate_identity_officer(self, field: Field) -> None:
        if self.verification.data is Verification.EID and not field.data:
            raise ValidationError(_("Name the privacy officer who looked at it and agreed."))

    def told(self) -> RoundText:
        """Return what was filled in as the verbs take it."""
        values = {name: field.data for name, field in self._fields.items() if name in RoundText.__dataclass_fields__}
        values["can_influence"] = lines(self.can_influence.data)
        values["cannot_influence"] = lines(self.cannot_influence.data)
        return RoundText(**values)


class WordsForm(RoundForm):
    """New words about a round, and the version that they replace."""

    version = HiddenField()


class NewRoundForm(RoundForm):
    """The words about a new round, and its address."""

    slug = StringField(
        _l("Short name in the address"),
        filters=[OneLine()],
        validators=[filled(lambda: _("Choose a short name for the address.")), at_most(80)],
    )

    def validate_slug(self, field: Field) -> None:
        if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", field.data or ""):
            raise ValidationError(_("Use small letters, digits and single dashes, like wijken-2040."))
        if field.data in {"new"}:
            raise ValidationError(_("Choose another short name."))


class PhaseRow(Form):
    """One phase in a list; a row without a name is left out."""

    kind = SelectField(_l("What it is for"), coerce=PhaseKind)
    name = StringField(_l("Name"), filters=[OneLine()], validators=[at_most(80)])
    first_day = DateField(_l("First day"), validators=[Optional()])
    last_day = DateField(_l("Last day (counts whole)"), validators=[Optional()])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind.choices = [(kind.value, kind.words) for kind in PhaseKind]

    def validate(self, *args: Any, **kwargs: Any) -> bool:
        """Demand both days of a row that has a name."""
        fine = super().validate(*args, **kwargs)
        for field in (self.first_day, self.last_day) if self.name.data else ():
            if not is_plannable(field.data) and not field.errors:
                field.errors = [_("Choose a day.")]
                fine = False
        return fine


class PhasesForm(BaseForm):
    """All phases of a round."""

    phases = FieldList(FormField(PhaseRow), _l("The phases and their dates"), max_entries=MOST_PHASES)

    def validate_phases(self, _field: Field) -> None:
        rows = [row.form for row in self.phases if row.form.name.data]
        plans = self.plans()
        if len(plans) < len(rows):
            return  # a row lacks a day and says so itself
        for plan in plans:
            if plan.last_day < plan.first_day:
                raise ValidationError(_("“%(name)s” ends before it begins. Change one of the dates.", name=plan.name))
        if overlap(span(plan.first_day, plan.last_day, plan.zone) for plan in plans):
            raise ValidationError(_("Two phases overlap. Change their dates, so that one ends before the next begins."))

    def plans(self) -> list[PhasePlan]:
        """Return the rows that were filled in whole, by their first day."""
        rows = [row.form for row in self.phases]
        plans = [
            PhasePlan(row.kind.data, row.name.data, row.first_day.data, row.last_day.data)
            for row in rows
            if row.name.data and is_plannable(row.first_day.data) and is_plannable(row.last_day.data)
        ]
        return sorted(plans, key=lambda plan: plan.first_day)


class CloseForm(BaseForm):
    """Which of the two presses it is: "begin", and then "final"."""

    step = HiddenField()


class ThemeRow(Form):
    """One theme in a list; a row without a name is left out."""

    code = StringField(_l("Code"), filters=[OneLine()], validators=[at_most(20)])
    name = StringField(_l("Name"), filters=[OneLine()], validators=[at_most(120)])
    statement = StringField(_l("Statement for positions"), filters=[OneLine()], validators=[at_most(300)])

    def validate_code(self, field: Field) -> None:
        if self.name.data and not field.data:
            raise ValidationError(_("Give the theme a code, like T1."))


class ThemesForm(BaseForm):
    """All themes of a round."""

    themes = FieldList(FormField(ThemeRow), _l("The themes"), max_entries=MOST_THEMES)

    def plans(self) -> list[ThemePlan]:
        """Return the rows that were filled in."""
        rows = [row.form for row in self.themes if row.form.name.data]
        return [ThemePlan(r.code.data or "", r.name.data or "", r.statement.data or "") for r in rows]

    def validate_themes(self, field: Field) -> None:
        codes = [row.form.code.data for row in self.themes if row.form.name.data]
        if len(codes) != len(set(codes)):
            raise ValidationError(_("Two themes have the same code. Change one of them."))


class AppointmentForm(CreatingForm):
    """Who gets which duty."""

    person = SelectField(_l("Who"))
    duty = SelectField(_l("Duty in this round"), coerce=Duty)
    hours_a_week = IntegerField(
        _l("Hours a week"), validators=[Optional(), NumberRange(0, 60, _l("Write a number of hours from 0 to 60."))]
    )
    is_deputy = BooleanField(_l("Stands in when somebody else with this duty is away"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person.choices, self.person.validate_choice = [], False
        self.duty.choices = [(duty.value, duty.words) for duty in Duty]


class AuthorityForm(BaseForm):
    """Which public body this installation is of."""

    authority_name = StringField(
        _l("Name"), filters=[OneLine()], validators=[filled(lambda: _("Write the name.")), at_most(120)]
    )
    authority_kind = SelectField(_l("What kind of authority is it?"), coerce=AuthorityKind)
    authority_code = StringField(
        _l("Code of the statistics office"),
        filters=[OneLine()],
        validators=[filled(lambda: _("Write the code, such as GM0344.")), at_most(20)],
    )
    contact_email = StringField(_l("E-mail address for questions"), filters=[OneLine()], validators=[at_most(254)])
    contact_phone = StringField(_l("Phone number for questions"), filters=[OneLine()], validators=[at_most(40)])
    contact_desk = StringField(_l("Desk where people can come"), filters=[OneLine()], validators=[at_most(200)])
    ordinance = StringField(_l("Participation ordinance"), filters=[OneLine()], validators=[at_most(200)])
    ordinance_on = DateField(_l("Day on which the ordinance was adopted"))
    ordinance_url = StringField(_l("Where people can read it"), filters=[OneLine()], validators=[at_most(500)])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.authority_kind.choices = [(kind.value, kind.words) for kind in AuthorityKind]

    def validate_ordinance_on(self, field: Field) -> None:
        if self.ordinance.data or not any(field.raw_data or ()):
            field.errors = []  # who leaves it empty wrote no wrong day; and beside a title our own sentence says more
        if self.ordinance.data and field.data is None:
            raise ValidationError(_("Choose the day on which the ordinance was adopted."))

    def validate_ordinance_url(self, field: Field) -> None:
        if field.data and not field.data.startswith("https://"):
            raise ValidationError(_("An address begins with https://."))

    def told(self) -> AuthorityTold:
        """Return what was filled in as the verb takes it."""
        names = ("contact_email", "contact_phone", "contact_desk", "ordinance", "ordinance_url")
        words = {name: self[name].data or "" for name in names}
        return AuthorityTold(
            self.authority_name.data or "",
            self.authority_kind.data,
            self.authority_code.data or "",
            ordinance_on=self.ordinance_on.data,
            **words,
        )
