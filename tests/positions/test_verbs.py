from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from consult.audit.models import Entry
from consult.audit.queries import list_entries_on
from consult.contributions.attaching import show
from consult.contributions.models import Contribution, Kind, SignalKind, State
from consult.contributions.queries import get_contribution, list_files_of, list_versions, visible_to
from consult.foundation import clock
from consult.foundation.db import add, session
from consult.foundation.errors import Conflict, NotAllowed, NotFound, NotNow
from consult.foundation.files import Incoming
from consult.moderation.models import Ground
from consult.moderation.queries import list_signals
from consult.moderation.verbs import confirm_refusal, propose_refusal, publish
from consult.participants import organisations
from consult.policy import Act, MemberDuty, allows
from consult.positions import queries, rules, verbs
from consult.positions.models import Position, PositionDraft
from consult.rounds.models import PhaseKind, RoundState
from consult.rounds.queries import get_revision
from consult.rounds.verbs import set_state
from tests.builders import a_director_of, a_moderator_of, a_resident, acting, phase_of, the_platform
from tests.moderation.builders import taken_away
from tests.participants.builders import an_organisation, join, somebody
from tests.positions.builders import (
    a_mandate,
    a_position,
    a_round_with_statements,
    a_text,
    draft,
    mails,
    on,
    position_of,
    signed,
    submit,
    writing,
)
from tests.shows import shows

# --- writing together ---


def test_what_one_member_kept_another_one_goes_on_with(round_, body, chair):
    member = somebody()
    join(body, member)
    draft(round_, body, member, a_text(round_, text="Een begin."))
    place = writing(round_, body, chair)
    assert rules.from_fields(place.draft.fields).text == "Een begin."
    assert (place.draft.version, place.draft.written_by_id) == (1, member.id)


def test_a_draft_exists_for_members_alone(round_, body, chair):
    draft(round_, body, chair)
    for other in (a_resident(), somebody()):
        with pytest.raises(NotFound):
            writing(round_, body, other)
    for actor in (a_director_of(round_), a_moderator_of(round_)):
        with pytest.raises(NotFound):
            queries.get_writing(actor, round_.slug, body.slug)
    assert queries.list_drafts(acting(somebody()), round_.id) == []


def test_two_who_write_at_once_lose_nothing(round_, body, chair):
    member = somebody()
    join(body, member)
    mine, theirs = writing(round_, body, chair), writing(round_, body, member)
    verbs.save_draft(mine, a_text(round_, text="Mijn tekst.", themes={0: on(2, 3, "Bomen.")}), acting(chair), version=0)
    with pytest.raises(Conflict) as refusal:
        verbs.save_draft(theirs, a_text(round_, text="Andere tekst."), acting(member), version=0)
    assert "Mijn tekst." in refusal.value.theirs
    assert "Bomen." in refusal.value.theirs
    assert "Andere tekst." in refusal.value.yours


def test_the_same_text_again_is_no_conflict(round_, body, chair):
    place = draft(round_, body, chair)
    verbs.save_draft(place, a_text(round_), acting(chair), version=0)
    assert writing(round_, body, chair).draft.version == 1


def test_a_draft_may_be_as_unfinished_as_can_be_and_is_what_was_typed(round_, body, chair):
    told = rules.PositionTold(themes={round_.themes[0].id: on(None, 3, "Nog niet zeker.")})
    place = draft(round_, body, chair, told)
    assert rules.from_fields(place.draft.fields) == told


def test_nothing_can_be_said_of_a_theme_of_another_round_or_without_a_statement(round_, body, chair):
    elsewhere = a_round_with_statements()
    place = writing(round_, body, chair)
    silent = round_.themes[1]
    silent.statement = ""
    for theme in (elsewhere.themes[0], silent):
        with pytest.raises(Conflict):
            verbs.save_draft(place, rules.PositionTold(themes={theme.id: on()}), acting(chair), version=0)


def test_nothing_is_written_for_a_round_that_is_over(round_, body, chair):
    place = writing(round_, body, chair)
    set_state(round_, RoundState.CLOSED)
    with pytest.raises(NotNow):
        verbs.save_draft(place, a_text(round_), acting(chair), version=0)


def test_the_director_does_not_read_of_a_draft_in_the_journal(unit, round_, body, chair):
    draft(round_, body, chair)
    written = unit.scalars(select(Entry).where(Entry.act == Act.WRITE_POSITION)).all()
    assert [entry.round_id for entry in written] == [None]


# --- sending in ---


@shows("S49")
def test_a_representative_sends_in_what_the_members_wrote(unit, round_, body, chair):
    before = get_revision(round_.id)
    told = a_text(round_, {0: on(2, 3, "Plant **bomen**."), 1: on(-1, 1)}, interests="Wij huren grond.", has_none=False)
    new = submit(round_, body, chair, told)
    assert (new.kind, new.state, new.author_id, new.organisation_id) == (
        Kind.POSITION,
        State.PUBLISHED,
        None,
        body.id,
    )
    assert new.title == "Groen aan Zet"
    assert new.text == "Geef groen de ruimte.\n\n### Groen\n\nPlant **bomen**."
    assert new.html.endswith("<h3>Groen</h3>\n<p>Plant <strong>bomen</strong>.</p>")
    [version] = queries.list_position_versions(new.id)
    assert (version.mandate_body, version.signatory_name, version.interests) == (
        "bestuur",
        "M. de Wit",
        "Wij huren grond.",
    )
    assert {row.theme.name: (row.stance, row.weight) for row in version.themes} == {"Groen": (2, 3), "Verkeer": (-1, 1)}
    assert get_revision(round_.id) == before + 1
    [mail] = mails(unit, "position_submitted")
    assert (mail.recipient_id, mail.facts) == (chair.id, {"contribution": str(new.id)})
    [entry] = [one for one in list_entries_on(new.id) if one.act == Act.SUBMIT_POSITION]
    assert entry.facts["stances"] == {"t1": 2, "t2": -1}
    assert "groen de ruimte" not in str(entry.facts).lower()


def test_in_a_round_that_holds_what_comes_in_it_waits_and_its_members_see_it(unit, chair):
    found = a_round_with_statements(holds_first=True)
    body, member = an_organisation("Groen", chair), somebody()
    join(body, member)
    new = submit(found, body, chair)
    assert new.state is State.HELD
    assert get_contribution(acting(member), found.slug, new.public_id) is new
    for other in (None, a_resident(), somebody()):
        with pytest.raises(NotFound):
            get_contribution(acting(other), found.slug, new.public_id)
        with pytest.raises(NotFound):
            queries.get_position(acting(other), found.slug, new.public_id)
    publish(new, a_moderator_of(found))
    assert queries.get_position(acting(None), found.slug, new.public_id).organisation is body


def kinds(one):
    session().flush()
    return {signal.kind for signal in list_signals(one.id) if signal.cleared_at is None}


def test_where_moderators_read_first_they_are_told_of_a_next_version_and_see_its_files_first(unit, chair):
    found = a_round_with_statements(holds_first=True)
    body = an_organisation("Groen", chair)
    new = submit(found, body, chair)
    publish(new, a_moderator_of(found))
    place = writing(found, body, chair)
    verbs.save_draft(place, a_text(found, text="Nu anders."), acting(chair), version=1)
    file = Incoming("plan.pdf", "application/pdf", 100, f"{1:064x}", f"{1:032x}")
    verbs.submit(writing(found, body, chair), acting(chair), version=2, files=[file])
    assert new.is_public
    assert kinds(new) == {SignalKind.ADDED}
    [added] = list_files_of(new.id)
    assert added.waits_to_be_seen
    added.contribution = new
    show(added, a_moderator_of(found))
    assert kinds(new) == {SignalKind.ADDED}, "the new text is still to be read"


def test_an_organisation_that_was_not_verified_writes_and_waits(round_, chair):
    body = an_organisation("Groen", chair, state="asked")
    place = draft(round_, body, chair)
    with pytest.raises(NotNow):
        verbs.submit(place, acting(chair), version=1)
    organisations.verify(body, the_platform())
    assert verbs.submit(writing(round_, body, chair), acting(chair), version=1).is_public


def test_what_lacks_is_said_in_sentences(round_, body, chair):
    place = draft(round_, body, chair, rules.PositionTold(themes={round_.themes[0].id: on(1, None)}))
    with pytest.raises(Conflict) as refusal:
        verbs.submit(place, acting(chair), version=1)
    assert len(rules.lacks(rules.from_fields(place.draft.fields), round_.themes, clock.now().date())) == 7
    assert "Groen" in refusal.value.sentence


def test_a_mandate_of_tomorrow_is_none(round_, body, chair):
    place = draft(round_, body, chair, a_text(round_, mandate=a_mandate(-1)))
    with pytest.raises(Conflict):
        verbs.submit(place, acting(chair), version=1)
    submit(round_, body, chair, a_text(round_, mandate=a_mandate(0)))


def test_having_interests_and_having_none_is_not_both_true(round_, body, chair):
    place = draft(round_, body, chair, a_text(round_, interests="Grond.", has_none=True))
    with pytest.raises(Conflict):
        verbs.submit(place, acting(chair), version=1)


def test_what_was_looked_at_is_what_is_sent_in(round_, body, chair):
    draft(round_, body, chair)
    place = draft(round_, body, chair, a_text(round_, text="Iets anders."))
    with pytest.raises(Conflict):
        verbs.submit(place, acting(chair), version=1)
    assert "Iets anders." in verbs.submit(place, acting(chair), version=2).text


@pytest.mark.parametrize(
    ("kind", "fits"), [(PhaseKind.COLLECT, True), (PhaseKind.PRIORITISE, True), (PhaseKind.SYNTHESISE, False)]
)
def test_positions_come_in_until_sorting_begins(unit, chair, kind, fits):
    found = a_round_with_statements(phases=kind)
    body = an_organisation("Groen", chair)
    place = draft(found, body, chair)
    if fits:
        assert verbs.submit(place, acting(chair), version=1).is_public
        return
    with pytest.raises(NotNow) as refusal:
        verbs.submit(place, acting(chair), version=1)
    assert str(phase_of(found, PhaseKind.PRIORITISE).last_day.year) in refusal.value.sentence


def test_the_database_keeps_one_position_for_each_organisation_and_round(unit, round_, body, chair):
    new = submit(round_, body, chair)
    other = a_position(round_)
    with pytest.raises(IntegrityError), unit.begin_nested():
        add(Position(contribution_id=other.id, organisation_id=body.id, round_id=round_.id))
    with pytest.raises(IntegrityError), unit.begin_nested():
        add(PositionDraft(organisation_id=body.id, round_id=round_.id, fields={}, written_at=clock.now()))
    assert unit.get(Position, new.id)


@pytest.mark.parametrize(("stance", "weight"), [(3, 1), (-3, 1), (0, 4), (0, -1)])
def test_the_database_keeps_stances_and_weights_within_their_scale(unit, round_, body, chair, stance, weight):
    place = draft(round_, body, chair, a_text(round_, {0: on(stance, weight)}))
    with pytest.raises((IntegrityError, KeyError)), unit.begin_nested():
        verbs.submit(place, acting(chair), version=1)


# --- changing and taking back ---


def test_a_change_is_a_next_version_and_the_old_stances_stay(round_, body, chair):
    new = submit(round_, body, chair, a_text(round_, {0: on(2, 3)}))
    again = submit(round_, body, chair, a_text(round_, {0: on(-2, 1)}, text="Toch niet."))
    assert again.id == new.id
    assert (again.version, again.text) == (2, "Toch niet.")
    assert [version.text for version in list_versions(new.id)] == ["Toch niet.", "Geef groen de ruimte."]
    later, earlier = queries.list_position_versions(new.id)
    assert [(row.stance, row.weight) for row in (*later.themes, *earlier.themes)] == [(-2, 1), (2, 3)]


def test_the_same_again_is_not_a_version(round_, body, chair):
    submit(round_, body, chair)
    with pytest.raises(NotNow):
        submit(round_, body, chair)


def test_a_position_that_was_taken_back_shows_that_and_no_longer_its_text(round_, body, chair):
    new = submit(round_, body, chair)
    verbs.withdraw(position_of(new, round_), "Ons bestuur is van mening veranderd.", acting(chair))
    found = queries.get_position(acting(None), round_.slug, new.public_id)
    assert found.withdrawn_because == "Ons bestuur is van mening veranderd."
    assert not queries.is_readable(found, acting(None))
    assert queries.is_readable(found, acting(chair))
    assert queries.is_readable(found, a_moderator_of(round_))
    with pytest.raises(NotFound):
        queries.get_readable(acting(None), round_.slug, new.public_id)
    with pytest.raises(NotFound):
        get_contribution(acting(None), round_.slug, new.public_id)
    assert queries.list_positions(acting(None), round_, "name").total == 0
    assert [one.organisation_id for one in queries.list_withdrawn(round_.id)] == [body.id]
    with pytest.raises(NotNow):
        verbs.withdraw(position_of(new, round_), "Nog eens.", acting(chair))


def test_one_that_never_was_public_is_taken_back_in_silence(unit, chair):
    found = a_round_with_statements(holds_first=True)
    new = submit(found, an_organisation("Groen", chair), chair)
    verbs.withdraw(position_of(new, found), "Te vroeg.", acting(chair))
    assert queries.list_withdrawn(found.id) == []
    with pytest.raises(NotFound):
        queries.get_position(acting(None), found.slug, new.public_id)


def test_what_was_taken_back_can_be_sent_in_again(round_, body, chair):
    new = submit(round_, body, chair)
    verbs.withdraw(position_of(new, round_), "Even niet.", acting(chair))
    place = writing(round_, body, chair)
    again = verbs.submit(place, acting(chair), version=place.draft.version)
    assert (again.id, again.state, again.version) == (new.id, State.PUBLISHED, 2)
    assert queries.list_withdrawn(round_.id) == []


def test_a_mandate_can_end_after_sorting_began_but_not_after_the_round(unit, chair):
    found = a_round_with_statements()
    new = submit(found, an_organisation("Groen", chair), chair)
    set_state(found, RoundState.CLOSED)
    with pytest.raises(NotNow):
        verbs.withdraw(position_of(new, found), "Te laat.", acting(chair))
    set_state(found, RoundState.OPEN)
    verbs.withdraw(position_of(new, found), "Op tijd.", acting(chair, clock.now() + timedelta(days=30)))


def test_moderators_hold_and_refuse_a_position_like_anything_else(round_, body, chair):
    new, first, second = submit(round_, body, chair), a_moderator_of(round_), a_moderator_of(round_)
    taken_away(new, first)
    assert queries.list_positions(acting(None), round_, "name").total == 0
    publish(new, first)
    confirm_refusal(propose_refusal(new, Ground.ADVERTISING, "Dit is reclame.", first), second)
    with pytest.raises(NotNow):
        submit(round_, body, chair, a_text(round_, text="Toch weer."))


# --- who may ---


@shows("S01", "S49")
def test_an_organisation_speaks_by_positions_and_a_resident_for_oneself(round_, body, chair):
    member, resident = somebody(), a_resident()
    join(body, member)
    place = writing(round_, body, chair)
    resident_acts = (Act.CAST_VOTE, Act.SUBMIT_PROPOSAL, Act.ADD_ARGUMENT)
    assert [allows(act, acting(chair), round_) for act in resident_acts] == [False] * 3
    assert [allows(act, acting(resident), round_) for act in resident_acts] == [True] * 3
    assert [allows(Act.SUBMIT_POSITION, acting(one), place) for one in (chair, member, resident)] == [
        True,
        False,
        False,
    ]
    assert [allows(Act.WRITE_POSITION, acting(one), place) for one in (chair, member, resident)] == [True, True, False]


@shows("R22")
def test_nothing_of_another_organisation_or_round_is_seen(unit, chair):
    ours, elsewhere = a_round_with_statements(holds_first=True), a_round_with_statements(holds_first=True)
    body, other, stranger = an_organisation("Kanarie A", chair), an_organisation("Kanarie B"), somebody()
    join(other, stranger, MemberDuty.REPRESENTATIVE)
    own, theirs = submit(ours, body, chair), submit(ours, other, stranger, a_text(ours, text="KANARIE B"))
    third = submit(elsewhere, other, stranger, a_text(elsewhere, text="KANARIE C"))
    seen = set(unit.scalars(select(Contribution.id).where(visible_to(acting(chair)))))
    assert seen == {own.id}
    assert set(unit.scalars(select(Contribution.id).where(visible_to(a_moderator_of(ours))))) == {own.id, theirs.id}
    assert third.id in set(unit.scalars(select(Contribution.id).where(visible_to(acting(stranger)))))


@shows("R23")
def test_who_is_no_longer_a_member_sees_and_does_nothing_of_it(unit, chair):
    found = a_round_with_statements(holds_first=True)
    body, second = an_organisation("Groen", chair), somebody()
    join(body, second, MemberDuty.REPRESENTATIVE)
    new = submit(found, body, second)
    other = a_position(found)
    publish(other, a_moderator_of(found))
    [sign] = signed(other, found, body, second)
    position = position_of(new, found)
    mine = next(one for one in organisations._memberships_of(body.id) if one.person_id == second.id)
    assert allows(Act.WITHDRAW_POSITION, acting(second), position)
    assert allows(Act.WITHDRAW_SIGNATURE, acting(second), sign)
    organisations.remove(mine, acting(chair))
    for load in (queries.get_position, get_contribution):
        with pytest.raises(NotFound):
            load(acting(second), found.slug, new.public_id)
    with pytest.raises(NotFound):
        writing(found, body, second)
    assert not allows(Act.WITHDRAW_POSITION, acting(second), position)
    files = (Act.ATTACH_FILE, Act.REMOVE_FILE)
    assert [allows(act, acting(chair), position.contribution) for act in files] == [True, True]
    assert not any(allows(act, acting(second), position.contribution) for act in files)
    assert not allows(Act.WITHDRAW_SIGNATURE, acting(second), sign)
    with pytest.raises(NotAllowed):
        verbs.co_sign(position_of(other, found), body, [found.themes[0].id], a_mandate(), acting(second), number=1)
