"""How many live links one process holds, what each costs, and whether a storm of logins gets through.

Run: ``python bench/links.py``. ``drivers.link`` listens in this process; simulated concentrators of `metersim fleet`,
in processes of their own, all log in within ``--seconds``, by link management over real TCP. All of them come from one
address, as behind the NAT of a carrier. Memory is that of this process (RSS), for a device that is admitted and its
connection; what the kernel keeps of a socket is not in it. CPU is that of this process, user and system.

The floor is a bare server on the same kind of event loop, which answers the same logins out of bytes that are laid out
beforehand. On busy cores the devices and this process starve each other: calls for which the kernel has no room are
reset ("unanswered"), and come again after five seconds.
"""

import argparse
import asyncio
import gc
import json
import multiprocessing
import time
from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from measuring import verdict
from measuring.fleet import calling, devices, machine, resident_kib, run
from measuring.floors import BACKLOG, login_answer

from clock import RealClock
from drivers.link import LinkEvent, LinkLimits, Links, LinkUp
from simulators.fleet import Plan

Work = Callable[[argparse.Namespace], Coroutine[Any, Any, dict[str, Any]]]

LINKS = 18_000
STORM = 5.0
PATIENCE = 60.0
"""Seconds after which those that have not logged in by then count as lost."""
SETTLED = 1.0
"""Seconds for the last answers to arrive."""


@dataclass
class Seen:
    """What a server sees of its devices."""

    wanted: int
    before: float  # KiB
    logins: int = 0
    events: Counter[str] = field(default_factory=Counter)
    first: float = 0.0
    last: float = 0.0
    complete: asyncio.Event = field(default_factory=asyncio.Event)

    def login(self) -> None:
        """Count one."""
        self.last = time.perf_counter()
        self.first = self.first or self.last
        self.logins += 1
        if self.logins == self.wanted:
            self.complete.set()

    def observe(self, event: LinkEvent) -> None:
        """Count what the links tell."""
        self.events[type(event).__name__] += 1
        if isinstance(event, LinkUp):
            self.login()


class Bare(asyncio.Protocol):
    """Answers a login with bytes that are laid out already."""

    def __init__(self, seen: Seen, kept: set["Bare"]) -> None:
        self.seen, self.kept = seen, kept

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep it."""
        self.transport: Any = transport
        self.kept.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it."""
        del exc
        self.kept.discard(self)

    def data_received(self, data: bytes) -> None:
        """Answer it."""
        self.transport.write(login_answer(data))
        self.seen.login()


async def stormed(port: int, seen: Seen, options: argparse.Namespace, live: Callable[[], int]) -> dict[str, Any]:
    """Let all of them log in, and tell what it took; what is held before it was told by ``seen``."""
    plan = Plan(concentrators=seen.wanted)
    cpu = time.process_time()
    async with calling(plan, port, f"--storm={options.seconds}", f"--processes={options.processes}") as fleet:
        try:
            async with asyncio.timeout(PATIENCE):
                await seen.complete.wait()
        except TimeoutError:
            pass
        spent = time.process_time() - cpu
        await asyncio.sleep(SETTLED)
        gc.collect()
        after, up = resident_kib(), live()
        told = await fleet.end()
    return {
        "up": up,
        "seconds": round(seen.last - seen.first, 2),
        "cpu_us": round(spent / plan.lines * 1e6),
        "kib": round((after - seen.before) / plan.lines, 2),
        "fleet": told,
    }


async def at_links(options: argparse.Namespace) -> dict[str, Any]:
    """Let them log in at our links."""
    seen = Seen(options.links, resident_kib())
    gateway = Links(RealClock(), LinkLimits(), observe=seen.observe)
    gateway.admit(devices(Plan(concentrators=options.links)))
    _, port = await gateway.listen("127.0.0.1", 0)
    found = await stormed(port, seen, options, lambda: sum(status.up for status in gateway.status()))
    await gateway.close()
    return found | {"events": dict(seen.events)}


async def at_floor(options: argparse.Namespace) -> dict[str, Any]:
    """Let them log in at a bare server."""
    seen = Seen(options.links, resident_kib())
    kept: set[Bare] = set()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Bare(seen, kept), "127.0.0.1", 0, backlog=BACKLOG)
    found = await stormed(server.sockets[0].getsockname()[1], seen, options, lambda: len(kept))
    server.close()
    return found


def show(bare: dict[str, Any], found: dict[str, Any], options: argparse.Namespace) -> None:
    """Print it, and whether the aims hold."""
    links, told = options.links, found["fleet"]
    print(f"{links:,} concentrators log in within {options.seconds:g} s; {machine()}")
    print(f"{'':34}{'links':>10}{'floor':>10}")
    for name, key in (
        ("logged in", "up"),
        ("first to last login, s", "seconds"),
        ("CPU of a login, µs", "cpu_us"),
        ("memory of a device, KiB", "kib"),
    ):
        print(f"{name:34}{found[key]:>10,}{bare[key]:>10,}")
    last = [one["fleet"]["seconds"] for one in (found, bare)]
    print(f"{'first call to last answer, s':34}" + "".join(f"{'-' if at is None else round(at, 2):>10}" for at in last))
    print(f"events: {found['events']}; a simulated device takes {told['kib_each']} KiB")
    print(f"{found['up']:,} live links in one process, {verdict(found['up'] == links)}")
    losses = {name: told[name] for name in ("refused", "unanswered", "lost")}
    unharmed = told["best"] == links and not any(losses.values()) and found["events"]["LinkUp"] == links
    print(f"none is lost: {losses}, {verdict(unharmed)}")


def alone(work: Work, options: argparse.Namespace) -> dict[str, Any]:
    """Measure in a process of its own, so that nothing is held of what was measured before."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(run, (partial(work, options),))


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--links", type=int, default=LINKS)
    parser.add_argument("--seconds", type=float, default=STORM)
    parser.add_argument("--processes", type=int, default=2, help="of the fleet")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    found, bare = (alone(work, options) for work in (at_links, at_floor))
    if options.json:
        print(json.dumps({"links": found, "floor": bare}))
    else:
        show(bare, found, options)


if __name__ == "__main__":
    main()
