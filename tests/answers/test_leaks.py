"""What staff think of an input, and the answer that they draft, reach nobody else, whatever way somebody looks."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from consult.answers.verbs import publish_answers, sign_answers
from consult.contributions.models import Contribution
from consult.contributions.queries import get_contribution
from consult.foundation import clock
from consult.foundation.db import session
from consult.foundation.mail import Mail
from consult.opendata.results import as_json
from consult.privacy.queries import gather
from consult.rounds.queries import get_round
from consult.synthesis.models import Outcome, OutcomeKind
from consult.synthesis.verbs import assign, evaluate, set_outcome, write_note
from tests.builders import acting, the_platform
from tests.house import who
from tests.house.test_seen_static import path_of
from tests.house.test_who import Doors
from tests.site import Browser, Site

SECRETS = ("Geheim oordeel", "Geheime reden", "Nog een reden", "Geheime notitie")
OTHERS = ("visitor", "author", "elsewhere", "privacy")
NEW_EACH_TIME = re.compile(r'value="[\w.-]{20,}"')  # the keys of forms
# Who reads the journal sees that something was done, and no word of what; secrets of factors are new each time.
ODS = {"accountability.account_ods", "accountability.round_account_ods"}  # each holds when it was made
BY_THEMSELVES = {"pages.journal", "second.codes_page", "second.new_totp_page", *ODS}


@pytest.fixture(params=["sqlite"])
def kind(request):
    return request.param


@contextmanager
def a_site_of(site: Site) -> Iterator[tuple[who.World, Doors]]:
    """Everything stands still but what staff do."""
    with clock.set_to(clock.now()):
        with site.writing():
            world = who.a_world("open")
            for one in session().scalars(select(Outcome)):
                session().delete(one)  # here nobody drafted anything yet
        yield world, Doors(site, world, {})


def everything_seen(site: Site, world: who.World, doors: Doors, browsers: dict[str, Browser]) -> dict[str, str]:
    """Every page that anybody but the team of the round can open, and every other way out."""
    seen = {}
    for role, browser in browsers.items():
        for rule, method in doors.ways():
            if method == "GET" and doors.cell(rule, "open", role) == "ok" and rule.endpoint not in BY_THEMSELVES:
                answer = browser.get(path_of(site, world, rule))
                seen[f"{role} {rule.endpoint}"] = NEW_EACH_TIME.sub("", answer.get_data().decode(errors="replace"))
        slug = world.url["slug"]
        for outcome in ("challenge", "partly", "none"):
            seen[f"{role} filter {outcome}"] = browser.get(f"/rounds/{slug}/proposals?outcome={outcome}").text
        seen[f"{role} search"] = browser.get(f"/rounds/{slug}/proposals?q=geheim").text
    with site.reading():
        author = acting(world.people["author"])
        seen["own data"] = json.dumps({k: v for k, v in gather(author).items() if k != "signed_in"}, default=str)
        seen["results --json"] = json.dumps(as_json(get_round(the_platform(), world.url["slug"])), default=str)
        seen["mails"] = str(sorted((one.kind, str(one.facts)) for one in session().scalars(select(Mail))))
    return seen


def the_input(world: who.World) -> Contribution:
    return get_contribution(the_platform(), world.url["slug"], world.url["public_id"])


def test_nothing_that_is_not_published_is_seen_by_anybody_else(site: Site) -> None:
    with a_site_of(site) as (world, doors):
        browsers = {role: Browser(site).as_(world.people[role]) for role in OTHERS}
        before = everything_seen(site, world, doors, browsers)
        writer, second = (acting_as(site, world, name) for name in ("moderator", "director"))
        with site.writing():
            evaluate(the_input(world), SECRETS[0], writer)
            write_note(the_input(world), SECRETS[3], writer)
            assign(the_input(world), str(writer.person_id), writer)
            set_outcome(the_input(world), OutcomeKind.CHALLENGE, SECRETS[1], writer)
            outcome = set_outcome(the_input(world), OutcomeKind.PARTLY, SECRETS[2], writer)
            sign_answers([(outcome, the_input(world))], second)
        after = everything_seen(site, world, doors, browsers)
        assert sorted(name for name in before if before[name] != after[name]) == []
        assert not [name for name, told in after.items() if any(secret in told for secret in SECRETS)]
        with site.writing():
            found = session().get_one(Outcome, outcome.id)
            after_the_vote = replace(second, arrived_at=second.arrived_at + timedelta(days=60))
            publish_answers([(found, the_input(world))], after_the_vote)
        published = everything_seen(site, world, doors, browsers)
    shown = {name for name, told in published.items() if SECRETS[2] in told}
    assert {"visitor pages.contribution", "visitor pages.proposal", "author pages.me"} <= shown
    changed = {name for name in after if after[name] != published[name]}
    assert {"visitor filter partly", "mails", "author pages.proposals"} <= changed
    assert not [
        name for name, told in published.items() if any(secret in told for secret in SECRETS if secret != SECRETS[2])
    ]


def acting_as(site: Site, world: who.World, name: str):
    with site.reading():
        return acting(world.people[name])
