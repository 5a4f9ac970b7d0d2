"""Pure decisions of moderation: which step follows which, and what may be merged into what."""

from consult.contributions.models import PUT_FORWARD, Contribution, State
from consult.foundation.errors import Conflict, NotAllowed
from consult.foundation.language import gettext as _
from consult.moderation.models import Refusal
from consult.policy import Actor

HOLDS_FROM = frozenset({State.PUBLISHED})
PUBLISHES_FROM = frozenset({State.HELD})
REFUSES_FROM = frozenset({State.HELD, State.PUBLISHED})


def check_step(contribution: Contribution, come_from: frozenset[State]) -> None:
    """Refuse a step that does not start where the contribution stands now, and say where it stands."""
    if contribution.state not in come_from:
        raise Conflict(
            _("This contribution is %(state)s now. Look at it again before you decide.", state=contribution.state.words)
        )


def check_merge(contribution: Contribution, into: Contribution) -> None:
    """Refuse a merge that would say something untrue or run in a circle.

    Both must be public and stand by themselves at this moment, in one round and of one kind. Since the
    one that replaces points nowhere itself, no chain of pointers can come back to where it began.
    """
    if contribution.id == into.id:
        raise Conflict(_("Choose another one: nothing can be joined with itself."))
    if contribution.round_id != into.round_id:
        raise Conflict(_("These two are of different rounds, so they cannot be joined."))
    if contribution.kind is not into.kind or contribution.kind not in PUT_FORWARD:
        raise Conflict(_("These two are not of the same kind, so they cannot be joined."))
    if contribution.merged_into_id is not None:
        raise Conflict(_("This one was joined with another one already. Separate it first."))
    if into.merged_into_id is not None:
        raise Conflict(_("The one that you chose was itself joined with another one. Choose that one."))
    if not (contribution.is_public and into.is_public):
        raise Conflict(_("Both must be published before you can join them."))


def check_second_person(refusal: Refusal, actor: Actor) -> None:
    """Refuse somebody who wants to decide on their own proposal to refuse."""
    if actor.person_id is not None and actor.person_id == refusal.proposed_by_id:
        raise NotAllowed(_("You proposed this refusal yourself. Somebody else has to decide on it."))
