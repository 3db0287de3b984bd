"""A meter: one interface, whatever its dialect and the road to it."""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from typing import TypeVar

from clock import Clock
from drivers.errors import ReleaseError
from drivers.link import Go, Links, Rank
from drivers.meter.asking import Inquiry
from drivers.meter.memory import Memory
from drivers.meter.model import (
    Accepted,
    Answer,
    Freeze,
    How,
    MeterSettings,
    Phases,
    Place,
    Reason,
    Registers,
    RelayState,
    Release,
    Silence,
    Silent,
)
from drivers.meter.replies import Denied, Got, Reply
from drivers.meter.security import SecurityModule
from drivers.zone import BEIJING

T = TypeVar("T")

FRAME_LIFE = timedelta(minutes=5)
"""How long a control frame stays valid: one that a concentrator delivers later must do nothing."""
CLOCK_SET = timedelta(minutes=2)
"""How far a clock that was just set may be off: setting and reading it take up to a minute each on the power line."""
_PATIENT = frozenset({Rank.RESTORE, Rank.CHECK, Rank.OPERATOR})
"""Ranks that repeat a read even to a meter that was silent the last time."""


class Act(Enum):
    """Commands that take power from nobody; a trip is none of them, it needs a `Release`."""

    CLOSE = "close"
    PERMIT = "permit"
    KEEP = "keep"
    KEEP_OFF = "keep_off"


@dataclass(frozen=True, slots=True)
class Bench:
    """What all meters of one field share."""

    clock: Clock
    links: Links
    settings: MeterSettings
    memory: Memory
    security: SecurityModule | None = None


class Meter(ABC):
    """One meter. A read is repeated twice on silence; a command is never repeated here.

    `until` is the instant after which nothing is sent any more. Answers are values: see `Answer`.
    """

    def __init__(self, place: Place, bench: Bench) -> None:
        self.place = place
        self._clock = bench.clock
        self._links = bench.links
        self._settings = bench.settings
        self._memory = bench.memory

    async def daily_freeze(self, day: date, *, rank: Rank = Rank.POLL, until: datetime | None = None) -> Answer[Freeze]:
        """Read the freeze of `day` 00:00 from the meter; `NO_DATA` if it keeps none, never another day's."""
        return await self._ask(lambda inquiry: self._daily_freeze(inquiry, day), rank, until)

    async def registers(self, *, rank: Rank, until: datetime | None = None) -> Answer[Registers]:
        """Read the forward active registers as they are now."""
        return await self._ask(self._registers, rank, until)

    async def relay(self, *, rank: Rank, until: datetime | None = None) -> Answer[RelayState]:
        """Read the relay as it is now. A current or voltage that cannot be read is None; the state cannot be."""
        return await self._ask(self._relay, rank, until)

    async def phases(self, *, rank: Rank, until: datetime | None = None) -> Answer[Phases]:
        """Read voltages and currents as they are now."""
        return await self._ask(self._phases, rank, until)

    async def clock(self, *, rank: Rank, until: datetime | None = None) -> Answer[datetime]:
        """Read the meter's clock, as an instant in UTC."""
        return await self._ask(self._read_clock, rank, until)

    async def set_clock(self, *, rank: Rank = Rank.OPERATOR, until: datetime | None = None) -> Answer[Accepted]:
        """Set the meter's clock to ours, and read it back. Not around midnight, where a freeze is being made.

        `How.UNKNOWN`: it was accepted and could not be read back. `Reason.NOT_TAKEN`: it was accepted and shows another
        time, as is in the code.
        """
        return await self._order(self._set_and_read_clock, rank, until)

    async def trip(self, release: Release, go: Go, *, until: datetime) -> Answer[Accepted]:
        """Trip the relay by this release; `go` is awaited when the next byte on the line would be the trip's.

        Raises ReleaseError if the release is for another meter; an expired one sends nothing.
        """
        if release.address != self.place.address:
            raise ReleaseError(release.id, release.address, self.place.address)
        last = min(until, release.expires)
        now = self._clock.now()
        if now >= last:
            return Silent(Silence.EXPIRED, sent=False, at=now, trace=())
        return await self._order(lambda inquiry, at: self._trip(inquiry, release, at, go), Rank.CUT, last)

    async def close(
        self, *, rank: Rank = Rank.RESTORE, go: Go | None = None, until: datetime | None = None
    ) -> Answer[Accepted]:
        """Close the relay at once (直接合闸)."""
        return await self._act(Act.CLOSE, rank, go, until)

    async def permit(
        self, *, rank: Rank = Rank.RESTORE, go: Go | None = None, until: datetime | None = None
    ) -> Answer[Accepted]:
        """Let the customer close the relay by a key press (合闸允许)."""
        return await self._act(Act.PERMIT, rank, go, until)

    async def keep(
        self,
        on: bool,
        *,
        rank: Rank = Rank.OPERATOR,
        go: Go | None = None,
        until: datetime | None = None,
    ) -> Answer[Accepted]:
        """Turn supply protection (保电) on or off; on, the meter refuses trips."""
        return await self._act(Act.KEEP if on else Act.KEEP_OFF, rank, go, until)

    async def _act(self, act: Act, rank: Rank, go: Go | None, until: datetime | None) -> Answer[Accepted]:
        return await self._order(lambda inquiry, at: self._command(inquiry, act, at, go), rank, until)

    async def _ask(
        self, read: Callable[[Inquiry], Awaitable[Reply[T]]], rank: Rank, until: datetime | None
    ) -> Answer[T]:
        last = self._clock.now() + self._settings.read_life if until is None else until
        inquiry = Inquiry(self._clock, self._links, self.place.link, rank, last, self._tries(rank))
        reply = await read(inquiry)
        self._memory.note_reply(self.place.address, reply)
        return inquiry.answer(reply)

    async def _order(
        self,
        order: Callable[[Inquiry, datetime], Awaitable[Reply[Accepted]]],
        rank: Rank,
        until: datetime | None,
    ) -> Answer[Accepted]:
        """Send a command that is valid, and may leave, until the earlier of `until` and the frame's life."""
        end = self._clock.now() + FRAME_LIFE
        last = end if until is None else min(end, until)
        inquiry = Inquiry(self._clock, self._links, self.place.link, rank, last, self._settings.tries)
        return inquiry.answer(await order(inquiry, last))

    def _tries(self, rank: Rank) -> int:
        return 1 if rank not in _PATIENT and self._memory.was_silent(self.place.address) else self._settings.tries

    def _meter_time(self, at: datetime) -> datetime:
        """Give what the meter's clock shows at an instant, by its last reading, in local time."""
        return (at + self._memory.offset(self.place.address, self._clock.now())).astimezone(BEIJING)

    def _note_clock(self, shown: datetime, at: datetime) -> None:
        self._memory.note_clock(self.place.address, shown - at, at)

    async def _read_clock(self, inquiry: Inquiry) -> Reply[datetime]:
        reply = await self._clock_shown(inquiry)
        if isinstance(reply, Got):
            self._note_clock(reply.value, inquiry.at)
            return Got(reply.value.astimezone(UTC))
        return reply

    async def _set_and_read_clock(self, inquiry: Inquiry, until: datetime) -> Reply[Accepted]:
        """Set the clock and look: whatever was known of it before holds no more."""
        reply = await self._set_clock(inquiry, until)
        if isinstance(reply, Denied) or not inquiry.sent:
            return reply
        self._memory.forget_clock(self.place.address)
        shown = await self._read_clock(inquiry)
        if not isinstance(shown, Got):
            return Got(Accepted(How.UNKNOWN)) if isinstance(reply, Got) else reply
        if abs(shown.value - inquiry.at) <= CLOCK_SET:
            return Got(Accepted(How.NOW))
        return Denied(Reason.NOT_TAKEN, f"shows {shown.value:%Y-%m-%d %H:%M:%S}Z") if isinstance(reply, Got) else reply

    @abstractmethod
    async def _daily_freeze(self, inquiry: Inquiry, day: date) -> Reply[Freeze]: ...

    @abstractmethod
    async def _registers(self, inquiry: Inquiry) -> Reply[Registers]: ...

    @abstractmethod
    async def _relay(self, inquiry: Inquiry) -> Reply[RelayState]: ...

    @abstractmethod
    async def _phases(self, inquiry: Inquiry) -> Reply[Phases]: ...

    @abstractmethod
    async def _clock_shown(self, inquiry: Inquiry) -> Reply[datetime]: ...

    @abstractmethod
    async def _set_clock(self, inquiry: Inquiry, until: datetime) -> Reply[Accepted]: ...

    @abstractmethod
    async def _trip(self, inquiry: Inquiry, release: Release, until: datetime, go: Go) -> Reply[Accepted]: ...

    @abstractmethod
    async def _command(self, inquiry: Inquiry, act: Act, until: datetime, go: Go | None) -> Reply[Accepted]: ...
