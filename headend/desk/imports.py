"""Taking an archive file in: customers, their opening deposits, their history, their first state."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated, Any

import structlog
from pydantic import Field

from headend import archive, collect, settle, strategy
from headend.archive import Archive, BadRow, Imported, ImportReport
from headend.collect import Mark, Registers
from headend.desk import trail
from headend.desk.linking import device_of
from headend.desk.means import Means
from headend.desk.model import Act, Arguments, Caller
from headend.desk.plain import Plain, plain
from headend.store import Tx

log = structlog.get_logger(__name__)

CHUNK = 500
"""Accounts per transaction: some hundred milliseconds."""

HISTORY = "history"


class ArchiveImport(Arguments):
    """An archive file, as its parsed JSON."""

    document: Annotated[dict[str, Any], Field(exclude=True)]


@dataclass(frozen=True, slots=True)
class Report:
    """What an import did: numbers of rows that were new, accounts that were there already, and the bad rows."""

    units: int = 0
    concentrators: int = 0
    days: int = 0
    staff: int = 0
    accounts: int = 0
    known: int = 0
    bad: tuple[BadRow, ...] = ()

    def add(self, part: ImportReport) -> "Report":
        """Give the report with one more part of the same file; its units and links are compared with each part."""
        bad = tuple(dict.fromkeys((*self.bad, *part.bad)))
        return Report(
            self.units + part.units,
            self.concentrators + part.concentrators,
            self.days + part.days,
            self.staff + part.staff,
            self.accounts + part.added,
            self.known + len(part.accounts) - part.added,
            bad,
        )


async def archive_import(desk: Means, act: Act, caller: Caller, args: ArchiveImport) -> Report:
    """Add what an archive file holds and the archive doesn't, chunk by chunk; the same file again changes nothing."""
    report = Report()
    for part in parts(archive.read_archive(args.document, profiles=desk.profiles, check_device=device_of)):
        report = report.add(await desk.write(act, caller, take_part, part))
    await desk.write(act, caller, note, report)
    await desk.archive_changed()
    log.info("archive.imported", **counts(report))
    return report


def parts(document: Archive) -> Iterator[Archive]:
    """Cut an archive file into parts for one transaction each; units and links come with each of them."""
    yield replace(document, accounts=document.accounts[:CHUNK])
    for start in range(CHUNK, len(document.accounts), CHUNK):
        accounts = document.accounts[start : start + CHUNK]
        yield replace(document, accounts=accounts, calendar=(), staff=(), bad=())


def take_part(tx: Tx, part: Archive) -> ImportReport:
    """Import a part, and load for each new account what other rooms need: deposit, history, first state."""
    report = archive.import_archive(tx, part)
    for imported in report.accounts:
        if imported.new:
            _load(tx, imported)
    return report


def note(tx: Tx, report: Report) -> None:
    """Leave the trail row of an import."""
    trail.record(tx, "archive_import", counts(report))


def document_of(report: Report) -> Plain:
    """Give the report as plain JSON."""
    return plain(report)


def counts(report: Report) -> Mapping[str, int]:
    """Give the report in numbers."""
    names = ("units", "concentrators", "days", "staff", "accounts", "known")
    return {**{name: getattr(report, name) for name in names}, "bad": len(report.bad)}


def newest_day(document: Archive) -> date | None:
    """Give the day of the newest freeze in a file: a laboratory's time when it is imported."""
    return max((entry.day for _, row in document.accounts for entry in row.history), default=None)


def _load(tx: Tx, imported: Imported) -> None:
    settle.take_over(tx, imported.account, imported.opening.deposit)
    for day, total in imported.history.items():
        collect.store_reading(tx, imported.account, imported.point, day, Registers(total), mark=Mark.G, source=HISTORY)
    strategy.enrol(tx, imported.account)
