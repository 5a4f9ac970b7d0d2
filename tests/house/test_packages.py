import re
import tomllib
from pathlib import Path

import pytest

from tests.house.code import ROOT

LOCKS = ("requirements.lock", "requirements-test.lock")
READ = [
    *LOCKS, "pyproject.toml", "Makefile", ".ci/run", "requirements.txt", "setup.cfg", "pip.conf", ".npmrc", "uv.toml",
]  # fmt: skip
REGISTRY = re.compile(
    r"https?://(?!127\.0\.0\.1)|--(?:extra-)?index-url|--find-links|--trusted-host|pypi\.|files\.pythonhosted",
    re.IGNORECASE,
)
HASHED = re.compile(r"^[a-z0-9][a-z0-9._-]*(?:\[[a-z,]+\])?==\S+(?: ; .+)? \\$", re.IGNORECASE)


@pytest.mark.parametrize("name", [name for name in READ if (ROOT / name).exists()])
def test_no_package_file_names_a_place_to_get_packages_from(name):
    found = [line for line in (ROOT / name).read_text("utf-8").splitlines() if REGISTRY.search(line)]
    assert not found, f"{name}: {found[:3]}"


def test_no_other_lock_is_kept():
    assert not [
        name for name in ("uv.lock", "poetry.lock", "Pipfile.lock", "package-lock.json") if (ROOT / name).exists()
    ]


@pytest.mark.parametrize("name", LOCKS)
def test_every_package_is_pinned_with_its_hashes(name):
    lines = [line for line in (ROOT / name).read_text("utf-8").splitlines() if line and not line.startswith("#")]
    odd = [
        line for line in lines if not (HASHED.match(line) or re.match(r"    --hash=sha256:[0-9a-f]{64}( \\)?$", line))
    ]
    assert not odd, odd[:3]


@pytest.mark.parametrize("name", LOCKS)
def test_everything_that_is_asked_for_is_locked(name):
    told = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = told["dependencies"] + (told["optional-dependencies"]["test"] if "test" in name else [])
    locked = {_bare(line) for line in (ROOT / name).read_text("utf-8").splitlines() if "==" in line}
    assert not {_bare(line) for line in wanted} - locked


def test_what_runs_is_the_same_in_both_locks():
    assert set(_pins(ROOT / LOCKS[0])) <= set(_pins(ROOT / LOCKS[1]))


def _bare(line: str) -> str:
    return re.split(r"[\[=<>~;\s]", line, maxsplit=1)[0].lower().replace("_", "-")


def _pins(lock: Path) -> list[str]:
    return [line.removesuffix(" \\") for line in lock.read_text("utf-8").splitlines() if "==" in line]
