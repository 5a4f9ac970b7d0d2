"""Where a contribution landed: its themes, its outcomes, the paragraphs that use it, and what staff said of it."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import func, or_, select
from sqlalchemy.orm import aliased

from consult.coding.models import Code
from consult.coding.queries import list_coded, shown_passages
from consult.coding.rules import Shown
from consult.contributions.models import Contribution
from consult.foundation.db import session
from consult.landscape.models import StatementResult
from consult.participants.models import Person
from consult.policy import Actor
from consult.synthesis.models import (
    Draft,
    DraftState,
    Evaluation,
    Note,
    Outcome,
    Paragraph,
    Section,
    SourceLink,
    Use,
    VoteResult,
)
from consult.synthesis.rules import ShownPassage, passage_of


@dataclass(frozen=True)
class Place:
    """A paragraph that uses a contribution; `through` is what replaced the contribution, when it is used instead.

    `result`: the paragraph rests on what people thought of it, as it was kept then; `vote`: on how it came out of a
    vote; `passage`: on these words of it.
    """

    draft: Draft
    section: Section
    paragraph: Paragraph
    use: Use
    note: str
    contribution: Contribution
    section_number: int
    through: Contribution | None = None
    result: StatementResult | None = None
    vote: VoteResult | None = None
    passage: ShownPassage | None = None


@dataclass(frozen=True)
class TraceLinks:
    """What was done with a contribution: its themes, its published answers (oldest first), its places in drafts.

    `replaced_by` is the way of its merge pointer, the one that stands last; outcomes and places of those
    that replaced it are included.
    """

    codes: Sequence[Code] = ()
    passages: Sequence[Shown] = ()
    outcomes: Sequence[Outcome] = ()
    places: Sequence[Place] = ()
    replaced_by: Sequence[Contribution] = field(default=())

    @property
    def current(self) -> Outcome | None:
        """The answer that counts: to the contribution, or to what replaced it."""
        stands = self.replaced_by[-1].id if self.replaced_by else None
        ours = [o for o in self.outcomes if o.is_public and stands in {None, o.contribution_id}]
        return ours[-1] if ours else None

    @property
    def earlier(self) -> Sequence[Outcome]:
        """The published answers that no longer count, oldest first."""
        return [o for o in self.outcomes if o is not self.current]


@dataclass(frozen=True)
class Answered:
    """One answer that was drafted, with the names of who wrote, signed and published it."""

    outcome: Outcome
    written_by: str
    signed_by: str
    published_by: str


def trace_links(contribution: Contribution, actor: Actor | None = None) -> TraceLinks:
    """Return what was done with a contribution, following its merge pointer.

    Answers that are not published are not among them, nor codes that the actor may not see. Places in published
    drafts are for anyone; those in a draft being written only for an actor who serves the round. Three
    statements, and one for each further merge.
    """
    chain = list_replacements(contribution)
    ids = [contribution.id, *(one.id for one in chain)]
    published = (Outcome.contribution_id.in_(ids), Outcome.published_at.is_not(None))
    outcomes = session().scalars(select(Outcome).where(*published).order_by(Outcome.published_at))
    coded = list_coded([contribution.id], actor)
    return TraceLinks(
        codes=[one.code for one in coded],
        passages=shown_passages(contribution, coded),
        outcomes=list(outcomes),
        places=_list_places(contribution, chain, actor),
        replaced_by=chain,
    )


def list_replacements(contribution: Contribution) -> list[Contribution]:
    """List what replaced a contribution, and what replaced that, to the one that stands."""
    chain: list[Contribution] = []
    target = contribution.merged_into_id
    while target is not None and target not in {one.id for one in chain}:
        found = session().get_one(Contribution, target)
        chain.append(found)
        target = found.merged_into_id
    return chain


def _list_places(contribution: Contribution, chain: Sequence[Contribution], actor: Actor | None) -> list[Place]:
    known = {one.id: one for one in (contribution, *chain)}
    before = aliased(Section)
    number = select(func.count()).where(before.draft_id == Section.draft_id, before.position <= Section.position)
    place = number.correlate(Section).scalar_subquery()
    wanted = (
        select(SourceLink, StatementResult, VoteResult, Paragraph, Section, Draft, place)
        .outerjoin(StatementResult, StatementResult.id == SourceLink.statement_result_id)
        .outerjoin(VoteResult, VoteResult.id == SourceLink.vote_result_id)
        .join(Paragraph, Paragraph.id == SourceLink.paragraph_id)
        .join(Section, Section.id == Paragraph.section_id)
        .join(Draft, Draft.id == Section.draft_id)
        .where(
            or_(*(one.contribution_id.in_(list(known)) for one in (SourceLink, StatementResult, VoteResult))),
        )
        .order_by(Draft.number, Section.position, Paragraph.position, SourceLink.start)
    )
    if actor is None or not (actor.is_system or actor.serves(contribution.round_id)):
        wanted = wanted.where(Draft.state == DraftState.PUBLISHED)
    return [
        Place(
            draft=draft,
            section=section,
            paragraph=paragraph,
            use=link.use,
            note=link.note,
            contribution=known[contribution_id],
            section_number=section_number,
            through=None if contribution_id == contribution.id else known[contribution_id],
            result=result,
            vote=vote,
            passage=passage_of(link, known[contribution_id]),
        )
        for link, result, vote, paragraph, section, draft, section_number in session().execute(wanted)
        for contribution_id in ((result or vote or link).contribution_id,)
    ]


def list_history(contribution_id: uuid.UUID) -> list[Answered]:
    """List every answer that was drafted to a contribution, newest first, with who wrote, signed and published it."""
    writer, signer, publisher = (aliased(Person) for _ in range(3))
    wanted = (
        select(Outcome, writer.name, signer.name, publisher.name)
        .outerjoin(writer, writer.id == Outcome.set_by_id)
        .outerjoin(signer, signer.id == Outcome.signed_by_id)
        .outerjoin(publisher, publisher.id == Outcome.published_by_id)
        .where(Outcome.contribution_id == contribution_id)
        .order_by(Outcome.replaced_at.is_not(None), Outcome.replaced_at.desc())
    )
    return [Answered(one, *(name or "" for name in names)) for one, *names in session().execute(wanted)]


def list_evaluated(contribution_id: uuid.UUID) -> list[tuple[Evaluation, str]]:
    """List what staff thought of a contribution, newest first, each with the name of who wrote it."""
    wanted = (
        select(Evaluation, Person.name)
        .outerjoin(Person, Person.id == Evaluation.written_by_id)
        .where(Evaluation.contribution_id == contribution_id)
        .order_by(Evaluation.written_at.desc(), Evaluation.replaced_at.is_not(None))
    )
    return [(one, name or "") for one, name in session().execute(wanted)]


def list_notes(contribution_id: uuid.UUID) -> list[tuple[Note, str]]:
    """List what staff told each other about a contribution, oldest first, each with the name of who wrote it."""
    wanted = (
        select(Note, Person.name)
        .outerjoin(Person, Person.id == Note.written_by_id)
        .where(Note.contribution_id == contribution_id)
        .order_by(Note.written_at, Note.id)
    )
    return [(one, name or "") for one, name in session().execute(wanted)]
