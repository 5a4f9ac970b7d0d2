"""Many votes at one moment, from two processes: each person has one ballot and one mark for each proposal."""

import socket
from concurrent.futures import ThreadPoolExecutor

import pytest

from consult.voting.models import Choice
from tests.once.harness import a_town, cast_at_once, form_of, look, post, served
from tests.once.labour import Conditions
from tests.shows import shows

MANY = 64
CHOICES = (Choice.FOR, Choice.NEUTRAL, Choice.AGAINST)


@shows("R67")
def test_64_votes_of_one_person_on_one_proposal_leave_one_ballot_with_one_mark(empty_database):
    town = a_town(empty_database)
    told = cast_at_once(Conditions(town.url), [town.vote(choice=CHOICES[n % 3]) for n in range(MANY)])
    kept = look(empty_database, town)
    assert told == ["kept"] * MANY
    assert (kept.voters, kept.credentials, kept.ballots, kept.marks) == (1, 1, 1, 1)
    assert (kept.changes, kept.entries, sum(kept.counts[0].values()), kept.wrong) == (MANY, MANY, 1, ())


@shows("R67")
def test_64_votes_of_one_person_on_8_proposals_leave_one_ballot_with_8_marks(empty_database):
    town = a_town(empty_database, proposals=8)
    told = cast_at_once(Conditions(town.url), [town.vote(option=n % 8) for n in range(MANY)])
    kept = look(empty_database, town)
    assert told == ["kept"] * MANY
    assert (kept.voters, kept.ballots, kept.marks, kept.changes) == (1, 1, 8, MANY)
    assert kept.counts == ({"for": 1, "neutral": 0, "against": 0},) * 8
    assert kept.wrong == ()


@shows("R67")
def test_64_people_who_vote_at_once_all_count_once(empty_database):
    town = a_town(empty_database, people=MANY // 2)
    told = cast_at_once(Conditions(town.url), [town.vote(voter=n % (MANY // 2)) for n in range(MANY)])
    kept = look(empty_database, town)
    assert told == ["kept"] * MANY
    assert (kept.voters, kept.ballots, kept.marks, kept.changes) == (MANY // 2, MANY // 2, MANY // 2, MANY)
    assert kept.counts[0] == {"for": MANY // 2, "neutral": 0, "against": 0}
    assert kept.wrong == ()


@shows("R67", "S48")
def test_64_requests_to_two_servers_leave_one_ballot_with_one_mark(empty_database):
    town = a_town(empty_database)
    path = f"/rounds/{town.slug}/vote/{town.options[0]}"
    with served(Conditions(town.url)) as servers, ThreadPoolExecutor(MANY) as browsers:

        def one(number: int) -> tuple[int, str]:
            return post(servers[number % 2][0], path, town.voters[0], {"choice": CHOICES[number % 3].value})

        answers = list(browsers.map(one, range(MANY)))
    kept = look(empty_database, town)
    assert {status for status, _location in answers} == {303}
    assert (kept.voters, kept.ballots, kept.marks, kept.changes, kept.entries) == (1, 1, 1, MANY, MANY)
    assert kept.wrong == ()


@shows("R66")
def test_a_vote_whose_answer_was_lost_can_be_sent_again(empty_database):
    town = a_town(empty_database)
    path = f"/rounds/{town.slug}/vote/{town.options[0]}"
    with served(Conditions(town.url), count=1) as ((port, _pid),):
        body, headers = form_of(port, town.voters[0], {"choice": "for"})
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        for _ in range(5):
            with socket.create_connection(("127.0.0.1", port)) as cut:
                head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Length: {len(body)}\r\n{lines}\r\n"
                cut.sendall((head + body).encode())
        assert post(port, path, town.voters[0], {"choice": "for"})[0] == 303
    kept = look(empty_database, town)
    assert (kept.ballots, kept.marks, kept.wrong) == (1, 1, ())
    assert kept.counts[0]["for"] == 1


def test_this_net_notices_code_that_checks_and_then_inserts(careless_database):
    town = a_town(careless_database)
    conditions = Conditions(town.url, bug="check, then insert", database="legacy")
    cast_at_once(conditions, [town.vote() for _ in range(16)])
    kept = look(careless_database, town)
    assert kept.ballots > 1


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
@shows("R63")
def test_this_net_notices_a_transaction_that_begins_as_a_reader(empty_database):
    town = a_town(empty_database)
    told = cast_at_once(Conditions(town.url, database="plain begin"), [town.vote() for _ in range(16)])
    assert "OperationalError" in told
