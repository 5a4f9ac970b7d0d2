"""The response note as a document: every point of every admissible formal view with its answer, and what changes."""

from typing import Any

from consult.documents.paper import Block, Document, Heading, Paragraph, Part, Run, Table, cells, plain, said
from consult.documents.telling import Telling, document
from consult.foundation.errors import NotFound
from consult.foundation.language import day as say_day
from consult.foundation.language import gettext as _
from consult.foundation.language import moment
from consult.review import rules
from consult.review.models import FormalView, Term, Verdict, ViewPoint, ViewState
from consult.review.queries import Note, get_note
from consult.rounds.models import Round


def compose(subject: Round, telling: Telling) -> Document:
    """Return what was published of the response note of a round; raises NotFound before that."""
    found = get_note(telling.actor, subject.slug)
    return document_of(found, subject)


def document_of(found: Note, subject: Round) -> Document:
    """Return the published part of a response note; nobody who sent in a formal view is named in it."""
    published = found.published
    if not published or published[-1].published_at is None:
        raise NotFound
    views = [view for view in found.views if view.note_id is not None]
    parts = [_figures(found, views), _answers(views), _own(found), _changes(found, views)]
    last = published[-1]
    facts = [
        (
            _("About"),
            _("“%(title)s”, version %(number)s", title=found.term.draft.title, number=found.term.draft.number),
        ),
        (_("Published"), ", ".join(say_day(one.published_at) for one in published if one.published_at is not None)),
    ]
    version = _("Response note, version %(number)s", number=last.number)
    told: dict[str, Any] = {"at": last.published_at, "version": version, "facts": facts}
    return document(subject, _("Response note"), _("Our answer to every formal view on the draft"), parts, **told)


def _figures(found: Note, views: list[FormalView]) -> Part:
    counted, term = rules.figures(views), found.term
    told = [
        (_("Received"), counted.received),
        *((f"– {way.words}", n) for way, n in counted.ways.items()),
        *((verdict.words.capitalize(), n) for verdict, n in counted.verdicts.items()),
        (_("Withdrawn by the sender"), counted.withdrawn),
        (_("Points in all of these"), counted.points),
        (_("Points that change the draft"), counted.changes),
        (_("Changes by our own motion"), sum(own.note_id is not None for own in found.own_changes)),
    ]
    days = {"first": say_day(term.first_day), "last": say_day(term.ends_on)}
    seen = _(
        "The draft could be seen from %(first)s. Formal views could be sent in up to and including %(last)s.", **days
    )
    names = _("Nobody is named: each formal view has a number.")
    rows = tuple(cells(name, str(n)) for name, n in told)
    table = Table(_("Formal views that came in"), (_("What"), _("How many")), rows, figures=(1,), widths=(5, 2))
    return Part(_("In figures"), (Paragraph(plain(seen)), *_outages(term), Paragraph(plain(names)), table), "figures")


def _outages(term: Term) -> list[Block]:
    return [
        Paragraph(
            plain(
                _("%(reason)s. This lasted from %(from)s until %(until)s.")
                % {"reason": one.reason.rstrip("."), "from": moment(one.began_at), "until": moment(one.ended_at)}
            ),
            "small",
        )
        for one in term.outages
    ]


def _answers(views: list[FormalView]) -> Part:
    standing = [view for view in views if view.state is not ViewState.WITHDRAWN]
    blocks: list[Block] = []
    for view in rules.treated(standing):
        verdict = view.verdict.words if view.verdict is not None else ""
        about = ", ".join(part for part in (view.way.words, say_day(view.received_at), verdict) if part)
        blocks += [Heading(2, _("Formal view %(code)s", code=view.code)), Paragraph(plain(about), "small")]
        for point in view.points:
            blocks += _point(point)
    if not blocks:
        blocks.append(Paragraph(plain(_("No formal view was admissible."))))
    late = [view for view in standing if view.verdict is Verdict.LATE]
    if late:
        why = _("These came in after the end of the term, without a reason that excuses it.")
        codes = ", ".join(f"{view.code} ({say_day(view.received_at)})" for view in late)
        blocks += [Heading(2, _("Too late")), Paragraph(plain(why)), Paragraph(plain(codes))]
    return Part(_("The formal views and our answers"), tuple(blocks), "answers")


def _point(point: ViewPoint) -> list[Block]:
    change = point.change.words if point.change is not None else ""
    where = rules.place_of(point.changed_section)
    told = ": ".join(part for part in (change, where) if part)
    return [
        Heading(3, f"{point.code} · {rules.about(point)}"),
        *said(point.summary, "quote"),
        *said(point.answer),
        Paragraph((Run(_("Changes the draft") + ": ", strong=True), Run(told)), "small"),
    ]


def _own(found: Note) -> Part:
    own = [one for one in found.own_changes if one.note_id is not None]
    if not own:
        told: tuple[Block, ...] = (Paragraph(plain(_("There are none: every change comes from a formal view."))),)
        return Part(_("Changes by our own motion"), told, "own")
    rows = tuple(cells(rules.place_of(one.section), one.text, one.reason) for one in own)
    head = (_("Section"), _("What changes"), _("Why"))
    return Part(
        _("Changes by our own motion"), (Table(_("What we change by ourselves"), head, rows, widths=(3, 5, 5)),)
    )


def _changes(found: Note, views: list[FormalView]) -> Part:
    standing = [view for view in views if view.state is not ViewState.WITHDRAWN]
    points = [point for view in rules.treated(standing) for point in view.points]
    own = [one for one in found.own_changes if one.note_id is not None]
    rows = tuple(
        cells(rules.place_of(one["section"]), row["text"], row["from"])
        for one in rules.changed(points, own)
        for row in one["rows"]
    )
    if not rows:
        return Part(_("What changes in the draft"), (Paragraph(plain(_("Nothing in the draft changes."))),), "changed")
    head = (_("Section"), _("What changes"), _("Because of"))
    table = Table(_("Every change, by section"), head, rows, widths=(3, 6, 3))
    return Part(_("What changes in the draft"), (table,), "changed")
