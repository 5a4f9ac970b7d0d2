import base64
import random
import secrets
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import func, select, text

from consult.audit.merkle import leaf_hash, proof, root_of
from consult.audit.models import Checkpoint, Entry, Leaf
from consult.audit.queries import count_leaves, find_checkpoint, find_places, hashes_of, list_unsealed
from consult.audit.sealing import AT_ONCE, HIDDEN_AMONG, judge, seal_next, set_checkpoint
from consult.audit.verbs import ballot_digest, record
from consult.foundation import clock
from consult.foundation.db import new_id, session
from consult.foundation.notes import Signer, is_signed, opened
from consult.policy import Act
from tests.audit.builders import ORIGIN, entries, sealed, tampered
from tests.builders import the_platform
from tests.shows import shows


class APoll:
    def __init__(self):
        self.id, self.round_id = new_id(), new_id()


Poll = type("Poll", (APoll,), {})


def a_vote(poll):
    return record(Act.CAST_VOTE, None, poll, tag=secrets.token_hex(32), commitment=secrets.token_hex(32))


def order():
    return list(session().scalars(select(Leaf.entry_position).order_by(Leaf.position)))


def none_ended(_polls):
    return ()


@shows("R91")
def test_entries_are_sealed_in_their_order_and_once(unit):
    entries(7)
    assert seal_next(none_ended) == 7
    assert seal_next(none_ended) == 0
    entries(3)
    assert seal_next(none_ended) == 3
    assert order() == sorted(order())
    found = judge()
    assert (found.size, found.waiting, found.bad) == (10, 0, None)


def test_an_entry_that_becomes_visible_late_is_sealed_all_the_same(unit, monkeypatch):
    entries(5)
    late = session().scalars(select(Entry.position).order_by(Entry.position)).all()[1]
    with monkeypatch.context() as before:
        before.setattr(
            "consult.audit.sealing.list_unsealed",
            lambda *a, **k: [e for e in list_unsealed(*a, **k) if e.position != late],
        )
        assert seal_next(none_ended) == 4
    assert seal_next(none_ended) == 1
    assert order()[-1] == late
    assert judge().bad is None


def test_more_than_fits_one_transaction_is_sealed_in_pieces(unit, monkeypatch):
    monkeypatch.setattr("consult.audit.sealing.AT_ONCE", 3)
    assert AT_ONCE == 5_000
    entries(7)
    assert [seal_next(none_ended) for _ in range(4)] == [3, 3, 1, 0]
    assert judge().bad is None


@shows("R93")
def test_ballots_wait_for_each_other_and_come_in_shuffled(unit):
    poll, other = Poll(), Poll()
    for _ in range(HIDDEN_AMONG - 1):
        a_vote(poll)
    a_vote(other)
    entries(1)
    assert seal_next(none_ended) == 1
    votes = [a_vote(poll) for _ in range(40)]
    session().flush()
    assert seal_next(none_ended) == HIDDEN_AMONG - 1 + 40
    cast = [one.position for one in votes]
    placed = [one for one in order() if one in set(cast)]
    assert placed != cast
    assert sorted(placed) == cast
    assert seal_next(none_ended) == 0
    assert seal_next(lambda polls: polls) == 1
    assert judge().bad is None


def test_many_changes_of_few_ballots_hide_nothing_so_they_wait(unit):
    poll = Poll()
    for _ in range(30):
        record(Act.CAST_VOTE, None, poll, tag="ab" * 32, commitment=secrets.token_hex(32))
    entries(1)
    assert [seal_next(none_ended) for _ in range(2)] == [1, 0]
    assert seal_next(lambda polls: polls) == 30


def test_polls_in_which_few_vote_hold_no_other_poll_up_and_each_goes_in_whole(unit, monkeypatch):
    monkeypatch.setattr("consult.audit.sealing.AT_ONCE", 30)
    for _ in range(10):
        small = Poll()
        for _ in range(4):
            a_vote(small)
    first, second = Poll(), Poll()
    for _ in range(20):
        a_vote(first), a_vote(second)
    entries(2)
    assert [seal_next(none_ended) for _ in range(4)] == [20, 20, 2, 0]
    many = Poll()
    for _ in range(37):
        a_vote(many)
    assert [seal_next(none_ended) for _ in range(2)] == [30, 0]  # seven tell too much, so they wait
    assert sum(iter(lambda: seal_next(lambda polls: polls), 0)) == 47
    assert judge().bad is None


def test_the_last_ballots_come_in_before_the_close_of_their_poll(unit):
    poll = Poll()
    votes = [a_vote(poll) for _ in range(3)]
    closing = record(Act.CLOSE_PHASE, the_platform())
    session().flush()
    assert [seal_next(lambda _polls: {poll.id}) for _ in range(3)] == [3, 1, 0]
    assert order()[-1] == closing.position
    assert set(order()[:-1]) == {one.position for one in votes}


def test_a_voter_knows_the_leaf_of_the_own_ballot_and_no_leaf_tells_when_it_was_cast(unit):
    poll, tag, commitment = Poll(), secrets.token_hex(32), secrets.token_hex(32)
    with clock.set_to(clock.now() - timedelta(days=3)):
        entry = record(Act.CAST_VOTE, None, poll, tag=tag, commitment=commitment)
    entries(20)
    sealed()
    digest = ballot_digest(poll.id, poll.round_id, tag, commitment)
    assert digest == entry.digest
    found = leaf_hash(digest)
    place = find_places([found, leaf_hash(b"another one")])[found]
    last = find_checkpoint()
    known = hashes_of({(level, at) for level in range(6) for at in range(30)})
    assert root_of(found, place, last.size, proof(place, last.size, known.__getitem__)) == last.root


@shows("R92")
def test_a_checkpoint_is_written_each_hour_and_signed(unit):
    signer = Signer(ORIGIN, Ed25519PrivateKey.generate())
    entries(3)
    assert set_checkpoint(ORIGIN, signer) is None
    seal_next(none_ended)
    first = set_checkpoint(ORIGIN, signer)
    assert opened(first.note) == f"{ORIGIN}\n3\n{base64.b64encode(first.root).decode()}\n"
    assert is_signed(first.note, signer.public)
    assert not is_signed(first.note, Signer(ORIGIN, Ed25519PrivateKey.generate()).public)
    assert not is_signed(first.note.replace("\n3\n", "\n4\n"), signer.public)
    entries(1)
    seal_next(none_ended)
    assert set_checkpoint(ORIGIN, signer) is None
    with clock.set_to(clock.now() + timedelta(hours=1)):
        assert set_checkpoint(ORIGIN, signer).size == 4
        assert set_checkpoint(ORIGIN, signer, is_due=True) is None
    assert judge(public=signer.public).bad is None
    assert judge(public=Signer(ORIGIN, Ed25519PrivateKey.generate()).public).bad == 3


@pytest.mark.parametrize("table", ["leaf", "node", "checkpoint"])
@pytest.mark.parametrize("change", ["update {} set hash = hash", "delete from {}"])
def test_the_database_refuses_to_change_the_tree(unit, table, change):
    entries(3)
    sealed()
    change = change.replace("hash", "root") if table == "checkpoint" else change
    with pytest.raises(Exception, match="never changed"):
        session().execute(text(change.format(table)))


TAMPERING = {
    "edited": ("update entry set act = 'x' where position = {at}", "this entry was changed"),
    "edited with its digest": ("update entry set digest = {other} where position = {at}", "this entry was changed"),
    "dropped with its leaf": (
        "delete from leaf where entry_position = {at}; delete from entry where position = {at}",
        "a leaf is missing",
    ),
    "a stored part": ("update node set hash = {other} where level = 2 and place = 1", "a stored part"),
    "a leaf": ("update leaf set hash = {other} where entry_position = {at}", "another one than was sealed"),
}


@shows("R91", "R92")
@pytest.mark.parametrize("what", TAMPERING)
def test_what_was_tampered_with_is_found_at_its_place(empty_database, what):
    with empty_database.writing():
        entries(20)
        sealed()
        at = session().scalars(select(Leaf.entry_position).where(Leaf.position == 6)).one()
    assert _judged(empty_database).bad is None
    other = "zeroblob(32)" if empty_database.is_sqlite else "decode(repeat('00', 32), 'hex')"
    change, why = TAMPERING[what]
    tampered(empty_database, *change.format(at=at, other=other).split("; "))
    found = _judged(empty_database)
    assert found.bad == (4 if what == "a stored part" else 6)
    assert why in found.why


@shows("R92")
def test_a_rebuilt_journal_fits_no_root_that_was_kept_elsewhere(empty_database):
    with empty_database.writing():
        entries(20)
        sealed()
        anchor = (find_checkpoint().size, find_checkpoint().root)
    assert _judged(empty_database, anchor).bad is None
    tampered(empty_database, "delete from leaf", "delete from node", "delete from checkpoint")
    with empty_database.writing():
        order_of_all = list(session().scalars(select(Entry.position)))
    removed = random.Random(3).choice(order_of_all)
    tampered(empty_database, f"delete from entry where position = {removed}")
    with empty_database.writing():
        entries(1)
        sealed()
    assert _judged(empty_database).bad is None  # whoever owns the database can rebuild all of it …
    found = _judged(empty_database, anchor)  # … but for what others kept
    assert (found.bad, found.why) == (20, "the root that was kept elsewhere is another one")


@shows("R92")
def test_what_was_cut_off_is_missed_by_a_checkpoint_and_by_an_anchor(empty_database):
    with empty_database.writing():
        entries(20)
        sealed()
        anchor = (find_checkpoint().size, find_checkpoint().root)
        last = session().scalar(select(func.max(Entry.position)))
    cut = ["delete from leaf where position = 19", f"delete from entry where position = {last}"]
    cut += ["delete from node where (place + 1) * (1 << level) > 19"]
    tampered(empty_database, *cut)
    assert (_judged(empty_database).bad, count(empty_database)) == (19, 19)
    tampered(empty_database, "delete from checkpoint")
    assert _judged(empty_database).bad is None
    assert _judged(empty_database, anchor).bad == 19


def test_a_checkpoint_that_says_another_root_is_found(empty_database):
    with empty_database.writing():
        entries(4)
        sealed()
    tampered(empty_database, "update checkpoint set note = replace(note, 'localhost', 'elsewhere')")
    assert _judged(empty_database).bad is None  # who signed is asked with the key alone
    tampered(empty_database, "update checkpoint set note = 'x'")
    assert "cannot be read" in _judged(empty_database).why


def count(database):
    with database.reading():
        return count_leaves()


def _judged(database, anchor=None):
    with database.reading():
        assert session().scalar(select(func.count(Checkpoint.size))) is not None
        return judge(anchor)
