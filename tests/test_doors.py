"""The door: origin, token, text that is kept, and conflicts."""

from datetime import timedelta

import pytest
from flask import redirect
from sqlalchemy import text as sql

from consult.app import NoDoor, check_doors
from consult.audit.models import Entry
from consult.foundation import clock
from consult.foundation.db import session
from consult.foundation.errors import Conflict
from consult.foundation.forms import KeptText
from consult.pages import views
from consult.participants import verbs
from consult.proposals.verbs import submit_proposal
from consult.rounds.models import PhaseKind
from consult.voting.models import Option
from consult.voting.verbs import complete_ballot, create_poll
from consult.working import work_once
from tests.builders import a_resident, a_round, acting, phase_of, the_platform
from tests.shows import shows

TYPED = {"title": "Bankjes", "text": "Zet bankjes bij de winkels.", "form_key": "k"}


@shows("R18")
def test_a_view_without_a_door_stops_the_start(site, monkeypatch):
    monkeypatch.setitem(site.app.view_functions, "loose", lambda: redirect("/"))
    with pytest.raises(NoDoor, match="loose"):
        check_doors(site.app)


@shows("R28")
@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://elders.example"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_what_does_not_come_from_our_own_page_is_refused(site, headers):
    assert site.browser().post("/register", {"name": "X"}, headers=headers).status_code == 403


@shows("R28")
def test_without_origin_and_fetch_header_nothing_is_taken(site):
    token = site.browser().form_token()
    assert site.app.test_client().post("/register", data={"csrf_token": token}).status_code == 403


@shows("R28")
@pytest.mark.parametrize("token", ["", "x", "1.2", "ffffffff." + "0" * 64])
def test_a_token_that_was_not_ours_is_refused(site, token):
    assert site.browser().post("/register", {"csrf_token": token}).status_code == 403


@shows("R28")
def test_a_token_of_somebody_else_is_refused(site):
    with site.writing():
        one, other = a_resident(), a_resident()
    token = site.browser(one).form_token()
    assert site.browser(other).post("/logout", {"csrf_token": token}).status_code == 403


def test_text_typed_before_signing_in_is_there_afterwards(site):
    with site.writing():
        made = a_round()
        a_resident(password="een lange zin voor mij")
        email = session().execute(sql("select email from account")).scalar()
    browser = site.browser()
    answer = browser.post(f"/rounds/{made.slug}/proposals/new", TYPED)
    assert answer.status_code == 303
    where = answer.headers["Location"]
    assert "/login?next=" in where
    assert "Set-Cookie" not in answer.headers
    signed_in = browser.post(where, {"email": email, "password": "een lange zin voor mij"})
    page = browser.get(signed_in.headers["Location"])
    assert page.status_code == 200
    assert "Zet bankjes bij de winkels." in page.text


@shows("R21")
def test_absent_and_invisible_look_the_same(site):
    with site.writing():
        hidden = a_round(state="draft")
    one = site.browser().get(f"/rounds/{hidden.slug}")
    other = site.browser().get("/rounds/" + "x" * len(hidden.slug))
    assert one.status_code == other.status_code == 404
    assert one.text.replace(hidden.slug, "x" * len(hidden.slug)) == other.text
    assert {k: v for k, v in one.headers if k != "Date"} == {k: v for k, v in other.headers if k != "Date"}


@shows("R36")
def test_a_mistake_of_ours_shows_no_trace(site, monkeypatch):
    def breaks(*_):
        raise RuntimeError("select secret from /usr/lib/python")

    monkeypatch.setattr(views, "list_rounds", breaks)
    site.app.testing = False
    page = site.browser().get("/")
    assert page.status_code == 500
    assert "secret" not in page.text
    assert "Traceback" not in page.text


def test_too_much_is_refused_with_a_plain_page(site):
    answer = site.browser().post("/register", {"name": "x" * 70_000})
    assert answer.status_code == 413
    assert "te groot" in answer.text


def test_a_conflict_gives_both_texts(site, monkeypatch):
    def conflicts(*_args):
        raise Conflict("Botsing.", theirs="van hen", yours="van u")

    monkeypatch.setattr(verbs, "ask_to_register", conflicts)
    typed = {"name": "X", "email": "x@voorbeeld.nl", "password": "mijn fiets is blauw en snel"}
    answer = site.browser().post("/register", typed)
    assert answer.status_code == 409
    assert "van hen" in answer.text
    assert "van u" in answer.text


@shows("R28")
@pytest.mark.parametrize("origin", ["http://[x", "http://localhost:1", "http://localhost.elders.example", "x"])
def test_an_origin_that_is_no_address_is_foreign(site, origin):
    assert site.browser().post("/register", {"name": "X"}, headers={"Origin": origin}).status_code == 403


def test_a_token_with_other_letters_is_refused_without_a_fault(site):
    assert site.browser().post("/register", {"csrf_token": "a.\u00e9"}).status_code == 403


def test_text_is_given_back_when_the_form_belongs_to_another_sign_in(site):
    with site.writing():
        made, person = a_round(), a_resident()
    stale = site.browser().form_token()
    answer = site.browser(person).post(f"/rounds/{made.slug}/proposals/new", {**TYPED, "csrf_token": stale})
    assert answer.status_code == 403
    assert "Zet bankjes bij de winkels." in answer.text


def test_text_survives_a_session_that_ends_while_writing_even_when_the_form_has_a_mistake(site):
    with site.writing():
        made, person = a_round(), a_resident()
        own = submit_proposal(made, acting(person), title="Bankjes", text="Zet ze neer.", html="<p>Zet ze neer.</p>")
    browser = site.browser(person)
    with site.writing():
        session().execute(sql("update signed_in set ends_at = began_at"))
    changed = {"title": "", "text": "Zet bankjes bij de winkels.", "version": "1"}
    answer = browser.post(f"/rounds/{made.slug}/proposals/{own.public_id}/edit", changed)
    assert answer.status_code == 303
    assert "kept" in answer.headers["Location"]


def test_only_fields_of_the_form_are_kept_and_only_for_an_hour(site):
    with site.writing():
        made = a_round()
    site.browser().post(f"/rounds/{made.slug}/proposals/new", {**TYPED, "junk": "x" * 50_000})
    with site.reading():
        assert set(session().query(KeptText).one().fields) == {"title", "text"}
    with clock.set_to(clock.now() + timedelta(hours=2)):
        work_once(site.database)
    with site.reading():
        assert session().query(KeptText).count() == 0


def test_no_entry_of_a_denied_vote_names_a_person(site):
    with site.writing():
        made, person = a_round(), a_resident()
        poll = create_poll(made, phase_of(made, PhaseKind.PRIORITISE), the_platform(), title="Wat vindt u?")
        own = submit_proposal(made, acting(person), title="Bankjes", text="Zet ze neer.", html="<p>Zet ze neer.</p>")
        complete_ballot(poll, the_platform())
        option = session().query(Option).filter_by(contribution_id=own.id).one()
    assert site.browser(person).post(f"/rounds/{made.slug}/vote/{option.id}", {"choice": "for"}).status_code == 403
    with site.reading():
        assert session().query(Entry).filter_by(result="denied").count() == 0
