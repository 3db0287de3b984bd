"""The field: every meter and concentrator that can be asked, by its place."""

from collections.abc import Mapping
from typing import TypeVar

from clock import Clock
from drivers.errors import PlaceError
from drivers.link import Links, Rank
from drivers.link.concentrator import CONCENTRATOR_PREFIX
from drivers.meter.asking import Inquiry
from drivers.meter.concentrator import Concentrator
from drivers.meter.dialect645 import Meter645
from drivers.meter.dialect698 import Meter698
from drivers.meter.memory import Memory
from drivers.meter.meter import Bench, Meter
from drivers.meter.model import Answer, Dialect, MeterSettings, Place, Road
from drivers.meter.replies import Got
from drivers.meter.roads import Carrier645, ConcentratorRoad, DtuRoad
from drivers.meter.security import SecurityModule
from protocols import dlt645
from protocols.dlt645.profile import Edition
from protocols.dlt645.profile import profile as find_profile
from protocols.errors import LocalProtocolError

T = TypeVar("T")

_EDITIONS: Mapping[Edition, type[Meter645]] = {Edition.E2007: Meter645}


class Field:
    """Where the rooms get their meters from. Objects are cheap: ask for one each time."""

    def __init__(
        self, clock: Clock, links: Links, settings: MeterSettings, security: SecurityModule | None = None
    ) -> None:
        self._clock = clock
        self._links = links
        self._settings = settings
        self._bench = Bench(clock, links, settings, Memory(clock), security)

    def meter(self, place: Place) -> Meter:
        """Give the meter at a place.

        Raises PlaceError if its road does not carry its dialect, or nobody knows its profile.
        """
        concentrator = place.link.startswith(CONCENTRATOR_PREFIX)
        match place.dialect, place.road:
            case Dialect.DLT698, Road.PROXY if concentrator:
                return Meter698(place, self._bench, self._road(place.link))
            case Dialect.DLT645, Road.FORWARD if concentrator:
                return self._meter645(place, self._road(place.link))
            case Dialect.DLT645, Road.DTU if not concentrator:
                return self._meter645(place, DtuRoad())
        raise PlaceError(place.address, f"speaks {place.dialect}, which the road {place.road!r} does not carry")

    def _meter645(self, place: Place, carrier: Carrier645) -> Meter:
        try:
            profile = find_profile(place.profile)
        except LocalProtocolError as error:
            raise PlaceError(place.address, str(error)) from None
        return _EDITIONS[profile.edition](place, self._bench, carrier, profile)

    def concentrator(self, link: str) -> Concentrator:
        """Give the concentrator at a link."""
        return Concentrator(link, self._road(link), self._clock, self._links, self._settings)

    async def identify(self, link: str, *, rank: Rank = Rank.OPERATOR) -> Answer[str]:
        """Ask the only meter on a raw line for its address (读通信地址); where there are several they collide."""
        until = self._clock.now() + self._settings.read_life
        inquiry = Inquiry(self._clock, self._links, link, rank, until)
        reply = await inquiry.read(
            lambda: DtuRoad().carry(dlt645.WILDCARD, dlt645.ReadAddressRequest(), dlt645.ReadAddressAnswer)
        )
        return inquiry.answer(Got(reply.value.meter.digits) if isinstance(reply, Got) else reply)

    def _road(self, link: str) -> ConcentratorRoad:
        return ConcentratorRoad(self._links, link, link.removeprefix(CONCENTRATOR_PREFIX), self._settings)
