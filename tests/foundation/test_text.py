import re

import html5lib
import pytest
from hypothesis import given
from hypothesis import strategies as st

from consult.foundation.text import ATTRIBUTES, MAX_MARKS, TAGS, body, like, one_line, paragraphs, plain, sanitize
from tests.shows import shows

PAYLOADS = [
    "<script>alert(1)</script>",
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "<math><mtext><mglyph><style><img src=x onerror=alert(1)>",
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
    "[x](javascript:alert(1))",
    "[x](java&#9;script:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](vbscript:msgbox)",
    "![x](https://elders.example/pixel.png)",
    "<a href=x onclick=alert(1)>x</a>",
    "<iframe src=//elders.example></iframe>",
    "<form action=//elders.example><input></form>",
    "<p style=position:fixed>x</p>",
    "`<img src=x onerror=alert(1)>`",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "<<script>script>alert(1)</script>",
    "<ul>" * 400,
    "> " * 400 + "x",
]


def nodes(html):
    tree = html5lib.parseFragment(html, namespaceHTMLElements=False)
    return [node for node in tree.iter() if isinstance(node.tag, str) and node.tag != "DOCUMENT_FRAGMENT"]


@shows("R41")
@pytest.mark.parametrize("payload", PAYLOADS)
def test_only_allowed_elements_come_out(payload):
    only_allowed(sanitize(payload))


@shows("R41")
@given(st.lists(st.sampled_from([*PAYLOADS[:16], "tekst", "\n", "**", "<", ">", '"', "'", "[", "](", ")"]), max_size=8))
def test_no_mix_of_payloads_gets_through(parts):
    only_allowed(sanitize("".join(parts)))


def only_allowed(html):
    for node in nodes(html):
        assert node.tag in TAGS
        assert set(node.attrib) <= set(ATTRIBUTES.get(node.tag, [])) | {"rel"}
        assert node.attrib.get("href", "https:").split(":")[0] in {"http", "https", "mailto"}


def test_markdown_keeps_its_meaning():
    assert sanitize("### Kop\n\n**dik** en [de site](https://a.example)") == (
        "<h3>Kop</h3>\n<p><strong>dik</strong> en "
        '<a href="https://a.example" rel="nofollow ugc noopener">de site</a></p>'
    )


@shows("R43")
@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Jan \t Jansen\n", "Jan Jansen"),
        ("ge\u200bhe\u202eim", "geheim"),
        ("e\u0301en", "éen"),
        ("nul\x00", "nul"),
    ],
)
def test_a_name_loses_what_nobody_can_see(typed, kept):
    assert one_line(typed) == kept


@shows("R43")
def test_a_body_keeps_the_joiner_of_an_emoji():
    family = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
    assert body(family) == family


@shows("R44")
def test_marks_do_not_pile_up():
    assert len(one_line("z" + "\u0353" * 60)) == 1 + MAX_MARKS


def test_plain_gives_words_back_without_entities():
    assert plain("<p>A &amp; B</p><p>C</p>") == "A & B C"


@shows("R45")
def test_wildcards_are_words():
    assert like(r"100%_\ ") == r"100\%\_\\ "


MEANT = re.compile(r"[!-/:-@\[-`{-~]")


@shows("R41")
@given(st.text() | st.text(alphabet="ab <>&\"'*#-_\n.!`[]()1\t\u00a0"))
def test_plain_text_becomes_what_the_whole_chain_makes_of_it_when_nothing_in_it_has_a_meaning(typed):
    text = body(typed)
    lines = (MEANT.sub(r"\\\g<0>", line.strip()) for line in text.split("\n"))
    assert paragraphs(text).replace("<br>", "") == sanitize("\n".join(lines))


@shows("R41")
@pytest.mark.parametrize("payload", PAYLOADS)
def test_plain_text_holds_no_element_but_paragraphs_and_ends_of_lines(payload):
    made = paragraphs(f"{payload}\nregel\n\n{payload}")
    assert {node.tag for node in nodes(made)} == {"p", "br"}
    assert not [node.attrib for node in nodes(made) if node.attrib]
    assert plain(made) == " ".join(f"{payload} regel {payload}".split())


@given(st.text(alphabet=st.characters(max_codepoint=0x2FF) | st.sampled_from("\u2018\u2019\u2026\u20ac\n\t ")))
def test_usual_letters_are_cleaned_like_all_others(typed):
    strange = "\u4e00"  # sends a text the long way
    assert one_line(typed + strange) == " ".join(f"{one_line(typed + '|')[:-1]}{strange}".split())
    assert body(typed + strange) == body(typed + "|")[:-1] + strange
