"""Checking a bundle: everything that it tells is computed again from the bundle alone, with no database.

The first thing that does not hold is named; what cannot be checked from a bundle is listed too.
"""

import json
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from consult.audit.verbs import ballot_digest
from consult.opendata.proven import (
    Report,
    as_dict,
    as_list,
    as_number,
    decided,
    facts_of,
    is_number,
    judge_checkpoint,
    judge_tree,
    seal,
)
from consult.opendata.unpacking import Differs, Unpacked
from consult.policy import Act
from consult.voting import rules
from consult.voting.closing import sealed_outcome, sealed_rules
from consult.voting.methods import METHODS, Candidate, MethodRules, Profile, decide, quiet
from consult.voting.models import Method
from consult.voting.results import outcomes_json

MOST, MOST_OPTIONS = 5_000_000, 5_000  # votes and options of one poll


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
    size, root = judge_checkpoint(source, report, key, anchor)
    leaves, wanted = dict[int, bytes](), _receipt(receipt)
    polls = as_list(source.manifest.get("polls"), "manifest.json, polls")
    for told in polls:
        found = wanted.pop() if wanted and _is_of(source, told, wanted[-1]) else None
        _poll(source, told, leaves, report, found)
    if wanted:
        raise Differs("No ballot in this bundle belongs to this receipt.")
    judge_tree(source, leaves, report, (size, root), anchor)
    report.checked.append(f"all of that stands in the sealed journal of {size} entries")
    report.beyond += [
        "whether each ballot is of a person who could vote, and of a different one",
        "whether the parts election.pb and counts.csv and the titles say the same as the rest",
    ]
    return report


# --- a poll ---


def _poll(source: Unpacked, told: object, leaves: dict[int, bytes], report: Report, receipt: Any) -> None:
    folder = str(as_dict(told, "manifest.json, polls").get("folder"))
    about, outcome = source.object(f"{folder}/poll.json"), source.object(f"{folder}/outcome.json")
    vote = _vote(folder, about, outcome)
    facts = facts_of(about.get("closing"), leaves, Act.CLOSE_POLL, about["id"], f"{folder}/poll.json, closing")
    if _sealed(sealed_rules, about, folder) != facts.get("rules"):
        raise Differs(f"{folder}/poll.json: the method, parameters or options are not those that were sealed.")
    if _sealed(sealed_outcome, outcome, folder) != facts.get("outcome"):
        raise Differs(f"{folder}/outcome.json is not the outcome that was sealed.")
    batches = [
        facts_of(one, leaves, Act.IMPORT, about["id"], f"{folder}/poll.json, batches")
        for one in as_list(about.get("batches"), f"{folder}/poll.json, batches")
    ]
    left = decided(about, leaves, folder)
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
    salts = as_dict(about.get("salts"), f"{folder}/poll.json, salts")
    if {n: rules.tags_digest(bytes.fromhex(str(salts.get(str(n)))), tags) for n, tags in out.items()} != left:
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
    if any(cost is not None and not is_number(cost) for cost in costs) or not isinstance(about["parameters"], dict):
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
        seal(leaves, int(place), ballot_digest(poll_id, round_id, tag, commitment), where)
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
    entered = sum(as_number(one.get("ballots")) for one in batches), sum(as_number(one.get("marks")) for one in batches)
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
    return as_number(told.get("decision"))


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
        counter = as_number(told.get("counter"))
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
        counter = as_number(told["counter"])
        marks: Marks = [(vote.options[name], as_number(value), counter) for name, value in told["marks"]]
        return marks, [_salt(told["salt"])]
    rows = [
        (vote.options[name], None if value is None else as_number(value), as_number(counter), _salt(salt))
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
            profile = Profile(
                _candidates(vote, counts), (), vote.about["parameters"], as_number(vote.outcome["ballots"])
            )
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
    folder = str(as_dict(told, "manifest.json, polls").get("folder"))
    tag = receipt.tag.hex()
    return any(line.split(" ")[1:2] == [tag] for line, _where in source.lines(f"{folder}/record.txt"))


def _judge_receipt(receipt: Any, told: Mapping[str, Any], where: str) -> None:
    rows = told["marks"] if "salt" not in told else [[None, None, told["counter"], told["salt"]]]
    latest = max(rows, key=lambda one: one[2])
    if latest[3] != receipt.salt.hex():
        raise Differs(f"{where}: the ballot of your receipt was changed after the receipt was made.")


def reported(report: Report) -> Iterator[str]:
    """Say what was checked, and what not."""
    yield from (f"Checked: {one}." for one in report.checked)
    yield from (f"Not checked: {one}." for one in report.withheld)
    yield from (f"Beyond this check: {one}." for one in report.beyond)
