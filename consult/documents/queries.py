"""Finding documents, the files that were made of them, and who may read which."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, func, or_, select

from consult.contributions.models import PUT_FORWARD, Contribution, Kind, State
from consult.documents import rules
from consult.documents.models import Ending, PaperFile, PaperKind, PaperText, Step
from consult.foundation.db import session
from consult.foundation.errors import NotFound
from consult.foundation.language import locale
from consult.participants.models import Organisation, OrganisationKind
from consult.policy import Actor
from consult.review.models import ResponseNote
from consult.rounds.models import Area, PhaseKind, Revision, Round
from consult.rounds.queries import get_revision, get_round
from consult.synthesis.models import Draft, DraftState, Outcome, OutcomeKind
from consult.synthesis.queries import in_public
from consult.weighing.models import SynthesisReport

AT_ONCE = 20  # files that a worker looks at in one turn


@dataclass(frozen=True)
class Paper:
    """One document of a round that the actor may read; `is_public` says whether everybody may."""

    round: Round
    kind: PaperKind
    is_public: bool = True

    @property
    def round_id(self) -> uuid.UUID:
        """The round that it belongs to."""
        return self.round.id


@dataclass(frozen=True)
class Made:
    """One document in one format, with its file as far as there is one, and the round's present revision."""

    paper: Paper
    ending: Ending
    file: PaperFile | None
    revision: int

    @property
    def round_id(self) -> uuid.UUID:
        """The round that it belongs to."""
        return self.paper.round_id

    @property
    def is_ready(self) -> bool:
        """Whether the file can be given."""
        return rules.is_ready(self.file, self.revision)


def list_papers(actor: Actor, subject: Round) -> list[Paper]:
    """List the documents of a round that the actor may read, in the order in which they come to be. One statement."""
    drafts = select(Draft.id).where(Draft.round_id == subject.id, Draft.state == DraftState.PUBLISHED).exists()
    public = (SynthesisReport.round_id == subject.id, SynthesisReport.state == DraftState.PUBLISHED)
    any_report = select(SynthesisReport.id).where(SynthesisReport.round_id == subject.id).exists()
    note = (ResponseNote.round_id == subject.id, ResponseNote.published_at.is_not(None))
    told = (drafts, select(SynthesisReport.id).where(*public).exists(), any_report)
    row = session().execute(select(*told, select(ResponseNote.id).where(*note).exists())).one()
    serves = actor.is_system or actor.serves(subject.id)
    is_out = subject.is_public
    stands = {
        PaperKind.SYNTHESIS: (row[1], row[2]),
        PaperKind.DRAFT: (row[0], row[0]),
        PaperKind.NOTE: (row[3], row[3]),
        PaperKind.PARTICIPATION: (rules.has_collected(subject.phases),) * 2,
        PaperKind.COUNCIL: (rules.is_out(subject.phases, PhaseKind.DECIDE, actor.arrived_at) and row[0], row[0]),
    }
    return [
        Paper(subject, kind, is_public and is_out)
        for kind, (is_public, is_there) in stands.items()
        if (is_public and is_out) or (is_there and serves)
    ]


def get_paper(actor: Actor, slug: str, paper: str) -> Paper:
    """Return a document of a round by its name in the address; raises NotFound where the actor may not read it."""
    found = next((one for one in list_papers(actor, get_round(actor, slug)) if one.kind == paper), None)
    if found is None:
        raise NotFound
    return found


def get_made(actor: Actor, slug: str, paper: str, ending: str) -> Made:
    """Return a document in a format, in the language in use; raises NotFound like `get_paper`.

    A file holds what everybody may read, so there is one only of what is public, or of a council file before that.
    """
    if ending not in set(Ending):
        raise NotFound
    found = get_paper(actor, slug, paper)
    if not found.is_public and found.kind is not PaperKind.COUNCIL:
        raise NotFound
    file = find_file(found.round_id, found.kind, Ending(ending))
    return Made(found, Ending(ending), file, get_revision(found.round_id))


def find_file(round_id: uuid.UUID, kind: PaperKind, ending: Ending) -> PaperFile | None:
    """Find the present file of a document in a format, in the language in use."""
    which = (PaperFile.round_id == round_id, PaperFile.paper == kind, PaperFile.ending == ending)
    wanted = select(PaperFile).where(*which, PaperFile.language == locale(), PaperFile.outdated_at.is_(None))
    return session().scalar(wanted)


def list_files(round_id: uuid.UUID) -> dict[tuple[PaperKind, Ending], PaperFile]:
    """List the present files of a round in the language in use."""
    which = (PaperFile.round_id == round_id, PaperFile.language == locale(), PaperFile.outdated_at.is_(None))
    return {(one.paper, one.ending): one for one in session().scalars(select(PaperFile).where(*which))}


def list_due(at: datetime, *, limit: int = AT_ONCE) -> list[uuid.UUID]:
    """List the files that a worker has to make, or to look at again since the round changed; the oldest first.

    One that could not be made is not tried again before somebody asks or the round changes.
    """
    free = or_(PaperFile.leased_until.is_(None), PaperFile.leased_until < at)
    is_asked = PaperFile.step.in_([Step.WAITING, Step.WRITING, Step.LAYING_OUT])
    has_changed = and_(PaperFile.step.in_([Step.DONE, Step.FAILED]), PaperFile.revision != Revision.number)
    wanted = (
        select(PaperFile.id)
        .join(Revision, Revision.round_id == PaperFile.round_id)
        .where(PaperFile.outdated_at.is_(None), free, or_(is_asked, has_changed))
        .order_by(PaperFile.asked_at)
        .limit(limit)
    )
    return list(session().scalars(wanted))


def list_stored() -> dict[str, str]:
    """Return the stored names of all files of documents, each with its SHA-256."""
    wanted = select(PaperFile.stored_name, PaperFile.sha256).where(PaperFile.stored_name.is_not(None))
    return {name: digest for name, digest in session().execute(wanted) if name is not None}


# --- what people type ---


def get_typed(actor: Actor, slug: str, paper: str) -> Paper:
    """Return a document of which some is typed, of a round that the actor serves; raises NotFound."""
    subject = get_round(actor, slug)
    if paper not in set(rules.TYPED) or not (actor.is_system or actor.serves(subject.id)):
        raise NotFound
    return Paper(subject, PaperKind(paper), is_public=False)


def list_texts(round_id: uuid.UUID, paper: PaperKind) -> Sequence[PaperText]:
    """List what was typed for a document, the newest first."""
    wanted = select(PaperText).where(PaperText.round_id == round_id, PaperText.paper == paper)
    return session().scalars(wanted.order_by(PaperText.number.desc())).all()


def find_public_texts(round_id: uuid.UUID, paper: PaperKind) -> dict[str, str]:
    """Return what was typed for a document and published, by the name of its field."""
    found = next((one for one in list_texts(round_id, paper) if one.published_at is not None), None)
    return {name: str(text) for name, text in found.texts.items()} if found is not None else {}


# --- who took part ---


@dataclass(frozen=True)
class Taken:
    """Who took part in a round and with what, counted over what is public."""

    people: int
    proposals: int
    arguments: int
    areas: Sequence[tuple[str, int]]
    bodies: Sequence[tuple[OrganisationKind, str]]
    answers: dict[OutcomeKind, int]
    merged: int


def count_taken(round_id: uuid.UUID) -> Taken:
    """Count who took part in a round, in four statements: people, what they brought in, and what became of it."""
    public = (Contribution.round_id == round_id, Contribution.state == State.PUBLISHED)
    put_forward = Contribution.kind.in_(sorted(PUT_FORWARD))
    merged = Contribution.merged_into_id.is_not(None)
    people, proposals, arguments, joined = (
        session()
        .execute(
            select(
                func.count(Contribution.author_id.distinct()),
                func.count().filter(put_forward),
                func.count().filter(Contribution.kind == Kind.ARGUMENT),
                func.count().filter(put_forward, merged),
            ).where(*public)
        )
        .one()
    )
    by_area = (
        select(Area.name, func.count())
        .select_from(Contribution)
        .outerjoin(Area, Area.code == Contribution.area_code)
        .where(*public, put_forward)
        .group_by(Area.name)
    )
    bodies = (
        select(Organisation.kind, Organisation.name)
        .join(Contribution, Contribution.organisation_id == Organisation.id)
        .where(*public)
        .group_by(Organisation.kind, Organisation.name)
        .order_by(Organisation.name)
    )
    answered = (
        select(Outcome.kind, func.count())
        .join(Contribution, Contribution.id == Outcome.contribution_id)
        .where(*public, put_forward, Contribution.merged_into_id.is_(None), in_public())
        .group_by(Outcome.kind)
    )
    return Taken(
        people,
        proposals,
        arguments,
        [(name or "", count) for name, count in session().execute(by_area)],
        [(kind, name) for kind, name in session().execute(bodies)],
        {kind: count for kind, count in session().execute(answered)},
        joined,
    )
