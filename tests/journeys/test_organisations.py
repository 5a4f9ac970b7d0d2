"""Two organisations and what they hold: checked, joined, written together, sent in, signed and taken back."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from consult.accounts.models import Account
from consult.foundation import clock
from consult.foundation.db import session
from consult.foundation.language import local
from consult.participants.models import OrganisationInvitation, Person
from consult.participants.rules import invitation_token
from consult.policy import MemberDuty, Role
from tests.builders import a_member_of_staff, an_authority
from tests.journeys.people import People
from tests.participants.builders import an_organisation, join
from tests.positions.builders import a_round_with_statements
from tests.shows import shows
from tests.site import SECRET

PASSWORD = "een lange zin om te onthouden"
DECIDED = (local(clock.now()).date() - timedelta(days=2)).isoformat()
HOLDS, SIGNS = "De ledenraad wil bomen op elk plein.", "Stichting Buurtkracht"


@pytest.fixture(params=["with scripts", "without scripts"])
def scripts(request):
    return request.param == "with scripts"


@pytest.fixture(params=["sqlite"])
def kind(request):
    return request.param


@shows("S32", "S49")
def test_an_organisation_comes_in_writes_together_and_is_signed_by_another(site, browser, scripts):
    with site.writing():
        an_authority()
        a_round_with_statements(slug="wijk")
        director = a_member_of_staff(Role.DIRECTOR, "Nel", PASSWORD)
        signer = a_member_of_staff(Role.ORGANISATION, "Samira", PASSWORD)
        colleague = a_member_of_staff(Role.ORGANISATION, "Dirk", PASSWORD)
        join(an_organisation(SIGNS, signer), colleague, MemberDuty.MEMBER)
    emails = addresses(site, director, signer, colleague)
    with People(site, browser, scripts) as people:
        chair, member, visitor = (people.new(name) for name in ("chair", "member", "visitor"))
        nel, samira, dirk = (people.new(name) for name in ("Nel", "Samira", "Dirk"))
        an_organisation_asks(chair)
        nel.sign_in(emails[0], PASSWORD)
        nel.go("/staff/organisations")
        nel.follow_text("Huurdersvereniging")
        nel.press("Yes, let it take part")
        somebody_joins(chair, member, site)
        they_write_together(member, chair)
        chair.press("Send in this position")
        chair.sees("Uw standpunt is ingestuurd")
        address = chair.page.url.split("?")[0]
        dirk.sign_in(emails[2], PASSWORD)
        dirk.go(address)
        assert dirk.page.get_by_role("link", name="Onderteken mee", exact=True).count() == 0
        samira.sign_in(emails[1], PASSWORD)
        somebody_signs(samira, address)
        anyone_reads(visitor)
        they_change_their_mind(chair, samira, visitor, address)


def addresses(site, *people: Person) -> list[str]:
    with site.reading():
        known = dict(session().execute(select(Account.id, Account.email)).all())
    return [known[person.account_id] for person in people]


def an_organisation_asks(chair):
    chair.go("/register")
    chair.page.locator("[name=for_organisation]").check()
    chair.make_account("Karin", "karin@samenwonen.test")
    assert "/organisations/new" in chair.page.url
    chair.fill(name="Huurdersvereniging Samen Wonen", kvk="1234567", domain="samenwonen.nl", about="Wij zijn huurders.")
    chair.choose("type", "residents")
    chair.click(chair.page.get_by_role("button", name="Vraag om mee te doen", exact=True))
    chair.sees("acht cijfers")
    assert chair.value("name") == "Huurdersvereniging Samen Wonen"
    chair.fill(kvk="12345678")
    chair.press("Ask to take part")
    chair.sees("Wacht op controle")


def somebody_joins(chair, member, site):
    chair.go("/organisations")
    chair.follow_text("Huurdersvereniging Samen Wonen")
    chair.follow("Members")
    chair.fill(email="bart@samenwonen.test")
    chair.press("Send an invitation")
    with site.reading():
        wanted = select(OrganisationInvitation.id).order_by(OrganisationInvitation.invited_at.desc())
        link = f"/organisations/join/{invitation_token(session().scalars(wanted).first(), SECRET)}"
    member.go(link)
    member.follow("Make an account")
    member.make_account("Bart", "bart@samenwonen.test")
    member.press("Yes, I act for this organisation")


def they_write_together(member, chair):
    member.go("/rounds/wijk/positions")
    member.follow_text("Huurdersvereniging")
    member.fill(text=HOLDS)
    member.choose("on_themes-0-stance", "2")
    member.choose("on_themes-0-weight", "3")
    member.fill(**{"on_themes-0-text": "Bomen geven schaduw."})
    member.press("Keep, and look at it as others will")
    member.sees("ontbreken nog")
    member.follow_text("Zeg welk orgaan")
    chair.go("/rounds/wijk/positions")
    chair.follow_text("Huurdersvereniging")
    assert chair.value("text") == HOLDS
    chair.fill(mandate_body="ledenraad", mandate_date=DECIDED, signatory_name="Karin", signatory_function="voorzitter")
    chair.page.locator("[name=has_none]").check()
    chair.press("Keep, and look at it as others will")
    chair.sees(HOLDS)
    chair.sees("helemaal eens")


def somebody_signs(samira, address):
    samira.go(address)
    samira.follow("Sign with this position")
    samira.page.get_by_role("checkbox", name="Groen").check()
    samira.fill(mandate_body="directie", mandate_date=DECIDED, signatory_name="Samira", signatory_function="directeur")
    samira.press("Sign")
    samira.sees("directie")


def anyone_reads(visitor):
    visitor.go("/rounds/wijk")
    visitor.follow("Positions")
    visitor.sees("helemaal eens (+2)")
    visitor.sees("een organisatie ondertekent mee")
    visitor.follow_text("Huurdersvereniging")
    for words in (HOLDS, "ledenraad", "Bomen geven schaduw.", SIGNS, "Samira, directeur"):
        visitor.sees(words)


def they_change_their_mind(chair, samira, visitor, address):
    chair.go(address)
    chair.follow("Change this position")
    chair.fill(**{"on_themes-0-text": "Struiken geven ook schaduw."})
    chair.press("Keep, and look at it as others will")
    chair.press("Send in this position")
    visitor.go(address)
    visitor.sees("ondertekende een eerdere versie")
    visitor.go(f"{address}/history")
    visitor.sees("Struiken")
    samira.go(address)
    samira.follow_text("Trek deze handtekening in")
    samira.press("Take this signature back")
    visitor.go(address)
    visitor.sees("ingetrokken op")
    chair.go(address)
    chair.follow("Take this position back")
    chair.fill(reason="De ledenraad wil eerst meer weten.")
    chair.press("Take this position back")
    visitor.go(address)
    visitor.sees("De ledenraad wil eerst meer weten.")
    assert HOLDS not in visitor.words()
