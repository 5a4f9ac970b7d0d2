"""Finding the versions of the coding frame of a round, and the frames of other rounds that can be copied."""

import uuid
from collections import defaultdict
from collections.abc import Collection, Mapping

from sqlalchemy import or_, select
from sqlalchemy.orm import selectinload
from sqlalchemy.orm.attributes import set_committed_value

from consult.coding.models import FrameCode, FrameVersion
from consult.foundation.db import session
from consult.foundation.errors import NotFound
from consult.policy import Actor
from consult.rounds.models import Round, Theme
from consult.rounds.queries import get_round


def list_versions(round_id: uuid.UUID) -> list[FrameVersion]:
    """List the versions of the frame of a round, newest first, with their codes."""
    wanted = select(FrameVersion).where(FrameVersion.round_id == round_id).order_by(FrameVersion.number.desc())
    return list(session().scalars(wanted.options(selectinload(FrameVersion.lines))))


def find_open(round_id: uuid.UUID) -> FrameVersion | None:
    """Find the version of a frame that is being written, with its codes."""
    return next((one for one in list_versions(round_id) if one.published_at is None), None)


def get_open(actor: Actor, slug: str) -> FrameVersion:
    """Return the version that is being written, with its codes and its round; raises NotFound where there is none."""
    subject = get_round(actor, slug)
    found = find_open(subject.id)
    if found is None:
        raise NotFound
    set_committed_value(found, "round", subject)
    return found


def get_code_line(actor: Actor, slug: str, line_id: uuid.UUID) -> FrameCode:
    """Return a code of the version that is being written, with its frame and round; raises NotFound otherwise."""
    frame = get_open(actor, slug)
    found = next((line for line in frame.lines if line.id == line_id), None)
    if found is None:
        raise NotFound
    set_committed_value(found, "frame", frame)
    return found


def list_names(theme_ids: Collection[uuid.UUID]) -> Mapping[uuid.UUID, list[tuple[FrameVersion, FrameCode]]]:
    """List what the published versions of a frame say of some themes, the newest version first."""
    wanted = (
        select(FrameVersion, FrameCode)
        .join(FrameCode, FrameCode.frame_id == FrameVersion.id)
        .where(FrameCode.theme_id.in_(list(theme_ids)), FrameVersion.published_at.is_not(None))
        .order_by(FrameVersion.number.desc())
    )
    found: dict[uuid.UUID, list[tuple[FrameVersion, FrameCode]]] = defaultdict(list)
    for version, line in session().execute(wanted):
        if line.theme_id is not None:
            found[line.theme_id].append((version, line))
    return found


def list_sources(actor: Actor, subject: Round) -> list[Round]:
    """List the other rounds that the actor may know of, of which the frame can be copied, newest first."""
    known = or_(Round.is_public, Round.id.in_(list(actor.duties)))
    wanted = select(Round).where(known, Round.id != subject.id).order_by(Round.created_at.desc(), Round.id)
    return list(session().scalars(wanted))


def list_themes(round_id: uuid.UUID) -> list[Theme]:
    """List the themes of a round in their order, retired ones included."""
    return list(session().scalars(select(Theme).where(Theme.round_id == round_id).order_by(Theme.position, Theme.id)))
