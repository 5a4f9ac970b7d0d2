"""What a moderator fills in to code, to weigh, and to write a draft; and what the address of a list asks for."""

from collections.abc import Iterable, Mapping
from typing import Any

from wtforms import (
    BooleanField,
    Field,
    HiddenField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.widgets import CheckboxInput, ListWidget

from consult.contributions.models import Contribution
from consult.foundation.forms import BaseForm, Body, CreatingForm, OneLine, at_most, filled
from consult.foundation.language import Later as _l
from consult.foundation.language import gettext as _
from consult.mandates.models import Precondition
from consult.rounds.models import Theme
from consult.synthesis.models import OutcomeKind, Use
from consult.synthesis.queries import Show, Wanted
from consult.synthesis.rules import name_of

LONGEST_PARAGRAPH, LONGEST_REASON, LONGEST_TITLE, LONGEST_NOTE = 5_000, 1_000, 200, 300
SETTABLE = tuple(kind for kind in OutcomeKind if kind is not OutcomeKind.MERGED)


class CheckboxesField(SelectMultipleField):
    """Several boxes of which any number can be ticked."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


def _kind_or_none(value: Any) -> OutcomeKind | None:
    return OutcomeKind(value) if value else None


class CodeForm(BaseForm):
    """The themes that a contribution is about; the verb checks that they belong to the round."""

    themes = CheckboxesField(_l("Themes"), choices=[], validate_choice=False)

    def offer(self, themes: Iterable[Theme]) -> None:
        """Fill the list of themes."""
        self.themes.choices = [(theme.code, theme.name) for theme in themes]


class OutcomeForm(BaseForm):
    """What becomes of a contribution, and why."""

    kind = SelectField(_l("Outcome"), coerce=_kind_or_none)
    reason = TextAreaField(
        _l("Reason"),
        filters=[Body()],
        validators=[filled(lambda: _("Give the reason: the writer will read it.")), at_most(LONGEST_REASON)],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind.choices = outcome_choices()

    def validate_kind(self, field: Field) -> None:
        if field.data is None:
            raise ValidationError(_("Choose what becomes of it."))


class EvaluationForm(BaseForm):
    """What the team thinks of a contribution among themselves."""

    text = TextAreaField(
        _l("What we think of it"),
        filters=[Body()],
        validators=[filled(lambda: _("Write what you think of it.")), at_most(LONGEST_PARAGRAPH)],
    )


def outcome_choices() -> list[tuple[str, str]]:
    """Return the outcomes that can be set by hand; "merged" follows from merging."""
    return [("", _("choose an outcome")), *((kind.value, kind.words) for kind in SETTABLE)]


class BulkForm(BaseForm):
    """What is done with several contributions at once; what is asked for depends on the button."""

    pick = SelectMultipleField(_l("Selected contributions"), choices=[], validate_choice=False)
    themes = CheckboxesField(_l("Themes"), choices=[], validate_choice=False)
    kind = SelectField(_l("Outcome"), coerce=_kind_or_none)
    reason = TextAreaField(_l("Reason for all of them"), filters=[Body()], validators=[at_most(LONGEST_REASON)])
    removes = HiddenField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind.choices = outcome_choices()

    def offer(self, themes: Iterable[Theme]) -> None:
        """Fill the list of themes."""
        self.themes.choices = [(theme.code, theme.name) for theme in themes]

    def validate_pick(self, field: Field) -> None:
        if self.is_filled and not field.data:
            raise ValidationError(_("Select at least one contribution in the list."))


class BulkCodeForm(BulkForm):
    """Several contributions and the themes that they get or lose."""

    def validate_themes(self, field: Field) -> None:
        if not field.data:
            raise ValidationError(_("Choose at least one theme."))


class BulkOutcomeForm(BulkForm):
    """Several contributions and the outcome that they get, for one reason."""

    def validate_kind(self, field: Field) -> None:
        if field.data is None:
            raise ValidationError(_("Choose what becomes of them."))

    def validate_reason(self, field: Field) -> None:
        if not field.data:
            raise ValidationError(_("Give the reason: the writers will read it."))


class MoveForm(BaseForm):
    """Which way a section or a paragraph goes."""

    way = HiddenField()

    @property
    def goes_up(self) -> bool:
        """Whether it goes towards the beginning."""
        return bool(self.way.data == "up")


class PublishForm(BaseForm):
    """The moment at which what was read had been submitted."""

    read_at = HiddenField()


class TitleForm(CreatingForm):
    """The title of a draft or of a section."""

    title = StringField(
        _l("Title"),
        filters=[OneLine()],
        validators=[filled(lambda: _("Give it a title.")), at_most(LONGEST_TITLE)],
    )


class NewParagraphForm(CreatingForm):
    """What a paragraph says."""

    text = TextAreaField(
        _l("Text of the paragraph"),
        filters=[Body()],
        validators=[filled(lambda: _("Write what the paragraph says.")), at_most(LONGEST_PARAGRAPH)],
    )
    is_editorial = BooleanField(_l("This paragraph has no source: editorial"))


class ParagraphForm(BaseForm):
    """A new text of a paragraph, and the version that it replaces."""

    text = TextAreaField(
        _l("Text of the paragraph"),
        filters=[Body()],
        validators=[filled(lambda: _("Write what the paragraph says.")), at_most(LONGEST_PARAGRAPH)],
    )
    is_editorial = BooleanField(_l("This paragraph has no source: editorial"))
    version = HiddenField()

    def validate_version(self, field: Field) -> None:
        if not (field.data or "").isdecimal() or len(field.data) > 9:
            raise ValidationError(_("Open the page again and make your change there."))


class SourceForm(BaseForm):
    """One source of a paragraph, how it is used, and a note."""

    source = RadioField(
        _l("Source"), choices=[], validate_choice=False, validators=[filled(lambda: _("Choose a source."))]
    )
    use = SelectField(_l("How the paragraph uses it"), coerce=Use)
    note = StringField(_l("Note"), filters=[OneLine()], validators=[at_most(LONGEST_NOTE)])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.use.choices = [(use.value, use.words) for use in Use]

    def offer(self, contributions: Iterable[Contribution], preconditions: Iterable[Precondition]) -> None:
        """Fill the list of sources that can still be chosen."""
        self.source.choices = [
            *((f"contribution/{one.public_id}", name_of(one)) for one in contributions),
            *((f"precondition/{one.code}", f"{one.code} {one.title}") for one in preconditions),
        ]

    def validate_source(self, field: Field) -> None:
        kind, slash, name = (field.data or "").partition("/")
        if field.data and (kind not in {"contribution", "precondition"} or not slash or not name):
            raise ValidationError(_("Choose a source."))

    def chosen(self) -> tuple[str, str]:
        """Return what kind of source was chosen, and its name."""
        kind, _slash, name = (self.source.data or "").partition("/")
        return kind, name


def wanted_by(told: Mapping[str, str]) -> Wanted:
    """Read from an address which contributions a list should hold; what makes no sense narrows nothing."""
    show, outcome = told.get("show", ""), told.get("outcome", "")
    return Wanted(
        show=Show(show) if show in set(Show) else Show.ALL,
        theme=told.get("theme", "")[:20],
        outcome=OutcomeKind(outcome) if outcome in set(OutcomeKind) else None,
        words=told.get("q", "").strip()[:100],
        with_arguments=told.get("arguments", "") == "1",
    )


def page_number(told: Mapping[str, str]) -> int:
    """Read from an address which page is asked for; the first where that makes no sense."""
    given = told.get("page", "")
    return max(1, int(given)) if given.isascii() and given.isdecimal() and len(given) < 7 else 1
