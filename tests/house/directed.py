"""What `tests/house/who.py` needs of the authority's own role: a vision, a topic, a change that waits, looking back."""

from dataclasses import dataclass
from typing import Any

from consult.decisions.models import Commitment
from consult.decisions.verbs import CommitmentTold
from consult.director.accountability.models import PrincipleScore, RoleReview, ScanPart
from consult.director.accountability.verbs import write_scan
from consult.foundation import clock
from consult.foundation.db import add
from consult.foundation.language import local
from consult.mandates.models import FixedChange, RoundPrinciple, Rung
from consult.mandates.queries import find_vision
from consult.mandates.visions import TopicTold, adopt_vision, record_topic, write_vision
from consult.participants.models import Person
from consult.rounds.models import Level, Organ, Round
from tests.builders import acting, the_platform


@dataclass
class Directed:
    """Values for addresses and forms."""

    url: dict[str, Any]
    typed: dict[str, Any]


def directed(found: Round, people: dict[str, Person | None]) -> Directed:
    """A vision that holds and one that is written, a topic, a change that waits, a review that is public, a scan."""
    writer, clerk = acting(people["director"]), acting(people["clerk"])
    today = local(clock.now()).date()
    vision = write_vision("Samen aan zet", "Wij doen het samen.", [("U1", "We zeggen vooraf wat kan.")], writer)
    adopt_vision(vision, Organ.COUNCIL, today, "2026-014", clerk)
    write_vision("Verder samen", "Wij doen het samen.", [("U1", "We zeggen vooraf wat kan.")], writer)
    principle_id = _held_to(found, vision)
    told = TopicTold("De wijken", Level.ADVISE, Rung.DIRECT, None, "Het raakt iedereen.", Organ.COUNCIL, today)
    topic = record_topic(told, clerk)
    fixed = {"preconditions": [], "can": ["De bankjes"], "cannot": []}
    about = {"told": fixed, "digest": "0" * 64, "reason": "Er kwam geld bij."}
    add(FixedChange(round_id=found.id, proposed_at=clock.now(), **about))
    for number in (1, 2):
        review = RoleReview(
            round_id=found.id, number=number, happened=Rung.DIRECT, compared="Het ging.", written_at=clock.now()
        )
        review.published_at = clock.now() if number == 1 else None
        add(PrincipleScore(review_id=add(review).id, principle_id=principle_id, score=4, words="Het ging goed."))
    promised = CommitmentTold("Elke wijk krijgt een gesprek.", "team Wijken", today, today)
    by = {"recorded_by_id": writer.person_id, "recorded_at": clock.now()}
    commitment = add(Commitment(round_id=found.id, **vars(promised), **by))
    scan = write_scan(today.year, today, dict.fromkeys(ScanPart, (3, "Dat staat in de notulen.")), the_platform())
    return Directed(
        {"topic_id": topic.id, "commitment_id": commitment.id}, _typed(principle_id, today) | {"scan_seen": scan.mark}
    )


def _held_to(found: Round, vision: Any) -> Any:
    held = find_vision()
    assert held is not None
    assert held.id == vision.id
    add(RoundPrinciple(round_id=found.id, principle_id=held.principles[0].id))
    return held.principles[0].id


def _typed(principle_id: Any, today: Any) -> dict[str, Any]:
    scores = {f"{part.value}-score": "4" for part in ScanPart}
    return {
        "principles-0-code": "U1",
        "principles-0-words": "We zeggen vooraf wat kan.",
        "principles-0-principle_id": str(principle_id),
        "principles-0-score": "4",
        "held_to": [str(principle_id)],
        "organ": "council",
        "participation": "consult",
        "rung": "direct",
        "no_ground": "",
        "of_round": "",
        "example": "core",
        "can_influence": "De bankjes",
        "happened": "direct",
        "compared": "Het ging zoals bedoeld.",
        "promise": "Elke wijk krijgt een eigen gesprek.",
        "keeper": "team Wijken",
        "promised_on": today.isoformat(),
        "keep_by": today.isoformat(),
        "was_kept": "yes",
        "ordinance": "Participatieverordening 2025",
        "ordinance_on": today.isoformat(),
        "ordinance_url": "https://lokaleregelgeving.test/1",
        "withheld": "",
        "scan_year": str(today.year),
        "made_on": today.isoformat(),
        **scores,
        **{f"{part.value}-evidence": "Dat staat in de notulen." for part in ScanPart},
        "authority_name": "Gemeente Wilgendrecht",
        "authority_kind": "municipality",
        "authority_code": "GM9999",
    }
