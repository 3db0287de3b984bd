"""What the system gives to a process with very many connections, looked at before the first of them is made."""

import resource
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from simulators.errors import FleetError
from simulators.field import Listener

__all__ = ["Route", "allow_files", "check_ports", "routes"]

SPARE_FILES = 64
"""Open files besides the connections."""
PORT_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")


@dataclass(frozen=True, slots=True)
class Route:
    """Where to call, and from which address of this machine; None leaves that to the system."""

    to: Listener
    source: str | None = None


def routes(listeners: list[Listener], sources: list[str]) -> tuple[Route, ...]:
    """Give every pair of a listener and a source address."""
    origins: list[str | None] = [*sources] or [None]
    return tuple(Route(to, origin) for to, origin in product(listeners, origins))


def allow_files(connections: int) -> None:
    """Let this process have so many connections; raises FleetError if it may not."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = connections + SPARE_FILES
    if hard != resource.RLIM_INFINITY and needed > hard:
        processes = -(-connections // (hard - SPARE_FILES))
        raise FleetError(
            f"{connections:,} connections in one process are too many: the system allows it {hard:,} open files; "
            f"part them by --processes, into {processes} times as many as now"
        )
    if soft != resource.RLIM_INFINITY and soft < needed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))


def check_ports(connections: int, ways: int) -> None:
    """See that there are ports enough; raises FleetError otherwise.

    From one address to one listener there are as many connections as there are ephemeral ports.
    """
    first, last = map(int, PORT_RANGE.read_text(encoding="ascii").split())
    ports = last - first + 1
    if connections > ports * ways:
        more = -(-connections // ports)
        raise FleetError(
            f"{connections:,} connections over {ways} pairs of addresses are too many: each has {ports:,} ports; name "
            f"{more} addresses to call from (--source 127.0.0.2 --source 127.0.0.3), or more listeners (--connect)"
        )
