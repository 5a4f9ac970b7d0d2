import pytest

from consult.accounts import passwords
from consult.accounts.models import Purpose
from consult.accounts.passwords import SHORTEST_WITH_FACTOR, hashed, matches, normalised_email, weakness
from tests.accounts.builders import a_link, an_account, token_in
from tests.builders import a_member_of_staff, a_resident, an_authority
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


def test_a_form_with_mistakes_comes_back_with_what_was_typed(site):
    answer = site.browser().post("/register", {"name": "Jan", "email": "geen adres", "password": "kort"})
    assert answer.status_code == 422
    assert 'value="geen adres"' in answer.text
    assert 'value="kort"' not in answer.text
    assert 'href="#email"' in answer.text


@shows("R1")
@pytest.mark.parametrize(("length", "refused"), [(7, True), (8, False), (14, False), (128, False), (129, True)])
def test_as_one_of_two_factors_a_password_may_be_shorter(length, refused):
    word = ("qzjv xkwp bnmh rtyl gdfc " * 6)[:length]
    assert (weakness(word, shortest=SHORTEST_WITH_FACTOR) is not None) is refused


@shows("R1")
def test_only_who_always_has_a_second_factor_may_have_a_shorter_password(site):
    with site.writing():
        staff, bare, resident = a_member_of_staff(totp=True), a_member_of_staff(), a_resident()
    short = {"password": "qzjv xkwp"}
    assert site.browser(staff).post("/me/account/password", short).status_code == 303
    assert site.browser(bare).post("/me/account/password", short).status_code == 422
    assert site.browser(resident).post("/me/account/password", short).status_code == 422


@shows("R2")
@pytest.mark.parametrize(
    "word",
    ["Wilgendrecht 2026", "gemeente.wilgendrecht", "meedenken.wilgen.example", "jan.jansen.2026.x"],
)
def test_what_anyone_would_try_here_is_refused_in_every_form(site, word):
    with site.writing():
        an_authority("Gemeente Wilgendrecht")
        person = a_resident()
        an_account(person).email = "jan.jansen.2026@voorbeeld.test"
        path = f"/login/{token_in(a_link(Purpose.RESET, person))}"
    there = Site(site.database, base_url="http://meedenken.wilgen.example")
    headers = {"Origin": "http://meedenken.wilgen.example"}

    def sends(to, **typed):
        browser = there.browser(person) if to.startswith("/me") else there.browser()
        filled = {"csrf_token": browser.form_token(), "password": word, **typed}
        return browser.client.post(to, base_url=headers["Origin"], data=filled, headers=headers)

    registering = sends("/register", name="Jan", email="jan.jansen.2026@voorbeeld.test")
    assert [registering.status_code, sends(path).status_code] == [422, 422]


@shows("R3")
def test_a_third_password_waits_for_its_turn_and_then_others_are_told_to_come_back(site, monkeypatch):
    monkeypatch.setattr(passwords, "WAIT", 0.01)
    turns = [passwords._Turn() for _ in range(passwords.AT_ONCE)]
    for turn in turns:
        turn.__enter__()
    try:
        answer = site.browser().post("/login", {"email": "x@voorbeeld.nl", "password": GOOD})
        assert answer.status_code == 503
        assert "Retry-After" in answer.headers
        assert site.browser().get("/").status_code == 200
    finally:
        for turn in turns:
            turn.__exit__()
    assert site.browser().post("/login", {"email": "x@voorbeeld.nl", "password": GOOD}).status_code == 422


@shows("R1")
def test_a_password_beyond_the_longest_is_refused_and_the_longest_counts_whole(site):
    longest = ("een zin met veel woorden erin " * 5)[:128]
    with site.writing():
        person = a_resident()
        email = an_account(person).email
    browser = site.browser(person)
    assert browser.post("/me/account/password", {"password": f"{longest}x"}).status_code == 422
    assert browser.post("/me/account/password", {"password": longest}).status_code == 303
    assert site.browser().post("/login", {"email": email, "password": f"{longest[:-1]}!"}).status_code == 422
    assert site.browser().post("/login", {"email": email, "password": f"{longest}x"}).status_code == 422
    assert site.browser().post("/login", {"email": email, "password": longest}).status_code == 303
