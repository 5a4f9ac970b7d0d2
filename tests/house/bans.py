"""What may not stand in the platform's code and templates, however it is written."""

import ast
import re
from collections.abc import Callable, Iterator

from tests.house.code import calls, imports

NEVER_IMPORTED = {
    "pickle": "it runs what it reads",
    "marshal": "it runs what it reads",
    "shelve": "it is pickle",
    "dill": "it is pickle",
    "commands": "it is a shell",
    "pty": "it is a shell",
    "requests": "the platform fetches no address",
    "authlib": "the platform fetches no address",
    "urllib3": "the platform fetches no address",
    "httpx": "the platform fetches no address",
    "urllib.request": "the platform fetches no address",
    "http.client": "the platform fetches no address",
    "ftplib": "the platform fetches no address",
    "telnetlib": "the platform fetches no address",
    "xml.etree": "it believes entities",
    "importlib": "imports stand at the top, written out",
}
NEVER_CALLED = {
    "eval": "it runs text",
    "exec": "it runs text",
    "compile": "it makes text into code",
    "__import__": "imports stand at the top, written out",
    "os.system": "it is a shell",
    "os.popen": "it is a shell",
    "subprocess.getoutput": "it is a shell",
    "subprocess.getstatusoutput": "it is a shell",
    "yaml.load": "it makes objects; use yaml.safe_load",
    "yaml.unsafe_load": "it makes objects; use yaml.safe_load",
    "tempfile.mktemp": "somebody else may be first",
    "render_template_string": "templates stand in files",
    "Template": "templates stand in files",
    "from_string": "templates stand in files",
}
SQL = {"text", "sa.text", "sqlalchemy.text", "literal_column", "exec_driver_sql", "execute", "scalar", "scalars"}
CLOCKS = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "datetime.datetime.now"}

# Where something banned may stand after all: the file, a part of the complaint, and why.
ALLOWED = {
    ("consult/foundation/text.py", "Markup"): "the one place that calls stored HTML safe",
    ("consult/foundation/clock.py", "datetime.now"): "it is the clock",
    ("consult/notifications/feeds.py", "xml.etree"): "it writes a feed and reads nothing",
    (
        "consult/foundation/oidc.py",
        "requests",
    ): "the broker of sign-ins, at the address that its operator set",
    ("consult/foundation/oidc.py", "authlib"): "the same",
    (
        "consult/documents/pdf.py",
        "inside a function",
    ): "the layout program loads where a PDF is made, in no web process",
    ("consult/commands/polls.py", "inside a function"): "numpy and scipy load for the one command that uses them",
    ("consult/working.py", "inside a function"): "the same, for the worker",
}


def found(file: str, tree: ast.Module) -> Iterator[str]:
    """List in sentences what in one module is banned."""
    for check in CHECKS:
        for line, complaint in check(tree):
            if not any(file == place and part in complaint for place, part in ALLOWED):
                yield f"{file}:{line}: {complaint}"


def _imported(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for name, line in imports(tree):
        for banned, why in NEVER_IMPORTED.items():
            if name == banned or name.startswith(f"{banned}."):
                yield line, f"{banned}: {why}"


def _called(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for name, call in calls(tree):
        for banned, why in NEVER_CALLED.items():
            if name == banned or (
                "." not in banned and name.endswith(f".{banned}") and banned not in {"compile", "exec", "eval"}
            ):
                yield call.lineno, f"{banned}: {why}"
        if any(k.arg == "shell" and getattr(k.value, "value", True) is not False for k in call.keywords):
            yield call.lineno, "shell=: programs are started without a shell"


def _built_sql(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for name, call in calls(tree):
        if (name in SQL or name.rpartition(".")[2] in SQL) and call.args and _is_built(call.args[0]):
            yield call.lineno, f"{name}: SQL is written out or built by SQLAlchemy, never glued together"


def _is_built(node: ast.expr) -> bool:
    match node:
        case ast.JoinedStr():
            return any(isinstance(part, ast.FormattedValue) for part in node.values)
        case ast.BinOp(op=ast.Add() | ast.Mod(), left=left, right=right):
            return any(isinstance(side, ast.JoinedStr) or _is_text(side) for side in (left, right))
        case ast.Call(func=ast.Attribute(attr="format" | "join", value=value)):
            return _is_text(value)
    return False


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _safe_words(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for name, line in imports(tree):
        if name in {"markupsafe.Markup", "flask.Markup", "jinja2.Markup"}:
            yield line, "Markup: only foundation/text.py calls HTML safe"
    for name, call in calls(tree):
        if name.endswith("Markup"):
            yield call.lineno, "Markup: only foundation/text.py calls HTML safe"


def _own_clock(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for name, call in calls(tree):
        if name in CLOCKS:
            yield call.lineno, f"{name}: clock.now() is the only clock"


def _hidden_imports(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for inner in ast.walk(node):
                if isinstance(inner, ast.Import | ast.ImportFrom):
                    yield inner.lineno, "an import stands inside a function; it belongs at the top"


def _untranslatable(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for name, call in calls(tree):
        if name in {"_", "_l", "N_", "gettext", "ngettext"} and call.args and _is_built(call.args[0]):
            yield call.lineno, f"{name}(): a message is written out; put what varies into %(name)s"


CHECKS: tuple[Callable[[ast.Module], Iterator[tuple[int, str]]], ...] = (
    _imported,
    _called,
    _built_sql,
    _safe_words,
    _own_clock,
    _hidden_imports,
    _untranslatable,
)

SCRIPTS = "autosave|passage|passkey|quote|statements|totals|workbench"  # ours, few, and no page needs one
IN_TEMPLATES = {
    r"\|\s*safe\b": "|safe: only foundation/text.py calls HTML safe",
    r"\|\s*tojson\b": "|tojson: no page holds script",
    r"\bMarkup\b": "Markup: only foundation/text.py calls HTML safe",
    r"\{%-?\s*autoescape\b": "autoescape stays on",
    rf"<script\b(?! type=\"module\" src=\"\{{\{{ asset\('(?:{SCRIPTS})\.js'\) \}}\}}\"></script>)": (
        "a page needs no script"
    ),
    r"<style\b": "styles stand in the style sheet",
    r"\sstyle\s*=": "styles stand in the style sheet",
    r"\son[a-z]+\s*=\s*[\"']": "a page needs no script",
    r"javascript:": "a page needs no script",
    r"(?:src|href|action)\s*=\s*[\"']https?://": "nothing comes from elsewhere",
    r"(?-i:\bRole\.|\bDuty\.)|actor\.role\b|actor\.duties\b": "a template asks allows(), never a role",
}

# Templates in which something banned may stand after all, and why.
ALLOWED_IN_TEMPLATES = {
    ("notifications/mail.html", r"<style\b"): "a mail program fetches no sheet",
}


def found_in_template(name: str, source: str) -> Iterator[str]:
    """List in sentences what in one template is banned; comments may say anything."""
    bare = re.sub(r"\{#.*?#\}", lambda comment: "\n" * comment.group().count("\n"), source, flags=re.DOTALL)
    for pattern, why in IN_TEMPLATES.items():
        if (name, pattern) in ALLOWED_IN_TEMPLATES:
            continue
        for match in re.finditer(pattern, bare, re.IGNORECASE):
            yield f"templates/{name}:{bare.count(chr(10), 0, match.start()) + 1}: {why}"
