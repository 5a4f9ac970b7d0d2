"""A document as PDF/UA-1 and PDF/A-2a, laid out by typst, which checks both itself and refuses what does not hold."""

import json
import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from consult.documents.paper import Document, rewritten

HERE = Path(__file__).parent
STANDARDS: Any = ["ua-1", "a-2a"]
TRIES = 5
_LOST = re.compile(r'the text `"(.+?)"` could not be displayed', re.DOTALL)
_KEPT = {"\n", "\t"}


class NoPdf(Exception):
    """The layout program refused a document; the words are its own, for the log."""


def write(document: Document) -> bytes:
    """Return a document as PDF; the same document gives the same bytes.

    A sign that none of our fonts has stands there by its name, since PDF/UA allows no sign without a shape.
    Raises NoPdf when it cannot be laid out.
    """
    import typst  # noqa: PLC0415  web processes start without it
    from fontpkg_inter import ROOT  # noqa: PLC0415

    told = rewritten(document.as_data(), _seen)
    for _try in range(TRIES):
        try:
            return bytes(
                typst.compile(
                    HERE / "paper.typ",
                    root=HERE,
                    font_paths=[ROOT / "files"],
                    ignore_system_fonts=True,
                    format="pdf",
                    pdf_standards=STANDARDS,
                    sys_inputs={"data": json.dumps(told, ensure_ascii=False)},
                )
            )
        except typst.TypstError as problem:
            lost = {sign for found in _LOST.findall(str(problem)) for sign in found} - {" "}
            if not lost:
                raise NoPdf(str(problem)[:500]) from problem
            told = rewritten(told, lambda text, lost=lost: _named(text, lost))
    raise NoPdf("signs without a shape are left")


def _seen(text: str) -> str:
    """Return a text with what is far from any alphabet named beforehand: emoji, and signs that join or vary them."""
    if text.isascii():
        return text
    return "".join(_sign(c) for c in text if not _varies(c))


def _varies(c: str) -> bool:
    return c in {"\u200d", "\ufe0e", "\ufe0f"} or 0x1F3FB <= ord(c) <= 0x1F3FF


def _sign(c: str) -> str:
    is_none = unicodedata.category(c) in {"Cc", "Co", "Cn", "Cs"} and c not in _KEPT  # PDF/A takes none of these
    return _name(c) if is_none or ord(c) > 0xFFFF else c


def _named(text: str, lost: Iterable[str]) -> str:
    return "".join(_name(c) if c in lost else c for c in text)


def _name(c: str) -> str:
    code = f"U+{ord(c):04X}"
    return f"[{unicodedata.name(c, code).lower() if unicodedata.category(c) == 'So' else code}]"


def is_small(document: Document) -> bool:
    """Say whether a document is laid out while somebody waits: in about a second."""
    return document.size <= SMALL


SMALL = 150  # blocks


def seconds(size: int) -> float:
    """Return about how many seconds a document of so many blocks takes, on the machine that it was measured on."""
    return 1 + size / 400
