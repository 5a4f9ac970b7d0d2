from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from consult.answers.queries import list_answers
from consult.answers.rules import Step
from consult.coding import verbs as coding
from consult.contributions.models import Contribution, Kind, State
from consult.moderation.verbs import merge, split
from consult.synthesis import releasing, verbs
from consult.synthesis.citable import list_citable
from consult.synthesis.drafts import get_paragraph, list_drafts
from consult.synthesis.models import OutcomeKind, Paragraph, Use
from consult.synthesis.queries import (
    Coverage,
    Show,
    Wanted,
    coverage,
    list_bare,
    list_unplaced,
    list_weighed,
)
from consult.synthesis.trace import trace_links
from tests.answers.builders import a_public_answer
from tests.builders import a_resident, a_round, acting
from tests.shows import shows
from tests.synthesis.builders import Desk, a_contribution, a_desk, a_draft, a_paragraph, published


def numbers_of(desk: Desk) -> dict[Show, int]:
    """How long each list of what is left really is."""
    shows_left = (Show.UNCODED, Show.UNWEIGHED, Show.UNPLACED)
    return {show: len(list_weighed(desk.round.id, Wanted(show=show)).items) for show in shows_left}


def check(desk: Desk) -> Coverage:
    """The coverage of a round, after checking that each count equals its list."""
    found = coverage(desk.round.id)
    assert numbers_of(desk) == {
        Show.UNCODED: found.uncoded,
        Show.UNWEIGHED: found.unweighed,
        Show.UNPLACED: found.unplaced,
    }
    assert len(list_unplaced(desk.round.id)) == found.unplaced
    assert len(list_bare(desk.round.id)) == found.bare
    return found


def test_a_round_without_anything_is_covered(unit: Session) -> None:
    assert check(a_desk()) == Coverage()


@shows("S50")
def test_each_count_of_what_is_left_equals_its_list_at_every_step(unit: Session) -> None:
    desk = a_desk()
    one, other, third = (a_contribution(desk.round, title) for title in ("Aap", "Noot", "Mies"))
    a_contribution(desk.round, "Eens", kind=Kind.ARGUMENT)
    a_contribution(a_round(), "Elders")
    a_contribution(desk.round, "Wacht").state = State.HELD
    unit.flush()
    assert check(desk) == Coverage(inputs=3, uncoded=3, unweighed=3)
    coding.code(one, desk.round.themes, desk.writer)
    verbs.set_outcome(one, OutcomeKind.ADOPTED, "Past.", desk.writer)
    verbs.set_outcome(other, OutcomeKind.NOT_ADOPTED, "Te duur.", desk.writer)
    assert check(desk) == Coverage(inputs=3, uncoded=2, unweighed=1, unplaced=1, to_place=1)
    draft = releasing.begin_draft(desk.round, "Visie", desk.writer)
    paragraph = a_paragraph(draft, desk.writer)
    a_paragraph(draft, desk.writer, is_editorial=True)
    assert check(desk) == Coverage(3, 2, 1, unplaced=1, to_place=1, paragraphs=2, bare=1)
    verbs.cite(paragraph, desk.writer, contribution=one)
    assert check(desk) == Coverage(3, 2, 1, unplaced=0, to_place=1, paragraphs=2, bare=0)
    merge(third, other, desk.writer)
    assert check(desk) == Coverage(2, 1, 0, unplaced=0, to_place=1, paragraphs=2, bare=0)
    split(third, desk.writer)
    assert check(desk).unweighed == 1


def test_a_statement_is_given_a_theme_but_no_outcome(unit: Session) -> None:
    desk = a_desk()
    statement, idea = a_contribution(desk.round, kind=Kind.STATEMENT), a_contribution(desk.round, "Aap")
    assert check(desk) == Coverage(inputs=2, uncoded=2, unweighed=1)
    for step in (Step.MISSING, Step.OPEN):
        assert [row.contribution.id for row in list_answers(desk.round.id, step).items] == [idea.id]
    for one in (statement, idea):
        coding.code(one, desk.round.themes, desk.writer)
    done = list_weighed(desk.round.id, Wanted(show=Show.DONE)).items
    assert [one.contribution.id for one in done] == [statement.id]


def test_setting_aside_is_no_place_for_what_was_adopted(unit: Session) -> None:
    desk = a_desk()
    contribution = a_contribution(desk.round)
    verbs.set_outcome(contribution, OutcomeKind.PARTLY, "Deels.", desk.writer)
    paragraph = a_paragraph(releasing.begin_draft(desk.round, "Visie", desk.writer), desk.writer)
    link = verbs.cite(paragraph, desk.writer, contribution=contribution, use=Use.SET_ASIDE)
    assert check(desk).unplaced == 1
    verbs.uncite(link, desk.writer)
    verbs.cite(paragraph, desk.writer, contribution=contribution, use=Use.ADAPTED)
    assert check(desk).unplaced == 0


def test_a_paragraph_that_uses_what_was_merged_is_a_place_for_what_replaces_it(unit: Session) -> None:
    desk = a_desk()
    one, other = a_contribution(desk.round), a_contribution(desk.round, "Meer banken")
    paragraph = a_paragraph(releasing.begin_draft(desk.round, "Visie", desk.writer), desk.writer)
    verbs.cite(paragraph, desk.writer, contribution=one)
    verbs.set_outcome(other, OutcomeKind.ADOPTED, "Past.", desk.writer)
    assert check(desk).unplaced == 1
    merge(one, other, desk.writer)
    assert check(desk).unplaced == 0


def test_only_the_newest_version_counts(unit: Session) -> None:
    desk = a_desk()
    contribution = a_contribution(desk.round)
    verbs.set_outcome(contribution, OutcomeKind.ADOPTED, "Past.", desk.writer)
    draft = published(desk, a_draft(desk, contribution))
    fresh = releasing.begin_next_version(draft, desk.writer)
    assert check(desk).unplaced == 0
    copied_id = unit.scalars(select(Paragraph.id).where(Paragraph.section.has(draft_id=fresh.id))).one()
    copied = get_paragraph(desk.writer, desk.round.slug, copied_id)
    verbs.remove_paragraph(copied, desk.writer)
    assert check(desk) == Coverage(1, 1, 0, unplaced=1, to_place=1)


@shows("S50")
def test_a_contribution_knows_where_it_landed_and_a_visitor_sees_only_what_is_public(unit: Session) -> None:
    desk = a_desk()
    contribution = a_contribution(desk.round)
    draft = a_draft(desk, contribution)
    assert not trace_links(contribution).places
    assert not trace_links(contribution, acting(a_resident())).places
    (place,) = trace_links(contribution, desk.writer).places
    assert (place.draft.id, place.section.title, place.section_number) == (draft.id, "Groen en water", 1)
    published(desk, draft)
    (place,) = trace_links(contribution).places
    assert place.through is None


@shows("S50")
def test_the_trace_of_what_was_merged_follows_the_pointer(unit: Session) -> None:
    desk = a_desk()
    one, other, last = (a_contribution(desk.round, title) for title in ("Aap", "Noot", "Mies"))
    a_public_answer(one, OutcomeKind.NOT_ADOPTED, "Dubbel werk.")
    a_public_answer(last, OutcomeKind.ADOPTED, "Past.")
    published(desk, a_draft(desk, last))
    merge(one, other, desk.writer)
    merge(other, last, desk.writer)
    found = trace_links(one)
    assert [c.id for c in found.replaced_by][-1:] == [last.id]
    assert found.current is not None
    assert found.current.reason == "Past."
    assert [o.reason for o in found.earlier] == ["Dubbel werk."]
    (place,) = found.places
    assert place.through is not None
    assert place.through.id == last.id
    assert trace_links(last).replaced_by == []


def test_a_concept_is_listed_for_the_team_alone(unit: Session) -> None:
    desk = a_desk()
    releasing.begin_next_version(published(desk, a_draft(desk)), desk.writer)
    assert [d.number for d in list_drafts(desk.writer, desk.round.id)] == [2, 1]
    assert [d.number for d in list_drafts(acting(None), desk.round.id)] == [1]


def test_what_can_be_cited_is_found_by_words_number_and_theme(unit: Session) -> None:
    desk = a_desk()
    one = a_contribution(desk.round, "Een los fietspad", reference="V04")
    other = a_contribution(desk.round, "Meer bomen", reference="V05")
    gone = a_contribution(desk.round, "Nog meer bomen", reference="V06")
    merge(gone, other, desk.writer)
    coding.code(other, desk.round.themes[:1], desk.writer)
    paragraph = a_paragraph(releasing.begin_draft(desk.round, "Visie", desk.writer), desk.writer)

    def found(words: str = "", theme: str = "") -> list[Contribution]:
        unit.expire(paragraph, ["sources"])
        unit.refresh(paragraph, ["sources"])
        return list_citable(desk.writer, paragraph, words, theme)

    assert found() == [one, other]
    assert found("fietspad") == [one]
    assert found("V05") == [other]
    assert found(theme="t1") == [other]
    verbs.cite(paragraph, desk.writer, contribution=other)
    assert found() == [one]


def test_a_page_past_the_end_gives_the_last_one(unit: Session) -> None:
    desk = a_desk()
    for number in range(26):
        a_contribution(desk.round, f"Plan {number}")
    assert len(list_weighed(desk.round.id, Wanted(), 2).items) == 1
    page = list_weighed(desk.round.id, Wanted(), 99)
    assert (page.number, page.total, len(page.items)) == (2, 26, 1)


def test_what_a_draft_lacks_is_counted_without_reading_its_sources_once_for_each_input(unit: Session) -> None:
    if unit.get_bind().dialect.name != "sqlite":
        pytest.skip("SQLite says how it goes about a statement in words that can be compared")
    sent: list[tuple[str, Any]] = []

    def note(_connection: object, _cursor: object, statement: str, parameters: Any, *_rest: object) -> None:
        sent.append((statement, parameters))

    engine = unit.get_bind()
    event.listen(engine, "before_cursor_execute", note)
    try:
        coverage(a_round().id)
        statement, parameters = sent[-1]
    finally:
        event.remove(engine, "before_cursor_execute", note)
    steps = unit.connection().exec_driver_sql(f"explain query plan {statement}", parameters).all()
    plan = {step.id: (step.parent, step.detail) for step in steps}
    told = [detail for _parent, detail in plan.values()]
    assert any("SEARCH contribution USING" in one and "round_id=?" in one for one in told)
    assert not [one for one in told if one.startswith(("SCAN contribution", "SCAN source_link", "SCAN outcome"))]
    for start, (_parent, detail) in plan.items():
        if " section" in detail:  # the parts of the draft are gathered once
            assert not any("CORRELATED" in plan[one][1] for one in way_up(plan, start)), detail


def way_up(plan: dict[int, tuple[int, str]], start: int) -> Iterator[int]:
    """The steps of a plan in which one stands."""
    while start in plan:
        yield start
        start = plan[start][0]
