"""Checking a bundle: everything that it tells is computed again from the bundle alone, with no database.

The first thing that does not hold is named; what cannot be checked from a bundle is listed too.
"""

import base64
import binascii
import hashlib
import json
import uuid
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from consult.audit.merkle import Growing, leaf_hash
from consult.audit.verbs import ballot_digest
from consult.foundation.notes import BadNote, is_signed, opened
from consult.opendata.unpacking import Differs, Unpacked
from consult.policy import Act
from consult.voting import rules
from consult.voting.closing import sealed_outcome, sealed_rules
from consult.voting.methods import METHODS, Candidate, MethodRules, Profile, decide, quiet
from consult.voting.models import Method
from consult.voting.results import outcomes_json

LARGEST = 10**15  # cents, or votes
MOST, MOST_OPTIONS = 5_000_000, 5_000  # votes and options of one poll


@dataclass
class Report:
    """What was checked of a bundle and held, what it withholds, and what no bundle can show."""

    checked: list[str] = field(default_factory=list)
    withheld: list[str] = field(default_factory=list)
    beyond: list[str] = field(default_factory=list)


@dataclass
class Vote:
    """A whole poll as its parts tell it."""

    folder: str
    about: Mapping[str, Any]
    outcome: Mapping[str, Any]
    method: Method
    options: Mapping[str, uuid.UUID]
    merged: Mapping[uuid.UUID, uuid.UUID | None]

    @property
    def rules(self) -> MethodRules:
        """How its method counts."""
        return METHODS[self.method]


def check(path: Path, *, key: str = "", anchor: tuple[int, bytes] | None = None, receipt: str = "") -> Report:
    """Check a bundle, and return what was looked at; raises Differs with the first thing that does not hold.

    `key` must have signed its checkpoint, `anchor` is a size and root of the journal that somebody kept, `receipt`
    the code of somebody's receipt.
    """
    try:
        return _check(Unpacked(path), key, anchor, receipt)
    except Differs:
        raise
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError, RecursionError) as problem:
        raise Differs(f"{path.name} is not built as a bundle is ({type(problem).__name__}).") from problem


def _check(source: Unpacked, key: str, anchor: tuple[int, bytes] | None, receipt: str) -> Report:
    report = Report()
    source.check_sums()
    report.checked.append("every part is what the manifest says")
    size, root = _checkpoint(source, report, key, anchor)
    leaves, wanted = dict[int, bytes](), _receipt(receipt)
    polls = _list(source.manifest.get("polls"), "manifest.json, polls")
    for told in polls:
        found = wanted.pop() if wanted and _is_of(source, told, wanted[-1]) else None
        _poll(source, told, leaves, report, found)
    if wanted:
        raise Differs("No ballot in this bundle belongs to this receipt.")
    _tree(source, leaves, size, root)
    report.checked.append(f"all of that stands in the sealed journal of {size} entries")
    report.beyond += [
        "whether each ballot is of a person who could vote, and of a different one",
        "whether the parts election.pb and counts.csv and the titles say the same as the rest",
    ]
    return report


# --- the journal ---


def _checkpoint(source: Unpacked, report: Report, key: str, anchor: tuple[int, bytes] | None) -> tuple[int, bytes]:
    note = source.text("checkpoint.txt")
    try:
        lines = opened(note).splitlines()
        size, root = int(lines[1]), base64.b64decode(lines[2], validate=True)
        is_own = is_signed(note, key) if key else None
    except (BadNote, ValueError, IndexError) as problem:
        raise Differs(f"checkpoint.txt cannot be read: {problem}.") from problem
    if is_own is False:
        raise Differs("checkpoint.txt is not signed by this key.")
    if is_own:
        report.checked.append("the checkpoint is signed by this key")
    else:
        report.beyond.append("who signed the checkpoint: give --key to check that")
    if anchor is None:
        report.beyond.append("whether the journal was rebuilt: give --anchor of a checkpoint that you kept")
    elif anchor[0] != size:
        report.beyond.append(f"your anchor: it is of {anchor[0]} entries, and this checkpoint of {size}")
    elif anchor[1] != root:
        raise Differs("checkpoint.txt has another root than your anchor: the journal was rebuilt.")
    else:
        report.checked.append("the checkpoint is the one that you kept")
    return size, root


def _tree(source: Unpacked, leaves: Mapping[int, bytes], size: int, root: bytes) -> None:
    """Build the tree from the entries of the bundle and the parts between them."""
    tree, left = Growing(), iter(sorted(leaves))
    place = next(left, None)
    for line, where in source.lines("tree.txt"):
        try:
            start, level, told = line.split(" ")
            found = base64.b64decode(told, validate=True)
            while place is not None and place < int(start):
                tree.add(leaves[place])
                place = next(left, None)
            if tree.size != int(start) or not 0 <= int(level) < 60 or len(found) != 32:
                raise Differs(f"{where} does not follow on what stands before it.")
            tree.add(found, int(level))
        except (ValueError, binascii.Error) as problem:
            raise Differs(f"{where} is no part of a tree.") from problem
    while place is not None:
        if place != tree.size:
            raise Differs(f"Entry {place} has no place in tree.txt.")
        tree.add(leaves[place])
        place = next(left, None)
    if (tree.size, tree.root) != (size, root):
        raise Differs("What the polls show is not what was sealed: it leads to another root than checkpoint.txt has.")


def _seal(leaves: dict[int, bytes], place: object, digest: bytes, where: str) -> None:
    """Note what stands at a place of the tree."""
    if not isinstance(place, int) or not 0 <= place < 2**60 or place in leaves:
        raise Differs(f"{where} has no place of its own in the journal.")
    leaves[place] = leaf_hash(digest)


DECISIONS = (Act.PROPOSE_INVALIDATION, Act.DECIDE_INVALIDATION, Act.LIFT_INVALIDATION)


def _entry(told: object, leaves: dict[int, bytes], act: Act, poll_id: str, where: str) -> Mapping[str, Any]:
    """Return the facts of an entry of the journal that a bundle shows."""
    return _dict(_shown(told, leaves, (act,), poll_id, where).get("facts"), where)


def _shown(told: object, leaves: dict[int, bytes], acts: Collection[Act], poll_id: str, where: str) -> dict[str, Any]:
    """Return an entry of the journal that a bundle shows, of one of some acts on a poll."""
    shown = _dict(told, where)
    text = str(shown.get("entry"))
    _seal(leaves, shown.get("position"), hashlib.sha256(text.encode(errors="replace")).digest(), where)
    try:
        entry = _dict(json.loads(text), where)
    except (ValueError, RecursionError) as problem:
        raise Differs(f"{where} is no entry of the journal.") from problem
    if entry.get("act") not in acts or (entry.get("result"), entry.get("subject")) != ("done", ["poll", poll_id]):
        raise Differs(f"{where} is the entry of another act, or of another poll.")
    return dict(entry)


def _decided(about: Mapping[str, Any], leaves: dict[int, bytes], folder: str) -> dict[int, str]:
    """Return the decisions by which ballots do not count, by number, each with the digest of their tags.

    Each is of two persons, and nobody took it back.
    """
    where, by_act = f"{folder}/poll.json, decisions", {act: dict[int, Mapping[str, Any]]() for act in DECISIONS}
    for told in _list(about.get("decisions"), where):
        entry = _shown(told, leaves, DECISIONS, about["id"], where)
        found = _dict(entry.get("facts"), where)
        by_act[Act(entry["act"])][_number(found.get("number"))] = {**found, "actor": entry.get("actor")}
    proposed, decided, lifted = (by_act[act] for act in DECISIONS)
    holding = [number for number, one in decided.items() if one.get("agrees") is True and number not in lifted]
    if any(n not in proposed or proposed[n]["actor"] == decided[n]["actor"] != "" for n in holding):
        raise Differs(f"{where}: what two persons decide was not proposed, or by the same one.")
    return {number: str(proposed[number].get("tags")) for number in holding}


# --- a poll ---


def _poll(source: Unpacked, told: object, leaves: dict[int, bytes], report: Report, receipt: Any) -> None:
    folder = str(_dict(told, "manifest.json, polls").get("folder"))
    about, outcome = source.object(f"{folder}/poll.json"), source.object(f"{folder}/outcome.json")
    vote = _vote(folder, about, outcome)
    facts = _entry(about.get("closing"), leaves, Act.CLOSE_POLL, about["id"], f"{folder}/poll.json, closing")
    if _sealed(sealed_rules, about, folder) != facts.get("rules"):
        raise Differs(f"{folder}/poll.json: the method, parameters or options are not those that were sealed.")
    if _sealed(sealed_outcome, outcome, folder) != facts.get("outcome"):
        raise Differs(f"{folder}/outcome.json is not the outcome that was sealed.")
    batches = [
        _entry(one, leaves, Act.IMPORT, about["id"], f"{folder}/poll.json, batches")
        for one in _list(about.get("batches"), f"{folder}/poll.json, batches")
    ]
    decided = _decided(about, leaves, folder)
    cast = _record(source, vote, leaves)
    name = f"“{about.get('title')}”"
    if receipt is not None and receipt.commitment.hex() not in cast[receipt.tag.hex()]:
        raise Differs(f"{folder}: the commitment of your receipt is not in the journal.")
    report.checked.append(f"{name}: rules and outcome are those that were sealed at the close")
    if about.get("opened") is not True:
        report.withheld.append(f"{name}: its ballots are not public, since there are too few of them")
        if receipt is not None:
            report.checked.append(f"{name}: the commitment of your receipt is in the journal")
        _compute(vote, None)
        return
    profile, (bulk, out) = _ballots(source, vote, cast, batches, receipt)
    left_out = sum(len(tags) for tags in out.values())
    salts = _dict(about.get("salts"), f"{folder}/poll.json, salts")
    if {n: rules.tags_digest(bytes.fromhex(str(salts.get(str(n)))), tags) for n, tags in out.items()} != decided:
        raise Differs(f"{folder}/ballots.jsonl: the ballots that do not count are not those that two persons left out.")
    _compute(vote, profile)
    report.checked.append(f"{name}: {len(cast) - left_out} ballots open their commitments in the journal")
    report.checked.append(f"{name}: {profile.size} ballots count to this outcome")
    if bulk:
        report.beyond.append(f"{name}: what {bulk} ballots say that came in together; the journal holds their number")
    if left_out:
        report.checked.append(f"{name}: {left_out} ballots do not count, and they are those that two persons left out")
        report.withheld.append(f"{name}: what {left_out} ballots say that do not count")
        report.beyond.append(f"{name}: why {left_out} ballots do not count; the results tell the reason")
    if receipt is not None:
        report.checked.append(f"{name}: the ballot of your receipt counts as the receipt says")


def _vote(folder: str, about: Mapping[str, Any], outcome: Mapping[str, Any]) -> Vote:
    where = f"{folder}/poll.json"
    try:
        method = Method(str(about.get("method")))
        options = {str(one["reference"]): uuid.UUID(one["id"]) for one in about["options"]}
        merged = {uuid.UUID(one["id"]): one["merged_into"] for one in about["options"]}
        pointers = {one: options[into] if into is not None else None for one, into in merged.items()}
        roots = [rules.survivor(one, pointers) for one in pointers]
        uuid.UUID(about["id"]), uuid.UUID(about["round_id"])
        costs = [one["cost"] for one in about["options"]]
    except (KeyError, TypeError, ValueError, AttributeError) as problem:
        raise Differs(f"{where} does not describe a poll.") from problem
    if len(options) > MOST_OPTIONS:
        raise Differs(f"{where} names more options than any poll has.")
    if len(options) != len(about["options"]) or len(roots) != len(options):
        raise Differs(f"{where} names an option twice.")
    if any(cost is not None and not _is_number(cost) for cost in costs) or not isinstance(about["parameters"], dict):
        raise Differs(f"{where} has an amount that is none.")
    return Vote(folder, about, outcome, method, options, pointers)


def _sealed(digest: Any, told: Mapping[str, Any], folder: str) -> str:
    try:
        return str(digest(told))
    except (KeyError, TypeError, ValueError, RecursionError) as problem:
        raise Differs(f"{folder} does not hold what a poll is made of.") from problem


def _record(source: Unpacked, vote: Vote, leaves: dict[int, bytes]) -> Mapping[str, set[str]]:
    """Return the commitments under each tag, as the journal has them."""
    poll_id, round_id = uuid.UUID(vote.about["id"]), uuid.UUID(vote.about["round_id"])
    cast: dict[str, set[str]] = defaultdict(set)
    for line, where in source.lines(f"{vote.folder}/record.txt"):
        parts = line.split(" ")
        if len(parts) != 3 or not parts[0].isdecimal() or len(parts[0]) > 18 or len(leaves) > MOST:
            raise Differs(f"{where} is no vote: it should be a place, a tag and a commitment.")
        place, tag, commitment = parts
        if commitment in cast[tag]:
            raise Differs(f"{where} stands there twice.")
        cast[tag].add(commitment)
        _seal(leaves, int(place), ballot_digest(poll_id, round_id, tag, commitment), where)
    return cast


# --- its ballots ---


def _ballots(
    source: Unpacked, vote: Vote, cast: Mapping[str, set[str]], batches: Sequence[Mapping[str, Any]], receipt: Any
) -> tuple[Profile, tuple[int, Mapping[int, list[str]]]]:
    """Open every ballot that counts and count it; return what the outcome depends on.

    Beside it: how many ballots have no vote of their own, and the tags that are left out of the count by decision.
    """
    roots = {one: rules.survivor(one, vote.merged) for one in vote.merged}
    names = {one: name for name, one in vote.options.items()}
    counted, seen = Counter[tuple[tuple[str, int], ...]](), dict[str, bool]()
    bulk = marked = blank = 0
    out: dict[int, list[str]] = defaultdict(list)
    for told, where in source.objects(f"{vote.folder}/ballots.jsonl"):
        tag = str(told.get("tag"))
        if tag in seen:
            raise Differs(f"{where}: this ballot stands there twice.")
        if told.get("counts") is False:
            seen[tag] = True
            out[_decision(told, tag, cast, receipt, where)].append(tag)
            continue
        marks, was_cast = _opened(vote, told, tag, cast, where)
        seen[tag] = was_cast
        bulk, marked = (bulk, marked) if was_cast else (bulk + 1, marked + len(marks))
        if receipt is not None and receipt.tag.hex() == tag:
            _judge_receipt(receipt, told, where)
        says = rules.settle(marks, roots, opts_out=not vote.rules.is_whole)
        whole = tuple(sorted((names[root], value) for root, value in says.items() if value is not None))
        if whole:
            counted[whole] += 1
        elif any(value is not None for _option, value, _counter in marks) or not (was_cast or marks):
            blank += 1
    lost = next((tag for tag in cast if tag not in seen), None)
    if lost is not None:
        raise Differs(f"{vote.folder}: the ballot {lost} is in the journal, but not among the ballots.")
    entered = sum(_number(one.get("ballots")) for one in batches), sum(_number(one.get("marks")) for one in batches)
    if (bulk, marked) != entered:
        raise Differs(
            f"{vote.folder}: {bulk} ballots with {marked} marks have no vote in the journal, where {entered[0]} with "
            f"{entered[1]} came in together."
        )
    if blank:
        counted[()] = blank
    return _profile(vote, counted), (bulk, out)


def _decision(told: Mapping[str, Any], tag: str, cast: Mapping[str, set[str]], receipt: Any, where: str) -> int:
    """Return the number of the decision because of which a ballot does not count; what it says is not told."""
    if tag not in cast:
        raise Differs(f"{where}: this ballot does not count, and is not in the journal.")
    if receipt is not None and receipt.tag.hex() == tag:
        raise Differs(f"{where}: the ballot of your receipt does not count.")
    return _number(told.get("decision"))


Marks = list[tuple[uuid.UUID, int | None, int]]


def _opened(
    vote: Vote, told: Mapping[str, Any], tag: str, cast: Mapping[str, set[str]], where: str
) -> tuple[Marks, bool]:
    """Return what a ballot says, and whether it was cast here; each commitment of it must be in the journal."""
    try:
        marks, salts = _marks_of(vote, told)
    except (KeyError, TypeError, ValueError) as problem:
        raise Differs(f"{where} is no ballot of this poll.") from problem
    if len({option for option, _value, _counter in marks}) != len(marks):
        raise Differs(f"{where} says two things of one option.")
    known = cast.get(tag)
    if known is None and not any(salts):
        return marks, False
    poll_id, held = uuid.UUID(vote.about["id"]), bytes.fromhex(tag)
    if vote.rules.is_whole:
        says = {option: value for option, value, _counter in marks}
        counter = _number(told.get("counter"))
        opens = {
            rules.ballot_commitment(salts[0] or b"", poll_id=poll_id, ballot_tag=held, marks=says, counter=counter)
        }
    else:
        opens, counter = set(), max((one[2] for one in marks), default=0)
        for (option, value, at), salt in zip(marks, salts, strict=True):
            told_of: dict[str, Any] = {"poll_id": poll_id, "ballot_tag": held, "option_id": option}
            opens.add(rules.commitment(salt or b"", **told_of, value=value, counter=at))
    if known is None or not opens <= known or not opens:
        raise Differs(f"{where}: what the ballot {tag} says opens no commitment in the journal.")
    if counter != len(known):
        raise Differs(f"{where}: the ballot {tag} was changed {len(known)} times, and this is change {counter}.")
    return marks, True


def _marks_of(vote: Vote, told: Mapping[str, Any]) -> tuple[Marks, list[bytes | None]]:
    bytes.fromhex(str(told["tag"]))
    if vote.rules.is_whole:
        counter = _number(told["counter"])
        marks: Marks = [(vote.options[name], _number(value), counter) for name, value in told["marks"]]
        return marks, [_salt(told["salt"])]
    rows = [
        (vote.options[name], None if value is None else _number(value), _number(counter), _salt(salt))
        for name, value, counter, salt in told["marks"]
    ]
    return [row[:3] for row in rows], [row[3] for row in rows]


def _salt(told: object) -> bytes | None:
    return None if told is None else bytes.fromhex(str(told))


def _profile(vote: Vote, counted: Counter[tuple[tuple[str, int], ...]]) -> Profile:
    histograms: dict[str, Counter[int]] = defaultdict(Counter)
    for whole, times in counted.items():
        for name, value in whole:
            histograms[name][value] += times
    found = [(dict(whole), times) for whole, times in sorted(counted.items())]
    counts = {name: vote.rules.named(histograms[name]) for name in vote.options}
    _judge_counts(vote, counts, sum(counted.values()))
    return Profile(_candidates(vote, counts), found, vote.about["parameters"], sum(counted.values()))


def _judge_counts(vote: Vote, counts: Mapping[str, Mapping[str, int]], ballots: int) -> None:
    where = f"{vote.folder}/outcome.json"
    if vote.outcome.get("ballots") != ballots:
        raise Differs(f"{where} says {vote.outcome.get('ballots')} ballots, and {ballots} count.")
    for one in vote.outcome["options"]:
        if counts.get(one["id"]) != one["votes"]:
            raise Differs(f"{where}: option {one['id']} has {counts.get(one['id'])}, and not {one['votes']}.")


def _candidates(vote: Vote, counts: Mapping[str, Mapping[str, int]]) -> list[Candidate]:
    areas = vote.about["parameters"].get("areas", {})
    costs = {one["reference"]: one["cost"] or 0 for one in vote.about["options"]}
    standing = sorted(name for name, one in vote.options.items() if vote.merged[one] is None)
    return [
        Candidate(
            name,
            costs[name],
            area=areas.get(name, ""),
            votes=counts[name].get("votes", 0),
            points=counts[name].get("points", 0),
        )
        for name in standing
    ]


def _compute(vote: Vote, profile: Profile | None) -> None:
    """Compute the outcome again, from the ballots, or from the counts where that is enough."""
    where = f"{vote.folder}/outcome.json"
    try:
        if profile is None:
            if vote.rules.needs_ballots(vote.about["parameters"]):
                return
            counts = {one["id"]: one["votes"] for one in vote.outcome["options"]}
            profile = Profile(_candidates(vote, counts), (), vote.about["parameters"], _number(vote.outcome["ballots"]))
        found = json.loads(json.dumps(outcomes_json(decide(vote.method, profile, quiet))))
    except Exception as problem:  # a rule is only made for lawful parameters, and these can be anything
        raise Differs(f"{vote.folder}: its rule cannot be applied to what stands there.") from problem
    if found != vote.outcome.get("outcomes"):
        told = vote.outcome.get("outcomes")
        pairs = zip(found, told if isinstance(told, list) else [], strict=False)
        first = next((now for now, before in pairs if now != before), found[0])
        raise Differs(f"{where}: the rule {first['rule']} selects {first['selected']}, computed from the ballots.")


# --- a receipt ---


def _receipt(code: str) -> list[Any]:
    try:
        return [rules.read_receipt(code)] if code else []
    except rules.Mistyped as problem:
        raise Differs(str(problem)) from problem


def _is_of(source: Unpacked, told: object, receipt: Any) -> bool:
    folder = str(_dict(told, "manifest.json, polls").get("folder"))
    tag = receipt.tag.hex()
    return any(line.split(" ")[1:2] == [tag] for line, _where in source.lines(f"{folder}/record.txt"))


def _judge_receipt(receipt: Any, told: Mapping[str, Any], where: str) -> None:
    rows = told["marks"] if "salt" not in told else [[None, None, told["counter"], told["salt"]]]
    latest = max(rows, key=lambda one: one[2])
    if latest[3] != receipt.salt.hex():
        raise Differs(f"{where}: the ballot of your receipt was changed after the receipt was made.")


# --- values of which nothing is known ---


def _dict(told: object, where: str) -> Mapping[str, Any]:
    if not isinstance(told, dict):
        raise Differs(f"{where} is not what it should be.")
    return told


def _list(told: object, where: str) -> list[Any]:
    if not isinstance(told, list):
        raise Differs(f"{where} is no list.")
    return told


def _is_number(told: object) -> bool:
    return isinstance(told, int) and not isinstance(told, bool) and abs(told) <= LARGEST


def _number(told: object) -> int:
    if not isinstance(told, int) or not _is_number(told):
        raise ValueError("not a whole number")
    return told


def reported(report: Report) -> Iterator[str]:
    """Say what was checked, and what not."""
    yield from (f"Checked: {one}." for one in report.checked)
    yield from (f"Not checked: {one}." for one in report.withheld)
    yield from (f"Beyond this check: {one}." for one in report.beyond)
