"""The physical meter: registers, clock, daily freezes (日冻结), relay, money and what is measured now.

Nothing happens in it by itself: time is carried forward when somebody looks (`Meter.advance`), through the
midnights of the meter's own clock, the delayed acts of its relay and the end of its money, so a village costs no
event per meter and minute.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from simulators.meter.clockwork import NEVER, Clockwork
from simulators.meter.course import Course
from simulators.meter.events import NOBODY, Events, Kind
from simulators.meter.load import HOUR, MICROSECOND, Load, Segment, microseconds, tariff_of
from simulators.meter.memory import Memory
from simulators.meter.plate import Plate, Silence
from simulators.meter.registers import Counter, Freeze, Registers
from simulators.meter.relay import Ending, Movement, Relay
from simulators.meter.wallet import Stage, Wallet
from simulators.meter.wish import FreezeWish
from simulators.seeded import between

__all__ = ["FREEZES_KEPT", "INSTANTS_KEPT", "MADE_UP", "WISHED_KEPT", "Meter", "Replacement"]

FREEZES_KEPT = 62  # DL/T 645-2007: 050600nn with nn = 01H to 3EH
WISHED_KEPT = 60  # 050000nn with nn = 01H to 3CH
INSTANTS_KEPT = 3  # 050100nn with nn = 01H to 03H
MADE_UP = 7
"""So many of the midnights without power get their freezes afterwards (补冻结)."""
NEW_YEAR = (1, 1)
AT_ONCE = timedelta()
MAY_CLOSE_AGAIN = Ending(AT_ONCE, by_key=True)


@dataclass(frozen=True, slots=True)
class Replacement:
    """A meter was replaced (换表): last registers of the old one, first ones of the new one, in 0.01 kWh."""

    at: datetime
    old: Plate
    last: Registers
    new: Plate
    first: Registers


class Meter:
    """One meter at a wall. Instants are UTC-aware and must not go backwards.

    ``drift`` is how far its clock is ahead. ``plate`` and all that the meter remembers change when it is replaced;
    its load stays.
    """

    __slots__ = (
        "_counter",
        "_daily",
        "_demand_since",
        "_held",
        "_now",
        "_powered",
        "_relay",
        "clockwork",
        "events",
        "instants",
        "load",
        "memory",
        "plate",
        "replacements",
        "silences",
        "started",
        "wallet",
        "wish",
        "wished",
    )

    def __init__(
        self,
        plate: Plate,
        load: Load,
        *,
        start: datetime,
        register: int,
        drift: timedelta = AT_ONCE,
        relay: Relay | None = None,
        silences: tuple[Silence, ...] = (),
        wallet: Wallet | None = None,
    ) -> None:
        self.load = load
        self.silences = silences
        self.replacements: tuple[Replacement, ...] = ()
        self._powered = Course(first=True)
        self._held: Course[int | None] = Course(None)
        self._now = start
        self._hang(plate, register, Clockwork(drift), relay or Relay(), wallet or Wallet())

    def _hang(self, plate: Plate, register: int, clockwork: Clockwork, relay: Relay, wallet: Wallet) -> None:
        self.plate = plate
        self.started = self._demand_since = self._now
        self.clockwork = clockwork
        self.wallet = wallet
        self.memory = Memory()
        self.events = Events()
        self.wish: FreezeWish | None = None
        self.wished: list[Freeze] = []
        self.instants: list[Freeze] = []
        self._daily: list[Freeze] = []
        self._counter = Counter(register, plate.multiplier)
        self._relay = relay
        relay.around = self

    @property
    def address(self) -> str:
        """Give the communication address."""
        return self.plate.address

    @property
    def drift(self) -> timedelta:
        """How far the clock is ahead."""
        return self.clockwork.ahead(self._now)

    @drift.setter
    def drift(self, ahead: timedelta) -> None:
        self.clockwork.put(self._now, ahead)

    @property
    def powered(self) -> bool:
        """Whether there is voltage on the line."""
        return self._powered.now

    # ---- time

    def advance(self, now: datetime) -> None:
        """Let time pass up to ``now``: energy, freezes and delayed acts of the relay, in their order."""
        while (
            stop := min(
                midnight := self.clockwork.next_midnight(self._now),
                wished := self._next_wished(),
                self.clockwork.next_hour(self._now),
            )
        ) <= now:
            self._consume(stop)
            if stop == midnight:
                _keep(self._daily, self._frozen(midnight), FREEZES_KEPT)
                if (self.clock(stop).month, self.clock(stop).day) == NEW_YEAR:
                    self.wallet.used = 0
            if stop == wished and self.powered:
                _keep(self.wished, self._frozen(wished), WISHED_KEPT)
            self._now = stop
        self._consume(now)
        self._now = max(self._now, now)

    def relay(self, now: datetime) -> Relay:
        """Give the relay as it is at this moment; acts on it must carry the same instant."""
        self.advance(now)
        return self._relay

    def hears(self, now: datetime) -> bool:
        """Tell whether a frame sent at this instant reaches the meter."""
        return self._powered.then(now) and not any(silence.start <= now < silence.end for silence in self.silences)

    def clock(self, now: datetime) -> datetime:
        """Give what the meter's clock shows: local time, with its error."""
        return self.clockwork.shown(now)

    def set_clock(self, now: datetime, shown: datetime, operator: str | None = None) -> None:
        """Set the meter's clock; midnights that are skipped by it leave no freeze.

        It is written down where an ``operator`` has ordered it (校时记录), not for a broadcast.
        """
        self.advance(now)
        before = self.clock(now)
        self.clockwork.set(now, shown)
        self._now = now
        registers = self._counter.registers()
        self.events.end(Kind.CLOCK_FAULT, shown, registers)
        if operator is not None:
            self.events.note(Kind.CLOCK_SET, before, registers, ended=shown, operator=operator)

    def fail_clock(self, now: datetime) -> None:
        """Let the clock begin at the year 2000, with its fault known to the meter."""
        self.advance(now)
        self.events.begin(Kind.CLOCK_FAULT, self.clock(now), self._counter.registers())
        self.clockwork.fail(now)

    # ---- registers and freezes

    def registers(self, now: datetime) -> Registers:
        """Read the registers of this moment."""
        self.advance(now)
        return self._counter.registers()

    def tariff(self, now: datetime) -> int:
        """Tell the tariff in force by the meter's clock, 1 to 4."""
        return tariff_of(self.clock(now).hour) + 1

    def freeze(self, day: date, now: datetime) -> Freeze | None:
        """Give the freeze of 00:00 of ``day``, None if the meter has none (yet, or no more)."""
        self.advance(now)
        return next((freeze for freeze in self._daily if freeze.day == day), None)

    def freeze_back(self, number: int, now: datetime) -> Freeze | None:
        """Give the ``number``-th last freeze, 1 is the latest."""
        self.advance(now)
        return self._daily[number - 1] if 1 <= number <= len(self._daily) else None

    def freeze_now(self, now: datetime) -> None:
        """Freeze at once (瞬时冻结)."""
        self.advance(now)
        _keep(self.instants, self._frozen(now), INSTANTS_KEPT)

    def freeze_at(self, wish: FreezeWish, now: datetime) -> None:
        """Freeze whenever the meter's clock shows what is wished (定时冻结), from now on."""
        self.advance(now)
        self.wish = wish

    def clear(self, now: datetime, operator: str = NOBODY) -> None:
        """Clear energy and freezes (电表清零), and with them the events but for those of clears."""
        self.advance(now)
        for kind in CLEARED_WITH_METER:
            self.events.clear(kind)
        self.note(Kind.METER_CLEARED, now, operator=operator)
        self._counter.clear()
        for freezes in (self.wished, self.instants, self._daily):
            freezes.clear()
        self._demand_since = now

    def clear_demand(self, now: datetime, operator: str = NOBODY) -> None:
        """Begin the maximum demand anew (需量清零)."""
        highest, at = self.max_demand(now)
        self.note(Kind.DEMAND_CLEARED, now, operator=operator, details=(highest, at))
        self._demand_since = now

    def note(self, kind: Kind, now: datetime, *, operator: str = NOBODY, details: tuple[object, ...] = ()) -> None:
        """Write down what happens at this moment."""
        self.advance(now)
        shown = self.clock(now)
        registers = self._counter.registers()
        self.events.note(kind, shown, registers, ended=shown, operator=operator, details=details)

    def goes_on(self, kind: Kind, now: datetime, *, on: bool) -> None:
        """Write down that something begins, or that it ends: a cover open, a magnet near."""
        self.advance(now)
        write = self.events.begin if on else self.events.end
        write(kind, self.clock(now), self._counter.registers())

    # ---- what is measured

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
        """Measure the power behind the relay, in watts of the secondary side; below 0 it goes back to the grid."""
        self.advance(now)
        return self.watts_then(now)

    def watts_then(self, at: datetime) -> int:
        """Tell the power behind the relay at an instant that has passed, in watts."""
        return 0 if self._relay.was_open(at) else self._drawn(at)

    def decivolts(self, now: datetime) -> int:
        """Measure the voltage of the line, in 0.1 V: it is there with an open relay too, not in a power failure."""
        if not self._powered.then(now):
            return 0
        return between(2180, 2360, self.load.seed, "volts", self.address, microseconds(now) // HOUR)

    def milliamperes(self, now: datetime) -> int:
        """Measure the current behind the relay, in mA of the secondary side."""
        self.advance(now)
        return 0 if self._relay.open else self.current_ma(now)

    def current_ma(self, at: datetime) -> int:
        """Tell the current through a closed relay at an instant that has come, in mA."""
        decivolts = self.decivolts(at)
        return int(self._drawn(at) * 10_000 / decivolts) if decivolts else 0

    # ---- what is done to it

    def set_load(self, now: datetime, watts: int | None) -> None:
        """Let the customer draw so much, whatever the profile says; None gives the profile its place back.

        Power below 0 goes back to the grid, as with reversed wires (潮流反向).
        """
        self.advance(now)
        self._held.change(now, watts)
        self.goes_on(Kind.REVERSED, now, on=watts is not None and watts < 0)
        if self.powered:
            self._relay.load_changed(now)

    def power_off(self, now: datetime) -> None:
        """Take the voltage from the line (停电): nothing is counted, heard or moved."""
        if not self.powered:
            return
        self.goes_on(Kind.POWER_OFF, now, on=True)
        self._powered.change(now, value=False)
        self.memory.lose_power()

    def power_on(self, now: datetime) -> None:
        """Give the voltage back (上电): seven freezes are made up for, a clock with a flat battery has failed."""
        self.advance(now)
        if self.powered:
            return
        failed = self._powered.since or now
        if self.clockwork.battery_low:
            self.fail_clock(now)
        self._powered.change(now, value=True)
        made_up = sum(freeze.made > failed for freeze in self._daily)
        del self._daily[MADE_UP : max(MADE_UP, made_up)]
        self._relay.wait_for_power(now)
        self.goes_on(Kind.POWER_OFF, now, on=False)
        self.settle_money(now)

    def jump(self, now: datetime, steps: int) -> None:
        """Let the registers go on or back by so many steps of 0.01 kWh; ValueError if they hold less."""
        self.advance(now)
        self._counter.jump(steps, tariff_of(self.clock(now).hour))

    def measure(self, now: datetime, percent: int) -> None:
        """Count so much of the energy from now on: 0 is a meter that has stopped (停走), 300 one that flies (飞走)."""
        self.advance(now)
        self._counter.percent = percent

    def buy(self, now: datetime, fen: int) -> None:
        """Take a purchase (购电), WalletError if it is too large; an open contact may be closed again by the key."""
        self.advance(now)
        before = self.wallet.balance_fen
        self.wallet.buy(fen)
        self.note_purchase(now, fen, before)

    def note_purchase(self, now: datetime, fen: int, before: int) -> None:
        """Write down a purchase that the wallet has taken, and free the contact if the money suffices."""
        wallet = self.wallet
        details = (wallet.count, fen, before, wallet.balance_fen, wallet.bought_fen)
        self.note(Kind.PURCHASE, now, details=details)
        self.settle_money(now)

    def replace(self, now: datetime, plate: Plate, *, register: int = 0) -> Replacement:
        """Hang another meter in the place of this one (换表), which remembers nothing of it.

        Prices and limits of a local meter go along, its money does not: it is paid out or bought anew. What was used in
        the year counts from nothing.
        """
        last = self.registers(now)
        old, wallet = self.plate, self.wallet
        self._now = now
        money = Wallet(local=wallet.local, prices=wallet.prices, tiers=wallet.tiers, limits=replace(wallet.limits))
        self._hang(plate, register, Clockwork(AT_ONCE), Relay(), money)
        done = Replacement(now, old, last, plate, self._counter.registers())
        self.replacements = (*self.replacements, done)
        return done

    # ---- what the relay tells

    def contact_moved(self, moved: Movement) -> None:
        """Write down that the contact moved (跳闸记录, 合闸记录)."""
        shown, registers = self.clock(moved.at), self._counter.registers()
        kind = Kind.TRIPPED if moved.open else Kind.CLOSED
        self.events.note(kind, shown, registers, ended=shown, operator=self._relay.operator)
        self.events.end(Kind.RELAY_FAULT, shown, registers)

    def contact_stayed(self, at: datetime) -> None:
        """Write down that the contact did not follow a command (拒动)."""
        self.events.begin(Kind.RELAY_FAULT, self.clock(at), self._counter.registers())

    def settle_money(self, at: datetime) -> None:
        """Trip if the money has run out, or free the contact if it suffices again; without power at its return."""
        relay, wallet = self._relay, self.wallet
        if not self.powered:
            return
        if wallet.trips and not relay.barred:
            self._run_out(at)
        elif relay.barred and wallet.allows_close:
            relay.barred = False
            relay.permit(at)

    # ---- inside

    def _drawn(self, at: datetime) -> int:
        """Tell what a closed contact lets through, in watts of the secondary side."""
        held = self._held.then(at)
        watts = self.load.watts(microseconds(at) // HOUR) if held is None else held
        return int(watts / self.plate.multiplier) if self._powered.then(at) else 0

    def _next_wished(self) -> datetime:
        shown = None if self.wish is None else self.wish.next_after(self.clock(self._now))
        return NEVER if shown is None else self.clockwork.true(shown)

    def _consume(self, until: datetime) -> None:
        """Add the energy up to ``until``, in parts if the relay moves by itself on the way."""
        while True:
            due = self._relay.due if self.powered else None
            stop = until if due is None else min(due, until)
            if not self._add(stop):
                continue
            if due is None or due > until:
                return
            self._relay.settle(due)

    def _add(self, until: datetime) -> bool:
        """Count up to an instant; False where the money ran out on the way, and time stands there."""
        if until <= self._now:
            return True
        if self.powered and not self._relay.open:
            drift = self.clockwork.ahead_this_hour(self._now) // MICROSECOND
            for segment in self.load.segments(microseconds(self._now), microseconds(until), drift, self._held.now):
                ran_out = self._count(segment)
                if ran_out is not None:
                    self._now = until - (microseconds(until) - ran_out) * MICROSECOND
                    self._run_out(self._now)
                    return False
        self._now = until
        return True

    def _count(self, segment: Segment) -> int | None:
        """Count a stretch of time, or the part of it up to the moment at which the money runs out, and give that."""
        start, end, tariff, watts = segment
        if not self.wallet.local:
            self._counter.add(tariff, watts, end - start)
            return None
        trip = None
        if (steps := self.wallet.steps_to_trip(tariff)) is not None:
            after = self._counter.reaches(tariff, watts, steps)
            trip = start + after if after is not None and start + after <= end else None
        before = self._counter.steps(tariff)
        self._counter.add(tariff, watts, (end if trip is None else trip) - start)
        self.wallet.spend(tariff, self._counter.steps(tariff) - before)
        return trip

    def _run_out(self, at: datetime) -> None:
        """Open the contact because of the money: for good, or until the customer presses the key."""
        if self._relay.protected:
            return
        spent = self.wallet.stage is Stage.SPENT
        self.wallet.interrupted = True
        self._relay.operator = NOBODY
        self._relay.trip(at, delay=AT_ONCE, ending=None if spent else MAY_CLOSE_AGAIN)
        self._relay.barred = spent

    def _frozen(self, at: datetime) -> Freeze:
        stamp = self.clock(at)
        return Freeze(stamp.date(), stamp, at, self._counter.registers())


CLEARED_WITH_METER = frozenset(Kind) - {Kind.METER_CLEARED, Kind.EVENTS_CLEARED}


def _keep(freezes: list[Freeze], freeze: Freeze, limit: int) -> None:
    """Put a freeze before the others, and let the oldest go."""
    freezes.insert(0, freeze)
    del freezes[limit:]
