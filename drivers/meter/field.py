"""The field: every meter and concentrator that can be asked, by its place."""

from collections.abc import Callable, Mapping
from typing import TypeVar

from clock import Clock
from drivers.errors import PlaceError
from drivers.link import DeviceKind, Links, Rank
from drivers.link.dialogue698 import CONCENTRATOR_PREFIX
from drivers.link.model import SPEAK_698
from drivers.meter.asking import Inquiry
from drivers.meter.carriers698 import DirectCarrier, ProxyCarrier
from drivers.meter.concentrator import Concentrator
from drivers.meter.dialect645 import Meter645
from drivers.meter.dialect698 import Meter698
from drivers.meter.dialect1997 import Meter1997
from drivers.meter.identifying import identify_645, identify_698
from drivers.meter.memory import Memory
from drivers.meter.meter import Bench, Meter
from drivers.meter.model import Answer, Dialect, MeterSettings, Place, Road
from drivers.meter.reports import OpenedReport, Reports
from drivers.meter.roads import Carrier645, ConcentratorRoad, DirectRoad, DtuRoad
from drivers.meter.security import SecurityModule
from protocols import dlt698
from protocols.dlt645.items.profile import Edition, Profile

T = TypeVar("T")
M = TypeVar("M")

_EDITIONS: Mapping[Edition, Callable[[Place, Bench, Carrier645, Profile], Meter]] = {
    Edition.E1997: Meter1997,
    Edition.E2007: Meter645,
}


class Field:
    """Where the rooms get their meters from. Objects are cheap: ask for one each time."""

    def __init__(
        self, clock: Clock, links: Links, settings: MeterSettings, security: SecurityModule | None = None
    ) -> None:
        self._clock = clock
        self._links = links
        self._settings = settings
        self._bench = Bench(clock, links, settings, Memory(clock), security)
        self._roads: dict[str, ConcentratorRoad] = {}

    def meter(self, place: Place) -> Meter:
        """Give the meter at a place.

        Raises PlaceError if its road does not carry its dialect, or nobody knows its profile as one of its dialect;
        UnknownLinkError for a meter that is asked over a raw line, or itself, by a link that was never admitted.
        """
        concentrator = place.link.startswith(CONCENTRATOR_PREFIX)
        match place.dialect, place.road:
            case Dialect.DLT698, Road.PROXY if concentrator:
                model = _known(place, self._settings.models)
                return Meter698(place, self._bench, ProxyCarrier(place.address, model, self._road(place.link)), model)
            case Dialect.DLT698, Road.DIRECT if self._leads_to(place):
                model = _known(place, self._settings.models)
                road = self._direct(place.link, dlt698.Address.single(place.address), model.client)
                return Meter698(place, self._bench, DirectCarrier(road), model)
            case Dialect.DLT645, Road.FORWARD if concentrator:
                return self._meter645(place, self._road(place.link))
            case Dialect.DLT645, Road.DTU if self._links.device(place.link).kind not in SPEAK_698:
                return self._meter645(place, DtuRoad(self._links, place.link, self._settings.line_patience))
        told = f"speaks {place.dialect}, which the road {place.road!r} over link {place.link!r} does not carry"
        raise PlaceError(place.address, told)

    def _meter645(self, place: Place, carrier: Carrier645) -> Meter:
        profile = _known(place, self._settings.profiles)
        return _EDITIONS[profile.edition](place, self._bench, carrier, profile)

    def concentrator(self, link: str) -> Concentrator:
        """Give the concentrator at a link."""
        return Concentrator(link, self._road(link), self._clock, self._links, self._settings)

    async def open_report(self, link: str, request: bytes) -> Answer[OpenedReport]:
        """Open a report that a concentrator has secured, by the bytes of its SECURITY-Request; see `Reports.open`."""
        address = link.removeprefix(CONCENTRATOR_PREFIX)
        return await Reports(link, address, self._bench, self._road(link).itself).open(request)

    async def identify(self, link: str, *, rank: Rank = Rank.OPERATOR) -> Answer[str]:
        """Ask the only meter on a raw line for its address (读通信地址); where there are several they collide.

        See `drivers.meter.identifying`. Raises UnknownLinkError.
        """
        until = self._clock.now() + self._settings.read_life
        inquiry = Inquiry(self._clock, self._links, link, rank, until, self._settings.tries)
        if self._links.device(link).kind in SPEAK_698:
            road = self._direct(link, dlt698.Address.wildcard(), self._settings.client)
            return inquiry.answer(await identify_698(inquiry, DirectCarrier(road)))
        return inquiry.answer(await identify_645(inquiry, DtuRoad(self._links, link, self._settings.line_patience)))

    def _leads_to(self, place: Place) -> bool:
        """Whether the meter itself can be asked over its link: a raw line, or its own login as a terminal."""
        kind = self._links.device(place.link).kind
        return kind is DeviceKind.LINE_698 or place.link == CONCENTRATOR_PREFIX + place.address

    def _direct(self, link: str, address: dlt698.Address, client: int) -> DirectRoad:
        """Give the road to a device itself; over its own login it may be as slow as any terminal."""
        is_line = self._links.device(link).kind is DeviceKind.LINE_698
        patience = self._settings.line_patience if is_line else None
        return DirectRoad(self._links, link, address, client=client, patience=patience)

    def _road(self, link: str) -> ConcentratorRoad:
        """Give the road to a concentrator; it is the same for all its meters."""
        road = self._roads.get(link)
        if road is None:
            road = ConcentratorRoad(self._links, link, link.removeprefix(CONCENTRATOR_PREFIX), self._settings)
            self._roads[link] = road
        return road


def _known(place: Place, known: Mapping[str, M]) -> M:
    if place.profile not in known:
        told = f"speaks {place.dialect} and has profile {place.profile!r}; known of its kind are {', '.join(known)}"
        raise PlaceError(place.address, told)
    return known[place.profile]
