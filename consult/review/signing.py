"""What board and civil service sign of the formal review: the response note with every answer (gate P4)."""

from collections.abc import Collection

from consult.foundation.db import read_again_locked
from consult.foundation.language import gettext as _
from consult.foundation.language import ngettext
from consult.mandates import signing
from consult.mandates.models import Gate, Side
from consult.mandates.rules import Document, Lack, digest_of
from consult.policy import Actor
from consult.review.queries import find_term, list_all_views, list_hindrances, list_notes, list_own_changes
from consult.review.rules import Hindrance
from consult.rounds.models import PhaseKind, Round
from consult.synthesis.signing import draft_of


def sign_note(gate: Gate, subject: Round, side: Side, actor: Actor, *, seen: str | None = None) -> None:
    """Agree with the response note as it was offered (P4); refused like `mandates.signing.sign`."""
    read_again_locked(gate, signing.FRESH)
    signing.sign(gate, side, note_of(subject), list_incomplete(subject), actor, seen=seen)


def list_incomplete(subject: Round) -> list[Lack]:
    """List what keeps P4 shut: points without a signed answer, and a response note that was not offered.

    A round without a formal review needs no note. `subject.phases` is loaded.
    """
    if not _is_reviewed(subject):
        return []
    if find_term(subject.id) is None:
        return [_lack("term", "set")]
    found, missing = [], list_hindrances(subject.id)
    if missing:
        found.append(_lack("note", *(_name(one) for one in missing)))
    if not list_notes(subject.id):
        found.append(_lack("note", "offered"))
    return found


def _lack(name: str, *of: str) -> Lack:
    return Lack(" ".join(say_lacks(name, of)), name, of)


def say_lacks(name: str, of: Collection[str]) -> list[str]:
    """Say what is lacking at P4, by the list and the names that its `Lack` has."""
    if name == "term":
        return [_("The term of the formal review was not set yet.")]
    missing = len(set(of) - {"offered"})
    words = ngettext(
        "One thing is missing in the response note.", "%(num)s things are missing in the response note.", missing
    )
    offered = [_("The response note was not offered yet.")] if "offered" in of else []
    return [*([words] if missing else []), *offered]


def note_of(subject: Round) -> Document | None:
    """Return what is signed at P4: every formal view with its points and answers, and our own changes.

    None before the note was offered. Where there is no formal review it is the newest version of the draft.
    """
    if not _is_reviewed(subject):
        return draft_of(subject.id)
    notes = list_notes(subject.id)
    if not notes:
        return None
    whole = list_all_views(subject.id)
    views = [[one.number, one.verdict, [_point(point) for point in one.points]] for one in whole]
    changes = [[own.section_id, own.text, own.reason] for own in list_own_changes(subject.id)]
    return Document(str(notes[-1].number), digest_of([notes[-1].id, views, changes]))


def _name(one: Hindrance) -> str:
    return str(one.point_id) if one.point_id is not None else f"view {one.number}"


def _point(point: object) -> list[str]:
    names = ("id", "summary", "answer", "change", "changed_section_id", "changed_to")
    return [str(getattr(point, name)) for name in names]


def _is_reviewed(subject: Round) -> bool:
    return PhaseKind.FORMAL_REVIEW in {phase.kind for phase in subject.phases}
