"""What happens on the wires, for the log and for the record."""

import re
from collections.abc import Mapping
from dataclasses import fields

import structlog

from clock import Clock
from drivers.link import (
    BrokerCallFailed,
    BrokerDown,
    BrokerUp,
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
    ReportUnkept,
    SecuredReport,
    StrangerClosed,
    StrayFrame,
    UnaskedMeter,
    UnknownDevice,
    Unreachable,
)
from drivers.meter import Field, Told
from drivers.sms import CentreCallFailed, CentreDown, CentreNonsense, ReportNotKept, SmsEvent
from headend import collect
from headend.store import By, Store
from protocols.dlt698 import parse_link

log = structlog.get_logger(__name__)

BY = By("system:links")

LEVELS: Mapping[type[object], str] = {
    LinkUp: "info",
    LinkDown: "warning",
    LinkReplaced: "warning",
    HeartbeatHeard: "debug",
    ReportReceived: "info",
    SecuredReport: "info",
    GarbageSkipped: "warning",
    EchoHeard: "debug",
    StrangerClosed: "warning",
    StrayFrame: "warning",
    UnaskedMeter: "warning",
    UnknownDevice: "warning",
    DialFailed: "warning",
    Unreachable: "error",
    BrokerUp: "info",
    BrokerDown: "warning",
    BrokerCallFailed: "warning",
    ReportUnkept: "warning",
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
    """Hears what happens on the links: logs it, keeps reports, and acknowledges them once they are kept.

    A report under SECURITY is opened by the security module first; one that does not prove itself, or that nobody could
    check, is neither kept nor answered, so that its device repeats it.
    """

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self.links: Links | None = None
        self.field: Field | None = None

    def __call__(self, event: LinkEvent) -> None:
        """Take one event; never calls back into the links from here."""
        tell(event)
        if isinstance(event, ReportReceived):
            self._clock.spawn(self._keep(event), name="links:report")
        elif isinstance(event, SecuredReport):
            self._clock.spawn(self._open(event), name="links:report")

    async def _open(self, report: SecuredReport) -> None:
        if self.field is None:
            return
        opened = await self.field.open_report(report.link, parse_link(report.frame).user_data)
        if isinstance(opened, Told):
            await self._keep(report, opened.value.answer)
        else:
            why = getattr(opened, "detail", "") or opened.reason.value
            log.warning("link.report_not_opened", link=report.link, reason=why)

    async def _keep(self, report: ReportReceived | SecuredReport, answer: bytes | None = None) -> None:
        await self._store.write(BY, collect.keep_report, report.link, report.frame)
        if self.links is not None:
            self.links.acknowledge(report, answer)


def _plain(value: object) -> object:
    return getattr(value, "value", value) if not isinstance(value, bytes) else value.hex().upper()
