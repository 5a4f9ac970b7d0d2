"""What people fill in to put a proposal forward and to argue."""

import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from wtforms import Field, HiddenField, RadioField, SelectField, StringField, TextAreaField, ValidationError

from consult.accounts.passwords import normalised_email
from consult.contributions.models import Contribution
from consult.foundation.forms import BaseForm, Body, CreatingForm, FilesField, OneLine, Unfinished, at_most, filled
from consult.foundation.language import N_
from consult.foundation.language import Later as _l
from consult.foundation.language import gettext as _
from consult.proposals.models import Stance
from consult.rounds.models import Area, Theme

LONGEST_TITLE, LONGEST_TEXT, LONGEST_ARGUMENT = 120, 5_000, 2_000


def id_or_none(value: Any) -> uuid.UUID | None:
    """Read an identifier from a list of choices; the empty choice is none."""
    return value if isinstance(value, uuid.UUID) else uuid.UUID(value) if value else None


def a_title() -> StringField:
    """The field for the title of a proposal."""
    return StringField(
        _l("Title"),
        filters=[OneLine()],
        validators=[filled(lambda: _("Give your proposal a title.")), at_most(LONGEST_TITLE)],
    )


def a_text(label: str) -> TextAreaField:
    """The field for the text of a proposal."""
    return TextAreaField(
        _l(label),
        filters=[Body()],
        validators=[filled(lambda: _("Write what you propose.")), at_most(LONGEST_TEXT)],
    )


class _PlacedForm(CreatingForm):
    """A theme and a neighbourhood; the verb checks that they belong to the round."""

    theme_id = SelectField(_l("Theme"), coerce=id_or_none, validate_choice=False)
    area_code = SelectField(_l("Neighbourhood"), validate_choice=False, validators=[at_most(20)])

    def offer(self, themes: Iterable[Theme], areas: Iterable[Area]) -> None:
        """Fill the lists of choices."""
        self.theme_id.choices = [("", _("no theme")), *((str(theme.id), theme.name) for theme in themes)]
        parts = [area for area in areas if area.parent_code] or list(areas)
        self.area_code.choices = [("", _("no neighbourhood")), *((area.code, area.name) for area in parts)]


class ProposalForm(_PlacedForm):
    """What a resident puts forward.

    `seen`: they were shown what looks like it. `look`: they only ask whether somebody had the same idea.
    """

    title = a_title()
    text = a_text(N_("Your proposal"))
    files = FilesField(_l("Files"))
    seen = HiddenField(_l("The same idea"))
    look = HiddenField()
    alike: Sequence[Contribution] | None = None  # what looks like it, once that was looked for

    def show_alike(self, found: Sequence[Contribution]) -> None:
        """Show what looks like it; sent once more, the form is taken as it is."""
        self.alike, self.seen.data = found, "yes"

    def validate(self, *args: Any, **kwargs: Any) -> bool:
        """Ask nothing yet of somebody who only looks for the same idea."""
        fine = super().validate(*args, **kwargs)
        if self.look.data and not self.is_forged:
            for field in self:
                field.errors = []
            return True
        return fine


class EditForm(BaseForm):
    """A new text of a proposal, and the version that it replaces."""

    title = a_title()
    text = a_text(N_("Your proposal"))
    files = FilesField(_l("Files"))
    version = HiddenField()

    def validate_version(self, field: Field) -> None:
        if not (field.data or "").isdecimal() or len(field.data) > 9:
            raise ValidationError(_("Open the page again and make your change there."))


class CoAuthorForm(CreatingForm):
    """Whom to ask to write along."""

    email = StringField(_l("E-mail address"), filters=[OneLine()], validators=[at_most(254)])

    def address(self) -> str:
        """Return the address as we write it everywhere."""
        return normalised_email(self.email.data or "") or ""

    def validate_email(self, field: Field) -> None:
        if not self.address():
            raise ValidationError(_("Type an e-mail address, like naam@voorbeeld.nl."))


class InvitationForm(BaseForm):
    """Yes or no."""

    joins = HiddenField()

    def validate_joins(self, field: Field) -> None:
        if field.data not in {"yes", "no"}:
            raise ValidationError(_("Open the page again and press the button there."))


class AnswerForm(CreatingForm):
    """What somebody says to an argument."""

    text = TextAreaField(
        _l("Your answer"),
        filters=[Body()],
        validators=[filled(lambda: _("Write your answer.")), at_most(LONGEST_ARGUMENT)],
    )


class HelpfulForm(BaseForm):
    """The button beside an argument: helpful, or not any more."""

    helpful = HiddenField()

    def validate_helpful(self, field: Field) -> None:
        if field.data not in {"yes", "no"}:
            raise ValidationError(_("Open the page again and press the button there."))


class ArgumentForm(CreatingForm):
    """One argument under a proposal."""

    stance = RadioField(_l("Your argument is"), validators=[filled(lambda: _("Choose for, against or neutral."))])
    text = TextAreaField(
        _l("Your argument"),
        filters=[Body()],
        validators=[filled(lambda: _("Write your argument.")), at_most(LONGEST_ARGUMENT)],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.stance.choices = [(stance.value, stance.words) for stance in Stance]


class UnsentProposal(Unfinished, ProposalForm):
    written = ("title", "text", "theme_id", "area_code")


class UnsentEdit(Unfinished, EditForm):
    written = ("title", "text", "version")


class UnsentArgument(Unfinished, ArgumentForm):
    written = ("stance", "text")


class UnsentAnswer(Unfinished, AnswerForm):
    written = ("text",)
