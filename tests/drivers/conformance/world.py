"""Our links, one road to one device, and what is told of it."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeVar

from clock import Clock, Task
from drivers.link import Device, DownReason, Exchange, Go, LinkEvent, LinkLimits, Links, Outcome, Rank
from tests.drivers.conformance.pipes import Pipe
from tests.drivers.conformance.speech import Speech

Event = TypeVar("Event")

LONG = timedelta(minutes=2)
"""Longer than anything takes that is waited for; nobody waits it out."""
GLANCE = 0.01
"""Seconds between two looks at something that tells nobody when it has changed."""


Observe = Callable[[LinkEvent], None]
MakeLinks = Callable[[Clock, LinkLimits, Observe], Links]


def make_links(clock: Clock, limits: LinkLimits, observe: Observe) -> Links:
    """Make links that know no broker."""
    return Links(clock, limits, observe=observe)


class World:
    """One office with one device; `call` has the device come.

    `patience` is what a question is given, `brief` the same where none is going to be answered; `loss` is what is told
    of a device that is lost.
    """

    def __init__(
        self,
        clock: Clock,
        link: str,
        device: Device,
        speech: Speech,
        limits: LinkLimits,
        patience: timedelta,
        make: MakeLinks = make_links,
    ) -> None:
        self.clock = clock
        self.link = link
        self.device = device
        self.speech = speech
        self.events: list[LinkEvent] = []
        self.listeners: list[Callable[[LinkEvent], None]] = []
        self.links = make(clock, limits, self._hear)
        self.patience = self.brief = patience
        self.loss = DownReason.CLOSED_BY_PEER
        self.call: Callable[[], Awaitable[Pipe]]

    def _hear(self, event: LinkEvent) -> None:
        self.events.append(event)
        for listener in self.listeners:
            listener(event)

    def told(self, kind: type[Event]) -> list[Event]:
        """Return the events of one class."""
        return [event for event in self.events if isinstance(event, kind)]

    async def until(self, so: Callable[[], bool]) -> None:
        """Wait until something is so."""
        end = self.clock.now() + LONG
        while not so():
            assert self.clock.now() < end, "it never came to be"
            await self.clock.sleep(GLANCE)

    def tasks(self) -> list[str]:
        """Name the tasks that are not the device's own."""
        return [task.get_name() for task in self.clock.tasks() if not task.get_name().startswith("device")]

    async def up(self) -> Pipe:
        """Have the device come up, for the first time or again; what it is told on its login is taken."""
        pipe = await self.call()
        assert await self.links.wait_up(self.link, self.clock.now() + LONG)
        return pipe

    def exchange(
        self,
        number: int,
        rank: Rank = Rank.POLL,
        *,
        epoch: int | None = None,
        patience: timedelta | None = None,
    ) -> Exchange:
        """Make the exchange for a question."""
        return Exchange(
            link=self.link,
            epoch=epoch,
            request=self.speech.request(number),
            expects=self.speech.expects(number),
            rank=rank,
            expires=self.clock.now() + timedelta(minutes=30),
            patience=self.patience if patience is None else patience,
        )

    def ask(
        self,
        number: int,
        rank: Rank = Rank.POLL,
        *,
        go: Go | None = None,
        epoch: int | None = None,
        patience: timedelta | None = None,
    ) -> Task[Outcome]:
        """Ask in a task of its own."""
        exchange = self.exchange(number, rank, epoch=epoch, patience=patience)
        return self.clock.spawn(self.links.ask(exchange, go), name=f"asker {number}")

    async def asked(self, pipe: Pipe, number: int, *, patience: timedelta | None = None) -> Task[Outcome]:
        """Ask, and take the question at the device."""
        asked = self.ask(number, patience=patience)
        await pipe.expect(self.speech.request(number))
        return asked

    async def outcome(self, asked: Task[Outcome]) -> Outcome:
        """Wait for what comes of a question."""
        return await self.clock.wait(asked, self.clock.now() + LONG)
