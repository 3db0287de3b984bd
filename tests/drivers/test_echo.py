"""RS-485 adapters that return what is sent: the answer is found, and the echo is no noise."""

from datetime import timedelta
from decimal import Decimal

import pytest

from drivers.link import Answered, EchoHeard, GarbageSkipped, LinkDown, NoAnswer, Rank, StrayFrame, StrayReason
from drivers.meter import Told, Way
from protocols import dlt645
from tests.drivers.peers import A_DTU, Office, answer_645, ask_645, in_office, limits_with, read_645
from tests.drivers.scene import SHOP, Scene, in_field

METER = "000000003001"
WORD, WORDS = "04000503", "040005FF"
REQUEST = read_645(METER, WORD)
ANSWER = answer_645(METER, WORD, b"\x00\x00")


@pytest.mark.parametrize(
    ("echo", "count", "whole"),
    [
        (REQUEST, 16, True),
        (REQUEST[4:], 16, True),
        (b"\xfe" * 3 + REQUEST, 16, True),
        (REQUEST[2:], 16, True),
        (REQUEST[5:], 15, False),
        (REQUEST[-9:], 9, False),
        (REQUEST[:9], 9, False),
        (REQUEST[7:12], 5, False),
    ],
)
@pytest.mark.parametrize("apart", [False, True])
def test_answer_behind_an_echo_is_found(echo: bytes, count: int, whole: bool, apart: bool) -> None:
    """Whole or in part, with other wake-up bytes, glued to the answer or before it: told as an echo, no garbage."""

    async def story(office: Office) -> None:
        peer = await office.dtu()
        asked = office.clock.spawn(office.links.ask(ask_645(office, METER, WORD)), name="asker")
        assert await peer.inbox.get() == REQUEST
        if apart:
            peer.send(echo)
            await office.clock.sleep(0.3)
            peer.send(ANSWER)
        else:
            peer.send(echo + ANSWER)
        outcome = await office.clock.wait(asked)
        assert isinstance(outcome, Answered)
        assert outcome.frame == ANSWER
        heard = office.told(EchoHeard)
        assert sum(piece.count for piece in heard) == count
        assert {(piece.link, piece.whole) for piece in heard} == {(A_DTU, whole)}
        assert not office.told(GarbageSkipped)
        assert not office.told(StrayFrame)

    in_office(story)


def test_echoing_line_is_not_a_line_full_of_garbage() -> None:
    """Pieces of echoes without end do not count toward the noise that ends a link; noise does."""

    async def story(office: Office) -> None:
        peer = await office.dtu()
        for number in range(40):
            asked = office.clock.spawn(office.links.ask(ask_645(office, f"{number:012d}", WORD)), name="asker")
            request = await peer.inbox.get()
            peer.send(request[6:])
            assert isinstance(await office.clock.wait(asked), NoAnswer)
            peer.send(b"REG:SHOPS-01\r\n" if number % 10 == 0 else b"")
            await office.clock.sleep(10)
        assert sum(echo.count for echo in office.told(EchoHeard)) == 40 * len(REQUEST[6:])
        assert not office.told(LinkDown)
        peer.send(bytes(65))
        await office.clock.wait(peer.gone)
        assert office.told(LinkDown)

    in_office(story, limits_with(bytes_without_frame=64, dtu_heartbeat=timedelta(hours=1)))


def test_frame_of_an_older_question_is_no_echo() -> None:
    """Only the last question can echo: an older one's frame counts as another master's, and shows nothing."""

    async def story(office: Office) -> None:
        peer = await office.dtu()
        await office.links.ask(ask_645(office, METER, WORD))
        asked = office.clock.spawn(office.links.ask(ask_645(office, METER, WORDS)), name="asker")
        await office.clock.sleep(1)
        peer.send(REQUEST + answer_645(METER, WORDS, bytes(14)))
        assert isinstance(await office.clock.wait(asked), Answered)
        [stray] = office.told(StrayFrame)
        assert (stray.reason, stray.frame) == (StrayReason.FROM_MASTER, b"")

    in_office(story)


def test_meter_behind_an_echoing_adapter_is_read_and_switched() -> None:
    """Reads in one frame and commands with a password, through a simulated line that returns all it is sent."""

    async def story(scene: Scene) -> None:
        meter = scene.meter(SHOP)
        told = await meter.registers(rank=Rank.POLL)
        assert isinstance(told, Told), told
        assert told.value.total is not None
        assert abs(told.value.total - Decimal(scene.registers(SHOP).total).scaleb(-2)) <= Decimal("0.02")
        closed = await meter.close()
        assert isinstance(closed, Told), closed
        assert [frame.way for frame in closed.trace] == [Way.OUT, Way.IN]
        assert all(echo.whole for echo in scene.told(EchoHeard))
        assert len(scene.told(EchoHeard)) == 2
        assert not scene.told(GarbageSkipped)
        assert not scene.told(StrayFrame)

    in_field(story, echoes=True)


def test_echo_hides_its_bytes() -> None:
    """A command holds a password, so its echo tells how long it was and no more."""

    async def story(office: Office) -> None:
        peer = await office.dtu()
        asked = office.clock.spawn(office.links.ask(ask_645(office, METER, WORD)), name="asker")
        await peer.inbox.get()
        peer.send(REQUEST)
        await office.clock.wait(asked)
        [heard] = office.told(EchoHeard)
        assert not any(isinstance(part, bytes | dlt645.Frame) for part in (getattr(heard, n) for n in heard.__slots__))

    in_office(story)
