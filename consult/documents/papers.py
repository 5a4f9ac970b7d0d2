"""Putting a document together by its kind."""

from collections.abc import Callable

from consult.documents import council, drafted, noted, odt, participation, pdf, reported
from consult.documents.models import Ending, PaperKind
from consult.documents.paper import Document
from consult.documents.telling import Telling
from consult.rounds.models import Round

COMPOSERS: dict[PaperKind, Callable[[Round, Telling], Document]] = {
    PaperKind.DRAFT: drafted.compose,
    PaperKind.SYNTHESIS: reported.compose,
    PaperKind.NOTE: noted.compose,
    PaperKind.PARTICIPATION: participation.compose,
    PaperKind.COUNCIL: council.compose,
}


def compose(kind: PaperKind, subject: Round, telling: Telling) -> Document:
    """Return a document of a round as its reader may see it; raises NotFound where there is none for them."""
    return COMPOSERS[kind](subject, telling)


def write(document: Document, ending: Ending) -> bytes:
    """Return a document in a format; the same document gives the same bytes. Raises NoPdf when typst refuses it."""
    if ending is Ending.PDF:
        return pdf.write(document)
    return odt.write(document)
