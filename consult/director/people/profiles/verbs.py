"""What is done with the competence frame and role profiles: written, and published as a version that stays."""

from collections.abc import Sequence
from datetime import date

from consult.audit.verbs import record
from consult.director.people.profiles import queries, rules
from consult.director.people.profiles.models import CompetenceFrame, ProfileKind, RoleProfile
from consult.director.people.profiles.rules import Competence, Profile
from consult.foundation.db import add, read_again_locked
from consult.foundation.errors import Conflict, NotNow
from consult.foundation.language import gettext as _
from consult.foundation.language import local
from consult.participants.rules import short_name
from consult.policy import Act, Actor


def write_frame(competences: Sequence[Competence], actor: Actor, *, edition: str | None = None) -> CompetenceFrame:
    """Write the competence frame: a new version after a published one, else the one that is being written.

    `edition` is that of the version that was open, and None where no page was. Refused for what
    `rules.lacks_of_frame` names, and when somebody changed, published or began a version meanwhile.
    """
    if lacks := rules.lacks_of_frame(competences):
        raise Conflict(" ".join(lacks))
    newest = queries.find_newest_frame()
    told = rules.as_competences(competences)
    if newest is not None:
        _hold(newest, edition)
    if newest is None or newest.published_at is not None:
        number = newest.number + 1 if newest is not None else 1
        by = {"written_by_id": actor.person_id, "written_at": actor.arrived_at}
        frame = add(CompetenceFrame(number=number, competences=told, **by))
    else:
        frame = newest
        frame.competences, frame.edits = told, frame.edits + 1
        frame.written_by_id, frame.written_at = actor.person_id, actor.arrived_at
    record(Act.WRITE_COMPETENCES, actor, frame, number=frame.number, competences=len(competences))
    return frame


def publish_frame(actor: Actor, *, consent: str, consent_on: date, edition: str | None = None) -> CompetenceFrame:
    """Publish the frame that is being written; from now on people can be assessed by it.

    Refused while none is being written, without how the works council agreed (WOR article 27), for a day to come, and
    when it is not the `edition` any more that was read.
    """
    frame = queries.find_newest_frame()
    if frame is not None:
        _hold(frame, edition)
    if frame is None or frame.published_at is not None:
        raise NotNow(_("No version of the competence frame is being written."))
    if not consent:
        raise Conflict(_("Say how the works council agreed. Assessing people asks for its consent."))
    if consent_on > local(actor.arrived_at).date():
        raise Conflict(_("This day is still to come. Fill in the day on which the works council agreed."))
    frame.consent, frame.consent_on, frame.edits = consent, consent_on, frame.edits + 1
    frame.published_by_id, frame.published_at = actor.person_id, actor.arrived_at
    record(Act.PUBLISH_COMPETENCES, actor, frame, number=frame.number)
    return frame


def write_profile(
    kind: ProfileKind,
    title: str,
    profile: Profile,
    actor: Actor,
    *,
    instead: RoleProfile | None = None,
    edition: str | None = None,
) -> RoleProfile:
    """Write a role profile, or a new version of one; `edition` is that of the version that was open.

    Refused while there is no published frame, for what `rules.lacks_of_profile` names, and when somebody changed it
    meanwhile.
    """
    frame = queries.find_frame()
    if frame is None:
        raise NotNow(_("Publish the competence frame first. A profile says which of its levels are needed."))
    if lacks := rules.lacks_of_profile(profile, rules.read_competences(frame.competences)):
        raise Conflict(" ".join(lacks))
    told = {"kind": kind, "title": title, "content": rules.as_content(profile), "frame_id": frame.id}
    told |= {"written_by_id": actor.person_id, "written_at": actor.arrived_at}
    if instead is not None:
        _hold(instead, edition)
    if instead is not None and instead.published_at is None:
        written = instead
        for name, value in {**told, "edits": written.edits + 1}.items():
            setattr(written, name, value)
    else:
        number = instead.number + 1 if instead is not None else 1
        slug = instead.slug if instead is not None else short_name(title, queries.list_slugs())
        written = add(RoleProfile(slug=slug, number=number, **told))
    record(Act.WRITE_PROFILE, actor, written, number=written.number)
    return written


def publish_profile(profile: RoleProfile, actor: Actor, *, edition: str | None = None) -> None:
    """Publish the version of a profile that is being written; it never changes again.

    Refused for one that is published already, and when it is not the `edition` any more that was read.
    """
    read_again_locked(profile, ("published_at", "edits"))
    if profile.published_at is not None:
        raise NotNow(_("This version is published already. Write a new one."))
    _hold(profile, edition)
    profile.edits += 1
    profile.published_by_id, profile.published_at = actor.person_id, actor.arrived_at
    record(Act.PUBLISH_PROFILE, actor, profile, number=profile.number)


def _hold(one: CompetenceFrame | RoleProfile, edition: str | None) -> None:
    """Lock the newest version until the transaction ends; refused when it is not what was opened any more."""
    read_again_locked(one, ("edits", "published_at"))
    if edition is not None and one.edition != edition:
        raise Conflict(_("Somebody changed this after you opened it. Open the page again."))
