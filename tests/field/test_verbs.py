from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import select

from consult.field import connecting, matches, queries, reaching, rules, verbs
from consult.field.matches import get_asked_side
from consult.field.models import PartyKind, ReachKind, RelationKind, Ring
from consult.field.queries import get_map
from consult.foundation.db import session
from consult.foundation.errors import Conflict, NotFound, NotNow
from consult.foundation.mail import Mail
from consult.mandates.models import GateKind
from consult.rounds.models import PhaseKind, RoundState
from consult.synthesis.signing import list_uncovered
from tests.builders import a_director_of, a_phase, a_round, acting, an_area, the_platform
from tests.field.builders import a_party, a_sponsor_of, in_days, thought
from tests.participants.builders import an_organisation, somebody
from tests.shows import shows

pytestmark = pytest.mark.usefixtures("unit")


def a_round_in_two_phases():
    return a_round(phases=[a_phase(PhaseKind.COLLECT, -20, -11), a_phase(PhaseKind.PRIORITISE, -3, 10)])


@shows("S29")
def test_the_map_of_a_phase_that_is_past_stays_as_it_was():
    found = a_round_in_two_phases()
    party, director = a_party(found, "Waterschap"), a_director_of(found)
    then = acting_at(director, found.phases[0].opens_at + timedelta(days=1))
    verbs.assess(party, found, thought(influence=3, ring=Ring.KNOW), then)
    age = queries.find_map_age(found, director.arrived_at)
    assert (age.is_old, age.assessed, age.parties) == (True, 0, 1)
    verbs.assess(party, found, thought(influence=9), director)
    assert not queries.find_map_age(found, director.arrived_at).is_old
    old = get_map(found, director.arrived_at, found.phases[0].position)
    now = get_map(found, director.arrived_at)
    assert (old.seats[0].standing.influence, old.is_now) == (3, False)
    assert (now.seats[0].standing.influence, now.seats[0].before.influence) == (9, 3)
    assert now.seats[0].before.ring is Ring.KNOW


def acting_at(actor, at):
    return type(actor)(**{**vars(actor), "arrived_at": at})


@shows("S29")
def test_two_assessors_stand_side_by_side_and_who_is_far_apart_is_flagged():
    found = a_round()
    party, director, sponsor = a_party(found), a_director_of(found), a_sponsor_of(found)
    verbs.assess(party, found, thought(influence=8, interest=8), director)
    verbs.assess(party, found, thought(influence=5, interest=8), sponsor)
    seat = get_map(found, director.arrived_at).seats[0]
    assert (seat.standing.influence, seat.standing.assessors, seat.standing.is_apart) == (6.5, 2, False)
    verbs.assess(party, found, thought(influence=4, interest=8), sponsor)
    seat = get_map(found, director.arrived_at).seats[0]
    assert (seat.standing.assessors, seat.standing.is_apart) == (2, True)


@shows("S30")
def test_a_party_that_is_taken_off_leaves_the_map_of_now_and_stays_on_older_ones():
    found = a_round_in_two_phases()
    party, director = a_party(found, "De Krant", PartyKind.MEDIA), a_director_of(found)
    verbs.assess(party, found, thought(), acting_at(director, found.phases[0].opens_at))
    assert PartyKind.MEDIA not in get_map(found, director.arrived_at).missing
    verbs.take_off(party, director)
    assert get_map(found, director.arrived_at).seats == []
    assert PartyKind.MEDIA in get_map(found, director.arrived_at).missing
    assert len(get_map(found, director.arrived_at, found.phases[0].position).seats) == 1
    with pytest.raises(NotNow):
        verbs.assess(party, found, thought(), director)
    verbs.add_party(found, verbs.PartyTold("De Krant", PartyKind.MEDIA), director)
    assert len(get_map(found, director.arrived_at).seats) == 1


@shows("S30")
def test_a_party_that_was_assessed_in_this_phase_leaves_the_map_of_now_when_it_is_taken_off():
    found = a_round_in_two_phases()
    party, stays, director = a_party(found, "De Krant", PartyKind.MEDIA), a_party(found), a_director_of(found)
    verbs.assess(party, found, thought(), director)
    verbs.take_off(party, director)
    assert [one.party for one in get_map(found, director.arrived_at).seats] == [stays]
    assert PartyKind.MEDIA in get_map(found, director.arrived_at).missing
    age = queries.find_map_age(found, director.arrived_at)
    assert (age.assessed, age.parties) == (0, 1)


def test_a_party_stands_on_the_map_once_by_name_and_by_organisation():
    found = a_round()
    body, director = an_organisation("De Fietsers"), a_director_of(found)
    verbs.add_party(found, verbs.PartyTold(body.name, PartyKind.TARGET_GROUP, organisation=body), director)
    with pytest.raises(Conflict):
        verbs.add_party(found, verbs.PartyTold("Anders", PartyKind.MEDIA, organisation=body), director)
    with pytest.raises(Conflict):
        verbs.add_party(found, verbs.PartyTold("De Fietsers", PartyKind.MEDIA), director)
    other = a_party(found)
    with pytest.raises(Conflict):
        verbs.change_party(other, found, verbs.PartyTold("De Fietsers", PartyKind.MEDIA), director)


def test_who_is_affected_and_not_organised_is_answered_for_each_phase():
    found, now = a_round_in_two_phases(), the_platform()
    director = a_director_of(found)
    verbs.tell_unorganised(found, "Huurders zonder vereniging", acting_at(director, found.phases[0].opens_at))
    assert get_map(found, now.arrived_at).unorganised is None
    verbs.tell_unorganised(found, "Scholieren", director)
    verbs.tell_unorganised(found, "Scholieren en kinderen", director)
    assert get_map(found, now.arrived_at).unorganised.text == "Scholieren en kinderen"


def test_a_relation_has_a_source_and_a_day_and_can_end():
    found = a_round()
    one, other, director = a_party(found), a_party(found), a_director_of(found)
    told = {"source": "jaarverslag", "seen_on": in_days(-3)}
    made = verbs.relate(one, other, RelationKind.FUNDS, director, **told)
    with pytest.raises(Conflict):
        verbs.relate(one, other, RelationKind.FUNDS, director, **told)
    with pytest.raises(Conflict):
        verbs.relate(one, one, RelationKind.FUNDS, director, **told)
    with pytest.raises(Conflict):
        verbs.relate(one, a_party(a_round()), RelationKind.FUNDS, director, **told)
    with pytest.raises(Conflict):
        verbs.relate(other, one, RelationKind.FUNDS, director, source="x", seen_on=in_days(1))
    verbs.end_relation(made, found, director)
    assert queries.list_relations(found.id) == []
    verbs.relate(one, other, RelationKind.FUNDS, director, **told)


@shows("S31")
def test_a_contact_is_shared_only_after_both_said_yes():
    found, director = a_round(), None
    director = a_director_of(found)
    first, second = somebody(), somebody()
    one, other = an_organisation("", first), an_organisation("", second)
    made = connecting.introduce(found, one, other, "U zoekt chauffeurs, zij hebben ze.", director)
    with pytest.raises(Conflict):
        connecting.introduce(found, other, one, "Nog eens.", director)
    asked = get_asked_side(acting(first), one.slug, made.public_id)
    with pytest.raises(Conflict):
        connecting.answer_introduction(asked, "", acting(first), accepts=True)
    connecting.answer_introduction(asked, "Bel Fatma: 06-1", acting(first), accepts=True)
    assert not made_again(second, other, made).introduction.is_made
    theirs = made_again(second, other, made)
    connecting.answer_introduction(theirs, "Mail Sam", acting(second), accepts=True)
    after = made_again(second, other, made)
    assert after.introduction.is_made
    assert after.other.contact.words == "Bel Fatma: 06-1"
    with pytest.raises(NotNow):
        connecting.answer_introduction(after, "", acting(second), accepts=False)
    told = session().scalars(select(Mail.kind).where(Mail.kind.startswith("introduction")))
    assert Counter(told) == {"introduction_asked": 2, "introduction_made": 2}
    connecting.note_outcome(after.introduction, "Rit op zaterdag", director)
    connecting.introduce(found, one, other, "Een ander plan.", director)
    with pytest.raises(NotFound):
        get_asked_side(acting(somebody()), one.slug, made.public_id)


@shows("S31")
def test_an_introduction_that_nobody_answers_is_closed_and_asked_anew():
    found = a_round()
    director, first, second = a_director_of(found), somebody(), somebody()
    one, other = an_organisation("", first), an_organisation("", second)
    made = connecting.introduce(found, one, other, "U zoekt elkaar.", director)
    connecting.answer_introduction(made_again(first, one, made), "Bel mij", acting(first), accepts=True)
    connecting.note_outcome(made_again(second, other, made).introduction, "Geen antwoord", director)
    with pytest.raises(NotNow):
        connecting.answer_introduction(made_again(second, other, made), "Mail Sam", acting(second), accepts=True)
    again = connecting.introduce(found, one, other, "Toch nog eens.", director)
    connecting.answer_introduction(made_again(first, one, again), "", acting(first), accepts=False)
    with pytest.raises(NotNow):
        connecting.answer_introduction(made_again(second, other, again), "Mail Sam", acting(second), accepts=True)


@shows("S43")
@pytest.mark.parametrize("kept_inside", ["practice", "draft"])
def test_a_round_that_is_not_public_brings_no_organisations_together(kept_inside):
    found, member = a_round(), somebody()
    one, other, director = an_organisation("", member), an_organisation(""), a_director_of(found)
    made = connecting.introduce(found, one, other, "U zoekt elkaar.", director)
    assert len(matches.list_asked_of([one.id])) == 1
    if kept_inside == "practice":
        found.is_practice = True
    else:
        found.state = RoundState.DRAFT
    session().flush()
    with pytest.raises(NotNow):
        connecting.introduce(found, one, an_organisation(""), "U zoekt elkaar.", director)
    assert matches.list_asked_of([one.id]) == []
    with pytest.raises(NotFound):
        get_asked_side(acting(member), one.slug, made.public_id)


def made_again(person, body, made):
    session().flush()
    session().expire_all()
    return get_asked_side(acting(person), body.slug, made.public_id)


@shows("S11")
def test_a_partner_tells_in_its_own_words_what_it_offers_and_seeks():
    person = somebody()
    body = an_organisation("", person)
    actor = acting(person)
    connecting.write_partner(body, ["Chauffeurs", "chauffeurs", "Zaal"], ["Geld"], "Veel gereden.", "", actor)
    told = [(one.side.value, one.tag) for one in matches.list_offers([body.id])]
    assert told == [("offers", "Chauffeurs"), ("offers", "Zaal"), ("seeks", "Geld")]
    connecting.write_partner(body, ["Zaal"], [], "Nog meer.", "Zo deden we het.", actor)
    assert [one.tag for one in matches.list_offers([body.id])] == ["Zaal"]
    assert matches.find_partner_text(body.id).results == "Nog meer."
    for offers, seeks in ((["Zaal"], ["zaal"]), ([str(n) for n in range(21)], []), (["x" * 61], [])):
        with pytest.raises(Conflict):
            connecting.write_partner(body, offers, seeks, "", "", actor)


def test_counts_by_neighbourhood_and_age_are_of_the_same_people():
    found, director = a_round(), the_platform()
    with pytest.raises(Conflict):
        reaching.count_reach(found, {"BU1": 10}, {}, "lijsten", director)
    an_area("BU1")
    with pytest.raises(Conflict):
        reaching.count_reach(found, {"BU1": 10}, {"a0_15": 9}, "lijsten", director)
    with pytest.raises(Conflict):
        reaching.count_reach(found, {"BU1": -1}, {}, "lijsten", director)
    reaching.count_reach(found, {"BU1": 10}, {"a0_15": 4, "": 6}, "lijsten", director)
    reaching.count_reach(found, {"BU1": 12}, {"a0_15": 4, "": 8}, "lijsten", director)
    whole = queries.reach(found.id)
    assert {(one.kind.value, one.code): one.people for one in whole.counts} == {
        ("area", "BU1"): 12, ("age", "a0_15"): 4, ("age", ""): 8,
    }  # fmt: skip
    assert whole.unknown(ReachKind.AGE) == 8


def test_outreach_is_planned_ahead_and_told_once():
    found, director = a_round(), the_platform()
    for code, day in (("a0_15", -1), ("a0_99", 1)):
        with pytest.raises(Conflict):
            reaching.start_outreach(found, ReachKind.AGE, code, "Klas", in_days(day), director)
    made = reaching.start_outreach(found, ReachKind.AGE, "a0_15", "Klas", in_days(0), director)
    with pytest.raises(Conflict):
        reaching.finish_outreach(made, in_days(1), 12, "", director)
    reaching.finish_outreach(made, in_days(0), 12, "", director)
    with pytest.raises(NotNow):
        reaching.finish_outreach(made, in_days(0), 13, "", director)


@shows("S04")
def test_advice_past_its_day_keeps_gate_p3_shut_until_it_is_given_or_waived():
    found, director = a_round(), the_platform()
    department = a_party(found, "Juridische zaken", PartyKind.INTERNAL)
    given = reaching.ask_advice(found, department, "Mag dit?", in_days(0), director)
    waived = reaching.ask_advice(found, department, "En dit?", in_days(0), director)

    def late():
        return [one.count for one in list_uncovered(found.id) if one.list == "advice"]

    assert late() == []
    given.due_on = waived.due_on = in_days(-1)
    assert late() == [2]
    reaching.note_advice(given, "Ja.", in_days(0), director)
    assert late() == [1]
    reaching.waive_advice(waived, "De afdeling is ziek.", director)
    assert late() == []
    with pytest.raises(NotNow):
        reaching.note_advice(waived, "Toch ja.", in_days(0), director)
    assert GateKind.P3.code == "P3"


def test_advice_is_asked_of_a_department_on_the_map_alone():
    found, director = a_round(), the_platform()
    outside, elsewhere = a_party(found), a_party(a_round(), kind=PartyKind.INTERNAL)
    inside = a_party(found, kind=PartyKind.INTERNAL)
    for party, day in ((outside, 3), (elsewhere, 3), (inside, -1)):
        with pytest.raises(Conflict):
            reaching.ask_advice(found, party, "Mag dit?", in_days(day), director)
    assert rules.map_phase(found.phases, director.arrived_at).kind is PhaseKind.COLLECT
