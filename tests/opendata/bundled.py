"""Polls of every kind that many voted in, closed and sealed, and bundles that somebody tampers with."""

import hashlib
import io
import json
import random
import secrets
import zipfile
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import select

from consult.audit.queries import find_checkpoint
from consult.foundation import clock
from consult.foundation.db import session
from consult.opendata import bundle
from consult.rounds.models import PhaseKind, Round
from consult.voting import verbs
from consult.voting.ballots import Plan, set_up_poll
from consult.voting.closing import close_poll
from consult.voting.methods import METHODS, decide
from consult.voting.models import Choice, Method, Option, Poll
from consult.voting.outcomes import keep_outcome, needs_ballots, read_profile
from consult.voting.queries import list_polls
from consult.voting.results import results_of
from consult.voting.rules import VALUES
from tests.audit.builders import sealed
from tests.builders import phase_of, the_platform
from tests.voting.builders import a_poll, a_voting_round, closed_for_good

MANY, FEW = 60, 12
PARAMETERS = {
    Method.RANKING: {"rule": "schulze"},
    Method.POINTS: {"max_sum_points": 5, "max_points": 5, "seats": 2},
    Method.APPROVAL: {"max_length": 3, "seats": 2},
    Method.BUDGET: {"rule": "equal_shares", "budget": 100_00, "step": 100},
}
PLANS = [Plan("Bomen", 40_00), Plan("Bankjes", 30_00), Plan("Een pad", 45_00), Plan("Licht", 20_00)]


def voted(method: Method, voters: int = MANY, found: Round | None = None, seed: int = 7) -> Poll:
    """A poll of a method in which so many voted, some changed their minds, and one took all back."""
    found, dice = found or a_voting_round(), random.Random(seed)
    if method in {Method.SUPPORT, Method.STATEMENTS}:
        poll = a_poll(found, proposals=4, method=method)
    else:
        phase = phase_of(found, PhaseKind.PRIORITISE)
        made = set_up_poll(
            found, phase, the_platform(), title="Wat kiest u?", method=method,
            parameters=PARAMETERS[method], plans=PLANS,
        )  # fmt: skip
        poll = next(one for one in list_polls(found.id) if one.id == made.id)
    options = list(session().scalars(select(Option).where(Option.poll_id == poll.id).order_by(Option.reference)))
    tags = [secrets.token_bytes(32) for _ in range(voters)]
    for number, tag in enumerate([*tags, *tags[:9]]):
        votes(poll, tag, options, dice, nothing=number == voters)
    if method is Method.SUPPORT:
        verbs.merge_options(options[0].contribution_id, options[1].contribution_id)
    return poll


def votes(poll: Poll, tag: bytes, options: list[Option], dice: random.Random, *, nothing: bool) -> None:
    """Let the ballot with this tag say something, or nothing any more."""
    actor = the_platform()
    if METHODS[poll.method].is_whole:
        chosen = dice.sample(options, dice.randint(1, 3))
        marks = {one.id: rank if poll.method is Method.RANKING else 1 for rank, one in enumerate(chosen, 1)}
        verbs.set_ballot(poll, tag, {} if nothing else marks, verbs.count_change(poll, tag, actor)[:2])
        return
    for option in dice.sample(options, 3):
        value = None if nothing else VALUES[dice.choice([Choice.FOR, Choice.NEUTRAL, Choice.AGAINST, Choice.NONE])]
        verbs.set_mark(poll, tag, option.id, value, verbs.count_change(poll, tag, actor)[:2])


def ended(*polls: Poll) -> Round:
    """Close polls of one round, compute what came of them, and seal all of it."""
    found = polls[0].round
    session().flush()
    for poll in polls:
        closed_for_good(poll.phase, clock.now())
    session().flush()
    for poll in polls:
        if needs_ballots(poll):
            profile = read_profile(poll)
            keep_outcome(poll, profile, decide(poll.method, profile), the_platform())
    results = {one.poll_id: one for one in results_of(found)}
    for poll in polls:
        close_poll(poll, results[poll.id], the_platform())
    session().flush()
    sealed()
    assert find_checkpoint() is not None
    return found


def written(folder: Path, *polls: Poll) -> Path:
    """The bundle of polls that ended."""
    target = io.BytesIO()
    bundle.write(target, polls[0].round, polls)
    path = folder / "bundle.zip"
    path.write_bytes(target.getvalue())
    return path


def a_bundle(folder: Path, method: Method, voters: int = MANY) -> Path:
    """The bundle of one poll."""
    poll = voted(method, voters)
    ended(poll)
    return written(folder, poll)


def contents(path: Path) -> dict[str, bytes]:
    """All parts of a bundle."""
    with zipfile.ZipFile(path) as source:
        return {name: source.read(name) for name in source.namelist()}


def packed(path: Path, parts: dict[str, bytes], *, mends: bool = True) -> Path:
    """Write parts as a bundle; `mends` gives them the checksums that they then have."""
    if mends:
        manifest = json.loads(parts["manifest.json"])
        manifest["files"] = {
            name: {"bytes": len(told), "sha256": hashlib.sha256(told).hexdigest()}
            for name, told in parts.items()
            if name != "manifest.json"
        }
        parts = {**parts, "manifest.json": json.dumps(manifest).encode()}
    made = path.with_name("tampered.zip")
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as target:
        for name, told in parts.items():
            target.writestr(name, told)
    return made


def tampered(path: Path, name: str, change: Callable[[bytes], bytes]) -> Path:
    """Change one part, and mend its checksum as a clever forger does."""
    parts = contents(path)
    return packed(path, {**parts, name: change(parts[name])})
