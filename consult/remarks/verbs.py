"""Reacting to a paragraph of the draft, taking that back, and working it into the next version."""

from sqlalchemy import select

from consult.audit.verbs import record
from consult.contributions.models import ON_DRAFT, Contribution, Kind, State, Version
from consult.contributions.verbs import fingerprint, hold_rows, receive
from consult.foundation.anchors import Quote
from consult.foundation.db import add, locked, session
from consult.foundation.errors import Conflict, NotAllowed, NotNow, TooMany
from consult.foundation.language import gettext as _
from consult.foundation.language import locale
from consult.participants.models import Organisation, Person
from consult.policy import Act, Actor
from consult.remarks.queries import Handled, count_said_since, find_newest_number, is_cited
from consult.remarks.rules import AN_HOUR, STRETCH
from consult.rounds.rules import demand
from consult.rounds.verbs import bump, hold_phase_for, hold_undecided
from consult.synthesis.models import Draft, OutcomeKind, Paragraph, Remark, SourceLink, Use
from consult.synthesis.verbs import cite, edit_paragraph, set_outcome

USES = {OutcomeKind.ADOPTED: Use.ADOPTED, OutcomeKind.PARTLY: Use.ADAPTED}  # what becomes of a remark, and its use


def add_remark(
    about: Paragraph,
    actor: Actor,
    kind: Kind,
    *,
    text: str,
    html: str,
    quote: Quote | None = None,
    organisation: Organisation | None = None,
) -> Contribution:
    """Say something of a paragraph of the newest published version, or suggest other words for it.

    `quote` are words of that paragraph; without it the remark is about all of it. `about` is loaded with its
    section, draft and round. For an organisation its members can speak. Refused outside the phases in which the
    draft is written, of any other version, for an organisation of others, while the actor has not shown what the
    round asks, and after thirty in one hour.
    """
    if kind not in ON_DRAFT:
        raise ValueError("only a remark or a suggestion is about a draft")
    draft = about.section.draft
    hold_phase_for(draft.round_id, Act.ADD_REMARK, actor.arrived_at)
    _hold_newest(draft)
    if organisation is not None and organisation.id not in actor.memberships:
        raise NotAllowed(_("You can only respond for an organisation that you are a member of."))
    demand(draft.round, Act.ADD_REMARK, actor)
    _count_hour(actor)
    new = receive(
        draft.round,
        kind,
        title="",
        text=text,
        html=html,
        author_id=actor.person_id if organisation is None else None,
        organisation_id=organisation.id if organisation is not None else None,
        entered_by_id=actor.person_id if organisation is not None else None,
        actor=actor,
        language=locale(),
    )
    words = {"quote": quote.words, "prefix": quote.prefix, "suffix": quote.suffix} if quote is not None else {}
    add(Remark(contribution_id=new.id, draft_id=draft.id, stable_id=about.stable_id, **words))
    first = session().scalars(select(Version).where(Version.contribution_id == new.id)).one()
    told = {"state": new.state.value, "text": fingerprint(first), "draft": draft.id, "stable": about.stable_id}
    record(Act.ADD_REMARK, actor, new, kind=kind.value, **told)
    if new.is_public:
        bump(draft.round_id)
    return new


def _hold_newest(draft: Draft) -> None:
    """Keep the version that people react to the newest one until the transaction ends; publishing waits for that."""
    session().execute(locked(select(Draft.id).where(Draft.id == draft.id), shared=True))
    if find_newest_number(draft.round_id) != draft.number:
        raise Conflict(_("There is a newer version of this draft. Read that one and react there."))


def _count_hour(actor: Actor) -> None:
    """Count what this person said within the hour, under a lock on the person, so that two do not slip by."""
    if actor.person_id is None:
        return
    session().execute(locked(select(Person.id).where(Person.id == actor.person_id)))
    if count_said_since(actor.person_id, actor.arrived_at - STRETCH) >= AN_HOUR:
        told = _("You sent in %(most)s within an hour. Wait a while and send this one then.", most=AN_HOUR)
        raise TooMany(told, retry_after=int(STRETCH.total_seconds()))


def withdraw_remark(remark: Remark, actor: Actor) -> None:
    """Take a remark back: it is no longer public; whoever wrote it and the team still see it.

    Refused outside the phases that take remarks, when it was withdrawn or refused before, and once a paragraph
    of the draft rests on it.
    """
    contribution = remark.contribution
    hold_phase_for(contribution.round_id, Act.WITHDRAW_REMARK, actor.arrived_at)
    hold_rows(contribution)
    if contribution.state in {State.WITHDRAWN, State.REFUSED}:
        raise NotNow(_("This is %(state)s, so you cannot take it back.", state=contribution.state.words))
    if is_cited(remark):
        raise NotNow(_("A paragraph of the draft rests on this. Ask us if you want it taken out."))
    was_public = contribution.is_public
    contribution.state = State.WITHDRAWN
    record(Act.WITHDRAW_REMARK, actor, contribution)
    if was_public:
        bump(contribution.round_id)


def work_in(
    handled: Handled, actor: Actor, *, text: str, html: str, version: int, kind: OutcomeKind, reason: str
) -> Paragraph:
    """Change the paragraph of the version that is being written as somebody asked, and name them as its source.

    What becomes of the remark is drafted with it, adopted or partly adopted; it is signed and published as every
    answer. Refused where no version is being written or the paragraph is gone, with both texts when somebody
    saved the paragraph since `version` was read, for a text that stays as it was, for what is not public, and
    without a reason.
    """
    contribution, paragraph = handled.remark.contribution, handled.paragraph
    if handled.draft is None:
        raise NotNow(_("No version is being written now. Begin the next version first."))
    if paragraph is None:
        raise Conflict(_("The paragraph is no longer in the version that is being written."))
    if kind not in USES:
        raise ValueError("what is worked in is adopted or partly adopted")
    hold_undecided(contribution.round_id)
    hold_rows(contribution)
    if text == paragraph.text and paragraph.version == version:
        raise Conflict(_("The paragraph says what it said. Change it, or only add the remark to its sources."))
    edit_paragraph(paragraph, actor, text=text, html=html, is_editorial=False, version=version)
    if not _rests_on(paragraph, contribution):
        cite(paragraph, actor, contribution=contribution, use=USES[kind])
    set_outcome(contribution, kind, reason, actor)
    record(Act.WORK_IN_REMARK, actor, contribution, paragraph=paragraph.id, stable=paragraph.stable_id, kind=kind.value)
    return paragraph


def _rests_on(paragraph: Paragraph, contribution: Contribution) -> bool:
    wanted = select(SourceLink.id).where(SourceLink.paragraph_id == paragraph.id)
    return session().scalar(wanted.where(SourceLink.contribution_id == contribution.id)) is not None
