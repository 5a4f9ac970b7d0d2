"""What a list of contributions can be asked for."""

from dataclasses import dataclass

from consult.contributions.models import Channel, Kind, State


@dataclass(frozen=True)
class Wanted:
    """Which contributions a list should hold; what is empty does not narrow it."""

    kinds: frozenset[Kind] = frozenset()
    state: State | None = None
    channel: Channel | None = None
    words: str = ""
    is_merged: bool | None = None
