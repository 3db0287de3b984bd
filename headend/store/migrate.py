"""Bringing a database to this program's schema, and refusing one that is newer."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

from headend.store.errors import SchemaError

FOLDER = Path(__file__).parent / "migrations"


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.attributes["connection"] = connection
    return config


def head() -> str:
    """Give the revision this program was written for."""
    revision = ScriptDirectory.from_config(_config()).get_current_head()
    assert revision is not None
    return revision


def revision_of(connection: Connection) -> str | None:
    """Give the revision a database is at; None for an empty one."""
    return MigrationContext.configure(connection).get_current_revision()


def upgrade(engine: Engine) -> bool:
    """Bring the database to :func:`head`; True if anything was done.

    Raises :class:`SchemaError` when the database was written by a newer program: an older one must not touch it.
    """
    with engine.connect() as connection:
        present = revision_of(connection)
        known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
        if present is not None and present not in known:
            raise SchemaError(
                f"the database is at revision {present}, which this version of Headend does not know; "
                "run the newer version that wrote it"
            )
        if present == head():
            return False
    with engine.begin() as connection:
        command.upgrade(_config(connection), "head")
    return True
