import stat
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import select

from consult.accounts.factors import steps_shown
from consult.accounts.models import Account
from consult.accounts.passwords import matches
from consult.accounts.queries import find_account, list_factors
from consult.accounts.rules import code_at
from consult.contributions.models import Contribution, Kind, State
from consult.demo import expected, people, story
from consult.foundation import clock
from consult.foundation.db import Database, session
from consult.foundation.errors import Conflict
from consult.foundation.language import local
from consult.opendata import results
from consult.opendata.files import BadFile
from consult.participants.models import Organisation
from consult.participants.queries import list_members
from consult.policy import Actor, system
from consult.positions.queries import list_positions
from consult.review.queries import find_term, get_note, list_hindrances
from consult.rounds.models import PhaseKind, Round, RoundState
from consult.rounds.queries import find_authority, get_round, list_rounds
from consult.rounds.rules import current
from consult.synthesis.models import Draft, DraftState, Outcome
from consult.synthesis.queries import coverage
from consult.voting.results import recount
from tests.second import SECRET, code_now

MAIN, FINISHED = "ronde-wijken-2040", "speelplekken-rietlanden"


def rounds() -> dict[str, Round]:
    return {found.slug: get_round(system(clock.now()), found.slug) for found in list_rounds(system(clock.now()))}


def contributions(round_id: object) -> list[Contribution]:
    return list(session().scalars(select(Contribution).where(Contribution.round_id == round_id)))


def told() -> dict[str, Any]:
    whole: dict[str, Any] = yaml.safe_load(story.MUNICIPALITY.read_text(encoding="utf-8"))
    return whole


def test_every_expected_block_is_checked() -> None:
    assert set(told()["expected"]) == set(expected.CHECKS)


def test_the_municipality_votes_today_with_all_its_people(empty_database: Database, tmp_path: Path) -> None:
    report = story.load(empty_database, sign_ins=tmp_path / "instance" / "sign-ins.txt", secret_key=SECRET)
    assert report.rounds[MAIN] == (1126, 12116)
    assert report.shift.days % 7 == 0
    with empty_database.reading():
        found = rounds()
        main = found[MAIN]
        phase = current(main.phases, clock.now())
        assert phase is not None
        assert phase.kind is PhaseKind.PRIORITISE
        assert phase.closes_at - clock.now() > timedelta(days=5)
        assert (main.state, found[FINISHED].state) == (RoundState.OPEN, RoundState.CLOSED)
        assert results.as_json(main)["polls"][0]["ballots"] is None
        states = Counter(c.state for c in contributions(main.id) if c.kind is Kind.PROPOSAL)
        assert states == {State.PUBLISHED: 30, State.WITHDRAWN: 1, State.REFUSED: 1}
        assert recount() == []
        check_positions(main)
    check_sign_ins(empty_database, report, tmp_path / "instance" / "sign-ins.txt")


def check_positions(main: Round) -> None:
    """What organisations hold is what the story says, and gives the likenesses that it expects."""
    bodies = session().scalars(select(Organisation)).all()
    assert len(bodies) == 12
    assert all(body.is_verified and len(list_members(body.id)) == 2 for body in bodies)
    listed = list_positions(system(clock.now()), main, "name").items
    held = {one.position.contribution.reference: one for one in listed}
    assert {code: one.signed_by for code, one in held.items() if one.signed_by} == {"ST04": 1, "ST06": 1}
    codes = {theme.id: theme.code for theme in main.themes}
    scores = {
        code: {codes[said.theme_id]: (said.stance, said.weight) for said in one.version.themes}
        for code, one in held.items()
    }
    assert scores == {one["id"]: {t: tuple(s) for t, s in one["scores"].items()} for one in told()["positions"]}
    for first, second, expected_value in told()["expected"]["affinity_top"]:
        pair = (scores[first.replace("P", "ST")], scores[second.replace("P", "ST")])
        assert round(affinity(*pair), 2) == expected_value, (first, second)
    for first, second, theme in told()["expected"]["conflicts"]:
        (s1, w1), (s2, w2) = (scores[name.replace("P", "ST")][theme] for name in (first, second))
        assert min(w1, w2) >= 2
        assert s1 * s2 < 0
        assert abs(s1 - s2) >= 3


def affinity(one: dict[str, tuple[int, int]], other: dict[str, tuple[int, int]]) -> float:
    """How alike two positions are: the sum of min(w)·(1 - |difference|/4) over the sum of min(w)."""
    shared = {theme: min(one[theme][1], other[theme][1]) for theme in one.keys() & other.keys()}
    alike = sum(w * (1 - abs(one[theme][0] - other[theme][0]) / 4) for theme, w in shared.items())
    return alike / sum(shared.values())


def check_sign_ins(database: Database, report: story.DemoReport, path: Path) -> None:
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    text = path.read_text(encoding="utf-8")
    with database.reading():
        for printed in report.sign_ins:
            assert printed.password in text
            account = find_account(printed.email)
            assert account is not None
            assert account.is_demo
            assert matches(account.password_hash, printed.password)
            held = list_factors(account.id)
            assert len(held) == bool(printed.secret)
            assert not held or steps_shown(held, code_now(printed.secret), clock.now(), SECRET)
        speakers = {"Huurdersvereniging Samen Wonen", "Stichting Buurtkracht"}
        assert {p.role for p in report.sign_ins if not p.secret} == {"inwoner", *speakers}
    at = clock.now()
    for line in people.told_now(path, at).splitlines():
        if (secret := line.split()[-1]) in {p.secret for p in report.sign_ins}:
            assert line.split()[-2] == code_at(secret, at)
            assert line.replace(f"{code_at(secret, at)}  ", "") in text
    with database.reading():
        others = session().scalars(select(Account).where(Account.password_hash.is_(None))).all()
        assert others
        assert all(account.is_demo for account in others)


def test_the_finished_round_shows_results_and_a_draft_with_its_sources(empty_database: Database) -> None:
    story.load(empty_database, phase="collect")
    with empty_database.reading():
        found = rounds()
        closed = found[FINISHED]
        (poll,) = results.as_json(closed)["polls"]
        assert (poll["final"], poll["ballots"]) == (True, 214)
        (draft,) = session().scalars(select(Draft).where(Draft.round_id == closed.id))
        assert draft.state is DraftState.PUBLISHED
        assert draft.published_by_id != draft.submitted_by_id
        covered = coverage(closed.id)
        assert (covered.uncoded, covered.unweighed, covered.unplaced, covered.bare) == (0, 0, 0, 0)
        check_answers(closed, 11)
        waiting = [c for c in contributions(found[MAIN].id) if c.state is State.HELD]
        assert waiting or all(c.state is not State.HELD for c in contributions(closed.id))


@pytest.mark.parametrize("phase", ["formal_review", "evaluate"])
def test_later_on_everything_has_come_out_as_the_story_says(empty_database: Database, phase: str) -> None:
    report = story.load(empty_database, phase=phase)
    assert f"{MAIN}: outcomes" in report.held
    checked = {f"{MAIN}: formal_term", f"{MAIN}: sections_changed_after_review"}
    assert checked <= set(report.held) or phase == "formal_review"
    with empty_database.reading():
        main = rounds()[MAIN]
        now = current(main.phases, clock.now())
        assert now is not None
        assert now.kind.value == phase
        assert expected.outcomes(main.id) == told()["expected"]["outcomes"]
        (draft,) = session().scalars(select(Draft).where(Draft.round_id == main.id))
        assert draft.state is DraftState.PUBLISHED
        merged = [c for c in contributions(main.id) if c.merged_into_id is not None]
        assert [c.reference for c in merged] == ["V02"]
        check_answers(main, 29)


def check_answers(found: Round, number: int) -> None:
    """Every answer was signed by a second person and made public on the day on which it was told."""
    told_on = next(phase.first_day for phase in found.phases if phase.kind is PhaseKind.FEEDBACK)
    answers = session().scalars(select(Outcome).join(Contribution).where(Contribution.round_id == found.id)).all()
    assert len(answers) == number
    assert all(one.signed_by_id and one.signed_by_id != one.set_by_id for one in answers)
    assert {one.published_at and local(one.published_at).date() for one in answers} == {told_on}
    assert all(one.set_at < one.signed_at < one.published_at for one in answers)


def test_a_second_load_is_refused(empty_database: Database) -> None:
    with empty_database.writing():
        story._found(story.read(story.MUNICIPALITY)[0], story.people.Cast("x.example", []))
    with pytest.raises(Conflict):
        story.load(empty_database)
    with empty_database.reading():
        assert find_authority() is not None


def another(tmp_path: Path, **changed: Any) -> Path:
    whole = told() | changed
    whole["authority"] |= {
        "name": "Provincie Drechtland",
        "type": "province",
        "code": "PV99",
        "labels": {"council": "Provinciale Staten", "executive": "Gedeputeerde Staten"},
        "contact": {"email": "info@drechtland.example"},
    }
    whole["round"]["id"] = "ruimte-voor-water"
    path = tmp_path / "drechtland.yaml"
    path.write_text(yaml.safe_dump(whole, allow_unicode=True), encoding="utf-8")
    beside = story.MUNICIPALITY.with_name(f"{story.MUNICIPALITY.stem}.extra.yaml")
    (tmp_path / "drechtland.extra.yaml").write_bytes(beside.read_bytes())
    return path


def test_another_story_of_the_same_schema_loads_too(empty_database: Database, tmp_path: Path) -> None:
    report = story.load(empty_database, another(tmp_path))
    assert list(report.rounds) == ["ruimte-voor-water"]
    with empty_database.reading():
        assert rounds()["ruimte-voor-water"].decider == "Provinciale Staten"


def test_what_does_not_come_out_is_told_with_the_difference(empty_database: Database, tmp_path: Path) -> None:
    with pytest.raises(Conflict, match=r"12117.*12116"):
        story.load(empty_database, another(tmp_path, expected={"vote_options_counted": 12117}))


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("schema: demo/1", "schema: other", "schema"),
        ("level: advise", "level: shout", "shout"),
        ("type: collect", "type: answer", "fase"),
        ("themes: [T1], votes: [412", "votes: [412", "themes"),
        ("anchor_date: 2026", "anchor_date: [2026", "line|regel"),
    ],
)
def test_a_broken_story_is_refused_before_anything_is_loaded(
    empty_database: Database, tmp_path: Path, old: str, new: str, reason: str
) -> None:
    path = tmp_path / "story.yaml"
    whole = story.MUNICIPALITY.read_text(encoding="utf-8")
    assert old in whole
    path.write_text(whole.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(BadFile, match=reason):
        story.load(empty_database, path)
    with empty_database.reading():
        assert find_authority() is None


@pytest.mark.parametrize("kind", ["sqlite"])
def test_the_formal_term_holds_to_the_day_where_no_date_is_moved(empty_database: Database) -> None:
    with clock.set_to(datetime(2027, 2, 16, 12, tzinfo=UTC)):
        report = story.load(empty_database, phase="evaluate")
        assert report.shift == timedelta()
        with empty_database.reading():
            main = rounds()[MAIN]
            assert expected.formal_term(main.id) == told()["expected"]["formal_term"]
            assert expected.sections_changed(main.id) == told()["expected"]["sections_changed_after_review"]
            term = find_term(main.id)
            assert term is not None
            assert term.ends_on == told()["formal_review"]["outage"]["extended_to"]
            note = get_note(Actor(arrived_at=clock.now()), MAIN)
            assert note.published
            assert list_hindrances(main.id) == []
    assert f"{MAIN}: formal_term" in report.held


def test_a_moved_story_expects_moved_days_and_nothing_that_hangs_on_holidays() -> None:
    value = {"first_day": date(2026, 9, 1), "last_day": date(2026, 10, 12), "points": 8}
    assert expected.moved(value, timedelta()) == value
    assert expected.moved(value, timedelta(weeks=1)) == {"first_day": date(2026, 9, 8), "points": 8}
    assert expected.unmoved(value, timedelta(weeks=1)) == {"first_day": date(2026, 9, 1), "points": 8}
