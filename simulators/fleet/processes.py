"""A fleet in several processes: each has its share of the devices, and tells its figures to the one that began it."""

import asyncio
import multiprocessing
import signal
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection, wait

import uvloop

from clock import RealClock
from simulators.errors import FleetError
from simulators.fleet.figures import Figures
from simulators.fleet.fleet import Fleet, Orders

__all__ = ["run_fleet"]

STOP = "stop"
PATIENCE = 10.0
"""Seconds for which a process may hang up before it is ended."""


def run_fleet(orders: Orders, tell: Callable[[Figures], None]) -> Figures:
    """Run a fleet on the real clock until its stay is over, or SIGINT or SIGTERM; gives the figures of all.

    One process is this one. Raises FleetError where the system does not give what it takes, or a process fails.
    """
    orders.check()
    return _here(orders, tell) if orders.processes == 1 else _elsewhere(orders, tell)


def _here(orders: Orders, tell: Callable[[Figures], None], part: int = 0, stop: Connection | None = None) -> Figures:
    async def main() -> Figures:
        fleet = Fleet(RealClock(), orders, tell, part)
        loop = asyncio.get_running_loop()
        if stop is None:
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.add_signal_handler(number, fleet.stop)
        else:
            loop.add_reader(stop.fileno(), fleet.stop)  # a word or its end, both mean the same
        try:
            return await fleet.run()
        finally:
            if stop is not None:
                loop.remove_reader(stop.fileno())

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(main())


def _share(orders: Orders, part: int, line: Connection) -> None:
    """Run in a process of its own, which ends when it is told to, or when nobody listens any more."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    with suppress(OSError, EOFError):
        line.send(None)
        line.recv()
        _here(orders, line.send, part, line)


def _elsewhere(orders: Orders, tell: Callable[[Figures], None]) -> Figures:
    spawn = multiprocessing.get_context("spawn")
    lines: list[Connection] = []
    workers = []
    for part in range(orders.processes):
        line, theirs = spawn.Pipe()
        workers.append(spawn.Process(target=_share, args=(orders, part, theirs), name=f"fleet {part}", daemon=True))
        workers[-1].start()
        theirs.close()
        lines.append(line)
    told = [Figures() for _ in lines]

    def stop(*_signal: object) -> None:
        for line in lines:
            with suppress(OSError):
                line.send(STOP)

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        _listen(lines, told, tell)
    finally:
        stop()
        for number, handler in before.items():
            signal.signal(number, handler)
        for worker in workers:
            worker.join(PATIENCE)
            worker.kill()
    failed = [worker.name for worker in workers if worker.exitcode]
    if failed:
        raise FleetError(f"{', '.join(failed)} of {len(workers)} failed: see what is told above")
    return Figures.sum(told)


def _listen(lines: list[Connection], told: list[Figures], tell: Callable[[Figures], None]) -> None:
    """Let all begin at the same time, and hear them until the last has ended."""
    open_lines: dict[Connection, int] = {line: part for part, line in enumerate(lines)}
    waiting = set(lines)
    while open_lines:
        for line in wait(list(open_lines)):
            assert isinstance(line, Connection), "lines are all there is to wait for"
            try:
                heard: Figures | None = line.recv()
            except (EOFError, OSError):
                del open_lines[line]
                continue
            if heard is not None:
                told[open_lines[line]] = heard
                tell(Figures.sum(told))
                continue
            waiting.discard(line)
            if not waiting:
                for ready in lines:
                    ready.send(STOP)
