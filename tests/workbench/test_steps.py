"""Joining many inputs and taking many out of sight: each by the verb that does it by hand."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from consult.audit.models import Entry
from consult.contributions.models import Contribution, Kind, State
from consult.foundation.db import Database, session
from consult.foundation.errors import Conflict, NotNow
from consult.foundation.mail import Mail
from consult.groups.verbs import write_shared_text
from consult.moderation.models import Ground, Hold
from consult.moderation.verbs import merge, publish, split
from consult.policy import Act
from consult.rounds.models import Round
from consult.workbench.models import Bulk, BulkKind
from consult.workbench.queries import get_bulk, list_inputs, preview, wish_of
from consult.workbench.rules import STEPS_AT_MOST, Preview
from consult.workbench.verbs import carry_out, plan, undo
from tests.builders import a_moderator_of, a_round
from tests.moderation.builders import a_redaction, a_refusal, taken_away
from tests.pages.builders import counted, many_proposals
from tests.shows import shows
from tests.synthesis.builders import Desk, a_contribution, a_desk
from tests.together import at_once

OUT = {"ground": "unlawful", "why": "Wij kijken er nog eens naar."}
ROUNDS = 4


@pytest.fixture
def desk(unit: Session) -> Desk:
    return a_desk()


@pytest.fixture
def three(desk: Desk) -> list[Contribution]:
    return [a_contribution(desk.round, title) for title in ("Aap", "Noot", "Mies")]


def looked_at(desk: Desk, bulk: Bulk) -> Preview:
    return preview(bulk, wish_of(bulk), list_inputs(bulk), desk.round)


def fates(desk: Desk, bulk: Bulk) -> dict[str, str]:
    return {line.contribution.title: line.fate.value for line in looked_at(desk, bulk).lines}


def why(desk: Desk, bulk: Bulk, title: str) -> str:
    return next(line.why for line in looked_at(desk, bulk).lines if line.contribution.title == title)


def planned(desk: Desk, kind: BulkKind, inputs: list[Contribution]) -> Bulk:
    told: dict[str, Any] = OUT if kind is BulkKind.STATE else {}
    return plan(desk.round, kind, told, inputs, desk.writer)


def done(desk: Desk, kind: BulkKind, inputs: list[Contribution]) -> Bulk:
    bulk = planned(desk, kind, inputs)
    carry_out(bulk, desk.round, desk.writer)
    return bulk


def entries(act: Act) -> int:
    return session().scalar(select(func.count()).where(Entry.act == act)) or 0


def letters(kind: str) -> int:
    return session().scalar(select(func.count()).where(Mail.kind == kind)) or 0


def pointing(inputs: list[Contribution]) -> list[Any]:
    titles = {one.id: one.title for one in inputs}
    return [titles.get(one.merged_into_id) if one.merged_into_id else None for one in inputs]


# --- joining ---


@shows("S50")
def test_several_are_joined_with_the_oldest_told_and_separated_again(desk: Desk, three: list[Contribution]) -> None:
    bulk = planned(desk, BulkKind.GROUP, three[::-1])
    assert fates(desk, bulk) == {"Aap": "stays", "Noot": "changes", "Mies": "changes"}
    assert pointing(three) == [None, None, None]
    carry_out(bulk, desk.round, desk.writer)
    assert pointing(three) == [None, "Aap", "Aap"]
    assert (bulk.changed, entries(Act.MERGE), letters("merged")) == (2, 2, 2)
    undo(bulk, desk.writer)
    assert pointing(three) == [None, None, None]
    assert (entries(Act.SPLIT), entries(Act.DO_AT_ONCE)) == (2, 2)
    with pytest.raises(Conflict):
        undo(bulk, desk.writer)


def test_who_leads_a_group_already_stays_and_only_what_was_joined_now_is_separated(
    desk: Desk, three: list[Contribution]
) -> None:
    aap, _noot, mies = three
    wim = a_contribution(desk.round, "Wim")
    merge(wim, mies, desk.writer)
    bulk = planned(desk, BulkKind.GROUP, [*three, wim])
    assert fates(desk, bulk) == {"Mies": "stays", "Aap": "changes", "Noot": "changes", "Wim": "already"}
    assert wish_of(bulk).into is mies
    carry_out(bulk, desk.round, desk.writer)
    assert pointing([*three, wim]) == ["Mies", "Mies", None, "Mies"]
    undo(bulk, desk.writer)
    assert pointing([*three, wim]) == [None, None, None, "Mies"]
    assert aap.stands


def test_a_group_goes_with_the_one_that_leads_it_and_comes_back_whole(desk: Desk, three: list[Contribution]) -> None:
    _aap, noot, mies = three
    wim, zus = (a_contribution(desk.round, title) for title in ("Wim", "Zus"))
    merge(wim, noot, desk.writer)
    merge(zus, mies, desk.writer)
    every = [*three, wim, zus]
    bulk = done(desk, BulkKind.GROUP, three)
    assert pointing(every) == ["Noot", None, "Noot", "Noot", "Mies"]
    undo(bulk, desk.writer)
    assert pointing(every) == [None, None, None, "Noot", "Mies"]


def test_each_that_stays_behind_says_why(desk: Desk, three: list[Contribution]) -> None:
    titles = ("Schaap", "Jet", "Teun", "Vuur")
    schaap, jet, teun, vuur = (a_contribution(desk.round, title) for title in titles)
    claim = a_contribution(desk.round, "Stelling", kind=Kind.STATEMENT)
    merge(jet, a_contribution(desk.round, "Elders"), desk.second)
    a_refusal(teun, desk.second)
    a_redaction(vuur, "nodig")
    bulk = planned(desk, BulkKind.GROUP, [*three, schaap, jet, teun, vuur, claim])
    schaap.state = State.HELD
    told = {line.contribution.title: line.why for line in looked_at(desk, bulk).of("cannot")}
    assert set(told) == {"Schaap", "Jet", "Teun", "Vuur", "Stelling"}
    assert told["Jet"] == "Deze is al met een andere samengevoegd. Maak hem eerst los."
    assert "gepubliceerd" in told["Schaap"]
    assert "soort" in told["Stelling"]
    assert told["Teun"] == "Een besluit over “Teun” wacht op een tweede persoon."
    assert told["Vuur"] == "Een besluit over “Vuur” wacht op een tweede persoon."
    carry_out(bulk, desk.round, desk.writer)
    assert [change["input"] for change in bulk.changes] == [str(one.id) for one in three[1:]]


def test_a_decision_that_waits_on_the_one_that_stays_keeps_all_where_they_are(
    desk: Desk, three: list[Contribution]
) -> None:
    bulk = planned(desk, BulkKind.GROUP, three)
    a_refusal(three[0], desk.second)
    assert set(fates(desk, bulk).values()) == {"cannot"}
    assert "“Aap”" in why(desk, bulk, "Noot")
    with pytest.raises(Conflict):
        carry_out(bulk, desk.round, desk.writer)
    assert bulk.done_at is None


def test_texts_that_may_say_the_opposite_are_pointed_out(desk: Desk) -> None:
    yes, no = (a_contribution(desk.round, title) for title in ("Meer bankjes", "Geen bankjes"))
    bulk = planned(desk, BulkKind.GROUP, [yes, no])
    assert "geen" in why(desk, bulk, "Geen bankjes")


def test_one_alone_and_what_does_not_stand_are_not_joined(desk: Desk, three: list[Contribution]) -> None:
    with pytest.raises(Conflict, match="ten minste twee"):
        planned(desk, BulkKind.GROUP, three[:1])
    for one in three[:2]:
        one.state = State.HELD
    with pytest.raises(Conflict, match="op zichzelf"):
        planned(desk, BulkKind.GROUP, three[:2])


def test_nothing_is_joined_or_separated_after_the_decision(desk: Desk, three: list[Contribution]) -> None:
    before = planned(desk, BulkKind.GROUP, three)
    bulk = done(desk, BulkKind.GROUP, three[:2])
    desk.round.decided_at = desk.writer.arrived_at
    session().flush()
    for step in (
        lambda: planned(desk, BulkKind.GROUP, three),
        lambda: carry_out(before, desk.round, desk.writer),
        lambda: undo(bulk, desk.writer),
    ):
        with pytest.raises(NotNow):
            step()


@pytest.mark.parametrize(
    "meanwhile",
    ["separated", "joined elsewhere", "hidden", "the leader goes on", "a text was written"],
)
def test_a_group_that_changed_since_is_not_undone_and_all_stays(
    desk: Desk, three: list[Contribution], meanwhile: str
) -> None:
    aap, noot, mies = three
    bulk, wim = done(desk, BulkKind.GROUP, three), a_contribution(desk.round, "Wim")
    later = replace(desk.second, arrived_at=desk.second.arrived_at + timedelta(minutes=1))
    if meanwhile in {"separated", "joined elsewhere"}:
        split(noot, later)
    if meanwhile == "joined elsewhere":
        merge(noot, wim, later)
    if meanwhile == "hidden":
        taken_away(noot, later)
    if meanwhile == "the leader goes on":
        merge(aap, wim, later)
    if meanwhile == "a text was written":
        write_shared_text(aap, later, text="Samen.", html="<p>Samen.</p>", number=0)
    named = "Noot" if meanwhile in {"separated", "joined elsewhere", "hidden"} else "Aap"
    with pytest.raises(Conflict, match=named):
        undo(bulk, desk.writer)
    assert mies.merged_into_id == aap.id
    assert bulk.undone_at is None


# --- out of sight ---


@shows("S50")
def test_several_go_out_of_sight_authors_are_told_and_they_are_shown_again(
    desk: Desk, three: list[Contribution]
) -> None:
    bulk = planned(desk, BulkKind.STATE, three)
    assert set(fates(desk, bulk).values()) == {"changes"}
    assert all(one.is_public for one in three)
    carry_out(bulk, desk.round, desk.writer)
    assert {one.state for one in three} == {State.HELD}
    held = session().scalars(select(Hold)).all()
    assert {(one.ground, one.reason, one.held_by_id) for one in held} == {
        (Ground.UNLAWFUL, OUT["why"], desk.writer.person_id)
    }
    assert (len(held), entries(Act.HOLD), letters("held")) == (3, 3, 3)
    undo(bulk, desk.writer)
    assert {one.state for one in three} == {State.PUBLISHED}
    assert (entries(Act.PUBLISH_CONTRIBUTION), letters("published")) == (3, 3)


def test_what_carries_others_stays_until_the_round_was_decided(desk: Desk, three: list[Contribution]) -> None:
    aap, noot, mies = three
    merge(noot, aap, desk.writer)
    bulk = planned(desk, BulkKind.STATE, three)
    taken_away(mies, desk.second)
    assert fates(desk, bulk) == {"Aap": "cannot", "Noot": "changes", "Mies": "already"}
    assert why(desk, bulk, "Aap").startswith("Andere zijn hiermee samengevoegd")
    mies.state = State.REFUSED
    assert fates(desk, bulk)["Mies"] == "cannot"
    desk.round.decided_at = desk.writer.arrived_at
    session().flush()
    assert fates(desk, bulk)["Aap"] == "changes"
    carry_out(bulk, desk.round, desk.writer)
    assert (aap.state, noot.state) == (State.HELD, State.HELD)


@pytest.mark.parametrize("meanwhile", ["shown", "shown and held anew", "a refusal waits", "changed"])
def test_what_somebody_decided_since_is_not_shown_again_and_all_stays(
    desk: Desk, three: list[Contribution], meanwhile: str
) -> None:
    noot = three[1]
    bulk = done(desk, BulkKind.STATE, three)
    later = replace(desk.second, arrived_at=desk.second.arrived_at + timedelta(minutes=1))
    if meanwhile.startswith("shown"):
        publish(noot, later)
    if meanwhile == "shown and held anew":
        session().flush()
        taken_away(noot, later)
    if meanwhile == "a refusal waits":
        a_refusal(noot, later)
    if meanwhile == "changed":
        noot.version += 1
    with pytest.raises(Conflict, match="Noot"):
        undo(bulk, desk.writer)
    assert (three[0].state, three[2].state) == (State.HELD, State.HELD)
    assert bulk.undone_at is None


def test_nothing_is_done_when_none_can_change_any_more(desk: Desk, three: list[Contribution]) -> None:
    bulk = planned(desk, BulkKind.STATE, three)
    for one in three:
        taken_away(one, desk.second)
    with pytest.raises(Conflict, match="Geen van deze"):
        carry_out(bulk, desk.round, desk.writer)
    assert bulk.done_at is None


# --- both ---


@pytest.mark.parametrize("act", [BulkKind.GROUP, BulkKind.STATE])
def test_a_hundred_take_a_step_at_once_and_no_more(unit: Session, act: BulkKind) -> None:
    found = a_round()
    desk = Desk(found, a_moderator_of(found), a_moderator_of(found))
    many = many_proposals(found, STEPS_AT_MOST + 1)
    with pytest.raises(Conflict, match=str(STEPS_AT_MOST)):
        planned(desk, act, many)
    assert done(desk, act, many[1:]).changed == STEPS_AT_MOST - (act is BulkKind.GROUP)


@pytest.mark.parametrize("act", [BulkKind.GROUP, BulkKind.STATE])
def test_a_look_takes_as_many_statements_for_a_hundred_as_for_ten(empty_database: Database, act: BulkKind) -> None:
    sent = {}
    for number in (10, 100):
        with empty_database.writing():
            found = a_round()
            desk = Desk(found, a_moderator_of(found), a_moderator_of(found))
            bulk = planned(desk, act, many_proposals(found, number))
            with counted(empty_database) as statements:
                looked_at(desk, bulk)
            sent[number] = len(statements)
    assert sent[10] == sent[100] <= 4


# --- two moderators ---


@pytest.fixture
def office(empty_database: Database) -> tuple[str, list[Any], list[Any]]:
    """A round by its address, its two moderators, and three inputs by their ids."""
    with empty_database.writing():
        desk = a_desk()
        made = [a_contribution(desk.round, title).id for title in ("Aap", "Noot", "Mies")]
        return desk.round.slug, [desk.writer, desk.second], made


def plans(database: Database, kind: BulkKind, actors: list[Any], ids: list[Any]) -> list[Any]:
    with database.writing() as unit:
        inputs = [unit.get_one(Contribution, one) for one in ids]
        found = unit.get_one(Round, inputs[0].round_id)
        return [plan(found, kind, OUT, inputs, actor).id for actor in actors]


def doing(slug: str, actor: Any, bulk_id: Any) -> Any:
    def load() -> Any:
        bulk = get_bulk(actor, slug, bulk_id)
        return lambda: carry_out(bulk, bulk.round, actor)

    return load


def states(database: Database, ids: list[Any]) -> list[Any]:
    with database.reading() as unit:
        rows = unit.execute(select(Contribution.id, Contribution.state, Contribution.merged_into_id))
        found = {one: (state, into) for one, state, into in rows}
    return [found[one] for one in ids]


@shows("R70")
@pytest.mark.parametrize("act", [BulkKind.GROUP, BulkKind.STATE])
def test_of_two_who_do_the_same_with_the_same_one_does_it_and_one_is_told(
    empty_database: Database, office: Any, act: BulkKind
) -> None:
    slug, actors, ids = office
    one, other = plans(empty_database, act, actors, ids)
    kept = at_once(empty_database, doing(slug, actors[0], one), doing(slug, actors[1], other))
    assert sorted(kept) == [False, True]
    joined, hidden = [None, ids[0], ids[0]], State.HELD
    now = states(empty_database, ids)
    assert [into for _state, into in now] == (joined if act is BulkKind.GROUP else [None] * 3)
    assert {state for state, _into in now} == {State.PUBLISHED if act is BulkKind.GROUP else hidden}


@shows("R70")
def test_what_is_joined_and_hidden_at_once_never_leaves_somebody_behind_what_is_hidden(
    empty_database: Database, office: Any
) -> None:
    slug, actors, ids = office
    for _round in range(ROUNDS):
        (joins, _), (_, hides) = (plans(empty_database, kind, actors, ids) for kind in (BulkKind.GROUP, BulkKind.STATE))
        at_once(empty_database, doing(slug, actors[0], joins), doing(slug, actors[1], hides))
        now = dict(zip(ids, states(empty_database, ids), strict=True))
        assert all(now[into][0] is State.PUBLISHED for _state, into in now.values() if into is not None)
        with empty_database.writing() as unit:
            for row in unit.scalars(select(Contribution)):
                row.merged_into_id, row.state = None, State.PUBLISHED


@shows("R70")
def test_undoing_and_separating_at_once_leave_a_group_undone_or_as_it_was(
    empty_database: Database, office: Any
) -> None:
    slug, actors, ids = office
    for number in range(ROUNDS):
        at = replace(actors[0], arrived_at=actors[0].arrived_at + timedelta(seconds=number))
        (bulk_id,) = plans(empty_database, BulkKind.GROUP, [at], ids)
        with empty_database.writing():
            doing(slug, at, bulk_id)()()

        def undoing(at: Any = at, bulk_id: Any = bulk_id) -> Any:
            bulk = get_bulk(at, slug, bulk_id)
            return lambda: undo(bulk, at)

        def separating() -> Any:
            one = session().get_one(Contribution, ids[1])
            return lambda: split(one, actors[1])

        assert sorted(at_once(empty_database, undoing, separating)) == [False, True]
        into = [into for _state, into in states(empty_database, ids)]
        assert into in ([None, None, None], [None, None, ids[0]])
        with empty_database.writing() as unit:
            for row in unit.scalars(select(Contribution)):
                row.merged_into_id = None
