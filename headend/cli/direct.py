"""Writing to the database while no daemon runs: this process is then its one writer."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from sqlalchemy.exc import OperationalError

from clock import Clock, RealClock, SteppedClock
from headend.archive import Archive, ArchiveFormatError, read_archive
from headend.cli.errors import InputError
from headend.cli.reach import Reach, read_paths
from headend.config import ConfigError, load
from headend.daemon.daemon import apply_defaults, open_store
from headend.desk import imports
from headend.store import BUSINESS_ZONE, By, Rank, SchemaError, Store, StoreError
from headend.store.migrate import upgrade

BY = By("admin:cli", "archive_import", Rank.PEOPLE)


def import_directly(settings: Path, document: object, *, lab: bool) -> Any:
    """Import an archive file without a daemon; gives the report as the desk does.

    A laboratory's time is that of the newest freeze in the file, as its meters live in a time of their own. Raises
    :class:`InputError`.
    """
    try:
        file = read_archive(document)
        configured = load(settings, lab=lab)
        store = open_store(configured, _clock(file, lab=lab))
    except (ArchiveFormatError, ConfigError, StoreError) as error:
        raise InputError(str(error)) from error
    with _alone(store):
        store.write_now(BY, apply_defaults)
        report = imports.Report()
        for part in imports.parts(file):
            report = report.add(store.write_now(BY, imports.take_part, part)[0])
        store.write_now(BY, imports.note, report)
    return imports.document_of(report)


def upgrade_database(reach: Reach) -> tuple[Path, bool]:
    """Bring the database to this version's schema; gives its path and whether anything was done.

    Raises :class:`InputError`.
    """
    path = read_paths(reach.settings_path()).database
    if not path.parent.is_dir():
        raise InputError(f"{path.parent} does not exist; make it, or name other settings with --config")
    store = Store(path, RealClock())
    with _alone(store):
        try:
            return path, upgrade(store.engine)
        except SchemaError as error:
            raise InputError(str(error)) from error


@contextmanager
def _alone(store: Store) -> Iterator[None]:
    """Hold the database alone, then close it. Raises :class:`InputError` if another process has it open."""
    try:
        with store.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA locking_mode=EXCLUSIVE")
        yield
    except OperationalError as error:
        if "locked" not in str(error.orig):
            raise
        raise InputError(
            f"another process has {store.path} open; if it is the daemon, name its socket with --socket"
        ) from error
    finally:
        store.close()


def _clock(file: Archive, *, lab: bool) -> Clock:
    day: date | None = imports.newest_day(file) if lab else None
    return RealClock() if day is None else SteppedClock(datetime.combine(day, time(), BUSINESS_ZONE))
