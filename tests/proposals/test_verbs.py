from datetime import timedelta

import pytest
from sqlalchemy import select

from consult.audit.models import Entry
from consult.audit.queries import list_entries_on
from consult.contributions.models import Contribution, Kind, Signal, SignalKind, State
from consult.contributions.queries import list_versions
from consult.foundation import clock
from consult.foundation.errors import Conflict, NotNow, TooMany
from consult.policy import Act
from consult.proposals import queries, verbs
from consult.proposals.models import Proposal, Stance
from consult.rounds.models import PhaseKind
from consult.rounds.queries import get_revision
from consult.rounds.verbs import begin_closing
from tests.builders import a_resident, a_round, acting, an_area, phase_of, the_platform
from tests.contributions.builders import rows
from tests.proposals.builders import a_proposal, an_argument
from tests.shows import shows

TOLD = {"title": "Bankjes", "text": "Zet een bankje.", "html": "<p>Zet een bankje.</p>"}


@shows("S48")
def test_a_resident_puts_a_proposal_forward(unit):
    found, author = a_round(holds_first=True), a_resident()
    theme, area = found.themes[0], an_area()
    before = get_revision(found.id)
    new = verbs.submit_proposal(found, acting(author), **TOLD, theme_id=theme.id, area_code=area.code)
    assert (new.kind, new.state, new.author_id, new.area_code) == (Kind.PROPOSAL, State.HELD, author.id, area.code)
    assert unit.get_one(Proposal, new.id).theme_id == theme.id
    assert get_revision(found.id) == before, "what nobody sees yet changes nothing that people see"


def test_a_proposal_that_is_public_at_once_says_so_to_the_public(unit):
    found = a_round(holds_first=False)
    before = get_revision(found.id)
    assert a_proposal(found).is_public
    assert get_revision(found.id) == before + 1


def test_the_journal_holds_no_word_of_a_proposal_or_its_author(unit):
    author = a_resident("Wilhelmina Kwikstaart")
    new = a_proposal(a_round(), author, title="Klokkentoren", text="Herstel de klokkentoren.")
    [entry] = list_entries_on(new.id)
    assert (entry.act, entry.actor_id) == (Act.SUBMIT_PROPOSAL.value, author.id)
    told = str([e.facts for e in unit.scalars(select(Entry))]).lower()
    assert "klokkentoren" not in told
    assert "kwikstaart" not in told


@shows("S03")
@pytest.mark.parametrize("kind", [PhaseKind.PRIORITISE, PhaseKind.SYNTHESISE])
def test_outside_collecting_a_proposal_is_refused_with_the_dates(unit, kind):
    found = a_round(phases=kind)
    closed = phase_of(found, PhaseKind.COLLECT).last_day
    with pytest.raises(NotNow) as refusal:
        verbs.submit_proposal(found, acting(a_resident()), **TOLD)
    assert str(closed.year) in refusal.value.sentence


@shows("R71")
def test_a_phase_that_is_being_closed_by_hand_takes_no_more(unit):
    found = a_round()
    begin_closing(phase_of(found, PhaseKind.COLLECT), the_platform())
    with pytest.raises(NotNow):
        verbs.submit_proposal(found, acting(a_resident()), **TOLD)


def test_a_theme_of_another_round_is_refused(unit):
    with pytest.raises(Conflict):
        verbs.submit_proposal(a_round(), acting(a_resident()), **TOLD, theme_id=a_round().themes[0].id)


def test_an_area_that_nobody_knows_is_refused(unit):
    with pytest.raises(Conflict):
        verbs.submit_proposal(a_round(), acting(a_resident()), **TOLD, area_code="BU0")


@shows("R15")
def test_the_eleventh_proposal_in_an_hour_waits(unit):
    found, author = a_round(), a_resident()
    for _ in range(10):
        a_proposal(found, author)
    with pytest.raises(TooMany):
        a_proposal(found, author)
    a_proposal(found, a_resident())
    later = clock.now() + timedelta(minutes=61)
    verbs.submit_proposal(found, acting(author, later), **TOLD)


@shows("R15")
def test_the_thirty_first_argument_in_an_hour_waits(unit):
    proposal, author = a_proposal(a_round()), a_resident()
    for _ in range(30):
        an_argument(proposal, author)
    with pytest.raises(TooMany):
        an_argument(proposal, author)


@shows("R69")
def test_an_edit_makes_a_version_and_stays_as_public_as_it_was(unit):
    author = a_resident()
    mine = a_proposal(a_round(), author, title="Bankje")
    verbs.edit_proposal(mine, acting(author), title="Bankjes", text="Twee.", html="<p>Twee.</p>", version=1)
    assert (mine.title, mine.html, mine.version, mine.is_public) == ("Bankjes", "<p>Twee.</p>", 2, True)
    assert [v.title for v in list_versions(mine.id)] == ["Bankjes", "Bankje"]


@shows("R69")
def test_a_stale_edit_is_a_conflict_with_both_texts(unit):
    author = a_resident()
    mine = a_proposal(a_round(), author)
    verbs.edit_proposal(mine, acting(author), title="Eerst", text="A", html="", version=1)
    with pytest.raises(Conflict) as refusal:
        verbs.edit_proposal(mine, acting(author), title="Toen", text="B", html="", version=1)
    assert (refusal.value.theirs, refusal.value.yours) == ("Eerst\n\nA", "Toen\n\nB")
    assert mine.title == "Eerst"


def test_saving_the_same_text_twice_is_one_version(unit):
    author = a_resident()
    mine = a_proposal(a_round(), author)
    for _ in range(2):
        verbs.edit_proposal(mine, acting(author), title="Eerst", text="A", html="", version=1)
    assert mine.version == 2


@pytest.mark.parametrize("state", [State.WITHDRAWN, State.REFUSED])
def test_what_is_withdrawn_or_refused_is_neither_edited_nor_withdrawn(unit, state):
    author = a_resident()
    mine = a_proposal(a_round(), author)
    mine.state = state
    unit.flush()
    with pytest.raises(NotNow):
        verbs.edit_proposal(mine, acting(author), **TOLD, version=1)
    with pytest.raises(NotNow):
        verbs.withdraw_proposal(mine, acting(author))


def test_a_merged_proposal_keeps_its_text(unit):
    found, author = a_round(), a_resident()
    mine = a_proposal(found, author)
    mine.merged_into_id = a_proposal(found).id
    unit.flush()
    with pytest.raises(NotNow):
        verbs.edit_proposal(mine, acting(author), **TOLD, version=1)


def test_after_collecting_nothing_is_edited_or_withdrawn(unit):
    found, author = a_round(), a_resident()
    mine = a_proposal(found, author)
    late = acting(author, phase_of(found, PhaseKind.COLLECT).closes_at)
    with pytest.raises(NotNow):
        verbs.edit_proposal(mine, late, **TOLD, version=1)
    with pytest.raises(NotNow):
        verbs.withdraw_proposal(mine, late)


def test_a_withdrawn_proposal_is_no_longer_public(unit):
    found, author = a_round(), a_resident()
    mine = a_proposal(found, author)
    before = get_revision(found.id)
    verbs.withdraw_proposal(mine, acting(author))
    assert mine.state is State.WITHDRAWN
    assert get_revision(found.id) == before + 1
    assert list_versions(mine.id), "its text is kept"


def test_a_proposal_that_carries_others_is_not_withdrawn(unit):
    found, author = a_round(), a_resident()
    mine, other = a_proposal(found, author), a_proposal(found)
    other.merged_into_id = mine.id
    unit.flush()
    with pytest.raises(NotNow):
        verbs.withdraw_proposal(mine, acting(author))


def test_an_argument_stands_under_its_proposal(unit):
    proposal = a_proposal(a_round())
    reason = an_argument(proposal, stance=Stance.AGAINST)
    [said] = queries.list_arguments(acting(None), proposal.id).items
    found = said.argument
    assert (found.contribution, found.stance) == (reason, Stance.AGAINST)
    assert queries.find_proposal_of(the_platform(), reason.id) is proposal


def test_arguments_are_taken_while_people_vote(unit):
    found = a_round()
    proposal = a_proposal(found)
    voting = phase_of(found, PhaseKind.PRIORITISE)
    told = {"stance": Stance.FOR, "text": "Ja.", "html": "<p>Ja.</p>"}
    assert verbs.add_argument(proposal, acting(a_resident(), voting.opens_at), **told).is_public
    with pytest.raises(NotNow):
        verbs.add_argument(proposal, acting(a_resident(), voting.closes_at), **told)


def test_an_argument_of_which_the_proposal_is_hidden_or_merged_is_refused(unit):
    found = a_round()
    hidden, merged, root = a_proposal(found), a_proposal(found), a_proposal(found)
    hidden.state = State.HELD
    merged.merged_into_id = root.id
    unit.flush()
    for proposal in (hidden, merged, an_argument(root)):
        with pytest.raises(NotNow):
            an_argument(proposal)


def test_a_held_argument_stands_there_for_its_author_alone(unit):
    found, author = a_round(), a_resident()
    proposal = a_proposal(found)
    an_argument(proposal, author).state = State.HELD
    unit.flush()
    assert not queries.list_arguments(acting(None), proposal.id).items
    assert len(queries.list_arguments(acting(author), proposal.id).items) == 1


def test_many_proposals_come_in_with_their_themes(unit):
    found = a_round()
    entered = verbs.enter_proposals(found, rows(3), the_platform())
    assert set(unit.scalars(select(Proposal.contribution_id))) == {one.id for one in entered}
    assert len(unit.scalars(select(Contribution.id)).all()) == 3


def test_moderators_who_read_first_are_told_of_an_edit_after_that(unit):
    for reads_first in (True, False):
        author = a_resident()
        proposal = a_proposal(a_round(holds_first=reads_first), author)
        proposal.state = State.PUBLISHED
        unit.flush()
        verbs.edit_proposal(proposal, acting(author), title="Bomen", text="Heel anders.", html="", version=1)
        assert proposal.is_public
        told = unit.scalars(select(Signal.kind).where(Signal.contribution_id == proposal.id)).all()
        assert told == ([SignalKind.ADDED] if reads_first else [])
