"""Listening to a line without a word of one's own, over real TCP."""

import asyncio
from datetime import timedelta

import aiomqtt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clock import RealClock
from drivers.link import Tcp, Topic
from protocols.inspect import Piece
from simulators.master import BenchError, Way, listen, over_mqtt
from tests.broker import mosquitto

REQUEST_645 = bytes.fromhex("FEFEFEFE68563412000000681104333334334E16")
ANSWER_645 = bytes.fromhex("681200000010206891083335C33389CB3433C416")


def heard(sent: list[bytes]) -> tuple[list[Piece], bytes]:
    """Give what is told of a line that carries these bytes and ends, and what was sent to it."""

    async def main() -> tuple[list[Piece], bytes]:
        said = asyncio.Event()
        pieces: list[Piece] = []
        spoken = bytearray()

        async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            for part in sent:
                writer.write(part)
                await writer.drain()
            writer.write_eof()
            spoken.extend(await reader.read())
            writer.close()
            said.set()

        server = await asyncio.start_server(speak, "127.0.0.1", 0)
        host, port = server.sockets[0].getsockname()
        async with server:
            await listen(RealClock(), Way(Tcp(host, port)), pieces.append)
            await said.wait()
        return pieces, bytes(spoken)

    return asyncio.run(main())


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from([REQUEST_645, ANSWER_645, b"\x00\x01"]), max_size=6), st.integers(1, 40))
def test_frames_are_told_however_they_come(frames: list[bytes], size: int) -> None:
    """Whatever goes by is told piece by piece, nothing is lost and nothing is said."""
    line = b"".join(frames)
    pieces, spoken = heard([line[at : at + size] for at in range(0, len(line), size)])
    assert b"".join(piece.data for piece in pieces) == line
    assert [piece.data for piece in pieces if piece.is_frame] == [frame for frame in frames if len(frame) > 2]
    assert spoken == b""


def test_line_that_is_not_there_is_told() -> None:
    """Who does not answer, and a broker, at which nobody can listen in, are told by name."""
    for endpoint, told in ((Tcp("127.0.0.1", 1), "127.0.0.1:1"), (Topic("SHED-7"), "SHED-7")):
        with pytest.raises(BenchError, match=told):
            asyncio.run(listen(RealClock(), Way(endpoint), lambda _: None))


def test_both_sides_are_heard_at_a_broker() -> None:
    """What goes up and down the topics of a device is told, and its presence and others' messages are not."""
    pieces: list[Piece] = []

    async def main(url: str, port: int) -> None:
        clock = RealClock()
        hearing = clock.spawn(listen(clock, over_mqtt(f"{url}/M7"), pieces.append), name="listening")
        async with aiomqtt.Client("127.0.0.1", port) as client:
            await client.publish("headend/M7/status", b"online", retain=True)
            while not pieces:  # until the subscription stands
                await client.publish("headend/M7/down", REQUEST_645)
                await clock.sleep(timedelta(milliseconds=50))
            await client.publish("headend/M8/up", REQUEST_645)
            while pieces[-1].data != ANSWER_645:
                await client.publish("headend/M7/up", ANSWER_645)
                await clock.sleep(timedelta(milliseconds=50))
        await clock.cancel(hearing)

    with mosquitto() as broker:
        asyncio.run(main(broker.url, broker.port))
    assert {piece.data for piece in pieces} == {REQUEST_645, ANSWER_645}


def test_a_broker_that_is_not_there_is_told() -> None:
    """Nobody at the port of the broker is an error, and no traceback."""
    with pytest.raises(BenchError, match="broker is not to be had"):
        asyncio.run(listen(RealClock(), over_mqtt("mqtt://127.0.0.1:1/M7"), lambda _: None))
