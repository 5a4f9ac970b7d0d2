"""A form that creates something, sent twenty times at one moment, creates it once and answers each time the same."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from consult.audit.models import Entry
from consult.foundation.db import session
from consult.voting.models import Poll
from tests.once.harness import Town, a_town, post, served
from tests.once.labour import Conditions
from tests.shows import shows

MANY = 20


def sent_at_once(town: Town, keys: list[str], bug: str = "") -> set[tuple[int, str]]:
    """Send a form that creates a poll, once with each key, to two servers at one moment; returns the answers."""
    told = {"title": "Wat vindt u?", "phase": str(town.phase_id)}
    path = f"/staff/rounds/{town.slug}/poll"
    with served(Conditions(town.url, bug)) as servers, ThreadPoolExecutor(MANY) as browsers:

        def one(number: int) -> tuple[int, str]:
            return post(servers[number % 2][0], path, town.director, {**told, "form_key": keys[number]})

        return set(browsers.map(one, range(len(keys))))


def polls_besides_the_first(database) -> tuple[int, int]:
    with database.reading():
        polls = session().scalar(select(func.count()).select_from(Poll))
        entries = session().scalar(select(func.count()).where(Entry.act == "create_poll"))
    return polls - 1, entries - 1


@shows("R68")
def test_twenty_equal_forms_create_one_thing_and_get_one_answer(empty_database):
    town = a_town(empty_database)
    answers = sent_at_once(town, ["the same"] * MANY)
    assert polls_besides_the_first(empty_database) == (1, 1)
    assert answers == {(303, f"/staff/rounds/{town.slug}/poll")}


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
@shows("R68")
def test_forms_with_keys_of_their_own_each_create_something(empty_database):
    town = a_town(empty_database)
    sent_at_once(town, [f"key {n}" for n in range(4)])
    assert polls_besides_the_first(empty_database) == (4, 4)


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_this_net_notices_a_key_that_is_not_kept(empty_database):
    town = a_town(empty_database)
    sent_at_once(town, ["the same"] * 4, "key not kept")
    assert polls_besides_the_first(empty_database)[0] == 4
