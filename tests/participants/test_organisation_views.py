import re

import pytest
from sqlalchemy import select

from consult.foundation.mail import Mail
from consult.participants.models import Organisation, OrganisationInvitation, OrganisationState
from consult.participants.queries import list_members
from consult.participants.rules import invitation_token
from consult.policy import MemberDuty, Role
from tests.accounts.builders import register
from tests.builders import a_member_of_staff, a_resident
from tests.participants.builders import an_organisation, join, somebody
from tests.shows import shows
from tests.site import SECRET

TOLD = {
    "name": "Groen aan Zet",
    "kvk": "12 34 56 78",
    "type": "cooperative",
    "domain": "https://groen.nl/",
    "about": "Wij **planten**.",
    "form_key": "k",
}


def link_in(site):
    """The address behind the newest invitation that was mailed."""
    with site.reading() as unit:
        newest = unit.scalars(select(OrganisationInvitation).order_by(OrganisationInvitation.invited_at.desc())).first()
        return f"/organisations/join/{invitation_token(newest.id, SECRET)}"


@pytest.fixture
def people(site):
    with site.writing():
        chair, member = somebody("M. de Wit"), somebody("K. Lid")
        body = an_organisation("Groen", chair)
        return {
            "chair": chair,
            "member": member,
            "body": body,
            "seat": join(body, member),
            "resident": a_resident(),
            "director": a_member_of_staff(Role.DIRECTOR),
            "admin": a_member_of_staff(Role.ADMIN),
            "moderator": a_member_of_staff(),
        }


def test_an_organisation_asks_is_checked_and_is_there_for_all(site, people):
    with site.writing():
        asker = somebody()
    browser = site.browser(asker)
    assert "KvK" in browser.get("/organisations/new").text
    answer = browser.post("/organisations/new", TOLD)
    assert answer.location == "/organisations/groen-aan-zet"
    assert "Wacht op controle" in browser.get(answer.location).text
    assert site.browser().get(answer.location).status_code == 404
    assert "Groen aan Zet" not in site.browser().get("/organisations").text
    desk = site.browser(people["director"])
    assert "Groen aan Zet" in desk.get("/staff/organisations").text
    assert "12345678" in desk.get("/staff/organisations/groen-aan-zet").text
    assert desk.post("/staff/organisations/groen-aan-zet/verify").status_code == 303
    page = site.browser().get(answer.location).text
    assert "<strong>planten</strong>" in page
    assert 'href="https://groen.nl"' in page
    assert "Groen aan Zet" in site.browser().get("/organisations").text


def test_a_refusal_is_read_by_the_organisation_which_corrects_it(site, people):
    with site.writing():
        asker = somebody()
    browser = site.browser(asker)
    browser.post("/organisations/new", TOLD)
    desk = site.browser(people["admin"])
    assert desk.post("/staff/organisations/groen-aan-zet/refuse", {"reason": ""}).status_code == 422
    desk.post("/staff/organisations/groen-aan-zet/refuse", {"reason": "De naam hoort bij een ander nummer."})
    assert "De naam hoort bij een ander nummer." in browser.get("/organisations/groen-aan-zet").text
    page = browser.get("/organisations/groen-aan-zet/correct").text
    assert 'value="12345678"' in page
    browser.post("/organisations/groen-aan-zet/correct", {**TOLD, "kvk": "87654321", "form_key": "l"})
    with site.reading() as unit:
        found = unit.scalars(select(Organisation).where(Organisation.slug == "groen-aan-zet")).one()
        assert (found.kvk, found.state) == ("87654321", OrganisationState.ASKED)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"kvk": "1234567"}, "acht cijfers"),
        ({"kvk": "000012345678"}, "vestiging"),
        ({"kvk": "123456782"}, "RSIN"),
        ({"kvk": ""}, "acht cijfers"),
        ({"name": ""}, "handelsregister"),
        ({"type": "vereniging"}, ""),
        ({"type": ""}, "Kies"),
        ({"domain": "geen site"}, "voorbeeld.nl"),
        ({"about": "x" * 2001}, "te lang"),
    ],
)
def test_a_mistake_is_said_and_what_was_typed_stays(site, people, changed, said):
    with site.writing():
        asker = somebody()
    answer = site.browser(asker).post("/organisations/new", {**TOLD, **changed})
    assert answer.status_code == 422
    assert said in answer.text
    assert 'value="Groen aan Zet"' in answer.text or changed.get("name") == ""


def test_whoever_speaks_for_oneself_is_told_kindly_to_use_another_account(site, people):
    for name in ("resident", "moderator"):
        answer = site.browser(people[name]).get("/organisations/new")
        assert answer.status_code == 200
        assert '<form method="post" action="/organisations/new"' not in answer.text
        assert site.browser(people[name]).post("/organisations/new", TOLD).status_code == 403
    assert "ander account" in site.browser(people["resident"]).get("/organisations/new").text
    assert site.browser().get("/organisations/new").location.startswith("/login")


def test_members_are_not_named_in_public(site, people):
    page = site.browser().get("/organisations/groen").text
    assert "K. Lid" not in page
    assert "M. de Wit" not in page
    assert "K. Lid" in site.browser(people["member"]).get("/organisations/groen/members").text


def test_the_log_is_for_representatives(site, people):
    assert "Wat er is gedaan" in site.browser(people["chair"]).get("/organisations/groen/members").text
    assert "Wat er is gedaan" not in site.browser(people["member"]).get("/organisations/groen/members").text


def same(text):
    return re.sub(r'(name="(?:csrf_token|form_key)"[^>]*value="[^"]*"|[0-9a-f]{8}-[0-9a-f-]{27})', "", text)


def test_inviting_somebody_who_is_known_looks_like_inviting_somebody_who_is_not(site, people):
    chair = site.browser(people["chair"])
    answers = []
    for n, email in enumerate(["bewoner1@voorbeeld.test", "niemand@elders.test"]):
        typed = {"email": email, "member_duty": "member", "form_key": f"k{n}"}
        answer = chair.post("/organisations/groen/invitations", typed)
        page = chair.get(answer.location).text.replace(email, "")
        answers.append((answer.status_code, answer.location, same(page)))
        with site.writing() as unit:
            for one in unit.scalars(select(OrganisationInvitation).where(OrganisationInvitation.email == email)):
                one.withdrawn_at = one.invited_at
    first, second = answers
    assert first[:2] == second[:2]
    assert re.sub(r"<ul class=\"log\">.*?</ul>", "", first[2], flags=re.DOTALL) == re.sub(
        r"<ul class=\"log\">.*?</ul>", "", second[2], flags=re.DOTALL
    )


def test_somebody_new_comes_in_by_an_invitation_and_an_account_of_their_own(site, people):
    typed = {"email": "nieuw@groen.nl", "member_duty": "representative", "form_key": "k"}
    site.browser(people["chair"]).post("/organisations/groen/invitations", typed)
    link, browser = link_in(site), site.browser()
    page = browser.get(link).text
    assert "Groen" in page
    way = re.search(r'href="(/register\?[^"]+)"', page).group(1).replace("&amp;", "&")
    assert re.search(r'<input [^>]*checked id="for_organisation"', browser.get(way).text)
    answer = register(browser, "nieuw@groen.nl", "Nienke", path=way, for_organisation="y")
    assert answer.location == link
    assert "Nienke" in browser.get(link).text
    assert browser.post(link).location == "/organisations/groen"
    assert "Nienke" in browser.get("/organisations/groen/members").text
    again = browser.get(link).text
    assert "Vraag de organisatie om een nieuwe" in again
    assert 'form method="post" action="/organisations/join' not in again
    assert browser.post(link).status_code == 403


def test_a_resident_or_staff_cannot_use_an_invitation(site, people):
    typed = {"email": "nieuw@groen.nl", "member_duty": "member", "form_key": "k"}
    site.browser(people["chair"]).post("/organisations/groen/invitations", typed)
    link = link_in(site)
    for name in ("resident", "moderator"):
        browser = site.browser(people[name])
        assert "ander account" in browser.get(link).text
        assert browser.post(link).status_code == 403
    assert site.browser().get("/organisations/join/nooit-verstuurd").status_code == 404


@shows("R23")
def test_a_right_is_gone_with_the_next_request_of_the_same_session(site, people):
    member, chair = site.browser(people["member"]), site.browser(people["chair"])
    assert member.get("/organisations/groen/members").status_code == 200
    seat = f"/organisations/groen/members/{people['seat'].id}"
    assert chair.post(f"{seat}/duty", {"member_duty": "representative"}).status_code == 303
    typed = {"email": "x@y.nl", "member_duty": "member", "form_key": "k"}
    assert member.post("/organisations/groen/invitations", typed).status_code == 303
    assert chair.post(f"{seat}/duty", {"member_duty": "member"}).status_code == 303
    assert member.post("/organisations/groen/invitations", {**typed, "form_key": "l"}).status_code == 403
    assert chair.post(f"{seat}/remove").status_code == 303
    assert member.get("/organisations/groen/members").status_code == 403
    assert "U treedt op voor" not in member.get("/organisations").text
    with site.reading():
        assert [one.person_id for one in list_members(people["body"].id)] == [people["chair"].id]


def test_the_last_representative_stays(site, people):
    answer = site.browser(people["chair"]).post("/organisations/groen/leave")
    assert answer.status_code == 403
    assert "vertegenwoordig" in answer.text
    assert site.browser(people["member"]).post("/organisations/groen/leave").location == "/organisations"


def test_a_double_click_asks_and_invites_once(site, people):
    with site.writing():
        asker = somebody()
    browser = site.browser(asker)
    assert {browser.post("/organisations/new", TOLD).location for _ in range(2)} == {"/organisations/groen-aan-zet"}
    typed = {"email": "x@y.nl", "member_duty": "member", "form_key": "k"}
    chair = site.browser(people["chair"])
    for _ in range(2):
        assert chair.post("/organisations/groen/invitations", typed).status_code == 303
    with site.reading() as unit:
        sent = unit.scalars(select(Mail).where(Mail.kind == "member_invited", Mail.address == "x@y.nl")).all()
        assert len(sent) == 1
        assert {mail.facts.keys() <= {"invitation"} for mail in sent} == {True}


@pytest.mark.parametrize("query", ["?page=x", "?page=0", "?state=weg", "?state=asked&page=-1"])
def test_an_address_that_asks_for_nonsense_is_refused(site, people, query):
    assert site.browser(people["director"]).get(f"/staff/organisations{query}").status_code == 400


def test_the_duties_are_what_the_forms_offer(site, people):
    seat = f"/organisations/groen/members/{people['seat'].id}"
    assert site.browser(people["chair"]).post(f"{seat}/duty", {"member_duty": "admin"}).status_code == 422
    with site.reading():
        assert {one.duty for one in list_members(people["body"].id)} == set(MemberDuty)
