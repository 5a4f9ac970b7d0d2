"""Telling of a year, and the money of a round itself."""

from decimal import Decimal

from sqlalchemy import func, select

from consult.audit.verbs import record
from consult.director.accountability.models import RoundLine, YearTold
from consult.director.agreements.models import Agreement
from consult.foundation.db import add, session
from consult.foundation.errors import Conflict, NotNow
from consult.foundation.language import gettext as _
from consult.policy import Act, Actor
from consult.rounds.models import Round


def tell_year(agreement: Agreement, year: int, result: str, following: str, actor: Actor) -> YearTold:
    """Tell everybody what came of an agreement in a year, and what happens next; told anew it replaces the words.

    Refused before it was signed, for a year in which it did not run, and without a result.
    """
    terms = agreement.terms
    if agreement.in_force is None or terms.first_day is None or terms.last_day is None:
        raise NotNow(_("This agreement was not signed yet, so there is nothing to account for."))
    if not terms.first_day.year <= year <= terms.last_day.year:
        years = {"first": terms.first_day.year, "last": terms.last_day.year}
        raise Conflict(_("The agreement did not run in that year. Choose one from %(first)s to %(last)s.", **years))
    if not result:
        raise Conflict(_("Write what came of it."))
    told = session().scalar(select(YearTold).filter_by(agreement_id=agreement.id, year=year))
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
