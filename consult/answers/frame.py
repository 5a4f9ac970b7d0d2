"""How answers and their counts are shown on the pages of this room."""

from datetime import date, datetime
from typing import Any

from flask import url_for

from consult.answers.queries import Row, Standing
from consult.answers.rules import Step, due_day, is_overdue, is_soon
from consult.foundation.language import gettext as _
from consult.foundation.language import local, short_day
from consult.foundation.paging import Page
from consult.foundation.text import plain
from consult.policy import Act, Actor, allows
from consult.rounds.models import Round
from consult.synthesis.frame import TAGS
from consult.synthesis.rules import shortened


def listing(subject: Round, step: Step, page: Page[Row], found: Standing, actor: Actor) -> dict[str, Any]:
    """Return what the list of answers shows: counts that open their lists, rows, the term, and the other pages."""
    due = due_day(found.on_day, found.days, subject.phases)

    def at(number: int | None) -> str | None:
        return url_for("answers.listing", slug=subject.slug, step=step.value, page=number) if number else None

    words = {"first": page.first, "last": page.last, "total": page.total}
    return {
        "step": step,
        "tiles": [tile(subject, one, found.counts[one], due, actor.arrived_at) for one in _steps(found)],
        "due_words": due_words(due, actor.arrived_at),
        "rows": [row(one, subject, actor) for one in page.items],
        "pager_words": _("%(first)s to %(last)s of %(total)s", **words) if page.pages > 1 else "",
        "prev_url": at(page.before),
        "next_url": at(page.after),
        "kept": {"step": step.value, **({"page": page.number} if page.number > 1 else {})},
        "signs": step is Step.TO_SIGN and allows(Act.SIGN_ANSWER, actor, subject),
        "publishes": step is Step.TO_PUBLISH and allows(Act.PUBLISH_ANSWER, actor, subject),
        "drops": step is Step.LEFT and allows(Act.SET_OUTCOME, actor, subject),
    }


def _steps(found: Standing) -> list[Step]:
    """Return the counts that a list shows: what the decision overtook only where there is any."""
    return [one for one in Step if one is not Step.LEFT or found.counts[one]]


def due_words(due: date | None, at: datetime) -> str:
    """Say when answers are due, and whether that has passed."""
    if due is None:
        return ""
    if is_overdue(due, local(at).date()):
        return _("The term ended on %(day)s. What has no public answer is overdue.", day=short_day(due))
    return _("Answers are due on %(day)s.", day=short_day(due))


def tile(subject: Round, step: Step, count: int, due: date | None, at: datetime) -> dict[str, Any]:
    """Return one count that opens exactly its list; what is not answered tells when it is due."""
    url = url_for("answers.listing", slug=subject.slug, step=step.value)
    told = {"count": count, "label": step.words, "url": url, "of": None, "note": "", "late": False}
    if step is not Step.OPEN or due is None or not count:
        return told
    late = is_overdue(due, local(at).date())
    words = _("overdue since %(day)s", day=short_day(due)) if late else _("due on %(day)s", day=short_day(due))
    return told | {"note": words, "late": late}


def desk_tiles(subject: Round, found: Standing, actor: Actor) -> list[dict[str, Any]]:
    """Return what of the answers waits: signatures, publication, what is overdue or comes due within two weeks.

    And what the decision overtook, as long as nobody dropped it.
    """
    due, today = due_day(found.on_day, found.days, subject.phases), local(actor.arrived_at).date()
    steps = [Step.TO_SIGN, Step.TO_PUBLISH]
    if is_overdue(due, today) or is_soon(due, today):
        steps.append(Step.OPEN)
    if found.counts[Step.LEFT]:
        steps.append(Step.LEFT)
    return [tile(subject, step, found.counts[step], due, actor.arrived_at) for step in steps]


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
