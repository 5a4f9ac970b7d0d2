"""Waits beside a test run; when the run was killed, stops the database server that it left behind.

`python -m tests.watcher PID FOLDER`
"""

import os
import shutil
import sys
import time
from pathlib import Path

from tests.servers import stop_postgres


def lives(pid: int) -> bool:
    """Say whether the process is still there."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


if __name__ == "__main__":
    leader, folder = int(sys.argv[1]), Path(sys.argv[2])
    while lives(leader) and folder.exists():
        time.sleep(1)
    if folder.exists():
        stop_postgres(folder / "postgres", "immediate")
        shutil.rmtree(folder, ignore_errors=True)
