"""Take a picture of every page of a running platform, to look at: `python -m tests.journeys.pictures ADDRESS FOLDER`.

Sign-ins are read from standard input, one a line: a name for the folder, an address, a password
and, of somebody who works there, the secret of their app.
"""

import sys
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from tests.journeys.conftest import SWITCHES
from tests.second import code_now
from tests.servers import chromium

WIDTHS = (360, 1280)
VISITOR = ("/", "/login", "/register", "/accessibility", "/privacy", "/nergens")
MOST = 400


def main(address: str, folder: Path, sign_ins: list[list[str]]) -> None:
    """Visit as nobody and then as each person; every link of a page that leads to a new kind of page is followed."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(SWITCHES))
        for name, *told in [["visitor"], *sign_ins]:
            context = browser.new_context(base_url=address, java_script_enabled=False, locale="nl-NL")
            page = context.new_page()
            if told:
                page.goto("/login")
                page.fill("[name=email]", told[0])
                page.fill("[name=password]", told[1])
                page.click("main button")
                if "/login/second" in page.url:
                    page.fill("[name=one_time_code]", code_now(told[2]))
                    page.click("main button")
            _walk(page, folder / name, ["/me", "/staff", "/"] if told else list(VISITOR))
            context.close()
        browser.close()


def _walk(page: Any, folder: Path, waiting: list[str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    seen: set[str] = set()
    while waiting and len(seen) < MOST:
        path = waiting.pop(0)
        kind = _kind(path)
        if kind in seen:
            continue
        seen.add(kind)
        if "html" not in page.context.request.get(path).headers.get("content-type", ""):
            continue  # a file
        page.goto(path)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            page.screenshot(path=folder / f"{kind.strip('/').replace('/', '_') or 'home'}-{width}.png", full_page=True)
        links = page.eval_on_selector_all("a[href^='/']", "all => all.map(a => a.getAttribute('href').split('#')[0])")
        waiting += [link for link in links if not link.startswith(("/static", "/en"))]


def _kind(path: str) -> str:
    """Return an address without what makes it one of many: identifiers and most of the query."""
    bare, _, query = path.partition("?")
    parts = ["id" if len(part) > 9 and any(c.isdigit() for c in part) and "-" not in part[:9] else part
             for part in bare.split("/")]  # fmt: skip
    names = sorted({field.split("=")[0] for field in query.split("&") if field} & {"state", "page", "after"})
    return "/".join("id" if len(part) == 36 else part for part in parts) + "".join(f"+{name}" for name in names)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), [line.split() for line in sys.stdin if line.strip()])
