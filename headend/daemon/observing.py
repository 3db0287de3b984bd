"""What happens on the wires, for the log and for the record."""

import re
from collections.abc import Mapping
from dataclasses import fields

import structlog

from clock import Clock
from drivers.link import (
    DialFailed,
    EchoHeard,
    GarbageSkipped,
    HeartbeatHeard,
    LinkDown,
    LinkEvent,
    LinkReplaced,
    Links,
    LinkUp,
    ReportReceived,
    StrangerClosed,
    StrayFrame,
    UnaskedMeter,
    UnknownDevice,
)
from drivers.sms import CentreCallFailed, CentreDown, CentreNonsense, ReportNotKept, SmsEvent
from headend import collect
from headend.store import By, Store

log = structlog.get_logger(__name__)

BY = By("system:links")

LEVELS: Mapping[type[object], str] = {
    LinkUp: "info",
    LinkDown: "warning",
    LinkReplaced: "warning",
    HeartbeatHeard: "debug",
    ReportReceived: "info",
    GarbageSkipped: "warning",
    EchoHeard: "debug",
    StrangerClosed: "warning",
    StrayFrame: "warning",
    UnaskedMeter: "warning",
    UnknownDevice: "warning",
    DialFailed: "warning",
    CentreDown: "warning",
    CentreCallFailed: "warning",
    CentreNonsense: "warning",
    ReportNotKept: "error",
}
"""How loud each event is; what is not listed is told at ``info``."""

SILENT_FIELDS = frozenset({"at", "frame"})


def tell(event: LinkEvent | SmsEvent) -> None:
    """Log one event of the wires under its class's name: such as ``link.garbage_skipped``."""
    words = re.findall(r"[A-Z][a-z]+", type(event).__name__)
    room = "sms" if words[0] == "Centre" or type(event) is ReportNotKept else "link"
    name = "_".join(word.lower() for word in words if word not in {"Link", "Centre"})
    values = {f.name: _plain(getattr(event, f.name)) for f in fields(event) if f.name not in SILENT_FIELDS}
    getattr(log, LEVELS.get(type(event), "info"))(f"{room}.{name}", **values)


class LinkObserver:
    """Hears what happens on the links: logs it, keeps reports, and acknowledges them once they are kept."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self.links: Links | None = None

    def __call__(self, event: LinkEvent) -> None:
        """Take one event; never calls back into the links from here."""
        tell(event)
        if isinstance(event, ReportReceived):
            self._clock.spawn(self._keep(event), name="links:report")

    async def _keep(self, report: ReportReceived) -> None:
        await self._store.write(BY, collect.keep_report, report.link, report.frame)
        if self.links is not None:
            self.links.acknowledge(report)


def _plain(value: object) -> object:
    return getattr(value, "value", value) if not isinstance(value, bytes) else value.hex().upper()
