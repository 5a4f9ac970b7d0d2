import hashlib
import io
import os
import re
import signal
import stat
import sys
import uuid
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from urllib.parse import unquote

import pytest

from consult.foundation import clock, files
from consult.foundation.db import Database
from consult.foundation.files import NAME, BadFile, Incoming, Store, shown_name
from consult.foundation.web import disposition
from tests.foundation import papers
from tests.foundation.papers import PDF, photo
from tests.shows import shows

OWNER = uuid.uuid4()
LATER = timedelta(hours=1, minutes=1)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "files")


def taken(store: Store, name: str = "plan.pdf", content: bytes = PDF) -> Incoming:
    return store.take(name, io.BytesIO(content))


def standing(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and path.name != "swept"]


@shows("R53", "R57")
def test_a_file_stands_under_a_random_name_two_folders_deep_for_its_owner_and_group_alone(store):
    first, second = taken(store), taken(store)
    assert first.stored_name != second.stored_name
    assert re.fullmatch(r"[0-9a-f]{32}", first.stored_name)
    path = store.path(first.stored_name)
    assert path.relative_to(store.folder).parts == (first.stored_name[:2], first.stored_name[2:4], first.stored_name)
    assert stat.S_IMODE(path.stat().st_mode) & ~0o640 == 0
    assert path.read_bytes() == PDF
    assert (first.size, first.sha256) == (len(PDF), hashlib.sha256(PDF).hexdigest())
    assert not list((store.folder / "coming").iterdir())


def test_what_is_kept_of_a_photo_is_what_was_drawn(store):
    one = taken(store, "foto.jpg", photo(6))
    kept = store.path(one.stored_name).read_bytes()
    assert b"CameraMaker" not in kept
    assert (one.size, one.sha256) == (len(kept), hashlib.sha256(kept).hexdigest())
    assert taken(store, "foto.jpg", photo(6)).sha256 == one.sha256, "the same photo is known again"


@shows("R52")
@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("plan.pdf", PDF[:-6] + b"\0" * 10_000_000 + b"%%EOF\n"),
        ("plan.pdf", b""),
        ("plan.exe", PDF),
        ("foto.png", papers.picture()[:60]),
    ],
)
def test_nothing_is_left_of_a_file_that_is_not_taken(store, name, content):
    with pytest.raises(BadFile):
        taken(store, name, content)
    assert standing(store.folder) == []


def test_a_file_of_ten_million_bytes_is_taken_and_one_byte_more_is_not(store):
    whole = PDF[:-6] + b" " * (10_000_000 - len(PDF)) + b"%%EOF\n"
    assert taken(store, "plan.pdf", whole).size == 10_000_000
    with pytest.raises(BadFile):
        taken(store, "plan.pdf", PDF[:-6] + b" " * (10_000_001 - len(PDF)) + b"%%EOF\n")


@shows("R56")
@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("..\\..\\windows\\win.pdf", "win.pdf"),
        ("C:\\Users\\Fatima\\plan.pdf", "plan.pdf"),
        ("/etc/cron.d/plan.pdf", "plan.pdf"),
        ("plan\r\nSet-Cookie: a=b\r\n.pdf", "plan Set-Cookie: a=b .pdf"),
        ('een "plan".pdf', 'een "plan".pdf'),
        ("plan'; drop table.pdf", "plan'; drop table.pdf"),
        ("<script>alert(1)<.pdf", "<script>alert(1)<.pdf"),
        ("\u202efdp.exe.pdf", "fdp.exe.pdf"),
        ("plan\u200b\ufeff.pdf", "plan.pdf"),
        ("CON.pdf", "_CON.pdf"),
        ("con", "_con"),
        ("lpt1.pdf", "_lpt1.pdf"),
        ("console.pdf", "console.pdf"),
        ("...", "_"),
        ("", "_"),
        ("  plan.pdf. . ", "plan.pdf"),
        ("plan\0.pdf", "plan.pdf"),
        ("Überzicht één – 2026 €.pdf", "Überzicht één – 2026 €.pdf"),
        ("計画.pdf", "計画.pdf"),
        ("A" * 300 + ".pdf", "A" * (NAME - 4) + ".pdf"),
        ("é" * 150 + ".pdf", "é" * (NAME - 4) + ".pdf"),
        ("plan." + "p" * 300, ("plan." + "p" * 300)[:NAME]),
    ],
)
def test_a_name_is_shown_and_sent_as_one_harmless_line(sent, shown):
    assert shown_name(sent) == shown
    header = disposition(shown)
    assert header.isascii()
    assert header.isprintable()
    found = re.fullmatch(
        r"attachment; filename=\"([A-Za-z0-9 ._()-]*)\"; filename\*=UTF-8''([A-Za-z0-9._~%-]+)", header
    )
    assert found, header
    assert unquote(found.group(2)) == shown


@pytest.mark.usefixtures("unit")
def test_a_file_waits_an_hour_for_its_form_and_is_its_senders_alone(store):
    one, other = (files.remember(OWNER, taken(store)) for _ in range(2))
    assert [w.id for w in files.find_waiting(OWNER, [other.id, one.id])] == [other.id, one.id]
    assert files.find_waiting(uuid.uuid4(), [one.id]) == []
    assert files.size_waiting(OWNER) == 2 * len(PDF)
    with clock.set_to(clock.now() + LATER):
        assert files.find_waiting(OWNER, [one.id]) == []
        assert files.forget_old() == 0, "a form that is being answered may still claim it"
    with clock.set_to(clock.now() + 2 * LATER):
        assert files.forget_old() == 2


@shows("R53")
def test_a_sweep_takes_what_belongs_to_nothing_for_an_hour_and_tells_what_is_missing(store):
    kept, lost, fresh = (taken(store).stored_name for _ in range(3))
    gone = "0" * 32
    (store.folder / "coming" / "half.sent").write_bytes(b"half")
    swept = store.sweep(lambda: {kept, gone})
    assert (list(swept.removed), list(swept.missing)) == ([], [gone]), "within the hour a row may still come"
    earlier = clock.now().timestamp() - LATER.total_seconds()
    for path in standing(store.folder):
        if path.name != fresh:
            os.utime(path, (earlier, earlier))
    swept = store.sweep(lambda: {kept, gone})
    assert (list(swept.removed), list(swept.missing)) == ([lost], [gone])
    assert {path.name for path in standing(store.folder)} == {kept, fresh}


@shows("R57")
def test_rot_and_what_is_missing_or_too_much_is_found(store):
    good, rotten, lost, extra = (taken(store) for _ in range(4))
    known = {one.stored_name: one.sha256 for one in (good, rotten, lost)}
    path = store.path(rotten.stored_name)
    content = bytearray(path.read_bytes())
    content[20] ^= 1
    path.write_bytes(content)
    store.remove(lost.stored_name)
    earlier = clock.now().timestamp() - LATER.total_seconds()
    os.utime(store.path(extra.stored_name), (earlier, earlier))
    found = {(rotten.stored_name, "changed"), (lost.stored_name, "missing"), (extra.stored_name, "surplus")}
    assert set(store.verify(known)) == found


@pytest.mark.parametrize("name", ["../../etc/passwd", "", "A" * 32, "0" * 31, "0" * 32 + "\n", "0" * 31 + "/"])
def test_only_names_that_we_gave_lead_to_a_path(store, name):
    with pytest.raises(ValueError, match="not a stored name"):
        store.path(name)


TOUCHING = {"open", "os.rename", "os.mkdir", "os.remove"}


def die_at(step: int, url: str, folder: Path) -> int:
    """Take a file in a process of its own that kills itself at a step; returns how it ended, 0 when it did all."""
    child = os.fork()
    if not child:
        with suppress(BaseException):
            _take_until(step, url, folder)
            os._exit(0)
        os._exit(3)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _take_until(left: int, url: str, folder: Path) -> None:
    """Take a file and give it its row; every touch of the folder and every sync is one step."""
    fsync, database, store = os.fsync, Database(url), Store(folder)

    def step(*_: object) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def watch(event: str, details: tuple[object, ...]) -> None:
        if event in TOUCHING and str(folder) in str(details[0]):
            step()

    os.fsync = lambda descriptor: (step(), fsync(descriptor), step())
    sys.addaudithook(watch)
    incoming = taken(store, "foto.jpg", photo(6))
    step()
    with database.writing():
        files.remember(OWNER, incoming)
        step()


@shows("R53", "R78")
def test_killed_at_any_step_a_file_without_a_row_is_swept_and_no_row_lacks_its_file(empty_database, tmp_path):
    folder, steps = tmp_path / "files", 0
    store = Store(folder)
    while (ended := die_at(steps, empty_database.url, folder)) != 0:
        assert ended == -signal.SIGKILL
        steps += 1
        with empty_database.reading():
            assert files.list_waiting() == {}, "the row came only with the end"
    assert steps > 12
    with empty_database.reading():
        known = files.list_waiting()
    assert len(known) == 1
    assert list(store.verify(known)) == []
    with clock.set_to(clock.now() + LATER):
        swept = store.sweep(lambda: known)
    assert swept.missing == []
    assert swept.removed
    assert {path.name for path in standing(folder)} == set(known)
