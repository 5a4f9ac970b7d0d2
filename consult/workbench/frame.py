"""How shares, previews and what was done last are shown on the pages of this room."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from flask import url_for

from consult.foundation.language import gettext as _
from consult.foundation.language import ngettext
from consult.policy import Actor
from consult.rounds.models import Round
from consult.synthesis.queries import Show
from consult.synthesis.rules import name_of
from consult.workbench.models import BulkKind
from consult.workbench.queries import Share
from consult.workbench.rules import Fate, Line, Preview

SHOWN = 50  # lines of one list of a preview
RECENT = timedelta(hours=12)  # so long the list speaks of what somebody did last


def shares(subject: Round, found: Sequence[Share]) -> list[dict[str, Any]]:
    """Return how far each colleague is, as counts that each open exactly their list."""
    return [
        {
            "name": one.name,
            "open": one.open,
            "done": one.done,
            "open_url": _list_of(subject, one, Show.OPEN),
            "done_url": _list_of(subject, one, Show.DONE),
        }
        for one in found
        if one.open or one.done
    ]


def _list_of(subject: Round, share: Share, show: Show) -> str:
    return url_for("workbench.coding", slug=subject.slug, who=str(share.person_id), show=show.value)


def last_done(found: Sequence[Share], actor: Actor) -> dict[str, Any] | None:
    """Return what somebody did last with many inputs, while it is recent, and whether it can be undone."""
    last = next((one.last for one in found if one.person_id == actor.person_id), None)
    if last is None or actor.arrived_at - last.done_at > RECENT:
        return None
    kind, num = last.kind.words, last.changed
    done = ngettext("One contribution changed: %(kind)s.", "%(num)s contributions changed: %(kind)s.", num, kind=kind)
    if last.undone_at is not None:
        done = ngettext(
            "Undone for one contribution: %(kind)s.", "Undone for %(num)s contributions: %(kind)s.", num, kind=kind
        )
    back = _("Show these again") if last.kind is BulkKind.STATE else _("Undo this")
    return {"id": last.id, "words": done, "can_undo": last.undone_at is None and num > 0, "back": back}


def previewed(found: Preview, subject: Round) -> list[dict[str, Any]]:
    """Return the lists of a preview: how many, the first of them, and how many more there are."""
    words = {
        Fate.STAYS: _("This one stays, and the others are joined with it"),
        Fate.CHANGES: _("These change"),
        Fate.CANNOT: _("These cannot change, and why"),
        Fate.ALREADY: _("These are so already"),
    }
    return [_shown(fate, words[fate], found.of(fate), subject) for fate in words]


def _shown(fate: Fate, words: str, lines: Sequence[Line], subject: Round) -> dict[str, Any]:
    return {
        "fate": fate.value,
        "words": words,
        "count": len(lines),
        "more": max(0, len(lines) - SHOWN),
        "rows": [
            {
                "title": name_of(line.contribution),
                "url": url_for(_page_of(line), slug=subject.slug, public_id=line.contribution.public_id),
                "why": line.why,
                "kind": line.kind.words if line.kind is not None else "",
                "reason": line.reason,
            }
            for line in lines[:SHOWN]
        ],
    }


def _page_of(line: Line) -> str:
    """Return the page on which staff see an input: what is not on the site stands in the queue alone."""
    return "synthesis.weigh_page" if line.contribution.is_public else "moderation.item"
