import tomllib
import warnings

import pytest

from tests.house.code import CODE, ROOT, imports, modules

FILES = ("models", "rules", "queries", "verbs", "forms", "views")
CEILING = 400
FORMS_OF_ANOTHER_ROOM = {
    ("consult/pages/views.py", "consult.proposals.forms"): "the page of a proposal shows the form for an argument",
    ("consult/participants/views.py", "consult.accounts.forms"): "registering is one form for account and name",
    ("consult/participants/forms.py", "consult.accounts.forms"): "an address is checked in one way",
}


def rooms() -> list[str]:
    """The folders of the platform that hold rooms."""
    return sorted(
        path.parent.name
        for path in CODE.glob("*/__init__.py")
        if path.parent.name not in {"foundation", "translations"}
    )


def contract(name: str) -> dict[str, list[str]]:
    """One import contract of pyproject.toml, by the start of its name."""
    told = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    return next(found for found in told if found["name"].startswith(name))


def test_the_contract_on_files_covers_every_room():
    covered = {name.removeprefix("consult.") for name in contract("Files of a room")["containers"]}
    with_files = {
        room for room in rooms() if (CODE / room / "models.py").exists() or (CODE / room / "views.py").exists()
    }
    assert covered >= with_files, f"add to containers in pyproject.toml: {', '.join(sorted(with_files - covered))}"


def test_the_contract_on_forms_covers_every_room():
    covered = set(contract("Forms")["protected_modules"])
    found = (path.relative_to(CODE.parent).with_suffix("") for path in CODE.rglob("forms.py"))
    there = {".".join(path.parts) for path in found} - {"consult.foundation.forms"}
    assert covered == there, f"protected_modules in pyproject.toml: {', '.join(sorted(there ^ covered))}"


def test_nobody_imports_views_but_the_app():
    found = [
        f"{file}:{line} imports {name}"
        for file, tree in modules().items()
        for name, line in imports(tree)
        if name.startswith("consult.") and ".views" in name and file != "consult/app.py"
    ]
    assert not found, "\n".join(found)


def test_nobody_imports_the_forms_of_another_room():
    found = {
        f"{file}:{line} imports {name}"
        for file, tree in modules().items()
        for name, line in imports(tree)
        if name.startswith("consult.") and name.endswith(".forms") and name != "consult.foundation.forms"
        if file.split("/")[1] != name.split(".")[1] and (file, name) not in FORMS_OF_ANOTHER_ROOM
    }
    assert not found, "\n".join(sorted(found))


def test_no_room_has_a_file_that_tells_nothing_by_its_name():
    empty_names = {"utils", "util", "helpers", "helper", "common", "services", "service", "managers", "manager", "misc"}
    found = [file for file in modules() if empty_names & set(file.removesuffix(".py").split("/"))]
    assert not found, f"say what is in it: {', '.join(found)}"


def test_only_the_ground_ends_a_transaction():
    found = [
        f"{file}:{number}"
        for file in modules()
        for number, line in enumerate((ROOT / file).read_text("utf-8").splitlines(), start=1)
        if ".commit()" in line and file not in {"consult/foundation/db.py", "consult/migrating.py"}
    ]
    assert not found, f"verbs never commit: {', '.join(found)}"


@pytest.mark.parametrize("file", sorted(modules()))
def test_files_stay_small(file):
    length = len((ROOT / file).read_text("utf-8").splitlines())
    if length > CEILING:
        warnings.warn(f"{file} has {length} lines; split it by noun", stacklevel=1)
