import pytest
from sqlalchemy import select

from consult.audit.models import Entry
from consult.contributions.models import Contribution, State
from consult.foundation import clock
from consult.foundation.db import session
from consult.foundation.language import local
from consult.policy import Duty, Role
from consult.rounds.models import Phase
from consult.rounds.queries import get_round
from consult.voting import ballots, outcomes, results
from consult.voting.methods import Unfit
from consult.voting.models import Invalidation, Method, Selection
from consult.voting.queries import get_poll
from consult.working import work_once
from tests.builders import a_member_of_staff, a_resident, acting, appoint, the_platform
from tests.shows import shows
from tests.voting.builders import closed_for_good
from tests.voting.test_ballots import Ballots, said, sheet_of


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


def test_the_board_can_choose_what_the_rule_selected_and_is_not_public_any_more(site):
    voting = a_decided(site)
    with site.writing():
        hidden = session().scalars(select(Contribution).where(Contribution.title == "Bankjes")).one()
        hidden.state = State.REFUSED
    page = voting.sponsor.get(voting.desk).text
    assert page.count(" checked") == 2
    assert voting.sponsor.post(voting.desk, chosen(voting, "Bankjes", "Wandelpad")).location == voting.results
    assert "Het bestuur volgt de uitslag" in site.browser().get(voting.results).text


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
