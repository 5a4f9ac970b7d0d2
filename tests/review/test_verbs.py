from datetime import timedelta

import pytest
from sqlalchemy import select

from consult.audit.models import Entry
from consult.contributions.models import Contribution
from consult.foundation import clock
from consult.foundation.db import session
from consult.foundation.errors import Conflict, NotAllowed, NotFound, NotNow
from consult.foundation.mail import Mail
from consult.foundation.workdays import is_workday, next_workday
from consult.participants.models import Person
from consult.policy import Act, MemberDuty
from consult.privacy.queries import gather
from consult.privacy.verbs import erase
from consult.review import queries, rules, verbs
from consult.review.models import FormalView, Verdict, ViewState, Way
from consult.rounds.models import PHASE_ACTS, PhaseKind, RoundState
from consult.rounds.verbs import set_state
from consult.synthesis.models import DraftState
from tests.builders import a_director_of, a_resident, a_round, acting, reloaded
from tests.participants.builders import an_organisation, join, somebody
from tests.review import builders
from tests.review.builders import (
    a_desk,
    a_letter,
    a_public_note,
    a_published_draft,
    a_reviewed_round,
    a_view,
    answered,
    judged,
    today,
)
from tests.shows import shows

pytestmark = pytest.mark.usefixtures("unit")

DAY = timedelta(days=1)


def mails(kind):
    return session().scalars(select(Mail).where(Mail.kind == kind)).all()


def acts():
    return [entry.act for entry in session().scalars(select(Entry).order_by(Entry.position))]


# --- the term ---


@shows("L08")
def test_a_term_needs_the_notice_in_the_gazette():
    found = a_reviewed_round(5)
    director, draft = a_director_of(found), a_published_draft(found)
    day = today() + 5 * DAY
    for reference, url in (("", "https://gazette.test/1"), ("gmb-1", "")):
        told = verbs.TermTold(draft, reference, url, day, day)
        with pytest.raises(Conflict, match=r"notice|kennisgeving"):
            verbs.set_term(found, told, director)
    term = verbs.set_term(found, verbs.TermTold(draft, "gmb-1", "https://gazette.test/1", day, day - DAY), director)
    assert term.first_day == day
    assert term.last_day == next_workday(day + timedelta(days=41))


def test_a_term_is_about_a_published_version_of_its_own_round():
    found, other = a_reviewed_round(5), a_reviewed_round(5)
    director, draft = a_director_of(found), a_published_draft(found)
    draft.state = DraftState.CONCEPT
    for one in (draft, a_published_draft(other)):
        with pytest.raises(Conflict):
            builders.a_term(found, director, first=5, draft=one)


def test_a_term_can_be_corrected_until_it_begins_and_not_after():
    desk = a_desk(first=5)
    later = builders.a_term(desk.round, desk.director, first=7, draft=desk.term.draft_id and _draft(desk))
    assert later.id == desk.term.id
    assert later.first_day == today() + 7 * DAY
    begun = a_desk(first=0)
    with pytest.raises(NotNow):
        builders.a_term(begun.round, begun.director, first=3, draft=_draft(begun))


def _draft(desk):
    return queries.find_term(desk.round.id).draft


@shows("L03")
def test_a_term_knows_no_votes():
    assert all(PhaseKind.FORMAL_REVIEW not in kinds for kinds in PHASE_ACTS.values())
    desk = a_desk()
    a_view(desk)
    assert session().scalars(select(Contribution)).all() == []  # nothing that a poll could hold


@shows("L07")
def test_an_outage_extends_the_term_and_everybody_can_read_why():
    desk = a_desk(first=-41)
    term = queries.find_term(desk.round.id)
    now = clock.now()
    told = {"began_at": now - timedelta(hours=3), "ended_at": now - timedelta(hours=1)}
    with pytest.raises(Conflict):
        verbs.note_outage(term, desk.director, **told, reason="  ", extends_to=term.ends_on + DAY)
    with pytest.raises(Conflict):
        verbs.note_outage(term, desk.director, **told, reason="Storing", extends_to=term.ends_on)
    verbs.note_outage(term, desk.director, **told, reason="Storing", extends_to=term.ends_on + DAY)
    assert term.ends_on == next_workday(term.last_day + DAY)
    assert is_workday(term.ends_on)
    verbs.note_outage(term, desk.director, **told, reason="Nog een, zonder gevolg")
    again = queries.find_term(desk.round.id)
    session().expire(again)
    assert len(queries.find_term(desk.round.id).outages) == 2
    assert queries.find_term(desk.round.id).ends_on == next_workday(again.last_day + DAY)


# --- receiving ---


@shows("L07")
def test_a_formal_view_gets_a_number_and_a_receipt_with_the_whole_text_at_once():
    desk, person = a_desk(), a_resident()
    first, second = a_view(desk, person), a_view(desk)
    assert (first.number, second.number) == (1, 2)
    assert first.state is ViewState.ACKNOWLEDGED
    receipt = mails("formal_view_received")[0]
    assert receipt.recipient_id == person.id
    assert receipt.facts == {"view": str(first.id)}
    entry = session().scalars(select(Entry).where(Entry.act == Act.SUBMIT_VIEW.value, Entry.subject_id == first.id))
    assert entry.one().facts["text"] == rules.fingerprint(first)


def test_numbers_run_from_one_in_each_round_and_without_a_gap():
    desk, other = a_desk(), a_desk()
    made = [a_view(desk), a_letter(desk), a_view(desk)]
    verbs.withdraw_view(made[0], acting(_author(made[0])))
    assert [view.number for view in [*made, a_view(desk)]] == [1, 2, 3, 4]
    assert a_view(other).number == 1


def _author(view):
    return session().get_one(Person, view.author_id)


def test_an_organisation_responds_through_its_members_and_no_person_counts_as_the_author():
    desk, member = a_desk(), somebody()
    ours = an_organisation("Groen")
    join(ours, member, MemberDuty.MEMBER)
    view = verbs.submit_view(desk.term, acting(member), "Wij willen bomen.", organisation=ours)
    assert (view.author_id, view.organisation_id) == (None, ours.id)
    assert queries.is_own(view, acting(member))
    with pytest.raises(NotAllowed):
        verbs.submit_view(desk.term, acting(a_resident()), "Wij ook.", organisation=ours)


def test_early_and_late_ones_are_received_too_until_the_decision():
    early, late = a_desk(first=3), a_desk(first=-60)
    assert a_view(early).state is ViewState.ACKNOWLEDGED
    assert a_view(late).state is ViewState.ACKNOWLEDGED
    late.round.decided_at = clock.now()
    with pytest.raises(NotNow):
        a_view(late)
    set_state(early.round, RoundState.CLOSED)
    with pytest.raises(NotNow):
        a_view(early)


def test_without_a_term_nothing_is_received():
    with pytest.raises(NotNow):
        verbs.hold_term(a_round().id)


@shows("L04")
def test_what_was_said_at_the_desk_is_entered_as_a_report():
    desk = a_desk()
    told = verbs.OfflineView(Way.ORAL, "J. de Boer", "De plek moet open zijn.", desk.writer.arrived_at)
    view = verbs.enter_view(desk.term, desk.writer, told)
    assert (view.way, view.state) == (Way.ORAL, ViewState.RECEIVED)
    assert mails("formal_view_received") == []
    verbs.acknowledge(view, desk.writer)
    assert view.state is ViewState.ACKNOWLEDGED
    with pytest.raises(NotNow):
        verbs.acknowledge(view, desk.writer)


@pytest.mark.parametrize(("received", "posted"), [(1, None), (-1, 0)])
def test_a_letter_comes_neither_tomorrow_nor_before_it_was_posted(received, posted):
    desk = a_desk()
    with pytest.raises(Conflict):
        a_letter(desk, clock.now() + received * DAY, None if posted is None else today() + posted * DAY)


# --- judging ---


@shows("L06")
def test_a_letter_posted_on_the_last_day_is_admissible_within_a_week_and_after_that_a_person_decides():
    desk = a_desk(first=-55)
    end = queries.find_term(desk.round.id).ends_on
    since = (today() - end).days
    in_time = a_letter(desk, clock.now() - (since - 3) * DAY, end)
    judged(desk, in_time)
    assert in_time.state is ViewState.ADMISSIBLE
    unclear = a_letter(desk, clock.now() - (since - 8) * DAY, end)
    with pytest.raises(Conflict):
        judged(desk, unclear)
    judged(desk, unclear, Verdict.EXCUSED, "De post lag stil.")
    assert unclear.state is ViewState.EXCUSED


def test_the_author_hears_whether_it_is_admissible_and_hears_it_once():
    desk, person = a_desk(), a_resident()
    view = judged(desk, a_view(desk, person))
    judged(desk, view)
    assert [mail.recipient_id for mail in mails("formal_view_judged")] == [person.id]
    judged(desk, a_letter(desk))
    assert len(mails("formal_view_judged")) == 1  # who has no account hears on paper


def test_those_who_represent_an_organisation_hear_of_its_formal_view():
    desk, first, member = a_desk(), somebody(), somebody()
    ours = an_organisation("Groen", first)
    join(ours, member)
    view = verbs.submit_view(desk.term, acting(member), "Wij willen bomen.", organisation=ours)
    judged(desk, view)
    assert [mail.recipient_id for mail in mails("formal_view_judged")] == [first.id]


def test_nothing_is_judged_before_its_receipt_went_out():
    desk = a_desk()
    told = verbs.OfflineView(Way.LETTER, "M. de Wit", "Geen drempels.", desk.writer.arrived_at)
    view = verbs.enter_view(desk.term, desk.writer, told)
    with pytest.raises(NotNow):
        judged(desk, view)
    assert view.verdict is None


def test_a_verdict_follows_a_later_extension_of_the_term():
    desk = a_desk(first=-45)
    term = queries.find_term(desk.round.id)
    view = a_view(desk)
    judged(desk, view, Verdict.LATE, "Te laat.")
    now = clock.now()
    hours = {"began_at": now - timedelta(hours=3), "ended_at": now - timedelta(hours=1)}
    verbs.note_outage(term, desk.director, **hours, reason="Storing", extends_to=today() + DAY)
    with pytest.raises(Conflict):
        judged(desk, view, Verdict.LATE, "Te laat.")
    judged(desk, view, Verdict.ADMISSIBLE, "Storing op de laatste avond.")
    assert view.verdict is Verdict.ADMISSIBLE


def test_the_author_takes_it_back_once():
    desk = a_desk()
    view = a_view(desk)
    author = acting(_author(view))
    verbs.withdraw_view(view, author)
    assert view.state is ViewState.WITHDRAWN
    with pytest.raises(NotNow):
        verbs.withdraw_view(view, author)
    assert acts().count(Act.WITHDRAW_VIEW.value) == 1


# --- who reads what ---


def test_only_its_author_and_those_who_serve_the_round_can_find_a_formal_view():
    desk, person = a_desk(), a_resident()
    view = a_view(desk, person)
    session().flush()
    session().expire_all()
    slug = reloaded(desk.round).slug
    assert queries.get_own_view(acting(person), slug, 1).id == view.id
    assert queries.get_view(desk.writer, slug, 1).id == view.id
    for actor in (acting(a_resident()), acting(None), desk.writer):
        with pytest.raises(NotFound):
            queries.get_own_view(actor, slug, 1)
    for actor in (acting(a_resident()), acting(person)):
        with pytest.raises(NotFound):
            queries.get_view(actor, slug, 1)
    with pytest.raises(NotFound):
        queries.get_own_view(acting(person), slug, 2**40)
    assert [one.id for one in queries.list_own_views(acting(person))] == [view.id]
    assert session().scalars(select(FormalView)).all() == [view]


def test_whoever_leaves_takes_a_copy_along_and_the_file_keeps_the_text_without_a_name():
    desk, person = a_desk(), a_resident("Naam Die Verdwijnt")
    view = answered(desk, a_view(desk, person))
    told = gather(acting(person))
    assert [row["text"] for row in told["formal_view"]] == [view.text]
    assert [row["answer"] for row in told["view_point"]] == ["Dat doen we."]
    erase(acting(person), with_texts=True)
    session().flush()
    assert (view.text, view.author_id) == ("Ik wil meer bomen.\n\nEn een bankje.", person.id)
    assert (person.name, person.account_id) == ("", None)
    before = len(mails("formal_view_answered"))
    a_public_note(desk)
    assert len(mails("formal_view_answered")) == before  # nobody is there to tell
