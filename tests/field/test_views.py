import re
from dataclasses import dataclass

import pytest

from consult.contributions.models import State
from consult.director.tasks import verbs as tasks
from consult.director.tasks.models import Choice, Rung
from consult.director.tasks.verbs import TaskTold
from consult.field import matches, queries, reaching, verbs
from consult.field.models import PartyKind, ReachKind, Ring, Side
from consult.foundation import clock
from consult.foundation.db import add, session
from consult.mandates.models import Gate, GateKind
from consult.participants.models import Person
from consult.participants.queries import get_person
from consult.policy import Role
from consult.rounds.models import Area, Round
from consult.rounds.queries import get_round
from tests.builders import (
    a_director_of,
    a_member_of_staff,
    a_moderator_of,
    a_resident,
    a_round,
    an_area,
    an_authority,
    the_platform,
)
from tests.contributions.builders import a_contribution
from tests.field.builders import a_party, a_sponsor_of, an_offer, in_days, thought
from tests.participants.builders import an_organisation, somebody
from tests.shows import shows
from tests.site import Browser, Site

ROUND = "/staff/rounds/plein"


@dataclass(frozen=True)
class Town:
    """A round with a map, in a municipality with two neighbourhoods."""

    site: Site
    round: Round
    director: Person
    moderator: Person
    sponsor: Person

    def as_(self, person: Person | None) -> Browser:
        return self.site.browser(person)


@pytest.fixture
def town(site: Site) -> Town:
    with site.writing():
        an_authority()
        for code, name, people in (("BU1", "Rietlanden", 600), ("BU2", "Vogelbuurt", 400)):
            add(Area(code=code, name=name, population=people, ages=[100, 100, 100, 100, 100]))
        found = a_round(slug="plein")
        people = [
            get_person(one.person_id) for one in (a_director_of(found), a_moderator_of(found), a_sponsor_of(found))
        ]
    return Town(site, found, *people)


def test_a_director_puts_a_party_on_the_map_and_assesses_it(town):
    browser = town.as_(town.director)
    bad = browser.post(f"{ROUND}/field/new", {"party_kind": "media", "name": ""})
    assert bad.status_code == 422
    assert "Schrijf een naam" in bad.text
    made = browser.post(f"{ROUND}/field/new", {"party_kind": "media", "name": "De Krant"})
    assert made.status_code == 303
    told = {"influence": "7", "interest": "9", "attitude": "-1", "ring": "think", "power": "y", "urgency": "y"}
    told |= {"shared": "partly", "ring_wanted": "work"}
    assert browser.post(f"{made.location}/assess", told).status_code == 303
    page = browser.get(f"{ROUND}/field").text
    for words in ("De Krant", "nauw betrekken", "druk zonder mandaat", "1−", "− tegen", "Wie missen we?"):
        assert words in page, words
    assert 'shared-partly">B</span> deelt het voor een deel' in page
    assert "gevaarlijk" not in page


@shows("S29")
def test_assessments_are_read_inside_and_of_them_the_public_reads_the_ring_alone(town):
    with town.site.writing():
        party = a_party(town.round, "Waterschap", PartyKind.AUTHORITY)
        verbs.assess(party, town.round, thought(note="Voorzichtig mee zijn."), a_director_of(town.round))
        board, other = a_member_of_staff(Role.BOARD), a_member_of_staff(Role.COACH)
    for person in (town.director, town.moderator, town.sponsor, board):
        assert "tevreden houden" in town.as_(person).get(f"{ROUND}/field").text
    assert town.as_(other).get(f"{ROUND}/field").status_code == 403
    assert town.as_(town.moderator).get(f"{ROUND}/field/{party.id}/assess").status_code == 403
    public = town.as_(None).get("/rounds/plein/parties").text
    assert "Waterschap" in public
    assert "werkt mee" in public
    for hidden in ("Voorzichtig", "invloed", "Invloed", "bepalend"):
        assert hidden not in public


@shows("S29")
def test_the_chart_is_drawn_for_desk_and_phone_in_the_ring_that_somebody_asks(town):
    with town.site.writing():
        for number in range(5):  # in one cell: four fit on a desk, two on a phone
            party = a_party(town.round, f"Partij {number}")
            verbs.assess(party, town.round, thought(ring_wanted=Ring.DECIDE), a_director_of(town.round))
    browser = town.as_(town.director)

    def drawn(address):
        wide, narrow = re.findall(r'<svg class="(?:wide|narrow)".*?</svg>', browser.get(address).text, re.S)
        return wide, narrow

    wide, narrow = drawn(f"{ROUND}/field")
    assert (wide.count('class="mark ring-work"'), narrow.count('class="mark ring-work"')) == (3, 1)
    assert (">+2<" in wide, ">+4<" in narrow) == (True, True)
    wanted, _narrow = drawn(f"{ROUND}/field?ring=wanted")
    assert wanted.count('class="mark ring-decide"') == 3
    ours, _narrow = drawn(f"{ROUND}/field?ring=ours")
    assert ours.count('class="mark ring-unknown"') == 3
    assert drawn(f"{ROUND}/field?ring=nonsense")[0] == wide


def test_the_table_is_in_the_order_that_somebody_asks(town):
    with town.site.writing():
        for name, influence in (("Aap", 2), ("Noot", 9), ("Mies", 5)):
            verbs.assess(a_party(town.round, name), town.round, thought(influence=influence), a_director_of(town.round))
    browser = town.as_(town.director)

    def order(sort):
        table = browser.get(f"{ROUND}/field?sort={sort}").text.partition("<tbody>")[2]
        return re.findall(r">(Aap|Noot|Mies)</a>", table)

    assert order("name") == ["Aap", "Mies", "Noot"]
    assert order("influence") == ["Noot", "Mies", "Aap"]
    assert order("nonsense") == ["Aap", "Mies", "Noot"]
    assert browser.get(f"{ROUND}/field?phase=99").status_code == 404


@shows("S29")
def test_a_gate_says_that_the_map_is_older_than_the_phase(town):
    with town.site.writing():
        add(Gate(round_id=town.round.id, kind=GateKind.P3, made_at=clock.now()))
        party = a_party(town.round)
        made = verbs.assess(party, town.round, thought(), a_director_of(town.round))
    browser = town.as_(town.director)
    assert "De kaart is ouder dan deze fase" not in browser.get(f"{ROUND}/gates/p3").text
    with town.site.writing():
        later = next(one for one in town.round.phases if one.id != made.phase_id)
        session().get_one(type(made), made.id).phase_id = later.id
    assert "De kaart is ouder dan deze fase" in browser.get(f"{ROUND}/gates/p3").text


@shows("S31")
def test_both_organisations_say_yes_before_they_read_whom_they_can_reach(town):
    with town.site.writing():
        first, second, stranger = somebody(), somebody(), somebody()
        one, other = an_organisation("Dorpsraad", first), an_organisation("Deelrit", second)
        an_organisation("Derden", stranger)
        for body, offers, seeks in ((one, "chauffeurs", "vervoer"), (other, "vervoer", "chauffeurs")):
            a_party(town.round, body.name, organisation=body)
            an_offer(body, offers)
            an_offer(body, seeks, Side.SEEKS)
    director = town.as_(town.director)
    page = director.get(f"{ROUND}/connections").text
    assert "over en weer" in page
    told = {"one_body": one.slug, "other_body": other.slug, "reason": "U zoekt elkaar."}
    assert director.post(f"{ROUND}/connections/new", told).status_code == 303
    with town.site.reading():
        code = matches.list_introductions(town.round.id)[0].public_id
    path = f"/organisations/{one.slug}/introductions/{code}"
    assert town.as_(stranger).get(path).status_code == 404
    assert "Deelrit" in town.as_(first).get("/me").text
    yes = {"accepts": "yes", "contact": ""}
    assert town.as_(first).post(path, yes).status_code == 422
    assert town.as_(first).post(path, yes | {"contact": "Bel Fatma"}).status_code == 303
    theirs = f"/organisations/{other.slug}/introductions/{code}"
    assert "Bel Fatma" not in town.as_(second).get(theirs).text
    assert town.as_(second).post(theirs, yes | {"contact": "Mail Sam"}).status_code == 303
    assert "Bel Fatma" in town.as_(second).get(theirs).text
    assert "Mail Sam" in town.as_(first).get(path).text
    assert "Mail Sam" not in director.get(f"{ROUND}/connections/{code}").text


@shows("S11")
def test_a_partner_page_holds_its_own_words_and_no_ranking(town):
    with town.site.writing():
        person = somebody()
        body = an_organisation("Dorpsraad", person)
    path = f"/organisations/{body.slug}/partner"
    told = {"offers": "chauffeurs\n- zaal", "seeks": "geld", "results": "Veel <b>gereden</b>.", "practice": "Zo."}
    assert town.as_(person).post(f"{path}/edit", told).status_code == 303
    assert town.as_(town.director).post(f"{path}/edit", told).status_code == 403
    page = town.as_(None).get(path).text
    for words in ("chauffeurs", "<li>zaal</li>", "geld", "Veel &lt;b&gt;gereden", "geen cijfers en geen plaatsen"):
        assert words in page, words
    both = town.as_(person).post(f"{path}/edit", {"offers": "geld", "seeks": "geld"})
    assert both.status_code == 409


@shows("S28")
def test_the_process_board_puts_what_is_late_first_and_each_count_opens_its_list(town):
    with town.site.writing():
        platform = the_platform()
        for _ in range(3):
            a_contribution(town.round, state=State.HELD)
        department = a_party(town.round, "Juridische zaken", PartyKind.INTERNAL)
        for day in (2, 0):
            reaching.ask_advice(town.round, department, f"Mag dit over {day}?", in_days(day), platform)
        late = queries.list_advice(town.round.id)[0]
        late.due_on = in_days(-3)
        for title in ("Park", "Bus"):
            tasks.write_task(TaskTold(title, Choice.OUTSOURCE, Rung.DIRECT, "Beter."), platform, of=town.round)
        reaching.count_reach(town.round, {"BU1": 90, "BU2": 10}, {}, "lijsten", platform)
        reaching.start_outreach(town.round, ReachKind.AREA, "BU2", "Praten op straat", in_days(1), platform)
    browser = town.as_(town.director)
    page = browser.get(f"{ROUND}/board").text
    first = re.search(r'<p class="what">(.*?)</p>.*?<p class="due([^"]*)">(.*?)</p>', page, re.DOTALL)
    assert "Juridische zaken" in first.group(1)
    assert (first.group(2), first.group(3)) == (" late", "3 dagen te laat")
    assert "Vogelbuurt" in page
    assert "Praten op straat" in page
    assert "1 actie begonnen" in page
    tiles = re.findall(r'<a class="tile[^"]*" href="([^"]+)">\s*<span class="count">(\d+)', page)
    assert {"3", "2"} <= {count for _url, count in tiles}
    looked = 0
    for url, count in tiles:
        listed = browser.get(url.replace("&amp;", "&"))
        assert listed.status_code == 200, url
        if "draft" not in url:
            assert listed.text.count('id="row-') == int(count), url
            looked += 1
    assert looked >= 7
    assert town.as_(None).get(f"{ROUND}/board").status_code == 303


@shows("S28", "S43")
def test_a_practice_round_has_no_tasks_and_its_board_leads_to_no_list_of_others(town):
    with town.site.writing():
        tasks.write_task(TaskTold("Park", Choice.OUTSOURCE, Rung.DIRECT, "Beter."), the_platform())
    browser, path = town.as_(town.director), "/staff/tasks?of=plein"
    assert path in browser.get(f"{ROUND}/board").text
    assert browser.get(path).status_code == 200
    with town.site.writing():
        get_round(the_platform(), "plein").is_practice = True
    board = browser.get(f"{ROUND}/board")
    assert board.status_code == 200
    assert path not in board.text
    for unknown in ("plein", "nergens"):
        assert browser.get(f"/staff/tasks?of={unknown}").status_code == 404


@shows("L02")
def test_a_request_for_an_organisation_that_one_does_not_represent_comes_back(town):
    with town.site.writing():
        person = somebody()
        own, other = an_organisation("Dorpsraad", person), an_organisation("Anderen")
        tasks.set_terms(["U woont hier."], 8, the_platform())
    browser = town.as_(person)
    told = dict.fromkeys(("title", "better", "who", "support"), "Elke dag.") | {"cost": "900"}
    assert browser.post("/challenges/new", told | {"for_body": other.slug}).status_code == 422
    assert browser.post("/challenges/new", told | {"for_body": own.slug}).status_code == 303


@shows("S28")
def test_from_the_board_to_the_low_group_to_an_action(town):
    browser = town.as_(town.director)
    counts = {"counted_from": "lijsten"}
    for n, (key, people) in enumerate({"area/BU1": 90, "area/BU2": 10, "area/": 5, "age/": 105}.items()):
        counts |= {f"groups-{n}-group": key, f"groups-{n}-people": str(people)}
    assert browser.post(f"{ROUND}/reach/count", counts | {"groups-0-people": "veel"}).status_code == 422
    assert browser.post(f"{ROUND}/reach/count", counts | {"groups-0-people": "91"}).status_code == 409
    assert browser.post(f"{ROUND}/reach/count", counts).status_code == 303
    board = browser.get(f"{ROUND}/board").text
    link = re.search(r'href="([^"]+outreach/new[^"]+)"', board).group(1).replace("&amp;", "&")
    form = browser.get(link).text
    assert re.search(r'<option selected value="area/BU2">', form)
    told = {"group": "area/BU2", "what": "Praten op straat", "planned_on": in_days(2).isoformat()}
    assert browser.post(f"{ROUND}/outreach/new", told | {"planned_on": in_days(-2).isoformat()}).status_code == 409
    answer = browser.post(f"{ROUND}/outreach/new", told)
    assert answer.location.endswith("/reach#area-BU2")
    assert "Praten op straat" in browser.get(f"{ROUND}/reach").text


def test_a_municipality_of_many_neighbourhoods_counts_them_all_on_one_page(town):
    with town.site.writing():
        for number in range(600):
            an_area(f"BUX{number}")
    browser = town.as_(town.director)
    page = browser.get(f"{ROUND}/reach/count")
    assert page.status_code == 200
    keys = re.findall(r'name="(groups-\d+-group)"[^>]*value="([^"]*)"', page.text)
    assert len(keys) > 600
    sent = dict(keys) | {name.removesuffix("group") + "people": "" for name, _key in keys}
    assert browser.post(f"{ROUND}/reach/count", sent | {"counted_from": "lijsten"}).status_code == 303


def test_what_was_done_may_have_reached_nobody_and_not_more_than_live_here(town):
    with town.site.writing():
        made = reaching.start_outreach(town.round, ReachKind.AREA, "BU2", "Praten", in_days(0), the_platform())
    browser, told = town.as_(town.director), {"done_on": in_days(0).isoformat()}
    for typed in ("", "veel", "-1", "99999999999"):
        answer = browser.post(f"{ROUND}/outreach/{made.id}", told | {"reached": typed})
        assert answer.status_code == 422, typed
    assert browser.post(f"{ROUND}/outreach/{made.id}", told | {"reached": "0"}).status_code == 303


def test_few_people_in_a_group_are_not_told_by_number(town):
    with town.site.writing():
        reaching.count_reach(town.round, {"BU1": 300, "BU2": 3}, {}, "lijsten", the_platform())
    page = town.as_(town.director).get(f"{ROUND}/reach").text
    row = re.search(r'<tr id="area-BU2">.*?</tr>', page, re.DOTALL).group()
    assert "minder dan 5" in row
    assert ">3<" not in row


@shows("S30")
def test_the_map_asks_whom_it_misses(town):
    browser = town.as_(town.director)
    with town.site.writing():
        a_party(town.round, kind=PartyKind.AUTHORITY)
    page = browser.get(f"{ROUND}/field").text
    missing = page.partition("Wie missen we?")[2]
    assert "pers en media" in missing
    assert "een andere overheid" not in missing
    assert "nog niemand antwoord" in missing
    assert browser.post(f"{ROUND}/field/unorganised", {"unorganised": ""}).status_code == 422
    assert browser.post(f"{ROUND}/field/unorganised", {"unorganised": "Scholieren."}).status_code == 303
    assert "Scholieren." in browser.get(f"{ROUND}/field").text


@shows("L02")
def test_a_resident_asks_to_take_a_task_over_and_reads_the_decision(town):
    with town.site.writing():
        resident, board, body = a_resident("Fatma"), a_member_of_staff(Role.BOARD), an_organisation("Groen aan zet")
    conditions = {"conditions": "U woont hier.\nU bent met tien.", "weeks": "8"}
    assert town.as_(board).post("/staff/challenge-terms", conditions | {"weeks": "99"}).status_code == 422
    assert town.as_(board).post("/staff/challenge-terms", conditions).status_code == 303
    browser = town.as_(resident)
    assert "U bent met tien." in browser.get("/challenges/new").text
    told = {
        "title": "Zes plantsoenen",
        "better": "Elke dag.",
        "who": "Tien buren.",
        "support": "Straat.",
        "cost": "900",
    }
    assert browser.post("/challenges/new", told | {"cost": "x"}).status_code == 422
    made = browser.post("/challenges/new", told)
    assert made.status_code == 303
    path = f"/staff{made.location}"
    yes = {"verdict": "accept", "ground": "Zij kunnen het beter.", "with_body": body.slug}
    lacking = town.as_(board).post(path, yes)
    assert lacking.status_code == 422
    assert "Schrijf waar de overheid mee stopt." in lacking.text
    whole = yes | {"stops": "Maaien.", "review_on": in_days(300).isoformat()}
    assert town.as_(board).post(path, whole).status_code == 303
    own = browser.get(made.location).text
    assert "Tien buren." in own
    assert re.search(r"€\s*900", own)
    public = town.as_(None).get(made.location).text
    assert "Zij kunnen het beter." in public
    for hidden in ("Fatma", "Tien buren."):
        assert hidden not in public
    assert "geen getekende afspraak" in town.as_(board).get("/staff/tasks").text


@shows("S09")
def test_a_task_that_is_let_go_asks_for_what_stops_and_a_day(town):
    with town.site.writing():
        manager = a_member_of_staff(Role.CONTRACTS)
    browser = town.as_(manager)
    told = {"title": "Maaien", "who_does": "let_go", "rung": "let_go", "because": "Buren doen het."}
    bad = browser.post("/staff/tasks/new", told)
    assert bad.status_code == 422
    for words in ("Schrijf waar de overheid mee stopt.", "Kies de dag waarop u terugkijkt.", "Buren doen het."):
        assert words in bad.text
    made = browser.post(
        "/staff/tasks/new", told | {"stops": "Maaien.", "own_cost": "1.250,50", "review_on": in_days(90).isoformat()}
    )
    assert made.status_code == 303
    page = browser.get(made.location).text
    assert "loslaten" in page
    assert "1.250,50" in page


def test_advice_is_asked_noted_and_waived_by_whom_it_is_for(town):
    with town.site.writing():
        department = a_party(town.round, "Juridische zaken", PartyKind.INTERNAL)
    browser = town.as_(town.moderator)
    told = {"department": str(department.id), "question": "Mag dit?", "due_on": in_days(4).isoformat()}
    assert browser.post(f"{ROUND}/advice/new", told | {"department": ""}).status_code == 422
    assert browser.post(f"{ROUND}/advice/new", told).status_code == 303
    with town.site.reading():
        made = queries.list_advice(town.round.id)[0].id
    assert browser.get(f"{ROUND}/advice/{made}/waive").status_code == 403
    waiving = town.as_(town.director).post(f"{ROUND}/advice/{made}/waive", {"because": "Te laat."})
    assert waiving.status_code == 303
    assert "Te laat." in browser.get(f"{ROUND}/advice/{made}").text
