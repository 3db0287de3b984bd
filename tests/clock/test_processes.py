"""Two processes over real TCP: one seed has one log, whatever the event loop, and a killed process loses nothing."""

import asyncio
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import uvloop

from clock import Conductor, SteppedClock, run_virtual
from tests.clock.village import METERS, ROUNDS, START, Master, Meters

STAMP = "%d %H:%M:%S.%f"
END = START + timedelta(days=3)
LOOPS = {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}
PROGRAM = Path(__file__).with_name("master_process.py")


class MasterProcess:
    """The master in a process of its own, writing what it hears to a file."""

    def __init__(self, folder: Path, port: int, loop: str) -> None:
        self._command = [sys.executable, str(PROGRAM), str(folder / "clock"), str(port), loop]
        self._said = folder / "said"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, or start it anew."""
        with self._said.open("ab") as said:
            self._process = subprocess.Popen(self._command, stdout=said)

    def kill(self) -> None:
        """Kill it with SIGKILL, and see it dead."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    async def said(self) -> list[str]:
        """See it end by itself, and return the lines that it and its forerunners have said."""
        assert self._process is not None
        assert await asyncio.get_running_loop().run_in_executor(None, self._process.wait) == 0
        return self._said.read_text().splitlines()


def in_two_processes(
    folder: Path, here: str, there: str, kills: tuple[datetime, ...] = ()
) -> tuple[list[str], list[str]]:
    """Run meters here and a master there, killing and starting it anew at some instants; return what both heard."""
    heard: list[str] = []
    folder.mkdir()

    async def main() -> list[str]:
        clock = SteppedClock(START)
        server, port = await Meters(clock, 1, heard.append).listen()
        master = MasterProcess(folder, port, there)

        async def kill() -> None:
            for at in kills:
                await clock.sleep_until(at)
                master.kill()
                heard.append(f"{clock.now():{STAMP}} the master is killed")
                master.start()

        async with Conductor(clock, folder / "clock", require={"master"}) as conductor:
            clock.spawn(kill(), name="kills")
            master.start()
            await conductor.run(END)
        server.close()
        return await master.said()

    with asyncio.Runner(loop_factory=LOOPS[here]) as runner:
        said = runner.run(main())
    return heard, said


def in_one_process() -> tuple[list[str], list[str]]:
    """Run meters and master in one virtual world; return what both heard."""
    heard: list[str] = []
    said: list[str] = []

    async def main(clock: SteppedClock) -> None:
        server, port = await Meters(clock, 1, heard.append).listen()
        await Master(clock, port, said.append).ask_all()
        server.close()

    run_virtual(main, START)
    return heard, said


@pytest.mark.parametrize("loop", LOOPS)
def test_one_seed_has_one_log(tmp_path: Path, loop: str) -> None:
    """Five runs of two processes over real TCP hear the same as one virtual world, at the same instants."""
    expected = in_one_process()
    assert [len(log) for log in expected] == [METERS * ROUNDS] * 2
    others = ["asyncio", "uvloop", "asyncio", "uvloop", "asyncio"]
    for number, other in enumerate(others):
        assert in_two_processes(tmp_path / str(number), loop, other) == expected


@pytest.mark.parametrize("loop", LOOPS)
def test_a_killed_process_goes_on_where_it_was(tmp_path: Path, loop: str) -> None:
    """While the master is dead time stands; started anew it goes on from that very instant, the same each time."""
    kills = (START + timedelta(seconds=4), START + timedelta(hours=6, seconds=2), START + timedelta(hours=20))
    first = in_two_processes(tmp_path / "0", loop, loop, kills)
    for number in range(1, 3):
        assert in_two_processes(tmp_path / str(number), loop, loop, kills) == first
    heard, said = first
    for at in kills:
        killed = heard.index(f"{at:{STAMP}} the master is killed")
        assert heard[killed + 1].startswith(f"{at + timedelta(seconds=1):{STAMP}} meter hears")
    assert said[-1].startswith("02 00:00:0")


@pytest.mark.parametrize("loop", LOOPS.values(), ids=LOOPS)
def test_an_overloaded_machine_changes_nothing(tmp_path: Path, loop: Callable[[], asyncio.AbstractEventLoop]) -> None:
    """Beside processes that burn the CPU, the two sides hear the same at the same instants."""
    burn = [sys.executable, "-c", "while True: pass"]
    burners = [subprocess.Popen(burn) for _ in range(4)]
    try:
        name = next(name for name, factory in LOOPS.items() if factory is loop)
        assert in_two_processes(tmp_path / "0", name, name) == in_one_process()
    finally:
        for burner in burners:
            burner.kill()
            burner.wait()
