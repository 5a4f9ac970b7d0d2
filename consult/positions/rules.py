"""Pure decisions about positions: what a draft holds and lacks, how it becomes one text, which signatures stand."""

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from html import escape
from typing import Any

from sqlalchemy.orm.attributes import set_committed_value

from consult.contributions.models import Contribution
from consult.contributions.passages import Said as SaidWhole
from consult.contributions.passages import face
from consult.foundation.db import Base
from consult.foundation.errors import Refused
from consult.foundation.language import N_
from consult.foundation.language import gettext as _
from consult.positions.models import CoSign, PositionTheme, PositionVersion
from consult.rounds.models import Theme

STANCES = {
    2: N_("strongly agrees"),
    1: N_("agrees"),
    0: N_("neither agrees nor disagrees"),
    -1: N_("disagrees"),
    -2: N_("strongly disagrees"),
}
WEIGHTS = {
    3: N_("weighs very much"),
    2: N_("weighs much"),
    1: N_("weighs a little"),
    0: N_("does not weigh"),
}
BY_NAME, BY_DATE = "name", "newest"


@dataclass(frozen=True)
class OnTheme:
    """What a draft says of one theme; without a stance it takes none. `html` is what `sanitize` made of `text`."""

    stance: int | None = None
    weight: int | None = None
    text: str = ""
    html: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether nothing at all was filled in."""
        return self.stance is None and self.weight is None and not self.text


@dataclass(frozen=True)
class Mandate:
    """Who in an organisation decided, when, and who signs for it."""

    body: str = ""
    decided_on: date | None = None
    name: str = ""
    function: str = ""

    def columns(self) -> dict[str, Any]:
        """Return it as the tables hold it."""
        return {
            "mandate_body": self.body,
            "mandate_date": self.decided_on,
            "signatory_name": self.name,
            "signatory_function": self.function,
        }


@dataclass(frozen=True)
class PositionTold:
    """A whole position as its members wrote it; `has_none`: they declare to have no interests of their own."""

    mandate: Mandate = Mandate()
    interests: str = ""
    has_none: bool = False
    text: str = ""
    html: str = ""
    themes: Mapping[uuid.UUID, OnTheme] = field(default_factory=dict)

    def as_fields(self) -> dict[str, Any]:
        """Return it as a draft keeps it."""
        return {
            "body": self.mandate.body,
            "date": self.mandate.decided_on.isoformat() if self.mandate.decided_on else "",
            "name": self.mandate.name,
            "function": self.mandate.function,
            "interests": self.interests,
            "has_none": self.has_none,
            "text": self.text,
            "html": self.html,
            "themes": {str(one): vars(said) for one, said in self.themes.items() if not said.is_empty},
        }


def from_fields(kept: Mapping[str, Any]) -> PositionTold:
    """Return a position as a draft kept it; nothing kept is an empty one."""
    if not kept:
        return PositionTold()
    day = date.fromisoformat(kept["date"]) if kept["date"] else None
    return PositionTold(
        Mandate(kept["body"], day, kept["name"], kept["function"]),
        kept["interests"],
        kept["has_none"],
        kept["text"],
        kept["html"],
        {uuid.UUID(one): OnTheme(**said) for one, said in kept["themes"].items()},
    )


def takes_stance(themes: Iterable[Theme]) -> list[Theme]:
    """Return the themes on which one can be for or against: those with a statement."""
    return [theme for theme in themes if theme.statement]


def lacks(told: PositionTold, themes: Sequence[Theme], today: date) -> list[tuple[str, str]]:
    """Say what a position lacks before it can be sent in, each with the field of the form where it belongs."""
    found = [*lacks_of_mandate(told.mandate, today)]
    if not told.interests and not told.has_none:
        found.append(("interests", _("Say which interests you have yourselves in this, or that you have none.")))
    if told.interests and told.has_none:
        found.append(("interests", _("You name interests, and say that you have none. Choose one of the two.")))
    if not told.text:
        found.append(("text", _("Write what you hold, in a few sentences.")))
    for number, theme in enumerate(themes):
        said = told.themes.get(theme.id, OnTheme())
        if said.stance is None and not said.is_empty:
            found.append((f"on_themes-{number}-stance", _("%(theme)s: choose how far you agree.", theme=theme.name)))
        if said.stance is not None and said.weight is None:
            found.append((f"on_themes-{number}-weight", _("%(theme)s: choose how much it weighs.", theme=theme.name)))
    return found


def lacks_of_mandate(mandate: Mandate, today: date) -> list[tuple[str, str]]:
    """Say what a mandate lacks, each with the field of the form where it belongs."""
    wanted = {
        "mandate_body": (mandate.body, _("Say which body in your organisation decided on this.")),
        "mandate_date": (mandate.decided_on, _("Fill in the day on which it decided.")),
        "signatory_name": (mandate.name, _("Fill in the name of who signs.")),
        "signatory_function": (mandate.function, _("Fill in what this person is in your organisation.")),
    }
    found = [(name, sentence) for name, (value, sentence) in wanted.items() if not value]
    if mandate.decided_on is not None and mandate.decided_on > today:
        found.append(("mandate_date", _("This day is still to come. Fill in the day on which it was decided.")))
    return found


def whole(told: PositionTold, themes: Sequence[Theme]) -> tuple[str, str]:
    """Return a position as one text and its HTML: what it holds, and then what it says of each theme.

    Its parts are the HTML that `sanitize` made; names of themes are escaped.
    """
    said = [(theme, told.themes[theme.id]) for theme in themes if theme.id in told.themes]
    parts = [(theme, one) for theme, one in said if one.text]
    text = "\n\n".join([told.text, *(f"### {theme.name}\n\n{one.text}" for theme, one in parts)])
    html = "\n".join([told.html, *(f"<h3>{escape(theme.name)}</h3>\n{one.html}" for theme, one in parts)])
    return text, html


def read_sort(word: str, themes: Iterable[Theme]) -> str:
    """Read from an address how to order positions: by name, by date, or by the stance on a theme.

    Refused for any other word.
    """
    if word and word not in {BY_NAME, BY_DATE, *(theme.code for theme in themes)}:
        raise Refused(_("This address asks for an order that there is not."))
    return word or BY_NAME


Said = tuple[int, int, str]  # stance, weight, text


def said_in(rows: Iterable[PositionTheme]) -> dict[uuid.UUID, Said]:
    """Return what one version says of each theme."""
    return {row.theme_id: (row.stance, row.weight, row.text) for row in rows}


def without_hidden(version: PositionVersion, contribution: Contribution) -> PositionVersion:
    """Return a version as readers get it: apart from the session, without the passages that moderators took away.

    The version itself where there are none. `themes` are loaded.
    """
    if not contribution.hidden:
        return version
    text = face(SaidWhole("", version.text, version.html), contribution)
    interests = face(SaidWhole("", version.interests, ""), contribution)
    shown = PositionVersion(**_columns(version) | {"text": text.text, "html": text.html, "interests": interests.text})
    set_committed_value(shown, "themes", [_theme_without(row, contribution) for row in version.themes])
    return shown


def _theme_without(row: PositionTheme, contribution: Contribution) -> PositionTheme:
    told = face(SaidWhole("", row.text, row.html), contribution)
    shown = PositionTheme(**_columns(row) | {"text": told.text, "html": told.html})
    set_committed_value(shown, "theme", row.theme)
    return shown


def _columns(row: Base) -> dict[str, Any]:
    return {column.key: getattr(row, column.key) for column in row.__table__.columns}


def is_of_now(sign: CoSign, by_number: Mapping[int, Mapping[uuid.UUID, Said]], number: int) -> bool:
    """Say whether an organisation signed with what version `number` of a position says of the theme."""
    signed, now = by_number.get(sign.number, {}), by_number.get(number, {})
    return sign.theme_id in now and signed.get(sign.theme_id) == now[sign.theme_id]


def changed_themes(before: Mapping[uuid.UUID, Said], after: Mapping[uuid.UUID, Said]) -> Collection[uuid.UUID]:
    """Return the themes of which a later version says something else, or nothing any more."""
    return {theme_id for theme_id, said in before.items() if after.get(theme_id) != said}
