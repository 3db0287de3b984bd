"""A head-end's drivers before a simulated field: a concentrator with new and old meters, and a DTU line."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeVar

import uvloop

from clock import SteppedClock, run_virtual
from drivers.link import Device, DeviceKind, LinkEvent, LinkLimits, Links
from drivers.meter import Dialect, Field, Meter, Meter645, MeterSettings, Place, Road, SecurityModule
from protocols import dlt645
from simulators import field as devices
from simulators import meter as models
from simulators.localtime import SHANGHAI
from simulators.ports import DialIn

CONCENTRATOR = "000000000001"
A_698 = f"698:{CONCENTRATOR}"
A_DTU = "dtu:SHOPS-01"
NEW = "000000001001"
OTHER = "000000001002"
OLD = "000000002001"
SHOP = "000000003001"
PASSWORD = dlt645.Password(2, "123456")
START = datetime(2026, 9, 13, 12, 0, tzinfo=SHANGHAI)
TODAY = START.date() + timedelta(days=1)
PLACES = {
    NEW: Place(NEW, Dialect.DLT698, Road.PROXY, A_698),
    OTHER: Place(OTHER, Dialect.DLT698, Road.PROXY, A_698),
    OLD: Place(OLD, Dialect.DLT645, Road.FORWARD, A_698),
    SHOP: Place(SHOP, Dialect.DLT645, Road.DTU, A_DTU),
}
ROADS = [NEW, OLD, SHOP]  # one meter for each
Event = TypeVar("Event")


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is special about a meter of the field, or wrong with it."""

    drift: timedelta = timedelta()
    relay: models.Relay | None = None
    silences: tuple[models.Silence, ...] = ()
    profile: str = "standard"


@dataclass(slots=True)
class Scene:
    """Drivers and devices in one process, joined by real TCP."""

    clock: SteppedClock
    links: Links
    field: Field
    events: list[LinkEvent]
    meters: dict[str, models.Meter]
    hop: devices.Hop

    def meter(self, address: str) -> Meter:
        """Give our side of a meter."""
        return self.field.meter(replace(PLACES[address], profile=self.meters[address].plate.profile))

    def meter645(self, address: str) -> Meter645:
        """Give our side of a DL/T 645-2007 meter, with all that it can."""
        meter = self.meter(address)
        assert isinstance(meter, Meter645)
        return meter

    def told(self, kind: type[Event]) -> list[Event]:
        """Return the events of one class."""
        return [event for event in self.events if isinstance(event, kind)]

    def registers(self, address: str) -> models.Registers:
        """Look at the registers of the physical meter."""
        return self.meters[address].registers(self.clock.now())

    def relay(self, address: str) -> models.Relay:
        """Look at the relay of the physical meter."""
        return self.meters[address].relay(self.clock.now())


def in_field(
    story: Callable[[Scene], Awaitable[None]],
    *,
    at: datetime | None = None,
    troubles: dict[str, Trouble] | None = None,
    settings: MeterSettings | None = None,
    echoes: bool = False,
    security: SecurityModule | None = None,
    hop: type[devices.Hop] = devices.Hop,
) -> None:
    """Run a story from 02:00 of the second day on, unless told otherwise; ``hop`` is the power line to the meters."""
    begin = at or START + timedelta(hours=14)

    async def main(clock: SteppedClock) -> None:
        meters = {address: physical(address, (troubles or {}).get(address, Trouble())) for address in PLACES}
        events: list[LinkEvent] = []
        links = Links(clock, LinkLimits(), observe=events.append)
        links.admit({A_698: Device(DeviceKind.CONCENTRATOR), A_DTU: Device(DeviceKind.DTU)})
        listener = devices.Listener(*await links.listen("127.0.0.1", 0))
        held = {address: meter for address, meter in meters.items() if PLACES[address].link == A_698}
        line = hop(clock, held, seed=1, latency_ms=(2000, 8000), password=PASSWORD)
        devices.Concentrator(
            clock,
            CONCENTRATOR,
            records=devices.TaskRecords(held),
            proxy=devices.Proxy(clock, line),
            heartbeat=timedelta(seconds=120),
        ).start(DialIn(clock, listener))
        shops = devices.Line(clock, {SHOP: meters[SHOP]}, name="shops", seed=1, password=PASSWORD, echoes=echoes)
        dtu = devices.Dtu(clock, A_DTU.removeprefix("dtu:"), shops, heartbeat=timedelta(seconds=60))
        dtu.start(DialIn(clock, listener))
        used = settings or MeterSettings(password=PASSWORD)
        for link in (A_698, A_DTU):
            assert await links.wait_up(link, clock.now() + timedelta(seconds=1))
        try:
            await story(Scene(clock, links, Field(clock, links, used, security), events, meters, line))
        finally:
            await links.close()

    run_virtual(main, begin, until=begin + timedelta(days=2), loop_factory=uvloop.new_event_loop)


def physical(address: str, trouble: Trouble) -> models.Meter:
    """Make the physical meter of a place."""
    dialect = models.Dialect(PLACES[address].dialect)
    return models.Meter(
        models.Plate(address, f"37{address[-10:]}", dialect, profile=trouble.profile),
        models.Load(7, address, models.Household.FAMILY, 600),
        start=START,
        register=421_137,
        drift=trouble.drift,
        relay=trouble.relay,
        silences=trouble.silences,
    )
