"""How an agreement is shown to who writes and signs it."""

from collections.abc import Callable, Sequence
from typing import Any

from flask import url_for

from consult.director.agreements import queries, rules
from consult.director.agreements.models import Agreement, AgreementVersion
from consult.director.agreements.terms import Terms
from consult.foundation.language import gettext as _
from consult.foundation.language import local
from consult.participants.models import Organisation
from consult.policy import Actor, MemberDuty


def desk(agreement: Agreement, actor: Actor) -> dict[str, Any]:
    """Return what the page of a contract manager tells: the terms, what they lack, who signed, and what follows."""
    version = agreement.draft or agreement.in_force
    terms = version.read if version is not None else agreement.terms
    realised, passages = queries.list_origin(actor, agreement.id)
    return {
        "agreement": agreement,
        "terms": terms,
        "version": version,
        "is_written": agreement.draft is not None,
        "lacks": _lacks(agreement, actor),
        "signatures": signatures(agreement, version),
        "ways": rules.ways_on(agreement.state),
        "guide": guide(agreement, terms) if agreement.draft is not None else [],
        "goals": queries.list_goals_for(actor, agreement.id),
        "realised": realised,
        "passages": passages,
    }


def guide(agreement: Agreement, terms: Terms, current: str = "") -> list[dict[str, Any]]:
    """Return the steps from nothing to a signature, in order: which are done, and which is the next one (S41)."""

    def at(endpoint: str, **more: Any) -> str:
        return url_for(f"agreements.{endpoint}", agreement_id=agreement.public_id, **more)

    has_days = terms.first_day is not None and terms.last_day is not None
    measured = bool(terms.indicators) and not any(rules.lacks_of(one, terms.periods) for one in terms.indicators)
    priced = bool(terms.lines) and all(one.amount is not None for one in terms.lines)
    steps = [
        ("basics", _("Task, time and clauses"), bool(terms.task) and has_days, at("basics_page")),
        ("periods", _("Periods and reports"), bool(terms.periods), at("periods_page") if has_days else ""),
        ("indicators", _("Indicators"), measured, _first(terms.indicators, at, "indicator_page")),
        ("lines", _("Budget"), priced, _first(terms.lines, at, "line_page")),
        ("requirements", _("Quality"), bool(terms.requirements), _first(terms.requirements, at, "requirement_page")),
        ("sign", _("Read and sign"), False, at("sign_page")),
    ]
    following = next((name for name, _words, done, _url in steps if not done), "")
    return [
        {"words": words, "is_done": done, "url": url, "is_next": name == following, "is_here": name == current}
        for name, words, done, url in steps
    ]


def _first(items: Sequence[Any], at: Callable[..., str], endpoint: str) -> str:
    """Return where to go on with a kind of item: the form of a new one while there is none, else their list."""
    place = endpoint.partition("_")[0] + "s"
    return f"{at('desk')}#{place}" if items else at(endpoint, part_key=queries.NEW)


def _lacks(agreement: Agreement, actor: Actor) -> list[str]:
    if agreement.draft is None:
        return []
    return rules.hindrances(agreement, agreement.draft.read, local(actor.arrived_at).date())


def signatures(agreement: Agreement, version: AgreementVersion | None) -> list[dict[str, Any]]:
    """Say for every party whether it signed these words, an earlier version of them, or nothing yet.

    The authority stands first, without a name: pages know what it is called.
    """
    parties: list[tuple[Any, str]] = [(None, ""), (agreement.organisation_id, agreement.organisation.name)]
    if agreement.third_party is not None:
        parties.append((agreement.third_party_id, agreement.third_party.name))
    told = []
    for of, name in parties:
        mine = [one for one in version.signatures if one.organisation_id == of] if version is not None else []
        standing = next((one for one in mine if version is not None and one.digest == version.digest), None)
        state = "signed" if standing is not None else "void" if mine else "open"
        told.append({"party": name, "state": state, "signature": standing})
    return told


def to_sign(agreement: Agreement, actor: Actor) -> dict[str, Any]:
    """Return what somebody reads before they sign."""
    version = agreement.draft or agreement.in_force
    terms = version.read if version is not None else agreement.terms
    return {
        "agreement": agreement,
        "terms": terms,
        "version": version,
        "is_written": agreement.draft is not None,
        "lacks": _lacks(agreement, actor),
        "signatures": signatures(agreement, version),
    }


def signers(agreement: Agreement, actor: Actor) -> list[tuple[str, str]]:
    """Return for whom the actor may sign: the parties that they represent, or the authority."""
    mine = [one for one in _parties(agreement) if actor.memberships.get(one.id) is MemberDuty.REPRESENTATIVE]
    return [(one.slug, one.name) for one in mine] or [("", _("the authority"))]


def party(agreement: Agreement, slug: str) -> Organisation | None:
    """Return the party with a short name; None is the authority."""
    return next((one for one in _parties(agreement) if one.slug == slug), None)


def _parties(agreement: Agreement) -> list[Organisation]:
    return [one for one in (agreement.organisation, agreement.third_party) if one is not None]
