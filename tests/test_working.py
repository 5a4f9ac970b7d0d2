"""What the worker does by itself."""

from datetime import timedelta

from sqlalchemy import select

from consult.foundation import clock
from consult.foundation.db import session
from consult.proposals import unsent
from consult.proposals.models import Place, Unsent
from consult.proposals.queries import Spot
from consult.proposals.verbs import submit_proposal
from consult.rounds.models import Phase, PhaseKind
from consult.rounds.rules import GRACE
from consult.similarity.queries import list_similar
from consult.voting.models import Option
from consult.voting.verbs import create_poll
from consult.working import work_once
from tests.builders import a_resident, a_round, acting, phase_of, the_platform
from tests.pages.builders import many_proposals
from tests.shows import shows


@shows("R72", "R76")
def test_a_phase_is_closed_a_minute_after_its_end_and_once(empty_database):
    with empty_database.writing():
        phase = phase_of(a_round(phases=PhaseKind.PRIORITISE), PhaseKind.PRIORITISE)
    early = work_once(empty_database)  # the phase before it
    with clock.set_to(phase.closes_at + GRACE - timedelta(seconds=1)):
        assert work_once(empty_database) == 0
    with clock.set_to(phase.closes_at + GRACE):
        assert work_once(empty_database) == 1
        assert work_once(empty_database) == 0
    assert early == 1
    with empty_database.reading():
        assert session().get(Phase, phase.id).closed_at == phase.closes_at + GRACE


def test_what_is_public_at_once_comes_on_the_ballot_that_was_made_before(empty_database):
    with empty_database.writing():
        made = a_round(holds_first=False)
        poll = create_poll(made, phase_of(made, PhaseKind.PRIORITISE), the_platform(), title="Wat vindt u?")
        submit_proposal(made, acting(a_resident()), title="Bankjes", text="Zet ze neer.", html="<p>Zet ze neer.</p>")
    assert work_once(empty_database) == 1
    assert work_once(empty_database) == 0
    with empty_database.reading():
        assert session().query(Option).filter_by(poll_id=poll.id).count() == 1


def test_what_came_in_by_a_file_is_found_as_alike_a_moment_later_and_old_things_are_forgotten(empty_database):
    with empty_database.writing():
        found = a_round()
        [first, *_others] = many_proposals(found, 3)
        author = a_resident()
        unsent.keep(Spot(found.id, Place.PROPOSAL, found.id), acting(author), {"title": "Nooit verstuurd"})
        assert list_similar(found.id, the_platform(), first.title, first.text) == []
    assert work_once(empty_database) >= 3
    assert work_once(empty_database) == 0
    with empty_database.reading():
        assert len(list_similar(found.id, the_platform(), first.title, first.text)) == 3
    with clock.set_to(clock.now() + timedelta(days=91)):
        work_once(empty_database)
    with empty_database.reading():
        assert session().scalars(select(Unsent)).all() == []
