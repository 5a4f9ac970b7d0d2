from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from consult.audit.queries import list_entries_on
from consult.coding import verbs as coding
from consult.coding.models import Code
from consult.coding.queries import list_codes
from consult.contributions.models import State
from consult.foundation.errors import Conflict, NotAllowed, NotNow
from consult.moderation.verbs import merge, split
from consult.rounds.queries import get_revision
from consult.synthesis import releasing, verbs
from consult.synthesis.drafts import get_draft
from consult.synthesis.models import Draft, DraftState, Outcome, OutcomeKind, Paragraph, Section, SourceLink, Use
from consult.synthesis.queries import find_outcome
from consult.synthesis.trace import list_evaluated, list_history, trace_links
from tests.builders import a_round
from tests.shows import shows
from tests.synthesis.builders import (
    a_contribution,
    a_desk,
    a_draft,
    a_paragraph,
    a_precondition,
    afresh,
    published,
)


def names_of(codes: list[Code]) -> list[str]:
    return [code.theme.name for code in codes]


@shows("S50")
def test_codes_are_set_and_those_that_fall_away_are_ended_not_deleted(unit: Session) -> None:
    desk = a_desk()
    green, traffic = desk.round.themes
    contribution = a_contribution(desk.round)
    coding.code(contribution, [green], desk.writer)
    coding.code(contribution, [traffic], desk.writer)
    assert names_of(list_codes([contribution.id])) == ["Verkeer"]
    assert len(list(unit.scalars(select(Code)))) == 2
    assert [e.act for e in list_entries_on(contribution.id)] == ["code", "code"]


def test_setting_the_same_codes_again_changes_nothing(unit: Session) -> None:
    desk = a_desk()
    contribution = a_contribution(desk.round)
    coding.code(contribution, desk.round.themes, desk.writer)
    coding.code(contribution, desk.round.themes, desk.writer)
    assert len(list(unit.scalars(select(Code)))) == 2


def test_a_theme_of_another_round_is_refused(unit: Session) -> None:
    desk = a_desk()
    with pytest.raises(Conflict):
        coding.code(a_contribution(desk.round), a_round().themes, desk.writer)


def test_what_is_not_public_is_neither_coded_nor_weighed(unit: Session) -> None:
    desk = a_desk()
    contribution = a_contribution(desk.round)
    contribution.state = State.HELD
    unit.flush()
    with pytest.raises(Conflict):
        coding.code(contribution, desk.round.themes, desk.writer)
    with pytest.raises(Conflict):
        verbs.set_outcome(contribution, OutcomeKind.ADOPTED, "Past in het plan.", desk.writer)


@shows("S50")
def test_a_new_outcome_replaces_the_earlier_one_which_stays_readable(unit: Session) -> None:
    desk = a_desk()
    contribution = a_contribution(desk.round)
    before = get_revision(desk.round.id)
    verbs.set_outcome(contribution, OutcomeKind.NOT_ADOPTED, "Te duur.", desk.writer)
    verbs.set_outcome(contribution, OutcomeKind.PARTLY, "Er is toch geld voor de helft.", desk.second)
    newest, older = list_history(contribution.id)
    assert (newest.outcome.kind, older.outcome.reason) == (OutcomeKind.PARTLY, "Te duur.")
    assert (newest.written_by, older.written_by) == (desk.second.name, desk.writer.name)
    assert not trace_links(contribution).outcomes
    assert get_revision(desk.round.id) == before  # nothing of it is public


def test_the_same_outcome_again_adds_no_row(unit: Session) -> None:
    desk = a_desk()
    contribution = a_contribution(desk.round)
    for _ in range(2):
        verbs.set_outcome(contribution, OutcomeKind.ADOPTED, "Past in het plan.", desk.writer)
    assert len(list(unit.scalars(select(Outcome)))) == 1


def test_an_outcome_needs_a_reason_and_merged_is_not_set_by_hand(unit: Session) -> None:
    desk = a_desk()
    contribution = a_contribution(desk.round)
    with pytest.raises(Conflict):
        verbs.set_outcome(contribution, OutcomeKind.ADOPTED, "  ", desk.writer)
    with pytest.raises(Conflict, match="hand"):
        verbs.set_outcome(contribution, OutcomeKind.MERGED, "Dubbel.", desk.writer)


def test_what_was_merged_gets_no_outcome_of_its_own_until_it_is_split(unit: Session) -> None:
    desk = a_desk()
    one, other = a_contribution(desk.round), a_contribution(desk.round, "Banken op het plein")
    merge(one, other, desk.writer)
    with pytest.raises(Conflict):
        verbs.set_outcome(one, OutcomeKind.ADOPTED, "Past.", desk.writer)
    split(one, desk.writer)
    verbs.set_outcome(one, OutcomeKind.ADOPTED, "Past.", desk.writer)
    assert find_outcome(one.id) is not None


def test_a_round_has_one_draft_that_grows(unit: Session) -> None:
    desk = a_desk()
    releasing.begin_draft(desk.round, "Visie", desk.writer)
    with pytest.raises(Conflict):
        releasing.begin_draft(desk.round, "Nog een visie", desk.second)


def test_a_save_against_an_older_text_is_refused_with_both_texts(unit: Session) -> None:
    desk = a_desk()
    paragraph = a_paragraph(releasing.begin_draft(desk.round, "Visie", desk.writer), desk.writer)
    edits = {"html": "<p>x</p>", "is_editorial": False, "version": 1}
    verbs.edit_paragraph(paragraph, desk.writer, text="Wij zetten tien bankjes neer.", **edits)
    with pytest.raises(Conflict) as refusal:
        verbs.edit_paragraph(paragraph, desk.second, text="Wij zetten twee bankjes neer.", **edits)
    assert refusal.value.theirs == "Wij zetten tien bankjes neer."
    assert refusal.value.yours == "Wij zetten twee bankjes neer."
    assert paragraph.text == "Wij zetten tien bankjes neer."


def test_parts_change_places_and_stay_at_the_edge(unit: Session) -> None:
    desk = a_desk()
    draft = releasing.begin_draft(desk.round, "Visie", desk.writer)
    first, second = (verbs.add_section(draft, title, desk.writer) for title in ("Een", "Twee"))
    one, _other = (verbs.add_paragraph(first, desk.writer, text=t, html=t) for t in ("een", "twee"))
    verbs.move_section(second, up=True, actor=desk.writer)
    verbs.move_section(second, up=True, actor=desk.writer)
    verbs.move_paragraph(one, up=False, actor=desk.writer)
    afresh()
    found = get_draft(desk.writer, desk.round.slug, 1)
    assert [s.title for s in found.sections] == ["Twee", "Een"]
    assert [p.text for p in found.sections[1].paragraphs] == ["twee", "een"]


def test_a_section_goes_only_when_it_is_empty(unit: Session) -> None:
    desk = a_desk()
    paragraph = a_paragraph(releasing.begin_draft(desk.round, "Visie", desk.writer), desk.writer)
    verbs.cite(paragraph, desk.writer, precondition=a_precondition(desk.round))
    with pytest.raises(Conflict):
        verbs.remove_section(paragraph.section, desk.writer)
    section = paragraph.section
    verbs.remove_paragraph(paragraph, desk.writer)
    verbs.remove_section(section, desk.writer)
    assert not list(unit.scalars(select(Section)))
    assert not list(unit.scalars(select(SourceLink)))


@shows("S50")
def test_a_paragraph_rests_on_contributions_and_preconditions_each_once(unit: Session) -> None:
    desk = a_desk()
    contribution = a_contribution(desk.round)
    paragraph = a_paragraph(releasing.begin_draft(desk.round, "Visie", desk.writer), desk.writer, is_editorial=True)
    verbs.cite(paragraph, desk.writer, contribution=contribution, use=Use.ADAPTED, note="minder banken")
    verbs.cite(paragraph, desk.writer, precondition=a_precondition(desk.round))
    assert not paragraph.is_editorial
    with pytest.raises(Conflict):
        verbs.cite(paragraph, desk.writer, contribution=contribution)


def test_a_source_of_another_round_and_one_that_was_merged_are_refused(unit: Session) -> None:
    desk = a_desk()
    one, other = a_contribution(desk.round), a_contribution(desk.round, "Banken op het plein")
    merge(one, other, desk.writer)
    paragraph = a_paragraph(releasing.begin_draft(desk.round, "Visie", desk.writer), desk.writer)
    for source in (one, a_contribution(a_round())):
        with pytest.raises(Conflict):
            verbs.cite(paragraph, desk.writer, contribution=source)


def test_a_paragraph_with_sources_cannot_be_marked_as_one_without(unit: Session) -> None:
    desk = a_desk()
    paragraph = a_paragraph(releasing.begin_draft(desk.round, "Visie", desk.writer), desk.writer)
    link = verbs.cite(paragraph, desk.writer, contribution=a_contribution(desk.round))
    edits = {"text": "Anders.", "html": "<p>Anders.</p>", "is_editorial": True, "version": 1}
    with pytest.raises(Conflict):
        verbs.edit_paragraph(paragraph, desk.writer, **edits)
    verbs.uncite(link, desk.writer)
    verbs.edit_paragraph(paragraph, desk.writer, **edits)
    assert paragraph.is_editorial


def test_a_draft_is_not_submitted_while_a_paragraph_has_no_source(unit: Session) -> None:
    desk = a_desk()
    draft = releasing.begin_draft(desk.round, "Visie", desk.writer)
    with pytest.raises(Conflict):
        releasing.submit_draft(draft, desk.writer)
    a_paragraph(draft, desk.writer, "De kale alinea.")
    with pytest.raises(Conflict, match=r"1\.1.*De kale alinea"):
        releasing.submit_draft(draft, desk.writer)


def test_a_draft_is_not_published_while_an_adopted_contribution_has_no_place(unit: Session) -> None:
    desk = a_desk()
    draft = a_draft(desk)
    releasing.submit_draft(draft, desk.writer)
    forgotten = a_contribution(desk.round, "Een vergeten fietspad", reference="V04")
    verbs.set_outcome(forgotten, OutcomeKind.ADOPTED, "Past in het plan.", desk.writer)
    with pytest.raises(Conflict, match="V04 Een vergeten fietspad"):
        releasing.publish_draft(draft, desk.second)
    assert draft.state is DraftState.SUBMITTED


@shows("S50")
def test_a_second_person_publishes_never_the_one_who_submitted(unit: Session) -> None:
    desk = a_desk()
    draft = a_draft(desk, a_contribution(desk.round))
    with pytest.raises(NotNow):
        releasing.publish_draft(draft, desk.second)
    releasing.submit_draft(draft, desk.writer)
    with pytest.raises(NotAllowed):
        releasing.publish_draft(draft, desk.writer)
    before = get_revision(desk.round.id)
    releasing.publish_draft(draft, desk.second)
    assert draft.state is DraftState.PUBLISHED
    assert get_revision(desk.round.id) == before + 1
    with pytest.raises(Conflict):
        releasing.publish_draft(draft, desk.second)


def test_a_version_that_was_submitted_anew_since_it_was_read_is_not_published(unit: Session) -> None:
    desk = a_desk()
    draft = a_draft(desk, a_contribution(desk.round))
    releasing.submit_draft(draft, desk.writer)
    assert draft.submitted_at is not None
    read_at = draft.submitted_at.isoformat()
    releasing.return_draft(draft, desk.writer)
    releasing.submit_draft(draft, replace(desk.writer, arrived_at=desk.writer.arrived_at + timedelta(minutes=1)))
    with pytest.raises(Conflict, match="opnieuw"):
        releasing.publish_draft(draft, desk.second, read_at=read_at)
    assert draft.state is DraftState.SUBMITTED
    releasing.publish_draft(draft, desk.second, read_at=draft.submitted_at.isoformat())


def test_the_database_itself_refuses_one_person_for_both_signatures(unit: Session) -> None:
    desk = a_desk()
    draft = published(desk, a_draft(desk))
    with pytest.raises(IntegrityError), unit.begin_nested():
        unit.execute(update(Draft).where(Draft.id == draft.id).values(published_by_id=desk.writer.person_id))


def test_a_submitted_version_changes_only_after_it_was_taken_back(unit: Session) -> None:
    desk = a_desk()
    draft = a_draft(desk)
    releasing.submit_draft(draft, desk.writer)
    with pytest.raises(Conflict):
        verbs.add_section(draft, "Nog iets", desk.writer)
    releasing.return_draft(draft, desk.second)
    verbs.add_section(draft, "Nog iets", desk.writer)
    with pytest.raises(Conflict):
        releasing.return_draft(draft, desk.second)


def test_nothing_in_a_published_version_changes(unit: Session) -> None:
    desk = a_desk()
    contribution = a_contribution(desk.round)
    draft = published(desk, a_draft(desk, contribution))
    section = unit.scalars(select(Section)).one()
    paragraph = unit.scalars(select(Paragraph)).one()
    link = unit.scalars(select(SourceLink)).one()
    edits = {"text": "x", "html": "x", "is_editorial": False, "version": 1}
    attempts = [
        lambda: verbs.retitle_draft(draft, "x", desk.writer),
        lambda: verbs.add_section(draft, "x", desk.writer),
        lambda: verbs.retitle_section(section, "x", desk.writer),
        lambda: verbs.move_section(section, up=True, actor=desk.writer),
        lambda: verbs.remove_section(section, desk.writer),
        lambda: verbs.add_paragraph(section, desk.writer, text="x", html="x"),
        lambda: verbs.edit_paragraph(paragraph, desk.writer, **edits),
        lambda: verbs.move_paragraph(paragraph, up=True, actor=desk.writer),
        lambda: verbs.remove_paragraph(paragraph, desk.writer),
        lambda: verbs.cite(paragraph, desk.writer, precondition=a_precondition(desk.round)),
        lambda: verbs.uncite(link, desk.writer),
        lambda: releasing.submit_draft(draft, desk.writer),
        lambda: releasing.return_draft(draft, desk.writer),
    ]
    for attempt in attempts:
        with pytest.raises(Conflict):
            attempt()


def test_the_next_version_copies_all_and_keeps_stable_ids(unit: Session) -> None:
    desk = a_desk()
    contribution = a_contribution(desk.round)
    draft = published(desk, a_draft(desk, contribution))
    fresh = releasing.begin_next_version(draft, desk.second)
    with pytest.raises(Conflict):
        releasing.begin_next_version(draft, desk.writer)
    afresh()
    one, two = (get_draft(desk.writer, desk.round.slug, number) for number in (1, 2))
    assert (two.id, two.state) == (fresh.id, DraftState.CONCEPT)
    old, new = one.sections[0].paragraphs[0], two.sections[0].paragraphs[0]
    assert (old.stable_id, old.text) == (new.stable_id, new.text)
    assert old.id != new.id
    assert [s.contribution_id for s in new.sources] == [contribution.id]


def test_every_act_of_a_draft_is_in_the_journal(unit: Session) -> None:
    desk = a_desk()
    draft = published(desk, a_draft(desk))
    entries = list_entries_on(draft.id)
    assert [e.act for e in entries] == ["write_draft", "submit_draft", "publish_draft"]
    assert {e.round_id for e in entries} == {desk.round.id}
    paragraph = unit.scalars(select(Paragraph)).one()
    assert list_entries_on(paragraph.id)[0].round_id == desk.round.id


def test_what_staff_think_is_kept_whole_and_the_journal_holds_none_of_it(unit: Session) -> None:
    desk = a_desk()
    one = a_contribution(desk.round)
    for text in ("Lastig, vraag groen.", "Lastig, vraag groen.", "Groen vindt het goed."):
        verbs.evaluate(one, text, desk.writer)
    assert [(said.text, name) for said, name in list_evaluated(one.id)] == [
        ("Groen vindt het goed.", desk.writer.name),
        ("Lastig, vraag groen.", desk.writer.name),
    ]
    assert [(e.act, e.facts) for e in list_entries_on(one.id)] == [("evaluate", {}), ("evaluate", {})]
    one.state = State.HELD
    unit.flush()
    with pytest.raises(Conflict):
        verbs.evaluate(one, "Nog iets.", desk.writer)
