"""Looking for inputs that say the same, deciding on what was found, and writing what a group says together."""

import uuid
from collections.abc import Collection, Iterable, Sequence

from sqlalchemy import delete, or_, select

from consult.audit.verbs import record
from consult.contributions.models import Contribution, SharedText
from consult.contributions.passages import holds
from consult.contributions.queries import list_shared
from consult.contributions.verbs import end_shared, hold_rows
from consult.foundation import clock
from consult.foundation import text as texts
from consult.foundation.db import add, insert_of, locked, new_id, read_again_locked, session
from consult.foundation.errors import Conflict, saved_meanwhile
from consult.foundation.language import gettext as _
from consult.foundation.language import local
from consult.foundation.mail import enqueue
from consult.groups import rules
from consult.groups.models import GroupMember, GroupSearch, GroupSuggestion, KeptApart
from consult.groups.queries import count_to_look, find_search, list_apart, list_next, list_taken, list_tree
from consult.moderation.verbs import merge
from consult.policy import Act, Actor, system
from consult.rounds.models import Round
from consult.rounds.verbs import bump, hold_undecided
from consult.similarity.queries import list_similar

STEP = 40  # inputs that are looked at in one transaction


def ask_search(subject: Round, actor: Actor) -> GroupSearch:
    """Have the worker look through all inputs of a round for groups that say the same.

    Refused while that is being done already, and after the decision of the round: nothing is joined then.
    """
    hold_undecided(subject.id)
    session().execute(locked(select(Round.id).where(Round.id == subject.id)))  # one who asks at a time
    last = find_search(subject.id)
    rules.judge_search(last is not None and last.is_running)
    how = {"method": rules.METHOD, "release": rules.RELEASE, "parameters": rules.PARAMETERS}
    told = {"asked_by_id": actor.person_id, "asked_at": actor.arrived_at, "whole": count_to_look(subject.id)}
    search = add(GroupSearch(round_id=subject.id, cursor=0, looked=0, found=0, **how, **told))
    record(Act.SUGGEST_GROUPS, actor, search, method=rules.METHOD, release=rules.RELEASE)
    return search


def search_next(search_id: uuid.UUID) -> bool:
    """Look at the next inputs of a search and say whether any are left; several may try, one does each.

    The work of one step is bounded: forty questions to the index of texts, each of three statements.
    """
    search = session().get_one(GroupSearch, search_id)
    read_again_locked(search, ("cursor", "looked", "found", "finished_at"))
    if not search.is_running:
        return False
    coming = list_next(search, STEP)
    taken = list_taken([one.id for _number, one in coming])
    for number, one in coming:
        search.cursor, search.looked = number, search.looked + 1
        if one.id not in taken:
            made = _suggest(search, one)
            search.found += bool(made)
            taken |= made
    if len(coming) < STEP:
        search.finished_at = clock.now()
    return search.is_running


def _suggest(search: GroupSearch, central: Contribution) -> set[uuid.UUID]:
    """Suggest one input with those that are like it, if there are any, and return which stand in the group."""
    asked = {"title": central.title, "text": central.text, "language": central.language}
    found = list_similar(
        search.round_id,
        system(clock.now()),
        **asked,
        limit=search.parameters["most"],
        least=search.parameters["least"],
        but=central.id,
    )
    if not found:
        return set()
    ids = [one.contribution.id for one in found]
    scores = {one.contribution.id: one.score for one in found}
    fit = rules.fitting(central, [one.contribution for one in found], list_taken(ids), list_apart([central.id, *ids]))
    if not fit:
        return set()
    suggestion = add(GroupSuggestion(round_id=search.round_id, search_id=search.id, made_at=clock.now()))
    session().add(_member(suggestion, central, central, 1.0))
    session().add_all(_member(suggestion, central, one, scores[one.id]) for one in fit)
    session().flush()
    return {central.id, *(one.id for one in fit)}


def _member(suggestion: GroupSuggestion, central: Contribution, one: Contribution, score: float) -> GroupMember:
    told = {
        "suggestion_id": suggestion.id,
        "contribution_id": one.id,
        "version": one.version,
        "share": round(100 * score),
    }
    if one is central:
        return GroupMember(**told, is_central=True, words=[], warnings=[])
    words = rules.shared_words((one.title, one.text), (central.title, central.text), one.language)
    doubts = rules.differences(f"{central.title}. {central.text}", f"{one.title}. {one.text}")
    return GroupMember(**told, is_central=False, words=words, warnings=doubts)


def join_group(suggestion: GroupSuggestion, into: str, picked: Iterable[str], actor: Actor) -> None:
    """Join some or all of a suggested group with one of it; the rest of the group is kept apart from these.

    `into` and `picked` are addresses of inputs. All of it is done or nothing: refused as a whole when somebody
    decided on the group already, for fewer than two, and like `merge` for each.
    """
    hold_undecided(suggestion.round_id)
    read_again_locked(suggestion, ("decided_at",))
    members = {member.contribution.public_id: member for member in suggestion.members}
    stays, joined = rules.judge_choice(suggestion, members, into, picked)
    hold_rows(stays.contribution, *(member.contribution for member in joined))  # all at once, in one order
    for member in joined:
        merge(member.contribution, stays.contribution, actor)
    together = [stays, *joined]
    left = [member for member in suggestion.members if member not in together]
    for member in suggestion.members:
        member.is_joined = member in together
    _keep_apart(
        suggestion, [rules.pair_of(a.contribution_id, b.contribution_id) for a in left for b in together], actor
    )
    _decide(suggestion, actor, accepted=True, joined=len(joined), left=len(left))


def keep_apart(suggestion: GroupSuggestion, actor: Actor) -> None:
    """Say that a suggested group does not say the same: no two of it are suggested together again.

    Refused when somebody decided on it already.
    """
    read_again_locked(suggestion, ("decided_at",))
    rules.judge_undecided(suggestion)
    for member in suggestion.members:
        member.is_joined = False
    _keep_apart(suggestion, list(rules.pairs_among([one.contribution_id for one in suggestion.members])), actor)
    _decide(suggestion, actor, accepted=False, joined=0, left=len(suggestion.members))


def _decide(suggestion: GroupSuggestion, actor: Actor, *, accepted: bool, joined: int, left: int) -> None:
    suggestion.decided_at, suggestion.decided_by_id = actor.arrived_at, actor.person_id
    suggestion.is_accepted = accepted
    session().flush()
    record(Act.DECIDE_GROUP, actor, suggestion, accepted=accepted, joined=joined, left=left)


def _keep_apart(suggestion: GroupSuggestion, pairs: Sequence[tuple[uuid.UUID, uuid.UUID]], actor: Actor) -> None:
    told = {"round_id": suggestion.round_id, "decided_by_id": actor.person_id, "decided_at": actor.arrived_at}
    rows = [{"id": new_id(), "first_id": first, "second_id": second, **told} for first, second in pairs]
    if rows:
        session().execute(insert_of(KeptApart).values(rows).on_conflict_do_nothing())


def write_shared_text(contribution: Contribution, actor: Actor, *, text: str, html: str, number: int) -> SharedText:
    """Write what a contribution says together with those joined with it; the texts of each stay as they are.

    Their authors are told, and whoever follows one of them. `number` is that of the last text that the writer
    read, 0 for none. Refused with both texts when somebody wrote one since, while nothing is joined with it, when it
    was itself joined with another one, and for words that moderators took away from one of the texts.
    """
    hold_rows(contribution)
    tree = list_tree(contribution.id)
    if not contribution.stands or len(tree) < 2:
        raise Conflict(_("Nothing is joined with this one, so there is nothing to say together."), yours=text)
    if any(holds(text, passage) for one in tree for passage in one.hidden):
        raise Conflict(_("Your text holds words that were taken away from one of these. Leave those out."), yours=text)
    earlier = list_shared(contribution.id)
    if (earlier[0].number if earlier else 0) != number:
        raise saved_meanwhile([earlier[0].text if earlier else ""], [text])
    end_shared(contribution, actor.arrived_at)  # its place is free before the next takes it
    written = {"written_by_id": actor.person_id, "written_at": actor.arrived_at, "renderer": texts.RENDERER}
    shared = add(SharedText(contribution_id=contribution.id, number=number + 1, text=text, html=html, **written))
    record(Act.WRITE_SHARED_TEXT, actor, contribution, number=shared.number)
    day = local(actor.arrived_at).date()  # who mends a text twice on a day tells it once
    enqueue("shared_text", contribution=contribution.id, dedupe=f"shared_text:{contribution.id}:{day}")
    bump(contribution.round_id)
    return shared


def forget(contribution_ids: Collection[uuid.UUID]) -> None:
    """Take contributions out of what was suggested and said of them, because they go."""
    session().execute(delete(GroupMember).where(GroupMember.contribution_id.in_(contribution_ids)))
    pair = or_(KeptApart.first_id.in_(contribution_ids), KeptApart.second_id.in_(contribution_ids))
    session().execute(delete(KeptApart).where(pair))
