"""What a moderator fills in to code, to weigh, and to write a draft."""

import uuid
from collections.abc import Collection, Iterable, Mapping
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

from consult.coding.rules import Shown
from consult.contributions.models import Contribution
from consult.field.models import AdviceRequest
from consult.foundation.anchors import Quote
from consult.foundation.errors import Conflict
from consult.foundation.forms import BadForm, BaseForm, Body, CreatingForm, OneLine, at_most, filled
from consult.foundation.language import Later as _l
from consult.foundation.language import gettext as _
from consult.landscape.queries import Thought
from consult.mandates.models import Precondition
from consult.rounds.models import Theme
from consult.synthesis import telling
from consult.synthesis.models import Assignment, OutcomeKind, Use
from consult.synthesis.outlines import LONGEST_PARAGRAPH, LONGEST_TITLE
from consult.synthesis.queries import Weighed
from consult.synthesis.rules import LONGEST_PASSAGE, advice_of, name_of, quoted, shortened, thought_of
from consult.synthesis.telling import Standing

LONGEST_REASON, LONGEST_NOTE, LONGEST_TOLD = 1_000, 300, 2_000
KINDS = frozenset({"contribution", "precondition", "statement", "advice", "passage", "vote"})  # of sources
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

    def offer(self, themes: Iterable[Theme], held: Collection[Theme]) -> None:
        """Fill the list with the themes that are in use, and those that it has."""
        self.themes.choices = [(one.code, one.name) for one in themes if one.retired_at is None or one in held]


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


class NoteForm(CreatingForm):
    """What somebody tells the others of the team about a contribution."""

    note = TextAreaField(
        _l("Note for the team"),
        filters=[Body()],
        validators=[filled(lambda: _("Write the note.")), at_most(LONGEST_TOLD)],
    )


class WorkerForm(BaseForm):
    """Who is to work on a contribution; nobody is allowed."""

    person = SelectField(_l("Who works on it"), choices=[], validate_choice=False)

    def offer(self, people: Mapping[uuid.UUID, str]) -> None:
        """Fill the list of colleagues."""
        self.person.choices = [("", _("nobody")), *((str(one), name) for one, name in people.items())]

    def validate_person(self, field: Field) -> None:
        try:
            _known = uuid.UUID(field.data) if field.data else None
        except ValueError:
            raise ValidationError(_("Choose somebody from the list.")) from None


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
    quote = StringField(_l("Only these words of it"), filters=[OneLine()], validators=[at_most(LONGEST_PASSAGE)])
    note = StringField(_l("Note"), filters=[OneLine()], validators=[at_most(LONGEST_NOTE)])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.use.choices = [(use.value, use.words) for use in Use]

    def offer(
        self,
        contributions: Iterable[Contribution],
        preconditions: Iterable[Precondition],
        thoughts: Iterable[Thought],
        advices: Iterable[AdviceRequest],
        passages: Mapping[uuid.UUID, Iterable[Shown]],
        votes: Iterable[Standing],
    ) -> None:
        """Fill the list of sources that can still be chosen, each contribution followed by its coded passages."""
        self.source.choices = [
            *(choice for one in contributions for choice in _choices(one, passages.get(one.id, ()))),
            *((f"precondition/{one.code}", f"{one.code} {one.title}") for one in preconditions),
            *((f"vote/{one.option_id}", telling.name_of(one)) for one in votes),
            *((f"statement/{one.public_id}", thought_of(one)) for one in thoughts),
            *((f"advice/{one.id}", advice_of(one)) for one in advices),
        ]

    def validate_source(self, field: Field) -> None:
        kind, slash, name = (field.data or "").partition("/")
        if field.data and (kind not in KINDS or not slash or not name):
            raise ValidationError(_("Choose a source."))

    def validate_quote(self, field: Field) -> None:
        if field.data and self.chosen()[0] != "contribution":
            raise ValidationError(_("Only a contribution has words of its own. Choose one, or leave this empty."))

    def chosen(self) -> tuple[str, str]:
        """Return what kind of source was chosen, and its name."""
        kind, _slash, name = (self.source.data or "").partition("/")
        return kind, name

    def with_words(self, chosen: dict[str, Any]) -> dict[str, Any]:
        """Return what was chosen with the words that were typed; raises BadForm for words that do not stand in it."""
        if not self.quote.data:
            return chosen
        try:
            return chosen | {"passage": quoted(chosen["contribution"], Quote(self.quote.data))}
        except Conflict as wrong:
            raise BadForm(self.quote, str(wrong)) from wrong


def _choices(one: Contribution, passages: Iterable[Shown]) -> list[tuple[str, str]]:
    told = [
        (f"passage/{one.public_id}.{part.id}", _("Of this: “%(words)s”", words=shortened(part.words, 160)))
        for part in passages
    ]
    return [(f"contribution/{one.public_id}", name_of(one)), *told]


def forms_on(
    weighed: Weighed, evaluated: str, assigned: Assignment | None, colleagues: Mapping[uuid.UUID, str], sent: BaseForm
) -> dict[str, BaseForm]:
    """Return the forms of the page of one input; the one that was sent keeps what was typed."""
    coded, outcome = CodeForm(), sent if isinstance(sent, OutcomeForm) else OutcomeForm()
    coded.prefill(themes=[theme.code for theme in weighed.themes])
    coded.offer(weighed.contribution.round.themes, weighed.themes)
    if weighed.outcome is not None:
        outcome.prefill(kind=weighed.outcome.kind, reason=weighed.outcome.reason)
    evaluation = sent if isinstance(sent, EvaluationForm) else EvaluationForm()
    evaluation.prefill(text=evaluated)
    worker = WorkerForm()
    worker.prefill(person=str(assigned.person_id) if assigned is not None else "")
    worker.offer(colleagues)
    note = sent if isinstance(sent, NoteForm) else NoteForm()
    return {"coded": coded, "form": outcome, "evaluation": evaluation, "worker": worker, "note": note, "sent": sent}
