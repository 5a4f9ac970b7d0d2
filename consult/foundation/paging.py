"""Pages of long lists."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Item = TypeVar("Item")
PER_PAGE = 25


@dataclass(frozen=True)
class Page(Generic[Item]):
    """One page of a list: its items, its number from 1, and how many items there are in all."""

    items: Sequence[Item]
    number: int
    total: int
    per_page: int = PER_PAGE

    @property
    def pages(self) -> int:
        """How many pages there are; an empty list has one."""
        return max(1, -(-self.total // self.per_page))

    @property
    def before(self) -> int | None:
        """The number of the page before this one."""
        return self.number - 1 if self.number > 1 else None

    @property
    def after(self) -> int | None:
        """The number of the page after this one."""
        return self.number + 1 if self.number < self.pages else None

    @property
    def first(self) -> int:
        """The place in the whole list of the first item shown, from 1."""
        return (self.number - 1) * self.per_page + 1 if self.items else 0

    @property
    def last(self) -> int:
        """The place in the whole list of the last item shown."""
        return self.first + len(self.items) - 1 if self.items else 0
