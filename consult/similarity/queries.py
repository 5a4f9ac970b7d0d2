"""Finding what is alike, and what lacks in the index. Each question is four statements of bounded work."""

import uuid
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Float,
    and_,
    column,
    false,
    func,
    literal,
    or_,
    select,
    true,
    values,
)

from consult.contributions.models import PUT_FORWARD, Contribution, State
from consult.contributions.queries import holds_word, visible_to
from consult.foundation.db import session
from consult.policy import Actor
from consult.similarity import rules
from consult.similarity.models import IndexedText, Term
from consult.similarity.rules import Word

POOL, CANDIDATES = 600, 100  # texts that hold something of it; those of them that are looked at
SHOWN = 5


@dataclass(frozen=True)
class Similar:
    """A contribution that is like a text, and how much: from 0 to 1."""

    contribution: Contribution
    score: float


def list_similar(
    round_id: uuid.UUID,
    actor: Actor,
    title: str,
    text: str = "",
    *,
    language: str | None = None,
    limit: int = SHOWN,
    least: float = rules.NEAR,
    but: uuid.UUID | None = None,
) -> list[Similar]:
    """List what was put forward in a round and is like a text: what is public, and what the actor sent in.

    The most alike first; `least` is how alike it must be, `but` is left out. Four statements, of which the work
    does not grow with the round.
    """
    words = rules.words_in(title, text, language)[: rules.MOST_ASKED]
    if not words:
        return []
    terms = {rules.key_of(round_id, term): term for word in words for term in (*word.stems, *word.pieces)}
    counts, whole = _counts(terms, round_id)
    looked_for = {rules.key_of(round_id, term): worth for term, worth in rules.rarest(words, counts).items()}
    found = _candidates(looked_for, actor, but) if looked_for else {}
    scores = _scores(words, counts, whole, found, terms) if found else {}
    best = sorted((one for one in scores if scores[one] >= least), key=lambda one: (-scores[one], one))[:limit]
    return [Similar(told, scores[told.id]) for told in _contributions(best)]


def matches(round_id: uuid.UUID, words: str) -> ColumnElement[bool]:
    """Say which contributions of a round hold all the words, as they were typed or in another form of the word."""
    return and_(true(), *(_matches_word(round_id, word) for word in words.split()[:8]))


def _matches_word(round_id: uuid.UUID, word: str) -> ColumnElement[bool]:
    keys = [rules.key_of(round_id, stem) for one in rules.split(word) for stem in rules.stems(one, None)]
    if not keys:
        return holds_word(word)
    indexed = select(IndexedText.contribution_id).join(Term, Term.number == IndexedText.number)
    return or_(holds_word(word), Contribution.id.in_(indexed.where(Term.key.in_(keys))))


def list_missing(limit: int) -> list[Contribution]:
    """List what was put forward and is not in the index with its present text."""
    wanted = (
        select(Contribution)
        .outerjoin(IndexedText, IndexedText.contribution_id == Contribution.id)
        .where(
            Contribution.kind.in_(PUT_FORWARD),
            or_(IndexedText.number.is_(None), IndexedText.version != Contribution.version),
        )
        .limit(limit)
    )
    return list(session().scalars(wanted))


def list_numbers(contribution_ids: Collection[uuid.UUID]) -> list[int]:
    """List under which numbers contributions stand in the index."""
    wanted = select(IndexedText.number).where(IndexedText.contribution_id.in_(list(contribution_ids)))
    return list(session().scalars(wanted))


def _counts(terms: Mapping[int, str], round_id: uuid.UUID) -> tuple[dict[str, int], int]:
    """Count in how many texts each term stands, but never further than to "common"; and how many texts there are."""
    asked = values(column("key", BigInteger()), name="asked").data([(key,) for key in terms]).cte("asked")
    some = select(literal(1)).where(Term.key == asked.c.key).correlate(asked).limit(rules.COUNTED).subquery()
    whole = (
        select(func.count())
        .where(
            Contribution.round_id == round_id,
            Contribution.kind.in_(PUT_FORWARD),
            Contribution.state == State.PUBLISHED,
        )
        .scalar_subquery()
    )
    found = (
        session().execute(select(asked.c.key, select(func.count()).select_from(some).scalar_subquery(), whole)).all()
    )
    return {terms[key]: number for key, number, _whole in found}, found[0][2]


def _candidates(
    looked_for: Mapping[int, float], actor: Actor, but: uuid.UUID | None
) -> dict[int, tuple[uuid.UUID, int]]:
    """Find the texts with most of what is looked for, by number: of which contribution, and their weight."""
    asked = (
        values(column("key", BigInteger()), column("worth", Float()), name="asked")
        .data(list(looked_for.items()))
        .cte("asked")
    )
    reach = 2 * rules.RAREST * rules.COUNTED
    hits = select(Term.number, asked.c.worth).join(asked, asked.c.key == Term.key).limit(reach).subquery("hits")
    worth = func.sum(hits.c.worth).label("worth")
    pool = select(hits.c.number, worth).group_by(hits.c.number).order_by(worth.desc()).limit(POOL).subquery("pool")
    wanted = (
        select(IndexedText.number, IndexedText.contribution_id, IndexedText.weight)
        .join(pool, pool.c.number == IndexedText.number)
        .join(Contribution, Contribution.id == IndexedText.contribution_id)
        .where(
            or_(Contribution.state == State.PUBLISHED, _waits_for(actor)),
            Contribution.merged_into_id.is_(None),
            Contribution.id != but if but is not None else true(),
            visible_to(actor),
        )
        .order_by(pool.c.worth.desc(), IndexedText.number)
        .limit(CANDIDATES)
    )
    return {number: (contribution_id, weight) for number, contribution_id, weight in session().execute(wanted)}


def _waits_for(actor: Actor) -> ColumnElement[bool]:
    """Say what the actor sent in that is not public yet: who sends the same twice is told so too."""
    if actor.person_id is None:
        return false()
    return and_(Contribution.author_id == actor.person_id, Contribution.state == State.HELD)


def _scores(
    words: Sequence[Word],
    counts: Mapping[str, int],
    whole: int,
    found: Mapping[int, tuple[uuid.UUID, int]],
    terms: Mapping[int, str],
) -> dict[uuid.UUID, float]:
    """Say how alike each of the texts found is."""
    wanted = select(Term.number, Term.key, Term.weight).where(Term.number.in_(found), Term.key.in_(terms))
    shared: dict[int, dict[str, int]] = defaultdict(dict)
    for number, key, weight in session().execute(wanted):
        shared[number][terms[key]] = weight
    return {
        contribution_id: rules.likeness(words, counts, whole, shared[number], weight)
        for number, (contribution_id, weight) in found.items()
    }


def _contributions(ids: Sequence[uuid.UUID]) -> list[Contribution]:
    """Return contributions in the order of their ids."""
    if not ids:
        return []
    places: dict[Any, int] = {one: place for place, one in enumerate(ids)}
    return sorted(session().scalars(select(Contribution).where(Contribution.id.in_(ids))), key=lambda c: places[c.id])
