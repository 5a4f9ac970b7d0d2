"""The file in which somebody takes along all that is kept of them: JSON, their attachments, and a page of words."""

import json
import zipfile
from collections.abc import Iterable
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from consult.foundation.language import gettext as _

IN_MEMORY = 2 * 1024 * 1024  # bytes; a larger package waits on disk


def packed(told: dict[str, Any], files: Iterable[tuple[str, Path]]) -> IO[bytes]:
    """Return a zip file with `data.json`, a text that says what is in it, and each file under its own name."""
    target: IO[bytes] = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115  whoever sends it closes it
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr(_("READ ME") + ".txt", _words())
        package.writestr("data.json", json.dumps(told, ensure_ascii=False, indent=2))
        for name, path in files:
            if path.is_file():
                package.write(path, f"files/{name}")
    target.seek(0)
    return target


def _words() -> str:
    return "\n".join(
        (
            _("This is everything that the platform keeps of you."),
            "",
            _("data.json holds it table by table. Moments are in universal time (UTC)."),
            _("Under “votes” stands what you chose in polls whose keys still exist. Nobody else can look this up."),
            _("The folder “files” holds what you attached."),
            _("A file that may hold a virus, or is still being checked, is not in it."),
            _("Secrets, such as your password in its stored form, are left out."),
            "",
        )
    )
