"""What a bundle shows of the sealed journal: its checkpoint, its entries, and the tree that they make together."""

import base64
import binascii
import hashlib
import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from consult.audit.merkle import Growing, leaf_hash
from consult.foundation.notes import BadNote, is_signed, opened
from consult.opendata.unpacking import Differs, Unpacked
from consult.policy import Act

LARGEST = 10**15  # cents, or votes


@dataclass
class Report:
    """What was checked of a bundle and held, what could not be since it withholds that, and what no bundle can show."""

    checked: list[str] = field(default_factory=list)
    withheld: list[str] = field(default_factory=list)
    beyond: list[str] = field(default_factory=list)


def judge_checkpoint(source: Unpacked, report: Report, key: str, anchor: tuple[int, bytes] | None) -> tuple[int, bytes]:
    """Return the size and the root of the tree that a bundle belongs to, judged by a key and by what somebody kept."""
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
    elif anchor[0] > size:
        report.withheld.append(f"your anchor: it is of {anchor[0]} entries, and this checkpoint of {size}")
    elif anchor[0] == size and anchor[1] != root:
        raise Differs("checkpoint.txt has another root than your anchor: the journal was rebuilt.")
    elif anchor[0] == size:
        report.checked.append("the checkpoint is the one that you kept")
    return size, root


def judge_tree(
    source: Unpacked,
    leaves: Mapping[int, bytes],
    report: Report,
    end: tuple[int, bytes],
    anchor: tuple[int, bytes] | None,
) -> None:
    """Build the tree from the entries of the bundle and the parts between them; `end` is its size and root.

    It grows through the sizes that it had before, so an older checkpoint that somebody kept is met on the way.
    """
    tree, known = Growing(), dict([anchor] if anchor is not None else [])
    for found, level in _grown(source, leaves):
        tree.add(found, level)
        if known.get(tree.size, tree.root) != tree.root:
            raise Differs("The journal was rebuilt: at the size of your anchor it has another root.")
        known.pop(tree.size, None)
    if (tree.size, tree.root) != end:
        raise Differs("What the polls show is not what was sealed: it leads to another root than checkpoint.txt has.")
    if anchor is not None and anchor[0] < end[0] and not known:
        report.checked.append(f"the journal grew from the checkpoint of {anchor[0]} entries that you kept")
    elif anchor is not None and anchor[0] < end[0]:
        report.withheld.append(f"your anchor of {anchor[0]} entries: a bundle tells the first checkpoint of each day")


def _grown(source: Unpacked, leaves: Mapping[int, bytes]) -> Iterator[tuple[bytes, int]]:
    """Give entries and the parts between them in their order, each with its level."""
    size, left = 0, iter(sorted(leaves))
    place = next(left, None)
    for line, where in source.lines("tree.txt"):
        try:
            start, level, told = line.split(" ")
            begins, height, found = int(start), int(level), base64.b64decode(told, validate=True)
        except (ValueError, binascii.Error) as problem:
            raise Differs(f"{where} is no part of a tree.") from problem
        while place is not None and place < begins:
            if place != size:
                raise Differs(f"Entry {place} has no place in tree.txt.")
            yield leaves[place], 0
            size, place = size + 1, next(left, None)
        if size != begins or not 0 <= height < 60 or len(found) != 32 or size % (1 << height):
            raise Differs(f"{where} does not follow on what stands before it.")
        yield found, height
        size += 1 << height
    while place is not None:
        if place != size:
            raise Differs(f"Entry {place} has no place in tree.txt.")
        yield leaves[place], 0
        size, place = size + 1, next(left, None)


def seal(leaves: dict[int, bytes], place: object, digest: bytes, where: str) -> None:
    """Note what stands at a place of the tree."""
    if not isinstance(place, int) or not 0 <= place < 2**60 or place in leaves:
        raise Differs(f"{where} has no place of its own in the journal.")
    leaves[place] = leaf_hash(digest)


DECISIONS = (Act.PROPOSE_INVALIDATION, Act.DECIDE_INVALIDATION, Act.LIFT_INVALIDATION)


def facts_of(told: object, leaves: dict[int, bytes], act: Act, poll_id: str, where: str) -> Mapping[str, Any]:
    """Return the facts of an entry of the journal that a bundle shows."""
    return as_dict(shown(told, leaves, (act,), poll_id, where).get("facts"), where)


def shown(told: object, leaves: dict[int, bytes], acts: Collection[Act], poll_id: str, where: str) -> dict[str, Any]:
    """Return an entry of the journal that a bundle shows, of one of some acts on a poll."""
    given = as_dict(told, where)
    text = str(given.get("entry"))
    seal(leaves, given.get("position"), hashlib.sha256(text.encode(errors="replace")).digest(), where)
    try:
        entry = as_dict(json.loads(text), where)
    except (ValueError, RecursionError) as problem:
        raise Differs(f"{where} is no entry of the journal.") from problem
    if entry.get("act") not in acts or (entry.get("result"), entry.get("subject")) != ("done", ["poll", poll_id]):
        raise Differs(f"{where} is the entry of another act, or of another poll.")
    return dict(entry)


def decided(about: Mapping[str, Any], leaves: dict[int, bytes], folder: str) -> dict[int, str]:
    """Return the decisions by which ballots do not count, by number, each with the digest of their tags.

    Each is of two persons, and nobody took it back.
    """
    where, by_act = f"{folder}/poll.json, decisions", {act: dict[int, Mapping[str, Any]]() for act in DECISIONS}
    for told in as_list(about.get("decisions"), where):
        entry = shown(told, leaves, DECISIONS, about["id"], where)
        found = as_dict(entry.get("facts"), where)
        by_act[Act(entry["act"])][as_number(found.get("number"))] = {**found, "actor": entry.get("actor")}
    proposed, agreed, lifted = (by_act[act] for act in DECISIONS)
    holding = [number for number, one in agreed.items() if one.get("agrees") is True and number not in lifted]
    if any(n not in proposed or proposed[n]["actor"] == agreed[n]["actor"] != "" for n in holding):
        raise Differs(f"{where}: what two persons decide was not proposed, or by the same one.")
    return {number: str(proposed[number].get("tags")) for number in holding}


def as_dict(told: object, where: str) -> Mapping[str, Any]:
    """Return a value of which nothing is known as an object."""
    if not isinstance(told, dict):
        raise Differs(f"{where} is not what it should be.")
    return told


def as_list(told: object, where: str) -> list[Any]:
    """Return a value of which nothing is known as a list."""
    if not isinstance(told, list):
        raise Differs(f"{where} is no list.")
    return told


def is_number(told: object) -> bool:
    """Say whether a value of which nothing is known is a whole number of a size that occurs."""
    return isinstance(told, int) and not isinstance(told, bool) and abs(told) <= LARGEST


def as_number(told: object) -> int:
    """Return such a number; raises ValueError."""
    if not isinstance(told, int) or not is_number(told):
        raise ValueError("not a whole number")
    return told
