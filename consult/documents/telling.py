"""What the documents of a round have in common: their first page, whole addresses, sources, and what is fixed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from consult.contributions.models import Contribution
from consult.documents.paper import (
    Bars,
    Block,
    Bullets,
    Document,
    Heading,
    Paragraph,
    Part,
    Run,
    Table,
    Words,
    cells,
    plain,
)
from consult.foundation.language import day as say_day
from consult.foundation.language import gettext as _
from consult.foundation.language import local, locale, number, short_day
from consult.foundation.text import plain as words_of
from consult.landscape.models import StatementResult
from consult.landscape.rules import words_of as opinions
from consult.mandates.models import Precondition
from consult.policy import Actor
from consult.rounds.models import Authority, Round
from consult.rounds.queries import find_authority
from consult.synthesis.models import VoteResult
from consult.synthesis.rules import shortened
from consult.synthesis.telling import words_of as standing
from consult.weighing.rules import told_apart


@dataclass(frozen=True)
class Telling:
    """For which reader a document is put together, on which installation: it says no more than they may read.

    Counts of people below `least` are not told apart.
    """

    actor: Actor
    base_url: str
    default_locale: str
    least: int

    def address(self, path: str) -> str:
        """Return a whole address in the language in use."""
        prefix = "" if locale() == self.default_locale else f"/{locale()}"
        return f"{self.base_url}{prefix}{path}"

    def contribution(self, subject: Round, one: Contribution) -> str:
        """Return the address of a contribution."""
        return self.address(f"/rounds/{subject.slug}/contributions/{one.public_id}")


def document(
    subject: Round,
    title: str,
    subtitle: str,
    parts: Iterable[Part],
    *,
    at: datetime | date,
    version: str,
    facts: Sequence[tuple[str, str]] = (),
) -> Document:
    """Return a document with the first page that all of them have."""
    authority: Authority | None = find_authority()
    day = local(at).date() if isinstance(at, datetime) else at
    date_told = "" if any(told == say_day(day) for _name, told in facts) else say_day(day)
    about = [
        (_("Round"), subject.title),
        (_("Question"), subject.question),
        *facts,
        (_("Who decides"), subject.decider),
        (_("Date"), date_told),
        (_("Contact"), authority.contact_email if authority is not None else ""),
    ]
    return Document(
        title=title,
        subtitle=subtitle,
        authority=authority.name if authority is not None else "consult",
        language=locale(),
        day=day,
        version=version,
        facts=tuple((name, told) for name, told in about if told),
        parts=tuple(parts),
        words={"contents": _("Contents"), "page": _("page {page} of {pages}")},
    )


def called(one: Contribution) -> str:
    """Return what a contribution is called: its number in the file and its title or first words."""
    name = one.title or shortened(words_of(one.html), 80)
    return " ".join(part for part in (one.reference, name) if part)


def source(telling: Telling, subject: Round, one: Contribution, how: str = "") -> Words:
    """Return a contribution as a source: what it is called, linked, and how it was used; what is hidden stays so."""
    if not one.is_public:
        return plain(_("a contribution that is no longer public"))
    link = Run(called(one), url=telling.contribution(subject, one))
    return (link, Run(f" ({how})")) if how else (link,)


def thought(telling: Telling, subject: Round, result: StatementResult, how: str = "") -> Words:
    """Return what people thought of a statement as a source: linked to what was kept of it, with what came of it."""
    one = result.contribution
    called = shortened(one.text, 160) if one.is_public else _("a statement that is no longer public")
    link = Run(called, url=telling.address(f"/rounds/{subject.slug}/landscape/results/{result.id}"))
    told = "; ".join(part for part in (how, opinions(result.told)) if part)
    return (Run(_("Opinions: ")), link, Run(f" ({told})"))


def vote(telling: Telling, subject: Round, result: VoteResult, how: str = "") -> Words:
    """Return how an option came out of a vote as a source, as it was kept; linked to the results of the round."""
    one = result.contribution
    called = one.title if one.is_public else _("a text that is no longer public")
    link = Run(called, url=telling.address(f"/rounds/{subject.slug}/results"))
    came = f"{result.told['poll']}: {standing(result.told)}"
    return (Run(_("Vote: ")), link, Run(f" ({'; '.join(part for part in (how, came) if part)})"))


def listed(telling: Telling, subject: Round, found: Sequence[Contribution]) -> Words:
    """Return contributions in brackets, by their number where they have one, each linked."""
    runs: list[Run] = []
    for one in found:
        runs.append(Run(", " if runs else " ("))
        runs.append(Run(one.reference or called(one), url=telling.contribution(subject, one)))
    return (*runs, Run(")")) if runs else ()


def fixed(found: Sequence[Precondition]) -> list[Block]:
    """Return what was fixed beforehand as a table, with why."""
    rows = tuple(cells(one.code, one.title, one.negotiable.words, one.why) for one in found)
    head = (_("Code"), _("What is fixed"), _("How far"), _("Why"))
    if not rows:
        return []
    return [Table(_("What was fixed beforehand"), head, rows, widths=(2, 6, 3, 7))]


def channels(counts: Iterable[tuple[str, int]], least: int, caption: str) -> list[Block]:
    """Return by which ways something came in, as bars; what is too small is told together."""
    shown, rest = told_apart(counts, least)
    if not shown:
        return []
    bars = [(name, count, number(count)) for name, count in shown]
    bars += [(_("other ways together"), rest, number(rest))] if rest else []
    return [Bars(caption, "; ".join(f"{name}: {told}" for name, _count, told in bars), tuple(bars))]


def areas(counts: Iterable[tuple[str, int]], least: int) -> list[Block]:
    """Return from which neighbourhoods something came, as a table; what is too small is told together."""
    shown, rest = told_apart([(name or _("not told"), count) for name, count in counts], least)
    if not shown:
        return []
    rows = [cells(name, number(count)) for name, count in shown]
    rows += [cells(_("smaller numbers together"), number(rest))] if rest else []
    head = (_("Neighbourhood"), _("Contributions"))
    small = _("Numbers below %(least)s are told together, so that nobody can be recognised.", least=least)
    table = Table(_("Where the contributions came from"), head, tuple(rows), figures=(1,), widths=(5, 2))
    return [table, Paragraph(plain(small), "small")]


def mandate(subject: Round, rules: Sequence[Precondition]) -> Part:
    """Return within which bounds a round was: what was asked, what was open and what was fixed, and when."""
    phases = tuple(
        cells(phase.name, short_day(phase.first_day), short_day(phase.last_day), phase.kind.words)
        for phase in subject.phases
    )
    head = (_("Phase"), _("From"), _("Up to and including"), _("For"))
    level = _("Participation level: %(level)s.", level=subject.level.words)
    blocks: list[Block] = [
        Paragraph(plain(subject.question), "lead"),
        Paragraph(plain(f"{level} {subject.level_reason}")),
    ]
    if subject.can_influence:
        blocks += [Heading(2, _("What people could influence")), _list(subject.can_influence)]
    if subject.cannot_influence:
        blocks += [Heading(2, _("What they could not")), _list(subject.cannot_influence)]
    blocks.append(Table(_("The phases of this round"), head, phases, widths=(4, 4, 4, 3)))
    return Part(_("What was asked, and when"), (*blocks, *fixed(rules)), "asked")


def _list(texts: Sequence[str]) -> Bullets:
    return Bullets(tuple(plain(text) for text in texts))
