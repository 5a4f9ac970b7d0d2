"""Moving the database from one release to the next, and telling whether it is there."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from consult.foundation.db import Base, Database

FOLDER = Path(__file__).parent.parent / "migrations"


def upgrade(database: Database, to: str = "head") -> None:
    """Bring the database to a revision, the newest by default."""
    with _connected(database) as connection:
        command.upgrade(_config(connection), to)


def downgrade(database: Database, to: str) -> None:
    """Take the database back to an earlier revision."""
    with _connected(database) as connection:
        command.downgrade(_config(connection), to)


def differences(database: Database) -> list[object]:
    """Return what the models have and the migrated database has not, or the other way round."""
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, Base.metadata))


def is_current(database: Database) -> bool:
    """Say whether the database is at the newest revision."""
    head = ScriptDirectory(str(FOLDER)).get_current_head()
    with database.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision() == head


@contextmanager
def _connected(database: Database) -> Iterator[Connection]:
    """Give a writing connection; SQLite checks foreign keys at the end, for it makes a table anew to change it."""
    writing = database.engine.execution_options(consult_writes=True)
    with writing.connect() as connection:
        if not database.is_sqlite:
            yield connection
            connection.commit()
            return
        driver: Any = connection.connection.dbapi_connection
        driver.execute("PRAGMA foreign_keys=OFF")
        try:
            yield connection
            if broken := connection.exec_driver_sql("PRAGMA foreign_key_check").all():
                raise RuntimeError(f"the migration left {len(broken)} rows that point to nothing")
            connection.commit()
        finally:
            connection.rollback()
            driver.execute("PRAGMA foreign_keys=ON")


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.attributes.update(connection=connection, metadata=Base.metadata)
    return config
