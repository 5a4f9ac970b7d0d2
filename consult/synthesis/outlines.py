"""Whole texts that are put into a draft at once; headings and blank lines divide them."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from consult.audit.verbs import record
from consult.foundation.db import add, new_id, session
from consult.foundation.language import gettext as _
from consult.foundation.text import RENDERER, one_line
from consult.policy import Act, Actor
from consult.rounds.models import Round
from consult.synthesis.models import Draft, Paragraph, Section
from consult.synthesis.releasing import begin_draft
from consult.synthesis.rules import shortened
from consult.synthesis.verbs import hold_for_writing

LONGEST_TITLE, LONGEST_PARAGRAPH = 200, 5_000
MOST_SECTIONS, MOST_PARAGRAPHS = 100, 1_000
HEADING = re.compile(r"(#{1,6})\s+(.*)")


@dataclass(frozen=True)
class Part:
    """A section of a text: its title, and what its paragraphs say in Markdown."""

    title: str
    paragraphs: tuple[str, ...]


@dataclass(frozen=True)
class Written:
    """A section with its paragraphs as Markdown and as the HTML that was made of it."""

    title: str
    paragraphs: tuple[tuple[str, str], ...]


def parts_of(text: str) -> list[Part]:
    """Divide a text: a line that begins with "# " is the title of a section, and a blank line ends a paragraph.

    A lower heading ("## ") stands above the paragraph that follows it. What comes before the first title gets a
    section without a name of its own.
    """
    found: list[tuple[str, list[str]]] = []
    above: list[str] = []
    for block in _blocks(text):
        level, words = _heading(block)
        if level == 1:
            _end(found, above)
            found.append((one_line(words), []))
        elif level:
            above.append(f"{'###' if level < 4 else '####'} {one_line(words)}")
        else:
            if not found:
                found.append((_("Introduction"), []))
            found[-1][1].append("\n\n".join([*above, block]))
            above.clear()
    _end(found, above)
    return [Part(title, tuple(paragraphs)) for title, paragraphs in found]


def _blocks(text: str) -> list[str]:
    """Return the pieces between blank lines; a heading is a piece of its own, blank line or not."""
    apart = re.sub(r"^(#{1,6}\s.*)$", r"\n\1\n", text.strip(), flags=re.MULTILINE)
    return [block.strip("\n") for block in re.split(r"\n(?:[^\S\n]*\n)+", apart) if block.strip()]


def _heading(block: str) -> tuple[int, str]:
    found = HEADING.fullmatch(block.strip())
    return (len(found.group(1)), found.group(2)) if found else (0, "")


def _end(found: list[tuple[str, list[str]]], above: list[str]) -> None:
    """Keep a lower heading under which nothing stands, at the end of its section."""
    if above:
        if not found:
            found.append((_("Introduction"), []))
        found[-1][1].append("\n\n".join(above))
        above.clear()


def faults(parts: Sequence[Part]) -> list[str]:
    """Say what keeps a text from being put into a draft, and how to mend it; nothing when it is fine."""
    told = []
    if not any(part.paragraphs for part in parts):
        told.append(_("There is no paragraph in this text yet."))
    if len(parts) > MOST_SECTIONS or sum(len(part.paragraphs) for part in parts) > MOST_PARAGRAPHS:
        told.append(_("At most %(sections)s sections and %(paragraphs)s paragraphs at once.",
                      sections=MOST_SECTIONS, paragraphs=MOST_PARAGRAPHS))  # fmt: skip
    for part in parts:
        if len(part.title) > LONGEST_TITLE:
            told.append(_("The title “%(start)s” has more than %(most)s characters.",
                          start=shortened(part.title), most=LONGEST_TITLE))  # fmt: skip
        for one in part.paragraphs:
            if len(one) > LONGEST_PARAGRAPH:
                told.append(_("The paragraph “%(start)s” has more than %(most)s characters. Divide it by a blank line.",
                              start=shortened(one), most=LONGEST_PARAGRAPH))  # fmt: skip
    return told


def written(parts: Iterable[Part], renders: Callable[[str], str]) -> list[Written]:
    """Make the HTML of each paragraph; done before the transaction, for it takes time."""
    return [Written(part.title, tuple((one, renders(one)) for one in part.paragraphs)) for part in parts]


def enter_text(subject: Round, title: str, parts: Sequence[Written], actor: Actor) -> Draft:
    """Put a whole text at the end of the draft that is being written; without one, begin it under this title.

    No paragraph has a source yet, so the draft says of each that it lacks one. One entry in the journal.
    Refused while the newest version is submitted or published.
    """
    newest = select(Draft).where(Draft.round_id == subject.id).order_by(Draft.number.desc()).limit(1)
    draft = session().scalar(newest) or begin_draft(subject, title, actor)
    hold_for_writing(draft)
    last = session().scalar(select(func.max(Section.position)).where(Section.draft_id == draft.id)) or 0
    for position, part in enumerate(parts, start=last + 1):
        section = add(Section(draft_id=draft.id, position=position, title=part.title))
        rows = enumerate(part.paragraphs, start=1)
        session().add_all(
            Paragraph(
                section_id=section.id,
                stable_id=new_id(),
                position=place,
                text=text,
                html=html,
                renderer=RENDERER,
                is_editorial=False,
                version=1,
            )
            for place, (text, html) in rows
        )
    session().flush()
    number = sum(len(part.paragraphs) for part in parts)
    record(Act.WRITE_DRAFT, actor, draft, part="text", sections=len(parts), paragraphs=number)
    return draft
