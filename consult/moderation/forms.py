"""What moderators fill in; `back` carries the queue as they had filtered it."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from wtforms import (
    DateField,
    Field,
    HiddenField,
    RadioField,
    SelectField,
    SelectMultipleField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import AnyOf

from consult.foundation.forms import BadForm, BaseForm, Body, CreatingForm, at_most, filled
from consult.foundation.language import Later as _l
from consult.foundation.language import gettext as _
from consult.foundation.paging import PER_PAGE
from consult.moderation.models import Ground
from consult.moderation.rules import FOR_OTHERS


class StepForm(BaseForm):
    """The form behind one button."""

    back = HiddenField()


class PublishForm(StepForm):
    """The mark of what a moderator read."""

    read = HiddenField()


class PickForm(StepForm):
    """Contributions of one page of the queue that were selected, each with the mark of what was read of it.

    `shown` are all that were offered.
    """

    pick = SelectMultipleField(_l("Selected contributions"), choices=[], validate_choice=False)
    shown = SelectMultipleField(choices=[], validate_choice=False)

    def picked(self) -> list[str]:
        """Return the numbers of what was selected."""
        return list(self.read_of())

    def read_of(self) -> dict[str, str]:
        """Return by number the mark of what was read of each that was selected."""
        parts = (one.partition(":") for one in (self.pick.data or ())[:PER_PAGE])
        return {number: mark for number, _colon, mark in parts}

    def offered(self) -> list[str]:
        """Return the numbers of what the form showed, or else of what was selected."""
        return list(self.shown.data or ())[:PER_PAGE] or self.picked()

    def validate_pick(self, field: Field) -> None:
        if self.is_filled and not field.data:
            raise ValidationError(_("Select at least one contribution in the list."))


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


class RedactionForm(RefusalForm):
    """Which passages to take away, a line for each; `seen` holds those of which it was shown how the text will read."""

    passages = TextAreaField(
        _l("Which passages? One on each line"),
        filters=[Body()],
        validators=[filled(lambda: _("Copy the passages from the text.")), at_most(4_000)],
    )
    seen = HiddenField(filters=[Body()])

    def quotes(self) -> list[str]:
        """Return the passages, each once."""
        lines = (" ".join(line.split()) for line in (self.passages.data or "").splitlines())
        return list(dict.fromkeys(line for line in lines if line))

    def look_first(self, unknown: Sequence[str]) -> None:
        """Raise BadForm for passages that are not in the text, and until it was shown how the text will read."""
        if unknown:
            told = ", ".join(f"“{one}”" for one in unknown)
            raise BadForm(
                self.passages, _("This does not stand in the text: %(words)s. Copy it from there.", words=told)
            )
        if self.seen.data != self.passages.data:
            self.seen.data = self.passages.data
            raise BadForm(self.seen, _("Look first how it will read. If that is right, propose it below."))


class RedactionStepForm(StepForm):
    """Which redaction somebody looked at when they decided."""

    redaction = HiddenField()

    def redaction_id(self) -> uuid.UUID:
        """Return the redaction that was shown."""
        return uuid.UUID(self.redaction.data)

    def validate_redaction(self, field: Field) -> None:
        _is_id(field)


class LiftingForm(RedactionStepForm):
    """Why what was taken away can come back."""

    reason = TextAreaField(
        _l("Why it can come back"),
        filters=[Body()],
        validators=[filled(lambda: _("Write in a few words why it can come back.")), at_most(1_000)],
    )


class LiftingDecisionForm(RedactionStepForm):
    """Yes or no to giving back what was taken away."""

    agrees = HiddenField(validators=[AnyOf(["yes", "no"])])


class AppealForm(CreatingForm):
    """Why an author does not agree with a decision."""

    decision = HiddenField()
    words = TextAreaField(
        _l("Why do you not agree?"),
        filters=[Body()],
        validators=[filled(lambda: _("Write why you do not agree.")), at_most(2_000)],
    )


class EnteredAppealForm(CreatingForm):
    """What an author says against a decision by another way than online, as staff type it in."""

    back = HiddenField()
    decision = RadioField(_l("Against which decision?"), validators=[filled(lambda: _("Choose the decision."))])
    channel = RadioField(_l("How it came in"), validators=[filled(lambda: _("Choose how it came in."))])
    received_on = DateField(
        _l("Day on which it came in"), validators=[filled(lambda: _("Enter the day on which it came in."))]
    )
    words = TextAreaField(
        _l("What does the author say?"),
        filters=[Body()],
        validators=[filled(lambda: _("Write what the author says.")), at_most(2_000)],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.channel.choices = [(one.value, one.words) for one in FOR_OTHERS]
        self.decision.choices, self.decision.validate_choice = [], False  # the verb judges which it is

    def came_on(self) -> date:
        """Return the day on which it came in."""
        if self.received_on.data is None:
            raise ValueError("no day was filled in")
        return self.received_on.data

    def offer(self, decisions: Mapping[str, str]) -> None:
        """Let staff choose from these decisions; where there is one, it is chosen."""
        self.decision.choices = list(decisions.items())
        if len(decisions) == 1:
            self.prefill(decision=next(iter(decisions)))


class AppealDecisionForm(StepForm):
    """What somebody who had no part in a decision makes of an appeal against it."""

    appeal = HiddenField()
    grants = RadioField(
        _l("What do you decide?"),
        validators=[filled(lambda: _("Choose what you decide."))],
    )
    answer = TextAreaField(
        _l("Reason for the author"),
        filters=[Body()],
        validators=[filled(lambda: _("Write why, so that the author understands it.")), at_most(1_000)],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.grants.choices = [
            ("yes", _("The author is right: undo the decision")),
            ("no", _("The decision stays as it is")),
        ]

    def appeal_id(self) -> uuid.UUID:
        """Return the appeal that was shown."""
        return uuid.UUID(self.appeal.data)

    def validate_appeal(self, field: Field) -> None:
        _is_id(field)


class ReportForm(CreatingForm):
    """Why something should not stand here, from the closed list; an opinion is no ground."""

    ground = RadioField(_l("What is wrong with it?"), validators=[filled(lambda: _("Choose what is wrong with it."))])
    words = TextAreaField(_l("What do you want to say about it?"), filters=[Body()], validators=[at_most(1_000)])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.ground.choices = [(ground.value, ground.words) for ground in Ground]


class SettleForm(StepForm):
    """Why what was reported stays; of what only the platform asks about nothing has to be said."""

    answer = TextAreaField(_l("Why it stays"), filters=[Body()], validators=[at_most(1_000)])

    def must_say_why(self) -> None:
        """Raise BadForm where nothing was filled in."""
        if not self.answer.data:
            raise BadForm(self.answer, _("Write in a few words why it stays."))


class DecisionForm(StepForm):
    """Which refusal somebody looked at when they decided."""

    refusal = HiddenField()

    def refusal_id(self) -> uuid.UUID:
        """Return the refusal that was shown."""
        return uuid.UUID(self.refusal.data)

    def validate_refusal(self, field: Field) -> None:
        _is_id(field)


class MergeForm(StepForm):
    """Which contribution replaces this one."""

    into = HiddenField(validators=[filled(lambda: _("Choose the one to join it with.")), at_most(20)])


def _is_id(field: Field) -> None:
    try:
        uuid.UUID(field.data or "")
    except ValueError:
        raise ValidationError(_("Open the page again and decide there.")) from None
