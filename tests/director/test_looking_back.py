from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from werkzeug.datastructures import MultiDict

from consult.director.accountability.forms import RoleReviewForm
from consult.director.accountability.frame import reviewed, side_by_side, typed
from consult.director.accountability.models import RoleReview, ScanPart, Withheld
from consult.director.accountability.queries import get_public_review, get_reviewed, list_scans
from consult.director.accountability.rules import MOST_ASKED, mark_in, response_pct
from consult.director.accountability.verbs import ReviewTold, publish_role_review, write_role_review, write_scan
from consult.foundation import clock
from consult.foundation.db import session
from consult.foundation.errors import Conflict, NotAllowed, NotFound, NotNow
from consult.foundation.language import local
from consult.mandates.models import Rung
from consult.mandates.queries import find_vision, get_written_vision
from consult.mandates.verbs import open_round
from consult.mandates.visions import adopt_vision, link_principles, write_vision
from consult.policy import Duty
from consult.rounds.models import Organ, PhaseKind
from tests.builders import a_director_of, a_member_of_staff, a_phase, a_round, acting, appoint, reloaded, the_platform
from tests.mandates.test_visions import FIRST
from tests.shows import shows

pytestmark = pytest.mark.usefixtures("unit")


def today():
    return local(clock.now()).date()


def a_round_to_look_back_on(first=-2):
    phases = [a_phase(PhaseKind.COLLECT, -9, -4), a_phase(PhaseKind.EVALUATE, first, first + 9)]
    found = a_round(state="draft", phases=phases)
    write_vision("Samen", "", FIRST, the_platform())
    adopt_vision(get_written_vision(the_platform()), Organ.COUNCIL, today(), "", the_platform())
    link_principles(found, [one.id for one in find_vision().principles], the_platform())
    open_round(reloaded(found), the_platform())
    return found


def told_of(**more):
    scores = {one.id: (4, "Het stond op de pagina.") for one in find_vision().principles}
    return replace(ReviewTold(Rung.DIRECT, "Wij deden wat wij kozen.", "Eerder naar scholen.", scores), **more)


def of(found):
    return get_reviewed(the_platform(), found.slug)


@shows("S37")
def test_each_linked_principle_needs_a_score_with_words():
    found = a_round_to_look_back_on()
    director = a_director_of(found)
    first, second = find_vision().principles
    good = {first.id: (4, "Goed.")}
    for scores in (good, good | {second.id: (0, "Goed.")}, good | {second.id: (3, "  ")}):
        with pytest.raises(Conflict):
            write_role_review(of(found), told_of(scores=scores), director, number=0)
    write_role_review(of(found), told_of(), director, number=0)
    shown = reviewed(found, of(found).versions[0])
    assert [(one.code, score.score) for one, score in shown["kept"]] == [("U1", 4), ("U2", 4)]


@shows("S37")
def test_it_is_published_by_a_second_person_and_then_everybody_reads_it():
    found = a_round_to_look_back_on()
    director, sponsor = a_director_of(found), a_member_of_staff()
    appoint(found, sponsor, Duty.OFFICIAL_SPONSOR)
    write_role_review(of(found), told_of(), director, number=0)
    with pytest.raises(NotAllowed):
        publish_role_review(of(found), director, number=1)
    with pytest.raises(NotFound):
        get_public_review(the_platform(), found.slug)
    with pytest.raises(Conflict):
        publish_role_review(of(found), acting(sponsor), number=2)
    publish_role_review(of(found), acting(sponsor), number=1)
    assert get_public_review(the_platform(), found.slug).public.number == 1
    write_role_review(of(found), told_of(lessons="Nog iets."), director, number=1)
    assert get_public_review(the_platform(), found.slug).public.number == 1
    with pytest.raises(Conflict):
        write_role_review(of(found), told_of(), director, number=1)


@shows("S37")
def test_what_is_not_published_has_a_ground_with_its_reason():
    found = a_round_to_look_back_on()
    director = a_director_of(found)
    for wrong in ({"withheld": Withheld.INTERNAL}, {"withheld_because": "Omdat."}):
        with pytest.raises(Conflict):
            write_role_review(of(found), told_of(**wrong), director, number=0)
    kept = told_of(withheld=Withheld.INTERNAL, withheld_because="Er staan meningen van medewerkers in.")
    write_role_review(of(found), kept, director, number=0)
    assert of(found).versions[0].withheld is Withheld.INTERNAL


def test_there_is_nothing_to_look_back_on_before_the_evaluation_begins():
    found = a_round_to_look_back_on(first=3)
    with pytest.raises(NotNow):
        write_role_review(of(found), told_of(), a_director_of(found), number=0)


def test_no_more_people_answer_than_were_asked():
    found = a_round_to_look_back_on()
    with pytest.raises(Conflict):
        write_role_review(of(found), told_of(sent=10, responses=11), a_director_of(found), number=0)


@pytest.mark.parametrize(
    ("sent", "responses", "expected"), [(1058, 214, "20.2"), (0, 0, None), (None, None, None), (3, 3, "100.0")]
)
def test_the_response_is_a_share_of_those_who_were_asked(sent, responses, expected):
    assert response_pct(sent, responses) == (Decimal(expected) if expected else None)


@pytest.mark.parametrize(("typed", "mark"), [("7,4", "7.4"), ("10", "10"), ("0,9", None), ("11", None), ("goed", None)])
def test_a_mark_is_from_one_to_ten(typed, mark):
    assert mark_in(typed) == (Decimal(mark) if mark else None)


def scores_of(score):
    return dict.fromkeys(ScanPart, (score, "Het staat in de notulen."))


@shows("S12")
def test_each_score_of_a_self_scan_needs_evidence():
    for wrong in (
        {part: told for part, told in scores_of(3).items() if part is not ScanPart.PEOPLE},
        {**scores_of(3), ScanPart.PEOPLE: (3, " ")},
        {**scores_of(3), ScanPart.PEOPLE: (6, "Het staat er.")},
    ):
        with pytest.raises(Conflict):
            write_scan(today().year, today(), wrong, the_platform())
    with pytest.raises(Conflict):
        write_scan(today().year, today() + timedelta(days=1), scores_of(3), the_platform())
    assert list_scans() == []


@shows("S12")
def test_two_self_scans_stand_side_by_side():
    for year, score in ((2023, 2), (2024, 3), (2025, 3)):
        write_scan(year, date(year, 5, 1), {**scores_of(3), ScanPart.VISION: (score, "Zie de visie.")}, the_platform())
    better, [read, *_others] = {**scores_of(3), ScanPart.VISION: (5, "Zie de visie.")}, list_scans()
    with pytest.raises(Conflict) as refused:
        write_scan(2025, date(2025, 6, 1), better, the_platform())
    assert "5. Zie de visie." in refused.value.yours
    assert "3. Zie de visie." in refused.value.theirs
    write_scan(2025, date(2025, 6, 1), better, the_platform(), seen=read.mark)
    last_two = side_by_side(list_scans(), "", "")
    assert [one.year for one in last_two["pair"]] == [2024, 2025]
    assert last_two["rows"][0]["change"] == 2
    chosen = side_by_side(list_scans(), "2025", "2023")
    assert [one.year for one in chosen["pair"]] == [2023, 2025]
    assert [one.score for one in chosen["rows"][0]["scores"]] == [2, 5]
    assert chosen["rows"][1]["change"] == 0


@pytest.mark.parametrize("ends", ["the decision", "the last phase", "nothing yet"])
def test_a_round_without_a_phase_to_evaluate_is_looked_back_on_after_the_decision_or_its_last_phase(ends):
    found = a_round(phases=[a_phase(PhaseKind.COLLECT, -9, -4 if ends == "the last phase" else 4)])
    found.decided_at = clock.now() if ends == "the decision" else None
    session().flush()
    told = ReviewTold(Rung.DIRECT, "Wij deden wat wij kozen.", "Eerder naar scholen.", {})
    if ends == "nothing yet":
        with pytest.raises(NotNow, match="besluit"):
            write_role_review(of(found), told, a_director_of(found), number=0)
    else:
        assert write_role_review(of(found), told, a_director_of(found), number=0).number == 1


def test_a_survey_of_many_rows_comes_back_in_the_form_with_no_more_rows_than_it_takes():
    told = RoleReview(number=1, happened=Rung.DIRECT, scores=[], survey={f"Vraag {n}": "7" for n in range(11)})
    assert len(typed(told, [])["survey"]) == MOST_ASKED
    told.survey = {"Vraag": "7"}
    assert [one.get("asked") for one in typed(told, [])["survey"]] == ["Vraag", None, None, None]


def test_no_more_people_are_asked_than_there_can_be():
    for typed_number, fits in (("3000000000", False), ("100000000", True), ("-1", False)):
        form = RoleReviewForm(MultiDict({"sent": typed_number, "responses": "0"}), meta={"csrf": False})
        assert form.sent.validate(form) is fits
