"""What it takes to lay out a response note of many points, in a process of its own, as a worker does it."""

import resource
import subprocess
import sys
import time
from datetime import date

from consult.documents.paper import Block, Document, Heading, Paragraph, Part, Run, Table, cells, plain

POINTS = 1_000
SUMMARY = "Wij vinden dat er meer bomen in de straat moeten komen, want in de zomer is het er te warm. " * 3
ANSWER = "Dat nemen wij over. In het ontwerp staat nu dat er per straat tien bomen bij komen. " * 4


def a_note(points: int) -> Document:
    """A response note of so many points, four to a formal view, half of them with a change."""
    blocks: list[Block] = []
    for n in range(points):
        code = f"ZW-{n // 4 + 1:02}"
        if n % 4 == 0:
            blocks += [Heading(2, f"Zienswijze {code}"), Paragraph(plain("online, ontvankelijk"), "small")]
        blocks += [
            Heading(3, f"{code}.{n % 4 + 1} 3 Veilig lopen en fietsen"),
            Paragraph(plain(SUMMARY), "quote"),
            Paragraph(plain(ANSWER)),
            Paragraph((Run("Verandert het ontwerp: ", strong=True), Run("ja" if n % 2 else "nee")), "small"),
        ]
    rows = tuple(cells("3 Veilig lopen", ANSWER[:90], f"ZW-{n // 4 + 1:02}.{n % 4 + 1}") for n in range(1, points, 2))
    table = Table("Elke wijziging", ("Onderdeel", "Wat verandert", "Vanwege"), rows, widths=(3, 6, 3))
    return Document(
        title="Reactienota",
        subtitle="Ons antwoord op elke zienswijze",
        authority="Gemeente Wilgendrecht",
        language="nl",
        day=date(2026, 3, 1),
        version="Reactienota, versie 1",
        facts=(("Ronde", "Onze wijken"),),
        parts=(Part("De zienswijzen en ons antwoord", tuple(blocks)), Part("Wat er verandert", (table,))),
        words={"contents": "Inhoud", "page": "bladzijde {page} van {pages}"},
    )


def measure(points: int = POINTS) -> tuple[float, int, int]:
    """Return the seconds, the most memory of the whole process in MB, and the bytes of such a note as PDF."""
    code = f"from bench.papers import lay_out; lay_out({points})"
    told = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split()
    return float(told[0]), int(told[1]), int(told[2])


def lay_out(points: int) -> None:
    """Lay a note out in this process, which has read what a worker has, and print what that took."""
    import consult.working  # noqa: F401, PLC0415  what a worker holds counts too
    from consult.documents import pdf  # noqa: PLC0415

    document = a_note(points)
    begun = time.monotonic()
    made = pdf.write(document)
    print(time.monotonic() - begun, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024, len(made))


def show(points: int = POINTS) -> None:
    """Print the rows."""
    seconds, megabytes, size = measure(points)
    print(f"{f'a response note of {points:,} points as PDF, {size / 1e6:.1f} MB':<54}{seconds:>9.2f} s")
    print(f"{'the most memory of its process':<54}{megabytes:>9} MB{'':>4}{'≤ 600':>7}\n")
