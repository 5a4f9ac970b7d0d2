import csv
import io
import re
from io import BytesIO

import odfdo
import pytest
from sqlalchemy import select

from consult import working
from consult.contributions.models import Contribution
from consult.intake.models import Batch, Intake
from consult.synthesis.models import Draft, DraftState
from tests.builders import a_member_of_staff, a_resident, a_round, an_authority, appoint
from tests.intake.builders import a_file
from tests.looking import faults_in
from tests.shows import shows

FILES = "/staff/rounds/plein/intake/files"
WRONG = "duif;2026-01-01;=1+1"


@pytest.fixture
def people(site):
    """An open round that collects, and a moderator of it."""
    with site.writing():
        an_authority()
        found = a_round(slug="plein")
        moderator = a_member_of_staff()
        appoint(found, moderator)
    return found, moderator


def send(browser, content, name="invoer.csv", key="f-1"):
    return browser.post(FILES, {"file": (BytesIO(content), name), "form_key": key})


def all_of(site, table):
    with site.reading() as unit:
        return list(unit.scalars(select(table)))


def test_the_page_explains_the_template_and_offers_it_in_two_kinds(site, people):
    browser = site.browser(people[1])
    page = browser.get(FILES)
    assert faults_in(page) == []
    assert "Nederlandse vertaling" in page.text
    made = browser.get(f"{FILES}/template.csv")
    assert made.mimetype == "text/csv"
    assert "attachment" in made.headers["Content-Disposition"]
    [header, _example] = csv.reader(io.StringIO(made.data.decode("utf-8-sig")), delimiter=";")
    assert header[:3] == ["Kanaal", "Datum", "Tekst"]
    english = browser.get(f"/en{FILES}/template.ods")
    document = odfdo.Document(BytesIO(english.data))
    assert document.body.tables[0].get_values()[0][:3] == ["Channel", "Date", "Text"]


def test_a_file_is_shown_first_and_entered_when_somebody_says_so(site, people):
    found, moderator = people
    browser = site.browser(moderator)
    sent = send(browser, a_file(found, "Een boom.", "Een bank."))
    assert sent.status_code == 303
    page = browser.get(sent.headers["Location"])
    assert faults_in(page) == []
    assert "Alle 2 rijen kunnen worden ingevoerd." in page.text
    assert "Een boom." in page.text
    assert all_of(site, Contribution) == []
    done = browser.post(sent.headers["Location"], {"rows": "all", "form_key": "c-1"})
    assert done.status_code == 303
    again = browser.post(sent.headers["Location"], {"rows": "all", "form_key": "c-1"})
    assert again.headers["Location"] == done.headers["Location"]
    assert {one.text for one in all_of(site, Contribution)} == {"Een boom.", "Een bank."}
    assert "Ingevoerd: 2 formulieren." in browser.get(done.headers["Location"]).text
    assert "ingevoerd" in browser.get(FILES).text


def test_of_two_hundred_rows_three_bad_ones_are_told_and_left_out_only_by_choice(site, people):
    found, moderator = people
    browser = site.browser(moderator)
    lines = [f"Idee {n}." for n in range(197)]
    content = a_file(found, *lines[:50], WRONG, *lines[50:100], WRONG, *lines[100:], WRONG)
    where = send(browser, content).headers["Location"]
    page = browser.get(where)
    assert faults_in(page) == []
    words = re.sub(r"<[^>]+>|\s+", " ", page.text)
    assert "3 rijen kunnen nog niet worden ingevoerd. 197 rijen kloppen." in words
    rows = re.findall(r'<th scope="row" class="figure">(\d+)</th>', page.text)
    assert rows == ["52", "52", "103", "103", "201", "201"]
    for choice in ("all", ""):
        refused = browser.post(where, {"rows": choice, "form_key": f"c-{choice}"})
        assert refused.status_code in {409, 422}
        assert all_of(site, Contribution) == []
    assert browser.post(where, {"rows": "valid", "form_key": "c-3"}).status_code == 303
    assert len(all_of(site, Contribution)) == 197
    assert sum(form.is_sampled for form in all_of(site, Intake)) == 20


@shows("R48")
def test_the_mistakes_can_be_taken_home_and_are_never_run(site, people):
    found, moderator = people
    browser = site.browser(moderator)
    where = send(browser, a_file(found, "Goed.", f"=cmd|calc;{found.phases[0].first_day};Fout.")).headers["Location"]
    made = browser.get(f"{where}/mistakes.csv")
    rows = list(csv.reader(io.StringIO(made.data.decode("utf-8-sig"), newline=""), delimiter=";"))
    assert rows[0] == ["Rij", "Kolom", "Wat er mis is en hoe u het verbetert", "Wat er staat"]
    assert (rows[1][0], rows[1][1], rows[1][3]) == ("3", "Kanaal", "'=cmd|calc")


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (b"PK\x03\x04 kapot", "invoer.ods", "kapot"),
        (b"a;b\n1;2\n", "invoer.csv", "Kanaal, Datum, Tekst"),
        (b"", "invoer.csv", "leeg"),
        (b"\xd0\xcf\x11\xe0 oud", "invoer.xls", "CSV"),
    ],
)
def test_a_file_that_cannot_be_read_is_told_beside_the_field(site, people, content, name, words):
    answer = send(site.browser(people[1]), content, name)
    assert answer.status_code == 422
    assert words in re.search(r'id="file-error">(.*?)</p>', answer.text, re.DOTALL)[1]
    assert faults_in(answer) == []
    assert all_of(site, Batch) == []


def test_without_a_file_the_page_asks_for_one(site, people):
    answer = site.browser(people[1]).post(FILES, {"form_key": "f-1"})
    assert answer.status_code == 422
    assert "Kies eerst een bestand." in answer.text


def test_a_file_that_is_too_large_is_refused(site, people):
    answer = send(site.browser(people[1]), b"kanaal;datum;tekst\n" + b"x" * (12 * 1024 * 1024 + 1))
    assert answer.status_code == 413
    assert all_of(site, Batch) == []


def test_a_large_file_shows_how_far_it_is_and_the_worker_enters_the_rest(site, people):
    found, moderator = people
    browser = site.browser(moderator)
    where = send(browser, a_file(found, *(f"Idee {n}." for n in range(700)))).headers["Location"]
    assert browser.post(where, {"rows": "all", "form_key": "c-1"}).status_code == 303
    page = browser.get(where)
    assert "500 van 700 formulieren" in page.text
    assert faults_in(page) == []
    assert "Refresh" not in page.headers
    assert browser.get(f"{where}?follow=yes").headers["Refresh"] == "5"
    working.work_once(site.database)
    working.work_once(site.database)
    assert len(all_of(site, Contribution)) == 700
    page = browser.get(f"{where}?follow=yes")
    assert "Ingevoerd: 700 formulieren." in page.text
    assert "Refresh" not in page.headers


def test_what_is_here_already_can_be_left_out(site, people):
    found, moderator = people
    browser = site.browser(moderator)
    first = send(browser, a_file(found, "Een boom.")).headers["Location"]
    browser.post(first, {"rows": "all", "form_key": "c-1"})
    again = send(browser, a_file(found, "Een boom.", "Een bank."), key="f-2").headers["Location"]
    page = browser.get(again)
    assert "De tekst van één rij is er al." in page.text
    assert faults_in(page) == []
    browser.post(again, {"rows": "all", "without_doubles": "y", "form_key": "c-2"})
    assert sorted(one.text for one in all_of(site, Contribution)) == ["Een bank.", "Een boom."]


def test_a_file_is_for_those_who_moderate_the_round_alone(site, people):
    found, moderator = people
    where = send(site.browser(moderator), a_file(found, "Een boom.")).headers["Location"]
    with site.writing():
        resident, elsewhere = a_resident(), a_member_of_staff()
    for person in (resident, elsewhere):
        for path in (where, f"{where}/mistakes.csv"):
            assert site.browser(person).get(path).status_code == 403
        assert site.browser(person).post(where, {"rows": "all"}).status_code == 403
    assert site.browser().get(where).status_code == 303
    assert all_of(site, Contribution) == []


# --- a whole text for a draft ---

DRAFT = "/staff/rounds/plein/draft"


def read_in(browser, content, name="visie.txt"):
    return browser.post(f"{DRAFT}/document", {"file": (BytesIO(content), name)})


def test_a_document_is_read_looked_at_and_put_into_the_draft(site, people):
    browser = site.browser(people[1])
    shown = read_in(browser, b"# Wonen\n\nEr komen woningen bij.\n")
    assert shown.status_code == 200
    assert faults_in(shown) == []
    assert "# Wonen" in shown.text
    assert "Dit bestand" not in browser.get(DRAFT).text
    sent = browser.post(f"{DRAFT}/text", {"title": "Visie", "text": "# Wonen\n\nMeer *groen*.", "form_key": "t-1"})
    assert (sent.status_code, sent.location) == (303, DRAFT)
    desk = browser.get(DRAFT).text
    assert "1 Wonen" in desk
    assert "<p>Meer <em>groen</em>.</p>" in desk
    again = browser.post(f"{DRAFT}/text", {"title": "Visie", "text": "# Wonen\n\nMeer *groen*.", "form_key": "t-1"})
    assert again.status_code == 303
    assert browser.get(DRAFT).text.count("<p>Meer <em>groen</em>.</p>") == 1


def test_a_document_that_cannot_be_read_says_so_beside_the_field(site, people):
    browser = site.browser(people[1])
    for content, name in ((b"%PDF-1.4", "visie.pdf"), (b"", "")):
        answer = read_in(browser, content, name)
        assert answer.status_code == 422
        assert faults_in(answer) == []
        assert 'aria-invalid="true"' in answer.text


def test_a_text_without_a_paragraph_keeps_what_was_typed(site, people):
    answer = site.browser(people[1]).post(f"{DRAFT}/text", {"title": "Visie", "text": "# Alleen dit", "form_key": "t"})
    assert answer.status_code == 422
    assert "# Alleen dit" in answer.text
    assert "nog geen alinea" in answer.text


def test_a_long_text_fits(site, people):
    browser = site.browser(people[1])
    long = "\n\n".join(["Een alinea van enkele woorden, zoals er veel zijn."] * 900)
    sent = browser.post(f"{DRAFT}/text", {"title": "Visie", "text": long, "form_key": "t"})
    assert sent.status_code == 303


def test_while_a_version_waits_there_is_no_form(site, people):
    browser = site.browser(people[1])
    browser.post(f"{DRAFT}/text", {"title": "Visie", "text": "Een alinea.", "form_key": "t"})
    with site.writing() as unit:
        draft = unit.scalars(select(Draft)).one()
        draft.state, draft.submitted_by_id, draft.submitted_at = DraftState.SUBMITTED, people[1].id, draft.begun_at
    assert "<textarea" not in browser.get(f"{DRAFT}/text").text
    assert browser.post(f"{DRAFT}/text", {"text": "Nog een.", "form_key": "u"}).status_code == 409


def test_a_newer_text_shows_what_it_would_change_before_it_replaces_anything(site, people):
    browser = site.browser(people[1])
    first = "# Wonen\n\nEr komen 1.150 woningen bij de dijk.\n\nNiet bouwen op het veen."
    browser.post(f"{DRAFT}/text", {"title": "Visie", "text": first, "form_key": "t"})
    second = "# Wonen\n\nEr komen 900 woningen bij de dijk.\n\nDe haven blijft open voor iedereen."
    assert "Bekijk wat dit in het ontwerp verandert" in browser.get(f"{DRAFT}/text").text
    shown = browser.post(f"{DRAFT}/text/look", {"text": second, "form_key": "u"})
    assert shown.status_code == 200
    assert faults_in(shown) == []
    for words in ("één verandert", "één is nieuw", "één verdwijnt", "<del>"):
        assert words in shown.text
    assert "Niet bouwen op het veen." in browser.get(DRAFT).text
    seen = re.search(r'name="seen"[^>]*value="([0-9a-f]{32})"', shown.text)
    assert seen is not None
    told = {"text": second, "seen": seen.group(1), "form_key": "v"}
    assert browser.post(f"{DRAFT}/text/replace", {**told, "seen": "0" * 32}).status_code == 409
    sent = browser.post(f"{DRAFT}/text/replace", told)
    assert (sent.status_code, sent.location) == (303, DRAFT)
    desk = browser.get(DRAFT).text
    assert "Er komen 900 woningen bij de dijk." in desk
    assert "Niet bouwen op het veen." not in desk
    assert browser.post(f"{DRAFT}/text/replace", {**told, "form_key": "w"}).status_code == 409


def test_without_a_draft_there_is_nothing_to_replace(site, people):
    answer = site.browser(people[1]).post(f"{DRAFT}/text/look", {"text": "Een alinea.", "form_key": "u"})
    assert answer.status_code == 422
    assert "Er is nog geen ontwerp begonnen" in answer.text
    assert "Een alinea." in answer.text
