import re
from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import func, inspect, select

from consult.audit.models import Entry
from consult.foundation import clock
from consult.foundation.db import session
from consult.foundation.errors import Conflict, NotNow
from consult.foundation.language import local, speaking
from consult.participants.models import Person
from consult.rounds.models import Round, RoundState, Verification
from consult.rounds.rules import Lack, Unproven
from consult.rounds.verbs import set_state
from consult.voting import rules
from consult.voting.codes import is_own_code, list_batches
from consult.voting.electorate import (
    draw_codes,
    issue_codes,
    prove_identity,
    replace_batch,
    replace_code,
    use_code,
)
from consult.voting.models import Ballot, Choice, Credential, LetterCode, Poll, Voter
from consult.voting.queries import count_ballots, find_voter_id, tally
from tests.builders import a_resident, acting, an_area, the_platform
from tests.shows import shows
from tests.voting.builders import CODES_KEY, a_batch, a_poll, a_voting_round, options_of, votes

BSN = "123456782"
pytestmark = pytest.mark.usefixtures("unit")


def asking(way: Verification) -> Round:
    """A round in which people vote now, and are checked in this way."""
    found = a_voting_round()
    found.verification = way
    session().flush()
    return found


def uses(person: Person, found: Round, code: str) -> None:
    use_code(found, code, CODES_KEY, acting(person))


def how_many(table: type) -> int:
    return session().scalar(select(func.count()).select_from(table))


@shows("R100")
@pytest.mark.parametrize("way", [Verification.LETTER_CODE, Verification.EID])
def test_without_a_proof_no_vote_comes_about_and_with_one_it_counts(way):
    found, stranger, known = asking(way), a_resident(), a_resident()
    option = options_of(a_poll(found))[0]
    if way is Verification.EID:
        prove_identity(found, BSN, acting(known))
    else:
        uses(known, found, a_batch(found)[0])
    votes(known, option, Choice.FOR)
    without = tally(option.poll)
    with pytest.raises(Unproven) as refusal:
        votes(stranger, option, Choice.AGAINST)
    assert refusal.value.lack in {Lack.CODE, Lack.IDENTITY}
    assert refusal.value.slug == found.slug
    assert tally(option.poll) == without
    assert without[option.id] == {"for": 1, "neutral": 0, "against": 0}
    assert count_ballots([option.poll_id]) == {option.poll_id: 1}
    assert (how_many(Voter), how_many(Ballot)) == (1, 1)


@shows("R100")
def test_an_address_that_was_not_confirmed_gives_no_vote_unless_the_round_asks_nothing():
    for way, lack in (
        (Verification.EMAIL, Lack.ADDRESS),
        (Verification.EMAIL_PLUS_AREA, Lack.ADDRESS),
        (Verification.NONE, None),
    ):
        person, option = a_resident(confirmed=False), options_of(a_poll(asking(way)))[0]
        if lack is None:
            votes(person, option, Choice.FOR)
            continue
        with pytest.raises(Unproven) as refusal:
            votes(person, option, Choice.FOR)
        assert refusal.value.lack is lack
        assert how_many(Voter) == 0


def test_where_the_neighbourhood_is_asked_a_vote_needs_it():
    person, option = a_resident(), options_of(a_poll(asking(Verification.EMAIL_PLUS_AREA)))[0]
    with pytest.raises(Unproven) as refusal:
        votes(person, option, Choice.FOR)
    assert refusal.value.lack is Lack.AREA
    person.area_code = an_area().code
    votes(person, option, Choice.FOR)
    assert tally(option.poll)[option.id]["for"] == 1


def test_a_code_stands_for_a_confirmed_address_in_a_vote():
    found = asking(Verification.LETTER_CODE)
    person, option = a_resident(confirmed=False), options_of(a_poll(found))[0]
    uses(person, found, a_batch(found)[0])
    votes(person, option, Choice.FOR)
    assert tally(option.poll)[option.id]["for"] == 1


@shows("R102")
def test_a_code_has_more_than_sixty_bits_and_nothing_that_looks_alike():
    drawn = [code for code, _stored in draw_codes(2_000, CODES_KEY)]
    assert len(set(drawn)) == len(drawn)
    assert len(rules.CODE_SIGNS) ** (rules.CODE_LENGTH - 1) * 28 // 29 > 2**60
    assert not set("01BILOSZ") & set("".join(drawn))
    spread = Counter("".join(code[:-1] for code in drawn))
    assert set(spread) == set(rules.CODE_SIGNS)
    assert max(spread.values()) < 1.3 * min(spread.values())


def test_a_code_is_read_however_it_is_typed():
    code = next(code for code, _ in draw_codes(500, CODES_KEY) if {"8", "5", "2"} <= set(code))
    shown = rules.written(code)
    assert re.fullmatch(r"[2-9A-Y]{4}-[2-9A-Y]{4}-[2-9A-Y]{4}-[2-9A-Y]{2}", shown)
    mistaken = shown.replace("8", "B").replace("5", "S").replace("2", "Z")
    for typed in (shown, shown.lower(), f"  {code} ", shown.replace("-", " – "), mistaken, " ".join(code)):
        assert rules.read_code(typed) == code


def test_every_wrong_sign_and_every_two_that_changed_places_are_noticed():
    for code, _stored in draw_codes(20, CODES_KEY):
        for place in range(len(code)):
            for sign in rules.CODE_SIGNS:
                typed = code[:place] + sign + code[place + 1 :]
                assert typed == code or refused(typed)
        for one in range(len(code)):
            for other in range(one):
                signs = list(code)
                signs[one], signs[other] = signs[other], signs[one]
                assert "".join(signs) == code or refused("".join(signs))


@pytest.mark.parametrize(
    ("typed", "said"),
    [("", "you typed 0"), ("K7QW", "you typed 4"), ("K7QW-3MXA-9TRC-40", "“0” never"), ("é", "“É”")],
)
def test_each_mistake_has_its_own_sentence(typed, said):
    with speaking("en"), pytest.raises(rules.Mistyped, match=said):
        rules.read_code(typed)


@shows("R102")
def test_what_is_kept_of_codes_gives_none_of_them_away():
    found, director = asking(Verification.LETTER_CODE), the_platform()
    printed = issue_codes(found, an_area().code, draw_codes(50, CODES_KEY), director)
    kept = everything()
    for one in printed:
        assert one.code not in kept
        assert rules.written(one.code) not in kept
        assert one.code not in repr(one)
    assert rules.code_hash(CODES_KEY, printed[0].code).hex() in kept
    assert rules.code_hash(rules.codes_key("another secret"), printed[0].code).hex() not in kept


@shows("R102")
def test_a_code_works_once_and_binds_code_and_account_to_one_voter():
    found, person, other = asking(Verification.LETTER_CODE), a_resident(), a_resident()
    poll, code = a_poll(found), a_batch(found)[0]
    assert find_voter_id(poll, acting(person)) is None
    uses(person, found, code)
    assert find_voter_id(poll, acting(person)) is not None
    assert (how_many(Voter), how_many(Credential)) == (1, 2)
    assert is_own_code(found.id, code, acting(person))
    assert not is_own_code(found.id, code, acting(other))
    with pytest.raises(Conflict):
        uses(other, found, code)
    with pytest.raises(Conflict):
        uses(person, found, code)
    assert find_voter_id(poll, acting(other)) is None


def test_a_code_belongs_to_its_round():
    found, other = asking(Verification.LETTER_CODE), asking(Verification.LETTER_CODE)
    with pytest.raises(Conflict):
        uses(a_resident(), other, a_batch(found)[0])


def test_a_round_that_is_closed_or_asks_something_else_takes_no_code():
    found = asking(Verification.LETTER_CODE)
    code = a_batch(found)[0]
    set_state(found, RoundState.CLOSED)
    with pytest.raises(NotNow):
        uses(a_resident(), found, code)
    with pytest.raises(Conflict):
        uses(a_resident(), asking(Verification.EMAIL), code)


@shows("R102")
def test_a_replaced_code_is_dead_and_the_new_one_works():
    found, director = asking(Verification.LETTER_CODE), the_platform()
    area = an_area()
    one, other = issue_codes(found, area.code, draw_codes(2, CODES_KEY), director)
    new = replace_code(found, one.serial, draw_codes(1, CODES_KEY)[0], director)
    assert (new.serial, new.area_code) == (3, area.code)
    with pytest.raises(Conflict):
        uses(a_resident(), found, one.code)
    uses(a_resident(), found, new.code)
    with speaking("en"), pytest.raises(NotNow, match="replaced"):
        replace_code(found, one.serial, draw_codes(1, CODES_KEY)[0], director)
    with speaking("en"), pytest.raises(NotNow, match="used"):
        replace_code(found, new.serial, draw_codes(1, CODES_KEY)[0], director)
    with pytest.raises(Conflict):
        replace_code(found, 99, draw_codes(1, CODES_KEY)[0], director)
    uses(a_resident(), found, other.code)


@shows("R102")
def test_a_replaced_batch_is_dead_but_for_what_was_used():
    found, director = asking(Verification.LETTER_CODE), the_platform()
    old = issue_codes(found, an_area(name="De Wilgen").code, draw_codes(5, CODES_KEY), director)
    person = a_resident()
    uses(person, found, old[0].code)
    batch = list_batches(found.id)[0]
    with pytest.raises(Conflict):
        replace_batch(found, batch.batch, draw_codes(3, CODES_KEY), director)
    new = replace_batch(found, batch.batch, draw_codes(9, CODES_KEY), director)
    assert [one.serial for one in new] == [6, 7, 8, 9]
    newest, first = list_batches(found.id)
    assert (first.issued, first.used, first.replaced, first.unused) == (5, 1, 4, 0)
    assert (newest.issued, newest.used, newest.replaced, newest.area) == (4, 0, 0, "De Wilgen")
    for one in old:
        with pytest.raises(Conflict):
            uses(a_resident(), found, one.code)
    uses(a_resident(), found, new[0].code)
    assert is_own_code(found.id, old[0].code, acting(person))
    with pytest.raises(Conflict):
        replace_batch(found, first.batch, draw_codes(1, CODES_KEY), director)


def test_codes_are_issued_only_where_they_are_asked_and_for_areas_that_exist():
    drawn = draw_codes(1, CODES_KEY)
    with pytest.raises(Conflict):
        issue_codes(asking(Verification.EMAIL), an_area().code, drawn, the_platform())
    with pytest.raises(Conflict):
        issue_codes(asking(Verification.LETTER_CODE), "BU0", drawn, the_platform())


def test_the_area_of_a_code_is_counted_and_no_row_leads_from_it_to_a_vote():
    found, person = asking(Verification.LETTER_CODE), a_resident()
    option, area = options_of(a_poll(found))[0], an_area()
    printed = issue_codes(found, area.code, draw_codes(3, CODES_KEY), the_platform())
    uses(person, found, printed[0].code)
    votes(person, option, Choice.FOR)
    (batch,) = list_batches(found.id)
    assert (batch.batch.area_code, batch.issued, batch.used) == (area.code, 3, 1)
    used = session().scalars(select(LetterCode).where(LetterCode.used_on.is_not(None))).one()
    assert used.used_on == local(clock.now()).date()
    credentials = {bytes(found) for found in session().scalars(select(Credential.hash))}
    assert bytes(used.hash) not in credentials
    assert {c.name for c in inspect(LetterCode).columns} == {
        "id", "round_id", "batch_id", "is_list", "serial", "hash", "used_on", "on_paper", "replaced_at"
    }  # fmt: skip


def test_the_journal_tells_neither_who_used_a_code_nor_which():
    found, person = asking(Verification.LETTER_CODE), a_resident()
    uses(person, found, a_batch(found)[0])
    entry = session().scalars(select(Entry).where(Entry.act == "use_code")).one()
    assert (entry.actor_id, entry.subject_id, entry.facts) == (None, found.id, {})


def refused(typed: str) -> bool:
    try:
        rules.read_code(typed)
    except rules.Mistyped:
        return True
    return False


def everything() -> str:
    """All that stands in the database, as one text."""
    session().flush()
    told = []
    for table in Poll.metadata.sorted_tables:
        for row in session().execute(select(table)):
            told += [value.hex() if isinstance(value, bytes) else str(value) for value in row]
    return "\n".join(told)


@shows("L24")
def test_one_person_with_two_accounts_is_one_voter():
    found, one, other = asking(Verification.EID), a_resident(), a_resident()
    poll = a_poll(found)
    option = options_of(poll)[0]
    prove_identity(found, BSN, acting(one))
    prove_identity(found, BSN, acting(other))
    prove_identity(found, BSN, acting(other))
    votes(one, option, Choice.FOR)
    votes(other, option, Choice.AGAINST)
    assert tally(poll)[option.id] == {"for": 0, "neutral": 0, "against": 1}
    assert (how_many(Voter), how_many(Credential)) == (1, 3)


@shows("L24")
def test_in_two_rounds_one_person_is_two_who_cannot_be_joined():
    one, other, person = asking(Verification.EID), asking(Verification.EID), a_resident()
    for found in (one, other):
        prove_identity(found, BSN, acting(person))
    rows = session().execute(select(Credential.round_id, Credential.hash, Credential.voter_id)).all()
    assert len(rows) == 4
    assert len({bytes(row.hash) for row in rows}) == 4
    assert not {row.voter_id for row in rows if row.round_id == one.id} & {
        row.voter_id for row in rows if row.round_id == other.id
    }


def test_an_account_cannot_be_two_persons_in_one_round():
    found, person = asking(Verification.EID), a_resident()
    prove_identity(found, BSN, acting(person))
    with pytest.raises(Conflict):
        prove_identity(found, "999990019", acting(person))


def test_a_round_that_asks_something_else_takes_no_national_sign_in():
    with pytest.raises(Conflict):
        prove_identity(asking(Verification.EMAIL), BSN, acting(a_resident()))


@shows("L24")
def test_nothing_that_is_kept_holds_the_number():
    found, person = asking(Verification.EID), a_resident()
    option = options_of(a_poll(found))[0]
    prove_identity(found, BSN, acting(person))
    votes(person, option, Choice.FOR)
    assert BSN not in everything()
    entry = session().scalars(select(Entry).where(Entry.act == "prove_identity")).one()
    assert (entry.actor_id, entry.facts) == (None, {})


def test_after_the_key_was_destroyed_nobody_proves_anything():
    found = asking(Verification.EID)
    poll = a_poll(found)
    poll.register.key = None
    session().flush()
    with clock.set_to(clock.now() + timedelta(days=1)), pytest.raises(NotNow):
        prove_identity(found, BSN, acting(a_resident()))
