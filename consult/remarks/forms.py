"""What people fill in to react to a paragraph, and what the team fills in to work that into the draft."""

from collections.abc import Iterable
from typing import Any

from wtforms import Field, HiddenField, RadioField, SelectField, StringField, TextAreaField, ValidationError

from consult.foundation.forms import BaseForm, Body, CreatingForm, OneLine, at_most, filled
from consult.foundation.language import Later as _l
from consult.foundation.language import gettext as _
from consult.participants.models import Organisation
from consult.remarks.rules import LONGEST_QUOTE, LONGEST_REASON, LONGEST_REMARK
from consult.synthesis.models import OutcomeKind
from consult.synthesis.outlines import LONGEST_PARAGRAPH


class AboutForm(CreatingForm):
    """For whom somebody speaks, and about which words of a paragraph."""

    behalf = SelectField(_l("For whom do you respond?"), validate_choice=False)
    quote = StringField(_l("The words that it is about"), filters=[OneLine()], validators=[at_most(LONGEST_QUOTE)])

    def offer(self, organisations: Iterable[Organisation]) -> None:
        """Fill the list of those for whom somebody can respond."""
        self.behalf.choices = [("", _("for myself")), *((one.slug, one.name) for one in organisations)]


class RemarkForm(AboutForm):
    """What somebody wants to say of a paragraph."""

    text = TextAreaField(
        _l("What do you want to say?"),
        filters=[Body()],
        validators=[filled(lambda: _("Write what you want to say.")), at_most(LONGEST_REMARK)],
    )


class SuggestionForm(AboutForm):
    """What a paragraph should say instead, and why."""

    wording = TextAreaField(_l("What should it say instead?"), filters=[Body()], validators=[at_most(LONGEST_REMARK)])
    why = TextAreaField(_l("Why?"), filters=[Body()], validators=[at_most(LONGEST_REMARK)])

    def validate_wording(self, field: Field) -> None:
        if not field.data and not self.why.data:
            raise ValidationError(_("Write what it should say. If the words should only go, say below why."))


class WorkInForm(BaseForm):
    """What the paragraph says from now on, what that makes of the remark, and why."""

    text = TextAreaField(
        _l("The paragraph"),
        filters=[Body()],
        validators=[filled(lambda: _("Write what the paragraph says.")), at_most(LONGEST_PARAGRAPH)],
    )
    version = HiddenField()
    kind = RadioField(_l("What becomes of it?"))
    reason = TextAreaField(
        _l("Answer to who wrote it"),
        filters=[Body()],
        validators=[filled(lambda: _("Give the reason: the writer will read it.")), at_most(LONGEST_REASON)],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind.choices = [(one.value, one.words) for one in (OutcomeKind.ADOPTED, OutcomeKind.PARTLY)]

    @property
    def read_version(self) -> int:
        """The version of the paragraph that somebody read; anything else is none that exists."""
        sent = self.version.data or ""
        return int(sent) if sent.isascii() and sent.isdecimal() and len(sent) < 10 else 0
