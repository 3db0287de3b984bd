"""Writing to the database while no daemon runs: this process is then its one writer."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from sqlalchemy.exc import OperationalError

from clock import Clock, RealClock, SteppedClock
from headend.archive import Archive, ArchiveFormatError, read_archive
from headend.cli.errors import InputError
from headend.cli.paths import read_paths
from headend.cli.reach import Reach
from headend.config import ConfigError, load
from headend.daemon.daemon import apply_defaults, open_store
from headend.daemon.meters import known_meters
from headend.desk import imports
from headend.desk.linking import device_of
from headend.store import BUSINESS_ZONE, By, Rank, Store, StoreError
from headend.store.migrate import upgrade

BY = By("admin:cli", "archive_import", Rank.PEOPLE)


def import_directly(settings: Path, document: object, *, lab: bool) -> Any:
    """Import an archive file without a daemon; gives the report as the desk does.

    A laboratory's time is that of the newest freeze in the file, as its meters live in a time of their own. Raises
    :class:`InputError`.
    """
    try:
        configured = load(settings, lab=lab)
        file = read_archive(document, profiles=known_meters(configured).names, check_device=device_of)
    except (ArchiveFormatError, ConfigError) as error:
        raise InputError(str(error)) from error
    with _telling(configured.paths.database), closing(open_store(configured, _clock(file, lab=lab))) as store:
        _claim(store)
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
    with _telling(path), closing(Store(path, RealClock())) as store:
        _claim(store)
        return path, upgrade(store.engine)


def _claim(store: Store) -> None:
    """Let nobody else into the file from the next transaction on, until the store is closed."""
    with store.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA locking_mode=EXCLUSIVE")


@contextmanager
def _telling(path: Path) -> Iterator[None]:
    """Tell what the store refuses, and that another process has the file open, as errors of the command."""
    try:
        yield
    except StoreError as error:
        raise InputError(str(error)) from error
    except OperationalError as error:
        if "locked" not in str(error.orig):
            raise InputError(f"{path}: {error.orig}") from error
        raise InputError(
            f"another process has {path} open; if it is the daemon, name its socket with --socket"
        ) from error


def _clock(file: Archive, *, lab: bool) -> Clock:
    day: date | None = imports.newest_day(file) if lab else None
    return RealClock() if day is None else SteppedClock(datetime.combine(day, time(), BUSINESS_ZONE))
