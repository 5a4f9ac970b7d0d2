"""Following, choosing how often to hear of what, and telling those whom something concerns."""

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import delete

from consult.accounts.models import Account
from consult.audit.verbs import record
from consult.contributions.models import Contribution
from consult.foundation import mail
from consult.foundation.db import insert_of, session
from consult.foundation.errors import Conflict
from consult.foundation.language import gettext as _
from consult.foundation.language import local
from consult.foundation.mail import Mail
from consult.notifications import queries, rules
from consult.notifications.kinds import DIGEST
from consult.notifications.models import Cadence, FollowedContribution, FollowedRound, MessageChoice, Topic
from consult.notifications.rules import Switch
from consult.policy import Act, Actor
from consult.rounds.models import Phase, Round


def follow(subject: Round | Contribution, actor: Actor) -> None:
    """Have what happens in a round, or with a contribution, told to the actor; twice is once."""
    kind, column = _followed(subject)
    session().execute(
        insert_of(kind)
        .values(person_id=actor.person_id, since=actor.arrived_at, **{column: subject.id})
        .on_conflict_do_nothing(index_elements=["person_id", column])
    )
    record(Act.FOLLOW, actor, subject)


def unfollow(subject: Round | Contribution, actor: Actor) -> None:
    """Tell the actor no longer what happens in a round or with a contribution."""
    kind, column = _followed(subject)
    session().execute(delete(kind).where(kind.person_id == actor.person_id, getattr(kind, column) == subject.id))
    record(Act.FOLLOW, actor, subject, ended=True)


def _followed(subject: Round | Contribution) -> tuple[type[FollowedRound] | type[FollowedContribution], str]:
    return (FollowedRound, "round_id") if isinstance(subject, Round) else (FollowedContribution, "contribution_id")


def choose(choices: Mapping[Topic, Cadence], language: str, actor: Actor) -> None:
    """Set how often the actor hears of each topic, and in which language."""
    assert actor.person_id is not None
    _set(actor.person_id, choices)
    account = session().get(Account, actor.account_id)
    if account is not None:
        account.language = language
    record(Act.CHOOSE_MESSAGES, actor, None, language=language, **{one.value: choices[one].value for one in choices})


def switch_off(switch: Switch, actor: Actor) -> None:
    """Send a person no more about one topic, or about all that come to them together; the link is the proof."""
    choices = queries.list_choices(switch.person_id)
    topics = [switch.topic] if switch.topic else [one for one, how in choices.items() if how in rules.GATHERED]
    _set(switch.person_id, dict.fromkeys(topics, Cadence.NONE))
    record(Act.SWITCH_OFF_MESSAGES, actor, None, person=switch.person_id, topics=[one.value for one in topics])


def _set(person_id: uuid.UUID, choices: Mapping[Topic, Cadence]) -> None:
    for topic, cadence in choices.items():
        session().execute(
            insert_of(MessageChoice)
            .values(person_id=person_id, topic=topic, cadence=cadence)
            .on_conflict_do_update(index_elements=["person_id", "topic"], set_={"cadence": cadence})
        )


def send_again(message: Mail, actor: Actor) -> None:
    """Have a message tried anew that was given up.

    Refused when it was sent, or still waits.
    """
    if message.given_up_at is None:
        raise Conflict(_("This message was not given up. Look at the page again."))
    mail.send_again(message.id, actor.arrived_at)
    record(Act.SEND_AGAIN, actor, None, mail=message.id, kind=message.kind)


# --- what the platform does by itself ---


def tell_of(kind: str, phase: Phase) -> None:
    """Have it told once that a phase begins, ends soon, or waits to be released."""
    mail.enqueue(kind, dedupe=dedupe_of(kind, phase), round=phase.round_id, phase=phase.id)


def dedupe_of(kind: str, phase: Phase) -> str:
    """Return under which name something is told of a phase."""
    return f"{kind}:{phase.id.hex}"


def gather(person_id: uuid.UUID, at: datetime) -> None:
    """Put a person's notices whose digest is due into one message; never a second one on the same day."""
    day = local(at).date()
    waiting = [one.id for one in queries.list_waiting(person_id, at)]
    if waiting and not mail.gather(DIGEST, person_id, f"{DIGEST}:{person_id.hex}:{day}", waiting):
        mail.wait_longer(waiting, rules.digest_on(day + timedelta(days=1)))
