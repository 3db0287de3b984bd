"""Looking at a database while no daemon runs on it: read-only, as of the newest thing that it knows."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, select
from sqlalchemy.exc import DatabaseError

from headend.store.errors import SchemaError
from headend.store.schema import append_only_tables
from headend.store.store import open_engine
from headend.store.tx import Site, View
from headend.store.types import EPOCH


@contextmanager
def snapshot(path: Path, site: Site) -> Iterator[View]:
    """Give a view of the file, at the instant of its newest entry.

    The time of a laboratory is not the machine's, so the books say themselves what time it is. Raises
    :class:`SchemaError` where there is no database, or none of this program's schema.
    """
    if not path.is_file():
        raise SchemaError(f"there is no database at {path}; name the settings that hold its path with --config")
    engine = open_engine(path, read_only=True)
    try:
        with engine.connect() as connection, connection.begin():
            try:
                now = newest_instant(connection)
            except DatabaseError as error:
                raise SchemaError(f"{path} is no database of this version; run `headend db upgrade`") from error
            yield View(connection, now, site)
    finally:
        engine.dispose()


def newest_instant(connection: Connection) -> datetime:
    """Give the instant of the newest row in the tables that only grow; the epoch for an empty database."""
    found: list[datetime] = []
    for table in append_only_tables():
        if "id" in table.c and "at" in table.c:
            newest = connection.execute(select(table.c.at).order_by(table.c.id.desc()).limit(1)).scalar()
            found += [] if newest is None else [newest]
    return max(found, default=EPOCH).astimezone(UTC)
