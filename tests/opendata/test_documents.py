import io
from html import escape
from pathlib import Path

import docx
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from hypothesis import given
from hypothesis import strategies as st
from odfdo import Document, Element, Header, Paragraph, Row, Table
from odfdo import List as Items

from consult.foundation.language import speaking
from consult.foundation.text import as_markdown, plain, sanitize
from consult.opendata import documents
from consult.opendata.documents import read
from consult.opendata.files import BadFile
from consult.synthesis.outlines import parts_of
from tests.foundation import papers

LICENCES = Path("/usr/share/common-licenses")


@pytest.fixture(autouse=True)
def in_dutch():
    with speaking("nl"):
        yield


def an_odt() -> bytes:
    document = Document("text")
    document.body.clear()
    title = Paragraph("Visie op onze wijken", style="Title")
    wonen, groen, bomen = Header(1, "Wonen"), Header(1, "Groen"), Header(2, "Bomen *en* struiken")
    text = Paragraph("Er komen 1.150 woningen bij.\nOok voor ouderen.")
    text.append(Element.from_tag('<text:note text:note-class="footnote"><text:p>Een noot.</text:p></text:note>'))
    table = Table("t")
    table.set_row(0, Row())
    table.set_values([["Straat", "Bomen"], ["Dorpsstraat", "12"]])
    items = Items(["Planten langs de dijk", "Gras minder vaak maaien"])
    for part in (title, Paragraph("Vooraf."), wonen, text, groen, bomen, Paragraph("# geen kop"), items, table):
        document.body.append(part)
    made = io.BytesIO()
    document.save(made)
    return made.getvalue()


def a_docx() -> bytes:
    document = docx.Document()
    document.add_heading("Visie op onze wijken", 0)
    document.add_paragraph("Vooraf.")
    document.add_heading("Wonen", 1)
    paragraph = document.add_paragraph("Er komen ")
    kept = f'<w:ins {nsdecls("w")} w:id="1" w:author="x"><w:r><w:t>1.150 </w:t></w:r></w:ins>'
    gone = f'<w:del {nsdecls("w")} w:id="2" w:author="x"><w:r><w:delText>900 </w:delText></w:r></w:del>'
    moved = f'<w:moveFrom {nsdecls("w")} w:id="3" w:author="x"><w:r><w:t>weg </w:t></w:r></w:moveFrom>'
    for change in (kept, gone, moved):
        paragraph._p.append(parse_xml(change))
    paragraph.add_run("woningen bij.")
    document.add_heading("Groen", 1)
    document.add_heading("Bomen *en* struiken", 2)
    document.add_paragraph("# geen kop")
    document.add_paragraph("Planten langs de dijk", style="List Bullet")
    document.add_paragraph("Gras minder vaak maaien", style="List Bullet")
    table = document.add_table(1, 2)
    table.cell(0, 0).text, table.cell(0, 1).text = "Dorpsstraat", "12"
    made = io.BytesIO()
    document.save(made)
    return made.getvalue()


@pytest.mark.parametrize(("name", "content"), [("visie.odt", an_odt()), ("visie.docx", a_docx())])
def test_headings_paragraphs_lists_and_tables_come_over(name, content):
    found = read(name, content)
    parts = parts_of(found.text)
    assert found.title == "Visie op onze wijken"
    assert [part.title for part in parts] == ["Inleiding", "Wonen", "Groen"]
    said = [plain(sanitize(one)) for part in parts for one in part.paragraphs]
    assert said[0] == "Vooraf."
    assert said[1].startswith("Er komen 1.150 woningen bij.")
    assert said[2] == "Bomen *en* struiken # geen kop"
    assert "<h3>Bomen *en* struiken</h3>" in sanitize(parts[2].paragraphs[0])
    assert sanitize(parts[2].paragraphs[1]).count("<li>") >= 3
    assert "Dorpsstraat | 12" in said[3]
    for left in ("noot", "900", "weg"):
        assert left not in found.text


@given(st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), max_size=60))
def test_no_sign_in_a_text_gets_a_meaning(words):
    assert plain(sanitize(as_markdown(words))) == plain(f"<p>{escape(words)}</p>")


def test_plain_text_has_headings_where_they_stand_alone():
    told = "VISIE OP DE WIJK\n\n  1. Wonen\n\nEr komen woningen bij,\nook voor ouderen.\n\nArtikel 2 Groen\n\nBomen.\n"
    parts = parts_of(read("visie.txt", told.encode()).text)
    assert [(part.title, part.paragraphs) for part in parts] == [
        ("VISIE OP DE WIJK", ()),
        ("1. Wonen", ("Er komen woningen bij, ook voor ouderen.",)),
        ("Artikel 2 Groen", ("Bomen.",)),
    ]


def test_marked_text_stays_as_it_is():
    found = read("visie.md", "# Wonen\r\n\r\nMet **nadruk**.\r\n".encode("utf-8-sig"))
    assert found.text == "# Wonen\n\nMet **nadruk**."


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("visie.docx", b"PK\x03\x04 no package"),
        ("visie.docx", papers.docx()),
        ("visie.odt", an_odt()[:-40]),
        ("visie.pdf", papers.PDF),
        ("visie.txt", b"\x00\x01"),
        ("visie.docx", papers.xlsx()),
    ],
)
def test_what_is_no_text_is_told_in_a_sentence(name, content):
    with pytest.raises(BadFile) as told:
        read(name, content)
    assert str(told.value).startswith(f"{name}: ")


def test_a_text_that_unpacks_to_very_much_is_refused(monkeypatch):
    monkeypatch.setattr(documents, "LARGEST", 100)
    with pytest.raises(BadFile, match="te veel tekst"):
        read("visie.odt", an_odt())


@pytest.mark.skipif(not (LICENCES / "GPL-3").exists(), reason="only Debian installs the texts of licences here")
@pytest.mark.parametrize(("name", "sections"), [("GPL-2", 5), ("GPL-3", 23)])
def test_a_long_text_of_law_comes_over_whole(name, sections):
    text = (LICENCES / name).read_text("utf-8")
    parts = parts_of(read(f"{name}.txt", text.encode()).text)
    said = " ".join(" ".join([part.title, *(plain(sanitize(one)) for one in part.paragraphs)]) for part in parts)
    assert "".join(said.replace("Inleiding", "", 1).split()) == "".join(text.split())
    assert len(parts) == sections
