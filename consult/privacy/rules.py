"""Which tables hold something of a person, what an export shows of it, and what becomes of it when they leave."""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum, StrEnum
from typing import Any
from uuid import UUID


class Fate(StrEnum):
    """What happens to rows about a person who has themselves erased."""

    DELETE = "delete"  # theirs alone
    STAY = "stay"  # the file needs it; it leads to "a resident" and no further
    EMPTY = "empty"  # the person's own rows: the account goes, of the person nothing is left but an id


@dataclass(frozen=True)
class Held:
    """One column that points to a person or to an account.

    `through` names another table of which the rows are the person's; `column` then points to that table.
    `unseen` are columns that an export leaves out: secrets and hashes.
    """

    table: str
    column: str
    fate: Fate
    unseen: frozenset[str] = field(default_factory=frozenset)
    through: str = ""


def _held(table: str, column: str, fate: Fate, *unseen: str, through: str = "") -> Held:
    return Held(table, column, fate, frozenset(unseen), through)


HELD = (
    _held("account", "id", Fate.EMPTY, "password_hash"),
    _held("person", "account_id", Fate.EMPTY),
    _held("signed_in", "account_id", Fate.DELETE, "token_hash"),
    _held("mail", "recipient_id", Fate.DELETE, "dedupe", "leased_until"),
    _held("message_choice", "person_id", Fate.DELETE),
    _held("followed_round", "person_id", Fate.DELETE),
    _held("followed_contribution", "person_id", Fate.DELETE),
    _held("form_key", "owner_id", Fate.DELETE, "key"),
    _held("contribution", "author_id", Fate.STAY, "order_key", "renderer"),
    _held("version", "contribution_id", Fate.STAY, through="contribution"),
    _held("proposal", "contribution_id", Fate.STAY, through="contribution"),
    _held("argument", "contribution_id", Fate.STAY, through="contribution"),
    # what somebody did for the authority; who works there is taken out by an administrator
    _held("appointment", "person_id", Fate.STAY),
    _held("contribution", "entered_by_id", Fate.STAY, "title", "text", "html", "author_id", "order_key", "renderer"),
    _held("code", "coded_by_id", Fate.STAY),
    _held("outcome", "set_by_id", Fate.STAY),
    _held("refusal", "proposed_by_id", Fate.STAY),
    _held("refusal", "decided_by_id", Fate.STAY),
    _held("draft", "submitted_by_id", Fate.STAY),
    _held("draft", "published_by_id", Fate.STAY),
    # the journal is never changed; it holds ids, and an id leads nowhere any more
    _held("entry", "actor_id", Fate.STAY, "digest"),
)


def shown(row: dict[str, Any], unseen: frozenset[str]) -> dict[str, Any]:
    """Return a row as JSON can hold it, without what an export leaves out."""
    return {name: _plain(value) for name, value in row.items() if name not in unseen}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, bytes):
        return value.hex()
    return value
