"""Reports of a terminal with security on: only what it proves is opened, once, and the answer proves itself to it."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.meter import (
    Answer,
    Chip,
    Fault,
    Field,
    MeterSettings,
    OpenedReport,
    Report,
    SecurityModule,
    SecurityModuleError,
    Silence,
    Silent,
    Told,
    Way,
)
from drivers.meter.software_security import SoftwareModule
from protocols import dlt698
from protocols.dlt698 import OAD, Dar, Piid
from protocols.labcipher import ROOT_KEY
from simulators.meter import Meter, Server698
from simulators.meter.esam698 import Esam698
from tests.drivers.peers import A_698, Office, Peer, apdu_in, frame_698, in_office
from tests.drivers.scene import NEW, Trouble, physical

EVENT = OAD.parse("31060200")
SECURED = Trouble(profile="state-grid-698")


def notification(number: int = 1) -> dlt698.ReportListNotification:
    """Make a report."""
    return dlt698.ReportListNotification(Piid(number), (dlt698.ResultNormal(EVENT, Dar.OTHER),))


class Terminal:
    """A terminal whose ESAM is that of a simulated meter, which answers for object F100 as it does."""

    def __init__(self) -> None:
        self.meter: Meter = physical(NEW, SECURED)
        self.server = Server698(self.meter)
        self.asked = 0

    @property
    def chip(self) -> Esam698:
        """Its ESAM."""
        assert self.meter.memory.chip is not None
        return self.meter.memory.chip

    def exchange(self) -> None:
        """Put another terminal in its place."""
        self.meter.memory.chip = Esam698("370000009999", 8)
        self.server = Server698(self.meter)

    def report(self, number: int = 1) -> bytes:
        """Make a secured report."""
        return dlt698.build_apdu(self.chip.report(dlt698.build_apdu(notification(number))))

    async def serve(self, office: Office, peer: Peer) -> None:
        """Answer what is asked."""
        while True:
            request = apdu_in(await peer.inbox.get())
            self.asked += 1
            answer = self.server.answer(request, office.clock.now())
            assert answer is not None
            peer.send(frame_698(answer))


def with_terminal(story: Callable[[Field, Terminal], Awaitable[None]], security: SecurityModule | None = None) -> None:
    """Run a story with a terminal that has dialled in."""

    async def main(office: Office) -> None:
        terminal = Terminal()
        office.clock.spawn(terminal.serve(office, await office.concentrator()), name="terminal")
        module = security or SoftwareModule(ROOT_KEY, Random(1))
        await story(Field(office.clock, office.links, MeterSettings(), module), terminal)

    in_office(main)


def opened(answer: Answer[OpenedReport]) -> OpenedReport:
    """Give what was opened."""
    assert isinstance(answer, Told), answer
    return answer.value


def is_refused(answer: Answer[OpenedReport]) -> bool:
    """Tell whether a report was not believed."""
    return isinstance(answer, Silent) and answer.reason is Silence.SECURITY


def test_report_is_opened_and_its_answer_proves_itself() -> None:
    """The bytes of the report come out, and the terminal takes the answer for ours; its ESAM is asked for once."""

    async def story(field: Field, terminal: Terminal) -> None:
        for number in (1, 2):
            raw = terminal.report(number)
            told = opened(await field.open_report(A_698, raw))
            assert told.report == dlt698.build_apdu(notification(number))
            assert (told.counter, told.is_repeated) == (number, False)
            request, answer = dlt698.parse_apdu(raw), dlt698.parse_apdu(told.answer)
            assert isinstance(request, dlt698.SecurityRequest)
            assert isinstance(answer, dlt698.SecurityResponse)
            assert terminal.chip.is_receipt(request, answer)
            assert isinstance(answer.data, dlt698.Plaintext)
            assert dlt698.parse_apdu(answer.data.apdu) == dlt698.ReportListResponse(Piid(number), (EVENT,))
        assert terminal.asked == 1

    with_terminal(story)


def test_old_report_is_a_replay() -> None:
    """A report whose number is not above the last is refused; the last once more is answered, and marked."""

    async def story(field: Field, terminal: Terminal) -> None:
        first, second = terminal.report(), terminal.report()
        once = opened(await field.open_report(A_698, first))
        again = opened(await field.open_report(A_698, first))
        assert again == replace(once, is_repeated=True)
        opened(await field.open_report(A_698, second))
        told = await field.open_report(A_698, first)
        assert is_refused(told), told
        assert "replay" in repr(told)
        assert opened(await field.open_report(A_698, terminal.report())).counter == 3

    with_terminal(story)


@given(data=st.data())
def test_changed_report_is_not_opened(data: st.DataObject) -> None:
    """A report of which one byte was changed is never opened, and does not spoil the true one."""
    place, change = data.draw(st.integers(0, 10**6)), data.draw(st.integers(1, 255))

    async def story(field: Field, terminal: Terminal) -> None:
        raw = terminal.report()
        changed = bytearray(raw)
        changed[place % len(raw)] ^= change
        told = await field.open_report(A_698, bytes(changed))
        assert isinstance(told, Silent), told
        assert told.reason in {Silence.SECURITY, Silence.GARBLED}
        assert opened(await field.open_report(A_698, raw)).counter == 1

    with_terminal(story)


def test_exchanged_terminal_is_asked_for_its_chip() -> None:
    """A terminal with another ESAM counts from one again, and is believed by what it tells of itself now."""

    async def story(field: Field, terminal: Terminal) -> None:
        for _ in range(3):
            opened(await field.open_report(A_698, terminal.report()))
        terminal.exchange()
        assert opened(await field.open_report(A_698, terminal.report())).counter == 1
        assert terminal.asked == 2

    with_terminal(story)


@pytest.mark.parametrize(
    "request_",
    [
        b"",
        b"\x10",
        dlt698.build_apdu(notification()),
        dlt698.build_apdu(dlt698.SecurityRequest(dlt698.Plaintext(b"\x88"), dlt698.RandomNumber(bytes(12)))),
        dlt698.build_apdu(
            dlt698.SecurityRequest(dlt698.Ciphertext(bytes(16)), dlt698.RandomNumberMac(bytes(12), bytes(4)))
        ),
    ],
)
def test_what_is_no_secured_report_is_no_report(request_: bytes) -> None:
    """Nothing is asked of anybody for it, and there is nothing to answer."""

    async def story(field: Field, terminal: Terminal) -> None:
        told = await field.open_report(A_698, request_)
        assert isinstance(told, Silent), told
        assert told.reason is Silence.GARBLED
        assert terminal.asked == 0

    with_terminal(story)


def test_proven_bytes_that_are_no_report_are_told_so() -> None:
    """A terminal that proves nonsense gets no answer, and its number is not used up."""

    async def story(field: Field, terminal: Terminal) -> None:
        nonsense = dlt698.build_apdu(terminal.chip.report(b"\x85\x01"))
        told = await field.open_report(A_698, nonsense)
        assert isinstance(told, Silent), told
        assert told.reason is Silence.GARBLED
        opened(await field.open_report(A_698, terminal.report()))

    with_terminal(story)


class Down(SoftwareModule):
    """A module that is down."""

    async def report(self, chip: Chip, report: Report) -> int:
        """Fail."""
        raise SecurityModuleError(Fault.UNAVAILABLE, f"no answer for {chip!r} {report!r}")


def test_report_that_nobody_can_check_waits() -> None:
    """Without a module, or with one that is down, a report is not opened; the terminal will repeat it."""

    async def story(field: Field, terminal: Terminal) -> None:
        raw = terminal.report()
        told = await field.open_report(A_698, raw)
        assert is_refused(told), told
        assert dlt698.build_apdu(notification()).hex() not in repr(told)
        assert sum(frame.way is Way.OUT for frame in told.trace) == 1

    with_terminal(story, Down(ROOT_KEY, Random(1)))

    async def main(office: Office) -> None:
        field = Field(office.clock, office.links, MeterSettings())
        told = await field.open_report(A_698, Terminal().report())
        assert is_refused(told), told
        assert told.trace == ()

    in_office(main)


def test_terminal_with_other_keys_is_not_believed() -> None:
    """A report that our keys do not prove is refused, however often it comes."""

    async def story(field: Field, terminal: Terminal) -> None:
        raw = terminal.report()
        for _ in range(2):
            told = await field.open_report(A_698, raw)
            assert is_refused(told), told
            assert "unproven" in repr(told)

    with_terminal(story, SoftwareModule(bytes(16), Random(1)))
