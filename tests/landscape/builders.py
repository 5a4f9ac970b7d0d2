"""Votes whose groups are known because they were planted, and the two public conversations where they are present."""

import csv
import json
import os
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from consult.contributions.models import Kind, State
from consult.contributions.verbs import receive
from consult.foundation import clock, text
from consult.foundation.db import add
from consult.landscape.core import landscape
from consult.landscape.matrix import gather, votes_of
from consult.landscape.models import Kept, StatementResult
from consult.landscape.rules import result_of
from consult.landscape.telling import tell
from consult.rounds.models import PhaseKind
from consult.voting.batches import enter_ballots
from consult.voting.models import Method, Opinion
from consult.voting.queries import get_option
from consult.voting.verbs import add_options, cast_opinion, create_poll
from tests.builders import a_resident, acting, phase_of, the_platform
from tests.voting.builders import a_voting_round, options_of

PUBLIC = Path(os.environ.get("CONSULT_PUBLIC_DATA") or Path(__file__).parents[2].parent / "shared" / "data")
CONVERSATIONS = ("canadian-electoral-reform", "scoop-hivemind.biodiversity")


def planted(k, people=300, statements=60, density=0.8, flips=0.1, passes=0.1, seed=0):
    """Votes of people of k minds of as many each: a mind is a random opinion on each statement."""
    dice = np.random.default_rng(seed)
    minds = dice.choice([-1, 1], (k, statements))
    of = np.arange(people) % k
    luck = dice.random((people, statements))
    said = np.where(luck < flips, -minds[of], np.where(luck < flips + passes, 0, minds[of]))
    rows, columns = np.nonzero(dice.random((people, statements)) < density)
    names = [f"p{i:05}" for i in range(people)], [f"s{j:04}" for j in range(statements)]
    return gather(*names, rows, columns, said[rows, columns]), of


def noise(seed, people=200, statements=40, density=0.5):
    """Votes of one mind: people agree with a statement as often as any other person would."""
    votes, _of = planted(3, people, statements, density, seed=seed)
    dice = np.random.default_rng(seed + 1000)
    upright = votes.matrix.tocsc()
    for start, end in zip(upright.indptr[:-1], upright.indptr[1:], strict=True):
        dice.shuffle(upright.data[start:end])
    return type(votes)(votes.participants, votes.statements, upright.tocsr())


def marks_of(votes):
    matrix = votes.matrix.tocoo()
    return [
        (votes.participants[i], votes.statements[j], int(value))
        for i, j, value in zip(*matrix.coords, matrix.data, strict=True)
    ]


def conversation(name):
    """The votes of a public conversation, its refused statements, and the groups that were published."""
    folder = PUBLIC / "polis-dev" / name
    if not folder.is_dir():
        pytest.skip(f"the public conversation {name} is not in {PUBLIC}")
    with (folder / "participants-votes.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    with (folder / "comments.csv").open(encoding="utf-8", newline="") as file:
        refused = {row["comment-id"] for row in csv.DictReader(file) if row["moderated"] == "-1"}
    columns = [name for name in rows[0] if name.isdigit()]
    votes = votes_of((row["participant"], c, int(row[c])) for row in rows for c in columns if row[c] != "")
    groups = {row["participant"]: int(row["group-id"]) for row in rows if row["group-id"] != ""}
    return votes, refused & set(columns), groups


def a_statement_poll(statements=8, *, shows_interim=False, adds=False, found=None, title="Bent u het eens?"):
    """A poll over statements in a round in which people vote now, loaded as `get_poll` does."""
    found = found or a_voting_round()
    phase = phase_of(found, PhaseKind.PRIORITISE)
    poll = create_poll(
        found,
        phase,
        the_platform(),
        title=title,
        method=Method.STATEMENTS,
        parameters={"shows_interim": shows_interim, "residents_add": adds},
    )
    written = [
        a_statement_in(found, f"Uitspraak {number:02}: meer groen in de straat.") for number in range(statements)
    ]
    add_options(poll, [(one.id, one.public_id, None) for one in written])
    return poll


def a_statement_in(found, words, state=State.PUBLISHED):
    cleaned, html = text.body(words), text.sanitize(words)
    return receive(
        found, Kind.STATEMENT, title=words, text=cleaned, html=html, author_id=None, actor=the_platform(), state=state
    )


def enter(poll, votes):
    """Enter votes as ballots of a poll whose statements, in the order of their words, are those of the votes."""
    options = options_of(poll)
    by_person = {}
    for person, statement, value in marks_of(votes):
        by_person.setdefault(person, {})[options[votes.statements.index(statement)].id] = value
    return enter_ballots(poll, by_person.items(), the_platform())


def others_answer(poll, number=5):
    """Let some more people agree with the first statement, so that what was computed before is shown."""
    option_id = options_of(poll)[0].id
    for _one in range(number):
        option = get_option(the_platform(), poll.round.slug, option_id)
        cast_opinion(option, acting(a_resident()), Opinion.AGREE)


@cache
def _told():
    """What is told of planted groups, with names of statements that are no options yet."""
    votes, _of = planted(2, people=60, statements=12, density=0.95)
    return json.dumps(tell(landscape(votes)))


def with_statements(found):
    """Put statements to people in a round, with what groups think; return one of the options, and what was cited."""
    poll = a_statement_poll(12, shows_interim=True, adds=True, found=found, title="Zijn dit uw stellingen?")
    told, options = _told(), options_of(poll)
    for number, option in enumerate(options):
        told = told.replace(f"s{number:04}", option.id.hex)
    whole, one = json.loads(told), options[0]
    add(Kept(poll_id=poll.id, statements=[], left_out=[], folded=0, computed=0, told=whole))
    cited = add(
        StatementResult(
            poll_id=poll.id,
            option_id=one.id,
            contribution_id=one.contribution_id,
            version=whole["version"],
            input_hash=whole["input_hash"],
            parameters=whole["parameters"],
            told=result_of(whole, one.id.hex) | {"participants": 60, "grouped": 60, "is_stable": True},
            computed_at=clock.now(),
        )
    )
    return one.id, cited.id
