"""What it costs to find remarks again in the next version, to match a whole new text, and to compare two versions."""

import random
import time
from collections.abc import Sequence

from consult.foundation.anchors import anchor, quote_in
from consult.foundation.likeness import aligned
from consult.synthesis.comparing import changed_words

PARAGRAPHS, WORDS, REMARKS = 300, 80, 2_000
LEXICON = [f"{first}{last}" for first in "gemeente wijk straat boom water school".split() for last in range(150)]


def show(paragraphs: int = PARAGRAPHS, remarks: int = REMARKS) -> None:
    """Print the rows, in seconds of processor time."""
    dice = random.Random(7)
    before = [" ".join(dice.choices(LEXICON, k=WORDS)) for _ in range(paragraphs)]
    after = [_edited(text, dice) for text in before]
    texts = dict(enumerate(after))
    told = f"finding {remarks:,} remarks in {paragraphs} changed paragraphs"
    begun = time.process_time()
    for _ in range(remarks):
        home = dice.randrange(paragraphs)
        words = before[home].split()
        at = dice.randrange(WORDS - 12)
        passage = quote_in(before[home], " ".join(words[at : at + 12]))
        assert passage is not None
        anchor(passage, home, texts)
    _row(told, time.process_time() - begun)
    begun = time.process_time()
    found = aligned(before, [*after[paragraphs // 2 :], *after[: paragraphs // 2]])
    _row(f"matching {paragraphs} paragraphs, half of them moved", time.process_time() - begun)
    assert sum(one is not None for one in found) > paragraphs * 0.9
    begun = time.process_time()
    _compare(before, after)
    _row(f"comparing them word by word ({paragraphs * WORDS:,} words)", time.process_time() - begun)


def _edited(text: str, dice: random.Random) -> str:
    words = text.split()
    for _ in range(6):
        words[dice.randrange(len(words))] = dice.choice(LEXICON)
    return " ".join(words)


def _compare(before: Sequence[str], after: Sequence[str]) -> None:
    for old, new in zip(before, after, strict=True):
        changed_words(old, new)


def _row(words: str, seconds: float) -> None:
    print(f"{words:<54}{seconds:>9.2f} s")


if __name__ == "__main__":
    show()
