# ruff: noqa: INP001 - tools are scripts beside each other
"""Pictures of the panel for the documents: the same scene each time, in virtual time and without a network."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from clock import Clock, Queue, virtual_time
from protocols import dlt645
from protocols.dissection import Language
from simulators.bench import Bench, MeterWish, make_meter
from simulators.ports import Port, Serve
from simulators.tui import Panel

__all__ = ["PICTURES", "Picture", "draw"]

NOON = datetime(2026, 9, 13, 4, 0, tzinfo=UTC)
ADDRESS = "000000001001"
PAUSE = timedelta(seconds=4)
WHERE = "tcp 127.0.0.1:4001"
KEYS = "tg"
TOTAL, RUN_STATE_3, VOLTAGE = 0x00010000, 0x04000503, 0x02010100


@dataclass(frozen=True)
class Picture:
    """A terminal of so many columns and lines, and what is done before it is drawn: items to read, or keys."""

    size: tuple[int, int]
    language: Language
    story: tuple[int | str, ...]


PICTURES = {
    "panel": Picture((132, 40), Language.ENGLISH, (VOLTAGE, TOTAL)),
    "panel_tripped": Picture(
        (132, 44), Language.CHINESE, (TOTAL, "t", RUN_STATE_3, "slow seconds=3", "bad-checksum count=5", TOTAL)
    ),
    "panel_small": Picture((80, 24), Language.CHINESE, (TOTAL, "t")),
}


class Wire(Port):
    """A port at which the scene itself calls."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(f"listening at {WHERE}", "--tcp 127.0.0.1:4001")
        self.requests: Queue[bytes] = Queue(clock)

    def ask(self, di: int) -> None:
        """Read an item."""
        request = dlt645.build_message(dlt645.Address(ADDRESS), dlt645.ReadRequest(dlt645.DI(di)))
        self.requests.try_put(dlt645.build_frame(request))

    async def open(self) -> None:
        """There is nothing to open."""

    async def run(self, serve: Serve) -> None:
        """Have one conversation."""
        await serve(_End(self.requests))


class _End:
    """The meter's end of it: what is sent has been seen by the panel."""

    peer = "scene"
    open = True

    def __init__(self, requests: Queue[bytes]) -> None:
        self._requests = requests

    async def receive(self) -> bytes:
        return await self._requests.get()

    def send(self, data: bytes) -> None:
        """Nobody else listens."""

    def close(self) -> None:
        """Leave it to the scene to end."""


def draw(name: str) -> str:
    """Draw a picture."""
    return asyncio.run(_scene(PICTURES[name]))


async def _scene(picture: Picture) -> str:
    async with virtual_time(NOON) as clock:
        bench = Bench(clock, [make_meter(MeterWish(ADDRESS), clock.now())])
        wire = Wire(clock)
        example = f"metersim master read {ADDRESS} 00010000 {wire.option} --protocol dlt645"
        panel = Panel(bench, wire, example=lambda: example, language=picture.language)
        panel.animation_level = "none"
        async with panel.run_test(size=picture.size) as pilot:
            for step in picture.story:
                match step:
                    case int():
                        wire.ask(step)
                    case str() if step in KEYS:
                        await pilot.press(step)
                    case _:
                        panel.tell(bench.act(*step.split()))
                await clock.sleep(PAUSE)
                await pilot.pause()
            panel.look()
            await pilot.pause()
            return panel.export_screenshot()
