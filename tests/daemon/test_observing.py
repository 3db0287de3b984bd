"""What a daemon does with what its devices tell on their own."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from random import Random

from sqlalchemy import select
from structlog.testing import capture_logs

from drivers.link import SecuredReport
from drivers.meter import Field, MeterSettings
from drivers.meter.software_security import SoftwareModule
from headend.collect.duty_tables import device_report
from headend.config import Settings
from headend.daemon import open_store
from headend.daemon.observing import LinkObserver
from protocols import dlt698
from protocols.labcipher import ROOT_KEY
from tests.drivers.peers import A_698, CONCENTRATOR, Office, Peer, in_office
from tests.drivers.test_reports import Terminal

Kept = Callable[[], list[bytes]]


def with_terminal(
    tmp_path: Path, root: bytes, story: Callable[[Office, Peer, Terminal, Kept], Awaitable[None]]
) -> None:
    """Run a story with a terminal before an observer that keeps what it hears in a store."""
    paths = {"database": tmp_path / "headend.db", "socket": tmp_path / "api.sock"}
    settings = Settings.model_validate({"paths": paths, "control": {"service_key": "0" * 32}, "lab": True})

    async def main(office: Office) -> None:
        store = open_store(settings, office.clock)
        observer = LinkObserver(store, office.clock)
        observer.links = office.links
        module = SoftwareModule(root, Random(1))
        observer.field = Field(office.clock, office.links, MeterSettings(), module)
        office.observe = observer

        def kept() -> list[bytes]:
            return store.read_now(lambda view: [row.data for row in view.all(select(device_report.c.data))])

        try:
            await story(office, await office.concentrator(), Terminal(), kept)
        finally:
            store.close()

    in_office(main)


def framed(apdu: bytes, control: int) -> bytes:
    """Put an APDU into a frame of the concentrator."""
    address = dlt698.Address.single(CONCENTRATOR)
    return dlt698.build_link(dlt698.LinkFrame(dlt698.Control.of(control), address, 0, apdu))


async def answer_for_the_chip(office: Office, peer: Peer, terminal: Terminal) -> None:
    """Answer the question for the terminal's ESAM."""
    asked = dlt698.parse_link(await peer.inbox.get())
    answer = terminal.server.answer(dlt698.parse_apdu(asked.user_data), office.clock.now())
    assert answer is not None
    peer.send(framed(dlt698.build_apdu(answer), 0xC3))


def test_a_secured_report_is_kept_and_then_answered(tmp_path: Path) -> None:
    """The terminal gets a SECURITY-Response that proves itself, after its report has been stored."""

    async def story(office: Office, peer: Peer, terminal: Terminal, kept: Kept) -> None:
        frame = framed(terminal.report(), 0x83)
        peer.send(frame)
        await answer_for_the_chip(office, peer, terminal)
        answer = dlt698.parse_link(await peer.inbox.get())
        assert kept() == [frame]
        request = dlt698.parse_apdu(dlt698.parse_link(frame).user_data)
        response = dlt698.parse_apdu(answer.user_data)
        assert isinstance(request, dlt698.SecurityRequest)
        assert isinstance(response, dlt698.SecurityResponse)
        assert terminal.chip.is_receipt(request, response)
        assert answer.control == dlt698.REPORT_RESPONSE

    with_terminal(tmp_path, ROOT_KEY, story)


def test_a_report_that_does_not_prove_itself_is_neither_kept_nor_answered(tmp_path: Path) -> None:
    """It is told in the log, without a byte of it, and the terminal is left to repeat it."""

    async def story(office: Office, peer: Peer, terminal: Terminal, kept: Kept) -> None:
        with capture_logs() as logs:
            peer.send(framed(terminal.report(), 0x83))
            await answer_for_the_chip(office, peer, terminal)
            await office.clock.sleep(60)
        assert kept() == []
        assert peer.inbox.try_get() is None
        (warning,) = [entry for entry in logs if entry["event"] == "link.report_not_opened"]
        assert (warning["link"], "unproven" in warning["reason"]) == (A_698, True)
        assert [entry["event"] for entry in logs if entry["event"] == "link.secured_report"]
        assert office.told(SecuredReport)

    with_terminal(tmp_path, bytes(16), story)
