import re
import zipfile
from io import BytesIO

import pytest
from sqlalchemy import select

from consult import working
from consult.audit.models import Entry
from consult.contributions.models import Checked
from consult.foundation import clock
from consult.foundation.db import session
from consult.foundation.errors import Conflict
from consult.foundation.files import Incoming, Store
from consult.participants.models import Person
from consult.policy import Act, MemberDuty, Role, system
from consult.proposals.models import Unsent
from consult.review import rules, verbs
from consult.review.models import FormalView, ViewFile, Way
from consult.review.queries import get_view, list_stored, list_unchecked
from consult.rounds.models import Round
from tests.builders import a_member_of_staff, a_resident, appoint
from tests.contributions.builders import A_PDF, a_contribution, a_picture, an_attachment
from tests.notifications.builders import delivered, text_of
from tests.participants.builders import an_organisation, join, somebody
from tests.review.builders import a_desk, a_view, today
from tests.shows import shows

TEXT = "Zet de bomen terug."


@pytest.fixture
def desk(site):
    with site.writing():
        return a_desk()


def person_of(site, actor):
    with site.reading():
        return session().get_one(Person, actor.person_id)


def where(desk):
    return f"/rounds/{desk.round.slug}/review"


def a_file(n=1, *, size=100, is_clean=True):
    """What the store told of a file; nothing of it is on disk."""
    return Incoming(f"{n}.pdf", "application/pdf", size, f"{n:064x}", f"{n:032x}", is_clean)


def a_pdf(name="rapport.pdf"):
    return (BytesIO(A_PDF), name)


def sent(site, desk, person, *files):
    told = {"text": TEXT, "behalf": "", "files": list(files)}
    return site.browser(person).post(f"{where(desk)}/respond", told)


def links(page):
    return re.findall(r'href="(/[^"]+/files/[^"]+)"', page)


@shows("L07")
def test_files_stand_on_the_receipt_and_only_its_author_and_the_team_have_them(site, desk):
    with site.writing():
        author, other = a_resident(), a_resident()
    answer = sent(site, desk, author, a_pdf(), (BytesIO(a_picture()), "stoep.png"))
    assert answer.status_code == 303
    page = site.browser(author).get(answer.location).text
    assert "rapport.pdf" in page
    assert "stoep.png" in page
    own = links(page)
    assert len(own) == 2
    given = site.browser(author).get(own[0])
    assert (given.status_code, given.data) == (200, A_PDF)
    assert given.headers["Cache-Control"] == "private, no-store"
    assert given.headers["Content-Disposition"].startswith("attachment")
    for who in (site.browser(), site.browser(other)):
        assert who.get(own[0]).status_code == 404
    team = site.browser(person_of(site, desk.writer))
    [staff, _] = links(team.get(f"/staff{where(desk)}/1").text)
    assert team.get(staff).data == A_PDF
    assert team.get(own[0]).status_code == 404  # it is not the team's own
    for who in (site.browser(), site.browser(other), site.browser(author)):
        assert who.get(staff).status_code in {302, 303, 403, 404}
    [mail] = delivered(site.database)
    assert "rapport.pdf" in text_of(mail)
    assert "stoep.png" in text_of(mail)


def test_the_check_code_of_the_receipt_counts_the_files(unit):
    desk = a_desk()
    view = a_view(desk, files=[a_file(1), a_file(2), a_file(1)])
    assert [one.name for one in view.files] == ["1.pdf", "2.pdf"]
    [entry] = session().scalars(select(Entry).where(Entry.act == Act.SUBMIT_VIEW.value))
    assert entry.facts["text"] == rules.fingerprint(view)
    view.files[1].sha256 = "f" * 64
    assert entry.facts["text"] != rules.fingerprint(view)


def test_no_file_reaches_the_public(site, desk):
    with site.writing():
        author = a_resident()
    sent(site, desk, author, a_pdf("geheim.pdf"))
    visitor = site.browser()
    for path in (where(desk), f"/rounds/{desk.round.slug}", f"{where(desk)}/views/1"):
        assert "geheim.pdf" not in visitor.get(path).text


def test_a_file_that_is_none_keeps_what_was_typed(site, desk):
    with site.writing():
        author = a_resident()
    answer = sent(site, desk, author, (BytesIO(b"MZ\x90\x00"), "virus.pdf"), a_pdf())
    assert answer.status_code == 422
    assert TEXT in answer.text
    assert "Ontvangen: rapport.pdf" in answer.text
    with site.reading():
        assert session().scalars(select(FormalView)).all() == []


def test_one_sender_cannot_fill_the_disk(unit, monkeypatch):
    monkeypatch.setattr(rules, "ROOM", 250)
    desk, author = a_desk(), a_resident()
    a_view(desk, author, files=[a_file(1), a_file(2)])
    with pytest.raises(Conflict, match="ruimte"):
        a_view(desk, author, files=[a_file(3)])
    a_view(desk, a_resident(), files=[a_file(4)])  # the room of somebody else


def test_a_file_is_given_to_nobody_before_the_scanner_found_it_clean(site, desk, monkeypatch):
    with site.writing():
        author = a_resident()
        a_view(desk, author, files=[a_file(1, is_clean=False), a_file(2, is_clean=False)])
    page = site.browser(author).get(f"{where(desk)}/views/1").text
    assert "wordt nagekeken op virussen" in page
    assert links(page) == []
    with site.reading():
        waiting = [one.id for one in list_unchecked()]
    for file_id in waiting:
        assert site.browser(author).get(f"{where(desk)}/views/1/files/{file_id}").status_code == 404
    store = Store(site.settings.files_dir, "tcp://scanner.test")
    monkeypatch.setattr(Store, "is_clean", lambda _self, name: name.endswith("1"))
    assert working._check_files(site.database, store) == 2
    with site.reading():
        held = session().scalars(select(ViewFile).order_by(ViewFile.position)).all()
        assert [one.checked for one in held] == [Checked.CLEAN, Checked.INFECTED]
        assert list_unchecked() == []
    page = site.browser(author).get(f"{where(desk)}/views/1").text
    assert "er zit misschien een virus in" in page
    assert len(links(page)) == 1


def test_a_scan_that_says_it_twice_changes_nothing(unit):
    desk = a_desk()
    view = a_view(desk, files=[a_file(1, is_clean=False)])
    for is_clean in (False, True):
        verbs.note_scan(view.files[0].id, system(clock.now()), is_clean=is_clean)
    assert view.files[0].checked is Checked.INFECTED


def test_the_sweep_and_the_check_of_all_files_know_them(unit):
    a_view(a_desk(), files=[a_file(7)])
    assert list_stored() == {f"{7:032x}": f"{7:064x}"}


def test_a_letter_comes_with_its_scan(site, desk):
    writer = site.browser(person_of(site, desk.writer))
    told = {"channel": "letter", "received_on": today().isoformat(), "writer": "M. de Wit", "text": TEXT}
    answer = writer.post(f"/staff{where(desk)}/enter", {**told, "files": [a_pdf("brief.pdf")]})
    assert answer.status_code == 303
    assert "brief.pdf" in writer.get(answer.location).text  # the proof of receipt on paper names it
    with site.reading():
        assert get_view(desk.writer, desk.round.slug, 1).way is Way.LETTER


def test_who_takes_their_data_along_has_the_files_of_their_own_formal_views(site, desk):
    with site.writing():
        author = a_resident()
    sent(site, desk, author, a_pdf())
    browser = site.browser(author)
    package = browser.post("/me/data", {}).data
    names = zipfile.ZipFile(BytesIO(package)).namelist()
    assert any(name.endswith("rapport.pdf") for name in names)


@pytest.mark.parametrize("checked", [Checked.WAITING, Checked.INFECTED])
def test_who_takes_their_data_along_gets_no_file_that_may_hold_a_virus(site, desk, checked):
    with site.writing():
        author = a_resident()
        attached = an_attachment(a_contribution(desk.round, author), "plan.pdf")
        attached.checked = checked
    sent(site, desk, author, a_pdf(), (BytesIO(A_PDF + b"\n"), "schets.pdf"))
    with site.writing():
        session().scalars(select(ViewFile).where(ViewFile.name == "rapport.pdf")).one().checked = checked
    package = zipfile.ZipFile(BytesIO(site.browser(author).post("/me/data", {}).data))
    assert [name for name in package.namelist() if name.startswith("files/")] == ["files/01 schets.pdf"]
    told = package.read("data.json").decode()
    assert "plan.pdf" in told
    assert "rapport.pdf" in told


# --- what was not sent yet ---


@pytest.fixture
def spokesman(site):
    with site.writing():
        body, person = an_organisation("Groen"), somebody()
        join(body, person, MemberDuty.REPRESENTATIVE)
    return body, person


def waiting(site):
    with site.reading():
        return [one.fields for one in session().scalars(select(Unsent))]


def test_an_organisation_writes_it_over_two_evenings(site, desk, spokesman):
    body, person = spokesman
    first = site.browser(person).post(f"{where(desk)}/respond/unsent", {"text": TEXT, "behalf": body.slug})
    assert (first.status_code, first.location) == (303, f"{where(desk)}/respond")
    second = site.browser(person)
    page = second.get(f"{where(desk)}/respond").text
    assert TEXT in page
    assert re.search(rf'<option selected value="{body.slug}"', page)
    assert f'href="{where(desk)}/respond"' in second.get("/me").text
    with site.writing():
        other = a_resident()
    assert TEXT not in site.browser(other).get(f"{where(desk)}/respond").text
    answer = second.post(f"{where(desk)}/respond", {"text": TEXT, "behalf": body.slug})
    assert answer.status_code == 303
    assert waiting(site) == []


def test_a_browser_that_comes_late_brings_nothing_back(site, desk, spokesman):
    _, person = spokesman
    browser, told = site.browser(person), {"text": TEXT, "behalf": "", "form_key": "k"}
    assert browser.post(f"{where(desk)}/respond/unsent", {**told, "quiet": "yes"}).status_code == 204
    browser.post(f"{where(desk)}/respond", told)
    assert browser.post(f"{where(desk)}/respond/unsent", {**told, "quiet": "yes"}).status_code == 204
    assert waiting(site) == []


def test_what_waits_can_be_thrown_away(site, desk, spokesman):
    _, person = spokesman
    browser = site.browser(person)
    browser.post(f"{where(desk)}/respond/unsent", {"text": TEXT})
    [discard] = re.findall(r'action="(/unsent/[^"]+)"', browser.get(f"{where(desk)}/respond").text)
    assert browser.post(discard, {}).status_code == 303
    assert waiting(site) == []


def test_what_waits_is_read_and_thrown_away_once_the_decision_was_taken(site, desk, spokesman):
    _, person = spokesman
    browser, page = site.browser(person), f"{where(desk)}/respond"
    browser.post(f"{page}/unsent", {"text": TEXT})
    with site.writing():
        session().get_one(Round, desk.round.id).decided_at = clock.now()
    shown = browser.get(page).text
    assert TEXT in shown
    assert "<textarea" not in shown
    [discard] = re.findall(r'action="(/unsent/[^"]+)"', shown)
    answer = browser.post(discard, {"back": page})
    assert (answer.status_code, answer.location) == (303, page)
    assert TEXT not in browser.get(page).text
    assert waiting(site) == []


def test_who_came_to_work_on_the_round_still_reads_what_waits(site, desk):
    with site.writing():
        person = a_member_of_staff(Role.MODERATOR)
    browser = site.browser(person)
    browser.post(f"{where(desk)}/respond/unsent", {"text": TEXT})
    with site.writing():
        appoint(desk.round, person)
    shown = browser.get(f"{where(desk)}/respond").text
    assert TEXT in shown
    assert "/discard" not in shown, "it would be refused"


def test_somebody_who_works_on_the_round_has_nothing_to_keep(site, desk):
    answer = site.browser(person_of(site, desk.writer)).post(f"{where(desk)}/respond/unsent", {"text": TEXT})
    assert answer.status_code == 403
