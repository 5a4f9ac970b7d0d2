from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from consult.answers import verbs
from consult.answers.queries import count_reached, count_steps, list_answers, list_signed
from consult.answers.rules import Reached, Step
from consult.audit.queries import list_entries_on
from consult.contributions.models import Contribution, State
from consult.foundation import clock
from consult.foundation.db import Database
from consult.foundation.errors import Conflict, NotAllowed, NotNow
from consult.foundation.mail import Mail
from consult.moderation.verbs import merge
from consult.notifications.audience import list_concerned
from consult.notifications.verbs import follow
from consult.rounds.models import PhaseKind
from consult.rounds.queries import get_revision
from consult.synthesis.models import Outcome, OutcomeKind
from consult.synthesis.rules import reason_for
from consult.synthesis.trace import trace_links
from consult.synthesis.verbs import set_outcome
from tests.answers.builders import a_public_answer, a_signed_answer
from tests.builders import a_moderator_of, a_resident, a_round, acting
from tests.pages.builders import counted
from tests.synthesis.builders import Desk, a_contribution, a_desk


def drafted(desk: Desk, title: str = "Bankjes") -> tuple[Outcome, Contribution]:
    one = a_contribution(desk.round, title)
    return set_outcome(one, OutcomeKind.ADOPTED, "Past in het plan.", desk.writer), one


def test_an_answer_is_signed_by_a_second_person_never_by_who_wrote_it(unit: Session) -> None:
    desk = a_desk()
    answer = drafted(desk)
    with pytest.raises(NotAllowed, match="Bankjes"):
        verbs.sign_answers([answer], desk.writer)
    verbs.sign_answers([answer], desk.second)
    assert answer[0].signed_by_id == desk.second.person_id
    with pytest.raises(Conflict):
        verbs.sign_answers([answer], a_moderator_of(desk.round))


def test_an_answer_that_repeats_what_was_taken_away_is_not_written_signed_or_published(unit: Session) -> None:
    desk = a_desk()
    draft, signed, public = (a_contribution(desk.round, title) for title in ("Bankjes", "Bomen", "Paden"))
    reason = "De eik is te duur."
    waits = set_outcome(draft, OutcomeKind.ADOPTED, reason, desk.writer)
    ready = a_signed_answer(signed, reason=reason)
    read = a_public_answer(public, reason=reason)
    for one in (draft, signed, public):
        one.hidden = ["eik"]
    unit.flush()
    for attempt in (
        lambda: verbs.sign_answers([(waits, draft)], desk.second),
        lambda: verbs.publish_answers([(ready, signed)], desk.second),
        lambda: set_outcome(draft, OutcomeKind.PARTLY, "Geen EIK.", desk.writer),
    ):
        with pytest.raises(Conflict):
            attempt()
    assert reason_for(read, public) == "De [deel weggehaald] is te duur."
    set_outcome(draft, OutcomeKind.PARTLY, "Geen eikenlaan.", desk.writer)  # another word


def test_the_database_itself_refuses_that_one_person_writes_and_signs(unit: Session) -> None:
    desk = a_desk()
    outcome, _one = drafted(desk)
    outcome.signed_by_id, outcome.signed_at = desk.writer.person_id, desk.writer.arrived_at
    with pytest.raises(IntegrityError, match="second_person"):
        unit.flush()


def test_the_database_itself_refuses_that_an_unsigned_answer_is_public(unit: Session) -> None:
    desk = a_desk()
    outcome, _one = drafted(desk)
    outcome.published_at = desk.writer.arrived_at
    with pytest.raises(IntegrityError, match="signed_first"):
        unit.flush()


def test_a_changed_answer_has_lost_its_signature(unit: Session) -> None:
    desk = a_desk()
    signed, one = drafted(desk)
    verbs.sign_answers([(signed, one)], desk.second)
    changed = set_outcome(one, OutcomeKind.PARTLY, "Alleen bij de winkels.", desk.writer)
    assert changed.signed_at is None
    with pytest.raises(Conflict, match="gewijzigd"):
        verbs.publish_answers([(signed, one)], desk.second)
    with pytest.raises(NotNow):
        verbs.publish_answers([(changed, one)], desk.second)


def test_what_was_changed_since_it_was_read_is_not_signed(unit: Session) -> None:
    desk = a_desk()
    read, one = drafted(desk)
    set_outcome(one, OutcomeKind.NOT_ADOPTED, "Toch niet.", desk.writer)
    with pytest.raises(Conflict):
        verbs.sign_answers([(read, one)], desk.second)


def test_many_are_published_at_once_or_none_of_them(unit: Session) -> None:
    desk = a_desk()
    first, second = drafted(desk, "Aap"), drafted(desk, "Noot")
    verbs.sign_answers([first], desk.second)
    with pytest.raises(NotNow, match="Noot"):
        verbs.publish_answers([first, second], desk.second)
    assert first[0].published_at is None
    verbs.sign_answers([second], desk.second)
    before = get_revision(desk.round.id)
    verbs.publish_answers([first, second], desk.second)
    assert get_revision(desk.round.id) == before + 1
    assert [trace_links(one).current for _outcome, one in (first, second)] == [first[0], second[0]]
    assert [e.act for e in list_entries_on(first[1].id)] == ["set_outcome", "sign_answer", "publish_answer"]
    with pytest.raises(Conflict):
        verbs.publish_answers([first], desk.second)


def test_what_is_public_stays_until_the_next_answer_is_published(unit: Session) -> None:
    desk = a_desk()
    one = a_contribution(desk.round)
    earlier = a_public_answer(one, OutcomeKind.NOT_ADOPTED, "Te duur.")
    later = set_outcome(one, OutcomeKind.ADOPTED, "Er is geld.", desk.writer)
    assert trace_links(one).current is earlier
    verbs.sign_answers([(later, one)], desk.second)
    assert trace_links(one).current is earlier
    verbs.publish_answers([(later, one)], desk.writer)
    found = trace_links(one)
    assert found.current is later
    assert found.earlier == [earlier]


def test_what_is_public_and_final_is_not_replaced(unit: Session) -> None:
    desk = a_desk()
    one = a_contribution(desk.round)
    final = a_public_answer(one, OutcomeKind.NOT_ADOPTED, "Te duur.")
    later = set_outcome(one, OutcomeKind.ADOPTED, "Er is geld.", desk.writer)
    verbs.sign_answers([(later, one)], desk.second)
    final.final_at = clock.now()
    with pytest.raises(Conflict):
        verbs.publish_answers([(later, one)], desk.writer)
    assert trace_links(one).current is final


def overtaken(desk: Desk, title: str = "Bankjes") -> tuple[Outcome, Contribution]:
    """A changed answer that was not public when the council made the one that people read final."""
    one = a_contribution(desk.round, title)
    public = a_public_answer(one, OutcomeKind.NOT_ADOPTED, "Te duur.")
    later = set_outcome(one, OutcomeKind.ADOPTED, "Er is geld.", desk.writer)
    public.final_at = clock.now()
    return later, one


def test_what_the_decision_overtook_stands_in_a_list_of_its_own_until_somebody_drops_it(unit: Session) -> None:
    desk = a_desk()
    later, one = overtaken(desk)
    listed = list_answers(desk.round.id, Step.LEFT)
    assert [row.outcome for row in listed.items] == [later]
    assert not list_answers(desk.round.id, Step.TO_SIGN).items
    verbs.drop_answers([(later, one)], desk.writer)
    assert not list_answers(desk.round.id, Step.LEFT).items
    [public] = list_answers(desk.round.id, Step.PUBLIC).items
    assert public.outcome is not None
    assert (public.outcome.kind, public.outcome.reason) == (OutcomeKind.NOT_ADOPTED, "Te duur.")
    assert list_entries_on(one.id)[-1].facts["dropped"] == str(later.id)
    with pytest.raises(Conflict):  # a second click
        verbs.drop_answers([(later, one)], desk.writer)


def test_an_answer_that_can_still_be_published_is_not_dropped(unit: Session) -> None:
    desk = a_desk()
    waits, left = drafted(desk), overtaken(desk, "Bomen")
    with pytest.raises(NotNow):
        verbs.drop_answers([left, waits], desk.writer)
    unit.refresh(left[0])
    assert left[0].replaced_at is None, "one of them refuses the whole"


def hidden(one: Contribution, _desk: Desk) -> None:
    one.state = State.HELD


def merged(one: Contribution, desk: Desk) -> None:
    merge(one, a_contribution(desk.round, "Mies"), desk.writer)


@pytest.mark.parametrize("happens", [hidden, merged])
def test_what_is_hidden_or_merged_is_neither_signed_nor_published(
    unit: Session, happens: Callable[[Contribution, Desk], None]
) -> None:
    desk = a_desk()
    unsigned, signed = drafted(desk, "Aap"), drafted(desk, "Noot")
    verbs.sign_answers([signed], desk.second)
    for _outcome, one in (unsigned, signed):
        happens(one, desk)
    unit.flush()
    with pytest.raises(Conflict):
        verbs.sign_answers([unsigned], desk.second)
    with pytest.raises(Conflict):
        verbs.publish_answers([signed], desk.second)
    assert not list_signed(desk.round.id)


def test_no_answer_is_published_while_people_vote(unit: Session) -> None:
    found = a_round(phases=PhaseKind.PRIORITISE)
    one = a_contribution(found)
    outcome = a_signed_answer(one)
    with pytest.raises(NotNow, match="pas daarna"):
        verbs.publish_answers([(outcome, one)], a_moderator_of(found))


def test_nobody_is_told_before_an_answer_is_published(unit: Session) -> None:
    desk = a_desk()
    outcome, one = drafted(desk)
    verbs.sign_answers([(outcome, one)], desk.second)
    assert not unit.scalars(select(Mail).where(Mail.kind == "outcome")).all()
    verbs.publish_answers([(outcome, one)], desk.second)
    (told,) = unit.scalars(select(Mail).where(Mail.kind == "outcome"))
    assert told.facts == {"contribution": str(one.id), "outcome": str(outcome.id)}


def test_who_will_be_told_is_counted_as_it_is_told_afterwards(unit: Session) -> None:
    desk = a_desk()
    answers = [drafted(desk, "Aap"), drafted(desk, "Noot")]
    joined = a_contribution(desk.round, "Mies")
    merge(joined, answers[0][1], desk.writer)
    follower = acting(a_resident())
    for one in (answers[0][1], answers[1][1], joined):
        follow(one, follower)
    follow(answers[1][1], acting(a_resident()))
    ids = [one.id for _outcome, one in answers]
    told = {who.person_id for one in ids for who in list_concerned("outcome", {"contribution": str(one)})}
    assert count_reached(ids) == Reached(writers=3, followers=2)
    assert len(told) == 5


def test_each_count_is_the_length_of_its_list(unit: Session) -> None:
    desk = a_desk()
    for number in range(3):
        drafted(desk, f"Aap {number}")
    a_signed_answer(a_contribution(desk.round, "Noot"))
    a_public_answer(a_contribution(desk.round, "Mies"))
    a_contribution(desk.round, "Wim")
    merge(a_contribution(desk.round, "Zus"), a_contribution(desk.round, "Jet"), desk.writer)
    overtaken(desk, "Vuur")
    counts = count_steps([desk.round.id])[desk.round.id].counts
    told = {Step.TO_SIGN: 3, Step.TO_PUBLISH: 1, Step.PUBLIC: 1, Step.MISSING: 2, Step.OPEN: 6, Step.LEFT: 1}
    assert counts == told
    assert {step: list_answers(desk.round.id, step).total for step in Step} == counts
    assert list_answers(desk.round.id, Step.TO_SIGN, 9).number == 1


def test_signing_and_publishing_many_takes_no_more_statements_than_a_few(empty_database: Database) -> None:
    sent = {}
    for number in (3, 60):
        with empty_database.writing():
            desk = a_desk()
            answers = [drafted(desk, f"Bankje {n}") for n in range(number)]
            with counted(empty_database) as statements:
                verbs.sign_answers(answers, desk.second)
                verbs.publish_answers(answers, desk.second)
            sent[number] = len(statements)
            assert len(list_entries_on(answers[-1][1].id)) >= 3
    assert sent[60] == sent[3]
