"""Reports (主动上报) of a terminal with security on: opened by the security module, and answered in the same way.

SECURITY-Request with RN_MAC, answered by a SECURITY-Response with MAC, DL/T 698.45-2017.
"""

from dataclasses import dataclass, field
from datetime import timedelta

from drivers.link import Rank
from drivers.meter.apdus import read_apdu
from drivers.meter.asking import Inquiry
from drivers.meter.association_keeper import AssociationKeeper
from drivers.meter.associations import Chip, Report
from drivers.meter.meter import Bench
from drivers.meter.model import Answer, Silence
from drivers.meter.replies import Got, Missing, Reply
from drivers.meter.roads import DirectRoad
from drivers.meter.security import Fault, SecurityModule, SecurityModuleError
from drivers.meter.serving import served, unsecured
from protocols.dlt698 import (
    Mac,
    Plaintext,
    RandomNumberMac,
    ReportNotification,
    SecurityRequest,
    SecurityResponse,
    answer_to,
    build_apdu,
)

LIFE = timedelta(minutes=5)
"""How long the ESAM of a terminal is asked for; a terminal repeats a report that is not answered."""
UNCHECKED = unsecured(SecurityModuleError(Fault.ABSENT, "none is configured, so the report cannot be checked"))


@dataclass(frozen=True, slots=True)
class OpenedReport:
    """A report that its terminal has proven: keep it, then send the answer, else it comes again.

    `report` are the bytes of the REPORT-Notification, `answer` those of the SECURITY-Response. `is_repeated`: it is
    the last one once more, as its answer was lost; there is nothing new to keep.
    """

    report: bytes = field(repr=False)
    answer: bytes = field(repr=False)
    counter: int
    is_repeated: bool


class Reports:
    """Opens the reports of one terminal."""

    def __init__(self, link: str, address: str, bench: Bench, line: DirectRoad) -> None:
        self._link = link
        self._address = address
        self._bench = bench
        self._line = line

    async def open(self, request: bytes) -> Answer[OpenedReport]:
        """Check a report, MAC first and then its number, and only then read it; make the answer to it.

        `Silence.SECURITY`: it does not prove itself, or nobody could check it, or its number is not above that of the
        last one: a replay. `Silence.GARBLED`: it is no report. Such a one gets no answer. Reports are opened in the
        order in which they are given; a terminal whose ESAM is not known yet is asked for it.
        """
        bench = self._bench
        until = bench.clock.now() + LIFE
        inquiry = Inquiry(bench.clock, bench.links, self._link, Rank.CHECK, until, bench.settings.tries)
        match read_apdu(request):
            case SecurityRequest(data=Plaintext(apdu=inner), verification=RandomNumberMac(rn=rn, mac=mac)):
                report = Report(inner, rn, mac)
            case _:
                return inquiry.answer(Missing(Silence.GARBLED, "no report with RN_MAC"))
        if bench.security is None:
            return inquiry.answer(UNCHECKED)
        async with bench.memory.associations.lock(self._address):
            return inquiry.answer(await self._opened(inquiry, bench.security, report))

    async def _opened(self, inquiry: Inquiry, module: SecurityModule, report: Report) -> Reply[OpenedReport]:
        """Open a report by the ESAM that is remembered, and once more by the one that is there now."""
        keeper = AssociationKeeper(self._address, self._line, self._bench, module, LIFE)
        reply: Reply[OpenedReport] = UNCHECKED
        for may_be_old in (keeper.knows_chip, False):
            chip = await keeper.chip(inquiry)
            if not isinstance(chip, Got):
                return chip
            try:
                return await self._proven(module, chip.value, report)
            except SecurityModuleError as error:
                reply = unsecured(error)
                if error.fault is not Fault.UNPROVEN:
                    break
            keeper.forget_chip(chip.value)
            if not may_be_old:
                break
        return reply

    async def _proven(self, module: SecurityModule, chip: Chip, report: Report) -> Reply[OpenedReport]:
        """Open a report by one ESAM, whose numbers are its own; raises SecurityModuleError."""
        clock, memory = self._bench.clock, self._bench.memory
        counter = await served(clock, module.report(chip, report))
        last = memory.last_report(chip.serial)
        is_repeated = last == (counter, report.mac)
        if last is not None and counter <= last[0] and not is_repeated:
            return Missing(Silence.SECURITY, f"report {counter} is a replay: {last[0]} has come already")
        notification = read_apdu(report.apdu)
        if not isinstance(notification, ReportNotification):
            return Missing(Silence.GARBLED, "what it holds is no report")
        answer = build_apdu(answer_to(notification))
        mac = await served(clock, module.receipt(chip, report, answer))
        memory.note_report(chip.serial, counter, report.mac)
        return Got(
            OpenedReport(report.apdu, build_apdu(SecurityResponse(Plaintext(answer), Mac(mac))), counter, is_repeated)
        )
