"""Codes on passages, and what becomes of them when a text is edited, covered or erased."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from consult.audit.queries import list_entries_on
from consult.coding.models import Code, Passage, Suggestion
from consult.coding.queries import list_coded, list_codes, list_suggestions, shown_passages
from consult.coding.rules import Shown
from consult.coding.verbs import code, code_passages, decide_suggestion, end_passage, suggest_missing
from consult.contributions.models import Contribution, State
from consult.contributions.verbs import rewrite
from consult.foundation import clock
from consult.foundation.anchors import Fate
from consult.foundation.errors import Conflict
from consult.foundation.text import sanitize
from consult.moderation.models import Ground
from consult.moderation.redactions import confirm_redaction, decide_lifting, propose_lifting, propose_redaction
from consult.policy import Actor
from consult.privacy.queries import list_unneeded
from consult.synthesis.queries import Show, Wanted, coverage, list_weighed
from consult.synthesis.trace import trace_links
from tests.builders import a_round, the_platform
from tests.coding.builders import TEXT, a_text
from tests.shows import shows
from tests.synthesis.builders import a_desk, afresh
from tests.workbench.test_verbs import names

SECOND = "Dan kan mijn moeder uitrusten."


def passages_of(contribution: Contribution, viewer: Actor | None = None) -> list[Shown]:
    return shown_passages(contribution, list_coded([contribution.id], viewer or the_platform()))


def edited(contribution: Contribution, text: str) -> None:
    rewrite(contribution, title=contribution.title, text=text, html=sanitize(text), at=clock.now())


@shows("S50")
def test_a_code_on_a_passage_counts_for_the_input_and_shows_its_words(unit: Session) -> None:
    desk = a_desk()
    one, other = a_text(desk.round), a_text(desk.round, title="Nog een")
    code_passages(one, desk.round.themes[:1], desk.writer, ticked=[1])
    (shown,) = passages_of(one)
    assert (shown.words, shown.anchor.fate, shown.theme.name) == (SECOND, Fate.KEPT, "Groen")
    assert names(list_codes([one.id])) == ["Groen"]
    assert (coverage(desk.round.id).inputs, coverage(desk.round.id).uncoded) == (2, 1)
    uncoded = list_weighed(desk.round.id, Wanted(show=Show.UNCODED, viewer=desk.writer)).items
    assert [row.contribution.id for row in uncoded] == [other.id]
    green = list_weighed(desk.round.id, Wanted(theme="t1", viewer=desk.writer)).items
    assert [row.contribution.id for row in green] == [one.id]
    assert [link.words for link in trace_links(one).passages] == [SECOND]


def test_sentences_after_one_another_are_one_passage_and_the_same_one_is_kept_once(unit: Session) -> None:
    desk = a_desk()
    one = a_text(desk.round)
    for _time in range(2):
        code_passages(one, desk.round.themes[:1], desk.writer, ticked=[0, 1])
    code_passages(one, desk.round.themes[1:], desk.writer, words="bankjes  bij de\nwinkels")
    assert [(p.theme.name, p.words) for p in passages_of(one)] == [
        ("Groen", TEXT[: TEXT.index(" De weg")]),
        ("Verkeer", "bankjes bij de winkels"),
    ]


def test_words_that_are_not_in_the_text_and_a_text_that_was_changed_are_refused(unit: Session) -> None:
    desk = a_desk()
    one = a_text(desk.round)
    for told in ({"words": "bankje"}, {"words": "Dan kan mijn tante uitrusten."}, {}, {"ticked": [7]}):
        with pytest.raises(Conflict):
            code_passages(one, desk.round.themes[:1], desk.writer, **told)
    edited(one, "Iets heel anders.")
    with pytest.raises(Conflict):
        code_passages(one, desk.round.themes[:1], desk.writer, ticked=[0], read=1)
    with pytest.raises(Conflict):
        code_passages(one, a_round().themes[:1], desk.writer, ticked=[0])
    assert not unit.scalars(select(Passage)).all()


@pytest.mark.parametrize(
    ("text", "stands", "words"),
    [
        ("Beste gemeente. " + TEXT, Fate.KEPT, SECOND),
        ("Geef ons een park. Daar zijn bomen. Dan kan mijn moeder uitrusten.", Fate.MOVED, SECOND),
        (TEXT.replace("moeder", "oude moeder"), Fate.CHANGED, "Dan kan mijn oude moeder uitrusten."),
        ("Maak een speeltuin aan de overkant.", Fate.GONE, ""),
    ],
)
def test_after_an_edit_it_says_what_became_of_the_passage(unit: Session, text: str, stands: Fate, words: str) -> None:
    desk = a_desk()
    one = a_text(desk.round)
    code_passages(one, desk.round.themes[:1], desk.writer, ticked=[1])
    edited(one, text)
    (shown,) = passages_of(one)
    assert (shown.anchor.fate, shown.words) == (stands, words)
    assert names(list_codes([one.id])) == ["Groen"]


def test_the_theme_goes_with_its_last_passage_and_with_the_theme_go_its_passages(unit: Session) -> None:
    desk = a_desk()
    one = a_text(desk.round)
    code_passages(one, desk.round.themes[:1], desk.writer, ticked=[0, 2])
    first, last = unit.scalars(select(Passage).order_by(Passage.start))
    end_passage(one, first, desk.writer)
    assert names(list_codes([one.id])) == ["Groen"]
    end_passage(one, last, desk.writer)
    assert list_codes([one.id]) == []
    code_passages(one, desk.round.themes[:1], desk.writer, ticked=[0])
    code(one, desk.round.themes[1:], desk.writer)
    assert passages_of(one) == []
    with clock.set_to(clock.now()):
        later = Actor(**{**vars(desk.writer), "arrived_at": clock.now()})
        code(one, desk.round.themes, later)
    assert passages_of(one) == [], "a theme that is given anew is about the whole"
    assert len(unit.scalars(select(Passage)).all()) == 3


def taken_away(desk, one: Contribution, *passages: str):
    redaction = propose_redaction(one, list(passages), Ground.PERSONAL_DATA, "Een naam.", desk.writer)
    confirm_redaction(redaction, desk.second)
    return redaction


@shows("S50")
def test_nothing_of_what_moderators_took_away_is_left_in_a_passage(unit: Session) -> None:
    desk = a_desk()
    text = "Ik ben Jan de Vries. Mijn buurman Piet Bakker valt vaak. Zet daar een bankje neer. Piet Bakker blij."
    one = a_text(desk.round, text)
    for ticked in ([0], [1], [2], [0, 1, 2]):
        code_passages(one, desk.round.themes[:1], desk.writer, ticked=ticked)
    code_passages(one, desk.round.themes[1:], desk.writer, words="buurman Piet")
    redaction = taken_away(desk, one, "Piet Bakker", "Jan de Vries")
    kept = " ".join(f"{p.quote} {p.prefix} {p.suffix}" for p in unit.scalars(select(Passage)))
    for word in ("Piet", "Bakker", "Vries", "Jan"):
        assert word not in kept
    assert "Zet daar een bankje neer." in [p.words for p in passages_of(one)]
    propose_lifting(redaction, "Het mag.", desk.writer)
    decide_lifting(redaction, desk.second, agrees=True)
    assert "Piet" in one.text
    assert all(p.anchor.fate in set(Fate) for p in passages_of(one))


def test_words_of_an_earlier_text_go_too_when_they_are_taken_away(unit: Session) -> None:
    desk = a_desk()
    one = a_text(desk.round, "Vraag het Piet Bakker. Dank u.")
    code_passages(one, desk.round.themes[:1], desk.writer, ticked=[0])
    edited(one, "Dank u. Piet Bakker weet het.")
    taken_away(desk, one, "Piet Bakker")
    assert "Piet" not in " ".join(p.quote + p.prefix + p.suffix for p in unit.scalars(select(Passage)))


def test_of_a_text_with_a_mark_the_coder_only_gets_what_readers_get(unit: Session) -> None:
    desk = a_desk()
    one = a_text(desk.round, "Mijn buurman Piet Bakker valt vaak. Dank u.")
    taken_away(desk, one, "Piet Bakker")
    with pytest.raises(Conflict):
        code_passages(one, desk.round.themes[:1], desk.writer, words="buurman Piet Bakker")
    code_passages(one, desk.round.themes[:1], desk.writer, ticked=[0])
    assert [p.words for p in passages_of(one)] == ["Mijn buurman [deel weggehaald] valt vaak."]


def test_a_text_of_which_a_passage_was_coded_belongs_to_the_file_and_is_not_erased(unit: Session) -> None:
    desk = a_desk()
    one, other = a_text(desk.round), a_text(desk.round)
    code_passages(one, desk.round.themes[:1], desk.writer, ticked=[0])
    end_passage(one, unit.scalars(select(Passage)).one(), desk.writer)
    assert list_unneeded(one.author_id) == []
    assert list_unneeded(other.author_id) == [other]


def test_the_journal_holds_no_words_of_a_passage(unit: Session) -> None:
    desk = a_desk()
    one = a_text(desk.round)
    code_passages(one, desk.round.themes[:1], desk.writer, ticked=[0])
    (entry,) = list_entries_on(one.id)
    assert (entry.act, entry.facts) == ("code", {"themes": ["t1"], "passages": 1})


# --- suggestions ---


def learnt(desk) -> Contribution:
    """Three inputs about benches are coded, and a fourth is not."""
    for title in ("Bankjes bij de winkels", "Bankjes bij de bus", "Meer bankjes op het plein"):
        code(a_text(desk.round, f"{title}, want ouderen willen uitrusten.", title), desk.round.themes[:1], desk.writer)
    return a_text(desk.round, "Graag bankjes bij de winkels voor ouderen.", "Bankjes voor ouderen")


def the_suggestion(unit: Session, one: Contribution) -> Suggestion:
    found = unit.scalars(select(Suggestion).where(Suggestion.contribution_id == one.id)).one()
    unit.refresh(found, attribute_names=["theme", "contribution"])
    return found


@shows("S50")
def test_a_suggestion_says_how_it_was_made_and_counts_for_nothing(unit: Session) -> None:
    desk = a_desk()
    one = learnt(desk)
    assert suggest_missing(the_platform()) == 1
    assert suggest_missing(the_platform()) == 0
    found = the_suggestion(unit, one)
    assert (found.theme.name, found.method, found.method_version) == ("Groen", "nearest coded inputs", "2")
    assert found.parameters == {"least": 0.12, "nearest": 5, "share": 0.4, "most": 3}
    assert found.score == pytest.approx(1.0)
    assert len(found.because) == 3
    assert list_codes([one.id]) == []
    assert coverage(desk.round.id).uncoded == 1
    listed = list_weighed(desk.round.id, Wanted(show=Show.SUGGESTED, viewer=desk.writer)).items
    assert [row.contribution.id for row in listed] == [one.id]


def test_a_person_who_confirms_it_sets_the_code_and_that_is_kept(unit: Session) -> None:
    desk = a_desk()
    one = learnt(desk)
    suggest_missing(the_platform())
    decide_suggestion(the_suggestion(unit, one), desk.second, confirms=True)
    (given,) = list_codes([one.id])
    assert (given.theme.name, given.coded_by_id) == ("Groen", desk.second.person_id)
    ((kept, is_open),) = list_suggestions(one.id)
    assert (kept.is_confirmed, kept.decided_by_id, is_open) == (True, desk.second.person_id, False)
    assert list_entries_on(one.id)[-1].facts["confirmed"] is True
    with pytest.raises(Conflict):
        decide_suggestion(kept, desk.writer, confirms=False)


def test_what_somebody_rejected_is_not_suggested_again(unit: Session) -> None:
    desk = a_desk()
    one = learnt(desk)
    suggest_missing(the_platform())
    decide_suggestion(the_suggestion(unit, one), desk.writer, confirms=False)
    assert list_codes([one.id]) == []
    edited(one, "Graag heel veel bankjes bij de winkels voor ouderen.")
    assert suggest_missing(the_platform()) == 1
    assert len(unit.scalars(select(Suggestion)).all()) == 1
    listed = list_weighed(desk.round.id, Wanted(show=Show.SUGGESTED, viewer=desk.writer)).items
    assert listed == []


def test_an_edit_or_much_more_coding_makes_it_look_again_and_replaces_what_was_open(unit: Session) -> None:
    desk = a_desk()
    one = learnt(desk)
    suggest_missing(the_platform())
    edited(one, "Graag bankjes bij de winkels en de school.")
    assert suggest_missing(the_platform()) == 1
    first, second = unit.scalars(select(Suggestion).order_by(Suggestion.made_at))
    assert (first.ended_at is None, second.ended_at is None) == (False, True)
    code(a_text(desk.round, "Bankjes bij de school.", "Bankjes"), desk.round.themes[1:], desk.writer)
    assert suggest_missing(the_platform()) == 1
    code(one, desk.round.themes[1:], desk.writer)
    assert suggest_missing(the_platform()) == 0
    with pytest.raises(Conflict):
        decide_suggestion(_loaded(unit, first), desk.writer, confirms=True)


def _loaded(unit: Session, found: Suggestion) -> Suggestion:
    unit.refresh(found, attribute_names=["theme", "contribution"])
    return found


def test_a_theme_that_was_given_by_hand_is_no_open_suggestion_any_more(unit: Session) -> None:
    desk = a_desk()
    one = learnt(desk)
    suggest_missing(the_platform())
    code(one, desk.round.themes[:1], desk.writer)
    assert [is_open for _one, is_open in list_suggestions(one.id)] == [False]


def test_what_is_not_public_and_a_round_without_codes_get_no_suggestions(unit: Session) -> None:
    desk = a_desk()
    a_text(desk.round)
    assert suggest_missing(the_platform()) == 0
    one = learnt(desk)
    one.state = State.HELD
    afresh()
    suggest_missing(the_platform())
    assert not unit.scalars(select(Suggestion).where(Suggestion.contribution_id == one.id)).all()
    assert unit.scalars(select(Code)).all()
