import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import func, select

from consult.contributions.models import Channel
from consult.foundation.db import Database, session
from consult.foundation.errors import Conflict, Refused
from consult.participants.models import Person
from consult.rounds.models import Verification
from consult.rounds.queries import get_round
from consult.voting.electorate import use_code
from consult.voting.models import Credential, LetterCode, Method, PaperBallot, Voter
from consult.voting.on_paper import UnfitLetter, enter_paper, find_letter, get_paper_sheet
from tests.builders import a_member_of_staff, a_resident, acting, the_platform
from tests.shows import shows
from tests.together import at_once as together
from tests.voting.builders import CODES_KEY, a_batch, a_voting_round
from tests.voting.test_ballots import a_choice


def at_once(database: Database, slug: str, tries: list[tuple[uuid.UUID, str]]) -> list[str]:
    """Let people use codes at the same moment, each in a transaction of their own."""

    def one(told: tuple[uuid.UUID, str]) -> str:
        def work() -> None:
            found = get_round(the_platform(), slug)
            use_code(found, told[1], CODES_KEY, acting(session().get_one(Person, told[0])))

        try:
            database.write(work)
        except Refused:
            return "refused"
        return "used"

    with ThreadPoolExecutor(len(tries)) as pool:
        return list(pool.map(one, tries))


def how_many(table: type) -> int:
    return session().scalar(select(func.count()).select_from(table))


def codes_for(database: Database, number: int, people: int) -> tuple[str, list[str], list[uuid.UUID]]:
    with database.writing():
        found = a_voting_round()
        found.verification = Verification.LETTER_CODE
        return found.slug, a_batch(found, number), [a_resident().id for _ in range(people)]


@shows("R102")
def test_of_twenty_uses_of_one_code_at_once_one_succeeds(empty_database):
    slug, (code,), people = codes_for(empty_database, 1, 20)
    outcomes = at_once(empty_database, slug, [(person, code) for person in people])
    assert Counter(outcomes) == {"used": 1, "refused": 19}
    with empty_database.reading():
        assert (how_many(Voter), how_many(Credential)) == (1, 2)


def test_somebody_who_uses_two_codes_at_once_keeps_one_unused(empty_database):
    slug, codes, (person,) = codes_for(empty_database, 2, 1)
    assert sorted(at_once(empty_database, slug, [(person, code) for code in codes])) == ["refused", "used"]
    with empty_database.reading():
        assert how_many(Voter) == 1
        assert session().scalar(select(func.count(LetterCode.used_on))) == 1


def test_of_a_letter_that_is_used_on_paper_and_online_at_once_one_counts(empty_database):
    slug, (code,), (person,) = codes_for(empty_database, 1, 1)
    with empty_database.writing():
        found = get_round(the_platform(), slug)
        poll = a_choice(Method.APPROVAL, found)
        poll_id, staff = poll.id, acting(a_member_of_staff())

    def online():
        found, one = get_round(the_platform(), slug), acting(session().get_one(Person, person))
        return lambda: use_code(found, code, CODES_KEY, one)

    def on_paper():
        sheet = get_paper_sheet(the_platform(), slug, poll_id)
        letter, told = find_letter(sheet.round_id, 1, None), {sheet.options[0].id: 1}

        def enters() -> None:
            try:
                enter_paper(sheet, letter, staff, channel=Channel.LETTER, marks=told)
            except UnfitLetter as problem:
                raise Conflict(str(problem)) from problem

        return enters

    kept = together(empty_database, online, on_paper)
    assert sorted(kept) == [False, True]
    with empty_database.reading():
        assert how_many(PaperBallot) + session().scalar(select(func.count()).select_from(Voter)) == 1
