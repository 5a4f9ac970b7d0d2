"""How a round is shown in short: its card, the one thing to do now, and its numbers in words."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from flask import url_for

from consult.contributions.models import ON_DRAFT, PUT_FORWARD, Contribution, Kind
from consult.foundation.language import N_, ngettext, number
from consult.foundation.language import day as whole_day
from consult.foundation.language import gettext as _
from consult.foundation.text import plain
from consult.pages.browsing import Numbers
from consult.pages.queries import Voted
from consult.pages.rules import Standing, last_closed, say_answer, standing
from consult.policy import Act, Actor, allows
from consult.proposals.models import Place, Unsent
from consult.review.frame import term
from consult.review.queries import find_term
from consult.rounds import rules
from consult.rounds.frame import phase_line
from consult.rounds.models import Level, Phase, PhaseKind, Round
from consult.synthesis.models import Outcome
from consult.synthesis.rules import reason_for
from consult.voting.models import Method
from consult.voting.rules import is_small

GOES_ON = {
    Place.PROPOSAL: "proposals.new_page",
    Place.EDIT: "proposals.edit_page",
    Place.ARGUMENT: "pages.proposal",
    Place.REPLY: "proposals.answer_page",
    Place.FORMAL_VIEW: "review.respond_page",
}
PROMISES = {
    Level.INFORM: N_("You hear in time what is going to happen. You cannot change it in this round."),
    Level.CONSULT: N_(
        "Everything that comes in is read, and you get an answer. The advice does not bind whoever decides."
    ),
    Level.ADVISE: N_("What people advise is followed, or it is explained why not."),
    Level.CO_PRODUCE: N_("The plan is written together with people who take part, within what is fixed."),
    Level.CO_DECIDE: N_("What comes out is carried out, within what is fixed."),
}
NOW = {
    PhaseKind.COLLECT: N_("You can send in proposals until the end of %(day)s."),
    PhaseKind.PRIORITISE: N_("You can say what you think of the proposals until the end of %(day)s."),
    PhaseKind.SYNTHESISE: N_(
        "Everything that came in is now being sorted and weighed, until %(day)s. You can read it all."
    ),
    PhaseKind.FEEDBACK: N_("Until %(day)s everybody hears what was done with what they brought in."),
    PhaseKind.DRAFT: N_("The draft is being written, until %(day)s. You can read everything that came in."),
    PhaseKind.FORMAL_REVIEW: N_("The draft can be viewed and answered formally until the end of %(day)s."),
    PhaseKind.ANSWER: N_("The formal views are being answered, until %(day)s."),
    PhaseKind.DECIDE: N_("The decision is being made, until %(day)s."),
    PhaseKind.EVALUATE: N_("How it went is being looked at, until %(day)s."),
    PhaseKind.PREPARE: N_("The round is being prepared, until %(day)s."),
}


def grouped(
    found: Sequence[Round], numbers: Mapping[uuid.UUID, Numbers], actor: Actor
) -> dict[str, list[dict[str, Any]]]:
    """Return the cards of rounds by how far they are, of the closed ones the last first; `phases` are loaded."""
    groups: dict[Standing, list[Round]] = {how_far: [] for how_far in Standing}
    for one in found:
        groups[standing(one, actor.arrived_at)].append(one)
    groups[Standing.CLOSED].sort(key=_ends_at, reverse=True)
    return {how_far.value: [card(one, numbers[one.id], actor) for one in some] for how_far, some in groups.items()}


def _ends_at(subject: Round) -> datetime:
    return max((phase.closes_at for phase in subject.phases), default=subject.created_at)


def whole(subject: Round, actor: Actor, numbers: Numbers, draft: int | None) -> dict[str, Any]:
    """Return what the page of a round needs beside its frame; phases and themes are loaded."""
    return {
        "said": said_of_now(subject, actor),
        "action": one_thing(subject, actor, numbers, draft),
        "promise": _(PROMISES[subject.level]),
        "numbers": numbers,
        "brought_in": count_words(numbers.kind, numbers.put_forward),
        "argued": _arguments(numbers.arguments),
        "positions": ngettext(
            "%(said)s position", "%(said)s positions", numbers.positions, said=number(numbers.positions)
        )
        if numbers.positions
        else "",
    }


def review(subject: Round, actor: Actor) -> dict[str, Any] | None:
    """Return where the term of the formal review is, for a round that has one; phases are loaded."""
    if not any(phase.kind is PhaseKind.FORMAL_REVIEW for phase in subject.phases):
        return None
    found = find_term(subject.id)
    return term(found, actor.arrived_at) if found is not None else None


def own(found: Sequence[Contribution], answers: Mapping[uuid.UUID, tuple[Outcome | None, int]]) -> list[dict[str, Any]]:
    """Return the rows of "my contributions", each with where it stands; `round` and `merged_into` are loaded."""
    return [_own(one, *answers.get(one.id, (None, 0))) for one in found]


def _own(told: Contribution, outcome: Outcome | None, places: int) -> dict[str, Any]:
    if told.merged_into is not None:
        last = _("Joined with “%(title)s”", title=told.merged_into.title)
    elif places:
        last = ngettext("Used in one paragraph of the draft", "Used in %(num)s paragraphs of the draft", places)
    elif outcome is not None:
        last = say_answer(outcome)
    else:
        last = told.state.words
    page = "pages.proposal" if told.kind in PUT_FORWARD else "pages.contribution"
    return {
        "title": told.title or plain(told.html)[:120],
        "language": told.language,
        "url": url_for(page, slug=told.round.slug, public_id=told.public_id),
        "trace": url_for("pages.contribution", slug=told.round.slug, public_id=told.public_id),
        "receipt": url_for("proposals.receipt", slug=told.round.slug, public_id=told.public_id),
        "last": last,
        "last_kind": "neutral" if told.is_public else "note",
        "kind": told.kind.words,
        "round": told.round,
        "at": told.received_at,
        "why": reason_for(outcome, told) if outcome is not None else "",
    }


def card(subject: Round, numbers: Numbers, actor: Actor) -> dict[str, Any]:
    """Return what the macro `round_card` shows of a round; `subject.phases` is loaded."""
    how_far = standing(subject, actor.arrived_at)
    line = phase_line(subject, actor.arrived_at)
    state = {Standing.NOW: "now", Standing.NEXT: "next", Standing.DRAFT: "next"}.get(how_far, "closed")
    return {
        "title": subject.title,
        "url": url_for("pages.round_page", slug=subject.slug),
        "question": subject.question if subject.question != subject.title else None,
        "words": line["words"],
        "state": state if state != "now" or rules.current(subject.phases, actor.arrived_at) else "next",
        "meta": [until(subject, actor), *brought_in(numbers)],
        "phases": line["phases"] if how_far is not Standing.CLOSED and len(subject.phases) > 1 else None,
        "action": to_do(subject, actor) if how_far is Standing.NOW and not actor.serves(subject.id) else None,
    }


def until(subject: Round, actor: Actor) -> str:
    """Say in full until which day the present phase is open, if one is."""
    now = rules.current(subject.phases, actor.arrived_at)
    return _("until the end of %(day)s", day=whole_day(now.last_day)) if now is not None else ""


def brought_in(numbers: Numbers) -> list[str]:
    """Say how much was brought in."""
    return [words for words in (count_words(numbers.kind, numbers.put_forward), _arguments(numbers.arguments)) if words]


def count_words(kind: Kind, count: int) -> str:
    """Say a number of proposals, statements or projects; nothing when there are none."""
    if not count:
        return ""
    said = number(count)
    if kind is Kind.STATEMENT:
        return ngettext("%(said)s statement", "%(said)s statements", count, said=said)
    if kind is Kind.PROJECT:
        return ngettext("%(said)s plan", "%(said)s plans", count, said=said)
    return ngettext("%(said)s proposal", "%(said)s proposals", count, said=said)


def _arguments(count: int) -> str:
    return ngettext("%(said)s argument", "%(said)s arguments", count, said=number(count)) if count else ""


def said_of_now(subject: Round, actor: Actor) -> str:
    """Say in a sentence what is going on in a round and until when; the answer that a visitor came for."""
    at = actor.arrived_at
    how_far = standing(subject, at)
    if how_far is Standing.DRAFT:
        return _("This round is being prepared. Only the people who work on it can see this page.")
    now, coming = rules.current(subject.phases, at), rules.coming(subject.phases, at)
    if now is not None:
        return _(NOW[now.kind], day=whole_day(now.last_day))
    if coming is not None:
        begins = {"phase": coming.name.lower(), "day": whole_day(coming.first_day)}
        if how_far is Standing.NEXT:
            return _("This round has not begun yet. It begins on %(day)s with: %(phase)s.", **begins)
        return _("There is nothing for you to do right now. On %(day)s this begins: %(phase)s.", **begins)
    last = last_closed(subject.phases, at)
    if how_far is Standing.CLOSED and last is not None:
        return _("This round ended on %(day)s. Everything in it can still be read.", day=whole_day(last.last_day))
    return _("The next step is late: it waits to be released.")


def one_thing(subject: Round, actor: Actor, numbers: Numbers, draft: int | None) -> dict[str, str] | None:
    """Return the one thing to do on a round's page now, as a label and where it leads."""
    if allows(Act.READ_QUEUE, actor, subject):
        if not subject.is_public and allows(Act.PREPARE_ROUND, actor, subject):
            return _link(_("Go on with the preparation"), "mandates.prepare", subject)
        return _link(_("Open the queue"), "moderation.queue", subject)
    return to_do(subject, actor) or _to_read(subject, actor, numbers, draft)


def to_do(subject: Round, actor: Actor) -> dict[str, str] | None:
    """Return what people can take part in now, if anything."""
    now = rules.current(subject.phases, actor.arrived_at)
    kind = now.kind if now is not None else None
    if kind is PhaseKind.COLLECT:
        return _link(_("Send in a proposal"), "proposals.new_page", subject)
    if kind is PhaseKind.PRIORITISE:
        return _link(_("Say what you think"), "voting.vote", subject)
    if kind is PhaseKind.FORMAL_REVIEW:
        return _link(_("Respond to the draft"), "review.page", subject)
    return None


def _to_read(subject: Round, actor: Actor, numbers: Numbers, draft: int | None) -> dict[str, str] | None:
    if draft is not None:
        return _link(_("Read the draft"), "synthesis.drafts", subject)
    if _has_voted(subject.phases, actor):
        return _link(_("See the outcome"), "pages.results", subject)
    return _link(_("Read the proposals"), "pages.proposals", subject) if numbers.put_forward else None


def _has_voted(phases: list[Phase], actor: Actor) -> bool:
    return any(p.kind is PhaseKind.PRIORITISE and (p.closed_at or actor.arrived_at >= p.closes_at) for p in phases)


def _link(label: str, endpoint: str, subject: Round) -> dict[str, str]:
    return {"label": label, "url": url_for(endpoint, slug=subject.slug)}


def author_of(told: Contribution) -> str:
    """Return the name of the organisation, or the one that the author chose for others to see.

    Whoever wrote a letter or called chose none. `author` and `organisation` are loaded.
    """
    if told.organisation is not None:
        return told.organisation.name
    if told.author is None:
        return ""
    return told.author.name if told.author.account_id is not None else _("a resident")


def waiting(unsent: Unsent, subject: Round, about: Contribution | None) -> dict[str, Any]:
    """Return a row of what somebody wrote and did not send: how it begins, where it belongs, and where to go on."""
    text = unsent.fields.get("title") or unsent.fields.get("text") or ""
    address: dict[str, Any] = {"slug": subject.slug, "public_id": about.public_id if about is not None else None}
    return {
        "title": text if len(text) <= 80 else f"{text[:79].rstrip()}…",
        "url": url_for(GOES_ON[unsent.place], **address, _anchor="give" if unsent.place is Place.ARGUMENT else None),
        "discard_url": url_for("proposals.discard", unsent_id=unsent.id),
        "place": unsent.place.words,
        "round": subject,
        "at": unsent.saved_at,
    }


def tab_of(contribution: Contribution) -> str:
    """Return under which link of its round something stands that somebody brought in."""
    if contribution.kind in ON_DRAFT:
        return "draft"
    return "positions" if contribution.kind is Kind.POSITION else "proposals"


def writers_of(told: Contribution) -> str:
    """Return the names of the author and of those who write along; `author` and `co_authors` are loaded."""
    along = [one.person.name or _("a resident") for one in told.co_authors]
    return _("%(first)s with %(others)s", first=author_of(told), others=_and(along)) if along else author_of(told)


def _and(names: Sequence[str]) -> str:
    """Say names in a row."""
    *most, last = names
    return _("%(some)s and %(last)s", some=", ".join(most), last=last) if most else last


def words_of_votes(voted: Voted) -> str:
    """Say in a line how one contribution was voted on."""
    if not voted.stands:
        return _("Voted on together with what it was joined with")
    counts = voted.counts
    if is_small(voted.method, counts, voted.parts):
        return _("Voted on by too few people to show")
    if voted.method is Method.SUPPORT:
        told = {"for_": counts["for"], "neutral": counts["neutral"], "against": counts["against"]}
        return _("Voted on: %(for_)s for, %(neutral)s neutral, %(against)s against", **told)
    if voted.method is Method.STATEMENTS:
        told = {"agree": counts["agree"], "pass_": counts["pass"], "disagree": counts["disagree"]}
        return _("Voted on: %(agree)s agree, %(pass_)s pass, %(disagree)s disagree", **told)
    return _("Voted on: %(votes)s votes", votes=number(counts.get("votes", sum(counts.values()))))
