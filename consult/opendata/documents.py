"""A document that somebody wrote with another program, as text with headings: read with limits."""

import io
import re
import zipfile
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

import docx
from docx.exceptions import PythonDocxError
from docx.opc.exceptions import OpcError
from docx.table import Table as DocxTable
from docx.text.paragraph import Paragraph as DocxParagraph
from lxml.etree import XMLSyntaxError
from odfdo import Document as OdfDocument
from odfdo import Element

from consult.foundation import sniffing
from consult.foundation.language import gettext as _
from consult.foundation.text import as_markdown, body
from consult.opendata.files import BadFile, Problem

LARGEST = 20_000_000  # bytes of the part of a package that holds the words
# What the libraries meet in a package that is whole but holds something else than it says.
BROKEN = (KeyError, ValueError, TypeError, AttributeError, IndexError, XMLSyntaxError, OpcError, PythonDocxError)
MAIN = {sniffing.ODT: "content.xml", sniffing.DOCX: "word/document.xml"}
ENDINGS = (".odt", ".docx", ".txt", ".md")
PLAIN = (".txt", ".md")

WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
# Of an ODF text: what is no part of the text as it reads.
ASIDE = {"text:note", "office:annotation", "office:annotation-end", "text:tracked-changes", "text:table-of-content"}
MARKED = re.compile(r"^#{1,6} ", re.MULTILINE)
NUMBERED = re.compile(r"((artikel|hoofdstuk|paragraaf|article|chapter|section) )?\d+(\.\d+)*\.?\s+\S", re.IGNORECASE)
HEADING, INDENT = 80, 8  # characters of a line that can be a heading; and spaces before one that stands in the middle


@dataclass(frozen=True)
class Block:
    """One piece of a document: a heading of a level (0 is the title of all), or a paragraph or an item of a list."""

    text: str
    level: int | None = None
    is_item: bool = False


@dataclass(frozen=True)
class Document:
    """What was read: the title, and the text in which "# " begins a section and a blank line ends a paragraph."""

    title: str
    text: str


def read(name: str, content: bytes) -> Document:
    """Read a Word, ODT or plain text file; the highest headings in it become sections, lower ones stay headings.

    Pictures, notes and what was struck out are left behind; a row of a table becomes an item of a list.
    Raises BadFile when it is none of these, is damaged, or is larger than a policy text.
    """
    if PurePath(name).suffix.lower() in PLAIN:
        return _plain(name, content)
    source = io.BytesIO(content)
    try:
        kind = sniffing.by_content(source)
        if kind not in MAIN:
            raise _stop(name, _("We read Word (.docx), ODT and plain text. Save it as one of those."))
        with zipfile.ZipFile(source) as package:
            if package.getinfo(MAIN[kind]).file_size > LARGEST:
                raise _stop(name, _("This file holds too much text. Divide it into several files."))
        source.seek(0)
        return _written(list(_odt(source) if kind is sniffing.ODT else _docx(source)))
    except sniffing.BadFile as problem:
        raise _stop(name, str(problem)) from problem
    except BROKEN as problem:
        raise _stop(name, _("This file is damaged. Open it, save it again, and choose that.")) from problem


def _stop(name: str, reason: str) -> BadFile:
    return BadFile([Problem(name, 0, reason)])


def _written(blocks: Iterable[Block]) -> Document:
    """Write blocks down as text with headings."""
    told = [Block(body(one.text), one.level, one.is_item) for one in blocks]
    told = [one for one in told if one.text]
    title = next((one.text for one in told if one.level == 0), "")
    top = min((one.level for one in told if one.level), default=1)
    lines: list[str] = []
    before: Block | None = None
    for one in told:
        if one.level == 0:
            continue
        if before is not None and not (before.is_item and one.is_item):
            lines.append("")
        lines.append(_line(one, top))
        before = one
    return Document(" ".join(title.split()), "\n".join(lines))


def _line(block: Block, top: int) -> str:
    if block.level is not None:
        words = " ".join(block.text.split())
        return f"# {words}" if block.level == top else f"### {as_markdown(words)}"
    text = as_markdown(block.text)
    return "- " + text.replace("\n", "\n  ") if block.is_item else text


# --- ODT ---


def _odt(source: io.BytesIO) -> Iterator[Block]:
    document = OdfDocument(source)
    made = document.content.get_elements("//office:automatic-styles/style:style[@style:parent-style-name='Title']")
    titles = {"Title", *(style.get_attribute_string("style:name") for style in made)}
    yield from _blocks(document.body, titles)


def _blocks(parent: Element, titles: Collection[str | None], *, is_item: bool = False) -> Iterator[Block]:
    for one in parent.children:
        if one.tag in ASIDE:
            continue
        if one.tag == "text:h":
            yield Block(_words(one), int(one.get_attribute_string("text:outline-level") or 1))
        elif one.tag == "text:p":
            is_title = one.get_attribute_string("text:style-name") in titles
            yield Block(_words(one), 0 if is_title else None, is_item)
        elif one.tag == "table:table-row":
            yield Block(_row(" ".join(_words(part) for part in cell.children) for cell in one.children), None, True)
        else:
            yield from _blocks(one, titles, is_item=is_item or one.tag == "text:list-item")


def _words(element: Element) -> str:
    """Return the words of an element as they read, without notes beside them."""
    said = [element.text or ""]
    for one in element.children:
        if one.tag == "text:s":
            said.append(" " * int(one.get_attribute_string("text:c") or 1))
        elif one.tag in {"text:tab", "text:line-break"}:
            said.append("\t" if one.tag == "text:tab" else "\n")
        elif one.tag not in ASIDE:
            said.append(_words(one))
        said.append(one.tail or "")
    return "".join(said)


def _row(cells: Iterable[str]) -> str:
    return " | ".join(" ".join(cell.split()) for cell in cells)


# --- Word ---


def _docx(source: io.BytesIO) -> Iterator[Block]:
    for one in docx.Document(source).iter_inner_content():
        if isinstance(one, DocxTable):
            for row in one.rows:
                yield Block(_row(_runs(cell._tc) for cell in row.cells), None, True)
        else:
            yield _paragraph(one)


def _paragraph(one: DocxParagraph) -> Block:
    style = (one.style.name if one.style is not None else None) or ""
    kind, _space, number = style.partition(" ")
    if kind == "Heading" and number.isdecimal():
        return Block(_runs(one._p), int(number))
    is_item = style.startswith("List") or (one._p.pPr is not None and one._p.pPr.numPr is not None)
    return Block(_runs(one._p), 0 if style == "Title" else None, is_item)


def _runs(element: Any) -> str:
    """Return the words of a part of a Word file: also what was added with changes tracked, not what was struck out.

    The library's own `text` leaves out what was added, so this reads the elements themselves.
    """
    signs = {f"{WORD}tab": "\t", f"{WORD}br": "\n", f"{WORD}cr": "\n", f"{WORD}noBreakHyphen": "-"}
    moved_away = {one for part in element.iter(f"{WORD}moveFrom") for one in part.iter()}
    said = []
    for one in element.iter():
        if one.tag == f"{WORD}t" and one not in moved_away:
            said.append(one.text or "")
        else:
            said.append(signs.get(one.tag, " " if one.tag == f"{WORD}p" else ""))
    return "".join(said).strip()


# --- plain text ---


def _plain(name: str, content: bytes) -> Document:
    """Read plain text; where nothing is marked with "# ", what stands alone and looks like a heading is one."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
    if "\x00" in text:
        raise _stop(name, _("We read Word (.docx), ODT and plain text. Save it as one of those."))
    text = text.replace("\r\n", "\n").replace("\f", "\n")
    if MARKED.search(text):
        return Document("", body(text))
    return _written(_guessed(part) for part in re.split(r"\n[^\S\n]*\n", text))


def _guessed(part: str) -> Block:
    line = part.strip("\n")
    stands_alone = "\n" not in line and 0 < len(line.strip()) <= HEADING
    ends_as_text = line.rstrip().endswith((",", ";", ":"))
    in_the_middle = line.startswith(" " * INDENT) and not line.rstrip().endswith(".")
    looks = bool(NUMBERED.match(line.strip())) or line.strip().isupper() or in_the_middle
    if stands_alone and looks and not ends_as_text:
        return Block(line, 1)
    return Block(" ".join(line.split()))
