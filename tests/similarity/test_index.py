import csv
from pathlib import Path

import pytest
from sqlalchemy import func, select

from consult.contributions.models import Channel, Contribution, State
from consult.contributions.verbs import Row
from consult.foundation import clock
from consult.proposals.verbs import enter_proposals
from consult.similarity import queries, rules, verbs
from consult.similarity.models import IndexedText, Term
from tests.builders import a_moderator_of, a_resident, a_round, acting, the_platform
from tests.contributions.builders import a_contribution
from tests.pages.builders import counted
from tests.shows import shows
from tests.similarity.paraphrases import IDEAS as PARAPHRASES

IDEAS = Path(__file__).parent / "fixtures" / "ideas.csv"


def ideas():
    """Proposals as people of one town could write them; those with the same word in the first column mean the same."""
    with IDEAS.open(encoding="utf-8", newline="") as source:
        return list(csv.DictReader(source))


def entered(found, told):
    rows = [Row(one["title"], one["text"], "", Channel.ONLINE, clock.now()) for one in told]
    new = enter_proposals(found, rows, the_platform())
    verbs.index_many(new)
    return new


def alike(found, title, text="", actor=None, **more):
    return [
        one.contribution.title for one in queries.list_similar(found.id, actor or acting(None), title, text, **more)
    ]


def test_the_same_idea_in_other_words_is_found_and_rarely_another_one(unit):
    found, told = a_round(), ideas()
    new = entered(found, told)
    found_it, asked, troubled = [], [], []
    for one, own in zip(told, new, strict=True):
        similar = queries.list_similar(found.id, acting(None), one["title"], one["text"], language="nl", but=own.id)
        meant = {a.id for a, b in zip(new, told, strict=True) if b["idea"] and b["idea"] == one["idea"]}
        close = {s.contribution.id for s in similar if s.score >= rules.ALIKE}
        found_it += [one["title"]] * any(s.contribution.id in meant for s in similar)
        asked += [one["title"]] * bool(close & meant)
        troubled += [one["title"]] * bool(close and not close & meant)
    ideas_told = sum(bool(one["idea"]) for one in told)
    assert len(found_it) >= 0.97 * ideas_told, f"{len(found_it)} of {ideas_told} find their like among the five shown"
    assert len(asked) >= 0.75 * ideas_told, f"{len(asked)} of {ideas_told} are asked whether they mean the same"
    assert len(troubled) <= 0.05 * len(told), f"asked for nothing: {troubled}"


@pytest.mark.parametrize(
    ("written", "there"),
    [
        ("Laadpalen in onze straat", "Een laadpaal voor de straat"),
        ("Stalling voor fietsen", "Fietsenstalling"),
        ("Meer prulenbaken", "Prullenbakken"),
        ("Waterspeeltuin", "Speeltuin met water"),
        ("Zonnepaneel op het dak", "Zonnepanelen op daken"),
    ],
)
def test_a_plural_a_compound_and_a_slip_of_the_pen_find_their_like(unit, written, there):
    found = a_round()
    entered(
        found, [{"title": there, "text": ""}, *({"title": f"Iets anders {n}", "text": "Heel wat."} for n in range(9))]
    )
    assert alike(found, written) == [there]


def test_ways_to_say_an_idea_are_among_the_five_most_alike(unit):
    found = a_round()
    told = [words for idea in PARAPHRASES for words in idea]
    entered(found, [{"title": words, "text": ""} for words in told])
    hits = 0
    for idea in PARAPHRASES:
        for words in idea:
            five = [one for one in alike(found, words, limit=6, least=0) if one != words][:5]
            hits += len(set(five) & set(idea))
    assert hits >= 0.65 * 3 * len(told), f"{hits} of {3 * len(told)}"


@shows("R27")
def test_only_what_somebody_may_see_is_shown_to_them(unit):
    found, writer = a_round(), a_resident()
    hidden = a_contribution(found, writer, title="Laadpalen bij het station")
    hidden.state = State.HELD
    merged = a_contribution(found, title="Laadpaal bij station")
    merged.merged_into_id = hidden.id
    unit.flush()
    verbs.index_many([hidden, merged])
    for actor in (acting(None), acting(a_resident()), a_moderator_of(found)):
        assert alike(found, "Laadpalen bij het station", actor=actor) == []
    assert alike(found, "Laadpalen bij het station", actor=acting(writer)) == ["Laadpalen bij het station"]
    hidden.state = State.PUBLISHED
    unit.flush()
    assert alike(found, "Laadpalen bij het station") == [hidden.title]
    assert alike(a_round(), "Laadpalen bij het station") == [], "another round is another index"


def test_a_new_text_replaces_the_old_one_in_the_index(unit):
    found = a_round()
    one = a_contribution(found, title="Laadpalen")
    verbs.index(one)
    one.title, one.text, one.version = "Moestuin", "Groente.", 2
    unit.flush()
    assert [told.id for told in queries.list_missing(10)] == [one.id]
    assert verbs.index_missing() == 1
    assert (alike(found, "Laadpalen"), alike(found, "Moestuin")) == ([], ["Moestuin"])
    assert verbs.index_missing() == 0
    assert unit.scalar(select(func.count(IndexedText.number))) == 1


def test_what_is_forgotten_leaves_nothing_in_the_index(unit):
    found = a_round()
    one, stays = (a_contribution(found, title=title) for title in ("Laadpalen", "Laadpalen en stoepen"))
    verbs.index_many([one, stays])
    verbs.forget([one.id])
    assert alike(found, "Laadpalen") == [stays.title]
    verbs.forget([stays.id])
    assert [unit.scalar(select(func.count()).select_from(table)) for table in (IndexedText, Term)] == [0, 0]


@pytest.mark.parametrize("words", ["", "de het een", "'\")--", "%%%", "\U0001f333", "a" * 500, "~boo ~oom"])
def test_nothing_that_can_be_typed_finds_a_mistake(unit, words):
    found = a_round()
    entered(found, [{"title": "Bomen", "text": "Plant ze."}])
    assert alike(found, words, words) in ([], ["Bomen"])


@shows("R61")
def test_a_question_is_three_statements_however_much_there_is(empty_database):
    with empty_database.writing():
        found = a_round()
        entered(found, ideas())
    with empty_database.reading(), counted(empty_database) as sent:
        assert alike(found, "Laadpalen voor elektrische auto's", "Meer oplaadpunten in de straat.")
    assert len(sent) == 3


def test_a_search_finds_other_forms_of_a_word_and_every_piece_of_one(unit):
    found = a_round()
    plan, plans, path = entered(found, [{"title": t, "text": ""} for t in ("Plan", "Plannen", "Het fietspadenplan")])
    assert set(searched(unit, found, "plannen")) == {plan, plans}
    assert set(searched(unit, found, "plan")) == {plan, plans, path}
    assert set(searched(unit, found, "fietspaden plan")) == {path}
    assert searched(unit, found, "brug") == []


def searched(unit, found, words):
    wanted = select(Contribution).where(Contribution.round_id == found.id, queries.matches(found.id, words))
    return list(unit.scalars(wanted))
