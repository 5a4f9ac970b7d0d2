"""Pure decisions about many inputs at once: what changes, what is so already, and what cannot change and why."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from consult.answers.models import TextBlock
from consult.answers.rules import FIELD, filled, values_for
from consult.coding.models import Code
from consult.contributions.models import PUT_FORWARD, Contribution, SharedText, State
from consult.foundation.errors import Conflict
from consult.foundation.language import gettext as _
from consult.groups.rules import Doubt, differences
from consult.moderation.models import Ground
from consult.moderation.rules import merge_hindrance
from consult.policy import Actor
from consult.rounds.models import Round, Theme
from consult.synthesis.models import Assignment, Outcome, OutcomeKind
from consult.synthesis.rules import holds_hidden, name_of
from consult.workbench.models import Bulk, BulkKind

AT_MOST = 5_000  # inputs of which rows are changed at once
STEPS_AT_MOST = 100  # inputs that take a step at once, each by a verb of its own
LONGEST_REASON = 1_000


class Fate(StrEnum):
    """What becomes of one input."""

    STAYS = "stays"
    CHANGES = "changes"
    ALREADY = "already"
    CANNOT = "cannot"


@dataclass(frozen=True)
class Now:
    """What holds of one input at this moment: the rows that count, and what keeps it from taking a step."""

    codes: Sequence[Code] = ()
    outcome: Outcome | None = None
    assignment: Assignment | None = None
    waits: bool = False  # a decision on it waits for a second person
    carries: bool = False  # others were joined with it
    is_final: bool = False  # the answer that everybody reads


@dataclass(frozen=True)
class Wish:
    """What is to be done with each input; what does not belong to the kind is empty."""

    kind: BulkKind
    themes: Sequence[Theme] = ()
    person_id: uuid.UUID | None = None
    person: str = ""
    outcome: OutcomeKind | None = None
    reason: str = ""
    block: TextBlock | None = None
    into: Contribution | None = None
    ground: Ground | None = None

    @property
    def tells_themes(self) -> bool:
        """Whether the themes of an input come to stand in its answer."""
        return self.block is not None and "theme" in FIELD.findall(self.block.text)

    @property
    def words(self) -> str:
        """What is done, for a person to read."""
        if self.kind in {BulkKind.CODE, BulkKind.UNCODE}:
            told = ", ".join(theme.name for theme in self.themes)
        elif self.kind is BulkKind.ASSIGN:
            told = self.person or _("nobody")
        elif self.kind is BulkKind.ANSWER and self.outcome is not None:
            told = self.outcome.words
        elif self.into is not None:
            told = name_of(self.into)
        elif self.ground is not None:
            told = self.ground.words
        else:
            told = self.block.name if self.block is not None else ""
        return f"{self.kind.words}: {told}"


@dataclass(frozen=True)
class Line:
    """What becomes of one input: `why` it cannot change, or to look well; or the answer that it gets."""

    contribution: Contribution
    fate: Fate
    why: str = ""
    kind: OutcomeKind | None = None
    reason: str = ""


@dataclass(frozen=True)
class Preview:
    """What would change if it were done now, in lists by what becomes of each."""

    lines: Sequence[Line] = field(default=())

    def of(self, fate: str) -> list[Line]:
        """Return the inputs of which this becomes."""
        return [line for line in self.lines if line.fate == fate]


def previewed(
    contribution: Contribution, wish: Wish, now: Now, subject: Round, *, is_blind: bool = False, awaits: bool = False
) -> Line:
    """Say what becomes of one input when a wish is carried out.

    `is_blind` to whoever is to code it a second time; while it `awaits` that, no answer may tell its themes.
    """
    if not contribution.is_public:
        return Line(contribution, Fate.CANNOT, _("It is not on the site now."))
    if is_blind:
        return Line(contribution, Fate.CANNOT, _("You are to code it a second time first, without seeing its codes."))
    if awaits:
        return Line(contribution, Fate.CANNOT, _("It waits to be coded a second time; this answer would tell how."))
    if wish.kind in {BulkKind.CODE, BulkKind.UNCODE}:
        held, wanted = {code.theme_id for code in now.codes}, {theme.id for theme in wish.themes}
        is_so = wanted <= held if wish.kind is BulkKind.CODE else not wanted & held
        return Line(contribution, Fate.ALREADY if is_so else Fate.CHANGES)
    if wish.kind is BulkKind.ASSIGN:
        held_by = now.assignment.person_id if now.assignment is not None else None
        return Line(contribution, Fate.ALREADY if held_by == wish.person_id else Fate.CHANGES)
    return _answered(contribution, wish, now, subject)


def _answered(contribution: Contribution, wish: Wish, now: Now, subject: Round) -> Line:
    kind, reason = wish.outcome, wish.reason
    if why := _takes_no_answer(contribution, now):
        return Line(contribution, Fate.CANNOT, why)
    if wish.block is not None:
        told = filled(wish.block.text, values_for(contribution, [code.theme.name for code in now.codes], subject))
        if told.missing:
            names = ", ".join(f"{{{name}}}" for name in told.missing)
            return Line(contribution, Fate.CANNOT, _("Nothing is known for: %(names)s", names=names))
        kind, reason = wish.block.kind, told.text
    if holds_hidden(reason, contribution):
        return Line(contribution, Fate.CANNOT, _("The answer repeats words that were taken away from it."))
    if len(reason) > LONGEST_REASON:
        return Line(contribution, Fate.CANNOT, _("The answer becomes too long once it is filled in."))
    is_so = now.outcome is not None and (now.outcome.kind, now.outcome.reason) == (kind, reason)
    return Line(contribution, Fate.ALREADY if is_so else Fate.CHANGES, kind=kind, reason=reason)


def _takes_no_answer(contribution: Contribution, now: Now) -> str:
    if contribution.merged_into_id is not None:
        return _("It was merged; give the answer to the one that replaces it.")
    if now.outcome is not None and now.outcome.published_at is not None:
        return _("Its answer is public; change that on its own page.")
    if now.is_final:
        return _("The decision was taken, so this outcome is final.")
    return ""


def joined(contribution: Contribution, into: Contribution, now: Now, lead: Now) -> Line:
    """Say what becomes of one input when several are joined with one of them, of which `lead` holds now.

    Texts that are alike may say the opposite: of one that changes `why` tells in what the two may differ.
    """
    if contribution.id == into.id:
        why = _waits(into) if lead.waits else "" if into.stands else _("It does not stand by itself now.")
        return Line(contribution, Fate.CANNOT if why else Fate.STAYS, why)
    if contribution.merged_into_id == into.id:
        return Line(contribution, Fate.ALREADY)
    why = merge_hindrance(contribution, into)
    why = why or (_waits(contribution) if now.waits else _waits(into) if lead.waits else "")
    if why:
        return Line(contribution, Fate.CANNOT, why)
    found = differences(*(f"{one.title}. {one.text}" for one in (into, contribution)))
    doubts = "; ".join(f"{Doubt(one['kind']).words} ({one['words']})" for one in found)
    return Line(contribution, Fate.CHANGES, _("look well: %(doubts)s", doubts=doubts) if doubts else "")


def _waits(contribution: Contribution) -> str:
    return _("A decision on “%(name)s” waits for a second person.", name=name_of(contribution))


def taken_out(contribution: Contribution, now: Now, subject: Round) -> Line:
    """Say what becomes of one input when several are taken out of sight; after the decision groups stay as they are."""
    if contribution.state is State.HELD:
        return Line(contribution, Fate.ALREADY)
    if not contribution.is_public:
        return Line(contribution, Fate.CANNOT, _("It is not on the site now."))
    if now.carries and not subject.is_decided:
        why = _("Others were joined with this one. Separate them first, so that they stay readable.")
        return Line(contribution, Fate.CANNOT, why)
    return Line(contribution, Fate.CHANGES)


def leader_of(inputs: Sequence[Contribution], leading: Collection[uuid.UUID]) -> Contribution:
    """Choose with which of some inputs the others are joined: one that leads a group already, or else the oldest.

    Refused for fewer than two, and when none of them stands by itself.
    """
    if len(inputs) < 2:
        raise Conflict(_("Select at least two contributions that say the same."))
    standing = [one for one in inputs if one.stands and one.kind in PUT_FORWARD]
    if not standing:
        raise Conflict(_("None of these stands by itself, so nothing can be joined with it."))
    return min(standing, key=lambda one: (one.id not in leading, one.received_at, one.reference, one.id))


def judge_inputs(inputs: Sequence[Contribution], kind: BulkKind) -> None:
    """Refuse to plan something with more inputs than are worked on at once."""
    most = STEPS_AT_MOST if kind.is_step else AT_MOST
    if len(inputs) > most:
        raise Conflict(
            _("You can do this with %(most)s contributions at once. Narrow the list with a filter.", most=most)
        )


def judge_steps(lines: Sequence[Line]) -> None:
    """Refuse to do what would change nothing any more: it would stand in the way of undoing what was done before."""
    if not lines:
        raise Conflict(_("None of these can change any more. Look at the list again."))


def judge_doing(bulk: Bulk) -> None:
    """Refuse to do twice what was planned once."""
    if bulk.done_at is not None:
        raise Conflict(_("This was done already. Look at the list."))


def judge_undoing(bulk: Bulk, last: uuid.UUID | None, actor: Actor) -> None:
    """Refuse to undo anything but the last thing that the actor did with many inputs, and that more than once."""
    if bulk.undone_at is not None:
        raise Conflict(_("This was undone already."))
    if bulk.done_at is None or last != bulk.id or bulk.person_id != actor.person_id:
        raise Conflict(_("You can undo only the last thing that you did with many contributions at once."))


def judge_unchanged(
    contribution: Contribution, change: Mapping[str, Any], rows: Sequence[Any], *, is_blind: bool = False
) -> None:
    """Refuse to undo what somebody changed since (other rows count now, or an answer was signed), and that blindly."""
    if is_blind:
        raise Conflict(_("You are to code “%(name)s” a second time first.", name=name_of(contribution)))
    is_same = sorted(str(row.id) for row in rows) == change["after"]
    is_signed = any(
        isinstance(row, Outcome) and row.signed_at is not None and str(row.id) in change["made"] for row in rows
    )
    if not is_same or is_signed:
        raise _changed(contribution)


def judge_still_joined(one: Contribution, into: Contribution, shared: Sequence[SharedText], since: datetime) -> None:
    """Refuse to separate what moved since, and what belongs to a group for which somebody wrote a text since."""
    if not one.is_public or one.merged_into_id != into.id:
        raise _changed(one)
    if not into.stands or any(text.ended_at is None and text.written_at > since for text in shared):
        raise _changed(into)


def judge_still_held(one: Contribution, change: Mapping[str, Any], last: uuid.UUID | None, *, waits: bool) -> None:
    """Refuse to show again what moved, was changed or was held anew since, and on what a decision waits."""
    if one.state is not State.HELD or str(last) != change["hold"] or one.version != change["version"] or waits:
        raise _changed(one)


def _changed(one: Contribution) -> Conflict:
    return Conflict(_("Somebody changed “%(name)s” since, so this cannot be undone as a whole.", name=name_of(one)))
