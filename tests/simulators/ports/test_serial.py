"""Serial ports, by pseudo-terminals in the place of adapters."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from clock import RealClock, SteppedClock, Task, run_virtual
from simulators.errors import PortError
from simulators.ports import Pty, SerialPort, Setting
from tests.simulators.calling import Caller, make_bench, once
from tests.simulators.conftest import NOON


def test_an_adapter_may_be_unplugged_and_plugged_in_again(tmp_path: Path) -> None:
    """A port that has gone is told of and looked for every two seconds; on its return the meter answers again."""
    device = tmp_path / "ttyUSB0"

    async def main(clock: SteppedClock) -> None:
        bench = make_bench(clock)
        told: list[str] = []
        near = SerialPort(clock, Setting(str(device)))
        near.tell = told.append
        tasks: list[Task[None]] = []

        async def story(caller: Caller) -> None:
            assert await caller.total() is not None

        for _ in range(2):
            far = Pty(clock)
            await far.open()
            device.unlink(missing_ok=True)
            device.symlink_to(far.device)
            if not tasks:
                await near.open()
                tasks.append(clock.spawn(bench.run(near), name="bench"))
            await once(clock, far, story)
            await clock.sleep(timedelta(seconds=1))
        assert len(told) == 2
        assert str(device) in told[0]
        await clock.cancel(*tasks)

    run_virtual(main, NOON)


@pytest.mark.parametrize("device", ["/dev/null", "/nowhere/ttyUSB0"])
def test_what_is_no_serial_port_is_named(device: str) -> None:
    """A path that is no serial port is refused by its name before anything is served."""

    async def main() -> None:
        with pytest.raises(PortError, match=device):
            await SerialPort(RealClock(), Setting(device)).open()

    asyncio.run(main())


def test_programs_come_and_go_at_a_pseudo_terminal() -> None:
    """Time passes while nobody has it open, and whoever opens it next is served."""

    async def main(clock: SteppedClock) -> None:
        bench = make_bench(clock)
        near = Pty(clock)
        await near.open()
        task = clock.spawn(bench.run(near), name="bench")

        async def story(caller: Caller) -> None:
            assert await caller.total() is not None

        for _ in range(3):
            await clock.sleep(timedelta(hours=1))
            await once(clock, SerialPort(clock, Setting(near.device)), story)
        await clock.cancel(task)

    run_virtual(main, NOON)
