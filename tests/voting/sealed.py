"""A ballot whose receipt somebody kept, and a file with which a poll is counted again."""

import secrets
import uuid

from sqlalchemy import select

from consult.audit.verbs import record
from consult.foundation import clock
from consult.foundation.db import add, session
from consult.foundation.files import Store
from consult.opendata.models import Bundle
from consult.policy import Act
from consult.voting.models import Mark, Poll
from consult.voting.rules import ReceiptCode, ballot_commitment
from consult.voting.verbs import count_change, set_ballot
from tests import servers
from tests.builders import the_platform


def with_a_ballot(poll: Poll, option_id: uuid.UUID) -> str:
    """Let somebody choose one option; returns the code of the receipt. The poll has its file, too."""
    tag = secrets.token_bytes(32)
    ballot_id, counter, _in_minute = count_change(poll, tag, the_platform())
    set_ballot(poll, tag, {option_id: 1}, (ballot_id, counter))
    salt = session().scalars(select(Mark.salt).where(Mark.ballot_id == ballot_id)).one()
    commitment = ballot_commitment(salt, poll_id=poll.id, ballot_tag=tag, marks={option_id: 1}, counter=counter)
    stored, size, digest = Store(servers.run_folder() / "files").keep_made(lambda target: target.write(b"PK") and None)
    entry = record(Act.CLOSE_POLL, the_platform(), poll)
    session().flush()
    told = {"stored_name": stored, "size": size, "sha256": digest, "made_at": clock.now()}
    add(Bundle(poll_id=poll.id, entry_position=entry.position, revision=0, **told))
    return ReceiptCode(tag, salt, bytes.fromhex(commitment)).written
