"""What people fill in for a formal review: a formal view, the term, an outage, a verdict, a point, an own change."""

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from wtforms import (
    DateField,
    DateTimeLocalField,
    Field,
    HiddenField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import Optional

from consult.foundation import clock
from consult.foundation.forms import BaseForm, Body, CreatingForm, FilesField, OneLine, Unfinished, at_most, filled
from consult.foundation.language import ZONE, local
from consult.foundation.language import Later as _l
from consult.foundation.language import gettext as _
from consult.participants.models import Organisation
from consult.review.answering import PointTold
from consult.review.models import Change, Verdict, Way
from consult.review.rules import LONGEST_ANSWER, LONGEST_REASON, LONGEST_SUMMARY, LONGEST_TEXT
from consult.review.verbs import OfflineView
from consult.rounds.rules import is_plannable, midnight
from consult.synthesis.models import Draft, Section


def id_or_none(value: Any) -> uuid.UUID | None:
    """Read an identifier from a list of choices; the empty choice, and what is none, names nothing."""
    try:
        return value if isinstance(value, uuid.UUID) else uuid.UUID(str(value or ""))
    except ValueError:
        return None


def _change_or_none(value: Any) -> Change | None:
    return Change(value) if value in set(Change) else None


def page_number(sent: str) -> int:
    """Read the number of a page from an address; anything else is the first."""
    return max(1, int(sent)) if sent.isascii() and sent.isdecimal() and len(sent) < 7 else 1


def version_in(form: "SignForm | PointForm") -> int:
    """Return the version that somebody read; anything else is none that exists."""
    sent = form.version.data or ""
    return int(sent) if sent.isascii() and sent.isdecimal() and len(sent) < 10 else 0


class DayField(DateField):
    """A day that a person may mean; its mistakes say how to mend them."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError:
            raise ValueError(_("Fill in a day, such as 2026-10-12.")) from None

    def pre_validate(self, form: Any) -> None:
        if self.data is not None and not is_plannable(self.data):
            raise ValidationError(_("Fill in a day, such as 2026-10-12."))


class MomentField(DateTimeLocalField):
    """A moment on the wall clock of the Netherlands; its mistakes say how to mend them."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError:
            raise ValueError(_("Fill in a day and a time, such as 2026-10-12 19:10.")) from None

    def pre_validate(self, form: Any) -> None:
        if self.data is not None and not is_plannable(self.data.date()):
            raise ValidationError(_("Fill in a day and a time, such as 2026-10-12 19:10."))

    @property
    def moment(self) -> datetime:
        """The moment with its zone; the form is valid."""
        assert self.data is not None
        return self.data.replace(tzinfo=ZoneInfo(ZONE.key))


class ViewForm(CreatingForm):
    """What somebody formally says of the draft, for themselves or for an organisation."""

    behalf = SelectField(_l("For whom do you respond?"), validate_choice=False)
    text = TextAreaField(
        _l("Your formal view"),
        filters=[Body()],
        validators=[filled(lambda: _("Write what you want to say about the draft.")), at_most(LONGEST_TEXT)],
    )

    files = FilesField(_l("Files"), asks_alt=False)

    def offer(self, organisations: Iterable[Organisation]) -> None:
        """Fill the list of those for whom somebody can respond."""
        self.behalf.choices = [("", _("for myself")), *((one.slug, one.name) for one in organisations)]


class UnsentView(Unfinished, ViewForm):
    """A formal view as it stands by now."""

    written = ("behalf", "text")


class OfflineForm(CreatingForm):
    """A letter, or the report of what somebody said at the desk."""

    channel = SelectField(_l("How it came in"))
    received_on = DayField(
        _l("Day on which it came in"), validators=[filled(lambda: _("Fill in the day on which it came in."))]
    )
    postmarked_on = DayField(_l("Day of the postmark"), validators=[Optional()])
    writer = StringField(
        _l("Name of who responds"),
        filters=[OneLine()],
        validators=[filled(lambda: _("Fill in who responds; the name is never public.")), at_most(120)],
    )
    reply_to = TextAreaField(_l("Postal address for the reply"), filters=[Body()], validators=[at_most(300)])
    reference = StringField(_l("Its number in the file"), filters=[OneLine()], validators=[at_most(40)])
    text = TextAreaField(
        _l("What was written or said"),
        filters=[Body()],
        validators=[filled(lambda: _("Type the letter, or the report of what was said.")), at_most(LONGEST_TEXT)],
    )
    files = FilesField(_l("Files"), asks_alt=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.channel.choices = [(way.value, way.words) for way in (Way.LETTER, Way.ORAL)]

    def validate_received_on(self, field: Field) -> None:
        if field.data is not None and field.data > local(clock.now()).date():
            raise ValidationError(_("This day is still to come. Fill in the day on which it came in."))

    def validate_postmarked_on(self, field: Field) -> None:
        if field.data is not None and self.received_on.data is not None and field.data > self.received_on.data:
            raise ValidationError(_("It cannot be posted after it came in. Change one of the days."))

    def told(self) -> OfflineView:
        """Return the form as the verb takes it; what came in today came in now."""
        day = self.received_on.data
        assert day is not None  # the form is valid
        return OfflineView(
            way=Way(self.channel.data),
            writer=self.writer.data or "",
            text=self.text.data or "",
            received_at=midnight(day, ZONE.key),
            postmarked_on=self.postmarked_on.data,
            reply_to=self.reply_to.data or "",
            reference=self.reference.data or "",
            files=self.files.data,
        )


class TermForm(BaseForm):
    """The notice in the official gazette, and from which day the draft can be seen."""

    draft = SelectField(_l("Version of the draft"), validate_choice=False)
    notice_reference = StringField(
        _l("Number of the notice"),
        filters=[OneLine()],
        validators=[filled(lambda: _("Fill in the number of the notice in the official gazette.")), at_most(80)],
    )
    notice_url = StringField(
        _l("Address of the notice"),
        filters=[OneLine()],
        validators=[filled(lambda: _("Fill in where people can read the notice.")), at_most(300)],
    )
    notice_on = DayField(_l("Day of the notice"), validators=[filled(lambda: _("Fill in the day of the notice."))])
    available_on = DayField(
        _l("Day from which the draft can be seen"),
        validators=[filled(lambda: _("Fill in from which day people can see the draft."))],
    )

    def offer(self, drafts: Iterable[Draft]) -> None:
        """Fill the list of versions."""
        self.draft.choices = [
            (str(one.id), _("version %(number)s: %(title)s", number=one.number, title=one.title)) for one in drafts
        ]

    def validate_notice_url(self, field: Field) -> None:
        if field.data and not field.data.startswith("https://"):
            raise ValidationError(_("An address begins with https://."))


class OutageForm(BaseForm):
    """When formal views could not be sent in, why, and to which day that moves the end."""

    began_at = MomentField(_l("From"), validators=[filled(lambda: _("Fill in when it began."))])
    ended_at = MomentField(_l("Until"), validators=[filled(lambda: _("Fill in when it worked again."))])
    reason = StringField(
        _l("What did not work"),
        filters=[OneLine()],
        validators=[filled(lambda: _("Say what did not work: everybody reads it.")), at_most(300)],
    )
    extends_to = DayField(_l("New last day of the term"), validators=[Optional()])


class VerdictForm(BaseForm):
    """Whether a formal view is admissible, and why."""

    verdict = RadioField(_l("Is it admissible?"), validate_choice=False)
    reason = TextAreaField(_l("Reason"), filters=[Body()], validators=[at_most(LONGEST_REASON)])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.verdict.choices = [(one.value, one.words) for one in Verdict]

    def validate_verdict(self, field: Field) -> None:
        if field.data not in set(Verdict):
            raise ValidationError(_("Choose whether it is admissible."))


class PointForm(BaseForm):
    """One point of a formal view and its answer, which may come later."""

    version = HiddenField()
    summary = TextAreaField(
        _l("What the point says, in short"),
        filters=[Body()],
        validators=[filled(lambda: _("Say in short what the point is.")), at_most(LONGEST_SUMMARY)],
    )
    section = SelectField(_l("Which section it is about"), coerce=id_or_none, validate_choice=False)
    paragraph = StringField(_l("Which paragraph, such as 3.2"), filters=[OneLine()], validators=[at_most(20)])
    answer = TextAreaField(_l("Answer"), filters=[Body()], validators=[at_most(LONGEST_ANSWER)])
    change = SelectField(_l("Does it change the draft?"), coerce=_change_or_none, validate_choice=False)
    changed_section = SelectField(_l("What changes"), coerce=id_or_none, validate_choice=False)
    changed_to = TextAreaField(_l("How that changes"), filters=[Body()], validators=[at_most(LONGEST_SUMMARY)])

    def offer(self, sections: Sequence[Section]) -> None:
        """Fill the lists of choices."""
        known = [(str(one.id), f"{one.position} {one.title}") for one in sections]
        self.section.choices = [("", _("the draft as a whole")), *known]
        self.changed_section.choices = [("", _("nothing")), *known]
        self.change.choices = [("", _("not answered yet")), *((one.value, one.words) for one in Change)]

    def told(self) -> PointTold:
        """Return the point as the verb takes it."""
        return PointTold(
            summary=self.summary.data or "",
            section_id=self.section.data,
            paragraph=self.paragraph.data or "",
            answer=self.answer.data or "",
            change=self.change.data,
            changed_section_id=self.changed_section.data,
            changed_to=self.changed_to.data or "",
        )


class SignForm(BaseForm):
    """A signature under an answer, in the version that was read."""

    version = HiddenField()


class OwnChangeForm(CreatingForm):
    """A change that the authority makes by itself."""

    section = SelectField(_l("Which section changes"), coerce=id_or_none, validate_choice=False)
    text = TextAreaField(
        _l("What changes"),
        filters=[Body()],
        validators=[filled(lambda: _("Say what changes.")), at_most(LONGEST_SUMMARY)],
    )
    reason = TextAreaField(
        _l("Why"), filters=[Body()], validators=[filled(lambda: _("Say why it changes.")), at_most(LONGEST_SUMMARY)]
    )

    def offer(self, sections: Sequence[Section]) -> None:
        """Fill the list of sections."""
        self.section.choices = [(str(one.id), f"{one.position} {one.title}") for one in sections]

    def validate_section(self, field: Field) -> None:
        if field.data is None:
            raise ValidationError(_("Choose which section changes."))


class PublishNoteForm(BaseForm):
    """Publishing what was read: the moment at which it was offered."""

    read_at = HiddenField()
