"""Looks at a page as it came from the server, and says in sentences what is wrong with it."""

import re
from base64 import b64encode
from collections import Counter
from collections.abc import Collection, Iterator
from hashlib import sha256
from xml.etree.ElementTree import Element

import html5lib
from werkzeug.test import TestResponse

LANGUAGES = {"nl", "en"}
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
SHUT = "sandbox; default-src 'none'"  # of a file: nothing in it may do anything
CLOSED = ("default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'", "object-src 'none'", "form-action 'self'")
TYPED = {"input", "select", "textarea"}
UNLABELLED = {"hidden", "submit", "button", "image", "reset"}
POINTING = ("aria-labelledby", "aria-describedby", "aria-controls", "aria-owns", "for", "list")
ELSEWHERE = re.compile(r"^(?:[a-z]+:)?//", re.IGNORECASE)
CHILDREN = {"ul": {"li"}, "ol": {"li"}, "dl": {"dt", "dd", "div"}, "tr": {"td", "th"}}
TEMPLATE = re.compile(r"\{\{|\}\}|\{%|%\}|%\([a-z_]+\)[sd]|\bUndefined\b|<built-in")


def faults_in(answer: TestResponse, signed_in: bool | None = None) -> list[str]:
    """List what is wrong with an answer: its headers, and its page when it holds one."""
    found = list(_headers(answer, signed_in))
    if answer.mimetype == "text/html" and answer.status_code != 304 and answer.data:
        found += faults_of(answer.text)
        if _names_its_sheet(answer):
            found.remove("an inline <style>")
        wrong_redirect = 300 <= answer.status_code < 400
        if wrong_redirect:
            found = [fault for fault in found if "h1" not in fault and "main" not in fault and "lang" not in fault]
    return found


def _names_its_sheet(answer: TestResponse) -> bool:
    """Say whether a page holds one sheet of its own that its policy names by its hash: a message as mail shows it."""
    sheets = re.findall(r"<style>([^<]*)</style>", answer.text)
    named = [f"'sha256-{b64encode(sha256(sheet.encode()).digest()).decode()}'" for sheet in sheets]
    return len(named) == 1 and named[0] in answer.headers.get("Content-Security-Policy", "")


def faults_of(html: str) -> list[str]:
    """List what is wrong with a page."""
    parser = html5lib.HTMLParser(namespaceHTMLElements=False)
    tree = parser.parse(html)
    found = [f"not valid: {code} at line {place[0]} {told or ''}".strip() for place, code, told in parser.errors]
    for check in CHECKS:
        found += check(tree)
    return found


def _headers(answer: TestResponse, signed_in: bool | None) -> Iterator[str]:  # noqa: C901  a list of them
    for name, value in HEADERS.items():
        if answer.headers.get(name) != value:
            yield f"header {name} is {answer.headers.get(name)!r}, not {value!r}"
    policy = answer.headers.get("Content-Security-Policy", "")
    for part in CLOSED:
        if part not in policy and not (policy == SHUT and answer.mimetype != "text/html"):
            yield f"the content policy lacks {part}"
    if "unsafe" in policy or "https:" in policy:
        yield f"the content policy is open: {policy}"
    if "Permissions-Policy" not in answer.headers:
        yield "header Permissions-Policy is missing"
    if "cookie" not in answer.headers.get("Vary", "").lower() and answer.mimetype == "text/html":
        yield "Vary does not name Cookie"
    cache = answer.headers.get("Cache-Control", "")
    if signed_in and answer.mimetype == "text/html" and "no-store" not in cache:
        yield f"a page of a session may be stored: {cache!r}"
    for cookie in answer.headers.getlist("Set-Cookie"):
        if "HttpOnly" not in cookie or "SameSite=Lax" not in cookie:
            yield f"a cookie is not closed: {cookie.split('=')[0]}"


def _whole(tree: Element) -> Iterator[str]:
    if tree.get("lang") not in LANGUAGES:
        yield f"the page has no language: lang={tree.get('lang')!r}"
    headings = list(tree.iter("h1"))
    if len(headings) != 1:
        yield f"the page has {len(headings)} h1"
    if not all(_words(one) for one in headings):
        yield "the h1 is empty"
    if not _words(tree.find("head/title")):
        yield "the page has no title"
    if len(list(tree.iter("main"))) != 1:
        yield "the page has not one main"


def _ids(tree: Element) -> Iterator[str]:
    ids = Counter(one.get("id") for one in _all(tree) if one.get("id") is not None)
    yield from (f"id {name!r} stands there {times} times" for name, times in ids.items() if times > 1)
    for one in _all(tree):
        for name in POINTING:
            if name == "for" and one.tag != "label":
                continue
            for target in (one.get(name) or "").split():
                if target not in ids:
                    yield f"<{one.tag} {name}> points to {target!r}, which is not there"
        target = one.get("href") or ""
        if one.tag == "a" and target.startswith("#") and len(target) > 1 and target[1:] not in ids:
            yield f"a link points to {target!r}, which is not there"


def _labels(tree: Element) -> Iterator[str]:
    labelled = {one.get("for") for one in tree.iter("label") if _words(one)}
    inside = {field for label in tree.iter("label") if _words(label) for field in _all(label)}
    for one in _all(tree):
        named = one.get("aria-label") or one.get("aria-labelledby") or one.get("title")
        if one.tag in TYPED and one.get("type") not in UNLABELLED:
            if not (named or one.get("id") in labelled or one in inside):
                yield f"<{one.tag} name={one.get('name')!r}> has no label"
        elif one.tag in {"a", "button", "summary"} and not (named or _words(one) or _pictured(one)):
            yield f"<{one.tag}> says nothing: {one.attrib}"
        elif one.tag == "img" and one.get("alt") is None:
            yield f"a picture has no alt: {one.get('src')}"
        elif one.tag == "svg" and one.get("aria-hidden") != "true" and not (named or one.find("title") is not None):
            yield "an svg is neither hidden nor named"
        elif one.tag == "fieldset" and not any(_words(legend) for legend in one.iter("legend")):
            yield "a fieldset has no legend"
        elif one.tag == "th" and one.get("scope") is None:
            yield f"a th has no scope: {_words(one)!r}"


def _order(tree: Element) -> Iterator[str]:
    level = 0
    for one in _all(tree):
        if isinstance(one.tag, str) and re.fullmatch("h[1-6]", one.tag):
            if level and int(one.tag[1]) > level + 1:
                yield f"a heading skips a level: h{level}, then {one.tag} {_words(one)!r}"
            level = int(one.tag[1])
        for child in one if one.tag in CHILDREN else ():
            if isinstance(child.tag, str) and child.tag not in CHILDREN[str(one.tag)]:
                yield f"<{child.tag}> stands directly in <{one.tag}>"


def _inline(tree: Element) -> Iterator[str]:
    for one in _all(tree):
        if one.tag in {"script", "style"} and not one.get("src"):
            yield f"an inline <{one.tag}>"
        for name, value in one.attrib.items():
            plain = str(name).lower()
            if plain == "style" or plain.startswith("on"):
                yield f"<{one.tag} {plain}>"
            if plain in {"href", "src", "action", "formaction"} and value.strip().lower().startswith("javascript:"):
                yield f"<{one.tag} {plain}> holds a script"
            fetched = plain in {"src", "srcset", "action", "formaction"} or (plain == "href" and one.tag == "link")
            if fetched and ELSEWHERE.match(value):
                yield f"<{one.tag} {plain}> goes elsewhere: {value}"


def _forms(tree: Element) -> Iterator[str]:
    for form in tree.iter("form"):
        names = [field.get("name") for field in form.iter("input")]
        if (form.get("method") or "get").lower() == "post" and names.count("csrf_token") != 1:
            yield f"a form has {names.count('csrf_token')} tokens: {form.get('action')}"


def _words_left(tree: Element) -> Iterator[str]:
    body = tree.find("body")
    for found in TEMPLATE.findall("".join(body.itertext()) if body is not None else ""):
        yield f"a template shows through: {found!r}"


CHECKS = (_whole, _ids, _labels, _order, _inline, _forms, _words_left)


def _all(tree: Element) -> Iterator[Element]:
    return (one for one in tree.iter() if isinstance(one.tag, str))


def _words(one: Element | None) -> str:
    return " ".join("".join(one.itertext()).split()) if one is not None else ""


def _pictured(one: Element) -> bool:
    return any(picture.get("alt") for picture in one.iter("img")) or any(
        _words(picture.find("title")) or picture.get("aria-label") for picture in one.iter("svg")
    )


NO_PARTS = {"title", "option", "textarea", "input"}  # in which nothing can be marked


def unmarked(page: Element, said: Collection[str]) -> Iterator[str]:
    """Give what stands on an English page of what was `said` in Dutch, without a word that it is Dutch."""
    waiting = [(page, "")]
    while waiting:
        one, above = waiting.pop()
        language = "nl" if one.tag in NO_PARTS else one.get("lang") or above
        texts = [one.text, *(child.tail for child in one)]
        if language != "nl":
            yield from (text.strip() for text in texts if text and any(words and words in text for words in said))
        waiting += [(child, language) for child in one if isinstance(child.tag, str)]
