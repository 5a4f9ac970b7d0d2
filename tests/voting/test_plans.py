import re

import pytest
from sqlalchemy import select

from consult.contributions.models import State
from consult.foundation.db import session
from consult.foundation.errors import Conflict
from consult.policy import Duty, Role
from consult.rounds.models import PhaseKind
from consult.voting import ballots
from consult.voting.ballots import Plan
from consult.voting.methods import METHODS, Candidate, Profile, quiet
from consult.voting.models import Method, Option, Poll
from tests.builders import a_member_of_staff, an_authority, appoint, phase_of, the_platform
from tests.voting.builders import a_proposal_in, a_voting_round
from tests.voting.test_ballots import Ballots, a_choice, sheet_of


@pytest.mark.usefixtures("unit")
def test_plans_are_public_proposals_by_their_number_or_new_ones_and_each_once():
    found = a_voting_round()
    proposal = a_proposal_in(found, "Zebrapad")
    phase = phase_of(found, PhaseKind.PRIORITISE)
    told = {"title": "Wat kiest u?", "method": Method.RANKING, "parameters": {}}
    poll = ballots.set_up_poll(
        found, phase, the_platform(), plans=[Plan(proposal.public_id), Plan("Iets nieuws")], **told
    )
    assert {one.contribution.title for one in sheet_of(poll).options} == {"Zebrapad", "Iets nieuws"}
    for plans in ([Plan("a")], [Plan("a"), Plan("A")]):
        with pytest.raises(Conflict):
            ballots.set_up_poll(found, phase, the_platform(), plans=plans, **told)


def test_a_director_sets_up_a_budget_vote_and_a_bad_line_comes_back_with_its_number(site):
    with site.writing():
        an_authority()
        found = a_voting_round()
        director = a_member_of_staff(Role.DIRECTOR)
        appoint(found, director, Duty.DIRECTOR)
        phase = phase_of(found, PhaseKind.PRIORITISE).id
    browser, page = site.browser(director), f"/staff/rounds/{found.slug}/poll/new"
    shown = browser.get(f"{page}?method=budget").text
    key = re.search(r'name="form_key"[^>]*value="([^"]+)"', shown)[1]
    told = {"method": "budget", "title": "Wat betaalt de buurt?", "phase": str(phase), "form_key": key}
    told |= {"budget": "€ 100.000", "rule": "equal_shares", "plans": "Bomen; 12.500; N; a\nBankjes\nPad; 900,50; N; a"}
    answer = browser.post(page, told)
    assert answer.status_code == 422
    assert "Regel 2" in answer.text
    assert "Bomen; 12.500; N; a" in answer.text  # nothing is lost
    told["plans"], told["area_budgets"] = told["plans"].replace("Bankjes", "Bankjes; 100; Z"), "N; 40.000\nZ; 10.000"
    assert browser.post(page, told).status_code == 303
    with site.reading():
        poll = session().scalars(select(Poll)).one()
        options = session().scalars(select(Option).where(Option.poll_id == poll.id)).all()
        assert sorted(option.cost for option in options) == [100_00, 900_50, 12_500_00]
        assert poll.parameters["budget"] == 100_000_00
        assert poll.parameters["area_budgets"] == {"N": 40_000_00, "Z": 10_000_00}
        assert len(poll.parameters["exclusive"][0]) == 2
        assert sorted(poll.parameters["areas"].values()) == ["N", "N", "Z"]


def by_area(site) -> Ballots:
    return Ballots(
        site,
        plans=(Plan("Bomen", 60_00, "N"), Plan("Bankjes", 50_00, "N"), Plan("Wandelpad", 40_00)),
        budget=50_00,
        area_budgets={"N": 60_00},
    )


def test_where_areas_have_their_own_money_a_ballot_keeps_to_each_of_them(site):
    voting = by_area(site)
    assert voting.browser.post(f"{voting.page}/cast", voting.typed(Bomen=1, Wandelpad=1)).status_code == 303
    answer = voting.browser.post(f"{voting.page}/cast", voting.typed(Bomen=1, Bankjes=1))
    text = answer.text.replace("\N{NO-BREAK SPACE}", " ")
    assert (answer.status_code, "In N geeft u € 50 te veel uit" in text) == (422, True)
    assert "In N is € 60 te besteden" in text
    assert "N: € 110 van € 60" in text


@pytest.mark.parametrize(
    ("plans", "budgets", "words"),
    [
        ((Plan("a", 1, "N"), Plan("b", 1, "Z")), {"N": 5}, "“b” ligt in Z"),
        ((Plan("a", 1, "N", "x"), Plan("b", 1, "", "X")), {"N": 5}, "in één gebied"),
        ((Plan("a", 1, "N"), Plan("b", 1)), {"N": 5, "Z": 5}, "een budget voor Z"),
    ],
)
@pytest.mark.usefixtures("unit")
def test_areas_and_budgets_that_do_not_fit_one_another_are_refused(plans, budgets, words):
    with pytest.raises(Conflict, match=re.escape(words)):
        a_choice(Method.BUDGET, plans=plans, area_budgets=budgets)


def test_a_plan_in_an_area_without_money_of_its_own_is_paid_from_what_is_for_no_area():
    told = {"budget": 10, "area_budgets": {"N": 5}, "rule": "greedy"}
    found, _other = METHODS[Method.BUDGET].outcomes(
        Profile([Candidate("n", 5, 3, area="N"), Candidate("strange", 8, 2, area="W")], [], told), quiet
    )
    assert sorted(found.selected) == ["n", "strange"]


def test_of_two_rivals_in_different_areas_one_is_selected():
    told = {"budget": 10, "area_budgets": {"N": 5}, "rule": "greedy", "exclusive": [["n", "w"]]}
    profile = Profile([Candidate("n", 5, 3, area="N"), Candidate("w", 8, 2)], [], told)
    found, _other = METHODS[Method.BUDGET].outcomes(profile, quiet)
    assert found.selected == ["w"]


@pytest.mark.usefixtures("unit")
@pytest.mark.parametrize("state", [State.HELD, State.REFUSED, State.WITHDRAWN])
def test_the_number_of_what_is_not_public_never_becomes_a_plan(state):
    found = a_voting_round()
    secret = a_proposal_in(found, "Geheim", state)
    for number in (secret.public_id, secret.public_id.upper()):
        with pytest.raises(Conflict, match="geen openbaar voorstel"):
            a_choice(Method.RANKING, found, plans=[Plan("Iets"), Plan(number)])
    with pytest.raises(Conflict):  # nor one of another round
        a_choice(Method.RANKING, plans=[Plan("Iets"), Plan(a_proposal_in(found, "Openbaar").public_id)])
