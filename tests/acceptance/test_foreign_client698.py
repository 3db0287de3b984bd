"""Our simulated DL/T 698.45 meter on a bare line, read by a client that others wrote, the engine of PyPI `dlt698`."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from dlt698 import ConnectionProfile, SessionOptions
from dlt698.protocol import AssociationParameters
from dlt698.protocol.link import ServerAddress
from dlt698.session import Engine, Role

from clock import RealClock
from drivers.zone import BEIJING
from protocols import dlt698
from protocols.dlt698 import OAD, Dar
from tests.acceptance.foreign import Foreign, local_time, oad
from tests.protocols.dlt698.peer import ours
from tests.simulators.processes import Metersim, metersim

ADDRESS = "000000001001"
CLIENT = 0x10

Exchange = Callable[[Callable[[Engine], int]], Awaitable[Any]]


def their_client(clock: RealClock, meter: Metersim) -> Foreign:
    """Dial their engine to the meter; a meter on a bare line has its association preset."""
    port = re.search(r"--tcp 127\.0\.0\.1:(\d+)", meter.first)
    assert port, meter.first
    number = int(port[1])

    def make() -> Engine:
        options = SessionOptions(
            role=Role.client,
            server=ServerAddress(bytes=bytes.fromhex(ADDRESS)[::-1]),
            client_address=CLIENT,
            preset_association=True,
            require_login=False,
            request_timeout=20.0,
            parameters=AssociationParameters(
                version=0x16,
                protocol=[0xFF, 0xFF, 0xF8] + [0] * 5,
                function=[0] * 16,
                send_frame_bytes=1024,
                receive_frame_bytes=1024,
                receive_window=1,
                apdu_bytes=1024,
                timeout_seconds=600,
            ),
            calendar_clock=lambda: local_time(clock),
        )
        return Engine(options, None)

    def dial(engine: Engine) -> Any:
        return engine.connect_tcp("127.0.0.1", number, ConnectionProfile.local_preset, role=Role.client)

    return Foreign(clock, make, dial)


def with_their_client(story: Callable[[Exchange, int], Awaitable[None]]) -> None:
    """Run a story of exchanges with the meter."""

    async def main() -> None:
        clock = RealClock()
        with (
            metersim("meter", "1001", "--protocol", "dlt698", "--register", "50") as meter,
            their_client(clock, meter) as foreign,
        ):
            told = await foreign.until(lambda told: told.state is not None and told.state.name == "associated")

            async def exchange(act: Callable[[Engine], int]) -> Any:
                completed = await foreign.completed(act)
                assert completed.error is None, completed.error.context
                return ours(completed.message)

            await story(exchange, told.connection)

    asyncio.run(main())


def test_energies_and_clock_are_read() -> None:
    """One item, and several in a list; the registers of the tariffs make the total."""

    async def story(exchange: Exchange, link: int) -> None:
        answer = await exchange(lambda engine: engine.get([oad("00100200")], False, link))
        total, *tariffs = (element.value for element in answer.result.result.elements)
        assert 5000 <= total < 5010
        assert sum(tariffs) == total
        answer = await exchange(lambda engine: engine.get([oad("40000200"), oad("40010200")], True, link))
        shown, address = (one.result.value for one in answer.results)
        assert abs(shown.at(BEIJING) - RealClock().now()) < timedelta(minutes=1)
        assert address.hex() == ADDRESS

    with_their_client(story)


def test_what_the_meter_has_not_is_told_as_a_dar() -> None:
    """An object that the meter does not know is answered with a reason."""

    async def story(exchange: Exchange, link: int) -> None:
        answer = await exchange(lambda engine: engine.get([oad("60120200")], False, link))
        assert answer.result.oad == OAD.parse("60120200")
        assert isinstance(answer.result.result, Dar)
        assert isinstance(answer, dlt698.GetNormalResponse)

    with_their_client(story)
