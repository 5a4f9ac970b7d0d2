"""Builders of contributions that were worked through, and of drafts with their sources."""

from dataclasses import dataclass

from consult.contributions.models import Contribution, Kind, State
from consult.contributions.verbs import receive
from consult.foundation.db import add, session
from consult.foundation.text import sanitize
from consult.mandates.models import Negotiable, Precondition, PreconditionKind
from consult.policy import Actor
from consult.rounds.models import Round
from consult.synthesis import releasing, verbs
from consult.synthesis.models import Draft, Paragraph
from tests.builders import a_moderator_of, a_resident, a_round, acting


@dataclass(frozen=True)
class Desk:
    """A round with two people who moderate it."""

    round: Round
    writer: Actor
    second: Actor


def a_desk() -> Desk:
    """An open round that two moderators serve."""
    found = a_round()
    return Desk(found, a_moderator_of(found), a_moderator_of(found))


def a_contribution(
    found: Round, title: str = "Bankjes bij de winkels", *, kind: Kind = Kind.PROPOSAL, reference: str = ""
) -> Contribution:
    """Something that a resident brought in and that is public."""
    person = a_resident()
    text = f"{title}, want dat is nodig."
    return receive(
        found,
        kind,
        title=title,
        text=text,
        html=sanitize(text),
        author_id=person.id,
        actor=acting(person),
        state=State.PUBLISHED,
        reference=reference,
    )


def a_precondition(found: Round, code: str = "R1") -> Precondition:
    """Something that is fixed in a round."""
    return add(
        Precondition(
            round_id=found.id,
            position=1,
            code=code,
            kind=PreconditionKind.LEGAL,
            negotiable=Negotiable.NO,
            title="Niet bouwen bij de dijk",
            why="De dijk moet veilig blijven.",
        )
    )


def a_paragraph(draft: Draft, actor: Actor, text: str = "De gemeente zet bankjes neer.", **more: bool) -> Paragraph:
    """A paragraph in a section of its own."""
    section = verbs.add_section(draft, "Groen en water", actor)
    return verbs.add_paragraph(section, actor, text=text, html=sanitize(text), **more)


def a_draft(desk: Desk, *sources: Contribution) -> Draft:
    """A draft of one section and one paragraph, with these sources or else marked as editorial."""
    draft = releasing.begin_draft(desk.round, "Visie op de wijken", desk.writer)
    paragraph = a_paragraph(draft, desk.writer, is_editorial=not sources)
    for source in sources:
        verbs.cite(paragraph, desk.writer, contribution=source)
    return draft


def published(desk: Desk, draft: Draft) -> Draft:
    """The draft, submitted by the one and published by the other."""
    releasing.submit_draft(draft, desk.writer)
    releasing.publish_draft(draft, desk.second)
    return draft


def afresh() -> None:
    """Forget what was loaded, as the next request does."""
    session().flush()
    session().expunge_all()
