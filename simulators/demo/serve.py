"""A village served in real time, for a head-end that somebody else runs."""

from pathlib import Path

from clock import Clock
from simulators.faults import FaultPlan
from simulators.field import Listener
from simulators.happenings import let_happen
from simulators.people import Crew, Customers, Desk, Diary
from simulators.sms import SmsCentre
from simulators.village import Village
from simulators.world import NO_FAULTS, World

__all__ = ["serve_village"]


async def serve_village(
    clock: Clock,
    village: Village,
    *,
    head_end: Listener,
    sms: Listener,
    desk: Path | None,
    faults: FaultPlan = NO_FAULTS,
) -> None:
    """Serve devices and SMS centre until cancelled; with a desk the people act on what they read."""
    world = World(clock, village, head_end, faults)
    diary = Diary()
    counter = Desk(clock, desk or Path())
    crew = Crew(clock, village.scenario, counter, diary)
    customers = Customers(clock, village, counter, crew, diary)
    dead = [who.phone for home in village.homes for who in home.contacts if who.fails]
    centre = SmsCentre(clock, seed=village.scenario.seed, dead=dead, heard=customers.hear if desk else None)
    await centre.listen(sms.host, sms.port)
    devices = world.start()
    let_happen(clock, village, diary)
    if desk is not None:
        crew.start()
        clock.spawn(customers.live(), name="customers")
    try:
        await clock.gather(*(clock.wait(device) for device in devices))
    finally:
        centre.close()
        await clock.cancel(*clock.tasks())
