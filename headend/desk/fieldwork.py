"""Asking meters live: any item, the relay, the records of events that a meter keeps."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Annotated

from pydantic import Field

from drivers.link import Rank
from drivers.meter import (
    Answer,
    Dialect,
    EventKind,
    EventRecord,
    Meter,
    Meter645,
    Meter698,
    Meter1997,
    Place,
    RelayState,
    Road,
    Told,
)
from headend import archive, collect
from headend.collect import RelaySeen
from headend.desk import objects, trail
from headend.desk.errors import RefusedError
from headend.desk.items import Number1997, Wanted, Word, find_wanted, protocol_of
from headend.desk.means import Means
from headend.desk.model import Act, Caller, Target
from headend.desk.reading import ItemRow, not_read, relay_words, rows_of, why_not
from headend.store import BUSINESS_ZONE, Fact, Tx, View
from protocols.dlt645 import DI
from protocols.dlt698 import OAD, ResultRecord
from protocols.errors import LocalProtocolError

Frames = tuple[tuple[str, datetime, bytes], ...]

SOURCE = "desk"
MOST_ITEMS = 100
EVENT_WORDS = {kind.name.lower(): kind for kind in EventKind}
"""Kinds of event by the word for people: trip, close, cover_opened, …"""
CHINESE = {
    EventKind.TRIP: "跳闸",
    EventKind.CLOSE: "合闸",
    EventKind.COVER_OPENED: "开表盖",
    EventKind.TERMINAL_COVER_OPENED: "开端钮盖",
    EventKind.POWER_OFF: "掉电",
    EventKind.PROGRAMMED: "编程",
    EventKind.EVENTS_CLEARED: "事件清零",
    EventKind.CLOCK_SET: "校时",
}


class Read(Target):
    """What to read from one meter, now: words, identifiers in eight hex digits, names of the tables."""

    items: Annotated[tuple[Annotated[str, Field(min_length=1, max_length=120)], ...], Field(max_length=MOST_ITEMS)] = ()


class EventRead(Target):
    """Which records to read of a meter: of all kinds if none is named, the newest so many of each."""

    kinds: tuple[str, ...] = ()
    count: Annotated[int, Field(ge=1, le=10)] = 10


async def read(desk: Means, act: Act, caller: Caller, args: Read) -> dict[str, object]:
    """Read a meter live, item by item: what was told, or why there is nothing, stands in the rows of each.

    An item that nobody knows does not keep the others from being read.
    """
    account, place, meter = await _meter(desk, caller, args)
    rows: list[ItemRow] = []
    for item in args.items or (Word.REGISTERS, Word.RELAY):
        try:
            wanted = find_wanted(protocol_of(meter), item)
            told = await _ask(desk, meter, wanted)
        except (RefusedError, LocalProtocolError) as error:
            rows.append(not_read(item, str(error)))
            continue
        await desk.write(act, caller, keep, account, told)
        rows += rows_of(item, wanted, told)
    return {"account": account.no, "meter": place.address, "items": rows}


async def relay_status(desk: Means, act: Act, caller: Caller, args: Target) -> dict[str, object]:
    """Read the relay back from the meter itself; the answer is kept as a reading of the relay."""
    account, place, meter = await _meter(desk, caller, args)
    told = await meter.relay(rank=Rank.OPERATOR)
    await desk.write(act, caller, keep, account, told)
    if not isinstance(told, Told):
        raise RefusedError(f"meter {place.address}: {why_not(told)}")
    return {"account": account.no, "meter": place.address, "at": told.at, **relay_words(told.value)}


async def event_read(desk: Means, act: Act, caller: Caller, args: EventRead) -> dict[str, object]:
    """Read the records of events that a meter keeps; those that are new are stored."""
    unknown = sorted(set(args.kinds) - set(EVENT_WORDS))
    if unknown:
        raise RefusedError(f"no kind of event is called {unknown[0]}; there are {', '.join(EVENT_WORDS)}")
    account, place, meter = await _meter(desk, caller, args)
    if not isinstance(meter, Meter645 | Meter698):
        speaks = f"meter {place.address} speaks {place.dialect} in the profile {place.profile}"
        raise RefusedError(f"{speaks}, which has no event records; see `headend event list`")
    found: dict[str, object] = {}
    new = 0
    for word in args.kinds or tuple(EVENT_WORDS):
        kind = EVENT_WORDS[word]
        told = await meter.event_records(kind, args.count, rank=Rank.OPERATOR)
        records = _records(place.address, kind, told.value) if isinstance(told, Told) else ()
        new += await desk.write(act, caller, _keep_records, account, place.link, told, records)
        found[word] = {"error": None if isinstance(told, Told) else why_not(told), "records": records}
    return {"account": account.no, "meter": place.address, "new": new, "kinds": found}


def keep(tx: Tx, account: archive.Account, told: Answer[object]) -> None:
    """Keep the frames of a live read, and a relay state as the reading that it is."""
    frames: Frames = tuple((frame.way.value, frame.at, frame.data) for frame in told.trace)
    collect.keep_frames(tx, frames)
    if not isinstance(told, Told) or not isinstance(told.value, RelayState):
        return
    state = told.value
    before = collect.relay(tx, account.id)
    seen = RelaySeen(state.open, state.command_open, state.keep_power, state.current, state.address, told.at, SOURCE)
    collect.note_relay(tx, account.id, seen)
    if before is None or (before.open, before.command_open) != (seen.open, seen.command_open):
        tx.changed(account.id, Fact.RELAY)


def _keep_records(
    tx: Tx, account: archive.Account, link: str, told: Answer[object], records: Sequence[collect.Told]
) -> int:
    keep(tx, account, told)
    trail.record(tx, "event_read", {"account": account.no, "records": len(records)})
    return collect.keep_records(tx, link, records)


def _records(address: str, kind: EventKind, found: tuple[EventRecord, ...] | ResultRecord) -> tuple[collect.Told, ...]:
    if isinstance(found, ResultRecord):
        return collect.told_by_rows(address, found)
    return tuple(_record(address, kind, one) for one in found)


def _record(address: str, kind: EventKind, record: EventRecord) -> collect.Told:
    """Put a record of a meter in the form of a device's event."""
    values = [
        {"name": f"value {place}", "value": collect.plain_text(value), "unit": ""}
        for place, value in enumerate(record.values, 1)
    ]
    name = kind.name.lower().replace("_", " ")
    return collect.Told(address, f"{kind.value}01", name, CHINESE[kind], record.at, values)


async def _meter(desk: Means, caller: Caller, args: Target) -> tuple[archive.Account, archive.Place, Meter]:
    account, place = await desk.store.read(_find, caller, args)
    wire = Place(place.address, Dialect(place.dialect), Road(place.road), place.link, place.profile)
    return account, place, desk.field.meter(wire)


def _find(view: View, caller: Caller, args: Target) -> tuple[archive.Account, archive.Place]:
    account = objects.find_target(view, caller, args)
    return account, objects.find_place(view, account)


_WORDS: Mapping[Word, Callable[[Meter, date], Awaitable[Answer[object]]]] = {
    Word.REGISTERS: lambda meter, _: meter.registers(rank=Rank.OPERATOR),
    Word.RELAY: lambda meter, _: meter.relay(rank=Rank.OPERATOR),
    Word.PHASES: lambda meter, _: meter.phases(rank=Rank.OPERATOR),
    Word.CLOCK: lambda meter, _: meter.clock(rank=Rank.OPERATOR),
    Word.FREEZE: lambda meter, today: meter.daily_freeze(today, rank=Rank.OPERATOR),
}


async def _ask(desk: Means, meter: Meter, wanted: Wanted) -> Answer[object]:
    if isinstance(wanted, Word):
        return await _WORDS[wanted](meter, desk.clock.now().astimezone(BUSINESS_ZONE).date())
    if isinstance(wanted, DI) and isinstance(meter, Meter645):
        return await meter.read(wanted, rank=Rank.OPERATOR)
    if isinstance(wanted, OAD) and isinstance(meter, Meter698):
        return await meter.read(wanted, rank=Rank.OPERATOR)
    if isinstance(wanted, Number1997) and isinstance(meter, Meter1997):
        return await meter.read(wanted.number, rank=Rank.OPERATOR)
    raise RefusedError("a meter of DL/T 645-1997 has items of four hex digits, every other of eight")
