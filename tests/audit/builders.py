"""Builders of a sealed journal."""

from sqlalchemy import text

from consult.audit.sealing import seal_next, set_checkpoint
from consult.audit.verbs import record
from consult.foundation.db import Database, session
from consult.policy import Act
from tests.builders import the_platform

ORIGIN = "localhost/record"


def entries(number: int) -> None:
    """So many entries of no importance."""
    for n in range(number):
        record(Act.READ_SITE, the_platform(), None, number=n)
    session().flush()


def sealed(signer=None) -> None:
    """Seal all that waits, with a checkpoint."""
    while seal_next(lambda polls: polls):
        pass
    set_checkpoint(ORIGIN, signer, is_due=True)


def tampered(database: Database, *statements: str) -> None:
    """Change what refuses to be changed, as somebody can who owns the database."""
    with database.writing():
        if not database.is_sqlite:
            session().execute(text("set local session_replication_role = replica"))
        else:
            session().execute(text("pragma defer_foreign_keys = on"))
            names = session().scalars(text("select name from sqlite_master where type = 'trigger'")).all()
            for name in names:
                session().execute(text(f'drop trigger "{name}"'))
        for statement in statements:
            session().execute(text(statement))
