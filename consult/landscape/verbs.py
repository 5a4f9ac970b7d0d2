"""Putting statements to people, by who directs a round and by who takes part in it."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import exists, select

from consult.audit.verbs import record
from consult.contributions.models import Contribution, Kind, State
from consult.contributions.queries import count_since
from consult.contributions.verbs import receive
from consult.foundation.db import insert_of, new_id, session
from consult.foundation.errors import Conflict, NotNow, TooMany
from consult.foundation.language import gettext as _
from consult.landscape.models import StatementResult
from consult.landscape.queries import Thought
from consult.landscape.rules import ADDED_A_DAY
from consult.policy import Act, Actor
from consult.rounds.models import Phase, Round
from consult.rounds.rules import demand
from consult.rounds.verbs import bump, hold_phase
from consult.similarity.verbs import index
from consult.voting.models import Method, Poll
from consult.voting.verbs import add_options, create_poll

Text = tuple[str, str]  # as it was written, and as HTML


def create_statement_poll(
    subject: Round,
    phase: Phase,
    actor: Actor,
    *,
    title: str,
    statements: Sequence[Text],
    eligible: int | None = None,
    residents_add: bool = False,
    shows_interim: bool = False,
) -> Poll:
    """Put statements to people in one phase of a round, one poll of them a round.

    `residents_add`: who takes part may add statements, which a moderator reads first. `shows_interim`: what groups
    think is shown while people still answer. Refused where there is one already, and where `create_poll` refuses.
    """
    if session().scalar(select(exists().where(Poll.round_id == subject.id, Poll.method == Method.STATEMENTS))):
        raise Conflict(_("This round puts statements to people already. Add yours to those."))
    parameters: dict[str, Any] = {"residents_add": residents_add, "shows_interim": shows_interim}
    poll = create_poll(
        subject, phase, actor, title=title, method=Method.STATEMENTS, parameters=parameters, eligible=eligible
    )
    _put(poll, statements, actor)
    return poll


def add_statements(poll: Poll, statements: Sequence[Text], actor: Actor) -> int:
    """Put more statements to people, and return how many; refused once the phase was closed."""
    session().refresh(poll.phase, with_for_update={"key_share": True}, attribute_names=["closing_at", "closed_at"])
    if poll.phase.closed_at or poll.phase.closing_at:
        raise NotNow(_("This phase was closed already, so nobody could vote any more."))
    added = _put(poll, statements, actor)
    record(Act.CREATE_POLL, actor, poll, offered=added)
    bump(poll.round_id)
    return added


def _put(poll: Poll, statements: Sequence[Text], actor: Actor) -> int:
    written = [
        receive(
            poll.round,
            Kind.STATEMENT,
            title=text,
            text=text,
            html=html,
            author_id=None,
            actor=actor,
            state=State.PUBLISHED,
            entered_by_id=actor.person_id,
        )
        for text, html in statements
    ]
    for one in written:
        index(one)
    add_options(poll, [(one.id, one.public_id, None) for one in written])
    return len(written)


def keep_result(thought: Thought) -> StatementResult:
    """Keep what people thought of a statement as it is now, so that it can be cited; once for the same votes.

    Writes nothing in the journal: whoever cites it does.
    """
    told = thought.told
    values = {
        "id": new_id(),
        "poll_id": thought.poll_id,
        "option_id": thought.option_id,
        "contribution_id": thought.contribution_id,
        "version": told["version"],
        "input_hash": told["input_hash"],
        "parameters": told["parameters"],
        "told": {**thought.result, **{name: told[name] for name in ("participants", "grouped", "is_stable")}},
        "computed_at": thought.computed_at,
    }
    key = ("option_id", "input_hash", "version")
    session().execute(insert_of(StatementResult).values(values).on_conflict_do_nothing(index_elements=key))
    wanted = select(StatementResult).filter_by(**{name: values[name] for name in key})
    return session().scalars(wanted).one()


def submit_statement(poll: Poll, actor: Actor, text: str, html: str) -> Contribution:
    """Put a statement forward that others can answer as soon as a moderator has read it.

    Refused where residents may not add any, outside the phase, while the actor has not shown what the round asks,
    and after ten in a day.
    """
    hold_phase(poll.phase, at=actor.arrived_at)
    if not poll.parameters.get("residents_add"):
        raise NotNow(_("In this round the statements are fixed. You can answer them."))
    demand(poll.round, Act.ADD_STATEMENT, actor)
    assert actor.person_id is not None
    if count_since(actor.person_id, Kind.STATEMENT, actor.arrived_at - timedelta(days=1)) >= ADDED_A_DAY:
        raise TooMany(_("You added ten statements today. Go on tomorrow."), retry_after=3600)
    new = receive(
        poll.round,
        Kind.STATEMENT,
        title=text,
        text=text,
        html=html,
        author_id=actor.person_id,
        actor=actor,
        state=State.HELD,
    )
    index(new)
    record(Act.ADD_STATEMENT, actor, new)
    return new
