"""What the worker does by itself."""

from datetime import timedelta

from sqlalchemy import select

from consult.audit.queries import find_checkpoint, list_daily_sizes
from consult.foundation import clock
from consult.foundation.db import session
from consult.foundation.mail import Mail
from consult.notifications.audience import list_concerned
from consult.policy import Role
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
from tests.audit.builders import entries
from tests.builders import a_member_of_staff, a_resident, a_round, acting, phase_of, the_platform
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


@shows("R92")
def test_the_clerk_gets_the_first_checkpoint_of_each_day_by_mail_to_keep(site):
    with site.writing():
        entries(3)
    work_once(site.database, site.settings)
    with site.writing():
        assert mailed() == []  # there is nobody to keep it
        clerk = a_member_of_staff(Role.CLERK)
        assert [one.person_id for one in list_concerned("checkpoint", {})] == [clerk.id]
    morning, made = clock.now().replace(hour=9, minute=0) + timedelta(days=1), list[str]()
    for hours in (0, 2, 4, 24, 25):
        with clock.set_to(morning + timedelta(hours=hours)):
            with site.writing():
                entries(3)
            work_once(site.database, site.settings)
            with site.reading():
                made.append(f"{find_checkpoint().size}:{find_checkpoint().root.hex()}")
                assert mailed() == [made[0], *made[3:4]]
    assert len(set(made)) == 5


def test_a_day_whose_first_checkpoint_nobody_could_keep_has_none_by_mail(site):
    morning = clock.now().replace(hour=9, minute=0) + timedelta(days=1)
    for hours in (0, 2, 24):
        with clock.set_to(morning + timedelta(hours=hours)):
            with site.writing():
                entries(3)
                if hours == 2:
                    a_member_of_staff(Role.CLERK)
            work_once(site.database, site.settings)
    with site.reading():
        assert [int(one.split(":")[0]) for one in mailed()] == [find_checkpoint().size] == list_daily_sizes()[1:]


def mailed():
    wanted = select(Mail.facts).where(Mail.kind == "checkpoint").order_by(Mail.enqueued_at)
    return [one["checkpoint"] for one in session().scalars(wanted)]
