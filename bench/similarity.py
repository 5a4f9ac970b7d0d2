"""How well and how quickly texts that are alike are found: slips of the pen among ten thousand, and paraphrases."""

import random
import time
import uuid
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from bench.taking_part import SYLLABLES, arrange
from consult import migrating
from consult.contributions.models import Channel
from consult.contributions.verbs import Row
from consult.foundation import clock
from consult.foundation.db import Database
from consult.policy import system
from consult.proposals.verbs import enter_proposals
from consult.similarity.queries import list_similar
from consult.similarity.verbs import index_missing
from tests.similarity.paraphrases import IDEAS

TEXTS, ASKED = 10_000, 300
SLIPS = "abcdefghijklmnoprstuvwz"


def show(folder: Path) -> None:
    """Print the rows; the last column is times a plain product of 10,000 texts by 500 terms with its transpose."""
    dice, product = random.Random(11), _product()
    texts = [_sentence(dice) for _n in range(TEXTS)]
    database, round_id = _filled(folder / "alike_10k.sqlite", texts)
    begun = time.process_time()
    done = 1
    while done:
        with database.writing():
            done = index_missing()
    indexed = time.process_time() - begun
    asked = [(place, _slip(texts[place], dice)) for place in dice.sample(range(TEXTS), ASKED)]
    first, spent = 0, []
    for place, words in asked:
        begun = time.process_time()
        found = _ask(database, round_id, words, 1)
        spent.append(time.process_time() - begun)
        first += found[:1] == [texts[place]]
    query = sorted(spent)[round(0.95 * ASKED)]
    print(f"\n{'texts that are alike':<46}{'':>9}{'× product':>11}{'must':>9}")
    print(f"{f'indexing {TEXTS:,} texts, s':<46}{indexed:>9.2f}{indexed / product:>11.1f}{'< 5 s':>9}")
    print(f"{'one query, p95, ms':<46}{query * 1000:>9.1f}{query / product:>11.3f}{'< 20 ms':>9}")
    print(f"{'slips of the pen, found first':<46}{first / ASKED:>9.3f}{'':>11}{'≥ .97':>9}")
    print(f"{'Dutch paraphrases, found among five':<46}{paraphrases(folder):>9.3f}{'':>11}{'.85 aim':>9}")


def paraphrases(folder: Path) -> float:
    """Return how many of the other three ways to say an idea are among the five most alike, on average."""
    texts = [words for idea in IDEAS for words in idea]
    database, round_id = _filled(folder / "paraphrases.sqlite", texts)
    with database.writing():
        index_missing()
    found = []
    for idea in IDEAS:
        for words in idea:
            told = [one for one in _ask(database, round_id, words, 6) if one != words][:5]
            found.append(len(set(told) & set(idea)) / (len(idea) - 1))
    return sum(found) / len(found)


def _ask(database: Database, round_id: uuid.UUID, words: str, limit: int) -> Sequence[str]:
    with database.reading():
        found = list_similar(round_id, system(clock.now()), words, limit=limit, least=0)
        return [one.contribution.title for one in found]


def _filled(path: Path, texts: Sequence[str]) -> tuple[Database, uuid.UUID]:
    database = Database(f"sqlite:///{path}")
    migrating.upgrade(database)
    with database.writing():
        made = arrange("alike")
        rows = [Row(text, "", "<p></p>", Channel.ONLINE, clock.now()) for text in texts]
        enter_proposals(made, rows, system(clock.now()))
        return database, made.id


def _sentence(dice: random.Random) -> str:
    """Return a statement of six to twelve words, common ones more often than rare ones."""
    words = ["".join(dice.choices(SYLLABLES, k=dice.randint(1, 3))) for _n in range(dice.randint(6, 12))]
    return " ".join(words)[:150]


def _slip(text: str, dice: random.Random) -> str:
    """Return a text with two slips of the pen and two words that changed places."""
    signs = list(text)
    for _slip in range(2):
        place = dice.randrange(1, len(signs) - 1)
        signs[place] = dice.choice(SLIPS)
    words = "".join(signs).split()
    place = dice.randrange(len(words) - 1)
    words[place], words[place + 1] = words[place + 1], words[place]
    return " ".join(words)


def _product() -> float:
    block = np.ones((TEXTS, 500))
    begun = time.process_time()
    block.T @ block
    return time.process_time() - begun
