"""A round as an Atom feed (RFC 4287) and as a calendar (RFC 5545); both say what any visitor may see."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from xml.etree import ElementTree as ET

from icalendar import Calendar, Event, Timezone

from consult import RELEASE
from consult.foundation.language import ZONE, locale
from consult.foundation.language import gettext as _
from consult.foundation.text import one_line, plain
from consult.notifications.queries import Published
from consult.rounds.models import Phase, Round
from consult.synthesis.models import Draft

ATOM = "http://www.w3.org/2005/Atom"
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
NEWEST = 50
LONGEST_SUMMARY = 500

ET.register_namespace("", ATOM)


@dataclass(frozen=True)
class Place:
    """Where things stand: `base` without the language, for names that never change, and `here` with it."""

    base: str
    here: str

    def of(self, path: str) -> tuple[str, str]:
        """Return the lasting name of a page, and its address in the language in use."""
        return self.base + path, self.here + path


@dataclass(frozen=True)
class Item:
    """One entry of a feed."""

    name: str
    url: str
    title: str
    at: datetime
    changed_at: datetime
    summary: str = ""


def atom(
    subject: Round, place: Place, who: str, published: Iterable[Published], drafts: Iterable[Draft], at: datetime
) -> bytes:
    """Return the newest things in a round as an Atom feed; `subject.phases` is loaded."""
    items = [*_proposals(subject, place, published), *_drafts(subject, place, drafts), *_phases(subject, place, at)]
    items = sorted(items, key=lambda item: (item.changed_at, item.name), reverse=True)[:NEWEST]
    name, url = place.of(f"/rounds/{subject.slug}")
    feed = ET.Element(f"{{{ATOM}}}feed", {XML_LANG: locale()})
    changed_at = max([item.changed_at for item in items], default=subject.opened_at or subject.created_at)
    _add(feed, "id", f"{name}/feed.atom")
    _add(feed, "title", one_line(subject.title))
    _add(feed, "subtitle", one_line(subject.question))
    _add(feed, "updated", _stamp(changed_at))
    _add(feed, "link", rel="self", type="application/atom+xml", href=f"{url}/feed.atom")
    _add(feed, "link", rel="alternate", type="text/html", href=url)
    _add(feed, "generator", "consult", version=RELEASE)
    _add(_add(feed, "author"), "name", one_line(who))
    for item in items:
        entry = _add(feed, "entry")
        _add(entry, "id", item.name)
        _add(entry, "title", item.title)
        _add(entry, "link", rel="alternate", type="text/html", href=item.url)
        _add(entry, "published", _stamp(item.at))
        _add(entry, "updated", _stamp(item.changed_at))
        if item.summary:
            _add(entry, "summary", item.summary)
    told: bytes = ET.tostring(feed, encoding="utf-8", xml_declaration=True)
    return told


def _proposals(subject: Round, place: Place, published: Iterable[Published]) -> Iterator[Item]:
    for one in published:
        found = one.contribution
        name, url = place.of(f"/rounds/{subject.slug}/proposals/{found.public_id}")
        words = one_line(plain(found.html))
        title = one_line(found.title) or words[:LONGEST_SUMMARY]
        summary = words if len(words) <= LONGEST_SUMMARY else f"{words[:LONGEST_SUMMARY].rsplit(maxsplit=1)[0]}…"
        yield Item(name, url, title, one.at, one.changed_at, summary)


def _drafts(subject: Round, place: Place, drafts: Iterable[Draft]) -> Iterator[Item]:
    for draft in drafts:
        if draft.published_at is not None:
            name, url = place.of(f"/rounds/{subject.slug}/drafts/{draft.number}")
            told = {"title": one_line(draft.title), "number": draft.number}
            title = _("Draft: %(title)s, version %(number)s", **told)
            yield Item(name, url, title, draft.published_at, draft.published_at)


def _phases(subject: Round, place: Place, at: datetime) -> Iterator[Item]:
    name, url = place.of(f"/rounds/{subject.slug}")
    for phase in subject.phases:
        begun_at = max(phase.opens_at, phase.cleared_at) if phase.cleared_at is not None else None
        if begun_at is not None and begun_at <= at:
            title = _("“%(phase)s” has begun", phase=one_line(phase.name))
            yield Item(f"{name}#begun-{phase.id}", url, title, begun_at, begun_at)
        if phase.closed_at is not None:
            title = _("“%(phase)s” is closed", phase=one_line(phase.name))
            yield Item(f"{name}#closed-{phase.id}", url, title, phase.closed_at, phase.closed_at)


def _add(parent: ET.Element, tag: str, words: str = "", **attributes: str) -> ET.Element:
    made = ET.SubElement(parent, f"{{{ATOM}}}{tag}", attributes)
    made.text = words or None
    return made


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def calendar(subject: Round, place: Place, host: str) -> bytes:
    """Return the phases of a round as whole days in a calendar; `subject.phases` is loaded.

    An event ends on the day after its last one, which is how calendars count (DTEND is exclusive).
    """
    _name, url = place.of(f"/rounds/{subject.slug}")
    made = Calendar()
    made.add("prodid", f"-//consult//{RELEASE}//{locale().upper()}")
    made.add("version", "2.0")
    made.add("x-wr-calname", one_line(subject.title))
    made.add_component(Timezone.from_tzinfo(ZONE, first_date=_first(subject), last_date=_last(subject)))
    for phase in subject.phases:
        made.add_component(_event(subject, phase, url, host))
    told: bytes = made.to_ical()
    return told


def _event(subject: Round, phase: Phase, url: str, host: str) -> Event:
    changed_at = max(moment for moment in (subject.created_at, phase.cleared_at, phase.closed_at) if moment is not None)
    is_early = phase.closed_at is not None and phase.closed_at < phase.closes_at
    last_day = phase.closed_at.astimezone(ZONE).date() if is_early and phase.closed_at else phase.last_day
    event = Event()
    event.add("uid", f"phase-{phase.id}@{host}")
    event.add("summary", f"{one_line(phase.name)}: {one_line(subject.title)}")
    event.add("description", one_line(subject.question))
    event.add("url", url)
    event.add("dtstart", phase.first_day)
    event.add("dtend", max(last_day, phase.first_day) + timedelta(days=1))
    event.add("dtstamp", changed_at)
    event.add("last-modified", changed_at)
    event.add("sequence", int(is_early))
    event.add("transp", "TRANSPARENT")
    return event


def _first(subject: Round) -> date:
    return date(min((phase.first_day.year for phase in subject.phases), default=subject.created_at.year), 1, 1)


def _last(subject: Round) -> date:
    return date(max((phase.last_day.year for phase in subject.phases), default=subject.created_at.year) + 1, 12, 31)
