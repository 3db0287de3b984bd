"""``metersim meter``, ``concentrator`` and ``act``: devices to try things on, and acting on them while they run."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from clock import Clock, RealClock, SteppedClock
from protocols import dlt645
from protocols.catalogue import Protocol
from protocols.dissection import Language
from protocols.dlt645.items.profile import STANDARD, Profile, profile
from simulators.bench import (
    PASSWORD,
    SEPARATOR,
    Acts,
    Bench,
    ConcentratorWish,
    MeterWish,
    TimedAct,
    ask,
    check_timed,
    make_concentrator,
    make_meter,
    meters_behind,
)
from simulators.cli.roads import Connect, Listen, MqttUrl, OnPty, Serial, chosen_port
from simulators.cli.serving import ActsBefore, AsJson, Control, FaultFile, Frames, Lang, Seed, Serving, language_of, run
from simulators.cli.showing import JsonView, PeopleView, View
from simulators.errors import ScenarioError
from simulators.faults import FaultPlan, Faults, load_faults
from simulators.meter import Household, Meter

__all__ = ["act", "concentrator", "meter"]

EXAMPLES = {Protocol.DLT645: "00010000", Protocol.DLT645_1997: "9010", Protocol.DLT698: "00100200"}
"""Total active energy, as each language names it."""
TAKEN_FOR = frozenset({"standard", "1997"})
"""Models that a master takes a meter for where it is not told."""
CLOCK = "40000200"
NEW_BAUD = 9600

Addresses = Annotated[
    list[str], typer.Argument(metavar="ADDRESS…", help="Address of the meter; several share one line.")
]
Spoken = Annotated[Protocol, typer.Option(help="What it speaks.")]


Ratio = Annotated[int, typer.Option(help="Ratio of the transformers before it: it counts so many times less.")]
Baud = Annotated[int | None, typer.Option(min=0, help="Speed of the simulated line; 0 takes no time at all.")]
Login = Annotated[bool | None, typer.Option(help="Log in as a DL/T 698.45 terminal; with --connect it does.")]
Tui = Annotated[bool, typer.Option("--tui", help="Show its face and the frames on the terminal; keys act on it.")]


def meter(
    addresses: Addresses,
    protocol: Spoken = Protocol.DLT645,
    listen: Listen = None,
    connect: Connect = None,
    identity: Annotated[str, typer.Option("--id", help="With --connect: say REG:ID, as a DTU does.")] = "",
    serial: Serial = None,
    pty: OnPty = False,
    mqtt: MqttUrl = None,
    login: Login = None,
    household: Annotated[Household, typer.Option(help="Who is behind it.")] = Household.FAMILY,
    register: Annotated[Decimal, typer.Option(min=0, metavar="kWh", help="What it shows.")] = Decimal("1234.56"),
    ct: Ratio = 1,
    vt: Ratio = 1,
    model: Annotated[str, typer.Option("--profile", help="Its model, by the name of the tables.")] = "",
    password: Annotated[str, typer.Option(help="Six digits.")] = PASSWORD.digits,
    baud: Baud = None,
    acts: ActsBefore = None,
    faults: FaultFile = None,
    seed: Seed = 1,
    control: Control = None,
    frames: Frames = False,
    as_json: AsJson = False,
    tui: Tui = False,
    lang: Lang = None,
) -> None:
    """Serve a meter until Ctrl-C, or several on one RS-485 line.

    [bold]Examples[/]

    metersim meter 1001                                        at a free TCP port, which it tells

    metersim meter 1001 1002 --serial /dev/ttyUSB0:2400:E      two of them behind a USB adapter

    metersim meter 1001 --act "balance 20" --act "prepay on 0.55" --act "load 3000 after 1min"

    metersim meter 1001 --pty --tui                            its face, at a serial port without hardware

    metersim meter 1001 --connect 127.0.0.1:2404 --id DTU-01   behind a DTU that dials in

    metersim meter 1001 --protocol dlt698 --mqtt mqtt://127.0.0.1:1883 --control /tmp/1001.sock
    """
    _check(password, tui=tui, shows=frames or as_json)
    clock = RealClock()
    wishes = [MeterWish(address, protocol, household, register, model, ct=ct, vt=vt) for address in addresses]
    timed = _tried(acts, lambda trial: Bench(trial, [make_meter(wish, trial.now()) for wish in wishes]).act)
    meters = [make_meter(wish, clock.now(), seed=seed) for wish in wishes]
    first = meters[0].address
    port = chosen_port(clock, first, listen=listen, connect=connect, serial=serial, pty=pty, mqtt=mqtt)
    bench = Bench(
        clock,
        meters,
        seed=seed,
        password=dlt645.Password(PASSWORD.level, password),
        baud=None if serial else _speed(protocol, baud),
        faults=_plan(faults, first).faults(first, clock.now(), seed=seed),
        registers_as=identity,
        logs_in=_logs_in(protocol, login, connect=connect, identity=identity),
    )
    known = STANDARD if protocol is Protocol.DLT698 else profile(meters[0].plate.profile)
    view = _view(known, as_json=as_json)
    serving = Serving(port, view, *_introduced(protocol, meters), timed)
    if tui:
        _show_panel(bench, serving, language_of(lang), known, control)
        return
    if frames or as_json:
        bench.watch(view.show)
    run(serving, bench.run, bench.act, control)


def _show_panel(bench: Bench, serving: Serving, language: Language, known: Profile, control: Path | None) -> None:
    from simulators.cli.paneling import run_panel  # noqa: PLC0415 - loads Textual

    run_panel(bench, serving, language, known, control)


def _introduced(protocol: Protocol, meters: Sequence[Meter]) -> tuple[str, tuple[str, str]]:
    """Tell who is there, and around the option of the port how the first of them is read."""
    first, model = meters[0].address, meters[0].plate.profile
    who = f"{'meter' if len(meters) == 1 else 'meters'} {' '.join(meter.address for meter in meters)}"
    how = f"--protocol {protocol}" + ("" if model in TAKEN_FOR else f" --profile {model}")
    return f"{who} ({protocol}, {model})", (f"{first} {EXAMPLES[protocol]}", how)


def _tried(acts: list[str] | None, made: Callable[[Clock], Callable[..., str]]) -> tuple[TimedAct, ...]:
    """Read acts, and try them on a device that is made for it; raises ActError for one that cannot be done."""
    timed = tuple(map(TimedAct.read, acts or ()))
    if timed:
        check_timed(made(SteppedClock(RealClock().now())), timed)
    return timed


def _plan(file: Path | None, device: str) -> FaultPlan:
    """Load the faults of a file, which may name this device alone; without a file there are none."""
    plan = load_faults(file) if file else FaultPlan()
    plan.check_devices([device])
    return plan


def _speed(protocol: Protocol, baud: int | None) -> int | None:
    """Give the speed of the simulated line, that of the protocol if none was asked for; None takes no time at all."""
    return (NEW_BAUD if protocol is Protocol.DLT698 else 2400) if baud is None else baud or None


def _check(password: str, *, tui: bool, shows: bool) -> None:
    """Refuse a password that is none, and frames that are to be shown in two ways."""
    if not password.isdecimal() or len(password) != len(PASSWORD.digits):
        raise typer.BadParameter(f"password {password!r} has not six digits")
    if tui and shows:
        raise typer.BadParameter("--tui shows the frames itself: leave --frames and --json out")


def concentrator(
    address: Annotated[str, typer.Argument(help="Address of the concentrator.")],
    meters: Annotated[int, typer.Option(min=1, max=2000, help="How many meters are behind it.")] = 10,
    first: Annotated[str, typer.Option(help="Address of the first one; the others follow.")] = "1001",
    old: Annotated[int, typer.Option(min=0, help="How many of them, the last ones, are DL/T 645.")] = 0,
    heartbeat: Annotated[int, typer.Option(min=1, metavar="SECONDS", help="Period of the heartbeat.")] = 60,
    connect: Connect = None,
    listen: Listen = None,
    mqtt: MqttUrl = None,
    acts: ActsBefore = None,
    faults: FaultFile = None,
    seed: Seed = 1,
    control: Control = None,
    frames: Frames = False,
    as_json: AsJson = False,
) -> None:
    """Serve a DL/T 698.45 concentrator with meters behind it until Ctrl-C.

    Its 698 meters answer by proxy, those of DL/T 645 by forwarded frames; the daily freezes of all are in its records.

    [bold]Examples[/]

    metersim concentrator 1 --meters 20 --connect 127.0.0.1:2404

    metersim concentrator 1 --meters 20 --old 5 --connect 127.0.0.1:2404 --faults storm.toml
    """
    clock = RealClock()
    wish = ConcentratorWish(address, meters, first, old, timedelta(seconds=heartbeat))
    timed = _tried(acts, lambda clock: Acts(clock, list(meters_behind(wish, clock).values()), Faults(clock.now())))
    behind = meters_behind(wish, clock, seed=seed)
    name = address.zfill(12)
    own = _plan(faults, name).faults(name, clock.now(), seed=seed)
    device = make_concentrator(wish, clock, behind, own, seed=seed)
    port = chosen_port(clock, name, listen=listen, connect=connect, mqtt=mqtt)
    view = _view(STANDARD, as_json=as_json)
    if frames or as_json:
        device.observers.append(view.show)
    addresses = list(behind)
    who = f"concentrator {name} with {len(addresses)} meters, {addresses[0]} to {addresses[-1]},"

    ask_it = (f"{name} {CLOCK}", f"--protocol {Protocol.DLT698}")
    run(
        Serving(port, view, who, ask_it, timed),
        lambda at: at.run(device.serve),
        Acts(clock, list(behind.values()), own),
        control,
    )


def act(
    socket: Annotated[Path, typer.Argument(help="The socket of a device that was started with --control.")],
    name: Annotated[str, typer.Argument(help="What is to be done; help, or help ACT, tells more.")] = "help",
    arguments: Annotated[list[str] | None, typer.Argument(metavar="ARG…", help="As the act wants them.")] = None,
) -> None:
    """Act on a device that runs in another terminal.

    [bold]Examples[/]

    metersim act /tmp/1001.sock slow seconds=4 count=2   answer slowly twice

    metersim act /tmp/1001.sock half off                 no more half frames

    metersim act /tmp/1001.sock sound                    no faults at all

    metersim act /tmp/1001.sock help prepay              what an act takes
    """
    told = ask(socket, name, *(arguments or []))
    typer.echo("\n".join(told.split(SEPARATOR)))


def _view(known: Profile, *, as_json: bool) -> View:
    console = Console(soft_wrap=True)
    return JsonView(console, known) if as_json else PeopleView(console, known)


def _logs_in(protocol: Protocol, login: bool | None, *, connect: str | None, identity: str) -> bool:
    """Decide whether a meter is a terminal: one of DL/T 698.45 that dials in has to say who it is."""
    if login and protocol is not Protocol.DLT698:
        raise ScenarioError("a login is DL/T 698.45: give --protocol dlt698, or --id for a DTU's registration")
    if login is None:
        return protocol is Protocol.DLT698 and connect is not None and not identity
    return login
