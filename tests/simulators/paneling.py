"""A panel on a terminal of the test's own, and a master that calls its meter over TCP."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from textual.pilot import Pilot
from textual.widgets import OptionList, Static

from clock import RealClock
from protocols import dlt645
from protocols.catalogue import Protocol
from protocols.dissection import Language
from protocols.inspect import decode
from simulators.bench import Bench, MeterWish, make_meter
from simulators.connection import Connection
from simulators.ports import TcpServer
from simulators.tui import Panel
from tests.simulators.calling import ADDRESS, Caller

NARROW = (80, 24)
TALL = (140, 48)


@dataclass
class Shown:
    """A panel while it is shown, and what its master does."""

    panel: Panel
    pilot: Pilot[None]
    master: Caller
    port: int

    async def until(self, holds: Callable[[], object]) -> None:
        """Let the panel work until something holds; the test's own time limit ends it otherwise."""
        while not holds():
            await self.pilot.pause()

    async def ask(self, di: int = 0x00010000) -> dict[str, object]:
        """Read an item over TCP and give the answer decoded, nothing where none comes."""
        frame = dlt645.build_message(dlt645.Address(ADDRESS), dlt645.ReadRequest(dlt645.DI(di)))
        self.master.channel.send(dlt645.build_frame(frame))
        return decode(await self.master.channel.receive())

    def text(self, selector: str) -> str:
        """Give what a part of the panel shows."""
        return str(self.panel.screen_stack[0].query_one(selector, Static).render())

    def frames(self) -> list[str]:
        """Give the lines of the list of frames."""
        listed = self.panel.screen_stack[0].query_one("#frames", OptionList)
        return [str(listed.get_option_at_index(place).prompt) for place in range(listed.option_count)]


@asynccontextmanager
async def shown(
    *addresses: str,
    size: tuple[int, int] = NARROW,
    language: Language = Language.ENGLISH,
    protocol: Protocol = Protocol.DLT645,
) -> AsyncIterator[Shown]:
    """Show the panel of a bench at a free TCP port, with its master connected."""
    clock = RealClock()
    meters = [make_meter(MeterWish(address, protocol), clock.now()) for address in addresses or (ADDRESS,)]
    bench = Bench(clock, meters, baud=None, latency_ms=(0, 0))
    port = TcpServer(clock, "127.0.0.1", 0)
    panel = Panel(bench, port, example=lambda: f"read it {port.option}", language=language)
    async with panel.run_test(size=size) as pilot:
        while not port.option:
            await pilot.pause()
        connection = await Connection.dial(clock, "127.0.0.1", port.port)
        try:
            yield Shown(panel, pilot, Caller(clock, connection), port.port)
        finally:
            connection.close()
