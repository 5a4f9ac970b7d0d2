from dataclasses import replace

import pytest
from sqlalchemy import func, select

from consult.foundation.db import session
from consult.foundation.errors import Conflict, NotAllowed, NotNow
from consult.synthesis.models import DraftState
from consult.voting.models import Method
from consult.voting.results import OptionResult, PollResult, results_of
from consult.weighing import verbs
from consult.weighing.models import Chapter, Finding, FindingKind, FindingSource
from consult.weighing.queries import find_newest, reach_of, spread_of, supports_of
from consult.weighing.rules import Told, hindrances
from tests.moderation.builders import taken_away
from tests.synthesis.builders import a_contribution, a_desk, a_precondition
from tests.weighing.builders import (
    CHOSEN,
    a_report,
    a_source,
    a_whole_report,
    an_argument,
    as_loaded,
    first_chapter,
    published,
)

pytestmark = pytest.mark.usefixtures("unit")


def test_a_report_has_a_chapter_for_each_theme():
    desk = a_desk()
    report = a_report(desk)
    assert [chapter.theme.name for chapter in as_loaded(desk.round).chapters] == ["Groen", "Verkeer"]
    assert report.state is DraftState.CONCEPT
    with pytest.raises(Conflict):
        a_report(desk)


def test_a_report_that_says_too_little_is_not_submitted_and_says_what_lacks():
    desk = a_desk()
    report = a_report(desk)
    an_argument(first_chapter(report), desk)
    an_argument(first_chapter(report), desk, "Een fontein", advice="Te duur.")
    with pytest.raises(Conflict) as refused:
        verbs.submit_report(report, desk.writer)
    told = refused.value.sentence
    assert "Bomen geven schaduw" in told  # rests on nothing
    assert "Een fontein" in told  # has no choice
    assert "Verkeer" in told  # says nothing


def test_a_finding_whose_only_source_is_not_public_any_more_hinders_it():
    desk = a_desk()
    source = a_source(desk)
    a_whole_report(desk, source)
    assert not hindrances(as_loaded(desk.round).chapters)
    taken_away(source, desk.second)
    assert hindrances(as_loaded(desk.round).chapters)


def test_a_second_person_publishes_a_report_and_then_nothing_in_it_changes():
    desk = a_desk()
    report = a_whole_report(desk)
    verbs.submit_report(report, desk.writer)
    with pytest.raises(NotAllowed):
        verbs.publish_report(report, desk.writer)
    with pytest.raises(Conflict):
        an_argument(first_chapter(report), desk)
    verbs.publish_report(report, desk.second, read_at=report.submitted_at.isoformat())
    for change in (
        lambda: an_argument(first_chapter(report), desk),
        lambda: verbs.submit_report(report, desk.writer),
        lambda: verbs.return_report(report, desk.writer),
        lambda: verbs.publish_report(report, desk.second),
    ):
        with pytest.raises(Conflict):
            change()
    assert find_newest(desk.round.id, is_published=True).id == report.id


def test_another_text_than_was_read_is_not_published():
    desk = a_desk()
    report = a_whole_report(desk)
    with pytest.raises(NotNow):
        verbs.publish_report(report, desk.second)
    verbs.submit_report(report, desk.writer)
    with pytest.raises(Conflict):
        verbs.publish_report(report, desk.second, read_at="2026-01-01T00:00:00+00:00")
    verbs.return_report(report, desk.second)
    assert report.state is DraftState.CONCEPT
    assert report.submitted_by_id is None


def test_the_next_version_holds_all_that_the_published_one_held():
    desk = a_desk()
    a_precondition(desk.round)
    source = a_source(desk)
    first = published(desk, a_whole_report(desk, source))
    second = a_report(desk)
    loaded = as_loaded(desk.round)
    assert (loaded.id, loaded.number) == (second.id, 2)
    assert [f.text for f in loaded.chapters[0].findings] == ["Bomen geven schaduw.", "Bankjes neerzetten"]
    assert {s.contribution_id for f in loaded.chapters[0].findings for s in f.sources} == {source.id}
    assert loaded.chapters[1].summary == "Hierover zei niemand iets."
    assert find_newest(desk.round.id, is_published=True).id == first.id


def test_two_people_who_write_the_same_get_both_texts():
    desk = a_desk()
    chapter = first_chapter(a_report(desk))
    finding = an_argument(chapter, desk)
    verbs.edit_finding(finding, Told(FindingKind.FOR, "Bomen geven koelte."), desk.second, version=1)
    with pytest.raises(Conflict) as refused:
        verbs.edit_finding(finding, Told(FindingKind.AGAINST, "Bomen geven blad."), desk.writer, version=1)
    assert (refused.value.theirs, refused.value.yours) == ("Bomen geven koelte.", "Bomen geven blad.")
    verbs.save_summary(chapter, "Veel over bomen.", desk.writer, version=1)
    with pytest.raises(Conflict) as refused:
        verbs.save_summary(chapter, "Weinig over bomen.", desk.second, version=1)
    assert refused.value.theirs == "Veel over bomen."


def test_what_is_taken_out_takes_its_sources_along():
    desk = a_desk()
    finding = an_argument(first_chapter(a_report(desk)), desk)
    verbs.cite(finding, [a_source(desk), a_precondition(desk.round)], desk.writer)
    verbs.remove_finding(finding, desk.writer)
    assert session().scalar(select(func.count(Finding.id))) == 0
    assert session().scalar(select(func.count(FindingSource.id))) == 0


def test_a_source_stands_once_and_comes_from_this_round_and_is_public():
    desk, elsewhere = a_desk(), a_desk()
    finding = an_argument(first_chapter(a_report(desk)), desk)
    source = a_source(desk)
    verbs.cite(finding, [source], desk.writer)
    verbs.cite(finding, [source], desk.writer)
    assert session().scalar(select(func.count(FindingSource.id))) == 1
    held = a_contribution(desk.round, "Iets met een naam")
    taken_away(held, desk.writer)
    for wrong in (held, a_contribution(elsewhere.round), a_precondition(elsewhere.round)):
        with pytest.raises(Conflict):
            verbs.cite(finding, [wrong], desk.writer)


def test_reach_is_counted_over_what_is_public():
    desk = a_desk()
    finding = an_argument(first_chapter(a_report(desk)), desk, "Bankjes", **CHOSEN)
    one, other = a_source(desk), a_source(desk, "Nog een bankje")
    theme_id = desk.round.themes[0].id
    verbs.cite(finding, [one, other], desk.writer)
    counted = as_loaded(desk.round).chapters[0].findings[0]
    assert (reach_of(counted).contributions, reach_of(counted).channels) == (2, 1)
    taken_away(other, desk.second)
    counted = as_loaded(desk.round).chapters[0].findings[0]
    assert reach_of(counted).contributions == 1
    assert spread_of(desk.round.id)[theme_id].contributions == 1


def test_there_is_no_support_before_a_poll_is_final():
    desk = a_desk()
    finding = an_argument(first_chapter(a_report(desk)), desk, "Bankjes", **CHOSEN)
    verbs.cite(finding, [a_source(desk)], desk.writer)
    assert supports_of(as_loaded(desk.round).chapters[0].findings[0], results_of(desk.round)) == []


def test_no_chapter_is_made_twice():
    desk = a_desk()
    a_report(desk)
    assert session().scalar(select(func.count(Chapter.id))) == len(desk.round.themes)


def test_statements_that_were_joined_lend_no_counts_that_would_tell_of_few_people():
    desk = a_desk()
    source = a_source(desk)
    finding = an_argument(first_chapter(a_report(desk)), desk, "Bankjes", **CHOSEN)
    verbs.cite(finding, [source], desk.writer)
    finding = as_loaded(desk.round).chapters[0].findings[0]
    option = OptionResult(source.id, "V1", source.title, source.public_id, None, {"agree": 23})
    of = {"eligible": None, "ballots": 23, "outcomes": (), "parameters": {}, "title": "Eens?", "final": True}
    for one, votes in ((option, {"agree": 23}), (replace(option, is_small=True), {})):
        result = PollResult(source.id, source.id, method=Method.STATEMENTS, options=[one], **of)
        assert [support.votes for support in supports_of(finding, [result])] == [votes]
