import pytest
from sqlalchemy import text

from consult.accounts.passwords import hashed, matches, normalised_email, weakness
from consult.foundation.db import session
from tests.builders import a_resident
from tests.shows import shows
from tests.site import Site

GOOD = "mijn fiets is blauw en snel"


@shows("R1")
@pytest.mark.parametrize(
    ("length", "refused"), [(7, True), (8, True), (14, True), (15, False), (64, False), (128, False), (129, True)]
)
def test_only_the_length_is_asked(length, refused):
    word = ("qzjv xkwp bnmh rtyl gdfc " * 6)[:length]
    assert (weakness(word) is not None) is refused


@shows("R1")
def test_every_letter_of_a_long_password_counts():
    long = "a lange zin " * 9
    stored = hashed(long + "x")
    assert not matches(stored, long + "y")
    assert matches(stored, long + "x")


@shows("R1")
def test_the_same_letters_written_otherwise_are_the_same_password():
    assert matches(hashed("caf\u00e9 op de hoek vandaag"), "cafe\u0301 op de hoek vandaag")


@shows("R2")
@pytest.mark.parametrize(
    "word",
    [
        "passwordpassword",
        "wachtwoord12345",
        "Welkom2025welkom2025",
        "qwertyuiopasdfgh",
        "1234567890123456",
        "aaaaaaaaaaaaaaaa",
        "abcabcabcabcabcabc",
        "P@ssw0rdP@ssw0rd1",
        "jan@voorbeeld.nl1",
    ],
)
def test_what_anyone_would_try_is_refused(word):
    assert weakness(word, "jan@voorbeeld.nl") is not None


@shows("R2")
def test_a_sentence_is_fine():
    assert weakness(GOOD, "jan@voorbeeld.nl") is None


@shows("R101")
@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Jan@Voorbeeld.NL ", "jan@voorbeeld.nl"),
        ("jan+x@voorbeeld.nl", "jan+x@voorbeeld.nl"),
        ("jan@xn--bcher-kva.example", "jan@bücher.example"),
        ("geen adres", None),
        ("a@b\n.nl", None),
    ],
)
def test_an_address_has_one_form(typed, kept):
    assert normalised_email(typed) == kept


@shows("R15")
def test_the_eleventh_try_in_five_minutes_waits(site):
    with site.writing():
        a_resident()
    browser = site.browser()
    asked = [browser.post("/login", {"email": "x@y.nl", "password": "fout"}).status_code for _ in range(11)]
    assert asked == [422] * 10 + [429]


@shows("R11")
def test_each_sign_in_has_a_token_of_its_own_that_the_server_keeps_hashed(site):
    with site.writing():
        person = a_resident(password=GOOD)
    with site.reading():
        email = session().execute(text("select email from account")).scalar()
    browser = site.browser()
    tokens = set()
    for _ in range(2):
        answer = browser.post("/login", {"email": email.upper(), "password": GOOD})
        assert answer.status_code == 303
        tokens.add(browser.token)
    assert len(tokens) == 2
    with site.reading():
        dump = str(session().execute(text("select token_hash from signed_in")).all())
    assert not any(token in dump for token in tokens)
    assert site.browser(person).get("/me").status_code == 200


@shows("R12")
def test_signing_out_works_at_once(site):
    with site.writing():
        person = a_resident()
    browser = site.browser(person)
    cookie = browser.token
    assert browser.post("/logout").status_code == 303
    browser.client.set_cookie("consult", cookie)
    assert browser.get("/me").status_code == 303


@shows("R13")
def test_a_session_that_rests_too_long_is_over(site):
    with site.writing():
        person = a_resident()
    browser = site.browser(person)
    with site.writing():
        session().execute(text("update signed_in set seen_at = '2026-01-01T00:00:00.000000Z'"))
    assert browser.get("/me").status_code == 303


@shows("S47")
def test_no_cookie_before_sign_in_and_one_after(site):
    browser = site.browser()
    for path in ("/", "/login", "/register", "/en/"):
        assert "Set-Cookie" not in browser.get(path).headers
    made = browser.post("/register", {"name": "Jan", "email": "jan@voorbeeld.nl", "password": GOOD})
    cookie = made.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert len(made.headers.getlist("Set-Cookie")) == 1


@shows("R33")
def test_over_https_the_cookie_is_bound_to_the_host(site):

    secure = Site(site.database, base_url="https://meedenken.example")
    client = secure.app.test_client()
    page = client.get("/register", base_url="https://meedenken.example")
    token = page.text.split('name="csrf_token"')[1].split('value="')[1].split('"')[0]
    made = client.post(
        "/register",
        base_url="https://meedenken.example",
        data={"csrf_token": token, "name": "Jan", "email": "jan@voorbeeld.nl", "password": GOOD},
        headers={"Origin": "https://meedenken.example"},
    )
    assert made.headers["Set-Cookie"].startswith("__Host-consult=")
    assert "Secure" in made.headers["Set-Cookie"]
    assert "max-age" in made.headers["Strict-Transport-Security"]


def test_a_form_with_mistakes_comes_back_with_what_was_typed(site):
    answer = site.browser().post("/register", {"name": "Jan", "email": "geen adres", "password": "kort"})
    assert answer.status_code == 422
    assert 'value="geen adres"' in answer.text
    assert 'value="kort"' not in answer.text
    assert 'href="#email"' in answer.text


def test_an_address_that_has_an_account_is_said_beside_the_field(site):
    typed = {"name": "Jan", "email": "jan@voorbeeld.nl", "password": GOOD}
    assert site.browser().post("/register", typed).status_code == 303
    again = site.browser().post("/register", typed)
    assert again.status_code == 422
    assert 'href="#email"' in again.text
