"""How remarks are shown: beside a paragraph, in a list of all of them, and to the team."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import url_for

from consult.contributions.models import Contribution, Kind
from consult.foundation.anchors import Fate
from consult.foundation.language import gettext as _
from consult.foundation.language import ngettext, short_day
from consult.foundation.paging import Page
from consult.foundation.text import plain
from consult.policy import Actor
from consult.remarks.queries import Handled, Said
from consult.remarks.rules import NEW, Wanted, address_of, applied, is_reviewed, takes_remarks
from consult.rounds.models import Round
from consult.synthesis.frame import TAGS
from consult.synthesis.models import Carried, Draft
from consult.synthesis.rules import reason_for, shortened, why_of, wording_of

FATES = {Fate.KEPT: "neutral", Fate.MOVED: "note", Fate.CHANGED: "note", Fate.GONE: "against"}  # and how it is coloured


def said(one: Said, subject: Round, actor: Actor) -> dict[str, Any]:
    """Return one remark as everybody reads it."""
    contribution = one.contribution
    outcome = one.outcome
    return {
        "id": contribution.public_id,
        "kind": contribution.kind.words,
        "is_suggestion": contribution.kind is Kind.SUGGESTION,
        "takes_out": contribution.kind is Kind.SUGGESTION and not wording_of(contribution.text),
        "html": contribution.html,
        "language": contribution.language,
        "meta": [author_of(contribution), short_day(contribution.received_at), _made_on(one)],
        "waits": "" if contribution.is_public else contribution.state.words,
        "quote": one.remark.quote,
        "fate": fate_words(one.fate),
        "fate_kind": FATES.get(one.fate, "") if one.fate is not None else "",
        "now": one.found if one.fate is Fate.CHANGED and one.found != one.remark.quote else "",
        "answer": outcome.kind.words if outcome is not None else "",
        "answer_kind": TAGS.get(outcome.kind, "neutral") if outcome is not None else "",
        "reason": reason_for(outcome, contribution) if outcome is not None else "",
        "url": url_for("pages.contribution", slug=subject.slug, public_id=contribution.public_id),
        "is_own": actor.is_authenticated and _is_of(contribution, actor),
    }


def _is_of(contribution: Contribution, actor: Actor) -> bool:
    if contribution.organisation_id is not None:
        return contribution.organisation_id in actor.memberships
    return contribution.author_id == actor.person_id


def author_of(contribution: Contribution) -> str:
    """Return who says something of the draft; author and organisation are loaded."""
    if contribution.organisation is not None:
        return contribution.organisation.name
    return (contribution.author.name if contribution.author is not None else "") or _("a resident")


def fate_words(fate: Fate | None) -> str:
    """Say what became of the words that a remark on an earlier version is about."""
    words = {
        Fate.KEPT: _("these words stand unchanged"),
        Fate.MOVED: _("these words moved to here"),
        Fate.CHANGED: _("these words changed since"),
        Fate.GONE: _("these words are gone"),
    }
    return words[fate] if fate is not None else ""


def _made_on(one: Said) -> str:
    return _("on version %(number)s", number=one.made_on) if one.fate is not None else ""


def around(draft: Draft, newest: int, actor: Actor) -> dict[str, Any]:
    """Say whether people can react to a version now, and if not, what they can do instead."""
    phases, at = draft.round.phases, actor.arrived_at
    is_newest = draft.number == newest
    return {
        "takes": is_newest and takes_remarks(phases, at),
        "newest": newest if not is_newest else 0,
        "reviewed": is_reviewed(phases, at),
    }


def pager(page: Page[Said], endpoint: str, **told: Any) -> dict[str, Any]:
    """Return the way to the other pages of a list."""

    def at(number: int | None) -> str | None:
        more: dict[str, Any] = {"page": number} if number is not None and number > 1 else {}
        return url_for(endpoint, **told, **more) if number is not None else None

    words = {"first": page.first, "last": page.last, "total": page.total}
    return {
        "pager_words": _("%(first)s to %(last)s of %(total)s", **words) if page.pages > 1 else "",
        "prev_url": at(page.before),
        "next_url": at(page.after),
    }


def grouped(page: Page[Said], draft: Draft, actor: Actor) -> list[dict[str, Any]]:
    """Return a page of remarks with the place of each in the version; what lost its paragraph says so."""
    return [
        said(one, draft.round, actor)
        | {
            "place": url_for("remarks.paragraph", slug=draft.round.slug, number=draft.number, stable_id=one.stable_id)
            if one.stable_id is not None
            else ""
        }
        for one in page.items
    ]


# --- for the team ---


def rows(page: Page[Said], subject: Round, ahead: Sequence[Carried], names: Mapping[UUID, str]) -> list[dict[str, Any]]:
    """Return the rows of the team's list; `ahead` is where each would stand in the version that is being written."""
    places = {one.remark_id: one for one in ahead}
    return [_row(one, subject, places.get(one.contribution.id), names) for one in page.items]


def _row(one: Said, subject: Round, place: Carried | None, names: Mapping[UUID, str]) -> dict[str, Any]:
    contribution, outcome = one.contribution, one.outcome
    title = f"“{shortened(one.remark.quote, 80)}”" if one.remark.quote else _("The whole paragraph")
    codes = [(contribution.kind.words, "neutral")]
    if one.fate is not None:
        codes.append((fate_words(one.fate), FATES[one.fate]))
    if place is not None:
        codes.append((_("in the version being written: %(fate)s", fate=place.fate.words), FATES[place.fate]))
    codes.append((outcome.kind.words, TAGS.get(outcome.kind, "neutral")) if outcome else (_("no answer yet"), "note"))
    return {
        "id": contribution.public_id,
        "title": " ".join(part for part in (names.get(one.stable_id, "") if one.stable_id else "", title) if part),
        "url": url_for("remarks.work_page", slug=subject.slug, public_id=contribution.public_id),
        "meta": [author_of(contribution), short_day(contribution.received_at), _made_on(one)],
        "text": shortened(plain(contribution.html), 300),
        "codes": codes,
        "due": contribution.state.words if not contribution.is_public else "",
    }


def worked(handled: Handled) -> dict[str, Any]:
    """Return what the page shows on which a remark is worked into the version that is being written.

    `becomes` is what the paragraph would say; `is_done` whether the suggestion could be filled in by itself.
    """
    contribution, about, place = handled.remark.contribution, handled.paragraph, handled.place
    is_suggestion = contribution.kind is Kind.SUGGESTION
    becomes = None
    if is_suggestion and about is not None and place is not None and not contribution.hidden:
        words = place.found if handled.remark.quote else ""
        becomes = (
            applied(about.text, words, wording_of(contribution.text)) if words or not handled.remark.quote else None
        )
    return {
        "is_suggestion": is_suggestion,
        "wording": wording_of(contribution.text) if is_suggestion else "",
        "why": why_of(contribution.text) if is_suggestion else "",
        "author": author_of(contribution),
        "fate": fate_words(place.fate) if place is not None and handled.remark.draft_id != place.draft_id else "",
        "fate_kind": FATES[place.fate] if place is not None else "",
        "becomes": becomes if becomes is not None else about.text if about is not None else "",
        "is_done": becomes is not None,
        "reason": _("We used what you suggested in the next version of the draft.") if is_suggestion else "",
    }


def filters(draft: Draft, versions: list[Draft], wanted: Wanted) -> dict[str, Any]:
    """Return the filter bar of the team's list."""
    fates = [("", _("anything"), None), (NEW, _("said of this version"), None)]
    fates += [(one.value, fate_words(one), None) for one in Fate]
    kinds = [(one.value, one.words, None) for one in (Kind.REMARK, Kind.SUGGESTION)]
    told = address_of(wanted, draft.number)
    numbers = [(str(one.number), _("version %(number)s", number=one.number), None) for one in versions]
    shows = [
        ("", _("everything"), None),
        ("open", _("without an answer"), None),
        ("answered", _("with an answer"), None),
    ]
    return {
        "fields": [
            {"name": "q", "label": _("Search in the text"), "kind": "search", "value": wanted.words},
            _select("version", _("Version"), str(draft.number), numbers),
            _select("show", _("What is left to do"), wanted.show.value, shows),
            _select("kind", _("Kind"), told.get("kind", ""), [("", _("both"), None), *kinds]),
            _select("fate", _("What became of the words"), told.get("fate", ""), fates),
        ],
        "kept": told,
        "is_narrowed": wanted != Wanted(),
    }


def _select(name: str, label: str, value: str, options: list[tuple[str, str, None]]) -> dict[str, Any]:
    return {"name": name, "label": label, "kind": "select", "value": value, "options": options}


def total_words(count: int) -> str:
    """Say how many remarks a list holds."""
    return ngettext("One remark", "%(num)s remarks", count)
