import io
import zipfile

from lxml import etree
from odfdo import Document as OdfDocument

from consult.documents import odt
from consult.opendata.documents import read
from tests.documents.builders import a_document
from tests.shows import shows

TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"


def content(document):
    with zipfile.ZipFile(io.BytesIO(odt.write(document))) as package:
        assert package.namelist()[0] == "mimetype"
        assert package.read("mimetype").decode() == odt.TYPE
        return etree.fromstring(package.read("content.xml"))


def test_headings_lists_and_tables_are_real_ones():
    root = content(a_document())
    levels = [int(one.get(f"{TEXT}outline-level")) for one in root.iter(f"{TEXT}h")]
    assert levels == [1, 2, 3, 1]
    assert len(list(root.iter(f"{TEXT}list-item"))) == 2
    heads = [one for one in root.iter(f"{TABLE}table-header-rows")]
    assert ["".join(cell.itertext()) for cell in heads[0].iter(f"{TABLE}table-cell")] == ["Wat", "Aantal"]
    assert len(list(root.iter(f"{TEXT}table-of-content"))) == 1


def test_every_style_that_is_used_is_there():
    with zipfile.ZipFile(io.BytesIO(odt.write(a_document()))) as package:
        inside = package.read("content.xml").decode()
        there = package.read("styles.xml").decode() + inside
    used = {one for part in inside.split('style-name="')[1:] if (one := part.partition('"')[0])}
    missing = {name for name in used if f'style:name="{name}"' not in there}
    assert not missing


@shows("L28")
def test_another_program_reads_it_with_its_title_and_language():
    made = odt.write(a_document())
    other = OdfDocument(io.BytesIO(made))
    assert other.meta.title == "Reactienota"
    assert other.meta.language == "nl-NL"
    again = read("nota.odt", made)
    assert again.title == "Reactienota"
    assert "# 1 Antwoorden" in again.text
    assert "Bomen geven schaduw." in again.text


def test_the_same_document_gives_the_same_bytes():
    assert odt.write(a_document()) == odt.write(a_document())


def test_what_people_write_is_text():
    root = content(a_document("<text:h>kop</text:h> & \x07 ]]>"))
    assert "<text:h>kop</text:h> &  ]]>" in "".join(root.itertext())
