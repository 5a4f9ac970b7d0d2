"""What a practice round holds, and the steps with which somebody learns the work in it."""

from collections.abc import Collection
from dataclasses import dataclass

from consult.foundation.language import N_
from consult.foundation.language import gettext as _
from consult.policy import Act
from consult.rounds.models import PhaseKind

PHASES = (  # with the day on which each begins and ends, seen from today
    (PhaseKind.COLLECT, N_("Collecting ideas"), -7, 28),
    (PhaseKind.PRIORITISE, N_("Voting"), 29, 42),
    (PhaseKind.SYNTHESISE, N_("Sorting"), 43, 56),
    (PhaseKind.FEEDBACK, N_("Answering"), 57, 70),
    (PhaseKind.DRAFT, N_("Writing"), 71, 98),
)
THEMES = (("groen", N_("Green")), ("verkeer", N_("Traffic")), ("samen", N_("Meeting each other")))
# Invented input: title and text. Two say the same, one holds a telephone number, one is advertising.
INPUTS = (
    ("Een boom bij de school", "Op het plein bij de school is geen schaduw. Plant daar een grote boom."),
    ("Meer schaduw op het schoolplein", "Zet een boom op het plein bij de school. Het is er in juni te heet."),
    ("Drempels in de Oefenstraat", "Auto's rijden hard door de Oefenstraat. Leg drempels aan."),
    ("Een bankje bij het water", "Mijn moeder kan niet ver lopen. Een bankje bij de vijver helpt."),
    ("Bel mij over het speelveld", "Het gras is kapot. Bel mij op 06-00000000, dan wijs ik het aan."),
    ("Nieuwe kozijnen, nu met korting", "Ons bedrijf plaatst kozijnen. Vraag vandaag een offerte aan."),
    ("Koffie in het buurthuis", "Open het buurthuis ook op zondag. Dan is het stil en zijn veel mensen alleen."),
    ("Geen auto's op zaterdag", "Sluit het plein op zaterdag af voor auto's. Dan kunnen kinderen spelen."),
)


@dataclass(frozen=True)
class Step:
    """Something to do in a practice round: in which phase of a real one, the act, and the page where it is done."""

    kind: PhaseKind
    words: str
    act: Act
    endpoint: str


STEPS = (
    Step(PhaseKind.PREPARE, N_("Change the words about the round"), Act.PREPARE_ROUND, "mandates.prepare"),
    Step(PhaseKind.COLLECT, N_("Enter a letter that you made up"), Act.ENTER_ON_BEHALF, "intake.page"),
    Step(PhaseKind.COLLECT, N_("Publish an input out of the queue"), Act.PUBLISH_CONTRIBUTION, "moderation.queue"),
    Step(PhaseKind.COLLECT, N_("Propose to refuse the advertising"), Act.PROPOSE_REFUSAL, "moderation.queue"),
    Step(PhaseKind.COLLECT, N_("Have the telephone number taken away"), Act.PROPOSE_REDACTION, "moderation.queue"),
    Step(PhaseKind.PRIORITISE, N_("Add a poll"), Act.CREATE_POLL, "voting.poll_page"),
    Step(PhaseKind.SYNTHESISE, N_("Give an input its themes"), Act.CODE, "workbench.coding"),
    Step(PhaseKind.SYNTHESISE, N_("Write an answer to an input"), Act.SET_OUTCOME, "workbench.coding"),
    Step(PhaseKind.SYNTHESISE, N_("Join two inputs that say the same"), Act.MERGE, "moderation.queue"),
    Step(PhaseKind.DRAFT, N_("Write a paragraph of the draft"), Act.WRITE_DRAFT, "synthesis.draft_desk"),
)


@dataclass(frozen=True)
class Stage:
    """The steps of one phase, each with whether it was done."""

    words: str
    steps: tuple[tuple[Step, bool], ...]


def checklist(done: Collection[str]) -> list[Stage]:
    """Return the steps by phase; `done` are the acts that somebody did in the round, as the journal calls them."""
    kinds = dict.fromkeys(step.kind for step in STEPS)
    return [
        Stage(_(kind.words), tuple((step, step.act.value in done) for step in STEPS if step.kind is kind))
        for kind in kinds
    ]
