import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from consult.audit.queries import list_entries_on
from consult.contributions.models import Contribution, Kind, State
from consult.contributions.queries import list_merged_into
from consult.foundation.errors import Conflict, NotAllowed, NotFound
from consult.moderation import queries, verbs
from consult.moderation.models import Ground
from consult.moderation.queries import list_targets
from consult.policy import Act
from consult.rounds.models import PhaseKind
from consult.rounds.queries import get_revision
from consult.voting.models import Choice, Method, Option
from consult.voting.queries import get_option
from consult.voting.verbs import cast_support, create_poll
from tests.builders import a_director_of, a_moderator_of, a_resident, a_round, acting, phase_of
from tests.contributions.builders import a_contribution
from tests.moderation.builders import a_refusal, taken_away
from tests.proposals.builders import a_proposal, an_argument
from tests.shows import shows


def pointers(unit):
    unit.flush()
    return dict(unit.execute(select(Contribution.id, Contribution.merged_into_id)).all())


def root_of(start, pointing):
    seen = [start]
    while pointing[seen[-1]] is not None:
        seen.append(pointing[seen[-1]])
        assert len(seen) == len(set(seen)), "the pointers run in a circle"
    return seen[-1]


def test_a_held_contribution_is_published_and_offered_to_the_poll(unit):
    found = a_round(holds_first=True)
    poll = create_poll(found, phase_of(found, PhaseKind.PRIORITISE), a_director_of(found), title="Wat vindt u?")
    proposal = a_proposal(found)
    before = get_revision(found.id)
    verbs.publish(proposal, a_moderator_of(found))
    assert proposal.is_public
    assert unit.scalars(select(Option.contribution_id).where(Option.poll_id == poll.id)).all() == [proposal.id]
    assert get_revision(found.id) == before + 1


def test_publishing_an_argument_offers_nothing_to_vote_on(unit):
    found = a_round()
    reason = an_argument(a_proposal(found))
    moderator = a_moderator_of(found)
    taken_away(reason, moderator)
    verbs.publish(reason, moderator)
    assert reason.is_public
    assert not unit.scalars(select(Option)).all()


@pytest.mark.parametrize("state", [State.PUBLISHED, State.REFUSED, State.WITHDRAWN])
def test_only_what_is_held_is_published(unit, state):
    found = a_round()
    with pytest.raises(Conflict):
        verbs.publish(a_contribution(found, state=state), a_moderator_of(found))


@pytest.mark.parametrize("state", [State.HELD, State.REFUSED, State.WITHDRAWN])
def test_only_what_is_published_is_taken_out_of_sight(unit, state):
    found = a_round()
    with pytest.raises(Conflict):
        taken_away(a_contribution(found, state=state), a_moderator_of(found))


@pytest.mark.parametrize("state", [State.REFUSED, State.WITHDRAWN])
def test_what_is_gone_is_not_refused_again(unit, state):
    found = a_round()
    with pytest.raises(Conflict):
        a_refusal(a_contribution(found, state=state), a_moderator_of(found))


def test_a_refusal_holds_once_a_second_person_confirms_it(unit):
    found = a_round()
    first, second = a_moderator_of(found), a_moderator_of(found)
    one = a_contribution(found)
    refusal = a_refusal(one, first)
    assert one.is_public, "a proposal to refuse changes nothing"
    verbs.confirm_refusal(refusal, second)
    assert one.state is State.REFUSED
    assert (refusal.decided_by_id, refusal.is_confirmed) == (second.person_id, True)
    [told] = queries.list_refusals(one.id)
    assert (told.proposed_by, told.decided_by) == (first.name, second.name)
    acts = [entry.act for entry in list_entries_on(one.id)]
    assert acts == [Act.PROPOSE_REFUSAL.value, Act.CONFIRM_REFUSAL.value]


def test_an_overruled_refusal_leaves_everything_as_it_was(unit):
    found = a_round()
    one = a_contribution(found, state=State.HELD)
    refusal = a_refusal(one, a_moderator_of(found))
    verbs.overrule_refusal(refusal, a_moderator_of(found))
    assert (one.state, refusal.is_confirmed) == (State.HELD, False)
    assert queries.find_undecided(one.id) is None


@pytest.mark.parametrize("decide", [verbs.confirm_refusal, verbs.overrule_refusal])
def test_nobody_decides_on_their_own_proposal_to_refuse(unit, decide):
    found = a_round()
    moderator, one = a_moderator_of(found), a_contribution(found)
    refusal = a_refusal(one, moderator)
    with pytest.raises(NotAllowed):
        decide(refusal, moderator)
    assert refusal.decided_at is None


def test_the_database_refuses_one_person_in_both_parts(unit):
    found = a_round()
    moderator = a_moderator_of(found)
    refusal = a_refusal(a_contribution(found), moderator)
    refusal.decided_by_id, refusal.decided_at = moderator.person_id, moderator.arrived_at
    with pytest.raises(IntegrityError):
        unit.flush()


@pytest.mark.parametrize("decide", [verbs.confirm_refusal, verbs.overrule_refusal])
def test_a_refusal_is_decided_once(unit, decide):
    found = a_round()
    refusal = a_refusal(a_contribution(found), a_moderator_of(found))
    verbs.overrule_refusal(refusal, a_moderator_of(found))
    with pytest.raises(Conflict):
        decide(refusal, a_moderator_of(found))


def test_one_refusal_waits_at_a_time(unit):
    found = a_round()
    one = a_contribution(found)
    a_refusal(one, a_moderator_of(found))
    with pytest.raises(Conflict):
        a_refusal(one, a_moderator_of(found), Ground.UNLAWFUL)


def test_while_a_refusal_waits_nothing_is_published_or_merged(unit):
    found = a_round()
    moderator = a_moderator_of(found)
    held, public, other = a_contribution(found, state=State.HELD), a_contribution(found), a_contribution(found)
    a_refusal(held, moderator)
    a_refusal(public, moderator)
    with pytest.raises(Conflict):
        verbs.publish(held, moderator)
    for pair in ((public, other), (other, public)):
        with pytest.raises(Conflict):
            verbs.merge(*pair, moderator)


def test_a_withdrawn_contribution_is_not_refused_afterwards(unit):
    found = a_round()
    one = a_contribution(found)
    refusal = a_refusal(one, a_moderator_of(found))
    one.state = State.WITHDRAWN
    with pytest.raises(Conflict):
        verbs.confirm_refusal(refusal, a_moderator_of(found))


def test_the_refused_reason_is_never_in_the_journal(unit):
    found = a_round()
    one = a_contribution(found)
    a_refusal(one, a_moderator_of(found))
    assert "winkel" not in str([entry.facts for entry in list_entries_on(one.id)])


@shows("R70")
def test_a_merge_is_a_pointer_and_a_split_takes_it_back(unit):
    found = a_round()
    moderator, one, into = a_moderator_of(found), a_contribution(found), a_contribution(found)
    told = (one.title, one.text, one.public_id)
    before = get_revision(found.id)
    verbs.merge(one, into, moderator)
    assert one.merged_into_id == into.id
    assert (one.title, one.text, one.public_id) == told
    assert one.is_public
    assert list_merged_into(acting(None), into.id) == [one]
    verbs.split(one, moderator)
    assert one.merged_into_id is None
    assert get_revision(found.id) == before + 2
    assert [entry.act for entry in list_entries_on(one.id)] == [Act.MERGE.value, Act.SPLIT.value]


def test_only_what_stands_in_one_round_and_is_of_one_kind_is_merged(unit):
    found = a_round()
    moderator, one, root = a_moderator_of(found), a_contribution(found), a_contribution(found)
    merged = a_contribution(found)
    verbs.merge(merged, root, moderator)
    wrong = [
        (one, one),
        (one, a_contribution(a_round())),
        (one, a_contribution(found, kind=Kind.STATEMENT)),
        (a_contribution(found, kind=Kind.ARGUMENT), a_contribution(found, kind=Kind.ARGUMENT)),
        (one, merged),
        (merged, one),
        (root, merged),
        (one, a_contribution(found, state=State.HELD)),
        (a_contribution(found, state=State.WITHDRAWN), one),
    ]
    for pair in wrong:
        with pytest.raises(Conflict):
            verbs.merge(*pair, moderator)


def test_what_is_not_merged_is_not_split(unit):
    found = a_round()
    with pytest.raises(Conflict):
        verbs.split(a_contribution(found), a_moderator_of(found))


def test_what_carries_others_is_neither_held_nor_refused(unit):
    found = a_round()
    first, second, third = (a_contribution(found) for _ in range(3))
    moderator = a_moderator_of(found)
    refusal = a_refusal(third, moderator)
    verbs.merge(first, second, moderator)
    for step in (lambda: taken_away(second, moderator), lambda: a_refusal(second, moderator)):
        with pytest.raises(Conflict):
            step()
    first.merged_into_id = third.id
    unit.flush()
    with pytest.raises(Conflict):
        verbs.confirm_refusal(refusal, a_moderator_of(found))


@shows("R70")
def test_a_merge_and_its_split_reach_the_poll_and_bring_it_back_exactly(unit):
    found = a_round(phases=PhaseKind.PRIORITISE)
    one, into = a_contribution(found), a_contribution(found)
    voting = phase_of(found, PhaseKind.PRIORITISE)
    poll = create_poll(found, voting, a_director_of(found), title="Wat vindt u?", method=Method.SUPPORT)
    options = {o.contribution_id: o.id for o in unit.scalars(select(Option).where(Option.poll_id == poll.id))}
    voter = acting(a_resident())
    for contribution in (one, into):
        option = get_option(voter, found.slug, options[contribution.id])
        cast_support(option, voter, Choice.FOR)
    moderator = a_moderator_of(found)

    def targets():
        return dict(unit.execute(select(Option.contribution_id, Option.merged_into_id)).all())

    before = targets()
    verbs.merge(one, into, moderator)
    assert targets() == before | {one.id: options[into.id]}
    verbs.split(one, moderator)
    assert targets() == before


def test_what_was_merged_before_it_was_published_again_still_counts_for_the_other(unit):
    found = a_round(phases=PhaseKind.PRIORITISE)
    moderator, one, into = a_moderator_of(found), a_contribution(found), a_contribution(found)
    verbs.merge(one, into, moderator)
    taken_away(one, moderator)
    create_poll(found, phase_of(found, PhaseKind.PRIORITISE), a_director_of(found), title="Wat vindt u?")
    verbs.publish(one, moderator)
    options = {o.contribution_id: o for o in unit.scalars(select(Option))}
    assert options[one.id].merged_into_id == options[into.id].id


steps = st.lists(st.tuples(st.booleans(), st.integers(0, 5), st.integers(0, 5)), max_size=14)


@shows("R70")
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps)
def test_whatever_is_merged_and_split_there_is_no_circle_and_a_split_restores_exactly(unit, steps):
    point = unit.begin_nested()
    try:
        found = a_round()
        moderator = a_moderator_of(found)
        things = [a_contribution(found) for _ in range(6)]
        for merges, first, second in steps:
            before = pointers(unit)
            one, other = things[first], things[second]
            try:
                if merges:
                    verbs.merge(one, other, moderator)
                    assert pointers(unit) == before | {one.id: other.id}
                    verbs.split(one, moderator)
                    assert pointers(unit) == before
                    verbs.merge(one, other, moderator)
                else:
                    verbs.split(one, moderator)
                    assert pointers(unit) == before | {one.id: None}
            except Conflict:
                assert pointers(unit) == before
            after = pointers(unit)
            for thing in things:
                root_of(thing.id, after)
    finally:
        point.rollback()


def test_an_undecided_refusal_is_found_by_its_contribution_alone(unit):
    found = a_round()
    one, other = a_contribution(found), a_contribution(found)
    refusal = a_refusal(one, a_moderator_of(found))
    assert queries.get_refusal(one, refusal.id) is refusal
    with pytest.raises(NotFound):
        queries.get_refusal(other, refusal.id)


def test_a_moderator_is_first_shown_what_looks_like_it_to_join_it_with(unit):
    found = a_round()
    told = {"Laadpalen": "Voor de auto.", "Een moestuin": "Samen tuinieren.", "Meer laadpalen graag": "Elektrisch."}
    one, other, alike = (a_proposal(found, title=title, text=text) for title, text in told.items())
    moderator = a_moderator_of(found)
    assert list_targets(moderator, one, "") == [alike]
    assert list_targets(moderator, one, "moestuinen") == [other]
    assert set(list_targets(moderator, a_proposal(found, title="Zwembad", text="Water"), "")) == {one, other, alike}
