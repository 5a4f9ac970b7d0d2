"""A round as a feed and as a calendar: valid, lasting, in the language of the address, and of what is public alone."""

import re
from datetime import date, timedelta
from xml.etree import ElementTree as ET

import icalendar
import pytest

from consult.contributions.models import State
from consult.foundation import clock
from consult.foundation.db import add, session
from consult.moderation.verbs import publish
from consult.notifications.feeds import NEWEST
from consult.rounds.models import PhaseKind, Round
from consult.rounds.queries import list_phases
from consult.rounds.verbs import begin_closing, close_phase
from consult.synthesis.models import Draft, DraftState
from tests import looking
from tests.builders import (
    a_director_of,
    a_moderator_of,
    a_phase,
    a_resident,
    a_round,
    an_authority,
    phase_of,
    the_platform,
)
from tests.contributions.builders import a_contribution
from tests.shows import shows

ATOM = {"a": "http://www.w3.org/2005/Atom"}
CANARY = "kanarie-7f3a"


@pytest.fixture
def found(site):
    with site.writing():
        an_authority()
        plans = [a_phase(PhaseKind.COLLECT, -7, 7, "Ideeën"), a_phase(PhaseKind.DECIDE, 8, 20)]
        return a_round(title="De Buurt <&>", phases=plans)


def feed_of(site, found, *, prefix="", person=None):
    answer = site.browser(person).get(f"{prefix}/rounds/{found.slug}/feed.atom")
    assert (answer.status_code, answer.mimetype) == (200, "application/atom+xml")
    assert looking.faults_in(answer) == []
    return ET.fromstring(answer.data)


def texts(feed, path):
    return [one.text for one in feed.findall(path, ATOM)]


def test_a_feed_is_whole_as_its_standard_asks(site, found):
    with site.writing():
        a_contribution(found, title="Bankjes & bomen <b>", text="Zet *ze* neer.")
    feed = feed_of(site, found)
    assert feed.tag == "{http://www.w3.org/2005/Atom}feed"
    assert feed.get("{http://www.w3.org/XML/1998/namespace}lang") == "nl"
    assert texts(feed, "a:title") == ["De Buurt <&>"]
    assert texts(feed, "a:author/a:name") == ["Gemeente Wilgendrecht"]
    for entry in [feed, *feed.findall("a:entry", ATOM)]:
        (name,) = texts(entry, "a:id")
        assert name.startswith(f"http://localhost/rounds/{found.slug}")
        (changed,) = texts(entry, "a:updated")
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", changed)
        assert texts(entry, "a:title")[0]
        assert entry.findall("a:link[@rel='alternate']", ATOM)
    assert len(set(texts(feed, "a:entry/a:id"))) == len(feed.findall("a:entry", ATOM)) == 2
    assert texts(feed, "a:updated")[0] == max(texts(feed, "a:entry/a:updated"))
    assert "Bankjes & bomen <b>" in texts(feed, "a:entry/a:title")
    assert "Zet ze neer." in texts(feed, "a:entry/a:summary")


def test_a_feed_speaks_the_language_of_its_address_and_keeps_its_names(site, found):
    with site.writing():
        a_contribution(found)
    dutch, english = feed_of(site, found), feed_of(site, found, prefix="/en")
    assert english.get("{http://www.w3.org/XML/1998/namespace}lang") == "en"
    assert texts(dutch, "a:entry/a:id") == texts(english, "a:entry/a:id")
    assert "‘Ideeën’ is begonnen" in texts(dutch, "a:entry/a:title")
    assert "“Ideeën” has begun" in texts(english, "a:entry/a:title")
    links = [one.get("href") for one in english.findall("a:entry/a:link", ATOM)]
    assert all(link.startswith("http://localhost/en/rounds/") for link in links)


def test_a_feed_tells_of_proposals_drafts_and_phases_newest_first(site, found):
    with site.writing():
        moderator, director = a_moderator_of(found), a_director_of(found)
        held = a_contribution(found, title="Gehouden", state=State.HELD)
        a_contribution(found, title="Meteen")
        publish(held, moderator)
        now = clock.now()
        submitted = {"submitted_by_id": moderator.person_id, "submitted_at": now}
        published = {"published_by_id": director.person_id, "published_at": now + timedelta(seconds=2)}
        add(
            Draft(
                round_id=found.id,
                number=1,
                title="Visie",
                state=DraftState.PUBLISHED,
                begun_at=now,
                **submitted,
                **published,
            )
        )
    titles = texts(feed_of(site, found), "a:entry/a:title")
    assert titles == ["Ontwerp: Visie, versie 1", "Gehouden", "Meteen", "‘Ideeën’ is begonnen"]


def test_a_feed_holds_the_newest_only(site, found):
    with site.writing():
        for number in range(NEWEST + 5):
            a_contribution(found, title=f"Voorstel {number}")
    titles = texts(feed_of(site, found), "a:entry/a:title")
    assert len(titles) == NEWEST
    assert "Voorstel 54" in titles
    assert "Voorstel 3" not in titles


@shows("R27")
@pytest.mark.parametrize("state", [State.HELD, State.REFUSED, State.WITHDRAWN])
def test_what_is_not_public_stands_in_no_feed_whoever_asks(site, found, state):
    with site.writing():
        author = a_resident()
        a_contribution(found, author, title=f"Verborgen {CANARY}", text=f"Tekst {CANARY}", state=state)
        add(Draft(round_id=found.id, number=1, title=f"Concept {CANARY}", begun_at=clock.now()))
        moderator = a_moderator_of(found)
        session().flush()
    assert moderator.person_id
    for person in (None, author):
        for name in ("feed.atom", "phases.ics"):
            assert CANARY not in site.browser(person).get(f"/rounds/{found.slug}/{name}").text


@shows("R27")
def test_a_round_in_preparation_has_no_feed_and_no_calendar(site):
    with site.writing():
        found = a_round(state="draft")
    for name in ("feed.atom", "phases.ics"):
        assert site.browser().get(f"/rounds/{found.slug}/{name}").status_code == 404


@pytest.mark.parametrize("name", ["feed.atom", "phases.ics"])
def test_a_reader_who_has_the_newest_is_told_so_in_one_word(site, found, name):
    path = f"/rounds/{found.slug}/{name}"
    first = site.browser().get(path)
    tag = first.headers["ETag"]
    assert site.browser().get(path, headers={"If-None-Match": tag}).status_code == 304
    with site.writing():
        publish(a_contribution(session().get_one(Round, found.id), state=State.HELD), the_platform())
    changed = site.browser().get(path, headers={"If-None-Match": tag})
    assert (changed.status_code, changed.headers["ETag"] != tag) == (200, True)


def test_the_page_of_a_round_says_where_its_feed_is(site, found):
    page = site.browser().get(f"/en/rounds/{found.slug}").text
    link = f'href="/en/rounds/{found.slug}/feed.atom"'
    assert f'<link rel="alternate" type="application/atom+xml" title="De Buurt &lt;&amp;&gt;" {link}>' in page
    assert f'href="/en/rounds/{found.slug}/phases.ics"' in page


# --- the calendar ---


def calendar_of(site, found, prefix=""):
    answer = site.browser().get(f"{prefix}/rounds/{found.slug}/phases.ics")
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert looking.faults_in(answer) == []
    assert all(len(line) <= 75 for line in answer.data.split(b"\r\n"))
    return icalendar.Calendar.from_ical(answer.data)


def test_a_calendar_holds_each_phase_as_whole_days_and_ends_on_the_day_after(site, found):
    made = calendar_of(site, found)
    assert [str(one["TZID"]) for one in made.walk("VTIMEZONE")] == ["Europe/Amsterdam"]
    assert made.walk("DAYLIGHT")
    assert made.walk("STANDARD")
    events = made.walk("VEVENT")
    with site.reading():
        phases = [phase_of(found, kind) for kind in (PhaseKind.COLLECT, PhaseKind.DECIDE)]
    assert [str(one["SUMMARY"]) for one in events] == [f"{phase.name}: De Buurt <&>" for phase in phases]
    for event, phase in zip(events, phases, strict=True):
        assert event.decoded("DTSTART") == phase.first_day
        assert event.decoded("DTEND") == phase.last_day + timedelta(days=1)
        assert type(event.decoded("DTSTART")) is date
        assert str(event["UID"]) == f"phase-{phase.id}@localhost"
        assert event["SEQUENCE"] == 0
        assert event.decoded("LAST-MODIFIED") == event.decoded("DTSTAMP")
        assert str(event["URL"]) == f"http://localhost/rounds/{found.slug}"


def test_a_phase_that_was_closed_early_ends_early_under_the_same_name(site, found):
    before = calendar_of(site, found).walk("VEVENT")[0]
    with site.writing(), clock.set_to(clock.now() + timedelta(hours=1)):
        subject = session().get_one(Round, found.id)
        phase = next(one for one in list_phases(found.id) if one.kind is PhaseKind.COLLECT)
        director = a_director_of(subject)
        begin_closing(phase, director)
        close_phase(phase, director)
    after = calendar_of(site, found).walk("VEVENT")[0]
    assert after["UID"] == before["UID"]
    assert after["SEQUENCE"] == 1
    assert after.decoded("DTEND") < before.decoded("DTEND")
    assert after.decoded("LAST-MODIFIED") > before.decoded("LAST-MODIFIED")
