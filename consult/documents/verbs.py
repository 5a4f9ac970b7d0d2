"""Asking for the file of a document, keeping it when it is made, and the texts that people type for a document."""

import uuid
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Select, select

from consult.audit.verbs import record
from consult.documents import rules
from consult.documents.models import PaperFile, PaperKind, PaperText, Step
from consult.documents.paper import Document
from consult.documents.queries import Made, Paper, list_texts
from consult.foundation.db import add, insert_of, locked, new_id, session
from consult.foundation.errors import saved_meanwhile
from consult.foundation.files import Incoming
from consult.foundation.language import locale
from consult.policy import Act, Actor
from consult.rounds.models import Round
from consult.rounds.queries import get_revision
from consult.rounds.verbs import bump, hold_undecided


def ask(made: Made, actor: Actor) -> PaperFile:
    """Ask for the file of a document; a worker makes it. One that is ready, or being made, is asked for once.

    Two people who ask at the same time get the same file.
    """
    row = {
        "round_id": made.round_id,
        "paper": made.paper.kind,
        "ending": made.ending,
        "language": locale(),
    }
    fresh = {"id": new_id(), "step": Step.WAITING, "revision": 0, "content_hash": "", "size_told": 0, "size": 0}
    told = insert_of(PaperFile).values(**row, **fresh, sha256="", asked_at=actor.arrived_at)
    names = ["round_id", "paper", "ending", "language"]
    session().execute(told.on_conflict_do_nothing(index_elements=names, index_where=PaperFile.outdated_at.is_(None)))
    wanted: Select[PaperFile] = locked(select(PaperFile).filter_by(**row).where(PaperFile.outdated_at.is_(None)))
    found = session().scalars(wanted.execution_options(populate_existing=True)).one()
    if not rules.is_ready(found, get_revision(made.round_id)) and found.step in {Step.DONE, Step.FAILED}:
        found.step, found.asked_at, found.leased_until = Step.WAITING, actor.arrived_at, None
    session().flush()
    record(Act.MAKE_DOCUMENT, actor, found, paper=found.paper.value, ending=found.ending.value)
    return found


def take(file_id: uuid.UUID, at: datetime) -> PaperFile | None:
    """Take the making of a file on, for as long as the lease lasts; None when another worker has it."""
    wanted: Select[PaperFile] = locked(select(PaperFile).where(PaperFile.id == file_id))
    found = session().scalar(wanted)
    if found is None or found.outdated_at is not None or (found.leased_until is not None and found.leased_until > at):
        return None
    found.leased_until, found.began_at = at + rules.LEASE, at
    if found.step is not Step.DONE:
        found.step = Step.WRITING
    session().flush()
    return found


def note_size(file_id: uuid.UUID, document: Document, at: datetime) -> None:
    """Write down how large the document is that is laid out now, so that people see how far it is."""
    found = session().get_one(PaperFile, file_id)
    found.size_told, found.began_at = document.size, at
    if found.step is not Step.DONE:
        found.step = Step.LAYING_OUT


def keep(file_id: uuid.UUID, content_hash: str, revision: int, incoming: Incoming | None, at: datetime) -> PaperFile:
    """Keep what was made of a document; without `incoming` the content is what it was, and the file stays.

    A file of another content becomes outdated and is given no more; the new one stands in a row of its own.
    `revision` is that of the round before the document was put together.
    """
    found = session().get_one(PaperFile, file_id, with_for_update={"key_share": True})
    if found.content_hash == content_hash and found.stored_name is not None:
        incoming = None  # somebody else made the same meanwhile; that file stays
    if incoming is not None and found.stored_name is not None:
        found = _replaced(found, at)
    if incoming is not None:
        found.content_hash, found.made_at = content_hash, at
        found.size, found.sha256, found.stored_name = incoming.size, incoming.sha256, incoming.stored_name
    found.step, found.revision, found.leased_until = Step.DONE, revision, None
    session().flush()
    return found


def _replaced(found: PaperFile, at: datetime) -> PaperFile:
    """Let a new row take the place of a file of which the content changed; the old one keeps its hashes alone."""
    found.outdated_at, found.stored_name, found.leased_until = at, None, None
    session().flush()
    return add(
        PaperFile(
            round_id=found.round_id,
            paper=found.paper,
            ending=found.ending,
            language=found.language,
            size_told=found.size_told,
            asked_at=found.asked_at,
            began_at=found.began_at,
        )
    )


def fail(file_id: uuid.UUID, revision: int) -> None:
    """Write down that a file could not be made; it is tried again when the round changes or somebody asks."""
    found = session().get_one(PaperFile, file_id)
    found.step, found.revision, found.leased_until = Step.FAILED, revision, None


def let_go(file_id: uuid.UUID, at: datetime) -> None:
    """Give no file any more of a document that is not there now, like one of which nothing is public any more."""
    found = session().get_one(PaperFile, file_id)
    found.outdated_at, found.stored_name, found.leased_until = at, None, None


# --- what people type ---


def write_texts(paper: Paper, texts: Mapping[str, str], actor: Actor, *, number: int) -> PaperText:
    """Write the texts of a document of which the rest is computed; nobody else reads them before they are published.

    Refused for a document without such texts, and when somebody wrote since version `number` was read.
    """
    rules.judge_texts(paper.kind)
    _hold(paper.round_id)
    newest = next(iter(list_texts(paper.round_id, paper.kind)), None)
    if (newest.number if newest is not None else 0) != number:
        theirs = [str(text) for text in newest.texts.values() if text] if newest is not None else []
        raise saved_meanwhile(theirs, texts.values())
    written = {"written_by_id": actor.person_id, "written_at": actor.arrived_at}
    kept = {name: texts.get(name, "") for name in rules.TYPED[paper.kind]}
    new = add(PaperText(round_id=paper.round_id, paper=paper.kind, number=number + 1, texts=kept, **written))
    record(Act.WRITE_PAPER, actor, new, paper=paper.kind.value, number=new.number)
    return new


def publish_texts(paper: Paper, actor: Actor, *, number: int) -> PaperText:
    """Make the newest texts of a document public, as version `number` was read.

    Refused to whoever wrote them, when nothing waits, when they were changed since, and of the council file once the
    council decided: what it was asked stays as it read it.
    """
    _hold(paper.round_id)
    if paper.kind is PaperKind.COUNCIL:
        hold_undecided(paper.round_id)
    newest = next(iter(list_texts(paper.round_id, paper.kind)), None)
    rules.judge_publication(newest, actor, number)
    assert newest is not None  # judged
    newest.published_by_id, newest.published_at = actor.person_id, actor.arrived_at
    session().flush()
    record(Act.PUBLISH_PAPER, actor, newest, paper=paper.kind.value, number=newest.number)
    bump(paper.round_id)
    return newest


def _hold(round_id: uuid.UUID) -> None:
    """Lock the round, so that two people who write the same texts come one after the other."""
    session().execute(locked(select(Round.id).where(Round.id == round_id)))
