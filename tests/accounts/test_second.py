"""The pages of the second factor, as somebody comes to them."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import select, update

from consult.accounts.models import Account, Factor, RecoveryCode, SignedIn
from consult.accounts.verbs import sign_in
from consult.audit.models import Entry
from consult.foundation import clock
from consult.foundation.db import session
from consult.foundation.mail import Mail
from consult.policy import Role, system
from tests import looking, second
from tests.builders import a_member_of_staff, a_resident, a_round
from tests.shows import shows
from tests.site import COOKIE, Browser


def half_way(site, person) -> Browser:
    """A browser in which somebody gave a password or a link, and nothing else."""
    browser = site.browser()
    with site.writing():
        browser.client.set_cookie(COOKIE, sign_in(person.account_id, system(clock.now())))
    return browser


def staff(site, role=Role.ADMIN, totp=True):
    with site.writing():
        return a_member_of_staff(role, totp=totp)


def codes_on(page) -> list[str]:
    return re.findall(r"<code>((?:[2-9a-z]{4}-){3}[2-9a-z]{4})</code>", page.text)


def hidden(page, name) -> str:
    return re.search(rf'name="{name}"[^>]* value="([^"]+)"', page.text).group(1)


def key_on(page) -> str:
    return re.search(r'class="key">([A-Z2-7 ]+)<', page.text).group(1).replace(" ", "")


def is_in(browser) -> bool:
    return browser.get("/me").status_code == 200


def set_up(browser, path="/login/second/new"):
    page = browser.get(path)
    typed = {"sealed_secret": hidden(page, "sealed_secret"), "one_time_code": second.code_now(key_on(page))}
    return browser.post(path, typed), key_on(page)


def save_codes(browser) -> list[str]:
    page = browser.get("/login/second/codes")
    told = {"sealed_codes": hidden(page, "sealed_codes"), "is_saved": "y"}
    assert browser.post("/login/second/codes", told).status_code == 303
    return codes_on(page)


@shows("R7", "R11")
def test_staff_come_in_by_the_code_of_their_app_and_get_a_new_token(site):
    browser = half_way(site, staff(site))
    asked = browser.get("/staff")
    assert (asked.status_code, asked.location) == (303, "/login/second?next=/staff")
    before = browser.token
    entered = browser.post(asked.location, {"one_time_code": second.code_now()})
    assert (entered.status_code, entered.location) == (303, "/staff")
    assert browser.token != before
    assert browser.get("/staff").status_code == 200
    browser.client.set_cookie(COOKIE, before)
    assert browser.get("/staff").location.startswith("/login?")


@shows("R8")
@pytest.mark.parametrize("way", ["{}", " {} ", "{0[0]}{0[1]}{0[2]} {0[3]}{0[4]}{0[5]}", "full width", "arabic"])
def test_a_code_counts_however_it_is_typed_and_only_once(site, way):
    person, code = staff(site), second.code_now()
    wide = {"full width": str.maketrans("0123456789", "０１２３４５６７８９"),
            "arabic": str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")}  # fmt: skip
    typed = code.translate(wide[way]) if way in wide else way.format(code)
    assert half_way(site, person).post("/login/second", {"one_time_code": typed}).status_code == 303
    again = half_way(site, person).post("/login/second", {"one_time_code": code})
    assert again.status_code == 422
    assert "al gebruikt" in again.text


@shows("R8")
@pytest.mark.parametrize(("steps", "fits"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_clock_may_be_half_a_minute_off(site, steps, fits):
    browser = half_way(site, staff(site))
    at = clock.now()
    with clock.set_to(at):
        browser.post("/login/second", {"one_time_code": second.code_now(steps=steps)})
        assert is_in(browser) is fits


@shows("R8")
def test_a_code_before_the_last_used_one_is_refused(site):
    person = staff(site)
    with clock.set_to(clock.now()):
        half_way(site, person).post("/login/second", {"one_time_code": second.code_now(steps=1)})
        late = half_way(site, person)
        assert late.post("/login/second", {"one_time_code": second.code_now()}).status_code == 422
        assert not is_in(late)


@shows("R8")
@pytest.mark.parametrize("sessions", ["one session", "sessions of their own"])
def test_20_at_once_with_one_code_let_one_in(site, sessions, monkeypatch):
    monkeypatch.setattr("consult.accounts.second.LIMITS", ((100, 300),))  # the limit is another test
    person = staff(site)
    first = half_way(site, person)
    browsers = [first if sessions == "one session" else half_way(site, person) for _ in range(20)]
    tokens, code, gate = [browser.token for browser in browsers], second.code_now(), Barrier(20)
    ways = ["{}", " {}", "{0[0]}{0[1]}{0[2]}-{0[3]}{0[4]}{0[5]}", "{} "]

    def post(number: int) -> str | None:
        browser = site.browser()
        browser.client.set_cookie(COOKIE, tokens[number])
        gate.wait(20)
        return browser.post("/login/second", {"one_time_code": ways[number % 4].format(code)}).headers.get("Set-Cookie")

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(post, range(20)))
    with site.reading():
        let_in = session().scalars(select(SignedIn).where(SignedIn.factor_at.is_not(None))).all()
        entries = session().scalars(select(Entry).where(Entry.act == "give_factor", Entry.result == "done")).all()
    assert sum(answer is not None for answer in answers) == 1
    assert len(let_in) == len(entries) == 1


@shows("R15")
def test_after_five_wrong_codes_even_the_right_one_waits(site):
    person = staff(site)
    at = clock.now()
    with clock.set_to(at.replace(minute=at.minute - at.minute % 5, second=0)):
        for n in range(5):
            browser = half_way(site, person)
            assert browser.post("/login/second", {"one_time_code": f"00000{n}"}).status_code == 422
        right = half_way(site, person).post("/login/second", {"one_time_code": second.code_now()})
        assert right.status_code == 429
        assert int(right.headers["Retry-After"]) <= 300
        with site.reading():
            denied = session().scalars(select(Entry).where(Entry.act == "give_factor", Entry.result == "denied"))
            assert len(denied.all()) == 5
        elsewhere = half_way(site, staff(site))
        assert elsewhere.post("/login/second", {"one_time_code": second.code_now()}).status_code == 303
    with clock.set_to(at + timedelta(minutes=5)):
        later = half_way(site, person)
        assert later.post("/login/second", {"one_time_code": second.code_now()}).status_code == 303


@shows("R15")
def test_tries_are_counted_by_the_hour_and_the_day_and_across_sessions(site):
    person, day = staff(site), clock.now().replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    taken: dict[int, int] = {}
    for hour in range(4):
        for five in range(12):
            with clock.set_to(day + timedelta(hours=hour, minutes=5 * five)):
                for _ in range(6):
                    answer = half_way(site, person).post("/login/second", {"one_time_code": "000000"})
                    taken[hour] = taken.get(hour, 0) + (answer.status_code == 422)
                    if answer.status_code == 429:
                        break
    assert taken == {0: 20, 1: 20, 2: 10, 3: 0}


@shows("R16")
def test_without_counts_nobody_is_let_in(site):
    site.app.testing = False
    person = staff(site)
    browser = half_way(site, person)
    with site.database.engine.execution_options(consult_writes=True).connect() as connection:
        connection.exec_driver_sql("ALTER TABLE rate_count RENAME TO rate_count_away")
        connection.commit()
    try:
        for path, typed in (
            ("/login/second", {"one_time_code": second.code_now()}),
            ("/login/second/recovery", {"recovery_code": "abcd-abcd-abcd-abcd"}),
        ):
            assert browser.post(path, typed).status_code >= 500
            assert not is_in(browser)
        assert site.browser().get("/").status_code == 200
    finally:
        with site.database.engine.execution_options(consult_writes=True).connect() as connection:
            connection.exec_driver_sql("ALTER TABLE rate_count_away RENAME TO rate_count")
            connection.commit()
    assert browser.post("/login/second", {"one_time_code": second.code_now()}).status_code == 303


@shows("R7", "R9")
def test_new_staff_set_up_an_app_and_save_ten_codes_before_they_see_anything(site):
    person = staff(site, Role.MODERATOR, totp=False)
    browser = half_way(site, person)
    assert browser.get("/staff").location == "/login/second?next=/staff"
    assert browser.get("/login/second?next=/staff").location == "/login/second/new?next=/staff"
    done, _key = set_up(browser, "/login/second/new?next=/staff")
    assert (done.status_code, done.location) == (303, "/login/second/codes?next=/staff")
    page = browser.get(done.location)
    assert len(set(codes_on(page))) == 10
    kept = browser.post(done.location, {"sealed_codes": hidden(page, "sealed_codes"), "is_saved": "y"})
    assert (kept.status_code, kept.location) == (303, "/staff")
    assert browser.get("/staff").status_code == 200
    with site.reading():
        told = [mail.kind for mail in session().scalars(select(Mail))]
    assert told.count("factor_changed") == 1


def test_a_wrong_first_code_leaves_the_same_picture_and_sets_nothing_up(site):
    browser = half_way(site, staff(site, totp=False))
    page = browser.get("/login/second/new")
    again = browser.post("/login/second/new", {"sealed_secret": hidden(page, "sealed_secret"), "one_time_code": "12"})
    assert again.status_code == 422
    assert key_on(again) == key_on(page)
    wrong = {"sealed_secret": hidden(again, "sealed_secret"), "one_time_code": "000000"}
    assert browser.post("/login/second/new", wrong).status_code == 422
    with site.reading():
        assert session().scalars(select(Factor)).all() == []


def test_a_page_that_was_open_too_long_shows_a_new_picture(site):
    with clock.set_to(clock.now() - timedelta(minutes=61)):
        person = staff(site, totp=False)
        old = half_way(site, person)
        page = old.get("/login/second/new")
    browser = half_way(site, person)
    typed = {"sealed_secret": hidden(page, "sealed_secret"), "one_time_code": second.code_now(key_on(page))}
    again = browser.post("/login/second/new", typed)
    assert again.status_code == 422
    assert key_on(again) != key_on(page)


def test_a_secret_lent_to_one_account_is_worth_nothing_to_another(site):
    one, other = (half_way(site, staff(site, totp=False)) for _ in range(2))
    page = one.get("/login/second/new")
    typed = {"sealed_secret": hidden(page, "sealed_secret"), "one_time_code": second.code_now(key_on(page))}
    assert other.post("/login/second/new", typed).status_code == 422


@shows("R7")
def test_half_way_nobody_adds_a_second_factor_beside_the_one_they_lack(site):
    browser = half_way(site, staff(site))
    for path in ("/login/second/new", "/login/second/new/passkey"):
        assert browser.get(path).location == "/login/second"
    other = half_way(site, staff(site, totp=False)).get("/login/second/new")
    with site.reading():
        before = len(session().scalars(select(Factor)).all())
    typed = {"sealed_secret": hidden(other, "sealed_secret"), "one_time_code": second.code_now(key_on(other))}
    assert browser.post("/login/second/new", typed).status_code in {303, 403, 422}
    with site.reading():
        assert len(session().scalars(select(Factor)).all()) == before
    assert not is_in(browser)


@shows("R9")
def test_a_recovery_code_works_once_however_it_is_typed(site):
    person = staff(site)
    codes = save_codes(site.browser(person))
    first = half_way(site, person)
    typed = codes[0].upper().replace("-", " ")
    entered = first.post("/login/second/recovery?next=/staff", {"recovery_code": typed})
    assert (entered.status_code, entered.location) == (303, "/staff")
    assert is_in(first)
    second_time = half_way(site, person)
    assert second_time.post("/login/second/recovery", {"recovery_code": codes[0]}).status_code == 422
    assert not is_in(second_time)
    assert half_way(site, person).post("/login/second/recovery", {"recovery_code": codes[1]}).status_code == 303
    of_another = half_way(site, staff(site))
    assert of_another.post("/login/second/recovery", {"recovery_code": codes[2]}).status_code == 422


@shows("R9")
def test_20_at_once_with_one_recovery_code_let_one_in(site, monkeypatch):
    monkeypatch.setattr("consult.accounts.second.LIMITS", ((100, 300),))
    person = staff(site)
    code = save_codes(site.browser(person))[0]
    browsers, gate = [half_way(site, person) for _ in range(20)], Barrier(20)

    def post(browser: Browser) -> int:
        gate.wait(20)
        return browser.post("/login/second/recovery", {"recovery_code": code}).status_code

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(post, browsers))
    assert answers.count(303) == 1
    assert sum(map(is_in, browsers)) == 1


@shows("R9")
def test_new_recovery_codes_end_the_old_ones_and_the_holder_is_told(site):
    person = staff(site)
    browser = site.browser(person)
    old, new = save_codes(browser), save_codes(browser)
    assert half_way(site, person).post("/login/second/recovery", {"recovery_code": old[0]}).status_code == 422
    assert half_way(site, person).post("/login/second/recovery", {"recovery_code": new[0]}).status_code == 303
    with site.reading():
        assert [mail.kind for mail in session().scalars(select(Mail))].count("factor_changed") == 1


def test_recovery_codes_are_not_kept_before_somebody_says_that_they_are_saved(site):
    browser = site.browser(staff(site))
    page = browser.get("/login/second/codes")
    again = browser.post("/login/second/codes", {"sealed_codes": hidden(page, "sealed_codes")})
    assert again.status_code == 422
    assert codes_on(again) == codes_on(page)
    with site.reading():
        assert session().scalars(select(RecoveryCode)).all() == []


@shows("R9")
def test_no_page_and_no_table_shows_a_secret_again(site):
    with site.writing():
        person = a_member_of_staff(Role.ADMIN)
    browser = half_way(site, person)
    _done, key = set_up(browser)
    secrets = [*save_codes(browser), key]
    for rule in site.app.url_map.iter_rules():
        if "GET" in rule.methods and not rule.arguments:
            text = browser.get(rule.rule).get_data().decode(errors="replace")  # some are files
            assert not [one for one in secrets if one in text or one.replace("-", "") in text], rule.rule
    with site.reading():
        everything = "".join(
            repr(list(session().execute(select(table)).all()))
            for table in (Account.__table__, Factor.__table__, RecoveryCode.__table__, Entry.__table__, Mail.__table__)
        )
    assert not [one for one in secrets if one in everything or one.replace("-", "") in everything]


def test_a_resident_switches_it_on_and_then_it_is_asked(site):
    with site.writing():
        person = a_resident()
    browser, elsewhere = site.browser(person), site.browser(person)
    done, key = set_up(browser, "/login/second/new?next=/me")
    assert done.status_code == 303
    assert is_in(browser)
    assert not is_in(elsewhere)
    later = half_way(site, person)
    assert later.get("/me").location == "/login/second?next=/me"
    with clock.set_to(clock.now() + timedelta(seconds=30)):
        later.post("/login/second", {"one_time_code": second.code_now(key)})
    assert is_in(later)


@shows("R11")
def test_a_resident_takes_it_away_and_it_is_asked_no_more(site):
    with site.writing():
        person = a_resident()
    browser = site.browser(person)
    set_up(browser)
    save_codes(browser)
    with site.reading():
        factor = session().scalars(select(Factor)).one()
    stranger = site.browser(staff(site))
    path = f"/me/account/factors/{factor.id}/remove"
    assert stranger.get(path).status_code == 404
    assert stranger.post(path).status_code == 404
    other, before = site.browser(person), browser.token
    assert browser.get(path).status_code == 200
    assert browser.post(path).status_code == 303
    assert browser.token != before
    assert is_in(browser)
    assert not is_in(other)
    assert is_in(half_way(site, person))
    with site.reading():
        assert session().scalars(select(RecoveryCode).where(RecoveryCode.ended_at.is_(None))).all() == []


def test_the_last_second_factor_of_staff_cannot_be_removed_only_replaced(site):
    person = staff(site)
    browser = site.browser(person)
    with site.reading():
        first = session().scalars(select(Factor)).one()
    path = f"/me/account/factors/{first.id}/remove"
    assert browser.post(path).status_code == 403
    assert set_up(browser)[0].status_code == 303
    assert browser.post(path).status_code == 303
    with site.reading():
        assert first.id not in [one.id for one in session().scalars(select(Factor).where(Factor.ended_at.is_(None)))]


@shows("R14")
@pytest.mark.parametrize("path", ["/login/second/new", "/login/second/codes", "/login/second/new/passkey"])
def test_changing_a_second_factor_asks_for_proof_of_the_last_ten_minutes(site, path):
    browser = site.browser(staff(site))
    with site.writing():
        session().execute(update(SignedIn).values(proved_at=clock.now() - timedelta(minutes=11)))
    asked = browser.get(path)
    assert asked.status_code == 303
    assert not asked.location.startswith("/login/second")


def test_somebody_half_way_is_out_after_an_hour_and_may_leave_before(site):
    person = staff(site)
    with clock.set_to(clock.now() - timedelta(minutes=61)):
        old = half_way(site, person)
    with site.writing():
        session().execute(update(SignedIn).values(seen_at=clock.now()))
    assert old.get("/login/second").location.startswith("/login?")
    browser = half_way(site, person)
    assert browser.post("/logout").status_code == 303
    assert browser.get("/login/second").location.startswith("/login?")


def test_what_was_typed_half_way_is_there_after_the_second_step(site):
    with site.writing():
        person = a_resident()
    set_up(site.browser(person))
    with site.writing():
        made = a_round()
        key = session().scalars(select(Factor)).one()
        key.last_step = None
        key.ended_at = clock.now()
        second.an_app(person)
    browser = half_way(site, person)
    typed = {"title": "Bankjes", "text": "Zet bankjes neer.", "form_key": "k"}
    sent = browser.post(f"/rounds/{made.slug}/proposals/new", typed)
    assert sent.location.startswith("/login/second?next=")
    entered = browser.post(sent.location, {"one_time_code": second.code_now()})
    assert "Zet bankjes neer." in browser.get(entered.location).text


@pytest.mark.parametrize("totp", [True, False])
def test_every_page_on_the_way_is_in_order(site, totp):
    browser = half_way(site, staff(site, totp=totp))
    paths = ["/login/second", "/login/second/recovery", "/login/second/passkey"] if totp else ["/login/second/new"]
    for path in paths:
        for where in (path, f"/en{path}"):
            answer = browser.get(where)
            assert answer.status_code == 200, where
            assert looking.faults_in(answer, True) == []
            back = browser.post(where, {"one_time_code": "1", "recovery_code": "", "credential": ""})
            assert back.status_code == 422
            assert looking.faults_in(back, True) == []
            assert "no-store" in answer.headers["Cache-Control"]
