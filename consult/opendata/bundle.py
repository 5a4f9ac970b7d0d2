"""The bundle of a round: all that somebody needs to count its polls again, as a zip file of plain parts.

For each poll its rules, the commitments of all votes, the ballots, and what came of it; for all of them the parts of
the sealed journal that lie between those commitments, and the checkpoint to which they lead. `checking` reads it.
"""

import base64
import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, BinaryIO

from consult.audit.merkle import Part, parts
from consult.audit.models import Entry
from consult.audit.queries import find_checkpoint, hashes_of, list_daily_sizes
from consult.audit.verbs import canonical
from consult.foundation.errors import Conflict
from consult.foundation.language import gettext as _
from consult.opendata import elections
from consult.opendata.unpacking import FORMAT, MANIFEST
from consult.rounds.models import Round, Verification
from consult.voting.closing import (
    Held,
    as_published,
    find_closing,
    list_batches,
    list_cast,
    list_decisions,
    list_opened,
    open_decisions,
)
from consult.voting.methods import METHODS
from consult.voting.models import Poll
from consult.voting.results import PollResult, results_of

PIECES = 2_000  # parts of the tree that are read at a time
NO_MOMENT = (1980, 1, 1, 0, 0, 0)  # a part does not tell when it was made
READ_ME = """\
This is what anybody needs to count these polls again. With the program `consult` (publiccode.yml tells where its
source is), on any machine, without a database and without a network:

    consult verify bundle.zip
    consult verify bundle.zip --key KEY --receipt CODE

KEY is what the authority published to check its signatures with, CODE is the code of your own receipt. What each part
holds stands in dictionary.csv; what is promised and what is not, in docs/voting.md of the program.
"""
DICTIONARY = (
    ("manifest.json", "format, round and polls; of each other part its size in bytes and its SHA-256"),
    ("checkpoint.txt", "size and root of the sealed journal, signed where the authority has a key (C2SP checkpoint)"),
    ("tree.txt", "start, level and hash of each part of the journal between the entries named here (RFC 6962)"),
    (
        "poll-N/poll.json",
        "method, parameters, options; closing: the entry that sealed them; batches, decisions: others",
    ),
    ("poll-N/record.txt", "of each vote its place in the journal, the tag of its ballot and its commitment"),
    ("poll-N/ballots.jsonl", "of each ballot that counts its tag, what it says and the salts; of others the decision"),
    ("poll-N/outcome.json", "ballots, counts by option, outcomes by rule, as `consult results --json` prints them"),
    ("poll-N/counts.csv", "the same counts as a table"),
    ("poll-N/election.pb", "a vote over a budget in the format of pabulib.org, for other programs"),
)


class Parcel:
    """A zip file that is being written, with the checksum of each part."""

    def __init__(self, target: BinaryIO) -> None:
        self._zip = zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED)
        self.files: dict[str, dict[str, Any]] = {}

    def add(self, name: str, lines: Iterable[str]) -> None:
        """Write one part, line by line."""
        digest, size = hashlib.sha256(), 0
        with self._zip.open(zipfile.ZipInfo(name, NO_MOMENT), "w", force_zip64=True) as part:
            for line in lines:
                told = line.encode()
                digest.update(told)
                size += len(told)
                part.write(told)
        self.files[name] = {"bytes": size, "sha256": digest.hexdigest()}

    def finish(self, manifest: Mapping[str, Any]) -> None:
        """Write the manifest, and end the file."""
        told = json.dumps({**manifest, "files": self.files}, ensure_ascii=False, indent=1)
        self._zip.writestr(zipfile.ZipInfo(MANIFEST, NO_MOMENT), told, zipfile.ZIP_DEFLATED)
        self._zip.close()


def write(target: BinaryIO, subject: Round, polls: Sequence[Poll], *, computes: bool = True) -> None:
    """Write the bundle of some polls of a round; each ended, was closed in the journal, and all of that is sealed.

    Refused where that is not so, or no checkpoint lies behind it. `computes`: outcomes that are not kept are computed
    here, those of other polls of the round too; without it a poll that waits for its outcome is refused.
    """
    parcel, places, told = Parcel(target), list[int](), list[dict[str, Any]]()
    results = {one.poll_id: one for one in results_of(subject, computes=computes)}
    checkpoint = find_checkpoint()
    if checkpoint is None or any(results[poll.id].is_pending for poll in polls):
        raise NotSealed
    parcel.add("README.txt", [READ_ME])
    parcel.add("dictionary.csv", _table([("part", "what it holds"), *DICTIONARY]))
    for number, poll in enumerate(polls, start=1):
        folder = f"poll-{number}"
        places += _write_poll(parcel, folder, poll, results[poll.id])
        told.append({"folder": folder, "id": str(poll.id), "title": poll.title})
    earlier = [size for size in list_daily_sizes() if size < checkpoint.size]
    parcel.add("tree.txt", _tree(sorted(places), earlier, checkpoint.size))
    parcel.add("checkpoint.txt", [checkpoint.note])
    parcel.finish({"format": FORMAT, "round": subject.slug, "title": subject.title, "polls": told})


class NotSealed(Conflict):
    """Part of what a bundle shows is not sealed yet."""

    def __init__(self) -> None:
        super().__init__(_("The record of this poll is not sealed yet. It will be within a few minutes."))


def _write_poll(parcel: Parcel, folder: str, poll: Poll, result: PollResult) -> list[int]:
    """Write the parts of one poll; return each place in the tree that it names."""
    closing = find_closing(poll.id)
    if closing is None:
        raise NotSealed
    sealed, batches = _shown(*closing), [_shown(*one) for one in list_batches(poll.id)]
    decisions = [_shown(*one) for one in list_decisions(poll.id)]
    opens = (result.ballots or 0) >= elections.FEWEST or poll.round.verification is Verification.IMPORTED
    about = as_published(poll) | {"opened": opens, "closing": sealed, "batches": batches}
    about |= {"decisions": decisions, "salts": open_decisions(poll.id)}
    parcel.add(f"{folder}/poll.json", [json.dumps(about, ensure_ascii=False, indent=1)])
    places = [one["position"] for one in (sealed, *batches, *decisions)]
    parcel.add(f"{folder}/record.txt", _record(poll, places))
    if opens:
        parcel.add(f"{folder}/ballots.jsonl", _ballots(poll))
    parcel.add(f"{folder}/outcome.json", [json.dumps(result.as_json(), ensure_ascii=False, indent=1)])
    parcel.add(f"{folder}/counts.csv", _counts(result))
    if opens and "budget" in poll.parameters:
        parcel.add(f"{folder}/election.pb", [elections.told(poll, result)])
    return places


def _shown(entry: Entry, place: int | None) -> dict[str, Any]:
    if place is None:
        raise NotSealed
    return {"position": place, "entry": canonical(entry).decode()}


def _record(poll: Poll, places: list[int]) -> Iterator[str]:
    for place, tag, commitment in list_cast(poll.id):
        if place is None:
            raise NotSealed
        places.append(place)
        yield f"{place} {tag} {commitment}\n"


def _ballots(poll: Poll) -> Iterator[str]:
    references = {one["id"]: one["reference"] for one in as_published(poll)["options"]}
    of_whole = METHODS[poll.method].is_whole
    for tag, decision, marks in list_opened(poll.id):
        if decision is not None:  # so nobody has to know what it says
            told: dict[str, Any] = {"counts": False, "decision": decision}
        else:
            told = _whole(marks, references) if of_whole else _by_option(marks, references)
        yield json.dumps({"tag": tag.hex(), **told}, separators=(",", ":"), ensure_ascii=False) + "\n"


def _whole(marks: Sequence[Held], references: Mapping[str, str]) -> dict[str, Any]:
    says = sorted((references[str(option)], value) for option, value, _counter, _salt in marks if value is not None)
    salt = marks[0][3] if marks else None
    counter = max((counter for _option, _value, counter, _salt in marks), default=0)
    return {"salt": salt.hex() if salt else None, "counter": counter, "marks": says}


def _by_option(marks: Sequence[Held], references: Mapping[str, str]) -> dict[str, Any]:
    told = [[references[str(one)], value, counter, salt.hex() if salt else None] for one, value, counter, salt in marks]
    return {"marks": sorted(told, key=lambda one: str(one[0]))}


def _counts(result: PollResult) -> Iterator[str]:
    names = sorted({name for option in result.options for name in option.votes})
    head = ("reference", "title", "cost in cents", *names)
    rows = [(one.reference, one.title, one.cost, *(one.votes.get(name, 0) for name in names)) for one in result.options]
    return _table([head, *rows])


def _table(rows: Iterable[Sequence[object]]) -> Iterator[str]:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    yield out.getvalue()


def _tree(places: Sequence[int], earlier: Sequence[int], size: int) -> Iterator[str]:
    """Give the parts of the tree that lie between some leaves, cut where the tree ended at earlier checkpoints."""
    if places and places[-1] >= size:
        raise NotSealed
    some = list[Part]()
    for part in _between(places, earlier, size):
        some.append(part)
        if len(some) == PIECES:
            yield from _hashed(some)
            some = []
    yield from _hashed(some)


def _between(places: Sequence[int], earlier: Sequence[int], size: int) -> Iterator[Part]:
    start, named = 0, set(places)
    for cut in sorted({*places, *earlier, size}):
        yield from parts(start, cut)
        start = cut + 1 if cut in named else cut


def _hashed(some: Sequence[Part]) -> Iterator[str]:
    known = hashes_of(some)
    for level, place in some:
        told = base64.b64encode(known[level, place]).decode()
        yield f"{place << level} {level} {told}\n"
