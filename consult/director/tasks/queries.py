"""Finding tasks, conditions and requests to take a task over, for who may know of them."""

import uuid

from sqlalchemy import ColumnElement, and_, func, or_, select, true
from sqlalchemy.orm import joinedload, selectinload
from sqlalchemy.orm.interfaces import LoaderOption

from consult.director.agreements.models import Agreement, AgreementState, AgreementVersion
from consult.director.tasks.models import Challenge, ChallengeState, ChallengeTerms, Choice, Task
from consult.foundation.db import session
from consult.foundation.errors import NotFound
from consult.foundation.paging import PER_PAGE, Page
from consult.participants.models import Organisation
from consult.participants.queries import list_memberships
from consult.policy import Actor, MemberDuty

DECIDED = (ChallengeState.ACCEPTED, ChallengeState.REFUSED)
MOST_CHOICES = 500


def get_task(_actor: Actor, task_id: str) -> Task:
    """Return a task with its round and agreement; raises NotFound."""
    wanted = select(Task).where(Task.public_id == task_id)
    found = session().scalar(wanted.options(joinedload(Task.round), _agreement()))
    if found is None:
        raise NotFound
    return found


def _agreement() -> LoaderOption:
    return joinedload(Task.agreement).selectinload(Agreement.versions).selectinload(AgreementVersion.signatures)


def unsigned() -> ColumnElement[bool]:
    """Say which tasks others do without a signed agreement, beside `Agreement`; `rules.light` calls them red."""
    is_red = or_(Task.choice == Choice.OUTSOURCE, and_(Task.choice == Choice.LET_GO, Task.agreement_id.is_not(None)))
    missing = or_(Agreement.id.is_(None), Agreement.state.in_((AgreementState.DRAFT, AgreementState.ENDED)))
    return and_(is_red, missing)


def list_tasks(
    number: int = 1,
    choice: Choice | None = None,
    round_id: uuid.UUID | None = None,
    *,
    only_unsigned: bool = False,
) -> Page[Task]:
    """List one page of the register, what is looked back on first, each with its round and agreement."""
    which = and_(
        Task.ended_at.is_(None),
        unsigned() if only_unsigned else true(),
        Task.choice == choice if choice is not None else true(),
        Task.round_id == round_id if round_id is not None else true(),
    )
    counted = select(func.count(Task.id)).outerjoin(Agreement, Agreement.id == Task.agreement_id).where(which)
    total = session().scalar(counted) or 0
    number = max(1, min(number, -(-total // PER_PAGE)))
    order = (Task.review_on.is_(None), Task.review_on, Task.title, Task.id)
    wanted = (
        select(Task)
        .outerjoin(Agreement, Agreement.id == Task.agreement_id)
        .where(which)
        .order_by(*order)
        .limit(PER_PAGE)
        .offset((number - 1) * PER_PAGE)
    )
    found = session().scalars(wanted.options(joinedload(Task.round), _agreement())).all()
    return Page(found, number, total)


def list_agreement_choices() -> list[tuple[str, str]]:
    """List the agreements as choices: code and title, the newest first."""
    wanted = select(Agreement).order_by(Agreement.made_at.desc()).limit(MOST_CHOICES)
    found = session().scalars(wanted.options(selectinload(Agreement.versions)))
    return [(one.public_id, one.terms.title) for one in found]


# --- taking a task over ---


def find_terms() -> ChallengeTerms | None:
    """Find the conditions that hold now; None before the authority set any."""
    return session().scalar(select(ChallengeTerms).order_by(ChallengeTerms.number.desc()).limit(1))


def challenges_visible_to(actor: Actor) -> ColumnElement[bool]:
    """Say which requests exist for the actor: what was decided, all for staff, and their own."""
    if actor.is_staff or actor.is_system:
        return true()
    own = (Challenge.author_id == actor.person_id) if actor.person_id is not None else Challenge.author_id.is_(None)
    mine = and_(own, Challenge.author_id.is_not(None))
    return or_(Challenge.state.in_(DECIDED), mine, Challenge.organisation_id.in_(list(actor.memberships)))


def get_challenge(actor: Actor, challenge_id: str) -> Challenge:
    """Return a request to take a task over, with the organisation and the task; raises NotFound."""
    wanted = select(Challenge).where(Challenge.public_id == challenge_id, challenges_visible_to(actor))
    task = joinedload(Challenge.task)
    found = session().scalar(
        wanted.options(
            joinedload(Challenge.organisation), task.joinedload(Task.agreement).selectinload(Agreement.versions)
        )
    )
    if found is None:
        raise NotFound
    return found


def is_own(challenge: Challenge, actor: Actor) -> bool:
    """Say whether somebody reads all of a request: who sent it in or acts for its organisation, and staff."""
    mine = actor.person_id is not None and challenge.author_id == actor.person_id
    return actor.is_staff or actor.is_system or mine or challenge.organisation_id in actor.memberships


def list_challenges(actor: Actor, number: int = 1) -> Page[Challenge]:
    """List one page of the requests that the actor may know of: those that wait first, by until when."""
    which = challenges_visible_to(actor)
    total = session().scalar(select(func.count(Challenge.id)).where(which)) or 0
    number = max(1, min(number, -(-total // PER_PAGE)))
    waits = Challenge.state != ChallengeState.ASKED
    wanted = select(Challenge).where(which).order_by(waits, Challenge.reply_by, Challenge.id)
    loaded = wanted.options(joinedload(Challenge.organisation))
    return Page(session().scalars(loaded.limit(PER_PAGE).offset((number - 1) * PER_PAGE)).all(), number, total)


def list_represented(actor: Actor) -> list[Organisation]:
    """List for which organisations the actor can ask: that they represent, and that the authority checked."""
    known = [one for one in list_memberships(actor.person_id) if one.duty is MemberDuty.REPRESENTATIVE]
    return [one.organisation for one in known if one.organisation.is_verified]


def count_waiting(actor: Actor) -> int:
    """Count the requests of the actor that wait for a decision."""
    own = (Challenge.author_id == actor.person_id, Challenge.state == ChallengeState.ASKED)
    return session().scalar(select(func.count(Challenge.id)).where(*own)) or 0
