"""Gets Chromium and PostgreSQL from the operating system's packages where it may, and says so where it may not.

`python -m tests.provide`
"""

import os
import shutil
import subprocess
import sys

from tests import servers

WANTED = {"chromium": ("browser", servers.chromium), "postgresql": ("postgres", servers.find_postgres)}


def missing() -> list[str]:
    """Name the packages of which the program is not there."""
    names = []
    for package, (_, find) in WANTED.items():
        try:
            find()
        except servers.Absent:
            names.append(package)
    return names


def provide() -> int:
    """Install what is missing; 1 when this run demands something that is still missing after that."""
    wanted = missing()
    if wanted and os.getuid() == 0 and shutil.which("apt-get"):
        print(f"Installing {' and '.join(wanted)} from the operating system's packages", flush=True)
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", *wanted]):
            subprocess.run(["apt-get", *command], check=False, env=quiet, stdout=subprocess.DEVNULL)
        wanted = missing()
    for package in wanted:
        print(f"Without {package} the tests that need it are skipped. Install it with: apt install {package}")
    return int(any(servers.required(WANTED[package][0]) for package in wanted))


if __name__ == "__main__":
    sys.exit(provide())
