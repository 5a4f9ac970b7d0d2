"""Builders of groups that were suggested; they need an open unit."""

from consult.contributions.models import Contribution
from consult.foundation import clock
from consult.foundation.db import add
from consult.groups import rules
from consult.groups.models import GroupMember, GroupSearch, GroupSuggestion


def a_suggestion(*contributions: Contribution) -> GroupSuggestion:
    """A group of some inputs, of which the first is the central one, that a search found just now."""
    now, round_id = clock.now(), contributions[0].round_id
    how = {"method": rules.METHOD, "release": rules.RELEASE, "parameters": rules.PARAMETERS}
    search = add(GroupSearch(round_id=round_id, asked_at=now, finished_at=now, whole=len(contributions), **how))
    suggestion = GroupSuggestion(round_id=round_id, search_id=search.id, made_at=now)
    suggestion.members = [
        GroupMember(
            contribution=one,
            version=one.version,
            is_central=place == 0,
            share=100 if place == 0 else 50,
            words=[] if place == 0 else ["bankje"],
            warnings=[],
        )
        for place, one in enumerate(contributions)
    ]
    return add(suggestion)
