"""What happens without anybody asking: phases that are over are closed, ballots are completed."""

import logging
import time

from sqlalchemy import select

from consult.foundation import clock, forms, limits
from consult.foundation.db import Database, session
from consult.foundation.errors import Refused
from consult.policy import system
from consult.rounds.models import Phase, Round, RoundState
from consult.rounds.rules import GRACE
from consult.rounds.verbs import close_phase
from consult.voting.models import Poll
from consult.voting.verbs import complete_ballot

EVERY = 15.0  # seconds


def work_once(database: Database) -> int:
    """Do all that is due now, each thing in a transaction of its own, and return how many were done.

    May be run twice, or by several at the same time: closing judges again under its lock.
    """
    with database.writing():
        forms.forget_old()
        limits.forget_old()
    return _close_phases(database) + _complete_ballots(database)


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


def work_forever(database: Database) -> None:
    """Work, rest, and work again until the process is told to stop."""
    while True:
        try:
            work_once(database)
        except Exception as problem:  # the next turn tries again; a worker that dies helps nobody
            logging.getLogger("consult").error("%s while working", type(problem).__name__)
        time.sleep(EVERY)
