"""What happens without anybody asking: phases that are over are closed for good."""

import logging
import time

from sqlalchemy import select

from consult.foundation import clock
from consult.foundation.db import Database, session
from consult.foundation.errors import Refused
from consult.policy import system
from consult.rounds.models import Phase, Round, RoundState
from consult.rounds.rules import GRACE
from consult.rounds.verbs import close_phase

EVERY = 15.0  # seconds


def work_once(database: Database) -> int:
    """Do all that is due now, each thing in a transaction of its own, and return how many were done.

    May be run twice, or by several at the same time: closing judges again under its lock.
    """
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


def work_forever(database: Database) -> None:
    """Work, rest, and work again until the process is told to stop."""
    while True:
        try:
            work_once(database)
        except Exception as problem:  # the next turn tries again; a worker that dies helps nobody
            logging.getLogger("consult").error("%s while working", type(problem).__name__)
        time.sleep(EVERY)
