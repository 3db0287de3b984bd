"""A field whose devices dial in through a proxy that misbehaves; each answer is compared with the meter it is of."""

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from dataclasses import field as made
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TypeVar

import uvloop

from clock import SteppedClock, run_virtual
from drivers.link import Device, DeviceKind, LinkEvent, LinkLimits, Links, Rank
from drivers.meter import (
    Accepted,
    Answer,
    Dialect,
    Field,
    Freeze,
    Freezes,
    Meter,
    MeterSettings,
    Place,
    Refused,
    RelayState,
    Road,
    Silent,
    Told,
)
from protocols import dlt645
from simulators import field as devices
from simulators import meter as models
from simulators.fault_proxy import (
    Delay,
    Drop,
    Duplicate,
    Fault,
    FaultProxy,
    Flip,
    HalfOpen,
    Merge,
    Reset,
    Split,
    Stall,
)
from simulators.localtime import SHANGHAI
from simulators.ports import DialIn

__all__ = ["BEGIN", "DAY", "EVERYTHING", "FRAME", "PASSWORD", "FaultyField", "in_faulty_field", "kwh", "physical_meter"]

Value = TypeVar("Value")

CONCENTRATORS = 6
DTUS = 4
NEW = 14  # DL/T 698.45 meters of a concentrator
OLD = 8  # DL/T 645 meters of a concentrator
SHOPS = 6  # meters of a DTU
PASSWORD = dlt645.Password(2, "123456")
STARTED = datetime(2026, 9, 13, 12, 0, tzinfo=SHANGHAI)
BEGIN = datetime(2026, 9, 14, 2, 0, tzinfo=SHANGHAI)
DAY = BEGIN.date()
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
APART = 500_000
"""0.01 kWh between the registers of two meters: far more than a meter counts in a story."""
FRAME = 300
"""More bytes than a DL/T 645 frame has."""
RECOVERY = 12 * MINUTE
"""Three missed heartbeats of 120 s and the longest pause of a dialler, and something over."""

EVERYTHING: tuple[Fault, ...] = (
    Delay(chance=0.3, least=SECOND / 20, most=1.5 * SECOND),
    Split(chance=0.2, pieces=4),
    Merge(chance=0.1, hold=2 * SECOND),
    Drop(chance=0.02),
    Drop(chance=0.02, part=True),
    Flip(rate=1e-4, apart=FRAME),
    Duplicate(chance=0.05, after=SECOND / 2),
    Stall(every=10 * MINUTE, lasts=40 * SECOND),
    Reset(every=25 * MINUTE),
    HalfOpen(every=30 * MINUTE, lasts=15 * MINUTE),
)


def places() -> dict[str, Place]:
    """Give every meter's place by its address."""
    found: list[Place] = []
    for number in range(CONCENTRATORS):
        link = f"698:{number + 1:012d}"
        found += [Place(f"{number + 1:04d}{1000 + i:08d}", Dialect.DLT698, Road.PROXY, link) for i in range(NEW)]
        found += [Place(f"{number + 1:04d}{2000 + i:08d}", Dialect.DLT645, Road.FORWARD, link) for i in range(OLD)]
    for number in range(DTUS):
        link = f"dtu:SHOPS-{number + 1:02d}"
        found += [Place(f"{number + 1:04d}{3000 + i:08d}", Dialect.DLT645, Road.DTU, link) for i in range(SHOPS)]
    return {place.address: place for place in found}


def kwh(hundredths: int) -> Decimal:
    """Give a register of a physical meter in kWh."""
    return Decimal(hundredths).scaleb(-2)


@dataclass
class FaultyField:
    """Drivers, a proxy, and devices with meters whose registers are all different."""

    clock: SteppedClock
    links: Links
    field: Field
    proxy: FaultProxy
    places: dict[str, Place]
    physical: dict[str, models.Meter]
    counted: Counter[str] = made(default_factory=Counter)
    wrong: list[str] = made(default_factory=list)
    stale: list[str] = made(default_factory=list)

    @property
    def by_link(self) -> dict[str, list[str]]:
        """The addresses of the meters of each link."""
        found: dict[str, list[str]] = {}
        for place in self.places.values():
            found.setdefault(place.link, []).append(place.address)
        return found

    def meter(self, address: str) -> Meter:
        """Give our side of a meter."""
        return self.field.meter(self.places[address])

    def total(self, address: str) -> Decimal:
        """Look at the register of the physical meter."""
        return kwh(self.physical[address].registers(self.clock.now()).total)

    async def live(self, address: str, rank: Rank = Rank.OPERATOR) -> bool:
        """Read a register; it must be what this meter showed between question and answer."""
        before = self.total(address)
        answer = await self.meter(address).registers(rank=rank, until=self.clock.now() + 5 * MINUTE)
        self.judge("live", address, answer, lambda told: self.showed(address, told.total))
        if isinstance(answer, Told) and (answer.value.total is None or answer.value.total < before):
            self.stale.append(f"{answer.at} {self.places[address]}: {answer.value.total} after {before}")
        return isinstance(answer, Told)

    def showed(self, address: str, total: Decimal | None) -> bool:
        """Whether a meter has shown this register since midnight; no other meter has."""
        return total is not None and self.frozen(address) <= total <= self.total(address)

    def frozen(self, address: str) -> Decimal:
        """Look at the day's freeze of the physical meter."""
        return kwh(self._freeze(address).total)

    async def relay(self, address: str) -> RelayState | None:
        """Read a relay; the answer must be of this meter, and no other."""
        answer = await self.meter(address).relay(rank=Rank.CHECK, until=self.clock.now() + 5 * MINUTE)
        self.judge("relay", address, answer, lambda told: told.address == address)
        return answer.value if isinstance(answer, Told) else None

    async def round(self) -> set[str]:
        """Read the day's freeze of every meter as a round does; the meters that told theirs."""
        return set().union(*await self.clock.gather(*map(self.link_round, self.by_link)))

    async def link_round(self, link: str) -> set[str]:
        """Read the freezes of the meters of a link: by one request for many, where that can be, and one by one."""
        until = self.clock.now() + 30 * MINUTE
        bulk = [address for address in self.by_link[link] if self.places[address].road is Road.PROXY]
        answers: Freezes = {}
        if bulk:
            answers = await self.field.concentrator(link).daily_freezes(DAY, bulk, until=until)
            for address, answer in answers.items():
                self.judge("record", address, answer, self._is_freeze_of(address))
        told = {address for address, answer in answers.items() if isinstance(answer, Told)}
        for address in self.by_link[link]:
            if address not in told:
                single = await self.meter(address).daily_freeze(DAY, until=until)
                self.judge("freeze", address, single, self._is_freeze_of(address))
                told |= {address} if isinstance(single, Told) else set()
        return told

    async def close(self, address: str) -> Answer[Accepted]:
        """Order a relay to close; to one that is closed it does no harm."""
        answer = await self.meter(address).close(until=self.clock.now() + 5 * MINUTE)
        self.judge("close", address, answer, lambda _: True)
        return answer

    async def recover(self) -> None:
        """Let the proxy behave, and wait as long as it may take until all links are back."""
        self.proxy.heal()
        await self.clock.sleep(RECOVERY)

    def assert_at_rest(self) -> None:
        """No link is down, none is busy, and no question waits."""
        status = self.links.status()
        assert [(link.link, link.up, link.queued, link.busy) for link in status] == [
            (link, True, 0, False) for link in sorted(self.by_link)
        ]

    def _is_freeze_of(self, address: str) -> Callable[[Freeze], bool]:
        frozen = self._freeze(address)
        tariffs = tuple(map(kwh, frozen.tariffs))
        return lambda told: (told.total, told.tariffs) == (kwh(frozen.total), tariffs)

    def _freeze(self, address: str) -> models.Registers:
        frozen = self.physical[address].freeze(DAY, self.clock.now())
        assert frozen is not None, "every meter was there at midnight"
        return frozen.registers

    def judge(self, what: str, address: str, answer: Answer[Value], right: Callable[[Value], bool]) -> None:
        """Count an answer, and keep it as wrong if it is not what the meter itself would say."""
        match answer:
            case Told(value=value):
                self.counted[f"{what} told"] += 1
                if not right(value):
                    self.wrong.append(f"{self.clock.now()} {what} {self.places[address]}: {value}")
            case Refused(reason=reason):
                self.counted[f"{what} refused, {reason}"] += 1
            case Silent(reason=reason):
                self.counted[f"{what} silent, {reason}"] += 1


def in_faulty_field(
    story: Callable[[FaultyField], Awaitable[None]], faults: Sequence[Fault] = EVERYTHING, *, seed: int
) -> FaultyField:
    """Run a story from 02:00 on of a field that has come up; afterwards no task of it is left."""

    async def main(clock: SteppedClock) -> FaultyField:
        where = places()
        physical = {address: physical_meter(place, number) for number, (address, place) in enumerate(where.items())}
        events: list[LinkEvent] = []
        links = Links(clock, LinkLimits(), observe=events.append)
        links.admit({place.link: _known_as(place.link) for place in where.values()})
        office = devices.Listener(*await links.listen("127.0.0.1", 0))
        proxy = FaultProxy(clock, office, faults, seed=seed)
        listener = await proxy.listen("127.0.0.1", 0)
        scene = FaultyField(clock, links, Field(clock, links, MeterSettings(password=PASSWORD)), proxy, where, physical)
        dialling = [
            _device(clock, link, {address: physical[address] for address in addresses}, seed).start(
                DialIn(clock, listener)
            )
            for link, addresses in scene.by_link.items()
        ]
        try:
            await story(scene)
        finally:
            await clock.cancel(*dialling)
            await links.close()
            await proxy.close()
        await clock.sleep(SECOND)
        assert [task.get_name() for task in clock.tasks()] == []
        assert proxy.open == 0
        return scene

    return run_virtual(main, BEGIN, until=BEGIN + timedelta(days=1), loop_factory=uvloop.new_event_loop)


def physical_meter(place: Place, number: int) -> models.Meter:
    """Make the meter of a place; no two numbers have a register in common."""
    return models.Meter(
        models.Plate(place.address, f"37{place.address[-10:]}", models.Dialect(place.dialect)),
        models.Load(7, place.address, models.Household.FAMILY, 6000),
        start=STARTED,
        register=APART * (number + 1) + 137 * number,
    )


def _device(clock: SteppedClock, link: str, meters: dict[str, models.Meter], seed: int) -> devices.Device:
    kind, _, name = link.partition(":")
    if kind == "dtu":
        line = devices.Line(clock, meters, name=f"dtu {name}", seed=seed, password=PASSWORD)
        return devices.Dtu(clock, name, line, heartbeat=MINUTE)
    hop = devices.Hop(clock, meters, seed=seed, latency_ms=(2000, 8000), password=PASSWORD)
    return devices.Concentrator(
        clock, name, records=devices.TaskRecords(meters), proxy=devices.Proxy(clock, hop), heartbeat=2 * MINUTE
    )


def _known_as(link: str) -> Device:
    return Device(DeviceKind.DTU if link.startswith("dtu:") else DeviceKind.CONCENTRATOR)
