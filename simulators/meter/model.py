"""The physical meter: registers, clock, daily freezes (日冻结), relay and what is measured now.

Nothing happens in it by itself: time is carried forward when somebody looks (`Meter.advance`), through the
midnights of the meter's own clock and the delayed acts of its relay, so a village costs no event per
meter and minute.
"""

from collections import deque
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

from simulators.localtime import SHANGHAI
from simulators.meter.load import HOUR, MICROSECOND, TARIFFS, UNIT, Load, microseconds
from simulators.meter.memory import Memory
from simulators.meter.relay import Movement, Relay
from simulators.meter.wish import FreezeWish
from simulators.seeded import between

__all__ = [
    "FREEZES_KEPT",
    "INSTANTS_KEPT",
    "WISHED_KEPT",
    "Dialect",
    "Freeze",
    "Meter",
    "Plate",
    "Registers",
    "Silence",
    "Switching",
]

FREEZES_KEPT = 62  # DL/T 645-2007: 050600nn with nn = 01H to 3EH
ROLLOVER = 100_000_000  # registers of six whole digits and two decimals, in 0.01 kWh
WISHED_KEPT = 60  # 050000nn with nn = 01H to 3CH
INSTANTS_KEPT = 3  # 050100nn with nn = 01H to 03H
DAY = timedelta(days=1)
NEVER = datetime.max.replace(tzinfo=UTC)
FIRST_SHARES = (10, 30, 35)  # percent of the first register in the tariffs 1 to 3; tariff 4 has the rest


class Dialect(StrEnum):
    """The language a meter speaks."""

    DLT645 = "dlt645"
    DLT698 = "dlt698"


@dataclass(frozen=True, slots=True)
class Plate:
    """What is printed on the meter: communication address (12 digits), asset number, language, model."""

    address: str
    asset: str
    dialect: Dialect
    current_max_a: int = 60
    profile: str = "standard"


@dataclass(frozen=True, slots=True)
class Registers:
    """Active energy in steps of 0.01 kWh; the total is the sum of the tariffs, modulo the rollover."""

    tariffs: tuple[int, ...]
    reverse: int = 0

    @property
    def total(self) -> int:
        """Give the total forward register."""
        return sum(self.tariffs) % ROLLOVER

    @property
    def block(self) -> tuple[int, ...]:
        """Give total and tariffs 1 to 4, the order of a block read."""
        return (self.total, *(value % ROLLOVER for value in self.tariffs))


@dataclass(frozen=True, slots=True)
class Freeze:
    """What the registers showed at 00:00 of ``day``; ``stamp`` by the meter's clock, ``made`` by the true one."""

    day: date
    stamp: datetime
    made: datetime
    registers: Registers


@dataclass(frozen=True, slots=True)
class Switching:
    """The relay opened or closed: when by the meter's clock, on whose order, and what the registers showed then."""

    shown: datetime
    operator: str
    registers: Registers


@dataclass(frozen=True, slots=True)
class Silence:
    """A time in which nothing reaches the meter and nothing comes back: ``start <= t < end``."""

    start: datetime
    end: datetime


class Meter:
    """One meter at a wall. Instants are UTC-aware and must not go backwards."""

    def __init__(
        self,
        plate: Plate,
        load: Load,
        *,
        start: datetime,
        register: int,
        drift: timedelta = timedelta(),
        relay: Relay | None = None,
        silences: tuple[Silence, ...] = (),
    ) -> None:
        self.plate = plate
        self.load = load
        self._relay = relay or Relay()
        self.silences = silences
        self.drift = drift
        self.started = start
        self._now = start
        shares = [register * share // 100 for share in FIRST_SHARES]
        self._energy = [UNIT * value for value in (*shares, register - sum(shares))]
        self._freezes: dict[date, Freeze] = {}
        self.memory = Memory()
        self.wish: FreezeWish | None = None
        self.wished: deque[Freeze] = deque(maxlen=WISHED_KEPT)
        self.instants: deque[Freeze] = deque(maxlen=INSTANTS_KEPT)
        self.switchings: dict[bool, list[Switching]] = {True: [], False: []}
        self._demand_since = start
        self._relay.watch = self._note_switching

    @property
    def address(self) -> str:
        """Give the communication address."""
        return self.plate.address

    def advance(self, now: datetime) -> None:
        """Let time pass up to ``now``: energy, freezes and delayed acts of the relay, in their order."""
        while (stop := min(midnight := self._next_midnight(), wished := self._next_wished())) <= now:
            self._consume(stop)
            if stop == midnight:
                self._freeze(midnight)
            if stop == wished:
                self.wished.appendleft(self._frozen(wished))
            self._now = stop
        self._consume(now)
        self._now = max(self._now, now)

    def relay(self, now: datetime) -> Relay:
        """Give the relay as it is at this moment; acts on it must carry the same instant."""
        self.advance(now)
        return self._relay

    def hears(self, now: datetime) -> bool:
        """Tell whether a frame sent at this instant reaches the meter."""
        return not any(silence.start <= now < silence.end for silence in self.silences)

    def clock(self, now: datetime) -> datetime:
        """Give what the meter's clock shows: local time, with its error."""
        return (now + self.drift).astimezone(SHANGHAI)

    def set_clock(self, now: datetime, shown: datetime) -> None:
        """Set the meter's clock; midnights that are skipped by it leave no freeze."""
        self.advance(now)
        self.drift = shown - now
        self._now = now

    def registers(self, now: datetime) -> Registers:
        """Read the registers of this moment."""
        self.advance(now)
        return Registers(tuple(energy // UNIT for energy in self._energy))

    def freeze(self, day: date, now: datetime) -> Freeze | None:
        """Give the freeze of 00:00 of ``day``, None if the meter has none (yet, or no more)."""
        self.advance(now)
        return self._freezes.get(day)

    def freeze_back(self, number: int, now: datetime) -> Freeze | None:
        """Give the ``number``-th last freeze, 1 is the latest."""
        self.advance(now)
        days = sorted(self._freezes, reverse=True)
        return self._freezes[days[number - 1]] if 1 <= number <= len(days) else None

    def freeze_now(self, now: datetime) -> None:
        """Freeze at once (瞬时冻结)."""
        self.advance(now)
        self.instants.appendleft(self._frozen(now))

    def freeze_at(self, wish: FreezeWish, now: datetime) -> None:
        """Freeze whenever the meter's clock shows what is wished (定时冻结), from now on."""
        self.advance(now)
        self.wish = wish

    def clear(self, now: datetime) -> None:
        """Clear energy and freezes (电表清零)."""
        self.advance(now)
        self._energy = [0] * TARIFFS
        for freezes in (self.wished, self.instants):
            freezes.clear()
        for switchings in self.switchings.values():
            switchings.clear()
        self._freezes.clear()
        self._demand_since = now

    def clear_demand(self, now: datetime) -> None:
        """Begin the maximum demand anew (需量清零)."""
        self.advance(now)
        self._demand_since = now

    def max_demand(self, now: datetime) -> tuple[int, datetime]:
        """Give the highest hourly mean since the last clear, in watts, and the end of that hour by the meter's clock.

        An hour counts in which the relay was closed at its beginning; without one the demand is 0, at the clear.
        """
        self.advance(now)
        highest, at = 0, self._demand_since
        first = -(-microseconds(self._demand_since) // HOUR)
        for hour in range(first, microseconds(now) // HOUR):
            begins = self._demand_since + (hour * HOUR - microseconds(self._demand_since)) * MICROSECOND
            watts = self.watts_then(begins)
            if watts > highest:
                highest, at = watts, begins + timedelta(hours=1)
        return highest, self.clock(at)

    def watts(self, now: datetime) -> int:
        """Measure the power behind the relay, in watts."""
        self.advance(now)
        return 0 if self._relay.open else self.load.watts(microseconds(now) // HOUR)

    def watts_then(self, at: datetime) -> int:
        """Tell the power behind the relay at an instant that has passed, in watts."""
        return 0 if self._relay.was_open(at) else self.load.watts(microseconds(at) // HOUR)

    def decivolts(self, now: datetime) -> int:
        """Measure the voltage of the line, in 0.1 V: it is there with an open relay too."""
        return between(2180, 2360, self.load.seed, "volts", self.address, microseconds(now) // HOUR)

    def milliamperes(self, now: datetime) -> int:
        """Measure the current behind the relay, in mA."""
        return self.watts(now) * 10_000 // self.decivolts(now)

    def _next_midnight(self) -> datetime:
        shown = self._now + self.drift
        today = shown.astimezone(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)
        return (today + DAY - self.drift).astimezone(UTC)

    def _next_wished(self) -> datetime:
        if self.wish is None:
            return NEVER
        shown = self.wish.next_after((self._now + self.drift).astimezone(SHANGHAI))
        return NEVER if shown is None else (shown - self.drift).astimezone(UTC)

    def _consume(self, until: datetime) -> None:
        """Add the energy up to ``until``, in parts if the relay moves by itself on the way."""
        while (due := self._relay.due) is not None and due <= until:
            self._add(due)
            self._relay.settle(due)
        self._add(until)

    def _add(self, until: datetime) -> None:
        if until <= self._now:
            return
        if not self._relay.open:
            drift = self.drift // timedelta(microseconds=1)
            gained = self.load.energy(microseconds(self._now), microseconds(until), drift)
            for tariff in range(TARIFFS):
                self._energy[tariff] += gained[tariff]
        self._now = until

    def _freeze(self, midnight: datetime) -> None:
        freeze = self._frozen(midnight)
        self._freezes[freeze.day] = freeze
        if len(self._freezes) > FREEZES_KEPT:
            del self._freezes[min(self._freezes)]

    def _frozen(self, at: datetime) -> Freeze:
        stamp = self.clock(at)
        registers = Registers(tuple(energy // UNIT for energy in self._energy))
        return Freeze(stamp.date(), stamp, at, registers)

    def _note_switching(self, moved: Movement) -> None:
        """Keep an event record (跳闸记录, 合闸记录); registers are those of this moment."""
        frozen = self._frozen(moved.at)
        self.switchings[moved.open].append(Switching(frozen.stamp, self._relay.operator, frozen.registers))
