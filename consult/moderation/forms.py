"""What moderators fill in; `back` carries the queue as they had filtered it."""

import uuid
from typing import Any

from wtforms import Field, HiddenField, RadioField, SelectField, TextAreaField, ValidationError

from consult.foundation.forms import BaseForm, Body, CreatingForm, at_most, filled
from consult.foundation.language import Later as _l
from consult.foundation.language import gettext as _
from consult.moderation.models import Ground


class StepForm(BaseForm):
    """The form behind one button."""

    back = HiddenField()


class RefusalForm(StepForm):
    """A ground from the closed list, and the reason that the author will read."""

    ground = SelectField(_l("Ground"), validators=[filled(lambda: _("Choose a ground."))])
    reason = TextAreaField(
        _l("Reason for the author"),
        filters=[Body()],
        validators=[filled(lambda: _("Write why, so that the author understands it.")), at_most(1_000)],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.ground.choices = [("", _("choose a ground")), *((ground.value, ground.words) for ground in Ground)]


class ReportForm(CreatingForm):
    """Why something should not stand here, from the closed list; an opinion is no ground."""

    ground = RadioField(_l("What is wrong with it?"), validators=[filled(lambda: _("Choose what is wrong with it."))])
    words = TextAreaField(_l("What do you want to say about it?"), filters=[Body()], validators=[at_most(1_000)])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.ground.choices = [(ground.value, ground.words) for ground in Ground]


class SettleForm(StepForm):
    """Why what was reported stays."""

    answer = TextAreaField(
        _l("Why it stays"),
        filters=[Body()],
        validators=[filled(lambda: _("Write in a few words why it stays.")), at_most(1_000)],
    )


class DecisionForm(StepForm):
    """Which refusal somebody looked at when they decided."""

    refusal = HiddenField()

    def refusal_id(self) -> uuid.UUID:
        """Return the refusal that was shown."""
        return uuid.UUID(self.refusal.data)

    def validate_refusal(self, field: Field) -> None:
        try:
            uuid.UUID(field.data or "")
        except ValueError:
            raise ValidationError(_("Open the page again and decide there.")) from None


class MergeForm(StepForm):
    """Which contribution replaces this one."""

    into = HiddenField(validators=[filled(lambda: _("Choose the one to join it with.")), at_most(20)])
