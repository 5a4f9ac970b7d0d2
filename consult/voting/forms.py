"""What people fill in to vote, and what staff fill in about who can vote, paper, and ballots in doubt."""

import re
import uuid
from collections.abc import Iterable
from typing import Any

from wtforms import (
    Field,
    HiddenField,
    IntegerField,
    SelectField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import AnyOf, NumberRange
from wtforms.widgets import HiddenInput

from consult.accounts.passwords import normalised_email
from consult.contributions.models import Channel
from consult.foundation.forms import BaseForm, CreatingForm, OneLine, at_most, filled
from consult.foundation.language import Later as _l
from consult.foundation.language import gettext as _
from consult.foundation.language import ngettext
from consult.rounds.models import Area
from consult.voting.electorate import MOST_CODES
from consult.voting.models import Choice
from consult.voting.rules import CODE_LENGTH, WHOLE, Listed, Mistyped, moved, read_code


def is_choice(_form: Any, field: Field) -> None:
    """Demand one of the choices."""
    if field.data not in set(Choice):
        raise ValidationError(_("Press one of the buttons: for, neutral or against."))


class SupportForm(BaseForm):
    choice = StringField(_l("Your choice"), validators=[is_choice])


MOST_MARKS = 500


class MarksField(Field):
    """What somebody says of each option of a ballot: under `NAME-ID` a number, or nothing.

    `data` holds the numbers by option; `typed` everything as it was typed, to show it again; `wrong` what is no number.
    """

    widget = HiddenInput()

    def process(self, formdata: Any, data: Any = None, extra_filters: Any = None) -> None:
        """Read all numbers that came."""
        self.process_errors: list[str] = []
        self.errors: list[str] = []
        self.typed = by_option(self.name, formdata)
        self.wrong = [option for option, value in self.typed.items() if not WHOLE.fullmatch(value)]
        self.data = {o: int(v) for o, v in self.typed.items() if o not in self.wrong}
        if self.wrong:
            odd = self.typed[self.wrong[0]][:20]
            self.process_errors.append(_("“%(odd)s” is no whole number. Type a number like 3.", odd=odd))


def by_option(name: str, formdata: Any) -> dict[uuid.UUID, str]:
    """Return what was typed for each option, without what is empty."""
    known = re.compile(rf"{re.escape(name)}-([0-9a-f]{{32}})")
    found = [(known.fullmatch(key), value) for key, value in (formdata.items() if formdata else ())]
    told = {uuid.UUID(match[1]): value.strip() for match, value in found if match and isinstance(value, str)}
    return {option: value for option, value in list(told.items())[:MOST_MARKS] if value}


class BallotForm(BaseForm):
    """A whole ballot; whether it keeps to the rules of its poll, the view asks."""

    mark = MarksField(_l("Your ballot"))
    move = StringField(_l("Move"))

    def moved(self) -> str | None:
        """Return the place on the page of the plan beside which a button was pressed, if that was done."""
        return f"mark-{uuid.UUID(told[2]).hex}" if (told := _MOVE.fullmatch(self.move.data or "")) else None

    def after_moving(self) -> dict[str, list[str]]:
        """Return the ballot as it is typed after that plan changed places with its neighbour."""
        way, plan = (self.move.data or "").split("-")
        ranks = {option: value for option, value in self.mark.data.items() if value}
        return {f"mark-{o.hex}": [str(n)] for o, n in moved(ranks, uuid.UUID(plan), up=way == "up").items()}

    def typed(self) -> dict[str, str]:
        """Say how many choices were made, so that a ballot is kept while somebody signs in."""
        count = len(self.mark.typed)
        return {str(self.mark.label.text): ngettext("%(num)s choice", "%(num)s choices", count)} if count else {}


_MOVE = re.compile(r"(up|down)-([0-9a-f]{32})")


class AreaForm(BaseForm):
    """Where somebody lives, as they tell it; the verb checks that we know it."""

    area_code = SelectField(
        _l("Your neighbourhood"),
        validate_choice=False,
        validators=[filled(lambda: _("Choose the neighbourhood in which you live.")), at_most(20)],
    )

    def offer(self, areas: Iterable[tuple[str, str]]) -> None:
        """Fill the list of neighbourhoods."""
        self.area_code.choices = [("", _("choose")), *areas]


class CodeForm(BaseForm):
    """The code from a letter."""

    code = StringField(
        _l("Code from your letter"),
        filters=[OneLine()],
        validators=[filled(lambda: _("Type the code that stands in your letter.")), at_most(60)],
    )

    def validate_code(self, field: Field) -> None:
        try:
            read_code(field.data or "")
        except Mistyped as problem:
            raise ValidationError(str(problem)) from problem


class ErrandForm(BaseForm):
    """What a browser brings back from the broker of sign-ins."""

    code = HiddenField()
    state = HiddenField()


class CodesForm(CreatingForm):
    """How many codes, for the letters to which area."""

    area_code = SelectField(
        _l("Neighbourhood or district"),
        validate_choice=False,
        validators=[filled(lambda: _("Choose to which neighbourhood the letters go.")), at_most(20)],
    )
    number = IntegerField(
        _l("How many codes"),
        validators=[filled(lambda: _("Say how many letters there are.")), NumberRange(1, MOST_CODES)],
    )

    def offer(self, areas: Iterable[Area]) -> None:
        """Fill the list of areas."""
        self.area_code.choices = [("", _("choose")), *((area.code, f"{area.name} ({area.code})") for area in areas)]


class LostCodeForm(CreatingForm):
    """The number that stands on the letter whose code has to be replaced."""

    serial = IntegerField(
        _l("Number on the letter"),
        validators=[filled(lambda: _("Type the number that stands on the letter.")), NumberRange(1, 2_000_000_000)],
    )


class BatchForm(CreatingForm):
    """How many codes of a batch can still be used, as the page showed it."""

    unused = HiddenField()

    def number(self) -> int:
        """Return how many codes have to be drawn."""
        told = self.unused.data or ""
        return min(int(told), MOST_CODES) if told.isdecimal() and len(told) < len(str(MOST_CODES)) + 1 else 0


class ListForm(CreatingForm):
    """People who come on the list of voters, and in which neighbourhood all of them live, where that is known."""

    people = TextAreaField(
        _l("Who comes on the list"),
        description=_l(
            "One person a line: a number, and behind a semicolon the e-mail address where there is one, "
            "like 104; anna@example.org. No names: who has which number stays with you. "
            "Put 500 lines on it at a time."
        ),
        validators=[filled(lambda: _("Write who comes on the list."))],
    )
    area_code = SelectField(_l("Neighbourhood or district"), validate_choice=False, validators=[at_most(20)])

    def offer(self, areas: Iterable[Area]) -> None:
        """Fill the list of areas."""
        told = [(area.code, f"{area.name} ({area.code})") for area in areas]
        self.area_code.choices = [("", _("not known, or several")), *told]

    def validate_people(self, field: Field) -> None:
        read_listed(field.data or "")


def read_listed(typed: str) -> list[Listed]:
    """Read people from lines like "104; anna@example.org"; raises ValidationError that names the line.

    Refused too where nobody stands there at all.
    """
    found: dict[int, Listed] = {}
    taken: set[str] = set()
    for number, line in enumerate(typed.splitlines(), start=1):
        told, _sign, mailed = re.sub("[\t,]", ";", line, count=1).partition(";")
        if not line.strip(" ;,\t"):
            continue
        if not _SERIAL.fullmatch(told.strip()) or not int(told):
            raise ValidationError(_("Line %(line)s: begin with a number, like 104.", line=number))
        address = normalised_email(mailed.strip()) if mailed.strip() else ""
        if address is None:
            raise ValidationError(_("Line %(line)s: this is no e-mail address.", line=number))
        if int(told) in found or address in taken:
            raise ValidationError(_("Line %(line)s: this number or address stands there twice.", line=number))
        found[int(told)] = Listed(int(told), address)
        taken |= {address} - {""}
    if not found:
        raise ValidationError(_("Write who comes on the list."))
    return list(found.values())


_SERIAL = re.compile(r"[0-9]{1,9}")


class UnlistForm(CreatingForm):
    """The number of somebody who is taken from the list of voters."""

    serial = IntegerField(
        _l("Number on the list"),
        validators=[filled(lambda: _("Type the number on the list.")), NumberRange(1, 999_999_999)],
    )


class LetterForm(CreatingForm):
    """With which letter a ballot on paper came, or with which number on the list."""

    letter = StringField(
        _l("Code or number of the letter"),
        description=_l("The code, if it stands on the paper. Otherwise the number of the letter on your list."),
        filters=[OneLine()],
        validators=[filled(lambda: _("Type the code or the number of the letter.")), at_most(60)],
    )

    def ask(self, *, listed: bool) -> None:
        """Ask for a number alone in a round with a list."""
        if listed:
            self.letter.label.text = _("Number on the list")
            self.letter.description = _("It stands on the paper, or on your own list behind the name.")

    def validate_letter(self, field: Field) -> None:
        told = field.data or ""
        if len(told) < CODE_LENGTH and not _SERIAL.fullmatch(told):
            raise ValidationError(_("Type a number in figures, or the whole code of a letter."))
        if not _SERIAL.fullmatch(told):
            try:
                read_code(told)
            except Mistyped as problem:
                raise ValidationError(str(problem)) from problem

    @property
    def serial(self) -> int | None:
        """The number that was typed; otherwise it is a code."""
        return int(self.letter.data or "") if _SERIAL.fullmatch(self.letter.data or "") else None


class PaperForm(LetterForm):
    """A ballot on paper: with which letter it came and how, and what stands on it."""

    came_by = SelectField(_l("How it came in"), validate_choice=False)
    mark = MarksField(_l("What stands on the paper"))

    def offer(self, channels: Iterable[Channel]) -> None:
        """Fill the list of ways."""
        self.came_by.choices = [(one.value, one.words) for one in channels]

    def validate_came_by(self, field: Field) -> None:
        if field.data not in {one.value for one in Channel}:
            raise ValidationError(_("Say how this ballot came in."))


class AsideForm(CreatingForm):
    why_aside = StringField(
        _l("Why it does not count"),
        description=_l("For example: typed wrong, or it cannot be read. Do not name anybody."),
        filters=[OneLine()],
        validators=[filled(lambda: _("Say why this ballot does not count.")), at_most(300)],
    )


class DoubtForm(CreatingForm):
    """Why ballots do not count."""

    why_invalid = TextAreaField(
        _l("Why these ballots do not count"),
        description=_l("Everybody reads this beside the result. Do not name anybody."),
        filters=[OneLine()],
        validators=[filled(lambda: _("Say why these ballots do not count.")), at_most(500)],
    )


class InvalidationForm(DoubtForm):
    """Which ballots, and why they do not count."""

    cluster = HiddenField()

    def validate_cluster(self, field: Field) -> None:
        if not _CLUSTER.fullmatch(field.data or ""):
            raise ValidationError(_("Choose first which ballots you mean."))


_CLUSTER = re.compile(r"n[0-9a-f]{64}|t[0-9]{1,12}")


class WrongPaperForm(LetterForm, DoubtForm):
    """Which ballot on paper was counted and is not right, and why."""


class AgreeForm(CreatingForm):
    """What the second person says."""

    agrees = HiddenField(validators=[AnyOf(["yes", "no"])])


class LiftForm(CreatingForm):
    why_again = StringField(
        _l("Why they count again"),
        filters=[OneLine()],
        validators=[filled(lambda: _("Say why these ballots count again.")), at_most(500)],
    )
