"""The second step of signing in, in a browser: an app, codes on paper, and a passkey on a device of its own."""

import re

import pytest
from sqlalchemy import select

from consult.accounts.models import Account
from consult.foundation.db import session
from consult.policy import Role
from tests.builders import a_member_of_staff, a_resident, an_authority
from tests.journeys import seen
from tests.journeys.people import People
from tests.shows import shows

PASSWORD = "een lange zin om te onthouden"
DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture(params=["sqlite"])
def kind(request):
    return request.param


def address_of(site, person) -> str:
    with site.reading():
        return session().scalars(select(Account.email).where(Account.id == person.account_id)).one()


def a_device(someone):
    """Plug a device that keeps passkeys into somebody's browser."""
    line = someone.page.context.new_cdp_session(someone.page)
    line.send("WebAuthn.enable")
    return line, line.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})["authenticatorId"]


@shows("R7", "R9", "R31")
@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_new_staff_set_up_an_app_come_back_with_it_and_later_with_a_code_on_paper(site, browser, scripts):
    with site.writing():
        an_authority()
        person = a_member_of_staff(Role.MODERATOR, "Hanna", PASSWORD)
    email = address_of(site, person)
    with People(site, browser, scripts) as people:
        hanna = people.new("hanna")
        hanna.sign_in(email, PASSWORD)
        hanna.go("/staff")
        hanna.press("Sign out")
        hanna.sign_in(email, PASSWORD)
        hanna.go("/staff")
        hanna.press("Sign out")
        hanna.go("/login")
        hanna.fill(email=email, password=PASSWORD)
        hanna.press("Sign in")
        hanna.follow("Use one of your recovery codes")
        hanna.fill(recovery_code=hanna.codes[3].upper())
        hanna.press("Sign in")
        hanna.go("/staff")
        hanna.go("/me/account")
        hanna.sees("9 herstelcodes")


@shows("R7")
def test_a_passkey_is_made_and_used_in_a_browser(site, browser):
    with site.writing():
        an_authority()
        person = a_member_of_staff(Role.ADMIN, "Ineke", PASSWORD)
    email = address_of(site, person)
    with People(site, browser, host="localhost") as people:
        ineke = people.new("ineke")
        line, device = a_device(ineke)
        ineke.go("/login?next=/staff")
        ineke.fill(email=email, password=PASSWORD)
        ineke.press("Sign in")
        ineke.press("Set up a passkey")
        ineke.fill(name="Laptop van het werk")
        ineke.press("Make the passkey")
        ineke.page.locator("[name=is_saved]").check()
        ineke.press("Go on")
        assert ineke.page.url.endswith("/staff")
        (kept,) = line.send("WebAuthn.getCredentials", {"authenticatorId": device})["credentials"]
        assert kept["rpId"] == "localhost"
        ineke.press("Sign out")
        ineke.go("/login?next=/staff")
        ineke.fill(email=email, password=PASSWORD)
        ineke.press("Sign in")
        ineke.press("Use your passkey")
        assert not seen.walk_by_keyboard(ineke.page)
        line.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": False})
        ineke.page.get_by_role("button", name="Ga verder").click()  # a wrong PIN, or no finger
        ineke.page.locator("#no-passkey").wait_for(state="visible")
        line.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": True})
        ineke.press("Go on")
        assert ineke.page.url.endswith("/staff")
        ineke.go("/me/account")
        ineke.sees("Laptop van het werk")


def test_without_scripts_the_page_of_a_passkey_says_what_does_work(site, browser):
    with site.writing():
        an_authority()
        person = a_resident("Jan", password=PASSWORD)
    email = address_of(site, person)
    with People(site, browser, scripts=False, host="localhost") as people:
        jan = people.new("jan")
        jan.sign_in(email, PASSWORD)
        jan.go("/login/second/new")
        jan.press("Set up a passkey")
        jan.sees("Uw browser gebruikt hier geen JavaScript")
        jan.click(jan.page.get_by_role("button", name="Maak de passkey"))
        assert jan.page.locator("#errors").is_visible()
        jan.follow("Rather a code from an app")
        jan.take_second_step()
        assert re.search(r"/me/account$", jan.page.url)
