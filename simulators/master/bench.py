"""A technician's place at a line: our own drivers, one device, and whoever is on the line."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import lru_cache

from clock import Clock, DeadlineError, Waiter
from drivers.errors import PlaceError
from drivers.link import (
    Answered,
    BrokerCallFailed,
    Device,
    DialFailed,
    Exchange,
    Go,
    LinkEvent,
    LinkLimits,
    Links,
    LinkUp,
    Outcome,
    StrayFrame,
    Topic,
)
from drivers.meter import Dialect, Field, Meter, MeterSettings, Place, Refused, Road, Silent, Told, WireFrame
from drivers.meter import Way as WireWay
from protocols.catalogue import Protocol
from protocols.dlt645 import DI, STANDARD, Edition, Identifier, Operator, Password, Profile, profile, profiles
from protocols.dlt698.models import models
from simulators.errors import SimulatorError
from simulators.master.model import UNLISTED
from simulators.master.reach import Way, kind_of_line
from simulators.master.saying import why_not

__all__ = ["Bench", "BenchError", "Watch", "Wish", "at_bench", "known_models"]

LINE = "line:bench"
WILDCARD = "A" * 12
ANYTHING = "..."
"""The format of bytes of which nobody says what they are."""
Watch = Callable[[WireFrame], None]
"""Is shown a frame."""
CONNECTING = timedelta(seconds=10)
LIMITS = LinkLimits(late_answer=timedelta(seconds=1), second_copy=timedelta())
"""On a line of one's own an answer does not come much later than in time."""
_EDITIONS = {Protocol.DLT645: Edition.E2007, Protocol.DLT645_1997: Edition.E1997}
_STANDARD = {Protocol.DLT645: "standard", Protocol.DLT645_1997: "1997", Protocol.DLT698: "standard"}


class BenchError(SimulatorError):
    """Nobody can be asked: there is no connection, nobody says who they are, or the model is none."""


@dataclass(frozen=True, slots=True)
class Wish:
    """Who is asked, by which protocol and over what; ``timeout`` is for one answer, None as long as is usual.

    ``profile_name`` names the profile or model of the meter where it is not as the standard has it. What is in no table
    and shall be read all the same is ``unlisted``.
    """

    protocol: Protocol
    way: Way
    address: str = WILDCARD
    profile_name: str = ""
    password: Password = field(default_factory=lambda: Password(2))
    operator: Operator = field(default_factory=Operator)
    timeout: timedelta | None = None
    retries: int = 2
    unlisted: tuple[DI, ...] = ()

    @property
    def model_name(self) -> str:
        """The model that the meter is spoken to by."""
        return self.profile_name or _STANDARD[self.protocol]

    @property
    def profile(self) -> Profile:
        """The profile of a DL/T 645 meter, with what is unlisted; the standard's for others."""
        return STANDARD if self.protocol is Protocol.DLT698 else _profile_with(self.model_name, self.unlisted)


@lru_cache
def _profile_with(name: str, unlisted: tuple[DI, ...]) -> Profile:
    """Give a profile that takes whatever bytes come for these, as one number in hex."""
    known = profile(name)
    if not unlisted:
        return known
    rows: dict[int, Identifier] = {
        di: Identifier(di, UNLISTED.en, UNLISTED.zh, ANYTHING, "", signed=False, access="R") for di in unlisted
    }
    return replace(known, rows={**known.rows, **rows})


def known_models(protocol: Protocol) -> list[str]:
    """Name the profiles, or models, of meters that speak a protocol."""
    if protocol is Protocol.DLT698:
        return list(models())
    return [name for name, one in profiles().items() if one.edition is _EDITIONS[protocol]]


class WatchedLinks(Links):
    """Links that show each question as it leaves, and its answer as it comes."""

    watch: Watch

    async def ask(self, exchange: Exchange, go: Go | None = None) -> Outcome:
        """See `Links.ask`; what decides there is asked last, when the line is ours, so the question leaves now."""

        async def leaves() -> bool:
            if go is not None and not await go():
                return False
            self.watch(WireFrame(WireWay.OUT, self._clock.now(), exchange.request))
            return True

        outcome = await super().ask(exchange, leaves)
        if isinstance(outcome, Answered):
            self.watch(WireFrame(WireWay.IN, outcome.at, outcome.frame))
        return outcome


class Bench:
    """The line, once it is up; ``watch`` is shown each frame as it goes."""

    def __init__(self, clock: Clock, wish: Wish, watch: Watch) -> None:
        self.clock = clock
        self.wish = wish
        self._up: Waiter[str] = clock.future()
        self._watch = watch
        self._links = WatchedLinks(clock, LIMITS, observe=self._hear, broker=wish.way.broker)
        self._links.watch = watch
        self._field = Field(
            clock,
            self._links,
            MeterSettings(
                password=wish.password,
                profiles={**profiles(), wish.profile.name: wish.profile},
                operator=wish.operator,
                tries=wish.retries + 1,
                line_patience=wish.timeout,
            ),
        )

    async def open(self) -> None:
        """Connect; raises BenchError where that fails."""
        self._links.admit({LINE: Device(kind_of_line(self.wish.protocol), self.wish.way.endpoint)})
        try:
            error = await self.clock.wait(self._up, self.clock.now() + CONNECTING)
        except DeadlineError:
            is_topic = isinstance(self.wish.way.endpoint, Topic)
            what = "word of it at the broker (its status topic)" if is_topic else "connection"
            error = f"no {what} within {CONNECTING.seconds} s"
        if error:
            raise BenchError(f"{self.wish.way.endpoint}: {error}")

    async def close(self) -> None:
        """Hang up."""
        await self._links.close()

    async def identify(self) -> str:
        """Ask the only meter on the line for its address; raises BenchError if nobody tells it."""
        match await self._field.identify(LINE):
            case Told(value=address):
                return address
            case Refused() | Silent() as failed:
                told = f"the meter on the line does not tell its address: {why_not(failed)}"
                raise BenchError(f"{told}; if there are several, metersim master scan finds them")

    async def meter(self) -> Meter:
        """Give the meter of the wish; by the wildcard it is asked for its address first."""
        address = self.wish.address if "A" not in self.wish.address else await self.identify()
        is_698 = self.wish.protocol is Protocol.DLT698
        dialect, road = (Dialect.DLT698, Road.DIRECT) if is_698 else (Dialect.DLT645, Road.DTU)
        try:
            return self._field.meter(Place(address, dialect, road, LINE, self.wish.model_name))
        except PlaceError as error:
            raise BenchError(str(error)) from None

    def _hear(self, event: LinkEvent) -> None:
        if isinstance(event, StrayFrame):
            self._watch(WireFrame(WireWay.IN, event.at, event.frame))
        elif self._up.done():
            return
        elif isinstance(event, LinkUp):
            self._up.set_result("")
        elif isinstance(event, DialFailed | BrokerCallFailed):
            self._up.set_result(event.error)


@asynccontextmanager
async def at_bench(clock: Clock, wish: Wish, watch: Watch = lambda _: None) -> AsyncIterator[Bench]:
    """Be at the line; raises BenchError where it cannot be reached."""
    bench = Bench(clock, wish, watch)
    try:
        await bench.open()
        yield bench
    finally:
        await bench.close()
