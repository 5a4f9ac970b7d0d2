"""What is done with agreements: written, amended, signed, brought from state to state, published and linked."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from consult.audit.verbs import record
from consult.director.agreements import rules
from consult.director.agreements.models import (
    Agreement,
    AgreementSignature,
    AgreementState,
    AgreementVersion,
    LegalForm,
)
from consult.director.agreements.realising import bump_all
from consult.director.agreements.terms import Indicator, Limits, Line, Period, Requirement, Rhythm, Terms, digest
from consult.director.goals.rules import vague_words
from consult.foundation.db import add, read_again_locked, session
from consult.foundation.errors import Conflict, NotAllowed, NotNow
from consult.foundation.language import gettext as _
from consult.foundation.language import local
from consult.participants.models import Organisation
from consult.policy import Act, Actor, MemberDuty, Role
from consult.rounds.models import Round


@dataclass(frozen=True)
class Basics:
    """What an agreement is about and when it runs; the rest of its terms are items."""

    title: str
    task: str
    first_day: date
    last_day: date
    rhythm: Rhythm
    payment: str = ""
    amending: str = ""
    privacy: str = ""
    hand_back: str = ""
    limits: Limits = field(default_factory=Limits)


def make(
    title: str,
    legal_form: LegalForm,
    partner: Organisation,
    actor: Actor,
    *,
    third: Organisation | None = None,
    of: Round | None = None,
) -> Agreement:
    """Begin an agreement with a partner, and for a housing agreement with a third party; it is a draft.

    Refused when the third party is the partner.
    """
    if third is not None and third.id == partner.id:
        raise Conflict(_("The third party is the partner itself. Choose another organisation."))
    terms = Terms(title=title)
    agreement = add(
        Agreement(
            round_id=of.id if of is not None else None,
            organisation_id=partner.id,
            third_party_id=third.id if third is not None else None,
            legal_form=legal_form,
            made_by_id=actor.person_id,
            made_at=actor.arrived_at,
        )
    )
    _add_version(agreement, 1, terms, actor)
    record(Act.WRITE_AGREEMENT, actor, agreement, form=legal_form.value)
    return agreement


def set_basics(agreement: Agreement, told: Basics, actor: Actor, *, seen: str) -> None:
    """Write what an agreement is about and when it runs; new days or another rhythm divide the time anew.

    `seen` is the digest of the terms that were open meanwhile. Refused for a last day that is not after the
    first, for limits out of order, when a period that is past would change, and when somebody else wrote.
    """
    terms = _to_write(agreement, seen)
    if fault := rules.fault_of_days(told.first_day, told.last_day):
        raise Conflict(fault)
    if fault := rules.fault_of_limits(told.limits):
        raise Conflict(fault)
    changed = replace(terms, **vars(told))
    if (terms.first_day, terms.last_day, terms.rhythm) != (told.first_day, told.last_day, told.rhythm):
        begun = rules.begun_of(agreement, local(actor.arrived_at).date())
        if fault := rules.fault_of_start(begun, told.first_day) or rules.fault_of_end(begun, told.last_day):
            raise Conflict(fault)
        periods = rules.extended(begun, told.first_day, told.last_day, told.rhythm)
        if fault := rules.fault_of_periods(periods, told.first_day, told.last_day):
            raise Conflict(fault)
        changed = _with_periods(changed, periods)
    _keep(agreement, changed, actor, "basics")


def set_periods(agreement: Agreement, periods: Sequence[Period], actor: Actor, *, seen: str) -> None:
    """Divide the time of an agreement in another way than by its rhythm.

    Refused for a gap, an overlap, a period that ends before it begins, and one that is past and would change.
    """
    terms = _to_write(agreement, seen)
    if terms.first_day is None or terms.last_day is None:
        raise NotNow(_("First write from which day to which day the agreement runs."))
    if fault := rules.fault_of_periods(periods, terms.first_day, terms.last_day):
        raise Conflict(fault)
    _keep(agreement, _with_periods(terms, tuple(periods)), actor, "periods")


def set_item(agreement: Agreement, item: Indicator | Line | Requirement, actor: Actor, *, seen: str) -> None:
    """Add an indicator, a budget line or a requirement, or write it anew.

    Refused for a vague indicator or norm without a number or a reason (S41), for a line without a positive amount,
    for a plan that has not one place for each period, for more items than a report can ask for, and when somebody
    else wrote meanwhile.
    """
    terms = _to_write(agreement, seen)
    words = item.norm if isinstance(item, Requirement) else item.name
    if not isinstance(item, Line) and vague_words(words) and not item.vague_because:
        raise Conflict(_("The name holds a word that measures nothing. Name what is counted, or say why it stays."))
    if isinstance(item, Indicator) and len(item.plan) > len(terms.periods):
        raise Conflict(_("There are more values in the plan than periods. Look at the periods first."))
    if isinstance(item, Line) and (item.amount is None or item.amount <= 0):
        raise Conflict(_("Write the amount of this line in euros."))
    changed = terms.with_item(item)
    if max(len(changed.indicators), len(changed.lines)) > rules.MOST_ITEMS:
        raise Conflict(_("A report asks for at most %(most)s of these. Put some together.", most=rules.MOST_ITEMS))
    _keep(agreement, changed, actor, type(item).__name__.lower())


def drop_item(agreement: Agreement, key: str, actor: Actor, *, seen: str) -> None:
    """Take an item out of the terms that are being written."""
    _keep(agreement, _to_write(agreement, seen).without(key), actor, "dropped")


def amend(agreement: Agreement, because: str, actor: Actor) -> AgreementVersion:
    """Begin the next version, with the same terms; what holds now goes on until every party signed the new one.

    Refused while nothing holds yet, while another amendment is being written, and once it is settled or ended.
    """
    _hold(agreement)
    if agreement.in_force is None or agreement.state in {AgreementState.SETTLED, AgreementState.ENDED}:
        raise NotNow(_("This agreement is %(state)s, so it cannot be amended.", state=agreement.state.words))
    if agreement.draft is not None:
        raise NotNow(_("An amendment is being written already."))
    number = max(one.number for one in agreement.versions) + 1
    new = _add_version(agreement, number, agreement.in_force.read, actor, because)
    record(Act.WRITE_AGREEMENT, actor, agreement, amendment=number)
    return new


def drop_amendment(agreement: Agreement, actor: Actor) -> None:
    """Give up the amendment that is being written; refused where there is none."""
    _hold(agreement)
    if agreement.draft is None or agreement.in_force is None:
        raise NotNow(_("No amendment is being written."))
    agreement.draft.replaced_at = actor.arrived_at
    record(Act.WRITE_AGREEMENT, actor, agreement, dropped=True)


def sign(
    agreement: Agreement, actor: Actor, *, seen: str, name: str, function: str, organisation: Organisation | None = None
) -> AgreementSignature:
    """Sign the version that is being written, for the authority or for a party, in exactly the words that were read.

    With the last signature the version comes into force. Refused when the words changed after `seen` was read
    (S05), while something lacks (S34), to who wrote these words when it is for the authority, for a party that the
    actor does not represent, and a second time.
    """
    _hold(agreement)
    draft = _draft_of(agreement)
    if draft.digest != seen:
        raise Conflict(_("The agreement was changed after you read it. Read it again before you sign."))
    if lacks := rules.hindrances(agreement, draft.read, local(actor.arrived_at).date()):
        raise Conflict(_("Nobody can sign yet. %(lacks)s", lacks=" ".join(lacks)))
    _may_sign(agreement, draft, organisation, actor)
    new = add(
        AgreementSignature(
            version_id=draft.id,
            digest=draft.digest,
            organisation_id=organisation.id if organisation is not None else None,
            signatory_name=name,
            signatory_function=function,
            signed_by_id=actor.person_id,
            signed_at=actor.arrived_at,
        )
    )
    record(Act.SIGN_AGREEMENT, actor, agreement, version=draft.number, digest=draft.digest)
    session().refresh(draft, ["signatures"])
    if {one.organisation_id for one in draft.standing} >= {None, *agreement.party_ids}:
        _bring_into_force(agreement, draft, actor)
    return new


def move(agreement: Agreement, state: AgreementState, because: str, actor: Actor) -> None:
    """Bring an agreement into another state; refused where no way leads there, and without a reason that it needs."""
    _hold(agreement)
    if state not in rules.ways_on(agreement.state):
        told = {"now": agreement.state.words, "then": state.words}
        raise NotNow(_("This agreement is %(now)s; from there it cannot become %(then)s.", **told))
    if state in rules.NEEDS_WHY and not because:
        raise Conflict(_("Say why."))
    agreement.state, agreement.state_because = state, because
    record(Act.MOVE_AGREEMENT, actor, agreement, state=state.value)


def publish(agreement: Agreement, actor: Actor, *, woo_category: str) -> None:
    """Make an agreement public, under a category of the Woo; refused before it was signed."""
    _hold(agreement)
    if agreement.in_force is None:
        raise NotNow(_("This agreement was not signed yet, so it is not public."))
    agreement.published_at, agreement.woo_category = agreement.published_at or actor.arrived_at, woo_category
    record(Act.PUBLISH_AGREEMENT, actor, agreement, woo=woo_category)
    bump_all(agreement)


def _add_version(agreement: Agreement, number: int, terms: Terms, actor: Actor, because: str = "") -> AgreementVersion:
    new = add(
        AgreementVersion(
            agreement_id=agreement.id,
            number=number,
            terms=terms.as_fields(),
            digest=digest(terms),
            because=because,
            written_by_id=actor.person_id,
            written_at=actor.arrived_at,
        )
    )
    session().expire(agreement, ["versions"])
    session().refresh(agreement, ["versions"])
    session().refresh(new, ["signatures"])
    return new


def _hold(agreement: Agreement) -> None:
    """Lock an agreement until the transaction ends, and read anew what others may have written."""
    read_again_locked(agreement, ("state", "published_at", "third_party_id"))
    for version in agreement.versions:
        session().refresh(version, ["terms", "digest", "in_force_at", "replaced_at", "written_by_id"])
        vars(version).pop("read", None)


def _draft_of(agreement: Agreement) -> AgreementVersion:
    """Return the version that is being written; refused when there is none, and once the agreement is over."""
    if agreement.state in {AgreementState.SETTLED, AgreementState.ENDED}:
        raise NotNow(_("This agreement is over, so nothing in it changes any more."))
    if agreement.draft is None:
        raise NotNow(_("This agreement was signed. To change it, begin an amendment."))
    return agreement.draft


def _to_write(agreement: Agreement, seen: str) -> Terms:
    """Return the terms that are being written, held; refused when somebody wrote after they were seen."""
    _hold(agreement)
    draft = _draft_of(agreement)
    if draft.digest != seen:
        raise Conflict(_("Somebody changed this agreement after you opened it. Open the page again."))
    return draft.read


def _with_periods(terms: Terms, periods: tuple[Period, ...]) -> Terms:
    fitted = tuple(replace(one, plan=rules.fitted(one, len(periods))) for one in terms.indicators)
    return replace(terms, periods=periods, indicators=fitted)


def _keep(agreement: Agreement, terms: Terms, actor: Actor, what: str) -> None:
    """Write the terms; what was signed of them before was signed in other words from here on."""
    draft = _draft_of(agreement)
    if agreement.in_force is not None:
        fault = rules.fault_of_past(agreement.in_force.read, terms, local(actor.arrived_at).date())
        if fault:
            raise Conflict(fault)
    draft.terms, draft.digest = terms.as_fields(), digest(terms)
    draft.written_by_id, draft.written_at = actor.person_id, actor.arrived_at
    vars(draft).pop("read", None)
    record(Act.WRITE_AGREEMENT, actor, agreement, version=draft.number, what=what, digest=draft.digest)
    session().flush()


def _may_sign(agreement: Agreement, draft: AgreementVersion, organisation: Organisation | None, actor: Actor) -> None:
    if organisation is None:
        if not (actor.is_system or actor.role is Role.BOARD):
            raise NotAllowed(_("The board signs for the authority."))
        if actor.person_id is not None and actor.person_id == draft.written_by_id:
            raise NotAllowed(_("You wrote these words yourself. Somebody else signs for the authority."))
    elif organisation.id not in agreement.party_ids:
        raise NotAllowed(_("This organisation is no party to the agreement."))
    elif actor.memberships.get(organisation.id) is not MemberDuty.REPRESENTATIVE and not actor.is_system:
        raise NotAllowed(_("You do not represent this organisation."))
    of = organisation.id if organisation is not None else None
    if any(one.organisation_id == of for one in draft.standing):
        raise NotNow(_("This party signed these words already."))


def _bring_into_force(agreement: Agreement, draft: AgreementVersion, actor: Actor) -> None:
    earlier = agreement.in_force
    if earlier is not None:
        earlier.replaced_at = actor.arrived_at
        session().flush()  # one version is in force at a time
    draft.in_force_at = actor.arrived_at
    if agreement.state is AgreementState.DRAFT:
        agreement.state = AgreementState.SIGNED
    session().flush()
    record(Act.MOVE_AGREEMENT, actor, agreement, in_force=draft.number)
    if agreement.published_at is not None:
        bump_all(agreement)
