"""What staff fill in to enter a whole file of input, and to put a whole text into a draft."""

from typing import Any

from wtforms import BooleanField, FileField, HiddenField, RadioField, StringField, TextAreaField, ValidationError

from consult.foundation.forms import BaseForm, Body, CreatingForm, OneLine, at_most, filled
from consult.foundation.language import Later as _l
from consult.foundation.language import gettext as _
from consult.foundation.language import ngettext
from consult.intake.models import Batch
from consult.synthesis.outlines import LONGEST_TITLE

LONGEST_TEXT = 200_000  # characters; some 70 pages


class FileForm(CreatingForm):
    """A CSV or ODS file; it is read before the transaction."""

    file = FileField(_l("CSV or ODS file"))

    def validate_file(self, field: FileField) -> None:
        _demand_file(field)


def _demand_file(field: FileField) -> None:
    if not getattr(field.data, "filename", ""):
        raise ValidationError(_("Choose a file first."))


class DocumentForm(BaseForm):
    """A document of which the text is shown, to look at before it goes into a draft; it is kept nowhere."""

    file = FileField(_l("Word, ODT or plain text file"))

    def validate_file(self, field: FileField) -> None:
        _demand_file(field)


class TextForm(CreatingForm):
    """A whole text for a draft, and a title where no draft was begun yet."""

    title = StringField(_l("Title of the draft"), filters=[OneLine()], validators=[at_most(LONGEST_TITLE)])
    text = TextAreaField(
        _l("The text"),
        filters=[Body()],
        validators=[filled(lambda: _("Put the text here first.")), at_most(LONGEST_TEXT)],
    )


class ReplaceForm(TextForm):
    """A whole text that replaces what a version says; `seen` tells which version somebody looked at."""

    seen = HiddenField()


class ConfirmForm(CreatingForm):
    """Which rows of a file are entered."""

    rows = RadioField(
        _l("What do you want to enter?"), validators=[filled(lambda: _("Choose what you want to enter."))]
    )
    without_doubles = BooleanField(_l("Leave out what is here already"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rows.choices = [("all", "all"), ("valid", "valid")]  # `offer` gives them words

    def offer(self, batch: Batch) -> None:
        """Leave out the choice that a file does not allow."""
        right = ("valid", ngettext("The one row that is right", "Only the %(num)s rows that are right", batch.right))
        every = ("all", ngettext("The row", "All %(num)s rows", batch.total))
        self.rows.choices = [right] if batch.wrong else [every]

    @property
    def valid_only(self) -> bool:
        """Whether somebody chose to leave out what is wrong."""
        return bool(self.rows.data == "valid")
