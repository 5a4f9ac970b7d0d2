"""Pure decisions about answers: who may sign one, when it may be published, and which ones a list asks for."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from consult.contributions.models import Contribution
from consult.foundation.errors import Conflict, NotAllowed, NotNow
from consult.foundation.language import N_, Worded
from consult.foundation.language import gettext as _
from consult.policy import Actor
from consult.rounds.models import Phase, PhaseKind, Round
from consult.synthesis.models import Outcome
from consult.synthesis.rules import holds_hidden, name_of

AT_ONCE = 200  # answers that are published together; so many can still be read through on one page


class Step(Worded):
    """Which answers a list holds."""

    TO_SIGN = "to_sign", N_("wait for a signature")
    TO_PUBLISH = "to_publish", N_("signed, to be published")
    PUBLIC = "public", N_("public")
    MISSING = "missing", N_("without an answer")
    OPEN = "open", N_("not answered in public")
    LEFT = "left", N_("overtaken by the decision")


FIELD = re.compile(r"\{([^{}]*)\}")
FIELDS: Mapping[str, str] = {
    "title": N_("the title of the contribution"),
    "name_of_round": N_("the name of the round"),
    "theme": N_("its themes"),
    "reference": N_("its number in the file"),
    "contact": N_("the contact person of the round"),
}


@dataclass(frozen=True)
class Filled:
    """A text block with its fields filled in for one input; `missing` names those for which nothing is known."""

    text: str
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reached:
    """How many people hear of some answers, each counted once: as writer, or because they follow it; and by letter."""

    writers: int = 0
    followers: int = 0
    letters: int = 0


def judge_signature(outcome: Outcome, contribution: Contribution, actor: Actor) -> None:
    """Refuse to sign what one wrote oneself, what was changed since it was read, and what cannot be answered now."""
    _judge(outcome, contribution)
    name = name_of(contribution)
    if outcome.signed_at is not None:
        raise Conflict(_("The answer to “%(name)s” was signed already. Look at the list again.", name=name))
    if actor.person_id is not None and actor.person_id == outcome.set_by_id:
        raise NotAllowed(_("You wrote the answer to “%(name)s”, so somebody else must sign it.", name=name))


def judge_publication(outcome: Outcome, contribution: Contribution) -> None:
    """Refuse to publish what was not signed, what was changed since it was read, and what is public already."""
    _judge(outcome, contribution)
    name = name_of(contribution)
    if outcome.signed_at is None:
        raise NotNow(_("The answer to “%(name)s” was not signed by a second person yet.", name=name))
    if outcome.published_at is not None:
        raise Conflict(_("The answer to “%(name)s” is public already. Look at the list again.", name=name))


def judge_room(public: Outcome, contribution: Contribution) -> None:
    """Refuse another answer where the one that is public became final with the decision."""
    if public.final_at is not None:
        name = name_of(contribution)
        raise Conflict(_("The decision was taken, so the answer to “%(name)s” that is public is final.", name=name))


def judge_left(outcome: Outcome, public: Outcome | None, contribution: Contribution) -> None:
    """Refuse to drop an answer that can still be published, or that somebody dropped or published meanwhile."""
    name = name_of(contribution)
    if outcome.replaced_at is not None or outcome.published_at is not None:
        raise Conflict(_("Somebody changed the answer to “%(name)s”. Read the new one first.", name=name))
    if public is None or public.final_at is None:
        raise NotNow(_("The answer to “%(name)s” was not overtaken: it can be signed and published.", name=name))


def _judge(outcome: Outcome, contribution: Contribution) -> None:
    name = name_of(contribution)
    if outcome.replaced_at is not None:
        raise Conflict(_("Somebody changed the answer to “%(name)s”. Read the new one first.", name=name))
    if not contribution.is_public:
        raise Conflict(_("“%(name)s” is not on the site now, so its answer has to wait.", name=name))
    if contribution.merged_into_id is not None:
        raise Conflict(_("“%(name)s” was merged, so it follows the answer of the one that replaces it.", name=name))
    if holds_hidden(outcome.reason, contribution):
        told = _("The answer to “%(name)s” repeats words that were taken away from it. Write it anew first.", name=name)
        raise Conflict(told)


def step_in(told: Mapping[str, str]) -> Step:
    """Read from an address which answers are asked for; those that wait for a signature where it makes no sense."""
    given = told.get("step", "")
    return Step(given) if given in set(Step) else Step.TO_SIGN


def ids_in(told: Iterable[str]) -> list[UUID] | None:
    """Read ids as an address or a form gives them, each once; None when one of them is no id."""
    try:
        return list({one: UUID(one) for one in told}.values())
    except ValueError:
        return None


def unknown_fields(text: str) -> list[str]:
    """Return what stands between braces in a text block and is no field."""
    return [name for name in FIELD.findall(text) if name not in FIELDS]


def filled(text: str, values: Mapping[str, str]) -> Filled:
    """Fill the fields of a text block; a field of which the value is empty is missing."""
    missing = dict.fromkeys(name for name in FIELD.findall(text) if not values.get(name, ""))
    return Filled(FIELD.sub(lambda found: values.get(found.group(1), ""), text), tuple(missing))


def values_for(contribution: Contribution, themes: Iterable[str], subject: Round) -> dict[str, str]:
    """Return what the fields of a text block become for one input; empty where nothing is known."""
    reach = (subject.contact_email, subject.contact_phone)
    contact = ", ".join(part for part in (subject.contact_name, *reach) if part)
    return {
        "title": contribution.title,
        "name_of_round": subject.title,
        "theme": ", ".join(themes),
        "reference": contribution.reference,
        "contact": contact,
    }


SOON = timedelta(days=14)  # so long before the term an answer is said to come due


def due_day(on_day: date | None, days: int | None, phases: Iterable[Phase]) -> date | None:
    """Return the last day on which answers are in time; None while nothing says when collecting closes."""
    if on_day is not None or days is None:
        return on_day
    closes = [phase.last_day for phase in phases if phase.kind is PhaseKind.COLLECT]
    return max(closes) + timedelta(days=days) if closes else None


def is_overdue(due: date | None, today: date) -> bool:
    """Say whether the term has passed: the last day itself is in time."""
    return due is not None and today > due


def is_soon(due: date | None, today: date) -> bool:
    """Say whether the term ends within two weeks and has not passed."""
    return due is not None and today <= due <= today + SOON
