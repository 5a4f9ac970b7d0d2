"""What `tests/house/who.py` needs of goals and agreements: a goal, and an agreement that runs and has a report."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any

from consult.contributions.models import Checked, Contribution
from consult.director.accountability.verbs import set_round_line
from consult.director.actions.models import Action
from consult.director.agreements import realising, verbs
from consult.director.agreements.queries import get_agreement, get_written
from consult.director.goals.queries import get_goal
from consult.director.goals.verbs import measure, publish_goal
from consult.director.steering import verbs as steering
from consult.director.steering.models import Evidence
from consult.director.steering.queries import get_reporting
from consult.foundation import clock
from consult.foundation.db import add
from consult.participants.models import Organisation, Person
from consult.policy import Act, Actor
from consult.rounds.models import Round
from tests.builders import the_platform
from tests.contributions.builders import A_PDF, the_store
from tests.director.builders import (
    NORM,
    TALKS,
    TALKS_MONEY,
    ago,
    partners,
    reporting,
    running,
    shared,
    today,
    told_of,
)

OF_ITEMS = {"indicator_page": TALKS, "set_indicator": TALKS, "line_page": TALKS_MONEY, "set_line": TALKS_MONEY}


@dataclass
class Agreed:
    """Values for addresses and forms, by endpoint what has to be another thing, and by act what it is done to."""

    url: dict[str, Any]
    typed: dict[str, Any]
    elsewhere: dict[str, dict[str, Any]]
    subjects: dict[Act, Callable[[Actor], Any]]


def agreed(found: Round, people: dict[str, Person | None], ours: Organisation, proposal: Contribution) -> Agreed:
    """A public goal and a public agreement with the organisation, which was reported about once."""
    told = partners(ours, people["representative"], people["contracts"], people["board"])
    goal = shared(told, found)
    measured = measure(goal, told.writes, on=ago(3), value=Decimal(70), source="wijkenquête")
    publish_goal(goal, told.writes, woo_category="overeenkomsten")
    agreement = running(told, of=found)
    verbs.publish(agreement, told.writes, woo_category="overeenkomsten")
    realising.set_goals(agreement, [goal], told.writes)
    verbs.amend(agreement, "Meer gesprekken.", told.writes)
    tied = realising.link(agreement, told.writes, contribution=proposal)
    steering.file_report(reporting(agreement), told_of(agreement.terms), told.speaks)
    steering.comment(reporting(agreement), "Mooi.", told.writes)
    set_round_line(found, "Bijeenkomsten", Decimal(22500), Decimal(24900), the_platform())
    url = {
        "goal_id": goal.public_id,
        "agreement_id": agreement.public_id,
        "part_key": NORM,
        "realisation_id": tied.id,
        "evidence_id": _a_file(agreement.id).id,
        "measurement_id": measured.id,
        "action_id": _an_action(proposal).id,
    }
    terms = agreement.terms
    typed = {
        "woo": "overeenkomsten",
        "contribution": proposal.public_id,
        **_typed(ours, terms.indicators[0].key, terms.lines[0].key),
    }
    elsewhere: dict[str, dict[str, Any]] = {f"agreements.{name}": {"part_key": key} for name, key in OF_ITEMS.items()}
    return Agreed(url, typed, elsewhere, _subjects(url))


def _a_file(agreement_id: Any) -> Evidence:
    """A file that stands in the store of the tests."""
    incoming = the_store().take("verslag.pdf", BytesIO(A_PDF))
    told = {name: value for name, value in vars(incoming).items() if name not in {"is_clean", "alt"}}
    return add(Evidence(**told, agreement_id=agreement_id, number=1, checked=Checked.CLEAN, added_at=clock.now()))


def _an_action(about: Contribution) -> Action:
    """Something that is done with an input."""
    told = {"text": "Plant bomen.", "owner": "team Groen", "due_on": today() + timedelta(days=60)}
    return add(Action(contribution_id=about.id, written_at=clock.now(), **told))


def _typed(ours: Organisation, indicator: str, line: str) -> dict[str, Any]:
    return {
        "indicator": "procent in de wijkenquête",
        "unit": "procent",
        "target": "80",
        "starts_on": ago(10).isoformat(),
        "target_on": (today() + timedelta(days=400)).isoformat(),
        "measured_on": ago(1).isoformat(),
        "value": "71",
        "found": "partly",
        "because": "Het ging goed.",
        "legal_form": "subsidy",
        "partner": ours.slug,
        "task": "Gesprekken voeren.",
        "runs_from": ago(300).isoformat(),
        "runs_until": (ago(300) + timedelta(days=364)).isoformat(),
        "rhythm": "quarterly",
        "better": "up",
        "amount": "500",
        "funding": "de gemeente",
        "norm": "Er is een tolk",
        "check": "steekproef",
        "values-0-key": indicator,
        "values-0-value": "10",
        "figures-0-key": line,
        "figures-0-committed": "1000",
        "figures-0-realised": "900",
        "figures-0-forecast": "66000",
        "judgement": "accepted",
        "is_met": "yes",
        "checked_on": ago(1).isoformat(),
        "next_step": "talk",
        "to_state": "at_risk",
        "is_taken": "yes",
        "year": str(today().year),
        "result": "Veel gesprekken.",
        "budget": "22500",
        "realised": "24900",
        "action_text": "Plant bomen.",
        "owner": "team Groen",
        "due_on": (today() + timedelta(days=60)).isoformat(),
        "none_because": "Het is al gedaan.",
    }


def _subjects(url: dict[str, Any]) -> dict[Act, Callable[[Actor], Any]]:
    goal_id, agreement_id = url["goal_id"], url["agreement_id"]

    def report(actor: Actor) -> Any:
        return get_reporting(actor, agreement_id, 1)

    return {
        Act.READ_AGREEMENT: lambda actor: get_agreement(actor, agreement_id),
        Act.SIGN_GOAL: lambda actor: get_goal(actor, goal_id),
        Act.SIGN_AGREEMENT: lambda actor: get_written(actor, agreement_id),
        Act.FILE_REPORT: report,
        Act.COMMENT_REPORT: report,
    }
