"""How gates, signatures and decisions are shown on the pages of this room."""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from flask import url_for

from consult.decisions.models import Commitment, Decision
from consult.decisions.queries import Place, Weight
from consult.decisions.rules import is_supported, least_wanted, most_wanted
from consult.foundation.language import N_, day, local, ngettext, short_day
from consult.foundation.language import gettext as _
from consult.mandates.models import RELEASES, Gate, GateKind, Side
from consult.mandates.queries import At, Signed
from consult.mandates.rules import Aligned, Difference, Document, Lack, holds_back, to_sign
from consult.policy import Act, Actor, allows
from consult.rounds.models import Round
from consult.synthesis.comparing import changed_words
from consult.synthesis.models import OutcomeKind
from consult.voting.results import OptionResult, PollResult

# Where each lack is listed, exactly these and no others, and the act that lets somebody come there.
LISTS: Mapping[str, tuple[str, dict[str, str], Act]] = {
    "prepare": ("mandates.prepare", {}, Act.PREPARE_ROUND),
    "mandate": ("mandates.note_page", {}, Act.PREPARE_ROUND),
    "people": ("rounds.people", {}, Act.APPOINT),
    "uncoded": ("workbench.coding", {"show": "uncoded"}, Act.READ_QUEUE),
    "unweighed": ("workbench.coding", {"show": "unweighed"}, Act.READ_QUEUE),
    "unplaced": ("workbench.coding", {"show": "unplaced"}, Act.READ_QUEUE),
    "bare": ("synthesis.draft_desk", {"show": "bare"}, Act.READ_QUEUE),
    "draft": ("synthesis.draft_desk", {}, Act.READ_QUEUE),
    "advice": ("field.advice", {"show": "overdue"}, Act.READ_QUEUE),
    "note": ("review.note_desk", {}, Act.READ_VIEWS),
    "term": ("review.desk", {}, Act.READ_VIEWS),
    "decision": ("decisions.record_page", {}, Act.RECORD_DECISION),
}
DOCUMENTS: Mapping[GateKind, tuple[str, dict[str, str]]] = {  # where what is signed can be read
    GateKind.P0: ("mandates.note", {}),
    GateKind.P1: ("pages.round_page", {}),
    GateKind.P2: ("workbench.coding", {"show": "done"}),
    GateKind.P3: ("synthesis.draft", {}),
    GateKind.P4: ("review.note_desk", {}),
    GateKind.P5: ("decisions.page", {}),
}
SIGNED = {  # what is signed at each gate
    GateKind.P0: N_("the mandate note"),
    GateKind.P1: N_("all that people will read about the round"),
    GateKind.P2: N_("the themes and outcome of every input"),
    GateKind.P3: N_("version %(name)s of the draft"),
    GateKind.P4: N_("response note %(name)s"),
    GateKind.P5: N_("decision %(name)s"),
}


def lacks(found: Sequence[Lack], fresh: Sequence[Lack], subject: Round, actor: Actor) -> list[dict[str, Any]]:
    """Return what is lacking at a gate, each with the address of the list that it counts, for who may come there.

    `fresh` is what nobody accepted with a reason, so that it keeps the gate shut.
    """
    told = []
    for one in found:
        endpoint, more, act = LISTS[one.list]
        url = _url(endpoint, subject, **more) if allows(act, actor, subject) else ""
        told.append({"words": one.words, "url": url, "is_fresh": one in fresh})
    return told


def _url(endpoint: str, subject: Round, **more: Any) -> str:
    return url_for(endpoint, slug=subject.slug, **more)


def document_words(kind: GateKind, name: str) -> str:
    """Say what is signed at a gate."""
    return _(SIGNED[kind], name=name) if name else _(SIGNED[kind]).replace(" %(name)s", "")


def document_url(kind: GateKind, subject: Round, document: Document | None) -> str:
    """Return where what is signed can be read."""
    if document is None:
        return ""
    endpoint, more = DOCUMENTS[kind]
    number = {"number": document.name} if kind is GateKind.P3 else {}
    return _url(endpoint, subject, **more, **number)


def state(gate: Gate) -> str:
    """Say where a gate stands."""
    if gate.started_at is not None:
        return _("passed on %(day)s; what follows has begun", day=day(gate.passed_at or gate.started_at))
    if gate.passed_at is not None:
        return _("passed on %(day)s; what follows can begin", day=day(gate.passed_at))
    if gate.asked_at is not None:
        return _("shut; signatures were asked on %(day)s", day=day(gate.asked_at))
    return _("shut")


def tag(gate: Gate) -> tuple[str, str]:
    """Return where a gate stands as a mark: its words and its kind."""
    if gate.started_at is not None or gate.passed_at is not None:
        return (_("passed with a reason"), "note") if gate.override_reason else (_("passed"), "done")
    return _("shut"), "now" if gate.asked_at is not None else "neutral"


def pair(at: At, *, document: Document | None = None, names: bool) -> dict[str, Any]:
    """Return both signatures of a gate; names are for those who work on the round, the public reads roles."""
    return {side.value: _signature(at, side, document, names=names) for side in Side}


def _signature(at: At, side: Side, document: Document | None, *, names: bool) -> dict[str, Any]:
    found = at.standing.get(side)
    role = side.duty.words
    if found is not None:
        about = document_words(at.gate.kind, found.sign_off.document)
        is_stale = document is not None and at.gate.started_at is None
        if is_stale and document is not None and found.sign_off.digest != to_sign(at.gate, document):
            return {"role": role, "name": found.name if names else "", "state": "void", "at": found.sign_off.signed_at}
        name = found.name if names else ""
        return {"role": role, "name": name, "state": "signed", "at": found.sign_off.signed_at, "note": about}
    void = next((one for one in reversed(at.signed) if one.sign_off.side is side), None)
    if void is None or void.sign_off.cause is None:
        return {"role": role, "state": "open"}
    when = void.sign_off.voided_at
    told = _("Signed before; lapsed on %(day)s: %(cause)s.", day=day(when) if when else "", cause=_cause(void))
    return {"role": role, "state": "open", "note": told}


def _cause(signed: Signed) -> str:
    return signed.sign_off.cause.words if signed.sign_off.cause is not None else ""


def follows(kind: GateKind, subject: Round) -> list[str]:
    """Name the phases that a gate lets start; `subject.phases` is loaded."""
    if not holds_back(kind, subject.phases):
        return []
    return [phase.name for phase in subject.phases if phase.kind in RELEASES[kind]]


def sides_of(at: At, actor: Actor) -> list[Side]:
    """Return for which sides the actor can still sign: those whose sponsor they are, unless they signed already."""
    if any(one.sign_off.person_id == actor.person_id for one in at.standing.values()):
        return []
    duties = actor.duties.get(at.round_id, frozenset())
    return [side for side in Side if side.duty in duties and side not in at.standing]


def signed_by(at: At, actor: Actor) -> bool:
    """Say whether a signature of the actor counts here."""
    return any(one.sign_off.person_id == actor.person_id for one in at.standing.values())


def log(at: At) -> list[dict[str, Any]]:
    """Return all that was ever signed at a gate, newest first."""
    return [
        {
            "side": one.sign_off.side.words,
            "name": one.name,
            "at": one.sign_off.signed_at,
            "what": document_words(at.gate.kind, one.sign_off.document),
            "digest": one.sign_off.digest[:12],
            "until": one.sign_off.voided_at,
            "cause": _cause(one),
        }
        for one in reversed(at.signed)
    ]


# --- reach and dissent ---


def beside(weight: Weight, polls: Sequence[PollResult], subject: Round) -> dict[str, Any]:
    """Return who took part, and beside what most people want what many of them do not want."""
    becomes = [
        {
            "words": kind.words,
            "count": weight.outcomes[kind],
            "url": _url("workbench.coding", subject, outcome=kind.value),
        }
        for kind in OutcomeKind
        if weight.outcomes.get(kind)
    ]
    final = [poll for poll in polls if poll.final]
    return {
        "reach": [
            ngettext("%(num)s input", "%(num)s inputs", weight.inputs),
            ngettext("%(num)s position of an organisation", "%(num)s positions of organisations", weight.organisations),
            *(_turnout(poll) for poll in final),
        ],
        "becomes": becomes,
        "polls": [_poll(poll) for poll in polls if is_supported(poll)],
        "results_url": _url("pages.results", subject) if final else "",
    }


def _turnout(poll: PollResult) -> str:
    if not poll.eligible:
        return ngettext("%(num)s ballot", "%(num)s ballots", poll.ballots or 0)
    whole = {"total": poll.eligible}
    return ngettext(
        "%(num)s ballot of %(total)s people", "%(num)s ballots of %(total)s people", poll.ballots or 0, **whole
    )


def _poll(poll: PollResult) -> dict[str, Any]:
    return {
        "title": poll.title,
        "support": [_votes(one) for one in most_wanted(poll)],
        "dissent": [_votes(one) for one in least_wanted(poll)],
    }


def _votes(option: OptionResult) -> dict[str, Any]:
    return {
        "title": option.title,
        **{name: option.votes.get(name, 0) for name in ("for", "neutral", "against")},
    }


# --- the report, and decisions ---


def report(told: Sequence[Aligned]) -> list[dict[str, Any]]:
    """Return how each gate went, in words and whole days."""

    def days(number: int | None) -> str:
        return "–" if number is None else ngettext("%(num)s day", "%(num)s days", number)

    return [
        {
            "name": f"{one.kind.code}: {one.kind.words}",
            "asked_at": one.asked_at,
            "passed_at": one.passed_at,
            "started_at": one.started_at,
            "lead": days(one.lead_days),
            "apart": days(one.apart_days),
            "last": one.last.words if one.last is not None else "–",
            "sign_offs": one.sign_offs,
            "changed": one.changed,
            "withdrawn": one.withdrawn,
            "overrides": one.overrides,
        }
        for one in told
    ]


def decision(found: Decision, places: Mapping[Any, Sequence[Place]]) -> dict[str, Any]:
    """Return a decision with what each amendment changed, word by word."""
    before = {one.stable_id: one for one in places.get(found.draft_id, ())}
    after = {one.stable_id: one for one in places.get(found.amended_id, ())}
    shown = [
        {
            "amendment": one,
            "where": before[one.stable_id].where if one.stable_id in before else "",
            "pieces": changed_words(before[one.stable_id].text, after[one.stable_id].text)
            if one.stable_id in before and one.stable_id in after
            else (),
        }
        for one in found.amendments
    ]
    return {"decision": found, "amendments": shown}


RETURNED = {
    Act.RETURN_DRAFT: N_("the draft"),
    Act.RETURN_SYNTHESIS: N_("the synthesis report"),
    Act.RETURN_NOTE: N_("the response note"),
}


def apart(found: Sequence[Difference], returned: Mapping[Act, int]) -> dict[str, Any]:
    """Return when both sides were not of one mind, and how often a document was sent back."""
    return {
        "differences": [
            {
                "at": one.at,
                "name": f"{one.kind.code}: {one.kind.words}",
                "side": one.side.words if one.side is not None else "",
                "what": one.cause.words if one.side is not None else _("it was passed with a reason"),
            }
            for one in found
        ],
        "returned": [(_(RETURNED[act]), times) for act, times in returned.items()],
    }


def commitments(
    found: Sequence[Commitment], actor: Actor, replaced: Mapping[uuid.UUID, Commitment] | None = None
) -> list[dict[str, Any]]:
    """Return what the board promised, each with its state in words, the kind of mark for that, and what stood before.

    `replaced` holds what was changed, by the promise that took its place; the last before stands first.
    """
    today = local(actor.arrived_at).date()
    return [{"one": one, "state": _state_of(one, today), "before": [*_before(one, replaced or {})]} for one in found]


def _before(one: Commitment, replaced: Mapping[uuid.UUID, Commitment]) -> Iterator[Commitment]:
    earlier = replaced.get(one.id)
    while earlier is not None:
        yield earlier
        earlier = replaced.get(earlier.id)


def _state_of(one: Commitment, today: date) -> tuple[str, str]:
    if one.settled_at is not None:
        words = _("kept on %(day)s") if one.is_kept else _("taken back on %(day)s")
        return words % {"day": short_day(one.settled_at)}, "done" if one.is_kept else "neutral"
    if one.due_on < today:
        return _("should have been kept on %(day)s", day=short_day(one.due_on)), "against"
    return _("to be kept by %(day)s", day=short_day(one.due_on)), "now"
