"""How an agreement is shown to who writes and signs it."""

from typing import Any

from consult.director.agreements import queries, rules
from consult.director.agreements.models import Agreement, AgreementVersion
from consult.foundation.language import gettext as _
from consult.foundation.language import local
from consult.participants.models import Organisation
from consult.policy import Actor, MemberDuty


def desk(agreement: Agreement, actor: Actor) -> dict[str, Any]:
    """Return what the page of a contract manager tells: the terms, what they lack, who signed, and what follows."""
    version = agreement.draft or agreement.in_force
    terms = version.read if version is not None else agreement.terms
    return {
        "agreement": agreement,
        "terms": terms,
        "version": version,
        "is_written": agreement.draft is not None,
        "lacks": _lacks(agreement, actor),
        "signatures": signatures(agreement, version),
        "ways": rules.ways_on(agreement.state),
        "goals": queries.list_goals_for(actor, agreement.id),
        "realised": queries.list_realised(actor, agreement.id),
        "passages": queries.list_passages(actor, agreement.id),
    }


def _lacks(agreement: Agreement, actor: Actor) -> list[str]:
    if agreement.draft is None:
        return []
    return rules.hindrances(agreement, agreement.draft.read, local(actor.arrived_at).date())


def signatures(agreement: Agreement, version: AgreementVersion | None) -> list[dict[str, Any]]:
    """Say for every party whether it signed these words, an earlier version of them, or nothing yet."""
    parties = [(None, _("The authority")), (agreement.organisation_id, agreement.organisation.name)]
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
