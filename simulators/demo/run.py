"""One run of the demo from the empty folder to the checked end."""

import asyncio
import json
import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from clock import Conductor, SteppedClock
from simulators.demo.daemon import Daemon, headend
from simulators.demo.kills import drawn_kills, kill_at
from simulators.demo.truth import truth_of
from simulators.demo.workdir import WorkDir
from simulators.errors import DaemonError
from simulators.field import Listener
from simulators.happenings import let_happen
from simulators.localtime import midnight
from simulators.people import Crew, Customers, Desk, Diary
from simulators.sms import SmsCentre
from simulators.village import Scenario, Village, archive_of, build_village
from simulators.world import World

__all__ = ["DemoOptions", "Ended", "run_demo"]

HOST = "127.0.0.1"
DAEMON = "daemon"
CHECKS_FAILED = 1
PATIENCE = 30.0  # real seconds that time may stand before the holders are named: a busy machine is no fault

Tell = Callable[[date], None]


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """What to run: ``pace`` is real seconds for a day, 0 runs as fast as it goes."""

    scenario: Scenario
    root: Path
    days: int
    pace: float = 0.0
    quiet: bool = False
    kill_at: tuple[datetime, ...] = ()
    kill_every: timedelta | None = None
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run ended: the physical side, and what the daemon's own check says."""

    root: Path
    village: Village
    diary: Diary
    centre: SmsCentre
    at: datetime
    kills: int
    selfcheck: dict[str, Any]
    troubles: list[str] = field(default_factory=list)


async def run_demo(options: DemoOptions, new_day: Tell) -> Ended:
    """Run the village against the daemon and check the end.

    Raises:
        DaemonError: the daemon could not be started, ended by itself, or did not stop.
        ScenarioError: the work folder can't be used.

    """
    scenario = options.scenario
    village = build_village(scenario)
    start = midnight(scenario.start)
    until = midnight(scenario.start + timedelta(days=options.days))
    clock = SteppedClock(start, patience=PATIENCE)
    workdir = WorkDir(options.root.resolve())
    conductor = Conductor(clock, workdir.conductor, require=[DAEMON], pace=options.pace / 24, patience=PATIENCE)
    desk = Desk(clock, workdir.socket, answered=conductor.ask_anew)
    diary = Diary()
    crew = Crew(clock, scenario, desk, diary)
    customers = Customers(clock, village, desk, crew, diary)
    dead = [who.phone for home in village.homes for who in home.contacts if who.fails]
    centre = SmsCentre(clock, seed=scenario.seed, dead=dead, heard=customers.hear)
    listen = Listener(HOST, _free_port())
    workdir.prepare(
        archive_of(village), listen=listen, sms=Listener(*await centre.listen(HOST)), company=scenario.sender
    )
    troubles: list[str] = []
    _tell_of_troubles(troubles)
    daemon = Daemon(workdir, quiet=options.quiet, faults=options.faults)
    try:
        async with conductor:
            await daemon.start_ready()
            await headend("--socket", str(workdir.socket), "archive", "import", str(workdir.archive))
            conductor.ask_anew()
            World(clock, village, listen).start()
            let_happen(clock, village, diary)
            crew.start()
            clock.spawn(customers.live(), name="customers")
            clock.spawn(_days(clock, scenario.start, options.days, new_day), name="days")
            kills = _kills(options, start, until)
            clock.spawn(kill_at(clock, daemon, kills, seed=scenario.seed), name="kills")
            await _conduct(conductor, daemon, until)
            await daemon.stop()
    finally:
        centre.close()
        with suppress(DaemonError):
            await daemon.stop()
        await clock.cancel(*clock.tasks())
    now = clock.now()
    workdir.truth.write_text(json.dumps(truth_of(village, diary, now), ensure_ascii=False, indent=1), "utf-8")
    return Ended(workdir.root, village, diary, centre, now, daemon.kills, await _selfcheck(workdir), troubles)


async def _conduct(conductor: Conductor, daemon: Daemon, until: datetime) -> None:
    """Let time pass while the daemon is watched over."""
    watch: asyncio.Task[None] | None = None
    try:
        async with asyncio.TaskGroup() as group:
            watch = group.create_task(daemon.watch())
            await conductor.run(until)
            watch.cancel()
    except* DaemonError as errors:
        raise errors.exceptions[0] from None


async def _days(clock: SteppedClock, first: date, count: int, new_day: Tell) -> None:
    """Tell of each new day."""
    for day in (first + timedelta(days=number) for number in range(count)):
        await clock.sleep_until(midnight(day))
        new_day(day)


async def _selfcheck(workdir: WorkDir) -> dict[str, Any]:
    """Have the daemon's side check itself against the physical truth."""
    arguments = ["selfcheck", "--config", str(workdir.settings), "--truth", str(workdir.truth), "--json"]
    text = await headend(*arguments, works=(0, CHECKS_FAILED))
    try:
        said: dict[str, Any] = json.loads(text)
    except ValueError as error:
        raise DaemonError(f"`headend selfcheck --json` printed no JSON: {text[:200]!r}") from error
    return said


def _kills(options: DemoOptions, start: datetime, until: datetime) -> list[datetime]:
    kills = list(options.kill_at)
    if options.kill_every is not None:
        kills += drawn_kills(start, until, every=options.kill_every, seed=options.scenario.seed)
    return kills


def _tell_of_troubles(troubles: list[str]) -> None:
    """Note every exception that nobody waits for: in a simulator too it is a fault."""

    def note(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        troubles.append(f"{context.get('message')}: {context.get('exception')!r}")

    asyncio.get_running_loop().set_exception_handler(note)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port
