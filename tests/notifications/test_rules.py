import random
from datetime import UTC, date, datetime, timedelta

import pytest

from consult.foundation.language import local, speaking
from consult.notifications import rules
from consult.notifications.models import Cadence, Topic
from consult.notifications.rules import Switch
from consult.policy import Actor, MemberDuty, Role
from tests.shows import shows

SECRET = "a secret that is only for tests, 32 long"


def moment(day: str, hour: int, minute: int = 0) -> datetime:
    """A moment on the wall clock of the Netherlands, in UTC."""
    return (
        datetime.combine(date.fromisoformat(day), datetime.min.time())
        .replace(hour=hour, minute=minute, tzinfo=rules.ZONE)
        .astimezone(UTC)
    )


@pytest.mark.parametrize(
    ("after", "due"),
    [
        (("2026-11-24", 7, 59), "2026-11-24"),
        (("2026-11-24", 8, 0), "2026-11-25"),
        (("2026-11-24", 23, 30), "2026-11-25"),
        (("2026-12-31", 12, 0), "2027-01-01"),
        (("2026-03-28", 12, 0), "2026-03-29"),  # the night in which the clock goes forward
        (("2026-10-24", 12, 0), "2026-10-25"),  # and back
    ],
)
def test_the_daily_message_goes_at_eight_in_the_morning_whatever_the_clock_does(after, due):
    found = rules.next_digest(Cadence.DAILY, moment(*after))
    assert found == moment(due, 8)
    assert (local(found).hour, local(found).minute) == (8, 0)


@pytest.mark.parametrize(
    ("after", "due"),
    [
        (("2026-11-23", 7, 0), "2026-11-23"),  # a Monday
        (("2026-11-23", 9, 0), "2026-11-30"),
        (("2026-11-24", 9, 0), "2026-11-30"),
        (("2026-11-29", 23, 0), "2026-11-30"),
        (("2026-10-19", 9, 0), "2026-10-26"),  # over the end of summer time
    ],
)
def test_the_weekly_message_goes_on_monday(after, due):
    found = rules.next_digest(Cadence.WEEKLY, moment(*after))
    assert found == moment(due, 8)
    assert local(found).weekday() == 0


def test_each_day_has_one_digest_and_the_next_is_a_day_on():
    for day in range(400):
        there = date(2026, 1, 1) + timedelta(days=day)
        at = rules.digest_on(there)
        following = rules.next_digest(Cadence.DAILY, at)
        assert local(following).date() == there + timedelta(days=1)
        assert rules.next_digest(Cadence.DAILY, at - timedelta(seconds=1)) == at


def test_waits_grow_threefold_up_to_a_day_and_end():
    class Even(random.Random):
        def uniform(self, a: float, b: float) -> float:
            return 1.0

    waits = [rules.wait_after(n, Even()) for n in range(1, rules.TRIES + 1)]
    assert waits[-1] is None
    assert waits[0] == timedelta(seconds=30)
    assert waits[1] == timedelta(seconds=90)
    assert waits[-2] == timedelta(hours=24)
    assert timedelta(days=2) < sum(waits[:-1], timedelta()) < timedelta(days=2.5)
    spread = {rules.wait_after(3, random.Random(seed)) for seed in range(20)}
    assert len(spread) == 20


@pytest.mark.parametrize("problem", [*rules.PROBLEMS, "refused 550 5.1.1", "unreachable TimeoutError"])
@pytest.mark.parametrize("language", ["nl", "en"])
def test_every_problem_has_words(problem, language):
    with speaking(language):
        words = rules.words_of(problem)
    assert words
    assert words.partition(" ")[0] not in rules.PROBLEMS


def test_a_problem_of_a_mail_server_is_shown_with_its_code():
    with speaking("en"):
        assert rules.words_of("refused 550") == "the mail server does not take mail for this address (550)"


def a_person_id():
    import uuid  # noqa: PLC0415

    return uuid.UUID(int=7)


@shows("R47")
@pytest.mark.parametrize("topic", [*Topic, None])
def test_a_switch_is_read_back_and_a_changed_one_is_not(topic):
    switch = Switch(a_person_id(), topic)
    token = rules.switch_token(switch, SECRET)
    assert rules.read_switch(token, SECRET) == switch
    told, _, seal = token.rpartition(".")
    assert rules.read_switch(token, SECRET.replace("a", "b")) is None
    for changed in (
        token[:-1],
        f"{told}.{seal[::-1]}",
        f"{told}x.{seal}",
        token.replace("0" * 31 + "7", "0" * 31 + "8"),
        told,
        "",
        ".",
        "..",
        "é" * 40,
    ):
        assert rules.read_switch(changed, SECRET) is None


def test_a_token_of_one_topic_is_none_of_another():
    tokens = {rules.switch_token(Switch(a_person_id(), topic), SECRET) for topic in [*Topic, None]}
    assert len({token.rpartition(".")[2] for token in tokens}) == len(Topic) + 1


@pytest.mark.parametrize(
    ("role", "memberships", "topics"),
    [
        (Role.RESIDENT, {}, {Topic.OWN, Topic.FOLLOWED}),
        (Role.ORGANISATION, {}, {Topic.OWN, Topic.FOLLOWED, Topic.ORGANISATION}),
        (Role.RESIDENT, {a_person_id(): MemberDuty.MEMBER}, {Topic.OWN, Topic.FOLLOWED, Topic.ORGANISATION}),
        (Role.DIRECTOR, {}, {Topic.OWN, Topic.FOLLOWED, Topic.WORK}),
    ],
)
def test_people_choose_about_what_they_can_hear_of(role, memberships, topics):
    actor = Actor(datetime.now(UTC), a_person_id(), role=role, memberships=memberships)
    assert set(rules.topics_of(actor)) == topics
