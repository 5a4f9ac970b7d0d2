"""What members of an organisation fill in: their position, when they send it in or take it back, and a signature."""

import uuid
from collections.abc import Iterable, Sequence
from datetime import date
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
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import Optional

from consult.foundation import clock
from consult.foundation.forms import BaseForm, Body, CheckboxesField, CreatingForm, FilesField, OneLine, at_most, filled
from consult.foundation.language import Later as _l
from consult.foundation.language import gettext as _
from consult.foundation.language import local
from consult.foundation.text import sanitize
from consult.positions.rules import STANCES, WEIGHTS, Mandate, OnTheme, PositionTold, lacks_of_mandate
from consult.rounds.models import Theme

LONGEST_TEXT, LONGEST_ON_THEME, LONGEST_INTERESTS, LONGEST_REASON = 5_000, 1_500, 1_000, 500
EARLIEST = 1900
MOST_THEMES = 60


def number_or_none(value: Any) -> int | None:
    """Read a number from a list of choices; the empty choice is none."""
    return None if value in (None, "") else int(value)


def id_or_none(value: Any) -> uuid.UUID | None:
    """Read an identifier that stands in a form; what is none names nothing."""
    try:
        return uuid.UUID(str(value or ""))
    except ValueError:
        return None


class _MandateForm(BaseForm):
    """Who decided, when, and who signs."""

    mandate_body = StringField(
        _l("Which body of your organisation decided on this?"), filters=[OneLine()], validators=[at_most(120)]
    )
    mandate_date = DateField(_l("On which day did it decide?"), validators=[Optional()])
    signatory_name = StringField(_l("Name of who signs"), filters=[OneLine()], validators=[at_most(120)])
    signatory_function = StringField(
        _l("What is this person in your organisation?"), filters=[OneLine()], validators=[at_most(120)]
    )

    def validate_mandate_date(self, field: Field) -> None:
        if field.data is not None and field.data.year < EARLIEST:
            raise ValidationError(_("Fill in the day on which it decided."))
        if field.data is not None and field.data > _today():
            raise ValidationError(_("This day is still to come. Fill in the day on which it was decided."))

    def mandate(self) -> Mandate:
        """Return what was filled in as the verbs take it."""
        body, name, function = self.mandate_body.data, self.signatory_name.data, self.signatory_function.data
        return Mandate(body or "", self.mandate_date.data, name or "", function or "")


class ThemeRow(Form):
    """What is said of one theme; the verb checks that it belongs to the round."""

    theme_id = HiddenField()
    stance = SelectField(_l("How far do you agree?"), coerce=number_or_none)
    weight = SelectField(_l("How much does it weigh for you?"), coerce=number_or_none)
    text = TextAreaField(_l("Why?"), filters=[Body()], validators=[at_most(LONGEST_ON_THEME)])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.stance.choices = [("", _("we take no stance on this")), *signed_choices()]
        self.weight.choices = [("", _("choose")), *((value, _(words)) for value, words in WEIGHTS.items())]


def signed_choices() -> list[tuple[int, str]]:
    """Say each stance in words, with its number."""
    return [(value, f"{_(words)} ({value:+d})" if value else f"{_(words)} (0)") for value, words in STANCES.items()]


class PositionForm(_MandateForm):
    """What an organisation holds, as far as its members wrote it; `version` is the draft that it replaces."""

    version = HiddenField()
    interests = TextAreaField(
        _l("Which interests do you have yourselves in this?"), filters=[Body()], validators=[at_most(LONGEST_INTERESTS)]
    )
    has_none = BooleanField(_l("We have no interests of our own in this"))
    text = TextAreaField(_l("What you hold, in short"), filters=[Body()], validators=[at_most(LONGEST_TEXT)])
    then = HiddenField()  # "review": look at it as it will be
    on_themes = FieldList(FormField(ThemeRow), _l("Per theme"), max_entries=MOST_THEMES)

    def told(self) -> PositionTold:
        """Return what was filled in as the verbs take it, with its HTML."""
        rows = {id_or_none(row.form.theme_id.data): row.form for row in self.on_themes}
        return PositionTold(
            mandate=self.mandate(),
            interests=self.interests.data or "",
            has_none=bool(self.has_none.data),
            text=self.text.data or "",
            html=sanitize(self.text.data or ""),
            themes={one: _on_theme(row) for one, row in rows.items() if one is not None},
        )

    def show(self, told: PositionTold, themes: Iterable[Theme], version: int) -> None:
        """Show what was kept, unless somebody already typed in the form."""
        said = [(theme.id, told.themes.get(theme.id, OnTheme())) for theme in themes]
        mandate = told.mandate
        self.prefill(
            **mandate.columns(),
            version=version,
            interests=told.interests,
            has_none=told.has_none,
            text=told.text,
            on_themes=[
                {"theme_id": str(one), "stance": on.stance, "weight": on.weight, "text": on.text} for one, on in said
            ],
        )


def _on_theme(row: Any) -> OnTheme:
    text = row.text.data or ""
    return OnTheme(row.stance.data, row.weight.data, text, sanitize(text) if text else "")


class SubmitForm(CreatingForm):
    """Which draft the representative looked at, and the files that go with it."""

    version = HiddenField()
    files = FilesField(_l("Files"))


class WithdrawForm(BaseForm):
    """Why a position is taken back; everybody can read it."""

    reason = TextAreaField(
        _l("Why do you take it back?"),
        filters=[Body()],
        validators=[filled(lambda: _("Write why. Everybody can read it.")), at_most(LONGEST_REASON)],
    )


class SignForm(_MandateForm, CreatingForm):
    """With which themes of a position one signs, and under whose mandate; `version` is the one that was read."""

    version = HiddenField()
    signer = SelectField(_l("For which organisation do you sign?"), validate_choice=False)
    themes = CheckboxesField(_l("With which themes?"), coerce=id_or_none, validate_choice=False)

    def validate_themes(self, field: Field) -> None:
        if not any(field.data):
            raise ValidationError(_("Choose at least one theme."))

    def validate(self, *args: Any, **kwargs: Any) -> bool:
        """Demand a whole mandate."""
        fine = super().validate(*args, **kwargs)
        for name, sentence in lacks_of_mandate(self.mandate(), _today()):
            field = self[name]
            if not field.errors:
                field.errors, fine = [sentence], False
        return fine

    def offer(self, signers: Sequence[tuple[str, str]], themes: Iterable[Theme]) -> None:
        """Fill the lists of choices."""
        self.signer.choices = list(signers)
        self.themes.choices = [(str(theme.id), theme.name) for theme in themes]

    def theme_ids(self) -> list[uuid.UUID]:
        """Return the themes that were ticked."""
        return [one for one in self.themes.data or [] if one is not None]


def version_in(form: PositionForm | SubmitForm | SignForm) -> int:
    """Return the version that somebody had before them; what is none is older than any, so it is a conflict."""
    typed = form.version.data or ""
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 10 else -1


def _today() -> date:
    return local(clock.now()).date()
