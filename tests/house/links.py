"""Checks the links between the papers: README.md and docs/*.md.

`python -m tests.house.links`, from the root of the project.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`[^`\n]*`")


def broken(root: Path = ROOT) -> list[str]:
    """List each link to a file or heading that is not there; links that leave the project are not followed."""
    faults = []
    for page in [*sorted(root.glob("*.md")), *sorted((root / "docs").rglob("*.md"))]:
        for target in LINK.findall(CODE.sub("", FENCE.sub("", page.read_text("utf-8")))):
            if re.match(r"[a-z]+:", target):
                continue
            path, _, heading = target.partition("#")
            found = (page.parent / path).resolve() if path else page
            if not found.exists():
                faults.append(f"{page.relative_to(root)}: {target} is not there")
            elif heading and heading not in _headings(found):
                faults.append(f"{page.relative_to(root)}: {target} has no such heading")
    return faults


def _headings(page: Path) -> set[str]:
    lines = FENCE.sub("", page.read_text("utf-8")).splitlines()
    titles = [line.lstrip("#").strip() for line in lines if line.startswith("#")]
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


if __name__ == "__main__":
    faults = broken()
    print("\n".join(faults) or "All links of the papers lead somewhere.")
    sys.exit(bool(faults))
