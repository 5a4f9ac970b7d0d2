"""Setting the term, noting outages, and receiving, acknowledging, judging and withdrawing formal views."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import joinedload
from sqlalchemy.orm.attributes import set_committed_value

from consult.audit.verbs import record
from consult.contributions.models import Checked
from consult.foundation.db import add, locked, read_again_locked, session
from consult.foundation.errors import Conflict, NotAllowed, NotNow
from consult.foundation.files import Incoming, claim
from consult.foundation.language import day as say_day
from consult.foundation.language import gettext as _
from consult.foundation.mail import enqueue
from consult.foundation.workdays import next_workday
from consult.participants.models import Organisation, Person
from consult.participants.queries import list_representatives
from consult.participants.verbs import note_writer
from consult.policy import Act, Actor
from consult.proposals import unsent
from consult.proposals.models import Place
from consult.review import rules
from consult.review.models import FormalView, Outage, Term, Verdict, ViewFile, ViewState, Way
from consult.review.queries import list_notes, size_of_files
from consult.rounds.models import PhaseKind, Round, RoundState
from consult.rounds.queries import list_phases
from consult.rounds.verbs import bump, hold_decided
from consult.synthesis.models import Draft, DraftState

FRESH = ("state", "note_id", "verdict", "split_at")  # columns of a formal view that others may have changed


@dataclass(frozen=True)
class TermTold:
    """What makes a term: the notice in the official gazette, and from which day the draft can be seen."""

    draft: Draft
    notice_reference: str
    notice_url: str
    notice_on: date
    available_on: date


@dataclass(frozen=True)
class OfflineView:
    """A formal view that came by letter, or of which somebody at the desk wrote down what was said."""

    way: Way
    writer: str
    text: str
    received_at: datetime
    postmarked_on: date | None = None
    reply_to: str = ""
    reference: str = ""
    files: Sequence[Incoming] = ()


# --- the term ---


def set_term(subject: Round, told: TermTold, actor: Actor) -> Term:
    """Set the term of the formal review of a round, or correct it as long as it did not begin.

    Refused while the round is not open or its gate P3 is shut, for a version of the draft that is not public,
    without the notice in the official gazette (Awb 3:12), and once the term began: then only an outage can move
    its end.
    """
    if subject.state is not RoundState.OPEN:
        raise NotNow(_("The round is not open, so it has no formal review."))
    _wait_for_the_gate(subject)
    if told.draft.round_id != subject.id or told.draft.state is not DraftState.PUBLISHED:
        raise Conflict(_("Choose a version of the draft that is published."))
    if not told.notice_reference or not told.notice_url:
        raise Conflict(_("Without a notice in the official gazette no term can begin. Fill in its number and address."))
    first_day = rules.first_day_of(told.notice_on, told.available_on)
    term = _find_held(subject.id)
    if term is not None and term.first_day <= rules.received_day(actor.arrived_at):
        begun = say_day(term.first_day)
        raise NotNow(_("The term began on %(day)s, so it stays as people read it. Note an outage instead.", day=begun))
    term = term or Term(round_id=subject.id)
    term.draft_id, term.notice_reference, term.notice_url = told.draft.id, told.notice_reference, told.notice_url
    term.notice_on, term.available_on = told.notice_on, told.available_on
    term.first_day, term.last_day = first_day, rules.last_day_of(first_day)
    term.set_by_id, term.set_at = actor.person_id, actor.arrived_at
    add(term)
    record(Act.SET_TERM, actor, term, first=term.first_day, last=term.last_day, draft=told.draft.id)
    bump(subject.id)
    return term


def _wait_for_the_gate(subject: Round) -> None:
    phase = next((one for one in list_phases(subject.id) if one.kind is PhaseKind.FORMAL_REVIEW), None)
    if subject.has_gates and phase is not None and phase.cleared_at is None:
        opens = say_day(phase.first_day)
        raise NotNow(_("The review is planned from %(opens)s, but its gate P3 was not passed yet.", opens=opens))


def note_outage(
    term: Term, actor: Actor, *, began_at: datetime, ended_at: datetime, reason: str, extends_to: date | None = None
) -> Outage:
    """Write down that formal views could not be sent in for a while, and to which day that moves the end.

    A new last day on a weekend or a holiday moves to the next working day (Algemene termijnenwet 1). Refused
    without a reason, since everybody reads it, and for an extension that does not make the term longer.
    """
    held = hold_term(term.round_id)
    if not reason.strip():
        raise Conflict(_("Say what did not work: everybody reads it."))
    rules.judge_outage(held.ends_on, began_at, ended_at, extends_to, actor.arrived_at)
    if extends_to is not None:
        extends_to = next_workday(extends_to)
    new = Outage(
        term_id=held.id,
        round_id=held.round_id,
        began_at=began_at,
        ended_at=ended_at,
        reason=reason,
        extends_to=extends_to,
        noted_by_id=actor.person_id,
        noted_at=actor.arrived_at,
    )
    add(new)
    set_committed_value(held, "outages", [*held.outages, new])
    record(Act.NOTE_OUTAGE, actor, new, term=held.id, extends_to=extends_to)
    bump(held.round_id)
    return new


# --- receiving ---


def submit_view(
    term: Term,
    actor: Actor,
    text: str,
    *,
    organisation: Organisation | None = None,
    files: Sequence[Incoming] = (),
) -> FormalView:
    """Receive what somebody formally says of the draft, for themselves or for an organisation they are a member of.

    It gets its number and a proof of receipt with the whole text and the names of its files at once; what was
    kept of it unsent goes. Received too before the term begins and after its end: whether it is on time is
    judged later. Refused after the decision, while the round is not open, for an organisation that the actor is
    no member of, and when the room for files of the sender is full.
    """
    if organisation is not None and organisation.id not in actor.memberships:
        raise NotAllowed(_("You can only respond for an organisation that you are a member of."))
    view = _receive(term, actor, Way.ONLINE, text, received_at=actor.arrived_at)
    if organisation is None:
        view.author_id = actor.person_id
    else:
        view.organisation_id, view.entered_by_id = organisation.id, actor.person_id
    view.state, view.acknowledged_at = ViewState.ACKNOWLEDGED, actor.arrived_at
    add(view)
    if size_of_files(view) + sum(one.size for one in files) > rules.ROOM:
        raise Conflict(_("There is no room for more files. Ask the municipality."))
    _keep_files(view, files, actor)
    unsent.drop(actor, Place.FORMAL_VIEW, term.round_id)
    record(Act.SUBMIT_VIEW, actor, view, number=view.number, text=rules.fingerprint(view))
    enqueue("formal_view_received", recipient_id=actor.person_id, view=view.id)
    return view


def enter_view(term: Term, actor: Actor, told: OfflineView) -> FormalView:
    """Enter a formal view that came by letter, or what somebody said at the desk (Awb 3:15, 3:17).

    Its proof of receipt goes on paper: see `acknowledge`. Refused as `submit_view`, for a day that is still to
    come, and for a postmark after the day of receipt.
    """
    if told.way is Way.ONLINE:
        raise ValueError("what comes online is sent by its writer")
    if told.received_at > actor.arrived_at:
        raise Conflict(_("This day is still to come. Fill in the day on which it came in."))
    if told.postmarked_on is not None and told.postmarked_on > rules.received_day(told.received_at):
        raise Conflict(_("It cannot be posted after it came in. Change one of the days."))
    view = _receive(term, actor, told.way, told.text, received_at=told.received_at)
    view.author_id, view.entered_by_id = note_writer(told.writer).id, actor.person_id
    view.reply_to, view.reference = told.reply_to, told.reference
    view.postmarked_on = told.postmarked_on if told.way is Way.LETTER else None
    add(view)
    _keep_files(view, told.files, actor)
    record(Act.ENTER_VIEW, actor, view, number=view.number, way=view.way.value, text=rules.fingerprint(view))
    return view


def _receive(term: Term, actor: Actor, way: Way, text: str, *, received_at: datetime) -> FormalView:
    """Give a formal view the next number of its round; whoever comes at the same time waits for that."""
    held = hold_term(term.round_id)
    state = session().scalar(select(Round.state).where(Round.id == held.round_id))
    if state is not RoundState.OPEN or hold_decided(held.round_id) is not None:
        raise NotNow(_("The decision was taken, so nothing can be sent in any more."))
    held.taken += 1
    return FormalView(
        id=uuid.uuid4(),
        round_id=held.round_id,
        number=held.taken,
        way=way,
        state=ViewState.RECEIVED,
        text=text,
        received_at=received_at,
        entered_at=actor.arrived_at,
    )


def _keep_files(view: FormalView, coming: Sequence[Incoming], actor: Actor) -> None:
    """Keep the files that came with a formal view; the same content twice is one file."""
    kept: dict[str, ViewFile] = {}
    for incoming in coming:
        if incoming.sha256 not in kept:
            told = {name: value for name, value in vars(incoming).items() if name not in {"is_clean", "alt"}}
            checked = Checked.CLEAN if incoming.is_clean else Checked.WAITING
            place = {"view_id": view.id, "position": len(kept) + 1}
            kept[incoming.sha256] = add(ViewFile(**told, **place, checked=checked, added_at=actor.arrived_at))
        claim(incoming)
    set_committed_value(view, "files", list(kept.values()))


def note_scan(view_file_id: uuid.UUID, actor: Actor, *, is_clean: bool) -> None:
    """Write down what the scanner said of a file; one in which it found something is never given to anybody."""
    wanted = select(ViewFile).where(ViewFile.id == view_file_id)
    found = session().scalar(locked(wanted.options(joinedload(ViewFile.view, innerjoin=True))))
    if found is not None and found.checked is Checked.WAITING:
        found.checked = Checked.CLEAN if is_clean else Checked.INFECTED
        record(Act.CHECK_FILE, actor, found, view=found.view_id, clean=is_clean)


def acknowledge(view: FormalView, actor: Actor) -> None:
    """Say that the proof of receipt of a formal view went out on paper; refused when it did before."""
    hold_view(view)
    rules.judge_move(view, ViewState.ACKNOWLEDGED)
    view.state, view.acknowledged_at = ViewState.ACKNOWLEDGED, actor.arrived_at
    record(Act.ACKNOWLEDGE_VIEW, actor, view, number=view.number)


# --- judging ---


def judge(view: FormalView, verdict: Verdict, reason: str, actor: Actor) -> None:
    """Say whether a formal view is admissible; whoever sent it in is told.

    What came in on time is admissible; what did not is too late, or excused for a reason that lies not with
    the writer (Awb 6:11). Refused when the days say something else, before its receipt went out, once it was
    divided into points, while a response note waits, and without the reason where a person decides.
    """
    term = hold_view(view)
    rules.judge_move(view, ViewState(verdict.value))
    rules.judge_verdict(timing_of(view, term), verdict, reason)
    if (view.verdict, view.reason) == (verdict, reason):
        return
    view.verdict, view.reason, view.state = verdict, reason, ViewState(verdict.value)
    view.judged_by_id, view.judged_at = actor.person_id, actor.arrived_at
    session().flush()
    record(Act.JUDGE_VIEW, actor, view, number=view.number, verdict=verdict.value)
    tell_of("formal_view_judged", view)


def timing_of(view: FormalView, term: Term) -> rules.Timing:
    """Say whether a formal view is on time; the outages of the term are loaded."""
    received_on = rules.received_day(view.received_at)
    return rules.timing(term.first_day, term.ends_on, received_on, view.postmarked_on)


def withdraw_view(view: FormalView, actor: Actor) -> None:
    """Take a formal view back; its number stays, and that it was taken back is counted.

    A response note that waits for a second person says something else from then on, so it is taken back too.
    Refused when the view was taken back before, and once a published note treats it.
    """
    hold_view(view, waits=False)
    rules.judge_move(view, ViewState.WITHDRAWN)
    view.state, view.withdrawn_at = ViewState.WITHDRAWN, actor.arrived_at
    for note in list_notes(view.round_id):
        if note.published_at is None:
            note.returned_at = actor.arrived_at
    record(Act.WITHDRAW_VIEW, actor, view, number=view.number)


# --- one after the other ---


def _find_held(round_id: uuid.UUID) -> Term | None:
    """Find the term of a round with its outages, held until the transaction ends, as the database has it now."""
    found = session().scalar(select(Term).where(Term.round_id == round_id))
    if found is None:
        return None
    read_again_locked(found, ("draft_id", "first_day", "last_day", "taken"))
    wanted = select(Outage).where(Outage.term_id == found.id).order_by(Outage.began_at)
    set_committed_value(found, "outages", list(session().scalars(wanted)))
    return found


def hold_term(round_id: uuid.UUID) -> Term:
    """Hold the term of a round, with its outages: all changes of a formal review go one after the other."""
    found = _find_held(round_id)
    if found is None:
        raise NotNow(_("This round has no term for formal views yet."))
    return found


def hold_view(view: FormalView, *, waits: bool = True) -> Term:
    """Hold the term and read a formal view anew; returns the term with its outages.

    Refused while a response note waits for a second person, unless `waits` is false.
    """
    term = hold_term(view.round_id)
    read_again_locked(view, FRESH)
    if waits:
        judge_waiting(view.round_id)
    return term


def judge_waiting(round_id: uuid.UUID) -> None:
    """Refuse a change of what a response note says while it waits for a second person."""
    if any(note.published_at is None for note in list_notes(round_id)):
        raise NotNow(_("The response note waits for a second person. Take it back before you change something."))


def tell_of(kind: str, view: FormalView) -> None:
    """Tell the author of a formal view, or those who represent its organisation, by mail; others hear on paper."""
    people: Sequence[uuid.UUID] = []
    if view.organisation_id is not None:
        people = list_representatives(view.organisation_id)
    elif view.author_id is not None:
        has_account = (Person.id == view.author_id, Person.account_id.is_not(None))
        people = session().scalars(select(Person.id).where(*has_account)).all()
    for person_id in people:
        enqueue(kind, recipient_id=person_id, view=view.id)
