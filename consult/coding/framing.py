"""Writing the next version of the coding frame of a round, taking over another round's, and publishing it."""

from sqlalchemy import func, select

from consult.audit.verbs import record
from consult.coding import rules
from consult.coding.models import FrameCode, FrameVersion
from consult.coding.versions import find_open, list_themes, list_versions
from consult.foundation.db import add, session
from consult.foundation.errors import Conflict
from consult.foundation.language import gettext as _
from consult.policy import Act, Actor
from consult.rounds.models import Round, Theme
from consult.rounds.verbs import bump


def begin_frame(subject: Round, actor: Actor) -> FrameVersion:
    """Begin the next version of the coding frame, with the themes as they are now.

    Refused while a version is being written: that one is continued.
    """
    if find_open(subject.id) is not None:
        raise Conflict(_("A next version is being written already. Continue with that one."))
    last = session().scalar(select(func.max(FrameVersion.number)).where(FrameVersion.round_id == subject.id)) or 0
    number = last + 1
    frame = add(FrameVersion(round_id=subject.id, number=number, begun_at=actor.arrived_at))
    for position, theme in enumerate(list_themes(subject.id), start=1):
        told = {"code": theme.code, "name": theme.name, "meaning": theme.meaning}
        is_retired = theme.retired_at is not None
        add(FrameCode(frame_id=frame.id, theme_id=theme.id, position=position, is_retired=is_retired, **told))
    record(Act.WRITE_FRAME, actor, frame, begun=number)
    return frame


def add_code(frame: FrameVersion, actor: Actor, *, code: str, name: str, meaning: str) -> FrameCode:
    """Add a code to the version that is being written.

    Refused once that was published, and for a code that it has already.
    """
    _hold(frame)
    if any(line.code == code for line in _lines_of(frame)):
        raise Conflict(_("The frame has a code “%(code)s” already. Choose another one.", code=code))
    position = max((line.position for line in _lines_of(frame)), default=0) + 1
    line = add(FrameCode(frame_id=frame.id, position=position, code=code, name=name, meaning=meaning))
    record(Act.WRITE_FRAME, actor, frame, added=code)
    return line


def change_code(line: FrameCode, actor: Actor, *, name: str, meaning: str, is_retired: bool) -> None:
    """Rename a code in the version that is being written, explain it, retire it, or take it into use again.

    What it was called stays in the versions that were published. Refused once this one was.
    """
    _hold(line.frame)
    line.name, line.meaning, line.is_retired = name, meaning, is_retired
    session().flush()
    record(Act.WRITE_FRAME, actor, line.frame, changed=line.code, retired=is_retired)


def copy_frame(frame: FrameVersion, source: Round, actor: Actor) -> int:
    """Add the codes of another round's frame, with names and meanings, and return how many; what is here stays.

    Its newest published version is taken, or else its themes as they are; retired codes are left out, and those
    of which the code is here already. Refused once this version was published.
    """
    _hold(frame)
    lines = _lines_of(frame)
    taken, position = {line.code for line in lines}, max((line.position for line in lines), default=0)
    fresh = [one for one in _codes_in(source) if one[0] not in taken]
    for place, (code, name, meaning) in enumerate(fresh, start=position + 1):
        add(FrameCode(frame_id=frame.id, position=place, code=code, name=name, meaning=meaning))
    record(Act.WRITE_FRAME, actor, frame, copied_from=source.id, added=len(fresh))
    return len(fresh)


def _codes_in(source: Round) -> list[tuple[str, str, str]]:
    published = next((one for one in list_versions(source.id) if one.published_at is not None), None)
    if published is not None:
        return [(line.code, line.name, line.meaning) for line in published.lines if not line.is_retired]
    return [(one.code, one.name, one.meaning) for one in list_themes(source.id) if one.retired_at is None]


def publish_frame(frame: FrameVersion, reason: str, actor: Actor) -> None:
    """Freeze a version for good: from now on inputs are coded with its names and meanings, not with what it retires.

    Codes that were given stay, and stay readable as they were called then. Refused a second time, without a
    reason, and without a code that is in use.
    """
    _hold(frame)
    lines = _lines_of(frame)
    rules.judge_publishing(frame, lines, reason)
    known = {theme.id: theme for theme in list_themes(frame.round_id)}
    for position, line in enumerate(lines, start=1):
        theme = known.get(line.theme_id) if line.theme_id is not None else None
        if theme is None:
            theme = Theme(round_id=frame.round_id, code=line.code, name=line.name, position=position)
        theme.name, theme.meaning, theme.position = line.name, line.meaning, position
        stays = theme.retired_at or actor.arrived_at
        theme.retired_at = stays if line.is_retired else None
        line.theme_id = add(theme).id
    frame.reason, frame.published_at, frame.published_by_id = reason, actor.arrived_at, actor.person_id
    session().flush()
    record(Act.PUBLISH_FRAME, actor, frame, number=frame.number)
    bump(frame.round_id)


def _hold(frame: FrameVersion) -> None:
    """Lock a version until the transaction ends, so that its writers come one by one; refused once it was published."""
    session().refresh(frame, attribute_names=["published_at"], with_for_update={"key_share": True})
    rules.judge_writing(frame)


def _lines_of(frame: FrameVersion) -> list[FrameCode]:
    wanted = select(FrameCode).where(FrameCode.frame_id == frame.id).order_by(FrameCode.position, FrameCode.id)
    return list(session().scalars(wanted))
