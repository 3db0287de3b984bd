"""Logins, epochs, reports and the end of links, over real TCP in virtual time."""

import socket
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from drivers.errors import DriversClosedError, UnknownLinkError
from drivers.link import (
    Answered,
    Device,
    DeviceKind,
    DownReason,
    HeartbeatHeard,
    LinkDown,
    LinkLost,
    LinkReplaced,
    LinkUp,
    NotSent,
    NotSentReason,
    ReportReceived,
    StrayFrame,
    StrayReason,
    Tcp,
    UnknownDevice,
)
from protocols import dlt698
from tests.drivers.peers import (
    A_698,
    A_DTU,
    DEVICES,
    Office,
    Peer,
    answer_645,
    apdu_in,
    ask_645,
    ask_698,
    frame_698,
    get_request,
    get_response,
    in_office,
    link_request,
    read_645,
)

METER = "000000003001"
WORD = "04000503"


def report(piid: int) -> bytes:
    """Build a report of the concentrator's clock."""
    value = dlt698.Value(dlt698.DataType.UNSIGNED, 1)
    result = dlt698.ResultNormal(dlt698.OAD.parse("33200200"), value)
    return frame_698(dlt698.ReportListNotification(dlt698.Piid(piid), (result,)), 0x83)


def test_login_is_answered_with_the_clocks() -> None:
    """A login is answered at once with T1 copied, T2 and T3 from our clock in local time, and the trust bit."""

    async def story(office: Office) -> None:
        peer = await office.connect()
        peer.send(link_request(dlt698.LinkKind.LOGIN))
        answer = apdu_in(await peer.inbox.get())
        assert isinstance(answer, dlt698.LinkResponse)
        assert answer.verdict == dlt698.Verdict(dlt698.LinkResult.SUCCESS, clock_trusted=True)
        assert answer.requested == dlt698.DateTime(2026, 9, 14, 1, 8, 5, 0, 123)
        assert answer.received == answer.responded == dlt698.DateTime(2026, 9, 14, 1, 8, 5, 0, 0)
        assert [(up.link, up.epoch) for up in office.told(LinkUp)] == [(A_698, 1)]
        assert office.links.is_up(A_698)

    in_office(story)


def test_heartbeat_is_answered_and_told_with_the_device_clock() -> None:
    """A heartbeat gets the same answer as a login, and the device's own time is told."""

    async def story(office: Office) -> None:
        peer = await office.concentrator()
        peer.send(link_request(dlt698.LinkKind.HEARTBEAT))
        assert isinstance(apdu_in(await peer.inbox.get()), dlt698.LinkResponse)
        [heard] = office.told(HeartbeatHeard)
        assert heard.device_clock is not None
        assert heard.device_clock.astimezone(UTC) == datetime(2026, 9, 14, 0, 5, 0, 123000, tzinfo=UTC)

    in_office(story)


def test_any_frame_of_a_known_device_is_a_login() -> None:
    """A terminal that begins with a heartbeat or a report, as after our restart, is up from that frame on."""

    async def story(office: Office) -> None:
        peer = await office.connect()
        peer.send(report(9))
        assert await office.links.wait_up(A_698, office.clock.now() + timedelta(seconds=1))
        assert len(office.told(ReportReceived)) == 1

    in_office(story)


def test_unknown_terminal_is_refused_and_closed() -> None:
    """A terminal that is not in the archive gets "illegal device", is told once, and loses its connection."""

    async def story(office: Office) -> None:
        peer = await office.connect()
        peer.send(link_request(dlt698.LinkKind.LOGIN, address="000000000099"))
        answer = apdu_in(await peer.inbox.get())
        assert isinstance(answer, dlt698.LinkResponse)
        assert answer.verdict.result == dlt698.LinkResult.ILLEGAL_DEVICE
        await office.clock.wait(peer.gone)
        assert [told.link for told in office.told(UnknownDevice)] == ["698:000000000099"]
        assert office.told(LinkUp) == []

    in_office(story)


def test_unknown_dtu_is_closed() -> None:
    """A DTU that is not in the archive is told once and loses its connection."""

    async def story(office: Office) -> None:
        peer = await office.connect()
        peer.send(b"REG:NOBODY\r\n")
        await office.clock.wait(peer.gone)
        assert [told.link for told in office.told(UnknownDevice)] == ["dtu:NOBODY"]

    in_office(story)


def test_second_login_takes_over() -> None:
    """A login from another connection gets the answer and a new epoch; the old connection is closed."""

    async def story(office: Office) -> None:
        old = await office.concentrator()
        new = await office.concentrator()
        await office.clock.wait(old.gone)
        [replaced] = office.told(LinkReplaced)
        assert (replaced.old_epoch, replaced.new_epoch) == (1, 2)
        assert office.told(LinkDown) == []
        office.clock.spawn(answer_one(new), name="device")
        assert isinstance(await office.links.ask(ask_698(office, 1)), Answered)

    in_office(story)


def test_question_of_a_replaced_login_is_lost() -> None:
    """A question that is out when its device logs in anew is lost, and its answer over the new login is nobody's."""

    async def story(office: Office) -> None:
        old = await office.dtu()
        asked = office.clock.spawn(office.links.ask(ask_645(office, METER, WORD, patience=30)), name="asker")
        await old.inbox.get()
        new = await office.connect()
        new.send(b"REG:SHOPS-01\r\n")
        assert isinstance(await office.clock.wait(asked), LinkLost)
        new.send(answer_645(METER, WORD, b"\x00\x00"))
        await office.clock.sleep(1)
        [stray] = office.told(StrayFrame)
        assert stray.reason is StrayReason.LATE

    in_office(story)


def test_exchange_of_an_older_epoch_is_not_sent() -> None:
    """An exchange made for one login is not sent to the next."""

    async def story(office: Office) -> None:
        await office.concentrator()
        await office.concentrator()
        outcome = await office.links.ask(ask_698(office, 1, epoch=1))
        assert outcome == NotSent(NotSentReason.OLD_EPOCH, office.clock.now())

    in_office(story)


def test_report_is_answered_only_when_acknowledged() -> None:
    """A report is told, and answered with its OADs when it has been kept, not before."""

    async def story(office: Office) -> None:
        peer = await office.concentrator()
        peer.send(report(7))
        await office.clock.sleep(5)
        assert peer.inbox.try_get() is None
        [told] = office.told(ReportReceived)
        office.links.acknowledge(told)
        answer = apdu_in(await peer.inbox.get())
        assert answer == dlt698.ReportListResponse(dlt698.Piid(7), (dlt698.OAD.parse("33200200"),))

    in_office(story)


def test_report_of_an_older_login_is_not_answered() -> None:
    """An acknowledgement that comes after another login is dropped: the device repeats its report anyway."""

    async def story(office: Office) -> None:
        first = await office.concentrator()
        first.send(report(7))
        await office.clock.sleep(1)
        second = await office.concentrator()
        office.links.acknowledge(office.told(ReportReceived)[0])
        await office.clock.sleep(1)
        assert second.inbox.try_get() is None

    in_office(story)


def test_nothing_counts_behind_a_logout() -> None:
    """What the device still sends over the connection that is being closed makes no login."""

    async def story(office: Office) -> None:
        peer = await office.concentrator()
        peer.send(link_request(dlt698.LinkKind.LOGOUT) + link_request(dlt698.LinkKind.HEARTBEAT) + report(3))
        await office.clock.wait(peer.gone)
        assert [up.epoch for up in office.told(LinkUp)] == [1]
        assert not office.links.is_up(A_698)
        assert {stray.reason for stray in office.told(StrayFrame)} == {StrayReason.OLD_EPOCH}

    in_office(story)


def test_login_again_on_its_connection_keeps_the_epoch() -> None:
    """What is out may still be answered; the heartbeat period is the new one."""

    async def story(office: Office) -> None:
        peer = await office.concentrator()
        asked = office.clock.spawn(office.links.ask(ask_698(office, 1)), name="asker")
        await peer.inbox.get()
        peer.send(link_request(dlt698.LinkKind.LOGIN, period=60))
        assert isinstance(apdu_in(await peer.inbox.get()), dlt698.LinkResponse)
        peer.send(get_response(1))
        assert isinstance(await office.clock.wait(asked), Answered)
        began = office.clock.now()
        await office.clock.wait(peer.gone)
        assert office.clock.now() - began == timedelta(seconds=180)
        assert [up.epoch for up in office.told(LinkUp)] == [1]

    in_office(story)


def test_nobody_dials_in_as_a_device_that_we_dial() -> None:
    """The name of a device that we reach by ourselves is no stranger's to log in with."""

    async def story(office: Office) -> None:
        office.links.admit({"dtu:OURS": Device(DeviceKind.DTU, Tcp("127.0.0.1", 1))})
        peer = await office.connect()
        peer.send(b"REG:OURS\r\n")
        await office.clock.wait(peer.gone)
        assert [told.link for told in office.told(UnknownDevice)] == ["dtu:OURS"]
        assert office.told(LinkUp) == []

    in_office(story)


def test_logout_ends_the_link() -> None:
    """A logout is answered and ends the login."""

    async def story(office: Office) -> None:
        peer = await office.concentrator()
        peer.send(link_request(dlt698.LinkKind.LOGOUT))
        assert isinstance(apdu_in(await peer.inbox.get()), dlt698.LinkResponse)
        await office.clock.wait(peer.gone)
        assert [down.reason for down in office.told(LinkDown)] == [DownReason.LOGOUT]
        assert not office.links.is_up(A_698)

    in_office(story)


@pytest.mark.parametrize(("link", "seconds"), [(A_698, 900), (A_DTU, 180)])
def test_silent_device_is_given_up(link: str, seconds: int) -> None:
    """After three heartbeat periods without a frame a link is down."""

    async def story(office: Office) -> None:
        peer = await (office.concentrator() if link == A_698 else office.dtu())
        began = office.clock.now()
        await office.clock.wait(peer.gone)
        assert office.clock.now() - began == timedelta(seconds=seconds)
        assert [down.reason for down in office.told(LinkDown)] == [DownReason.SILENT]

    in_office(story)


def test_heartbeats_keep_a_dtu_up() -> None:
    """A DTU that repeats its registration stays up, in one epoch."""

    async def story(office: Office) -> None:
        peer = await office.dtu()
        for _ in range(10):
            await office.clock.sleep(60)
            peer.send(b"REG:SHOPS-01\r\n")
        await office.clock.sleep(60)
        assert office.links.is_up(A_DTU)
        assert len(office.told(HeartbeatHeard)) == 10

    in_office(story)


def test_lost_link_answers_everybody() -> None:
    """When the peer hangs up, the question that is out is lost and those that wait are not sent."""

    async def story(office: Office) -> None:
        peer = await office.concentrator()
        out = office.clock.spawn(office.links.ask(ask_698(office, 1)), name="out")
        waiting = office.clock.spawn(office.links.ask(ask_698(office, 2)), name="waiting")
        await peer.inbox.get()
        peer.close()
        assert isinstance(await office.clock.wait(out), LinkLost)
        outcome = await office.clock.wait(waiting)
        assert isinstance(outcome, NotSent)
        assert outcome.reason is NotSentReason.LINK_DOWN
        assert [down.reason for down in office.told(LinkDown)] == [DownReason.CLOSED_BY_PEER]

    in_office(story)


def test_question_to_a_link_that_is_down_is_not_sent() -> None:
    """Nobody waits for a device that is away, unless by wait_up."""

    async def story(office: Office) -> None:
        began = office.clock.now()
        assert await office.links.ask(ask_698(office, 1)) == NotSent(NotSentReason.LINK_DOWN, began)
        assert not await office.links.wait_up(A_698, began + timedelta(seconds=20))
        assert office.clock.now() == began + timedelta(seconds=20)

    in_office(story)


def test_dismissed_device_loses_its_link() -> None:
    """A device that leaves the archive is closed and cannot be asked any more."""

    async def story(office: Office) -> None:
        peer = await office.dtu()
        office.links.admit({A_698: Device(DeviceKind.CONCENTRATOR)})
        await office.clock.wait(peer.gone)
        assert [down.reason for down in office.told(LinkDown)] == [DownReason.DISMISSED]
        with pytest.raises(UnknownLinkError, match="dtu:SHOPS-01"):
            await office.links.ask(ask_645(office, METER, WORD))
        office.links.admit(DEVICES)
        await office.dtu()

    in_office(story)


async def calls(office: Office) -> list[str]:
    """Let what is under way at this instant go on, and name the calls that are being made then."""
    for _ in range(20):
        await office.clock.sleep(0)
    return [task.get_name() for task in office.clock.tasks() if task.get_name().startswith("dial")]


def test_a_dismissed_device_is_not_called_any_longer() -> None:
    """A call that nobody answers is given up at once, not when the system gives it up minutes later."""

    async def story(office: Office) -> None:
        deaf = socket.create_server(("127.0.0.1", 0), backlog=0)
        address = deaf.getsockname()
        callers = [socket.socket() for _ in range(3)]  # they fill the queue of those that nobody takes
        for caller in callers:
            caller.setblocking(False)
            caller.connect_ex(address)
        office.links.admit({**DEVICES, "dtu:DEAF": Device(DeviceKind.DTU, Tcp(*address))})
        assert await calls(office) == [f"dial 127.0.0.1:{address[1]}"]
        office.links.admit(DEVICES)
        assert await calls(office) == []
        for each in (deaf, *callers):
            each.close()

    in_office(story)


def test_status_tells_of_every_link() -> None:
    """The status names each link with its epoch, and what waits for it."""

    async def story(office: Office) -> None:
        peer = await office.concentrator()
        office.clock.spawn(office.links.ask(ask_698(office, 1)), name="out")
        office.clock.spawn(office.links.ask(ask_698(office, 2)), name="waiting")
        assert await peer.inbox.get() == get_request(1)
        new, shops = office.links.status()
        assert (new.link, new.up, new.epoch, new.queued, new.busy) == (A_698, True, 1, 1, True)
        assert (shops.link, shops.up, shops.peer) == (A_DTU, False, None)

    in_office(story)


def test_closing_answers_everybody() -> None:
    """Closed links send nothing more and say so."""

    async def story(office: Office) -> None:
        peer = await office.concentrator()
        asked = office.clock.spawn(office.links.ask(ask_698(office, 1)), name="asker")
        await peer.inbox.get()
        await office.links.close()
        assert isinstance(await office.clock.wait(asked), LinkLost)
        await office.clock.wait(peer.gone)
        with pytest.raises(DriversClosedError):
            await office.links.ask(ask_698(office, 2))

    in_office(story)


def test_fragmented_answer_is_put_together() -> None:
    """Pieces of an answer are acknowledged one by one and are one frame for the asker."""

    async def story(office: Office) -> None:
        peer = await office.concentrator()
        asked = office.clock.spawn(office.links.ask(ask_698(office, 3)), name="asker")
        await peer.inbox.get()
        pieces = dlt698.Fragmenter(dlt698.parse_link(get_response(3)), 5)
        peer.send(dlt698.build_link(pieces.current))
        while not pieces.done:
            following = pieces.acknowledged(dlt698.parse_link(await peer.inbox.get()))
            assert following is not None
            peer.send(dlt698.build_link(following))
        outcome = await office.clock.wait(asked)
        assert isinstance(outcome, Answered)
        assert outcome.frame == get_response(3)

    in_office(story)


def test_piece_out_of_order_is_stray() -> None:
    """A piece that continues nothing is told and spoils nothing."""

    async def story(office: Office) -> None:
        peer = await office.concentrator()
        pieces = dlt698.Fragmenter(dlt698.parse_link(get_response(3)), 5)
        first = dlt698.parse_link(dlt698.build_link(pieces.current))
        middle = replace(first, user_data=bytes([1, 0xC0]) + first.user_data[2:])
        peer.send(dlt698.build_link(middle))
        office.clock.spawn(answer_one(peer), name="device")
        assert isinstance(await office.links.ask(ask_698(office, 1)), Answered)
        assert [stray.reason for stray in office.told(StrayFrame)] == [StrayReason.BAD_CONTENT]

    in_office(story)


def test_unreadable_answer_is_stray() -> None:
    """A sound frame around an APDU that nobody can read is told, and answers nothing."""

    async def story(office: Office) -> None:
        peer = await office.concentrator()
        asked = office.clock.spawn(office.links.ask(ask_698(office, 3)), name="asker")
        await peer.inbox.get()
        frame = dlt698.parse_link(get_response(3))
        peer.send(dlt698.build_link(replace(frame, user_data=frame.user_data[:-3])))
        peer.send(get_response(3))
        assert isinstance(await office.clock.wait(asked), Answered)
        assert [stray.reason for stray in office.told(StrayFrame)] == [StrayReason.BAD_CONTENT]

    in_office(story)


def test_frames_for_another_address_are_stray() -> None:
    """One connection is one device: a frame under another address completes nothing, whatever its number."""

    async def story(office: Office) -> None:
        peer = await office.concentrator()
        asked = office.clock.spawn(office.links.ask(ask_698(office, 3)), name="asker")
        await peer.inbox.get()
        peer.send(get_response(3, number=1, address="000000000002"))
        peer.send(get_response(3, number=2))
        outcome = await office.clock.wait(asked)
        assert isinstance(outcome, Answered)
        assert outcome.frame == get_response(3, number=2)
        assert [stray.reason for stray in office.told(StrayFrame)] == [StrayReason.WRONG_ADDRESS]

    in_office(story)


def test_requests_heard_on_a_line_are_no_answers() -> None:
    """Our own echo is passed over; another master's request is told without its bytes, which may hold a password."""

    async def story(office: Office) -> None:
        peer = await office.dtu()
        asked = office.clock.spawn(office.links.ask(ask_645(office, METER, WORD)), name="asker")
        request = await peer.inbox.get()
        assert request == read_645(METER, WORD)
        peer.send(request)
        peer.send(read_645(METER, "04000101"))
        peer.send(answer_645(METER, WORD, b"\x00\x00"))
        assert isinstance(await office.clock.wait(asked), Answered)
        [stray] = office.told(StrayFrame)
        assert (stray.reason, stray.frame) == (StrayReason.FROM_MASTER, b"")

    in_office(story)


async def answer_one(peer: Peer) -> None:
    """Answer one request for the clock."""
    request = apdu_in(await peer.inbox.get())
    assert isinstance(request, dlt698.GetNormalRequest)
    peer.send(get_response(request.piid.number))
