"""What is remembered of the links from moment to moment: the last events of each, which news is news."""

import re
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import date, datetime, timedelta

from drivers.link import HeartbeatHeard, LinkEvent
from headend.store import BUSINESS_ZONE

KEPT = 8
"""Events remembered of each link."""
MOST_LINKS = 50_000
SILENT_FIELDS = frozenset({"at", "frame"})


class Recent:
    """The last odd events of each link, for people who look at it; no heartbeats, and no logins, which are kept."""

    def __init__(self) -> None:
        self._events: dict[str, deque[LinkEvent]] = {}

    def hear(self, event: LinkEvent) -> None:
        """Take note of an event of a link."""
        link = getattr(event, "link", None)
        if link is None or isinstance(event, HeartbeatHeard):
            return
        if link not in self._events and len(self._events) >= MOST_LINKS:
            return
        self._events.setdefault(link, deque(maxlen=KEPT)).append(event)

    def of(self, link: str) -> Sequence[Mapping[str, object]]:
        """Tell the last events of a link, newest first, with the bytes of the frame where one was part of it."""
        return [_told(event) for event in reversed(self._events.get(link, ()))]


class Once:
    """Tells whether something is new today: devices repeat themselves, and records are for what changes."""

    def __init__(self) -> None:
        self._known: dict[object, object] = {}
        self._day: date | None = None

    def is_new(self, about: object, what: object, at: datetime) -> bool:
        """Tell whether of ``about`` something else than ``what`` was told last on this business day."""
        day = at.astimezone(BUSINESS_ZONE).date()
        if day != self._day:
            self._day = day
            self._known.clear()
        if self._known.get(about) == what and about in self._known:
            return False
        self._known[about] = what
        return True


def clock_error(event: HeartbeatHeard) -> timedelta | None:
    """Give by how much a device's clock is ahead by its heartbeat; None where it tells no time."""
    return None if event.device_clock is None else event.device_clock - event.at


def name_of(event: object) -> str:
    """Give an event's name from its class's: ``LinkReplaced`` is ``replaced``."""
    words = re.findall(r"[A-Z][a-z]+", type(event).__name__)
    return "_".join(word.lower() for word in words if word not in {"Link", "Centre"})


def values_of(event: object) -> dict[str, object]:
    """Give what an event tells, but for when, and for bytes that may hold a password."""
    named = fields(event)  # type: ignore[arg-type]  # every event is a dataclass
    return {each.name: plain_field(getattr(event, each.name)) for each in named if each.name not in SILENT_FIELDS}


def plain_field(value: object) -> object:
    """Give an enum's value, bytes as hex digits, anything else as it is."""
    return getattr(value, "value", value) if not isinstance(value, bytes) else value.hex().upper()


def _told(event: LinkEvent) -> Mapping[str, object]:
    frame = getattr(event, "frame", None)
    values = {name: str(value) for name, value in values_of(event).items() if name != "link"}
    return {"at": event.at, "event": name_of(event), **values, "frame": None if frame is None else frame.hex().upper()}
