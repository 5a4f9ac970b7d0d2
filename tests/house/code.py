"""What the house tests read: the platform's own files, parsed."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CODE = ROOT / "consult"
TEMPLATES = ROOT / "templates"


@cache
def modules() -> dict[str, ast.Module]:
    """Parse every module of the platform, by its path under the root."""
    files = sorted(CODE.rglob("*.py"))
    return {str(file.relative_to(ROOT)): ast.parse(file.read_text("utf-8"), str(file)) for file in files}


@cache
def templates() -> dict[str, str]:
    """Read every template, by the name under which it is rendered."""
    files = sorted(path for path in TEMPLATES.rglob("*") if path.is_file() and path.suffix in {".html", ".txt", ".xml"})
    return {str(file.relative_to(TEMPLATES)): file.read_text("utf-8") for file in files}


def calls(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    """Find every call with the dotted name of what is called; "" where that is no name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield dotted(node.func), node


def dotted(node: ast.expr) -> str:
    """Return `a.b.c` as it was written, with "" for what is not a plain name."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=value, attr=name):
            return f"{dotted(value)}.{name}"
    return ""


def imports(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Find every module that is imported, also inside functions, with the line."""
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names, lineno=line):
                yield from ((name.name, line) for name in names)
            case ast.ImportFrom(module=module, names=names, lineno=line):
                yield str(module), line
                yield from ((f"{module}.{name.name}", line) for name in names)
