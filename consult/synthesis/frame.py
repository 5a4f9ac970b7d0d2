"""How contributions, sources, filters and counts are shown on the pages of this room."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import url_for

from consult.contributions.models import ON_DRAFT, Contribution, Kind
from consult.foundation.errors import NotFound
from consult.foundation.language import gettext as _
from consult.foundation.language import ngettext, short_day
from consult.foundation.paging import Page
from consult.foundation.text import plain
from consult.landscape.models import StatementResult
from consult.landscape.rules import words_of
from consult.policy import Act, Actor
from consult.rounds.models import PHASE_ACTS, Round, Theme
from consult.rounds.rules import current
from consult.synthesis import telling
from consult.synthesis.models import Draft, OutcomeKind, Paragraph, SourceLink, VoteResult
from consult.synthesis.queries import NOBODY, Coverage, Show, Wanted, Weighed
from consult.synthesis.rules import advice_of, passage_of, shortened, wording_of

TAGS = {
    OutcomeKind.ADOPTED: "done",
    OutcomeKind.PARTLY: "done",
    OutcomeKind.NOT_ADOPTED: "against",
}


def provisional(subject: Round) -> str:
    """Say beside an outcome or a draft that it can still change."""
    return "" if subject.is_decided else _("provisional until the council decides")


def outcome_words(weighed: Weighed, subject: Round) -> str:
    """Say what becomes of a contribution, how far this answer is, and that it is provisional once it is public."""
    if weighed.becomes is None:
        return _("no outcome yet")
    if weighed.becomes is OutcomeKind.MERGED or weighed.outcome is None:
        return weighed.becomes.words
    how_far = weighed.outcome.step.words
    is_open = weighed.outcome.published_at is not None and weighed.outcome.final_at is None
    parts = (weighed.becomes.words, how_far, provisional(subject) if is_open else "")
    return ", ".join(part for part in parts if part)


def wanted_by(told: Mapping[str, str], viewer: Actor) -> Wanted:
    """Read from an address which contributions a list should hold; what makes no sense narrows nothing."""
    show, outcome = told.get("show", ""), told.get("outcome", "")
    return Wanted(
        show=Show(show) if show in set(Show) else Show.ALL,
        theme=told.get("theme", "")[:20],
        outcome=OutcomeKind(outcome) if outcome in set(OutcomeKind) else None,
        words=told.get("q", "").strip()[:100],
        with_arguments=told.get("arguments", "") == "1",
        who=_who_in(told.get("who", "")),
        viewer=viewer,
    )


def _who_in(given: str) -> str:
    """Read whose work is asked for: the id of a colleague, nobody, or everybody's where it makes no sense."""
    try:
        return given if given in {"", NOBODY} else str(UUID(given))
    except ValueError:
        return ""


def page_number(told: Mapping[str, str]) -> int:
    """Read from an address which page is asked for; the first where that makes no sense."""
    given = told.get("page", "")
    return max(1, int(given)) if given.isascii() and given.isdecimal() and len(given) < 7 else 1


def searched_in(told: Mapping[str, str]) -> dict[str, str]:
    """Return what an address says of the search for a source."""
    return {name: words for name in ("q", "theme") if (words := told.get(name, "").strip()[:100])}


def address_of(wanted: Wanted, page: int = 1) -> dict[str, Any]:
    """Return what stands in the address of a list, so that it survives each act."""
    told: dict[str, Any] = {
        "show": wanted.show.value,
        "theme": wanted.theme,
        "outcome": wanted.outcome.value if wanted.outcome is not None else "",
        "q": wanted.words,
        "arguments": "1" if wanted.with_arguments else "",
        "who": wanted.who,
        "page": page if page > 1 else "",
    }
    return {name: value for name, value in told.items() if value}


def work_frame(
    subject: Round, wanted: Wanted, page: Page[Weighed], picked: Collection[str], people: Mapping[UUID, str]
) -> dict[str, Any]:
    """Return what the coding list shows: rows, filters, the way to the other pages, and what the address keeps."""

    def at(number: int | None) -> str | None:
        if number is None:
            return None
        return url_for("workbench.coding", slug=subject.slug, **address_of(wanted, number))

    words = {"first": page.first, "last": page.last, "total": page.total}
    return {
        "rows": [work_row(weighed, subject, wanted, page.number, picked) for weighed in page.items],
        "fields": filter_fields(wanted, subject.themes, people),
        "active": active_filters(subject, wanted, people),
        "total_words": ngettext("%(num)s contribution", "%(num)s contributions", page.total),
        "pager_words": _("%(first)s to %(last)s of %(total)s", **words) if page.pages > 1 else "",
        "prev_url": at(page.before),
        "next_url": at(page.after),
        "kept": address_of(wanted, page.number),
    }


def work_row(weighed: Weighed, subject: Round, wanted: Wanted, number: int, picked: Collection[str]) -> dict[str, Any]:
    """Return one row of the coding list."""
    one = weighed.contribution
    where = url_for("synthesis.weigh_page", slug=subject.slug, public_id=one.public_id, **address_of(wanted, number))
    none = (_("yours to code a second time"), "now") if weighed.is_blind else (_("no theme yet"), "note")
    tags = [(theme.name, "action") for theme in weighed.themes] or [none]
    kind = TAGS.get(weighed.becomes, "neutral") if weighed.becomes is not None else "note"
    into = one.merged_into
    told = ngettext("%(num)s note", "%(num)s notes", weighed.notes) if weighed.notes else ""
    return {
        "id": one.public_id,
        "title": one.title or shortened(plain(one.html), 80),
        "url": where,
        "meta": [one.reference, one.kind.words, one.channel.words, short_day(one.received_at), told],
        "text": shortened(plain(one.html), 240),
        "codes": [*tags, (outcome_words(weighed, subject), kind)],
        "due": _("merged with “%(title)s”", title=shortened(into.title)) if into is not None else weighed.worked_on_by,
        "checked": one.public_id in picked,
    }


def filter_fields(wanted: Wanted, themes: Sequence[Theme], people: Mapping[UUID, str]) -> list[dict[str, Any]]:
    """Return the fields of the filter bar of the coding list."""
    shows = [
        (Show.ALL, _("everything")),
        (Show.UNCODED, _("without a theme")),
        (Show.SUGGESTED, _("with a suggested theme")),
        (Show.UNWEIGHED, _("without an outcome")),
        (Show.UNPLACED, _("adopted, but not in the draft")),
        (Show.OPEN, _("without a theme or an outcome")),
        (Show.DONE, _("with themes and an outcome")),
    ]
    who = [
        ("", _("anybody"), None),
        (NOBODY, _("nobody"), None),
        *((str(one), name, None) for one, name in people.items()),
    ]
    outcomes = [("", _("any outcome"), None), *((kind.value, kind.words, None) for kind in OutcomeKind)]
    return [
        {"name": "q", "label": _("Search in title and text"), "kind": "search", "value": wanted.words},
        _select(
            "show", _("What is left to do"), wanted.show.value, [(show.value, words, None) for show, words in shows]
        ),
        _select(
            "theme", _("Theme"), wanted.theme, [("", _("any theme"), None), *((t.code, t.name, None) for t in themes)]
        ),
        _select("who", _("Who works on it"), wanted.who, who),
        _select("outcome", _("Outcome"), wanted.outcome.value if wanted.outcome else "", outcomes),
        _select(
            "arguments",
            _("Arguments"),
            "1" if wanted.with_arguments else "",
            [("", _("left out"), None), ("1", _("shown too"), None)],
        ),
    ]


def _select(name: str, label: str, value: str, options: list[tuple[str, str, None]]) -> dict[str, Any]:
    return {"name": name, "label": label, "kind": "select", "value": value, "options": options}


def active_filters(subject: Round, wanted: Wanted, people: Mapping[UUID, str]) -> list[dict[str, str]]:
    """Return the filters in force as words, each with the address without it."""
    told = address_of(wanted)
    names = {
        option[0]: option[1]
        for field in filter_fields(wanted, subject.themes, people)
        for option in field.get("options", ())
        if option[0]
    }
    return [
        {
            "label": f"“{value}”" if name == "q" else names.get(str(value), str(value)),
            "url": url_for("workbench.coding", slug=subject.slug, **{k: v for k, v in told.items() if k != name}),
        }
        for name, value in told.items()
    ]


def tiles(subject: Round, covered: Coverage) -> list[dict[str, Any]]:
    """Return what is still to do, as counts that each open exactly their list."""
    list_url = "workbench.coding"
    slug = subject.slug
    return [
        {
            "count": covered.uncoded,
            "of": covered.inputs,
            "label": _("without a theme"),
            "url": url_for(list_url, slug=slug, show=Show.UNCODED.value),
        },
        {
            "count": covered.unweighed,
            "of": covered.inputs,
            "label": _("without an outcome"),
            "url": url_for(list_url, slug=slug, show=Show.UNWEIGHED.value),
        },
        {
            "count": covered.unplaced,
            "of": covered.to_place,
            "label": _("adopted, but not in the draft"),
            "url": url_for(list_url, slug=slug, show=Show.UNPLACED.value),
        },
        {
            "count": covered.bare,
            "of": covered.paragraphs,
            "label": _("paragraphs without a source"),
            "url": url_for("synthesis.draft_desk", slug=slug, show="bare"),
        },
    ]


def reactions(
    draft: Draft, versions: Sequence[Draft], counts: Mapping[UUID | None, int], at: datetime
) -> dict[str, Any]:
    """Return how many remarks stand beside each paragraph, and whether people can react to this version now.

    `lost` counts those of which the paragraph is gone.
    """
    now = current(draft.round.phases, at)
    is_newest = draft.number == max((one.number for one in versions if one.published_at is not None), default=0)
    return {
        "said": counts,
        "lost": counts.get(None, 0),
        "reacts": is_newest and now is not None and now.kind in PHASE_ACTS[Act.ADD_REMARK],
    }


def numbers_in(told: Mapping[str, str], versions: Sequence[Draft]) -> tuple[int, int]:
    """Read from an address which two versions to compare; the two newest where that makes no sense."""
    known = sorted(one.number for one in versions)
    chosen = [int(told[name]) for name in ("from", "to") if told.get(name, "") in {str(one) for one in known}]
    if len(set(chosen)) == 2:
        return chosen[0], chosen[1]
    if len(known) < 2:
        raise NotFound
    return known[-2], known[-1]


def sources_of(paragraph: Paragraph, subject: Round) -> list[dict[str, Any]]:
    """Return the sources of a paragraph for its margin, contributions first, by number; sources are loaded."""
    shown = [_source(link, subject) for link in paragraph.sources]
    return sorted(shown, key=lambda one: (one["is_fixed"], _natural(one["code"]), one["title"]))


def _source(link: SourceLink, subject: Round) -> dict[str, Any]:
    how = ": ".join(part for part in (link.use.words, link.note) if part)
    if link.statement_result is not None:
        return _thought(link, link.statement_result, subject)
    if link.vote_result is not None:
        return _vote(link, link.vote_result, subject)
    if link.advice is not None:
        return {"id": link.id, "code": "", "title": advice_of(link.advice), "url": "", "how": how, "is_fixed": False}
    rule, contribution = link.precondition, link.contribution
    if rule is not None:
        at = url_for("pages.round_page", slug=subject.slug)
        return {"id": link.id, "code": rule.code, "title": rule.title, "url": at, "how": _("fixed"), "is_fixed": True}
    assert contribution is not None  # the database demands one of them
    told = {"id": link.id, "code": contribution.reference, "is_fixed": False}
    if not contribution.is_public:
        return told | {
            "title": _("a contribution that is no longer public"),
            "url": "",
            "how": contribution.state.words,
        }
    url = url_for("pages.contribution", slug=subject.slug, public_id=contribution.public_id)
    words = passage_of(link, contribution)
    return told | {
        "title": _called(contribution),
        "language": contribution.language,
        "url": url,
        "how": _merged(how, contribution),
        "passage": words,
        "called": f"{contribution.reference} “{shortened(words.words)}”".lstrip() if words and words.words else "",
    }


def _thought(link: SourceLink, result: StatementResult, subject: Round) -> dict[str, Any]:
    """Return what people thought of a statement as a source: what it says, and what came of it."""
    one = result.contribution
    how = "; ".join(part for part in (link.use.words, link.note, words_of(result.told)) if part)
    return {
        "id": link.id,
        "code": _("opinions"),
        "title": shortened(one.text, 160) if one.is_public else _("a statement that is no longer public"),
        "language": one.language,
        "url": url_for("landscape.result", slug=subject.slug, result_id=result.id),
        "how": how,
        "is_fixed": False,
    }


def _vote(link: SourceLink, result: VoteResult, subject: Round) -> dict[str, Any]:
    """Return how an option came out of a vote as a source, as it was kept; all of the poll is on the results page."""
    one = result.contribution
    title = one.title if one.is_public else _("a text that is no longer public")
    came = f"{result.told['poll']}: {telling.words_of(result.told)}"
    return {
        "id": link.id,
        "code": _("result of a vote"),
        "title": title,
        "called": f"{_('result of a vote')} “{title}”",
        "language": one.language,
        "url": url_for("pages.results", slug=subject.slug),
        "how": "; ".join(part for part in (link.use.words, link.note, came) if part),
        "is_fixed": False,
    }


def _merged(how: str, contribution: Contribution) -> str:
    into = contribution.merged_into
    if into is None or not into.is_public:
        return how
    return "; ".join((how, _("merged with “%(title)s”", title=_called(into))))


def _called(contribution: Contribution) -> str:
    """Return how a source is called; who reacted to the draft itself is named with what they said."""
    wording = wording_of(contribution.text) if contribution.kind is Kind.SUGGESTION else ""
    called = contribution.title or shortened(wording or plain(contribution.html))
    if contribution.kind not in ON_DRAFT:
        return called
    body, author = contribution.organisation, contribution.author
    name = body.name if body is not None else (author.name if author is not None else "") or _("a resident")
    return _("%(name)s: %(text)s", name=name, text=called)


def _natural(code: str) -> tuple[str, int, str]:
    digits = "".join(c for c in code if c.isdigit())
    return code.rstrip("0123456789"), int(digits) if digits else 0, code
