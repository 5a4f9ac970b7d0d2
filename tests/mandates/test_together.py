"""Opening a round at the moment at which somebody still prepares it."""

import pytest
from sqlalchemy import select

from consult.audit.models import Entry
from consult.foundation import clock
from consult.foundation.db import session
from consult.foundation.errors import Conflict, NotNow
from consult.foundation.language import local
from consult.mandates.models import Negotiable, PreconditionKind
from consult.mandates.queries import get_written_vision, list_visions
from consult.mandates.verbs import PreconditionPlan, open_round, set_preconditions
from consult.mandates.visions import adopt_vision, words_of, write_vision
from consult.policy import Act
from consult.rounds.models import Organ, PhaseKind, Round
from consult.rounds.planning import plan_phases
from consult.rounds.queries import get_round, list_phases
from tests.builders import a_phase, a_round, the_platform
from tests.mandates.test_visions import FIRST
from tests.together import at_once

PLANS = [
    a_phase(PhaseKind.COLLECT, 0, 3, "Anders"),
    a_phase(PhaseKind.PRIORITISE, 4, 5),
    a_phase(PhaseKind.DRAFT, 6, 7),
]
FIXED = [PreconditionPlan("R1", PreconditionKind.LEGAL, Negotiable.NO, "Geen bouw", "De dijk.")]


def plan(subject: Round) -> None:
    plan_phases(subject, PLANS, the_platform())


def fix(subject: Round) -> None:
    set_preconditions(subject, FIXED, the_platform())


def opens(subject: Round) -> None:
    open_round(subject, the_platform())


@pytest.mark.parametrize("prepare", [plan, fix])
def test_a_round_that_opens_while_it_is_prepared_shows_what_was_there_when_it_opened(empty_database, prepare):
    def on(slug, step):
        def load():
            found = get_round(the_platform(), slug)

            def carry_out():
                try:
                    step(found)
                except NotNow as refusal:
                    raise Conflict from refusal

            return carry_out

        return load

    for _ in range(4):
        with empty_database.writing():
            found = a_round(state="draft")
        prepared, opened = at_once(empty_database, on(found.slug, prepare), on(found.slug, opens))
        assert opened
        with empty_database.reading():
            assert all(phase.cleared_at for phase in list_phases(found.id))
            wanted = select(Entry.act).where(Entry.round_id == found.id).order_by(Entry.position)
            acts = [act for act in session().scalars(wanted) if act in {Act.PREPARE_ROUND, Act.OPEN_ROUND}]
            assert acts[-1] == Act.OPEN_ROUND
            assert [p.name for p in list_phases(found.id)].count("Anders") == (prepared and prepare is plan)


def test_a_vision_that_is_adopted_while_somebody_writes_stays_as_it_was_read(empty_database):
    with empty_database.writing():
        seen = words_of(write_vision("Samen", "Zo was het.", FIRST, the_platform()))

    def adopts():
        vision, on_day = get_written_vision(the_platform()), local(clock.now()).date()
        return lambda: adopt_vision(vision, Organ.COUNCIL, on_day, "", the_platform(), seen=seen)

    def writes():
        list_visions()
        return lambda: write_vision("Samen", "Zo wordt het.", FIRST, the_platform())

    assert any(at_once(empty_database, adopts, writes))
    with empty_database.reading():
        assert {one.text for one in list_visions() if one.adopted_at is not None} <= {"Zo was het."}
