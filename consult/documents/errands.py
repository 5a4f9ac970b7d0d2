"""Making the files of documents: by the worker one after the other, or at once where it takes no time."""

import io
import logging
import uuid
from dataclasses import dataclass, replace
from functools import partial

from consult.config import Settings
from consult.documents import rules, verbs
from consult.documents.models import Ending, PaperFile, PaperKind
from consult.documents.paper import Document
from consult.documents.papers import compose, write
from consult.documents.queries import Made, list_due
from consult.documents.telling import Telling
from consult.foundation import clock
from consult.foundation.db import Database, session
from consult.foundation.errors import NotFound
from consult.foundation.files import Incoming, Store
from consult.foundation.language import speaking
from consult.policy import Actor
from consult.rounds.models import Round
from consult.rounds.queries import get_revision, get_round


@dataclass(frozen=True)
class Drawn:
    """A document as it was put together, of which revision of the round, and its file where that was made."""

    document: Document
    revision: int
    incoming: Incoming | None = None


def telling_for(settings: Settings, actor: Actor) -> Telling:
    """Return for whom a document is put together on this installation."""
    return Telling(actor, settings.base_url, settings.default_locale, settings.min_cell)


def everybody() -> Actor:
    """Return the reader of every file: somebody who is not signed in, now."""
    return Actor(arrived_at=clock.now())


def draw(subject: Round, kind: PaperKind, settings: Settings) -> Drawn:
    """Put a document together as everybody may read it; the revision is read first."""
    revision = get_revision(subject.id)
    return Drawn(compose(kind, subject, telling_for(settings, everybody())), revision)


def as_of_now(made: Made, settings: Settings) -> Made:
    """Return a document with its file, which counts as ready too where the round changed but its content did not."""
    found = made.file
    if made.is_ready or found is None or found.stored_name is None:
        return made
    drawn = draw(made.paper.round, made.paper.kind, settings)
    return replace(made, revision=found.revision) if drawn.document.content_hash == found.content_hash else made


def made_at_once(drawn: Drawn, kind: PaperKind, ending: Ending, store: Store) -> Drawn:
    """Make the file of a small document while somebody waits; a large one is left to the worker."""
    if not rules.is_small(drawn.document.size):
        return drawn
    return Drawn(drawn.document, drawn.revision, _stored(drawn.document, kind, ending, store))


def _stored(document: Document, kind: PaperKind, ending: Ending, store: Store) -> Incoming:
    return store.take(f"{kind.value}.{ending.value}", io.BytesIO(write(document, ending)))


def keep_up(database: Database, store: Store, settings: Settings) -> int:
    """Make every file that was asked for, and look at those again of which the round changed; return how many.

    Each stands in transactions of its own, and the laying out in none: nobody waits for it.
    """
    with database.reading():
        due = list_due(clock.now())
    return sum(_make(database, store, settings, file_id) for file_id in due)


def _make(database: Database, store: Store, settings: Settings, file_id: uuid.UUID) -> bool:
    taken = database.write(partial(_taken, file_id))
    if taken is None:
        return False
    language, slug, kind, ending, known = taken
    revision = 0
    try:
        with speaking(language):
            with database.reading():
                subject = get_round(everybody(), slug)
                drawn = draw(subject, kind, settings)
            revision = drawn.revision
            _finish(database, store, file_id, drawn, (kind, ending), known)
    except NotFound:
        database.write(lambda: verbs.let_go(file_id, clock.now()))
    except Exception as problem:  # the next file is made all the same; this one is tried when the round changes
        logging.getLogger("consult").error("a document was not made: %s", type(problem).__name__)
        database.write(lambda: verbs.fail(file_id, revision))
    return True


Taken = tuple[str, str, PaperKind, Ending, str]


def _taken(file_id: uuid.UUID) -> Taken | None:
    found: PaperFile | None = verbs.take(file_id, clock.now())
    if found is None:
        return None
    slug = session().get_one(Round, found.round_id).slug
    known = found.content_hash if found.stored_name is not None else ""
    return found.language, slug, found.paper, found.ending, known


def _finish(
    database: Database, store: Store, file_id: uuid.UUID, drawn: Drawn, of: tuple[PaperKind, Ending], known: str
) -> None:
    content_hash, incoming = drawn.document.content_hash, None
    if content_hash != known:
        database.write(lambda: verbs.note_size(file_id, drawn.document, clock.now()))
        incoming = _stored(drawn.document, *of, store)
    database.write(lambda: verbs.keep(file_id, content_hash, drawn.revision, incoming, clock.now()))
