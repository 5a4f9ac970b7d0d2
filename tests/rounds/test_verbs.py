from dataclasses import replace
from datetime import date, timedelta

import pytest

from consult.foundation import clock
from consult.foundation.errors import Conflict, NotFound, NotNow
from consult.policy import Act, Duty, Role, allows
from consult.rounds import planning, queries, rules, verbs
from consult.rounds.models import Level, PhaseKind, Verification
from consult.voting.verbs import create_poll
from tests.builders import (
    a_director_of,
    a_member_of_staff,
    a_phase,
    a_resident,
    a_round,
    acting,
    appoint,
    phase_of,
    reloaded,
    the_platform,
)
from tests.shows import shows

TEXT = verbs.RoundText(title="Groen", question="Waar komt groen?", introduction="**Lees** dit.")


def test_whoever_begins_a_round_directs_it(unit):
    person = a_member_of_staff(Role.DIRECTOR)
    made = verbs.create_round("groen", TEXT, acting(person))
    assert made.introduction_html == "<p><strong>Lees</strong> dit.</p>"
    assert allows(Act.PREPARE_ROUND, acting(person), made)
    assert not allows(Act.PREPARE_ROUND, acting(a_member_of_staff(Role.DIRECTOR)), made)


def test_an_address_is_used_once(unit):
    verbs.create_round("groen", TEXT, the_platform())
    with pytest.raises(Conflict, match="dit webadres"):
        verbs.create_round("groen", TEXT, the_platform())


def test_a_round_in_preparation_exists_only_for_those_who_serve_it(unit):
    made = a_round(state="draft")
    with pytest.raises(NotFound):
        queries.get_round(acting(a_resident()), made.slug)
    with pytest.raises(NotFound):
        queries.get_round(acting(None), made.slug)
    assert queries.get_round(a_director_of(made), made.slug) is made


def test_phases_that_overlap_are_refused(unit):
    made = a_round(state="draft")
    with pytest.raises(Conflict, match="lopen door elkaar"):
        planning.plan_phases(made, [a_phase(first=0, last=3), a_phase(first=3, last=5)], the_platform())


def test_a_phase_that_ends_before_it_begins_is_refused(unit):
    made = a_round(state="draft")
    with pytest.raises(Conflict, match="eindigt voordat"):
        planning.plan_phases(
            made, [planning.PhasePlan(PhaseKind.COLLECT, "X", date(2026, 2, 2), date(2026, 2, 1))], the_platform()
        )


def test_phases_are_fixed_once_people_have_read_them(unit):
    with pytest.raises(NotNow, match="liggen nu vast"):
        planning.plan_phases(a_round(), [a_phase()], the_platform())


FIXED = {
    "question": "Anders?",
    "can_influence": ("Alles",),
    "cannot_influence": (),
    "level": Level.ADVISE,
    "level_reason": "Wij beloven meer.",
    "decider": "Het college",
    "verification": Verification.NONE,
}


@pytest.mark.parametrize("name", FIXED)
def test_what_people_took_part_on_is_fixed_in_an_open_round(unit, name):
    made = a_round()
    held = {n: getattr(made, n) for n in verbs.RoundText.__dataclass_fields__}
    told = verbs.RoundText(**held | {"title": "Beter", "contact_name": "Sam"})
    verbs.describe_round(made, told, the_platform(), version=verbs.version_of(made))
    assert made.title == "Beter"
    with pytest.raises(NotNow, match="De ronde is open"):
        verbs.describe_round(made, replace(told, **{name: FIXED[name]}), the_platform(), version=verbs.version_of(made))


def test_planning_again_keeps_the_phase_of_a_poll(unit):
    made = a_round(state="draft", phases=PhaseKind.PRIORITISE)
    voting = phase_of(made, PhaseKind.PRIORITISE)
    create_poll(made, voting, the_platform(), title="Wat vindt u?")
    plans = [a_phase(PhaseKind.PREPARE, 0, 1), a_phase(PhaseKind.COLLECT, 2, 3), a_phase(PhaseKind.DRAFT, 4, 5)]
    planned = planning.plan_phases(made, [*plans, a_phase(PhaseKind.PRIORITISE, 6, 7, "Kiezen")], the_platform())
    assert planned[3] is voting
    assert [(p.position, p.kind) for p in reloaded(made).phases] == [(p.position, p.kind) for p in planned]
    assert [p.position for p in planned] == [1, 2, 3, 4]
    with pytest.raises(Conflict, match="Er is een steunpeiling in “Kiezen”"):
        planning.plan_phases(made, plans, the_platform())


def test_themes_are_renamed_and_added_but_never_taken_away(unit):
    made = a_round(state="draft", themes=("Groen", "Verkeer"))
    planning.set_themes(made, [planning.ThemePlan("t2", "Lopen"), planning.ThemePlan("t3", "Wonen")], the_platform())
    assert [t.name for t in queries.list_themes(made.id)] == ["Lopen", "Wonen", "Groen"]


def test_a_resident_cannot_be_appointed(unit):
    with pytest.raises(Conflict, match="die hier werken"):
        appoint(a_round(), a_resident())


@shows("R23")
def test_a_duty_that_ends_takes_its_rights_along(unit):
    made, person = a_round(), a_member_of_staff()
    held = appoint(made, person, Duty.MODERATOR)
    assert allows(Act.READ_QUEUE, acting(person), made)
    verbs.end_appointment(held, the_platform())
    assert not allows(Act.READ_QUEUE, acting(person), made)
    assert appoint(made, person, Duty.MODERATOR).ended_at is None


def test_a_phase_that_is_not_open_is_refused_with_the_dates(unit):
    made = a_round(phases=PhaseKind.PRIORITISE)
    with pytest.raises(NotNow, match="Dit kon tot en met"):
        verbs.hold_phase_for(made.id, Act.SUBMIT_PROPOSAL, clock.now())


@shows("R71")
def test_closing_by_hand_first_refuses_newcomers_and_then_is_final(unit):
    made = a_round(phases=PhaseKind.PRIORITISE)
    phase = phase_of(made, PhaseKind.PRIORITISE)
    verbs.begin_closing(phase, the_platform())
    with pytest.raises(NotNow):
        verbs.hold_phase(phase, clock.now())
    verbs.close_phase(phase, the_platform())
    assert phase.closed_at is not None
    for again in (verbs.begin_closing, verbs.close_phase):
        with pytest.raises(NotNow, match="al gesloten"):
            again(phase, the_platform())


@shows("R72")
def test_a_phase_cannot_be_finished_before_its_minute_of_grace(unit):
    made = a_round(phases=PhaseKind.PRIORITISE)
    phase = phase_of(made, PhaseKind.PRIORITISE)
    with clock.set_to(phase.closes_at + timedelta(seconds=59)), pytest.raises(NotNow, match="een minuut na"):
        verbs.close_phase(phase, the_platform())
    with clock.set_to(phase.closes_at + rules.GRACE):
        verbs.close_phase(phase, the_platform())


def test_what_the_public_sees_has_a_revision_that_rises(unit):
    made = a_round(state="draft")
    before = queries.get_revision(made.id)
    verbs.describe_round(made, TEXT, the_platform(), version=verbs.version_of(made))
    assert queries.get_revision(made.id) == before + 1


def test_the_round_comes_with_its_phases_in_order(unit):
    made = reloaded(a_round())
    assert [p.kind for p in made.phases] == [PhaseKind.COLLECT, PhaseKind.PRIORITISE, PhaseKind.SYNTHESISE]
