"""``metersim proxy``: the fault proxy by hand, between any devices and any head-end."""

import asyncio
import json
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

import typer
import uvloop
from rich.console import Console
from rich.live import Live
from rich.table import Table

from clock import RealClock
from simulators.cli.spans import read_place, read_share, read_span
from simulators.errors import SimulatorError
from simulators.fault_proxy import (
    Delay,
    Drop,
    Duplicate,
    Fault,
    FaultProxy,
    Flip,
    HalfOpen,
    Injected,
    Kind,
    Merge,
    Reset,
    Split,
    Stall,
    Way,
)
from simulators.field import Listener
from simulators.localtime import local

__all__ = ["proxy"]

SECOND = timedelta(seconds=1)
FORGOTTEN = timedelta(minutes=15)  # about as long as TCP sends again before it gives up

Listen = Annotated[Listener, typer.Option(parser=read_place, metavar="HOST:PORT", help="Where to listen.")]
Connect = Annotated[Listener, typer.Option(parser=read_place, metavar="HOST:PORT", help="Where to carry it on to.")]


def _span(text: str) -> object:
    return typer.Option(parser=read_span, metavar="SPAN", help=text)


def _share(text: str) -> object:
    return typer.Option(parser=read_share, metavar="SHARE", help=text)


Delaying = Annotated[timedelta | None, _span("Delay each piece by up to this.")]
Splitting = Annotated[float | None, _share("Cut so many pieces into three, 50 ms apart.")]
Merging = Annotated[float | None, _share("Hold so many pieces back for 2 s, and join to them what follows.")]
Dropping = Annotated[float | None, _share("Lose so many pieces.")]
Tearing = Annotated[float | None, _share("Lose some bytes of so many pieces.")]
Flipping = Annotated[float | None, _share("Turn over so many bits.")]
Doubling = Annotated[float | None, _share("Repeat so many pieces, half a second later.")]
Resetting = Annotated[timedelta | None, _span("Reset each connection about so often.")]
Halving = Annotated[timedelta | None, _span("Tear down one end only of each connection about so often.")]
Stalling = Annotated[timedelta | None, _span("Stall each connection about so often.")]
StallFor = Annotated[timedelta | None, _span("How long a stall lasts; 30s if not said.")]
Seed = Annotated[int, typer.Option(help="The same seed does the same to the same bytes.")]
Running = Annotated[timedelta | None, _span("End after so long, not by Ctrl-C.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object for each fault, and a summary.")]


@dataclass(frozen=True, slots=True)
class _Run:
    """What was asked for."""

    listen: Listener
    connect: Listener
    faults: tuple[Fault, ...]
    seed: int
    span: timedelta | None
    as_json: bool


def proxy(
    listen: Listen,
    connect: Connect,
    delay: Delaying = None,
    split: Splitting = None,
    merge: Merging = None,
    drop: Dropping = None,
    tear: Tearing = None,
    flip: Flipping = None,
    duplicate: Doubling = None,
    reset_every: Resetting = None,
    half_open_every: Halving = None,
    stall_every: Stalling = None,
    stall_for: StallFor = None,
    seed: Seed = 1,
    run_for: Running = None,
    as_json: AsJson = False,
) -> None:
    """Stand between devices and a head-end, and do to their bytes what is asked for, until Ctrl-C.

    SPAN is a number and ms, s, min or h; SHARE is 1% or a number such as 1e-5. Without faults all goes through.

    [bold]Examples[/]

    metersim proxy --listen 127.0.0.1:2405 --connect 127.0.0.1:2404 --delay 200ms --drop 1%

    metersim proxy --listen 127.0.0.1:2405 --connect 127.0.0.1:2404 --flip 1e-5 --reset-every 60s --json
    """
    wishes: tuple[Fault | None, ...] = (
        None if delay is None else Delay(least=timedelta(), most=delay),
        None if split is None else Split(chance=split),
        None if merge is None else Merge(chance=merge, hold=2 * SECOND),
        None if drop is None else Drop(chance=drop),
        None if tear is None else Drop(chance=tear, part=True),
        None if flip is None else Flip(rate=flip),
        None if duplicate is None else Duplicate(chance=duplicate, after=SECOND / 2),
        None if reset_every is None else Reset(every=reset_every),
        None if half_open_every is None else HalfOpen(every=half_open_every, lasts=FORGOTTEN),
        None if stall_every is None else Stall(every=stall_every, lasts=stall_for or 30 * SECOND),
    )
    faults = tuple(fault for fault in wishes if fault is not None)
    run = _Run(listen, connect, faults, seed, run_for, as_json)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(run))


async def _serve(run: _Run) -> None:
    clock = RealClock()
    fault_proxy = FaultProxy(
        clock, run.connect, run.faults, seed=run.seed, observe=_print_fault if run.as_json else None
    )
    try:
        bound = await fault_proxy.listen(run.listen.host, run.listen.port)
    except OSError as error:
        where = f"{run.listen.host}:{run.listen.port}"
        raise SimulatorError(f"cannot listen at {where} ({error.strerror}): give another --listen") from error
    title = f"{bound.host}:{bound.port} → {run.connect.host}:{run.connect.port}"
    typer.echo(f"carrying {title}", err=True)
    end = None if run.span is None else clock.now() + run.span
    shown = None if run.as_json else Live(_summary(fault_proxy), console=Console())
    try:
        with shown or nullcontext():
            while end is None or clock.now() < end:
                await clock.sleep(SECOND if end is None else min(SECOND, end - clock.now()))
                if shown is not None:
                    shown.update(_summary(fault_proxy))
    finally:
        if run.as_json:
            typer.echo(json.dumps(_figures(fault_proxy)))
        await fault_proxy.close()


def _print_fault(injected: Injected) -> None:
    fault = {
        "kind": injected.kind.value,
        "at": local(injected.at).isoformat(timespec="milliseconds"),
        "link": injected.link,
        "way": None if injected.way is None else injected.way.value,
        "count": injected.count,
    }
    typer.echo(json.dumps(fault))


def _figures(fault_proxy: FaultProxy) -> dict[str, object]:
    return {
        "connections": fault_proxy.accepted,
        "open": fault_proxy.open,
        "bytes": {way.value: fault_proxy.taken.get(way, 0) for way in Way},
        "injected": {kind.value: fault_proxy.injected.get(kind, 0) for kind in Kind},
    }


def _summary(fault_proxy: FaultProxy) -> Table:
    table = Table("what", "number", title=f"{fault_proxy.open} of {fault_proxy.accepted} connections open")
    taken = fault_proxy.taken
    table.add_row("bytes there / back", f"{taken.get(Way.THERE, 0)} / {taken.get(Way.BACK, 0)}")
    for kind in Kind:
        if number := fault_proxy.injected.get(kind, 0):
            table.add_row(kind.value.replace("_", "-"), str(number))
    return table
