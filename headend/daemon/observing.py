"""What happens on the wires, for the log and for the record."""

from collections.abc import Coroutine, Mapping
from datetime import timedelta

import structlog

from clock import Clock
from drivers.link import (
    BrokerCallFailed,
    BrokerDown,
    BrokerUp,
    DialFailed,
    EchoHeard,
    FollowReport,
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
    StrayReason,
    UnaskedMeter,
    UnknownDevice,
    Unreachable,
)
from drivers.meter import Field, OpenedReport, Told
from drivers.sms import CentreCallFailed, CentreDown, CentreNonsense, ReportNotKept, SmsEvent
from headend import collect
from headend.daemon.hearing import Once, Recent, clock_error, name_of, values_of
from headend.daemon.linklog import LinkLog
from headend.store import By, Store
from protocols.dlt645 import parse_frame
from protocols.dlt698 import parse_link
from protocols.errors import ProtocolError

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


def tell(event: LinkEvent | SmsEvent) -> None:
    """Log one event of the wires under its class's name: such as ``link.garbage_skipped``."""
    room = "sms" if type(event).__name__.startswith("Centre") or type(event) is ReportNotKept else "link"
    getattr(log, LEVELS.get(type(event), "info"))(f"{room}.{name_of(event)}", **values_of(event))


class LinkObserver:
    """Hears what happens on the links: logs it, keeps logins and reports, and acknowledges these once they are kept.

    A report under SECURITY is opened by the security module first; one that does not prove itself, or that nobody could
    check, is neither kept nor answered, so that its device repeats it. What came along with an answer is kept as well,
    and so are the clocks that heartbeats tell, and meters that answer where nobody asked them.
    """

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._once = Once()
        self.recent = Recent()
        self.logins = LinkLog(store, clock)
        self.links: Links | None = None
        self.field: Field | None = None

    def __call__(self, event: LinkEvent) -> None:
        """Take one event; never calls back into the links from here."""
        tell(event)
        if not self.logins.hear(event):
            self.recent.hear(event)
        match event:
            case ReportReceived():
                self._spawn(self._keep(event))
            case SecuredReport():
                self._spawn(self._open(event))
            case FollowReport():
                self._spawn(self._keep_follow(event))
            case HeartbeatHeard():
                self._hear_clock(event)
            case UnaskedMeter(address=address) if address:
                self._hear_stranger(event, address)
            case StrayFrame(reason=StrayReason.WRONG_ADDRESS):
                self._hear_stranger(event, _meter_of(event.frame))
            case _:
                pass

    def _spawn(self, job: Coroutine[object, object, None]) -> None:
        self._clock.spawn(job, name="links:report")

    def _hear_clock(self, event: HeartbeatHeard) -> None:
        """Keep a concentrator's clock once a day, and whenever it means something else than before."""
        error = clock_error(event)
        if error is not None and self._once.is_new(("clock", event.link), collect.judge_clock(error), event.at):
            self._spawn(self._keep_clock(event.link, error))

    def _hear_stranger(self, event: UnaskedMeter | StrayFrame, address: str | None) -> None:
        """Keep once a day that a meter answered over a link where nobody asked it."""
        if address is not None and self._once.is_new(("stranger", event.link, address), "heard", event.at):
            self._spawn(self._keep_stranger(event.link, address))

    async def _keep_clock(self, link: str, error: timedelta) -> None:
        found = await self._store.write(BY, collect.note_heard, link, error)
        if found is not collect.Clock.FINE:
            log.warning("link.clock_off", link=link, off=collect.clock_words(error), then=found.value)

    async def _keep_stranger(self, link: str, address: str) -> None:
        await self._store.write(BY, collect.keep_stranger, link, address)

    async def _keep_follow(self, report: FollowReport) -> None:
        await self._store.write(BY, collect.keep_report, report.link, report.frame, source=collect.Source.FOLLOW)

    async def _open(self, report: SecuredReport) -> None:
        if self.field is None:
            return
        opened = await self.field.open_report(report.link, parse_link(report.frame).user_data)
        if isinstance(opened, Told):
            await self._keep(report, opened.value)
        else:
            why = getattr(opened, "detail", "") or opened.reason.value
            log.warning("link.report_not_opened", link=report.link, reason=why)

    async def _keep(self, report: ReportReceived | SecuredReport, opened: OpenedReport | None = None) -> None:
        apdu = None if opened is None else opened.report
        await self._store.write(BY, collect.keep_report, report.link, report.frame, apdu=apdu)
        if self.links is not None:
            self.links.acknowledge(report, None if opened is None else opened.answer)


def _meter_of(frame: bytes) -> str | None:
    """Give the address that a DL/T 645 frame bears; None for a frame of anything else."""
    try:
        address = parse_frame(frame).address
    except ProtocolError:
        return None
    return address.digits if address.is_meter else None
