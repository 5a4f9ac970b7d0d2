"""Beginning to practise."""

from datetime import timedelta

from consult.audit.verbs import record
from consult.contributions.models import Channel
from consult.director.people.practice.rules import INPUTS, PHASES, THEMES
from consult.foundation.db import public_id, session
from consult.foundation.language import gettext as _
from consult.foundation.language import local
from consult.foundation.text import sanitize
from consult.intake.verbs import Idea, Told, enter_on_behalf
from consult.mandates.models import Negotiable, PreconditionKind
from consult.mandates.verbs import PreconditionPlan, open_round, set_preconditions
from consult.participants.models import Person
from consult.policy import Act, Actor, Duty, system
from consult.rounds.models import Round
from consult.rounds.planning import PhasePlan, ThemePlan, plan_phases, set_themes
from consult.rounds.queries import get_round
from consult.rounds.verbs import RoundText, appoint, create_round


def begin(actor: Actor) -> Round:
    """Make a practice round with invented input in which the actor directs and moderates.

    It can be anything that a round can be but public: see `Round.is_public`. The platform makes all of it, so that
    the journal tells apart what the actor does in it.
    """
    platform, slug = system(actor.arrived_at), f"oefenronde-{public_id()}"
    made = create_round(slug, _words(), platform, is_practice=True)
    person = session().get_one(Person, actor.person_id)
    for duty in (Duty.DIRECTOR, Duty.MODERATOR):
        appoint(made, person, duty, platform)
    today = local(actor.arrived_at).date()
    days = [
        (kind, name, today + timedelta(days=first), today + timedelta(days=last)) for kind, name, first, last in PHASES
    ]
    plan_phases(made, [PhasePlan(kind, _(name), first, last) for kind, name, first, last in days], platform)
    set_themes(made, [ThemePlan(code, _(name)) for code, name in THEMES], platform)
    why = _("The council decided so.")
    fixed = PreconditionPlan("R1", PreconditionKind.FINANCIAL, Negotiable.NO, _("There is € 50,000"), why)
    set_preconditions(made, [fixed], platform)
    session().expire(made)
    made = get_round(platform, slug)
    open_round(made, platform)
    _enter(made, platform)
    record(Act.BEGIN_PRACTICE, actor, made)
    return made


def _words() -> RoundText:
    return RoundText(
        title=_("Practice round: a new square"),
        question=_("What should the new square look like?"),
        introduction=_("This is a round to practise in. Everything in it is invented."),
        can_influence=(_("What stands on the square"),),
        cannot_influence=(_("The place of the square"),),
        decider=_("Nobody: this is a practice round"),
    )


def _enter(made: Round, platform: Actor) -> None:
    """Let invented letters come in, an hour apart; each waits for a moderator."""
    for number, (title, words) in enumerate(INPUTS, start=1):
        received_at = platform.arrived_at - timedelta(hours=number)
        told = Told(Channel.LETTER, received_at=received_at, writer=_("Invented person %(number)s", number=number))
        enter_on_behalf(made, platform, told, [Idea(title, words, sanitize(words))])
