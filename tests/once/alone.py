"""Casts votes one after the other in a process of its own, so that its system calls can be watched.

`python -m tests.once.alone FILE`: a pickle of conditions and votes; prints how many were kept.
"""

import pickle
import sys
from pathlib import Path

from tests.once.labour import outcome_of

if __name__ == "__main__":
    conditions, votes = pickle.loads(Path(sys.argv[1]).read_bytes())
    database = conditions.open()
    print(sum(outcome_of(database, vote) == "kept" for vote in votes))
    database.dispose()
