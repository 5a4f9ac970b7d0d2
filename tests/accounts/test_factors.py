"""The verbs of second factors, at their edges."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from consult.accounts import factors
from consult.accounts.models import Account, Factor, RecoveryCode, SignedIn
from consult.accounts.queries import list_factors
from consult.accounts.rules import new_recovery_codes, new_secret, plain_code, recovery_hash, steps_of
from consult.accounts.sealed import seal, unseal
from consult.accounts.verbs import sign_in, token_hash
from consult.foundation import clock
from consult.foundation.db import session
from consult.foundation.errors import Conflict, NotAllowed, NotNow
from consult.policy import Actor, system
from tests import second
from tests.builders import a_member_of_staff, a_resident
from tests.shows import shows
from tests.together import at_once


def half_way(person) -> Actor:
    """Somebody who gave the first step in a session of its own; in an open unit."""
    token = sign_in(person.account_id, system(clock.now()))
    begun = session().scalars(select(SignedIn).where(SignedIn.token_hash == token_hash(token))).one()
    return Actor(clock.now(), account_id=person.account_id, session_id=begun.id, awaits_factor=True)


def sealed() -> str:
    return seal(factors.SECRET, {"secret": new_secret()}, second.SECRET)


@shows("R7")
@pytest.mark.usefixtures("unit")
def test_somebody_half_way_adds_no_factor_beside_one_that_is_there():
    person = a_member_of_staff(totp=True)
    with pytest.raises(NotAllowed):
        factors.add_totp(sealed(), 1, "", half_way(person))
    assert len(list_factors(person.account_id)) == 1


@shows("R7")
def test_of_two_who_set_up_the_first_factor_at_once_one_does(site):
    with site.writing():
        person = a_member_of_staff()
        actors = [half_way(person) for _ in range(2)]

    def setting_up(actor):
        def carry_out():
            try:
                factors.add_totp(sealed(), 1, "", actor)
            except NotAllowed as late:
                raise Conflict from late

        return lambda: carry_out

    assert sorted(at_once(site.database, *map(setting_up, actors))) == [False, True]
    with site.reading():
        assert len(list_factors(person.account_id)) == 1
        assert len(session().scalars(select(SignedIn).where(SignedIn.ended_at.is_(None))).all()) == 1


@pytest.mark.usefixtures("unit")
def test_whoever_is_in_gives_no_factor():
    person = a_member_of_staff(totp=True)
    inside = replace(half_way(person), awaits_factor=False, person_id=person.id)
    for give in (
        lambda: factors.give_code(list_factors(person.account_id)[0].id, 1, inside),
        lambda: factors.give_recovery_code("x", inside),
        lambda: factors.give_passkey(person.id, b"", 1, inside),
    ):
        with pytest.raises(NotNow):
            give()


@pytest.mark.usefixtures("unit")
def test_a_factor_of_somebody_else_or_one_that_ended_lets_nobody_in():
    person, other = a_member_of_staff(totp=True), a_member_of_staff(totp=True)
    (theirs,), (mine,) = list_factors(other.account_id), list_factors(person.account_id)
    with pytest.raises(NotNow):
        factors.give_code(theirs.id, 1, half_way(person))
    mine.ended_at = clock.now()
    session().flush()
    with pytest.raises(NotNow):
        factors.give_code(mine.id, 1, half_way(person))


@pytest.mark.usefixtures("unit")
def test_recovery_codes_replace_something():
    person = a_resident()
    inside = replace(half_way(person), awaits_factor=False, person_id=person.id)
    with pytest.raises(NotNow):
        factors.keep_recovery_codes([b"x" * 32], inside)
    assert session().scalars(select(RecoveryCode)).all() == []


@pytest.mark.usefixtures("unit")
def test_nobody_gathers_factors_without_end():
    person = a_resident()
    inside = replace(half_way(person), awaits_factor=False, person_id=person.id)
    for _ in range(factors.MOST):
        factors.add_totp(sealed(), 1, "", inside)
    with pytest.raises(NotNow):
        factors.add_totp(sealed(), 1, "", inside)


@shows("R9")
@pytest.mark.usefixtures("unit")
def test_a_secret_is_sealed_where_it_is_kept_and_opens_with_its_key_alone():
    account = session().get_one(Account, a_member_of_staff(totp=True).account_id)
    kept = session().scalars(select(Factor.sealed_secret).where(Factor.account_id == account.id)).one()
    assert second.APP not in kept
    assert unseal(factors.SECRET, kept, second.SECRET) == {"secret": second.APP}
    assert unseal(factors.SECRET, kept, "another secret of an installation, long") is None
    assert unseal("totp", kept, second.SECRET) is None


@pytest.mark.parametrize("broken", ["", "x", "a.b.c.d.e", "é.a.b.c.d", "eyJhbGciOiJub25lIn0....", "." * 4])
def test_what_was_not_sealed_here_says_nothing(broken):
    assert unseal("totp", broken, second.SECRET) is None


@pytest.mark.parametrize(
    ("typed", "plain"),
    [(" 123 456 ", "123456"), ("１２３４５６", "123456"), ("٠١٢٣٤٥", "012345"), ("12-34-56", "123456"),
     ("\u200b123456\ufeff", "123456"), ("ABCD-efgh", "abcdefgh"), ("", ""), ("①②③", "123")],
)  # fmt: skip
def test_a_code_has_one_form(typed, plain):
    assert plain_code(typed) == plain


def test_the_codes_of_an_app_are_those_of_the_standard():
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # RFC 6238, appendix B: "12345678901234567890"
    for seconds, code in ((59, "287082"), (1111111109, "081804"), (20000000000, "353130")):
        at = clock.now().fromtimestamp(seconds, clock.now().tzinfo)
        assert steps_of(secret, code, at) == [seconds // 30]


def test_recovery_codes_are_ten_and_each_its_own():
    codes = new_recovery_codes()
    assert len({recovery_hash(code) for code in codes}) == 10
    assert all(len(plain_code(code)) == 16 for code in codes)
    assert recovery_hash(codes[0].upper().replace("-", " ")) == recovery_hash(codes[0])
