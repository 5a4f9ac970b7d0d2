"""Putting texts into the index and taking them out; nothing of this is an act of a person."""

import uuid
from collections.abc import Collection, Iterable, Sequence

from sqlalchemy import delete, insert, select, tuple_

from consult.contributions.models import PUT_FORWARD, Contribution
from consult.foundation.db import numbers_table, session
from consult.similarity import rules
from consult.similarity.models import IndexedText, Term
from consult.similarity.queries import Told, list_missing, list_terms

BATCH = 1000


def index(contribution: Contribution) -> None:
    """Have the text of one contribution found from now on; does nothing for what is not put forward."""
    index_many([contribution])


def index_many(contributions: Iterable[Contribution]) -> int:
    """Have the present texts of contributions found, and return how many; what stood there of them is replaced."""
    return _index([Told.of(one) for one in contributions if one.kind in PUT_FORWARD])


def index_missing(limit: int = 2000) -> int:
    """Index what came in by a way that left that for later, and return how many; may be run twice."""
    return _index(list_missing(limit))


def forget(contribution_ids: Collection[uuid.UUID]) -> None:
    """Take contributions out of the index, because their text goes."""
    there = list_terms(contribution_ids)
    rows = sorted((key, number) for number, terms in there.items() for key in rules.unpacked(terms)[0])
    if rows:
        gone = numbers_table(rows, key=Term.key.type, number=Term.number.type)
        session().execute(delete(Term).where(tuple_(Term.key, Term.number).in_(select(gone.c.key, gone.c.number))))
    if there:
        session().execute(delete(IndexedText).where(IndexedText.number.in_(there)))


def _index(told: Sequence[Told]) -> int:
    for start in range(0, len(told), BATCH):
        _index_batch(told[start : start + BATCH])
    return len(told)


def _index_batch(told: Sequence[Told]) -> None:
    forget([one.id for one in told])
    keys, texts = {}, []
    for one in told:
        terms = rules.terms_in(one.title, one.text, one.language)
        keys[one.id] = rules.keys_of(one.round_id, terms)
        known = {"terms": rules.packed(keys[one.id], terms.values()), "weight": sum(terms.values())}
        texts.append({"contribution_id": one.id, "version": one.version, **known})
    made = session().execute(insert(IndexedText).returning(IndexedText.number, IndexedText.contribution_id), texts)
    rows = sorted((key, number) for number, one in made for key in keys[one])  # in order they are written much quicker
    if rows:
        new = numbers_table(rows, key=Term.key.type, number=Term.number.type)
        session().execute(insert(Term).from_select(["key", "number"], select(new.c.key, new.c.number)))
