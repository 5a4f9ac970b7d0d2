"""By which ways input came in, in public and for staff, and the replies on paper that go out."""

import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from consult.contributions.models import Channel, Contribution, State
from consult.foundation.language import day
from consult.foundation.language import gettext as _
from consult.intake.models import PaperReply
from consult.intake.queries import count_channels
from consult.intake.rules import Share, shares
from consult.moderation.models import Appeal, Redaction, Refusal
from consult.moderation.queries import Ruled
from consult.moderation.rules import APPEAL_DAYS, ends_on
from consult.pages.rules import say_answer
from consult.synthesis.models import Outcome
from consult.synthesis.rules import reason_for


def public(round_id: uuid.UUID, least: int) -> list[Share]:
    """Return the share of each way in among what is public; what is small is told together."""
    counted: Counter[Channel] = Counter()
    for (channel, state), number in count_channels(round_id).items():
        if state is State.PUBLISHED:
            counted[channel] += number
    return shares(counted, least)


def exact(round_id: uuid.UUID) -> dict[str, Any]:
    """Return how much came in by each way and what of that stands where, exactly; for those who serve the round."""
    counted = count_channels(round_id)
    whole = Counter({channel: 0 for channel, _state in counted})
    for (channel, _state), number in counted.items():
        whole[channel] += number
    total = sum(whole.values())
    rows = [
        {
            "channel": channel.value,
            "words": channel.words,
            "number": number,
            "percent": 100 * number / total,
            "states": [counted.get((channel, state), 0) for state in State],
        }
        for channel, number in whole.most_common()
    ]
    sums = [sum(counted.get((channel, state), 0) for channel in whole) for state in State]
    return {"rows": rows, "total": total, "states": list(State), "sums": sums}


def replies(
    found: Sequence[PaperReply],
    answers: Mapping[uuid.UUID, tuple[Outcome | None, int]],
    decisions: Mapping[uuid.UUID, Sequence[Ruled]],
    granted: Mapping[uuid.UUID, Sequence[Appeal]],
) -> list[dict[str, Any]]:
    """Return the replies on paper with what became of each idea; form, writer and ideas of each are loaded.

    Whoever has no account reads here why something was refused or taken away, until when they can appeal, and what
    came of that; the term begins when the letter was sent.
    """
    return [
        {
            "id": reply.intake_id,
            "name": reply.intake.writer.name if reply.intake.writer is not None else "",
            "address": reply.address.splitlines(),
            "received_at": reply.intake.received_at,
            "reference": reply.intake.reference,
            "sent_at": reply.sent_at,
            "ideas": [
                _idea(item.contribution, answers)
                | {
                    "decisions": [
                        *(_undone(one) for one in granted.get(item.contribution_id, ())),
                        *(_decided(*one, reply) for one in decisions.get(item.contribution_id, ())),
                    ]
                }
                for item in reply.intake.items
            ],
        }
        for reply in found
    ]


def _idea(told: Contribution, answers: Mapping[uuid.UUID, tuple[Outcome | None, int]]) -> dict[str, Any]:
    outcome, _places = answers.get(told.id, (None, 0)) if told.is_public else (None, 0)
    if told.state is State.REFUSED:
        becomes = _("We refused it.")
    elif outcome is None:
        becomes = _("There is no answer yet; it is %(state)s.", state=told.state.words)
    else:
        becomes = say_answer(outcome)
    return {
        "title": told.title,
        "number": told.public_id,
        "becomes": becomes,
        "reason": reason_for(outcome, told) if outcome is not None else "",
    }


def _undone(appeal: Appeal) -> list[str]:
    """Say in sentences that a writer was right who did not agree."""
    return [
        _("You did not agree with us. Somebody else looked at it. You were right: the decision is undone."),
        appeal.answer,
    ]


def _decided(decision: Refusal | Redaction, appeal: Appeal | None, reply: PaperReply) -> list[str]:
    """Say in sentences why something was refused or taken away, and what the writer can do, or what came of that."""
    told, until = {"ground": decision.ground.words}, ends_on(decision, reply)
    if isinstance(decision, Redaction):
        words = ", ".join(f"“{one}”" for one in decision.passages)
        said = [_("We took this away: %(words)s. The ground is: %(ground)s.", words=words, **told)]
    else:
        said = [_("The ground is: %(ground)s.", **told)]
    said.append(decision.reason)
    if appeal is None:
        within = _(
            "Do you not agree? Write or call us within %(days)s working days after you get this. "
            "Somebody else looks at it then.",
            days=APPEAL_DAYS,
        )
        if until is None:
            said.append(within)
        else:
            told["day"] = day(until)
            said.append(_("Do you not agree? Write or call us until %(day)s. Somebody else looks at it then.", **told))
    elif appeal.decided_at is None:
        said.append(_("You did not agree. Somebody else looks at it, and you hear from us."))
    else:
        said += [_("You did not agree. Somebody else looked at it: the decision stays."), appeal.answer]
    return said
