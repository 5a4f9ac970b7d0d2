"""What a moderator fills in to code a passage, to code a second time, to settle, and to write the frame."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from wtforms import BooleanField, Field, HiddenField, SelectField, StringField, TextAreaField
from wtforms import ValidationError as Wrong

from consult.coding.rules import LONGEST_QUOTE
from consult.foundation.forms import BaseForm, Body, CheckboxesField, CreatingForm, OneLine, at_most, filled
from consult.foundation.language import Later as _l
from consult.foundation.language import gettext as _
from consult.rounds.models import Round, Theme

CODE = re.compile(r"[a-z0-9][a-z0-9-]{0,19}")
LONGEST_WHY, LONGEST_REASON, LONGEST_MEANING, LONGEST_NAME = 1_000, 500, 600, 120


class ThemesForm(BaseForm):
    """At least one theme; the verb checks that they belong to the round."""

    themes = CheckboxesField(_l("Themes"), choices=[], validate_choice=False)

    def offer(self, themes: Iterable[Theme]) -> None:
        """Fill the list of themes."""
        self.themes.choices = [(theme.code, theme.name) for theme in themes]

    def validate_themes(self, field: Field) -> None:
        if not field.data:
            raise Wrong(_("Choose at least one theme."))


class PassageForm(ThemesForm):
    """Sentences that were ticked, or words that were copied, and the themes that they are about."""

    sentences = CheckboxesField(_l("Sentences"), choices=[], validate_choice=False)
    quote = TextAreaField(
        _l("Or copy some words from the text"), filters=[OneLine()], validators=[at_most(LONGEST_QUOTE)]
    )
    version = HiddenField()

    def offer_sentences(self, sentences: Sequence[tuple[str, str]]) -> None:
        """Fill the list of sentences."""
        self.sentences.choices = list(sentences)

    def marked(self) -> dict[str, Any]:
        """Return what was marked: the numbers of sentences from 0, words that were copied, and the version read."""
        numbers = [one for one in self.sentences.data or () if re.fullmatch(r"[0-9]{1,5}", one)]
        told = {"words": self.quote.data or "", "read": int(self.version.data or 0)}
        return {"ticked": [int(one) for one in numbers], **told}

    def validate_quote(self, field: Field) -> None:
        if not field.data and not self.sentences.data:
            raise Wrong(_("Tick a sentence, or copy some words from the text."))

    def validate_version(self, field: Field) -> None:
        if not re.fullmatch(r"\d{1,9}", field.data or "", re.ASCII):
            raise Wrong(_("Open the page again and make your change there."))


class DecisionForm(BaseForm):
    """Whether somebody agrees with a suggestion."""

    agrees = HiddenField()

    def validate_agrees(self, field: Field) -> None:
        if field.data not in {"yes", "no"}:
            raise Wrong(_("Choose whether this theme fits."))


class SettleForm(ThemesForm):
    """The themes that hold, and why."""

    reason = TextAreaField(
        _l("Why these themes"),
        filters=[Body()],
        validators=[filled(lambda: _("Write why these themes hold.")), at_most(LONGEST_WHY)],
    )


class CodeForm(BaseForm):
    """How a code is called, what it means, and whether it is still given."""

    name = StringField(
        _l("Name"), filters=[OneLine()], validators=[filled(lambda: _("Give the code a name.")), at_most(LONGEST_NAME)]
    )
    meaning = TextAreaField(
        _l("What belongs to it, and what does not"), filters=[Body()], validators=[at_most(LONGEST_MEANING)]
    )
    is_retired = BooleanField(_l("Do not give this code any more"))


class NewCodeForm(CreatingForm):
    """A code that is new in a frame."""

    short = StringField(_l("Short code"), filters=[OneLine()])
    name = StringField(
        _l("Name"), filters=[OneLine()], validators=[filled(lambda: _("Give the code a name.")), at_most(LONGEST_NAME)]
    )
    meaning = TextAreaField(
        _l("What belongs to it, and what does not"), filters=[Body()], validators=[at_most(LONGEST_MEANING)]
    )

    def validate_short(self, field: Field) -> None:
        if not CODE.fullmatch(field.data or ""):
            raise Wrong(_("Use at most 20 small letters, figures and hyphens, such as “lighting”."))


class CopyForm(BaseForm):
    """The round of which the frame is taken over."""

    frame_of = SelectField(_l("Round"), choices=[], validate_choice=False)

    def offer(self, rounds: Iterable[Round]) -> None:
        """Fill the list of rounds."""
        self.frame_of.choices = [("", _("choose a round")), *((one.slug, one.title) for one in rounds)]

    def validate_frame_of(self, field: Field) -> None:
        if not field.data:
            raise Wrong(_("Choose a round."))


class PublishForm(BaseForm):
    """What changed in a version and why."""

    reason = TextAreaField(
        _l("What changed, and why"),
        filters=[Body()],
        validators=[
            filled(lambda: _("Write what changed and why: who codes later reads it.")),
            at_most(LONGEST_REASON),
        ],
    )
