"""Somebody comes in with an e-mail address alone, sends something in, and sees it on their page."""

import pytest
from sqlalchemy import select

from consult.accounts.models import SignedIn
from consult.foundation.db import session
from tests.builders import a_round, an_area, an_authority
from tests.journeys.people import People
from tests.shows import shows


@pytest.fixture(params=["with scripts", "without scripts"])
def scripts(request):
    return request.param == "with scripts"


@pytest.fixture(params=["sqlite"])
def kind(request):
    return request.param


@shows("S48")
def test_registering_by_a_mailed_link_keeps_what_was_typed_and_leads_to_a_receipt(site, browser, scripts):
    with site.writing():
        an_authority()
        an_area("BU01", "De Wilgen")
        slug = a_round().slug
    with People(site, browser, scripts) as people:
        fatma, elsewhere = people.new("Fatma"), people.new("the same, on another device")
        fatma.go(f"/rounds/{slug}/proposals/new")
        fatma.fill(title="Bankjes bij de winkels", text="Zet bankjes bij de winkels, in de schaduw.")
        fatma.press("Send in your proposal")
        fatma.follow("Make one")
        fatma.choose("area_code", "BU01")
        fatma.make_account("Fatma", "fatma@voorbeeld.test")
        assert fatma.value("text") == "Zet bankjes bij de winkels, in de schaduw."
        fatma.press("Send in your proposal")
        fatma.sees("Bankjes bij de winkels")
        fatma.go("/me")
        fatma.sees("Bankjes bij de winkels")
        elsewhere.go("/login")
        elsewhere.fill(email="fatma@voorbeeld.test")
        elsewhere.press("Mail me a link")
        elsewhere.open_link("Sign in")
        elsewhere.go("/me/account")
        elsewhere.sees("De Wilgen")
        elsewhere.press("Sign out everywhere else")
        fatma.page.goto("/me")
        assert "/login" in fatma.page.url
        elsewhere.go("/me")
    with site.reading():
        held = session().scalars(select(SignedIn).order_by(SignedIn.began_at))
        assert [one.ended_at is None for one in held] == [False, True]
