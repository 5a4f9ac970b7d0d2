"""Ballots on paper: typed by one person with the letter that they came with, and counted by a second one.

Only where a round asks for a code from a letter or has a list can they be taken: there a letter, or a number on the
list, stands for one voter, on paper or online. Who has which letter or number stands with the authority.
"""

import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, func, null, select, update
from sqlalchemy.orm import contains_eager, joinedload

from consult.audit.verbs import record
from consult.contributions.models import Channel
from consult.foundation import clock
from consult.foundation.db import add, read_again_locked, session
from consult.foundation.errors import Conflict, NotAllowed, NotFound, NotNow
from consult.foundation.language import day, local
from consult.foundation.language import gettext as _
from consult.policy import Act, Actor
from consult.rounds.models import Phase, Round, Verification
from consult.rounds.queries import get_round
from consult.rounds.verbs import hold_phase
from consult.voting import rules
from consult.voting.ballots import judge, said
from consult.voting.electorate import voter_of_letter
from consult.voting.methods import METHODS, Unfit
from consult.voting.models import Ballot, Credential, LetterCode, Mark, PaperBallot, Poll, Register
from consult.voting.queries import Sheet, find_own_invalidation, get_poll, get_sheet, list_polls, void
from consult.voting.verbs import count_change, set_ballot, set_mark
from consult.voting.watching import lift_invalidation

TAKES_PAPER = (Verification.LETTER_CODE, Verification.LIST)
CHANNELS = (Channel.LETTER, Channel.DESK, Channel.MEETING, Channel.PAPER)  # how paper comes in
SHOWN = 50  # ballots that wait, on one page
TYPED = {1: 1, 2: 0, 3: -1}  # of a poll without whole ballots: first, second and third button


class UnfitLetter(ValueError):
    """This letter brings no ballot; its text is a sentence for who typed it."""


@dataclass(frozen=True)
class Stack:
    """The ballots on paper of one poll: how many of each channel count, what waits, what is aside or came too late."""

    poll: Poll
    counted: Mapping[Channel, int]
    waiting: Sequence[PaperBallot]
    waits: int
    aside: int
    late: int


def takes_paper(subject: Round) -> bool:
    """Say whether ballots on paper can be entered in a round."""
    return subject.verification in TAKES_PAPER


def has_list(subject: Round) -> bool:
    """Say whether a ballot on paper comes with a number on a list, and not with a letter."""
    return subject.verification is Verification.LIST


def list_stacks(round_id: uuid.UUID) -> list[Stack]:
    """List the polls of a round with their ballots on paper; of what waits the first fifty of the round."""
    polls = list_polls(round_id)
    ids = [poll.id for poll in polls]
    numbers = _numbers(ids)
    wanted = select(PaperBallot).where(PaperBallot.poll_id.in_(ids), PaperBallot.letter_id.is_not(None))
    wanted = wanted.options(joinedload(PaperBallot.letter))
    waiting = session().scalars(wanted.order_by(PaperBallot.entered_on, PaperBallot.number).limit(SHOWN)).all()
    return [
        Stack(
            poll,
            {channel: numbers[poll.id, channel] for channel in CHANNELS if numbers[poll.id, channel]},
            [one for one in waiting if one.poll_id == poll.id],
            numbers[poll.id, "waits"],
            numbers[poll.id, "aside"],
            numbers[poll.id, "late"],
        )
        for poll in polls
    ]


def _numbers(poll_ids: Sequence[uuid.UUID]) -> Counter[tuple[uuid.UUID, Channel | str]]:
    """Count for each poll the ballots that count by their way in, and what waits, is aside or came too late."""
    counted = select(Ballot.poll_id, Ballot.channel, func.count()).group_by(Ballot.poll_id, Ballot.channel)
    counted = counted.where(Ballot.poll_id.in_(poll_ids), Ballot.channel.in_(CHANNELS), Ballot.id.not_in(void()))
    found = {(poll_id, channel): number for poll_id, channel, number in session().execute(counted)}
    numbers: Counter[tuple[uuid.UUID, Channel | str]] = Counter(found)
    state = (PaperBallot.aside_because.is_not(None), Phase.closed_at.is_not(None))
    others = select(PaperBallot.poll_id, *state, func.count()).join(Poll, Poll.id == PaperBallot.poll_id)
    others = others.join(Phase, Phase.id == Poll.phase_id).group_by(PaperBallot.poll_id, *state)
    others = others.where(PaperBallot.poll_id.in_(poll_ids), PaperBallot.checked_on.is_(None))
    for poll_id, is_aside, is_late, number in session().execute(others):
        numbers[poll_id, "aside" if is_aside else "late" if is_late else "waits"] += number
    return numbers


def _unseen() -> ColumnElement[bool]:
    return and_(PaperBallot.checked_on.is_(None), PaperBallot.aside_because.is_(None))


def forget_late() -> int:
    """Forget what the ballots say that still waited when their poll closed, and with which letters; return how many.

    That they came too late is what is left of them.
    """
    over = select(Poll.id).join(Phase, Phase.id == Poll.phase_id).where(Phase.closed_at.is_not(None))
    late = update(PaperBallot).where(PaperBallot.poll_id.in_(over), PaperBallot.letter_id.is_not(None))
    told: Any = session().execute(
        late.values(marks=null(), letter_id=None).execution_options(synchronize_session=False)
    )
    return int(told.rowcount)


def count_waiting(poll_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, int]:
    """Count the ballots on paper at which no second person has looked, those that came too late among them."""
    wanted = select(PaperBallot.poll_id, func.count()).where(PaperBallot.poll_id.in_(poll_ids), _unseen())
    return {poll_id: number for poll_id, number in session().execute(wanted.group_by(PaperBallot.poll_id))}


def get_paper_sheet(actor: Actor, slug: str, poll_id: uuid.UUID) -> Sheet:
    """Return a poll with what stands on its ballot and its whole round."""
    whole = get_round(actor, slug)
    sheet = get_sheet(actor, slug, poll_id)
    assert sheet.poll.round is whole
    return sheet


def get_paper_ballot(actor: Actor, slug: str, poll_id: uuid.UUID, paper_number: int) -> PaperBallot:
    """Return a ballot on paper of a round that the actor may know of, with its letter and poll, and the whole round."""
    whole, poll = get_round(actor, slug), get_poll(actor, slug, poll_id)
    assert poll.round is whole
    wanted = select(PaperBallot).where(PaperBallot.poll_id == poll.id, PaperBallot.number == paper_number)
    found = session().scalar(
        wanted.join(PaperBallot.poll).options(
            contains_eager(PaperBallot.poll), joinedload(PaperBallot.letter).joinedload(LetterCode.batch)
        )
    )
    if found is None:
        raise NotFound
    return found


def find_letter(round_id: uuid.UUID, serial: int | None, stored: bytes | None) -> LetterCode | None:
    """Find a letter of a round by the number on it or the form in which its code is stored, or a place on its list."""
    key = LetterCode.serial == serial if serial is not None else LetterCode.hash == stored
    wanted = select(LetterCode).join(Round, Round.id == LetterCode.round_id).where(Round.id == round_id, key)
    wanted = wanted.where(LetterCode.is_list == (Round.verification == Verification.LIST))
    return session().scalar(wanted.options(joinedload(LetterCode.batch)))


def enter_paper(
    sheet: Sheet, letter: LetterCode | None, actor: Actor, *, channel: Channel, marks: Mapping[uuid.UUID, int]
) -> PaperBallot:
    """Type over a ballot on paper; it counts when a second person has looked at it.

    The letter opens nothing online from now on. Refused while the phase does not take votes, in a round in which
    nobody could tell that somebody votes twice, for a letter or number that is not known, was replaced, is in use
    online or brought a ballot in this poll before (UnfitLetter), and for one that breaks a rule of the poll (Unfit).
    """
    poll = sheet.poll
    hold_phase(poll.phase, at=actor.arrived_at)
    if not takes_paper(poll.round):
        words = _("This round has no codes by letter and no list of voters, so it takes no ballots on paper.")
        raise Conflict(words)
    if channel not in CHANNELS:
        raise Conflict(_("Say how this ballot came in."))
    says = read_paper(sheet, marks)
    letter = _fit_letter(poll, letter)
    if letter.used_on is None:
        letter.used_on, letter.on_paper = local(clock.now()).date(), True
    read_again_locked(poll, ("title",))  # numbers are given out one by one
    last = session().scalar(select(func.max(PaperBallot.number)).where(PaperBallot.poll_id == poll.id)) or 0
    made = add(
        PaperBallot(
            poll_id=poll.id,
            number=last + 1,
            channel=channel,
            letter_id=letter.id,
            marks={option_id.hex: value for option_id, value in says.items()},
            entered_by_id=actor.person_id,
            entered_on=local(clock.now()).date(),
        )
    )
    record(Act.ENTER_PAPER, actor, poll, number=made.number, channel=channel.value)
    return made


def read_paper(sheet: Sheet, marks: Mapping[uuid.UUID, int]) -> Mapping[uuid.UUID, int]:
    """Return what typed marks mean in a poll; raises Unfit, and Conflict for what is not on the ballot."""
    if METHODS[sheet.poll.method].is_whole:
        judge(sheet, marks)
        return said(sheet, marks)
    if not {option.id for option in sheet.options}.issuperset(marks):
        raise Conflict(_("What you chose is not on the ballot any more. Look at the page again."))
    if not marks or not set(TYPED).issuperset(marks.values()):
        raise Unfit(_("Choose what stands on the paper, for one proposal or more."))
    return {option_id: TYPED[value] for option_id, value in marks.items()}


def _fit_letter(poll: Poll, letter: LetterCode | None) -> LetterCode:
    """Return a letter, locked, of which a ballot can be taken."""
    listed = has_list(poll.round)
    if letter is None and listed:
        raise UnfitLetter(_("This number is not on the list of the round. Compare it with the paper."))
    if letter is None:
        raise UnfitLetter(_("No letter of this round has this code or number. Compare it with the paper and the list."))
    read_again_locked(letter, ("used_on", "on_paper", "replaced_at"))
    if letter.replaced_at is not None:
        words = _("Another letter took the place of this one on %(day)s. A ballot with the old one does not count.")
        gone = _("This number was taken from the list on %(day)s. A ballot with it does not count.")
        raise UnfitLetter((gone if listed else words) % {"day": day(letter.replaced_at)})
    if letter.used_on is not None and not letter.on_paper:
        words = _("With this letter somebody takes part online since %(day)s. So a ballot on paper does not count.")
        online = _("Who has this number takes part online since %(day)s. So a ballot on paper does not count.")
        raise UnfitLetter((online if listed else words) % {"day": day(letter.used_on)})
    waits = select(PaperBallot.number).where(PaperBallot.poll_id == poll.id, PaperBallot.letter_id == letter.id)
    if (number := session().scalar(waits)) is not None:
        words = _("A ballot with this letter was entered already: number %(number)s. One counts.", number=number)
        again = _("A ballot of this number was entered already, as number %(number)s. One counts.", number=number)
        raise UnfitLetter(again if listed else words)
    if find_counted(poll, letter, valid=True) is not None:
        words = _("A ballot of this number counts already. One counts.")
        raise UnfitLetter(words if listed else _("A ballot with this letter counts already. One counts."))
    return letter


def _voter_by_letter(round_id: uuid.UUID, letter: LetterCode) -> uuid.UUID | None:
    key = session().scalar(select(Register.key).where(Register.round_id == round_id))
    if key is None:
        return None
    known = rules.credential_hash(key, "letter", str(letter.serial))
    wanted = select(Credential.voter_id).where(Credential.round_id == round_id, Credential.hash == known)
    return session().scalar(wanted)


def get_counted(poll: Poll, letter: LetterCode | None) -> uuid.UUID:
    """Return the ballot that was counted of those that came on paper with a letter or a number; raises UnfitLetter."""
    found = find_counted(poll, letter) if letter is not None else None
    if found is None:
        raise UnfitLetter(_("No ballot on paper counts in this vote that came with this number or code."))
    return found


def find_counted(poll: Poll, letter: LetterCode, *, valid: bool = False) -> uuid.UUID | None:
    """Find the ballot in a poll that came on paper with a letter or a number; `valid`: only one that counts."""
    voter_id = _voter_by_letter(poll.round_id, letter)
    if voter_id is None or poll.key is None:
        return None
    held = select(Ballot.id).where(Ballot.poll_id == poll.id, Ballot.tag == rules.tag(poll.key, voter_id))
    return session().scalar(held.where(Ballot.id.not_in(void())) if valid else held)


def count_paper(paper: PaperBallot, actor: Actor) -> None:
    """Let a ballot on paper count, after comparing it with the paper.

    Where two persons let an earlier one with this letter not count, this one takes its place, and that is lifted.
    `paper` is loaded as `get_paper_ballot` does. Refused while the phase does not take votes, for who typed it, and
    when it counts or was put aside already.
    """
    poll = paper.poll
    hold_phase(poll.phase, at=actor.arrived_at)
    letter, marks = _still_waits(paper)
    if paper.entered_by_id == actor.person_id and not actor.is_system:
        raise NotAllowed(_("You typed this ballot, so somebody else looks at it."))
    if poll.key is None:
        raise NotNow(_("This round is closed, so nobody can vote in it any more."))
    voter_id = voter_of_letter(poll.round_id, letter.serial, letter.batch.area_code or None)
    tag = rules.tag(poll.key, voter_id)
    _fill_in(poll, voter_id, tag, marks, paper.channel, actor)
    if (wrong := find_own_invalidation(poll, tag)) is not None:
        lift_invalidation(wrong, "", actor)
        again = update(Ballot).where(Ballot.poll_id == poll.id, Ballot.tag == tag)
        session().execute(again.values(channel=paper.channel).execution_options(synchronize_session=False))
    paper.marks = paper.letter_id = None
    paper.checked_by_id, paper.checked_on = actor.person_id, local(clock.now()).date()
    record(Act.CHECK_PAPER, actor, poll)  # a number would lead from the paper to the ballot that is counted beside it


def _fill_in(
    poll: Poll,
    voter_id: uuid.UUID,
    tag: bytes,
    marks: Mapping[uuid.UUID, int],
    channel: Channel,
    actor: Actor,
) -> None:
    """Make the ballot of a voter, with all that it says."""

    def change() -> tuple[uuid.UUID, int]:
        ballot_id, changes, _in_minute = count_change(poll, tag, actor, voter_id=voter_id, channel=channel)
        return ballot_id, changes

    if METHODS[poll.method].is_whole:
        set_ballot(poll, tag, marks, change())
        return
    before = select(Mark.option_id).join(Ballot, Ballot.id == Mark.ballot_id)
    before = before.where(Ballot.poll_id == poll.id, Ballot.tag == tag, Mark.value.is_not(None))
    says: dict[uuid.UUID, int | None] = dict.fromkeys(session().scalars(before))  # of one that is entered again
    for option_id, value in (says | dict(marks)).items():
        set_mark(poll, tag, option_id, value, change())


def _still_waits(paper: PaperBallot) -> tuple[LetterCode, dict[uuid.UUID, int]]:
    letter = paper.letter
    read_again_locked(paper, ("marks", "letter_id", "checked_on", "aside_because"))
    if paper.marks is None or letter is None:
        raise Conflict(_("Somebody else looked at this ballot already."))
    return letter, {uuid.UUID(option_id): value for option_id, value in paper.marks.items()}


def put_aside(paper: PaperBallot, reason: str, actor: Actor) -> None:
    """Let a ballot on paper not count, and say why; its letter can bring another one, or be used online.

    `paper` is loaded as `get_paper_ballot` does. Refused when it counts or was put aside already, and once the poll
    closed: then it came too late.
    """
    if paper.poll.phase.closed_at is not None:
        raise NotNow(_("The vote closed before a second person looked at this ballot, so it does not count."))
    letter, _marks = _still_waits(paper)
    read_again_locked(letter, ("used_on", "on_paper"))
    paper.marks = paper.letter_id = None
    paper.aside_because = reason
    session().flush()
    others = session().scalar(select(func.count()).where(PaperBallot.letter_id == letter.id))
    if not others and _voter_by_letter(paper.poll.round_id, letter) is None:
        letter.used_on, letter.on_paper = None, False
    record(Act.ENTER_PAPER, actor, paper.poll, number=paper.number, aside=True)


def paper_says(paper: PaperBallot, sheet: Sheet) -> dict[uuid.UUID, int]:
    """Return what a ballot on paper that waits says, as it is typed."""
    marks = {uuid.UUID(option_id): value for option_id, value in (paper.marks or {}).items()}
    if METHODS[sheet.poll.method].is_whole:
        return marks
    typed = {value: number for number, value in TYPED.items()}
    return {option_id: typed[value] for option_id, value in marks.items()}
