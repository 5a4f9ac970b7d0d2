"""What `tests/house/who.py` needs of remarks: a paragraph of the published versions, and what its author said of it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from consult.contributions.models import Kind
from consult.foundation.db import add, new_id, session
from consult.participants.models import Person
from consult.policy import Act, Actor
from consult.remarks.queries import get_handled, get_read_paragraph, get_remark
from consult.rounds.models import Round
from consult.synthesis.models import Draft, Paragraph, Remark, Section
from tests.contributions.builders import a_contribution

NEWEST = ("react", "suggest", "paragraph", "suggest_page", "listing")
OF_ONE = ("withdraw_page", "withdraw", "work_page", "work_in")


@dataclass
class Remarked:
    """Values for addresses and forms, and by act what it is done to."""

    url: dict[str, Any]
    typed: dict[str, Any]
    elsewhere: dict[str, dict[str, Any]]
    subjects: dict[Act, Callable[[Actor], Any]]


def remarked(found: Round, author: Person) -> Remarked:
    """A paragraph in both published versions and in the one being written, on which the author said something."""
    stable_id = new_id()
    drafts = session().scalars(select(Draft).where(Draft.round_id == found.id)).all()
    for draft in drafts:
        section = add(Section(draft_id=draft.id, position=9, title="Water"))
        said = {
            "text": "Een vijver met een bankje.",
            "html": "<p>Een vijver met een bankje.</p>",
            "renderer": "1",
            "is_editorial": True,
        }
        add(Paragraph(section_id=section.id, position=1, stable_id=stable_id, **said))
    new = a_contribution(found, author, kind=Kind.REMARK)
    newest = max((draft for draft in drafts if draft.published_at), key=lambda draft: draft.number)
    add(
        Remark(
            contribution_id=new.id,
            draft_id=newest.id,
            stable_id=stable_id,
            quote="vijver",
            prefix="Een ",
            suffix=" met een bankje.",
        )
    )
    url = {"stable_id": stable_id}
    here = {"number": newest.number, **url}
    elsewhere = {
        **{f"remarks.{name}": here for name in NEWEST},
        **{f"remarks.{name}": {"public_id": new.public_id} for name in OF_ONE},
    }
    typed = {"behalf": "", "quote": "", "wording": "Een grote vijver."}
    slug = found.slug
    subjects = {
        Act.ADD_REMARK: lambda actor: get_read_paragraph(actor, slug, newest.number, stable_id),
        Act.WITHDRAW_REMARK: lambda actor: get_remark(actor, slug, new.public_id),
        Act.WORK_IN_REMARK: lambda actor: get_handled(actor, slug, new.public_id),
    }
    return Remarked(url, typed, elsewhere, subjects)
