from consult.policy import Role
from tests.builders import a_member_of_staff, a_resident
from tests.shows import shows

NEW = {"name": "A. Jansen", "email": "a.jansen@gemeente.nl", "role": "moderator", "form_key": "k"}
GOOD = "mijn fiets is blauw en snel"


def test_an_administrator_adds_somebody_who_can_then_sign_in(site):
    with site.writing():
        admin = a_member_of_staff(Role.ADMIN)
    browser = site.browser(admin)
    assert browser.post("/staff/people", {**NEW, "password": GOOD}).status_code == 303
    assert "A. Jansen" in browser.get("/staff/people").text
    other = site.browser()
    assert other.post("/login", {"email": NEW["email"], "password": GOOD}).status_code == 303
    assert other.get("/staff").status_code == 200


def test_nobody_else_adds_people(site):
    with site.writing():
        others = [a_resident(), a_member_of_staff(Role.MODERATOR), a_member_of_staff(Role.DIRECTOR)]
    for person in others:
        assert site.browser(person).post("/staff/people", {**NEW, "password": GOOD}).status_code == 403
    assert site.browser().post("/staff/people", {**NEW, "password": GOOD}).status_code == 303


@shows("R24")
def test_a_role_cannot_be_smuggled_in_when_registering(site):
    typed = {"name": "X", "email": "x@voorbeeld.nl", "password": GOOD, "role": "admin", "is_demo": "1", "id": "1"}
    browser = site.browser()
    assert browser.post("/register", typed).status_code == 303
    assert browser.get("/staff/people").status_code == 403
