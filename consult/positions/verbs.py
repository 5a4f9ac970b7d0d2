"""What organisations do with positions: write together, submit, change, take back, and sign with each other's."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import select

from consult.audit.verbs import record
from consult.contributions.attaching import attach_all
from consult.contributions.models import Contribution, Kind, SignalKind, State
from consult.contributions.queries import list_files_of, list_versions, whole_of
from consult.contributions.verbs import fingerprint, hold_rows, receive, rewrite, signal
from consult.foundation.db import add, locked, read_again_locked, session
from consult.foundation.errors import Conflict, NotAllowed, NotNow, saved_meanwhile
from consult.foundation.files import Incoming
from consult.foundation.language import gettext as _
from consult.foundation.language import local
from consult.foundation.mail import enqueue
from consult.participants.models import Organisation
from consult.participants.queries import list_representatives
from consult.policy import Act, Actor, MemberDuty
from consult.positions import rules
from consult.positions.models import CoSign, Position, PositionDraft, PositionTheme, PositionVersion
from consult.positions.queries import Writing, list_position_versions, list_standing_signs, said_by_number
from consult.positions.rules import Mandate, PositionTold, Said
from consult.rounds.models import Round, RoundState, Theme
from consult.rounds.verbs import bump, hold_phase_for


def save_draft(writing: Writing, told: PositionTold, actor: Actor, *, version: int) -> PositionDraft:
    """Keep what a member wrote for the others to go on with; nobody else can read it.

    Refused once the round is closed, for a theme on which one cannot be for or against, and, with both texts,
    when somebody else saved after `version`. The same again changes nothing.
    """
    if writing.round.state is not RoundState.OPEN:
        raise NotNow(_("The round is not open, so nothing can be written for it."))
    if set(told.themes) - {theme.id for theme in rules.takes_stance(writing.round.themes)}:
        raise Conflict(_("This theme is not one of this round. Open the page again."))
    draft = _draft_of(writing, actor)
    kept = rules.from_fields(draft.fields)
    if draft.version and kept.as_fields() == told.as_fields():
        return draft
    if draft.version != version:
        themes = writing.round.themes
        raise saved_meanwhile([_in_words(kept, themes)], [_in_words(told, themes)])
    draft.fields, draft.version = told.as_fields(), draft.version + 1
    draft.written_by_id, draft.written_at = actor.person_id, actor.arrived_at
    record(Act.WRITE_POSITION, actor, writing.organisation, draft=draft.id, version=draft.version)
    return draft


def submit(writing: Writing, actor: Actor, *, version: int, files: Sequence[Incoming] = ()) -> Contribution:
    """Send in what the members wrote, as the position of their organisation, or as its next version.

    `version` is the draft that the representative looked at. One that was taken back is there again. Refused
    outside the phases that take positions, before the organisation was verified, while something lacks, when
    the draft changed meanwhile, and when a moderator refused the position.
    """
    subject = writing.round
    hold_phase_for(subject.id, Act.SUBMIT_POSITION, actor.arrived_at)
    _is_verified(writing.organisation)
    draft = _draft_of(writing, actor)
    if draft.version != version:
        raise Conflict(_("Somebody changed this after you looked at it. Look at it again before you send it in."))
    told, themes = rules.from_fields(draft.fields), rules.takes_stance(subject.themes)
    if lacks := rules.lacks(told, themes, local(actor.arrived_at).date()):
        raise Conflict(" ".join(sentence for _field, sentence in lacks))
    if writing.position is None:
        contribution = _first(writing, told, actor)
    else:
        repeats = draft.submitted_version == version and not files
        contribution = _next(writing, told, actor, repeats=repeats)
    _keep(contribution, told, themes, actor)
    attach_all(contribution, files, actor)
    draft.submitted_version = draft.version
    _record_submitted(writing, contribution, themes, told, actor)
    return contribution


def withdraw(position: Position, reason: str, actor: Actor) -> None:
    """Take a position back: its text is no longer public, and if it was, that it was taken back stays visible.

    Refused once the round is closed, and for one that was taken back or refused before.
    """
    contribution = position.contribution
    _is_open(position.round_id)
    hold_rows(contribution)
    if contribution.state not in {State.PUBLISHED, State.HELD}:
        raise NotNow(_("This position is %(state)s now.", state=contribution.state.words))
    if contribution.is_public:
        position.withdrawn_at, position.withdrawn_because = actor.arrived_at, reason
    was_public, contribution.state = contribution.is_public, State.WITHDRAWN
    record(Act.WITHDRAW_POSITION, actor, contribution, organisation=position.organisation_id)
    if was_public:
        bump(position.round_id)


def co_sign(
    position: Position,
    organisation: Organisation,
    theme_ids: Collection[uuid.UUID],
    mandate: Mandate,
    actor: Actor,
    *,
    number: int,
) -> list[CoSign]:
    """Sign for one's own organisation with what a position says of some themes, as it stood in version `number`.

    A theme that is signed already stays as it is, unless it says something else since: then it is signed anew.
    Refused outside the phases that take positions, under one's own position or one that is not public, for
    an organisation that the actor does not represent or that was not verified, for a theme of which it says
    nothing, without a whole mandate, and when the position changed meanwhile.
    """
    contribution = position.contribution
    hold_phase_for(position.round_id, Act.CO_SIGN, actor.arrived_at)
    _may_sign(position, organisation, actor)
    hold_rows(contribution)
    by_number = _what_is_signed(contribution, theme_ids, mandate, number, actor)
    held = {one.theme_id: one for one in list_standing_signs(contribution.id) if one.organisation_id == organisation.id}
    anew = [one for one in theme_ids if one not in held or not rules.is_of_now(held[one], by_number, number)]
    for theme_id in set(anew) & set(held):
        held[theme_id].renewed_at = actor.arrived_at
    session().flush()
    signed = [_sign(contribution, organisation, theme_id, mandate, actor) for theme_id in anew]
    if signed:
        facts: dict[str, Any] = {"organisation": organisation.id, "themes": sorted(map(str, anew)), "number": number}
        record(Act.CO_SIGN, actor, contribution, **facts)
        _tell_owner("co_signed", position, organisation)
        bump(position.round_id)
    return signed


def withdraw_signature(sign: CoSign, actor: Actor) -> None:
    """Take a signature under a position back; that it stood there, and until when, stays visible.

    Refused once the round is closed, and when it was taken back or renewed before.
    """
    contribution = session().get_one(Contribution, sign.contribution_id)
    _is_open(contribution.round_id)
    read_again_locked(sign, ("withdrawn_at", "renewed_at"))
    if sign.withdrawn_at is not None or sign.renewed_at is not None:
        raise NotNow(_("This signature was taken back or renewed already."))
    sign.withdrawn_at = actor.arrived_at
    record(Act.WITHDRAW_SIGNATURE, actor, contribution, organisation=sign.organisation_id, themes=[str(sign.theme_id)])
    position = session().get_one(Position, contribution.id)
    _tell_owner("co_signature_withdrawn", position, session().get_one(Organisation, sign.organisation_id))
    bump(contribution.round_id)


def _draft_of(writing: Writing, actor: Actor) -> PositionDraft:
    """Return the draft, held until the transaction ends; an empty one when there is none yet."""
    wanted = select(PositionDraft).where(
        PositionDraft.organisation_id == writing.organisation_id, PositionDraft.round_id == writing.round_id
    )
    held = session().scalar(locked(wanted).execution_options(populate_existing=True))
    return held or add(
        PositionDraft(
            organisation_id=writing.organisation_id,
            round_id=writing.round_id,
            version=0,
            fields={},
            written_at=actor.arrived_at,
        )
    )


def _in_words(told: PositionTold, themes: Sequence[Theme]) -> str:
    mandate = told.mandate
    lines = [mandate.body, str(mandate.decided_on or ""), mandate.name, mandate.function, told.interests, told.text]
    for theme in themes:
        said = told.themes.get(theme.id)
        if said is not None and not said.is_empty:
            stance = _(rules.STANCES[said.stance]) if said.stance is not None else ""
            weight = _(rules.WEIGHTS[said.weight]) if said.weight is not None else ""
            lines.append("\n".join(part for part in (theme.name, stance, weight, said.text) if part))
    return "\n\n".join(line for line in lines if line)


def _first(writing: Writing, told: PositionTold, actor: Actor) -> Contribution:
    text, html = rules.whole(told, writing.round.themes)
    new = receive(
        writing.round,
        Kind.POSITION,
        title=writing.organisation.name,
        text=text,
        html=html,
        author_id=None,
        organisation_id=writing.organisation_id,
        actor=actor,
    )
    add(Position(contribution_id=new.id, organisation_id=writing.organisation_id, round_id=writing.round_id))
    return new


def _next(writing: Writing, told: PositionTold, actor: Actor, *, repeats: bool) -> Contribution:
    assert writing.position is not None
    position, contribution = writing.position, writing.position.contribution
    hold_rows(contribution)
    if contribution.state is State.REFUSED:
        raise NotNow(_("This position was refused, so it cannot be changed."))
    if contribution.state is State.WITHDRAWN:
        contribution.state = State.HELD if writing.round.holds_first else State.PUBLISHED
        position.withdrawn_at, position.withdrawn_because = None, ""
    elif repeats:
        raise NotNow(_("Nothing changed since you sent it in."))
    text, html = rules.whole(told, writing.round.themes)
    was_public, before = contribution.is_public, whole_of(contribution)
    rewrite(contribution, title=before.title, text=text, html=html, at=actor.arrived_at)
    if contribution.is_public and writing.round.holds_first and text != before.text:
        signal(contribution, [SignalKind.ADDED], actor.arrived_at)
    if was_public and not contribution.is_public:
        bump(writing.round_id)
    return contribution


def _keep(contribution: Contribution, told: PositionTold, themes: Sequence[Theme], actor: Actor) -> None:
    """Keep the mandate and the stances of the version that was just made, and ask those who signed what changed."""
    earlier = next((rules.said_in(one.themes) for one in list_position_versions(contribution.id)), {})
    version = add(
        PositionVersion(
            contribution_id=contribution.id,
            number=contribution.version,
            **told.mandate.columns(),
            interests=told.interests,
            text=told.text,
            html=told.html,
            submitted_by_id=actor.person_id,
            submitted_at=actor.arrived_at,
        )
    )
    rows = [
        PositionTheme(version_id=version.id, theme_id=theme.id, **vars(told.themes[theme.id]))
        for theme in themes
        if theme.id in told.themes and told.themes[theme.id].stance is not None
    ]
    session().add_all(rows)
    session().flush()
    changed = rules.changed_themes(earlier, rules.said_in(rows))
    signs = [one for one in list_standing_signs(contribution.id) if one.theme_id in changed]
    for organisation_id in {one.organisation_id for one in signs}:
        for person_id in list_representatives(organisation_id):
            enqueue("co_sign_asked", recipient_id=person_id, contribution=contribution.id, changed=True)


def _record_submitted(
    writing: Writing, contribution: Contribution, themes: Sequence[Theme], told: PositionTold, actor: Actor
) -> None:
    version = list_versions(contribution.id)[0]
    stances = {theme.code: told.themes[theme.id].stance for theme in themes if theme.id in told.themes}
    record(
        Act.SUBMIT_POSITION,
        actor,
        contribution,
        organisation=writing.organisation_id,
        state=contribution.state.value,
        version=contribution.version,
        text=fingerprint(version),
        stances=stances,
        files=len(list_files_of(contribution.id)),
    )
    for person_id in list_representatives(writing.organisation_id):
        enqueue("position_submitted", recipient_id=person_id, contribution=contribution.id)
    if contribution.is_public:
        bump(contribution.round_id)


def _is_verified(organisation: Organisation) -> None:
    read_again_locked(organisation, ("state",), shared=True)
    if not organisation.is_verified:
        raise NotNow(_("We still have to check this organisation. You can write now, and send in after that."))


def _is_open(round_id: uuid.UUID) -> None:
    if session().scalar(select(Round.state).where(Round.id == round_id)) is not RoundState.OPEN:
        raise NotNow(_("The round is closed, so what stands there stays."))


def _may_sign(position: Position, organisation: Organisation, actor: Actor) -> None:
    represents = actor.memberships.get(organisation.id) is MemberDuty.REPRESENTATIVE or actor.is_system
    if not represents:
        raise NotAllowed(_("You may not do this."))
    if organisation.id == position.organisation_id:
        raise Conflict(_("This is the position of your own organisation."))
    _is_verified(organisation)


def _what_is_signed(
    contribution: Contribution, theme_ids: Collection[uuid.UUID], mandate: Mandate, number: int, actor: Actor
) -> Mapping[int, Mapping[uuid.UUID, Said]]:
    """Return what each version says of each theme, after judging whether these themes can be signed now."""
    if not contribution.is_public:
        raise NotNow(_("This position is not public now, so nobody can sign with it."))
    if contribution.version != number:
        raise Conflict(_("This position was changed after you opened it. Read it again before you sign."))
    if lacks := rules.lacks_of_mandate(mandate, local(actor.arrived_at).date()):
        raise Conflict(" ".join(sentence for _field, sentence in lacks))
    by_number = said_by_number(list_position_versions(contribution.id))
    if not theme_ids or set(theme_ids) - set(by_number[number]):
        raise Conflict(_("Choose themes of which this position says something."))
    return by_number


def _sign(
    contribution: Contribution, organisation: Organisation, theme_id: uuid.UUID, mandate: Mandate, actor: Actor
) -> CoSign:
    return add(
        CoSign(
            contribution_id=contribution.id,
            organisation_id=organisation.id,
            theme_id=theme_id,
            number=contribution.version,
            **mandate.columns(),
            signed_by_id=actor.person_id,
            signed_at=actor.arrived_at,
        )
    )


def _tell_owner(kind: str, position: Position, organisation: Organisation) -> None:
    for person_id in list_representatives(position.organisation_id):
        enqueue(kind, recipient_id=person_id, contribution=position.contribution_id, organisation=organisation.id)
