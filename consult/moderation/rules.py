"""Pure decisions of moderation: which step follows which, and what may be merged into what."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

from consult.contributions.models import PUT_FORWARD, Channel, Contribution, Kind, State
from consult.contributions.rules import Wanted
from consult.foundation.errors import Conflict, NotAllowed, NotNow
from consult.foundation.language import Worded, day, local
from consult.foundation.language import gettext as _
from consult.foundation.text import one_line
from consult.foundation.workdays import add_workdays
from consult.intake.models import PaperReply
from consult.moderation.models import Appeal, Redaction, Refusal
from consult.policy import Actor

Member = TypeVar("Member", bound=Worded)

ALL = "all"
FOR_OTHERS = (Channel.LETTER, Channel.PHONE, Channel.DESK)  # how an appeal comes in that staff type in
LISTS = ("waits", "reported", "appealed", "signalled")  # what waits for somebody, whatever its state
STRETCH = timedelta(hours=1)
REPORTS_AN_HOUR = 10
APPEAL_DAYS = 10
HOLDS_FROM = frozenset({State.PUBLISHED})
PUBLISHES_FROM = frozenset({State.HELD})
REFUSES_FROM = frozenset({State.HELD, State.PUBLISHED})


@dataclass(frozen=True)
class Asked:
    """What somebody asked of the queue, as it stands in the address."""

    state: State | None = State.HELD
    kind: Kind | None = None
    channel: Channel | None = None
    theme_id: uuid.UUID | None = None
    words: str = ""
    waits: bool = False
    reported: bool = False
    appealed: bool = False
    signalled: bool = False
    page: int = 1

    @property
    def looks_for(self) -> bool:
        """Whether one of the lists was asked that go across the states."""
        return self.waits or self.reported or self.appealed or self.signalled

    @property
    def wanted(self) -> Wanted:
        """The part of it that every list of contributions knows."""
        kinds = frozenset() if self.kind is None else frozenset({self.kind})
        return Wanted(kinds, self.state, self.channel, self.words)

    @property
    def narrows(self) -> bool:
        """Whether anything but the state and the page was asked."""
        return bool(self.kind or self.channel or self.theme_id or self.words)

    def arguments(self, **changed: str) -> dict[str, Any]:
        """Return it in words for an address, with some words changed; empty ones and the usual state are left out."""
        told = {
            "state": self._state_word(),
            "kind": self.kind.value if self.kind else "",
            "channel": self.channel.value if self.channel else "",
            "theme": str(self.theme_id or ""),
            "q": self.words,
            "waits": "yes" if self.waits else "",
            "reported": "yes" if self.reported else "",
            "appealed": "yes" if self.appealed else "",
            "signalled": "yes" if self.signalled else "",
            "page": str(self.page) if self.page > 1 else "",
        }
        told.update(changed)
        return {name: value for name, value in told.items() if value and (name, value) != ("state", State.HELD.value)}

    def _state_word(self) -> str:
        if self.state is not None:
            return self.state.value
        return "" if self.looks_for else ALL


def read_asked(sent: Mapping[str, str], themes: Collection[uuid.UUID]) -> Asked:
    """Read what was asked of the queue; a word that it does not know narrows nothing."""
    lists = {name: sent.get(name) == "yes" for name in LISTS}
    state = _member(State, sent.get("state") or State.HELD.value)
    return Asked(
        state=None if any(lists.values()) else state,
        kind=_member(Kind, sent.get("kind", "")),
        channel=_member(Channel, sent.get("channel", "")),
        theme_id=next((one for one in themes if str(one) == sent.get("theme")), None),
        words=clean_words(sent.get("q", "")),
        **lists,
        page=page_in(sent),
    )


def page_in(sent: Mapping[str, str]) -> int:
    """Read which page of a list was asked; what is no number is the first one."""
    page = sent.get("page", "")
    return max(1, int(page)) if page.isascii() and page.isdecimal() and len(page) < 7 else 1


def clean_words(words: str) -> str:
    """Return the words to search for: one line, nothing invisible, not endless."""
    return one_line(words[:200])


def _member(kind: type[Member], value: str) -> Member | None:
    return kind(value) if value in {one.value for one in kind} else None


def check_step(contribution: Contribution, come_from: frozenset[State]) -> None:
    """Refuse a step that does not start where the contribution stands now, and say where it stands."""
    if contribution.state not in come_from:
        raise Conflict(
            _("This contribution is %(state)s now. Look at it again before you decide.", state=contribution.state.words)
        )


def check_merge(contribution: Contribution, into: Contribution) -> None:
    """Refuse a merge that would say something untrue or run in a circle.

    Both must be public and stand by themselves at this moment, in one round and of one kind. Since the
    one that replaces points nowhere itself, no chain of pointers can come back to where it began.
    """
    if contribution.id == into.id:
        raise Conflict(_("Choose another one: nothing can be joined with itself."))
    if contribution.round_id != into.round_id:
        raise Conflict(_("These two are of different rounds, so they cannot be joined."))
    if contribution.kind is not into.kind or contribution.kind not in PUT_FORWARD:
        raise Conflict(_("These two are not of the same kind, so they cannot be joined."))
    if contribution.merged_into_id is not None:
        raise Conflict(_("This one was joined with another one already. Separate it first."))
    if into.merged_into_id is not None:
        raise Conflict(_("The one that you chose was itself joined with another one. Choose that one."))
    if not (contribution.is_public and into.is_public):
        raise Conflict(_("Both must be published before you can join them."))


def merge_hindrance(contribution: Contribution, into: Contribution) -> str:
    """Say why a merge is not possible now; nothing when it is."""
    try:
        check_merge(contribution, into)
    except Conflict as refusal:
        return refusal.sentence
    return ""


def check_second_person(proposed: Refusal | Redaction, actor: Actor) -> None:
    """Refuse somebody who wants to decide on what they proposed themselves."""
    if actor.person_id is not None and actor.person_id == proposed.proposed_by_id:
        raise NotAllowed(_("You proposed this yourself. Somebody else has to decide on it."))


def appeal_until(decision: Refusal | Redaction) -> date:
    """Return the last day on which the author can appeal: ten working days after the day of the notice.

    The notice goes out with the confirmation. Our own term (domain.md 3.8), counted as the Algemene
    termijnenwet counts days.
    """
    if decision.decided_at is None:
        raise ValueError("nobody decided yet")
    return add_workdays(local(decision.decided_at).date(), APPEAL_DAYS)


def ends_on(decision: Refusal | Redaction, reply: PaperReply | None) -> date | None:
    """Return the last day on which the author can appeal; of whoever is told on paper the letter begins the term.

    None while that letter still goes out: then no term runs.
    """
    if reply is None:
        return appeal_until(decision)
    if reply.sent_at is None or decision.decided_at is None or reply.sent_at < decision.decided_at:
        return None
    return add_workdays(local(reply.sent_at).date(), APPEAL_DAYS)


def holds_now(decision: Refusal | Redaction, contribution: Contribution) -> bool:
    """Whether a decision was confirmed and is still so."""
    if isinstance(decision, Redaction):
        return decision.stands
    return bool(decision.is_confirmed) and contribution.state is State.REFUSED


def points_to(decision: Refusal | Redaction) -> str:
    """Return the name of the column by which an appeal points to a decision of this kind."""
    return "redaction_id" if isinstance(decision, Redaction) else "refusal_id"


@dataclass(frozen=True)
class Against:
    """A decision that holds, as its author sees it: until when they can appeal, and what came of it when they did."""

    decision: Refusal | Redaction
    appeal: Appeal | None
    until: date | None  # none: the letter that tells of it still goes out
    is_late: bool
    is_chosen: bool = False

    @property
    def is_open(self) -> bool:
        """Whether the author can still appeal."""
        return self.appeal is None and not self.is_late

    @property
    def takes_a_part(self) -> bool:
        """Whether part of the text was taken away, and not all of it refused."""
        return isinstance(self.decision, Redaction)


def to_appeal(
    decisions: Sequence[tuple[Refusal | Redaction, Appeal | None]],
    wanted: str,
    at: datetime,
    reply: PaperReply | None = None,
) -> list[Against]:
    """Return decisions with what can be done against each now; the one that is wanted is chosen, or else the first."""
    told = []
    for decision, appeal in decisions:
        until = ends_on(decision, reply)
        told.append(Against(decision, appeal, until, is_late=until is not None and local(at).date() > until))
    open_ = [one for one in told if one.is_open]
    chosen = next((one for one in open_ if str(one.decision.id) == wanted), open_[0] if open_ else None)
    return [replace(one, is_chosen=one is chosen) for one in told]


def is_other_person(decision: Refusal | Redaction, contribution: Contribution, actor: Actor) -> bool:
    """Whether the actor had no part in a decision and did not write what it is about."""
    had_part = {decision.proposed_by_id, decision.decided_by_id, contribution.author_id, contribution.entered_by_id}
    return actor.person_id not in had_part - {None}


def to_decide(
    waiting: Sequence[tuple[Appeal, Refusal | Redaction]], contribution: Contribution, actor: Actor, shown: str
) -> tuple[Appeal, Refusal | Redaction] | None:
    """Choose one of the appeals that wait: the one that was shown, or else the first that the actor may decide on."""

    def later(told: tuple[Appeal, Refusal | Redaction]) -> tuple[bool, bool]:
        appealed, decision = told
        may = is_other_person(decision, contribution, actor) and not has_entered(appealed, actor)
        return str(appealed.id) != shown, not may

    return min(waiting, key=later, default=None)


def check_other_person(
    appealed: Appeal, decision: Refusal | Redaction, contribution: Contribution, actor: Actor
) -> None:
    """Refuse to decide on an appeal against one's own decision, about one's own text, and that one typed in."""
    if not is_other_person(decision, contribution, actor):
        raise NotAllowed(_("You had a part in this decision. Somebody who had none decides on the appeal."))
    if has_entered(appealed, actor):
        raise NotAllowed(_("You typed this appeal in. Somebody else decides on it."))


def has_entered(appealed: Appeal, actor: Actor) -> bool:
    """Whether the actor typed an appeal in for its author."""
    return actor.person_id is not None and actor.person_id == appealed.entered_by_id


def check_came_in_time(
    decision: Refusal | Redaction, came_on: date, today: date, reply: PaperReply | None = None
) -> None:
    """Refuse an appeal that came in before the decision, after its term, or on a day that is still to come.

    What counts is the day on which it came in, or was posted, not the day on which somebody types it in.
    """
    until = ends_on(decision, reply)
    if came_on > today:
        raise Conflict(_("This date is still to come. Enter the day on which it came in."))
    if decision.decided_at is not None and came_on < local(decision.decided_at).date():
        raise Conflict(_("On that day this was not decided yet. Enter the day on which it came in."))
    if until is not None and came_on > until:
        raise NotNow(_("This came in too late: the author could appeal until the end of %(day)s.", day=day(until)))


def to_enter(
    decisions: Sequence[tuple[Refusal | Redaction, Appeal | None]], reply: PaperReply | None = None
) -> dict[str, str]:
    """Return the decisions against which no appeal was made, with words to choose by and their last day, if any."""
    return {
        str(decision.id): _in_words(decision, decision.decided_at, ends_on(decision, reply))
        for decision, appealed in decisions
        if appealed is None and decision.decided_at is not None
    }


def _in_words(decision: Refusal | Redaction, decided_at: datetime, until: date | None) -> str:
    taken, days = isinstance(decision, Redaction), {"day": day(decided_at)}
    if until is None:
        return _("A part was taken away on %(day)s", **days) if taken else _("Refused on %(day)s", **days)
    days["until"] = day(until)
    words = _("A part was taken away on %(day)s: appeal until %(until)s", **days) if taken else ""
    return words or _("Refused on %(day)s: appeal until %(until)s", **days)


def check_stands(redaction: Redaction) -> None:
    """Refuse to give back what is not away."""
    if not redaction.stands:
        raise Conflict(_("Nothing of this is away now. Look at the page again."))


def check_second_lifter(redaction: Redaction, actor: Actor) -> None:
    """Refuse to decide on giving something back when nobody proposed that, and for whoever did."""
    if redaction.lift_asked_at is None:
        raise Conflict(_("Nobody proposes this now. Look at the page again."))
    if actor.person_id is not None and actor.person_id == redaction.lift_asked_by_id:
        raise NotAllowed(_("You proposed this yourself. Somebody else has to decide on it."))
