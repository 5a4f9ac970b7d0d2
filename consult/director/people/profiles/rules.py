"""What a competence and a role profile are, what a profile still lacks, and how two profiles differ."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from consult.foundation.language import gettext as _

LEVELS = (1, 2, 3, 4)
MOST = 12  # competences in a frame, tasks and responsibilities in a profile


@dataclass(frozen=True)
class Competence:
    """Something people have to be able to do; `levels` are four sentences, each what is to be seen at that level."""

    code: str
    name: str
    levels: tuple[str, ...]
    is_key: bool = False

    def at(self, level: int) -> str:
        """Return what is to be seen at a level from 1 to 4."""
        return self.levels[level - 1]


@dataclass(frozen=True)
class Task:
    """What somebody does, with the codes of the competences and responsibilities that it takes."""

    text: str
    competences: tuple[str, ...]
    responsibilities: tuple[str, ...]


@dataclass(frozen=True)
class Profile:
    """A role: what it is for, what it does, answers for and may decide, and at which level it needs what."""

    purpose: str = ""
    mandate: str = ""
    tasks: tuple[Task, ...] = ()
    responsibilities: Mapping[str, str] | None = None
    needed: Mapping[str, int] | None = None

    @property
    def answers_for(self) -> Mapping[str, str]:
        """The responsibilities by their code, R1 first."""
        return self.responsibilities or {}

    @property
    def levels(self) -> Mapping[str, int]:
        """The level that is needed, by the code of the competence."""
        return self.needed or {}


def as_competences(told: Sequence[Competence]) -> dict[str, Any]:
    """Return competences as their table holds them."""
    return {"competences": [asdict(one) for one in told]}


def read_competences(told: Mapping[str, Any]) -> list[Competence]:
    """Read competences from what their table holds."""
    return [Competence(**{**one, "levels": tuple(one["levels"])}) for one in told.get("competences", ())]


def as_content(profile: Profile) -> dict[str, Any]:
    """Return a profile as its table holds it."""
    return asdict(profile)


def read_profile(told: Mapping[str, Any]) -> Profile:
    """Read a profile from what its table holds."""
    tasks = (Task(one["text"], tuple(one["competences"]), tuple(one["responsibilities"])) for one in told["tasks"])
    return Profile(**{**told, "tasks": tuple(tasks)})


def codes_in(typed: str) -> tuple[str, ...]:
    """Return the codes that somebody typed, in capitals and each once: "c1, C3" gives C1 and C3."""
    return tuple(dict.fromkeys(one.upper() for one in re.findall(r"\w+", typed)))


def lacks_of_frame(competences: Sequence[Competence]) -> list[str]:
    """Say in sentences what keeps a frame from being published."""
    told = []
    if not competences:
        told.append(_("Write at least one competence."))
    codes = [one.code for one in competences]
    told += [_("Two competences have the code %(code)s.", code=code) for code in codes if codes.count(code) > 1][:1]
    for one in competences:
        if not one.name or not all(one.levels):
            told.append(_("%(code)s needs a name and a sentence for each of the four levels.", code=one.code))
        elif len(set(one.levels)) < len(one.levels):
            told.append(_("Two levels of %(code)s say the same. Write what is to be seen at each.", code=one.code))
    return told


def lacks_of_profile(profile: Profile, competences: Sequence[Competence]) -> list[str]:
    """Say in sentences what a profile lacks: each task takes at least one competence and one responsibility."""
    known = {one.code for one in competences}
    told = [] if profile.purpose else [_("Write what this role is for.")]
    told += [] if profile.mandate else [_("Write what this role may decide alone.")]
    told += [] if profile.tasks else [_("Write at least one task.")]
    for number, task in enumerate(profile.tasks, start=1):
        told += _lacks_of_task(number, task, profile, known)
    if unknown := set(profile.levels) - known:
        told.append(_("The competence frame does not know %(codes)s.", codes=", ".join(sorted(unknown))))
    return told


def _lacks_of_task(number: int, task: Task, profile: Profile, known: set[str]) -> Iterator[str]:
    told = {"number": number}
    if not task.competences:
        yield _("Task %(number)s needs at least one competence.", **told)
    if not task.responsibilities:
        yield _("Task %(number)s needs at least one responsibility.", **told)
    if missing := [code for code in task.competences if code not in known]:
        yield _("Task %(number)s names %(code)s, which the competence frame does not know.", **told, code=missing[0])
    if missing := [code for code in task.responsibilities if code not in profile.answers_for]:
        yield _("Task %(number)s names %(code)s, which is no responsibility here.", **told, code=missing[0])
    if missing := [code for code in task.competences if code in known and code not in profile.levels]:
        yield _("Task %(number)s takes %(code)s. Choose the level that is needed.", **told, code=missing[0])


class Change(StrEnum):
    """How one item of a profile stands to another profile."""

    ADDED = "added"
    RAISED = "raised"
    UNCHANGED = "unchanged"


@dataclass(frozen=True)
class Item:
    """One task, competence or responsibility of the wanted profile; levels only for a competence."""

    text: str
    change: Change
    before: int | None = None
    level: int | None = None


@dataclass(frozen=True)
class Difference:
    """What a wanted profile asks beside the one of today."""

    tasks: tuple[Item, ...]
    competences: tuple[Item, ...]
    responsibilities: tuple[Item, ...]

    @property
    def groups(self) -> tuple[tuple[str, tuple[Item, ...]], ...]:
        """The three lists with what they are called."""
        return (
            (_("Tasks"), self.tasks),
            (_("Competences"), self.competences),
            (_("Responsibilities"), self.responsibilities),
        )

    def count(self, change: str) -> int:
        """Count the items that changed in a way, as `Change` calls it."""
        return sum(one.change == change for _name, items in self.groups for one in items)


def difference(today: Profile, wanted: Profile, names: Mapping[str, str]) -> Difference:
    """Say of each item of a wanted profile whether it is added, raised or unchanged beside the profile of today.

    Texts are the same where their words are, whatever their capitals and spaces. A competence of which less is
    asked than today is unchanged: nobody has to learn anything for it.
    """
    return Difference(
        tuple(_texts((one.text for one in today.tasks), (one.text for one in wanted.tasks))),
        tuple(_levels(today.levels, wanted.levels, names)),
        tuple(_texts(today.answers_for.values(), wanted.answers_for.values())),
    )


def _texts(today: Iterable[str], wanted: Iterable[str]) -> Iterator[Item]:
    known = {_bare(text) for text in today}
    for text in wanted:
        yield Item(text, Change.UNCHANGED if _bare(text) in known else Change.ADDED)


def _levels(today: Mapping[str, int], wanted: Mapping[str, int], names: Mapping[str, str]) -> Iterator[Item]:
    for code, level in wanted.items():
        before = today.get(code)
        grown = Change.RAISED if before is not None and level > before else Change.UNCHANGED
        change = Change.ADDED if before is None else grown
        yield Item(f"{code} {names.get(code, '')}".strip(), change, before, level)


def _bare(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))
