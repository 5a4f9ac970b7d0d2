"""Adding files to a contribution, telling what is to be seen on them, and taking them off its page and back."""

from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256

from consult.audit.verbs import record
from consult.contributions import rules
from consult.contributions.models import READ_FIRST, Attachment, Checked, Contribution, Kind, SignalKind, State
from consult.contributions.queries import has_waiting, is_read_since, list_files_of, size_of_files
from consult.contributions.verbs import clear_signals, hold_rows, signal
from consult.foundation.db import add, read_again_locked, session
from consult.foundation.errors import Conflict, NotNow
from consult.foundation.files import MOST, Incoming, claim
from consult.foundation.language import gettext as _
from consult.policy import Act, Actor
from consult.rounds.models import Round
from consult.rounds.verbs import bump, hold_phase_for


def attach(
    contribution: Contribution,
    incoming: Incoming,
    actor: Actor,
    *,
    alt: str = "",
    is_public: bool = True,
    waits: bool = False,
) -> Attachment:
    """Add a file that was taken to a contribution; the same content once more stays one file.

    One that `waits` comes on the page once a moderator looked at it.
    Whoever calls this has judged whether something may be added now. Refused when five files stand there,
    when the room of its organisation or author is full, and for a public picture of which nobody says what
    is to be seen.
    """
    hold_rows(contribution)
    standing = list_files_of(contribution.id)
    for earlier in standing:
        if earlier.sha256 == incoming.sha256 and (earlier.is_public == is_public or earlier.hidden_why):
            claim(incoming)
            return earlier
    incoming = replace(incoming, alt=alt or incoming.alt)
    _judge_file(contribution, incoming, len(standing), is_public)
    told = {name: value for name, value in vars(incoming).items() if name != "is_clean"}
    new = add(
        Attachment(
            **told,
            contribution_id=contribution.id,
            position=max((one.position for one in standing), default=0) + 1,
            is_public=is_public and not waits,
            hidden_why=READ_FIRST if waits else "",
            checked=Checked.CLEAN if incoming.is_clean else Checked.WAITING,
            added_by_id=actor.person_id,
            added_at=actor.arrived_at,
        )
    )
    claim(incoming)
    _record_file(Act.ATTACH_FILE, actor, contribution, new, public=new.is_public, size=new.size)
    return new


def _judge_file(contribution: Contribution, incoming: Incoming, standing: int, is_public: bool) -> None:
    if standing >= MOST:
        raise Conflict(_("There are %(most)s files already. Remove one first.", most=MOST))
    if is_public and incoming.is_image and not incoming.alt:
        raise Conflict(_("Say what is to be seen on %(name)s.", name=incoming.name))
    if size_of_files(contribution) + incoming.size > rules.ROOM:
        raise Conflict(_("There is no room for more files. Ask the municipality."))


def attach_all(contribution: Contribution, coming: Sequence[Incoming], actor: Actor) -> list[Attachment]:
    """Add several files to a contribution, each as `attach` does.

    Where moderators read before anything is public, and read this text already, they look at the files first too.
    """
    if not coming:
        return []
    hold_rows(contribution)  # whether it is public is judged as it is now
    waits = contribution.is_public and session().get_one(Round, contribution.round_id).holds_first
    if waits:
        signal(contribution, [SignalKind.ADDED], actor.arrived_at)
    return [attach(contribution, incoming, actor, waits=waits) for incoming in coming]


def add_files(contribution: Contribution, coming: Sequence[Incoming], actor: Actor) -> list[Attachment]:
    """Add files to what one brought in before.

    Refused outside the phases in which it may be sent in, and for what was withdrawn or refused.
    """
    _hold_phase_of(contribution, Act.ATTACH_FILE, actor)
    hold_rows(contribution)
    _still_stands(contribution)
    return attach_all(contribution, coming, actor)


def describe(attachment: Attachment, actor: Actor, *, alt: str) -> None:
    """Say what is to be seen on a picture, for whoever does not see it."""
    attachment.alt = alt
    _record_file(Act.DESCRIBE_FILE, actor, attachment.contribution, attachment)


def remove(attachment: Attachment, actor: Actor) -> None:
    """Take a file back: nobody sees it any more.

    Refused outside the phases in which its contribution may be sent in, and when it was removed before.
    """
    _hold_phase_of(attachment.contribution, Act.REMOVE_FILE, actor)
    hold_rows(attachment.contribution)
    read_again_locked(attachment, ("removed_at",))
    if attachment.removed_at is not None:
        raise NotNow(_("This file was removed before."))
    attachment.removed_at = actor.arrived_at
    _waits_no_more(attachment.contribution, actor)
    _record_file(Act.REMOVE_FILE, actor, attachment.contribution, attachment)


def hide(attachment: Attachment, actor: Actor, *, why: str) -> None:
    """Take a file off the public page, or do not let it come there; its author reads why, and still has it.

    Refused when it is not on the page and does not wait to be.
    """
    hold_rows(attachment.contribution)
    read_again_locked(attachment, ("removed_at", "is_public", "hidden_why"))
    if not (attachment.is_public or attachment.waits_to_be_seen) or attachment.removed_at is not None:
        raise NotNow(_("This file is not on the page."))
    attachment.is_public, attachment.hidden_why = False, why
    _waits_no_more(attachment.contribution, actor)
    _record_file(Act.HIDE_FILE, actor, attachment.contribution, attachment)


def show(attachment: Attachment, actor: Actor) -> None:
    """Put a file back on the public page.

    Refused when no moderator took it off, and for a picture of which nobody says what is to be seen.
    """
    hold_rows(attachment.contribution)
    read_again_locked(attachment, ("removed_at", "is_public", "hidden_why"))
    if attachment.is_public or not attachment.hidden_why or attachment.removed_at is not None:
        raise NotNow(_("This file was not taken off the page."))
    attachment.is_public, attachment.hidden_why = True, ""
    _waits_no_more(attachment.contribution, actor)
    _record_file(Act.SHOW_FILE, actor, attachment.contribution, attachment)


def _waits_no_more(contribution: Contribution, actor: Actor) -> None:
    """Take the signal back where no file waits any more; a text that changed since it came is still to be read."""
    session().flush()
    if not has_waiting(contribution.id) and is_read_since(contribution.id):
        clear_signals(contribution, actor.arrived_at, SignalKind.ADDED)


def note_check(attachment: Attachment, actor: Actor, *, is_clean: bool) -> None:
    """Write down what the scanner said of a file; one in which it found something is never given to anybody.

    Nothing changes when it was said before.
    """
    read_again_locked(attachment, ("checked",))
    if attachment.checked is not Checked.WAITING:
        return
    attachment.checked = Checked.CLEAN if is_clean else Checked.INFECTED
    _record_file(Act.CHECK_FILE, actor, attachment.contribution, attachment, clean=is_clean)


def _record_file(act: Act, actor: Actor, contribution: Contribution, attachment: Attachment, **facts: object) -> None:
    """Write down what was done with a file; its hash says nothing once the row with the random name is gone."""
    salted = sha256(f"{attachment.stored_name}|{attachment.sha256}".encode()).hexdigest()
    record(act, actor, contribution, attachment=attachment.id, content=salted, **facts)
    if contribution.is_public:
        bump(contribution.round_id)


def _hold_phase_of(contribution: Contribution, act: Act, actor: Actor) -> None:
    """Hold the phase that takes files of a proposal, or of a position, which may come later."""
    taking = Act.SUBMIT_POSITION if contribution.kind is Kind.POSITION else act
    hold_phase_for(contribution.round_id, taking, actor.arrived_at)


def _still_stands(contribution: Contribution) -> None:
    if contribution.state in {State.WITHDRAWN, State.REFUSED}:
        raise NotNow(_("This is %(state)s, so it takes no files.", state=contribution.state.words))
