"""Files as people send them, and as those who mean harm do; all made here, none taken from anywhere."""

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping

from PIL import Image

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Count 0/Kids[]>>endobj\n%%EOF\n"
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
MANIFEST = {"META-INF/manifest.xml": b"<manifest/>"}
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD" + rb"-ANTIVIRUS-TEST-FILE!$H+H*"


def package(parts: Mapping[str, bytes], *, method: int = zipfile.ZIP_DEFLATED, comment: bytes = b"") -> bytes:
    """A zip file with these parts, in this order; a `mimetype` is stored as it is."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as made:
        made.comment = comment
        for name, content in parts.items():
            made.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_STORED if name == "mimetype" else method)
    return target.getvalue()


def types(main: str = WORD) -> bytes:
    """The list of contents of an office file."""
    return f'<Types><Override PartName="/main.xml" ContentType="{main}"/></Types>'.encode()


def docx(more: Mapping[str, bytes] | None = None, *, listed: bytes | None = None, **options: object) -> bytes:
    """A Word file."""
    parts = {"[Content_Types].xml": listed or types(), "word/document.xml": b"<document/>", **(more or {})}
    return package(parts, **options)  # type: ignore[arg-type]


def xlsx(more: Mapping[str, bytes] | None = None) -> bytes:
    """An Excel file."""
    return package({"[Content_Types].xml": types(SHEET), "xl/workbook.xml": b"<workbook/>", **(more or {})})


def odt(more: Mapping[str, bytes] | None = None, kind: str = "text") -> bytes:
    """An ODT file, or another of its family."""
    told = f"application/vnd.oasis.opendocument.{kind}".encode()
    return package({"mimetype": told, "content.xml": b"<office/>", **MANIFEST, **(more or {})})


def picture(kind: str = "PNG", size: tuple[int, int] = (24, 16), mode: str = "RGB", **saved: object) -> bytes:
    """A picture: its left half is teal, its right half another colour."""
    target = io.BytesIO()
    drawn = Image.new("RGB", size, "teal")
    drawn.paste((230, 180, 30), (size[0] // 2, 0, *size))
    drawn.convert(mode).save(target, kind, **saved)
    return target.getvalue()


def photo(turned: int = 1) -> bytes:
    """A photo that says where, when and with what it was taken, and how it is to be turned."""
    exif = Image.Exif()
    exif[0x0112], exif[0x010F], exif[0x0132] = turned, "CameraMaker", "2026:11:24 10:00:00"
    exif.get_ifd(0x8825).update({1: "N", 2: (52.0, 5.0, 30.0), 3: "E", 4: (4.0, 18.0, 0.0)})
    return picture("JPEG", exif=exif, comment=b"secret comment", icc_profile=b"secret profile" * 9)


def huge_png(width: int, height: int, *, colours: bool = False) -> bytes:
    """A small file that is drawn as a picture of so many points, all of one shade."""
    packer = zlib.compressobj(1)
    row = b"\0" * (1 + (width * 4 if colours else width // 8))
    data = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    head = struct.pack("!IIBBBBB", width, height, *((8, 6) if colours else (1, 0)), 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", data) + _chunk(b"IEND", b"")


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack("!I", len(content)) + name + content + struct.pack("!I", zlib.crc32(name + content))


def lying(content: bytes, name: str, said: int) -> bytes:
    """A zip file of which the lists say that a part has `said` bytes, whatever it unpacks to."""
    changed = bytearray(content)
    for mark, place in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = -1
        while (at := changed.find(mark, at + 1)) >= 0:
            start = at + (30 if mark == b"PK\x03\x04" else 46)
            if changed[start : start + len(name)] == name.encode():
                changed[at + place : at + place + 4] = struct.pack("<I", said)
    return bytes(changed)
