"""Links at the desk: which there are, how one of them is, ending its login."""

from collections.abc import Mapping
from typing import Annotated, Any

import structlog
from pydantic import Field

from drivers.errors import DriverError
from drivers.link import LinkStatus
from headend import archive, collect
from headend.desk import objects, trail
from headend.desk.errors import NotFoundError
from headend.desk.means import Means
from headend.desk.model import Act, Arguments, Caller, NoArguments, Reason
from headend.store import Tx, View

log = structlog.get_logger(__name__)

SHOWN = ("link", "kind", "endpoint", "up", "since", "last_heard", "peer", "queued", "busy")
EVENTS = 20


class OneLink(Arguments):
    """A link, by its key: ``698:…`` for a concentrator, ``dtu:…`` for a line."""

    link: Annotated[str, Field(min_length=1, max_length=48)]


class LinkDrop(OneLink):
    """A link whose login shall end, and why."""

    reason: Reason


class Events(Arguments):
    """Whose events: of a link, of an account or meter, or the newest of all."""

    link: Annotated[str, Field(max_length=48)] | None = None
    account: Annotated[str, Field(pattern=r"^[0-9]{6,16}$")] | None = None
    limit: Annotated[int, Field(ge=1, le=1000)] = 50


async def links(desk: Means, _act: Act, caller: Caller, _args: NoArguments) -> list[dict[str, object]]:
    """List the links of the caller's unit: up or down, since when, last heard, how much is queued."""
    own = await desk.store.read(_own, caller)
    return [_shown(status) for status in desk.links.status() if own is None or status.link in own]


async def link_show(desk: Means, _act: Act, caller: Caller, args: OneLink) -> dict[str, object]:
    """Tell all about a link: its state and queue, what happened on it lately, its meters and today's readings."""
    known = await desk.store.read(_about, caller, args.link)
    status = next((each for each in desk.links.status() if each.link == args.link), None)
    state: dict[str, object] = {"link": args.link, "up": False} if status is None else _shown(status)
    kept = [_note(one) for one in await desk.store.read(collect.link_notes, args.link, EVENTS)]
    happened = sorted([*desk.happened(args.link), *kept], key=lambda one: one["at"], reverse=True)
    return {**state, **known, "happened": happened}


async def link_drop(desk: Means, act: Act, caller: Caller, args: LinkDrop) -> dict[str, object]:
    """End the login of a device; it logs in again by itself. What was asked of it and not answered is asked again."""
    await desk.write(act, caller, _note_drop, caller, args)
    try:
        was_up = desk.links.drop(args.link)
    except DriverError as error:
        raise NotFoundError(str(error)) from error
    log.info("link.dropped", link=args.link, by=caller.actor, was_up=was_up)
    return {"link": args.link, "was_up": was_up}


def events(view: View, caller: Caller, args: Events) -> list[dict[str, object]]:
    """List what devices reported and what was read of their event records, newest first."""
    if args.link is not None:
        objects.check_link(view, caller, args.link)
    account = None if args.account is None else objects.find_account(view, caller, args.account).id
    scope = objects.scope(view, caller)
    found = collect.device_events(view, scope=scope, account=account, link=args.link, limit=args.limit)
    return [_event(view, each) for each in found]


def _own(view: View, caller: Caller) -> frozenset[str] | None:
    """Give the links that a caller may see; None: all of them."""
    if caller.member is None:
        return None
    return frozenset(row.link for row in view.all(archive.links_within(objects.scope(view, caller))))


def _about(view: View, caller: Caller, link: str) -> dict[str, object]:
    objects.check_link(view, caller, link)
    day = view.today
    due, read, reasons = collect.link_counts(view, day).get(link, (0, 0, {}))
    missing = {each.account: each.reason for each in collect.missing(view, day) if each.link == link}
    meters = [
        {
            "account": archive.account(view, place.account).no,
            "meter": place.address,
            "dialect": place.dialect,
            "road": place.road,
            "profile": place.profile,
            "today": missing.get(place.account, "read" if due else "-"),
        }
        for place in archive.places(view, day, link)
    ]
    clocks = collect.clock_history(view, link=link, limit=1)
    off = None if not clocks or clocks[0].error is None else round(clocks[0].error.total_seconds())
    found = collect.device_events(view, scope=objects.scope(view, caller), link=link, limit=EVENTS)
    told = [_event(view, each) for each in found]
    today = {"due": due, "read": read, "reasons": reasons}
    area = archive.link_areas(view, link).get(link)
    return {"area": area, "clock_off_s": off, "today": today, "meters": meters, "events": told}


def _event(view: View, event: collect.DeviceEvent) -> dict[str, Any]:
    no = None if event.account is None else archive.account(view, event.account).no
    names = ("id", "at", "source", "link", "address", "object", "name", "chinese", "began", "value", "error", "report")
    return {**{name: getattr(event, name) for name in names}, "account": no}


def _note(one: collect.LinkNote) -> Mapping[str, Any]:
    return {**one.values, "at": one.at, "event": one.event, "frame": None}


def _note_drop(tx: Tx, caller: Caller, args: LinkDrop) -> None:
    objects.check_link(tx, caller, args.link)
    trail.record(tx, "link_drop", args.model_dump(mode="json"))


def _shown(status: LinkStatus) -> dict[str, object]:
    return {name: getattr(status, name) for name in SHOWN}
