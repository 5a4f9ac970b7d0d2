"""Files with many forms: kept to be looked at, entered once when somebody says so, a piece at a time."""

import secrets
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, or_, select, update

from consult.audit.verbs import record
from consult.contributions.models import Channel, Contribution, State
from consult.contributions.verbs import Row
from consult.foundation import clock, text
from consult.foundation.db import add, new_id, read_again_locked, session
from consult.foundation.errors import Conflict, NotNow
from consult.foundation.language import gettext as _
from consult.foundation.language import short_day
from consult.intake import rules
from consult.intake.models import RECORDED, Batch, Intake, Item, PaperReply
from consult.participants.verbs import note_writers
from consult.policy import Act, Actor
from consult.proposals.verbs import enter_proposals
from consult.rounds.models import Round, RoundState

STEP = 500  # forms that are entered in one transaction

Form = Mapping[str, Any]  # a form as `Judged.forms` tells it: plain values, so that it can be kept as JSON


@dataclass(frozen=True)
class Judged:
    """What a file was found to hold; see `opendata.inputs`.

    A form is {channel, received_at, place, reference, note, writer, address, is_approved, doubled, ideas}; an
    idea {title, text, language, theme_id, area_code, original, original_language}. `total`, `wrong` and `doubled`
    are rows of the file.
    """

    name: str
    sha256: str
    forms: Sequence[Form]
    problems: Sequence[Mapping[str, Any]]
    notes: Sequence[Mapping[str, Any]]
    total: int
    wrong: int
    doubled: int


def keep_batch(subject: Round, actor: Actor, judged: Judged) -> Batch:
    """Keep for a day what a file was found to hold, so that somebody looks at it before it is entered.

    Refused while the round is not open.
    """
    _judge_round(subject)
    return add(
        Batch(
            round_id=subject.id,
            sent_by_id=actor.person_id,
            sent_at=actor.arrived_at,
            expires_at=rules.expiry(clock.now()),
            name=judged.name,
            sha256=judged.sha256,
            rows=list(judged.forms),
            problems=list(judged.problems),
            notes=list(judged.notes),
            sampled=[],
            total=judged.total,
            wrong=judged.wrong,
            doubled=judged.doubled,
        )
    )


def confirm_batch(batch: Batch, actor: Actor, *, valid_only: bool, without_doubles: bool) -> None:
    """Have a file entered: all of it, or only the rows that are right when somebody says so.

    Refused while the round is not open, while a row is wrong (unless `valid_only`), when nothing is left to
    enter, and when this file is being entered already or was before.
    """
    _hold(batch)
    _judge_round(session().get_one(Round, batch.round_id))
    if batch.confirmed_at is not None:
        raise Conflict(_("This file is being entered already."))
    earlier = session().scalar(
        select(Batch.confirmed_at).where(
            Batch.round_id == batch.round_id, Batch.sha256 == batch.sha256, Batch.confirmed_at.is_not(None)
        )
    )
    if earlier is not None:
        raise Conflict(_("This very file was entered on %(day)s already.", day=short_day(earlier)))
    if batch.wrong and not valid_only:
        raise Conflict(_("Not all rows are right. Mend the file, or choose to enter only the rows that are right."))
    whole = session().execute(select(Batch.rows).where(Batch.id == batch.id)).scalar_one()
    forms = [form for form in whole if not (without_doubles and form["doubled"])]
    if not forms:
        raise Conflict(_("No row is left to enter."))
    batch.planned, batch.confirmed_at = len(forms), actor.arrived_at
    chosen = rules.sampled(len(forms), secrets.randbelow)
    session().execute(update(Batch).where(Batch.id == batch.id).values(rows=forms, sampled=chosen))
    facts = {"forms": len(forms), "ideas": sum(len(form["ideas"]) for form in forms), "wrong": batch.wrong}
    record(Act.ENTER_BATCH, actor, batch, **facts, file=batch.sha256)


def enter_next(batch_id: uuid.UUID) -> bool:
    """Enter the next forms of a confirmed file and say whether any are left; several may try, one does each.

    The moments and the checks are those of when the file was judged. What is entered is public at once only
    where the round does not hold what comes in.
    """
    batch = session().get_one(Batch, batch_id)
    _hold(batch)
    if batch.confirmed_at is None or batch.finished_at is not None:
        return False
    whole, chosen = session().execute(select(Batch.rows, Batch.sampled).where(Batch.id == batch_id)).one()
    forms = whole[batch.done : batch.done + STEP]
    actor = Actor(arrived_at=clock.now(), person_id=batch.sent_by_id)
    _enter(session().get_one(Round, batch.round_id), batch, forms, frozenset(chosen), actor)
    batch.done += len(forms)
    if batch.done == batch.planned:
        batch.finished_at = clock.now()
    return batch.finished_at is None


def forget_old() -> int:
    """Delete files that nobody entered within the day, and empty those that were entered of what people wrote."""
    over = Batch.expires_at <= clock.now()
    gone = session().execute(delete(Batch).where(over, Batch.confirmed_at.is_(None)).returning(Batch.id)).all()
    session().execute(
        update(Batch)
        .where(over, Batch.finished_at.is_not(None), or_(Batch.planned > 0))
        .values(rows=[], problems=[], notes=[], sampled=[])
    )
    return len(gone)


def _judge_round(subject: Round) -> None:
    if subject.state is not RoundState.OPEN:
        raise NotNow(_("The round is not open, so nothing can be entered."))


def _hold(batch: Batch) -> None:
    """Lock a file until the transaction ends, and read anew how far it is."""
    read_again_locked(batch, ("confirmed_at", "planned", "done", "finished_at"))


def _enter(subject: Round, batch: Batch, forms: Sequence[Form], chosen: frozenset[int], actor: Actor) -> None:
    """Enter some forms of a file with the fewest statements: one a table."""
    names = [(form["writer"], form["ideas"][0]["area_code"]) for form in forms if form["writer"]]
    known = iter(note_writers(names))
    writers = [next(known) if form["writer"] else None for form in forms]
    rows = [_row(form, idea, writer) for form, writer in zip(forms, writers, strict=True) for idea in form["ideas"]]
    state = State.HELD if subject.holds_first else State.PUBLISHED
    entered = enter_proposals(subject, rows, actor, state, act=Act.ENTER_BATCH, file=batch.id)
    ids = [new_id() for _form in forms]
    told = [
        _intake(form, batch, actor, id=one, writer_id=writer, is_sampled=batch.done + place in chosen)
        for place, (one, form, writer) in enumerate(zip(ids, forms, writers, strict=True))
    ]
    session().execute(insert(Intake), told)
    _enter_items(ids, forms, entered)
    wanted = [(one, form["address"]) for one, form in zip(ids, forms, strict=True) if form["address"]]
    if wanted:
        told = [{"intake_id": one, "round_id": subject.id, "address": address} for one, address in wanted]
        session().execute(insert(PaperReply), told)


def _enter_items(ids: Sequence[uuid.UUID], forms: Sequence[Form], entered: Sequence[Contribution]) -> None:
    """Say which contributions stand on which form, in their order."""
    places = [
        {"intake_id": one, "position": position} | {name: idea[name] for name in ("original", "original_language")}
        for one, form in zip(ids, forms, strict=True)
        for position, idea in enumerate(form["ideas"], start=1)
    ]
    told = [place | {"contribution_id": new.id} for place, new in zip(places, entered, strict=True)]
    session().execute(insert(Item), told)


def _row(form: Form, idea: Mapping[str, Any], writer_id: uuid.UUID | None) -> Row:
    return Row(
        title=idea["title"],
        text=idea["text"],
        html=text.paragraphs(idea["text"]),
        channel=Channel(form["channel"]),
        received_at=datetime.fromisoformat(form["received_at"]),
        reference=form["reference"],
        author_id=writer_id,
        area_code=idea["area_code"],
        language=idea["language"],
        theme_id=uuid.UUID(idea["theme_id"]) if idea["theme_id"] else None,
        renderer=text.PLAIN,
    )


def _intake(form: Form, batch: Batch, actor: Actor, **more: Any) -> dict[str, Any]:
    channel = Channel(form["channel"])
    return {
        "round_id": batch.round_id,
        "batch_id": batch.id,
        "channel": channel,
        "place": form["place"],
        "received_at": datetime.fromisoformat(form["received_at"]),
        "reference": form["reference"],
        "note": form["note"],
        "is_approved": form["is_approved"] if channel in RECORDED else None,
        "entered_by_id": actor.person_id,
        "entered_at": actor.arrived_at,
        **more,
    }
