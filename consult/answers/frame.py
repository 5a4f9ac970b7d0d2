"""How answers and their counts are shown on the pages of this room."""

from typing import Any

from flask import url_for

from consult.answers.queries import Row
from consult.answers.rules import Step
from consult.foundation.language import gettext as _
from consult.foundation.language import short_day
from consult.foundation.paging import Page
from consult.foundation.text import plain
from consult.policy import Act, Actor, allows
from consult.rounds.models import Round
from consult.synthesis.frame import TAGS
from consult.synthesis.rules import shortened


def listing(subject: Round, step: Step, page: Page[Row], counts: dict[Step, int], actor: Actor) -> dict[str, Any]:
    """Return what the list of answers shows: counts that open their lists, rows, and the other pages."""

    def at(number: int | None) -> str | None:
        return url_for("answers.listing", slug=subject.slug, step=step.value, page=number) if number else None

    words = {"first": page.first, "last": page.last, "total": page.total}
    return {
        "step": step,
        "tiles": [
            {"count": counts[one], "label": one.words, "url": url_for("answers.listing", slug=subject.slug, step=one)}
            for one in Step
        ],
        "rows": [row(one, subject, actor) for one in page.items],
        "pager_words": _("%(first)s to %(last)s of %(total)s", **words) if page.pages > 1 else "",
        "prev_url": at(page.before),
        "next_url": at(page.after),
        "kept": {"step": step.value, **({"page": page.number} if page.number > 1 else {})},
        "signs": step is Step.TO_SIGN and allows(Act.SIGN_ANSWER, actor, subject),
        "publishes": step is Step.TO_PUBLISH and allows(Act.PUBLISH_ANSWER, actor, subject),
    }


def row(found: Row, subject: Round, actor: Actor) -> dict[str, Any]:
    """Return one answer: what it is about, what becomes of that and why, who wrote it, and how far it is."""
    one, outcome = found.contribution, found.outcome
    meta = [one.reference, one.kind.words, short_day(one.received_at)]
    told = {
        "id": str(outcome.id) if outcome is not None else one.public_id,
        "title": one.title or shortened(plain(one.html), 80),
        "url": url_for("synthesis.weigh_page", slug=subject.slug, public_id=one.public_id),
        "meta": meta,
        "kind": None,
    }
    if outcome is None:
        return told
    meta.append(_("written by %(name)s on %(day)s", name=found.written_by, day=short_day(outcome.set_at)))
    if outcome.published_at is not None:
        meta.append(_("public since %(day)s", day=short_day(outcome.published_at)))
    return told | {
        "kind": outcome.kind.words,
        "colour": TAGS.get(outcome.kind, "neutral"),
        "reason": outcome.reason,
        "is_own": actor.person_id is not None and actor.person_id == outcome.set_by_id,
    }
