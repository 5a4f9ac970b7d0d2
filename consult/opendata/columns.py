"""The columns of a file of input: what they are called in both languages, and how a cell of each is read."""

import re
from dataclasses import dataclass
from datetime import date
from functools import cache

from consult.contributions.models import Channel
from consult.foundation import text
from consult.foundation.language import LOCALES, N_, language_name, speaking
from consult.foundation.language import gettext as _
from consult.intake.models import OFFLINE
from consult.intake.rules import LANGUAGES, LONGEST_TEXT, LONGEST_TITLE

DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ][0-9:.]*)?|(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})")
YES, NO = frozenset("ja yes y j x 1 true waar ✓".split()), frozenset("nee no n 0 false onwaar -".split())


@dataclass(frozen=True)
class Column:
    """One column: its name in the code, how its header reads, what else it may be called, how long a cell may be."""

    name: str
    label: str
    words: frozenset[str]
    longest: int
    is_needed: bool = False

    @property
    def header(self) -> str:
        """Its header in the language in use."""
        return _(self.label)

    @property
    def help(self) -> str:
        """What goes in it, in a sentence."""
        return _(HELP[self.name], channels=", ".join(channel.words for channel in OFFLINE), longest=self.longest)


COLUMNS = (
    Column("channel", N_("Channel"), frozenset("kanaal binnengekomen".split()), 40, is_needed=True),
    Column(
        "received_on", N_("Date"), frozenset({"datum", "received on", "ontvangen", "ontvangen op"}), 40, is_needed=True
    ),
    Column("text", N_("Text"), frozenset("tekst idee idea voorstel proposal".split()), LONGEST_TEXT, is_needed=True),
    Column("title", N_("Title"), frozenset({"titel"}), LONGEST_TITLE),
    Column("theme", N_("Theme"), frozenset({"thema"}), 120),
    Column("area", N_("Neighbourhood"), frozenset("wijk buurt".split()), 120),
    Column("place", N_("Place"), frozenset("plaats locatie location".split()), 120),
    Column("reference", N_("Reference"), frozenset("kenmerk nummer number".split()), 40),
    Column("form", N_("Form"), frozenset("formulier".split()), 40),
    Column("language", N_("Language"), frozenset({"taal"}), 40),
    Column("translation", N_("Dutch translation"), frozenset({"vertaling", "nederlandse vertaling"}), LONGEST_TEXT),
    Column("writer", N_("Writer"), frozenset("schrijver naam name".split()), 120),
    Column("address", N_("Postal address"), frozenset("postadres adres".split()), 300),
    Column("approved", N_("Record approved"), frozenset({"goedgekeurd", "verslag goedgekeurd"}), 10),
    Column("note", N_("Note"), frozenset("notitie opmerking remark".split()), 1_000),
)
BY_NAME = {column.name: column for column in COLUMNS}
HELP = {
    "channel": N_("How it came in: one of %(channels)s."),
    "received_on": N_("The day on which it came in, like 2026-09-01 or 1-9-2026."),
    "text": N_("What was proposed, in at most %(longest)s characters."),
    "title": N_("At most %(longest)s characters. Left empty, it is made of the text."),
    "theme": N_("A theme of this round, by its name or its code."),
    "area": N_("A neighbourhood, by its name or its code."),
    "place": N_("Where it was: a building, a school. Only colleagues see it."),
    "reference": N_("Its number in your file, so that you find it again."),
    "form": N_("Rows with the same word here are ideas of one form. Who and when stands in the first of them."),
    "language": N_("The language of the text, when it is not Dutch."),
    "translation": N_("The text in Dutch. People read this; the text itself stands beside it."),
    "writer": N_("The name of the writer, never public. Empty for pupils."),
    "address": N_("Only when the writer wants a reply on paper."),
    "approved": N_("For a meeting or a workshop: yes when those present approved the record."),
    "note": N_("For colleagues, never public."),
}
OF_FORM = ("channel", "received_on", "place", "reference", "language", "writer", "address", "approved", "note")
CHANNELS = {
    Channel.LETTER: "brief letter post",
    Channel.PAPER: "papier paper formulier form",
    Channel.PHONE: "telefoon phone call gebeld",
    Channel.DESK: "balie desk loket",
    Channel.MEETING: "bijeenkomst meeting vergadering avond",
    Channel.WORKSHOP: "workshop werkplaats atelier",
    Channel.SCHOOL: "school schoolklas klas",
}


@cache
def called() -> dict[str, str]:
    """Return by what each column may be called, in the words of both languages and of the code."""
    known: dict[str, str] = {}
    for column in COLUMNS:
        for word in {column.name, column.name.replace("_", " "), column.label, *column.words}:
            known[folded(word)] = column.name
        for name in LOCALES:
            with speaking(name):
                known[folded(column.header)] = column.name
    return known


def folded(words: str) -> str:
    """Return words as they are compared: one line, without capitals and without what only looks different."""
    return " ".join(text.one_line(words).casefold().replace("_", " ").split())


@cache
def words_of_channels() -> dict[str, Channel]:
    """Return which way in each word means."""
    known = {word: channel for channel, words in CHANNELS.items() for word in words.split()}
    known |= {channel.value: channel for channel in OFFLINE}
    for name in LOCALES:
        with speaking(name):
            known |= {folded(channel.words): channel for channel in OFFLINE}
    return known


@cache
def words_of_languages() -> dict[str, str]:
    """Return which language each word means, by its code and by its name."""
    known = {code: code for code in LANGUAGES}
    for name in LOCALES:
        with speaking(name):
            known |= {language_name(code).casefold(): code for code in LANGUAGES}
    return known


def day_of(found: str) -> date | None:
    """Read a day as 2026-09-01 or 1-9-2026; None when it is no such day."""
    parts = DAY.fullmatch(found)
    if parts is None:
        return None
    year, month, number = (parts[1], parts[2], parts[3]) if parts[1] else (parts[6], parts[5], parts[4])
    try:
        return date(int(year), int(month), int(number))
    except ValueError:
        return None
