"""What docs/ promises, what tests cite, and the list of numbers that nothing shows yet.

`python -m tests.house.shrink`, from the root of the project, takes out of `not_yet_shown.txt` each
number that a test cites by now. It never adds one.
"""

import ast
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
TESTS = ROOT / "tests"
NOT_YET_SHOWN = Path(__file__).with_name("not_yet_shown.txt")

DEFINITION = re.compile(r"^\| (S[0-9]{2}|L[0-9]{2}|R[1-9][0-9]{0,2}) \|", re.MULTILINE)
UNRUN = {"skip", "xfail"}
ORDER = {"S": 0, "L": 1, "R": 2}

Test = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def defined(docs: Path = DOCS) -> list[str]:
    """Every number that begins a table row in docs/*.md; one defined twice stands here twice."""
    pages = (page.read_text("utf-8") for page in sorted(docs.glob("*.md")))
    return [number for page in pages for number in DEFINITION.findall(page)]


def cited(tests: Path = TESTS) -> tuple[dict[str, list[str]], list[str]]:
    """Where each number is cited, and the citations that show nothing.

    A citation counts as a decorator of a test that pytest collects and runs: a `test_` function or
    a `Test` class in a `test_*.py`, not skipped and not expected to fail, its numbers written out.
    """
    counted: dict[str, list[str]] = defaultdict(list)
    idle: list[str] = []
    for file in sorted(tests.rglob("*.py")):
        for test, call in _citations(ast.parse(file.read_text("utf-8"), str(file))):
            place = f"{file.relative_to(tests.parent)}:{call.lineno}"
            numbers = [word.value for word in call.args if isinstance(word, ast.Constant)]
            if not numbers or len(numbers) < len(call.args) or not _runs(file, test):
                idle.append(place)
                continue
            for number in numbers:
                counted[str(number)].append(place)
    return dict(counted), idle


def listed(file: Path = NOT_YET_SHOWN) -> list[str]:
    """The numbers that nothing shows yet, as they stand in the list."""
    return file.read_text("utf-8").split()


def in_order(numbers: Iterable[str]) -> list[str]:
    """S, then L, then R, each counting up; what is not a number stands last."""
    return sorted(numbers, key=lambda number: (ORDER.get(number[:1], 3), _count(number), number))


def shrink(file: Path = NOT_YET_SHOWN, tests: Path = TESTS) -> list[str]:
    """Take the cited numbers out of the list and name them; the other lines stay as they are."""
    counted, _ = cited(tests)
    before = listed(file)
    after = [number for number in before if number not in counted]
    if after != before:
        file.write_text("".join(f"{number}\n" for number in after), "utf-8")
    return in_order(set(before) - set(after))


def _citations(module: ast.Module) -> Iterator[tuple[Test, ast.Call]]:
    for node in ast.walk(module):
        if isinstance(node, Test):
            for decorator in node.decorator_list:
                if isinstance(decorator, ast.Call) and _name(decorator.func) == "shows":
                    yield node, decorator


def _runs(file: Path, test: Test) -> bool:
    prefix = "Test" if isinstance(test, ast.ClassDef) else "test_"
    decorators = (node.func if isinstance(node, ast.Call) else node for node in test.decorator_list)
    return (
        file.name.startswith("test_")
        and test.name.startswith(prefix)
        and not any(_name(decorator) in UNRUN for decorator in decorators)
    )


def _name(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def _count(number: str) -> int:
    return int(number[1:]) if number[1:].isdecimal() else 0


if __name__ == "__main__":
    gone = shrink()
    print(f"shown by now, taken out: {', '.join(gone) or 'none'}; not yet shown: {len(listed())}")
