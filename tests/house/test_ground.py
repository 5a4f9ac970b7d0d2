import pytest
from sqlalchemy import func, select

from consult.accounts.models import Account
from consult.foundation.db import session
from consult.participants.models import Person
from consult.policy import Duty, Role
from consult.rounds import rules
from consult.rounds.models import PhaseKind, Round
from tests.builders import a_member_of_staff, a_resident, a_round, acting, an_authority, appoint, phase_of
from tests.site import Site


@pytest.mark.parametrize("time", [1, 2])
@pytest.mark.usefixtures("unit")
def test_a_unit_starts_without_a_row_each_time(time):
    a_round()
    assert session().scalar(select(func.count()).select_from(Round)) == 1


@pytest.mark.parametrize("kind_of_phase", [PhaseKind.COLLECT, PhaseKind.PRIORITISE, PhaseKind.SYNTHESISE])
@pytest.mark.usefixtures("unit")
def test_a_round_is_in_the_phase_that_was_asked(kind_of_phase):
    found = a_round(phases=kind_of_phase)
    at = acting(None).arrived_at
    assert rules.current(found.phases, at) is phase_of(found, kind_of_phase)


@pytest.mark.usefixtures("unit")
def test_a_person_acts_with_the_duties_that_were_given():
    found, person = a_round(), a_member_of_staff(Role.MODERATOR)
    appoint(found, person, Duty.MODERATOR)
    assert acting(person).duties == {found.id: {Duty.MODERATOR}}


@pytest.mark.parametrize("time", [1, 2])
def test_a_site_starts_without_a_row_each_time(site: Site, time):
    with site.writing():
        an_authority()
        person = a_resident()
    with site.reading() as unit:
        assert unit.scalar(select(func.count()).select_from(Person)) == 1
    assert site.browser().get("/").status_code == 200
    assert site.browser().get("/me").status_code == 303
    assert site.browser(person).get("/me").status_code == 200


def test_a_browser_signs_in_and_out_through_the_forms(site: Site):
    with site.writing():
        person = a_resident("Fatima", password="een lange zin om in te komen")
        email = session().get(Account, person.account_id).email
    browser = site.browser()
    refused = browser.post("/login", {"email": email, "password": "een andere lange zin, hoor"})
    assert refused.status_code == 422
    entered = browser.post("/login", {"email": email, "password": "een lange zin om in te komen"})
    assert (entered.status_code, entered.location) == (303, "/me")
    assert browser.get("/me").status_code == 200
    assert browser.post("/logout").status_code == 303
    assert browser.get("/me").status_code == 303
