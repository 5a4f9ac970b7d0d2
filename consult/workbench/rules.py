"""Pure decisions about many inputs at once: what changes, what is so already, and what cannot change and why."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from consult.answers.models import TextBlock
from consult.answers.rules import FIELD, filled, values_for
from consult.coding.models import Code
from consult.contributions.models import Contribution
from consult.foundation.errors import Conflict
from consult.foundation.language import gettext as _
from consult.policy import Actor
from consult.rounds.models import Round, Theme
from consult.synthesis.models import Assignment, Outcome, OutcomeKind
from consult.synthesis.rules import holds_hidden, name_of
from consult.workbench.models import Bulk, BulkKind

AT_MOST = 5_000  # inputs with which something is done at once
LONGEST_REASON = 1_000


class Fate(StrEnum):
    """What becomes of one input."""

    CHANGES = "changes"
    ALREADY = "already"
    CANNOT = "cannot"


@dataclass(frozen=True)
class Now:
    """What holds of one input at this moment: the rows that count."""

    codes: Sequence[Code] = ()
    outcome: Outcome | None = None
    assignment: Assignment | None = None
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
        else:
            told = self.block.name if self.block is not None else ""
        return f"{self.kind.words}: {told}"


@dataclass(frozen=True)
class Line:
    """What becomes of one input: `why` it cannot change, or the answer that it gets."""

    contribution: Contribution
    fate: Fate
    why: str = ""
    kind: OutcomeKind | None = None
    reason: str = ""


@dataclass(frozen=True)
class Preview:
    """What would change if it were done now, in three lists."""

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


def judge_inputs(inputs: Sequence[Contribution]) -> None:
    """Refuse to plan something with more inputs than are worked on at once."""
    if len(inputs) > AT_MOST:
        raise Conflict(
            _("You can do this with %(most)s contributions at once. Narrow the list with a filter.", most=AT_MOST)
        )


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
        raise Conflict(
            _("Somebody changed “%(name)s” since, so this cannot be undone as a whole.", name=name_of(contribution))
        )
