"""Finding the competence frame and role profiles, by version."""

from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload

from consult.director.people.profiles.models import CompetenceFrame, ProfileKind, RoleProfile
from consult.director.people.profiles.rules import Competence, read_competences
from consult.foundation.db import session
from consult.foundation.errors import NotFound
from consult.policy import Act, Actor, allows

MOST = 200


def find_frame() -> CompetenceFrame | None:
    """Find the newest version of the competence frame that was published."""
    wanted = select(CompetenceFrame).where(CompetenceFrame.published_at.is_not(None))
    return session().scalar(wanted.order_by(CompetenceFrame.number.desc()).limit(1))


def find_newest_frame() -> CompetenceFrame | None:
    """Find the newest version of the competence frame, also one that is being written."""
    return session().scalar(select(CompetenceFrame).order_by(CompetenceFrame.number.desc()).limit(1))


def get_published_frame(_actor: Actor, frame_number: int) -> CompetenceFrame:
    """Return one version of the frame that was published; raises NotFound."""
    wanted = select(CompetenceFrame).where(
        CompetenceFrame.number == frame_number, CompetenceFrame.published_at.is_not(None)
    )
    found = session().scalar(wanted)
    if found is None:
        raise NotFound
    return found


def list_frames() -> list[CompetenceFrame]:
    """List the versions of the frame that were published, the newest first."""
    wanted = select(CompetenceFrame).where(CompetenceFrame.published_at.is_not(None))
    return list(session().scalars(wanted.order_by(CompetenceFrame.number.desc()).limit(MOST)))


def list_competences() -> list[Competence]:
    """List the competences of the frame that holds now; none while nothing was published."""
    frame = find_frame()
    return read_competences(frame.competences) if frame is not None else []


def list_profiles(*, written: bool = False) -> list[RoleProfile]:
    """List each profile by its newest version, by title: the newest published one, or with `written` any."""
    newest = select(RoleProfile.slug, func.max(RoleProfile.number).label("number")).group_by(RoleProfile.slug)
    if not written:
        newest = newest.where(RoleProfile.published_at.is_not(None))
    of = newest.subquery()
    wanted = select(RoleProfile).join(of, (of.c.slug == RoleProfile.slug) & (of.c.number == RoleProfile.number))
    return list(
        session().scalars(wanted.options(joinedload(RoleProfile.frame)).order_by(RoleProfile.title).limit(MOST))
    )


def get_profile(_actor: Actor, profile_slug: str) -> RoleProfile:
    """Return the newest published version of a profile with its frame; raises NotFound."""
    wanted = _versions(profile_slug).where(RoleProfile.published_at.is_not(None))
    return _found(session().scalar(wanted.limit(1)))


def get_profile_version(actor: Actor, profile_slug: str, version_number: int) -> RoleProfile:
    """Return one version of a profile; one that is being written exists only for who may write it."""
    found = _found(session().scalar(_versions(profile_slug).where(RoleProfile.number == version_number)))
    if found.published_at is None and not allows(Act.WRITE_PROFILE, actor):
        raise NotFound
    return found


def get_newest_profile(_actor: Actor, profile_slug: str) -> RoleProfile:
    """Return the newest version of a profile, also one that is being written; raises NotFound."""
    return _found(session().scalar(_versions(profile_slug).limit(1)))


def list_versions(profile_slug: str) -> list[RoleProfile]:
    """List the published versions of a profile, the newest first."""
    return list(session().scalars(_versions(profile_slug).where(RoleProfile.published_at.is_not(None)).limit(MOST)))


def find_beside(profile: RoleProfile, profile_slug: str) -> RoleProfile | None:
    """Find a published profile to lay beside another: the named one, else the job profile of today, else any."""
    known = [one for one in list_profiles() if one.slug != profile.slug]
    known.sort(key=lambda one: (one.slug != profile_slug, one.kind is not ProfileKind.JOB))
    return known[0] if known else None


def list_slugs() -> list[str]:
    """List the short names that are taken."""
    return list(session().scalars(select(RoleProfile.slug).distinct().limit(10_000)))


def _versions(profile_slug: str) -> Select[Any]:
    wanted = select(RoleProfile).where(RoleProfile.slug == profile_slug).order_by(RoleProfile.number.desc())
    return wanted.options(joinedload(RoleProfile.frame))


def _found(profile: RoleProfile | None) -> RoleProfile:
    if profile is None:
        raise NotFound
    return profile
