from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from consult.director.agreements.models import AgreementState, LegalForm
from consult.director.steering.rules import Light
from consult.director.tasks import queries, rules, verbs
from consult.director.tasks.models import ChallengeState, Choice, Rung
from consult.director.tasks.verbs import Acceptance, ChallengeTold, TaskTold
from consult.foundation import clock
from consult.foundation.db import add, session
from consult.foundation.errors import Conflict, NotAllowed, NotFound, NotNow
from consult.foundation.mail import Mail
from consult.participants.models import Membership, OrganisationState
from consult.policy import MemberDuty, Role
from tests.builders import a_member_of_staff, a_resident, a_round, acting, the_platform
from tests.director.builders import a_draft, partners, running, today
from tests.participants.builders import an_organisation, somebody
from tests.shows import shows

pytestmark = pytest.mark.usefixtures("unit")
PARK = TaskTold("Het park onderhouden", Choice.OUTSOURCE, Rung.DIRECT, "Zij zijn er elke dag.", Decimal(900))
WORDS = ChallengeTold("Zes plantsoenen", "Wij zijn er elke dag.", "Tien buren.", "De straat.", Decimal(46500))


def of(task):
    session().flush()
    session().expire_all()
    return queries.get_task(the_platform(), task.public_id)


@shows("S09")
def test_what_is_let_go_says_what_stops_and_when_somebody_looks_back():
    let_go = replace(PARK, choice=Choice.LET_GO)
    for told in (let_go, replace(let_go, stops="Maaien."), replace(let_go, review_on=today())):
        with pytest.raises(Conflict):
            verbs.write_task(told, the_platform())
    kept = verbs.write_task(replace(let_go, stops="Maaien.", review_on=today()), the_platform())
    assert rules.light(of(kept), today()) is Light.GREEN
    assert rules.light(of(kept), today() + timedelta(days=1)) is Light.AMBER


@shows("S33")
def test_a_task_that_others_do_is_red_without_a_signed_agreement():
    told, found = partners(), a_round()
    task = verbs.write_task(PARK, the_platform(), of=found)
    assert rules.light(of(task), today()) is Light.RED
    draft = a_draft(told)
    verbs.write_task(PARK, the_platform(), of=found, agreement=draft, instead=task)
    assert rules.light(of(task), today()) is Light.RED
    assert [one.id for one in queries.list_tasks(only_unsigned=True).items] == [task.id]
    signed = running(told)
    verbs.write_task(PARK, the_platform(), of=found, agreement=signed, instead=task)
    assert rules.light(of(task), today()) is Light.GREEN
    assert queries.list_tasks(only_unsigned=True).total == 0
    assert queries.list_tasks(round_id=found.id).total == 1
    signed.state = AgreementState.ENDED
    assert rules.light(of(task), today()) is Light.RED
    assert queries.list_tasks(only_unsigned=True).total == 1


def test_a_task_that_was_ended_is_out_of_the_register_for_good():
    task = verbs.write_task(PARK, the_platform())
    verbs.end_task(task, the_platform())
    assert queries.list_tasks().total == 0
    for again in (
        lambda: verbs.end_task(task, the_platform()),
        lambda: verbs.write_task(PARK, the_platform(), instead=task),
    ):
        with pytest.raises(NotNow):
            again()


def asked(resident, organisation=None):
    verbs.set_terms(["U woont hier."], 8, the_platform())
    return verbs.challenge(WORDS, acting(resident), organisation=organisation)


@shows("L02")
@pytest.mark.parametrize("state", [OrganisationState.VERIFIED, OrganisationState.ASKED])
def test_only_who_represents_an_organisation_that_was_checked_asks_for_it(state):
    representative, member = somebody(), somebody()
    body = an_organisation("", representative, state=state)
    add(Membership(organisation_id=body.id, person_id=member.id, duty=MemberDuty.MEMBER, began_at=clock.now()))
    for person in (member, somebody()):
        with pytest.raises(NotAllowed):
            asked(person, body)
    if state is OrganisationState.VERIFIED:
        assert asked(representative, body).organisation_id == body.id
        return
    with pytest.raises(NotAllowed):
        asked(representative, body)


@shows("L02")
def test_a_refused_request_shows_its_ground_and_the_day_by_which_it_was_to_be_decided():
    resident, other = a_resident(), a_resident()
    made = asked(resident)
    assert made.reply_by == today() + timedelta(weeks=8)
    assert made.conditions == ["U woont hier."]
    sent = {one.kind: one for one in session().scalars(select(Mail))}
    assert sent["challenge_received"].recipient_id == resident.id
    assert (sent["challenge_asked"].recipient_id, sent["challenge_asked"].facts) == (None, {"challenge": str(made.id)})
    with pytest.raises(NotFound):
        queries.get_challenge(acting(other), made.public_id)
    with pytest.raises(Conflict):
        verbs.refuse_challenge(made, "", the_platform())
    verbs.refuse_challenge(made, "De wet laat dit niet toe.", acting(a_member_of_staff(Role.BOARD)))
    [told] = session().scalars(select(Mail).where(Mail.kind == "challenge_decided"))
    assert (told.recipient_id, told.facts) == (resident.id, {"challenge": str(made.id)})
    seen = queries.get_challenge(acting(other), made.public_id)
    assert (seen.state, seen.ground) == (ChallengeState.REFUSED, "De wet laat dit niet toe.")
    assert not queries.is_own(seen, acting(other))
    assert queries.is_own(seen, acting(resident))
    with pytest.raises(NotNow):
        verbs.withdraw_challenge(made, acting(resident))


@shows("L02", "S33")
def test_an_accepted_request_makes_a_task_and_a_draft_of_an_agreement():
    resident, body = a_resident(), an_organisation("Groen aan zet")
    made = asked(resident)
    accepted = Acceptance(body, "Het maaien.", today() + timedelta(days=365))
    verbs.accept_challenge(made, "Zij kunnen het beter.", accepted, acting(a_member_of_staff(Role.BOARD)))
    session().flush()
    session().expire_all()
    seen = queries.get_challenge(acting(resident), made.public_id)
    assert (seen.task.choice, seen.task.stops, seen.task.legal_form) == (
        Choice.LET_GO,
        "Het maaien.",
        LegalForm.CHALLENGE,
    )
    agreement = queries.get_task(the_platform(), seen.task.public_id).agreement
    assert (agreement.state, agreement.organisation_id) == (AgreementState.DRAFT, body.id)
    assert rules.light(of(seen.task), today()) is Light.RED
    with pytest.raises(NotNow):
        verbs.accept_challenge(made, "Nog eens.", accepted, the_platform())


def test_later_conditions_leave_what_was_asked_before_as_it_was():
    resident = a_resident()
    with pytest.raises(NotNow):
        verbs.challenge(WORDS, acting(resident))
    made = asked(resident)
    verbs.set_terms(["U woont hier.", "U bent met tien."], 4, the_platform())
    assert queries.find_terms().weeks == 4
    assert made.conditions == ["U woont hier."]
    for conditions, weeks in (([], 8), (["x"], 0), (["x"], 27)):
        with pytest.raises(Conflict):
            verbs.set_terms(conditions, weeks, the_platform())
    with pytest.raises(Conflict):
        verbs.challenge(replace(WORDS, cost=Decimal(-1)), acting(resident))
    for _ in range(4):
        verbs.challenge(WORDS, acting(resident))
    with pytest.raises(NotNow):
        verbs.challenge(WORDS, acting(resident))
    verbs.withdraw_challenge(made, acting(resident))
    verbs.challenge(WORDS, acting(resident))
    with pytest.raises(NotNow):
        verbs.refuse_challenge(made, "Te laat.", the_platform())
