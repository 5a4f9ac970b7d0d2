from datetime import timedelta

import pytest
from sqlalchemy import func, select

from consult.audit.models import Entry
from consult.contributions.models import Contribution, State, Version
from consult.foundation import clock, text
from consult.foundation.errors import Conflict, NotFound, NotNow
from consult.intake import batches, queries
from consult.intake.models import Batch, Intake, Item, PaperReply
from consult.participants.models import Person
from consult.policy import Act
from consult.proposals.models import Proposal
from consult.rounds.models import RoundState
from tests.builders import a_moderator_of, a_round
from tests.intake.builders import a_batch, a_file, judged

ALL = {"valid_only": False, "without_doubles": False}
WRONG = "duif;2026-01-01;Fout."


def entered(batch, actor, **choices):
    """Confirm a file and enter all of it."""
    batches.confirm_batch(batch, actor, **(ALL | choices))
    while batches.enter_next(batch.id):
        pass


def count(unit, table):
    return unit.scalar(select(func.count()).select_from(table))


def test_a_file_is_kept_and_nothing_of_it_is_entered_yet(unit):
    batch = a_batch(a_round(), "Een boom.", "Een bank.")
    assert (batch.total, batch.wrong, batch.right, batch.planned) == (2, 0, 2, 0)
    assert count(unit, Contribution) == count(unit, Intake) == 0


def test_a_confirmed_file_becomes_forms_proposals_and_versions(unit):
    found = a_round(holds_first=True)
    moderator = a_moderator_of(found)
    day = found.phases[0].first_day
    header = "kanaal;datum;tekst;schrijver;postadres;formulier"
    lines = (f"brief;{day};Een boom.;Jo;Dorpsstraat 1;7", ";;Een bank.;;;7", f"papier;{day};<b>Iets</b>\\n anders.;;;")
    batch = batches.keep_batch(found, moderator, judged(found, a_file(found, *lines, header=header)))
    entered(batch, moderator)
    assert [count(unit, table) for table in (Intake, Item, Contribution, Version, Proposal)] == [2, 3, 3, 3, 3]
    assert {one.state for one in unit.scalars(select(Contribution))} == {State.HELD}
    assert {one.renderer for one in unit.scalars(select(Contribution))} == {text.PLAIN}
    assert {one.entered_by_id for one in unit.scalars(select(Contribution))} == {moderator.person_id}
    [person] = unit.scalars(select(Person).where(Person.name == "Jo"))
    assert [one.author_id for one in unit.scalars(select(Contribution).where(Contribution.author_id.is_not(None)))] == [
        person.id,
        person.id,
    ]
    assert unit.scalars(select(PaperReply.address)).all() == ["Dorpsstraat 1"]
    last = unit.scalars(select(Contribution).where(Contribution.text.contains("Iets"))).one()
    assert "&lt;b&gt;" in last.html


def test_a_file_with_a_wrong_row_is_entered_only_when_somebody_says_so(unit):
    found = a_round()
    moderator = a_moderator_of(found)
    batch = a_batch(found, "Een boom.", WRONG, actor=moderator)
    with pytest.raises(Conflict):
        batches.confirm_batch(batch, moderator, **ALL)
    assert not batches.enter_next(batch.id)
    assert count(unit, Contribution) == 0
    entered(batch, moderator, valid_only=True)
    assert count(unit, Contribution) == 1


def test_a_file_is_entered_once(unit):
    found = a_round()
    moderator = a_moderator_of(found)
    batch, again = a_batch(found, "Een boom.", actor=moderator), a_batch(found, "Een boom.", actor=moderator)
    entered(batch, moderator)
    with pytest.raises(Conflict):
        batches.confirm_batch(batch, moderator, **ALL)
    with pytest.raises(Conflict, match="al ingevoerd"):
        batches.confirm_batch(again, moderator, **ALL)
    assert not batches.enter_next(batch.id)
    assert count(unit, Contribution) == 1


def test_what_is_here_already_can_be_left_out(unit):
    found = a_round()
    moderator = a_moderator_of(found)
    entered(a_batch(found, "Een boom.", actor=moderator), moderator)
    batch = a_batch(found, "een BOOM", "Een bank.", actor=moderator)
    assert batch.doubled == 1
    entered(batch, moderator, without_doubles=True)
    assert {one.text for one in unit.scalars(select(Contribution))} == {"Een boom.", "Een bank."}
    nothing_new = a_batch(found, "Een boom!", actor=moderator)
    with pytest.raises(Conflict):
        batches.confirm_batch(nothing_new, moderator, valid_only=False, without_doubles=True)


def test_a_large_file_is_entered_a_piece_at_a_time_and_goes_on_where_it_stopped(unit):
    found = a_round()
    moderator = a_moderator_of(found)
    batch = a_batch(found, *(f"Idee nummer {n}." for n in range(1_200)), actor=moderator)
    batches.confirm_batch(batch, moderator, **ALL)
    progress = []
    while batches.enter_next(batch.id):
        progress.append((batch.done, count(unit, Contribution)))
    assert progress == [(500, 500), (1_000, 1_000)]
    assert (batch.done, count(unit, Contribution)) == (1_200, 1_200)
    assert batch.finished_at
    assert queries.list_unfinished() == []
    sampled = unit.scalars(select(Intake.is_sampled)).all()
    assert sum(sampled) == 120
    texts = unit.scalars(select(Contribution.text)).all()
    assert len(set(texts)) == 1_200


def test_in_a_round_that_is_not_open_no_file_is_kept_or_entered(unit):
    with pytest.raises(NotNow):
        a_batch(a_round(state="closed"), "Een boom.")
    found = a_round()
    moderator = a_moderator_of(found)
    batch = a_batch(found, "Een boom.", actor=moderator)
    found.state = RoundState.CLOSED
    unit.flush()
    with pytest.raises(NotNow):
        batches.confirm_batch(batch, moderator, **ALL)


def test_the_journal_tells_of_a_file_by_numbers_and_hashes(unit):
    found = a_round()
    moderator = a_moderator_of(found)
    entered(a_batch(found, "Een boom bij mevrouw De Wit.", actor=moderator), moderator)
    entries = unit.scalars(select(Entry).where(Entry.act == Act.ENTER_BATCH)).all()
    assert [entry.actor_id for entry in entries] == [moderator.person_id] * 2
    assert entries[0].facts["forms"] == entries[1].facts["count"] == 1
    assert "Wit" not in str([entry.facts for entry in entries])


def test_after_a_day_a_file_is_gone_or_empty(unit):
    found = a_round()
    moderator = a_moderator_of(found)
    done, waiting = a_batch(found, "Een boom.", actor=moderator), a_batch(found, "Een bank.", actor=moderator)
    entered(done, moderator)
    assert batches.forget_old() == 0
    with clock.set_to(clock.now() + timedelta(days=1, seconds=1)):
        with pytest.raises(NotFound):
            queries.get_batch(moderator, found.slug, waiting.id)
        assert batches.forget_old() == 1
        assert [one.id for one in queries.list_batches(found.id)] == [done.id]
    assert unit.scalars(select(Batch.rows)).all() == [[]]
    assert count(unit, Contribution) == 1


def test_a_file_of_another_round_is_not_there(unit):
    found, other = a_round(), a_round()
    batch = a_batch(found, "Een boom.")
    with pytest.raises(NotFound):
        queries.get_batch(a_moderator_of(other), other.slug, batch.id)
