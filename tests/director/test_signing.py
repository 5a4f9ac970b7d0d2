from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from consult.director.agreements import rules, verbs
from consult.director.agreements.models import AgreementState, AgreementVersion, LegalForm
from consult.director.agreements.terms import Limits, Line, Period, digest, from_fields
from consult.foundation import clock
from consult.foundation.db import session
from consult.foundation.errors import Conflict, NotAllowed, NotNow
from tests.builders import acting
from tests.director.builders import (
    Partners,
    a_draft,
    again,
    ago,
    an_indicator,
    basics,
    partners,
    running,
    seen,
    sign_all,
    today,
)
from tests.participants.builders import an_organisation, join, somebody
from tests.shows import shows

pytestmark = pytest.mark.usefixtures("unit")
WHO = {"name": "M. de Wit", "function": "voorzitter"}


@pytest.fixture
def told(unit: object) -> Partners:
    return partners()


@shows("S34")
@pytest.mark.parametrize("lacking", [{"unit": ""}, {"target": None}, {"plan": ()}, {"source": ""}, {"owner": ""}])
def test_nobody_can_sign_while_an_indicator_lacks_something(told, lacking):
    agreement = a_draft(told)
    verbs.set_item(agreement, an_indicator(**lacking), told.writes, seen=seen(agreement))
    with pytest.raises(Conflict, match=r"Nobody can sign yet|Niemand kan"):
        verbs.sign(agreement, told.speaks, seen=seen(agreement), organisation=told.organisation, **WHO)
    verbs.set_item(agreement, an_indicator(), told.writes, seen=seen(agreement))
    sign_all(agreement, told)
    assert again(agreement).state is AgreementState.SIGNED


@shows("S34")
def test_two_signatures_under_the_same_words_bring_a_version_into_force(told):
    agreement = a_draft(told)
    verbs.sign(agreement, told.speaks, seen=seen(agreement), organisation=told.organisation, **WHO)
    assert again(agreement).in_force is None
    verbs.sign(agreement, told.decides, seen=seen(agreement), **WHO)
    found = again(agreement)
    assert found.draft is None
    assert found.in_force is not None
    assert {one.organisation_id for one in found.in_force.standing} == {None, told.organisation.id}


@shows("S05")
def test_a_signature_on_an_outdated_version_is_refused(told):
    agreement = a_draft(told)
    read = seen(agreement)
    verbs.set_item(agreement, Line("more", "Zaalhuur", Decimal(500), "de gemeente"), told.writes, seen=read)
    with pytest.raises(Conflict):
        verbs.sign(agreement, told.speaks, seen=read, organisation=told.organisation, **WHO)
    assert again(agreement).draft.signatures == []


@shows("S05")
def test_changing_a_word_ends_the_signatures_that_stood(told):
    agreement = a_draft(told)
    verbs.sign(agreement, told.speaks, seen=seen(agreement), organisation=told.organisation, **WHO)
    verbs.set_item(agreement, Line("more", "Zaalhuur", Decimal(500), "de gemeente"), told.writes, seen=seen(agreement))
    found = again(agreement)
    assert len(found.draft.signatures) == 1
    assert found.draft.standing == []
    verbs.sign(found, told.decides, seen=seen(found), **WHO)
    assert again(agreement).in_force is None


def test_only_the_board_signs_for_the_authority_and_only_who_represents_a_party_for_it(told):
    agreement, member = a_draft(told), somebody()
    join(told.organisation, member)
    for actor, party in (
        (told.speaks, None),
        (told.writes, None),
        (acting(member), told.organisation),
        (told.decides, told.organisation),
        (acting(somebody()), told.organisation),
    ):
        with pytest.raises(NotAllowed):
            verbs.sign(agreement, actor, seen=seen(agreement), organisation=party, **WHO)
    verbs.sign(agreement, told.speaks, seen=seen(agreement), organisation=told.organisation, **WHO)
    with pytest.raises(NotNow):
        verbs.sign(agreement, told.speaks, seen=seen(agreement), organisation=told.organisation, **WHO)


@shows("S36")
def test_a_housing_agreement_waits_for_its_third_party(told):
    assert rules.hindrances(a_draft(told, legal_form=LegalForm.HOUSING), a_draft(told).terms, today())
    speaker = somebody()
    third = an_organisation("Huurders", speaker)
    agreement = a_draft(told, legal_form=LegalForm.HOUSING, third=third)
    verbs.sign(agreement, told.speaks, seen=seen(agreement), organisation=told.organisation, **WHO)
    verbs.sign(agreement, told.decides, seen=seen(agreement), **WHO)
    assert again(agreement).in_force is None
    agreement = again(agreement)
    verbs.sign(agreement, acting(speaker), seen=seen(agreement), organisation=agreement.third_party, **WHO)
    assert again(agreement).in_force is not None
    with pytest.raises(Conflict):
        verbs.make("X", LegalForm.HOUSING, told.organisation, told.writes, third=told.organisation)


def test_an_amendment_is_a_new_version_and_the_old_one_holds_until_all_signed(told):
    agreement = running(told)
    earlier = agreement.in_force
    verbs.amend(agreement, "Meer gesprekken.", told.writes)
    verbs.set_item(agreement, an_indicator(target=Decimal(60)), told.writes, seen=seen(agreement))
    assert again(agreement).terms.indicators[0].target == Decimal(40)
    agreement = sign_all(again(agreement), told)
    found = again(agreement)
    assert found.in_force.number == 2
    assert found.terms.indicators[0].target == Decimal(60)
    assert found.state is AgreementState.RUNNING
    assert session().scalar(select(func.count(AgreementVersion.id))) == 2
    assert session().get_one(AgreementVersion, earlier.id).replaced_at is not None


def test_an_amendment_leaves_periods_that_began_where_they_are(told):
    agreement = running(told)
    verbs.amend(agreement, "Later beginnen.", told.writes)
    terms = agreement.draft.read
    with pytest.raises(Conflict):
        verbs.set_basics(agreement, basics(ago(200), terms.last_day), told.writes, seen=seen(agreement))
    longer = basics(terms.first_day, terms.last_day + timedelta(days=365))
    verbs.set_basics(agreement, longer, told.writes, seen=seen(agreement))
    assert len(again(agreement).draft.read.periods) == 8
    verbs.drop_amendment(again(agreement), told.writes)
    assert again(agreement).draft is None


def test_a_running_agreement_can_be_extended_though_its_last_period_was_short(told):
    agreement = running(told, first_day=ago(300), last_day=ago(-20))  # the last of its periods is no whole quarter
    held = agreement.in_force.read.periods
    verbs.amend(agreement, "Een half jaar langer.", told.writes)
    longer = basics(held[0].first_day, held[-1].last_day + timedelta(days=182))
    verbs.set_basics(agreement, longer, told.writes, seen=seen(agreement))
    periods = again(agreement).draft.read.periods
    assert periods[: len(held)] == held
    assert periods[len(held)].first_day == held[-1].last_day + timedelta(days=1)
    assert rules.fault_of_periods(periods, longer.first_day, longer.last_day) == ""


def test_an_amendment_keeps_the_first_day_and_the_period_that_runs_now(told):
    agreement = running(told)
    verbs.amend(agreement, "Korter.", told.writes)
    terms = agreement.draft.read
    for first, last in ((ago(299), terms.last_day), (terms.first_day, today())):
        with pytest.raises(Conflict, match=r"stays|blijft|or a later one|of een latere"):
            verbs.set_basics(agreement, basics(first, last), told.writes, seen=seen(agreement))


def test_what_was_planned_for_a_time_that_is_over_is_not_amended(told):
    agreement = running(told)
    verbs.amend(agreement, "Lager.", told.writes)
    plan = list(agreement.draft.read.indicators[0].plan)
    lower = an_indicator(plan=(Decimal(1), *plan[1:]))
    with pytest.raises(Conflict):
        verbs.set_item(agreement, lower, told.writes, seen=seen(agreement))
    later = an_indicator(plan=(*plan[:-1], Decimal(45)))
    verbs.set_item(agreement, later, told.writes, seen=seen(agreement))


def test_time_that_goes_by_before_the_last_signature_does_not_let_the_past_change(told):
    agreement = running(told, first_day=ago(20))
    verbs.amend(agreement, "Eerst minder.", told.writes)
    plan = list(agreement.draft.read.indicators[0].plan)
    verbs.set_item(agreement, an_indicator(plan=(Decimal(1), *plan[1:])), told.writes, seen=seen(agreement))
    agreement = again(agreement)
    later = clock.now() + timedelta(days=100)  # the first period is over by then
    with clock.set_to(later), pytest.raises(Conflict, match=r"that time is over|die tijd is voorbij"):
        verbs.sign(agreement, told.speaks, seen=seen(agreement), organisation=told.organisation, **WHO)
    verbs.sign(agreement, told.speaks, seen=seen(agreement), organisation=told.organisation, **WHO)


@pytest.mark.parametrize(
    "limits",
    [
        Limits(green=Decimal(2)),
        Limits(green=Decimal("0.9"), amber=Decimal("0.95")),
        Limits(amber=Decimal(0)),
        Limits(budget_amber=Decimal(101)),
        Limits(budget_green=Decimal(-1)),
    ],
)
def test_where_lights_change_has_bounds(told, limits):
    agreement = a_draft(told)
    terms = agreement.terms
    with pytest.raises(Conflict):
        verbs.set_basics(
            agreement,
            replace(basics(terms.first_day, terms.last_day), limits=limits),
            told.writes,
            seen=seen(agreement),
        )


@pytest.mark.parametrize(
    ("first", "last"),
    [
        (date(1, 1, 1), date(2, 1, 1)),
        (date(9999, 1, 1), date(9999, 12, 31)),
        (date(2026, 1, 1), date(9999, 12, 31)),
        (date(2026, 1, 1), date(2050, 1, 1)),
    ],
)
def test_odd_years_are_refused_with_a_sentence(told, first, last):
    agreement = a_draft(told)
    with pytest.raises(Conflict):
        verbs.set_basics(agreement, basics(first, last), told.writes, seen=seen(agreement))


def test_more_than_sixty_periods_and_periods_past_the_last_day_are_refused(told):
    agreement = a_draft(told)
    terms = agreement.terms
    days = [terms.first_day + timedelta(days=n) for n in range(61)]
    daily = [Period(day, day, day + timedelta(days=1)) for day in days]
    endless = [Period(terms.first_day, date(9999, 12, 31), date(9999, 12, 31))]
    for periods in (daily, endless):
        with pytest.raises(Conflict):
            verbs.set_periods(agreement, periods, told.writes, seen=seen(agreement))


def test_what_was_signed_can_only_be_changed_by_an_amendment(told):
    agreement = running(told)
    with pytest.raises(NotNow):
        verbs.set_item(agreement, an_indicator(), told.writes, seen=agreement.in_force.digest)


def test_two_contract_managers_do_not_write_over_each_other(told):
    agreement = a_draft(told)
    read = seen(agreement)
    verbs.set_item(agreement, Line("a", "Zaalhuur", Decimal(500), "wij"), told.writes, seen=read)
    with pytest.raises(Conflict):
        verbs.set_item(agreement, Line("b", "Koffie", Decimal(50), "wij"), told.writes, seen=read)
    assert again(agreement).terms.find("b") is None


@pytest.mark.parametrize("amount", [None, Decimal(0), Decimal(-5)])
def test_a_budget_line_without_an_amount_is_refused(told, amount):
    agreement = a_draft(told)
    with pytest.raises(Conflict):
        verbs.set_item(agreement, Line("x", "Zaalhuur", amount, "wij"), told.writes, seen=seen(agreement))
    assert again(agreement).terms.find("x") is None


def test_a_last_day_before_the_first_is_refused_and_nothing_is_kept(told):
    agreement = a_draft(told)
    before = agreement.draft.digest
    with pytest.raises(Conflict):
        verbs.set_basics(agreement, basics(today(), ago(1)), told.writes, seen=seen(agreement))
    assert again(agreement).draft.digest == before


@pytest.mark.parametrize(("shift", "words"), [(1, "gap|gat"), (-1, "overlap"), (400, "before it begins|voor|gap|gat")])
def test_a_gap_and_an_overlap_between_periods_are_refused(told, shift, words):
    agreement = a_draft(told)
    terms = agreement.terms
    moved = [
        replace(one, first_day=one.first_day + timedelta(days=shift)) if n == 1 else one
        for n, one in enumerate(terms.periods)
    ]
    with pytest.raises(Conflict, match=words):
        verbs.set_periods(agreement, moved, told.writes, seen=seen(agreement))
    assert again(agreement).terms.periods == terms.periods


def test_periods_fill_the_whole_time_and_every_report_is_due_after_its_period(told):
    agreement = a_draft(told)
    first, last = agreement.terms.first_day, agreement.terms.last_day
    assert rules.fault_of_periods(agreement.terms.periods, first, last) == ""
    early = replace(agreement.terms.periods[0], due_on=first)
    assert rules.fault_of_periods([early, *agreement.terms.periods[1:]], first, last)
    assert rules.fault_of_periods(agreement.terms.periods[:-1], first, last)
    assert rules.fault_of_periods([], first, last)
    half = first + timedelta(days=100)
    two = [
        Period(first, half, half + timedelta(days=9)),
        Period(half + timedelta(days=1), last, last + timedelta(days=9)),
    ]
    verbs.set_periods(agreement, two, told.writes, seen=seen(agreement))
    found = again(agreement).terms
    assert len(found.indicators[0].plan) == 2  # a plan has one place for each period
    assert rules.lacks_of(found.indicators[0], found.periods) == []


@shows("S41")
def test_a_vague_indicator_needs_a_reason(told):
    agreement = a_draft(told)
    vague = an_indicator("vague", name="Meer contact met de buurt")
    with pytest.raises(Conflict):
        verbs.set_item(agreement, vague, told.writes, seen=seen(agreement))
    reasoned = replace(vague, vague_because="De raad koos deze woorden.")
    verbs.set_item(agreement, reasoned, told.writes, seen=seen(agreement))
    assert again(agreement).terms.find("vague").vague_because == "De raad koos deze woorden."


def test_an_agreement_goes_only_ways_that_are_there(told):
    agreement = a_draft(told)
    with pytest.raises(NotNow):
        verbs.move(agreement, AgreementState.RUNNING, "", told.writes)
    agreement = sign_all(agreement, told)
    verbs.move(agreement, AgreementState.RUNNING, "", told.writes)
    with pytest.raises(NotNow):
        verbs.move(agreement, AgreementState.ESCALATED, "Zomaar.", told.writes)
    with pytest.raises(Conflict):
        verbs.move(agreement, AgreementState.ENDED, "", told.writes)
    verbs.move(agreement, AgreementState.ENDED, "De partner stopt.", told.writes)
    with pytest.raises(NotNow):
        verbs.move(agreement, AgreementState.RUNNING, "", told.writes)
    assert again(agreement).state is AgreementState.ENDED


def test_terms_come_back_from_their_document_as_they_were(told):
    terms = a_draft(told).terms
    assert from_fields(terms.as_fields()) == terms
    assert digest(from_fields(terms.as_fields())) == digest(terms)
    assert isinstance(terms.budget, Decimal)
