"""Finding what was suggested to be joined, what is looked at next, and what must not be suggested again."""

import uuid
from collections.abc import Collection

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import aliased, joinedload, selectinload
from sqlalchemy.orm.attributes import set_committed_value

from consult.contributions.models import PUT_FORWARD, Contribution, State
from consult.foundation.db import session
from consult.foundation.errors import NotFound
from consult.foundation.paging import Page
from consult.groups.models import GroupMember, GroupSearch, GroupSuggestion, KeptApart
from consult.groups.rules import correlation, pair_of, voted_words
from consult.policy import Actor
from consult.rounds.models import Phase
from consult.rounds.queries import get_round
from consult.similarity.models import IndexedText
from consult.voting.models import Mark, Method, Option, Poll

ON_A_PAGE = 10  # groups; each shows all its texts


def find_search(round_id: uuid.UUID) -> GroupSearch | None:
    """Find the look through a round that is going on, or else the last one."""
    wanted = select(GroupSearch).where(GroupSearch.round_id == round_id)
    return session().scalar(wanted.order_by(GroupSearch.finished_at.is_not(None), GroupSearch.asked_at.desc()).limit(1))


def list_running() -> list[uuid.UUID]:
    """List the searches that are not over, the oldest first."""
    wanted = select(GroupSearch.id).where(GroupSearch.finished_at.is_(None))
    return list(session().scalars(wanted.order_by(GroupSearch.asked_at)))


def count_to_look(round_id: uuid.UUID) -> int:
    """Count the inputs of a round that can stand in a group."""
    return session().scalar(select(func.count()).where(Contribution.round_id == round_id, _can_be_grouped())) or 0


def list_next(search: GroupSearch, limit: int) -> list[tuple[int, Contribution]]:
    """List the inputs that a search looks at next, each with its number in the index of texts."""
    wanted = (
        select(IndexedText.number, Contribution)
        .join(Contribution, Contribution.id == IndexedText.contribution_id)
        .where(IndexedText.number > search.cursor, Contribution.round_id == search.round_id, _can_be_grouped())
        .order_by(IndexedText.number)
        .limit(limit)
    )
    return [(number, one) for number, one in session().execute(wanted)]


def list_taken(contribution_ids: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """List which of some inputs stand in a group on which nobody decided yet."""
    wanted = (
        select(GroupMember.contribution_id)
        .join(GroupMember.suggestion)
        .where(GroupMember.contribution_id.in_(contribution_ids), GroupSuggestion.decided_at.is_(None))
    )
    return set(session().scalars(wanted))


def list_apart(contribution_ids: Collection[uuid.UUID]) -> set[tuple[uuid.UUID, uuid.UUID]]:
    """List the pairs among some inputs of which somebody said that they are not the same."""
    both = and_(KeptApart.first_id.in_(contribution_ids), KeptApart.second_id.in_(contribution_ids))
    return {pair_of(*pair) for pair in session().execute(select(KeptApart.first_id, KeptApart.second_id).where(both))}


def list_suggestions(round_id: uuid.UUID, number: int = 1) -> Page[GroupSuggestion]:
    """List one page of the groups on which nobody decided and of which two or more still stand, the most alike first.

    Members with their inputs are loaded.
    """
    best = select(func.max(GroupMember.share)).where(
        GroupMember.suggestion_id == GroupSuggestion.id, GroupMember.is_central.is_(False)
    )
    wanted = (
        select(GroupSuggestion, func.count().over())
        .where(
            GroupSuggestion.round_id == round_id,
            GroupSuggestion.decided_at.is_(None),
            _standing() >= 2,
        )
        .order_by(best.scalar_subquery().desc(), GroupSuggestion.id)
        .options(selectinload(GroupSuggestion.members).joinedload(GroupMember.contribution))
        .limit(ON_A_PAGE)
    )
    rows = session().execute(wanted.offset((number - 1) * ON_A_PAGE)).all()
    if not rows and number > 1:
        return list_suggestions(round_id, number - 1)
    return Page([one for one, _total in rows], number, rows[0][1] if rows else 0, ON_A_PAGE)


def get_suggestion(actor: Actor, slug: str, suggestion_id: uuid.UUID) -> GroupSuggestion:
    """Return a suggested group of a round that the actor serves, with members, inputs and round; raises NotFound."""
    subject = get_round(actor, slug)
    wanted = (
        select(GroupSuggestion)
        .where(GroupSuggestion.id == suggestion_id, GroupSuggestion.round_id == subject.id)
        .options(selectinload(GroupSuggestion.members).joinedload(GroupMember.contribution))
    )
    found = session().scalar(wanted)
    if found is None or not (actor.serves(subject.id) or actor.is_system):
        raise NotFound
    set_committed_value(found, "round", subject)
    return found


def votes_beside(suggestion: GroupSuggestion) -> dict[uuid.UUID, str]:
    """Say of the members how people voted on them and on the central one, where that can be told, in one statement.

    Of polls that were closed for good and in which one says for, neutral or against; under twenty people nothing.
    """
    central = next((member.contribution_id for member in suggestion.members if member.is_central), None)
    here, there, own, other = aliased(Mark), aliased(Mark), aliased(Option), aliased(Option)
    sums = [func.sum(told) for told in (here.value, there.value, here.value * here.value)]
    sums += [func.sum(there.value * there.value), func.sum(here.value * there.value)]
    wanted = (
        select(other.contribution_id, func.count(), *sums)
        .select_from(own)
        .join(here, here.option_id == own.id)
        .join(there, there.ballot_id == here.ballot_id)
        .join(other, other.id == there.option_id)
        .join(Poll, Poll.id == own.poll_id)
        .join(Phase, Phase.id == Poll.phase_id)
        .where(
            own.contribution_id == central,
            other.contribution_id.in_([m.contribution_id for m in suggestion.members if not m.is_central]),
            Poll.method.in_([Method.SUPPORT, Method.STATEMENTS]),
            Phase.closed_at.is_not(None),
            here.value.is_not(None),
            there.value.is_not(None),
        )
        .group_by(other.contribution_id)
    )
    found = {contribution_id: told for contribution_id, *told in session().execute(wanted)}
    alike = {one: (told[0], correlation([int(part) for part in told])) for one, told in found.items()}
    return {one: voted_words(people, r) for one, (people, r) in alike.items() if r is not None}


def list_tree(contribution_id: uuid.UUID) -> list[Contribution]:
    """List a contribution with all that was merged into it, and into that, in the order in which they came in."""
    tree = select(Contribution.id).where(Contribution.id == contribution_id).cte("tree", recursive=True)
    further = aliased(Contribution)
    tree = tree.union(select(further.id).join(tree, further.merged_into_id == tree.c.id))
    wanted = select(Contribution).join(tree, tree.c.id == Contribution.id).options(joinedload(Contribution.author))
    return list(session().scalars(wanted.order_by(Contribution.received_at, Contribution.id)))


def _can_be_grouped() -> ColumnElement[bool]:
    return and_(
        Contribution.kind.in_(sorted(PUT_FORWARD)),
        Contribution.state == State.PUBLISHED,
        Contribution.merged_into_id.is_(None),
    )


def _standing() -> ColumnElement[int]:
    """Count the members of a group that can still be joined."""
    return (
        select(func.count())
        .select_from(GroupMember)
        .join(Contribution, Contribution.id == GroupMember.contribution_id)
        .where(GroupMember.suggestion_id == GroupSuggestion.id, _can_be_grouped())
        .correlate(GroupSuggestion)
        .scalar_subquery()
    )
