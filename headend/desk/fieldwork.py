"""Asking the field: live reads, relay states, links, and how the day's collection went."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from drivers.link import Rank
from drivers.meter import Answer, Dialect, Meter, Place, Refused, RelayState, Road, Silent, Told
from headend import archive, collect
from headend.collect import RelaySeen
from headend.desk import objects
from headend.desk.errors import RefusedError
from headend.desk.means import Means
from headend.desk.model import Act, Arguments, Caller, NoArguments, Target
from headend.store import Fact, Tx, View

Frames = tuple[tuple[str, datetime, bytes], ...]

SOURCE = "desk"


class Item(StrEnum):
    """What a meter may be asked live."""

    REGISTERS = "registers"
    RELAY = "relay"
    PHASES = "phases"
    CLOCK = "clock"


class Read(Target):
    """What to read from one meter, now."""

    items: Annotated[tuple[Item, ...], Field(min_length=1, max_length=len(Item))] = (Item.REGISTERS,)


class DayOf(Arguments):
    """A business day; without one, today."""

    day: date | None = None


async def read(desk: Means, act: Act, caller: Caller, args: Read) -> dict[str, object]:
    """Read a meter live, item by item; what was told, or why there is nothing, stands under each."""
    account, place, meter = await _meter(desk, caller, args)
    answers: dict[str, object] = {}
    for item in args.items:
        told = await _ask(meter, item)
        await desk.write(act, caller, keep, account, told)
        answers[item.value] = _answer(told)
    return {"account": account.no, "meter": place.address, **answers}


async def relay_status(desk: Means, act: Act, caller: Caller, args: Target) -> dict[str, object]:
    """Read the relay back from the meter itself; the answer is kept as a reading of the relay."""
    account, place, meter = await _meter(desk, caller, args)
    told = await meter.relay(rank=Rank.OPERATOR)
    await desk.write(act, caller, keep, account, told)
    if not isinstance(told, Told):
        raise RefusedError(f"meter {place.address}: {_why_not(told)}")
    return {"account": account.no, "meter": place.address, "at": told.at, **_relay(told.value)}


async def links(desk: Means, _act: Act, _caller: Caller, _args: NoArguments) -> list[dict[str, object]]:
    """List the links that may dial in: up or down, since when, last heard, how much is queued."""
    names = ("link", "kind", "up", "since", "last_heard", "peer", "queued", "busy")
    return [{name: getattr(status, name) for name in names} for status in desk.links.status()]


def collect_status(view: View, caller: Caller, args: DayOf) -> dict[str, object]:
    """Tell how many readings of a day came, and for each missing one why."""
    day = args.day or view.today
    due, came, reasons = collect.day_counts(view, day)
    missing = [
        {"account": archive.account(view, m.account).no, "reason": m.reason, "detail": m.detail, "tries": m.tries}
        for m in collect.missing(view, day)
        if objects.sees(view, caller, m.account)
    ]
    return {"day": day, "due": due, "read": came, "reasons": reasons, "missing": missing}


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


async def _meter(desk: Means, caller: Caller, args: Target) -> tuple[archive.Account, archive.Place, Meter]:
    account, place = await desk.store.read(_find, caller, args)
    wire = Place(place.address, Dialect(place.dialect), Road(place.road), place.link, place.profile)
    return account, place, desk.field.meter(wire)


def _find(view: View, caller: Caller, args: Target) -> tuple[archive.Account, archive.Place]:
    account = objects.find_target(view, caller, args)
    return account, objects.find_place(view, account)


async def _ask(meter: Meter, item: Item) -> Answer[object]:
    match item:
        case Item.REGISTERS:
            return await meter.registers(rank=Rank.OPERATOR)
        case Item.RELAY:
            return await meter.relay(rank=Rank.OPERATOR)
        case Item.PHASES:
            return await meter.phases(rank=Rank.OPERATOR)
        case Item.CLOCK:
            return await meter.clock(rank=Rank.OPERATOR)


def _answer(told: Answer[object]) -> object:
    if not isinstance(told, Told):
        return {"error": _why_not(told)}
    if isinstance(told.value, RelayState):
        return _relay(told.value)
    return {"value": told.value, "at": told.at}


def _relay(state: RelayState) -> dict[str, object]:
    """Tell of a relay in words of the business: what it is, and what it was last told to be."""
    return {
        "relay": "open" if state.open else "closed",
        "ordered": "open" if state.command_open else "closed",
        "keep_power": state.keep_power,
        "current_a": state.current,
        "voltage_v": state.voltage,
        "answered_by": state.address,
        "word": state.word,
    }


def _why_not(told: Refused | Silent) -> str:
    match told:
        case Refused():
            return f"it refused: {told.reason.value} ({told.code})"
        case Silent():
            return f"it is silent: {told.reason.value}"
