"""How a round is staffed: its role table, how many hours each duty needs, and examples that can be copied."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from consult.audit.verbs import record
from consult.foundation.db import add, read_again_locked
from consult.foundation.errors import Conflict
from consult.foundation.language import N_, Worded
from consult.foundation.language import gettext as _
from consult.mandates.models import SetUp
from consult.mandates.queries import find_set_up
from consult.policy import Act, Actor, Duty
from consult.rounds.models import Round


@dataclass(frozen=True)
class Line:
    """One piece of work in a round: who does it, who decides, who advises and who is told."""

    work: str
    does: str = ""
    decides: str = ""
    advises: str = ""
    told: str = ""


class Example(Worded):
    """Three ways to staff a round, as examples; none is advice."""

    SMALL = "small", N_("A small team")
    CORE = "core", N_("A core team with experts")
    TOGETHER = "together", N_("Together with partners")

    @property
    def about(self) -> str:
        """For which round it is meant."""
        return _(ABOUT[self])

    def lines(self) -> list[Line]:
        """Its role table, in the language in use."""
        return [Line(*(_(word) if word else "" for word in row)) for row in LINES[self]]

    @property
    def hours(self) -> Mapping[str, int]:
        """How many hours a week each duty takes."""
        return {duty.value: hours for duty, hours in HOURS[self].items()}


ABOUT = {
    Example.SMALL: N_("For one neighbourhood or one question: two or three people do everything."),
    Example.CORE: N_("For a plan for the whole area: a core team leads, experts of departments join where needed."),
    Example.TOGETHER: N_("For what partners carry out themselves: they share the work, the authority directs."),
}
DIRECTOR, MODERATORS = N_("process director"), N_("moderators")
OFFICIAL, BOARD = N_("official sponsor"), N_("board sponsor")
COUNCIL, EXPERTS, PARTNERS = N_("the council"), N_("experts of departments"), N_("partners")
PRIVACY = N_("privacy contact")
LINES: Mapping[Example, Sequence[tuple[str, ...]]] = {
    Example.SMALL: (
        (N_("Write the mandate note"), DIRECTOR, BOARD, PRIVACY, COUNCIL),
        (N_("Read and publish what comes in"), MODERATORS, DIRECTOR, "", ""),
        (N_("Answer everybody"), MODERATORS, OFFICIAL, "", BOARD),
        (N_("Write the draft"), DIRECTOR, OFFICIAL, MODERATORS, BOARD),
    ),
    Example.CORE: (
        (N_("Write the mandate note"), DIRECTOR, BOARD, N_("experts of departments, privacy contact"), COUNCIL),
        (N_("Read and publish what comes in"), MODERATORS, DIRECTOR, PRIVACY, ""),
        (N_("Sort and weigh"), MODERATORS, DIRECTOR, EXPERTS, OFFICIAL),
        (N_("Answer everybody"), MODERATORS, OFFICIAL, EXPERTS, BOARD),
        (N_("Write the draft"), EXPERTS, OFFICIAL, MODERATORS, BOARD),
        (N_("Answer formal views"), EXPERTS, BOARD, N_("a lawyer"), COUNCIL),
    ),
    Example.TOGETHER: (
        (N_("Write the mandate note"), N_("process director with partners"), BOARD, PRIVACY, COUNCIL),
        (N_("Ask people who are hard to reach"), PARTNERS, DIRECTOR, "", MODERATORS),
        (N_("Sort and weigh"), MODERATORS, DIRECTOR, PARTNERS, OFFICIAL),
        (N_("Write the draft"), N_("process director with partners"), OFFICIAL, EXPERTS, BOARD),
        (N_("Make and keep agreements"), N_("contract manager"), BOARD, PARTNERS, COUNCIL),
    ),
}
HOURS: Mapping[Example, Mapping[Duty, int]] = {
    Example.SMALL: {Duty.DIRECTOR: 12, Duty.MODERATOR: 8, Duty.OFFICIAL_SPONSOR: 1, Duty.PRIVACY_CONTACT: 1},
    Example.CORE: {
        Duty.DIRECTOR: 24,
        Duty.MODERATOR: 32,
        Duty.OFFICIAL_SPONSOR: 4,
        Duty.BOARD_SPONSOR: 2,
        Duty.PRIVACY_CONTACT: 2,
    },
    Example.TOGETHER: {
        Duty.DIRECTOR: 20,
        Duty.MODERATOR: 16,
        Duty.OFFICIAL_SPONSOR: 3,
        Duty.BOARD_SPONSOR: 2,
        Duty.PRIVACY_CONTACT: 2,
    },
}


def write_set_up(subject: Round, lines: Sequence[Line], hours: Mapping[str, int], actor: Actor) -> SetUp:
    """Write how a round is staffed: who does what, and how many hours a week each duty needs."""
    return _write(subject, lines, hours, None, actor)


def copy_example(subject: Round, example: Example, actor: Actor) -> SetUp:
    """Take an example as the set-up of a round, to be changed from there; refused when there is one already."""
    held = find_set_up(subject.id)
    if held is not None and held.told["lines"]:
        raise Conflict(_("This round has a role table already. Empty it first, then you can copy an example."))
    return _write(subject, example.lines(), example.hours, example, actor)


def _write(
    subject: Round, lines: Sequence[Line], hours: Mapping[str, int], example: Example | None, actor: Actor
) -> SetUp:
    read_again_locked(subject, ("state",))
    told = {"lines": [asdict(line) for line in lines], "hours": dict(hours)}
    by = {"written_by_id": actor.person_id, "written_at": actor.arrived_at}
    held = find_set_up(subject.id) or add(SetUp(round_id=subject.id, told=told, **by))
    held.told, held.written_by_id, held.written_at = told, actor.person_id, actor.arrived_at
    held.example = example.value if example is not None else held.example or ""
    record(Act.WRITE_SET_UP, actor, subject, count=len(lines), example=held.example)
    return held
