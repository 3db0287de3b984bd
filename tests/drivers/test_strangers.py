"""What unknown peers and bad bytes can do to us: cost one clear event each, and nothing to others."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.link import (
    Answered,
    DownReason,
    GarbageSkipped,
    LinkDown,
    LinkUp,
    StrangerClosed,
    StrangerReason,
)
from drivers.link.dtu import DtuStream, Registration
from protocols import dlt645, dlt698
from protocols.dlt645 import FrameReceived, Garbage
from tests.drivers.peers import (
    A_698,
    A_DTU,
    Office,
    answer_645,
    apdu_in,
    ask_645,
    ask_698,
    get_response,
    in_office,
    limits_with,
    link_request,
)

METER = "000000003001"
ENERGY = "00010000"
ANSWER = answer_645(METER, ENERGY, b"\x12\x34\x56\x00")
NOISE = b"AT+CSQ\r\n\x68\x01\x02"
FEW = b"\x00\xff\x68\x41"


def test_slow_stranger_is_closed() -> None:
    """A connection that sends no frame within its time is closed."""

    async def story(office: Office) -> None:
        peer = await office.connect()
        began = office.clock.now()
        peer.send(b"\x68\x10")
        await office.clock.wait(peer.gone)
        assert office.clock.now() == began + timedelta(seconds=30)
        [closed] = office.told(StrangerClosed)
        assert (closed.reason, closed.received) == (StrangerReason.TOO_SLOW, 2)

    in_office(story)


def test_talkative_stranger_is_closed() -> None:
    """A connection that sends many bytes and no frame is closed."""

    async def story(office: Office) -> None:
        peer = await office.connect()
        peer.send(b"GET / HTTP/1.1\r\n" * 300)
        await office.clock.wait(peer.gone)
        assert [closed.reason for closed in office.told(StrangerClosed)] == [StrangerReason.TOO_MANY_BYTES]

    in_office(story)


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        (limits_with(strangers=3), StrangerReason.TOO_MANY),
        (limits_with(strangers_per_host=3), StrangerReason.TOO_MANY_FROM_HOST),
    ],
)
def test_strangers_are_limited(limits: object, reason: StrangerReason) -> None:
    """Beyond the limit a new connection is closed at once; those that have logged in do not count."""

    async def story(office: Office) -> None:
        await office.concentrator()
        for _ in range(3):
            await office.connect()
        assert office.told(StrangerClosed) == []
        peer = await office.connect()
        await office.clock.wait(peer.gone)
        assert [closed.reason for closed in office.told(StrangerClosed)] == [reason]
        assert office.links.is_up(A_698)

    in_office(story, limits)  # type: ignore[arg-type]  # a LinkLimits off the table


def test_stranger_that_leaves_makes_room() -> None:
    """A stranger that hangs up is told and forgotten."""

    async def story(office: Office) -> None:
        for _ in range(5):
            peer = await office.connect()
            peer.close()
            await office.clock.wait(peer.gone)
        assert {closed.reason for closed in office.told(StrangerClosed)} == {StrangerReason.LEFT}
        await office.concentrator()

    in_office(story, limits_with(strangers=2))


def test_noise_before_the_login_is_told_once() -> None:
    """A modem's words before the first frame cost one event; the login counts."""

    async def story(office: Office) -> None:
        peer = await office.connect()
        peer.send(NOISE)
        await office.clock.sleep(1)
        peer.send(link_request(dlt698.LinkKind.LOGIN))
        assert isinstance(apdu_in(await peer.inbox.get()), dlt698.LinkResponse)
        [skipped] = office.told(GarbageSkipped)
        assert (skipped.link, skipped.count) == (None, len(NOISE))

    in_office(story)


def test_garbage_around_an_answer_costs_only_itself() -> None:
    """Noise before, a half frame after: the answer is found, each piece of garbage is told."""

    async def story(office: Office) -> None:
        peer = await office.concentrator()
        asked = office.clock.spawn(office.links.ask(ask_698(office, 1)), name="asker")
        await peer.inbox.get()
        peer.send(NOISE + get_response(1) + get_response(2)[:20])
        assert isinstance(await office.clock.wait(asked), Answered)
        assert [skipped.count for skipped in office.told(GarbageSkipped)] == [len(NOISE)]
        await office.clock.sleep(7)
        assert sum(skipped.count for skipped in office.told(GarbageSkipped)) == len(NOISE) + 20
        assert office.links.is_up(A_698)

    in_office(story)


@pytest.mark.parametrize("link", [A_698, A_DTU])
def test_link_full_of_garbage_is_ended(link: str) -> None:
    """Many bytes without a frame end a login, too."""

    async def story(office: Office) -> None:
        peer = await (office.concentrator() if link == A_698 else office.dtu())
        for _ in range(50):
            peer.send(b"\x00" * 100)
        await office.clock.wait(peer.gone)
        assert [down.reason for down in office.told(LinkDown)] == [DownReason.GARBAGE]

    in_office(story)


def test_peer_that_never_reads_is_cut_off() -> None:
    """A peer that floods heartbeats and reads no answer cannot make us keep more than a little."""

    async def story(office: Office) -> None:
        peer = await office.concentrator()
        peer.transport.pause_reading()
        heartbeat = link_request(dlt698.LinkKind.HEARTBEAT)
        while not office.told(LinkDown):
            if peer.transport.get_write_buffer_size() < len(heartbeat) * 10_000:
                peer.send(heartbeat * 1000)
            await office.clock.wait(office.clock.spawn(a_moment(), name="moment"))
        peer.transport.abort()

    in_office(story)


async def a_moment() -> None:
    """Let the event loop turn, without time."""


def test_registration_may_come_in_pieces() -> None:
    """A registration packet cut anywhere, with noise in front of it, is one login."""

    async def story(office: Office) -> None:
        peer = await office.connect()
        for byte in b"+++REG:SHOPS-01\r\n":
            peer.send(bytes([byte]))
            await office.clock.sleep(0.1)
        assert [up.link for up in office.told(LinkUp)] == [A_DTU]

    in_office(story)


def test_registrations_between_answers() -> None:
    """A registration that comes between request and answer disturbs neither."""

    async def story(office: Office) -> None:
        peer = await office.dtu()
        asked = office.clock.spawn(office.links.ask(ask_645(office, METER, ENERGY)), name="asker")
        await peer.inbox.get()
        peer.send(b"REG:SHOPS-01\r\n" + ANSWER + b"REG:SHOPS-01\r\n")
        outcome = await office.clock.wait(asked)
        assert isinstance(outcome, Answered)
        assert outcome.frame == ANSWER
        assert office.told(GarbageSkipped) == []

    in_office(story)


def test_registration_of_another_device_on_the_line_is_garbage() -> None:
    """One connection is one DTU."""

    async def story(office: Office) -> None:
        peer = await office.dtu()
        peer.send(b"REG:OTHER\r\n")
        await office.clock.sleep(1)
        assert [skipped.reason for skipped in office.told(GarbageSkipped)] == ["registration_of_another"]
        assert len(office.told(LinkUp)) == 1

    in_office(story)


pieces = st.lists(
    st.one_of(
        st.sampled_from([b"REG:SHOPS-01\r\n", b"REG:A\r\n", ANSWER, b"\xfe\xfe" + ANSWER]),
        st.sampled_from([b"R", b"REG", b"REG:\r\n", b"REG:a\r\n", FEW]),
        st.binary(max_size=6),
    ),
    max_size=8,
)


@settings(max_examples=300, deadline=None)
@given(pieces=pieces, cuts=st.lists(st.integers(0, 200), max_size=6))
def test_dtu_stream_does_not_depend_on_the_pieces(pieces: list[bytes], cuts: list[int]) -> None:
    """However the bytes are cut, the same registrations and frames come in the same order, and no byte is lost."""
    data = b"".join(pieces)
    ends = sorted({min(cut, len(data)) for cut in cuts} | {len(data)})
    stream, events = DtuStream(), []
    for start, end in zip([0, *ends], ends, strict=False):
        events += stream.receive(data[start:end])
    events += stream.give_up()
    whole = DtuStream()
    expected = [*whole.receive(data), *whole.give_up()]
    kinds = (Registration, FrameReceived)
    assert [one for one in events if isinstance(one, kinds)] == [one for one in expected if isinstance(one, kinds)]
    assert sum(map(size, events)) == len(data)
    assert stream.pending == 0


@settings(max_examples=200, deadline=None)
@given(noise=st.binary(max_size=40).filter(lambda noise: b"\x68" not in noise))
def test_registration_is_found_after_any_noise(noise: bytes) -> None:
    """Noise without a frame's beginning hides no registration."""
    stream = DtuStream()
    events = stream.receive(noise + b"REG:SHOPS-01\r\n")
    assert events[-1] == Registration("SHOPS-01")


def size(event: Registration | dlt645.FrameReceived | Garbage) -> int:
    """Count the bytes an event stands for."""
    if isinstance(event, Registration):
        return len(b"REG:\r\n") + len(event.id)
    if isinstance(event, Garbage):
        return len(event.data)
    return len(event.raw) + event.wakeup
