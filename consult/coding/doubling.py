"""Coding a second time without knowing the first coding, and settling what differs."""

from collections.abc import Sequence

from sqlalchemy import select

from consult.audit.verbs import record
from consult.coding import rules
from consult.coding.models import Double, Settlement
from consult.coding.queries import list_codes
from consult.coding.verbs import draw, grow, set_codes
from consult.contributions.verbs import hold_rows
from consult.foundation.db import add, session
from consult.foundation.errors import Conflict
from consult.foundation.language import gettext as _
from consult.policy import Act, Actor
from consult.rounds.models import Round, Theme
from consult.rounds.verbs import bump


def draw_sample(subject: Round, actor: Actor) -> int:
    """Begin to have one in ten of the coded inputs coded twice, or draw what lacks; return how many that was.

    From then on the sample grows with the coding by itself. Refused where nothing is coded yet, and while
    nobody can code what lacks, because whoever moderates the round coded it.
    """
    drawn = draw(subject.id, actor)
    if not drawn:
        raise Conflict(
            _("There is nothing to give out now: one in ten has been drawn, or nobody else can code what is left.")
        )
    record(Act.DRAW_SAMPLE, actor, subject, drawn=drawn)
    bump(subject.id)
    return drawn


def code_again(double: Double, themes: Sequence[Theme], actor: Actor) -> None:
    """Give the themes of an input for the second time; what was given first is read and kept beside it.

    The first coding goes on to count until a difference is settled. Refused to anybody else than was asked, a
    second time, and like `code`.
    """
    contribution = double.contribution
    hold_rows(contribution)
    session().refresh(double, attribute_names=["coded_at", "person_id"], with_for_update={"key_share": True})
    rules.judge_second(double, actor)
    rules.judge_coding(contribution, themes, ())
    double.first = sorted(str(one.theme_id) for one in list_codes([contribution.id]))
    double.second = sorted(str(theme.id) for theme in themes)
    double.coded_at = actor.arrived_at
    session().flush()
    record(Act.CODE_AGAIN, actor, contribution, double=double.id, differs=double.differs)
    grow(double.round_id, actor)
    bump(double.round_id)


def settle(double: Double, themes: Sequence[Theme], reason: str, actor: Actor) -> Settlement:
    """Say which themes hold where two coders differed, and why; those count from now on, and what was said is kept.

    Refused where nothing differs, without a reason, and like `code`.
    """
    contribution = double.contribution
    hold_rows(contribution)
    rules.judge_settling(double, reason)
    wanted = select(Settlement).where(Settlement.double_id == double.id, Settlement.replaced_at.is_(None))
    if (earlier := session().scalar(wanted)) is not None:
        earlier.replaced_at = actor.arrived_at
        session().flush()  # the place of the one that counts is free before the next takes it
    codes = set_codes(contribution, list(themes), list_codes([contribution.id]), actor)
    told = {"themes": sorted(str(theme.id) for theme in themes), "reason": reason}
    by = {"settled_by_id": actor.person_id, "settled_at": actor.arrived_at}
    made = add(Settlement(double_id=double.id, **told, **by))
    facts = {"themes": sorted(one.theme.code for one in codes)}
    record(Act.SETTLE_CODING, actor, contribution, double=double.id, **facts)
    bump(double.round_id)
    return made
