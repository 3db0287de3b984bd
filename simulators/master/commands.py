"""The commands of ``metersim master``."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from clock import RealClock
from drivers.meter import Meter
from drivers.zone import BEIJING
from protocols.catalogue import Protocol
from protocols.dissection import Words
from protocols.inspect import Piece, decode_piece, explain_piece, section_lines
from simulators.master.asking import ask_clock, ask_freeze, ask_relay, set_clock
from simulators.master.bench import Bench, BenchError
from simulators.master.documents import (
    clock_document,
    clock_words,
    freeze_document,
    freeze_words,
    relay_document,
    relay_words,
)
from simulators.master.doing import FAILED, Show, complain, do, read_all
from simulators.master.finding import search
from simulators.master.listening import listen
from simulators.master.model import Outcome, find_wanted, unlisted_of
from simulators.master.options import (
    Address,
    AsJson,
    Frames,
    Lang,
    Mqtt,
    OperatorCode,
    PasswordDigits,
    ProfileName,
    ProtocolName,
    Retries,
    Serial,
    Tcp,
    Timeout,
    language_of,
    way_of,
    wish_of,
)
from simulators.master.scanning import window_of
from simulators.master.showing import (
    as_line,
    outcomes_drawn,
    result_console,
)

__all__ = ["app"]

MANY = 4
"""Items from which on a bar shows how far the reading has got."""

app = typer.Typer(
    name="master",
    help="A technician's master: reads real meters over a serial port, TCP or MQTT, and sets their clocks.\n\n"
    "It trips and closes no relay: that needs approvals and a record, so it is the head-end's.",
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode="rich",
)


@app.command()
def read(
    address: Address,
    items: Annotated[
        list[str],
        typer.Argument(
            metavar="ITEM…",
            help="What is read: a DI or OAD of 8 hex digits, a DI of 1997 of 4, or a name of the tables in English or "
            "Chinese.",
        ),
    ],
    tcp: Tcp = None,
    serial: Serial = None,
    mqtt: Mqtt = None,
    protocol: ProtocolName = Protocol.DLT645,
    as_json: AsJson = False,
    frames: Frames = False,
    lang: Lang = None,
    timeout: Timeout = None,
    retries: Retries = 2,
    profile: ProfileName = "",
) -> None:
    """Read items. Code 0: all were read; 1: some are unknown, were refused or not answered; 2: usage.

    [bold]Examples[/]

    metersim master read 123456 "forward active energy total" --serial /dev/ttyUSB0

    metersim master read 000000123456 00010000 02010100 --tcp 192.168.1.50:10001 --json

    metersim master read 1001 00010000 --mqtt mqtt://broker.example/SHED-7

    metersim master read AAAAAAAAAAAA 正向有功电能 40000200 --protocol dlt698 --serial /dev/ttyUSB0:9600
    """
    wish = wish_of(way_of(tcp, serial, mqtt), protocol, address, profile=profile, timeout=timeout, retries=retries)
    wanted = [find_wanted(protocol, text, wish.profile) for text in items]
    wish = replace(wish, unlisted=unlisted_of(wanted))
    show = Show(wish, as_json=as_json, frames=frames, lang=lang)
    outcomes: list[Outcome] = []
    stderr = Console(stderr=True)
    is_hidden = len(wanted) < MANY or as_json or frames or not stderr.is_terminal
    with Progress(console=stderr, transient=True, disable=is_hidden) as progress:
        task = progress.add_task("reading", total=len(wanted))

        def tell(outcome: Outcome) -> None:
            outcomes.append(outcome)
            progress.advance(task)
            if as_json:
                as_line(outcome.document())

        asyncio.run(read_all(wish, show, wanted, tell))
    if not as_json:
        result_console().print(outcomes_drawn(outcomes, show.language))
    if not all(outcome.ok for outcome in outcomes):
        raise typer.Exit(FAILED)


@app.command()
def clock(
    address: Address,
    set_it: Annotated[bool, typer.Option("--set", help="Set it to our clock, and look again.")] = False,
    tcp: Tcp = None,
    serial: Serial = None,
    mqtt: Mqtt = None,
    protocol: ProtocolName = Protocol.DLT645,
    password: PasswordDigits = "",
    operator: OperatorCode = "",
    as_json: AsJson = False,
    frames: Frames = False,
    lang: Lang = None,
    timeout: Timeout = None,
    retries: Retries = 2,
    profile: ProfileName = "",
) -> None:
    """Show how far the meter's clock is off, or set it to ours; not around midnight, where freezes are made.

    [bold]Examples[/]

    metersim master clock 123456 --serial /dev/ttyUSB0

    METERSIM_PASSWORD=123456 metersim master clock 123456 --set --serial /dev/ttyUSB0
    """
    wish = wish_of(
        way_of(tcp, serial, mqtt),
        protocol,
        address,
        profile=profile,
        timeout=timeout,
        retries=retries,
        password=password,
        operator=operator,
    )
    show = Show(wish, as_json=as_json, frames=frames, lang=lang)

    async def look(bench: Bench, meter: Meter) -> None:
        if set_it:
            await set_clock(bench, meter)
        seen = await ask_clock(meter)
        digits = meter.place.address
        show.told(clock_document(digits, seen, is_set=set_it), clock_words(digits, seen))

    do(wish, show, look)


@app.command()
def relay(
    address: Address,
    tcp: Tcp = None,
    serial: Serial = None,
    mqtt: Mqtt = None,
    protocol: ProtocolName = Protocol.DLT645,
    as_json: AsJson = False,
    frames: Frames = False,
    lang: Lang = None,
    timeout: Timeout = None,
    retries: Retries = 2,
    profile: ProfileName = "",
) -> None:
    """Show how the relay stands; no command here switches it.

    [bold]Example[/]

    metersim master relay 123456 --serial /dev/ttyUSB0
    """
    wish = wish_of(way_of(tcp, serial, mqtt), protocol, address, profile=profile, timeout=timeout, retries=retries)
    show = Show(wish, as_json=as_json, frames=frames, lang=lang)

    async def look(_bench: Bench, meter: Meter) -> None:
        state = await ask_relay(meter)
        show.told(relay_document(meter.place.address, state), relay_words(meter.place.address, state))

    do(wish, show, look)


@app.command()
def freeze(
    address: Address,
    day: Annotated[
        datetime | None,
        typer.Option("--day", formats=["%Y-%m-%d"], help="The day at whose 00:00 it was made: today if not given."),
    ] = None,
    tcp: Tcp = None,
    serial: Serial = None,
    mqtt: Mqtt = None,
    protocol: ProtocolName = Protocol.DLT645,
    as_json: AsJson = False,
    frames: Frames = False,
    lang: Lang = None,
    timeout: Timeout = None,
    retries: Retries = 2,
    profile: ProfileName = "",
) -> None:
    """Read the daily freeze of a day, found by its stamp.

    [bold]Example[/]

    metersim master freeze 123456 --day 2026-09-14 --serial /dev/ttyUSB0
    """
    wish = wish_of(way_of(tcp, serial, mqtt), protocol, address, profile=profile, timeout=timeout, retries=retries)
    show = Show(wish, as_json=as_json, frames=frames, lang=lang)

    async def look(bench: Bench, meter: Meter) -> None:
        wanted = day or bench.clock.now().astimezone(BEIJING)
        found = await ask_freeze(meter, wanted.date())
        show.told(freeze_document(meter.place.address, found), freeze_words(meter.place.address, found))

    do(wish, show, look)


@app.command()
def address(
    tcp: Tcp = None,
    serial: Serial = None,
    mqtt: Mqtt = None,
    protocol: ProtocolName = Protocol.DLT645,
    as_json: AsJson = False,
    frames: Frames = False,
    lang: Lang = None,
    timeout: Timeout = None,
    retries: Retries = 2,
) -> None:
    """Ask the only meter on the line for its address; where there are several, their answers collide.

    [bold]Example[/]

    metersim master address --serial /dev/ttyUSB0
    """
    wish = wish_of(way_of(tcp, serial, mqtt), protocol, timeout=timeout, retries=retries)
    show = Show(wish, as_json=as_json, frames=frames, lang=lang)

    async def look(_bench: Bench, meter: Meter) -> None:
        digits = meter.place.address
        show.told({"address": digits, "ok": True, "error": None}, {Words("meter", "电能表"): Words(digits)})

    do(wish, show, look)


@app.command()
def scan(
    tcp: Tcp = None,
    serial: Serial = None,
    mqtt: Mqtt = None,
    protocol: ProtocolName = Protocol.DLT645,
    as_json: AsJson = False,
    frames: Frames = False,
    lang: Lang = None,
    timeout: Annotated[
        float | None, typer.Option("--timeout", min=0.05, metavar="SECONDS", help="Wait so long for answers each time.")
    ] = None,
    retries: Annotated[int, typer.Option("--retries", min=0, max=20, help="Ask so often again on silence.")] = 0,
    span: Annotated[float, typer.Option("--for", min=0.1, metavar="SECONDS", help="Search no longer.")] = 600.0,
    deep: Annotated[
        bool, typer.Option("--deep", help="Part the wildcard even if nobody, or one meter alone, answers to it.")
    ] = False,
) -> None:
    """Find the addresses of all meters on a line: by the wildcard, and by ever more low digits where several answer.

    Each is printed as it is found. Code 0: all was searched and somebody is there; 1: nobody, or not all; 2: usage.

    [bold]Examples[/]

    metersim master scan --serial /dev/ttyUSB0

    metersim master scan --tcp 192.168.1.50:10001 --protocol dlt698 --json
    """
    wish = wish_of(way_of(tcp, serial, mqtt), protocol)
    show = Show(wish, as_json=as_json, frames=frames, lang=lang)
    window = window_of(wish.way, protocol) if timeout is None else timedelta(seconds=timeout)
    if not search(wish, show, window, retries=retries, span=timedelta(seconds=span), deep=deep):
        raise typer.Exit(FAILED)


@app.command("listen")
def listen_(
    tcp: Tcp = None,
    serial: Serial = None,
    mqtt: Mqtt = None,
    as_json: AsJson = False,
    lang: Lang = None,
    span: Annotated[
        float | None, typer.Option("--for", min=0.1, metavar="SECONDS", help="Listen so long; else until Ctrl-C.")
    ] = None,
) -> None:
    """Take apart what goes by on a line, or to and from a device at a broker, without a word of one's own.

    [bold]Examples[/]

    metersim master listen --serial /dev/ttyUSB0:2400:E

    metersim master listen --mqtt mqtt://broker.example/SHED-7 --for 60
    """
    way, language, time = way_of(tcp, serial, mqtt), language_of(lang), RealClock()
    seconds = None if span is None else timedelta(seconds=span)

    def tell(piece: Piece) -> None:
        now = time.now().astimezone(BEIJING)
        if as_json:
            as_line({"at": now.isoformat(timespec="milliseconds")} | decode_piece(piece))
        else:
            lines = section_lines(explain_piece(piece), language)
            typer.echo("\n".join([f"{now:%H:%M:%S}", *lines, ""]))

    try:
        asyncio.run(listen(time, way, tell, seconds))
    except BenchError as error:
        complain(str(error))
        raise typer.Exit(FAILED) from None
