import uuid
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text

from consult.audit.models import Entry
from consult.contributions.models import State
from consult.foundation import clock
from consult.foundation.db import session
from consult.foundation.errors import Conflict, NotAllowed, NotNow, TooMany
from consult.policy import Act, Duty, Role, allows
from consult.rounds.models import PhaseKind
from consult.rounds.queries import get_revision
from consult.voting import rules
from consult.voting.batches import enter_ballots
from consult.voting.models import Ballot, Choice, Credential, Mark, Method, Option, Register, Voter
from consult.voting.queries import find_voter_id, own_marks, tally
from consult.voting.verbs import add_options, cast_support, complete_ballot, create_poll, merge_options, offer
from tests.builders import (
    a_director_of,
    a_member_of_staff,
    a_resident,
    a_round,
    acting,
    appoint,
    phase_of,
    the_platform,
)
from tests.shows import shows
from tests.voting.builders import (
    a_poll,
    a_proposal_in,
    a_voting_round,
    an_option,
    closed_for_good,
    merged,
    options_of,
    reread,
    residents,
    votes,
)

pytestmark = pytest.mark.usefixtures("unit")


def how_many(table: type) -> int:
    session().flush()
    return session().scalar(select(func.count()).select_from(table))


@shows("R67", "S48")
def test_a_second_choice_replaces_the_first():
    option, person = an_option(), a_resident()
    votes(person, option, Choice.FOR)
    votes(person, option, Choice.AGAINST)
    assert tally(option.poll) == {option.id: {"for": 0, "neutral": 0, "against": 1}}
    assert (how_many(Voter), how_many(Credential), how_many(Ballot), how_many(Mark)) == (1, 1, 1, 1)


def test_no_choice_takes_a_vote_back():
    option, person = an_option(), a_resident()
    votes(person, option, Choice.FOR)
    votes(person, option, Choice.NONE)
    assert tally(option.poll)[option.id] == {"for": 0, "neutral": 0, "against": 0}
    assert own_marks(option.poll, acting(person)) == {option.id: None}


def test_one_person_has_one_ballot_over_all_options_and_one_voter_over_all_polls():
    found, person = a_voting_round(), a_resident()
    first, second = a_poll(found), a_poll(found)
    for option in [*options_of(first), *options_of(second)]:
        votes(person, option, Choice.FOR)
    assert (how_many(Voter), how_many(Credential), how_many(Ballot), how_many(Mark)) == (1, 1, 2, 6)


def test_two_rounds_have_two_voters_that_nothing_joins():
    person, one, other = a_resident(), an_option(), an_option()
    votes(person, one, Choice.FOR)
    votes(person, other, Choice.FOR)
    assert find_voter_id(one.poll, acting(person)) != find_voter_id(other.poll, acting(person))
    assert len(set(session().scalars(select(Credential.hash)))) == 2


@shows("R72")
def test_a_vote_counts_from_the_first_moment_up_to_but_not_at_the_last():
    option, person = an_option(), a_resident()
    phase = option.poll.phase
    votes(person, option, Choice.FOR, phase.opens_at)
    votes(person, option, Choice.FOR, phase.closes_at - timedelta(microseconds=1))
    for at in (phase.opens_at - timedelta(microseconds=1), phase.closes_at):
        with pytest.raises(NotNow):
            votes(person, option, Choice.AGAINST, at)
    assert tally(option.poll)[option.id]["for"] == 1


def test_a_closed_phase_takes_no_vote():
    option = an_option()
    closed_for_good(option.poll.phase, clock.now())
    with pytest.raises(NotNow, match=r"20\d\d"):
        votes(a_resident(), *reread([option]), Choice.FOR)


def test_a_phase_that_was_not_released_takes_no_vote():
    option = an_option()
    option.poll.phase.cleared_at = None
    with pytest.raises(NotNow):
        votes(a_resident(), *reread([option]), Choice.FOR)


def test_a_merged_proposal_takes_no_vote():
    one, other = options_of(a_poll())
    merged(one, other)
    with pytest.raises(NotNow, match="samengevoegd"):
        votes(a_resident(), reread([one])[0], Choice.FOR)


def test_a_poll_of_another_method_takes_no_support():
    option = options_of(a_poll(method=Method.STATEMENTS))[0]
    with pytest.raises(Conflict):
        votes(a_resident(), option, Choice.FOR)


def test_nobody_votes_without_an_account():
    with pytest.raises(NotAllowed):
        cast_support(an_option(), acting(None), Choice.FOR)


def test_after_the_keys_were_destroyed_nobody_votes_and_nobody_is_recognised():
    option, person = an_option(), a_resident()
    votes(person, option, Choice.FOR)
    option.poll.key = option.poll.register.key = None
    assert own_marks(option.poll, acting(person)) == {}
    with pytest.raises(NotAllowed):
        votes(person, option, Choice.AGAINST)


def test_who_serves_the_round_does_not_vote_in_it_and_other_staff_does():
    option, person = an_option(), a_member_of_staff(Role.MODERATOR)
    assert allows(Act.CAST_VOTE, acting(person), option)
    appoint(option.poll.round, person, Duty.MODERATOR)
    assert not allows(Act.CAST_VOTE, acting(person), option)
    assert not allows(Act.CAST_VOTE, acting(None), option)


def test_more_than_120_changes_in_a_minute_are_too_many():
    option, person, at = an_option(), a_resident(), clock.now().replace(second=20)
    votes(person, option, Choice.FOR, at)
    ballot = session().scalars(select(Ballot)).one()
    ballot.in_minute = rules.CHANGES_PER_MINUTE - 1
    session().flush()
    votes(person, option, Choice.AGAINST, at)
    with pytest.raises(TooMany) as refused:
        votes(person, option, Choice.FOR, at)
    assert refused.value.retry_after == 40


def test_the_next_minute_counts_anew():
    option, person, at = an_option(), a_resident(), clock.now()
    votes(person, option, Choice.FOR, at)
    ballot = session().scalars(select(Ballot)).one()
    ballot.in_minute = rules.CHANGES_PER_MINUTE
    session().flush()
    votes(person, option, Choice.AGAINST, at + timedelta(minutes=1))
    session().refresh(ballot)
    assert (ballot.in_minute, ballot.changes) == (1, 2)


@shows("R93")
def test_the_journal_names_tag_and_commitment_and_never_the_person():
    option, person = an_option(), a_resident()
    entry = cast_support(option, acting(person), Choice.FOR)
    mark, ballot = session().scalars(select(Mark)).one(), session().scalars(select(Ballot)).one()
    opened = rules.commitment(
        mark.salt,
        poll_id=option.poll_id,
        ballot_tag=ballot.tag,
        option_id=option.id,
        value=mark.value,
        counter=mark.counter,
    )
    assert entry.actor_id is None
    assert entry.facts == {"tag": ballot.tag.hex(), "commitment": opened}
    assert (entry.subject_id, entry.round_id) == (option.poll_id, option.poll.round_id)


def test_making_a_voter_is_not_in_the_journal():
    option, person = an_option(), a_resident()
    before = how_many(Entry)
    votes(person, option, Choice.FOR)
    assert how_many(Entry) == before + 1


@shows("S48")
def test_nothing_that_voting_keeps_names_the_person():
    option, person = an_option(), a_resident()
    votes(person, option, Choice.FOR)
    session().flush()
    kept = ""
    for table in ("voter", "credential", "ballot", "mark", "register"):
        kept += "".join(map(str, session().execute(text(f"select * from {table}")).all()))
    kept += "".join(map(str, session().execute(text("select * from entry where act = 'cast_vote'")).all()))
    for secret in (person.id, person.account_id):
        assert str(secret) not in kept
        assert secret.hex not in kept
        assert str(secret.bytes) not in kept


def test_a_support_poll_begins_with_every_public_proposal_and_knows_what_was_merged():
    found = a_voting_round()
    one, other, hidden = a_proposal_in(found), a_proposal_in(found), a_proposal_in(found, state=State.HELD)
    one.merged_into_id = other.id
    poll = create_poll(found, phase_of(found, PhaseKind.PRIORITISE), a_director_of(found), title="Wat vindt u?")
    offered = {o.contribution_id: o for o in session().scalars(select(Option).where(Option.poll_id == poll.id))}
    assert offered.keys() == {one.id, other.id}
    assert offered[one.id].merged_into_id == offered[other.id].id
    assert hidden.id not in offered


@pytest.mark.parametrize("merged_one_first", [True, False])
def test_a_merged_proposal_points_to_its_survivor_whichever_of_the_two_came_on_the_ballot_first(merged_one_first):
    found = a_voting_round()
    one, survivor = a_proposal_in(found), a_proposal_in(found)
    first, second = (one, survivor) if merged_one_first else (survivor, one)
    second.state = State.HELD
    poll = create_poll(found, phase_of(found, PhaseKind.PRIORITISE), a_director_of(found), title="Wat vindt u?")
    one.merged_into_id, second.state = survivor.id, State.PUBLISHED
    before = get_revision(found.id)
    assert complete_ballot(poll, the_platform()) == 1
    offered = {o.contribution_id: o for o in session().scalars(select(Option).where(Option.poll_id == poll.id))}
    assert offered[one.id].merged_into_id == offered[survivor.id].id
    assert offered[first.id].stands is not merged_one_first
    assert get_revision(found.id) == before + 1
    assert complete_ballot(poll, the_platform()) == 0
    assert get_revision(found.id) == before + 1


def test_the_first_poll_of_a_round_opens_its_register_and_the_next_one_keeps_it():
    found = a_voting_round()
    first = a_poll(found).register.key
    assert a_poll(found).register.key == first
    assert how_many(Register) == 1


def test_a_poll_needs_a_phase_for_voting_of_its_own_round():
    found, other = a_voting_round(), a_voting_round()
    for phase in (phase_of(found, PhaseKind.COLLECT), phase_of(other, PhaseKind.PRIORITISE)):
        with pytest.raises(Conflict):
            create_poll(found, phase, a_director_of(found), title="Wat vindt u?")


def test_a_closed_phase_takes_no_new_poll():
    found = a_voting_round()
    phase = phase_of(found, PhaseKind.PRIORITISE)
    closed_for_good(phase, clock.now())
    session().flush()
    with pytest.raises(NotNow):
        create_poll(found, phase, a_director_of(found), title="Wat vindt u?")


def test_a_proposal_that_becomes_public_is_offered_once_in_polls_that_have_not_ended():
    found = a_voting_round()
    poll, ended = a_poll(found, proposals=0), a_poll(a_round(phases=PhaseKind.SYNTHESISE), proposals=0)
    new, late = a_proposal_in(found), a_proposal_in(ended.round)
    offer(new)
    offer(new)
    offer(late)
    found = session().execute(select(Option.poll_id, Option.contribution_id)).all()
    assert [tuple(row) for row in found] == [(poll.id, new.id)]


def test_merging_moves_support_and_splitting_gives_it_back():
    poll = a_poll()
    one, other = options_of(poll)
    ada, bo = residents(2)
    votes(ada, one, Choice.FOR)
    votes(ada, other, Choice.FOR)
    votes(bo, one, Choice.AGAINST)
    before = tally(poll)
    merged(one, other)
    assert tally(poll) == {other.id: {"for": 1, "neutral": 0, "against": 1}}
    merged(one, None)
    assert tally(poll) == before


@shows("R72")
def test_after_the_end_a_merge_changes_no_count():
    poll = a_poll()
    one, other = options_of(poll)
    votes(a_resident(), one, Choice.FOR)
    before = tally(poll)
    closed_for_good(poll.phase, clock.now())
    session().flush()
    merged(one, other)
    assert tally(poll) == before
    poll.phase.closed_at = None
    session().flush()
    with clock.set_to(poll.phase.closes_at):
        merged(one, other)
    assert tally(poll) == before


def test_a_merge_into_what_is_not_on_the_ballot_changes_nothing():
    poll = a_poll()
    one, _other = options_of(poll)
    outside = a_proposal_in(poll.round)
    merge_options(one.contribution_id, outside.id)
    assert session().scalar(select(Option.merged_into_id).where(Option.id == one.id)) is None


def test_ballots_enter_in_bulk_with_one_entry_for_each_thousand():
    poll = a_poll(proposals=3, method=Method.APPROVAL)
    first, second, third = options_of(poll)
    rows = [(f"v{n}", {first.id: 1, second.id: 1 if n % 2 else None}) for n in range(1500)]
    before = how_many(Entry)
    assert enter_ballots(poll, rows, the_platform()) == 1500
    assert tally(poll) == {first.id: {"votes": 1500}, second.id: {"votes": 750}, third.id: {"votes": 0}}
    assert how_many(Entry) == before + 2
    facts = session().scalars(select(Entry.facts).order_by(Entry.position.desc()).limit(2)).all()
    assert [(f["ballots"], f["marks"]) for f in facts] == [(500, 1000), (1000, 2000)]
    assert how_many(Voter) == 1500


def test_the_same_reference_in_another_poll_is_the_same_voter():
    found = a_voting_round()
    for poll in (a_poll(found, method=Method.APPROVAL), a_poll(found, method=Method.APPROVAL)):
        enter_ballots(poll, [("v1", {options_of(poll)[0].id: 1})], the_platform())
    assert (how_many(Voter), how_many(Ballot)) == (1, 2)


def test_a_reference_that_stands_there_twice_is_told():
    poll = a_poll(method=Method.APPROVAL)
    with pytest.raises(Conflict, match="v1"):
        enter_ballots(poll, [("v1", {}), ("v1", {})], the_platform())


def test_a_ballot_for_another_poll_is_told():
    poll = a_poll(method=Method.APPROVAL)
    with pytest.raises(Conflict, match="v1"):
        enter_ballots(poll, [("v1", {uuid.uuid4(): 1})], the_platform())


def test_options_come_with_the_reference_and_the_cost_of_their_source():
    poll = a_poll(proposals=0, method=Method.APPROVAL)
    thing = a_proposal_in(poll.round)
    (made,) = add_options(poll, [(thing.id, "17", 120_000)])
    assert (made.reference, made.cost, made.stands) == ("17", 120_000, True)
