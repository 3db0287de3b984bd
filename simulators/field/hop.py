"""The last hop to a meter: how long it takes, and who answers at its end."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta

from clock import Clock
from protocols import dlt645, dlt698
from protocols.errors import ProtocolError
from simulators.meter import Dialect, Meter, Server645, Server698
from simulators.seeded import between

__all__ = ["Hop"]


class Hop:
    """The power line between a concentrator and its meters, or whatever stands for it.

    A round trip takes a time drawn from ``latency_ms`` (bounds in ms) for this meter and this exchange; half of
    it passes before the meter acts.
    """

    def __init__(
        self,
        clock: Clock,
        meters: Mapping[str, Meter],
        *,
        seed: int,
        latency_ms: tuple[int, int],
        password: dlt645.Password,
    ) -> None:
        self._clock = clock
        self._meters = meters
        self._seed = seed
        self._latency_ms = latency_ms
        self._password = password
        self._exchanges: dict[str, int] = {}

    def meter(self, address: str) -> Meter | None:
        """Give the meter with this communication address, if it is on this line."""
        return self._meters.get(address)

    async def reach(self, meter: Meter, until: datetime) -> timedelta | None:
        """Carry a question to a meter; the time its answer will take back, or None if none comes by ``until``.

        The clock stands at the instant at which the meter acts, or at ``until``.
        """
        half = self._draw(meter.address) / 2
        arrival = self._clock.now() + half
        await self._clock.sleep_until(min(arrival, until))
        if arrival + half > until or not meter.hears(arrival):
            await self._clock.sleep_until(until)
            return None
        return half

    async def forward(self, frame: bytes, until: datetime) -> bytes:
        """Put a frame on the line and wait for the answer to it; empty if none comes by ``until``."""
        asked = _read(frame)
        meter = self.meter(asked.address.digits) if asked else None
        back = await self.reach(meter, until) if meter else None
        answer, took = self._answer(meter, asked) if meter and asked and back is not None else (b"", timedelta())
        if back is not None and answer:
            await self._clock.sleep(took + back)
        else:
            await self._clock.sleep_until(until)
        return answer

    def _draw(self, address: str) -> timedelta:
        number = self._exchanges.get(address, 0)
        self._exchanges[address] = number + 1
        return timedelta(milliseconds=between(*self._latency_ms, self._seed, "hop", address, number))

    def _answer(self, meter: Meter, asked: dlt645.Frame | dlt698.LinkFrame) -> tuple[bytes, timedelta]:
        if isinstance(asked, dlt645.Frame):
            reply = Server645(meter, self._password).answer(asked, self._clock.now())
            return (dlt645.build_frame(reply) if reply else b""), timedelta()
        return self._answer_698(meter, asked)

    def _answer_698(self, meter: Meter, asked: dlt698.LinkFrame) -> tuple[bytes, timedelta]:
        """Give the answer and how long the meter takes; a DL/T 645 meter understands nothing of the question."""
        if meter.plate.dialect is not Dialect.DLT698:
            return b"", timedelta()
        server = Server698(meter)
        try:
            request = dlt698.parse_apdu(asked.user_data)
        except ProtocolError:
            return b"", timedelta()
        answer = server.answer(request, self._clock.now(), client=asked.client)
        if answer is None:
            return b"", timedelta()
        back = dlt698.LinkFrame(
            asked.control.reversed, dlt698.Address.single(meter.address), asked.client, dlt698.build_apdu(answer)
        )
        return dlt698.build_link(back), server.services.took


def _read(frame: bytes) -> dlt645.Frame | dlt698.LinkFrame | None:
    """Read a frame of either dialect, wake-up bytes in front of it allowed; None for what is no frame."""
    bare = frame.lstrip(b"\xfe")
    for parse in (dlt645.parse_frame, dlt698.parse_link):
        with suppress(ProtocolError):
            return parse(bare)
    return None
