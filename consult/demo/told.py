"""A municipality's story as its YAML tells it, read strictly into plain values."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import yaml

from consult.contributions.models import Channel
from consult.demo.competences import StaffingTold, read_staffing
from consult.demo.direction import DirectionTold, RoleTold, read_direction, read_role
from consult.demo.formal import ReviewTold, read_review
from consult.demo.mapped import FieldTold, read_field
from consult.foundation.language import gettext as _
from consult.mandates.models import GateKind, Negotiable, PreconditionKind
from consult.moderation.models import Ground
from consult.opendata.files import BadFile, Problem
from consult.participants.models import AgeBracket, OrganisationKind
from consult.proposals.models import Stance
from consult.rounds.models import AuthorityKind, Level, PhaseKind, Verification
from consult.synthesis.models import OutcomeKind
from consult.weighing import rules as weighing
from consult.weighing.models import FindingKind

Value = TypeVar("Value")

SCHEMA = "demo/1"
NEGOTIABLE = {False: Negotiable.NO, True: Negotiable.YES, "partly": Negotiable.PARTLY}
GATES = {  # which phase a gate lets start
    "P1": PhaseKind.COLLECT,
    "P2": PhaseKind.FEEDBACK,
    "P3": PhaseKind.FORMAL_REVIEW,
    "P4": PhaseKind.DECIDE,
    "P5": PhaseKind.EVALUATE,
}


@dataclass(frozen=True)
class PhaseTold:
    """One phase of the round; both days count whole."""

    kind: PhaseKind
    name: str
    start: date
    end: date


@dataclass(frozen=True)
class PreconditionTold:
    """One precondition, with its code in the file."""

    code: str
    kind: PreconditionKind
    negotiable: Negotiable
    title: str
    why: str


@dataclass(frozen=True)
class ProposalTold:
    """One proposal, with what became of it; `votes` are for, neutral and against."""

    code: str
    title: str
    text: str
    channel: Channel
    area: str | None
    age: AgeBracket
    themes: Sequence[str]
    votes: Sequence[int] | None = None
    outcome: OutcomeKind | None = None
    reason: str = ""
    merged_into: str = ""


@dataclass(frozen=True)
class ArgumentTold:
    """One argument under a proposal."""

    proposal: str
    stance: Stance
    text: str


@dataclass(frozen=True)
class EditTold:
    """How a proposal began before its author changed it."""

    proposal: str
    title: str
    text: str


@dataclass(frozen=True)
class RefusedTold:
    """An input that two moderators refused."""

    proposal: ProposalTold
    ground: Ground
    reason: str


@dataclass(frozen=True)
class SectionTold:
    """One section of the draft with what it rests on."""

    title: str
    text: str
    sources: Sequence[str]
    preconditions: Sequence[str]


@dataclass(frozen=True)
class FindingTold:
    """One finding of the synthesis report on a theme, with what it rests on."""

    theme: str
    said: weighing.Told
    sources: Sequence[str]
    preconditions: Sequence[str]


@dataclass(frozen=True)
class OrganisationTold:
    """A partner as it takes part, with the two people who act for it; the first one represents it."""

    code: str
    name: str
    kvk: str
    kind: OrganisationKind
    about: str
    people: tuple[str, str]


@dataclass(frozen=True)
class PositionTold:
    """What a partner holds: by whose mandate, stance and weight per theme, and who signs with it for which themes."""

    code: str
    partner: str
    body: str
    decided_on: date
    function: str
    scores: Mapping[str, tuple[int, int]]
    text: str
    co_signed_by: Sequence[tuple[str, Sequence[str]]] = ()


@dataclass(frozen=True)
class StatementsTold:
    """Statements that people answer: of each mind so many people, and how many of a hundred of them agree with each."""

    title: str
    minds: Sequence[int]
    texts: Sequence[tuple[str, Sequence[int]]]


@dataclass(frozen=True)
class RoundTold:
    """A whole round as the file tells it."""

    slug: str
    title: str
    question: str
    introduction: str
    can_influence: Sequence[str]
    cannot_influence: Sequence[str]
    level: Level
    level_reason: str
    decider: str
    verification: Verification
    eligible: int | None
    director: str
    director_phone: str
    official_sponsor: str
    board_sponsor: str
    phases: Sequence[PhaseTold]
    gates: Mapping[PhaseKind, date]
    sign_days: Mapping[GateKind, date]
    budget_euros: int | None
    preconditions: Sequence[PreconditionTold]
    themes: Sequence[tuple[str, str, str]]
    proposals: Sequence[ProposalTold]
    people: int
    draft_title: str
    sections: Sequence[SectionTold]
    expected: Mapping[str, Any]
    arguments: Sequence[ArgumentTold] = ()
    edits: Sequence[EditTold] = ()
    withdrawn: Sequence[ProposalTold] = ()
    refused: Sequence[RefusedTold] = ()
    organisations: Sequence[OrganisationTold] = ()
    positions: Sequence[PositionTold] = ()
    review: ReviewTold | None = None
    summaries: Mapping[str, str] = field(default_factory=dict)  # of the synthesis report, per theme
    findings: Sequence[FindingTold] = ()
    direction: DirectionTold | None = None
    statements: StatementsTold | None = None
    field_map: FieldTold | None = None
    staffing: StaffingTold | None = None
    role: RoleTold | None = None

    def phase(self, kind: PhaseKind) -> PhaseTold | None:
        """Return the first phase of a kind, if the round has one."""
        return next((phase for phase in self.phases if phase.kind is kind), None)


@dataclass(frozen=True)
class AreaTold:
    """A district or neighbourhood."""

    code: str
    name: str
    parent: str | None
    population: int | None
    ages: Sequence[int]


@dataclass(frozen=True)
class AuthorityTold:
    """The public body and its areas, the districts before what lies in them."""

    name: str
    kind: AuthorityKind
    code: str
    population: int | None
    council: str
    executive: str
    email: str
    phone: str
    desk: str
    ordinance: str
    ordinance_on: date
    areas: Sequence[AreaTold] = field(default_factory=tuple)


def read(path: Path) -> tuple[AuthorityTold, RoundTold]:
    """Read a municipality (or a province) with its round; raises BadFile with what is wrong."""
    whole = _yaml(path) | _extra(path)
    return _understood(path, lambda: (_authority(whole), _round(whole)))


def read_round(path: Path) -> RoundTold:
    """Read a round of a file that names no authority; raises BadFile with what is wrong."""
    whole = _yaml(path)
    return _understood(path, lambda: _round(whole))


def _understood(path: Path, read: Callable[[], Value]) -> Value:
    """Turn what is missing or odd in a file into the exception with which every import answers."""
    try:
        return read()
    except KeyError as problem:
        reason = _("%(name)s is missing.", name=problem)
        raise BadFile([Problem(path.name, 0, reason)]) from problem
    except (ValueError, TypeError, AttributeError) as problem:
        raise BadFile([Problem(path.name, 0, str(problem))]) from problem


def _yaml(path: Path) -> dict[str, Any]:
    try:
        whole = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.MarkedYAMLError as problem:
        line = problem.problem_mark.line + 1 if problem.problem_mark else 0
        raise BadFile([Problem(path.name, line, str(problem.problem))]) from None
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as problem:
        raise BadFile([Problem(path.name, 0, str(problem))]) from None
    if not isinstance(whole, dict) or whole.get("schema") != SCHEMA:
        raise BadFile([Problem(path.name, 0, _("This is not a story: it must say schema: %(schema)s.", schema=SCHEMA))])
    return whole


def _extra(path: Path) -> dict[str, Any]:
    """Read what stands beside a story in a file of its own: `place.extra.yaml` beside `place.yaml`."""
    beside = path.with_name(f"{path.stem}.extra.yaml")
    if not beside.exists():
        return {}
    found: dict[str, Any] = yaml.safe_load(beside.read_text(encoding="utf-8"))
    return found


def _authority(whole: Mapping[str, Any]) -> AuthorityTold:
    told, labels, contact = whole["authority"], whole["authority"]["labels"], whole["authority"]["contact"]
    return AuthorityTold(
        name=told["name"],
        kind=AuthorityKind(told["type"]),
        code=told["code"],
        population=told.get("population"),
        council=labels["council"],
        executive=labels["executive"],
        email=contact["email"],
        phone=contact.get("phone", ""),
        desk=contact.get("desk", ""),
        ordinance=told["ordinance"]["title"],
        ordinance_on=told["ordinance"]["adopted"],
        areas=sorted((_area(area) for area in whole.get("areas", ())), key=lambda area: area.parent is not None),
    )


def _area(told: Mapping[str, Any]) -> AreaTold:
    return AreaTold(told["code"], told["name"], told.get("parent"), told.get("population"), told.get("ages", []))


def _round(whole: Mapping[str, Any]) -> RoundTold:
    kinds = {phase["type"] for phase in whole["round"]["phases"]}
    if not kinds >= {PhaseKind.COLLECT.value, PhaseKind.PRIORITISE.value} and "statements" not in whole:
        raise ValueError(_("The round needs a phase that collects and a phase in which people vote."))
    told, vote, draft = whole["round"], whole["round"]["vote"], whole.get("draft", {})
    authority = whole.get("authority", {})
    return RoundTold(
        slug=told["id"],
        title=told["title"],
        question=told["question"],
        introduction=told.get("introduction") or whole.get("introduction", ""),
        can_influence=told["can_influence"],
        cannot_influence=told["cannot_influence"],
        level=Level(told["level"]),
        level_reason=told.get("level_reason", ""),
        decider=told.get("decider") or _with_article(authority["labels"]["council"]),
        verification=Verification(vote["verification"]),
        eligible=vote.get("eligible", authority.get("population")),
        director=told["process_director"]["name"],
        director_phone=told["process_director"].get("phone", ""),
        official_sponsor=told["official_sponsor"]["name"],
        board_sponsor=told["board_sponsor"]["name"],
        phases=[PhaseTold(PhaseKind(p["type"]), p["name"], _day(p["start"]), _day(p["end"])) for p in told["phases"]],
        gates={GATES[g["id"]]: _day(g["date"]) for g in whole.get("gates", ()) if g["id"] in GATES},
        sign_days={GateKind(g["id"].lower()): _day(g["date"]) for g in whole.get("gates", ())},
        budget_euros=sum(line["budget"] for line in told["budget"]) if "budget" in told else None,
        preconditions=[_precondition(one) for one in whole.get("preconditions", ())],
        themes=[(one["id"], one["name"], one.get("statement", "")) for one in whole["themes"]],
        proposals=[_proposal(one) for one in whole.get("proposals", ())],
        people=whole["participation"]["unique"],
        draft_title=draft.get("title", told["title"]),
        sections=[_section(one) for one in draft.get("sections", ())],
        expected=whole.get("expected", {}),
        **_beside(whole),
    )


def _beside(whole: Mapping[str, Any]) -> dict[str, Any]:
    """Read what a story may hold beside its figures."""
    texts = {one["id"]: (one["title"], one["text"]) for one in whole.get("proposals", ())}
    report = whole.get("synthesis", {})
    return {
        "summaries": report.get("summaries", {}),
        "findings": [_finding(one) for one in report.get("findings", ())],
        "arguments": [
            ArgumentTold(one["under"], Stance(one["stance"]), one["text"]) for one in whole.get("arguments", ())
        ],
        "edits": [
            EditTold(one["of"], one.get("title", texts[one["of"]][0]), one.get("text", texts[one["of"]][1]))
            for one in whole.get("edits", ())
        ],
        "withdrawn": [_proposal(one) for one in whole.get("withdrawn", ())],
        "refused": [
            RefusedTold(_proposal(one), Ground(one["ground"]), one["reason"]) for one in whole.get("refused", ())
        ],
        "organisations": _organisations(whole),
        "positions": [_position(one) for one in whole.get("positions", ())],
        "review": read_review(whole.get("formal_review")),
        "direction": read_direction(whole),
        "statements": _statements(whole.get("statements")),
        "field_map": read_field(whole),
        "staffing": read_staffing(whole),
        "role": read_role(whole),
    }


def _statements(told: Mapping[str, Any] | None) -> StatementsTold | None:
    if told is None:
        return None
    return StatementsTold(told["title"], told["minds"], [(one["text"], one["agree"]) for one in told["texts"]])


def _organisations(whole: Mapping[str, Any]) -> list[OrganisationTold]:
    """Read the partners of whom it is told who acts for them."""
    partners = {one["id"]: one for one in whole.get("partners", ())}
    found = []
    for told in whole.get("organisations", ()):
        partner, (first, second) = partners[told["partner"]], told["people"]
        kind = OrganisationKind(partner["kind"])
        found.append(
            OrganisationTold(partner["id"], partner["name"], partner["kvk"], kind, told["about"], (first, second))
        )
    return found


def _position(told: Mapping[str, Any]) -> PositionTold:
    mandate = told["mandate"]
    return PositionTold(
        code=told["id"],
        partner=told["partner"],
        body=mandate["body"],
        decided_on=_day(mandate["date"]),
        function=mandate["signatory"],
        scores={theme: (stance, weight) for theme, (stance, weight) in told["scores"].items()},
        text=told["text"],
        co_signed_by=[(one["partner"], one["themes"]) for one in told.get("co_signed_by", ())],
    )


def _precondition(told: Mapping[str, Any]) -> PreconditionTold:
    kind, negotiable = PreconditionKind(told["kind"]), NEGOTIABLE[told["negotiable"]]
    return PreconditionTold(told["id"], kind, negotiable, told["title"], told["why"])


def _proposal(told: Mapping[str, Any]) -> ProposalTold:
    area = told.get("area", "unknown")
    return ProposalTold(
        code=told.get("id", ""),
        title=told["title"],
        text=told["text"],
        channel=Channel(told.get("ch", "online")),
        area=None if area == "unknown" else area,
        age=AgeBracket(told.get("age", "unknown")),
        themes=told["themes"],
        votes=told.get("votes"),
        outcome=OutcomeKind(told["outcome"]) if "outcome" in told else None,
        reason=told.get("reason", ""),
        merged_into=told.get("merged_into", ""),
    )


def _finding(told: Mapping[str, Any]) -> FindingTold:
    names = ("advice", "cost", "choice", "reason")
    said = weighing.Told(FindingKind(told["kind"]), told["text"], **{name: told.get(name, "") for name in names})
    return FindingTold(told["theme"], said, told["from"], told.get("preconditions", []))


def _section(told: Mapping[str, Any]) -> SectionTold:
    return SectionTold(told["title"], told["text"], told.get("from", []), told.get("preconditions", []))


def _day(told: Any) -> date:
    return told if isinstance(told, date) else date.fromisoformat(str(told))


def _with_article(organ: str) -> str:
    """Return who decides as the beginning of a sentence: "De gemeenteraad", but "Provinciale Staten"."""
    return organ if organ[:1].isupper() else f"De {organ}"
