from datetime import timedelta

import pytest

from consult.audit.models import Entry
from consult.decisions import verbs
from consult.decisions.queries import list_commitments
from consult.decisions.verbs import CommitmentTold
from consult.documents import council
from consult.documents.paper import Bullets
from consult.foundation import clock
from consult.foundation.db import session
from consult.foundation.errors import Conflict, NotNow
from consult.foundation.language import local
from consult.policy import Act, Duty, Role
from consult.rounds.models import PhaseKind, Round
from tests.builders import a_member_of_staff, a_round, acting, appoint
from tests.shows import shows
from tests.site import Browser


def today():
    return local(clock.now()).date()


def told(text="Elke wijk krijgt een eigen gesprek.", *, made=-10, due=5):
    return CommitmentTold(text, "wethouder", today() + timedelta(days=made), today() + timedelta(days=due))


def a_director(found):
    person = a_member_of_staff(Role.DIRECTOR)
    appoint(found, person, Duty.DIRECTOR)
    return person


@shows("S16")
@pytest.mark.usefixtures("unit")
def test_a_promise_is_kept_or_moved_with_a_reason_and_everything_stays_on_record():
    found = a_round()
    director = acting(a_director(found))
    first = verbs.promise(found, told(), director)
    moved = verbs.change_commitment(first, told(due=20), "De zaal was bezet.", director)
    assert [one.id for one in list_commitments(found.id)] == [moved.id]
    assert (first.replaced_at is not None, moved.because) == (True, "De zaal was bezet.")
    with pytest.raises(Conflict):
        verbs.settle_commitment(first, "Gedaan.", director, is_kept=True)
    verbs.settle_commitment(moved, "Er waren acht gesprekken.", director, is_kept=True)
    assert not moved.is_open
    for act in (
        verbs.change_commitment,
        lambda one, _told, because, actor: verbs.settle_commitment(one, because, actor, is_kept=False),
    ):
        with pytest.raises(NotNow):
            act(moved, told(), "Toch niet.", director)
    acts = [one.act for one in session().query(Entry).filter_by(act=Act.RECORD_COMMITMENT.value)]
    assert len(acts) == 3


@pytest.mark.usefixtures("unit")
@pytest.mark.parametrize("wrong", [{"made": 1}, {"due": -11}])
def test_a_promise_of_a_day_to_come_or_due_before_it_was_made_is_refused(wrong):
    found = a_round()
    with pytest.raises(Conflict):
        verbs.promise(found, told(**wrong), acting(a_director(found)))
    assert list_commitments(found.id) == []


@pytest.mark.usefixtures("unit")
def test_a_round_in_preparation_has_no_promises_yet():
    found = a_round(state="draft")
    with pytest.raises(NotNow):
        verbs.promise(found, told(), acting(a_director(found)))


@shows("S16")
def test_everybody_reads_what_was_promised_and_the_director_says_what_came_of_it(site):
    with site.writing():
        found = a_round()
        director = a_director(found)
        verbs.promise(found, told(due=-1), acting(director))
        slug = found.slug
    public = Browser(site).get(f"/rounds/{slug}/decisions")
    assert "Elke wijk krijgt een eigen gesprek." in public.text
    assert "had op" in public.text
    desk = Browser(site).as_(director)
    listing = desk.get(f"/staff/rounds/{slug}/commitments")
    assert listing.status_code == 200
    board = desk.get(f"/staff/rounds/{slug}/board")
    assert "Toegezegd: Elke wijk krijgt een eigen gesprek." in board.text
    with site.reading():
        (one,) = list_commitments(found.id)
    path = f"/staff/rounds/{slug}/commitments/{one.id}/settle"
    assert path in board.text
    bad = desk.post(path, {"was_kept": "yes", "result": ""})
    assert (bad.status_code, "Zeg wat ervan kwam" in bad.text) == (422, True)
    assert desk.post(path, {"was_kept": "yes", "result": "Er waren acht gesprekken."}).status_code == 303
    assert "Er waren acht gesprekken." in Browser(site).get(f"/rounds/{slug}/decisions").text
    assert path not in desk.get(f"/staff/rounds/{slug}/board").text


@shows("S16")
def test_everybody_reads_what_was_promised_before_and_finds_the_way_to_it(site):
    with site.writing():
        found = a_round(phases=PhaseKind.COLLECT)
        director = a_director(found)
        slug, visitor = found.slug, Browser(site)
    link = f"/rounds/{slug}/decisions"
    assert link not in visitor.get(f"/rounds/{slug}").text
    with site.writing():
        subject = session().get_one(Round, found.id)
        first = verbs.promise(subject, told("Elke wijk krijgt een gesprek."), acting(director))
        second = verbs.change_commitment(first, told("Acht wijken.", due=9), "De zaal is bezet.", acting(director))
        verbs.change_commitment(second, told("Zes wijken.", due=12), "Het geld is op.", acting(director))
    assert link in visitor.get(f"/rounds/{slug}").text
    page = visitor.get(link).text
    places = [page.index(words) for words in ("Zes wijken.", "Acht wijken.", "Elke wijk krijgt een gesprek.")]
    assert places == sorted(places)
    assert "De zaal is bezet." in page
    assert page.count("Wat eerder is toegezegd") == 1


def test_of_two_who_change_one_promise_the_second_reads_why_nothing_happened(site):
    with site.writing():
        found = a_round()
        director = a_director(found)
        one = verbs.promise(found, told(), acting(director))
        path = f"/staff/rounds/{found.slug}/commitments/{one.id}"
        verbs.change_commitment(one, told("Acht wijken."), "De zaal is bezet.", acting(director))
    desk = Browser(site).as_(director)
    days = {"promised_on": today().isoformat(), "keep_by": today().isoformat()}
    late = desk.post(path, {"promise": "Zes.", "keeper": "team", "because": "Geld.", **days})
    assert (late.status_code, "Iemand veranderde deze toezegging al" in late.text) == (409, True)
    assert desk.post(f"{path}/settle", {"was_kept": "yes", "result": "Gedaan."}).status_code == 409
    assert desk.get(path).status_code == 404


@pytest.mark.usefixtures("unit")
def test_the_council_file_names_what_was_promised():
    found = a_round()
    director = acting(a_director(found))
    verbs.promise(found, told(), director)
    part = council._decisions({"commitments": "Eén belofte"}, list_commitments(found.id))
    items = [block for block in part.blocks if isinstance(block, Bullets)]
    assert any("Elke wijk krijgt een eigen gesprek" in str(one) for one in items)
    assert any("Eén belofte" in str(one) for one in items)
