"""Finding contributions, and who may see which."""

import uuid
from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, Select, String, and_, cast, false, func, or_, select, true
from sqlalchemy.orm import aliased, contains_eager, joinedload, selectinload
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.orm.interfaces import LoaderOption

from consult.accounts.models import Account
from consult.contributions.models import (
    PUT_FORWARD,
    Attachment,
    Checked,
    CoAuthor,
    Contribution,
    Kind,
    SharedText,
    Signal,
    SignalKind,
    State,
    Version,
)
from consult.contributions.passages import Said
from consult.contributions.rules import Wanted, is_given, is_listed, reads_whole
from consult.foundation.db import session
from consult.foundation.errors import NotFound
from consult.foundation.paging import PER_PAGE, Page
from consult.foundation.text import like
from consult.participants.models import Person
from consult.policy import Actor
from consult.rounds.models import Authority, Round


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """Say which contributions the actor may see: public ones, their own and their organisations', and all they serve.

    Every list, search, feed, export and page asks this and nothing else.
    """
    if actor.is_system:
        return true()
    seen = [and_(Contribution.state == State.PUBLISHED, Contribution.round_id.in_(_public_rounds()))]
    if actor.person_id is not None:
        seen.append(_is_written_by(actor.person_id))
    if actor.memberships:
        seen.append(Contribution.organisation_id.in_(list(actor.memberships)))
    if actor.duties:
        seen.append(Contribution.round_id.in_([round_id for round_id, held in actor.duties.items() if held]))
    return or_(false(), *seen)


def get_contribution(actor: Actor, slug: str, public_id: str) -> Contribution:
    """Return a contribution of a round with its authors, files, its round (phases, themes) and what replaces it.

    Raises NotFound when the round or the contribution is absent or invisible to the actor.
    """
    return _get(actor, slug, Contribution.public_id == public_id)


def get_proposal(actor: Actor, slug: str, public_id: str) -> Contribution:
    """Return a contribution that stands by itself (a proposal, statement or project), loaded as `get_contribution`.

    Raises NotFound for an argument too.
    """
    return _get(actor, slug, and_(Contribution.public_id == public_id, Contribution.kind.in_(PUT_FORWARD)))


def find_contribution(actor: Actor, round_id: uuid.UUID, public_id: str) -> Contribution | None:
    """Find a contribution of a round that the actor may see, by itself; None when there is none."""
    if not public_id.isalnum():
        return None
    wanted = select(Contribution).where(Contribution.round_id == round_id, Contribution.public_id == public_id)
    return session().scalar(wanted.where(visible_to(actor)))


def get_own(actor: Actor, slug: str, public_id: str) -> Contribution:
    """Return what the actor wrote, alone or along with somebody, loaded as `get_contribution`.

    Raises NotFound for everybody else.
    """
    if actor.person_id is None:
        raise NotFound
    return _get(actor, slug, and_(Contribution.public_id == public_id, _is_written_by(actor.person_id)))


def _get(actor: Actor, slug: str, which: ColumnElement[bool]) -> Contribution:
    known = or_(Round.is_public, Round.id.in_(list(actor.duties)), true() if actor.is_system else false())
    wanted = (
        select(Contribution)
        .join(Contribution.round)
        .where(which, Round.slug == slug, known, visible_to(actor))
        .options(
            contains_eager(Contribution.round).options(selectinload(Round.phases), selectinload(Round.themes)),
            joinedload(Contribution.co_authors).joinedload(CoAuthor.person),
            joinedload(Contribution.attachments),
            *_people_and_target(),
            *_shared_texts(),
        )
    )
    found = session().scalars(wanted).unique().one_or_none()  # one row for each of its co-authors and files
    if found is None:
        raise NotFound
    return found


def _is_written_by(person_id: uuid.UUID) -> ColumnElement[bool]:
    """Say which contributions somebody wrote, alone or along with its author."""
    along = select(CoAuthor.contribution_id).where(CoAuthor.person_id == person_id, CoAuthor.left_at.is_(None))
    return or_(Contribution.author_id == person_id, Contribution.id.in_(along))


def list_contributions(
    actor: Actor,
    round_id: uuid.UUID,
    wanted: Wanted,
    *narrower: ColumnElement[bool],
    number: int = 1,
    total: int | None = None,
) -> Page[Contribution]:
    """List one page of the contributions of a round that the actor may see, oldest first.

    Loads the author and what replaces it; `narrower` are further conditions of a room above this one;
    `total` saves the count where it is known.
    """
    chosen = select(Contribution).where(matching(actor, round_id, wanted), *narrower)
    if total is None:
        total = session().scalar(select(func.count()).where(matching(actor, round_id, wanted), *narrower)) or 0
    number = max(1, min(number, -(-total // PER_PAGE) or 1))
    ordered = chosen.order_by(Contribution.received_at, Contribution.id).options(*_people_and_target())
    rows = session().scalars(ordered.limit(PER_PAGE).offset((number - 1) * PER_PAGE)).all()
    return Page(rows, number, total)


def list_own(actor: Actor, page: int = 1) -> Page[Contribution]:
    """List a page of what the actor brought in, newest first, with round and what replaces it."""
    if actor.person_id is None:
        return Page([], 1, 0)
    wanted = (
        select(Contribution, func.count().over())
        .where(_is_written_by(actor.person_id))
        .order_by(Contribution.received_at.desc(), Contribution.id)
        .options(joinedload(Contribution.round), joinedload(Contribution.merged_into))
        .limit(PER_PAGE)
        .offset((page - 1) * PER_PAGE)
    )
    found = session().execute(wanted).all()
    return Page([one for one, _ in found], page, found[0][1] if found else 0)


def list_versions(contribution_id: uuid.UUID) -> list[Version]:
    """List the versions of a contribution, newest first."""
    wanted = select(Version).where(Version.contribution_id == contribution_id).order_by(Version.number.desc())
    return list(session().scalars(wanted))


def is_repeated(round_id: uuid.UUID, text: str) -> bool:
    """Say whether somebody sent this very text in a round before, and did not withdraw it."""
    same = (Contribution.round_id == round_id, Contribution.text == text, Contribution.state != State.WITHDRAWN)
    return session().scalar(select(Contribution.id).where(*same).limit(1)) is not None


def list_known_addresses(author_id: uuid.UUID | None, round_id: uuid.UUID) -> list[str]:
    """List the e-mail addresses that are no signal in a round: the author's own, the round's, and the authority's."""
    own = select(Account.email).join(Person, Person.account_id == Account.id).where(Person.id == author_id)
    rounds = select(Round.contact_email).where(Round.id == round_id)
    return [one for one in session().scalars(own.union_all(rounds, select(Authority.contact_email))) if one]


def list_standing_signals(contribution: Contribution) -> list[SignalKind]:
    """List why a contribution that is held waits for a moderator, where a machine asked for that."""
    if contribution.state is not State.HELD:
        return []
    wanted = select(Signal.kind).where(Signal.contribution_id == contribution.id, Signal.cleared_at.is_(None))
    return list(session().scalars(wanted.order_by(Signal.kind)))


def whole_of(contribution: Contribution) -> Said:
    """Return what a contribution says with the passages that moderators took away; nothing is asked where none were."""
    if contribution.hidden:
        wanted = select(Version).where(
            Version.contribution_id == contribution.id, Version.number == contribution.version
        )
        if (last := session().scalar(wanted)) is not None:
            return Said(last.title, last.text, last.html)
    return Said(contribution.title, contribution.text, contribution.html)


def find_whole(contribution: Contribution, actor: Actor) -> Said | None:
    """Find the whole text for somebody who may read it, where readers get less; `co_authors` is loaded."""
    return whole_of(contribution) if contribution.hidden and reads_whole(contribution, actor) else None


def list_attachments(actor: Actor, contribution: Contribution) -> list[Attachment]:
    """List the files of a contribution that the actor may know of, in the order in which they were added."""
    return [one for one in list_files_of(contribution.id) if is_listed(one, contribution, actor)]


def list_files_of(contribution_id: uuid.UUID) -> list[Attachment]:
    """List all files of a contribution that were not removed, whoever asks, in the order in which they were added."""
    wanted = select(Attachment).where(Attachment.contribution_id == contribution_id, Attachment.removed_at.is_(None))
    return list(session().scalars(wanted.order_by(Attachment.position, Attachment.id)))


def list_files_with(contribution_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, list[Attachment]]:
    """Return the files of some contributions that were not removed, by contribution, whoever asks; one statement."""
    wanted = select(Attachment).where(Attachment.contribution_id.in_(contribution_ids), Attachment.removed_at.is_(None))
    found: dict[uuid.UUID, list[Attachment]] = {one: [] for one in contribution_ids}
    for one in session().scalars(wanted.order_by(Attachment.position, Attachment.id)):
        found[one.contribution_id].append(one)
    return found


def has_waiting(contribution_id: uuid.UUID) -> bool:
    """Say whether a file of a contribution waits until a moderator looked at it."""
    return any(one.waits_to_be_seen for one in list_files_of(contribution_id))


def is_read_since(contribution_id: uuid.UUID) -> bool:
    """Say whether a text is as it was when the platform began to ask for a look at what was added to it."""
    changed = select(func.max(Version.written_at)).where(Version.contribution_id == contribution_id)
    asked = select(Signal.id).where(
        Signal.contribution_id == contribution_id, Signal.kind == SignalKind.ADDED, Signal.cleared_at.is_(None)
    )
    return session().scalar(asked.where(Signal.found_at > changed.scalar_subquery())) is not None


def get_attachment(actor: Actor, slug: str, public_id: str, attachment_id: str) -> Attachment:
    """Return a file of a contribution that the actor may know of, with the contribution as `get_contribution` loads it.

    Raises NotFound where it, the contribution or the round is absent or invisible to the actor.
    """
    contribution = get_contribution(actor, slug, public_id)
    try:
        found = session().get(Attachment, uuid.UUID(attachment_id))
    except ValueError as problem:
        raise NotFound from problem
    if found is None or found.contribution_id != contribution.id or not is_listed(found, contribution, actor):
        raise NotFound
    set_committed_value(found, "contribution", contribution)
    return found


def get_file(actor: Actor, slug: str, public_id: str, attachment_id: str) -> Attachment:
    """Return a file of which the actor may have what it holds; raises NotFound otherwise."""
    found = get_attachment(actor, slug, public_id, attachment_id)
    if not is_given(found, found.contribution, actor):
        raise NotFound
    return found


def list_stored() -> dict[str, str]:
    """Return the stored names of the files of all contributions, removed ones included, each with its SHA-256."""
    return dict(session().execute(select(Attachment.stored_name, Attachment.sha256)).all())


def list_unchecked(limit: int = 50) -> list[Attachment]:
    """List files that wait for the scanner, the longest waiting first."""
    wanted = select(Attachment).where(Attachment.checked == Checked.WAITING).order_by(Attachment.added_at)
    return list(session().scalars(wanted.limit(limit)))


def get_unchecked(attachment_id: uuid.UUID) -> Attachment:
    """Return a file with its contribution, to write down what the scanner said; raises NotFound."""
    found = session().get(Attachment, attachment_id, options=[joinedload(Attachment.contribution)])
    if found is None:
        raise NotFound
    return found


def size_of_files(contribution: Contribution) -> int:
    """Return how many bytes the files of its organisation take, or else of its author, removed ones included."""
    organisation_id, author_id = contribution.organisation_id, contribution.author_id
    if organisation_id is None and author_id is None:
        return 0
    same = Contribution.organisation_id == organisation_id if organisation_id else Contribution.author_id == author_id
    wanted = select(func.sum(Attachment.size)).join(Contribution, Contribution.id == Attachment.contribution_id)
    return session().scalar(wanted.where(same)) or 0


def list_merged_into(actor: Actor, contribution_id: uuid.UUID) -> list[Contribution]:
    """List what was merged directly into a contribution, as far as the actor may see it, oldest first."""
    wanted = (
        select(Contribution)
        .where(Contribution.merged_into_id == contribution_id, visible_to(actor))
        .order_by(Contribution.received_at, Contribution.id)
        .options(joinedload(Contribution.author))
    )
    return list(session().scalars(wanted))


def has_merged(contribution_id: uuid.UUID) -> bool:
    """Say whether anything points to a contribution as what replaces it."""
    wanted = select(Contribution.id).where(Contribution.merged_into_id == contribution_id).limit(1)
    return session().scalar(wanted) is not None


def count_since(author_id: uuid.UUID, kind: Kind, moment: object) -> int:
    """Count what a person brought in of one kind since a moment."""
    counted = select(func.count()).where(
        Contribution.author_id == author_id,
        Contribution.kind == kind,
        Contribution.received_at > moment,
        Contribution.entered_by_id.is_(None),
    )
    return session().scalar(counted) or 0


def matches_words(words: str) -> ColumnElement[bool]:
    """Say which contributions hold all the words, in title, text, reference or address."""
    return and_(true(), *(holds_word(word) for word in words.split()[:8]))


def holds_word(word: str) -> ColumnElement[bool]:
    """Say which contributions hold a word as it was typed."""
    pattern = f"%{like(word)}%"
    places = (Contribution.title, Contribution.text, Contribution.reference, cast(Contribution.public_id, String))
    return or_(*(place.ilike(pattern, escape="\\") for place in places))


def matching(actor: Actor, round_id: uuid.UUID, wanted: Wanted) -> ColumnElement[bool]:
    """Say which contributions of a round the actor may see and are wanted."""
    conditions: list[ColumnElement[bool]] = [Contribution.round_id == round_id, visible_to(actor)]
    if wanted.kinds:
        conditions.append(Contribution.kind.in_(sorted(wanted.kinds)))
    if wanted.state is not None:
        conditions.append(Contribution.state == wanted.state)
    if wanted.channel is not None:
        conditions.append(Contribution.channel == wanted.channel)
    if wanted.is_merged is not None:
        merged = Contribution.merged_into_id
        conditions.append(merged.is_not(None) if wanted.is_merged else merged.is_(None))
    if wanted.words:
        conditions.append(matches_words(wanted.words))
    return and_(*conditions)


def _people_and_target() -> Sequence[LoaderOption]:
    return (
        joinedload(Contribution.author),
        joinedload(Contribution.organisation),
        joinedload(Contribution.merged_into),
    )


def _shared_texts() -> Sequence[LoaderOption]:
    """Load what a contribution says together with others, and what those say with which it was joined."""
    into = joinedload(Contribution.merged_into)
    further = into.joinedload(Contribution.merged_into)
    return (
        joinedload(Contribution.shared),
        into.joinedload(Contribution.shared),
        further.joinedload(Contribution.shared),
    )


def list_shared_over(contribution_id: uuid.UUID) -> list[SharedText]:
    """List the texts that say now what a contribution, or one that replaces it, says together with others."""
    one = select(Contribution.id, Contribution.merged_into_id).where(Contribution.id == contribution_id)
    way = one.cte("way", recursive=True)
    further = aliased(Contribution)
    way = way.union(select(further.id, further.merged_into_id).join(way, further.id == way.c.merged_into_id))
    wanted = select(SharedText).join(way, way.c.id == SharedText.contribution_id)
    return list(session().scalars(wanted.where(SharedText.ended_at.is_(None))))


def list_shared(contribution_id: uuid.UUID) -> list[SharedText]:
    """List every text that was written for a contribution and those joined with it, the newest first."""
    wanted = select(SharedText).where(SharedText.contribution_id == contribution_id)
    return list(session().scalars(wanted.order_by(SharedText.number.desc())))


def _public_rounds() -> Select[uuid.UUID]:
    return select(Round.id).where(Round.is_public)
