"""What a file really is, told from its bytes and never from its name, and pictures without what is hidden in them."""

import re
import threading
import warnings
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from PIL import Image, ImageOps

from consult.foundation.language import gettext as _

MB = 1_000_000
ENTRIES, UNPACKED, RATIO = 1_000, 100 * MB, 100  # of what is packed: parts, bytes unpacked, unpacked to packed
PIXELS, SHOWN = 40 * MB, 16 * MB  # pixels that a picture may have; above the second it is made smaller
STRIP = 512  # rows of a large picture that are made smaller at once; an even number
ZIP, ZIP_END = b"PK\x03\x04", b"PK\x05\x06"
MACROS = re.compile(r"(^|/)(vbaproject\.bin|vbadata\.xml|basic/|scripts/|macrosheets/|activex/)", re.IGNORECASE)
PAGE = re.compile(rb"<\s*(!doctype|html|script|svg|body|iframe|\?php)", re.IGNORECASE)
WORDS = "application/vnd.openxmlformats-officedocument"
ODF = "application/vnd.oasis.opendocument"


class BadFile(Exception):
    """A file that is not taken; the sentence is fit to show."""


@dataclass(frozen=True)
class Kind:
    """One kind of file that people may send: how its name ends, and how it is told to a browser."""

    endings: tuple[str, ...]
    media_type: str
    part: bytes = b""  # what an office file names its main part, in its list of contents

    @property
    def is_image(self) -> bool:
        return self.media_type.startswith("image/")


PDF = Kind((".pdf",), "application/pdf")
PNG = Kind((".png",), "image/png")
JPEG = Kind((".jpg", ".jpeg"), "image/jpeg")
ODT = Kind((".odt",), f"{ODF}.text")
ODS = Kind((".ods",), f"{ODF}.spreadsheet")
DOCX = Kind((".docx",), f"{WORDS}.wordprocessingml.document", f"{WORDS}.wordprocessingml.document.main+xml".encode())
XLSX = Kind((".xlsx",), f"{WORDS}.spreadsheetml.sheet", f"{WORDS}.spreadsheetml.sheet.main+xml".encode())
KINDS = (PDF, DOCX, ODT, XLSX, ODS, PNG, JPEG)
BY_TYPE: Mapping[str, Kind] = {kind.media_type: kind for kind in KINDS}
ENDINGS = tuple(ending for kind in KINDS for ending in kind.endings)

_one_at_a_time = threading.Lock()  # a large picture takes 160 MB while it is read


def kind_of(path: Path, name: str) -> Kind:
    """Say what a file is, of which the name and the content must tell the same.

    Refused when it is no kind that we take, when it is two things at once, when it holds programs, and when
    it unpacks to more than anybody sends.
    """
    ending = Path(name).suffix.lower()
    if ending not in ENDINGS:
        raise BadFile(_("We take PDF, Word, Excel, ODT, ODS, PNG and JPG files. Save it as one of those."))
    with path.open("rb") as source:
        kind = by_content(source)
    if kind is None or ending not in kind.endings:
        raise BadFile(
            _("The name ends in %(ending)s, but what is in it is something else. Save it again.", ending=ending)
        )
    return kind


def by_content(source: BinaryIO) -> Kind | None:
    """Say what a file is by its bytes alone; refused as `kind_of`."""
    head = source.read(1024)
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if head.startswith(b"\xff\xd8\xff"):
        return JPEG
    if head.startswith(b"%PDF-"):
        _check_pdf(source, head)
        return PDF
    return _packed(source) if head.startswith(ZIP) else None


def _check_pdf(source: BinaryIO, head: bytes) -> None:
    """Refuse a PDF that is cut off, or that is a web page or a package as well."""
    size = source.seek(0, 2)
    source.seek(max(0, size - 1024))
    tail = source.read()
    if b"%%EOF" not in tail:
        raise BadFile(_("This PDF is not whole. Save it again and choose it once more."))
    after = tail[tail.rindex(b"%%EOF") + 5 :]
    if PAGE.search(head) or PAGE.search(after) or after.strip(b"\r\n\t \x00\x1a") or zipfile.is_zipfile(source):
        raise BadFile(_("This PDF holds something else besides. Save it again as a PDF and choose that."))


def _packed(source: BinaryIO) -> Kind | None:
    """Say which office file a package is; its parts are counted before and while they are unpacked."""
    try:
        with zipfile.ZipFile(source) as package:
            _check_list(source, package)
            _unpack(package)
            return _office(package)
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, ValueError, RuntimeError) as problem:
        raise BadFile(_("This file is damaged or locked. Open it, save it again, and choose that.")) from problem


def _check_list(source: BinaryIO, package: zipfile.ZipFile) -> None:
    parts = package.infolist()
    size = source.seek(0, 2)
    source.seek(-22 - len(package.comment), 2)
    ends_there = source.read(4) == ZIP_END
    first = min((part.header_offset for part in parts), default=-1)
    if not ends_there or first != 0 or not all(_is_plain(part) for part in parts):
        raise ValueError("not a plain package")
    whole = sum(part.file_size for part in parts)
    if len(parts) > ENTRIES or whole > UNPACKED or whole > RATIO * size:
        raise BadFile(_("This file unpacks to far more than it seems. Make it smaller, or save it as PDF."))
    if any(MACROS.search(part.filename) for part in parts):
        raise BadFile(_("This file holds macros: small programs. Save it without them."))


def _is_plain(part: zipfile.ZipInfo) -> bool:
    """Whether a part stays where it is unpacked, is not locked, and is packed in the usual way."""
    steps = part.orig_filename.split("/")
    inside = not part.orig_filename.startswith("/") and ".." not in steps and ":" not in steps[0]
    plain = part.compress_type in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED} and not part.flag_bits & 0x1
    return inside and plain and not set("\\\x00") & set(part.orig_filename)


def _unpack(package: zipfile.ZipFile) -> None:
    """Read every part to its end, which checks its sum, and stop as soon as it is too much."""
    left = UNPACKED
    for part in package.infolist():
        with package.open(part) as inside:
            while piece := inside.read(64 * 1024):
                left -= len(piece)
                if left < 0:
                    raise BadFile(_("This file unpacks to far more than it seems. Make it smaller, or save it as PDF."))


def _office(package: zipfile.ZipFile) -> Kind | None:
    names = package.namelist()
    if names and names[0] == "mimetype" and "META-INF/manifest.xml" in names:
        told = package.read("mimetype")
        return next((kind for kind in (ODT, ODS) if kind.media_type.encode() == told), None)
    if "[Content_Types].xml" not in names:
        return None
    listed = package.read("[Content_Types].xml")
    if b"macroEnabled" in listed or b"vbaProject" in listed:
        raise BadFile(_("This file holds macros: small programs. Save it without them."))
    return next((kind for kind in (DOCX, XLSX) if kind.part in listed), None)


def redraw(path: Path, kind: Kind, target: BinaryIO) -> None:
    """Draw a picture anew, upright, so that nothing is left but what is to be seen: no place, no device, no text.

    Refused when it is damaged or has more than 40 million pixels; a very large one is made smaller.
    """
    try:
        with _one_at_a_time, warnings.catch_warnings(), Image.open(path, formats=[_pillow(kind)]) as picture:
            warnings.simplefilter("ignore")
            if picture.width * picture.height > PIXELS:
                raise BadFile(_("This picture has more than 40 million points. Make it smaller first."))
            _save(_upright(picture), kind, target)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, EOFError, IndexError) as problem:
        raise BadFile(_("This picture is damaged. Save it again and choose that.")) from problem


def _upright(picture: Image.Image) -> Image.Image:
    turned = picture.getexif().get(0x0112)
    if picture.width * picture.height > SHOWN:
        half = (picture.width // 2, picture.height // 2)
        picture = picture if picture.draft(picture.mode, half) else _halved(picture)
    picture = _plain(picture)
    if turned is not None:
        picture.getexif()[0x0112] = turned
        picture = ImageOps.exif_transpose(picture)
    return picture


def _halved(picture: Image.Image) -> Image.Image:
    """Return a picture at half its width and height, made in strips, so that it is never there twice."""
    small = Image.new(_plain(picture.crop((0, 0, 1, 1))).mode, (picture.width // 2, picture.height // 2))
    for top in range(0, small.height * 2, STRIP):
        strip = picture.crop((0, top, small.width * 2, min(top + STRIP, small.height * 2)))
        small.paste(_plain(strip).reduce(2), (0, top // 2))
    return small


def _plain(picture: Image.Image) -> Image.Image:
    """Return a picture in a mode that both kinds can hold."""
    if picture.mode in {"L", "RGB", "RGBA", "LA"}:
        return picture
    return picture.convert("RGBA" if "transparency" in picture.info else "RGB")


def _save(picture: Image.Image, kind: Kind, target: BinaryIO) -> None:
    picture.info = {}
    told: dict[str, Any] = {"exif": b"", "icc_profile": None}
    if kind is JPEG:
        flat = picture if picture.mode in {"L", "RGB"} else picture.convert("RGB")
        flat.info = {}
        flat.save(target, "JPEG", quality=88, optimize=True, **told)
    else:
        picture.save(target, "PNG", **told)


def _pillow(kind: Kind) -> str:
    return "JPEG" if kind is JPEG else "PNG"
