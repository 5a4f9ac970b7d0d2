"""Pure decisions of formal review: the term, whether a formal view is on time, its way, and what hinders the note."""

import json
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

from consult.foundation.errors import Conflict, NotAllowed, NotNow
from consult.foundation.language import N_, ZONE, Worded, file_size, local
from consult.foundation.language import gettext as _
from consult.foundation.workdays import next_workday
from consult.policy import Actor
from consult.review.models import Change, FormalView, OwnChange, ResponseNote, Verdict, ViewPoint, ViewState, Way
from consult.synthesis.models import Section

WEEKS = 6
MAIL_TAKES = timedelta(days=7)
DAY = timedelta(days=1)
ROOM = 200_000_000  # bytes of files with the formal views of one sender in one round
LONGEST_TEXT, LONGEST_SUMMARY, LONGEST_ANSWER, LONGEST_REASON = 20_000, 1_000, 5_000, 500


# --- the term ---


def first_day_of(notice_on: date, available_on: date) -> date:
    """Return the first day: the draft can be seen and notice was given (Awb 3:16, second paragraph; 3:11, 3:12)."""
    return max(notice_on, available_on)


def last_day_of(first_day: date, decreed: Collection[date] = ()) -> date:
    """Return the last day of six weeks (Awb 3:16, first paragraph): 42 days, the first one included.

    On a Saturday, a Sunday or a holiday it moves to the next working day (Algemene termijnenwet 1 and 3).
    """
    return next_workday(first_day + timedelta(weeks=WEEKS, days=-1), decreed)


def proposed_extension(ends_on: date, began_at: datetime, ended_at: datetime) -> date | None:
    """Return to which day an outage should move the end: the next working day when it fell in the last 24 hours.

    The last 24 hours are the whole last local day. Otherwise None: people had other days to send it in. A
    person decides. Source: Awb, division 2.3 (Wet modernisering elektronisch bestuurlijk verkeer).
    """
    if local(began_at).date() <= ends_on <= local(ended_at).date():
        return next_workday(ends_on + DAY)
    return None


def judge_outage(ends_on: date, began_at: datetime, ended_at: datetime, extends_to: date | None, at: datetime) -> None:
    """Refuse an outage that ends before it begins or is still to come, and an extension that extends nothing."""
    if ended_at <= began_at:
        raise Conflict(_("The outage ends before it begins. Change one of the moments."))
    if ended_at > at:
        raise Conflict(_("An outage is noted when it is over. This moment is still to come."))
    if extends_to is not None and extends_to <= ends_on:
        raise Conflict(_("The new last day must be later than the one that counts now."))


# --- on time or not ---


class Timing(Worded):
    """When a formal view came in, measured against the term."""

    EARLY = "early", N_("before the term began; that does not harm it (Awb 6:10)")
    ON_TIME = "on_time", N_("within the term (Awb 3:16)")
    POSTED = "posted", N_("posted on time and received within a week after the end (Awb 6:9)")
    UNCLEAR = "unclear", N_("posted on time, but received more than a week after the end (Awb 6:9): a person decides")
    LATE = "late", N_("after the end of the term")

    @property
    def is_fine(self) -> bool:
        """Whether it counts without an excuse."""
        return self in {Timing.EARLY, Timing.ON_TIME, Timing.POSTED}


def timing(first_day: date, ends_on: date, received_on: date, postmarked_on: date | None = None) -> Timing:
    """Say whether a formal view is on time; all are local days, and the last one counts whole.

    What was received before the end is on time (Awb 6:9, first paragraph); a letter that was posted before
    the end too, when it is received within a week after it (second paragraph). Early is no harm (Awb 6:10).
    """
    if received_on < first_day:
        return Timing.EARLY
    if received_on <= ends_on:
        return Timing.ON_TIME
    if postmarked_on is None or postmarked_on > ends_on:
        return Timing.LATE
    return Timing.POSTED if received_on <= ends_on + MAIL_TAKES else Timing.UNCLEAR


def judge_verdict(found: Timing, verdict: Verdict, reason: str) -> None:
    """Refuse a verdict that the days contradict, and without a reason one that a person gives (Awb 6:11)."""
    if found.is_fine and verdict is not Verdict.ADMISSIBLE:
        raise Conflict(_("It came in on time, so it is admissible: %(why)s.", why=found.words))
    if not found.is_fine and verdict is Verdict.ADMISSIBLE:
        raise Conflict(_("It did not come in on time. You can excuse that with a reason (Awb 6:11)."))
    if verdict is not Verdict.ADMISSIBLE and not reason.strip():
        raise Conflict(_("Give the reason: the person who sent it in will read it."))


def received_day(received_at: datetime) -> date:
    """Return the local day of a moment."""
    return received_at.astimezone(ZoneInfo(ZONE.key)).date()


# --- the way of a formal view ---

JUDGED = frozenset({ViewState.ADMISSIBLE, ViewState.LATE, ViewState.EXCUSED})
MOVES: dict[ViewState, frozenset[ViewState]] = {
    ViewState.RECEIVED: frozenset({ViewState.ACKNOWLEDGED, ViewState.WITHDRAWN}),
    ViewState.ACKNOWLEDGED: JUDGED | {ViewState.WITHDRAWN},
    # a verdict can be given anew until the view is divided
    **dict.fromkeys(JUDGED, JUDGED | {ViewState.SPLIT, ViewState.WITHDRAWN}),
    # an answer that is changed again lost its signature, so the view is divided and not answered
    ViewState.SPLIT: frozenset({ViewState.ANSWERED, ViewState.WITHDRAWN}),
    ViewState.ANSWERED: frozenset({ViewState.NOTIFIED, ViewState.SPLIT, ViewState.WITHDRAWN}),
    ViewState.NOTIFIED: frozenset(),
    ViewState.WITHDRAWN: frozenset(),
}


def judge_move(view: FormalView, to: ViewState) -> None:
    """Refuse a move that the way of a formal view does not know, and every change once it was made known."""
    judge_open(view)
    if to not in MOVES[view.state]:
        told = {"view": view.code, "state": view.state.words, "to": to.words}
        raise NotNow(_("%(view)s is now: %(state)s. From there it cannot become: %(to)s.", **told))


def judge_open(view: FormalView) -> None:
    """Refuse every change of a formal view that a published note treats; its answer can still be sent."""
    if view.note_id is not None:
        raise NotNow(_("%(view)s is treated in the published response note, so it does not change.", view=view.code))


def may_have_points(view: FormalView) -> None:
    """Refuse points of a formal view that was not judged yet, and of one that was withdrawn."""
    judge_open(view)
    if view.verdict is None or view.state is ViewState.WITHDRAWN:
        raise NotNow(_("%(view)s is now: %(state)s. It takes no points.", view=view.code, state=view.state.words))


def judge_answer(change: Change | None, answer: str, changed_section: uuid.UUID | None) -> None:
    """Refuse half an answer: without words, without a choice, or a change of which nobody says where."""
    if not answer.strip():
        raise Conflict(_("Write the answer: it stands in the response note."))
    if change is None:
        raise Conflict(_("Say whether this point changes the draft."))
    if change.leads_somewhere and changed_section is None:
        raise Conflict(_("Choose what changes because of this point."))


def judge_signature(point: ViewPoint, actor: Actor) -> None:
    """Refuse to sign off what was not answered, what one wrote oneself, and what was signed before."""
    if point.answered_at is None:
        raise NotNow(_("This point has no answer yet."))
    if actor.person_id is not None and actor.person_id == point.answered_by_id:
        raise NotAllowed(_("You wrote this answer, so somebody else must sign it off."))
    if point.signed_at is not None:
        raise NotNow(_("This answer was signed off already."))


def is_answered(points: Sequence[ViewPoint]) -> bool:
    """Say whether there are points and each has an answer that a second person signed off."""
    return bool(points) and all(point.signed_at is not None for point in points)


def fingerprint(view: FormalView) -> str:
    """Return the check code of a receipt: SHA-256 over what was received and its random id, so none can guess it.

    The files that came with it count too, by name and SHA-256; they are loaded.
    """
    told = [str(view.id), view.number, view.way.value, view.received_at.isoformat(), view.text]
    told += [[one.name, one.sha256] for one in view.files]
    return sha256(json.dumps(told, ensure_ascii=False).encode()).hexdigest()


def copy_of(view: FormalView) -> str:
    """Return all that was sent in, as the receipt quotes it: the whole text, and which files came with it."""
    names = [f"{one.name} ({file_size(one.size)})" for one in view.files]
    return "\n\n".join([view.text, *([_("With these files: %(names)s.", names="; ".join(names))] if names else [])])


# --- the response note ---


@dataclass(frozen=True)
class Hindrance:
    """One thing that keeps the note from being published (gate P4), and the formal view or point that it is about."""

    words: str
    number: int | None = None
    point_id: uuid.UUID | None = None


def hindrances(views: Sequence[FormalView]) -> list[Hindrance]:
    """Say what keeps the note from being complete (gate P4); `views` are those not made known yet, with points.

    Each must be judged; each admissible or excused one divided, and each of its points answered and signed off.
    What is too late needs no points, but a point that it has needs its answer.
    """
    found: list[Hindrance] = []
    for view in views:
        if view.state is ViewState.WITHDRAWN:
            continue
        if view.verdict is None:
            words = _("Nobody said yet whether %(view)s is admissible.", view=view.code)
            found.append(Hindrance(words, view.number))
            continue
        if view.split_at is None and (view.verdict.counts or view.points):
            found.append(Hindrance(_("%(view)s is not divided into points yet.", view=view.code), view.number))
        found += [one for point in view.points if (one := _lacks(point, view)) is not None]
    return found


def _lacks(point: ViewPoint, view: FormalView) -> Hindrance | None:
    name = f"{view.code}.{point.position}"
    if point.answered_at is None:
        return Hindrance(_("Point %(point)s has no answer yet.", point=name), view.number, point.id)
    if point.signed_at is None:
        words = _("The answer to point %(point)s was not signed off yet.", point=name)
        return Hindrance(words, view.number, point.id)
    return None


def judge_publication(note: ResponseNote | None, actor: Actor, read_at: str | None) -> None:
    """Refuse to publish what does not wait, what one offered oneself, and another note than was read."""
    if note is None:
        raise NotNow(_("No response note waits for publication."))
    if actor.person_id is not None and actor.person_id == note.submitted_by_id:
        raise NotAllowed(_("You offered this note, so somebody else must publish it."))
    if read_at is not None and read_at != note.submitted_at.isoformat():
        raise Conflict(_("The note was taken back and offered again. Read it again before you publish it."))


@dataclass(frozen=True)
class Figures:
    """What the note counts: formal views per way in and per verdict, points, and those that change something."""

    received: int
    ways: dict[Way, int]
    verdicts: dict[Verdict, int]
    withdrawn: int
    points: int
    changes: int


def figures(views: Sequence[FormalView]) -> Figures:
    """Count formal views with their points; a withdrawn one was received and nothing more."""
    standing = [view for view in views if view.state is not ViewState.WITHDRAWN]
    points = [point for view in standing for point in view.points]
    return Figures(
        received=len(views),
        ways={way: sum(view.way is way for view in views) for way in Way},
        verdicts={verdict: sum(view.verdict is verdict for view in standing) for verdict in Verdict},
        withdrawn=len(views) - len(standing),
        points=len(points),
        changes=sum(point.change is not None and point.change.leads_somewhere for point in points),
    )


def treated(views: Sequence[FormalView]) -> list[FormalView]:
    """Return the formal views whose points stand in the note: each admissible or excused one, once, by number."""
    counted = [v for v in views if v.verdict is not None and v.verdict.counts and v.state is not ViewState.WITHDRAWN]
    return sorted(counted, key=lambda view: view.number)


def about(point: ViewPoint) -> str:
    """Say which part of the draft a point is about; its section is loaded."""
    if point.section is None:
        return _("the draft as a whole")
    place = point.paragraph or str(point.section.position)
    return f"{place} {point.section.title}"


def place_of(section: Section | None) -> str:
    """Say which section something is, as people count it."""
    return f"{section.position} {section.title}" if section is not None else ""


def changed(points: Sequence[ViewPoint], own_changes: Sequence[OwnChange]) -> list[dict[str, Any]]:
    """Return the sections that change, in their order, each with every change and what it comes from."""
    by_section: dict[uuid.UUID, dict[str, Any]] = {}
    for point in points:
        if (section := point.changed_section) is not None:
            rows = by_section.setdefault(section.id, {"section": section, "rows": []})["rows"]
            rows.append({"text": point.changed_to or point.answer, "from": point.code})
    for own in own_changes:
        rows = by_section.setdefault(own.section_id, {"section": own.section, "rows": []})["rows"]
        rows.append({"text": own.text, "from": _("by our own motion")})
    return sorted(by_section.values(), key=lambda one: one["section"].position)
