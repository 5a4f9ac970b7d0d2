"""Documents read by another library than the one that wrote them: are they what they say for who does not see them?"""

import pytest
from pypdf.generic import NameObject, NumberObject

from consult.documents import pdf
from tests.documents.builders import a_document
from tests.documents.tagged import Tagged
from tests.shows import shows


@pytest.fixture(scope="module")
def content() -> bytes:
    return pdf.write(a_document())


@shows("L28")
def test_nothing_is_wrong_with_a_document_that_has_everything(content):
    found = Tagged(content)
    assert found.faults() == []
    assert {"H1", "H2", "Table", "TH", "Figure", "Link", "L", "TOC"} <= {tag for tag, _within, _one in found.elements}
    words = "".join(page.extract_text() for page in found.reader.pages)
    for said in ("Bomen geven schaduw.", "Dank u wel.", "bladzijde"):
        assert said in words


def without(found: Tagged, tag: str, key: str) -> None:
    """Take something away from every element with a tag."""
    for name, _within, one in found.elements:
        if name == tag:
            one.pop(key, None)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda f: without(f, "Figure", "/Alt"), "13-004"),
        (lambda f: without(f, "TH", "/A"), "15-003"),
        (lambda f: f.root.pop("/Lang"), "11-006"),
        (lambda f: f.elements[0][2].update({NameObject("/S"): NameObject("/Iets")}), "02-001"),
        (lambda f: f.reader.pages[2].update({NameObject("/StructParents"): NumberObject(999)}), "01-005"),
    ],
)
def test_each_fault_is_found(content, spoil, words):
    found = Tagged(content)
    spoil(found)
    found.elements = list(found._walk(found.tree, ""))
    assert any(words in fault for fault in found.faults()), found.faults()
