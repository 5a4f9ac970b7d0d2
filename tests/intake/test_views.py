import re
from datetime import timedelta
from io import BytesIO

import pytest
from sqlalchemy import select

from consult.contributions.models import Attachment, Channel, Contribution, State, Version
from consult.intake.models import Intake, PaperReply
from consult.participants.models import Person
from consult.rounds.models import PhaseKind
from tests.builders import a_director_of, a_member_of_staff, a_phase, a_resident, a_round, acting, an_authority, appoint
from tests.contributions.builders import a_picture
from tests.intake.builders import a_form, forms
from tests.looking import faults_in
from tests.shows import shows
from tests.voting.builders import a_poll

INTAKE = "/staff/rounds/plein/intake"


@pytest.fixture
def people(site):
    """An open round that collects, and two moderators of it."""
    with site.writing():
        an_authority()
        found = a_round(slug="plein")
        moderators = [a_member_of_staff(name=name) for name in ("A. Kaplan", "J. Hofstra")]
        for one in moderators:
            appoint(found, one)
    return found, *moderators


def filled(found, **more):
    told = {
        "channel": "letter",
        "received_on": found.phases[0].first_day.isoformat(),
        "language": "nl",
        "ideas-0-title": "Een bankje",
        "ideas-0-text": "Graag een bankje.",
        "form_key": "i-1",
    }
    return told | more


def all_of(site, table):
    with site.reading() as unit:
        return list(unit.scalars(select(table)))


@shows("S48", "L36")
def test_a_moderator_types_in_a_letter_with_two_ideas(site, people):
    found, moderator, _other = people
    browser = site.browser(moderator)
    told = filled(
        found,
        writer="Mevrouw De Wit",
        reference="B-7",
        place="Balie",
        wants_reply="y",
        address="Dorpsstraat 1\n1234 AB Wilgendrecht",
        **{"ideas-1-title": "Een boom", "ideas-1-text": "En een boom."},
    )
    sent = browser.post(INTAKE, told)
    assert sent.status_code == 303
    entered = all_of(site, Contribution)
    assert {one.text for one in entered} == {"Graag een bankje.", "En een boom."}
    assert {(one.channel, one.reference, one.state) for one in entered} == {(Channel.LETTER, "B-7", State.PUBLISHED)}
    assert {one.received_at for one in entered} == {found.phases[0].opens_at}
    [form], [reply] = all_of(site, Intake), all_of(site, PaperReply)
    assert (form.place, reply.address.splitlines()[0]) == ("Balie", "Dorpsstraat 1")
    page = browser.get(sent.headers["Location"])
    assert "B-7: Een bankje" in page.text
    assert "Er staan 2 ideeën in" in page.text
    assert re.search(r'<option selected value="letter"', page.text)
    assert faults_in(page) == []
    assert browser.post(INTAKE, told).headers["Location"] == sent.headers["Location"]
    assert len(all_of(site, Contribution)) == 2


def test_a_wrong_day_comes_back_beside_the_field_with_the_days_that_are_right(site, people):
    found, moderator, _other = people
    browser = site.browser(moderator)
    first = found.phases[0].first_day
    for day, words in (
        ("2999-01-01", "moet nog komen"),
        ((first - timedelta(days=1)).isoformat(), "tot en met"),
        ("gisteren", "Vul de dag in"),
        ("1899-12-31", "Vul de dag in"),
        ("", "Vul de dag in"),
    ):
        answer = browser.post(INTAKE, filled(found, received_on=day))
        assert answer.status_code == 422
        error = re.search(r'id="received_on-error">(.*?)</p>', answer.text, re.DOTALL)
        assert words in error[1]
        assert "Graag een bankje." in answer.text
        assert 'href="#received_on"' in answer.text
        assert faults_in(answer) == []
    assert all_of(site, Contribution) == []


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"wants_reply": "y", "address": "Dorpsstraat 1"}, "writer"),
        ({"wants_reply": "y", "writer": "Jo"}, "address"),
        ({"address": "Dorpsstraat 1", "writer": "Jo"}, "address"),
        ({"channel": "school", "writer": "Sem"}, "writer"),
        ({"channel": "school", "wants_reply": "y", "address": "Dorpsstraat 1"}, "wants_reply"),
        ({"ideas-1-title": "Alleen een titel", "ideas-1-text": ""}, "ideas-1-text"),
        ({"ideas-0-text": "x" * 5_001}, "ideas-0-text"),
    ],
)
def test_what_does_not_fit_together_is_told_beside_its_field(site, people, more, field):
    found, moderator, _other = people
    answer = site.browser(moderator).post(INTAKE, filled(found, **more))
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert f'href="#{field}"' in answer.text
    assert faults_in(answer) == []


@shows("L36")
def test_one_more_idea_keeps_what_was_typed_and_judges_nothing_yet(site, people):
    found, moderator, _other = people
    browser = site.browser(moderator)
    told = filled(found, received_on="", writer="Jo", **{"ideas-0-text": "Begonnen met typ"})
    told["scan"] = (BytesIO(a_picture()), "brief.png")
    sent = browser.post(f"{INTAKE}/more", told)
    assert sent.status_code == 303
    page = browser.get(sent.headers["Location"])
    assert page.status_code == 200
    assert "Begonnen met typ" in page.text
    assert 'value="Jo"' in page.text
    assert 'name="ideas-1-title"' in page.text
    assert "brief.png" in page.text
    assert "Fout:" not in page.text
    assert all_of(site, Contribution) == []
    assert faults_in(page) == []
    handle = re.search(r'name="scan" value="([0-9a-f-]{36})"', page.text)[1]
    whole = filled(found, form_key="i-2", scan=handle, **{"ideas-1-title": "Twee", "ideas-1-text": "Nog iets."})
    assert browser.post(INTAKE, whole).status_code == 303
    assert [(one.name, one.is_public) for one in all_of(site, Attachment)] == [("brief.png", False)]


def test_ten_long_ideas_fit_in_one_form(site, people):
    found, moderator, _other = people
    ideas = {f"ideas-{n}-{part}": "é" * 5_000 for n in range(10) for part in ("text", "translation")}
    titles = {f"ideas-{n}-title": f"Idee {n}" for n in range(10)}
    assert (
        site.browser(moderator).post(INTAKE, filled(found, **titles, scan=(BytesIO(), ""), **ideas)).status_code == 303
    )
    assert len(all_of(site, Contribution)) == 10


def test_a_form_holds_at_most_ten_ideas(site, people):
    found, moderator, _other = people
    browser = site.browser(moderator)
    ideas = {f"ideas-{n}-{part}": "woord" for n in range(10) for part in ("title", "text")}
    page = browser.get(browser.post(f"{INTAKE}/more", filled(found, **ideas)).headers["Location"]).text
    assert 'name="ideas-9-title"' in page
    assert 'name="ideas-10-title"' not in page
    assert "Nog een idee" not in page


def test_a_scan_can_be_added_afterwards_and_only_those_who_serve_the_round_see_it(site, people):
    found, moderator, other = people
    with site.writing():
        form = a_form(found, acting(moderator), writer="Jo Zonderaccount", note="Belde terug")
        resident = a_resident()
        public_id = form.first.public_id
    page = f"{INTAKE}/{form.id}"
    browser = site.browser(moderator)
    assert browser.post(f"{page}/scans", {}).status_code == 422
    assert browser.post(f"{page}/scans", {"scan": (BytesIO(a_picture()), "brief.png")}).status_code == 303
    [scan] = all_of(site, Attachment)
    shown = site.browser(other).get(page)
    assert scan.name in shown.text
    assert "Jo Zonderaccount" in shown.text
    assert faults_in(shown) == []
    address = f"/rounds/plein/contributions/{public_id}/files/{scan.id}"
    assert site.browser(other).get(address).status_code == 200
    for person in (None, resident):
        assert site.browser(person).get(address).status_code == 404
        assert site.browser(person).get(page).status_code in {303, 403}
        public = site.browser(person).get(f"/rounds/plein/contributions/{public_id}").text
        assert not [word for word in ("Zonderaccount", "Belde terug", "brief.png") if word in public]


@shows("L36")
def test_what_was_written_in_another_language_stands_beside_its_translation(site, people):
    found, moderator, _other = people
    more = {"language": "pl", "ideas-0-text": "Postawcie ławkę.", "ideas-0-translation": "Zet er een bankje neer."}
    assert site.browser(moderator).post(INTAKE, filled(found, **more)).status_code == 303
    [one] = all_of(site, Contribution)
    for part in ("proposals", "contributions"):
        page = site.browser().get(f"/rounds/plein/{part}/{one.public_id}")
        assert "Zet er een bankje neer." in page.text
        assert re.search(r'lang="pl"><p>Postawcie ławkę\.</p>', page.text)
        assert faults_in(page) == []


def test_a_record_that_was_not_approved_says_so_in_public(site, people):
    found, moderator, _other = people
    browser = site.browser(moderator)
    for key, more, words in (
        ("i-1", {}, "dat de aanwezigen niet hebben goedgekeurd"),
        ("i-2", {"is_approved": "y"}, None),
    ):
        told = filled(found, channel="meeting", form_key=key, **{"ideas-0-title": key}, **more)
        assert browser.post(INTAKE, told).status_code == 303
        one = next(one for one in all_of(site, Contribution) if one.title == key)
        page = site.browser().get(f"/rounds/plein/contributions/{one.public_id}").text
        assert (words or "hebben goedgekeurd") in page
        assert ("niet hebben goedgekeurd" in page) is (words is not None)


def test_typing_is_not_lost_when_the_session_ends(site, people):
    found, moderator, _other = people
    browser = site.browser(moderator)
    browser.client.delete_cookie("consult")
    sent = browser.post(INTAKE, filled(found, **{"ideas-0-text": "Een lange brief"}))
    assert sent.status_code == 303
    target = re.search(r"kept%3D([\w-]+)", sent.headers["Location"])[1]
    assert "Een lange brief" in site.browser(moderator).get(f"{INTAKE}?kept={target}").text


# --- the second look ---


@pytest.fixture
def waiting(site, people):
    """A form that waits for a second look, with two ideas, entered by the first moderator."""
    found, first, _second = people
    with site.writing():
        form = a_form(found, acting(first), ideas=2, reference="B-7")
        form.is_sampled = True
    return form


def test_the_desk_counts_what_waits_and_opens_that_list(site, people, waiting):
    _found, first, second = people
    desk = site.browser(second).get("/staff").text
    assert re.search(rf'href="{INTAKE}/check">\s*<span class="count">1', desk)
    page = site.browser(second).get(f"{INTAKE}/check")
    assert f"{INTAKE}/{waiting.id}/check" in page.text
    assert faults_in(page) == []
    own = site.browser(first).get(f"{INTAKE}/check").text
    assert f"{INTAKE}/{waiting.id}/check" not in own
    assert "voor een collega" in own


def test_a_second_person_says_that_a_form_is_right_and_whoever_entered_it_cannot(site, people, waiting):
    _found, first, second = people
    refused = site.browser(first).post(f"{INTAKE}/{waiting.id}/right")
    assert refused.status_code == 403
    assert "zelf ingevoerd" in refused.text
    shown = site.browser(second).get(f"{INTAKE}/{waiting.id}/check")
    assert faults_in(shown) == []
    assert site.browser(second).post(f"{INTAKE}/{waiting.id}/right").status_code == 303
    [form] = all_of(site, Intake)
    assert (form.was_right, form.checked_by_id) == (True, second.id)
    assert site.browser(second).post(f"{INTAKE}/{waiting.id}/right").status_code == 409


def test_a_second_person_corrects_one_of_the_ideas(site, people, waiting):
    _found, _first, second = people
    browser = site.browser(second)
    ideas = [item.contribution for item in waiting.items]
    told = {}
    for place, one in enumerate(ideas):
        parts = {"contribution_id": one.id, "version": one.version, "title": one.title, "text": one.text}
        told |= {f"ideas-{place}-{name}": str(value) for name, value in parts.items()}
    same = browser.post(f"{INTAKE}/{waiting.id}/check", told)
    assert same.status_code == 422
    assert "Er is niets veranderd" in same.text
    assert faults_in(same) == []
    empty = browser.post(f"{INTAKE}/{waiting.id}/check", told | {"ideas-1-text": ""})
    assert empty.status_code == 422
    assert browser.post(f"{INTAKE}/{waiting.id}/check", told | {"ideas-1-text": "Twee bankjes."}).status_code == 303
    texts = [(one.number, one.text) for one in all_of(site, Version) if one.contribution_id == ideas[1].id]
    assert sorted(texts) == [(1, "Zet er een bankje."), (2, "Twee bankjes.")]
    assert [one.version for one in all_of(site, Contribution) if one.id == ideas[0].id] == [1]
    history = site.browser().get(f"/rounds/plein/proposals/{ideas[1].public_id}/history").text
    assert "Twee" in history


# --- replies and shares ---


def test_replies_are_printed_with_what_became_of_each_idea_and_ticked_off(site, people):
    found, moderator, _other = people
    with site.writing():
        actor = acting(moderator)
        form = a_form(found, actor, ideas=2, writer="Jo de Wit", address="Dorpsstraat 1\n1234 AB Hier", reference="B-7")
        a_form(found, actor, writer="Zonder Antwoord")
        title = form.first.title
        director = a_director_of(found)
    browser = site.browser(moderator)
    page = browser.get("/staff/rounds/plein/replies")
    assert faults_in(page) == []
    assert not [word for word in ("Jo de Wit", "Dorpsstraat 1", title, "B-7") if word not in page.text]
    assert "Zonder Antwoord" not in page.text
    assert browser.post("/staff/rounds/plein/replies", {"pick": [str(form.id), "geen"]}).status_code == 303
    assert "verstuurd op" in browser.get("/staff/rounds/plein/replies").text
    with site.reading() as unit:
        person = unit.get_one(Person, director.person_id)
    assert site.browser(person).get("/staff/rounds/plein/replies").status_code == 403


def test_shares_are_exact_for_staff_and_small_ones_together_in_public(site, people):
    found, moderator, _other = people
    with site.writing():
        actor = acting(moderator)
        forms(found, 12, actor)
        for channel in [Channel.PHONE] * 10 + [Channel.LETTER, Channel.LETTER, Channel.DESK]:
            a_form(found, actor, channel=channel)
    exact = site.browser(moderator).get("/staff/rounds/plein/channels")
    assert faults_in(exact) == []
    words = re.sub(r"<[^>]+>|\s+", " ", exact.text)
    assert re.search(r"op papier +12 +48 %", words)
    assert re.search(r"per brief +2 +8 %", words)
    for path in ("/rounds/plein", "/rounds/plein/results"):
        public = site.browser().get(path)
        told = re.sub(r"<[^>]+>|\s+", " ", public.text)
        assert re.search(r"op papier:? +12", told), path
        assert re.search(r"per telefoon, per brief, aan de balie:? +13", told), path
        assert faults_in(public) == []


def test_with_too_little_to_tell_nothing_is_told(site, people):
    found, moderator, _other = people
    with site.writing():
        forms(found, 9, acting(moderator))
    assert "op papier: 9" not in site.browser().get("/rounds/plein").text
    assert "Hoe de voorstellen binnenkwamen" not in site.browser().get("/rounds/plein/results").text


def test_when_nothing_is_collected_any_more_a_letter_of_that_time_can_still_be_typed_in(site):
    with site.writing():
        an_authority()
        found = a_round(slug="plein", phases=PhaseKind.PRIORITISE)
        moderator = a_member_of_staff()
        appoint(found, moderator)
    page = site.browser(moderator).get(INTAKE).text
    assert re.search(r'name="received_on"[^>]*value=""', page)
    assert site.browser(moderator).post(INTAKE, filled(found)).status_code == 303


@shows("S48")
def test_what_staff_entered_goes_the_same_way_as_everything_else(site):
    with site.writing():
        an_authority()
        voting = [a_phase(PhaseKind.COLLECT, -9, -1), a_phase(PhaseKind.PRIORITISE, 0, 9)]
        found = a_round(slug="plein", phases=voting, holds_first=True)
        moderator = a_member_of_staff()
        appoint(found, moderator)
        a_poll(found)
        came = found.phases[0].opens_at
        form = a_form(found, acting(moderator), channel=Channel.WORKSHOP, received_at=came)
        one, resident = form.first, a_resident()
    browser = site.browser(moderator)
    assert one.title in browser.get("/staff/rounds/plein/queue").text
    assert one.title not in site.browser().get("/rounds/plein/proposals").text
    assert browser.post(f"/staff/rounds/plein/queue/{one.public_id}/publish").status_code == 303
    assert one.title in site.browser().get("/rounds/plein/proposals").text
    assert one.title in site.browser(resident).get("/rounds/plein/vote").text
    assert one.title in browser.get("/staff/rounds/plein/coding").text
