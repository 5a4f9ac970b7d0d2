"""A municipality with one round of many proposals and an open poll, to measure on."""

import itertools
import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from flask import Flask
from sqlalchemy import event, select, update

from bench.served import Request
from consult import migrating
from consult.accounts.models import Account
from consult.accounts.verbs import sign_in
from consult.app import create_app
from consult.config import Settings
from consult.contributions.models import Channel
from consult.contributions.verbs import Row
from consult.foundation import clock, forms
from consult.foundation.db import Database, session
from consult.foundation.language import local
from consult.mandates.verbs import open_round
from consult.participants.verbs import register
from consult.policy import system
from consult.proposals.verbs import enter_proposals
from consult.rounds.models import PhaseKind
from consult.rounds.planning import PhasePlan, ThemePlan, plan_phases, set_themes
from consult.rounds.queries import get_round
from consult.rounds.verbs import RoundText, create_round
from consult.voting.models import Ballot, Option
from consult.voting.verbs import create_poll

ORIGIN = "http://localhost"
SECRET = "the secret of a town that is only measured"


class Town:
    """An installation in a folder of its own; `browser` is a resident, `visitor` has no cookie."""

    def __init__(self, folder: Path, proposals: int) -> None:
        self.database = Database(f"sqlite:///{folder / f'town-{proposals}.sqlite'}")
        migrating.upgrade(self.database)
        with self.database.writing():
            self.options_known = _arrange(proposals)
        self.settings = Settings(self.database.url, SECRET, base_url=ORIGIN)
        self.app = create_app(self.settings, self.database)
        self.visitor = self.app.test_client()
        self.browser = self.app.test_client()
        with self.database.writing():
            actor = system(clock.now())
            person = register("Bewoner", "bewoner@voorbeeld.nl", None, actor)
            session().get_one(Account, person.account_id).confirmed_at = clock.now()
            cookie = sign_in(person.account_id, actor)
        self.cookie = cookie
        self.browser.set_cookie("consult", cookie)
        forms.sealing.set(forms.Sealing(SECRET.encode(), "visitor"))
        self.visitor_token = forms.token()
        forms.sealing.set(forms.Sealing(SECRET.encode(), cookie))
        self.token = forms.token()
        self.choices = itertools.cycle(("for", "against", "neutral"))
        self.options = itertools.cycle(self.options_known)

    def read(self, path: str) -> None:
        """Fetch a page as a visitor."""
        answer = self.visitor.get(path)
        assert answer.status_code == 200, (path, answer.status_code)

    def serve(self) -> Flask:
        """Return the app once more, for a process of its own."""
        return create_app(self.settings, Database(self.database.url))

    def votes(self) -> Iterator[Request]:
        """Tell one request after another by which the resident casts or changes a vote, never too many a minute."""
        headers = {"Origin": ORIGIN, "Host": "localhost", "Cookie": f"consult={self.cookie}"}
        for number in itertools.count():
            if number % 100 == 0:
                with self.database.writing():
                    session().execute(update(Ballot).values(in_minute=0))
            told = {"csrf_token": self.token, "choice": next(self.choices)}
            yield f"/rounds/wijken/vote/{next(self.options)}", told, headers

    def statements(self, path: str) -> int:
        """Count the SQL statements of one page, without BEGIN and COMMIT."""
        seen: list[str] = []

        def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
            if not statement.upper().startswith(("BEGIN", "COMMIT", "ROLLBACK", "PRAGMA")):
                seen.append(statement)

        event.listen(self.database.engine, "before_cursor_execute", note)
        self.read(path)
        event.remove(self.database.engine, "before_cursor_execute", note)
        return len(seen)


def _arrange(proposals: int) -> list[uuid.UUID]:
    """Make the round in an open unit and return some of the options that can be voted on."""
    actor, today = system(clock.now()), local(clock.now()).date()
    made = create_round(
        "wijken",
        RoundText(
            title="Onze wijken",
            question="Hoe worden onze wijken groener?",
            can_influence=["waar bankjes komen"],
            cannot_influence=["het budget"],
            decider="de raad",
        ),
        actor,
    )
    plan_phases(made, [PhasePlan(PhaseKind.PRIORITISE, "Kiezen", today - timedelta(3), today + timedelta(9))], actor)
    set_themes(made, [ThemePlan("T1", "Groen"), ThemePlan("T2", "Verkeer")], actor)
    made = get_round(actor, "wijken")
    open_round(made, system(made.phases[0].opens_at))
    text = "Zet hier een bankje neer, in de schaduw. " * 4
    rows = [
        Row(f"Voorstel {n}", text, f"<p>{text}</p>", Channel.ONLINE, clock.now() - timedelta(minutes=n))
        for n in range(proposals)
    ]
    enter_proposals(made, rows, actor)
    poll = create_poll(made, made.phases[0], actor, title="Wat vindt u?")
    return list(session().scalars(select(Option.id).where(Option.poll_id == poll.id).limit(40)))
