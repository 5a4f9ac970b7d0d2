"""How the term, formal views and the response note are shown."""

from datetime import datetime, timedelta
from typing import Any

from flask import url_for

from consult.foundation.language import N_, ngettext
from consult.foundation.language import day as say_day
from consult.foundation.language import gettext as _
from consult.foundation.paging import Page
from consult.policy import Actor
from consult.review import rules
from consult.review.models import FormalView, Term, Verdict, ViewState
from consult.review.queries import SHOWS, Note
from consult.rounds.models import Round

TAGS = {
    ViewState.RECEIVED: "now",
    ViewState.ACKNOWLEDGED: "now",
    ViewState.LATE: "against",
    ViewState.WITHDRAWN: "neutral",
    ViewState.ANSWERED: "done",
    ViewState.NOTIFIED: "done",
}
TILES = {
    "unacknowledged": N_("wait for a receipt on paper"),
    "unjudged": N_("to be judged"),
    "unsplit": N_("to be divided into points"),
    "unanswered": N_("to be answered and signed off"),
    "untold": N_("answers to be sent on paper"),
    "late": N_("too late"),
    "withdrawn": N_("withdrawn"),
}


def term(found: Term | None, at: datetime) -> dict[str, Any]:
    """Say where the term is, in words that come first on every page about it; its outages are loaded."""
    if found is None:
        return {"term": None, "state": "none", "says": _("There is no draft to respond to formally yet.")}
    today, ends_on = rules.received_day(at), found.ends_on
    days = {"first": say_day(found.first_day), "last": say_day(ends_on)}
    if today < found.first_day:
        state, says = "before", _("You can respond from %(first)s up to and including %(last)s.", **days)
    elif today <= ends_on:
        left = (ends_on - today).days
        more = ngettext("You have one day left after today.", "You have %(n)s days left.", left) if left else ""
        says = " ".join(part for part in (_("You can respond up to and including %(last)s.", **days), more) if part)
        state = "open"
    else:
        state, says = "after", _("The term ended on %(last)s.", **days)
    return {
        "term": found,
        "state": state,
        "says": says,
        "ends_on": ends_on,
        "arrives_by": ends_on + rules.MAIL_TAKES,
        "is_moved": found.last_day > found.first_day + timedelta(weeks=rules.WEEKS, days=-1),
    }


def row(view: FormalView, subject: Round) -> dict[str, Any]:
    """Return one row of the list of formal views; its author, organisation and points are loaded."""
    signed, total = sum(point.signed_at is not None for point in view.points), len(view.points)
    done = _("%(done)s of %(total)s points signed off", done=signed, total=total) if total else ""
    return {
        "id": view.number,
        "title": view.code,
        "url": url_for("review.one", slug=subject.slug, number=view.number),
        "meta": [view.way.words, say_day(view.received_at), sender(view), view.reference, done],
        "text": view.text[:240],
        "codes": [tag(view)],
    }


def tag(view: FormalView) -> tuple[str, str]:
    """Return in words where a formal view is, and the colour of that."""
    return view.state.words, TAGS.get(view.state, "note")


def sender(view: FormalView) -> str:
    """Say who sent a formal view in, for its own pages and for who works on it alone."""
    if view.organisation is not None:
        return view.organisation.name
    return (view.author.name if view.author is not None else "") or _("a resident")


def tiles(subject: Round, counted: dict[str, int]) -> list[dict[str, Any]]:
    """Return what is to do, as counts that each open exactly their list."""
    return [
        {
            "count": counted[name],
            "of": counted["all"],
            "label": _(words),
            "url": url_for("review.desk", slug=subject.slug, show=name),
        }
        for name, words in TILES.items()
    ]


def listing(subject: Round, page: Page[FormalView], show: str) -> dict[str, Any]:
    """Return the list of formal views with the way to its other pages."""
    show = show if show in SHOWS else ""

    def at(number: int | None) -> str | None:
        return url_for("review.desk", slug=subject.slug, page=number, show=show or None) if number else None

    words = {"first": page.first, "last": page.last, "total": page.total}
    return {
        "rows": [row(view, subject) for view in page.items],
        "total_words": ngettext("%(num)s formal view", "%(num)s formal views", page.total),
        "only": _(TILES[show]) if show else "",
        "pager_words": _("%(first)s to %(last)s of %(total)s", **words) if page.pages > 1 else "",
        "prev_url": at(page.before),
        "next_url": at(page.after),
    }


def steps(view: FormalView) -> list[dict[str, Any]]:
    """Return the way that a formal view went, with the days, for its author and for who works on it."""
    verdict = view.verdict.words if view.verdict is not None else ""
    known = [
        (_("received"), view.received_at, ""),
        (_("proof of receipt sent"), view.acknowledged_at, ""),
        (verdict, view.judged_at, view.reason),
        (_("divided into points"), view.split_at, ""),
        (_("answer sent"), view.notified_at, ""),
        (_("withdrawn"), view.withdrawn_at, ""),
    ]
    return [{"text": text, "at": at, "why": why} for text, at, why in known if at is not None]


def note(found: Note, actor: Actor) -> dict[str, Any]:
    """Return the response note: its points in order, counts, own-motion changes, and the sections that change."""
    standing = [view for view in found.views if view.state is not ViewState.WITHDRAWN]
    treated = rules.treated(standing)
    points = [point for view in treated for point in view.points]
    return {
        "counted": rules.figures(found.views),
        "treated": treated,
        "late": [view for view in standing if view.verdict is Verdict.LATE],
        "own_changes": found.own_changes,
        "changed": rules.changed(points, found.own_changes),
        "published": found.published,
        "waiting": found.waiting,
        "is_preview": actor.serves(found.round_id) and any(view.note_id is None for view in standing),
        "about": rules.about,
        "place_of": rules.place_of,
    }
