import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from consult.audit.models import Entry
from consult.contributions.models import Contribution, State
from consult.foundation import clock
from consult.foundation.db import session
from consult.foundation.errors import Conflict, NotNow
from consult.foundation.forms import KeptText
from consult.foundation.language import local
from consult.foundation.mail import Mail
from consult.notifications.delivery import deliver_all
from consult.policy import Duty, Role
from consult.rounds.models import Phase, PhaseKind
from consult.rounds.queries import get_round
from consult.voting import ballots, outcomes, results
from consult.voting.ballots import Plan
from consult.voting.methods import METHODS, Candidate, Profile, Unfit, quiet
from consult.voting.models import Invalidation, Mark, Method, Option, Poll, Selection, UnfinishedBallot
from consult.voting.queries import get_poll, get_sheet
from consult.voting.verbs import withdraw_votes
from consult.working import work_once
from tests.builders import a_member_of_staff, a_resident, acting, an_authority, appoint, phase_of, the_platform
from tests.shows import shows
from tests.voting.builders import a_proposal_in, a_voting_round, closed_for_good
from tests.voting.test_views import statements

PLANS = (Plan("Bomen", 60_00), Plan("Bankjes", 50_00), Plan("Wandelpad", 40_00))
WAYS = {
    Method.APPROVAL: {"max_length": 2, "seats": 1},
    Method.POINTS: {"max_sum_points": 5, "max_points": 3, "seats": 1},
    Method.RANKING: {"rule": "schulze"},
    Method.BUDGET: {
        "rule": "equal_shares",
        "budget": 100_00,
        "within_budget": True,
        "tie_order": ["cost", "reference"],
    },
}


def a_choice(method: Method = Method.BUDGET, found=None, **parameters) -> Poll:
    found = found or a_voting_round()
    told = {"title": "Wat kiest u?", "method": method, "plans": parameters.pop("plans", PLANS)}
    phase = phase_of(found, PhaseKind.PRIORITISE)
    return ballots.set_up_poll(found, phase, the_platform(), parameters={**WAYS[method], **parameters}, **told)


def sheet_of(poll: Poll):
    session().flush()
    return get_sheet(the_platform(), poll.round.slug, poll.id)


def said(sheet, **values):
    return {
        option.id: values[option.contribution.title] for option in sheet.options if option.contribution.title in values
    }


def stored(poll: Poll) -> dict[str, int]:
    profile = outcomes.read_profile(poll)
    return {one.reference: one.votes for one in profile.candidates if one.votes}


class Ballots:
    def __init__(self, site, method=Method.BUDGET, **parameters):
        self.site = site
        with site.writing():
            an_authority()
            self.round = a_voting_round()
            self.poll = a_choice(method, self.round, **parameters)
            self.ids = {one.contribution.title: one.id.hex for one in sheet_of(self.poll).options}
            self.person = a_resident()
        self.browser = site.browser(self.person)
        self.page = f"/rounds/{self.round.slug}/ballot/{self.poll.id}"
        self.results = f"/rounds/{self.round.slug}/results"

    def typed(self, **values):
        return {f"mark-{self.ids[name]}": str(value) for name, value in values.items()}

    def counts(self):
        with self.site.reading():
            poll = get_poll(the_platform(), self.round.slug, self.poll.id)
            titles = {one.reference: one.contribution.title for one in sheet_of(poll).options}
            return {titles[name]: votes for name, votes in stored(poll).items()}


@shows("S48")
def test_a_ballot_is_looked_over_cast_shown_changed_and_withdrawn_with_plain_forms(site):
    voting = Ballots(site)
    answer = voting.browser.post(voting.page, voting.typed(Bomen=1, Wandelpad=1))
    assert answer.status_code == 303
    assert voting.counts() == {}  # looked over, not cast
    review = voting.browser.get(answer.location)
    assert "Uw stembiljet is nog niet uitgebracht" in review.text
    assert "€ 100 van € 100" in review.text.replace("\N{NO-BREAK SPACE}", " ")
    hidden = dict(re.findall(r'<input type="hidden" name="(mark-[0-9a-f]+)" value="([0-9]+)"', review.text))
    assert hidden == voting.typed(Bomen=1, Wandelpad=1)
    back = re.search(r'href="(/rounds/[^"]*/ballot/[^"/]*kept=[^"]*)"', review.text)[1]
    assert voting.browser.get(back).text.count(" checked") == 2  # nothing is lost on the way back
    assert voting.browser.post(f"{voting.page}/cast", hidden).location == voting.page
    assert voting.counts() == {"Bomen": 1, "Wandelpad": 1}
    shown = voting.browser.get(voting.page).text
    assert "Zo telt uw stembiljet nu" in shown
    assert re.search(r"<code>[0-9a-f]{64}</code>", shown)
    voting.browser.post(f"{voting.page}/cast", voting.typed(Bankjes=1))
    assert voting.counts() == {"Bankjes": 1}
    voting.browser.post(f"{voting.page}/withdraw")
    assert voting.counts() == {}
    assert "U hebt nog geen stembiljet" in voting.browser.get(voting.page).text
    with site.reading():
        assert results.recount() == []


@shows("R67")
def test_a_ballot_that_spends_too_much_comes_back_whole_with_what_to_change(site):
    voting = Ballots(site)
    for path in (voting.page, f"{voting.page}/cast"):
        answer = voting.browser.post(path, voting.typed(Bomen=1, Bankjes=1))
        text = answer.text.replace("\N{NO-BREAK SPACE}", " ")
        assert answer.status_code == 422
        assert "U geeft € 10 te veel uit" in text
        assert text.count(" checked") == 2
    assert voting.counts() == {}


@pytest.mark.parametrize(
    ("method", "typed", "words"),
    [
        (Method.POINTS, {"Bomen": 3, "Bankjes": 3}, "Haal er 1 weg"),
        (Method.POINTS, {"Bomen": "veel"}, "is geen heel getal"),
        (Method.RANKING, {"Bomen": 1, "Bankjes": 1}, "staat er twee keer"),
        (Method.APPROVAL, {"Bomen": 1, "Bankjes": 1, "Wandelpad": 1}, "Haal er 1 weg"),
    ],
)
def test_each_ballot_says_what_to_change_and_keeps_what_was_typed(site, method, typed, words):
    voting = Ballots(site, method)
    answer = voting.browser.post(voting.page, voting.typed(**typed))
    assert (answer.status_code, words in answer.text) == (422, True)
    kept = answer.text.count(" checked") or sum(f'value="{value}"' in answer.text for value in set(typed.values()))
    assert kept == len(set(typed.values()) if method is not Method.APPROVAL else typed)


def test_a_visitor_fills_a_ballot_in_and_finds_it_again_after_signing_in(site):
    voting = Ballots(site, Method.RANKING)
    visitor = site.browser()
    answer = visitor.post(voting.page, voting.typed(Bomen=2, Bankjes=1))
    assert answer.location.startswith("/login?next=")
    assert "kept%3D" in answer.location


def test_casting_and_changing_a_ballot_sends_few_statements(site):
    voting = Ballots(site)
    with statements(site) as first:
        voting.browser.post(f"{voting.page}/cast", voting.typed(Bomen=1, Wandelpad=1))
    with statements(site) as change:
        voting.browser.post(f"{voting.page}/cast", voting.typed(Bankjes=1))
    assert len(first) <= 11, "\n".join(first)
    assert len(change) <= 8, "\n".join(change)


@shows("R93")
@pytest.mark.usefixtures("unit")
def test_a_ballot_is_one_change_with_one_commitment_that_opens():
    poll, ada = a_choice(), acting(a_resident())
    sheet = sheet_of(poll)
    ballots.cast_ballot(sheet, ada, said(sheet, Bomen=1, Wandelpad=1))
    ballots.cast_ballot(sheet, ada, said(sheet, Wandelpad=1))
    cast = select(func.count()).where(Entry.act == "cast_vote")
    assert session().scalar(cast) == 2
    assert results.recount() == []
    session().scalars(select(Mark).where(Mark.value == 1)).one().value = 0
    session().flush()
    assert any("opens nothing" in found.found for found in results.recount())


@pytest.mark.usefixtures("unit")
def test_ranks_are_kept_as_places_whatever_numbers_were_typed():
    poll, ada = a_choice(Method.RANKING), acting(a_resident())
    sheet = sheet_of(poll)
    ballots.cast_ballot(sheet, ada, said(sheet, Bomen=734512, Wandelpad=20))
    assert sorted(session().scalars(select(Mark.value))) == [1, 2]


def test_a_number_of_thousands_of_digits_is_told_to_be_none(site):
    town = Ballots(site)
    answer = town.browser.post(town.page, town.typed(Bomen="9" * 5000))
    assert answer.status_code == 422


@pytest.mark.usefixtures("unit")
@pytest.mark.parametrize("earlier", [{}, {"Bomen": 1}, {"Bomen": 1, "Wandelpad": 1}])
def test_what_a_whole_ballot_said_before_opts_out_of_no_merge(earlier):
    poll, ada = a_choice(), acting(a_resident())
    sheet = sheet_of(poll)
    if earlier:
        ballots.cast_ballot(sheet, ada, said(sheet, **earlier))
    ballots.cast_ballot(sheet, ada, said(sheet, Wandelpad=1))
    options = {one.contribution.title: one for one in sheet.options}
    options["Wandelpad"].merged_into_id = options["Bomen"].id
    session().flush()
    assert stored(poll) == {options["Bomen"].reference: 1}
    assert results.recount() == []


@pytest.mark.usefixtures("unit")
def test_somebody_who_leaves_takes_a_whole_ballot_along_and_the_recount_fits():
    poll, ada = a_choice(), acting(a_resident())
    sheet = sheet_of(poll)
    ballots.cast_ballot(sheet, ada, said(sheet, Bomen=1, Wandelpad=1))
    assert withdraw_votes(ada) == 2
    assert stored(poll) == {}
    assert results.recount() == []


@pytest.mark.usefixtures("unit")
def test_a_ballot_after_the_close_is_refused_with_the_dates():
    poll, ada = a_choice(), acting(a_resident())
    sheet = sheet_of(poll)
    closed_for_good(poll.phase, clock.now())
    with pytest.raises(NotNow):
        ballots.cast_ballot(sheet, ada, said(sheet, Bomen=1))
    with pytest.raises(NotNow):
        ballots.withdraw_ballot(sheet, ada)


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


@shows("R77")
def test_the_worker_computes_what_came_of_a_poll_once_and_the_same_comes_out_again(site):
    voting = Ballots(site)
    voting.browser.post(f"{voting.page}/cast", voting.typed(Bankjes=1, Wandelpad=1))
    with site.writing():
        closed_for_good(session().get_one(Phase, voting.poll.phase_id), clock.now())
    assert "De uitslag wordt uit alle stembiljetten berekend" in site.browser().get(voting.results).text
    assert work_once(site.database) >= 1
    with site.reading():
        assert results.recount() == []
        entries = session().scalars(select(Entry).where(Entry.act == "compute_outcome")).all()
    work_once(site.database)
    assert len(entries) == 1
    shown = site.browser().get(voting.results).text.replace("\N{NO-BREAK SPACE}", " ")
    assert "2 plannen zijn gekozen: samen € 90 van € 100" in shown
    assert "1 voorstander betaalde € 50" in shown
    assert "Beide regels kiezen dezelfde plannen" in shown


def a_decided(site) -> Ballots:
    """A vote that ended, of which the rule selects two plans, and somebody who writes the decision down."""
    voting = Ballots(site)
    voting.browser.post(f"{voting.page}/cast", voting.typed(Bankjes=1, Wandelpad=1))
    with site.writing():
        closed_for_good(session().get_one(Phase, voting.poll.phase_id), clock.now())
        sponsor = a_member_of_staff(Role.BOARD)
        appoint(voting.round, sponsor, Duty.BOARD_SPONSOR)
    work_once(site.database)
    voting.sponsor = site.browser(sponsor)
    voting.desk = f"/staff/rounds/{voting.round.slug}/poll/{voting.poll.id}/selection"
    return voting


def chosen(voting, *names, **reasons):
    told = {f"chosen-{voting.ids[name]}": "1" for name in names}
    told |= {f"reason-{voting.ids[name]}": why for name, why in reasons.items()}
    return told | {"decided_on": local(clock.now()).date().isoformat()}


def test_the_board_follows_the_outcome_or_says_for_each_plan_why_not(site):
    voting = a_decided(site)
    assert voting.desk in voting.sponsor.get(voting.results).text
    assert voting.sponsor.get(voting.desk).text.count(" checked") == 2  # begins with what the rule selects
    answer = voting.sponsor.post(voting.desk, chosen(voting, "Bankjes", "Bomen", Bomen="De school vroeg erom."))
    assert answer.status_code == 422
    assert "Zeg bij elk plan waarin het bestuur afwijkt" in answer.text
    assert "De school vroeg erom." in answer.text
    reasons = {"Bomen": "De school vroeg erom.", "Wandelpad": "Er komt al een pad."}
    assert voting.sponsor.post(voting.desk, chosen(voting, "Bankjes", "Bomen", **reasons)).location == voting.results
    shown = site.browser().get(voting.results).text
    assert "wijkt af van de uitslag" in shown
    assert "Er komt al een pad." in shown
    voting.sponsor.post(voting.desk, chosen(voting, "Bankjes", "Wandelpad"))
    assert "Het bestuur volgt de uitslag" in site.browser().get(voting.results).text
    with site.reading():
        kept = session().scalars(select(Selection).order_by(Selection.recorded_at)).all()
        assert [one.replaced_at is None for one in kept] == [False, True]  # both stay


def test_the_board_waits_while_nobody_decided_yet_whether_ballots_count(site):
    voting = a_decided(site)
    with site.writing():
        told = {"reason": "Zelfde net.", "proposed_at": clock.now(), "number": 4}
        doubt = Invalidation(poll_id=voting.poll.id, **told)
        session().add(doubt)
    answer = voting.sponsor.post(voting.desk, chosen(voting, "Bankjes", "Wandelpad"))
    assert answer.status_code == 403
    assert "Beslis eerst over nummer 4" in answer.text
    with site.writing():
        again = session().get_one(Invalidation, doubt.id)
        again.decided_at, again.is_confirmed = clock.now(), False
    assert voting.sponsor.post(voting.desk, chosen(voting, "Bankjes", "Wandelpad")).status_code == 303


def test_the_board_decides_about_the_outcome_that_holds_when_nobody_can_change_it_any_more(site):
    voting = a_decided(site)
    seen = []
    with site.writing():
        sheet = sheet_of(voting.poll)

        def find(poll):
            seen.append(poll.title)
            return results.find_deciding(poll)[0]

        with pytest.MonkeyPatch.context() as patched:
            patched.setattr("consult.voting.outcomes.read_again_locked", lambda *_told: seen.append("locked"))
            told = {"selected": [], "reasons": {}, "decided_on": local(clock.now()).date()}
            with pytest.raises(Unfit):
                outcomes.select_options(sheet.poll, find, the_platform(), **told)
    assert seen == ["locked", sheet.poll.title]


def test_nobody_decides_before_the_outcome_is_there(site):
    voting = Ballots(site)
    with site.writing():
        sponsor = a_member_of_staff(Role.BOARD)
        appoint(voting.round, sponsor, Duty.BOARD_SPONSOR)
    desk = f"/staff/rounds/{voting.round.slug}/poll/{voting.poll.id}/selection"
    browser = site.browser(sponsor)
    assert "De uitslag is nog niet bekend" in browser.get(desk).text
    assert browser.post(desk, chosen(voting, "Bomen")).status_code == 403


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


def kept_texts(site) -> int:
    with site.reading():
        return session().scalar(select(func.count()).select_from(KeptText))


@shows("R93")
def test_a_ballot_that_is_looked_over_is_found_by_this_session_alone_and_gone_when_it_is_cast(site):
    voting = Ballots(site)
    review = voting.browser.post(voting.page, voting.typed(Bomen=1)).location
    assert "Bomen" in voting.browser.get(review).text
    with site.writing():
        other = a_resident()
    stranger, elsewhere = site.browser(other), site.browser(voting.person)
    for browser in (stranger, elsewhere):  # another person, and the same one in another browser
        assert "U vulde nog niets in" in browser.get(review).text
    form = re.search(r'action="([^"]+/cast[^"]*)"', voting.browser.get(review).text)[1]
    assert kept_texts(site) == 1
    assert voting.browser.post(form, voting.typed(Bomen=1)).status_code == 303
    assert kept_texts(site) == 0
    assert voting.counts() == {"Bomen": 1}


def test_looking_a_ballot_over_again_keeps_the_last_one_alone(site):
    voting = Ballots(site)
    review = voting.browser.post(voting.page, voting.typed(Bomen=1)).location
    back = re.search(r'href="(/rounds/[^"]*/ballot/[^"/]*kept=[^"]*)"', voting.browser.get(review).text)[1]
    again = re.search(r'action="([^"]+/ballot/[^"]+)"', voting.browser.get(back).text)[1]
    assert voting.browser.post(again, voting.typed(Bankjes=1)).status_code == 303
    assert kept_texts(site) == 1


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


@pytest.mark.parametrize("how", ["merged", "hidden"])
def test_a_choice_on_what_was_merged_or_hidden_is_shown_and_can_be_withdrawn(site, how):
    voting = Ballots(site)
    voting.browser.post(f"{voting.page}/cast", voting.typed(Bomen=1))
    with site.writing():
        options = {
            one.contribution.title: one
            for one in session().scalars(select(Option).options(joinedload(Option.contribution)))
        }
        if how == "merged":
            options["Bomen"].merged_into_id = options["Wandelpad"].id
        else:
            options["Bomen"].contribution.state = State.REFUSED
    shown = voting.browser.get(voting.page).text
    assert "Zo telt uw stembiljet nu" in shown
    assert "Trek mijn stembiljet in" in shown
    if how == "merged":
        assert "“Bomen” werd samengevoegd met “Wandelpad”" in shown
        assert re.search(rf'id="mark-{voting.ids["Wandelpad"]}"[^>]* checked', shown)
    else:
        assert "niet meer openbaar" in shown
    voting.browser.post(f"{voting.page}/withdraw")
    assert voting.counts() == {}
    assert "U hebt nog geen stembiljet" in voting.browser.get(voting.page).text


def test_the_board_can_choose_what_the_rule_selected_and_is_not_public_any_more(site):
    voting = a_decided(site)
    with site.writing():
        hidden = session().scalars(select(Contribution).where(Contribution.title == "Bankjes")).one()
        hidden.state = State.REFUSED
    page = voting.sponsor.get(voting.desk).text
    assert page.count(" checked") == 2
    assert voting.sponsor.post(voting.desk, chosen(voting, "Bankjes", "Wandelpad")).location == voting.results
    assert "Het bestuur volgt de uitslag" in site.browser().get(voting.results).text


@pytest.mark.parametrize(
    ("method", "typed", "words"),
    [
        (Method.APPROVAL, {"Bomen": 5}, "Hier vinkt u een plan aan"),
        (Method.BUDGET, {"Bomen": 2}, "Hier vinkt u een plan aan"),
        (Method.RANKING, {"Bomen": 0, "Bankjes": 1}, "0 is geen plaats"),
    ],
)
def test_a_mark_that_means_nothing_is_refused_with_a_sentence(site, method, typed, words):
    voting = Ballots(site, method)
    for path in (voting.page, f"{voting.page}/cast"):
        answer = voting.browser.post(path, voting.typed(**typed))
        assert (answer.status_code, words in answer.text) == (422, True)
    assert voting.counts() == {}


def test_a_nought_gives_no_points_and_no_tick(site):
    points = Ballots(site, Method.POINTS)
    assert points.browser.post(f"{points.page}/cast", points.typed(Bomen=2, Bankjes=0)).status_code == 303
    assert points.counts() == {"Bomen": 1}


def test_plans_are_put_in_order_with_buttons_and_without_script(site):
    voting = Ballots(site, Method.RANKING)

    def press(way, name, **typed):
        answer = voting.browser.post(voting.page, voting.typed(**typed) | {"move": f"{way}-{voting.ids[name]}"})
        assert answer.status_code == 303
        text = voting.browser.get(answer.location.split("#")[0]).text
        places = {name: re.search(rf'name="mark-{one}" value="([0-9]*)"', text)[1] for name, one in voting.ids.items()}
        assert text.index(f'id="mark-{voting.ids[name]}"') > 0
        return {name: int(place) for name, place in places.items() if place}

    assert press("up", "Bomen") == {"Bomen": 1}
    assert press("up", "Bankjes", Bomen=1) == {"Bomen": 1, "Bankjes": 2}
    assert press("up", "Bankjes", Bomen=10, Bankjes=20) == {"Bankjes": 1, "Bomen": 2}
    assert press("down", "Bankjes", Bomen=2, Bankjes=1) == {"Bomen": 1, "Bankjes": 2}
    assert voting.counts() == {}  # nothing was cast


@pytest.mark.parametrize(("people", "selected"), [(1, 0), (2, 1)])
def test_below_the_quorum_nothing_is_selected_and_the_page_says_so(site, people, selected):
    voting = Ballots(site, Method.APPROVAL, quorum=2)
    assert "als 2 mensen of meer meedoen" in site.browser().get(voting.page).text
    with site.writing():
        for _n in range(people):
            sheet = sheet_of(get_poll(the_platform(), voting.round.slug, voting.poll.id))
            ballots.cast_ballot(sheet, acting(a_resident()), said(sheet, Bomen=1))
        closed_for_good(session().get_one(Phase, voting.poll.phase_id), clock.now())
    with site.reading():
        (found,) = results.results_of(get_round(the_platform(), voting.round.slug))
        assert len(found.outcomes[0].selected) == selected
    shown = site.browser().get(voting.results).text
    assert ("Te weinig mensen deden mee" in shown) == (selected == 0)


def test_below_the_quorum_the_page_tells_no_winner_that_a_rule_would_have_had(site):
    voting = Ballots(site, Method.RANKING, quorum=2)
    voting.browser.post(f"{voting.page}/cast", voting.typed(Bomen=1))
    with site.writing():
        closed_for_good(session().get_one(Phase, voting.poll.phase_id), clock.now())
    work_once(site.database)
    shown = site.browser().get(voting.results).text
    assert "Te weinig mensen deden mee" in shown
    for words in ("Schulze", "deze regel beslist", "Niemand is gekozen", "Precies gelijk", "ronde 1"):
        assert words not in shown
    with site.reading():
        (found,) = results.results_of(get_round(the_platform(), voting.round.slug))
        assert found.outcomes[0].details["order"]  # all of it stands in the file


def test_a_ballot_that_was_begun_is_named_and_reminded_of_once_and_only_while_it_is_not_cast(site):
    voting = Ballots(site)
    with site.writing():
        other, third = a_resident(), a_resident()
        session().get_one(Phase, voting.poll.phase_id).closes_at = clock.now() + timedelta(days=1)
    done, idle = site.browser(other), site.browser(third)
    for browser in (voting.browser, done):
        browser.post(voting.page, voting.typed(Bomen=1))
    done.post(f"{voting.page}/cast", voting.typed(Bomen=1))
    assert "Uw stembiljet is niet af" in voting.browser.get(voting.page).text
    for browser in (done, idle):
        assert "Uw stembiljet is niet af" not in browser.get(voting.page).text
    for _turn in range(2):
        work_once(site.database, site.settings)
        deliver_all(site.database, site.settings)
    with site.reading():
        mails = (
            session()
            .scalars(select(Mail).where(Mail.kind == "ballot_unfinished", Mail.recipient_id.is_not(None)))
            .all()
        )
        assert [one.recipient_id for one in mails] == [voting.person.id]
    with site.writing():
        closed_for_good(session().get_one(Phase, voting.poll.phase_id), clock.now())
    work_once(site.database)
    with site.reading():
        assert session().scalar(select(func.count()).select_from(UnfinishedBallot)) == 0
