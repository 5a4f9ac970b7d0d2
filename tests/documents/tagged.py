"""What can be checked of PDF/UA-1 (ISO 14289-1) without trusting the program that wrote the file.

Reads a file with another library and follows the machine-checkable points of the Matterhorn protocol; the number of
each stands in brackets.
"""

from collections.abc import Iterator
from io import BytesIO
from typing import Any

from pypdf import PdfReader
from pypdf.generic import ArrayObject, ContentStream, DictionaryObject

SHOWS = {b"Tj", b"TJ", b"'", b'"', b"f", b"F", b"f*", b"B", b"B*", b"b", b"b*", b"S", b"s", b"Do", b"sh"}
TAGS = frozenset(
    """Document Part Art Sect Div BlockQuote Caption TOC TOCI Index NonStruct Private P H H1 H2 H3 H4 H5 H6 L LI Lbl
    LBody Table TR TH TD THead TBody TFoot Span Quote Note Reference BibEntry Code Link Annot Ruby RB RT RP Warichu WT
    WP Figure Formula Form""".split()
)
WITHIN = {
    "LI": {"L"},
    "LBody": {"LI"},
    "TOCI": {"TOC"},
    "TR": {"Table", "THead", "TBody", "TFoot"},
    "TH": {"TR"},
    "TD": {"TR"},
    "THead": {"Table"},
    "TBody": {"Table"},
}


class Tagged:
    """A PDF as somebody who does not see it gets it."""

    def __init__(self, content: bytes) -> None:
        self.reader = PdfReader(BytesIO(content))
        self.root = self.reader.trailer["/Root"].get_object()
        self.tree = self.root["/StructTreeRoot"].get_object()
        self.elements = list(self._walk(self.tree, ""))

    def _walk(self, node: DictionaryObject, within: str) -> Iterator[tuple[str, str, DictionaryObject]]:
        """Give every element in reading order: its tag, the tag that it stands in, and itself."""
        kids = node.get("/K", ArrayObject())
        for kid in kids if isinstance(kids, ArrayObject) else [kids]:
            one = kid.get_object()
            if isinstance(one, DictionaryObject) and "/S" in one:
                tag = self.tag_of(one)
                yield tag, within, one
                yield from self._walk(one, tag)

    def tag_of(self, element: DictionaryObject) -> str:
        """The standard tag of an element, its own or what the role map makes of it."""
        name, roles = str(element["/S"]), self.tree.get("/RoleMap", DictionaryObject()).get_object()
        while name.removeprefix("/") not in TAGS and name in roles:
            name = str(roles[name])
        return name.removeprefix("/")

    def faults(self) -> list[str]:
        """Everything that is wrong with it, in words."""
        return [*self._document(), *self._structure(), *self._headings(), *self._pages(), *self._fonts()]

    def _document(self) -> Iterator[str]:
        if not self.root.get("/MarkInfo", {}).get("/Marked"):
            yield "not marked as tagged (06)"
        if not self.root.get("/Lang"):
            yield "no language (11-006)"
        if not self.root.get("/ViewerPreferences", {}).get("/DisplayDocTitle"):
            yield "shows its name instead of its title (07-002)"
        about = self.root["/Metadata"].get_object().get_data().decode()
        if "pdfuaid:part>1<" not in about or "<dc:title>" not in about:
            yield "its metadata do not tell part and title (06-002, 06-003)"

    def _structure(self) -> Iterator[str]:
        for tag, within, one in self.elements:
            if tag not in TAGS:
                yield f"{tag} is no standard tag (02-001)"
            if tag in WITHIN and within not in WITHIN[tag]:
                yield f"{tag} stands in {within or 'nothing'} (09)"
            if tag == "Figure" and not one.get("/Alt"):
                yield "a figure says nothing to who does not see it (13-004)"
            if tag == "TH" and not any("/Scope" in part for part in _attributes(one)):
                yield "a heading of a table does not say of what (15-003)"

    def _headings(self) -> Iterator[str]:
        levels = [int(tag[1]) for tag, _within, _one in self.elements if len(tag) == 2 and tag[0] == "H"]
        for before, level in zip([0, *levels], levels, strict=False):
            if level > before + 1:
                yield f"a heading of level {level} follows one of level {before} (14-003)"

    def _pages(self) -> Iterator[str]:
        parents = dict(_numbers(self.tree["/ParentTree"].get_object()))
        for number, page in enumerate(self.reader.pages, start=1):
            known = parents.get(page.get("/StructParents"), ArrayObject())
            for told in self._content(page):
                if told is None:
                    yield f"page {number} shows something that is neither content nor decoration (01-003)"
                elif told >= len(known) or "/S" not in known[told].get_object():
                    yield f"page {number} shows content that stands in no element (01-005)"
            yield from self._annotations(page, number, parents)

    def _content(self, page: Any) -> Iterator[int | None]:
        """Give for everything that a page shows the number of its content; None where it has none."""
        marks: list[int | str | None] = []
        for operands, operator in ContentStream(page.get_contents(), self.reader).operations:
            if operator in {b"BDC", b"BMC"}:
                told = operands[1] if len(operands) > 1 and isinstance(operands[1], DictionaryObject) else {}
                marks.append(int(told["/MCID"]) if "/MCID" in told else str(operands[0]))
            elif operator == b"EMC":
                marks.pop()
            elif operator in SHOWS and "/Artifact" not in marks:
                yield next((mark for mark in reversed(marks) if isinstance(mark, int)), None)

    def _annotations(self, page: Any, number: int, parents: dict[int, Any]) -> Iterator[str]:
        for kept in page.get("/Annots", ArrayObject()):
            one = kept.get_object()
            if page.get("/Tabs") != "/S":
                yield f"page {number} does not say in which order one goes through it (28-008)"
            element = parents.get(one.get("/StructParent"))
            if element is None or self.tag_of(element.get_object()) != "Link":
                yield f"page {number} has a link that is none in the structure (28-011)"
            if not one.get("/Contents"):
                yield f"page {number} has a link that does not say where it leads (28-012)"

    def _fonts(self) -> Iterator[str]:
        for page in self.reader.pages:
            for name, kept in page["/Resources"].get_object().get("/Font", DictionaryObject()).get_object().items():
                font = kept.get_object()
                within = font["/DescendantFonts"][0].get_object() if "/DescendantFonts" in font else font
                about = within["/FontDescriptor"].get_object()
                if not {"/FontFile", "/FontFile2", "/FontFile3"} & set(about):
                    yield f"font {name} is not in the file (31-009)"
                if "/ToUnicode" not in font:
                    yield f"font {name} does not say which letters its shapes are (31-027)"


def _attributes(element: DictionaryObject) -> list[DictionaryObject]:
    found = element.get("/A", ArrayObject())
    return [one.get_object() for one in (found if isinstance(found, ArrayObject) else [found])]


def _numbers(node: DictionaryObject) -> Iterator[tuple[int, Any]]:
    """Give what a number tree holds."""
    for kid in node.get("/Kids", ArrayObject()):
        yield from _numbers(kid.get_object())
    row = node.get("/Nums", ArrayObject())
    for place in range(0, len(row), 2):
        yield int(row[place]), row[place + 1].get_object()
