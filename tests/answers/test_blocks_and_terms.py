from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from consult.answers import rules, verbs
from consult.answers.models import AnswerTerm, TextBlock
from consult.answers.queries import find_term, list_blocks
from consult.answers.rules import Filled, filled, is_overdue, is_soon
from consult.foundation import clock
from consult.foundation.errors import Conflict
from consult.foundation.language import local
from consult.policy import Duty, Role
from consult.rounds.models import PhaseKind
from consult.synthesis.models import OutcomeKind
from tests.answers.builders import a_public_answer
from tests.builders import a_director_of, a_member_of_staff, a_phase, a_round, appoint, phase_of
from tests.site import Site
from tests.synthesis.builders import a_contribution, a_desk

BLOCK = {"name": "Dank", "kind": OutcomeKind.PARTLY, "text": "Dank voor {title}."}


def test_a_field_is_filled_wherever_it_stands_and_an_empty_one_is_named_once():
    values = {"title": "Aap", "theme": ""}
    assert filled("{title} en {title}: {theme}, {theme}", values) == Filled("Aap en Aap: , ", ("theme",))
    assert filled("Zonder velden.", {}) == Filled("Zonder velden.")
    assert filled("{title}", {"title": "{theme}", "theme": "x"}).text == "{theme}"  # a title is not read again
    assert rules.unknown_fields("{title} {naam} {}") == ["naam", ""]


def test_a_changed_block_is_a_new_row_and_a_name_is_used_once(unit: Session) -> None:
    desk = a_desk()
    block = verbs.write_block(desk.round, desk.writer, **BLOCK)
    with pytest.raises(Conflict):
        verbs.write_block(desk.round, desk.second, **{**BLOCK, "name": "DANK"})
    changed = verbs.write_block(desk.round, desk.second, **{**BLOCK, "text": "Dank u."}, instead=block)
    assert [one.text for one in list_blocks(desk.round.id)] == ["Dank u."]
    assert len(unit.scalars(select(TextBlock)).all()) == 2
    verbs.end_block(changed, desk.writer)
    assert list_blocks(desk.round.id) == []
    with pytest.raises(Conflict):
        verbs.write_block(desk.round, desk.writer, **{**BLOCK, "kind": OutcomeKind.MERGED})


def test_blocks_are_written_changed_and_ended_on_their_pages(site: Site) -> None:
    with site.writing():
        found = a_round()
        person, other = a_member_of_staff(Role.MODERATOR), a_member_of_staff(Role.DIRECTOR)
        appoint(found, person, Duty.MODERATOR)
        appoint(found, other, Duty.DIRECTOR)
    browser, where = site.browser(person), f"/staff/rounds/{found.slug}/answers/blocks"
    told = {"name": "Dank", "kind": "partly", "text": "Dank voor {title}."}
    wrong = browser.post(where, {**told, "text": "Beste {naam}"})
    assert wrong.status_code == 422
    assert "{naam} is geen veld" in wrong.text
    assert "Beste {naam}" in wrong.text
    assert browser.post(where, told).status_code == 303
    assert browser.post(where, told).status_code == 409
    with site.reading():
        (block,) = list_blocks(found.id)
    assert "Dank voor {title}." in site.browser(other).get(where).text
    assert site.browser(other).get(f"{where}/{block.id}").status_code == 403
    assert browser.post(f"{where}/{block.id}", {**told, "name": "Veel dank"}).status_code == 303
    assert browser.get(f"{where}/{block.id}").status_code == 404  # another row took its place
    with site.reading():
        (later,) = list_blocks(found.id)
    assert browser.post(f"{where}/{later.id}/end").status_code == 303
    assert "Er is nog geen tekstblok" in browser.get(where).text


def test_a_term_is_a_day_or_counts_from_the_close_of_collecting():
    phases = a_plan()
    assert rules.due_day(date(2026, 5, 1), None, phases) == date(2026, 5, 1)
    assert rules.due_day(None, 14, phases) == max(p.last_day for p in phases) + timedelta(days=14)
    assert rules.due_day(None, 14, []) is None
    assert rules.due_day(None, None, phases) is None


def a_plan():
    return [a_phase(PhaseKind.COLLECT, -20, -10), a_phase(PhaseKind.COLLECT, -9, -5)]


@pytest.mark.parametrize(
    ("due", "overdue", "soon"), [(-1, True, False), (0, False, True), (14, False, True), (15, False, False)]
)
def test_the_last_day_of_a_term_is_in_time(due: int, overdue: bool, soon: bool) -> None:
    today = date(2026, 5, 1)
    assert is_overdue(today + timedelta(days=due), today) is overdue
    assert is_soon(today + timedelta(days=due), today) is soon


def test_a_term_is_set_changed_and_taken_away(unit: Session) -> None:
    found = a_round()
    director = a_director_of(found)
    verbs.set_term(found, director, on_day=None, days=30)
    verbs.set_term(found, director, on_day=date(2027, 1, 1), days=None)
    term = find_term(found.id)
    assert term is not None
    assert (term.on_day, term.days) == (date(2027, 1, 1), None)
    with pytest.raises(Conflict):
        verbs.set_term(found, director, on_day=date(2027, 1, 1), days=3)
    verbs.set_term(found, director, on_day=None, days=None)
    assert find_term(found.id) is None


def test_the_database_itself_refuses_a_term_of_two_kinds(unit: Session) -> None:
    told = {"on_day": date(2027, 1, 1), "days": 3, "set_at": clock.now()}
    unit.add(AnswerTerm(round_id=a_round().id, **told))
    with pytest.raises(IntegrityError, match="one_way"):
        unit.flush()


def test_what_is_overdue_is_counted_on_the_desk_and_the_count_opens_its_list(site: Site) -> None:
    with site.writing():
        found = a_round(phases=PhaseKind.SYNTHESISE)
        person, moderator = a_member_of_staff(Role.DIRECTOR), a_member_of_staff(Role.MODERATOR)
        appoint(found, person, Duty.DIRECTOR)
        appoint(found, moderator, Duty.MODERATOR)
        a_public_answer(a_contribution(found, "Al beantwoord"))
        for title in ("Aap", "Noot"):
            a_contribution(found, title)
        closes = phase_of(found, PhaseKind.COLLECT).last_day
        days = (local(clock.now()).date() - closes).days
    browser, where = site.browser(person), f"/staff/rounds/{found.slug}/answers"
    assert "te laat sinds" not in browser.get("/staff").text
    assert browser.post(f"{where}/term", {"days": str(days + 20)}).status_code == 303
    assert "uiterlijk op" not in browser.get("/staff").text  # that is far away
    assert browser.post(f"{where}/term", {"days": str(days)}).status_code == 303
    assert "uiterlijk op" in browser.get("/staff").text
    assert browser.post(f"{where}/term", {"days": str(days - 1)}).status_code == 303
    desk = site.browser(moderator).get("/staff").text
    assert "te laat sinds" in desk
    tile = desk[: desk.index("te laat sinds")].rsplit("<a ", 1)[1]
    assert f'href="{where}?step=open"' in tile
    assert '<span class="count">2</span>' in tile
    page = browser.get(f"{where}?step=open").text
    assert [title for title in ("Aap", "Noot", "Al beantwoord") if f">{title}<" in page] == ["Aap", "Noot"]
    assert browser.post(f"{where}/term", {"days": "3", "on_day": "2027-01-01"}).status_code == 422
    assert browser.post(f"{where}/term", {"days": "-1"}).status_code == 422
    assert site.browser(moderator).post(f"{where}/term", {"days": "3"}).status_code == 403
