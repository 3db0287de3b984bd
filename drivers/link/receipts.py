"""When a message that a broker brought is acknowledged: when everything that it told is settled.

A message may hold a report, the answer to the question that is out, a heartbeat, or noise. The broker delivers it again
after our next connection unless it has been acknowledged (PUBACK). So it is acknowledged

* once its report is kept, which is when `Links.acknowledge` is called for it. Crash before: it is delivered again, told
  again, and kept then. Crash after it was kept and before the broker knows: it is told twice, and whoever keeps reports
  knows the frame for one that is kept. Neither loses it, nor counts it twice.
* at the end of the message for the answer to a question, as its outcome is handed to the asker within it. Crash before:
  whoever asked is gone with the process, and the answer that is delivered again is a stray frame of no question. An
  asker that must not lose what it learns (an order to a relay) has written down that it asked, and looks at the meter
  itself after a restart: it never depends on a message that waits at a broker.
* at once for everything else: noise, stray frames, heartbeats, a piece of something longer. What is whole only with the
  next message is asked or told again by the protocol inside, whose own acknowledgement has not been given either.

A report that is not kept in time, such as one whose MAC proves nothing, is let go with a `ReportUnkept`. Its device
repeats it, as it has no acknowledgement of its protocol. Otherwise reports that are never kept would use up the number
of messages that the broker delivers unacknowledged, and hold up everybody. For the same reason messages are not
acknowledged in the order of their arrival, as MQTT 5 asks for in 4.6, but each when it is settled, so that one report
that is not kept does not hold up the answers about relays; brokers go by the number of the message.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from clock import Clock, DeadlineError, Waiter


class _Receipt:
    """One message, and the frames in it that are not settled."""

    def __init__(self, acknowledge: Callable[[], None], settled: Waiter[None]) -> None:
        self.acknowledge = acknowledge
        self.settled = settled
        self.owed: set[bytes] = set()


class Receipts:
    """What is owed to messages of a broker; over other connections nothing is owed.

    `unkept` is told the link of a message that was let go after `patience`.
    """

    def __init__(self, clock: Clock, patience: timedelta, unkept: Callable[[str], None]) -> None:
        self._clock = clock
        self._patience = patience
        self._unkept = unkept
        self._current: _Receipt | None = None
        self._held: dict[tuple[str, bytes], list[_Receipt]] = {}

    def __len__(self) -> int:
        return len(self._held)

    @contextmanager
    def message(self, link: str, acknowledge: Callable[[], None]) -> Iterator[None]:
        """Within it a message of the device is heard, to its end; `acknowledge` is called once it is settled."""
        receipt = self._current = _Receipt(acknowledge, self._clock.future())
        try:
            yield
        finally:
            self._current = None
        if not receipt.owed:
            acknowledge()
            return
        for frame in receipt.owed:
            self._held.setdefault((link, frame), []).append(receipt)
        self._clock.spawn(self._hold(link, receipt), name=f"receipt {link}")

    def owe(self, frame: bytes) -> None:
        """Note that the message that is being heard brought a frame which `settle` will be called for."""
        if self._current is not None:
            self._current.owed.add(frame)

    def settle(self, link: str, frame: bytes) -> None:
        """Note that what a frame told is kept or handed over; all messages that brought it are rid of it."""
        for receipt in self._held.pop((link, frame), ()):
            receipt.owed.discard(frame)
            if not receipt.owed:
                receipt.settled.set_result(None)

    async def _hold(self, link: str, receipt: _Receipt) -> None:
        try:
            await self._clock.wait(receipt.settled, self._clock.now() + self._patience)
        except DeadlineError:
            self._let_go(link, receipt)
            self._unkept(link)
        receipt.acknowledge()

    def _let_go(self, link: str, receipt: _Receipt) -> None:
        for frame in receipt.owed:
            others = [other for other in self._held.pop((link, frame), ()) if other is not receipt]
            if others:
                self._held[link, frame] = others
