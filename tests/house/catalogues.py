"""Compares the words in code and templates with the Dutch catalogues.

`python -m tests.house.catalogues` lists what is wrong; with `--write` it adds what is untranslated to the
catalogue of its room, empty, and takes out what nothing says any more.
"""

import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from babel.messages import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "consult" / "translations"
KEYWORDS = {"_": None, "gettext": None, "N_": None, "_l": None, "Later": None, "ngettext": (1, 2)}
METHODS = [("consult/**.py", "python"), ("templates/**.html", "jinja2"), ("templates/**.txt", "jinja2")]
OPTIONS = {
    pattern: {"newstyle_gettext": "true", "silent": "false"} for pattern, method in METHODS if method == "jinja2"
}
PLACE = re.compile(r"%\((\w+)\)[sd]")
BARE = re.compile(r"%(?![(%])")
TRANSLATED = ("nl",)  # English is the language of the code

Said = str | tuple[str, ...]


@dataclass(frozen=True)
class Use:
    """One place where something is said: a file under the root, and a line."""

    file: str
    line: int

    @property
    def room(self) -> str:
        """The catalogue to which it belongs."""
        parts = Path(self.file).parts
        if parts[0] == "templates":
            return "foundation" if parts[1] == "layout" else parts[1]
        return parts[1] if len(parts) > 2 else "foundation"


def said(root: Path = ROOT) -> dict[Said, list[Use]]:
    """Find everything that code and templates say, with the places."""
    found: dict[Said, list[Use]] = defaultdict(list)
    for folder in ("consult", "templates"):
        methods = [(p.removeprefix(f"{folder}/"), m) for p, m in METHODS if p.startswith(folder)]
        options = {p.removeprefix(f"{folder}/"): o for p, o in OPTIONS.items() if p.startswith(folder)}
        for file, line, message, _comments, _context in extract_from_dir(root / folder, methods, options, KEYWORDS):
            if message:
                found[tuple(message) if isinstance(message, list | tuple) else message].append(
                    Use(f"{folder}/{file}", line)
                )
    return dict(found)


def catalogues(language: str, folder: Path = FOLDER) -> dict[Path, Catalog]:
    """Read all catalogues of a language."""
    read = {}
    for path in sorted((folder / language).glob("*.po")):
        with path.open("rb") as source:
            read[path] = read_po(source, locale=language, abort_invalid=True)
    return read


def faults(root: Path = ROOT) -> list[str]:
    """List, in sentences, everything that is wrong between what is said and the catalogues."""
    uses = said(root)
    return [
        *_bare_percents(uses),
        *(fault for language in TRANSLATED for fault in _faults_of(language, uses, root / "consult" / "translations")),
    ]


def _faults_of(language: str, uses: dict[Said, list[Use]], folder: Path) -> Iterator[str]:
    known: dict[Said, tuple[Said, str]] = {}
    for path, catalogue in catalogues(language, folder).items():
        for message in _entries(catalogue):
            where, key = f"{language}/{path.name}", _key(message)
            if message.fuzzy:
                yield f"{where}: only guessed (fuzzy): {_short(key)}"
            if key in known and known[key][0] != _words(message):
                yield f"{where}: translated differently in {known[key][1]}: {_short(key)}"
            if not _is_translated(message):
                yield f"{where}: not translated: {_short(key)}"
            else:
                known[key] = (_words(message), where)
                yield from (f"{where}: {fault}: {_short(key)}" for fault in _wrong_places(message))
    singulars = {key[0] for key in known if isinstance(key, tuple)}
    for key, places in sorted(uses.items(), key=lambda item: (item[1][0].room, str(item[0]))):
        if key not in known and not (isinstance(key, str) and key in singulars):
            at = f"{places[0].file}:{places[0].line}"
            yield f"{language}/{places[0].room}.po: missing: {_short(key)} ({at})"


def _bare_percents(uses: dict[Said, list[Use]]) -> Iterator[str]:
    for key, places in uses.items():
        for place in places:
            texts = [key] if isinstance(key, str) else key
            if place.file.startswith("templates") and any(BARE.search(text) for text in texts):
                yield f"{place.file}:{place.line}: a bare % in a template is read as a place; write %%: {_short(key)}"


def _wrong_places(message: Message) -> Iterator[str]:
    ids = message.id if isinstance(message.id, list | tuple) else (message.id,)
    strings = message.string if isinstance(message.string, list | tuple) else (message.string,)
    counts = {"n", "num"} if len(ids) > 1 else set()  # "one vote" may leave its number out
    for number, text in enumerate(strings):
        wanted, has = set(PLACE.findall(ids[min(number, len(ids) - 1)])), set(PLACE.findall(text))
        if wanted - counts != has - counts:
            yield f"places differ ({', '.join(sorted(wanted))} became {', '.join(sorted(has))})"


def _entries(catalogue: Catalog) -> Iterator[Message]:
    return (message for message in catalogue if message.id)


def _key(message: Message) -> Said:
    return tuple(message.id) if isinstance(message.id, list | tuple) else message.id


def _words(message: Message) -> Said:
    return tuple(message.string) if isinstance(message.string, list | tuple) else message.string


def _is_translated(message: Message) -> bool:
    words = _words(message)
    return all(words) if isinstance(words, tuple) else bool(words)


def _short(key: Said) -> str:
    text = key if isinstance(key, str) else key[0]
    return repr(text if len(text) <= 90 else text[:87] + "...")


def write(root: Path = ROOT) -> list[str]:
    """Bring the catalogues in step with what is said, and tell what changed."""
    uses, told = said(root), []
    for language in TRANSLATED:
        read = catalogues(language, root / "consult" / "translations")
        known = {_key(message) for catalogue in read.values() for message in _entries(catalogue)}
        singulars = {key[0] for key in known if isinstance(key, tuple)}
        changed: set[Path] = set()
        for path, catalogue in read.items():
            for message in list(_entries(catalogue)):
                if _key(message) not in uses:
                    catalogue.delete(message.id)
                    changed.add(path)
                    told.append(f"{path.name}: nothing says {_short(_key(message))} any more")
        for key, places in uses.items():
            if key not in known and key not in singulars:
                path = root / "consult" / "translations" / language / f"{places[0].room}.po"
                read.setdefault(path, Catalog(locale=language, charset="utf-8")).add(key)
                changed.add(path)
                told.append(f"{path.name}: translate {_short(key)}")
        for path in changed:
            with path.open("wb") as target:
                write_po(target, read[path], width=0, no_location=True, omit_header=False, sort_output=False)
    return told


if __name__ == "__main__":
    if "--write" in sys.argv[1:]:
        print("\n".join(write()) or "The catalogues are in step.")
        sys.exit()
    found = faults()
    print("\n".join(found) or "Everything that the platform says is said in Dutch too.")
    sys.exit(bool(found))
