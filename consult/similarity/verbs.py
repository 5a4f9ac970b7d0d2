"""Putting texts into the index and taking them out; nothing of this is an act of a person."""

import uuid
from collections.abc import Collection, Iterable, Sequence
from typing import Any, cast

from sqlalchemy import Table, delete, insert

from consult.contributions.models import PUT_FORWARD, Contribution
from consult.foundation.db import session
from consult.similarity import rules
from consult.similarity.models import IndexedText, Term
from consult.similarity.queries import list_missing, list_numbers

BATCH = 500


def index(contribution: Contribution) -> None:
    """Have the text of one contribution found from now on; does nothing for what is not put forward."""
    index_many([contribution])


def index_many(contributions: Iterable[Contribution]) -> int:
    """Have the present texts of contributions found, and return how many; what stood there of them is replaced."""
    fresh = [one for one in contributions if one.kind in PUT_FORWARD]
    for start in range(0, len(fresh), BATCH):
        _index_batch(fresh[start : start + BATCH])
    return len(fresh)


def index_missing(limit: int = 2000) -> int:
    """Index what came in by a way that left that for later, and return how many; may be run twice."""
    return index_many(list_missing(limit))


def forget(contribution_ids: Collection[uuid.UUID]) -> None:
    """Take contributions out of the index, because their text goes."""
    numbers = list_numbers(contribution_ids)
    if numbers:
        session().execute(delete(Term).where(Term.number.in_(numbers)))
        session().execute(delete(IndexedText).where(IndexedText.number.in_(numbers)))


def _index_batch(contributions: Sequence[Contribution]) -> None:
    forget([one.id for one in contributions])
    told = [rules.words_in(one.title, one.text, one.language) for one in contributions]
    texts = [
        {"contribution_id": one.id, "version": one.version, "weight": sum(word.weight for word in words)}
        for one, words in zip(contributions, told, strict=True)
    ]
    made = session().execute(insert(IndexedText).returning(IndexedText.contribution_id, IndexedText.number), texts)
    numbers: dict[uuid.UUID, int] = dict(made.all())
    rows: list[dict[str, Any]] = [
        {"key": rules.key_of(one.round_id, term), "number": numbers[one.id], "weight": weight}
        for one, words in zip(contributions, told, strict=True)
        for term, weight in rules.terms_in(words).items()
    ]
    if rows:
        session().execute(insert(cast("Table", Term.__table__)), rows)
