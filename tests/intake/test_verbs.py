from datetime import timedelta

import pytest
from sqlalchemy import func, select

from consult.audit.models import Entry
from consult.audit.queries import list_entries_on
from consult.contributions.models import Channel, Contribution, State
from consult.contributions.queries import list_versions
from consult.foundation import clock
from consult.foundation.errors import Conflict, NotAllowed, NotNow
from consult.foundation.text import sanitize
from consult.intake import queries, verbs
from consult.intake.models import Intake, PaperReply
from consult.intake.verbs import Correction, Told
from consult.pages.queries import count_work
from consult.participants.models import Person
from consult.policy import Act
from consult.rounds.models import PhaseKind
from consult.rounds.queries import get_revision
from tests.builders import a_moderator_of, a_round, phase_of
from tests.intake.builders import a_form, an_idea, forms
from tests.shows import shows


@shows("S48")
def test_staff_type_in_a_letter_that_came_in_time(unit):
    found = a_round()
    moderator = a_moderator_of(found)
    came = phase_of(found, PhaseKind.COLLECT).opens_at
    told = {"received_at": came, "reference": "B-7", "writer": "Mevrouw De Wit"}
    new = a_form(found, moderator, channel=Channel.LETTER, **told).first
    assert (new.channel, new.received_at, new.reference) == (Channel.LETTER, came, "B-7")
    assert new.entered_by_id == moderator.person_id
    writer = unit.get_one(Person, new.author_id)
    assert (writer.name, writer.account_id) == ("Mevrouw De Wit", None)


def test_a_letter_without_a_name_has_no_author(unit):
    assert a_form(a_round()).first.author_id is None


@shows("L36")
def test_one_paper_form_can_hold_several_ideas(unit):
    found = a_round()
    form = a_form(found, ideas=3, writer="Jo", place="Buurthuis")
    kept = queries.get_form(a_moderator_of(found), found.slug, form.id)
    assert [item.position for item in kept.items] == [1, 2, 3]
    assert len({item.contribution.public_id for item in kept.items}) == 3
    assert len({item.contribution.author_id for item in kept.items}) == 1
    assert len(unit.scalars(select(Person).where(Person.name == "Jo")).all()) == 1


@shows("L36")
def test_what_was_written_in_another_language_is_kept_beside_its_translation(unit):
    found = a_round()
    idea = an_idea(text="Zet er een bankje.", original="Postawcie tam ławkę.")
    item = verbs.enter_on_behalf(found, a_moderator_of(found), Told(Channel.LETTER, language="pl"), [idea]).items[0]
    assert (item.contribution.text, item.contribution.language) == ("Zet er een bankje.", "nl")
    assert (item.original, item.original_language) == ("Postawcie tam ławkę.", "pl")


def test_a_text_that_nobody_translated_keeps_its_language(unit):
    assert a_form(a_round(), language="tr").first.language == "tr"


@shows("L36")
@pytest.mark.parametrize("told", [{"writer": "Sem"}, {"writer": "Sem", "address": "Dorpsstraat 1"}])
def test_of_pupils_no_names_and_addresses_are_kept(unit, told):
    with pytest.raises(Conflict):
        a_form(a_round(), channel=Channel.SCHOOL, place="De Springplank, groep 7", **told)


def test_the_record_of_a_meeting_is_approved_or_says_that_it_is_not(unit):
    found = a_round()
    assert a_form(found, channel=Channel.MEETING, is_approved=True).is_approved is True
    assert a_form(found, channel=Channel.WORKSHOP).is_approved is False
    assert a_form(found, channel=Channel.LETTER).is_approved is None


def test_what_counts_is_when_a_letter_came_in_not_when_it_is_typed(unit):
    found = a_round(phases=PhaseKind.PRIORITISE)
    moderator, collecting = a_moderator_of(found), phase_of(found, PhaseKind.COLLECT)
    assert a_form(found, moderator, received_at=collecting.opens_at)
    for moment in (collecting.closes_at, None):
        with pytest.raises(NotNow):
            a_form(found, moderator, received_at=moment)
    with pytest.raises(Conflict):
        a_form(found, moderator, received_at=clock.now() + timedelta(days=1))


@pytest.mark.parametrize("state", ["draft", "closed"])
def test_nothing_is_entered_in_a_round_that_is_not_open(unit, state):
    with pytest.raises(NotNow):
        a_form(a_round(state=state))


def test_it_waits_for_a_moderator_where_everything_does(unit):
    assert a_form(a_round(holds_first=True)).first.state is State.HELD
    found = a_round()
    before = get_revision(found.id)
    assert a_form(found).first.state is State.PUBLISHED
    assert get_revision(found.id) > before


def test_entering_is_journalled_without_a_word_of_it(unit):
    form = a_form(a_round(), writer="Mevrouw De Wit", address="Dorpsstraat 1", note="Belde terug")
    [entry] = list_entries_on(form.first.id)
    assert entry.act == Act.ENTER_ON_BEHALF
    assert entry.facts["channel"] == "paper"
    assert not [word for word in ("Wit", "Dorps", "Belde", "bank") if word in str(entry.facts)]


# --- the second look ---


def test_one_in_ten_is_looked_at_again_wherever_it_stands(unit):
    found = a_round()
    entered = forms(found, 40)
    for ten in range(0, 40, 10):
        assert sum(form.is_sampled for form in entered[ten : ten + 10]) == 1
    assert count_work([found.id])[found.id].unchecked == 4
    places = {place % 10 for place, form in enumerate(entered + forms(found, 40)) if form.is_sampled}
    assert len(places) > 1  # nobody can know it beforehand


def sampled(found, actor=None):
    return next(form for form in forms(found, 10, actor) if form.is_sampled)


def whole(found, form):
    return queries.get_form(a_moderator_of(found), found.slug, form.id)


def test_a_second_person_says_that_it_is_right(unit):
    found = a_round()
    form, second = sampled(found), a_moderator_of(found)
    verbs.confirm_form(form, second)
    assert (form.was_right, form.checked_by_id) == (True, second.person_id)
    assert count_work([found.id])[found.id].unchecked == 0
    assert queries.count_forms(found.id) == (10, 1, 0, 0)


def test_whoever_entered_a_form_never_checks_it(unit):
    found = a_round()
    first = a_moderator_of(found)
    form = sampled(found, first)
    with pytest.raises(NotAllowed):
        verbs.confirm_form(form, first)
    with pytest.raises(NotAllowed):
        verbs.correct_form(form, first, [])
    assert form.checked_at is None


def test_a_form_is_checked_once_and_only_when_it_was_chosen(unit):
    found = a_round()
    form = sampled(found)
    verbs.confirm_form(form, a_moderator_of(found))
    with pytest.raises(Conflict):
        verbs.confirm_form(form, a_moderator_of(found))
    other = unit.scalars(select(Intake).where(Intake.is_sampled.is_(False))).first()
    with pytest.raises(NotNow):
        verbs.confirm_form(other, a_moderator_of(found))


def correction(contribution, text, version=None):
    return Correction(contribution, contribution.title, text, sanitize(text), version or contribution.version)


def test_a_correction_is_a_new_version_and_the_old_one_stays(unit):
    found = a_round()
    form = whole(found, sampled(found))
    one, second = form.first, a_moderator_of(found)
    before = get_revision(found.id)
    verbs.correct_form(form, second, [correction(one, "Zet er twee bankjes.")])
    assert [version.text for version in list_versions(one.id)] == ["Zet er twee bankjes.", "Zet er een bankje."]
    assert (one.text, one.version, form.was_right) == ("Zet er twee bankjes.", 2, False)
    assert get_revision(found.id) > before
    assert queries.count_forms(found.id) == (10, 1, 1, 0)
    acts = [entry.act for entry in unit.scalars(select(Entry).where(Entry.actor_id == second.person_id))]
    assert acts.count(Act.CHECK_INTAKE) == 2


def test_a_correction_that_changes_nothing_or_comes_too_late_is_refused(unit):
    found = a_round()
    form = whole(found, sampled(found))
    second = a_moderator_of(found)
    with pytest.raises(Conflict):
        verbs.correct_form(form, second, [correction(form.first, form.first.text)])
    with pytest.raises(Conflict, match="opgeslagen terwijl u schreef"):
        verbs.correct_form(form, second, [correction(form.first, "Anders.", version=7)])
    form.first.state = State.REFUSED
    unit.flush()
    with pytest.raises(NotNow):
        verbs.correct_form(form, second, [correction(form.first, "Anders.")])
    assert form.checked_at is None


# --- replies on paper ---


def test_a_writer_who_wants_a_reply_stands_on_the_list_until_it_was_sent(unit):
    found = a_round()
    moderator = a_moderator_of(found)
    form = a_form(found, moderator, ideas=2, writer="Jo", address="Dorpsstraat 1\n1234 AB Wilgendrecht")
    a_form(found, moderator, writer="Ben")
    [reply] = queries.list_replies(found.id).items
    assert (reply.intake.writer.name, len(reply.intake.items)) == ("Jo", 2)
    picked = queries.pick_replies(found, [form.id])
    assert verbs.mark_sent(found, picked, moderator) == 1
    unit.expire_all()
    assert verbs.mark_sent(found, queries.pick_replies(found, [form.id]), moderator) == 0
    assert unit.get_one(PaperReply, form.id).sent_by_id == moderator.person_id


def test_a_reply_of_another_round_is_not_picked(unit):
    found, other = a_round(), a_round()
    form = a_form(found, writer="Jo", address="Dorpsstraat 1")
    assert queries.pick_replies(other, [form.id]) == []


def test_an_address_needs_a_name_and_is_forgotten_after_the_reply(unit):
    found = a_round()
    moderator = a_moderator_of(found)
    with pytest.raises(Conflict):
        a_form(found, moderator, address="Dorpsstraat 1")
    sent = a_form(found, moderator, writer="Jo", address="Dorpsstraat 1")
    waiting = a_form(found, moderator, writer="Ben", address="Dorpsstraat 2")
    verbs.mark_sent(found, queries.pick_replies(found, [sent.id]), moderator)
    assert verbs.forget_addresses(clock.now() + timedelta(days=89)) == 0
    assert verbs.forget_addresses(clock.now() + timedelta(days=91)) == 1
    unit.expire_all()
    addresses = {reply.intake_id: reply.address for reply in unit.scalars(select(PaperReply))}
    assert addresses == {sent.id: "", waiting.id: "Dorpsstraat 2"}


def test_what_came_in_is_counted_per_way_in_and_state(unit):
    found = a_round()
    moderator = a_moderator_of(found)
    forms(found, 2, moderator)
    a_form(found, moderator, channel=Channel.DESK).first.state = State.REFUSED
    unit.flush()
    assert queries.count_channels(found.id) == {
        (Channel.PAPER, State.PUBLISHED): 2,
        (Channel.DESK, State.REFUSED): 1,
    }
    assert unit.scalar(select(func.count(Contribution.id))) == 3
