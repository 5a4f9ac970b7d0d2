import pytest

from consult.documents.paper import Bullets, Heading, Paragraph, Part, Run, plain, raised, read, said
from consult.foundation.text import sanitize
from tests.documents.builders import a_document


@pytest.mark.parametrize(
    ("markdown", "blocks"),
    [
        ("Een **vette** zin.", [Paragraph((Run("Een "), Run("vette", strong=True), Run(" zin.")))]),
        ("Een\n\nTwee", [Paragraph(plain("Een")), Paragraph(plain("Twee"))]),
        ("- een\n- twee", [Bullets((plain("een"), plain("twee")))]),
        ("1. een\n2. twee", [Bullets((plain("een"), plain("twee")), ordered=True)]),
        ("### Kop\n\nTekst", [Heading(3, "Kop"), Paragraph(plain("Tekst"))]),
        ("> Zei zij", [Paragraph(plain("Zei zij"), "quote")]),
        ("[hier](https://a.test)", [Paragraph((Run("hier", url="https://a.test"),))]),
        ("a < b & c", [Paragraph(plain("a < b & c"))]),
        ("", []),
    ],
)
def test_kept_html_is_read_as_blocks(markdown, blocks):
    assert read(sanitize(markdown)) == blocks


def test_a_list_in_a_list_and_several_paragraphs_in_an_item_lose_no_word():
    found = read(sanitize("- een\n\n  nog een\n- twee\n  - binnen\n- drie\n\nna"))
    words = "".join(run.text for block in found for item in getattr(block, "items", (block,)) for run in _runs(item))
    assert all(word in words for word in ("een", "nog een", "twee", "binnen", "drie", "na"))


def _runs(item):
    return item.words if isinstance(item, Paragraph) else item


def test_every_word_of_any_text_is_kept():
    text = "Een *twee* **drie**\n\n> vier\n\n1. vijf\n2. zes\n\n#### zeven\n\nacht"
    found = repr(read(sanitize(text)))
    assert all(word in found for word in "Een twee drie vier vijf zes zeven acht".split())


def test_plain_text_becomes_paragraphs():
    assert said("een\nregel\n\ntwee\n") == [Paragraph(plain("een\nregel")), Paragraph(plain("twee"))]


def test_the_same_content_has_the_same_hash_and_another_has_another():
    assert a_document().content_hash == a_document().content_hash
    assert a_document("Anders.").content_hash != a_document().content_hash
    assert a_document(title="Nota").content_hash != a_document().content_hash


def test_a_document_in_a_document_stands_one_level_lower():
    part = raised([Part("Deel", (Heading(2, "Waarom"), Paragraph(plain("x"))))], "Reactienota")
    assert part.blocks == (Heading(2, "Deel"), Heading(3, "Waarom"), Paragraph(plain("x")))
