import re
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from consult.accounts.models import SignedIn
from consult.accounts.verbs import RESIDENT_IDLE
from consult.audit.models import Entry
from consult.contributions.models import Contribution, State
from consult.foundation import clock
from consult.foundation.errors import Conflict
from consult.proposals import queries, unsent, verbs
from consult.proposals.models import Place, Unsent
from consult.proposals.queries import Spot
from consult.rounds.models import Phase, PhaseKind, Round
from consult.similarity.queries import list_missing
from tests.builders import a_resident, a_round, acting
from tests.proposals.builders import a_proposal, an_argument
from tests.shows import shows

NEW = "/rounds/plein/proposals/new"
TYPED = {"title": "Bankjes", "text": "Zet er een bankje."}


def waiting(site):
    with site.reading() as unit:
        return list(unit.scalars(select(Unsent)))


@pytest.fixture
def browser(site):
    with site.writing():
        a_round(slug="plein")
        author = a_resident()
    return site.browser(author)


def test_what_is_kept_stands_there_again_and_only_for_its_writer(site, browser):
    answer = browser.post(f"{NEW}/unsent", {**TYPED, "theme_id": ""})
    assert (answer.status_code, answer.location) == (303, NEW)
    page = browser.get(NEW).text
    assert "Zet er een bankje." in page
    assert 'value="Bankjes"' in page
    with site.writing():
        other = a_resident()
    assert "Zet er een bankje." not in site.browser(other).get(NEW).text
    assert "Zet er een bankje." not in site.browser().get(NEW).text


def test_nothing_has_to_be_whole_to_be_kept(site, browser):
    assert browser.post(f"{NEW}/unsent", {"title": "x" * 400, "text": "", "theme_id": "geen"}).status_code == 303
    assert [one.fields for one in waiting(site)] == [{"title": "x" * 400}]


def test_a_script_gets_no_page_and_the_same_place_is_kept_once(site, browser):
    for text in ("Een", "Een bankje"):
        answer = browser.post(f"{NEW}/unsent", {"text": text, "quiet": "yes"})
        assert (answer.status_code, answer.data) == (204, b"")
    assert [one.fields["text"] for one in waiting(site)] == ["Een bankje"]


def test_an_emptied_form_keeps_nothing(site, browser):
    browser.post(f"{NEW}/unsent", TYPED)
    browser.post(f"{NEW}/unsent", {"title": "", "text": "", "area_code": "BU1"})
    assert waiting(site) == []


def test_sending_takes_it_away_and_a_browser_that_comes_late_brings_nothing_back(site, browser):
    browser.post(f"{NEW}/unsent", {**TYPED, "form_key": "k"})
    assert browser.post(NEW, {**TYPED, "form_key": "k"}).status_code == 303
    assert browser.post(f"{NEW}/unsent", {**TYPED, "form_key": "k", "quiet": "yes"}).status_code == 204
    assert waiting(site) == []


def test_keeping_does_not_use_up_the_key_of_the_form(site, browser):
    browser.post(f"{NEW}/unsent", {**TYPED, "form_key": "k"})
    browser.post(NEW, {**TYPED, "form_key": "k"})
    with site.reading() as unit:
        assert unit.scalars(select(Contribution.title)).all() == ["Bankjes"]


@shows("R13")
def test_a_browser_that_keeps_text_by_itself_keeps_no_session_awake(site, browser):
    begun = clock.now()
    with clock.set_to(begun + timedelta(minutes=30)):
        browser.post(f"{NEW}/unsent", {**TYPED, "quiet": "yes"})
    with site.reading() as unit:
        assert unit.scalars(select(SignedIn.seen_at)).one() <= begun + timedelta(minutes=1)


@shows("R13")
def test_what_is_typed_after_the_session_ended_is_there_after_signing_in(site, browser):
    late = clock.now() + RESIDENT_IDLE + timedelta(minutes=1)
    with clock.set_to(late):
        answer = browser.post(f"{NEW}/unsent", TYPED)
        assert answer.location.startswith("/login?next=")
        assert waiting(site) == []
        with site.reading() as unit:
            kept = unit.connection().exec_driver_sql("select fields from kept_text").scalar()
        assert "Zet er een bankje." in str(kept)


def test_it_can_be_thrown_away_by_its_writer_alone(site, browser):
    browser.post(f"{NEW}/unsent", TYPED)
    [one] = waiting(site)
    with site.writing():
        other = a_resident()
    assert site.browser(other).post(f"/unsent/{one.id}/discard").status_code == 404
    answer = browser.post(f"/unsent/{one.id}/discard", {"back": NEW})
    assert (answer.status_code, answer.location, waiting(site)) == (303, NEW, [])
    assert browser.post(f"/unsent/{one.id}/discard", {"back": "https://elders.test/"}).status_code == 404


@shows("R94")
def test_what_is_not_sent_stands_in_no_journal(site, browser):
    with site.reading() as unit:
        before = len(unit.scalars(select(Entry)).all())
    browser.post(f"{NEW}/unsent", TYPED)
    with site.reading() as unit:
        assert len(unit.scalars(select(Entry)).all()) == before


def test_where_nothing_can_be_sent_any_more_what_was_kept_is_read_and_thrown_away(site):
    with site.writing():
        found = a_round(slug="plein")
        author = a_resident()
        mine = a_proposal(found, author)
        said = an_argument(mine)
    browser, page = site.browser(author), f"/rounds/plein/proposals/{mine.public_id}"
    answer = f"/rounds/plein/contributions/{said.public_id}/answer"
    kept = {NEW: "Nog een bank.", f"{page}/edit": "Anders gezegd.", answer: "Ik denk van wel."}
    for path, text in kept.items():
        browser.post(f"{path}/unsent", {"title": "Bank", "text": text, "version": "1"})
    kept[page] = "Te duur misschien."
    browser.post(f"{page}/arguments/unsent", {"stance": "against", "text": kept[page]})
    assert len(waiting(site)) == len(kept)
    with site.writing() as unit:
        unit.execute(update(Phase).values(closed_at=clock.now()))
    for path, text in kept.items():
        shown = browser.get(path).text
        assert text in shown, path
        assert "<textarea" not in shown, path
        [discard] = re.findall(r'action="(/unsent/[^"]+)"', shown)
        assert browser.post(discard, {"back": path}).location == path
        assert text not in browser.get(path).text, path
    assert waiting(site) == []


def test_a_change_an_argument_and_an_answer_are_kept_too(site):
    with site.writing():
        found = a_round(slug="plein")
        author = a_resident()
        mine = a_proposal(found, author)
        said = an_argument(mine)
    browser = site.browser(author)
    page = f"/rounds/plein/proposals/{mine.public_id}"
    browser.post(f"{page}/edit/unsent", {"title": "Anders", "text": "Anders gezegd.", "version": "1"})
    browser.post(f"{page}/arguments/unsent", {"stance": "against", "text": "Te duur misschien."})
    browser.post(f"/rounds/plein/contributions/{said.public_id}/answer/unsent", {"text": "Ik denk van wel."})
    assert {one.place for one in waiting(site)} == {Place.EDIT, Place.ARGUMENT, Place.REPLY}
    assert "Anders gezegd." in browser.get(f"{page}/edit").text
    shown = browser.get(page).text
    assert "Te duur misschien." in shown
    assert "checked" in shown
    assert "Ik denk van wel." in browser.get(f"/rounds/plein/contributions/{said.public_id}/answer").text
    browser.post(f"{page}/edit", {"title": "Anders", "text": "Anders gezegd.", "version": "1"})
    browser.post(f"{page}/arguments", {"stance": "against", "text": "Te duur misschien."})
    browser.post(f"/rounds/plein/contributions/{said.public_id}/answer", {"text": "Ik denk van wel."})
    assert waiting(site) == []


def test_a_change_that_says_what_it_says_already_is_not_kept(unit):
    author = a_resident()
    mine = a_proposal(a_round(), author)
    spot = Spot(mine.round_id, Place.EDIT, mine.id)
    unsent.keep(spot, acting(author), {"title": mine.title, "text": mine.text, "version": "1"})
    assert queries.list_unsent(acting(author)) == []


def test_what_waits_is_listed_for_its_writer_with_where_it_was_written(unit):
    found, author = a_round(), a_resident()
    mine = a_proposal(found, author)
    unsent.keep(Spot(found.id, Place.PROPOSAL, found.id), acting(author), {"title": "Nog een"})
    unsent.keep(Spot(found.id, Place.EDIT, mine.id), acting(author), {"text": "Anders"})
    told = queries.list_unsent(acting(author))
    listed = {(one.place, subject.id, about.id if about else None) for one, subject, about in told}
    assert listed == {(Place.PROPOSAL, found.id, None), (Place.EDIT, found.id, mine.id)}
    assert queries.list_unsent(acting(a_resident())) == []
    assert queries.list_unsent(acting(None)) == []


def test_after_ninety_days_it_is_gone(unit):
    found, author = a_round(), a_resident()
    unsent.keep(Spot(found.id, Place.PROPOSAL, found.id), acting(author), {"title": "Oud"})
    assert unsent.forget_old(clock.now() + timedelta(days=89)) == 0
    assert unsent.forget_old(clock.now() + timedelta(days=91)) == 1


def test_the_fifty_first_text_waits_until_one_is_sent(unit, monkeypatch):
    monkeypatch.setattr(unsent, "MOST", 1)
    found, author = a_round(), a_resident()
    first = Spot(found.id, Place.PROPOSAL, found.id)
    unsent.keep(first, acting(author), {"title": "Een"})
    unsent.keep(first, acting(author), {"title": "Een en nog wat"})
    with pytest.raises(Conflict):
        unsent.keep(Spot(found.id, Place.ARGUMENT, a_proposal(found).id), acting(author), {"text": "Twee"})


@shows("S03")
def test_what_was_kept_is_still_there_when_the_phase_closed_before_it_was_sent(site):
    with site.writing():
        a_round(slug="plein", phases=PhaseKind.PRIORITISE)
        author = a_resident()
    browser = site.browser(author)
    browser.post(f"{NEW}/unsent", TYPED)
    answer = browser.post(NEW, TYPED)
    assert answer.status_code == 403
    assert "Zet er een bankje." in answer.text
    assert len(waiting(site)) == 1


def test_somebody_with_the_same_idea_is_shown_it_once_and_then_taken_in(site, browser):
    with site.writing() as unit:
        there = a_proposal(_round(unit), title="Laadpalen in de wijk", text="Er zijn te weinig laadpalen.")
    typed = {"title": "Meer laadpalen", "text": "Zet er laadpalen bij."}
    first = browser.post(NEW, {**typed, "form_key": "een"})
    assert first.status_code == 422
    assert 'id="alike"' in first.text
    assert there.title in first.text
    assert "Zet er laadpalen bij." in first.text
    assert 'name="seen" type="hidden" value="yes"' in first.text
    assert browser.post(NEW, {**typed, "form_key": "een", "seen": "yes"}).status_code == 303
    with site.reading() as unit:
        assert len(unit.scalars(select(Contribution)).all()) == 2


def test_whoever_has_a_new_idea_is_asked_nothing(browser):
    assert browser.post(NEW, TYPED).status_code == 303


def test_somebody_can_look_for_the_same_idea_with_half_a_form_and_nothing_comes_in(site, browser):
    with site.writing() as unit:
        a_proposal(_round(unit), title="Laadpalen in de wijk")
    found = browser.post(NEW, {"title": "laadpaal", "look": "yes"})
    assert found.status_code == 422
    assert "Laadpalen in de wijk" in found.text
    assert 'class="wrong"' not in found.text
    nothing = browser.post(NEW, {"title": "zwembad", "look": "yes"})
    assert 'id="alike"' in nothing.text
    assert "Laadpalen" not in nothing.text
    with site.reading() as unit:
        assert len(unit.scalars(select(Contribution)).all()) == 1


@shows("R27")
def test_what_waits_for_a_moderator_is_shown_to_nobody_with_the_same_idea(site, browser):
    with site.writing() as unit:
        a_proposal(_round(unit), title="Laadpalen in de wijk").state = State.HELD
    answer = browser.post(NEW, {"title": "Laadpalen in de wijk", "text": "Graag.", "look": "yes"})
    assert 'id="alike"' in answer.text
    assert "/rounds/plein/proposals/" not in answer.text.partition('id="alike"')[2].partition("</form>")[0].replace(
        "/rounds/plein/proposals/new", ""
    )


def test_what_is_sent_in_or_changed_is_found_from_then_on(unit):
    author = a_resident()
    mine = a_proposal(a_round(), author)
    assert list_missing(9) == []
    verbs.edit_proposal(mine, acting(author), title="Anders", text="A", html="", version=1)
    assert list_missing(9) == []


def _round(unit):
    return unit.scalars(select(Round)).one()


def test_my_page_leads_back_to_what_was_not_sent(site, browser):
    browser.post(f"{NEW}/unsent", TYPED)
    page = browser.get("/me").text
    assert "Ga verder met “Bankjes”" in page
    assert f'href="{NEW}"' in page
    [one] = waiting(site)
    assert browser.post(f"/unsent/{one.id}/discard").location == "/me"
    assert "Bankjes" not in browser.get("/me").text
