import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from consult.audit.models import Entry
from consult.foundation.db import session
from consult.foundation.workdays import next_workday
from consult.notifications.delivery import deliver_all
from consult.participants.models import Person
from consult.policy import Act, Duty, Role
from consult.review import answering, queries
from consult.review.models import Verdict, ViewState
from tests.builders import a_member_of_staff, a_resident, appoint
from tests.notifications.builders import delivered, text_of
from tests.review.builders import a_desk, a_public_note, a_view, answered, judged, sections, today
from tests.shows import shows

TEXT = "Zet de bomen terug.\n\nEn houd het trottoir vrij voor <b>rolstoelen</b>."


@pytest.fixture
def desk(site):
    with site.writing():
        return a_desk()


def person_of(site, actor):
    with site.reading():
        return session().get_one(Person, actor.person_id)


def where(desk):
    return f"/rounds/{desk.round.slug}"


def staff(desk):
    return f"/staff/rounds/{desk.round.slug}/review"


def sent(site, desk, person, text=TEXT):
    return site.browser(person).post(f"{where(desk)}/review/respond", {"text": text, "behalf": ""})


@shows("L07")
def test_a_resident_reads_how_to_respond_sends_in_and_has_the_receipt(site, desk):
    with site.writing():
        person = a_resident()
    visitor = site.browser()
    page = visitor.get(f"{where(desk)}/review").text
    assert "gmb-2026-1" in page
    assert "tot en met" in page
    assert visitor.post(f"{where(desk)}/review/respond", {"text": TEXT}).location.startswith("/login")
    answer = sent(site, desk, person)
    assert answer.status_code == 303
    receipt = site.browser(person).get(answer.location).text
    assert "ZW-01" in receipt
    assert "Zet de bomen terug." in receipt
    assert "&lt;b&gt;rolstoelen" in receipt
    with site.reading():
        view = queries.list_all_views(desk.round.id)[0]
        entry = site_entry(Act.SUBMIT_VIEW)
        assert entry.facts["text"] in receipt  # what the receipt shows is what the journal holds
    assert site.browser(person).get("/me").text.count("ZW-01") == 1
    assert view.state is ViewState.ACKNOWLEDGED
    [mail] = delivered(site.database)
    assert "Zet de bomen terug." in text_of(mail)
    assert "En houd het trottoir vrij" in text_of(mail)


def site_entry(act):
    return session().scalars(select(Entry).where(Entry.act == act.value)).one()


def test_a_bad_form_keeps_what_was_typed(site, desk):
    with site.writing():
        person = a_resident()
    answer = sent(site, desk, person, "x" * 20_001)
    assert answer.status_code == 422
    assert "x" * 20_001 in answer.text
    assert 'id="errors"' in answer.text


def test_a_click_too_many_sends_one(site, desk):
    with site.writing():
        person = a_resident()
    browser = site.browser(person)
    told = {"text": TEXT, "behalf": "", "form_key": "one-key-for-both"}
    first, second = (browser.post(f"{where(desk)}/review/respond", told) for _ in range(2))
    assert first.location == second.location
    with site.reading():
        assert len(queries.list_all_views(desk.round.id)) == 1


def test_whoever_works_on_the_round_does_not_respond_to_it(site, desk):
    assert sent(site, desk, person_of(site, desk.writer)).status_code == 403


@shows("L06", "L11")
def test_from_a_letter_to_the_note_with_two_colleagues(site, desk):
    writer, second = site.browser(person_of(site, desk.writer)), site.browser(person_of(site, desk.second))
    day = (today() - timedelta(days=1)).isoformat()
    told = {"channel": "letter", "received_on": day, "postmarked_on": day, "writer": "M. de Wit", "text": TEXT}
    entered = writer.post(f"{staff(desk)}/enter", told)
    assert "M. de Wit" in writer.get(entered.location).text
    assert writer.post(f"{staff(desk)}/1/judge", {"verdict": "admissible"}).status_code == 403  # no receipt yet
    for path, data in (
        ("1/acknowledge", {}),
        ("1/judge", {"verdict": "admissible"}),
        ("1/points", {"summary": "Bomen terug", "answer": "Dat doen we.", "change": "yes", **changed(site, desk)}),
        ("1/split", {}),
    ):
        assert writer.post(f"{staff(desk)}/{path}", data).status_code == 303, path
    assert "geen akkoord" in writer.get(f"{staff(desk)}/note").text
    page = second.get(f"{staff(desk)}/1").text
    sign = re.search(r'action="([^"]+/sign)"', page)
    assert sign
    point = {"summary": "Bomen", "paragraph": "Alinea 3", "answer": "Toch.", "change": "yes", **changed(site, desk)}
    late = writer.post(sign.group(1).removesuffix("/sign"), point | {"changed_to": "Zo wordt het.", "version": "0"})
    assert late.status_code == 409
    assert all(words in late.text for words in ("Dat doen we.", "Alinea 3", "Zo wordt het.")), "nothing typed is lost"
    assert writer.post(sign.group(1), {"version": "1"}).status_code == 403
    assert second.post(sign.group(1), {"version": "1"}).status_code == 303
    assert writer.post(f"{staff(desk)}/note/offer").status_code == 303
    visitor = site.browser()
    assert visitor.get(f"{where(desk)}/response-note").status_code == 404
    assert second.post(f"{staff(desk)}/note/publish").status_code == 303
    note = visitor.get(f"{where(desk)}/response-note").text
    assert "ZW-01.1" in note
    assert "Dat doen we." in note
    assert note.count("Bomen terug") == 1
    assert "M. de Wit" not in note
    assert "rolstoelen" not in note  # the text itself is not public
    assert writer.post(f"{staff(desk)}/1/notify").status_code == 303


def changed(site, desk):
    with site.reading():
        return {"changed_section": str(sections(desk)[0].id), "section": ""}


def test_an_illegal_move_is_refused_with_a_sentence_and_written_down_as_denied(site, desk):
    with site.writing():
        a_view(desk)
    writer = site.browser(person_of(site, desk.writer))
    answer = writer.post(f"{staff(desk)}/1/split")
    assert answer.status_code == 403
    assert "ZW-01 staat nu op" in answer.text
    with site.reading():
        denied = session().scalars(select(Entry).where(Entry.result == "denied")).all()
        assert [(one.act, one.facts["reason"]) for one in denied] == [(Act.SPLIT_VIEW.value, "NotNow")]


@shows("L14")
def test_the_author_and_the_text_are_in_no_outlet(site, desk):
    secret, name = "een zin die nergens anders staat", "Naam Die Niemand Ziet"
    with site.writing():
        person = a_resident(name)
        answered(desk, a_view(desk, person, secret))
        a_public_note(desk)
    slug = desk.round.slug
    with site.writing():
        others = [None, a_resident(), a_member_of_staff(Role.PRIVACY)]
    paths = [
        f"/rounds/{slug}{end}"
        for end in ("", "/review", "/response-note", "/proposals", f"/proposals?q={secret[:8]}", "/positions",
                    "/results", "/feed.atom", "/drafts", "/review/views/1")
    ] + ["/", "/organisations"]  # fmt: skip
    for person in others:
        browser = site.browser(person)
        for path in paths:
            answer = browser.get(path)
            assert secret not in answer.text, path
            assert name not in answer.text, path
    assert site.browser(others[1]).get(f"/rounds/{slug}/review/views/1").status_code == 404


def test_the_author_reads_the_answer_and_the_mail_gives_it_whole(site, desk):
    with site.writing():
        person = a_resident()
        answered(desk, a_view(desk, person), points=2)
        a_public_note(desk)
    page = site.browser(person).get(f"{where(desk)}/review/views/1").text
    assert page.count("Dat doen we.") == 2
    letters = {str(one["Subject"]): text_of(one) for one in delivered(site.database)}
    [answer] = [text for subject, text in letters.items() if "antwoord" in subject]
    assert "ZW-01.1: Punt 1" in answer
    assert answer.count("Dat doen we.") == 2
    assert "/response-note" in answer
    assert deliver_all(site.database, site.settings) == 0


def test_somebody_takes_back_what_is_theirs_alone(site, desk):
    with site.writing():
        person, other = a_resident(), a_resident()
        a_view(desk, person)
    path = f"{where(desk)}/review/views/1/withdraw"
    assert site.browser(other).post(path).status_code == 404
    assert site.browser(person).post(path).status_code == 303
    assert site.browser(person).post(path).status_code == 403


@shows("L08")
def test_a_director_sets_the_term_from_the_notice_and_corrects_it_with_an_outage(site):
    with site.writing():
        desk = a_desk(first=4)
    director = site.browser(person_of(site, desk.director))
    with site.reading():
        draft = queries.find_term(desk.round.id).draft_id
    day = today() + timedelta(days=2)
    told = {
        "draft": str(draft),
        "notice_url": "https://gazette.test/2",
        **dict.fromkeys(("notice_on", "available_on"), f"{day}"),
    }
    assert director.post(f"{staff(desk)}/term", told).status_code == 422  # without its number in the gazette
    assert director.post(f"{staff(desk)}/term", {**told, "notice_reference": "gmb-2"}).status_code == 303
    assert "gmb-2" in site.browser().get(f"{where(desk)}/review").text
    hours = {"began_at": f"{today() - timedelta(days=1)}T10:00", "ended_at": f"{today() - timedelta(days=1)}T12:00"}
    assert director.post(f"{staff(desk)}/outages", {**hours, "reason": ""}).status_code == 422
    with site.reading():
        new = queries.find_term(desk.round.id).ends_on + timedelta(days=1)
    answer = director.post(f"{staff(desk)}/outages", {**hours, "reason": "De site lag stil.", "extends_to": f"{new}"})
    assert answer.status_code == 303
    assert "De site lag stil." in site.browser().get(f"{where(desk)}/review").text
    assert "De site lag stil." in site.browser().get(where(desk)).text  # beside the timeline of the round


@shows("L07")
@pytest.mark.parametrize(("first", "proposes"), [(-41, True), (-10, False)])
def test_an_outage_in_the_last_hours_of_the_term_proposes_to_extend_it(site, first, proposes):
    with site.writing():
        desk = a_desk(first=first)
        term = queries.find_term(desk.round.id)
        if proposes:  # whatever weekday the tests run on
            term.last_day = today()
    wanted = next_workday(today() + timedelta(days=1)).isoformat()
    page = site.browser(person_of(site, desk.director)).get(f"{staff(desk)}/outages").text
    assert (f'value="{wanted}"' in page) is proposes


def test_nonsense_in_forms_is_answered_with_a_sentence(site, desk):
    director, writer = (site.browser(person_of(site, one)) for one in (desk.director, desk.writer))
    for path, data in (
        ("term", {"draft": "x", "notice_on": "31-31-2026", "available_on": "0001-01-01"}),
        ("outages", {"began_at": "gisteren", "ended_at": "", "extends_to": "morgen"}),
    ):
        assert director.post(f"{staff(desk)}/{path}", data).status_code == 422, path
    with site.writing():
        judged(desk, a_view(desk))
    for path, data in (
        ("1/judge", {"verdict": "perhaps"}),
        ("1/points", {"summary": "", "change": "maybe", "section": "x"}),
        ("own-changes", {"section": "x", "text": "", "reason": ""}),
        ("enter", {"channel": "letter", "received_on": "2099-01-01", "postmarked_on": "x", "writer": "", "text": ""}),
    ):
        assert writer.post(f"{staff(desk)}/{path}", data).status_code == 422, path
    assert writer.get(f"{staff(desk)}/99999999999").status_code == 404
    assert writer.get(f"{staff(desk)}?page=-3&show=everything").status_code == 200


def test_sponsors_read_and_change_nothing(site, desk):
    with site.writing():
        sponsor = a_member_of_staff(Role.BOARD)
        appoint(desk.round, sponsor, Duty.BOARD_SPONSOR)
        judged(desk, a_view(desk), Verdict.ADMISSIBLE)
    browser = site.browser(sponsor)
    assert browser.get(f"{staff(desk)}/1").status_code == 200
    assert '<form method="post" action="/staff' not in browser.get(f"{staff(desk)}/1").text
    for path in ("1/judge", "1/points", "1/split", "note/offer"):
        assert browser.post(f"{staff(desk)}/{path}", {"verdict": "late", "summary": "x"}).status_code == 403


def test_the_note_is_a_document_with_one_line_per_change(site, desk):
    with site.writing():
        answered(desk, a_view(desk), points=2)
        answering.make_own_change(desk.term, sections(desk)[1].id, "Van 30 naar 25.", "Rekenfout.", desk.writer)
        a_public_note(desk)
    page = site.browser().get(f"{where(desk)}/response-note").text
    assert 'class="document"' in page
    table = page[page.index('<h2 id="changed">') :]
    assert table.count("<td") == 6  # three changes of two cells
    assert 'rowspan="2"' in table
