"""What people fill in to vote, and what a process director fills in to put a question to voters."""

import uuid
from collections.abc import Iterable
from typing import Any

from wtforms import Field, IntegerField, SelectField, StringField, ValidationError
from wtforms.validators import NumberRange, Optional

from consult.foundation.forms import BaseForm, CreatingForm, OneLine, at_most, filled
from consult.foundation.language import Later as _l
from consult.foundation.language import gettext as _
from consult.rounds.models import Phase
from consult.voting.models import Choice


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
