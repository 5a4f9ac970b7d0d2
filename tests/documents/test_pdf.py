import re

import pytest

from consult.documents import pdf
from consult.documents.paper import Paragraph as Words
from consult.documents.paper import Part, plain
from tests.documents.builders import a_document, inside
from tests.shows import shows


@pytest.fixture(scope="module")
def written() -> bytes:
    return pdf.write(a_document())


@shows("L28")
def test_it_says_that_it_is_tagged_for_everybody_and_for_the_archive(written):
    told = inside(written)
    assert re.search(r"<pdfuaid:part>1</pdfuaid:part>", told)
    assert re.search(r"<pdfaid:part>2</pdfaid:part>", told)
    assert re.search(r"<pdfaid:conformance>A</pdfaid:conformance>", told)
    assert re.search(r"/Marked true", told)
    assert re.search(r"/Lang ?\(nl\)", told)
    assert re.search(r"/DisplayDocTitle true", told)
    assert '<rdf:li xml:lang="x-default">Reactienota</rdf:li>' in told


@shows("L28")
def test_every_kind_of_block_has_its_tag(written):
    told = inside(written)
    for tag in (
        "Document",
        "H1",
        "H2",
        "H3",
        "P",
        "L",
        "LI",
        "Table",
        "THead",
        "TH",
        "TD",
        "Figure",
        "Caption",
        "Link",
        "TOC",
    ):
        assert re.search(rf"/S ?/{tag}\b", told), tag
    assert "online: 12; op papier: 3" in told  # what the figure says to somebody who does not see it
    assert re.search(r"/Scope ?/Column", told)


def test_the_same_document_gives_the_same_bytes(written):
    assert pdf.write(a_document()) == written
    assert pdf.write(a_document("Anders.")) != written


def test_what_people_write_is_text_and_never_markup():
    text = '#read("/etc/passwd") $x$ *vet* = kop #import "@preview/x" \\ <label> `code` // weg'
    told = inside(pdf.write(a_document(text, title=text, subtitle=text)))
    assert "root:x:0" not in told


@pytest.mark.parametrize(
    "text", ["Mooi 😀 👩‍👩‍👧 👍🏽", "漢字 en nog meer 日本", "\ue000\u0085", "שלום مرحبا हिन्दी Ελλάδα Україна"]
)
def test_a_sign_that_no_font_has_does_not_stop_it(text):
    assert pdf.write(a_document(text)).startswith(b"%PDF")


def test_an_emoji_is_named():
    assert pdf._seen("Mooi 😀") == "Mooi [grinning face]"
    assert pdf._named("漢字", {"漢"}) == "[U+6F22]字"


def test_a_long_title_and_an_empty_part_are_no_problem():
    parts = (Part("Leeg", ()), Part("x" * 200, (Words(plain("y" * 400)),)))
    assert pdf.write(a_document(parts=parts, title="z" * 200)).startswith(b"%PDF")
