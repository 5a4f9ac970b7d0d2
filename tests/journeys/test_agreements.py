"""A partner reports, the contract manager checks it, the light changes; a resident walks from an idea to it."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from consult.accounts.models import Account
from consult.director.actions.queries import get_decided
from consult.director.actions.verbs import ActionTold, plan
from consult.director.agreements import verbs
from consult.foundation.db import session
from consult.policy import Role
from tests.builders import a_member_of_staff, a_round, an_authority
from tests.contributions.builders import a_contribution
from tests.director.builders import adopted, partners, running, today
from tests.journeys.people import People
from tests.participants.builders import an_organisation
from tests.shows import shows

LATER = timedelta(days=60)
PASSWORD = "een lange zin om te onthouden"


@pytest.fixture(params=["sqlite"])
def kind(request):
    return request.param


@shows("S02", "S36", "S42")
def test_a_partner_reports_a_contract_manager_checks_and_the_light_changes(site, browser):
    with site.writing():
        an_authority()
        found = a_round(slug="wijk")
        idea = a_contribution(found, title="Gesprekken op straat")
        speaker = a_member_of_staff(Role.ORGANISATION, "Samira", PASSWORD)
        manager = a_member_of_staff(Role.CONTRACTS, "Cor", PASSWORD)
        told = partners(an_organisation("Stichting Buurtkracht", speaker), speaker, manager)
        agreement = running(told, of=found)
        adopted(idea)
        about = get_decided(told.writes, "wijk", idea.public_id)
        action = ActionTold("Houd elk kwartaal tien gesprekken op straat.", "Buurtkracht", today() + LATER, agreement)
        plan(about, action, told.writes)
        verbs.publish(agreement, told.writes, woo_category="overeenkomsten")
        address, from_idea = f"/agreements/{agreement.public_id}", f"/rounds/wijk/contributions/{idea.public_id}"
        emails = [
            session().scalars(select(Account.email).where(Account.id == one.account_id)).one()
            for one in (speaker, manager)
        ]
    with People(site, browser) as people:
        resident, samira, cor = (people.new(name) for name in ("resident", "Samira", "Cor"))
        resident.go(from_idea)
        resident.sees("Wat er nu gebeurt: Buurtkracht doet dit")
        resident.follow_text("Buurtkracht doet dit: Houd elk kwartaal tien gesprekken op straat.")
        resident.sees("nog niets te beoordelen")
        resident.follow_text("Gesprekken op straat")  # and back to the idea
        resident.sees("Wat er nu gebeurt: Buurtkracht doet dit")
        samira.sign_in(emails[0], PASSWORD)
        samira.go(address)
        samira.sees("Dit wacht op u")  # what is due is two taps away, whatever the length of the page
        samira.follow_text("Schrijf verslag 1")
        for name, typed in (("values-0-value", "9"), ("figures-0-committed", "30000"), ("figures-0-realised", "20000")):
            samira.page.fill(f"[name={name}]", typed)
        samira.page.fill("[name=figures-0-forecast]", "66000")
        samira.page.fill("[name=text]", "Negen van de tien gesprekken.")
        samira.press("File this report")
        samira.sees("Negen van de tien")
        cor.sign_in(emails[1], PASSWORD)
        cor.go(address)
        cor.follow_text("Controleer verslag 1")
        cor.sees("Negen van de tien")
        cor.page.check("[name=judgement][value=accepted]")
        cor.press("Save what you make of it")
        cor.sees("Goedgekeurd op")
        resident.go(address)
        resident.sees("oranje: iets achter")
        resident.sees("€ 20.000")
        resident.go("/account")
        resident.sees("Verantwoording")
