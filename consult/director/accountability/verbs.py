"""Telling of a year, the money of a round itself, looking back on the role in a round, and the yearly self-scan."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import func, select

from consult.audit.verbs import record
from consult.director.accountability import rules
from consult.director.accountability.models import (
    PrincipleScore,
    RoleReview,
    RoundLine,
    ScanPart,
    ScanScore,
    SelfScan,
    Withheld,
    YearTold,
)
from consult.director.accountability.queries import Reviewed, list_role_reviews
from consult.director.agreements.models import Agreement
from consult.foundation.db import add, locked, session
from consult.foundation.errors import Conflict, NotAllowed, NotNow, saved_meanwhile
from consult.foundation.language import gettext as _
from consult.foundation.language import local
from consult.mandates.models import Rung
from consult.mandates.queries import list_principles
from consult.policy import Act, Actor
from consult.rounds.models import Round
from consult.rounds.verbs import bump


def tell_year(
    agreement: Agreement, year: int, result: str, following: str, actor: Actor, *, seen: str = ""
) -> YearTold:
    """Tell everybody what came of an agreement in a year, and what happens next; told anew it replaces the words.

    `seen` is the mark of the words that were read, if there were any. Refused before it was signed, for a year in
    which it did not run, without a result, and with both texts when other words stand there than those.
    """
    terms = agreement.terms
    if agreement.in_force is None or terms.first_day is None or terms.last_day is None:
        raise NotNow(_("This agreement was not signed yet, so there is nothing to account for."))
    if not terms.first_day.year <= year <= terms.last_day.year:
        years = {"first": terms.first_day.year, "last": terms.last_day.year}
        raise Conflict(_("The agreement did not run in that year. Choose one from %(first)s to %(last)s.", **years))
    if not result:
        raise Conflict(_("Write what came of it."))
    told: YearTold | None = session().scalar(locked(select(YearTold).filter_by(agreement_id=agreement.id, year=year)))
    if told is not None and told.mark != seen:
        raise saved_meanwhile([told.result, told.following], [result, following])
    by = {"written_by_id": actor.person_id, "written_at": actor.arrived_at}
    if told is None:
        told = add(YearTold(agreement_id=agreement.id, year=year, result=result, following=following, **by))
    else:
        told.result, told.following = result, following
        told.written_by_id, told.written_at = actor.person_id, actor.arrived_at
    record(Act.WRITE_ACCOUNT, actor, agreement, year=year)
    return told


def set_round_line(
    subject: Round, name: str, amount: Decimal, realised: Decimal, actor: Actor, *, line: RoundLine | None = None
) -> RoundLine:
    """Write one line of the money of a round, or change one, its name too.

    Refused for an amount below zero, and for a name that another line of the round has.
    """
    if amount < 0 or realised < 0:
        raise Conflict(_("An amount is below zero. Write it in euros."))
    same = session().scalar(select(RoundLine).filter_by(round_id=subject.id, name=name))
    if same is not None and same is not line:
        raise Conflict(
            _("There is a line “%(name)s” already. Choose it to change it, or write another name.", name=name)
        )
    if line is None:
        last = session().scalar(select(func.max(RoundLine.position)).where(RoundLine.round_id == subject.id)) or 0
        line = add(RoundLine(round_id=subject.id, name=name, amount=amount, realised=realised, position=last + 1))
    line.name, line.amount, line.realised = name, amount, realised
    record(Act.WRITE_ROUND_MONEY, actor, line)
    session().flush()
    return line


# --- looking back on the role in a round ---


@dataclass(frozen=True)
class ReviewTold:
    """How the authority looks back on its role in a round; `scores` is by principle a score from 1 to 5 and why.

    `survey` holds marks from 1 to 10, as text, by what was asked. With `withheld` only the ground is published.
    """

    happened: Rung
    compared: str
    lessons: str
    scores: Mapping[UUID, tuple[int, str]]
    sent: int | None = None
    responses: int | None = None
    survey: Mapping[str, str] | None = None
    withheld: Withheld | None = None
    withheld_because: str = ""


def write_role_review(of: Reviewed, told: ReviewTold, actor: Actor, *, number: int) -> RoleReview:
    """Write how the authority looks back on its role in a round, as the next version.

    Refused before people were asked anything, while a linked principle has no score or no words, for more answers
    than were asked, for a ground without its reason, and when somebody wrote since version `number` was read.
    """
    if not_yet := rules.not_yet(of.round, actor.arrived_at):
        raise NotNow(not_yet)
    principles = {one.id: one for one in list_principles(of.round.id)}
    for principle_id, principle in principles.items():
        score, words = told.scores.get(principle_id, (0, ""))
        if not 1 <= score <= 5 or not words.strip():
            raise Conflict(_("Give principle %(code)s a score, and say why.", code=principle.code))
    if told.responses is not None and (told.sent is None or told.responses > told.sent):
        raise Conflict(_("More people answered than were asked. Look at both numbers."))
    if (told.withheld is None) != (not told.withheld_because.strip()):
        raise Conflict(_("An evaluation that is not published needs a ground, and why that ground holds here."))
    session().execute(locked(select(Round.id).where(Round.id == of.round.id)))
    newest = next(iter(list_role_reviews(of.round.id)), None)
    if (newest.number if newest is not None else 0) != number:
        raise Conflict(_("Somebody else saved this while you wrote. Look at the page again."))
    values = {name: value for name, value in vars(told).items() if name != "scores"}
    values["survey"] = dict(told.survey or {})
    by = {"written_by_id": actor.person_id, "written_at": actor.arrived_at}
    new = add(RoleReview(round_id=of.round.id, number=number + 1, **values, **by))
    for principle_id in principles:
        score, words = told.scores[principle_id]
        add(PrincipleScore(review_id=new.id, principle_id=principle_id, score=score, words=words))
    record(Act.WRITE_ROLE_REVIEW, actor, new, number=new.number, withheld=told.withheld is not None)
    return new


def publish_role_review(of: Reviewed, actor: Actor, *, number: int) -> RoleReview:
    """Make the newest version public, or where it is withheld its ground; `number` is the version that was read.

    Refused to whoever wrote it, when nothing waits, and when it was changed since.
    """
    session().execute(locked(select(Round.id).where(Round.id == of.round.id)))
    newest = next(iter(list_role_reviews(of.round.id)), None)
    if newest is None or newest.published_at is not None:
        raise NotNow(_("Nothing waits to be published here."))
    if newest.number != number:
        raise Conflict(_("This was changed after you read it. Read it again first."))
    if newest.written_by_id == actor.person_id and actor.person_id is not None:
        raise NotAllowed(_("You wrote this version. Somebody else must publish it."))
    newest.published_by_id, newest.published_at = actor.person_id, actor.arrived_at
    session().flush()
    record(Act.PUBLISH_ROLE_REVIEW, actor, newest, number=number, withheld=newest.withheld is not None)
    bump(of.round.id)
    return newest


# --- how the organisation sees itself ---


def write_scan(
    year: int, made_on: date, scores: Mapping[ScanPart, tuple[int, str]], actor: Actor, *, seen: str = ""
) -> SelfScan:
    """Write how the organisation sees itself in a year; the same year again writes it anew.

    `seen` is the mark of the scan that was read, if there was one. Refused while a part has no score from 1 to 5 or
    no evidence, for a day that is still to come, and with both texts when another scan of that year stands there.
    """
    for part in ScanPart:
        score, evidence = scores.get(part, (0, ""))
        if not 1 <= score <= 5 or not evidence.strip():
            raise Conflict(_("Give “%(part)s” a score, and say what shows it.", part=part.words))
    if made_on > local(actor.arrived_at).date() or year > made_on.year:
        raise Conflict(_("This is still to come. Choose the year and the day on which you sat together."))
    by = {"written_by_id": actor.person_id, "written_at": actor.arrived_at, "made_on": made_on}
    scan = session().scalar(locked(select(SelfScan).where(SelfScan.year == year)))
    known = select(ScanScore).join(SelfScan, SelfScan.id == ScanScore.scan_id).where(SelfScan.year == year)
    held = {one.part: one for one in session().scalars(known)}
    if scan is not None and scan.mark != seen:
        theirs = {part: (one.score, one.evidence) for part, one in held.items()}
        raise saved_meanwhile(_in_words(theirs), _in_words(scores))
    scan = scan or add(SelfScan(year=year, **by))
    for name, value in by.items():
        setattr(scan, name, value)
    for part, (score, evidence) in scores.items():
        row = held.get(part) or ScanScore(scan_id=scan.id, part=part)
        row.score, row.evidence = score, evidence
        add(row)
    record(Act.WRITE_SCAN, actor, scan, year=year)
    return scan


def _in_words(scores: Mapping[ScanPart, tuple[int, str]]) -> list[str]:
    return [f"{part.words}: {score}. {evidence}" for part, (score, evidence) in scores.items()]
