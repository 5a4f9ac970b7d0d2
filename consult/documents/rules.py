"""Pure decisions about documents: who may read which, when a file is made at once, and how long it takes."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from consult.documents.models import Ending, PaperFile, PaperKind, PaperText, Step
from consult.foundation.errors import Conflict, NotAllowed, NotNow
from consult.foundation.language import N_
from consult.foundation.language import gettext as _
from consult.policy import Actor
from consult.rounds.models import Phase, PhaseKind

SMALL = 150  # blocks of a document that is made while somebody waits: in half a second
A_SECOND = {Ending.PDF: 600, Ending.ODT: 400}  # blocks that a worker lays out in one, as it was measured
LEASE = timedelta(minutes=10)  # after which a worker that died is not waited for
LONGEST = 6_000  # characters of one text
# What is typed for a document of which the rest is computed, with its label and a hint.
TYPED: dict[PaperKind, dict[str, tuple[str, str]]] = {
    PaperKind.PARTICIPATION: {
        "involved": (
            N_("How people were involved"),
            N_("How you reached residents, businesses, organisations and other authorities, and who was missing."),
        ),
        "policy": (
            N_("How our own participation policy was followed"),
            N_("Name the ordinance, what it asks, and where you did something else and why."),
        ),
        "evaluation": (N_("What we learned"), N_("What went well, what did not, and what you do otherwise next time.")),
    },
    PaperKind.COUNCIL: {
        "decisions": (N_("Decisions that are asked"), N_("One decision on each line.")),
        "proposal": (N_("Why we propose this"), N_("The proposal in short: reason, choice, risks.")),
        "finance": (N_("What it costs"), N_("Amounts, and where the money comes from.")),
        "commitments": (N_("What we promised"), N_("One promise on each line, with who keeps it and when.")),
    },
}


def is_out(phases: Sequence[Phase], kind: PhaseKind, at: datetime) -> bool:
    """Say whether the first phase of a kind has begun: its day came, and its gate let it start."""
    first = min((phase.opens_at for phase in phases if phase.kind is kind and phase.cleared_at), default=None)
    return first is not None and first <= at


def has_collected(phases: Sequence[Phase]) -> bool:
    """Say whether collecting is over, so that there is something to account for."""
    return any(phase.kind is PhaseKind.COLLECT and phase.closed_at is not None for phase in phases)


def is_small(size: int) -> bool:
    """Say whether a document of so many blocks is made while somebody waits."""
    return size <= SMALL


def is_ready(found: PaperFile | None, revision: int) -> bool:
    """Say whether a file can be given: it was made, and nothing that the public sees changed since."""
    return found is not None and found.step is Step.DONE and found.revision == revision


def percent(found: PaperFile, at: datetime) -> int:
    """Return about how much of the making is done: what it takes is known from its size, so this is a guess."""
    if found.step is Step.DONE:
        return 100
    if found.began_at is None or found.step is not Step.LAYING_OUT:
        return 0
    expected = 2 + found.size_told / A_SECOND[found.ending]
    return min(95, int(100 * (at - found.began_at).total_seconds() / expected))


def judge_texts(paper: PaperKind) -> None:
    """Refuse typed texts for a document that is made of what was published elsewhere."""
    if paper not in TYPED:
        raise Conflict(_("This document is made of what was published elsewhere. Change it there."))


def judge_publication(found: PaperText | None, actor: Actor, number: int) -> None:
    """Refuse to publish what is not there, what was changed since it was read, and what one wrote oneself."""
    if found is None or found.published_at is not None:
        raise NotNow(_("Nothing waits for publication here."))
    if found.number != number:
        raise Conflict(_("This text was changed after you read it. Read it again before you publish it."))
    if actor.person_id is not None and actor.person_id == found.written_by_id:
        raise NotAllowed(_("You wrote this text, so somebody else must publish it."))
