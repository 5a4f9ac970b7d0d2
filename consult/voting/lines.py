"""The lines of a ballot with what somebody chose on them, also on what was merged or hidden since."""

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import case, func, select
from sqlalchemy.orm import aliased, contains_eager

from consult.contributions.models import Contribution, State
from consult.foundation.db import session
from consult.foundation.language import gettext as _
from consult.policy import Actor
from consult.voting import rules
from consult.voting.models import Ballot, Mark, Option, Poll
from consult.voting.queries import Sheet, own_tag


@dataclass(frozen=True)
class Carried:
    """An option that was merged into another, with the reader's own choice on it."""

    title: str
    public_id: str
    value: int | None


@dataclass(frozen=True)
class Line:
    """One option as it stands on a ballot: the reader's own mark, and those on merged ones, the latest first."""

    option: Option
    has_mark: bool
    value: int | None
    carried: Sequence[Carried]


@dataclass(frozen=True)
class Lines:
    """One page of a ballot: how many options there are in all, and on how many the reader has a choice.

    `tag` is that of the reader's ballot, where the reader belongs to a voter of the round.
    """

    lines: Sequence[Line]
    total: int
    done: int
    tag: bytes | None = None

    @property
    def is_known(self) -> bool:
        """Whether the reader belongs to a voter of the round."""
        return self.tag is not None


@dataclass(frozen=True)
class Gone:
    """A choice on what does not stand on the ballot any more: its title, and that of what it counts for instead."""

    title: str
    into: str


def place_choices(sheet: Sheet, marks: Mapping[uuid.UUID, int]) -> tuple[dict[uuid.UUID, int], list[Gone]]:
    """Return what a whole ballot says of what stands on it now, and its choices on what was merged or hidden since."""
    standing = {option.id for option in sheet.options}
    if standing.issuperset(marks):
        return dict(marks), []
    wanted = select(Option.id, Option.merged_into_id, Contribution.title, Contribution.state).join(Option.contribution)
    options = session().execute(wanted.where(Option.poll_id == sheet.poll.id)).all()
    hidden = _("This text is not public.")
    titles = {one.id: one.title if one.state is State.PUBLISHED else hidden for one in options}
    pointers = {one.id: one.merged_into_id for one in options}
    roots = {one: rules.survivor(one, pointers) for one in pointers}
    says = rules.settle([(one, value, 0) for one, value in marks.items()], roots, opts_out=False)
    gone = [
        Gone(titles[one], titles[roots[one]] if roots[one] != one else "")
        for one in sorted(marks.keys() - standing, key=titles.__getitem__)
    ]
    return {one: value for one, value in says.items() if one in standing and value is not None}, gone


def list_lines(poll: Poll, actor: Actor, *, start: int, page: int, per_page: int) -> Lines:
    """List one page of the options that stand, with the actor's own marks on them and on those merged into them.

    The order is random but stable: by the stored random key, beginning at `start`. Two statements.
    """
    own = own_tag(poll, actor)
    standing = (
        select(
            Option.id.label("root_id"),
            func.row_number()
            .over(order_by=[case((Contribution.order_key < start, 1), else_=0), Contribution.order_key, Option.id])
            .label("place"),
            func.count().over().label("total"),
        )
        .join(Contribution, Contribution.id == Option.contribution_id)
        .where(Option.poll_id == poll.id, Option.merged_into_id.is_(None), Contribution.state == State.PUBLISHED)
    ).subquery("standing")
    shown = select(standing).order_by(standing.c.place).limit(per_page).offset((page - 1) * per_page).cte("shown")
    tree = select(shown.c.root_id, shown.c.root_id.label("option_id")).cte("tree", recursive=True)
    further = aliased(Option)
    tree = tree.union_all(select(tree.c.root_id, further.id).join(further, further.merged_into_id == tree.c.option_id))
    mine = (
        select(Mark.option_id, Mark.value, Mark.counter)
        .join(Ballot, Ballot.id == Mark.ballot_id)
        .where(Ballot.poll_id == poll.id, Ballot.tag == own)
    ).subquery("mine")
    done = select(func.count()).select_from(mine.join(standing, standing.c.root_id == mine.c.option_id))
    found = (
        session()
        .execute(
            select(
                tree.c.root_id,
                Option,
                mine.c.option_id.label("marked"),
                mine.c.value,
                shown.c.total,
                done.where(mine.c.value.is_not(None)).scalar_subquery().label("done"),
            )
            .join(shown, shown.c.root_id == tree.c.root_id)
            .join(Option, Option.id == tree.c.option_id)
            .join(Option.contribution)
            .outerjoin(mine, mine.c.option_id == tree.c.option_id)
            .options(contains_eager(Option.contribution))
            .order_by(shown.c.place, mine.c.counter.desc(), Option.id.desc())
        )
        .all()
    )
    carried: dict[uuid.UUID, list[Carried]] = defaultdict(list)
    for row in found:
        if row.root_id != row.Option.id and row.value is not None:
            told = row.Option.contribution
            title = told.title if told.is_public else _("This text is not public.")
            carried[row.root_id].append(Carried(title, told.public_id, row.value))
    lines = [
        Line(row.Option, row.marked is not None, row.value, carried[row.root_id])
        for row in found
        if row.root_id == row.Option.id
    ]
    return Lines(lines, found[0].total if found else 0, found[0].done if found else 0, own)
