import io
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from consult.foundation import sniffing
from consult.foundation.sniffing import BadFile, Kind, kind_of, redraw
from tests.foundation import papers
from tests.foundation.papers import PDF, docx, odt, package, photo, picture, types, xlsx
from tests.shows import shows

GIF = b"GIF89a\x01\x00\x01\x00\x00\x00\x00;"
ODF = "application/vnd.oasis.opendocument"

GOOD = {
    "plan.pdf": (PDF, sniffing.PDF),
    "PLAN.PDF": (PDF, sniffing.PDF),
    "brief.docx": (docx(), sniffing.DOCX),
    "cijfers.xlsx": (xlsx(), sniffing.XLSX),
    "brief.odt": (odt(), sniffing.ODT),
    "cijfers.ods": (odt(kind="spreadsheet"), sniffing.ODS),
    "foto.png": (picture(), sniffing.PNG),
    "foto.jpg": (picture("JPEG"), sniffing.JPEG),
    "foto.jpeg": (picture("JPEG"), sniffing.JPEG),
}
# Everything here is refused, whatever it is called.
BAD: dict[str, tuple[str, bytes]] = {
    "an svg": ("foto.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"),
    "an svg as png": ("foto.png", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
    "html": ("plan.html", b"<!doctype html><script>alert(1)</script>"),
    "html as pdf": ("plan.pdf", b"<!doctype html><script>alert(1)</script>%PDF-1.4 %%EOF"),
    "xml": ("plan.xml", b"<?xml version='1.0'?><a/>"),
    "xml as docx": ("plan.docx", b"<?xml version='1.0'?><a/>"),
    "a program": ("plan.exe", b"MZ" + b"\0" * 100),
    "a program as pdf": ("plan.pdf", b"MZ" + b"\0" * 100),
    "a double ending": ("plan.pdf.exe", PDF),
    "no ending": ("plan", PDF),
    "only an ending": (".pdf", b"MZ"),
    "a gif": ("foto.gif", GIF),
    "a gif as jpg": ("foto.jpg", GIF),
    "a png as jpg": ("foto.jpg", picture()),
    "a pdf as docx": ("plan.docx", PDF),
    "a docx as pdf": ("plan.pdf", docx()),
    "a docx as odt": ("plan.odt", docx()),
    "an xlsx as docx": ("plan.docx", xlsx()),
    "an ods as odt": ("plan.odt", odt(kind="spreadsheet")),
    "a cut off pdf": ("plan.pdf", PDF[:-8]),
    "a pdf that begins late": ("plan.pdf", b"junk\n" + PDF),
    "a pdf that is a page": ("plan.pdf", PDF.replace(b"1 0 obj", b"<html><script>alert(1)</script> 1 0 obj")),
    "a pdf with a page after it": ("plan.pdf", PDF + b"<script>alert(1)</script>"),
    "a pdf with anything after it": ("plan.pdf", PDF + b"A" * 40),
    "a pdf that is a zip": ("plan.pdf", PDF + package({"a.txt": b"a"})),
    "a pdf with a zip and an end of its own": ("plan.pdf", PDF + package({"a": b"a"}, comment=b"\n%%EOF\n")),
    "a gif that is a jar": ("foto.png", GIF + package({"META-INF/MANIFEST.MF": b"a"})),
    "a plain zip": ("plan.docx", package({"a.txt": b"a"})),
    "a jar": ("plan.docx", package({"META-INF/MANIFEST.MF": b"a", "A.class": b"\xca\xfe\xba\xbe"})),
    "a docx behind a page": ("plan.docx", b"<html>" + docx()),
    "a docx before a page": ("plan.docx", docx() + b"<script>alert(1)</script>"),
    "a cut off docx": ("plan.docx", docx()[:-30]),
    "a docx with a macro": ("plan.docx", docx({"word/vbaProject.bin": b"\xd0\xcf\x11\xe0"})),
    "a docx with a macro in capitals": ("plan.docx", docx({"WORD/VBAPROJECT.BIN": b"\xd0\xcf\x11\xe0"})),
    "a docm as docx": ("plan.docx", docx(listed=types("application/vnd.ms-word.document.macroEnabled.main+xml"))),
    "a macro under another name": (
        "plan.docx",
        docx({"word/x.bin": b"a"}, listed=types() + b"application/vnd.ms-office.vbaProject"),
    ),
    "a list in utf-16": ("plan.docx", docx(listed=types().decode().encode("utf-16"))),
    "an odt with a macro": ("plan.odt", odt({"Basic/Standard/Module1.xml": b"<a/>"})),
    "an odt with a script": ("plan.odt", odt({"Scripts/python/a.py": b"import os"})),
    "an odt whose kind is packed": (
        "plan.odt",
        package({"a": b"", "mimetype": f"{ODF}.text".encode(), **papers.MANIFEST}),
    ),
    "a name that climbs out": ("plan.docx", docx({"../../etc/passwd": b"a"})),
    "a name from the root": ("plan.docx", docx({"/etc/passwd": b"a"})),
    "a name on a disk": ("plan.docx", docx({"C:/windows/a": b"a"})),
    "a name with backslashes": ("plan.docx", docx({"..\\..\\a": b"a"})),
    "too many parts": ("plan.docx", docx({f"word/{n}.xml": b"" for n in range(1_000)})),
    "a bomb": ("plan.docx", docx({"word/a.xml": b"\0" * 40_000_000})),
    "a large bomb that packs badly": (
        "plan.xlsx",
        xlsx({f"xl/{n}.xml": (b"0123456789" + bytes(range(256))) * 80_000 for n in range(6)}),
    ),
    "a bomb that lies about its size": (
        "plan.docx",
        papers.lying(docx({"word/a.xml": b"\0" * 30_000_000}), "word/a.xml", 1_000),
    ),
    "bzip2 inside": ("plan.docx", docx(method=12)),
    "lzma inside": ("plan.docx", docx(method=14)),
    "empty zip": ("plan.docx", package({})),
}


def written(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "sent"
    path.write_bytes(content)
    return path


@shows("R51")
@pytest.mark.parametrize("name", GOOD)
def test_what_people_send_is_told_by_its_content(tmp_path, name):
    content, kind = GOOD[name]
    assert kind_of(written(tmp_path, content), name) is kind


@shows("R51", "R52")
@pytest.mark.parametrize("what", BAD)
def test_what_is_something_else_or_more_than_it_seems_is_refused_with_a_sentence(tmp_path, what):
    name, content = BAD[what]
    with pytest.raises(BadFile) as refusal:
        kind_of(written(tmp_path, content), name)
    assert str(refusal.value).endswith(".")


def test_a_package_is_refused_before_it_is_unpacked_when_its_list_tells_enough(tmp_path, monkeypatch):
    monkeypatch.setattr(sniffing, "_unpack", lambda _package: pytest.fail("unpacked"))
    for what in ("a bomb", "too many parts", "a large bomb that packs badly", "a name that climbs out"):
        name, content = BAD[what]
        with pytest.raises(BadFile):
            kind_of(written(tmp_path, content), name)


def drawn(tmp_path: Path, content: bytes, kind: Kind) -> bytes:
    target = io.BytesIO()
    redraw(written(tmp_path, content), kind, target)
    return target.getvalue()


@shows("R52")
@pytest.mark.parametrize("turned", [1, 3, 6, 8])
def test_a_photo_keeps_what_is_to_be_seen_and_nothing_else(tmp_path, turned):
    content = photo(turned)
    assert b"CameraMaker" in content
    assert b"secret comment" in content
    left = drawn(tmp_path, content, sniffing.JPEG)
    with Image.open(io.BytesIO(left)) as seen:
        assert not seen.getexif()
        assert set(seen.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
        assert seen.size == ((16, 24) if turned in {6, 8} else (24, 16))
        teal_at = {1: (2, 8), 3: (21, 8), 6: (8, 2), 8: (8, 21)}[turned]
        assert seen.getpixel(teal_at)[0] < 60, "the teal half is where a viewer would see it"
    for secret in (b"CameraMaker", b"secret", b"2026:11:24", b"Exif", b"GPS"):
        assert secret not in left


@shows("R52")
def test_a_drawing_loses_the_text_that_was_hidden_in_it(tmp_path):
    hidden = Image.new("RGBA", (4, 4), (0, 0, 0, 0))
    target = io.BytesIO()
    told = __import__("PIL.PngImagePlugin", fromlist=["PngInfo"]).PngInfo()
    told.add_text("Author", "Fatima")
    told.add_itxt("Comment", "geheim", zip=True)
    hidden.save(target, "PNG", pnginfo=told)
    left = drawn(tmp_path, target.getvalue() + b"trailing secrets", sniffing.PNG)
    assert b"Fatima" not in left
    assert b"Comment" not in left
    assert b"trailing" not in left
    with Image.open(io.BytesIO(left)) as seen:
        assert seen.mode == "RGBA"
        assert seen.getpixel((1, 1))[3] == 0


@pytest.mark.parametrize(("kind", "mode"), [("PNG", "P"), ("PNG", "1"), ("PNG", "LA"), ("JPEG", "L"), ("JPEG", "CMYK")])
def test_pictures_of_every_mode_are_drawn(tmp_path, kind, mode):
    made = drawn(tmp_path, picture(kind, mode=mode), sniffing.PNG if kind == "PNG" else sniffing.JPEG)
    with Image.open(io.BytesIO(made)) as seen:
        assert seen.size == (24, 16)


@shows("R52")
@pytest.mark.parametrize(("width", "height"), [(8_000, 5_001), (60_000, 60_000)])
def test_a_picture_of_more_than_forty_million_points_is_refused(tmp_path, width, height):
    content = papers.huge_png(width, height) if width < 10_000 else papers.huge_png(width, 8)[:-20]
    if width > 10_000:
        content = content.replace((8).to_bytes(4), height.to_bytes(4), 1)
    with pytest.raises(BadFile):
        drawn(tmp_path, content, sniffing.PNG)


@pytest.mark.parametrize("content", [picture()[:40], picture("JPEG")[:100], b"\x89PNG\r\n\x1a\n" + b"\0" * 50])
def test_a_damaged_picture_is_refused(tmp_path, content):
    kind = kind_of(written(tmp_path, content), "foto.png" if content[0] == 0x89 else "foto.jpg")
    with pytest.raises(BadFile):
        drawn(tmp_path, content, kind)


HUNGRY = """
import io, sys
from pathlib import Path
from consult.foundation import sniffing
def most():  # getrusage would tell of the parent too
    return int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0])
path, before = Path(sys.argv[1]), most()
try:
    kind = sniffing.kind_of(path, sys.argv[2])
    if kind.is_image:
        sniffing.redraw(path, kind, io.BytesIO())
except sniffing.BadFile:
    pass
print(most() - before)
"""


@shows("R52")
@pytest.mark.parametrize("what", ["bomb", "liar", "png", "rgba", "jpg", "turned"])
def test_no_bomb_and_no_large_picture_takes_300_mb_more_than_the_app_has(tmp_path, what):
    large = io.BytesIO()
    if what in {"jpg", "turned"}:
        exif = Image.Exif()
        exif[0x0112] = 6 if what == "turned" else 1
        Image.new("RGB", (8_000, 5_000), "teal").save(large, "JPEG", exif=exif)
    content, name = {
        "bomb": (BAD["a bomb"][1], "a.docx"),
        "liar": (BAD["a bomb that lies about its size"][1], "a.docx"),
        "png": (papers.huge_png(8_000, 5_000), "a.png"),
        "rgba": (papers.huge_png(8_000, 5_000, colours=True), "a.png"),
        "jpg": (large.getvalue(), "a.jpg"),
        "turned": (large.getvalue(), "a.jpg"),
    }[what]
    told = subprocess.run(
        [sys.executable, "-c", HUNGRY, str(written(tmp_path, content)), name],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    assert int(told.stdout) * 1024 < 300_000_000


def test_what_its_list_hides_is_noticed_while_it_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(sniffing, "_check_list", lambda _source, _package: None)
    with pytest.raises(BadFile, match=r"unpacks|pakt"):
        kind_of(written(tmp_path, docx({"word/a.xml": b"\0" * 101_000_000})), "a.docx")


def test_a_very_large_picture_is_made_smaller(tmp_path):
    for content, kind in (
        (papers.huge_png(6_000, 4_000), sniffing.PNG),
        (picture("JPEG", (6_000, 4_000)), sniffing.JPEG),
    ):
        with Image.open(io.BytesIO(drawn(tmp_path, content, kind))) as seen:
            assert seen.size == (3_000, 2_000)
