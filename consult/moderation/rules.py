"""Pure decisions of moderation: which step follows which, and what may be merged into what."""

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

from consult.contributions.models import PUT_FORWARD, Channel, Contribution, Kind, State
from consult.contributions.rules import Wanted
from consult.foundation.errors import Conflict, NotAllowed
from consult.foundation.language import Worded
from consult.foundation.language import gettext as _
from consult.foundation.text import one_line
from consult.moderation.models import Refusal
from consult.policy import Actor

Member = TypeVar("Member", bound=Worded)

ALL = "all"
STRETCH = timedelta(hours=1)
REPORTS_AN_HOUR = 10
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
    page: int = 1

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
            "page": str(self.page) if self.page > 1 else "",
        }
        told.update(changed)
        return {name: value for name, value in told.items() if value and (name, value) != ("state", State.HELD.value)}

    def _state_word(self) -> str:
        if self.state is not None:
            return self.state.value
        return "" if self.waits or self.reported else ALL


def read_asked(sent: Mapping[str, str], themes: Collection[uuid.UUID]) -> Asked:
    """Read what was asked of the queue; a word that it does not know narrows nothing."""
    waits, reported = sent.get("waits") == "yes", sent.get("reported") == "yes"
    state = _member(State, sent.get("state") or State.HELD.value)
    page = sent.get("page", "")
    return Asked(
        state=None if waits or reported else state,
        kind=_member(Kind, sent.get("kind", "")),
        channel=_member(Channel, sent.get("channel", "")),
        theme_id=next((one for one in themes if str(one) == sent.get("theme")), None),
        words=clean_words(sent.get("q", "")),
        waits=waits,
        reported=reported,
        page=max(1, int(page)) if page.isascii() and page.isdecimal() and len(page) < 7 else 1,
    )


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


def check_second_person(refusal: Refusal, actor: Actor) -> None:
    """Refuse somebody who wants to decide on their own proposal to refuse."""
    if actor.person_id is not None and actor.person_id == refusal.proposed_by_id:
        raise NotAllowed(_("You proposed this refusal yourself. Somebody else has to decide on it."))
