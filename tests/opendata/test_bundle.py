import base64
import json
import random
import re
import secrets
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from consult.audit.queries import find_checkpoint
from consult.audit.verbs import record
from consult.foundation import clock
from consult.foundation.db import session
from consult.foundation.notes import Signer
from consult.opendata import bundle, checking, pabulib
from consult.opendata.checking import check, reported
from consult.opendata.unpacking import Differs
from consult.policy import Act, system
from consult.rounds.queries import get_round
from consult.voting.ballots import cast_ballot
from consult.voting.closing import close_poll
from consult.voting.models import (
    Method,
    Option,
)
from consult.voting.queries import get_sheet, list_polls
from consult.voting.results import recount, results_of
from tests.audit.builders import ORIGIN, entries, sealed
from tests.builders import a_resident, acting, the_platform
from tests.opendata.bundled import FEW, MANY, a_bundle, contents, ended, packed, tampered, voted, votes, written
from tests.shows import shows

FIXTURES = Path(__file__).parent / "fixtures"


@pytest.fixture(scope="module")
def kept(homes, tmp_path_factory):
    """The bundle of one poll of each method, made once."""
    made = {}
    for method in (Method.SUPPORT, Method.BUDGET, Method.RANKING):
        folder = tmp_path_factory.mktemp(method.value)
        database = homes.empty("sqlite", folder)
        with database.writing():
            made[method] = a_bundle(folder, method)
        database.dispose()
    return made


@shows("R93")
@pytest.mark.parametrize("method", list(Method))
def test_a_bundle_is_counted_again_from_itself_alone(unit, tmp_path, method):
    poll = voted(method)
    ended(poll)
    assert recount() == []
    path = written(tmp_path, poll)
    (result,) = results_of(poll.round)
    session().close()
    report = check(path)
    assert report.withheld == []
    assert any(f"{result.ballots} ballots count to this outcome" in one for one in report.checked)
    assert MANY - 6 < result.ballots < MANY


def test_all_polls_of_a_round_go_into_one_bundle(unit, tmp_path):
    first = voted(Method.SUPPORT)
    polls = [first, voted(Method.RANKING, found=first.round), voted(Method.POINTS, FEW, found=first.round)]
    ended(*polls)
    report = check(written(tmp_path, *polls))
    assert len([one for one in report.checked if f"{MANY} ballots open their commitments" in one]) == 2
    assert len(report.withheld) == 1
    assert len(list(reported(report))) == len(report.checked) + len(report.withheld) + len(report.beyond)


@shows("R99")
def test_few_ballots_are_withheld_and_the_counts_are_still_sealed(unit, tmp_path):
    path = a_bundle(tmp_path, Method.APPROVAL, FEW)
    assert "poll-1/ballots.jsonl" not in contents(path)
    assert "salt" not in contents(path)["poll-1/record.txt"].decode()
    assert "its ballots are not public" in check(path).withheld[0]
    changed = tampered(
        path, "poll-1/outcome.json", lambda told: re.sub(rb'"votes": \d+', b'"votes": 99', told, count=1)
    )
    with pytest.raises(Differs, match="not the outcome that was sealed"):
        check(changed)


@shows("R99")
def test_nothing_of_the_same_people_in_two_rounds_can_be_laid_beside_each_other(unit, tmp_path, monkeypatch):
    monkeypatch.setattr("consult.opendata.elections.FEWEST", 3)
    people, told = [a_resident() for _ in range(5)], []
    for method in (Method.RANKING, Method.APPROVAL):
        poll = voted(method, FEW)
        sheet = get_sheet(the_platform(), poll.round.slug, poll.id)
        for person in people:
            cast_ballot(sheet, acting(person), {sheet.options[0].id: 1})
        ended(poll)
        parts = contents(written(tmp_path, poll))
        assert parts["poll-1/ballots.jsonl"].count(b"\n") == FEW + len(people)
        told.append(b"\n".join(part for name, part in parts.items() if "poll-1" in name).decode())
    marks = [set(re.findall(r"[0-9a-f]{32,}|[0-9a-f]{8}-[0-9a-f-]{27}", one)) for one in told]
    assert all(len(one) > 3 * FEW for one in marks)
    assert not marks[0] & marks[1]
    own = {one for person in people for one in (str(person.id), person.id.hex, str(person.account_id), person.name)}
    assert not [one for one in own if one in told[0] + told[1]]


def test_a_public_data_set_goes_out_with_its_ballots_and_counts_the_same(unit, tmp_path):
    pabulib.load(FIXTURES / "park.pb", "park", system(clock.now()), lambda *_: None)
    found = get_round(system(clock.now()), "park")
    (poll,) = list_polls(found.id)
    close_poll(poll, results_of(found, computes=True)[0], the_platform())
    session().flush()
    sealed()
    path = written(tmp_path, poll)
    assert b"PROJECTS" in contents(path)["poll-1/election.pb"]
    report = check(path)
    assert "5 ballots count to this outcome" in " ".join(report.checked)
    assert "what 5 ballots say that came in together" in " ".join(report.beyond)


def test_what_is_not_sealed_is_not_handed_over(unit, tmp_path):
    poll = voted(Method.APPROVAL)
    with pytest.raises(bundle.NotSealed):
        written(tmp_path, poll)
    ended(poll)
    record(Act.CAST_VOTE, None, poll, tag="00" * 32, commitment="00" * 32)
    session().flush()
    with pytest.raises(bundle.NotSealed):
        written(tmp_path, poll)


@shows("R92")
def test_a_signature_and_an_anchor_are_checked_where_they_are_given(unit, tmp_path):
    signer = Signer(ORIGIN, Ed25519PrivateKey.generate())
    with clock.set_to(clock.now() - timedelta(days=3)):
        entries(5)
        sealed()
    early = find_checkpoint()
    poll = voted(Method.APPROVAL)
    ended(poll)
    close_poll(poll, results_of(poll.round)[0], the_platform())
    session().flush()
    sealed(signer)
    path, last = written(tmp_path, poll), find_checkpoint()
    report = check(path, key=signer.public, anchor=(last.size, last.root))
    assert "the checkpoint is signed by this key" in report.checked
    assert "the checkpoint is the one that you kept" in report.checked
    grown = "the journal grew from the checkpoint of 5 entries that you kept"
    assert grown in check(path, anchor=(early.size, early.root)).checked
    with pytest.raises(Differs, match="at the size of your anchor it has another root"):
        check(path, anchor=(early.size, bytes(32)))
    for size, words in ((3, "tells the first checkpoint"), (last.size + 1, "and this checkpoint of")):
        report = check(path, anchor=(size, last.root))
        assert words in " ".join(report.withheld)
        assert "anchor" not in " ".join(report.checked)
    with pytest.raises(Differs, match="not signed by this key"):
        check(path, key=Signer(ORIGIN, Ed25519PrivateKey.generate()).public)
    with pytest.raises(Differs, match="the journal was rebuilt"):
        check(path, anchor=(last.size, bytes(32)))
    with pytest.raises(Differs, match="cannot be read"):
        check(path, key="no key")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_byte_that_was_changed_is_named(kept, data):
    path = kept[data.draw(st.sampled_from(sorted(kept)))]
    parts = contents(path)
    name = data.draw(st.sampled_from(sorted(name for name in parts if name != "manifest.json")))
    place = data.draw(st.integers(0, len(parts[name]) - 1))
    byte = data.draw(st.integers(1, 255))
    told = bytearray(parts[name])
    told[place] ^= byte
    with pytest.raises(Differs, match=name.replace(".", r"\.")):
        check(packed(path, {**parts, name: bytes(told)}, mends=False))


SEALED = ["poll-1/ballots.jsonl", "poll-1/record.txt", "poll-1/outcome.json", "checkpoint.txt", "tree.txt"]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_byte_is_named_also_by_who_mends_the_checksum(kept, data):
    path = kept[data.draw(st.sampled_from(sorted(kept)))]
    parts = contents(path)
    name = data.draw(st.sampled_from([one for one in SEALED if parts[one]]))
    told = bytearray(parts[name])
    place = data.draw(st.integers(0, len(told) - 1))
    told[place] = data.draw(st.integers(48, 122).filter(lambda one: one != told[place]))
    if same(name, parts[name], bytes(told)):
        return
    with pytest.raises(Differs):
        check(packed(path, {**parts, name: bytes(told)}))


def same(name: str, before: bytes, after: bytes) -> bool:
    """Whether both say the same: a title, the origin, a salt in capitals, a last letter of base64 that counts half."""
    try:
        return meaning(name, before) == meaning(name, after)
    except (ValueError, AttributeError, LookupError, TypeError):
        return False


def meaning(name: str, told: bytes) -> object:
    if name == "poll-1/ballots.jsonl":
        return [json.loads(line.lower()) for line in told.decode().split("\n") if line]
    if name == "poll-1/outcome.json":
        found = json.loads(told)
        options = sorted([one["id"], one["cost"], one["votes"]] for one in found["options"])
        return [found["ballots"], found["outcomes"], options]
    words = [line.split(" ") for line in told.decode().splitlines()]
    if name == "tree.txt":
        return [[int(start), int(level), base64.b64decode(found, validate=True)] for start, level, found in words]
    return [words[1], base64.b64decode(words[2][0], validate=True)] if name == "checkpoint.txt" else told


TRICKS = {
    "another parameter": ("poll-1/poll.json", b'"max_length": 3', b'"max_length": 2', "not those that were sealed"),
    "another method": ("poll-1/poll.json", b'"approval"', b'"points"', "not those that were sealed"),
    "another ballot": ("poll-1/ballots.jsonl", b'",1]', b'",7]', "opens no commitment"),
    "another salt": ("poll-1/ballots.jsonl", b'"salt":"', b'"salt":"00', "opens no commitment"),
    "another outcome": ("poll-1/outcome.json", b'"selected": [', b'"selected": ["x", ', "not the outcome that was"),
}  # fmt: skip


@pytest.mark.parametrize("trick", TRICKS)
def test_each_trick_is_named_for_what_it_is(unit, tmp_path, trick):
    name, before, after, why = TRICKS[trick]
    path = a_bundle(tmp_path, Method.APPROVAL)
    assert before in contents(path)[name]
    with pytest.raises(Differs, match=why):
        check(tampered(path, name, lambda told: told.replace(before, after, 1)))


def test_a_ballot_that_is_left_out_made_up_or_put_in_twice_is_named(unit, tmp_path):
    path = a_bundle(tmp_path, Method.APPROVAL)
    lines = contents(path)["poll-1/ballots.jsonl"].splitlines(keepends=True)
    record = contents(path)["poll-1/record.txt"].splitlines(keepends=True)
    with pytest.raises(Differs, match="is in the journal, but not among the ballots"):
        check(tampered(path, "poll-1/ballots.jsonl", lambda _told: b"".join(lines[1:])))
    with pytest.raises(Differs, match="line 2: this ballot stands there twice"):
        check(tampered(path, "poll-1/ballots.jsonl", lambda _told: b"".join([lines[0], *lines])))
    made_up = json.dumps({**json.loads(lines[0]), "tag": "ab" * 32, "salt": None}).encode() + b"\n"
    with pytest.raises(Differs, match=r"1 ballots with \d marks have no vote in the journal"):
        check(tampered(path, "poll-1/ballots.jsonl", lambda told: told + made_up))
    with pytest.raises(Differs, match=r"opens no commitment|was changed|leads to another root"):
        check(tampered(path, "poll-1/record.txt", lambda _told: b"".join(record[:-1])))


def test_an_earlier_state_of_a_ballot_does_not_count(unit, tmp_path):
    poll = voted(Method.APPROVAL)
    options = list(session().scalars(select(Option).where(Option.poll_id == poll.id)))
    tag = secrets.token_bytes(32)
    votes(poll, tag, options, random.Random(1), nothing=False)
    earlier = _line(poll, tag)
    votes(poll, tag, options, random.Random(2), nothing=False)
    later = _line(poll, tag)
    ended(poll)
    path = written(tmp_path, poll)
    assert later in contents(path)["poll-1/ballots.jsonl"]
    with pytest.raises(Differs, match="was changed 2 times, and this is change 1"):
        check(tampered(path, "poll-1/ballots.jsonl", lambda told: told.replace(later, earlier)))


def _line(poll, tag):
    session().flush()
    return next(line.encode() for line in bundle._ballots(poll) if tag.hex() in line)


def malformed(tmp_path):
    """Files that are no bundles, each with a word of the sentence that says so."""
    good = a_bundle(tmp_path, Method.SUPPORT)
    parts = contents(good)

    def made(name, told):
        return packed(good, {**parts, name: told})

    yield tmp_path / "absent.zip", "cannot be read"
    yield tmp_path, "cannot be read"
    (tmp_path / "text.zip").write_text("no zip")
    yield tmp_path / "text.zip", "not a zip file"
    (tmp_path / "half.zip").write_bytes(good.read_bytes()[:2000])
    yield tmp_path / "half.zip", "not a zip file"
    flipped = bytearray(good.read_bytes())
    flipped[len(flipped) // 3] ^= 255
    (tmp_path / "flipped.zip").write_bytes(bytes(flipped))
    yield tmp_path / "flipped.zip", ""
    for name in sorted(parts):
        if name not in {"README.txt", "dictionary.csv", "poll-1/counts.csv"}:
            yield packed(good, {k: v for k, v in parts.items() if k != name}, mends=name != "manifest.json"), "missing"
    yield packed(good, {**parts, "more.txt": b"x"}, mends=False), "does not belong here"
    yield made("poll-1/poll.json", b"[" * 100_000), "not JSON"
    yield made("poll-1/poll.json", b'{"a": ' + b"9" * 5_000 + b"}"), "not JSON"
    yield made("poll-1/poll.json", b"[]"), "not one JSON object"
    yield made("poll-1/poll.json", b"\xff"), "UTF-8"
    yield made("poll-1/outcome.json", b"{}"), ""
    yield (
        made("poll-1/outcome.json", b'{"ballots": 1, "options": [{"id": [], "cost": 1, "votes": 2}], "outcomes": 3}'),
        "",
    )
    yield made("poll-1/record.txt", b"1 2\n"), "is no vote"
    yield made("poll-1/record.txt", b"1 2 3"), "cut off"
    yield made("tree.txt", b"0 99999 AAAA\n"), ""
    yield made("tree.txt", b"0 x AAAA\n"), "no part of a tree"
    yield made("checkpoint.txt", b"x"), "cannot be read"
    yield made("checkpoint.txt", b"x\n" + b"9" * 5_000 + b"\nAAAA\n\n"), "cannot be read"
    about = json.loads(parts["poll-1/poll.json"])
    for change in (
        {"options": 3}, {"options": [1]}, {"method": "x"}, {"method": ["x"]}, {"parameters": []}, {"closing": None},
        {"batches": 1}, {"batches": [{"position": -1, "entry": "x"}]}, {"id": "x"}, {"round_id": None},
        {"options": about["options"] * 2}, {"options": [{**one, "cost": 10**30} for one in about["options"]]},
        {"options": [{**one, "merged_into": one["reference"]} for one in about["options"]]},
        {"options": [about["options"][0]] * 9_000},
        {"parameters": {"areas": 3}}, {"closing": {"position": 1, "entry": "[]"}},
    ):  # fmt: skip
        yield made("poll-1/poll.json", json.dumps({**about, **change}).encode()), ""
    ballot = json.loads(parts["poll-1/ballots.jsonl"].splitlines()[0])
    for marks in (1, [1], [["x", 1, 1, None]], [[about["options"][0]["reference"], 10**40, 1, None]], [[[], 1, 1, ""]]):
        yield made("poll-1/ballots.jsonl", json.dumps({**ballot, "marks": marks}).encode() + b"\n"), ""
    yield made("poll-1/ballots.jsonl", b'{"tag": "x", "marks": []}\n'), ""
    yield made("poll-1/ballots.jsonl", b"x" * 5_000_000), "longer than any"
    yield made("manifest.json", b"{}"), ""
    for manifest in ({"format": "consult-bundle/1"}, {"format": "x"}, {"format": "consult-bundle/1", "files": 3}):
        yield packed(good, {**parts, "manifest.json": json.dumps(manifest).encode()}, mends=False), ""
    manifest = json.loads(parts["manifest.json"])
    for polls in (1, [1], [{"folder": "../../etc"}], [{"folder": 3}], [{"folder": "poll-1"}, {"folder": "poll-1"}]):
        yield packed(good, {**parts, "manifest.json": json.dumps({**manifest, "polls": polls}).encode()}), ""


def test_whatever_is_given_instead_of_a_bundle_there_is_a_sentence(unit, tmp_path):
    for path, words in malformed(tmp_path):
        with pytest.raises(Differs) as problem:
            check(path)
        assert words in str(problem.value), (words, str(problem.value))
        assert str(problem.value).endswith("."), str(problem.value)


def test_a_bomb_is_not_unpacked(unit, tmp_path, monkeypatch):
    good = a_bundle(tmp_path, Method.SUPPORT)
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as bomb:
        for name, told in contents(good).items():
            bomb.writestr(name, told)
        with bomb.open("large", "w", force_zip64=True) as part:
            for _ in range(60):
                part.write(bytes(1_000_000))
    monkeypatch.setattr("consult.opendata.unpacking.LARGEST", 50_000_000)
    with pytest.raises(Differs, match="more than a bundle does"):
        check(tmp_path / "bomb.zip")
    monkeypatch.setattr("consult.opendata.unpacking.MOST_PARTS", 3)
    with pytest.raises(Differs, match="more than a bundle does"):
        check(good)


def test_a_part_twice_is_not_read(unit, tmp_path):
    good = a_bundle(tmp_path, Method.SUPPORT)
    with zipfile.ZipFile(good, "a") as more, pytest.warns(UserWarning, match="Duplicate"):
        more.writestr("tree.txt", b"")
    with pytest.raises(Differs, match="holds a part twice"):
        check(good)


def test_checking_opens_no_database():
    assert "session" not in vars(checking)
