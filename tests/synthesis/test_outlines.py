import pytest

from consult.foundation.errors import Conflict
from consult.foundation.text import sanitize
from consult.synthesis import releasing
from consult.synthesis.drafts import find_newest
from consult.synthesis.models import DraftState
from consult.synthesis.outlines import MOST_PARAGRAPHS, Part, enter_text, faults, parts_of, written
from consult.synthesis.queries import coverage
from tests.synthesis.builders import a_desk, a_draft

TEXT = "Vooraf.\n\n# Wonen\nEr komen woningen bij.\nOok voor ouderen.\n\n## Dijk\n\nNiet bouwen.\n# Groen\n"


def test_headings_begin_sections_and_blank_lines_end_paragraphs():
    assert parts_of(TEXT) == [
        Part("Inleiding", ("Vooraf.",)),
        Part("Wonen", ("Er komen woningen bij.\nOok voor ouderen.", "### Dijk\n\nNiet bouwen.")),
        Part("Groen", ()),
    ]


def test_a_lower_heading_under_which_nothing_stands_is_kept():
    assert parts_of("# Wonen\n\n## Later")[0].paragraphs == ("### Later",)
    assert parts_of("## Later")[0].paragraphs == ("### Later",)
    assert parts_of("  \n\n") == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("# Alleen een kop", "nog geen alinea"),
        ("", "nog geen alinea"),
        (f"# {'k' * 201}\n\nTekst.", "meer dan 200 tekens"),
        ("woord " * 1000, "Verdeel haar met een lege regel"),
        ("\n\n".join(["Tekst."] * (MOST_PARAGRAPHS + 1)), "Ten hoogste 100 hoofdstukken"),
    ],
)
def test_what_does_not_fit_is_told(text, told):
    assert any(told in sentence for sentence in faults(parts_of(text)))
    assert faults(parts_of(TEXT)) == []


@pytest.mark.usefixtures("unit")
def test_a_text_begins_a_draft_and_stands_at_the_end_of_one():
    desk = a_desk()
    parts = written(parts_of(TEXT), sanitize)
    draft = enter_text(desk.round, "Visie", parts, desk.writer)
    enter_text(desk.round, "Iets anders", parts[1:2], desk.writer)
    found = find_newest(desk.round.id)
    assert found is not None
    assert (found.id, found.title) == (draft.id, "Visie")
    assert [(s.position, s.title, len(s.paragraphs)) for s in found.sections] == [
        (1, "Inleiding", 1),
        (2, "Wonen", 2),
        (3, "Groen", 0),
        (4, "Wonen", 2),
    ]
    assert found.sections[1].paragraphs[1].html == "<h3>Dijk</h3>\n<p>Niet bouwen.</p>"
    assert len({p.stable_id for s in found.sections for p in s.paragraphs}) == 5
    assert coverage(desk.round.id).paragraphs == 5


@pytest.mark.usefixtures("unit")
def test_no_text_comes_into_a_version_that_waits_or_is_public():
    desk = a_desk()
    draft = a_draft(desk)
    draft.state, draft.submitted_by_id, draft.submitted_at = (
        DraftState.SUBMITTED,
        desk.writer.person_id,
        desk.writer.arrived_at,
    )
    with pytest.raises(Conflict):
        enter_text(desk.round, "Visie", written(parts_of(TEXT), sanitize), desk.writer)
    releasing.return_draft(draft, desk.second)
    enter_text(desk.round, "Visie", written(parts_of(TEXT), sanitize), desk.writer)
