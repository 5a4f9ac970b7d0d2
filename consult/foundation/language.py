"""Words in the person's language: gettext over .po files read at start, and dates as people say them."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import cache
from gettext import NullTranslations
from io import BytesIO
from pathlib import Path
from typing import Any, Self, cast
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_time
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, parse_pattern
from babel.support import Translations

LOCALES = ("nl", "en")
FOLDER = Path(__file__).parent.parent / "translations"
ZONE = ZoneInfo("Europe/Amsterdam")
_EXACT, _EUROS, _CENTS = map(parse_pattern, ("#,##0.######", "€ #,##0", "€ #,##0.00"))  # read once: pages say hundreds

_locale: ContextVar[str] = ContextVar("locale", default="nl")
_variant: Callable[[], str] = str  # of no kind


def locale() -> str:
    """Return the language in use now, "nl" or "en"."""
    return _locale.get()


def use_locale(name: str) -> None:
    """Speak `name` from here on, in this context."""
    _locale.set(name if name in LOCALES else LOCALES[0])


@contextmanager
def speaking(name: str) -> Iterator[None]:
    """Speak `name` inside the block."""
    token = _locale.set(name)
    try:
        yield
    finally:
        _locale.reset(token)


@cache
def catalogue(name: str) -> NullTranslations:
    """Return the translations of one language; English is the language of the code and needs none."""
    whole: NullTranslations | None = None
    for path in sorted((FOLDER / name).glob("*.po")):
        with path.open("rb") as source:
            buffer = BytesIO()
            write_mo(buffer, read_po(source, locale=name))
        buffer.seek(0)
        part = Translations(buffer)
        if isinstance(whole, Translations):
            whole.merge(part)
        else:
            whole = part
    return whole or NullTranslations()


@cache
def overlay(name: str) -> dict[str, dict[str, str]]:
    """Return by message what is said instead in each variant of a language: the folders `nl@…` beside `nl`."""
    found: dict[str, dict[str, str]] = {}
    for folder in sorted(FOLDER.glob(f"{name}@*")):
        for path in sorted(folder.glob("*.po")):
            with path.open("rb") as source:
                for message in read_po(source, locale=name):
                    if message.id:
                        found.setdefault(str(message.id), {})[folder.name.partition("@")[2]] = str(message.string)
    return found


def speak_as(variant: Callable[[], str]) -> None:
    """From here on ask this which variant is spoken; it is asked only of a message that has variants."""
    global _variant  # noqa: PLW0603  set once, by whoever builds the app or runs a command
    _variant = variant


def gettext(message: str, **values: Any) -> str:
    """Return `message` in the language in use and its variant, with `%(name)s` filled in."""
    instead = overlay(locale()).get(message)
    text = (instead.get(_variant()) if instead else None) or catalogue(locale()).gettext(message)
    return text % values if values else text


def ngettext(singular: str, plural: str, n: int, **values: Any) -> str:
    """Return the form that fits `n`, filled in; `%(n)s` is always known."""
    return catalogue(locale()).ngettext(singular, plural, n) % {"n": n, "num": n, **values}


def N_(message: str) -> str:  # noqa: N802  the usual name of the marker
    """Mark a message for the catalogue without translating it yet."""
    return message


class _Later:
    def __init__(self, message: str) -> None:
        self.message = message

    def __str__(self) -> str:
        return gettext(self.message)

    def __mod__(self, values: Mapping[str, object]) -> str:
        """Fill in values, as a validator of WTForms does with its message."""
        return str(self) % values


def Later(message: str) -> str:
    """Return a message that is translated when it is shown, for labels made at import; typed as the text it becomes."""
    return cast("str", _Later(message))


class Worded(StrEnum):
    """An enum of which each member has words to show: `FOR = "for", N_("in favour")`."""

    _words: str

    def __new__(cls, value: str, words: str = "") -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        member._words = words or value
        return member

    @property
    def words(self) -> str:
        """The member in the language in use."""
        return gettext(self._words)


def local(moment: datetime) -> datetime:
    """Return a moment on the wall clock of the Netherlands."""
    return moment.astimezone(ZONE)


def day(value: date | datetime) -> str:
    """Say a day whole: "maandag 16 november 2026"."""
    return format_date(_date(value), "EEEE d MMMM y", locale=_babel())


def short_day(value: date | datetime) -> str:
    """Say a day in short: "16 nov 2026"."""
    return format_date(_date(value), "d MMM y", locale=_babel())


def month_day(value: date | datetime) -> str:
    """Say a day without its year: "16 november"."""
    return format_date(_date(value), "d MMMM", locale=_babel())


def moment(value: datetime) -> str:
    """Say a moment: "16 november 2026, 20.00 uur"."""
    there = local(value)
    said = format_date(there.date(), "d MMMM y", locale=_babel())
    if locale() == "nl":
        return f"{said}, {format_time(there.time(), 'HH.mm', locale='nl')} uur"
    return f"{said}, {format_time(there.time(), 'HH:mm', locale='en_GB')}"


def number(value: float | Decimal) -> str:
    """Say a number as people write it: "12.116" in Dutch, "12,116" in English."""
    return str(format_decimal(value, locale=_babel()))


def exact(value: Decimal) -> str:
    """Say a number with all its digits: "12.500,25" in Dutch."""
    return str(format_decimal(value, format=_EXACT, locale=_babel()))


def amount(value: Decimal) -> str:
    """Say an exact amount of euros: "€ 12.000", with cents only where there are any."""
    return euros(int((value * 100).to_integral_value()))


def euros(cents: int) -> str:
    """Say an amount of money: "€ 12.000", with cents only where there are any."""
    pattern = _EUROS if cents % 100 == 0 else _CENTS
    return str(format_decimal(Decimal(cents) / 100, format=pattern, locale=_babel()))


def file_size(count: int) -> str:
    """Say how large a file is: "340 kB", "1,2 MB"."""
    large = count >= 1_000_000
    pattern, unit = ("0.0", "MB") if large else ("0", "kB")
    amount = format_decimal(count / 1_000_000 if large else max(1, count / 1_000), format=pattern, locale=_babel())
    return f"{amount}\N{NO-BREAK SPACE}{unit}"


def language_name(code: str) -> str:
    """Say a language by its code: "pl" is "Pools" in Dutch."""
    return str(_babel().languages.get(code, code))


def _babel() -> Locale:
    return _spoken("nl" if locale() == "nl" else "en_GB")


@cache
def _spoken(code: str) -> Locale:
    return Locale.parse(code)


def _date(value: date | datetime) -> date:
    return local(value).date() if isinstance(value, datetime) else value
