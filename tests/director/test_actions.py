import re
from dataclasses import replace
from datetime import date, timedelta

import pytest

from consult.audit.models import Entry
from consult.director.actions import verbs
from consult.director.actions.models import Action
from consult.director.actions.queries import count_open, get_decided, get_planned, list_actions, list_lacking
from consult.director.actions.verbs import ActionTold
from consult.director.agreements import verbs as agreements
from consult.director.agreements.queries import get_agreement
from consult.foundation import clock
from consult.foundation.db import session
from consult.foundation.errors import Conflict, NotFound, NotNow
from consult.policy import Act, Duty, Role
from consult.synthesis.models import OutcomeKind
from tests.builders import a_member_of_staff, a_round, acting, an_authority, appoint, the_platform
from tests.contributions.builders import a_contribution
from tests.director.builders import Partners, adopted, ago, partners, running, today
from tests.moderation.builders import a_moderator_of, taken_away
from tests.shows import shows

PLANTS = ActionTold("Plant 40 bomen langs de Lindelaan.", "team Groen", today() + timedelta(days=60))


@pytest.fixture
def told(unit: object) -> Partners:
    return partners()


@pytest.fixture
def found(told):
    return a_round(slug="wijk")


@pytest.fixture
def idea(found):
    return a_contribution(found, title="Bomen langs de Lindelaan")


def decided(told, one, actor=None):
    return get_decided(actor or told.writes, "wijk", one.public_id)


def planned(told, one, action):
    return get_planned(told.writes, "wijk", one.public_id, action.id)


def lacking(told, found):
    return [one.id for one in list_lacking(told.writes, found.id).items]


@shows("S02")
def test_every_adopted_input_has_an_action_with_owner_and_day_or_a_reason_why_nothing_is_done(told, found, idea):
    partly, refused, waiting = (a_contribution(found, title=name) for name in ("Bankjes", "Zwembad", "Hek"))
    adopted(idea)
    adopted(partly, OutcomeKind.PARTLY)
    adopted(refused, OutcomeKind.NOT_ADOPTED)
    adopted(waiting, is_final=False)  # the council has not decided yet
    assert set(lacking(told, found)) == {idea.id, partly.id}
    action = verbs.plan(decided(told, idea), PLANTS, told.writes)
    verbs.explain_none(decided(told, partly), "De bankjes staan er al.", told.writes)
    assert lacking(told, found) == []
    assert (action.owner, action.due_on) == ("team Groen", PLANTS.due_on)
    for one in (refused, waiting):
        with pytest.raises(NotNow):
            verbs.plan(decided(told, one), PLANTS, told.writes)
        with pytest.raises(NotNow):
            verbs.explain_none(decided(told, one), "Daarom.", told.writes)


@shows("S02")
@pytest.mark.parametrize(
    "wrong", [{"text": ""}, {"owner": ""}, {"due_on": None}, {"due_on": ago(1)}, {"due_on": date(9999, 12, 31)}]
)
def test_an_action_without_words_owner_or_day_is_refused_and_nothing_is_kept(told, found, idea, wrong):
    adopted(idea)
    with pytest.raises(Conflict):
        verbs.plan(decided(told, idea), replace(PLANTS, **wrong), told.writes)
    with pytest.raises(Conflict):
        verbs.explain_none(decided(told, idea), "", told.writes)
    assert lacking(told, found) == [idea.id]


def test_nothing_is_done_and_something_is_done_are_not_told_at_once(told, found, idea):
    adopted(idea)
    verbs.explain_none(decided(told, idea), "Het geld is op.", told.writes)
    verbs.plan(decided(told, idea), PLANTS, told.writes)
    assert [one.text for one in decided(told, idea).actions] == [PLANTS.text]


def test_an_action_is_withdrawn_with_the_reason_until_one_is_done(told, found, idea):
    adopted(idea)
    first = verbs.plan(decided(told, idea), PLANTS, told.writes)
    told_none = verbs.explain_none(decided(told, idea), "Het geld is op.", told.writes)
    assert [one.id for one in decided(told, idea).actions] == [told_none.id]
    assert session().get_one(Action, first.id).replaced_at is not None
    action = verbs.plan(decided(told, idea), PLANTS, told.writes)
    verbs.plan(decided(told, idea), replace(PLANTS, text="Zet 3 bankjes neer."), told.writes)
    verbs.finish(planned(told, idea, action), "De bomen staan er.", told.writes)
    with pytest.raises(NotNow):
        verbs.explain_none(decided(told, idea), "Toch niet.", told.writes)
    assert len(decided(told, idea).actions) == 2


def test_a_change_needs_a_reason_and_what_was_planned_stays_on_record(told, found, idea):
    adopted(idea)
    first = verbs.plan(decided(told, idea), PLANTS, told.writes)
    later = replace(PLANTS, due_on=PLANTS.due_on + timedelta(days=90))
    with pytest.raises(Conflict):
        verbs.change(planned(told, idea, first), later, "", told.writes)
    about = planned(told, idea, first)
    second = verbs.change(about, later, "De bomen komen later.", told.writes)
    assert [one.id for one in decided(told, idea).actions] == [second.id]
    assert session().get_one(Action, first.id).due_on == PLANTS.due_on
    with pytest.raises(Conflict):  # somebody changed it meanwhile
        verbs.change(about, PLANTS, "Toch niet.", told.writes)
    with pytest.raises(NotFound):
        planned(told, idea, first)


def test_an_overdue_action_can_be_changed_without_another_day(told, found, idea):
    adopted(idea)
    action = verbs.plan(decided(told, idea), PLANTS, told.writes)
    with clock.set_to(clock.now() + timedelta(days=90)):
        by = acting(told.manager)
        changed = verbs.change(planned(told, idea, action), replace(PLANTS, owner="team Bomen"), "Verhuisd.", by)
    assert (changed.owner, changed.due_on) == ("team Bomen", PLANTS.due_on)


def test_what_is_done_says_what_came_of_it_once(told, found, idea):
    adopted(idea)
    action = verbs.plan(decided(told, idea), PLANTS, told.writes)
    with pytest.raises(Conflict):
        verbs.finish(planned(told, idea, action), "", told.writes)
    verbs.finish(planned(told, idea, action), "Er staan 42 bomen.", told.writes)
    for again in (lambda about: verbs.finish(about, "Nog eens.", told.writes), changed_by(told)):
        with pytest.raises(NotNow):
            again(planned(told, idea, action))
    assert session().query(Entry).filter_by(act=Act.WRITE_ACTION).count() == 2


def changed_by(told):
    return lambda about: verbs.change(about, PLANTS, "Anders.", told.writes)


@shows("S02")
def test_what_is_overdue_stands_first_and_what_is_done_last(told, found):
    texts = {"late": 5, "later": 20, "much later": 90, "done": 1}
    for text, days in texts.items():
        one = a_contribution(found, title=text)
        adopted(one)
        due = ActionTold(text, "team Groen", today() + timedelta(days=days))
        action = verbs.plan(decided(told, one), due, told.writes)
        if text == "done":
            verbs.finish(planned(told, one, action), "Klaar.", told.writes)
    none = a_contribution(found, title="none")
    adopted(none)
    verbs.explain_none(decided(told, none), "Het is er al.", told.writes)
    shown = list_actions(acting(None), found.id).items
    assert [one.text for one in shown] == ["late", "later", "much later", "", "done"]
    assert [one.is_late(today() + timedelta(days=30)) for one in shown] == [True, True, False, False, False]


@shows("S02", "S28")
def test_the_process_board_counts_what_lacks_an_action_and_what_is_late_and_each_count_opens_its_list(site):
    with site.writing():
        an_authority()
        told, found = partners(), a_round(slug="wijk")
        director = a_member_of_staff(Role.DIRECTOR)
        appoint(found, director, Duty.DIRECTOR)
        for title in ("Laat", "Op tijd", "Zonder"):
            one = a_contribution(found, title=title)
            adopted(one)
            if title != "Zonder":
                action = verbs.plan(decided(told, one), PLANTS, told.writes)
                action.text = f"Actie {title}"
                action.due_on = today() + timedelta(days=-1 if title == "Laat" else 1)
    browser = site.browser().as_(director)
    board = browser.get("/staff/rounds/wijk/board").text
    tiles = dict(
        re.findall(r'<a class="tile[^"]*" href="[^"]*show=(late|lacking)">\s*<span class="count">(\d+)', board)
    )
    assert tiles == {"late": "1", "lacking": "1"}
    late = browser.get("/staff/rounds/wijk/actions?show=late").text
    assert ("Actie Laat" in late, "Actie Op tijd" in late, "Zonder" in late) == (True, False, False)
    lacking = browser.get("/staff/rounds/wijk/actions?show=lacking").text
    assert ("Zonder" in lacking, "Actie Laat" in lacking) == (True, False)
    with site.reading():
        assert count_open(acting(director), found.id, today()) == (1, 1)


def test_an_action_about_an_input_that_is_off_the_site_is_not_shown(told, found, idea):
    adopted(idea)
    verbs.plan(decided(told, idea), PLANTS, told.writes)
    taken_away(idea, a_moderator_of(found))
    assert list_actions(acting(None), found.id).items == []


@shows("S02", "S36")
def test_the_way_from_an_input_to_its_action_and_agreement_is_walked_both_ways(site):
    with site.writing():
        an_authority()
        told, found = partners(), a_round(slug="wijk")
        idea = a_contribution(found, title="Bomen langs de Lindelaan")
        adopted(idea)
        agreement = running(told, of=found)
        verbs.plan(decided(told, idea), replace(PLANTS, agreement=agreement), told.writes)
        address = f"/agreements/{agreement.public_id}"
    here = f"/rounds/wijk/contributions/{idea.public_id}"
    hidden = site.browser().get(here).text
    assert "team Groen doet dit" in hidden
    assert "Plant 40 bomen" in hidden
    assert address not in hidden  # the agreement is not public yet
    with site.writing():
        agreements.publish(get_agreement(the_platform(), agreement.public_id), told.writes, woo_category="subsidies")
    assert address in site.browser().get(here).text
    assert here in site.browser().get(address).text
    listed = site.browser().get("/rounds/wijk/actions").text
    assert address in listed
    assert here in listed


@shows("S02")
def test_staff_plan_an_action_on_the_page_and_bad_input_comes_back(site):
    with site.writing():
        an_authority()
        told, found = partners(), a_round(slug="wijk")
        idea = a_contribution(found, title="Bomen langs de Lindelaan")
        adopted(idea)
    manager, page = site.browser(told.manager), f"/staff/rounds/wijk/actions/{idea.public_id}"
    assert page in manager.get("/staff/rounds/wijk/actions").text
    typed = {"action_text": PLANTS.text, "owner": "team Groen", "due_on": ago(3).isoformat()}
    late = manager.post(page, typed)
    assert late.status_code == 409
    assert "Deze dag is voorbij" in late.text
    assert manager.post(page, {**typed, "owner": ""}).status_code == 422
    assert manager.post(page, {**typed, "due_on": PLANTS.due_on.isoformat()}).status_code == 303
    desk = manager.get("/staff/rounds/wijk/actions").text
    assert PLANTS.text in desk
    assert "lacks an action" not in desk
    assert site.browser().get(page).status_code == 303  # a visitor is led to the sign-in
