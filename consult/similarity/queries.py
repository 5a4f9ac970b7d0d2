"""Finding what is alike, and what lacks in the index. Each question is three statements of bounded work."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

from sqlalchemy import BigInteger, ColumnElement, Float, and_, false, func, literal, or_, select, true

from consult.contributions.models import PUT_FORWARD, Contribution, State
from consult.contributions.queries import holds_word, visible_to
from consult.foundation.db import numbers_table, session
from consult.policy import Actor
from consult.similarity import rules
from consult.similarity.models import IndexedText, Term

POOL, CANDIDATES = 200, 50  # texts that hold something of it; those of them that are looked at
SHOWN = 5


class Told(NamedTuple):
    """A contribution as far as the index needs it."""

    id: uuid.UUID
    round_id: uuid.UUID
    title: str
    text: str
    language: str | None
    version: int

    @classmethod
    def of(cls, one: Contribution) -> Self:
        """Return what the index needs of a contribution."""
        return cls(one.id, one.round_id, one.title, one.text, one.language, one.version)


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

    The most alike first; `least` is how alike it must be, `but` is left out. Three statements, of which the work
    does not grow with the round.
    """
    asked = rules.terms_in(title, text, language, rules.MOST_ASKED)
    if not asked:
        return []
    keys = dict(zip(rules.keys_of(round_id, asked), asked, strict=True))
    counts, whole = _counts(keys, round_id)
    worth = rules.rarest(asked, counts)
    found = _candidates({key: worth[term] for key, term in keys.items() if term in worth}, actor, but) if worth else []
    scores, rare = {}, rules.rarities(asked, counts, whole)
    for contribution_id, terms, weight in found:
        shared = {keys[key]: there for key, there in zip(*rules.unpacked(terms), strict=True) if key in keys}
        scores[contribution_id] = rules.likeness(asked, rare, shared, weight)
    best = sorted((one for one in scores if scores[one] >= least), key=lambda one: (-scores[one], one))[:limit]
    return [Similar(told, scores[told.id]) for told in _contributions(best)]


def matches(round_id: uuid.UUID, words: str) -> ColumnElement[bool]:
    """Say which contributions of a round hold all the words, as they were typed or in another form of the word."""
    return and_(true(), *(_matches_word(round_id, word) for word in words.split()[:8]))


def _matches_word(round_id: uuid.UUID, word: str) -> ColumnElement[bool]:
    keys = rules.keys_of(round_id, (stem for one in rules.split(word) for stem in rules.stems(one, None)))
    if not keys:
        return holds_word(word)
    indexed = select(IndexedText.contribution_id).join(Term, Term.number == IndexedText.number)
    return or_(holds_word(word), Contribution.id.in_(indexed.where(Term.key.in_(keys))))


def list_missing(limit: int) -> list[Told]:
    """List what was put forward and is not in the index with its present text."""
    wanted = (
        select(*(getattr(Contribution, name) for name in Told._fields))
        .outerjoin(IndexedText, IndexedText.contribution_id == Contribution.id)
        .where(
            Contribution.kind.in_(PUT_FORWARD),
            or_(IndexedText.number.is_(None), IndexedText.version != Contribution.version),
        )
        .limit(limit)
    )
    return [Told(*one) for one in session().execute(wanted)]


def list_terms(contribution_ids: Collection[uuid.UUID]) -> dict[int, bytes]:
    """Return with which terms contributions stand in the index, by their numbers there."""
    wanted = select(IndexedText.number, IndexedText.terms).where(IndexedText.contribution_id.in_(contribution_ids))
    return dict(session().execute(wanted).all())


def _counts(keys: Mapping[int, str], round_id: uuid.UUID) -> tuple[dict[str, int], int]:
    """Count in how many texts each term stands, never further than to "common", and how many there are, up to 3,000."""
    asked = numbers_table([(key,) for key in keys], key=BigInteger())
    some = select(literal(1)).where(Term.key == asked.c.key).correlate(asked).limit(rules.COUNTED).subquery()
    public = select(literal(1)).where(
        Contribution.round_id == round_id,
        Contribution.kind.in_(PUT_FORWARD),
        Contribution.state == State.PUBLISHED,
    )
    whole = select(func.count()).select_from(public.limit(rules.WHOLE).subquery()).scalar_subquery()
    number = select(func.count()).select_from(some).scalar_subquery()
    found = session().execute(select(asked.c.key, number, whole)).all()
    return {keys[key]: number for key, number, _whole in found}, found[0][2]


def _candidates(
    looked_for: Mapping[int, float], actor: Actor, but: uuid.UUID | None
) -> Sequence[tuple[uuid.UUID, bytes, int]]:
    """Find the texts with most of what is looked for: of which contribution, their terms, and the weight of those."""
    asked = numbers_table(list(looked_for.items()), key=BigInteger(), worth=Float())
    reach = rules.LOOKED_AT + rules.COUNTED
    hits = select(Term.number, asked.c.worth).join(asked, asked.c.key == Term.key).limit(reach).subquery("hits")
    worth = func.sum(hits.c.worth).label("worth")
    pool = select(hits.c.number, worth).group_by(hits.c.number).order_by(worth.desc()).limit(POOL).subquery("pool")
    wanted = (
        select(IndexedText.contribution_id, IndexedText.terms, IndexedText.weight)
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
    return [(one, terms, weight) for one, terms, weight in session().execute(wanted)]


def _waits_for(actor: Actor) -> ColumnElement[bool]:
    """Say what the actor sent in that is not public yet: who sends the same twice is told so too."""
    if actor.person_id is None:
        return false()
    return and_(Contribution.author_id == actor.person_id, Contribution.state == State.HELD)


def _contributions(ids: Sequence[uuid.UUID]) -> list[Contribution]:
    """Return contributions in the order of their ids."""
    if not ids:
        return []
    places: dict[Any, int] = {one: place for place, one in enumerate(ids)}
    return sorted(session().scalars(select(Contribution).where(Contribution.id.in_(ids))), key=lambda c: places[c.id])
