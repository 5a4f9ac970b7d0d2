"""Finding polls and options, and counting what ballots say."""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, and_, bindparam, case, exists, func, literal, or_, select, union_all
from sqlalchemy.orm import aliased, contains_eager, joinedload

from consult.contributions.models import Contribution, State
from consult.foundation.db import session
from consult.foundation.errors import NotFound
from consult.policy import Act, Actor
from consult.rounds.models import Phase, Round
from consult.rounds.queries import get_round
from consult.rounds.rules import PROOFS, Lack, lack
from consult.voting import rules
from consult.voting.methods import METHODS
from consult.voting.models import (
    Ballot,
    Credential,
    Invalidation,
    InvalidBallot,
    Mark,
    Method,
    Option,
    Poll,
    Register,
)

Counts = dict[uuid.UUID, dict[str, int]]


@dataclass(frozen=True)
class Sheet:
    """A poll with the options that stand on its ballot."""

    poll: Poll
    options: Sequence[Option]

    @property
    def round_id(self) -> uuid.UUID:
        """The round of the poll."""
        return self.poll.round_id


def whole() -> Select[Poll]:
    """Select polls, each with its phase, round and register."""
    return select(Poll).options(joinedload(Poll.phase), joinedload(Poll.round), joinedload(Poll.register))


def list_polls(round_id: uuid.UUID) -> list[Poll]:
    """List the polls of a round in the order of their phases, each with its phase, round and register."""
    found = session().scalars(whole().where(Poll.round_id == round_id))
    return sorted(found, key=lambda poll: (poll.phase.opens_at, poll.title, poll.id.hex))


def list_every_poll() -> list[Poll]:
    """List all polls there are, each with its phase, round and register."""
    return list(session().scalars(whole().order_by(Poll.id)))


def get_poll(actor: Actor, slug: str, poll_id: uuid.UUID) -> Poll:
    """Return a poll of a round that the actor may know of, with its phase, round and register."""
    found = session().scalar(
        whole().join(Round, Round.id == Poll.round_id).where(Poll.id == poll_id, Round.slug == slug)
    )
    if found is None or not (found.round.is_public or actor.serves(found.round_id) or actor.is_system):
        raise NotFound
    return found


def get_option(actor: Actor, slug: str, option_id: uuid.UUID) -> Option:
    """Return an option that the actor may read, with its contribution and its poll, phase, round and register."""
    found = session().scalar(_OPTION, {"option_id": option_id, "slug": slug})
    if found is None or not (found.poll.round.is_public or actor.serves(found.poll.round_id) or actor.is_system):
        raise NotFound
    return found


def _options() -> Select[Option]:
    return (
        select(Option)
        .join(Option.poll)
        .join(Poll.round)
        .join(Option.contribution)
        .options(
            contains_eager(Option.contribution).load_only(
                Contribution.public_id, Contribution.state, Contribution.merged_into_id, Contribution.title
            ),
            contains_eager(Option.poll).options(
                joinedload(Poll.phase, innerjoin=True),
                contains_eager(Poll.round).load_only(
                    Round.slug, Round.state, Round.is_practice, Round.title, Round.verification
                ),
                joinedload(Poll.register, innerjoin=True),
            ),
        )
    )


_OPTION = _options().where(  # built once: every vote begins with it
    Option.id == bindparam("option_id"), Round.slug == bindparam("slug"), Contribution.state == State.PUBLISHED
)


_STANDING = (
    select(Option)
    .join(Option.poll)
    .join(Poll.round)
    .join(Option.contribution)
    .options(
        contains_eager(Option.contribution),
        contains_eager(Option.poll).options(
            joinedload(Poll.phase, innerjoin=True),
            contains_eager(Poll.round),
            joinedload(Poll.register, innerjoin=True),
        ),
    )
    .where(
        Poll.id == bindparam("poll_id"),
        Round.slug == bindparam("slug"),
        Option.merged_into_id.is_(None),
    )
    .order_by(Contribution.order_key, Option.id)
)
_SHEET = _STANDING.where(Contribution.state == State.PUBLISHED)


def list_options_of(contribution_id: uuid.UUID) -> list[Option]:
    """List where a contribution can be voted on, in the order of the phases; each as `get_option` gives it."""
    found = session().scalars(_options().where(Option.contribution_id == contribution_id))
    return sorted(found, key=lambda option: (option.poll.phase.opens_at, option.poll_id.hex))


def find_voter_id(poll: Poll, actor: Actor) -> uuid.UUID | None:
    """Find which voter the actor is in the poll's round; `poll.register` is loaded."""
    if actor.account_id is None or poll.register.key is None:
        return None
    known = rules.credential_hash(poll.register.key, "account", str(actor.account_id))
    found: uuid.UUID | None = session().connection().scalar(_VOTER, {"round_id": poll.round_id, "known": known})
    return found


def find_lack(poll: Poll, actor: Actor) -> Lack | None:
    """Say what the actor has still to show before voting in a poll; its round and register are loaded."""
    found = lack(poll.round, Act.CAST_VOTE, actor)
    return None if found in PROOFS.values() and find_voter_id(poll, actor) is not None else found


def is_known(round_id: uuid.UUID, actor: Actor) -> bool:
    """Say whether the actor's account belongs to a voter of a round already."""
    key = session().scalar(select(Register.key).where(Register.round_id == round_id))
    if key is None or actor.account_id is None:
        return False
    known = rules.credential_hash(key, "account", str(actor.account_id))
    return session().scalar(_VOTER, {"round_id": round_id, "known": known}) is not None


_VOTER = select(Credential.voter_id).where(
    Credential.round_id == bindparam("round_id"), Credential.hash == bindparam("known")
)


def own_tag(poll: Poll, actor: Actor) -> bytes | None:
    """Return under which tag the actor's ballot in a poll stands, if they have one."""
    voter_id = find_voter_id(poll, actor) if poll.key is not None else None
    return rules.tag(poll.key, voter_id) if poll.key is not None and voter_id is not None else None


def own_marks(poll: Poll, actor: Actor) -> dict[uuid.UUID, int | None]:
    """Return the actor's own marks in a poll by option; an option that was never marked is absent."""
    own = own_tag(poll, actor)
    if own is None:
        return {}
    wanted = (
        select(Mark.option_id, Mark.value)
        .join(Ballot, Ballot.id == Mark.ballot_id)
        .where(Ballot.poll_id == poll.id, Ballot.tag == own)
    )
    return {option_id: value for option_id, value in session().execute(wanted)}


def own_ballot(poll: Poll, actor: Actor) -> tuple[dict[uuid.UUID, int], int, bytes | None, bytes | None]:
    """Return the actor's own choices in a poll, how often they changed, the salt of the latest change, and the tag."""
    own = own_tag(poll, actor)
    if own is None:
        return {}, 0, None, None
    wanted = (
        select(Mark.option_id, Mark.value, Mark.salt, Ballot.changes)
        .join(Ballot, Ballot.id == Mark.ballot_id)
        .where(Ballot.poll_id == poll.id, Ballot.tag == own)
    )
    found = session().execute(wanted).all()
    marks = {row.option_id: row.value for row in found if row.value is not None}
    return marks, found[0].changes if found else 0, found[0].salt if found else None, own


def get_sheet(actor: Actor, slug: str, poll_id: uuid.UUID) -> Sheet:
    """Return a poll as `get_poll` does with what stands on its ballot, each with its contribution; one statement."""
    return _sheet(_SHEET, actor, slug, poll_id)


def _sheet(wanted: Select[Option], actor: Actor, slug: str, poll_id: uuid.UUID) -> Sheet:
    found = session().scalars(wanted, {"poll_id": poll_id, "slug": slug}).all()
    poll = found[0].poll if found else get_poll(actor, slug, poll_id)
    if not (poll.round.is_public or actor.serves(poll.round_id) or actor.is_system):
        raise NotFound
    return Sheet(poll, found)


def get_ballot(actor: Actor, slug: str, poll_id: uuid.UUID) -> Sheet:
    """Return a poll with what stands on its ballot and its whole round, as the page of a ballot shows it."""
    subject = get_round(actor, slug)
    sheet = get_sheet(actor, slug, poll_id)
    assert sheet.poll.round is subject
    return sheet


def get_decidable(actor: Actor, slug: str, poll_id: uuid.UUID) -> Sheet:
    """Return a poll with all that a rule can select, what is not public too, and its whole round."""
    subject = get_round(actor, slug)
    sheet = _sheet(_STANDING, actor, slug, poll_id)
    assert sheet.poll.round is subject
    return sheet


def list_polls_on(contribution_id: uuid.UUID) -> list[Poll]:
    """List the polls that have not ended and in which a contribution can be voted on, as `list_polls` loads them."""
    wanted = whole().join(Option, Option.poll_id == Poll.id).join(Phase, Phase.id == Poll.phase_id)
    return list(session().scalars(wanted.where(Option.contribution_id == contribution_id, Phase.closed_at.is_(None))))


def histograms_of(poll_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, dict[int, int]]:
    """Count the marks of polls in one statement: option that stands, value, how many ballots.

    Where nothing was merged into an option, its marks are counted as they are: a ballot has one at most.
    """
    counted = union_all(_alone(poll_ids), _joined(poll_ids)).subquery("counted")
    found = session().execute(
        select(Option.id, counted.c.value, counted.c.number)
        .outerjoin(counted, counted.c.root_id == Option.id)
        .where(Option.poll_id.in_(poll_ids), Option.merged_into_id.is_(None))
    )
    histograms: dict[uuid.UUID, dict[int, int]] = {}
    for root_id, value, number in found:
        held = histograms.setdefault(root_id, {})
        if number is not None:
            held[value] = number
    return histograms


def count_alone(poll_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, int]:
    """Count per statement of polls on how many ballots something was chosen on itself, whatever it was joined with."""
    wanted = (
        select(Option.id, func.count())
        .join(Poll, Poll.id == Option.poll_id)
        .join(Mark, Mark.option_id == Option.id)
        .where(Poll.id.in_(poll_ids), Poll.method == Method.STATEMENTS)
        .where(Mark.value.is_not(None), Mark.ballot_id.not_in(void()))
        .group_by(Option.id)
    )
    return {option_id: number for option_id, number in session().execute(wanted)}


def void() -> Select[uuid.UUID]:
    """Return the ballots that do not count, since two people decided so and nobody took it back."""
    holds = (Invalidation.is_confirmed.is_(True), Invalidation.lifted_at.is_(None))
    joined = Invalidation.id == InvalidBallot.invalidation_id
    return select(InvalidBallot.ballot_id).join(Invalidation, joined).where(*holds)


def find_own_invalidation(poll: Poll, tag: bytes) -> Invalidation | None:
    """Find why a ballot does not count, if that is so."""
    wanted = (
        select(Invalidation)
        .join(InvalidBallot, InvalidBallot.invalidation_id == Invalidation.id)
        .join(Ballot, Ballot.id == InvalidBallot.ballot_id)
        .where(
            Ballot.poll_id == poll.id,
            Ballot.tag == tag,
            Invalidation.is_confirmed.is_(True),
            Invalidation.lifted_at.is_(None),
        )
    )
    return session().scalars(wanted).first()


def _alone(poll_ids: Sequence[uuid.UUID]) -> Select[uuid.UUID, int | None, int]:
    """Count the options that stand and into which nothing was merged."""
    merged = aliased(Option)
    return (
        select(Option.id.label("root_id"), Mark.value, func.count().label("number"))
        .join(Mark, Mark.option_id == Option.id)
        .where(
            Option.poll_id.in_(poll_ids),
            Option.merged_into_id.is_(None),
            ~exists().where(merged.merged_into_id == Option.id, merged.poll_id == Option.poll_id),
            Mark.value.is_not(None),
            Mark.ballot_id.not_in(void()),
        )
        .group_by(Option.id, Mark.value)
    )


def _joined(poll_ids: Sequence[uuid.UUID]) -> Select[Any]:
    """Count the options into which others were merged, each ballot once.

    From each down its merged ones; per ballot the mark on the survivor itself decides (there "no choice"
    opts out, but not on a ballot that is cast whole), otherwise the latest choice on a merged one.
    """
    merged, further, root = aliased(Option), aliased(Option), aliased(Option)
    whole = [method for method, rules_of in METHODS.items() if rules_of.is_whole]
    tree = (
        select(Option.id.label("root_id"), Option.id.label("option_id"))
        .where(
            Option.poll_id.in_(poll_ids),
            Option.merged_into_id.is_(None),
            exists().where(merged.merged_into_id == Option.id, merged.poll_id == Option.poll_id),
        )
        .cte("tree", recursive=True)
    )
    tree = tree.union_all(select(tree.c.root_id, further.id).join(further, further.merged_into_id == tree.c.option_id))
    is_root = tree.c.option_id == tree.c.root_id
    ranked = (
        select(
            tree.c.root_id,
            Mark.value,
            func.row_number()
            .over(
                partition_by=[Mark.ballot_id, tree.c.root_id],
                order_by=[case((is_root, 0), else_=1), Mark.counter.desc(), Mark.option_id.desc()],
            )
            .label("weight"),
        )
        .join(Mark, Mark.option_id == tree.c.option_id)
        .join(root, root.id == tree.c.root_id)
        .join(Poll, Poll.id == root.poll_id)
        .where(or_(Mark.value.is_not(None), and_(is_root, Poll.method.not_in(whole))), Mark.ballot_id.not_in(void()))
    ).subquery("ranked")
    return (
        select(ranked.c.root_id, ranked.c.value, func.count().label("number"))
        .where(ranked.c.weight == 1, ranked.c.value.is_not(None))
        .group_by(ranked.c.root_id, ranked.c.value)
    )


def tally(poll: Poll) -> Counts:
    """Count a poll in one statement: for each option that stands, its counts by the method's own names.

    Each voter counts once per surviving option. Whoever shows this asks first whether the poll is final.
    """
    named = METHODS[poll.method].named
    return {root: dict(named(histogram)) for root, histogram in histograms_of([poll.id]).items()}


def count_ballots(poll_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, int]:
    """Count the ballots of polls; one on which every choice was taken back, or that is invalid, does not count."""
    marks = select(literal(1)).where(Mark.ballot_id == Ballot.id)
    wanted = (
        select(Ballot.poll_id, func.count())
        .where(
            Ballot.poll_id.in_(poll_ids),
            or_(marks.where(Mark.value.is_not(None)).exists(), ~marks.exists()),
            Ballot.id.not_in(void()),
        )
        .group_by(Ballot.poll_id)
    )
    return {poll_id: number for poll_id, number in session().execute(wanted)}


def list_ended(poll_ids: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Return which of some polls were closed for good."""
    wanted = select(Poll.id).join(Phase, Phase.id == Poll.phase_id)
    return set(session().scalars(wanted.where(Poll.id.in_(list(poll_ids)), Phase.closed_at.is_not(None))))


def count_options(poll_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, int]:
    """Count the options that stand in each poll."""
    wanted = (
        select(Option.poll_id, func.count())
        .where(Option.poll_id.in_(poll_ids), Option.merged_into_id.is_(None))
        .group_by(Option.poll_id)
    )
    return {poll_id: number for poll_id, number in session().execute(wanted)}
