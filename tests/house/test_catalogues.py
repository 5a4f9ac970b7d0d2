from pathlib import Path

import pytest

from tests.house import catalogues

HEAD = r"""msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\n"

"""


def test_everything_that_is_said_is_said_in_dutch_too():
    found = catalogues.faults()
    assert not found, "\n".join([f"{len(found)} faults", *found])


def test_words_are_found_in_code_and_in_templates(tmp_path):
    a_house(tmp_path)
    assert {key: {use.room for use in uses} for key, uses in catalogues.said(tmp_path).items()} == {
        "Sign in": {"room"},
        ("%(num)s vote", "%(num)s votes"): {"room"},
        "Menu": {"foundation"},
        "Name of %(n)s": {"room"},
    }


@pytest.mark.parametrize(
    ("entry", "fault"),
    [
        ('msgid "Menu"\nmsgstr ""\n', "not translated"),
        ('#, fuzzy\nmsgid "Menu"\nmsgstr "Menu"\n', "fuzzy"),
        ('msgid "Name of %(n)s"\nmsgstr "Naam van %(name)s"\n', "places differ"),
        ('msgid "Name of %(n)s"\nmsgstr "Naam"\n', "places differ"),
        ("", "missing: 'Menu'"),
    ],
)
def test_a_fault_in_a_catalogue_is_told(tmp_path, entry, fault):
    a_house(tmp_path, entry)
    assert any(fault in told for told in catalogues.faults(tmp_path))


def test_two_catalogues_may_not_contradict_each_other(tmp_path):
    a_house(tmp_path, 'msgid "Menu"\nmsgstr "Menu"\n')
    write(tmp_path, "consult/translations/nl/room.po", HEAD + 'msgid "Menu"\nmsgstr "Kaart"\n')
    assert any("translated differently" in told for told in catalogues.faults(tmp_path))


def test_a_bare_percent_in_a_template_is_told(tmp_path):
    a_house(tmp_path)
    write(tmp_path, "templates/room/page.html", '{{ _("100% sure") }}')
    assert any("bare %" in told for told in catalogues.faults(tmp_path))


def test_a_whole_catalogue_has_no_fault(tmp_path):
    a_house(
        tmp_path,
        'msgid "Menu"\nmsgstr "Menu"\n\nmsgid "Sign in"\nmsgstr "Inloggen"\n\n'
        'msgid "Name of %(n)s"\nmsgstr "Naam van %(n)s"\n\n'
        'msgid "%(num)s vote"\nmsgid_plural "%(num)s votes"\nmsgstr[0] "Een stem"\nmsgstr[1] "%(num)s stemmen"\n',
    )
    assert catalogues.faults(tmp_path) == []


def test_writing_adds_what_is_missing_and_takes_out_what_nothing_says(tmp_path):
    a_house(tmp_path, 'msgid "Old"\nmsgstr "Oud"\n')
    catalogues.write(tmp_path)
    faults = catalogues.faults(tmp_path)
    assert len(faults) == 8  # four entries, each of them empty and missing
    assert "Old" not in (tmp_path / "consult/translations/nl/foundation.po").read_text()


def a_house(root: Path, entries: str = "") -> None:
    write(root, "consult/room/verbs.py", 'label = _l("Sign in")\nngettext("%(num)s vote", "%(num)s votes", 2)\n')
    write(root, "templates/layout/base.html", '{{ _("Menu") }}')
    write(root, "templates/room/page.html", '{% block a %}{{ _("Name of %(n)s", n=1) }}{% endblock %}')
    write(root, "consult/translations/nl/foundation.po", HEAD + entries)


def write(root: Path, name: str, text: str) -> None:
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text(text, "utf-8")
