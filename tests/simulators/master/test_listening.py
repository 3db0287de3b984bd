"""Listening to a line without a word of one's own, over real TCP."""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clock import RealClock
from drivers.link import Tcp, Topic
from protocols.inspect import Piece
from simulators.master import BenchError, listen

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
            await listen(RealClock(), Tcp(host, port), pieces.append)
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
            asyncio.run(listen(RealClock(), endpoint, lambda _: None))
