"""Two sheets for one page each: the mandate note of a round (startnotitie), and how the round is staffed."""

from collections.abc import Sequence

from consult.documents.paper import Block, Bullets, Document, Part, Run, Table, Words, cells, plain
from consult.documents.telling import document
from consult.foundation.language import gettext as _
from consult.foundation.language import number, short_day
from consult.mandates.models import MandateNote
from consult.mandates.queries import find_note, find_set_up, list_preconditions, list_principles, list_seats
from consult.rounds.models import Round
from consult.rounds.queries import find_authority, list_appointments


def mandate_note(subject: Round) -> Document:
    """Return the mandate note of a round on one page, with all that domain knowledge asks of it; needs its phases."""
    note = find_note(subject.id)
    parts = [_why(subject, note), _space(subject, note), _whom(note), _when(subject, note), _care(note), _who(subject)]
    return _sheet(subject, _("Mandate note"), parts)


def set_up(subject: Round) -> Document:
    """Return how a round is staffed on one page: roles, hours, deputies, gaps, and who does what."""
    rows = []
    for seat in list_seats(subject):
        state = _("filled") if seat.is_filled else _("not filled, required") if seat.is_required else _("not filled")
        hours = [str(one) if one is not None else "–" for one in (seat.wanted, seat.given)]
        names = [", ".join(found) or "–" for found in (seat.holders, seat.deputies)]
        rows.append(cells(seat.duty.words.capitalize(), *names, *hours, state))
    columns = (_("Role"), _("Who has it"), _("Deputy"), _("Hours needed"), _("Hours given"), _("State"))
    roles = Table(_("Roles, hours a week and gaps"), columns, tuple(rows), figures=(3, 4), widths=(5, 5, 5, 3, 3, 5))
    held = find_set_up(subject.id)
    lines = held.told["lines"] if held is not None else []
    told = tuple(
        cells(*(line[name] or "–" for name in ("work", "does", "decides", "advises", "told"))) for line in lines
    )
    head = (_("Work"), _("Does it"), _("Decides"), _("Advises"), _("Is told"))
    work: Sequence[Block] = [Table(_("For each piece of work"), head, told)] if told else []
    parts = [Part(_("Roles"), (roles,)), Part(_("Who does what"), tuple(work))]
    return _sheet(subject, _("How the round is staffed"), [part for part in parts if part.blocks])


def _sheet(subject: Round, title: str, parts: Sequence[Part]) -> Document:
    at = subject.opened_at or subject.created_at
    made = document(subject, title, subject.title, [part for part in parts if part.blocks], at=at, version=title)
    return Document(**{**vars(made), "is_sheet": True})


def _facts(rows: Sequence[tuple[str, str]]) -> tuple[Block, ...]:
    """Return named facts as a list; what was not said is left out."""
    told: list[Words] = [(Run(f"{name}: ", strong=True), Run(words)) for name, words in rows if words]
    return (Bullets(tuple(told)),) if told else ()


def _why(subject: Round, note: MandateNote | None) -> Part:
    rows = [(_("Question"), subject.question)]
    if note is not None:
        rows += [
            (_("Why we ask this, and why now"), " ".join(note.reason.split())),
            (_("For which area"), note.area),
            (_("What it is to become"), note.instrument),
        ]
    return Part(_("What we ask, and why"), _facts(rows))


def _ordinance() -> str:
    authority = find_authority()
    if authority is None or not authority.ordinance or authority.ordinance_on is None:
        return authority.ordinance if authority is not None else ""
    return f"{authority.ordinance}, {_('adopted on %(day)s', day=short_day(authority.ordinance_on))}"


def _space(subject: Round, note: MandateNote | None) -> Part:
    rung = note.rung.words if note is not None and note.rung is not None else ""
    held = " ".join(f"{one.code}: {one.text}" for one in list_principles(subject.id))
    level = ". ".join(one for one in (subject.level.words, subject.level_reason) if one)
    rows = [
        (_("People can influence"), "; ".join(subject.can_influence)),
        (_("What is fixed"), "; ".join(subject.cannot_influence)),
        (_("Participation level"), level),
        (_("What the authority does itself"), rung),
        (_("Principles"), held),
        (_("Participation ordinance"), _ordinance()),
        (_("Who decides"), subject.decider),
    ]
    fixed = tuple(
        plain(f"{one.code}: {one.title} ({one.negotiable.words}). {one.why}") for one in list_preconditions(subject.id)
    )
    return Part(_("What is open and what is fixed"), (*_facts(rows), *((Bullets(fixed),) if fixed else ())))


def _whom(note: MandateNote | None) -> Part:
    rows = (
        [
            (_("Which parties"), note.parties),
            (_("Whom we want to reach"), note.groups),
            (_("How many, per area and age"), note.reach),
            (_("How people can take part, online and not"), note.methods),
            (_("In which languages"), note.languages),
        ]
        if note is not None
        else []
    )
    return Part(_("Whom we ask, and how"), _facts(rows))


def _when(subject: Round, note: MandateNote | None) -> Part:
    days = "; ".join(f"{one.name} {short_day(one.first_day)} – {short_day(one.last_day)}" for one in subject.phases)
    rows = [(_("Phases"), days)]
    if note is not None:
        cost = "" if note.budget_euros is None else f"€ {number(note.budget_euros)}. {note.budget_words}".strip()
        rows += [(_("Who decides what, and when"), note.planning), (_("Budget"), cost)]
    return Part(_("Planning and money"), _facts(rows))


def _care(note: MandateNote | None) -> Part:
    rows = (
        [
            (_("What can go wrong"), note.risks),
            (_("What the privacy check found"), note.privacy),
            (_("How we will evaluate it"), note.evaluation),
        ]
        if note is not None
        else []
    )
    return Part(_("What we watch"), _facts(rows))


def _who(subject: Round) -> Part:
    told = [f"{one.duty.words}: {person.name}" for one, person in list_appointments(subject.id) if not one.is_deputy]
    return Part(_("Who does what in this round"), (Bullets(tuple(plain(one) for one in told)),) if told else ())
