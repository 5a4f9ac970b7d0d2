"""How codes, passages, suggestions, agreement and versions of the frame are shown on the pages of this room."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from flask import url_for

from consult.coding import passages, queries, rules
from consult.coding.double import Difference, Measured, Sample
from consult.coding.models import Double, FrameVersion, Suggestion
from consult.coding.rules import Shown
from consult.coding.versions import list_names
from consult.contributions.models import Contribution
from consult.foundation.anchors import Fate
from consult.foundation.language import gettext as _
from consult.foundation.language import ngettext, number
from consult.foundation.paging import Page
from consult.foundation.text import plain
from consult.rounds.models import Round, Theme

LONGEST_SHOWN = 240


def stands_words(one: Shown) -> tuple[str, str]:
    """Say what became of the words of a passage since it was coded, and how that is marked."""
    like = percent(one.anchor.alike)
    return {
        Fate.KEPT: (_("kept"), "done"),
        Fate.MOVED: (_("moved"), "action"),
        Fate.CHANGED: (_("changed: %(percent)s of the words are the same", percent=like), "note"),
        Fate.GONE: (_("gone"), "against"),
    }[one.anchor.fate]


def on_input(contribution: Contribution, coded: Sequence[queries.Coded], double: Double | None) -> dict[str, Any]:
    """Return how one input is coded, what a machine suggests for it, and how its second coding compares."""
    given = queries.list_suggestions(contribution.id)
    known = queries.list_named([one for told, is_open in given if is_open for one in told.because])
    return {
        "codings": codings(coded, queries.shown_passages(contribution, coded)),
        "suggestions": [suggestion(one, known, contribution) for one, is_open in given if is_open],
        "decided": [(one, method_words(one)) for one, _is_open in given if one.decided_at is not None],
        "double": double if double is not None and double.coded_at is not None else None,
    }


def codings(coded: Sequence[queries.Coded], shown: Sequence[Shown]) -> list[dict[str, Any]]:
    """Return the codes of an input: how each theme is called and was called then, and its passages."""
    names = list_names([one.code.theme_id for one in coded])
    return [
        {
            "theme": one.code.theme,
            "then": rules.name_then(names, one.code),
            "passages": [passage(found) for found in shown if found.theme.id == one.code.theme_id],
        }
        for one in coded
    ]


def passage(one: Shown) -> dict[str, Any]:
    """Return a passage with its words now, or, when they are gone, those that it was coded with."""
    words, kind = stands_words(one)
    text = one.words or one.quote or _("words that were taken away")
    return {"id": one.id, "text": _short(text), "stands": words, "kind": kind, "theme": one.theme}


def method_words(one: Suggestion) -> str:
    """Say by which method, and which version of it, a suggestion was made."""
    name = _("coded contributions that are most alike") if one.method == rules.METHOD else one.method
    return f"{name}, {_('version %(number)s', number=one.method_version)}"


def suggestion(one: Suggestion, known: Mapping[str, Contribution], contribution: Contribution) -> dict[str, Any]:
    """Return a suggestion: the theme, how strong it is, from which inputs it comes, and how it was made."""
    sources = [known[told] for told in one.because if told in known and known[told].is_public]
    told = one.parameters
    how = _(
        "%(nearest)s nearest, together for at least %(share)s, at most %(most)s themes",
        nearest=told["nearest"],
        share=percent(told["share"]),
        most=told["most"],
    )
    slug = contribution.round.slug
    return {
        "id": one.id,
        "theme": one.theme,
        "percent": percent(one.score),
        "how": f"{method_words(one)}: {how}",
        "sources": [
            {"name": _called(told), "url": url_for("synthesis.weigh_page", slug=slug, public_id=told.public_id)}
            for told in sources
        ],
    }


def sentence_choices(contribution: Contribution) -> list[tuple[str, str]]:
    """Return the sentences of an input with their numbers, to tick."""
    return [(str(n), one) for n, one in enumerate(passages.sentences(contribution.html))]


def percent(share: float) -> str:
    """Say a share, from 0 to 1, in whole percents."""
    return f"{round(100 * share)} %"


def kappa_words(found: float | None) -> str:
    """Say a kappa in two decimals, or that it has no meaning here."""
    return number(round(found, 2)) if found is not None else _("undefined")


def in_short(found: Measured) -> dict[str, Any]:
    """Return how well two coders agree, for the coding list."""
    told = {"percent": percent(found.same / found.inputs) if found.inputs else "", "kappa": kappa_words(found.kappa)}
    words = ngettext(
        "One contribution was coded twice: the same %(percent)s of the time, kappa %(kappa)s.",
        "%(num)s contributions were coded twice: the same %(percent)s of the time, kappa %(kappa)s.",
        found.inputs,
        **told,
    )
    return {
        "inputs": found.inputs,
        "kappa": told["kappa"],
        "words": words,
        "is_low": found.kappa is not None and found.kappa < rules.TALK_BELOW,
    }


def double_page(
    subject: Round, sample: Sample, found: Measured, waiting: Mapping[str, int], page: Page[Difference]
) -> dict[str, Any]:
    """Return what the page on double coding shows: the sample, the agreement per theme, and what differs."""
    drawn = ngettext(
        "%(drawn)s of one coded contribution was drawn.",
        "%(drawn)s of %(num)s coded contributions were drawn.",
        sample.coded,
        drawn=sample.drawn,
    )
    same = ngettext(
        "Of one contribution that was coded twice: %(same)s the same.",
        "Of %(num)s contributions that were coded twice: %(same)s the same.",
        found.inputs,
        same=found.same,
    )
    return {
        "sample": sample,
        "sample_words": drawn,
        "same_words": same,
        "waiting": waiting,
        "short": in_short(found),
        "bar": number(rules.TALK_BELOW),
        "per_theme": [
            {
                "name": theme.name,
                "both": told.both,
                "first": told.first,
                "second": told.second,
                "percent": percent(told.observed) if told.total else "",
                "kappa": kappa_words(told.kappa),
                "is_low": told.kappa is not None and told.kappa < rules.TALK_BELOW,
            }
            for theme, told in found.themes
        ],
        "differences": [difference(one, subject) for one in page.items],
        "pager_words": _("%(first)s to %(last)s of %(total)s", **_places(page)) if page.pages > 1 else "",
        "prev_url": _at(subject, page.before),
        "next_url": _at(subject, page.after),
    }


def _places(page: Page[Any]) -> dict[str, int]:
    return {"first": page.first, "last": page.last, "total": page.total}


def _at(subject: Round, number: int | None) -> str | None:
    return url_for("coding.double", slug=subject.slug, page=number) if number is not None else None


def difference(one: Difference, subject: Round) -> dict[str, Any]:
    """Return one input that two people coded otherwise, with what each gave and what was settled."""
    names = {str(theme.id): theme.name for theme in subject.themes}
    held = one.settlement
    return {
        "id": one.double.id,
        "name": _called(one.double.contribution),
        "first": named(one.double.first, names),
        "second": named(one.double.second, names),
        "second_by": one.second_by,
        "settled": named(held.themes, names) if held is not None else "",
        "reason": held.reason if held is not None else "",
        "settled_by": one.settled_by,
    }


def named(ids: Iterable[str], names: Mapping[str, str]) -> str:
    """Return the names of themes in one line, in the order of the frame."""
    held = set(ids)
    return ", ".join(name for one, name in names.items() if one in held) or _("no theme")


def task(one: Double) -> dict[str, Any]:
    """Return an input that somebody is to code a second time."""
    text = plain(one.contribution.html)
    return {"id": one.id, "name": _called(one.contribution), "text": _short(text) if one.contribution.title else ""}


def frames(versions: Sequence[FrameVersion]) -> dict[str, Any]:
    """Return the version of a frame that is being written, and those that were published, newest first."""
    return {
        "writing": next((one for one in versions if one.published_at is None), None),
        "published": [one for one in versions if one.published_at is not None],
    }


def theme_rows(themes: Iterable[Theme]) -> list[tuple[str, str, str]]:
    """Return code, name and meaning of the themes that are in use."""
    return [(one.code, one.name, one.meaning) for one in themes if one.retired_at is None]


def _called(contribution: Contribution) -> str:
    named = contribution.title or plain(contribution.html)[:80]
    return " ".join(part for part in (contribution.reference, named) if part)


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_SHOWN else text[:LONGEST_SHOWN].rsplit(" ", 1)[0] + "…"
