from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from consult.answers.verbs import publish_answers, sign_answers, write_block
from consult.coding.doubling import draw_sample
from consult.coding.models import Code, Double
from consult.coding.queries import list_codes
from consult.coding.verbs import code
from consult.contributions.models import Contribution, State
from consult.foundation.db import Database, session
from consult.foundation.errors import Conflict
from consult.moderation.verbs import merge
from consult.policy import Actor
from consult.rounds.models import Round
from consult.synthesis.models import Assignment, Outcome, OutcomeKind
from consult.synthesis.queries import find_assignment, find_outcome
from consult.synthesis.verbs import set_outcome
from consult.workbench.models import Bulk, BulkKind
from consult.workbench.queries import list_inputs, preview, wish_of
from consult.workbench.rules import AT_MOST, Fate
from consult.workbench.verbs import carry_out, plan, undo
from tests.answers.builders import a_public_answer
from tests.builders import a_moderator_of, a_round
from tests.pages.builders import counted, many_proposals
from tests.shows import shows
from tests.synthesis.builders import Desk, a_contribution, a_desk

ANSWER = {"kind": "partly", "reason": "Deels."}


@dataclass(frozen=True)
class Work:
    """A desk with three inputs."""

    desk: Desk
    inputs: list[Contribution]

    def planned(self, kind: BulkKind, told: dict[str, Any], actor: Actor | None = None) -> Bulk:
        return plan(self.desk.round, kind, told, self.inputs, actor or self.desk.writer)

    def done(self, kind: BulkKind, told: dict[str, Any]) -> Bulk:
        bulk = self.planned(kind, told)
        done = session().scalar(select(func.count(Bulk.id))) or 0
        later = replace(self.desk.writer, arrived_at=self.desk.writer.arrived_at + timedelta(seconds=done))
        carry_out(bulk, self.desk.round, later)
        return bulk

    def fates(self, bulk: Bulk) -> dict[str, str]:
        found = preview(bulk, wish_of(bulk), list_inputs(bulk), self.desk.round)
        return {line.contribution.title: line.fate.value for line in found.lines}


@pytest.fixture
def work(unit: Session) -> Work:
    desk = a_desk()
    return Work(desk, [a_contribution(desk.round, title) for title in ("Aap", "Noot", "Mies")])


def names(found: list[Code]) -> list[str]:
    return sorted(one.theme.name for one in found)


def test_a_plan_changes_nothing_and_says_what_it_would_change(work: Work) -> None:
    aap, noot, mies = work.inputs
    code(aap, work.desk.round.themes[:1], work.desk.writer)
    mies.state = State.HELD
    bulk = work.planned(BulkKind.CODE, {"themes": ["t1"]})
    assert work.fates(bulk) == {"Aap": "already", "Noot": "changes", "Mies": "cannot"}
    assert not list_codes([noot.id])
    carry_out(bulk, work.desk.round, work.desk.writer)
    assert names(list_codes([noot.id])) == ["Groen"]
    assert len(bulk.changes) == 1
    with pytest.raises(Conflict):
        carry_out(bulk, work.desk.round, work.desk.writer)


@shows("S50")
def test_themes_that_were_taken_away_come_back_as_new_rows(work: Work, unit: Session) -> None:
    aap = work.inputs[0]
    (before,) = code(aap, work.desk.round.themes[:1], work.desk.second)
    bulk = work.done(BulkKind.UNCODE, {"themes": ["t1"]})
    assert not list_codes([aap.id])
    undo(bulk, work.desk.writer)
    (after,) = list_codes([aap.id])
    assert after.id != before.id
    assert (after.theme_id, after.coded_by_id, after.coded_at) == (before.theme_id, before.coded_by_id, before.coded_at)
    assert before.ended_at is not None


def test_undoing_takes_back_only_what_was_done(work: Work) -> None:
    aap = work.inputs[0]
    code(aap, work.desk.round.themes[1:], work.desk.writer)
    bulk = work.done(BulkKind.CODE, {"themes": ["t1", "t2"]})
    assert names(list_codes([aap.id])) == ["Groen", "Verkeer"]
    undo(bulk, work.desk.writer)
    assert names(list_codes([aap.id])) == ["Verkeer"]
    assert not list_codes([one.id for one in work.inputs[1:]])


def test_work_is_assigned_moved_and_put_back(work: Work) -> None:
    writer, second = str(work.desk.writer.person_id), str(work.desk.second.person_id)
    work.done(BulkKind.ASSIGN, {"person": writer})
    bulk = work.done(BulkKind.ASSIGN, {"person": second})
    assert {str(find_assignment(one.id).person_id) for one in work.inputs} == {second}  # type: ignore[union-attr]
    undo(bulk, work.desk.writer)
    assert {str(find_assignment(one.id).person_id) for one in work.inputs} == {writer}  # type: ignore[union-attr]
    work.done(BulkKind.ASSIGN, {"person": ""})
    assert not any(find_assignment(one.id) for one in work.inputs)


def test_work_is_given_only_to_who_moderates_the_round(work: Work) -> None:
    stranger = a_moderator_of(a_round())
    with pytest.raises(Conflict):
        work.planned(BulkKind.ASSIGN, {"person": str(stranger.person_id)})


def test_answers_are_drafted_where_that_can_be_and_put_back_with_their_signature(work: Work) -> None:
    aap, noot, mies = work.inputs
    signed = set_outcome(aap, OutcomeKind.ADOPTED, "Past.", work.desk.writer)
    sign_answers([(signed, aap)], work.desk.second)
    a_public_answer(noot)
    merge(mies, a_contribution(work.desk.round, "Wim"), work.desk.writer)
    bulk = work.planned(BulkKind.ANSWER, ANSWER)
    assert work.fates(bulk) == {"Aap": "changes", "Noot": "cannot", "Mies": "cannot"}
    carry_out(bulk, work.desk.round, work.desk.writer)
    now = find_outcome(aap.id)
    assert now is not None
    assert (now.reason, now.signed_at) == ("Deels.", None)
    undo(bulk, work.desk.writer)
    again = find_outcome(aap.id)
    assert again is not None
    assert again.id != signed.id
    assert (again.reason, again.signed_by_id) == ("Past.", work.desk.second.person_id)
    publish_answers([(again, aap)], work.desk.writer)


def test_what_somebody_changed_meanwhile_is_not_undone_and_all_stays(work: Work) -> None:
    bulk = work.done(BulkKind.ANSWER, ANSWER)
    set_outcome(work.inputs[1], OutcomeKind.ADOPTED, "Toch wel.", work.desk.second)
    with pytest.raises(Conflict, match="Noot"):
        undo(bulk, work.desk.writer)
    assert [find_outcome(one.id).reason for one in work.inputs] == ["Deels.", "Toch wel.", "Deels."]  # type: ignore[union-attr]
    assert bulk.undone_at is None


def test_what_was_signed_meanwhile_is_not_undone(work: Work) -> None:
    bulk = work.done(BulkKind.ANSWER, ANSWER)
    outcome = find_outcome(work.inputs[2].id)
    assert outcome is not None
    sign_answers([(outcome, work.inputs[2])], work.desk.second)
    with pytest.raises(Conflict, match="Mies"):
        undo(bulk, work.desk.writer)


def test_only_the_last_thing_is_undone_once_and_by_who_did_it(work: Work) -> None:
    first = work.done(BulkKind.CODE, {"themes": ["t1"]})
    last = work.done(BulkKind.CODE, {"themes": ["t2"]})
    for bulk, actor in ((first, work.desk.writer), (last, work.desk.second)):
        with pytest.raises(Conflict):
            undo(bulk, actor)
    undo(last, work.desk.writer)
    with pytest.raises(Conflict):
        undo(last, work.desk.writer)
    with pytest.raises(Conflict):
        undo(first, work.desk.writer)


def test_a_text_block_is_filled_for_each_input_and_a_field_without_a_value_is_said(work: Work) -> None:
    aap, noot, mies = work.inputs
    code(aap, work.desk.round.themes, work.desk.writer)
    code(noot, work.desk.round.themes[:1], work.desk.writer)
    text = "Dank voor “{title}” over {theme} in {name_of_round}."
    block = write_block(work.desk.round, work.desk.writer, name="Dank", kind=OutcomeKind.FORWARDED, text=text)
    bulk = work.planned(BulkKind.FILL, {"block": str(block.id)})
    found = preview(bulk, wish_of(bulk), list_inputs(bulk), work.desk.round)
    told = {line.contribution.title: (line.fate, line.reason or line.why) for line in found.lines}
    name = work.desk.round.title
    assert told == {
        "Aap": (Fate.CHANGES, f"Dank voor “Aap” over Groen, Verkeer in {name}."),
        "Noot": (Fate.CHANGES, f"Dank voor “Noot” over Groen in {name}."),
        "Mies": (Fate.CANNOT, "Hiervoor is niets bekend: {theme}"),
    }
    carry_out(bulk, work.desk.round, work.desk.writer)
    outcome = find_outcome(noot.id)
    assert outcome is not None
    assert (outcome.kind, outcome.reason) == (OutcomeKind.FORWARDED, f"Dank voor “Noot” over Groen in {name}.")
    assert find_outcome(mies.id) is None


def test_an_answer_does_not_tell_the_themes_of_what_waits_to_be_coded_a_second_time(work: Work) -> None:
    for one in work.inputs:
        code(one, work.desk.round.themes[:1], work.desk.writer)
    draw_sample(work.desk.round, work.desk.writer)
    for text, fates in (("Over {theme}.", ["cannot", "changes", "changes"]), ("Dank u.", ["changes"] * 3)):
        block = write_block(work.desk.round, work.desk.writer, name=text, kind=OutcomeKind.FORWARDED, text=text)
        assert sorted(work.fates(work.planned(BulkKind.FILL, {"block": str(block.id)})).values()) == fates


def test_a_theme_that_was_retired_after_the_plan_is_not_given(work: Work) -> None:
    bulk = work.planned(BulkKind.CODE, {"themes": ["t1"]})
    work.desk.round.themes[0].retired_at = work.desk.writer.arrived_at
    with pytest.raises(Conflict, match="Groen"):
        carry_out(bulk, work.desk.round, work.desk.writer)
    assert bulk.done_at is None


def test_who_is_to_code_one_a_second_time_does_not_undo_codes_of_it(work: Work) -> None:
    work.done(BulkKind.CODE, {"themes": ["t1"]})
    bulk = plan(work.desk.round, BulkKind.UNCODE, {"themes": ["t1"]}, work.inputs, work.desk.second)
    carry_out(bulk, work.desk.round, work.desk.second)
    one = work.inputs[0]
    theirs = {"round_id": one.round_id, "contribution_id": one.id, "person_id": work.desk.second.person_id}
    session().add(Double(**theirs, drawn_at=work.desk.writer.arrived_at))
    with pytest.raises(Conflict, match="Aap"):
        undo(bulk, work.desk.second)


def test_more_than_is_worked_on_at_once_is_refused(work: Work) -> None:
    many = work.inputs * (AT_MOST // 3 + 1)
    with pytest.raises(Conflict, match=str(AT_MOST)):
        plan(work.desk.round, BulkKind.CODE, {"themes": ["t1"]}, many, work.desk.writer)


def test_thousands_are_coded_and_put_back(unit: Session) -> None:
    found: Round = a_round()
    moderator = a_moderator_of(found)
    many = many_proposals(found, 1_200)
    bulk = plan(found, BulkKind.CODE, {"themes": ["t1", "t2"]}, many, moderator)
    carry_out(bulk, found, moderator)
    counted = select(func.count(Code.id)).where(Code.ended_at.is_(None))
    assert unit.scalar(counted) == 2_400
    undo(bulk, moderator)
    assert unit.scalar(counted) == 0
    assert unit.scalar(select(func.count(Assignment.id))) == 0
    assert unit.scalar(select(func.count(Outcome.id))) == 0


def test_the_number_of_statements_does_not_grow_with_the_number_of_inputs(empty_database: Database) -> None:
    sent = {}
    for number in (30, 300):
        with empty_database.writing():
            found = a_round()
            moderator = a_moderator_of(found)
            many = many_proposals(found, number)
            kinds: dict[BulkKind, dict[str, Any]] = {
                BulkKind.CODE: {"themes": ["t2"]},
                BulkKind.ASSIGN: {"person": str(moderator.person_id)},
            }
            kinds |= {BulkKind.ANSWER: ANSWER}
            bulks = [plan(found, kind, told, many, moderator) for kind, told in kinds.items()]
            with counted(empty_database) as statements:
                for at, bulk in enumerate(bulks):
                    later = replace(moderator, arrived_at=moderator.arrived_at + timedelta(seconds=at))
                    carry_out(bulk, found, later)
                    undo(bulk, later)
            sent[number] = len(statements)
    assert sent[30] == sent[300]
    assert sent[300] <= 3 * 30
