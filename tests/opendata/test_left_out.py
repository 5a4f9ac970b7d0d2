"""Ballots in a bundle that do not count, and receipts that are checked with one."""

import json
import secrets

import pytest
from sqlalchemy import select, update

from consult.foundation.db import session
from consult.opendata.checking import check
from consult.opendata.unpacking import Differs
from consult.voting import rules, watching
from consult.voting.ballots import cast_ballot
from consult.voting.models import (
    Ballot,
    BallotNetwork,
    Choice,
    InvalidBallot,
    Method,
    Option,
)
from consult.voting.queries import get_sheet
from consult.voting.receipts import get_own_receipt
from consult.voting.verbs import cast_support
from tests.builders import a_member_of_staff, a_resident, acting, the_platform
from tests.opendata.bundled import FEW, MANY, contents, ended, tampered, voted, written
from tests.shows import shows
from tests.voting.builders import options_of


@shows("R103")
@pytest.mark.parametrize("quorum", [None, MANY - 5, MANY])
def test_a_ballot_that_does_not_count_is_opened_and_left_out(unit, tmp_path, quorum):
    poll = voted(Method.APPROVAL, MANY)
    poll.parameters = {**poll.parameters, **({"quorum": quorum} if quorum else {})}
    out, _agreed = left_out(poll, 3), left_out(poll, 2, agrees=False)
    lifted = left_out(poll, 4)
    watching.lift_invalidation(lifted, "Toch eerlijk.", acting(a_member_of_staff()))
    ended(poll)
    path = written(tmp_path, poll)
    lines = contents(path)["poll-1/ballots.jsonl"].splitlines(keepends=True)
    told = [line for line in lines if b'"counts":false' in line]
    assert [json.loads(line).keys() for line in told] == [{"tag", "counts", "decision"}] * 3  # and not what they say
    assert {json.loads(line)["decision"] for line in told} == {out.number}
    report = check(path)
    assert "3 ballots do not count, and they are those that two persons left out" in " ".join(report.checked)
    assert "what 3 ballots say that do not count" in " ".join(report.withheld)
    about = json.loads(contents(path)["poll-1/poll.json"])
    about["decisions"] = about["decisions"][:1]
    with pytest.raises(Differs, match="not those that two persons left out"):
        check(tampered(path, "poll-1/poll.json", lambda _told: json.dumps(about).encode()))


@shows("R103")
def test_another_ballot_than_two_persons_left_out_cannot_be_left_out_instead(unit, tmp_path):
    poll = voted(Method.APPROVAL, MANY)
    left_out(poll, 2)
    one = unit.scalars(select(InvalidBallot.ballot_id)).first()
    other = unit.scalars(select(Ballot.id).where(Ballot.id.not_in(select(InvalidBallot.ballot_id)))).first()
    unit.execute(update(InvalidBallot).where(InvalidBallot.ballot_id == one).values(ballot_id=other))
    ended(poll)
    with pytest.raises(Differs, match="not those that two persons left out"):
        check(written(tmp_path, poll))


def test_a_receipt_of_a_ballot_that_does_not_count_is_told_so(unit, tmp_path):
    poll = voted(Method.SUPPORT)
    person, option = a_resident(), next(one for one in options_of(poll) if one.stands)
    cast_support(option, acting(person), Choice.FOR)
    code = get_own_receipt(acting(person), poll.round.slug, poll.id).code
    left_out(poll, 1, Ballot.tag == code.tag)
    ended(poll)
    with pytest.raises(Differs, match="the ballot of your receipt does not count"):
        check(written(tmp_path, poll), receipt=code.written)


def left_out(poll, number, *those, agrees=True):
    """Let two persons decide about some ballots of which nothing was proposed yet."""
    taken = select(InvalidBallot.ballot_id)
    fresh = select(Ballot.id).where(Ballot.poll_id == poll.id, Ballot.id.not_in(taken), *those).limit(number)
    network = secrets.token_bytes(32)
    for ballot_id in session().scalars(fresh).all():
        session().add(BallotNetwork(ballot_id=ballot_id, poll_id=poll.id, network=network, stretch=1))
    session().flush()
    cluster = watching.Cluster(f"n{network.hex()}", number, number)
    made = watching.propose_invalidation(poll, cluster, "Zelfde net.", acting(a_member_of_staff()))
    watching.decide_invalidation(made, acting(a_member_of_staff()), agrees=agrees)
    session().flush()
    return made


def test_a_receipt_is_found_in_the_file_and_so_is_a_change_that_its_owner_did_not_make(unit, tmp_path):
    poll = voted(Method.RANKING)
    options = list(session().scalars(select(Option).where(Option.poll_id == poll.id)))
    person = a_resident()
    cast_ballot(get_sheet(the_platform(), poll.round.slug, poll.id), acting(person), {options[0].id: 1})
    first = get_own_receipt(acting(person), poll.round.slug, poll.id).code.written
    cast_ballot(get_sheet(the_platform(), poll.round.slug, poll.id), acting(person), {options[1].id: 1})
    second = get_own_receipt(acting(person), poll.round.slug, poll.id).code.written
    ended(poll)
    path = written(tmp_path, poll)
    assert "the ballot of your receipt counts as the receipt says" in " ".join(check(path, receipt=second).checked)
    with pytest.raises(Differs, match="was changed after the receipt was made"):
        check(path, receipt=first)
    with pytest.raises(Differs, match="No ballot in this bundle belongs to this receipt"):
        check(path, receipt="A" * 128)
    with pytest.raises(Differs, match="128"):
        check(path, receipt="A")


def test_a_receipt_of_a_ballot_that_is_withheld_is_found_in_the_journal(unit, tmp_path):
    poll = voted(Method.SUPPORT, FEW)
    person = a_resident()
    option = next(one for one in options_of(poll) if one.stands)
    cast_support(option, acting(person), Choice.FOR)
    code = get_own_receipt(acting(person), poll.round.slug, poll.id).code
    ended(poll)
    path = written(tmp_path, poll)
    assert "the commitment of your receipt is in the journal" in " ".join(check(path, receipt=code.written).checked)
    other = rules.ReceiptCode(code.tag, code.salt, bytes(32)).written
    with pytest.raises(Differs, match="commitment of your receipt is not in the journal"):
        check(path, receipt=other)
