"""Pure decisions: how often somebody may bring something in, and what changed between two texts."""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import zip_longest

from consult.contributions.models import Contribution, Version
from consult.contributions.passages import Said, face
from consult.foundation.errors import NotNow
from consult.foundation.language import gettext as _
from consult.foundation.text import COMPARED, steps
from consult.policy import Act
from consult.rounds.models import PHASE_ACTS, Phase
from consult.rounds.rules import coming, current, judge

Piece = tuple[str, str]  # ("same" | "added" | "removed", words)

STRETCH = timedelta(hours=1)
PROPOSALS_AN_HOUR = 10
ARGUMENTS_AN_HOUR = 30


def changes(before: str, after: str) -> list[list[Piece]]:
    """Return what changed from one text to the next, paragraph by paragraph and within those word by word.

    The more there is to compare, the coarser: together all paragraphs cost no more than one long one.

    Leaving out what was added gives the paragraphs of `before`, leaving out what was removed those of `after`.
    """
    return [list(_joined(pieces)) for pieces in _paragraphs(_split(before), _split(after))]


def shown_to_all(versions: Sequence[Version], published_at: datetime | None) -> list[Version]:
    """Return the versions that stood since a moderator last published the text; `versions` come newest first.

    What was replaced before that may be the very reason why it was held, so it stays between author and staff.
    """
    if published_at is None:
        return list(versions)
    replaced = [None, *(version.written_at for version in versions)]
    return [v for v, until in zip(versions, replaced, strict=False) if until is None or until > published_at]


def without_hidden(version: Version, contribution: Contribution) -> Version:
    """Return a version as readers get it, apart from the session: without the passages that moderators took away."""
    told = {"contribution_id": version.contribution_id, "number": version.number, "written_at": version.written_at}
    return Version(**told, **vars(face(Said(version.title, version.text, version.html), contribution)))


def differences(before: Version | None, after: Version) -> list[list[Piece]]:
    """Return what changed in the text from one version to the next; of the first one everything is as it was."""
    return changes(before.text if before is not None else after.text, after.text)


def _split(text: str) -> list[str]:
    return [part.strip() for part in re.split(r"\n\s*\n", text) if part.strip()]


def _paragraphs(before: list[str], after: list[str]) -> Iterator[list[Piece]]:
    found = steps(before, after)
    changed = sum(min(i2 - i1, j2 - j1) for kind, i1, i2, j1, j2 in found if kind != "equal")
    for kind, i1, i2, j1, j2 in found:
        if kind == "equal":
            yield from ([("same", part)] for part in before[i1:i2])
        else:
            for old, new in zip_longest(before[i1:i2], after[j1:j2], fillvalue=""):
                yield list(_words(old, new, COMPARED // max(changed, 1)))


def _words(before: str, after: str, most: int) -> Iterator[Piece]:
    old, new = re.findall(r"\s+|\S+", before), re.findall(r"\s+|\S+", after)
    for kind, i1, i2, j1, j2 in steps(old, new, most):
        if kind == "equal":
            yield "same", "".join(old[i1:i2])
            continue
        if i1 < i2:
            yield "removed", "".join(old[i1:i2])
        if j1 < j2:
            yield "added", "".join(new[j1:j2])


def _joined(pieces: Sequence[Piece]) -> Iterator[Piece]:
    """Take a lone space between two changes into both, so that a rewritten sentence reads as one change."""
    rest, removed, added = list(pieces), "", ""
    for place, (kind, words) in enumerate(rest):
        between = kind == "same" and not words.strip() and 0 < place < len(rest) - 1
        if kind == "removed" or between:
            removed += words
        if kind == "added" or between:
            added += words
        if kind == "same" and not between:
            yield from _both(removed, added)
            removed = added = ""
            yield "same", words
    yield from _both(removed, added)


def _both(removed: str, added: str) -> Iterator[Piece]:
    if removed:
        yield "removed", removed
    if added:
        yield "added", added


def closed_because(phases: Sequence[Phase], act: Act, at: datetime) -> str:
    """Say why an act is not possible at a moment, with the dates; nothing when it is."""
    fitting = [phase for phase in phases if phase.kind in PHASE_ACTS[act]]
    if not fitting:
        return _("This round has no phase for this.")
    try:
        judge(current(fitting, at) or coming(fitting, at) or fitting[-1], at)
    except NotNow as refusal:
        return refusal.sentence
    return ""
