from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from consult.accounts.verbs import sign_in
from consult.doors import door_of
from consult.foundation import clock
from consult.foundation.db import Database
from consult.foundation.language import gettext, speaking
from consult.policy import POLICY, Act, system
from consult.rounds.models import RoundState
from tests.builders import acting
from tests.house import routes, who
from tests.shows import shows
from tests.site import COOKIE, ORIGIN, Browser, Site

CELLS = 508 * 15  # lines of the table times its columns; raise it with every act
REFUSALS = ("You may not do this.", "You may not see this page.")
ALL_404 = dict.fromkeys(who.roles(), "404")
# Ways in where it is the thing itself that says whose it is; everybody else is told that it is not there.
OWN: dict[str, dict[str, str]] = {
    "proposals.receipt": {**ALL_404, "author": "ok"},
    "proposals.discard": {**ALL_404, "author": "ok"},
    "second.remove_page": {**ALL_404, "author": "ok"},
    "second.remove": {**ALL_404, "author": "ok"},
}
# What is typed in this world is nobody's password, and no code or passkey of anybody.
WRONG_PASSWORD = {
    "accounts.sign_in",
    "accounts.prove",
    "second.prove",
    "second.add_totp",
    "second.add_passkey",
    "second.keep_codes",
}
# What shows something of the round itself, of which there is nothing to show while it is prepared.
UNSHOWN = {"proposals.receipt", "notifications.outbox_html", "documents.file_page", "documents.download"}
UNSHOWN |= {"field.introduction", "field.answer_introduction"}
SERVING = {"moderator", "director", "sponsor"}
# Who sees what is written of an agreement that is public: staff, and who acts for its partner.
INSIDE = set(who.roles()) - {"visitor", "resident", "author"}
# What exists only for some: what is being written, for those who serve the round; a message, for who sends it.
HIDDEN = {
    **dict.fromkeys(("get_newest", "get_section", "get_paragraph", "get_source"), SERVING),
    **dict.fromkeys(("get_view", "get_view_file", "get_point", "get_own_change", "get_note", "get_at"), SERVING),
    **dict.fromkeys(("get_begun", "get_chapter", "get_finding", "get_report", "get_typed"), SERVING),
    "get_suggestion": SERVING,
    "get_change": SERVING,
    "get_handled": SERVING,
    "get_own_view": {"author"},
    "get_own_view_file": {"author"},
    "get_mail": {"admin"},
    **dict.fromkeys(("get_written", "get_part", "get_indicator", "get_line", "get_requirement"), INSIDE),
    **dict.fromkeys(("get_reporting", "get_demand", "get_evidence", "get_realisation"), INSIDE),
    "get_asked_side": {"member", "representative"},
    "get_challenge": set(who.roles()) - {"visitor", "resident"},
    "get_bulk": {"moderator"},
    "get_own_assessment": {"moderator"},
    "get_enrolment": {"moderator"},
    "get_plan_item": {"moderator", "coach"},
    "get_coached": {"coach"},
    "get_practice": SERVING,
    "get_second": {"moderator"},
}


@shows("R18")
def test_every_act_has_a_row_in_the_policy_and_in_the_table():
    assert set(POLICY) == set(Act)
    told = {act for act, _ in who.expected()}
    assert told == {act.value for act in Act}, f"who.csv: {told ^ {act.value for act in Act}}"


def test_the_table_is_whole():
    table = who.expected()
    for act in {act for act, _ in table}:
        states = {state for told, state in table if told == act}
        assert states in ({"any"}, set(who.STATES)), f"who.csv: {act} lacks a state"
    assert {cell for row in table.values() for cell in row.values()} == {"ok", "in", "no", "404"}
    assert sum(len(row) for row in table.values()) == CELLS


@shows("R19")
@pytest.mark.usefixtures("unit")
@pytest.mark.parametrize("state", [*who.STATES, "any"])
def test_the_policy_says_what_the_table_says(state):
    world = who.a_world("open" if state == "any" else state)
    actors = {role: acting(person) for role, person in world.people.items()}
    surprises = [
        f"{act} in {state} as {role}: expected {cell}, got {got}"
        for (act, told), row in who.expected().items()
        if told == state
        for role, cell in row.items()
        if (got := who.outcome(Act(act), actors[role], world, state)) != cell
    ]
    assert not surprises, "\n".join(surprises)


@shows("R20")
def test_the_ways_in_are_the_ones_that_were_looked_at(app):
    now, before = set(routes.found(app)), set(routes.pinned())
    changed = [f"new: {line}" for line in sorted(now - before)] + [f"gone: {line}" for line in sorted(before - now)]
    assert not changed, "\n".join(["look at these, then run python -m tests.house.routes", *changed])


@shows("R20")
def test_nothing_changes_behind_an_act_that_only_reads(app):
    lines = [line.split() for line in routes.found(app)]
    wrong = [line for line in lines if line[0] in routes.UNSAFE and line[3].startswith(("read_", "-"))]
    assert not wrong


def test_every_act_that_somebody_may_do_has_a_way_in(app):
    there = {line.split()[3] for line in routes.found(app)}
    idle = {act.value for act in Act if act.value not in there} - NO_WAY_IN
    assert not idle, f"acts without a way in: {', '.join(sorted(idle))}"


# Acts of the platform itself and of commands; clearing and closing happen in other acts' ways in.
NO_WAY_IN = {
    "import",
    "load_demo",
    "clear_phase",
    "close_poll",
    "check_file",
    "compute_outcome",
    "destroy_keys",
    "void_sign_off",
}


@shows("R19")
@pytest.mark.parametrize("state", who.STATES)
def test_every_way_in_lets_in_whom_the_table_lets_in(kind, homes, tmp_path, state):
    world, doors = a_house(homes.empty(kind, tmp_path), state)
    # All of them while a round is open or prepared; otherwise those where being closed makes a difference.
    whole = kind == "sqlite"
    ways = [way for n, way in enumerate(doors.ways()) if n % 7 == 0 or (whole and doors.tells(way[0], state))]
    surprises, tried = [], 0
    for role, person in world.people.items():
        for rule, method in ways:
            tried += 1
            got, cell = doors.tries(doors.as_(person), rule, method), doors.cell(rule, state, role)
            if got != cell:
                surprises.append(f"{method} {rule.rule} ({rule.endpoint}) as {role}: expected {cell}, got {got}")
    doors.site.database.dispose()
    assert tried == len(ways) * len(who.roles())
    assert not surprises, "\n".join([f"{len(surprises)} of {tried} in {state}:", *surprises])


def test_each_table_cell_is_read_from_the_line_of_its_act(app):
    rule = next(app.url_map.iter_rules("voting.support"))
    assert Doors.cell_of(app, rule, "open", "resident") == "ok"
    assert Doors.cell_of(app, rule, "open", "moderator") == "no"
    assert Doors.cell_of(app, rule, "draft", "resident") == "404"


@pytest.fixture(scope="module")
def app():
    nowhere = Database("sqlite:////nowhere/consult.sqlite")
    return Site(nowhere).app


def a_house(database: Database, state: str) -> tuple[who.World, "Doors"]:
    with database.writing():
        world = who.a_world(state)
    site = Site(who.Undone(database.url))
    with database.writing():
        tokens = {
            person.id: sign_in(person.account_id, system(clock.now()), with_factor=True)
            for person in world.people.values()
            if person
        }
    return world, Doors(site, world, tokens)


class Doors:
    """Tries ways in on a site of which nothing is kept."""

    def __init__(self, site: Site, world: who.World, tokens: dict[Any, str]) -> None:
        self.site, self.world, self.tokens = site, world, tokens
        with speaking("nl"):
            self.refusals = tuple(gettext(sentence) for sentence in REFUSALS)

    def ways(self) -> list[tuple[Rule, str]]:
        rules = sorted(self.site.app.url_map.iter_rules(), key=lambda rule: (rule.rule, rule.endpoint))
        return [
            (rule, method)
            for rule in rules
            if rule.endpoint != "static"
            for method in sorted((rule.methods or set()) - routes.QUIET)
        ]

    def as_(self, person: Any) -> FlaskClient:
        client = self.site.app.test_client()
        if person is not None:
            client.set_cookie(COOKIE, self.tokens[person.id])
        return client

    def tries(self, client: FlaskClient, rule: Rule, method: str) -> str:
        return self.word(self.sent(client, rule, method), rule)

    def sent(self, client: FlaskClient, rule: Rule, method: str) -> TestResponse:
        unknown = rule.arguments - self.world.url.keys()
        assert not unknown, f"{rule.rule}: tests/house/who.py has no value for {', '.join(unknown)}"
        with self.site.app.test_request_context(base_url=ORIGIN):
            values = {**self.world.url, **self.world.elsewhere.get(rule.endpoint, {})}
            path = rule.build({name: values[name] for name in rule.arguments})
        assert path is not None
        if method == "GET":
            return client.get(path[1])
        browser = Browser(self.site)
        browser.client = client
        sent = {name: make() for name, make in self.world.files.get(rule.endpoint, {}).items()}
        fields = self.world.typed
        if sent:  # a form with files takes no more than two hundred parts, so it gets its own
            form = door_of(self.site.app.view_functions[rule.endpoint]).form
            fields = {name: value for name, value in fields.items() if hasattr(form, name.partition("-")[0])}
        typed = {**fields, **sent, "csrf_token": browser.form_token()}
        return client.open(path[1], method=method, data=typed, headers={"Origin": ORIGIN})

    def word(self, answer: TestResponse, rule: Rule) -> str:
        """Say in the words of the table what happened; a bad form is told, for then nothing was tried."""
        if answer.status_code == 404:
            return "404"
        if answer.status_code == 303 and answer.location.startswith("/login?"):
            return "in"
        if answer.status_code == 403 and any(words in answer.text for words in self.refusals):
            return "no"
        if answer.status_code in {400, 422} and rule.endpoint not in WRONG_PASSWORD:
            return f"a bad form ({answer.status_code})"
        return "ok" if answer.status_code in {200, 303, 403, 409, 422} else str(answer.status_code)

    def tells(self, rule: Rule, state: str) -> bool:
        """Whether a closed round lets in others than an open one; of any other state: yes."""
        return state != "closed" or any(
            self.cell(rule, "open", one) != self.cell(rule, state, one) for one in who.roles()
        )

    def cell(self, rule: Rule, state: str, role: str) -> str:
        return self.cell_of(self.site.app, rule, state, role)

    @staticmethod
    def cell_of(app: Any, rule: Rule, state: str, role: str) -> str:
        door = door_of(app.view_functions[rule.endpoint])
        assert door is not None
        if state == "draft" and rule.endpoint in UNSHOWN:
            return "404"
        if door.on is not None and role not in HIDDEN.get(door.on.__name__, {role}):
            return "404"
        table = who.expected()
        row = table.get((door.act.value, state)) or table[door.act.value, "any"]
        return row[role] if row[role] == "404" else OWN.get(rule.endpoint, row)[role]


def test_the_states_of_the_table_are_the_states_of_a_round():
    assert set(who.STATES) == {state.value for state in RoundState}
    assert Path(who.TABLE).exists()
