"""Builders of what staff enter for others, made through the verbs; they need an open unit and a collecting phase."""

import itertools
from typing import Any

from consult.contributions.models import Channel
from consult.foundation.text import sanitize
from consult.intake import batches
from consult.intake.models import Batch, Intake
from consult.intake.verbs import Idea, Told, enter_on_behalf
from consult.opendata import inputs, sheets
from consult.policy import Actor
from consult.rounds.models import Round
from tests.builders import a_moderator_of

_numbers = itertools.count(1)


def an_idea(title: str = "", text: str = "Zet er een bankje.", **more: Any) -> Idea:
    """One idea of a form."""
    return Idea(title or f"Bankje {next(_numbers)}", text, sanitize(text), **more)


def a_form(
    found: Round, actor: Actor | None = None, *, channel: Channel = Channel.PAPER, ideas: int = 1, **told: Any
) -> Intake:
    """A form that a moderator entered, with so many ideas."""
    return enter_on_behalf(
        found, actor or a_moderator_of(found), Told(channel, **told), [an_idea() for _ in range(ideas)]
    )


def forms(found: Round, number: int, actor: Actor | None = None) -> list[Intake]:
    """So many forms, entered one by one by one moderator."""
    actor = actor or a_moderator_of(found)
    return [a_form(found, actor) for _ in range(number)]


def a_file(found: Round, *lines: str, header: str = "kanaal;datum;tekst") -> bytes:
    """A CSV file with these rows; a row without a semicolon is the text of a form that came on paper today."""
    day = found.phases[0].first_day.isoformat()
    rows = [line if ";" in line else f"papier;{day};{line}" for line in lines]
    return "\r\n".join([header, *rows, ""]).encode("utf-8-sig")


def judged(found: Round, content: bytes, name: str = "invoer.csv") -> batches.Judged:
    """What a file was found to hold."""
    rows = sheets.read(name, content)
    return inputs.judge(name, content, rows, inputs.known_of(found, rows))


def a_batch(found: Round, *lines: str, actor: Actor | None = None) -> Batch:
    """A file that was sent and looked at, and that nobody entered yet."""
    return batches.keep_batch(found, actor or a_moderator_of(found), judged(found, a_file(found, *lines)))
