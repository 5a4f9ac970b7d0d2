"""What a document is before it has a format: parts with headings, paragraphs, lists, tables, bars and notes."""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from html.parser import HTMLParser
from typing import Any

STYLE = "1"  # of all renderers together; raise it when the same content is to look different


@dataclass(frozen=True)
class Run:
    """Some words of one kind; `url` makes them a link."""

    text: str
    url: str = ""
    strong: bool = False
    em: bool = False


Words = tuple[Run, ...]


@dataclass(frozen=True)
class Heading:
    """A heading within a part: level 2 stands under the part, level 3 under that."""

    level: int
    text: str
    anchor: str = ""


@dataclass(frozen=True)
class Paragraph:
    """Running words; `kind` is "" or "lead", "quote" (what somebody said) or "small"."""

    words: Words
    kind: str = ""


@dataclass(frozen=True)
class Bullets:
    """A list; each item is running words."""

    items: tuple[Words, ...]
    ordered: bool = False


@dataclass(frozen=True)
class Table:
    """A table with a caption and a header row; the first cell of each row is its header.

    `figures` are the columns that hold numbers; `widths` say how the columns share the width.
    """

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[Words, ...], ...]
    figures: tuple[int, ...] = ()
    widths: tuple[int, ...] = ()


@dataclass(frozen=True)
class Bars:
    """A figure: one bar for each label; `alt` says in words what is to be seen. Its table stands beside it."""

    caption: str
    alt: str
    bars: tuple[tuple[str, int, str], ...]  # label, number, and how the number is said


@dataclass(frozen=True)
class Note:
    """An aside in a frame: a title and paragraphs, like the sources of a paragraph."""

    title: str
    items: tuple[Words, ...]


Block = Heading | Paragraph | Bullets | Table | Bars | Note


@dataclass(frozen=True)
class Part:
    """A part of a document, which the list of contents names."""

    title: str
    blocks: tuple[Block, ...]
    anchor: str = ""


@dataclass(frozen=True)
class Document:
    """A whole document. `facts` stand on its first page; `day` is that of its content, never of today."""

    title: str
    subtitle: str
    authority: str
    language: str
    day: date
    version: str
    facts: tuple[tuple[str, str], ...]
    parts: tuple[Part, ...]
    words: dict[str, str] = field(default_factory=dict)  # what the renderers say themselves: "contents", "page"
    is_sheet: bool = False  # on one page, small, without a first page and contents

    @property
    def size(self) -> int:
        """How many blocks it has, rows of tables and items of lists counted each: about how long it takes."""
        return sum(1 + _inside(block) for part in self.parts for block in part.blocks)

    def as_data(self) -> dict[str, Any]:
        """Return it as what JSON can hold, each block with its kind."""
        told = asdict(replace(self, parts=()))
        told["day"] = [self.day.year, self.day.month, self.day.day]
        told["parts"] = [
            {
                "title": part.title,
                "anchor": part.anchor,
                "blocks": [{"kind_of": type(block).__name__, **asdict(block)} for block in part.blocks],
            }
            for part in self.parts
        ]
        return told

    @property
    def content_hash(self) -> str:
        """SHA-256 over the content and the style: the same hash means the same bytes in every format."""
        told = json.dumps([STYLE, self.as_data()], sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(told.encode()).hexdigest()


def _inside(block: Block) -> int:
    if isinstance(block, Table):
        return len(block.rows)
    return len(block.items) if isinstance(block, Bullets | Note) else 0


def plain(*texts: str) -> Words:
    """Return texts as running words; empty ones are left out."""
    return tuple(Run(text) for text in texts if text)


def said(text: str, kind: str = "") -> list[Paragraph]:
    """Return plain text as paragraphs; a blank line begins a new one, and a line in it stays a line."""
    return [Paragraph(plain(part.strip()), kind) for part in re.split(r"\n[^\S\n]*\n", text) if part.strip()]


def cells(*texts: str) -> tuple[Words, ...]:
    """Return a row of a table of plain texts."""
    return tuple(plain(text) for text in texts)


def raised(parts: Iterable[Part], title: str) -> Part:
    """Return the parts of one document as one part of another: its own parts become headings of level 2."""
    blocks: list[Block] = []
    for part in parts:
        blocks.append(Heading(2, part.title))
        blocks += [
            replace(one, level=min(one.level + 1, 4)) if isinstance(one, Heading) else one for one in part.blocks
        ]
    return Part(title, tuple(_without_anchors(blocks)))


def _without_anchors(blocks: Iterable[Block]) -> Iterator[Block]:
    """Give every heading no anchor of its own, for two documents in one may have the same."""
    for block in blocks:
        yield replace(block, anchor="") if isinstance(block, Heading) else block


def texts_of(told: Any) -> Iterator[str]:
    """Walk through every text in data."""
    if isinstance(told, str):
        yield told
    elif isinstance(told, dict):
        for value in told.values():
            yield from texts_of(value)
    elif isinstance(told, Sequence):
        for value in told:
            yield from texts_of(value)


def rewritten(told: Any, change: Any) -> Any:
    """Return data in which every text was changed by a function of one text."""
    if isinstance(told, str):
        return change(told)
    if isinstance(told, dict):
        return {name: rewritten(value, change) for name, value in told.items()}
    if isinstance(told, list | tuple):
        return [rewritten(value, change) for value in told]
    return told


# --- from the HTML that the platform keeps ---


class _Reader(HTMLParser):
    """Hears the few elements that kept HTML can hold."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.blocks: list[Block] = []
        self.runs: list[Run] = []
        self.lists: list[tuple[bool, list[Words]]] = []
        self.url, self.strong, self.em, self.quoted = "", 0, 0, 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"ul", "ol"}:
            self.end_block()
            self.lists.append((tag == "ol", []))
        elif tag in {"p", "h3", "h4", "li"}:
            self.end_block() if tag != "p" or not self.lists else self._space()
        elif tag == "blockquote":
            self.end_block()
            self.quoted += 1
        elif tag == "br":
            self.runs.append(Run("\n"))
        else:
            self._mark(tag, 1, dict(attrs).get("href") or "")

    def handle_endtag(self, tag: str) -> None:
        if tag in {"ul", "ol"}:
            self.end_block()
            self._end_list()
        elif tag in {"h3", "h4"}:
            text = "".join(run.text for run in self.runs).strip()
            self.runs = []
            if text:
                self.blocks.append(Heading(3, text))
        elif tag in {"p", "li"}:
            self.end_block() if tag == "li" or not self.lists else None
        elif tag == "blockquote":
            self.end_block()
            self.quoted -= 1
        else:
            self._mark(tag, -1, "")

    def _mark(self, tag: str, by: int, url: str) -> None:
        if tag == "strong":
            self.strong += by
        elif tag == "em":
            self.em += by
        elif tag == "a":
            self.url = url

    def _space(self) -> None:
        if self.runs:
            self.runs.append(Run("\n"))

    def handle_data(self, data: str) -> None:
        text = re.sub(r"\s+", " ", data)
        if text and (text.strip() or self.runs):
            self.runs.append(Run(text, self.url, self.strong > 0, self.em > 0))

    def _end_list(self) -> None:
        if not self.lists:
            return
        ordered, items = self.lists.pop()
        if self.lists:
            self.lists[-1][1].extend(items)  # a list in a list stands on one level here
        elif items:
            self.blocks.append(Bullets(tuple(items), ordered))

    def end_block(self) -> None:
        runs, self.runs = _trimmed(self.runs), []
        if not runs:
            return
        if self.lists:
            self.lists[-1][1].append(runs)
        else:
            self.blocks.append(Paragraph(runs, "quote" if self.quoted else ""))


def _trimmed(runs: Sequence[Run]) -> Words:
    """Leave out what is only space at the beginning and at the end."""
    kept = list(runs)
    while kept and not kept[0].text.strip():
        kept.pop(0)
    while kept and not kept[-1].text.strip():
        kept.pop()
    if kept:
        kept[0] = replace(kept[0], text=kept[0].text.lstrip())
        kept[-1] = replace(kept[-1], text=kept[-1].text.rstrip())
    return tuple(kept)


def read(html: str) -> list[Block]:
    """Return kept HTML (what `foundation.text.sanitize` made) as blocks."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    reader.end_block()
    return reader.blocks
