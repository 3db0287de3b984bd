"""What a daemon does with what its devices tell on their own."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import select
from structlog.testing import capture_logs

from clock import SteppedClock, run_virtual
from drivers.link import (
    DeviceKind,
    DownReason,
    FollowReport,
    GarbageSkipped,
    HeartbeatHeard,
    LinkDown,
    LinkReplaced,
    LinkUp,
    SecuredReport,
    StrayFrame,
    StrayReason,
    UnaskedMeter,
)
from drivers.meter import Field, MeterSettings
from drivers.meter.software_security import SoftwareModule
from headend import archive, collect
from headend.collect.duty_tables import device_report
from headend.config import Settings
from headend.daemon import open_store
from headend.daemon.observing import LinkObserver
from headend.store import By, Store, View
from protocols import dlt645, dlt698
from protocols.dlt698 import OAD, DataType, Piid, Value
from protocols.labcipher import ROOT_KEY
from tests.drivers.peers import A_698, A_DTU, CONCENTRATOR, START, Office, Peer, in_office
from tests.drivers.test_reports import Terminal
from tests.rooms import archive_file

VOLTS = Value(DataType.ARRAY, (Value(DataType.LONG_UNSIGNED, 2301),))
FOLLOWED = dlt698.FollowNormal((dlt698.ResultNormal(OAD.parse("20000200"), VOLTS),))

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


def every_event(view: View) -> list[collect.DeviceEvent]:
    """Give the events of the whole company."""
    return collect.device_events(view, scope=archive.whole(view))


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


def hearing(tmp_path: Path, story: Callable[[LinkObserver, Store], Awaitable[None]]) -> None:
    """Run a story with an observer over a store that knows a few meters."""
    paths = {"database": tmp_path / "headend.db", "socket": tmp_path / "api.sock"}
    settings = Settings.model_validate({"paths": paths, "control": {"service_key": "0" * 32}, "lab": True})

    async def main(clock: SteppedClock) -> None:
        store = open_store(settings, clock)
        store.write_now(By("system:test"), archive.import_archive, archive.read_archive(archive_file()))
        try:
            await story(LinkObserver(store, clock), store)
        finally:
            store.close()

    run_virtual(main, START)


def test_what_follows_an_answer_is_kept(tmp_path: Path) -> None:
    """A device says it once, and wants no answer: it is kept as it came."""

    async def story(observer: LinkObserver, store: Store) -> None:
        frame = framed(dlt698.build_apdu(dlt698.GetListResponse(Piid(1), (), follow=FOLLOWED)), 0xC3)
        observer(FollowReport(A_698, 1, frame, START))
        await observer._clock.sleep(1)
        [event] = store.read_now(every_event)
        assert (event.source, event.object, event.error) == (collect.Source.FOLLOW, "20000200", None)

    hearing(tmp_path, story)


def test_a_clock_is_kept_once_a_day_and_when_it_changes(tmp_path: Path) -> None:
    """Heartbeats come every few minutes; only what means something new is a row."""

    async def story(observer: LinkObserver, store: Store) -> None:
        for minute, off in enumerate([0, 1, 0, 400, 401, 0]):
            at = START + timedelta(minutes=minute)
            observer(HeartbeatHeard(A_698, 1, at + timedelta(seconds=off), at))
        observer(HeartbeatHeard(A_698, 1, None, START))
        tomorrow = START + timedelta(days=1)
        observer(HeartbeatHeard(A_698, 1, tomorrow, tomorrow))
        await observer._clock.sleep(1)
        errors = [row.error for row in store.read_now(collect.clock_history, link=A_698)]
        assert errors == [timedelta(), timedelta(), timedelta(seconds=400), timedelta()]

    hearing(tmp_path, story)


def test_a_meter_that_answers_unasked_is_kept_once_a_day(tmp_path: Path) -> None:
    """From a concentrator's rows, and from a line where another meter's frame came; a concentrator's frame is none."""

    async def story(observer: LinkObserver, store: Store) -> None:
        read = dlt645.ReadRequest(dlt645.DI.parse("00010000"))
        frame = dlt645.build_frame(dlt645.build_message(dlt645.Address.meter("000000000003"), read))
        wrong = StrayReason.WRONG_ADDRESS
        for _ in range(2):
            observer(UnaskedMeter(A_698, "000000000777", START))
            observer(StrayFrame(A_DTU, 1, "peer", wrong, frame, START))
            observer(StrayFrame(A_698, 1, "peer", wrong, framed(b"", 0x83), START))
        await observer._clock.sleep(1)
        told = store.read_now(every_event)
        assert sorted((event.link, event.address) for event in told) == [
            (A_698, "000000000777"),
            (A_DTU, "000000000003"),
        ]

    hearing(tmp_path, story)


def test_the_last_events_of_a_link_are_remembered(tmp_path: Path) -> None:
    """Eight of them, newest first, with the frame where there is one; heartbeats tell nothing new."""

    async def story(observer: LinkObserver, store: Store) -> None:
        for number in range(10):
            observer(GarbageSkipped(A_698, "peer", number, "no_frame", START))
            observer(HeartbeatHeard(A_698, 1, None, START))
        observer(StrayFrame(A_698, 1, "peer", StrayReason.LATE, b"\x68\x16", START))
        newest, *others = observer.recent.of(A_698)
        assert (newest["event"], newest["reason"], newest["frame"]) == ("stray_frame", "late", "6816")
        assert [each["count"] for each in others] == ["9", "8", "7", "6", "5", "4", "3"]
        assert observer.recent.of("dtu:NOBODY") == []
        assert store.read_now(every_event) == []

    hearing(tmp_path, story)


def up(link: str, at: datetime, epoch: int = 1) -> LinkUp:
    """A device logs in."""
    return LinkUp(link, DeviceKind.CONCENTRATOR, epoch, "10.0.0.1:4059", at)


def test_logins_are_kept_over_a_restart(tmp_path: Path) -> None:
    """Ups, downs and replacements, newest first, beside the starts of the head-end; a little later, in a set."""

    async def story(observer: LinkObserver, store: Store) -> None:
        clock = observer._clock
        observer.logins.started()
        observer(up(A_698, clock.now()))
        observer(LinkReplaced(A_698, 1, 2, "10.0.0.1:4059", "10.0.0.2:4059", clock.now()))
        observer(up(A_DTU, clock.now()))
        assert store.read_now(collect.link_notes, A_698, 9) == []
        await clock.sleep(3)
        observer(LinkDown(A_698, 2, "10.0.0.2:4059", DownReason.SILENT, timedelta(seconds=3), clock.now()))
        await observer.logins.finish()
        kept = store.read_now(collect.link_notes, A_698, 9)
        assert [one.event for one in kept] == ["down", "replaced", "up", "started"]
        assert (kept[0].values["reason"], kept[0].values["held"]) == ("silent", "0:00:03")
        assert [one.event for one in store.read_now(collect.link_notes, A_DTU, 9)] == ["up", "started"]
        assert observer.recent.of(A_698) == []

    hearing(tmp_path, story)


def test_a_storm_of_logins_is_a_few_transactions(tmp_path: Path) -> None:
    """Ten thousand devices that come back within a second are written in sets, none of them lost."""

    async def story(observer: LinkObserver, store: Store) -> None:
        clock, sets = observer._clock, []
        write = store.write

        async def counted(by: By, function: Any, *args: Any) -> Any:
            sets.append(len(args[0]))
            return await write(by, function, *args)

        store.write = counted  # type: ignore[method-assign, assignment] # counts, and passes on
        for number in range(10_000):
            observer(up(f"698:{number:012d}", clock.now()))
        await clock.sleep(3)
        assert sets == [2000] * 5
        assert [one.event for one in store.read_now(collect.link_notes, "698:000000009999", 9)] == ["up"]

    hearing(tmp_path, story)


def test_entries_that_could_not_be_written_are_tried_again(tmp_path: Path) -> None:
    """A database that takes none for a while costs no login."""

    async def story(observer: LinkObserver, store: Store) -> None:
        clock = observer._clock
        with store.engine.begin() as connection:
            connection.exec_driver_sql("ALTER TABLE link_event RENAME TO gone")
        observer(up(A_698, clock.now()))
        await clock.sleep(10)
        with store.engine.begin() as connection:
            connection.exec_driver_sql("ALTER TABLE gone RENAME TO link_event")
        await clock.sleep(60)
        assert [one.event for one in store.read_now(collect.link_notes, A_698, 9)] == ["up"]

    hearing(tmp_path, story)


def test_a_device_that_logs_in_all_the_time_fills_no_disk(tmp_path: Path) -> None:
    """Two hundred entries a day, the last of which says that there are more; the next day begins anew."""

    async def story(observer: LinkObserver, store: Store) -> None:
        clock = observer._clock
        for number in range(1000):
            observer(up(A_698, clock.now(), number))
        observer(up(A_DTU, clock.now()))
        await clock.sleep(86_400)
        observer(up(A_698, clock.now()))
        await clock.sleep(3)
        kept = store.read_now(collect.link_notes, A_698, 500)
        assert [one.event for one in kept] == ["up", "too_many", *["up"] * 199]
        assert len(store.read_now(collect.link_notes, A_DTU, 500)) == 1

    hearing(tmp_path, story)


def test_old_logins_are_forgotten(tmp_path: Path) -> None:
    """After 62 days, as freezes are: the newer ones stay."""

    async def story(observer: LinkObserver, store: Store) -> None:
        clock = observer._clock
        for days in (0, 40, 30):
            await clock.sleep(days * 86_400)
            observer(up(A_698, clock.now()))
        await clock.sleep(3)
        assert store.write_now(By("system:test"), collect.prune_link_notes)[0] == 1
        assert store.write_now(By("system:test"), collect.prune_link_notes)[0] == 0
        assert len(store.read_now(collect.link_notes, A_698, 9)) == 2

    hearing(tmp_path, story)
