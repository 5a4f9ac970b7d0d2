"""A document that has something of everything, and what can be read of a PDF without a library for it."""

import re
import zlib
from datetime import date

from consult.documents.paper import Bars, Bullets, Document, Heading, Note, Paragraph, Part, Run, Table, cells, plain


def a_document(text: str = "Bomen geven schaduw.", **changed: object) -> Document:
    """A small document with every kind of block."""
    blocks = (
        Paragraph(plain(text), "lead"),
        Heading(2, "Waarom"),
        Paragraph((Run("Zie "), Run("het voorstel", url="https://example.test/v1"), Run(".", strong=True))),
        Paragraph(plain("Zei iemand."), "quote"),
        Bullets((plain("een"), plain("twee")), ordered=True),
        Note("Bronnen", (plain("V01 Bankjes"),)),
        Table(
            "Aantallen", ("Wat", "Aantal"), (cells("Bomen", "12"), cells("Bankjes", "3")), figures=(1,), widths=(3, 1)
        ),
        Heading(3, "Hoe"),
        Bars("Manieren", "online: 12; op papier: 3", (("online", 12, "12"), ("op papier", 3, "3"))),
    )
    told = {
        "title": "Reactienota",
        "subtitle": "Over het ontwerp",
        "authority": "Gemeente Wilgendrecht",
        "language": "nl",
        "day": date(2026, 3, 1),
        "version": "versie 1",
        "facts": (("Ronde", "De Buurt"),),
        "parts": (Part("Antwoorden", blocks), Part("Slot", (Paragraph(plain("Dank u wel.")),))),
        "words": {"contents": "Inhoud", "page": "bladzijde {page} van {pages}"},
        **changed,
    }
    return Document(**told)  # type: ignore[arg-type]


def inside(pdf: bytes) -> str:
    """Everything that a PDF says of itself: its objects, with what was packed unpacked."""
    found = [pdf]
    for stream in re.findall(rb"stream\r?\n(.*?)endstream", pdf, re.DOTALL):
        try:
            found.append(zlib.decompress(stream))
        except zlib.error:
            continue
    return b"\n".join(found).decode("latin-1")
