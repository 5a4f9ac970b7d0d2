"""Text that people wrote: cleaned names, Markdown in, safe HTML out."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from decimal import Decimal
from difflib import SequenceMatcher
from functools import cache
from html import unescape
from itertools import takewhile

import bleach
import nh3
from markdown_it import MarkdownIt
from markupsafe import Markup

from consult.foundation.language import locale

RENDERER = "1"  # stored beside rendered text; raise it when the chain below changes
PLAIN = "1-plain"  # the same for what `paragraphs` made
TAGS = frozenset({"p", "br", "strong", "em", "ul", "ol", "li", "a", "blockquote", "h3", "h4"})
ATTRIBUTES = {"a": ["href"]}
PROTOCOLS = frozenset({"http", "https", "mailto"})
MAX_MARKS = 4  # combining marks on one letter
LARGEST_NUMBER = Decimal(10) ** 12
COMPARED = 40_000  # pairs of words; text that repeats itself takes difflib cubic time

Step = tuple[str, int, int, int, int]  # "equal" or a change, and from where to where in both

# letters and signs of western languages, of which each shows and none is composed: nothing has to be cleaned
_USUAL = re.compile("[\n\t -~\u00a0-\u00ac\u00ae-\u02ff\u2013\u2014\u2018-\u201e\u2022\u2026\u20ac]*")
_ZERO_WIDTH = {0x200B, 0x2060, 0xFEFF, 0x00AD, 0x180E}
_BIDI = set(range(0x202A, 0x202F)) | set(range(0x2066, 0x206A)) | {0x200E, 0x200F, 0x061C}
_JOINERS = {0x200C, 0x200D}


def sanitize(markdown: str) -> str:
    """Turn Markdown into HTML of which only allowed elements are left.

    Markdown without HTML, then bleach's allow-list, then nh3's with the same lists.
    A bleach Cleaner is not safe to share between threads, so each call makes its own.
    """
    html = _markdown().render(markdown)
    cleaner = bleach.Cleaner(tags=TAGS, attributes=ATTRIBUTES, protocols=PROTOCOLS, strip=True)
    return nh3.clean(
        cleaner.clean(html),
        tags=set(TAGS),
        attributes={"a": {"href"}},
        attribute_filter=_whole_address,
        url_schemes=set(PROTOCOLS),
        link_rel="nofollow ugc noopener",
    ).strip()


def paragraphs(text: str) -> str:
    """Turn plain text into HTML in which no character has a meaning of its own; a blank line ends a paragraph.

    What comes out passes through the chain of `sanitize` unchanged, at a hundredth of its cost.
    """
    found = (part.strip() for part in re.split(r"\n[^\S\n]*\n", text.strip()))
    return "\n".join(f"<p>{_escaped(part)}</p>" for part in found if part)


def as_markdown(text: str) -> str:
    """Return Markdown that `sanitize` shows as exactly these words: no sign in them has a meaning."""
    marked = re.sub(r"([\\`*_\[]|<(?=[A-Za-z])|&(?=[#A-Za-z]))", r"\\\1", text)
    lines = (line.strip() for line in marked.split("\n"))
    return "\n".join(re.sub(r"^(#|>|[-+=](?=[\s=-]|$)|\d+(?=[.)](?:\s|$)))", _begun, line) for line in lines)


def _begun(found: re.Match[str]) -> str:
    """Take its meaning from what would begin a heading, a list or a line under a heading."""
    sign = found.group()
    return f"{sign}\\" if sign.isdecimal() else f"\\{sign}"


def _escaped(text: str) -> str:
    lines = [line.strip() for line in text.split("\n")]
    escaped = "\n".join(lines).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return escaped.replace("\u00a0", "&nbsp;").replace("\n", "<br>\n")


def rendered(html: str) -> Markup:
    """Mark stored HTML as safe to show; only what `sanitize` made may come here."""
    return Markup(html)  # noqa: S704  the one place where this happens


def said(words: str | None, own: str) -> str:
    """Return words that somebody wrote in their `own` language, marked with it on a page in another (WCAG 3.1.2)."""
    if not words or own == locale():
        return words or ""
    return Markup('<span lang="{}">{}</span>').format(own, words)


def one_line(text: str) -> str:
    """Clean a name, title or label: NFC, one line, nothing invisible, few combining marks."""
    if _USUAL.fullmatch(text):
        return " ".join(text.split())
    kept = [c for c in unicodedata.normalize("NFC", text) if _shows(c, _BIDI | _ZERO_WIDTH | _JOINERS)]
    return _few_marks(" ".join("".join(" " if c in "\r\n\t" else c for c in kept).split()))


def body(text: str) -> str:
    """Clean a text of several lines: NFC, plain line ends, no control characters; joiners may stay."""
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    if _USUAL.fullmatch(text):
        return text.strip()
    return _few_marks("".join(c for c in text if _shows(c, _BIDI | _ZERO_WIDTH))).strip()


def plain(html: str) -> str:
    """Return the words of stored HTML, for lists and excerpts."""
    spaced = re.sub(r"</(p|li|h3|h4|blockquote)>|<br ?/?>", " ", html)
    return " ".join(unescape(nh3.clean(spaced, tags=set())).split())


def like(text: str) -> str:
    r"""Escape what LIKE reads as a wildcard; use with `escape="\\"`."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def steps(before: Sequence[str], after: Sequence[str], most: int = COMPARED) -> list[Step]:
    """Return how one row of words became the other, in the way of difflib.

    What differs between the same beginning and the same end is one step where it has more pairs than `most`.
    """
    start = _alike(before, after)
    end = min(_alike(reversed(before), reversed(after)), len(before) - start, len(after) - start)
    left, right = len(before) - end, len(after) - end
    old, new = before[start:left], after[start:right]
    found: list[Step] = [("equal", 0, start, 0, start)] if start else []
    if len(old) * len(new) > most:
        found.append(("replace", start, left, start, right))
    else:
        told = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
        found += [(kind, start + i1, start + i2, start + j1, start + j2) for kind, i1, i2, j1, j2 in told]
    return [*found, ("equal", left, len(before), right, len(after))] if end else found


def _alike(before: Iterable[str], after: Iterable[str]) -> int:
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(before, after, strict=False)))


def _whole_address(_element: str, attribute: str, value: str) -> str | None:
    """Keep a link only when it says itself where it goes."""
    return value if attribute != "href" or value.partition(":")[0].lower() in PROTOCOLS else None


@cache
def _markdown() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False, "linkify": True, "maxNesting": 20}).enable("linkify")


def _shows(character: str, hidden: set[int]) -> bool:
    if character in "\n\t":
        return True
    return ord(character) not in hidden and unicodedata.category(character) not in {"Cc", "Cs", "Co", "Cn"}


def _few_marks(text: str) -> str:
    kept, marks = [], 0
    for character in text:
        marks = marks + 1 if unicodedata.combining(character) else 0
        if marks <= MAX_MARKS:
            kept.append(character)
    return "".join(kept)


def number_in(typed: str) -> Decimal | None:
    """Read a number as people type it; None for what is none, or too large to be meant.

    In Dutch "12.500,5", "12500,5" and "12500.5" are one number, in English "12,500.5" and "12500.5" are.
    """
    told = re.sub(r"[€\s]", "", typed)
    point, comma = (".", ",") if locale() == "en" else (",", ".")  # before the decimals, and between thousands
    if re.fullmatch(rf"-?\d{{1,3}}(\{comma}\d{{3}})+(\{point}\d+)?", told):
        told = told.replace(comma, "")
    told = told.replace(point, ".") if told.count(point) == 1 and (point == "." or "." not in told) else told
    if not re.fullmatch(r"-?\d{1,15}(\.\d{1,6})?", told):
        return None
    value = Decimal(told)
    return value if abs(value) < LARGEST_NUMBER else None
