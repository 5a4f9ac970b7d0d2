import pytest
from sqlalchemy import select

from consult.contributions.models import Contribution, State
from consult.director.goals.queries import find_round, list_round_choices
from consult.director.people.practice import queries, rules, verbs
from consult.foundation import clock
from consult.foundation.db import Database, session
from consult.foundation.errors import NotFound, NotNow
from consult.moderation.verbs import publish
from consult.notifications.values import Over, Telling, values_of
from consult.participants.models import Person
from consult.policy import Act, Role
from consult.rounds.models import Round, RoundState
from consult.rounds.queries import get_round, get_round_to_tell, list_rounds
from consult.voting.electorate import issue_codes
from tests.builders import a_member_of_staff, a_resident, a_round, acting, an_area, the_platform
from tests.house.who import a_world
from tests.mandates.test_visions import adopted
from tests.notifications.every_kind import EVERY, Told, everything
from tests.shows import shows
from tests.site import Site, settings_for

SETTINGS = settings_for(Database("sqlite:////nowhere/consult.sqlite"))


def a_practice(person: Person | None = None) -> tuple[Round, Person]:
    person = person or a_member_of_staff()
    return verbs.begin(acting(person)), person


@shows("S43")
@pytest.mark.usefixtures("unit")
def test_a_practice_round_begins_with_invented_input_that_waits_and_exists_for_its_learner_alone():
    made, person = a_practice()
    assert made.is_practice
    assert not made.is_public
    assert get_round(acting(person), made.slug) is made
    for somebody in (None, a_resident(), a_member_of_staff(Role.DIRECTOR)):
        with pytest.raises(NotFound):
            get_round(acting(somebody), made.slug)
    assert queries.list_practices(acting(person)) == [made]
    assert queries.list_practices(acting(a_member_of_staff())) == []


@pytest.mark.usefixtures("unit")
def test_a_practice_round_is_held_to_no_principle_of_the_vision():
    adopted()
    made, _person = a_practice()
    assert made.state is RoundState.OPEN


@shows("S43")
@pytest.mark.usefixtures("unit")
def test_a_step_is_done_once_the_learner_did_it_themselves():
    made, person = a_practice()
    done = queries.list_done(made.id, acting(person))
    assert not [step for stage in rules.checklist(done) for step, is_done in stage.steps if is_done]
    waiting = next(one for one in _inputs(made) if one.state is State.HELD)
    publish(waiting, acting(person))
    session().flush()
    done = queries.list_done(made.id, acting(person))
    ticked = [step.act for stage in rules.checklist(done) for step, is_done in stage.steps if is_done]
    assert ticked == [Act.PUBLISH_CONTRIBUTION]


def _inputs(made):
    return session().scalars(select(Contribution).where(Contribution.round_id == made.id)).all()


@shows("S43")
def test_no_page_feed_calendar_or_file_shows_a_practice_round_to_anybody_else(site: Site):
    with site.writing():
        world = a_world("open")
        slug = world.elsewhere["practice.guide"]["slug"]
        made = get_round(the_platform(), slug)
        for one in _inputs(made):
            if one.state is State.HELD:
                publish(one, acting(world.people["moderator"]))
        told = [made.title, *(title for title, _text in rules.INPUTS)]
    ways = [rule for rule in site.app.url_map.iter_rules() if "GET" in (rule.methods or set())]
    ways = [rule for rule in ways if rule.arguments <= {"slug"}]
    assert len(ways) > 60
    for name in ("visitor", "resident", "member", "elsewhere"):
        browser = site.browser(world.people[name])
        for rule in ways:
            answer = browser.get(rule.rule.replace("<slug>", slug))
            assert answer.status_code == 404 or not rule.arguments, (name, rule.rule)
            page = answer.get_data().decode(errors="replace")
            assert not [one for one in told if one in page], (name, rule.rule)


@shows("S43")
@pytest.mark.usefixtures("unit")
def test_no_kind_of_message_about_a_practice_round_can_be_written():
    told = everything()
    before = {kind: _values(kind, told) for kind in EVERY}
    marks = (f"/rounds/{told.round.slug}", "'round': ")
    of_a_round = {kind for kind, values in before.items() if any(one in str(values) for one in marks)}
    assert len(of_a_round) > 20
    assert {"introduction_asked", "introduction_made"} <= of_a_round
    for one in session().scalars(select(Round)):
        one.is_practice = True
    session().flush()
    after = {kind: _values(kind, told) for kind in EVERY}
    assert not [kind for kind in of_a_round if after[kind] is not None]
    assert {kind for kind in EVERY if after[kind] is not None} == set(EVERY) - of_a_round


def _values(kind: str, told: Told) -> dict[str, object] | None:
    """What a message would tell, or nothing when it cannot be written."""
    facts = {name: one if isinstance(one, int | bool) else str(one) for name, one in told.facts[kind].items()}
    try:
        return dict(values_of(Telling(kind, acting(told.reader), clock.now(), SETTINGS, None, facts)))
    except Over:
        return None


@shows("S43")
@pytest.mark.usefixtures("unit")
def test_nothing_of_a_practice_round_leaves_as_a_file_a_goal_or_a_letter():
    made, _person = a_practice()
    with pytest.raises(NotFound):
        get_round_to_tell(the_platform(), made.slug)
    assert find_round(made.slug) is None
    assert made.slug not in dict(list_round_choices())
    assert made not in list_rounds(acting(None))
    with pytest.raises(NotNow):
        issue_codes(made, an_area().code, [], the_platform())
    real = a_round()
    assert get_round_to_tell(the_platform(), real.slug) is real
    assert find_round(real.slug) is real
