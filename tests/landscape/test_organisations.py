"""What organisations hold, laid over the map of what residents think."""

import re

import pytest

from consult.foundation import clock
from consult.foundation.db import session
from consult.landscape.queries import find_told, get_poll_of
from consult.landscape.rules import place_of, stances_on
from consult.policy import Duty, Role
from consult.rounds.models import Phase, PhaseKind, Round
from consult.voting.models import Method, Opinion
from consult.voting.queries import get_option
from consult.voting.verbs import add_options, cast_opinion, create_poll
from consult.working import work_once
from tests.builders import a_member_of_staff, a_resident, acting, an_authority, appoint, phase_of, the_platform
from tests.landscape.builders import a_statement_in, enter, planted
from tests.pages.builders import counted
from tests.participants.builders import an_organisation
from tests.positions.builders import a_position, a_round_with_statements, a_text, on
from tests.shows import shows
from tests.voting.builders import options_of

VOTES, OF = planted(2, people=60, statements=12, density=0.95, flips=0.02, passes=0.05)
THEMES = ("Groen", "Verkeer", "Wonen", "Water")


@pytest.fixture
def laid(site):
    """A closed round in which people answered the statements of four themes and eight others; two bodies hold some."""
    with site.writing():
        an_authority()
        found = a_round_with_statements(THEMES, phases=PhaseKind.PRIORITISE)
        poll = create_poll(
            found, phase_of(found, PhaseKind.PRIORITISE), the_platform(), title="Eens?", method=Method.STATEMENTS
        )
        words = [f"{name} gaat voor." for name in THEMES] + [f"Uitspraak {n}." for n in range(8)]
        add_options(poll, [(one.id, one.public_id, None) for one in (a_statement_in(found, w) for w in words)])
        enter(poll, VOTES)
        people = [VOTES.matrix[[list(OF).index(mind)], :].toarray()[0] for mind in (0, 1)]
        for mind, name in enumerate(("Bomenbond", "Rijdersclub")):
            stances = {place: on(2 * int(people[mind][place])) for place in range(4)}
            a_position(found, an_organisation(name), told=a_text(found, stances))
        a_position(found, an_organisation("Zwijgers"), told=a_text(found, {0: on(2), 1: on(-1)}))
    with site.writing():
        session().get_one(Phase, poll.phase_id).closed_at = clock.now()
    work_once(site.database)
    return found, poll


def test_organisations_stand_in_a_table_and_on_the_map_when_asked(site, laid):
    found, _poll = laid
    page = f"/rounds/{found.slug}/landscape"
    shown = site.browser().get(page).text
    table = shown.split('id="organisations"')[1].split("</section>")[0]
    assert re.findall(r'<th scope="row"><a href="[^"]+/positions/[^"]+">(\w+)</a>', table) == [
        "Bomenbond",
        "Rijdersclub",
    ]
    letters = re.findall(r"group-badge group-(\w)", table)
    assert sorted(letters) == ["a", "b"]  # each near the mind whose answers it holds
    assert 'class="body"' not in shown
    laid_over = site.browser().get(f"{page}?with=organisations").text
    assert laid_over.count('class="body"') == 2
    assert laid_over.count("<polygon") == shown.count("<polygon")


@shows("R61")
def test_for_whom_answered_the_page_with_organisations_takes_eight_statements(site, laid):
    found, poll = laid
    with site.writing():
        voter, answered = a_resident(), options_of(poll)[:7]
        phase = session().get_one(Phase, poll.phase_id)
        closed, phase.closed_at = phase.closed_at, None
        session().flush()
        for option in answered:
            cast_opinion(get_option(the_platform(), found.slug, option.id), acting(voter), Opinion.AGREE)
        phase.closed_at = closed
    work_once(site.database)
    browser, page = site.browser(voter), f"/rounds/{found.slug}/landscape?with=organisations"
    assert "U staat het dichtst bij groep" in browser.get(page).text
    with counted(site.database) as sent:
        browser.get(page)
    assert len(sent) <= 8, sent


def test_what_organisations_hold_changes_nothing_of_the_landscape(site, laid):
    found, poll = laid
    with site.reading():
        told, _is_final = find_told(get_poll_of(session().get_one(Round, found.id)))
    assert told["participants"] == 60
    with site.reading():
        marks = stances_on({option.id.hex: f"{n}" for n, option in enumerate(options_of(poll))}, [("0", 2), ("x", 1)])
    assert list(marks.values()) == [1]
    assert place_of(told, marks) is not None


def test_words_meet_whatever_the_spaces_the_case_and_the_dot_at_the_end():
    held = [("Groen  gaat voor", 2), ("Verkeer gaat voor.", -1), ("Wonen gaat voor.", 0), ("Elders.", 1)]
    words = {"a": "groen gaat voor.", "b": "Verkeer gaat voor.", "c": "Wonen gaat voor."}
    assert stances_on(words, held) == {"a": 1, "b": -1, "c": 0}


def test_the_form_begins_with_the_statements_of_themes(site):
    with site.writing():
        an_authority()
        found, director = a_round_with_statements(phases=PhaseKind.PRIORITISE), a_member_of_staff(Role.DIRECTOR)
        appoint(found, director, Duty.DIRECTOR)
    shown = site.browser(director).get(f"/staff/rounds/{found.slug}/statements").text
    assert "Groen gaat voor.\nVerkeer gaat voor.</textarea>" in shown
