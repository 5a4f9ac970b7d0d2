"""What `tests/house/who.py` needs of the playing field and of tasks: one of each thing that has an address."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from consult.director.tasks import verbs as tasks
from consult.director.tasks.models import Choice, Rung
from consult.director.tasks.queries import get_challenge
from consult.field import connecting, reaching, verbs
from consult.field.matches import get_asked_side
from consult.field.models import PartyKind, ReachKind, RelationKind
from consult.participants.models import Organisation, Person
from consult.policy import Act, Actor
from consult.rounds.models import Round
from tests.builders import acting, the_platform
from tests.field.builders import a_party, an_offer, in_days, thought


@dataclass
class Fielded:
    """Values for addresses and forms, and by act what it is done to."""

    url: dict[str, Any]
    typed: dict[str, Any]
    subjects: dict[Act, Callable[[Actor], Any]]


def fielded(found: Round, people: dict[str, Person | None], ours: Organisation, theirs: Organisation) -> Fielded:
    """Three parties of which one was assessed, two organisations that were asked to meet, a task and a request."""
    director = acting(people["director"])
    party = a_party(found, ours.name, organisation=ours)
    other, department = a_party(found, "De Krant", PartyKind.MEDIA), a_party(found, "Beheer", PartyKind.INTERNAL)
    verbs.assess(party, found, thought(), director)
    tie = verbs.relate(party, other, RelationKind.FUNDS, director, source="jaarverslag", seen_on=in_days(-3))
    an_offer(ours, "zaal")
    meeting = connecting.introduce(found, ours, theirs, "U zoekt een zaal.", director)
    reaching.count_reach(found, {"": 12}, {"a0_15": 2, "": 10}, "lijsten", director)
    outreach = reaching.start_outreach(found, ReachKind.AGE, "a0_15", "Een les", in_days(0), director)
    advice = reaching.ask_advice(found, department, "Mag dit?", in_days(2), director)
    tasks.set_terms(["U woont hier."], 8, the_platform())
    told = tasks.TaskTold("Het park onderhouden", Choice.DO, Rung.DIRECT, "Dat doen we al.")
    task = tasks.write_task(told, the_platform(), of=found)
    words = tasks.ChallengeTold("Het park", "Wij zijn er elke dag.", "Tien buren.", "De straat.", Decimal(900))
    challenge = tasks.challenge(words, acting(people["author"]))
    challenge.organisation_id = ours.id  # of the author, and of an organisation
    url = {
        "party_id": party.id,
        "relation_id": tie.id,
        "introduction": meeting.public_id,
        "outreach_id": outreach.id,
        "advice_id": advice.id,
        "task_id": task.public_id,
        "challenge_id": challenge.public_id,
    }
    subjects: dict[Act, Callable[[Actor], Any]] = {
        Act.ANSWER_INTRODUCTION: lambda actor: get_asked_side(actor, ours.slug, meeting.public_id),
        Act.WITHDRAW_CHALLENGE: lambda actor: get_challenge(actor, challenge.public_id),
    }
    return Fielded(url, _typed(ours, theirs, str(other.id), str(department.id)), subjects)


def _typed(ours: Organisation, theirs: Organisation, other: str, department: str) -> dict[str, Any]:
    return {
        "party_kind": "target_group",
        "influence": "7",
        "interest": "8",
        "attitude": "1",
        "shared": "yes",
        "ring": "work",
        "relation": "works_with",
        "with_party": other,
        "known_from": "jaarverslag",
        "seen_on": in_days(-2).isoformat(),
        "unorganised": "Scholieren.",
        "one_body": ours.slug,
        "other_body": theirs.slug,
        "accepts": "yes",
        "contact": "Bel ons.",
        "came_of": "Een afspraak.",
        "counted_from": "lijsten",
        "groups-0-group": "age/a0_15",
        "groups-0-people": "12",
        "group": "age/a0_15",
        "what": "Een les op school",
        "planned_on": in_days(3).isoformat(),
        "done_on": in_days(0).isoformat(),
        "reached": "12",
        "department": department,
        "due_on": in_days(5).isoformat(),
        "advice": "Het mag.",
        "answered_on": in_days(0).isoformat(),
        "who_does": "do",
        "rung": "direct",
        "conditions": "U woont hier.",
        "weeks": "8",
        "who": "Tien buren.",
        "support": "De hele straat.",
        "cost": "900",
    }
