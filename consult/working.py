"""What happens without anybody asking: phases that are over are closed, ballots are completed."""

import logging
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from consult.accounts import identities
from consult.accounts import verbs as accounts
from consult.audit.queries import is_first_of_day
from consult.audit.sealing import seal_next, set_checkpoint
from consult.coding.queries import list_unsuggested
from consult.coding.verbs import suggest_missing
from consult.config import Settings
from consult.contributions.attaching import note_check
from consult.contributions.queries import get_unchecked, list_stored, list_unchecked
from consult.director.people.skills import verbs as skills
from consult.director.steering import queries as steering
from consult.director.steering.verbs import due_name, note_scan, remind
from consult.documents import errands as documents
from consult.documents.queries import list_stored as list_papers
from consult.foundation import clock, files, forms, limits, scanning
from consult.foundation.db import Database, session
from consult.foundation.errors import Refused
from consult.foundation.language import local
from consult.foundation.mail import enqueue
from consult.foundation.notes import Signer
from consult.groups.queries import list_running
from consult.groups.verbs import search_next
from consult.intake import batches
from consult.intake import verbs as intake
from consult.intake.queries import list_unfinished
from consult.landscape.queries import list_due
from consult.notifications import delivery
from consult.notifications import errands as reminders
from consult.notifications.audience import list_concerned
from consult.notifications.queries import is_told
from consult.opendata import errands as opendata
from consult.opendata.queries import list_stored as list_bundles
from consult.policy import Actor, system
from consult.proposals import together, unsent
from consult.review import queries as review
from consult.review.verbs import note_scan as note_view_file
from consult.rounds.models import Phase, Round, RoundState
from consult.rounds.rules import GRACE
from consult.rounds.verbs import close_phase
from consult.similarity.queries import list_missing
from consult.similarity.verbs import index_missing
from consult.voting import electorate, on_paper, watching
from consult.voting.ballots import forget_begun, remind_unfinished, reminder_name
from consult.voting.begun import list_reminding
from consult.voting.closing import destroy_keys, list_parting
from consult.voting.methods import Progress, decide
from consult.voting.models import Poll
from consult.voting.outcomes import count_decisions, keep_outcome, list_uncomputed, read_profile
from consult.voting.queries import list_ended
from consult.voting.verbs import complete_ballot

EVERY = 15.0  # seconds
FINISHING = 5.0  # seconds in which mail that is on its way may arrive
INDEXED_A_TURN, INDEXED_AT_ONCE = 250, 20  # texts in one transaction, so that nobody waits long; transactions
SEARCHED_AT_ONCE = 20  # transactions of a search for groups in one turn, so that other work comes to its own
TELL_EVERY = 10.0  # seconds between two lines about one outcome
SWEEP_EVERY = 3600.0  # seconds between two looks at all files


def work_once(database: Database, settings: Settings | None = None) -> int:
    """Do all that is due now, each thing in a transaction of its own, and return how many were done.

    Without `settings` only what the database alone tells. May be run twice, or by several at the same time:
    closing judges again under its lock.
    """
    with database.writing():
        forms.forget_old()
        limits.forget_old()
        files.forget_old()
        batches.forget_old()
        intake.forget_addresses(clock.now())
        accounts.forget_old()
        identities.forget_attempts()
        unsent.forget_old(clock.now())
        together.forget_addresses(clock.now())
        watching.forget_networks(clock.now())
        forget_begun()
        on_paper.forget_late()
        electorate.forget_lists()
        skills.forget_left(clock.now())
    done = _index_texts(database) + _suggest_themes(database) + _search_groups(database) + _close_phases(database)
    done += _enter_batches(database) + _complete_ballots(database) + _compute_outcomes(database)
    done += _refresh_landscapes(database) + _remind_of_reports(database)
    done += _remind_of_ballots(database) + reminders.remind(database)
    if settings is not None:
        store = files.Store(Path(settings.files_dir), settings.scanner)
        done += _check_files(database, store) + _sweep_files(database, store) + delivery.keep_up(database)
        done += documents.keep_up(database, store, settings)
        opendata.keep_up(database, store, partial(seal, database, settings, is_due=True))
    seal(database, settings)
    _destroy_keys(database)
    return done


def finish_polls(database: Database, settings: Settings) -> None:
    """Compute, journal and seal at once what came of polls that ended, as an export needs it."""
    _compute_outcomes(database)
    opendata.close_polls(database)
    seal(database, settings, is_due=True)


def _destroy_keys(database: Database) -> None:
    """Destroy the keys to the voters of rounds in which nobody can object any more."""
    with database.reading():
        due = list_parting()
    for round_id in due:
        database.write(partial(destroy_keys, round_id, system(clock.now())))


def seal(database: Database, settings: Settings | None, *, is_due: bool = False) -> None:
    """Seal the journal up to here, and write a checkpoint where one is due."""
    while database.write(partial(seal_next, list_ended)):
        pass
    if settings is not None:
        origin, signer = settings.origin, settings.signer
        database.write(partial(_set_checkpoint, origin, signer, is_due=is_due))


def _set_checkpoint(origin: str, signer: Signer | None, *, is_due: bool) -> None:
    """Write a checkpoint where one is due, and mail the first one of a day to the clerk."""
    made = set_checkpoint(origin, signer, is_due=is_due)
    if made is not None and is_first_of_day(made) and list_concerned("checkpoint", {}):
        anchor = f"{made.size}:{made.root.hex()}"
        enqueue("checkpoint", dedupe=f"checkpoint|{local(made.made_at).date()}", checkpoint=anchor)


def _index_texts(database: Database) -> int:
    """Put what came in by files, or before there was an index, into the index of texts that are alike."""
    done = 0
    for _turn in range(INDEXED_AT_ONCE):
        with database.reading():
            is_missing = bool(list_missing(1))
        if not is_missing:
            break
        with database.writing():
            done += index_missing(INDEXED_A_TURN)
    return done


def _search_groups(database: Database) -> int:
    """Look on for groups that say the same, a piece at a time; what is left waits for the next turn."""
    with database.reading():
        running = list_running()
    done = 0
    for search_id in running:
        for _turn in range(SEARCHED_AT_ONCE):
            done += 1
            if not database.write(partial(search_next, search_id)):
                break
    return done


def _suggest_themes(database: Database) -> int:
    """Suggest themes for what was not coded yet, a few at a time, from what was coded and is like it."""
    done = 0
    for _turn in range(INDEXED_AT_ONCE):
        with database.reading():
            is_due = bool(list_unsuggested(1))
        if not is_due:
            break
        with database.writing():
            done += suggest_missing(system(clock.now()))
    return done


def _check_files(database: Database, store: files.Store) -> int:
    """Have the scanner look at files that wait for it; while it is down they wait on."""
    if not store.scanner:
        return 0
    with database.reading():
        waiting: list[tuple[UUID, str, Callable[..., None]]] = []
        waiting += [(one.id, one.stored_name, _note_attachment) for one in list_unchecked()]
        waiting += [(one.id, one.stored_name, note_scan) for one in steering.list_unchecked()]
        waiting += [(one.id, one.stored_name, note_view_file) for one in review.list_unchecked()]
    done = 0
    for file_id, stored_name, note in waiting:
        try:
            is_clean = store.is_clean(stored_name)
        except (scanning.NoScanner, FileNotFoundError) as problem:
            logging.getLogger("consult").error("a file stays unchecked: %s", type(problem).__name__)
            if isinstance(problem, scanning.NoScanner):
                break
            continue
        with database.writing():
            note(file_id, system(clock.now()), is_clean=is_clean)
        done += 1
    return done


def _note_attachment(file_id: UUID, actor: Actor, *, is_clean: bool) -> None:
    note_check(get_unchecked(file_id), actor, is_clean=is_clean)


def _sweep_files(database: Database, store: files.Store) -> int:
    """Once an hour take away files that belong to nothing, and say in the log how many are missing."""
    mark = store.folder / "swept"
    if not store.folder.is_dir() or (mark.exists() and clock.now().timestamp() - mark.stat().st_mtime < SWEEP_EVERY):
        return 0
    mark.touch()

    def known() -> set[str]:
        with database.reading():
            of_people = {*files.list_waiting(), *list_stored(), *steering.list_stored(), *review.list_stored()}
            return {*of_people, *list_papers(), *list_bundles()}

    swept = store.sweep(known)
    if swept.missing:
        logging.getLogger("consult").error("%s files are missing; run: consult verify-files", len(swept.missing))
    return len(swept.removed)


def _complete_ballots(database: Database) -> int:
    """Where nobody looks before input is public, put it on the ballot of the polls to come."""
    with database.reading():
        polls = list(
            session().scalars(
                select(Poll.id)
                .join(Phase, Phase.id == Poll.phase_id)
                .join(Round, Round.id == Poll.round_id)
                .where(Phase.closed_at.is_(None), Round.state == RoundState.OPEN, Round.holds_first.is_(False))
            )
        )
    done = 0
    for poll_id in polls:
        with database.writing():
            done += complete_ballot(session().get_one(Poll, poll_id), system(clock.now()))
    return done


def _compute_outcomes(database: Database) -> int:
    """Compute what came of polls that ended, outside any transaction: a large budget takes a minute.

    How far it is stands in the log. Two workers at once compute the same, and one of them keeps it.
    """
    with database.reading():
        waiting = [poll.id for poll in list_uncomputed()]
    done = 0
    for poll_id in waiting:
        with database.reading():
            poll = session().get_one(Poll, poll_id)
            method, profile, decisions = poll.method, read_profile(poll), count_decisions(poll_id)
        try:
            found = decide(method, profile, _told_in_log(poll_id))
        except Exception as problem:  # one poll may not hold up everything else that is due
            logging.getLogger("consult").error("no outcome of poll %s: %s", poll_id, type(problem).__name__)
            continue
        with database.writing():
            poll = session().get_one(Poll, poll_id, options=[joinedload(Poll.phase)])
            done += keep_outcome(poll, profile, found, system(clock.now()), decisions=decisions)
    return done


def _told_in_log(poll_id: UUID) -> Progress:
    """Return what tells in the log, every ten seconds, how much of a budget an outcome spends so far."""
    told = time.monotonic()

    def tell(spent: int, budget: int) -> None:
        nonlocal told
        if time.monotonic() - told >= TELL_EVERY:
            told = time.monotonic()
            share = 100 * spent // max(budget, 1)
            logging.getLogger("consult").info("the outcome of poll %s spends %s %% so far", poll_id, share)

    return tell


def _refresh_landscapes(database: Database) -> int:
    """Fold votes on statements that changed into the sums, and tell anew what people think of them."""
    with database.reading():
        due = list_due()
    if not due:
        return 0
    from consult.landscape import folding  # noqa: PLC0415  web processes stay small without numpy and scipy

    for poll_id in due:
        while database.write(partial(folding.fold, poll_id)):
            pass
        with database.reading():
            computed = folding.compute(poll_id)
        if computed is not None:
            database.write(partial(folding.keep_told, poll_id, *computed))
    return len(due)


def _enter_batches(database: Database) -> int:
    """Enter what was said to be entered of files of input, a piece at a time, to the end."""
    with database.reading():
        unfinished = list_unfinished()
    done = 0
    for batch_id in unfinished:
        while database.write(partial(batches.enter_next, batch_id)):
            done += 1
    return done + len(unfinished)


def _remind_of_reports(database: Database) -> int:
    """Tell partners of reports that are due, once for each."""
    with database.reading():
        due = steering.list_due(local(clock.now()).date())
        fresh = [one for one in due if not is_told(due_name(*one))]
    for one in fresh:
        with database.writing():
            remind(*one)
    return len(fresh)


def _remind_of_ballots(database: Database) -> int:
    """Tell who began a ballot and did not cast it, shortly before the close and once for each poll."""
    with database.reading():
        due = [poll for poll in list_reminding(clock.now()) if not is_told(reminder_name(poll))]
    for poll in due:
        with database.writing():
            remind_unfinished(poll)
    return len(due)


def _close_phases(database: Database) -> int:
    with database.reading():
        due = list(
            session().scalars(
                select(Phase.id)
                .join(Round, Round.id == Phase.round_id)
                .where(
                    Phase.closed_at.is_(None),
                    Phase.closes_at <= clock.now() - GRACE,
                    Round.state != RoundState.DRAFT,
                )
            )
        )
    done = 0
    for phase_id in due:
        with database.writing():
            phase = session().get(Phase, phase_id)
            try:
                if phase is not None:
                    close_phase(phase, system(clock.now()))
                    done += 1
            except Refused:
                continue  # another worker was first
    return done


def work_forever(database: Database, settings: Settings) -> None:
    """Work, rest, and work again until the process is told to stop; mail goes out beside it, at a quicker pace.

    A mail server that is slow holds up no phase. At the end the message that is on the line is finished.
    """
    stop = threading.Event()
    post = threading.Thread(target=delivery.deliver_forever, args=(database, settings, stop), daemon=True)
    post.start()
    try:
        while True:
            try:
                work_once(database, settings)
            except Exception as problem:  # the next turn tries again; a worker that dies helps nobody
                logging.getLogger("consult").error("%s while working", type(problem).__name__)
            time.sleep(EVERY)
    finally:
        stop.set()
        post.join(FINISHING)
