"""How many live links one process holds, what each costs, and whether a storm of logins gets through.

Run: ``python bench/links.py``. ``drivers.link`` listens in this process; simulated concentrators of `metersim fleet`, in
processes of their own, all log in within ``--seconds``, by link management over real TCP. Memory is that of the process
(RSS), what the kernel keeps of the sockets is not in it; CPU is that of this process, user and system. All of them come
from one address, as behind the NAT of a carrier.
"""

import argparse
import asyncio
import gc
import json
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from measuring import verdict
from measuring.fleet import calling, devices, machine, resident_kib, run

from clock import RealClock
from drivers.link import LinkEvent, LinkLimits, Links, LinkUp
from simulators.fleet import Plan

LINKS = 18_000
STORM = 5.0
PATIENCE = 60.0
"""Seconds after which those that have not logged in by then count as lost."""


@dataclass
class Events:
    """What the links tell."""

    counts: Counter[str] = field(default_factory=Counter)
    first: float = 0.0
    last: float = 0.0

    def __call__(self, event: LinkEvent) -> None:
        """Count an event."""
        self.counts[type(event).__name__] += 1
        if isinstance(event, LinkUp):
            self.last = time.perf_counter()
            self.first = self.first or self.last


async def storm(links: int, seconds: float, processes: int) -> dict[str, Any]:
    """Let all of them log in, and measure."""
    plan, events = Plan(concentrators=links), Events()
    gateway = Links(RealClock(), LinkLimits(), observe=events)
    gateway.admit(devices(plan))
    _, port = await gateway.listen("127.0.0.1", 0)
    gc.collect()
    before = resident_kib()
    cpu = time.process_time()
    async with calling(plan, port, f"--storm={seconds}", f"--processes={processes}") as fleet:
        begun = time.perf_counter()
        while events.counts["LinkUp"] < links and time.perf_counter() - begun < PATIENCE:
            await asyncio.sleep(0.05)
        spent = time.process_time() - cpu
        await asyncio.sleep(1)  # the last answers are on their way
        gc.collect()
        after = resident_kib()
        up = sum(status.up for status in gateway.status())
        told = await fleet.end()
    await gateway.close()
    return {
        "links": links,
        "up": up,
        "events": dict(events.counts),
        "seconds": round(events.last - events.first, 2),
        "cpu_us_per_login": round(spent / links * 1e6),
        "kib_per_link": round((after - before) / links, 2),
        "fleet": told,
    }


def show(found: dict[str, Any], seconds: float) -> None:
    """Print it, and whether the aims hold."""
    told, links = found["fleet"], found["links"]
    print(f"{links:,} concentrators log in within {seconds:g} s; {machine()}")
    print(f"  up in this process        {found['up']:,}, {verdict(found['up'] == links)}")
    print(f"  from first to last login  {found['seconds']:.2f} s")
    print(f"  last answer at a device   {told['seconds']} s after the first call")
    print(f"  CPU of a login            {found['cpu_us_per_login']} µs")
    print(f"  memory of a live link     {found['kib_per_link']:.2f} KiB; of its device {told['kib_each']:.2f} KiB")
    print(f"  events                    {found['events']}")
    losses = {name: told[name] for name in ("refused", "unanswered", "lost")}
    unharmed = found["events"].get("LinkUp") == links and not any(losses.values()) and told["best"] == links
    print(f"  none is lost              {losses}, {verdict(unharmed)}")


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--links", type=int, default=LINKS)
    parser.add_argument("--seconds", type=float, default=STORM)
    parser.add_argument("--processes", type=int, default=2, help="of the fleet")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    found = run(lambda: storm(options.links, options.seconds, options.processes))
    if options.json:
        print(json.dumps(found))
    else:
        show(found, options.seconds)


if __name__ == "__main__":
    main()
