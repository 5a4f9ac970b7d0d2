import re
import zlib
from datetime import timedelta

from consult.foundation import clock
from consult.foundation.language import local
from consult.mandates.models import Negotiable, PreconditionKind, Rung
from consult.mandates.queries import find_note, find_set_up, find_vision, get_written_vision, list_topics
from consult.mandates.setups import Example
from consult.mandates.verbs import PreconditionPlan, open_round, set_preconditions
from consult.mandates.visions import adopt_vision, link_principles, write_vision
from consult.policy import Duty, Role
from consult.rounds.models import AuthorityKind, Organ, PhaseKind
from consult.rounds.queries import find_authority
from tests.builders import a_member_of_staff, a_resident, a_round, acting, an_authority, appoint, the_platform
from tests.contributions.builders import a_contribution
from tests.decisions.builders import NOTE, a_table
from tests.looking import faults_in
from tests.mandates.test_visions import FIRST, a_practice_round, adopted
from tests.shows import shows

DIKE = PreconditionPlan("R1", PreconditionKind.LEGAL, Negotiable.NO, "Niet bouwen bij de dijk", "De dijk is zwak.")


def today():
    return local(clock.now()).date().isoformat()


def pages_of(pdf):
    """How many pages a PDF says that it has; its objects stand in packed streams."""
    whole = pdf + b"".join(_unpacked(pdf))
    return max(int(found) for found in re.findall(rb"/Type\s*/Pages\b[^>]*?/Count\s+(\d+)", whole, re.DOTALL))


def _unpacked(pdf):
    for found in re.finditer(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL):
        try:
            yield zlib.decompress(found.group(1))
        except zlib.error:
            continue


@shows("S17")
def test_an_unfilled_required_role_is_red_with_a_word_and_all_fits_one_page(site):
    with site.writing():
        an_authority()
        found, director = a_round(state="draft"), a_member_of_staff(Role.DIRECTOR)
        from_elsewhere = a_member_of_staff(Role.COACH)
        _direct(found, director)
    here = f"/staff/rounds/{found.slug}/set-up"
    page = site.browser(director).get(here)
    assert "3 verplichte rollen zijn niet vervuld, dus de ronde kan niet open." in page.text
    assert page.text.count('<span class="tag against">') == page.text.count("niet vervuld, wel verplicht</span>") == 3
    assert site.browser(from_elsewhere).get(here).status_code == 404, "nobody else knows of a round in preparation"
    browser = site.browser(director)
    assert browser.post(f"{here}/copy", {"example": "core"}).status_code == 303
    assert browser.post(f"{here}/copy", {"example": "small"}).status_code == 409
    pdf = browser.get(f"/staff/rounds/{found.slug}/set-up.pdf")
    assert pdf.content_type == "application/pdf"
    assert pages_of(pdf.data) == 1
    with site.reading():
        assert find_set_up(found.id).example == Example.CORE


def _direct(found, person):
    appoint(found, person, Duty.DIRECTOR)


@shows("S13", "S14")
def test_the_mandate_note_holds_everything_and_fits_one_page(site):
    with site.writing():
        an_authority()
        table = a_table(a_round(state="draft", phases=PhaseKind.COLLECT))
        adopted()
        link_principles(table.round, [one.id for one in find_vision().principles], the_platform())
        set_preconditions(table.round, [DIKE], table(table.director))
    here = f"/staff/rounds/{table.round.slug}/mandate"
    told = {
        "why_now": NOTE.reason,
        "budget": "96.000",
        "planning": "De raad beslist in januari.",
        "rung": "direct",
        **{name: f"Dit is {name}. " * 8 for name in ("parties", "groups", "reach", "methods", "risks", "evaluation")},
        "privacy_check": "Laag risico.",
        "area": "Alle wijken",
        "instrument": "Omgevingsvisie",
        "languages": "Nederlands",
    }
    browser = site.browser(table.director)
    assert browser.post(f"{here}/edit", told).status_code == 303
    page = browser.get(here).text
    for words in (
        "regisseren",
        "U1: We zeggen vooraf",
        "Dit is reach.",
        "Laag risico.",
        "Alle wijken",
        "De dijk is zwak",
    ):
        assert words in page
    assert "nog niet gezegd" not in page
    assert pages_of(browser.get(f"{here}.pdf").data) == 1
    with site.reading():
        assert find_note(table.round.id).rung is Rung.DIRECT


@shows("S15")
def test_what_is_fixed_stands_above_every_form_of_a_participant(site):
    with site.writing():
        an_authority()
        found = a_round(state="draft", phases=PhaseKind.COLLECT)
        set_preconditions(found, [DIKE], the_platform())
        open_round(found, the_platform())
        proposal, reader = a_contribution(found), a_resident()
    browser = site.browser(reader)
    for path in ("proposals/new", f"proposals/{proposal.public_id}"):
        page = browser.get(f"/rounds/{found.slug}/{path}").text
        said = "De dijk is zwak." if path == "proposals/new" else "Het budget"
        assert page.index(said) < page.rindex("<textarea"), path
        assert "De dijk is zwak." in browser.get(f"/rounds/{found.slug}/bounds").text


@shows("S13")
def test_everybody_reads_that_people_are_not_asked_with_the_ground_and_the_reason(site):
    with site.writing():
        an_authority()
        clerk = a_member_of_staff(Role.CLERK)
    browser = site.browser(clerk)
    told = {
        "title": "Riolering in de Lindestraat",
        "participation": "no",
        "rung": "regulate",
        "no_ground": "",
        "reason": "Het riool lekt.",
        "organ": "executive",
        "decided_on": today(),
        "of_round": "",
    }
    refused = browser.post("/staff/topics/new", told)
    assert refused.status_code == 422
    assert "zeg dus op welke grond" in refused.text
    assert "Het riool lekt." in refused.text
    assert browser.post("/staff/topics/new", told | {"no_ground": "law"}).status_code == 303
    page = site.browser().get("/topics").text
    for words in (
        "mensen worden niet gevraagd",
        "de wet laat niets te kiezen",
        "Het riool lekt.",
        "college van burgemeester",
    ):
        assert words in page
    with site.reading():
        assert len(list_topics()) == 1


@shows("S14")
def test_everybody_reads_the_vision_that_holds_and_the_ones_before_it(site):
    with site.writing():
        an_authority()
        adopted()
        write_vision("Verder samen", "Wij gaan verder.", FIRST[:1], the_platform())
    visitor = site.browser()
    assert "Verder samen" not in visitor.get("/vision").text
    assert visitor.get("/vision/2").status_code == 404
    with site.writing():
        adopt_vision(get_written_vision(the_platform()), Organ.COUNCIL, local(clock.now()).date(), "", the_platform())
    page = visitor.get("/vision").text
    assert "Verder samen" in page
    assert "/vision/1" in page
    assert "Er geldt nu een latere versie." in visitor.get("/vision/1").text


@shows("S06")
def test_an_administrator_chooses_the_kind_of_authority_and_every_page_speaks_its_words(site):
    with site.writing():
        an_authority()
        admin = a_member_of_staff(Role.ADMIN)
    browser = site.browser(admin)
    assert "het Gemeenteblad" in browser.get("/staff/authority").text
    told = {"authority_name": "Provincie Drechtland", "authority_kind": "province", "authority_code": "PV99"}
    assert browser.post("/staff/authority", told | {"authority_name": ""}).status_code == 422
    unruled = told | {"ordinance": "", "ordinance_on": ""}
    undated = browser.post("/staff/authority", unruled | {"ordinance": "Participatieverordening 2025"})
    assert (undated.status_code, "waarop de verordening is vastgesteld" in undated.text) == (422, True)
    assert browser.post("/staff/authority", unruled | {"ordinance_on": "morgen"}).status_code == 422
    assert browser.post("/staff/authority", unruled).status_code == 303
    page = browser.get("/staff/authority").text
    for words in (
        "Provincie Drechtland",
        "Provinciale Staten",
        "Gedeputeerde Staten",
        "de gedeputeerde",
        "Provinciaal blad",
    ):
        assert words in page
    with site.reading():
        assert find_authority().kind is AuthorityKind.PROVINCE


def test_two_things_with_one_code_come_back_with_what_was_typed(site):
    with site.writing():
        found, director = a_round(state="draft"), a_member_of_staff(Role.DIRECTOR)
        _direct(found, director)
    row = {"code": "R1", "why": "Zo is het.", "kind": "legal", "negotiable": "no"}
    rows = [row | {"title": "Niet bij de dijk"}, row | {"title": "Twee miljoen"}]
    sent = {f"preconditions-{n}-{name}": value for n, told in enumerate(rows) for name, value in told.items()}
    answer = site.browser(director).post(f"/staff/rounds/{found.slug}/preconditions", sent)
    assert answer.status_code == 422
    assert "dezelfde code" in answer.text
    assert "Twee miljoen" in answer.text
    assert faults_in(answer) == []


def test_what_is_adopted_is_what_stood_on_the_page(site):
    with site.writing():
        write_vision("Samen", "Eerst.", FIRST, acting(a_member_of_staff(), clock.now() - timedelta(days=1)))
        clerk = a_member_of_staff(Role.CLERK)
    browser, sent = site.browser(clerk), {"organ": "council", "decided_on": today(), "form_key": "v1"}
    seen = browser.get("/staff/vision/adopt").text.split('name="seen" type="hidden" value="')[1].split('"')[0]
    with site.writing():
        write_vision("Samen", "Anders.", FIRST, the_platform())
    assert browser.post("/staff/vision/adopt", sent | {"seen": seen}).status_code == 409
    again = browser.get("/staff/vision/adopt").text.split('name="seen" type="hidden" value="')[1].split('"')[0]
    assert browser.post("/staff/vision/adopt", sent | {"seen": again, "form_key": "v2"}).status_code == 303


def test_a_practice_round_that_was_opened_looks_open_to_who_prepared_it(site):
    with site.writing():
        found, director = a_practice_round(), a_member_of_staff(Role.DIRECTOR)
        _direct(found, director)
    browser = site.browser(director)
    page = browser.get(f"/staff/rounds/{found.slug}/prepare").text
    assert f"/staff/rounds/{found.slug}/open" not in page
    assert f"/staff/rounds/{found.slug}/mandate/edit" not in page
    assert f"/staff/rounds/{found.slug}/change" in page
    assert f"/staff/rounds/{found.slug}/mandate/edit" not in browser.get(f"/staff/rounds/{found.slug}/mandate").text
