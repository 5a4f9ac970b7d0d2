"""Gathering everything that is kept of one person."""

from typing import Any
from uuid import UUID

from sqlalchemy import Table, and_, exists, or_, select

from consult.accounts.models import Account
from consult.coding.models import Code, Double
from consult.contributions.models import Attachment, Checked, Contribution
from consult.director.agreements.models import Realisation
from consult.foundation.db import Base, session
from consult.landscape.models import StatementResult
from consult.participants.models import Person
from consult.policy import Actor
from consult.privacy.rules import ADDRESSES, HELD, Held, shown
from consult.review.models import FormalView, ViewFile
from consult.synthesis.models import Assignment, Evaluation, Note, Outcome, SourceLink, VoteResult
from consult.voting.models import Mark, Option
from consult.voting.queries import list_every_poll, own_marks
from consult.voting.rules import CHOICES
from consult.weighing.models import FindingSource


def gather(actor: Actor) -> dict[str, list[dict[str, Any]]]:
    """Return every row that is kept of the actor, by table, and what they chose in polls."""
    told: dict[str, list[dict[str, Any]]] = {}
    for held in HELD:
        found = [shown(dict(row), held.unseen) for row in session().execute(_rows(held, actor)).mappings()]
        told.setdefault(held.table, []).extend(row for row in found if row not in told[held.table])
    return {**{name: rows for name, rows in told.items() if rows}, "votes": list(_votes(actor))}


def _rows(held: Held, actor: Actor) -> Any:
    table = Base.metadata.tables[held.table]
    return select(table).where(belongs(held, table, actor))


def belongs(held: Held, table: Table, actor: Actor) -> Any:
    """Say which rows of a table are the actor's."""
    column = table.c[held.column]
    if held.through:
        own = [h for h in HELD if h.table == held.through and not h.through]
        parent = Base.metadata.tables[held.through]
        return column.in_(select(parent.c.id).where(or_(*(belongs(h, parent, actor) for h in own[:1]))))
    if held.column in ADDRESSES:
        return column == select(Account.email).where(Account.id == actor.account_id).scalar_subquery()
    return column == (actor.account_id if is_of_account(held, table) else actor.person_id)


def is_of_account(held: Held, table: Table) -> bool:
    """Say whether a column holds the id of an account instead of a person's."""
    keys = {key.column.table.name for key in table.c[held.column].foreign_keys}
    return "account" in keys or held.table == "account"


def _votes(actor: Actor) -> Any:
    """Give what the actor chose, poll by poll, as long as the keys that lead to the ballots are there."""
    for poll in list_every_poll():
        marks = own_marks(poll, actor)
        titles = select(Option.id, Contribution.title).join(Contribution, Contribution.id == Option.contribution_id)
        for option_id, title in session().execute(titles.where(Option.id.in_(marks))):
            value = marks[option_id]
            yield {"poll": poll.title, "option": title, "choice": CHOICES[value].value if value in CHOICES else value}


def list_files(actor: Actor) -> list[tuple[str, str]]:
    """List the files that somebody attached, as (the name they gave it, the name under which it is stored).

    Those of their own formal views come last. Left out is what was not found clean: `gather` names it.
    """
    own = select(Contribution.id).where(Contribution.author_id == actor.person_id)
    mine = or_(Attachment.contribution_id.in_(own), Attachment.added_by_id == actor.person_id)
    wanted = select(Attachment.name, Attachment.stored_name).where(
        mine, Attachment.removed_at.is_(None), Attachment.checked == Checked.CLEAN
    )
    found = [*session().execute(wanted.order_by(Attachment.added_at, Attachment.id))]
    formal = select(ViewFile.name, ViewFile.stored_name).join(ViewFile.view)
    formal = formal.where(FormalView.author_id == actor.person_id, ViewFile.checked == Checked.CLEAN)
    found += session().execute(formal.order_by(ViewFile.added_at, ViewFile.position))
    return [(f"{number:02} {name}", stored) for number, (name, stored) in enumerate(found, start=1)]


def list_unneeded(person_id: UUID) -> list[Contribution]:
    """List the contributions of a person that nobody built on.

    No vote, code, answer, argument or reply, merge, paragraph, finding of a report, or agreement that realises it.
    """
    one, argument = Contribution.id, Base.metadata.tables["argument"]
    other = Base.metadata.tables["contribution"].alias()
    built_on = or_(
        exists().where(Code.contribution_id == one),
        exists().where(SourceLink.contribution_id == one),
        *(exists().where(held.contribution_id == one) for held in (StatementResult, VoteResult)),
        *(exists().where(held.contribution_id == one) for held in (Outcome, Evaluation, Note, Assignment, Double)),
        *(exists().where(held.contribution_id == one) for held in (FindingSource, Realisation)),
        exists().where(and_(Option.contribution_id == one, Mark.option_id == Option.id)),
        exists().where(argument.c.proposal_id == one),
        exists().where(argument.c.answers_id == one),
        exists().where(other.c.merged_into_id == one),
        Contribution.merged_into_id.is_not(None),
    )
    return list(session().scalars(select(Contribution).where(Contribution.author_id == person_id, ~built_on)))


def get_own(actor: Actor) -> tuple[Account, Person]:
    """Return the account and the person that the actor is."""
    return session().get_one(Account, actor.account_id), session().get_one(Person, actor.person_id)
