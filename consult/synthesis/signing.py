"""What board and civil service sign of the work on inputs: the outcomes (gate P2) and the draft (gate P3)."""

import uuid
from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import select

from consult.coding.models import Code
from consult.contributions.models import Contribution, State
from consult.field.queries import list_advice_overdue
from consult.foundation import clock
from consult.foundation.anchors import Fate
from consult.foundation.db import read_again_locked, session
from consult.foundation.language import gettext as _
from consult.foundation.language import local, ngettext
from consult.mandates import signing
from consult.mandates.models import Gate, GateKind, Side
from consult.mandates.rules import Document, Lack, digest_of
from consult.policy import Actor
from consult.rounds.models import Round
from consult.synthesis.drafts import find_newest
from consult.synthesis.models import Outcome, SourceLink
from consult.synthesis.queries import Show, coverage, is_input, list_bare, list_left
from consult.synthesis.rules import passage_of


def sign_outcomes(gate: Gate, subject: Round, side: Side, actor: Actor, *, seen: str | None = None) -> None:
    """Agree with what becomes of every input (P2); refused like `mandates.signing.sign`."""
    read_again_locked(gate, signing.FRESH)
    lacks = list_unfinished(subject.id)
    signing.sign(gate, side, outcomes_of(subject.id), lacks, actor, seen=seen)


def sign_draft(gate: Gate, subject: Round, side: Side, actor: Actor, *, seen: str | None = None) -> None:
    """Agree with the newest version of the draft as it stands now (P3); refused like `mandates.signing.sign`."""
    read_again_locked(gate, signing.FRESH)
    lacks = list_uncovered(subject.id)
    signing.sign(gate, side, draft_of(subject.id), lacks, actor, seen=seen)


def list_unfinished(round_id: uuid.UUID) -> list[Lack]:
    """List what keeps P2 shut: inputs without a theme, and inputs without an outcome."""
    covered, found = coverage(round_id), []
    if not (covered.uncoded or covered.unweighed):
        return []
    left = list_left(round_id, Show.UNCODED, Show.UNWEIGHED)
    if covered.uncoded:
        found.append(_lack("uncoded", left[Show.UNCODED], covered.uncoded))
    if covered.unweighed:
        found.append(_lack("unweighed", left[Show.UNWEIGHED], covered.unweighed))
    return found


def list_uncovered(round_id: uuid.UUID) -> list[Lack]:
    """List what keeps P3 shut: no draft, paragraphs without a source, adopted inputs without a place, late advice.

    A paragraph that says openly that it has no source needs none. Advice of a department keeps it shut once its
    day is past, until it is given or somebody says with a reason that it goes on without (S04).
    """
    covered, found = coverage(round_id), []
    if not covered.paragraphs:
        found.append(_lack("draft", ("begun",), 1))
    if covered.bare:
        found.append(_lack("bare", [str(one.stable_id) for one in list_bare(round_id)], covered.bare))
    if covered.unplaced:
        found.append(_lack("unplaced", list_left(round_id, Show.UNPLACED)[Show.UNPLACED], covered.unplaced))
    if late := list_advice_overdue(round_id, local(clock.now()).date()):
        found.append(_lack("advice", [str(one) for one in late], len(late)))
    return found


def _lack(name: str, of: Sequence[str], number: int) -> Lack:
    return Lack(say_lack(name, number), name, tuple(of))


def say_lack(name: str, number: int) -> str:
    """Say how much is lacking at P2 or P3, by the list that its `Lack` names."""
    return {
        "uncoded": ngettext("One input has no theme yet.", "%(num)s inputs have no theme yet.", number),
        "unweighed": ngettext("One input has no outcome yet.", "%(num)s inputs have no outcome yet.", number),
        "draft": _("The draft has no paragraph yet."),
        "bare": ngettext("One paragraph has no source.", "%(num)s paragraphs have no source.", number),
        "unplaced": ngettext(
            "One adopted input has no place in the draft.",
            "%(num)s adopted inputs have no place in the draft.",
            number,
        ),
        "advice": ngettext("One advice is past its day.", "%(num)s pieces of advice are past their day.", number),
    }[name]


def outcomes_of(round_id: uuid.UUID) -> Document | None:
    """Return what is signed at P2: each input with its themes and its outcome; None while there is no input."""
    standing = (Contribution.round_id == round_id, Contribution.state == State.PUBLISHED, is_input())
    outcomes = (
        select(Contribution.id, Outcome.id)
        .outerjoin(Outcome, (Outcome.contribution_id == Contribution.id) & Outcome.replaced_at.is_(None))
        .where(*standing)
        .order_by(Contribution.id)
    )
    coded = (
        select(Code.contribution_id, Code.theme_id)
        .join(Contribution, Contribution.id == Code.contribution_id)
        .where(*standing, Code.ended_at.is_(None))
    )
    themes: dict[uuid.UUID, list[str]] = defaultdict(list)
    for contribution_id, theme_id in session().execute(coded):
        themes[contribution_id].append(theme_id.hex)
    parts = [[one.hex, str(outcome_id), sorted(themes[one])] for one, outcome_id in session().execute(outcomes)]
    return Document("", digest_of(parts)) if parts else None


def draft_of(round_id: uuid.UUID) -> Document | None:
    """Return what is signed at P3: the newest version of the draft, with all its words and sources; None before."""
    draft = find_newest(round_id)
    if draft is None:
        return None
    parts = [
        [
            section.title,
            [
                [p.stable_id, p.text, p.is_editorial, sorted(_source(link) for link in p.sources)]
                for p in section.paragraphs
            ],
        ]
        for section in draft.sections
    ]
    return Document(str(draft.number), digest_of([draft.number, draft.title, parts]))


def _source(link: SourceLink) -> str:
    told = [link.contribution_id, link.precondition_id, link.use, link.note]
    if link.statement_result_id is not None:  # what was signed before there were any keeps its digest
        told.append(link.statement_result_id)
    if link.advice_id is not None:
        told += ["advice", link.advice_id]
    if link.vote_result_id is not None:
        told += ["vote", link.vote_result_id]
    said = link.said
    if said is not None and (passage := passage_of(link, said)) is not None:
        told += ["passage", str(link.start), link.quote, *(["gone"] if passage.fate is Fate.GONE else [])]
    is_hidden = said is not None and not said.is_public
    return "|".join([*map(str, told), *(["hidden"] if is_hidden else [])])


def void_unplaced(round_id: uuid.UUID, actor: Actor) -> None:
    """Void what was signed at P3 when outcomes changed so that something lacks in the draft, and nobody accepted that.

    For the verbs that change outcomes.
    """
    signing.void_where_lacking(round_id, GateKind.P3, lambda: list_uncovered(round_id), actor)
