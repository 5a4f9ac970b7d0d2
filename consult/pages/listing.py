"""How proposals are shown: a list with its filter bar and pages, and one with what was said of it."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import url_for

from consult.contributions.models import Contribution, Kind, State
from consult.foundation.language import gettext as _
from consult.foundation.language import local, ngettext, number, short_day
from consult.foundation.paging import Page
from consult.foundation.text import plain
from consult.pages import browsing
from consult.pages.browsing import Listed, Listing
from consult.pages.cards import author_of, count_words, words_of_votes, writers_of
from consult.pages.queries import Around, Voted, list_around, list_voted
from consult.pages.rules import NO_ANSWER, Asked, Order, read_asked, read_order, read_page, seed_of
from consult.policy import Act, Actor, allows
from consult.proposals.models import Heard, Stance
from consult.proposals.queries import Said
from consult.rounds import rules as times
from consult.rounds.models import PHASE_ACTS, Round
from consult.synthesis.models import Outcome, OutcomeKind
from consult.synthesis.rules import reason_for
from consult.voting.models import Method, Option
from consult.voting.queries import find_lack, list_options_of, own_marks
from consult.voting.rules import CHOICES

EXCERPT = 600  # so much of a text is enough for a list
COLOURS = {
    OutcomeKind.ADOPTED: "done",
    OutcomeKind.PARTLY: "done",
    OutcomeKind.NOT_ADOPTED: "against",
    OutcomeKind.FORWARDED: "action",
    OutcomeKind.CHALLENGE: "action",
}


def read(sent: Mapping[str, Sequence[str]], subject: Round, areas: Mapping[str, str], actor: Actor) -> Asked:
    """Read what was asked of the list of a round; `subject.themes` is loaded. Refused as `read_asked` says."""
    today = seed_of(local(actor.arrived_at).date(), subject.slug)
    codes = [theme.code for theme in subject.themes]
    return read_asked(sent, themes=codes, areas=areas, day_seed=today, orders=_orders(subject))


def _orders(subject: Round) -> list[Order]:
    """Return the orders that a list offers: by support only once the counts of a poll are public."""
    return [order for order in Order if order is not Order.SUPPORTED or browsing.is_counted(subject)]


def shown(subject: Round, areas: Mapping[str, str], asked: Asked, found: Listing, actor: Actor) -> dict[str, Any]:
    """Return what the page of the list needs."""

    def address(**changed: str | int | None) -> str:
        told: dict[str, Any] = asked.arguments(**changed)
        return url_for("pages.proposals", slug=subject.slug, **told)

    themes = {theme.id: theme.name for theme in subject.themes}
    return {
        "asked": asked,
        "found": found,
        "rows": [_row(row, subject.slug, areas, themes) for row in found.items],
        "fields": _fields(subject, areas, asked),
        "hidden": {"seed": asked.seed} if asked.order is Order.MIXED else {},
        "active": _active(subject, areas, asked, address),
        "may_submit": may(subject, Act.SUBMIT_PROPOSAL, actor),
        "may_vote": may(subject, Act.CAST_VOTE, actor),
        "clear_url": url_for("pages.proposals", slug=subject.slug),
        "total": count_words(found.kind, found.total) if found.total else "",
        "place": _place(found),
        "prev_url": address(page=found.before if found.before and found.before > 1 else None) if found.before else None,
        "next_url": address(page=found.after, after=str(found.next_after)) if found.after else None,
    }


def _row(row: Listed, slug: str, areas: Mapping[str, str], themes: Mapping[Any, str]) -> dict[str, Any]:
    url = url_for("pages.proposal", slug=slug, public_id=row.public_id)
    into = None
    if row.into_id is not None:
        into = {"title": row.into_title, "url": url_for("pages.proposal", slug=slug, public_id=row.into_id)}
    text = plain(row.html[:EXCERPT])
    meta: list[Any] = [row.reference, areas.get(row.area_code or ""), themes.get(row.theme_id)]
    if row.arguments:
        said = ngettext("%(said)s argument", "%(said)s arguments", row.arguments, said=number(row.arguments))
        meta.append({"text": said, "url": f"{url}#arguments"})
    return {
        "title": row.title or _shortened(text),
        "url": url,
        "text": text if text != row.title else None,
        "meta": [item for item in meta if item],
        "state": row.outcome.words if row.outcome else None,
        "state_kind": COLOURS.get(row.outcome, "neutral") if row.outcome else "neutral",
        "merged_into": into,
        "language": row.language,
    }


def called(told: Contribution) -> str:
    """Return what a contribution is called: its title, or how its text begins."""
    return told.title or _shortened(plain(told.html[:EXCERPT]))


def _shortened(text: str) -> str:
    return text if len(text) <= 140 else f"{text[:139].rstrip()}…"


def _fields(subject: Round, areas: Mapping[str, str], asked: Asked) -> list[dict[str, Any]]:
    anything = ("", _("all"), None)
    fields: list[dict[str, Any]] = [{"name": "q", "label": _("Search"), "kind": "search", "value": asked.words}]
    if subject.themes:
        options = [anything, *((theme.code, theme.name, None) for theme in subject.themes)]
        fields.append({"name": "theme", "label": _("Theme"), "value": asked.theme, "options": options})
    if areas:
        options = [anything, *((code, name, None) for code, name in areas.items())]
        fields.append({"name": "area", "label": _("Neighbourhood"), "value": asked.area, "options": options})
    answers = [(kind.value, kind.words, None) for kind in OutcomeKind if kind is not OutcomeKind.MERGED]
    options = [anything, (NO_ANSWER, _("no answer yet"), None), *answers]
    fields.append({"name": "outcome", "label": _("Answer"), "value": asked.outcome, "options": options})
    orders = [(order.value if order is not Order.MIXED else "", order.words, None) for order in _orders(subject)]
    value = "" if asked.order is Order.MIXED else asked.order.value
    fields.append({"name": "order", "label": _("Order"), "value": value, "options": orders})
    return fields


def _active(subject: Round, areas: Mapping[str, str], asked: Asked, address: Any) -> list[dict[str, str]]:
    words = {
        "q": f"“{asked.words}”" if asked.words else "",
        "theme": next((theme.name for theme in subject.themes if theme.code == asked.theme), ""),
        "area": areas.get(asked.area, ""),
        "outcome": _answer(asked.outcome),
    }
    return [{"label": label, "url": address(**{name: None})} for name, label in words.items() if label]


def _answer(value: str) -> str:
    if not value:
        return ""
    return _("no answer yet") if value == NO_ANSWER else OutcomeKind(value).words


def _place(found: Listing) -> str:
    if found.total <= found.per_page:
        return ""
    told = {"first": number(found.first), "last": number(found.last), "total": number(found.total)}
    return _("%(first)s to %(last)s of %(total)s", **told)


def read_heard(sent: Mapping[str, Sequence[str]]) -> tuple[Heard, int]:
    """Read in which order and which page of arguments was asked. Refused when it is none that the page offers."""
    return read_order(sent.get("arguments", ()), Heard, Heard.OLDEST), read_page(sent.get("page", ()))


def one(contribution: Contribution, heard: Page[Said], order: Heard, actor: Actor) -> dict[str, Any]:
    """Return what the page of one proposal needs; its round, with phases and themes, and its author are loaded."""
    around = list_around(contribution)
    subject, at = contribution.round, actor.arrived_at
    themes = [theme.name for theme in subject.themes if theme.id in around.theme_ids]
    options = list_options_of(contribution.id) if _takes(subject, Act.CAST_VOTE, at) else []
    return {
        "contribution": contribution,
        "meta": [
            contribution.reference,
            writers_of(contribution),
            around.area,
            *themes,
            contribution.channel.words if contribution.entered_by_id else None,
            short_day(contribution.received_at),
        ],
        "outcome": around.outcome,
        "state": _state(contribution, around),
        "said": {
            stance.value: [_said(said, subject, actor) for said in heard.items if said.argument.stance is stance]
            for stance in Stance
        },
        "heard": heard,
        "orders": [{"words": one.words, "url": _heard_at(contribution, one), "is_now": one is order} for one in Heard],
        "earlier_url": _heard_at(contribution, order, heard.before) if heard.before else None,
        "later_url": _heard_at(contribution, order, heard.after) if heard.after else None,
        "can_argue": may(subject, Act.ADD_ARGUMENT, actor) and contribution.stands,
        "votes": [_vote(option, actor) for option in options if option.stands and option.poll.method is Method.SUPPORT],
        "can_edit": _takes(subject, Act.EDIT_PROPOSAL, at) and _is_editable(contribution, actor),
        "steps": _short_trace(contribution, around),
        "noun": contribution.kind.words,
        "is_proposal": contribution.kind is Kind.PROPOSAL,
    }


def may(subject: Round, act: Act, actor: Actor) -> bool:
    """Say whether the actor can do this now; somebody who can after signing in is asked to do that."""
    return _takes(subject, act, actor.arrived_at) and (actor.is_anonymous or allows(act, actor, subject))


def _takes(subject: Round, act: Act, at: Any) -> bool:
    return any(times.takes(phase, at) for phase in subject.phases if phase.kind in PHASE_ACTS[act])


def _is_editable(contribution: Contribution, actor: Actor) -> bool:
    return (
        allows(Act.EDIT_PROPOSAL, actor, contribution)
        and contribution.state in {State.HELD, State.PUBLISHED}
        and contribution.merged_into_id is None
        and contribution.kind is Kind.PROPOSAL
    )


def _state(contribution: Contribution, around: Around) -> tuple[str, str]:
    if not contribution.is_public:
        return contribution.state.words, "note"
    if contribution.merged_into_id is not None:
        return _("joined with another one"), "neutral"
    if around.outcome is not None:
        return around.outcome.kind.words, COLOURS.get(around.outcome.kind, "neutral")
    return "", "neutral"


def _heard_at(contribution: Contribution, order: Heard, page: int = 1) -> str:
    """Return the address of a page of arguments in an order; what is usual is left out."""
    told: dict[str, Any] = {"arguments": order.value if order is not Heard.OLDEST else None}
    told["page"] = page if page > 1 else None
    slug, public_id = contribution.round.slug, contribution.public_id
    return url_for("pages.proposal", slug=slug, public_id=public_id, _anchor="arguments", **told)


def _said(said: Said, subject: Round, actor: Actor) -> dict[str, Any]:
    """Return what is shown of one argument: its words, what answers it, and what the reader can do with it."""
    told = said.argument.contribution
    address: dict[str, Any] = {"slug": subject.slug, "public_id": told.public_id}
    waits = told.state.words if not told.is_public else None
    is_own = actor.is_authenticated and told.author_id == actor.person_id
    takes = told.is_public and may(subject, Act.ADD_ARGUMENT, actor)
    trace = {"text": short_day(told.received_at), "url": url_for("pages.contribution", **address)}
    return {
        "id": f"a-{told.public_id}",
        "text": plain(told.html),
        "language": told.language,
        "meta": [waits, author_of(told), trace],
        "helpful": said.helpful,
        "is_marked": said.is_marked,
        "mark_url": url_for("proposals.helpful", **address) if takes and not is_own else None,
        "answer_url": url_for("proposals.answer_page", **address) if takes and not said.argument.answers_id else None,
        "report_url": url_for("moderation.report_page", **address) if told.is_public and not is_own else None,
        "answers": [_said(answer, subject, actor) for answer in said.answers],
    }


def _vote(option: Option, actor: Actor) -> dict[str, Any]:
    """Return the box in which the actor says what they think; `option.poll` is loaded with its phase."""
    can = actor.is_anonymous or allows(Act.CAST_VOTE, actor, option)
    value = own_marks(option.poll, actor).get(option.id) if actor.is_authenticated and can else None
    return {
        "option": option,
        "choice": CHOICES[value].value if value is not None else None,
        "may": can,
        "lack": find_lack(option.poll, actor) if can else None,
        "until": option.poll.phase.last_day,
    }


def _short_trace(contribution: Contribution, around: Around) -> list[dict[str, Any]]:
    """Return the way in short: received, what became of it, where it is used; the whole way has a page of its own."""
    received = _("Received %(channel)s", channel=contribution.channel.words)
    steps: list[dict[str, Any]] = [{"text": received, "at": contribution.received_at}]
    if contribution.merged_into is not None:
        steps.append({"text": _("Joined with “%(title)s”", title=called(contribution.merged_into))})
    url = url_for("pages.results", slug=contribution.round.slug)
    steps += [{"text": words_of_votes(voted), "at": voted.closes_at, "url": url} for voted in _votes_on(contribution)]
    if around.outcome is not None:
        steps.append(_answered(around.outcome, contribution))
    if around.places:
        words = ngettext("Used in one paragraph of the draft", "Used in %(num)s paragraphs of the draft", around.places)
        steps.append({"text": words})
    return steps


def _votes_on(contribution: Contribution) -> list[Voted]:
    closed = any(p.closed_at for p in contribution.round.phases if p.kind in PHASE_ACTS[Act.CAST_VOTE])
    return list_voted(contribution.id) if closed else []


def _answered(outcome: Outcome, contribution: Contribution) -> dict[str, Any]:
    kind, is_decided = outcome.kind.words, contribution.round.is_decided
    words = _("Answer: %(kind)s", kind=kind) if is_decided else _("Provisional answer: %(kind)s", kind=kind)
    return {"text": words, "at": outcome.published_at, "why": reason_for(outcome, contribution)}
