"""How positions are shown: a table of organisations and themes, one position with who signs, and its changes."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import url_for

from consult.contributions.queries import list_attachments
from consult.contributions.rules import reads_whole
from consult.foundation.language import gettext as _
from consult.foundation.language import local, ngettext
from consult.foundation.paging import Page
from consult.participants.models import Organisation
from consult.participants.queries import list_memberships
from consult.policy import Act, Actor, MemberDuty, allows
from consult.positions import queries, rules
from consult.positions.models import CoSign, Position, PositionDraft, PositionTheme, PositionVersion
from consult.positions.queries import Listed, Writing
from consult.proposals.queries import list_readable_versions
from consult.proposals.rules import Piece, changes, closed_because
from consult.rounds.models import Round, RoundState, Theme

KINDS = {2: "for", 1: "for", 0: "neutral", -1: "against", -2: "against"}  # how a stance is coloured, beside its words


def stance(value: int) -> dict[str, Any]:
    """Return a stance in words, with its number and the kind of its colour."""
    number = f"{value:+d}".replace("-", "\N{MINUS SIGN}") if value else "0"
    return {"words": _(rules.STANCES[value]), "number": number, "kind": KINDS[value]}


def weight(value: int) -> dict[str, Any]:
    """Return a weight in words, with its number."""
    return {"words": _(rules.WEIGHTS[value]), "number": value}


def said(row: PositionTheme | None) -> dict[str, Any] | None:
    """Return what a version says of a theme; nothing where it takes no stance."""
    return {"stance": stance(row.stance), "weight": weight(row.weight), "html": row.html} if row is not None else None


def table(subject: Round, page: Page[Listed], sort: str) -> dict[str, Any]:
    """Return the table of a round's positions: its themes with a statement, and a row for each organisation."""
    themes = rules.takes_stance(subject.themes)

    def address(**changed: Any) -> str:
        told = {"sort": sort if sort != rules.BY_NAME else None, **changed}
        return url_for("positions.listing", slug=subject.slug, **{k: v for k, v in told.items() if v})

    return {
        "themes": [
            {"name": t.name, "statement": t.statement, "url": address(sort=t.code), "current": sort == t.code}
            for t in themes
        ],
        "by_name": {"url": address(sort=None), "current": sort == rules.BY_NAME},
        "by_date": {"url": address(sort=rules.BY_DATE), "current": sort == rules.BY_DATE},
        "rows": [_row(subject, listed, themes) for listed in page.items],
        "total": _count(page.total),
        "page": page,
        "prev_url": address(page=page.before) if page.before else None,
        "next_url": address(page=page.after) if page.after else None,
    }


def _count(number: int) -> str:
    return ngettext("%(num)s position", "%(num)s positions", number) if number else ""


def _row(subject: Round, listed: Listed, themes: Sequence[Theme]) -> dict[str, Any]:
    contribution = listed.position.contribution
    return {
        "name": listed.position.organisation.name,
        "kind": listed.position.organisation.kind.words,
        "url": url_for("positions.one", slug=subject.slug, public_id=contribution.public_id),
        "at": contribution.received_at,
        "signed_by": listed.signed_by,
        "cells": [said(listed.on.get(theme.id)) for theme in themes],
    }


def to_write(subject: Round, actor: Actor) -> list[dict[str, Any]]:
    """Return the organisations for which the actor can write a position in a round, each with where that stands."""
    if not actor.memberships or subject.state is not RoundState.OPEN:
        return []
    return [
        {
            "name": of.name,
            "url": url_for("positions.write", slug=subject.slug, organisation=of.slug),
            "state": _where(draft),
        }
        for of, draft in queries.list_drafts(actor, subject.id)
    ]


def _where(draft: PositionDraft | None) -> str:
    if draft is None:
        return _("nothing written yet")
    if draft.submitted_version is None:
        return _("being written, not sent in yet")
    return _("sent in") if draft.submitted_version == draft.version else _("changed since it was sent in")


def around(writing: Writing, actor: Actor) -> dict[str, Any]:
    """Return what the pages on which members write need beside the form."""
    return {
        "writing": writing,
        "organisation": writing.organisation,
        "themes": {str(theme.id): theme for theme in rules.takes_stance(writing.round.themes)},
        "closed": closed_because(writing.round.phases, Act.SUBMIT_POSITION, actor.arrived_at),
    }


def preview(writing: Writing, actor: Actor) -> dict[str, Any]:
    """Return what a draft will look like once it is public, and what it still lacks."""
    draft = writing.draft
    told = rules.from_fields(draft.fields if draft is not None else {})
    themes = rules.takes_stance(writing.round.themes)
    lacks = rules.lacks(told, themes, local(actor.arrived_at).date())
    write = url_for("positions.write", slug=writing.round.slug, organisation=writing.organisation.slug)
    shown = [(theme, told.themes[theme.id]) for theme in themes if theme.id in told.themes]
    contribution = writing.position.contribution if writing.position is not None else None
    return {
        "version": draft.version if draft is not None else 0,
        "is_sent": draft is not None and draft.submitted_version == draft.version,
        "version_now": {**told.mandate.columns(), "interests": told.interests, "html": told.html},
        "on": [
            {
                "theme": theme,
                "stance": stance(one.stance),
                "weight": weight(one.weight) if one.weight is not None else None,
                "html": one.html,
            }
            for theme, one in shown
            if one.stance is not None
        ],
        "lacks": [{"url": f"{write}#{field}", "sentence": sentence} for field, sentence in lacks],
        "attachments": list_attachments(actor, contribution) if contribution is not None else [],
    }


def one(position: Position, actor: Actor) -> dict[str, Any]:
    """Return everything that the page of one position shows; `position` is loaded as `get_position` does.

    Of one that was taken back others get to see no more than that.
    """
    contribution = position.contribution
    if not queries.is_readable(position, actor):
        return {"position": position, "organisation": position.organisation, "is_readable": False}
    return {
        **what_it_says(position, actor),
        "is_readable": True,
        "times": contribution.version - 1,
        "attachments": list_attachments(actor, contribution),
        "may_sign": may_sign(position, actor),
    }


def what_it_says(position: Position, actor: Actor) -> dict[str, Any]:
    """Return what a position says of each theme, under which mandate, and who signs with it."""
    contribution = position.contribution
    versions = queries.list_position_versions(contribution.id)
    version = rules.without_hidden(next(v for v in versions if v.number == contribution.version), contribution)
    by_number = queries.said_by_number(versions)
    signs = [_sign(one, by_number, version, actor) for one in queries.list_co_signs(contribution.id)]
    rows = sorted(version.themes, key=lambda row: row.theme.position)
    here = {row.theme_id for row in rows}
    return {
        "position": position,
        "organisation": position.organisation,
        "contribution": contribution,
        "version_now": version,
        "on": [
            {
                "theme": row.theme,
                **(said(row) or {}),
                "signs": [one for one in signs if one["sign"].theme_id == row.theme_id],
            }
            for row in rows
        ],
        "lapsed": [one for one in signs if one["sign"].theme_id not in here],
        "closed": closed_because(contribution.round.phases, Act.CO_SIGN, actor.arrived_at),
    }


def _sign(
    sign: CoSign, by_number: Mapping[int, Mapping[Any, rules.Said]], version: PositionVersion, actor: Actor
) -> dict[str, Any]:
    return {
        "sign": sign,
        "name": sign.organisation.name,
        "theme": sign.theme.name,
        "is_of_now": rules.is_of_now(sign, by_number, version.number),
        "may_withdraw": sign.withdrawn_at is None and allows(Act.WITHDRAW_SIGNATURE, actor, sign),
    }


def may_sign(position: Position, actor: Actor) -> bool:
    """Say whether the actor represents an organisation that could sign with a position."""
    return any(
        organisation_id != position.organisation_id and duty is MemberDuty.REPRESENTATIVE
        for organisation_id, duty in actor.memberships.items()
    )


def signers(position: Position, actor: Actor) -> list[Organisation]:
    """List for which organisations the actor could sign with a position."""
    memberships = list_memberships(actor.person_id)
    return [
        one.organisation
        for one in memberships
        if one.duty is MemberDuty.REPRESENTATIVE
        and one.organisation.is_verified
        and one.organisation_id != position.organisation_id
    ]


def steps(position: Position, actor: Actor) -> list[dict[str, Any]]:
    """Return the versions of a position that the actor may read, newest first, each with what it changed."""
    contribution = position.contribution
    versions = queries.list_position_versions(contribution.id)
    if not reads_whole(contribution, actor):
        readable = {one.number for one in list_readable_versions(actor, contribution)}
        versions = [rules.without_hidden(one, contribution) for one in versions if one.number in readable]
    pairs = zip(versions, [*versions[1:], None], strict=True)
    return [_step(new, old) for new, old in pairs]


def _step(new: PositionVersion, old: PositionVersion | None) -> dict[str, Any]:
    before = {row.theme_id: row for row in old.themes} if old is not None else {}
    after = {row.theme_id: row for row in new.themes}
    names = {row.theme_id: row.theme for row in [*before.values(), *after.values()]}
    touched = sorted(names, key=lambda theme_id: names[theme_id].position)
    return {
        "version": new,
        "is_first": old is None,
        "text": _compared(old.text if old is not None else new.text, new.text),
        "text_changed": old is not None and old.text != new.text,
        "mandate": None if old is None or _mandate(old) == _mandate(new) else old,
        "themes": [
            {
                "name": names[theme_id].name,
                "before": said(before.get(theme_id)),
                "after": said(after.get(theme_id)),
                "text": _compared(_text(before.get(theme_id)), _text(after.get(theme_id))),
            }
            for theme_id in touched
            if old is None or rules.said_in(_kept(before, theme_id)) != rules.said_in(_kept(after, theme_id))
        ],
    }


def _mandate(version: PositionVersion) -> tuple[Any, ...]:
    whom = (version.mandate_body, version.mandate_date, version.signatory_name, version.signatory_function)
    return (*whom, version.interests)


def _kept(rows: Mapping[Any, PositionTheme], theme_id: Any) -> list[PositionTheme]:
    return [rows[theme_id]] if theme_id in rows else []


def _text(row: PositionTheme | None) -> str:
    return row.text if row is not None else ""


def _compared(before: str, after: str) -> list[list[Piece]]:
    return changes(before, after)


def organisation(of: Organisation, actor: Actor) -> dict[str, Any]:
    """Return what the page of an organisation shows: what it holds in which rounds, and with whom it signs."""
    return {
        "organisation": of,
        "holds": queries.list_positions_of(actor, of.id),
        "signs": queries.list_signed_by(actor, of.id),
        "duty": actor.memberships.get(of.id),
    }
