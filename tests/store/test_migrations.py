"""Migrations: they make what the tables declare, guards included, and a newer database is refused."""

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.exc import DBAPIError

import headend.daemon
from headend.store import SchemaError, create_schema, metadata
from headend.store.migrate import head, revision_of, upgrade
from headend.store.schema import append_only_tables


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    """An empty database."""
    assert headend.daemon.__all__, "every room has declared its tables"
    return create_engine(f"sqlite:///{tmp_path / 'm.db'}")


def triggers(connection: Connection) -> set[str]:
    """Give the guards of a database."""
    rows = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'"))
    return {row.name for row in rows}


def test_migrations_make_what_the_tables_declare(engine: Engine) -> None:
    """Nothing is left to autogenerate after the upgrade."""
    assert upgrade(engine)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_migrations_guard_what_is_append_only(engine: Engine, tmp_path: Path) -> None:
    """The migrated database has the same guards as one made from the tables."""
    upgrade(engine)
    other = create_engine(f"sqlite:///{tmp_path / 'o.db'}")
    with other.begin() as connection:
        create_schema(connection)
        made = triggers(connection)
    with engine.connect() as connection:
        assert triggers(connection) == made
    assert len(made) == 2 * len(append_only_tables())


def test_an_upgrade_twice_does_nothing(engine: Engine) -> None:
    """A database at the newest revision is left alone."""
    upgrade(engine)
    assert not upgrade(engine)
    with engine.connect() as connection:
        assert revision_of(connection) == head()


def test_a_newer_database_is_refused(engine: Engine) -> None:
    """An old program must not write into what a newer one has made."""
    upgrade(engine)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SchemaError, match="9999"):
        upgrade(engine)


def test_a_guard_holds_in_a_migrated_database(engine: Engine) -> None:
    """The trigger refuses a change, whoever opens the file."""
    upgrade(engine)
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO fact (account, kind, at, actor) VALUES (1, 'fee', 0, 'x')"))
    with pytest.raises(DBAPIError, match="append-only"), engine.begin() as connection:
        connection.execute(text("UPDATE fact SET actor = 'y'"))
