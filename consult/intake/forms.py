"""What staff fill in when something came by another way, and when they look at it a second time."""

import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from wtforms import (
    BooleanField,
    DateField,
    Field,
    FieldList,
    Form,
    FormField,
    HiddenField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    ValidationError,
)

from consult.contributions.models import Channel
from consult.contributions.queries import whole_of
from consult.foundation import clock
from consult.foundation.forms import BadForm, BaseForm, Body, CreatingForm, FilesField, OneLine, at_most, filled
from consult.foundation.language import ZONE, language_name, local
from consult.foundation.language import Later as _l
from consult.foundation.language import gettext as _
from consult.intake.models import OFFLINE, Intake
from consult.intake.rules import LANGUAGES, LONGEST_TEXT, LONGEST_TITLE, MOST_IDEAS
from consult.intake.verbs import Correction, Idea, Told
from consult.rounds.models import Area, Theme
from consult.rounds.rules import midnight

EARLIEST = 1900  # the year before which nothing came in
MOST_SCANS = 3


def id_or_none(value: Any) -> uuid.UUID | None:
    """Read an identifier from a list of choices; the empty choice is none."""
    return value if isinstance(value, uuid.UUID) else uuid.UUID(value) if value else None


def id_if_one(value: Any) -> uuid.UUID | None:
    """Read an identifier; what is none is left out."""
    try:
        return id_or_none(value)
    except ValueError:
        return None


def number_or_none(value: str | None) -> int | None:
    """Read a short whole number; anything else is none."""
    return int(value) if value and value.isascii() and value.isdecimal() and len(value) < 10 else None


class IdeaForm(Form):
    """One idea of a form; the verb checks that theme and area belong to the round."""

    title = StringField(
        _l("Title"),
        filters=[OneLine()],
        validators=[filled(lambda: _("Give this idea a title.")), at_most(LONGEST_TITLE)],
    )
    text = TextAreaField(
        _l("What was proposed"),
        filters=[Body()],
        validators=[filled(lambda: _("Write what was proposed.")), at_most(LONGEST_TEXT)],
    )
    translation = TextAreaField(_l("In Dutch, if it was not"), filters=[Body()], validators=[at_most(LONGEST_TEXT)])
    theme_id = SelectField(_l("Theme"), coerce=id_or_none, validate_choice=False)
    area_code = SelectField(_l("Neighbourhood"), validate_choice=False, validators=[at_most(20)])

    @property
    def shown(self) -> str:
        """The text that people read: the translation where there is one."""
        return self.translation.data or self.text.data or ""

    def told(self, html: str) -> Idea:
        """Return the idea as the verb takes it."""
        return Idea(
            title=self.title.data or "",
            text=self.shown,
            html=html,
            theme_id=self.theme_id.data,
            area_code=self.area_code.data or None,
            original=(self.text.data or "") if self.translation.data else "",
        )


class IntakeForm(CreatingForm):
    """One letter, paper form, call, talk, meeting or lesson, with one idea or several."""

    channel = SelectField(_l("How it came in"))
    received_on = DateField(_l("Day on which it came in"))
    place = StringField(_l("Place"), filters=[OneLine()], validators=[at_most(120)])
    reference = StringField(_l("Its number in the file"), filters=[OneLine()], validators=[at_most(40)])
    language = SelectField(_l("Language in which it was said or written"))
    is_approved = BooleanField(_l("Those present approved this record"))
    writer = StringField(_l("Name of the writer"), filters=[OneLine()], validators=[at_most(120)])
    wants_reply = BooleanField(_l("The writer wants a reply on paper"))
    address = TextAreaField(_l("Postal address for the reply"), filters=[Body()], validators=[at_most(300)])
    note = TextAreaField(_l("Note for colleagues"), filters=[Body()], validators=[at_most(1_000)])
    scan = FilesField(_l("Scan"), most=MOST_SCANS, asks_alt=False)  # for staff alone
    ideas = FieldList(FormField(IdeaForm), min_entries=1, max_entries=MOST_IDEAS)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.channel.choices = [(channel.value, channel.words) for channel in OFFLINE]
        self.language.choices = [(code, language_name(code)) for code in LANGUAGES]

    def offer(self, themes: Iterable[Theme], areas: Iterable[Area]) -> None:
        """Fill the lists of choices."""
        known = list(areas)
        parts = [area for area in known if area.parent_code] or known
        of_theme = [("", _("no theme")), *((str(theme.id), theme.name) for theme in themes)]
        of_area = [("", _("no neighbourhood")), *((area.code, area.name) for area in parts)]
        for entry in self.ideas:
            entry.form.theme_id.choices, entry.form.area_code.choices = of_theme, of_area

    def told(self) -> Told:
        """Return what the form says beside its ideas, as the verb takes it."""
        return Told(
            channel=Channel(self.channel.data),
            received_at=midnight(self.received_on.data or local(clock.now()).date(), ZONE.key),
            place=self.place.data or "",
            reference=self.reference.data or "",
            language=self.language.data,
            note=self.note.data or "",
            writer=self.writer.data or None,
            address=(self.address.data or "") if self.wants_reply.data else "",
            is_approved=bool(self.is_approved.data),
        )

    def validate_received_on(self, field: Field) -> None:
        if field.data is None or field.data.year < EARLIEST:
            field.errors = []  # the sentence of the library does not say how to mend it
            raise ValidationError(_("Fill in the day on which it came in."))
        if field.data > local(clock.now()).date():
            raise ValidationError(_("This day is still to come. Fill in the day on which it came in."))

    def validate_writer(self, field: Field) -> None:
        if field.data and self.channel.data == Channel.SCHOOL:
            raise ValidationError(_("Of pupils no names are kept. Leave this empty, and fill in the school as place."))
        if self.wants_reply.data and not field.data and self.channel.data != Channel.SCHOOL:
            raise ValidationError(_("Fill in to whom the reply goes."))

    def validate_wants_reply(self, field: Field) -> None:
        if field.data and self.channel.data == Channel.SCHOOL:
            raise ValidationError(_("Of pupils no addresses are kept. Take this tick away."))

    def validate_address(self, field: Field) -> None:
        if self.wants_reply.data and not field.data:
            raise ValidationError(_("Fill in the address to which the reply goes."))
        if field.data and not self.wants_reply.data:
            raise ValidationError(_("An address is kept for a reply only. Tick that one is wanted, or empty this."))


class MoreForm(IntakeForm):
    """The same form, sent to get room for one more idea: nothing is judged yet."""

    def validate(self, extra_validators: Any = None) -> bool:
        return bool(self["csrf_token"].validate(self))


class ScanForm(BaseForm):
    """Scans that are added to a form afterwards."""

    scan = FilesField(_l("Scan"), most=MOST_SCANS, asks_alt=False)  # for staff alone

    def validate_scan(self, field: FilesField) -> None:
        if not field.data and not field.sent and not field.errors:
            raise ValidationError(_("Choose a file first."))


class CorrectedForm(Form):
    """What one idea of a form really says, and the version that was compared."""

    contribution_id = HiddenField()
    version = HiddenField()
    title = StringField(
        _l("Title"),
        filters=[OneLine()],
        validators=[filled(lambda: _("Give this idea a title.")), at_most(LONGEST_TITLE)],
    )
    text = TextAreaField(
        _l("What was proposed"),
        filters=[Body()],
        validators=[filled(lambda: _("Write what was proposed.")), at_most(LONGEST_TEXT)],
    )


class CheckForm(BaseForm):
    """The ideas of a form as a second person reads them on the scan."""

    ideas = FieldList(FormField(CorrectedForm), max_entries=MOST_IDEAS)

    def show(self, form: Intake) -> None:
        """Begin with what was entered."""
        self.prefill(
            ideas=[
                {
                    "contribution_id": item.contribution_id,
                    "version": item.contribution.version,
                    "title": whole.title,
                    "text": whole.text,
                }
                for item in form.items
                for whole in [whole_of(item.contribution)]
            ]
        )

    def corrections(self, form: Intake, htmls: Sequence[str]) -> list[Correction]:
        """Return what should be said instead, for ideas that stand on this form; `htmls` come in the same order."""
        known = {str(item.contribution_id): item.contribution for item in form.items}
        return [
            Correction(
                contribution=known[entry.form.contribution_id.data],
                title=entry.form.title.data or "",
                text=entry.form.text.data or "",
                html=html,
                version=number_or_none(entry.form.version.data) or 0,
            )
            for entry, html in zip(self.ideas, htmls, strict=True)
            if entry.form.contribution_id.data in known
        ]

    def judge(self, form: Intake) -> None:
        """Raise BadForm when nothing differs from what was entered."""
        if self.ideas.entries and not any(one.changes for one in self.corrections(form, [""] * len(self.ideas))):
            first = self.ideas[0].form.text
            raise BadForm(first, _("Nothing was changed. If it was entered rightly, use the other button."))


class SentForm(BaseForm):
    """Which replies on paper were sent."""

    pick = SelectMultipleField(_l("Replies"), coerce=id_if_one, validate_choice=False)

    def picked(self) -> list[uuid.UUID]:
        """Return what was ticked, as far as it is something."""
        return [one for one in self.pick.data or [] if one is not None]
