"""Bringing a database to this program's schema, and refusing one that is newer."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

from headend.store.errors import SchemaError

FOLDER = Path(__file__).parent / "migrations"


def alembic_config(connection: Connection | None = None) -> Config:
    """Give Alembic's settings: our folder of migrations, on this connection."""
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.attributes["connection"] = connection
    return config


def head_or_none() -> str | None:
    """Give the newest revision there is; None before the first migration was written."""
    return ScriptDirectory.from_config(alembic_config()).get_current_head()


def head() -> str:
    """Give the revision this program was written for."""
    revision = head_or_none()
    assert revision is not None, "the program comes without its migrations"
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
        known = {script.revision for script in ScriptDirectory.from_config(alembic_config()).walk_revisions()}
        if present is not None and present not in known:
            raise SchemaError(
                f"the database is at revision {present}, which this version of Headend does not know; "
                "run the newer version that wrote it"
            )
        if present == head():
            return False
    with engine.begin() as connection:
        command.upgrade(alembic_config(connection), "head")
    return True
