"""What one round asks of its team today: what is due, what waits at each step, and whom it does not reach."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask import url_for

from consult.answers.frame import desk_tiles
from consult.answers.queries import Standing as Answered
from consult.answers.queries import count_steps
from consult.answers.rules import due_day
from consult.director.actions.queries import count_open
from consult.field import frame as field
from consult.field.queries import find_map_age, reach
from consult.foundation.language import gettext as _
from consult.foundation.language import local, ngettext, short_day
from consult.notifications.due import Due, Matter, list_due
from consult.pages.queries import count_work
from consult.pages.work import tiles
from consult.policy import Act, Actor, allows
from consult.rounds.models import Phase, Round

AHEAD = 28  # days for which the board tells what comes
DOES = {  # who comes to what is due
    Matter.ADVICE: Act.READ_QUEUE,
    Matter.OUTREACH: Act.REACH_OUT,
    Matter.TASK: Act.READ_AGREEMENTS,
    Matter.COMMITMENT: Act.RECORD_COMMITMENT,
}


def told(subject: Round, actor: Actor) -> dict[str, Any]:
    """Return the process board of a round; each count opens exactly the list that it counts (S28)."""
    today = local(actor.arrived_at).date()
    found = list_due(subject.id)
    answered = count_steps([subject.id])[subject.id]
    age = find_map_age(subject, actor.arrived_at)
    waits = tiles(
        subject,
        count_work([subject.id])[subject.id],
        any(one.kind is Matter.DRAFT for one in found),
        actor,
    )
    return {
        "due": due(subject, found, answered, today, actor),
        "tiles": [
            *waits,
            *desk_tiles(subject, answered, actor),
            *_of_field(subject, found, today),
            *_of_actions(subject, today, actor),
        ],
        "map_words": field.age_words(age),
        "map_is_late": age.is_old or age.last_at is None,
        "low": _low(subject, found, actor),
        "counts": allows(Act.COUNT_REACH, actor, subject),
    }


def due(subject: Round, found: Sequence[Due], answered: Answered, today: date, actor: Actor) -> list[dict[str, Any]]:
    """Return what has a day, overdue first and then what comes soonest; what is further off is left out."""
    rows = [*_phases(subject, today), *_answers(subject, answered), *_planned(subject, found, actor)]
    near = [row for row in rows if (row["day"] - today).days <= AHEAD]
    for row in near:
        days = (today - row["day"]).days
        row["late"] = days > 0
        row["when"] = ngettext("%(num)s day late", "%(num)s days late", days) if days > 0 else short_day(row["day"])
        row["when"] = _("today") if days == 0 else row["when"]
    return sorted(near, key=lambda row: (row["day"], row["words"]))


def _phases(subject: Round, today: date) -> list[dict[str, Any]]:
    url = url_for("pages.round_page", slug=subject.slug)
    open_ones = [one for one in subject.phases if one.closed_at is None]
    return [{"day": day, "words": words, "url": url} for one in open_ones for day, words in _ends(one, today)]


def _ends(phase: Phase, today: date) -> list[tuple[date, str]]:
    if phase.first_day > today:
        return [(phase.first_day, _("%(phase)s begins", phase=phase.name))]
    return [(phase.last_day, _("%(phase)s ends", phase=phase.name))]


def _answers(subject: Round, answered: Answered) -> list[dict[str, Any]]:
    day = due_day(answered.on_day, answered.days, subject.phases)
    if day is None:
        return []
    return [{"day": day, "words": _("All answers are due"), "url": url_for("answers.listing", slug=subject.slug)}]


def _planned(subject: Round, found: Sequence[Due], actor: Actor) -> list[dict[str, Any]]:
    return [
        {
            "day": one.day,
            "words": _words(one),
            "url": _address(one, subject) if allows(DOES[one.kind], actor, subject) else "",
        }
        for one in found
        if one.day is not None
    ]


def _words(one: Due) -> str:
    told = {
        Matter.ADVICE: _("Advice of %(name)s", name=one.words),
        Matter.TASK: _("Look back on: %(task)s", task=one.words),
        Matter.COMMITMENT: _("Promised: %(promise)s", promise=one.words),
    }
    return told.get(one.kind, one.words)


def _address(one: Due, subject: Round) -> str:
    if one.kind is Matter.ADVICE:
        return url_for("field.advice_page", slug=subject.slug, advice_id=one.id)
    if one.kind is Matter.COMMITMENT:
        return url_for("decisions.settle_page", slug=subject.slug, commitment_id=one.id)
    if one.kind is Matter.TASK:
        return url_for("tasks.task", task_id=one.code)
    return url_for("field.outreach_done_page", slug=subject.slug, outreach_id=one.id)


def _of_field(subject: Round, found: Sequence[Due], today: date) -> list[dict[str, Any]]:
    """Return the counts of advice that waits and of tasks without a signed agreement; a practice round has no tasks."""
    advice = [one for one in found if one.kind is Matter.ADVICE]
    late = sum(one.day is not None and one.day < today for one in advice)
    note = ngettext("%(num)s past its day", "%(num)s past their day", late) if late else ""
    told = {
        "count": len(advice),
        "label": _("advice is awaited"),
        "url": url_for("field.advice", slug=subject.slug, show="open"),
        "of": None,
        "note": note,
        "late": late > 0,
    }
    return [told] if subject.is_practice else [told, _tasks(subject, sum(one.is_red for one in found))]


def _tasks(subject: Round, red: int) -> dict[str, Any]:
    return {
        "count": red,
        "label": _("tasks without a signed agreement"),
        "url": url_for("tasks.register", of=subject.slug, show="unsigned"),
        "of": None,
        "note": "",
        "late": red > 0,
    }


def _of_actions(subject: Round, today: date, actor: Actor) -> list[dict[str, Any]]:
    """Return, once the round is decided, how many adopted inputs lack an action and how many actions are late."""
    if not subject.is_decided or not allows(Act.WRITE_ACTION, actor, subject):
        return []
    lacking, late = count_open(actor, subject.id, today)
    told = ((lacking, _("adopted inputs without an action"), "lacking"), (late, _("actions past their day"), "late"))
    return [
        {
            "count": count,
            "label": label,
            "url": url_for("actions.desk", slug=subject.slug, show=show),
            "of": None,
            "note": "",
            "late": show == "late" and count > 0,
        }
        for count, label, show in told
    ]


def _low(subject: Round, found: Sequence[Due], actor: Actor) -> dict[str, Any]:
    """Return the groups that take part little, with what is done to reach each of them."""
    whole = reach(subject.id)
    actions = [one for one in found if one.kind is Matter.OUTREACH]
    groups = field.reach(whole, [], subject, actor)["low"]
    for group in groups:
        own = [one for one in actions if f"{one.group}/{one.code}" == group["key"]]
        group["actions"] = own
        group["url"] = url_for("field.reach", slug=subject.slug, _anchor=group["anchor"])
    return {"groups": groups, "is_counted": bool(whole.counts)}
