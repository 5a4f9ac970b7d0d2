import ast
import re

from tests.house.code import ROOT, calls, modules, templates

USED = re.compile(r"\{%-?\s*(?:extends|include|import|from)\s+[\"']([^\"']+)[\"']")


def test_every_template_that_a_view_renders_is_there():
    missing = [f"{place}: {name}" for name, place in rendered() if name not in templates()]
    assert not missing, f"rendered, but not in templates/: {', '.join(missing)}"


def test_every_template_that_another_one_uses_is_there():
    missing = [
        f"{name}: {used}"
        for name, text in templates().items()
        for used in USED.findall(text)
        if used not in templates()
    ]
    assert not missing, f"used, but not in templates/: {', '.join(missing)}"


def test_no_template_is_without_a_view():
    used = {name for name, _ in rendered()} | {used for text in templates().values() for used in USED.findall(text)}
    idle = [name for name in templates() if name not in used]
    assert not idle, f"in templates/, but nothing renders, extends or imports them: {', '.join(idle)}"


def test_every_page_of_a_room_is_rendered_by_that_room():
    astray = [
        f"{place}: {name}"
        for name, place in rendered()
        if place.count("/") > 1 and name.split("/")[0] not in {place.split("/")[1], "layout", *blueprints(place)}
    ]
    assert not astray, f"a template of another room: {', '.join(astray)}"


def rendered() -> list[tuple[str, str]]:
    """Every template that code names, with the place."""
    found = []
    for file, tree in modules().items():
        for name, call in calls(tree):
            if name.rpartition(".")[2] in {"render_template", "stream_template", "get_template"} and call.args:
                found += [(text, f"{file}:{call.lineno}") for text in _texts(call.args[0])]
    return found


def _texts(node: ast.expr) -> list[str]:
    return [part.value for part in ast.walk(node) if isinstance(part, ast.Constant) and isinstance(part.value, str)]


def blueprints(place: str) -> list[str]:
    """A room that has more than one kind of pages names each by a blueprint of its own."""
    return re.findall(r'Blueprint\("(\w+)"', (ROOT / place.partition(":")[0]).read_text("utf-8"))
