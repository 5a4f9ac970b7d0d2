"""What is signed at each gate and what it lacks, whichever room owns it; and signing for the decision (gate P5)."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from consult.decisions.queries import find_final
from consult.foundation.db import read_again_locked
from consult.foundation.language import gettext as _
from consult.mandates import signing
from consult.mandates.models import Gate, GateKind, Side
from consult.mandates.queries import mandate_of
from consult.mandates.rules import Document, Lack, digest_of
from consult.mandates.signing import start_phase
from consult.mandates.verbs import list_lacks, open_round, sign_mandate, start_collecting
from consult.mandates.verbs import say_lack as say_mandate
from consult.policy import Actor
from consult.review.signing import list_incomplete, note_of, say_lacks, sign_note
from consult.rounds.models import Round
from consult.synthesis.signing import draft_of, list_uncovered, list_unfinished, outcomes_of, sign_draft, sign_outcomes
from consult.synthesis.signing import say_lack as say_synthesis


def decision_of(subject: Round) -> Document | None:
    """Return what is signed at P5: the final decision; None before it was recorded."""
    found = find_final(subject.id)
    if found is None:
        return None
    told = [found.id, found.result, found.decided_on, found.number, found.draft_id, found.amended_id]
    return Document(found.number, digest_of(told))


def list_undecided(subject: Round) -> list[Lack]:
    """List what keeps P5 shut: the decision was not recorded."""
    return [] if find_final(subject.id) else [Lack(_undecided(), "decision", ("recorded",))]


def _undecided() -> str:
    return _("The decision was not recorded yet.")


def sign_decision(gate: Gate, subject: Round, side: Side, actor: Actor, *, seen: str | None = None) -> None:
    """Agree with the decision as it was recorded (P5); refused like `mandates.signing.sign`."""
    read_again_locked(gate, signing.FRESH)
    signing.sign(gate, side, decision_of(subject), list_undecided(subject), actor, seen=seen)


@dataclass(frozen=True)
class Way:
    """How a gate is passed: what is signed there, what it lacks now, and the verbs that sign and go on."""

    document: Callable[[Round], Document | None]
    lacks: Callable[[Round], list[Lack]]
    sign: Callable[..., None]
    start: Callable[[Gate, Round, Actor], None]


def _start(gate: Gate, subject: Round, actor: Actor) -> None:
    """Go on, once more judged by what stands now: inputs come and go in rooms that know no gate."""
    read_again_locked(gate, signing.FRESH)
    way = WAYS[gate.kind]
    signing.judge_still(gate, way.document(subject), way.lacks(subject))
    start_phase(gate, actor)


def _open(_gate: Gate, subject: Round, actor: Actor) -> None:
    open_round(subject, actor)


WAYS: Mapping[GateKind, Way] = {
    GateKind.P0: Way(partial(mandate_of, kind=GateKind.P0), partial(list_lacks, kind=GateKind.P0), sign_mandate, _open),
    GateKind.P1: Way(
        partial(mandate_of, kind=GateKind.P1), partial(list_lacks, kind=GateKind.P1), sign_mandate, start_collecting
    ),
    GateKind.P2: Way(
        lambda subject: outcomes_of(subject.id), lambda subject: list_unfinished(subject.id), sign_outcomes, _start
    ),
    GateKind.P3: Way(
        lambda subject: draft_of(subject.id), lambda subject: list_uncovered(subject.id), sign_draft, _start
    ),
    GateKind.P4: Way(note_of, list_incomplete, sign_note, _start),
    GateKind.P5: Way(decision_of, list_undecided, sign_decision, _start),
}


def say_accepted(gate: Gate) -> list[str]:
    """Say in the language of who reads it what was lacking at a gate when that was accepted with a reason."""
    accepted: dict[str, list[str]] = defaultdict(list)
    for one in gate.override_covers:
        name, _colon, of = one.partition(":")
        accepted[name].append(of)
    said = [words for name, of in accepted.items() for words in _say(name, of)]
    return said or gate.override_lacks


def _say(name: str, of: Sequence[str]) -> list[str]:
    if name in {"prepare", "mandate", "people"}:
        return [say_mandate(name, one) for one in of]
    if name in {"term", "note"}:
        return say_lacks(name, of)
    return [_undecided() if name == "decision" else say_synthesis(name, len(of))]
