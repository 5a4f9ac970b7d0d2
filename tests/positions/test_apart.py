"""Positions stand beside votes and what residents bring in, and never add to either."""

import re

import pytest
from sqlalchemy import func, select

from consult.contributions.models import Contribution, Kind
from consult.foundation.errors import Conflict
from consult.moderation import rules as moderation
from consult.opendata.results import as_json
from consult.pages.browsing import count_numbers
from consult.rounds.models import PhaseKind
from consult.synthesis.queries import coverage
from consult.voting.models import Choice, Mark, Option
from consult.voting.queries import count_ballots, tally
from tests.builders import a_moderator_of, a_resident, phase_of, reloaded
from tests.participants.builders import an_organisation, somebody
from tests.positions.builders import a_position, a_round_with_statements, a_text, on, signed
from tests.shows import shows
from tests.voting.builders import a_poll, closed_for_good, options_of, residents, votes


@pytest.fixture
def polled(unit):
    found = a_round_with_statements(phases=PhaseKind.PRIORITISE)
    poll = a_poll(found, proposals=3)
    for n, voter in enumerate(residents(4)):
        votes(voter, options_of(poll)[n % 3], Choice.FOR)
    return found, poll


def counted(unit, found, poll):
    """Everything that counts votes or what residents put forward."""
    numbers = count_numbers([found.id])[found.id]
    return {
        "options": set(unit.scalars(select(Option.contribution_id).where(Option.poll_id == poll.id))),
        "tally": tally(poll),
        "ballots": count_ballots([poll.id]),
        "marks": unit.scalar(select(func.count(Mark.id))),
        "json": as_json(found),
        "put forward": (numbers.put_forward, numbers.merged, numbers.arguments, dict(numbers.channels)),
        "to work through": coverage(found.id),
    }


@shows("S49")
def test_no_count_changes_by_positions_and_signatures(unit, polled):
    found, poll = polled
    before = counted(unit, found, poll)
    signer = somebody()
    other = an_organisation("Buurtkracht", signer)
    for stance in (-2, 0, 2):
        new = a_position(found, an_organisation(), told=a_text(found, {0: on(stance, 3)}))
        signed(new, found, other, signer)
    assert counted(unit, found, poll) == before
    assert count_numbers([found.id])[found.id].positions == 3
    closed_for_good(phase_of(found, PhaseKind.PRIORITISE), phase_of(found, PhaseKind.PRIORITISE).closes_at)
    assert not {one["title"] for one in as_json(reloaded(found))["polls"][0]["options"]} & {"Buurtkracht"}


def test_a_position_can_be_joined_with_nothing(unit, polled):
    found, _poll = polled
    one, other = a_position(found), a_position(found)
    with pytest.raises(Conflict):
        moderation.check_merge(one, other)
    assert a_moderator_of(found).serves(found.id)


@shows("S01")
def test_the_list_of_proposals_and_the_ballot_name_no_organisation(site):
    with site.writing():
        found = a_round_with_statements(phases=PhaseKind.PRIORITISE, slug="wijk")
        a_poll(found)
        chair, resident = somebody(), a_resident()
        a_position(found, an_organisation("Kring Kwikstaart", chair), chair)
    visitor = site.browser(resident)
    for path in ("proposals", "proposals?order=newest", "proposals?q=Kwikstaart", "vote", "results"):
        page = visitor.get(f"/rounds/wijk/{path}").text
        assert "Kring Kwikstaart" not in page, path
    with site.reading() as unit:
        option = unit.scalars(select(Option.id)).first()
        assert unit.scalar(select(func.count()).where(Contribution.kind == Kind.POSITION)) == 1
    speaks = site.browser(chair)
    for path, typed in (
        (f"vote/{option}", {"choice": "for"}),
        ("proposals/new", {"title": "Bankje", "text": "Een bankje.", "form_key": "k"}),
    ):
        answer = speaks.post(f"/rounds/wijk/{path}", typed)
        assert answer.status_code == 403, path
    own = re.escape("/rounds/wijk/positions/write/kring-kwikstaart")
    assert re.search(own, speaks.get("/rounds/wijk/positions").text)
    assert site.browser(resident).get("/rounds/wijk/positions/write/kring-kwikstaart").status_code == 404
