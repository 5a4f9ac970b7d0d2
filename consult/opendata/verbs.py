"""Entering a round that a file told, whole or not at all."""

import re
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from consult.contributions.models import Channel, Contribution, State
from consult.contributions.verbs import Row, enter_many
from consult.foundation import clock, text
from consult.foundation.db import refresh_statistics, session
from consult.foundation.errors import Conflict
from consult.foundation.language import gettext as _
from consult.foundation.language import local
from consult.opendata.source import ZONE, Progress, Source
from consult.policy import Actor
from consult.rounds.models import Phase, PhaseKind, Round, RoundState, Verification
from consult.rounds.planning import PhasePlan, plan_phases
from consult.rounds.verbs import RoundText, clear_phase, close_phase, create_round, set_state
from consult.voting.batches import enter_ballots
from consult.voting.methods import decide
from consult.voting.models import Poll
from consult.voting.outcomes import keep_outcome, needs_ballots, read_profile
from consult.voting.verbs import add_options, create_poll

STEP = 1000  # ballots that are entered between two reports of progress


def judge_slug(slug: str) -> None:
    """Refuse an address that is not one, and one that a round has already."""
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug) or len(slug) > 80:
        raise Conflict(_("“%(slug)s” cannot be an address: use small letters, digits and single dashes.", slug=slug))
    if session().scalar(select(Round.id).where(Round.slug == slug)):
        raise Conflict(_("There is a round with the address “%(slug)s” already. Nothing was loaded.", slug=slug))


def enter_source(source: Source, slug: str, actor: Actor, progress: Progress) -> Round:
    """Make a closed round of what a file told: its phase, contributions, poll, options and ballots.

    Refused when the address cannot be used. Runs in the transaction that is open, so all of it is kept or nothing.
    """
    judge_slug(slug)
    for number, words in source.notes:
        progress(number, number, words)
    round, phase = _begin(source, slug, actor)
    things = _enter_things(source, round, actor)
    progress(len(things), len(things), _("Texts entered"))
    poll = create_poll(
        round,
        phase,
        actor,
        title=source.title,
        method=source.method,
        parameters=dict(source.parameters),
    )
    wanted = [(things[thing.reference].id, thing.reference, thing.cost) for thing in source.things]
    options = {option.reference: option.id for option in add_options(poll, wanted)}
    _enter_ballots(source, poll, options, actor, progress)
    clear_phase(phase, phase.opens_at, actor)
    close_phase(phase, actor)
    set_state(round, RoundState.CLOSED)
    if needs_ballots(poll):
        profile = read_profile(poll)

        def told(spent: int, budget: int) -> None:
            progress(min(spent, budget), budget, _("Budget spent by the outcome"))

        keep_outcome(poll, profile, decide(poll.method, profile, told), actor)
    return round


def _begin(source: Source, slug: str, actor: Actor) -> tuple[Round, Phase]:
    told = RoundText(
        title=source.title,
        question=source.question,
        introduction=text.body(source.introduction),
        verification=Verification.IMPORTED,
        holds_first=False,
    )
    round = create_round(slug, told, actor)
    round.source_note = source.note
    yesterday = local(clock.now()).date() - timedelta(days=1)  # a year written alone may not be over yet
    days = min(source.first_day, yesterday), min(source.last_day, yesterday)
    plan = PhasePlan(PhaseKind.PRIORITISE, source.phase_name, *days, ZONE)
    (phase,) = plan_phases(round, [plan], actor)
    round.opened_at = phase.opens_at
    return round, phase


def _enter_things(source: Source, round: Round, actor: Actor) -> dict[str, Contribution]:
    found: dict[str, Contribution] = {}
    for state in State:
        rows = [
            Row(
                title=thing.title,
                text=thing.text,
                html=thing.html,
                channel=Channel.IMPORTED,
                received_at=thing.received_at,
                reference=thing.reference,
                language=source.language,
            )
            for thing in source.things
            if thing.state is state
        ]
        if rows:
            found |= {entered.reference: entered for entered in enter_many(round, source.kind, rows, actor, state)}
    return found


def _enter_ballots(source: Source, poll: Poll, options: dict[str, UUID], actor: Actor, progress: Progress) -> None:
    rows = [
        (voter, {options[reference]: value for reference, value in marks.items()}) for voter, marks in source.ballots
    ]
    done = 0
    while done < len(rows):
        done += enter_ballots(poll, rows[done : done + STEP], actor)
        progress(done, len(rows), _("Ballots entered"))
    refresh_statistics()
