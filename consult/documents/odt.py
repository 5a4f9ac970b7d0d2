"""A document as OpenDocument text: real headings, styles, lists, tables with header rows and a list of contents.

It is written part by part and not with a library, so that the same document gives the same bytes.
"""

import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path

from consult.documents.paper import Bars, Block, Bullets, Document, Heading, Note, Paragraph, Part, Table, Words

HERE = Path(__file__).parent
TYPE = "application/vnd.oasis.opendocument.text"
DAY = (1980, 1, 1, 0, 0, 0)  # the day that a part of the package bears: the first that a ZIP can hold
NAMES = " ".join(
    f'xmlns:{name}="{where}"'
    for name, where in {
        "office": "urn:oasis:names:tc:opendocument:xmlns:office:1.0",
        "text": "urn:oasis:names:tc:opendocument:xmlns:text:1.0",
        "table": "urn:oasis:names:tc:opendocument:xmlns:table:1.0",
        "style": "urn:oasis:names:tc:opendocument:xmlns:style:1.0",
        "fo": "urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0",
        "svg": "urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0",
        "meta": "urn:oasis:names:tc:opendocument:xmlns:meta:1.0",
        "dc": "http://purl.org/dc/elements/1.1/",
        "xlink": "http://www.w3.org/1999/xlink",
    }.items()
)
STYLED = {"lead": "Lead", "quote": "Quotations", "small": "Small", "": "Text_20_body"}
# What office programs only take from the text itself: cells, rows, and the part that begins on a new page.
AUTOMATIC = (
    '<style:style style:name="Cell" style:family="table-cell"><style:table-cell-properties fo:padding="0.12cm" '
    'fo:border-bottom="0.5pt solid #C9CFCB"/></style:style>'
    '<style:style style:name="HeadCell" style:family="table-cell"><style:table-cell-properties fo:padding="0.12cm" '
    'fo:background-color="#E3F0F0" fo:border-bottom="0.5pt solid #C9CFCB"/></style:style>'
    '<style:style style:name="Row" style:family="table-row"><style:table-row-properties fo:keep-together="always"/>'
    '</style:style><style:style style:name="FirstPart" style:family="paragraph" '
    'style:parent-style-name="Heading_20_1"><style:paragraph-properties fo:break-before="page"/></style:style>'
)
COUNTRY = {"nl": "NL", "en": "GB"}
ROW = '<table:table-row table:style-name="Row">'
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write(document: Document) -> bytes:
    """Return a document as ODT; the same document gives the same bytes."""
    styles = (HERE / "odt_styles.xml").read_text("utf-8")
    told = {
        "AUTHORITY": document.authority,
        "TITLE": document.title,
        "VERSION": document.version,
        "LANGUAGE": document.language,
        "COUNTRY": COUNTRY.get(document.language, "none"),
        "PAGE": document.words.get("page", "{page} / {pages}").partition("{page}")[0],
        "OF": document.words.get("page", "{page} / {pages}").partition("{page}")[2].partition("{pages}")[0],
    }
    parts = {
        "content.xml": _content(document),
        "styles.xml": re.sub(r"@(\w+)@", lambda found: _x(told[found.group(1)]), styles),
        "meta.xml": _meta(document),
        "META-INF/manifest.xml": _manifest(),
    }
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as package:
        package.writestr(_entry("mimetype", zipfile.ZIP_STORED), TYPE)
        for name, text in parts.items():
            package.writestr(_entry(name, zipfile.ZIP_DEFLATED), text.encode())
    return made.getvalue()


def _entry(name: str, how: int) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, DAY)
    entry.compress_type = how
    return entry


def _x(text: str) -> str:
    return escape(_NOT_XML.sub("", text))


def _manifest() -> str:
    where = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
    rows = [f'<manifest:file-entry manifest:full-path="/" manifest:version="1.3" manifest:media-type="{TYPE}"/>']
    rows += [
        f'<manifest:file-entry manifest:full-path="{name}" manifest:media-type="text/xml"/>'
        for name in ("content.xml", "styles.xml", "meta.xml")
    ]
    return f'<manifest:manifest xmlns:manifest="{where}" manifest:version="1.3">{"".join(rows)}</manifest:manifest>'


def _meta(document: Document) -> str:
    day = f"{document.day.isoformat()}T00:00:00"
    told = {
        "dc:title": document.title,
        "dc:subject": document.subtitle,
        "dc:creator": document.authority,
        "dc:language": f"{document.language}-{COUNTRY.get(document.language, '')}".rstrip("-"),
        "dc:date": day,
        "meta:creation-date": day,
        "meta:generator": "consult",
    }
    rows = "".join(f"<{name}>{_x(text)}</{name}>" for name, text in told.items())
    return (
        f'<office:document-meta {NAMES} office:version="1.3"><office:meta>{rows}</office:meta></office:document-meta>'
    )


def _content(document: Document) -> str:
    widths = sorted({_shares(b) for part in document.parts for b in part.blocks if isinstance(b, Table | Bars)})
    body = "".join([*_first_page(document), _contents(document), *_parts(document, widths)])
    return (
        f'<office:document-content {NAMES} office:version="1.3"><office:automatic-styles>{AUTOMATIC}{_columns(widths)}'
        f"</office:automatic-styles><office:body><office:text>{body}</office:text></office:body>"
        "</office:document-content>"
    )


def _columns(widths: Sequence[tuple[int, ...]]) -> str:
    """Return a style for each way in which the columns of a table share the width of the page, 16 cm."""
    return "".join(
        f'<style:style style:name="Share{n}.{place}" style:family="table-column">'
        f'<style:table-column-properties style:column-width="{16 * share / sum(shares):.2f}cm"/></style:style>'
        for n, shares in enumerate(widths)
        for place, share in enumerate(shares)
    )


def _shares(table: Table | Bars) -> tuple[int, ...]:
    if isinstance(table, Bars):
        return (5, 2)
    return table.widths or (1,) * len(table.head)


# --- what stands in it ---


def _first_page(document: Document) -> Iterator[str]:
    yield _p("Authority", _x(document.authority))
    yield _p("Title", _x(document.title))
    yield _p("Subtitle", _x(document.subtitle))
    for name, told in document.facts:
        yield _p("Fact", f'<text:span text:style-name="Soft">{_x(name)}</text:span><text:tab/>{_x(told)}')


def _contents(document: Document) -> str:
    entries = "".join(
        _p(f"Contents_20_{level}", f'<text:a xlink:type="simple" xlink:href="#{mark}">{_x(text)}</text:a>')
        for level, text, mark in _headings(document)
    )
    title = _x(document.words.get("contents", "Contents"))
    templates = "".join(
        f'<text:table-of-content-entry-template text:outline-level="{level}" text:style-name="Contents_20_{level}">'
        '<text:index-entry-link-start/><text:index-entry-text/><text:index-entry-tab-stop style:type="right" '
        'style:leader-char="."/><text:index-entry-page-number/><text:index-entry-link-end/>'
        "</text:table-of-content-entry-template>"
        for level in (1, 2)
    )
    return (
        '<text:table-of-content text:name="Contents"><text:table-of-content-source text:outline-level="2">'
        f"<text:index-title-template>{title}</text:index-title-template>{templates}</text:table-of-content-source>"
        f'<text:index-body><text:index-title text:name="Contents_Head">{_p("Contents_20_Heading", title)}'
        f"</text:index-title>{entries}</text:index-body></text:table-of-content>"
    )


def _headings(document: Document) -> Iterator[tuple[int, str, str]]:
    """Walk through the headings that the list of contents names, each with its number and its mark."""
    for n, part in enumerate(document.parts, start=1):
        yield 1, f"{n} {part.title}", f"part{n}"
        second = [b for b in part.blocks if isinstance(b, Heading) and b.level == 2]
        for m, heading in enumerate(second, start=1):
            yield 2, f"{n}.{m} {heading.text}", f"part{n}.{m}"


def _parts(document: Document, widths: Sequence[tuple[int, ...]]) -> Iterator[str]:
    tables = iter(range(1, 1_000_000))
    for n, part in enumerate(document.parts, start=1):
        yield _h(1, f"{n} {part.title}", f"part{n}", "FirstPart" if n == 1 else "")
        yield from _part(part, n, widths, tables)


def _part(part: Part, n: int, widths: Sequence[tuple[int, ...]], tables: Iterator[int]) -> Iterator[str]:
    second = 0
    for block in part.blocks:
        if isinstance(block, Heading):
            second += block.level == 2
            is_second = block.level == 2
            text = f"{n}.{second} {block.text}" if is_second else block.text
            yield _h(block.level, text, f"part{n}.{second}" if is_second else "")
        elif isinstance(block, Table | Bars):
            yield _table(block, widths.index(_shares(block)), next(tables))
        else:
            yield _block(block)


def _block(block: Block) -> str:
    if isinstance(block, Paragraph):
        return _p(STYLED[block.kind], _words(block.words))
    if isinstance(block, Bullets):
        style = "Numbers" if block.ordered else "Bullets"
        items = "".join(f"<text:list-item>{_p('Item', _words(item))}</text:list-item>" for item in block.items)
        return f'<text:list text:style-name="{style}">{items}</text:list>'
    assert isinstance(block, Note)
    return _p("NoteTitle", _x(block.title)) + "".join(_p("Note", _words(item)) for item in block.items)


def _table(block: Table | Bars, share: int, number: int) -> str:
    if isinstance(block, Bars):
        body = "".join(_row([_x(name), _x(told)], (1,)) for name, _count, told in block.bars)
        head = ""
    else:
        body = "".join(_row([_words(cell) for cell in row], block.figures) for row in block.rows)
        cells = "".join(_cell(_x(text), "TableHead", n in block.figures) for n, text in enumerate(block.head))
        head = f"<table:table-header-rows>{ROW}{cells}</table:table-row></table:table-header-rows>"
    columns = "".join(
        f'<table:table-column table:style-name="Share{share}.{place}"/>' for place in range(len(_shares(block)))
    )
    caption = _p("Caption", _x(block.caption))
    told = f"<table:title>{_x(block.caption)}</table:title>"
    return (
        f'{caption}<table:table table:name="Table{number}">{told}{columns}{head}{body}</table:table>{_p("Small", "")}'
    )


def _row(cells: Sequence[str], figures: Sequence[int]) -> str:
    told = "".join(_cell(text, "TableText", n in figures) for n, text in enumerate(cells))
    return f"{ROW}{told}</table:table-row>"


def _cell(text: str, style: str, is_figure: bool) -> str:
    named = f"{style}Figure" if is_figure else style
    of = "HeadCell" if style == "TableHead" else "Cell"
    return f'<table:table-cell table:style-name="{of}" office:value-type="string">{_p(named, text)}</table:table-cell>'


def _h(level: int, text: str, mark: str, style: str = "") -> str:
    at = f'<text:bookmark text:name="{mark}"/>' if mark else ""
    style = style or f"Heading_20_{level}"
    return f'<text:h text:style-name="{style}" text:outline-level="{level}">{at}{_x(text)}</text:h>'


def _p(style: str, inside: str) -> str:
    return f'<text:p text:style-name="{style}">{inside}</text:p>'


def _words(words: Words) -> str:
    return "".join(_run(run.text, run.url, strong=run.strong, em=run.em) for run in words)


def _run(text: str, url: str, *, strong: bool, em: bool) -> str:
    told = "<text:line-break/>".join(_x(line) for line in text.split("\n"))
    if strong or em:
        style = "Strong" * strong + "Emphasis" * em
        told = f'<text:span text:style-name="{style}">{told}</text:span>'
    return f'<text:a xlink:type="simple" xlink:href="{_x(url)}">{told}</text:a>' if url else told
