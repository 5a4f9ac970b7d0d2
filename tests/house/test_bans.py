import ast

import pytest

from tests.house import bans
from tests.house.code import modules, templates
from tests.shows import shows


@shows("R39")
def test_no_module_holds_what_is_banned():
    found = [complaint for file, tree in modules().items() for complaint in bans.found(file, tree)]
    assert not found, "\n".join(found)


def test_no_template_holds_what_is_banned():
    found = [complaint for name, source in templates().items() for complaint in bans.found_in_template(name, source)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "planted",
    [
        "import pickle",
        "from pickle import loads",
        "import urllib.request",
        "eval(text)",
        "subprocess.run(command, shell=True)",
        "os.system(command)",
        "yaml.load(source)",
        "session().execute(text(f'select {name}'))",
        "connection.exec_driver_sql('select ' + name)",
        "text('select %s' % name)",
        "text('select {}'.format(name))",
        "from markupsafe import Markup",
        "at = datetime.now(UTC)",
        "def late():\n    import json",
        "_(f'Hello {name}')",
        "render_template_string(source)",
    ],
)
def test_each_ban_catches_what_it_bans(planted):
    assert list(bans.found("consult/room/verbs.py", ast.parse(planted)))


@pytest.mark.parametrize(
    "allowed", ["re.compile('a')", "text('select 1')", "clock.now()", "yaml.safe_load(source)", "subprocess.run([a])"]
)
def test_no_ban_catches_what_is_fine(allowed):
    assert not list(bans.found("consult/room/verbs.py", ast.parse(allowed)))


@pytest.mark.parametrize(
    "planted",
    [
        "{{ text|safe }}",
        "<p style='color: red'>",
        '<p onclick="x()">',
        "<script>1</script>",
        "{% autoescape false %}",
        '<img src="https://elsewhere.test/a.png">',
        "{% if actor.role == 'admin' %}",
    ],
)
def test_each_ban_catches_what_it_bans_in_a_template(planted):
    assert list(bans.found_in_template("room/page.html", planted))


def test_a_comment_in_a_template_may_say_anything():
    assert not list(bans.found_in_template("room/page.html", "{#- never |safe -#}"))
