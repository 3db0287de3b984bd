"""The field of a bench: simulated devices in processes of their own, which call in to the process that is measured."""

import asyncio
import json
import os
import platform
import resource
import signal
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import uvloop

from drivers.link import Device, DeviceKind
from headend.daemon.garbage import spare_the_collector
from simulators.fleet import Plan

T = TypeVar("T")
PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass
class Field:
    """The command that simulates the devices; its figures are there when it has ended."""

    process: asyncio.subprocess.Process
    figures: dict[str, Any]

    async def end(self) -> dict[str, Any]:
        """Let it hang up, and give its figures."""
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGINT)
        out, _ = await self.process.communicate()
        self.figures |= json.loads(out)
        return self.figures


@asynccontextmanager
async def calling(plan: Plan, port: int, *options: str) -> AsyncIterator[Field]:
    """Have a fleet call a port of this machine; it is ended on the way out, whatever happens."""
    sizes = {"concentrators": plan.concentrators, "meters": plan.meters, "old": plan.old, "dtus": plan.dtus}
    sizes["dtu-meters"] = plan.dtu_meters
    arguments = [f"--{name}={value}" for name, value in sizes.items()]
    command = ("-m", "simulators.cli", "fleet", *arguments, f"--connect=127.0.0.1:{port}", *options, "--json")
    process = await asyncio.create_subprocess_exec(sys.executable, *command, stdout=asyncio.subprocess.PIPE)
    field = Field(process, {})
    try:
        yield field
    finally:
        if process.returncode is None:
            process.terminate()
            await process.communicate()


def devices(plan: Plan) -> dict[str, Device]:
    """Give the devices of a fleet as links admit them."""
    kinds = {False: DeviceKind.CONCENTRATOR, True: DeviceKind.DTU}
    return {plan.link(number): Device(kinds[plan.is_dtu(number)]) for number in range(plan.lines)}


def run(main: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run as the daemon runs: on uvloop, the collector spared; with as many open files as the system gives."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    spare_the_collector()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(main())


def resident_kib() -> float:
    """Tell what this process holds in memory, in KiB."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * PAGE / 1024


def machine() -> str:
    """Say on what a run was made, and how busy it is: 1.0 for each core that others use already."""
    system = f"{platform.system()} {platform.release()}, Python {platform.python_version()}"
    return f"{os.cpu_count()} cores, {system}, load {os.getloadavg()[0]:.1f}"
