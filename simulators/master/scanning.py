"""Who is on a line (搜表): all meters are asked by the wildcard, and where several answer by ever more of their digits.

Of addresses that end alike, two answers at once are noise; so a pattern that is answered by noise, or by more than one
meter, is parted into those with more low digits (缩位寻址): a byte of DL/T 645 in a hundred, a digit of DL/T 698.45 in
ten.
"""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from clock import Clock
from drivers.link import Device
from drivers.link.pacing import pacing_of
from drivers.meter import Way as WireWay
from drivers.meter import WireFrame
from protocols import dlt645
from protocols.catalogue import Protocol
from simulators.master.bench import LIMITS, WILDCARD, BenchError, Watch
from simulators.master.patterns import DIALECTS, Heard
from simulators.master.reach import Way, kind_of_line
from simulators.master.wires import Wire

__all__ = ["Progress", "Scan", "Scanned", "window_of"]

LONGEST_ANSWER = 64
"""Bytes of an answer with its wake-up: an address, or a refusal."""
TAIL = timedelta(milliseconds=150)
"""So long nothing more comes behind the last byte of an answer that goes on when its time is over."""
WORK_698 = timedelta(seconds=1)
"""How long a meter of DL/T 698.45 may think about its own address."""


@dataclass(frozen=True, slots=True)
class Progress:
    """What is asked now, and how far that is: patterns asked and left, meters found."""

    pattern: str
    asked: int
    left: int
    found: int


@dataclass(frozen=True, slots=True)
class Scanned:
    """Who was found, in the order of their answers; patterns that were asked, and that there was no time for."""

    found: tuple[str, ...]
    asked: int
    left: int


def window_of(way: Way, protocol: Protocol) -> timedelta:
    """Say how long answers to one question are waited for, at the pace of the road."""
    pacing = pacing_of(Device(kind_of_line(protocol), way.endpoint), LIMITS)
    sent = len(DIALECTS[protocol].ask(WILDCARD))
    work = WORK_698 if protocol is Protocol.DLT698 else timedelta()
    return dlt645.answer_time_out(pacing.baud, sent, LONGEST_ANSWER) + work + pacing.trip


@dataclass(frozen=True, slots=True)
class Scan:
    """One search on a wire.

    ``window`` is the time for the answers to one question; a silent one is asked again ``retries`` times. With ``deep``
    the wildcard is parted even where nobody, or one, answers to it: answers that collide may be heard as nothing.
    """

    clock: Clock
    wire: Wire
    protocol: Protocol
    window: timedelta
    retries: int = 0
    deep: bool = False
    watch: Watch = lambda _: None

    async def run(self, until: datetime, tell: Callable[[str], None], progress: Callable[[Progress], None]) -> Scanned:
        """Search until all is asked, or there is no time left; ``tell`` is given each address as it is found.

        Raises:
            BenchError: the line has ended.

        """
        found: dict[str, None] = {}
        left, asked = deque([WILDCARD]), 0
        while left and self.clock.now() < until:
            pattern = left.popleft()
            progress(Progress(pattern, asked, len(left) + 1, len(found)))
            heard = await self._insist(pattern)
            asked += 1
            for address in sorted(heard.addresses - found.keys()):
                found[address] = None
                tell(address)
            if heard.is_crowd or (self.deep and pattern == WILDCARD):
                left.extend(_parted(pattern, DIALECTS[self.protocol].step))
        return Scanned(tuple(found), asked, len(left))

    async def _insist(self, pattern: str) -> Heard:
        """Ask, and again on silence; the wildcard twice at least, as the louder of two answers may hide the other."""
        heard = Heard()
        for number in range(max(self.retries + 1, 2 if pattern == WILDCARD else 1)):
            if number and (heard.is_crowd or (heard.addresses and pattern != WILDCARD)):
                break
            heard |= await self._ask(pattern)
        return heard

    async def _ask(self, pattern: str) -> Heard:
        question = DIALECTS[self.protocol].ask(pattern)
        self.wire.take()  # what came before a question is no answer to it
        await self.wire.send(question)
        self.watch(WireFrame(WireWay.OUT, self.clock.now(), question))
        data = b""
        end = self.clock.now() + self.window
        latest = end + self.window
        while self.clock.now() < end and not self.wire.is_over:
            await self.clock.wait_nudge(self.wire.nudge, end)
            if more := self.wire.take():
                data += more
                end = min(max(end, self.clock.now() + TAIL), latest)
        if self.wire.is_over:
            raise BenchError("the connection was lost")
        if data:
            self.watch(WireFrame(WireWay.IN, self.clock.now(), data))
        return DIALECTS[self.protocol].understand(data)


def _parted(pattern: str, step: int) -> Iterator[str]:
    """Give the patterns of one more step of low digits; nothing of a whole address."""
    known = pattern.lstrip("A")
    if len(known) < len(pattern):
        for number in range(10**step):
            yield f"{number:0{step}d}{known}".rjust(len(pattern), "A")
