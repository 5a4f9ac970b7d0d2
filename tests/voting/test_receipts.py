import base64
import re
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from consult.audit.merkle import leaf_hash, root_of
from consult.audit.models import Entry
from consult.audit.queries import find_checkpoint
from consult.audit.verbs import ballot_digest
from consult.foundation import clock
from consult.foundation.db import session
from consult.foundation.errors import NotFound
from consult.policy import Act, Actor
from consult.rounds.models import PhaseKind, Verification
from consult.rounds.verbs import close_phase
from consult.voting import verbs
from consult.voting.ballots import Plan, cast_ballot, set_up_poll, withdraw_ballot
from consult.voting.closing import OBJECTION, destroy_keys, list_parting
from consult.voting.models import Choice, Method, Opinion, Poll, Register
from consult.voting.queries import get_poll, get_sheet, own_marks
from consult.voting.receipts import Stand, get_own_receipt, get_receipt
from consult.voting.results import recount
from consult.voting.rules import Mistyped, ReceiptCode, read_receipt
from consult.working import work_once
from tests.audit.builders import entries, sealed
from tests.builders import a_resident, acting, phase_of, the_platform
from tests.shows import shows
from tests.voting.builders import a_poll, a_voting_round, options_of, votes


def a_budget(found=None):
    found = found or a_voting_round()
    told = {"parameters": {"budget": 100_00, "rule": "greedy"}, "plans": [Plan("Bomen", 40_00), Plan("Licht", 30_00)]}
    phase = phase_of(found, PhaseKind.PRIORITISE)
    poll = set_up_poll(found, phase, the_platform(), title="Wat kiest u?", method=Method.BUDGET, **told)
    return get_sheet(the_platform(), found.slug, poll.id)


def visitor():
    return Actor(arrived_at=clock.now())


def own(poll, person):
    return get_own_receipt(acting(person), poll.round.slug, poll.id)


def by_code(poll, receipt):
    return get_receipt(visitor(), poll.round.slug, poll.id, receipt.code.written)


def test_the_code_of_a_receipt_is_read_as_it_was_written():
    code = ReceiptCode(b"\x01" * 32, b"\xfe" * 32, b"\x77" * 32)
    assert len(code.written) == 128
    assert read_receipt(f" {code.written[:64]}\n {code.written[64:]} ") == code
    for wrong in ("", code.written[:-1], code.written + "A", "é" * 128, "=" * 128):
        with pytest.raises(Mistyped):
            read_receipt(wrong)


def test_whoever_has_the_code_sees_the_ballot_and_that_it_counts(unit):
    sheet, person = a_budget(), a_resident()
    assert own(sheet.poll, person).code is None
    option = sheet.options[0]
    entry = cast_ballot(sheet, acting(person), {option.id: 1})
    mine = own(sheet.poll, person)
    found = by_code(sheet.poll, mine)
    assert found.stand is Stand.COUNTS
    assert [(one.title, one.reference) for one in found.says] == [(option.contribution.title, option.reference)]
    (stamp,) = found.stamps
    assert (stamp.commitment, stamp.digest) == (entry.facts["commitment"], entry.digest)
    assert stamp.place is None
    assert not found.is_sealed


@shows("R93")
def test_after_sealing_a_receipt_holds_the_proof(unit):
    sheet, person = a_budget(), a_resident()
    cast_ballot(sheet, acting(person), {sheet.options[0].id: 1})
    entries(30)
    sealed()
    found = by_code(sheet.poll, own(sheet.poll, person))
    (stamp,) = found.stamps
    last = find_checkpoint()
    assert found.is_sealed
    assert root_of(leaf_hash(stamp.digest), stamp.place, last.size, stamp.path) == last.root
    digest = ballot_digest(sheet.poll.id, sheet.poll.round_id, found.code.tag.hex(), stamp.commitment)
    assert digest == stamp.digest


def test_a_receipt_of_a_ballot_that_changed_shows_nothing_of_it_but_that_it_changed(unit):
    sheet, person = a_budget(), a_resident()
    cast_ballot(sheet, acting(person), {sheet.options[0].id: 1})
    first = own(sheet.poll, person)
    cast_ballot(sheet, acting(person), {sheet.options[1].id: 1})
    found = by_code(sheet.poll, first)
    assert (found.stand, found.says) == (Stand.REPLACED, ())
    second = own(sheet.poll, person)
    withdraw_ballot(sheet, acting(person))
    assert by_code(sheet.poll, second).stand is Stand.REPLACED
    gone = by_code(sheet.poll, own(sheet.poll, person))
    assert (gone.stand, list(gone.says)) == (Stand.COUNTS, [])


def test_a_code_that_was_made_up_opens_nothing(unit):
    sheet, person = a_budget(), a_resident()
    cast_ballot(sheet, acting(person), {sheet.options[0].id: 1})
    real = own(sheet.poll, person).code
    for tag, salt, commitment in (
        (real.tag, bytes(32), real.commitment),
        (real.tag, real.salt, bytes(32)),
        (bytes(32), real.salt, real.commitment),
    ):
        code = ReceiptCode(tag, salt, commitment).written
        found = get_receipt(visitor(), sheet.poll.round.slug, sheet.poll.id, code)
        assert found.stand is not Stand.COUNTS
        assert not found.says
    with pytest.raises(NotFound):
        get_receipt(visitor(), sheet.poll.round.slug, sheet.poll.id, "x")


def test_where_people_choose_option_by_option_the_receipt_is_of_all_of_them(unit):
    poll, person = a_poll(proposals=3), a_resident()
    options = options_of(poll)
    votes(person, options[0], Choice.FOR)
    votes(person, options[1], Choice.AGAINST)
    sealed()
    found = by_code(poll, own(poll, person))
    assert {one.words for one in found.says} == {Choice.FOR.words, Choice.AGAINST.words}
    assert len(found.stamps) == 2
    assert found.is_sealed
    votes(person, options[0], Choice.NONE)
    assert by_code(poll, found).stand is Stand.REPLACED
    assert [one.words for one in by_code(poll, own(poll, person)).says] == [Choice.AGAINST.words]


def test_a_receipt_of_statements_says_what_was_answered(unit):
    poll, person = a_poll(proposals=1, method=Method.STATEMENTS), a_resident()
    verbs.cast_opinion(options_of(poll)[0], acting(person), Opinion.DISAGREE)
    assert [one.words for one in by_code(poll, own(poll, person)).says] == [Opinion.DISAGREE.words]


# --- pages ---


def test_a_receipt_is_looked_up_without_signing_in_and_saved_as_text(site):
    with site.writing():
        sheet, person = a_budget(), a_resident()
        slug, poll_id, title = sheet.poll.round.slug, sheet.poll.id, sheet.options[0].contribution.title
        cast_ballot(sheet, acting(person), {sheet.options[0].id: 1})
        sealed()
    here = f"/rounds/{slug}/receipts/{poll_id}"
    page = site.browser(person).get(here).text
    code = re.search(r"<dd><code>([A-Za-z0-9_-]{128})</code>", page)[1]
    assert title in page
    somebody = site.browser()
    asked = somebody.get(f"/rounds/{slug}/receipts?receipt=%20{code[:70]}%0A{code[70:]}")
    assert asked.status_code == 302
    found = somebody.get(asked.location)
    assert found.status_code == 200
    assert title in found.text
    assert "Dit is het stembiljet zoals het nu telt." in found.text
    told = somebody.get(f"{here}/{code}.txt")
    assert told.mimetype == "text/plain"
    assert f"http://localhost{here}/{code}" in told.text
    assert code in told.text
    lines = told.text.splitlines()
    at = next(n for n, line in enumerate(lines) if line.startswith("index "))
    path = []
    for line in lines[at + 1 :]:
        if not line:
            break
        path.append(base64.b64decode(line, validate=True))
    digest = bytes.fromhex(next(line for line in lines if line.startswith("digest ")).split()[1])
    with site.reading():
        last = find_checkpoint()
        assert root_of(leaf_hash(digest), int(lines[at].split()[1]), last.size, path) == last.root
    assert "no-store" in found.headers["Cache-Control"]


def test_what_cannot_be_a_code_comes_back_with_a_sentence(site):
    with site.writing():
        sheet = a_budget()
        slug = sheet.poll.round.slug
    browser = site.browser()
    assert browser.get(f"/rounds/{slug}/receipts").status_code == 200
    wrong = browser.get(f"/rounds/{slug}/receipts?receipt=%3Cb%3Eabc")
    assert wrong.status_code == 422
    assert "&lt;b&gt;abc" in wrong.text
    assert 'aria-invalid="true"' in wrong.text
    made_up = ReceiptCode(bytes(32), bytes(32), bytes(32)).written
    assert browser.get(f"/rounds/{slug}/receipts?receipt={made_up}").status_code == 422
    assert browser.get(f"/rounds/{slug}/receipts/{sheet.poll.id}").status_code == 200


@shows("R92")
def test_the_record_shows_its_checkpoints_to_everybody(site):
    browser = site.browser()
    assert browser.get("/record").status_code == 200
    assert browser.get("/record/checkpoint.txt").text == ""
    with site.writing():
        entries(3)
        sealed()
        root = find_checkpoint().root
    assert root.hex() in browser.get("/record").text
    assert base64.b64encode(root).decode() in browser.get("/record/checkpoint.txt").text


# --- keys ---


def closed(poll, at):
    with clock.set_to(at):
        poll.phase.closing_at = at
        close_phase(poll.phase, the_platform(at))
    session().flush()


@shows("R97")
def test_keys_are_destroyed_six_weeks_after_the_last_vote_and_not_before(empty_database):
    with empty_database.writing():
        sheet, person = a_budget(), a_resident()
        poll_id, slug = sheet.poll.id, sheet.poll.round.slug
        cast_ballot(sheet, acting(person), {sheet.options[0].id: 1})
        mine = own(sheet.poll, person)
        ends = sheet.poll.phase.closes_at + timedelta(minutes=2)
    with clock.set_to(ends):
        work_once(empty_database)
    with clock.set_to(ends + OBJECTION - timedelta(seconds=1)):
        work_once(empty_database)
        with empty_database.reading():
            assert session().get(Poll, poll_id).key is not None
    with clock.set_to(ends + OBJECTION):
        work_once(empty_database)
        work_once(empty_database)
        with empty_database.reading():
            poll = session().get(Poll, poll_id)
            assert poll.key is None
            assert session().get(Register, poll.round_id).key is None
            told = session().scalars(select(Entry).where(Entry.act == Act.DESTROY_KEYS.value)).all()
            assert [one.facts for one in told] == [{"polls": [str(poll_id)]}]
            assert own(mine.poll, person).code is None
            assert own_marks(get_poll(the_platform(), slug, poll_id), acting(person)) == {}
            found = get_receipt(visitor(), slug, poll_id, mine.code.written)
            assert found.stand is Stand.COUNTS  # the receipt alone still leads there
            assert recount() == []


def test_keys_stay_while_people_can_still_vote_and_where_the_votes_are_public_data(unit):
    sheet = a_budget()
    found = sheet.poll.round
    with clock.set_to(sheet.poll.phase.closes_at + OBJECTION * 2):
        assert list_parting() == []  # nobody closed it yet
        assert not destroy_keys(found.id, the_platform())
    at = sheet.poll.phase.closes_at + timedelta(minutes=2)
    closed(sheet.poll, at)
    with clock.set_to(at + OBJECTION):
        assert list_parting() == [found.id]
        found.verification = Verification.IMPORTED
        session().flush()
        assert list_parting() == []


def test_no_key_can_be_read_from_the_database_file_after_it_was_destroyed(unit):
    sheet = a_budget()
    at = sheet.poll.phase.closes_at + timedelta(minutes=2)
    closed(sheet.poll, at)
    with clock.set_to(at + OBJECTION):
        assert destroy_keys(sheet.poll.round_id, the_platform())
        assert not destroy_keys(sheet.poll.round_id, the_platform())
    held = text("select count(*) from poll where key is not null")
    assert session().scalar(held) == 0


def test_pages_say_that_nobody_knows_any_more_whose_ballot_is_whose(site):
    with site.writing():
        sheet, person = a_budget(), a_resident()
        slug, poll_id = sheet.poll.round.slug, sheet.poll.id
        cast_ballot(sheet, acting(person), {sheet.options[0].id: 1})
        at = sheet.poll.phase.closes_at + timedelta(minutes=2)
        closed(sheet.poll, at)
    with clock.set_to(at + OBJECTION):
        with site.writing():
            assert destroy_keys(sheet.poll.round_id, the_platform())
        browser = site.browser(person)
        for path in (f"/rounds/{slug}/receipts/{poll_id}", f"/rounds/{slug}/ballot/{poll_id}"):
            page = browser.get(path)
            assert page.status_code == 200
            assert "Niemand kan meer zien welk stembiljet" in page.text
