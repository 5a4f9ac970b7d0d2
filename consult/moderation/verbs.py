"""What moderators do with contributions: hold, publish, refuse with a second person, merge and split."""

from collections.abc import Mapping, Sequence

from sqlalchemy import update

from consult.audit.verbs import record
from consult.contributions.models import PUT_FORWARD, Contribution, Kind, State
from consult.contributions.queries import has_merged
from consult.contributions.verbs import clear_signals, end_shared, hold_rows
from consult.foundation.db import add, insert_of, new_id, session
from consult.foundation.errors import Conflict, NotAllowed, TooMany
from consult.foundation.language import gettext as _
from consult.foundation.mail import enqueue
from consult.intake.verbs import reply_again
from consult.mandates.models import GateKind
from consult.mandates.signing import void_sign_offs
from consult.moderation import rules
from consult.moderation.models import Ground, Hold, Refusal, Report, Settled
from consult.moderation.queries import as_read, count_reports_since, find_undecided, find_waiting
from consult.policy import Act, Actor
from consult.rounds.models import Round
from consult.rounds.verbs import bump, hold_undecided
from consult.voting.verbs import merge_options, offer


def hold(contribution: Contribution, ground: Ground, reason: str, actor: Actor) -> Hold:
    """Take a published contribution out of sight until it was looked at again; its author is told why.

    One person may do this, since it can be urgent; refusing needs a second. Refused when it is not published
    now, and while others are joined with it.
    """
    hold_rows(contribution)
    rules.check_step(contribution, rules.HOLDS_FROM)
    _leaves(contribution, State.HELD, actor)
    told = {"ground": ground, "reason": reason, "held_by_id": actor.person_id, "held_at": actor.arrived_at}
    made = add(Hold(contribution_id=contribution.id, **told))
    record(Act.HOLD, actor, contribution, hold=made.id, ground=ground.value)
    _settle(contribution, actor, Settled.UPHELD, "")
    enqueue("held", contribution=contribution.id, hold=made.id)
    bump(contribution.round_id)
    return made


def publish(contribution: Contribution, actor: Actor, *, read: str = "") -> None:
    """Let anyone read a contribution that was held, and offer it to the polls of the round.

    `read` is the mark of what the actor read of it (see `queries.as_read`). Refused when that changed meanwhile,
    when it is not held now, and while a decision waits for a second person.
    """
    hold_rows(contribution)
    rules.check_step(contribution, rules.PUBLISHES_FROM)
    nothing_waits(contribution)
    if read and read != as_read([contribution])[contribution.id]:
        told = {"name": contribution.title or contribution.text[:60]}
        raise Conflict(_("“%(name)s” changed after you opened this page. Open it again and read it first.", **told))
    put_on_site(contribution)
    clear_signals(contribution, actor.arrived_at)
    record(Act.PUBLISH_CONTRIBUTION, actor, contribution)
    enqueue("published", contribution=contribution.id)
    if contribution.kind is Kind.ARGUMENT:
        enqueue("argued", contribution=contribution.id, dedupe=f"argued:{contribution.id}")


def publish_many(contributions: Sequence[Contribution], actor: Actor, *, read: Mapping[str, str]) -> None:
    """Let anyone read several contributions that were held; all of them, or none. `read`: the marks, by number.

    Refused like `publish` when one of them cannot be published.
    """
    hold_rows(*contributions)
    for one in contributions:
        if one.state is not State.HELD:
            told = {"name": one.title or one.text[:60], "state": one.state.words}
            raise Conflict(_("“%(name)s” is %(state)s now. Look at the list again.", **told))
        publish(one, actor, read=read.get(one.public_id, ""))


def put_on_site(contribution: Contribution) -> None:
    """Make a contribution public and offer it to the polls; whoever calls this holds the row, judges and records."""
    contribution.state = State.PUBLISHED
    session().flush()
    if contribution.kind in PUT_FORWARD:
        offer(contribution)
        if contribution.merged_into_id is not None:
            merge_options(contribution.id, contribution.merged_into_id)
    bump(contribution.round_id)


def report(contribution: Contribution, actor: Actor, ground: Ground, words: str) -> None:
    """Tell the moderators that something should not stand here; saying so twice is saying it once.

    Nothing changes before a moderator looked. Refused for what is not public, for one's own, and after ten in an
    hour.
    """
    if not contribution.is_public:
        raise Conflict(_("This is not on the site any more."))
    if contribution.author_id == actor.person_id or actor.person_id is None:
        raise NotAllowed(_("This is your own. You can change it or withdraw it."))
    if count_reports_since(actor.person_id, actor.arrived_at - rules.STRETCH) >= rules.REPORTS_AN_HOUR:
        raise TooMany(_("You reported a lot in a short time. Wait an hour, or call us."), retry_after=3600)
    told = {"ground": ground, "words": words, "reported_at": actor.arrived_at, "answer": ""}
    made = session().scalar(
        insert_of(Report)
        .values(id=new_id(), contribution_id=contribution.id, reporter_id=actor.person_id, **told)
        .on_conflict_do_nothing()
        .returning(Report.id)
    )
    if made is not None:
        record(Act.REPORT, None, contribution, ground=ground.value)  # the page promises that nobody sees who


def settle_reports(contribution: Contribution, actor: Actor, answer: str) -> None:
    """Say that what was reported of a contribution, or seen in it by a machine, was looked at and that it stays.

    Refused when nothing of this waits. A file that waits goes on asking for a look.
    """
    cleared = clear_signals(contribution, actor.arrived_at)
    if not _settle(contribution, actor, Settled.DISMISSED, answer, signals=cleared):
        raise Conflict(_("Nothing waits here any more. Look at the page again."))


def _settle(contribution: Contribution, actor: Actor, how: Settled, answer: str, *, signals: int = 0) -> bool:
    settled = session().execute(
        update(Report)
        .where(Report.contribution_id == contribution.id, Report.settled_at.is_(None))
        .values(settled=how, settled_at=actor.arrived_at, settled_by_id=actor.person_id, answer=answer)
    )
    number: int = settled.rowcount  # type: ignore[attr-defined]
    if number or signals:
        record(Act.SETTLE_REPORTS, actor, contribution, reports=number, signals=signals, settled=how.value)
    return bool(number or signals)


def propose_refusal(contribution: Contribution, ground: Ground, reason: str, actor: Actor) -> Refusal:
    """Propose to refuse a contribution on a ground of the closed list; nothing changes before somebody confirms.

    Refused when it is neither held nor published now, while another decision waits, and while others are
    joined with it.
    """
    hold_rows(contribution)
    rules.check_step(contribution, rules.REFUSES_FROM)
    nothing_waits(contribution)
    _carries_nobody(contribution)
    if actor.person_id is None:
        raise ValueError("a refusal is proposed by a person")
    refusal = add(
        Refusal(
            contribution_id=contribution.id,
            ground=ground,
            reason=reason,
            proposed_by_id=actor.person_id,
            proposed_at=actor.arrived_at,
        )
    )
    record(Act.PROPOSE_REFUSAL, actor, contribution, refusal=refusal.id, ground=ground.value)
    return refusal


def confirm_refusal(refusal: Refusal, actor: Actor) -> None:
    """Refuse a contribution as a second person; it is no longer public, its author still sees it with the reason.

    Refused for whoever proposed it, when it was decided already, and when the contribution moved meanwhile.
    """
    contribution = _decide(refusal, actor)
    rules.check_step(contribution, rules.REFUSES_FROM)
    _leaves(contribution, State.REFUSED, actor)
    refusal.is_confirmed = True
    _settle(contribution, actor, Settled.UPHELD, "")
    clear_signals(contribution, actor.arrived_at)
    record(Act.CONFIRM_REFUSAL, actor, contribution, refusal=refusal.id, ground=refusal.ground.value)
    reply_again(contribution.id)
    enqueue("refused", contribution=contribution.id, refusal=refusal.id)
    bump(contribution.round_id)  # refusals of what was never public stand in the public account too


def overrule_refusal(refusal: Refusal, actor: Actor) -> None:
    """Decide as a second person that a contribution is not refused; it stays where it was.

    Refused for whoever proposed it, and when it was decided already.
    """
    contribution = _decide(refusal, actor)
    refusal.is_confirmed = False
    record(Act.OVERRULE_REFUSAL, actor, contribution, refusal=refusal.id, ground=refusal.ground.value)


def merge(contribution: Contribution, into: Contribution, actor: Actor) -> None:
    """Join a contribution with another one that replaces it, by a pointer: text, address and votes stay.

    In polls that are not closed its support counts for the other one, once for each voter.
    Refused unless both are public and stand by themselves now, in one round and of one kind; so two
    moderators cannot make a circle. Refused while a decision on either waits, and after the decision of the round:
    what it rests on stays as it was decided about.
    """
    hold_undecided(contribution.round_id)
    hold_rows(contribution, into)
    rules.check_merge(contribution, into)
    nothing_waits(contribution)
    nothing_waits(into)
    end_shared(contribution, actor.arrived_at)  # the group that it stood for is part of another one now
    end_shared(into, actor.arrived_at, holding=contribution.hidden)
    contribution.merged_into_id = into.id
    session().flush()
    merge_options(contribution.id, into.id)
    void_sign_offs(contribution.round_id, GateKind.P2, actor)
    void_sign_offs(contribution.round_id, GateKind.P3, actor)  # of whose source a place in the draft is
    record(Act.MERGE, actor, contribution, into=into.id)
    enqueue("merged", contribution=contribution.id, into=into.id)
    bump(contribution.round_id)


def split(contribution: Contribution, actor: Actor) -> None:
    """Take a merge back: the contribution stands by itself again, with all that was joined with it before.

    What they said together is shown no longer, since it may hold words of this one; it is kept, to write it anew.
    Refused when it is not joined with another one now, and after the decision of the round.
    """
    hold_undecided(contribution.round_id)
    earlier = contribution.merged_into_id
    into = session().get(Contribution, earlier) if earlier is not None else None
    hold_rows(contribution, *([into] if into is not None else []))
    if into is None or contribution.merged_into_id != earlier:
        raise Conflict(_("This one is not joined with another one now."))
    contribution.merged_into_id = None
    session().flush()
    end_shared(into, actor.arrived_at)
    merge_options(contribution.id, None)
    void_sign_offs(contribution.round_id, GateKind.P2, actor)
    void_sign_offs(contribution.round_id, GateKind.P3, actor)  # of whose source a place in the draft is
    record(Act.SPLIT, actor, contribution, earlier=earlier)
    bump(contribution.round_id)


def _decide(refusal: Refusal, actor: Actor) -> Contribution:
    """Lock a refusal and what it is about, and sign the decision with the actor's name."""
    rules.check_second_person(refusal, actor)
    contribution = session().get_one(Contribution, refusal.contribution_id)
    hold_rows(contribution)
    session().refresh(refusal, with_for_update={"key_share": True})
    if refusal.decided_at is not None:
        raise Conflict(_("Somebody else decided on this refusal already."))
    refusal.decided_by_id, refusal.decided_at = actor.person_id, actor.arrived_at
    return contribution


def nothing_waits(contribution: Contribution) -> None:
    """Refuse a step while a decision on this contribution waits for a second person."""
    if find_undecided(contribution.id) is not None or find_waiting(contribution.id) is not None:
        raise Conflict(_("A decision on this contribution waits for a second person. Decide on that first."))


def _leaves(contribution: Contribution, state: State, actor: Actor) -> None:
    """Take a contribution off the site, and with it what others say together with it: that may hold its words."""
    _carries_nobody(contribution)
    end_shared(contribution, actor.arrived_at)
    contribution.state = state


def _carries_nobody(contribution: Contribution) -> None:
    """Refuse while others are joined with it; after the decision these can be separated no more, so they stay."""
    if has_merged(contribution.id) and not session().get_one(Round, contribution.round_id).is_decided:
        raise Conflict(_("Others were joined with this one. Separate them first, so that they stay readable."))
