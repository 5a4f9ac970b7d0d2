"""Looks at a page in a real browser, and says in sentences what a person would stumble over."""

from typing import Any
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe

from tests.looking import faults_of

NARROW, WIDE = {"width": 320, "height": 800}, {"width": 1280, "height": 900}
STOPS = 400  # presses of Tab after which a page counts as endless

REACHABLE = """
() => [...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex="0"]')]
  .filter(e => !e.disabled && e.type !== 'hidden' && e.tabIndex >= 0 && e.getClientRects().length
               && getComputedStyle(e).visibility !== 'hidden' && e.checkVisibility())
  .filter(e => !(e.type === 'radio' && [...document.getElementsByName(e.name)].some(
               o => o !== e && o.type === 'radio' && (o.checked || o.compareDocumentPosition(e) & 4))))
  .map((e, n) => { e.dataset.stop = n; return n; })
"""
FOCUSED = """
() => {
  const e = document.activeElement;
  if (!e || e === document.body) return null;
  const s = getComputedStyle(e), r = e.getBoundingClientRect();
  const ringed = [e, e.parentElement].some(x => { const t = getComputedStyle(x);
    return (t.outlineStyle !== 'none' && parseFloat(t.outlineWidth) > 0) || t.boxShadow !== 'none'; });
  return { stop: e.dataset.stop ?? null, ringed,
           inView: r.bottom > 0 && r.top < innerHeight && r.right > 0 && r.left < innerWidth,
           what: e.outerHTML.slice(0, 120) };
}
"""
WIDER = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
MENUS = """
() => [...document.querySelectorAll('details.fold')].filter(menu => menu.checkVisibility()).flatMap(menu => {
  menu.open = true;
  const box = menu.querySelector(':scope > :not(summary)').getBoundingClientRect();
  const wide = document.documentElement.clientWidth;
  menu.open = false;
  return box.left < 0 || box.right > wide + 1 ? [`${Math.round(box.left)} to ${Math.round(box.right)}`] : [];
})
"""
STICKING_OUT = """
() => [...document.querySelectorAll('body *')]
  .filter(e => e.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
  .slice(-3).map(e => e.tagName + '.' + e.className).join(', ')
"""
WHAT = "n => document.querySelector(`[data-stop='${n}']`)?.outerHTML.slice(0, 120)"


class Eye:
    """Watches one browser context: what it asks elsewhere, what its policy blocks, what breaks."""

    def __init__(self, context: Any, address: str) -> None:
        self.host = urlsplit(address).netloc
        self.faults: list[str] = []
        context.on("request", self._asked)
        context.on("console", self._told)
        context.on("weberror", lambda problem: self.faults.append(f"a script broke: {problem.error}"))
        context.on("dialog", self._opened)

    def _asked(self, request: Any) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in {"http", "https", "ws", "wss"} and parts.netloc != self.host:
            self.faults.append(f"{request.frame.url} asks elsewhere: {request.url}")

    def _told(self, message: Any) -> None:
        if "Content Security Policy" in message.text or "Refused to" in message.text:
            self.faults.append(f"the policy blocked something: {message.text}")

    def _opened(self, dialog: Any) -> None:
        self.faults.append(f"a dialog opened: {dialog.message}")
        dialog.dismiss()

    def take(self) -> list[str]:
        """Return what was seen since the last time."""
        seen, self.faults = self.faults, []
        return seen


def look(page: Any, scheme: str = "light") -> list[str]:
    """List what is wrong with the page as it stands: access, validity, and room on a narrow screen."""
    faults = faults_of(page.content())
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # no colour is caught on its way
    faults += [f"axe, {scheme}: {one}" for one in violations(page)]
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(NARROW)
    if (wider := page.evaluate(WIDER)) > 0:
        faults.append(f"{wider} px too wide for {NARROW['width']} px: {page.evaluate(STICKING_OUT)}")
    faults += [f"an open menu stands from {where} px" for where in page.evaluate(MENUS)]
    page.set_viewport_size(WIDE)
    return [f"{urlsplit(page.url).path}: {fault}" for fault in faults]


def violations(page: Any) -> list[str]:
    """List what axe finds, with the first place of each."""
    found = Axe().run(page).response["violations"]
    return [f"{one['id']} ({len(one['nodes'])}): {one['help']}: {one['nodes'][0]['html'][:150]}" for one in found]


def walk_by_keyboard(page: Any) -> list[str]:
    """Press Tab through the whole page: everything is reached, in view, and shows that it has the focus."""
    wanted = set(page.evaluate(REACHABLE))
    page.evaluate("() => { document.activeElement?.blur(); scrollTo(0, 0); }")
    faults, reached = [], set()
    for _ in range(STOPS):
        page.keyboard.press("Tab")
        now = page.evaluate(FOCUSED)
        if now is None or (now["stop"] is not None and int(now["stop"]) in reached):
            break
        if now["stop"] is not None:
            reached.add(int(now["stop"]))
        if not now["ringed"]:
            faults.append(f"the focus does not show on {now['what']}")
        if not now["inView"]:
            faults.append(f"the focus is out of view on {now['what']}")
    faults += [f"Tab never comes to {page.evaluate(WHAT, missed)}" for missed in sorted(wanted - reached)]
    return [f"{urlsplit(page.url).path}: {fault}" for fault in faults]


def tab_to(page: Any, selector: str) -> None:
    """Press Tab until something that fits has the focus."""
    for _ in range(STOPS):
        page.keyboard.press("Tab")
        if page.evaluate("s => document.activeElement?.matches(s)", selector):
            return
    raise AssertionError(f"{page.url}: Tab never comes to {selector}")
