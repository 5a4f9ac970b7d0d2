"""What people fill in to vote, and what a process director fills in to put a question to voters."""

import uuid
from collections.abc import Iterable
from typing import Any

from wtforms import Field, HiddenField, IntegerField, SelectField, StringField, ValidationError
from wtforms.validators import NumberRange, Optional

from consult.foundation.forms import BaseForm, CreatingForm, OneLine, at_most, filled
from consult.foundation.language import Later as _l
from consult.foundation.language import gettext as _
from consult.rounds.models import Area, Phase
from consult.voting.electorate import MOST_CODES
from consult.voting.models import Choice
from consult.voting.rules import Mistyped, read_code


def is_choice(_form: Any, field: Field) -> None:
    """Demand one of the choices."""
    if field.data not in set(Choice):
        raise ValidationError(_("Press one of the buttons: for, neutral or against."))


class SupportForm(BaseForm):
    choice = StringField(_l("Your choice"), validators=[is_choice])


def phase_id(value: Any) -> uuid.UUID | None:
    """Read the identifier of a phase."""
    return value if isinstance(value, uuid.UUID) else uuid.UUID(value) if value else None


class PollForm(CreatingForm):
    title = StringField(
        _l("Question"),
        description=_l("One sentence above the ballot, for example: Which proposals do you support?"),
        filters=[OneLine()],
        validators=[filled(lambda: _("Write the question that people answer.")), at_most(200)],
    )
    phase = SelectField(
        _l("Phase"),
        coerce=phase_id,
        validate_choice=False,
        validators=[filled(lambda: _("Choose the phase in which people vote."))],
    )
    eligible = IntegerField(
        _l("How many people can vote"),
        description=_l("It stands beside the result. Leave it empty when nobody knows."),
        validators=[Optional(), NumberRange(1, 100_000_000)],
    )

    def offer(self, phases: Iterable[Phase]) -> None:
        """Fill the list of phases."""
        self.phase.choices = [(str(phase.id), phase.name) for phase in phases]


class AreaForm(BaseForm):
    """Where somebody lives, as they tell it; the verb checks that we know it."""

    area_code = SelectField(
        _l("Your neighbourhood"),
        validate_choice=False,
        validators=[filled(lambda: _("Choose the neighbourhood in which you live.")), at_most(20)],
    )

    def offer(self, areas: Iterable[tuple[str, str]]) -> None:
        """Fill the list of neighbourhoods."""
        self.area_code.choices = [("", _("choose")), *areas]


class CodeForm(BaseForm):
    """The code from a letter."""

    code = StringField(
        _l("Code from your letter"),
        filters=[OneLine()],
        validators=[filled(lambda: _("Type the code that stands in your letter.")), at_most(60)],
    )

    def validate_code(self, field: Field) -> None:
        try:
            read_code(field.data or "")
        except Mistyped as problem:
            raise ValidationError(str(problem)) from problem


class ErrandForm(BaseForm):
    """What a browser brings back from the broker of sign-ins."""

    code = HiddenField()
    state = HiddenField()


class CodesForm(CreatingForm):
    """How many codes, for the letters to which area."""

    area_code = SelectField(
        _l("Neighbourhood or district"),
        validate_choice=False,
        validators=[filled(lambda: _("Choose to which neighbourhood the letters go.")), at_most(20)],
    )
    number = IntegerField(
        _l("How many codes"),
        validators=[filled(lambda: _("Say how many letters there are.")), NumberRange(1, MOST_CODES)],
    )

    def offer(self, areas: Iterable[Area]) -> None:
        """Fill the list of areas."""
        self.area_code.choices = [("", _("choose")), *((area.code, f"{area.name} ({area.code})") for area in areas)]


class LostCodeForm(CreatingForm):
    """The number that stands on the letter whose code has to be replaced."""

    serial = IntegerField(
        _l("Number on the letter"),
        validators=[filled(lambda: _("Type the number that stands on the letter.")), NumberRange(1, 2_000_000_000)],
    )


class BatchForm(CreatingForm):
    """How many codes of a batch can still be used, as the page showed it."""

    unused = HiddenField()

    def number(self) -> int:
        """Return how many codes have to be drawn."""
        told = self.unused.data or ""
        return min(int(told), MOST_CODES) if told.isdecimal() and len(told) < len(str(MOST_CODES)) + 1 else 0
