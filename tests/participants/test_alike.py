from sqlalchemy import func, select

from consult.accounts.models import Account
from consult.accounts.passwords import bare_email
from consult.accounts.queries import list_alike
from consult.foundation.db import session
from consult.participants.verbs import register
from consult.policy import Role
from tests.builders import a_member_of_staff, a_resident, an_authority, the_platform
from tests.shows import shows

ALIKE = ("jan.jansen@voorbeeld.test", "janjansen@voorbeeld.test", "j.anjansen+stem@voorbeeld.test")


@shows("R101")
def test_addresses_are_alike_when_only_dots_and_plus_signs_differ():
    assert {bare_email(address) for address in ALIKE} == {"janjansen@voorbeeld.test"}
    assert bare_email("jan.jansen@elders.test") == "janjansen@elders.test"
    assert bare_email("a.b@c.d.test") == "ab@c.d.test"


@shows("R101")
def test_accounts_with_addresses_that_are_alike_are_reported_and_stay_apart(site):
    with site.writing():
        an_authority()
        admin = a_member_of_staff(Role.ADMIN)
        a_resident()
    browser = site.browser(admin)
    assert "die op elkaar lijken" not in browser.get("/staff/people").text
    with site.writing():
        for address in (*ALIKE, "piet@voorbeeld.test", "piet+2@voorbeeld.test"):
            register("Iemand", address, None, the_platform())
        assert list_alike() == [3, 2]
        assert session().scalar(select(func.count()).select_from(Account)) == 7
    shown = browser.get("/staff/people").text
    assert "die op elkaar lijken" in shown
    assert "5 accounts" in shown
    assert "2 groepen" in shown
    assert "jansen" not in shown
