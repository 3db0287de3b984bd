"""One meter as the functions of DL/T 645 see it."""

from dataclasses import dataclass
from datetime import datetime

from protocols.dlt645 import Address, Stamp
from protocols.dlt645.items.profile import Profile, Protection
from simulators.localtime import SHANGHAI
from simulators.meter.esam import Esam
from simulators.meter.memory import Memory
from simulators.meter.model import Meter
from simulators.meter.refusing import OTHER, SECURITY_OTHER, RefusedError

__all__ = ["Unit"]


@dataclass(frozen=True, slots=True)
class Unit:
    """The thing at the wall, and what its model makes of the standard."""

    meter: Meter
    profile: Profile

    @property
    def memory(self) -> Memory:
        """What it remembers."""
        return self.meter.memory

    @property
    def address(self) -> Address:
        """Its communication address."""
        return Address.meter(self.meter.address)

    @property
    def is_secured(self) -> bool:
        """Whether it takes orders only through its security chip."""
        return self.profile.protection is Protection.SECURED

    @property
    def esam(self) -> Esam:
        """Its security chip; a meter without one refuses."""
        if self.memory.esam is None:
            raise RefusedError(SECURITY_OTHER)
        return self.memory.esam

    def stamp(self, layout: str, now: datetime) -> Stamp:
        """Give what its clock shows."""
        return Stamp.of(layout, self.meter.clock(now))

    def check_unexpired(self, expires: Stamp, now: datetime) -> None:
        """Refuse an order whose time has passed by the meter's own clock, or that names no time."""
        until = expires.instant()
        if until is None or until.replace(tzinfo=SHANGHAI) < self.meter.clock(now):
            raise RefusedError(OTHER)
