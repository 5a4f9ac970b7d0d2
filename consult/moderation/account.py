"""The public account of moderation: how often on which ground, and a log without persons and without texts.

Counts of decisions are told exactly, down to one: a decision is an act of the authority and nobody's
characteristic, so the rule for small cells (which guards people) does not apply. Neither a name nor a text nor an
address of a contribution stands here; what was only held until somebody looked is no decision.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, case, exists, func, literal, select, union_all

from consult.contributions.models import Contribution, Kind
from consult.foundation.db import session
from consult.foundation.language import N_, Worded
from consult.foundation.paging import Page
from consult.moderation.models import Appeal, Ground, Redaction, Refusal

LINES = 50


class Did(Worded):
    """What was decided."""

    REFUSED = "refused", N_("refused")
    REDACTED = "redacted", N_("a part was taken away")
    LIFTED = "lifted", N_("a part was given back")
    GRANTED = "granted", N_("the author did not agree: the decision is undone")
    REJECTED = "rejected", N_("the author did not agree: the decision stays")


@dataclass(frozen=True)
class Line:
    """One decision: when, about what kind of contribution, on which ground, and what was done."""

    at: datetime
    kind: Kind
    ground: Ground
    did: Did


@dataclass(frozen=True)
class Sums:
    """What was decided on one ground, and how many appeals still wait."""

    ground: Ground
    refused: int
    redacted: int
    granted: int
    rejected: int
    waiting: int

    @property
    def appeals(self) -> int:
        """How often an author did not agree."""
        return self.granted + self.rejected + self.waiting


def sum_up(round_id: uuid.UUID) -> list[Sums]:
    """Count the decisions of a round for every ground, those without any too; one statement."""
    rows = union_all(*_decisions(round_id), _appeals_waiting(round_id)).subquery()
    counted = select(rows.c.ground, rows.c.did, func.count()).group_by(rows.c.ground, rows.c.did)
    found = {(ground, did): number for ground, did, number in session().execute(counted)}
    return [
        Sums(
            ground, *(found.get((ground, did), 0) for did in ("refused", "redacted", "granted", "rejected", "waiting"))
        )
        for ground in Ground
    ]


def list_lines(round_id: uuid.UUID, number: int = 1) -> Page[Line]:
    """List a page of the decisions of a round, newest first; two statements."""
    rows = union_all(*_decisions(round_id)).subquery()
    total = session().scalar(select(func.count()).select_from(rows)) or 0
    number = max(1, min(number, -(-total // LINES) or 1))
    wanted = select(rows).order_by(rows.c.at.desc(), rows.c.id).limit(LINES).offset((number - 1) * LINES)
    lines = [Line(row.at, row.kind, row.ground, Did(row.did)) for row in session().execute(wanted)]
    return Page(lines, number, total, LINES)


def _decisions(round_id: uuid.UUID) -> Sequence[Select[Any]]:
    appealed = exists().where(Appeal.redaction_id == Redaction.id, Appeal.is_granted.is_(True))
    given_back = and_(Redaction.lifted_at.is_not(None), ~appealed)  # by an appeal it stands under that
    outcome = case((Appeal.is_granted.is_(True), Did.GRANTED.value), else_=Did.REJECTED.value)
    return [
        _of(Refusal, Refusal.decided_at, literal(Did.REFUSED.value), round_id, Refusal.is_confirmed.is_(True)),
        _of(Redaction, Redaction.decided_at, literal(Did.REDACTED.value), round_id, Redaction.is_confirmed.is_(True)),
        _of(Redaction, Redaction.lifted_at, literal(Did.LIFTED.value), round_id, given_back),
        _of_appeals(Appeal.decided_at, outcome, round_id, Appeal.decided_at.is_not(None)),
    ]


def _appeals_waiting(round_id: uuid.UUID) -> Select[Any]:
    return _of_appeals(Appeal.made_at, literal("waiting"), round_id, Appeal.decided_at.is_(None))


def _of(table: Any, at: Any, did: Any, round_id: uuid.UUID, which: Any) -> Select[Any]:
    columns = table.id.label("id"), at.label("at"), Contribution.kind, table.ground.label("ground"), did.label("did")
    joined = select(*columns).join(Contribution, Contribution.id == table.contribution_id)
    return joined.where(Contribution.round_id == round_id, which)


def _of_appeals(at: Any, did: Any, round_id: uuid.UUID, which: Any) -> Select[Any]:
    ground = func.coalesce(Refusal.ground, Redaction.ground).label("ground")
    return (
        select(Appeal.id.label("id"), at.label("at"), Contribution.kind, ground, did.label("did"))
        .join(Contribution, Contribution.id == Appeal.contribution_id)
        .outerjoin(Refusal, Refusal.id == Appeal.refusal_id)
        .outerjoin(Redaction, Redaction.id == Appeal.redaction_id)
        .where(Contribution.round_id == round_id, which)
    )
