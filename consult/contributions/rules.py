"""What a list of contributions can be asked for, and who may have which of their files."""

from dataclasses import dataclass

from consult.contributions.models import Attachment, Channel, Checked, Contribution, Kind, State
from consult.policy import Actor

ROOM = 500_000_000  # bytes of files of one organisation or person


@dataclass(frozen=True)
class Wanted:
    """Which contributions a list should hold; what is empty does not narrow it."""

    kinds: frozenset[Kind] = frozenset()
    state: State | None = None
    channel: Channel | None = None
    words: str = ""
    is_merged: bool | None = None


def is_own(contribution: Contribution, actor: Actor) -> bool:
    """Whether the actor brought it in, writes along, or belongs to the organisation that did; co-authors are loaded."""
    if contribution.organisation_id is not None:
        return contribution.organisation_id in actor.memberships
    return actor.person_id is not None and actor.person_id in {contribution.author_id, *contribution.co_author_ids}


def reads_whole(contribution: Contribution, actor: Actor) -> bool:
    """Whether somebody reads passages that moderators took away: who wrote them and who serves the round does."""
    return actor.is_system or actor.serves(contribution.round_id) or is_own(contribution, actor)


def is_listed(attachment: Attachment, contribution: Contribution, actor: Actor) -> bool:
    """Whether somebody who sees a contribution knows of one of its files."""
    if attachment.removed_at is not None:
        return False
    if actor.is_system or actor.serves(contribution.round_id):
        return True
    if is_own(contribution, actor):
        return attachment.is_public or bool(attachment.hidden_why)
    return attachment.is_public and attachment.checked is Checked.CLEAN


def files_for(contribution: Contribution, actor: Actor) -> list[Attachment]:
    """Return the files of a contribution of which the actor may know; they and its co-authors are loaded."""
    return [one for one in contribution.attachments if is_listed(one, contribution, actor)]


def is_given(attachment: Attachment, contribution: Contribution, actor: Actor) -> bool:
    """Whether they may also have what the file holds: never before it was found clean."""
    return attachment.checked is Checked.CLEAN and is_listed(attachment, contribution, actor)
