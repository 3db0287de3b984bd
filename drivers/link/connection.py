"""A connection to a device: bytes in, bytes out, one timer. What they mean is its dialogue's."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from clock import Alarm, Clock, Waiter
from drivers.link.events import DownReason


class Dialogue(Protocol):
    """What is said over a connection, and by when something must be done about it."""

    def receive(self, data: bytes) -> None:
        """Act on bytes from the peer."""

    def deadline(self) -> datetime | None:
        """When `overdue` is to be called, as far as is known now."""

    def overdue(self) -> None:
        """Act on the deadline that has come: move it, or close the connection."""

    def clear(self) -> None:
        """Prepare for the answer to a new question: what was begun before it is no part of it."""

    def ask(self, request: bytes) -> None:
        """Put a question on the wire."""

    def abandon(self) -> None:
        """Put nothing more of the question on the wire: it is answered, or its asker's time is over."""

    def ended(self, reason: DownReason) -> None:
        """Note that the connection is gone, and why."""


Begin = Callable[["Connection"], Dialogue]
"""Opens the dialogue of a new connection."""


class Connection(ABC):
    """Carries a dialogue, which can be exchanged for another when it turns out who the peer is.

    What it runs over is its subclass's, which calls `_opened`, `_heard` and `_lost`. `gone` is settled when it is over.
    """

    def __init__(self, clock: Clock, begin: Begin, ended: Waiter[None] | None = None) -> None:
        self.peer = ""
        self.host = ""
        self.stale = False
        """Whether what is being heard was said before this connection: then it answers no question of it."""
        self.dialogue: Dialogue
        self.gone: Waiter[None] = clock.future() if ended is None else ended
        self.heard_at = clock.now()  # the last byte that came
        self._clock = clock
        self._begin = begin
        self._alarm: Alarm | None = None
        self._planned: datetime | None = None
        self._open = False
        self._until: datetime | None = None  # what is sent of the question that is out is worth nothing later

    @abstractmethod
    def send(self, data: bytes) -> None:
        """Put bytes on the wire; on a closed connection they are lost, as they would be a moment later."""

    @abstractmethod
    def close(self) -> None:
        """End the connection when what was sent is out."""

    def clear(self) -> None:
        """Prepare for the answer to a new question."""
        self.dialogue.clear()

    def ask(self, request: bytes, until: datetime) -> None:
        """Put a question on the wire, as its dialogue does it; the device must not get it after `until`."""
        self._until = until
        self.dialogue.ask(request)
        self._plan()

    def abandon(self) -> None:
        """Put nothing more of the question on the wire."""
        self._until = None
        self.dialogue.abandon()

    def _opened(self) -> None:
        """Begin the dialogue and its timer."""
        self._open = True
        self.dialogue = self._begin(self)
        if self._open:
            self._plan()

    def _heard(self, data: bytes) -> None:
        """Hand bytes on; when this returns, all that they concern has been woken."""
        self.heard_at = self._clock.now()
        self.dialogue.receive(data)
        self._plan()

    def _lost(self, reason: DownReason = DownReason.CLOSED_BY_PEER) -> None:
        """Tell everybody concerned that it is over."""
        self._shut()
        self.dialogue.ended(reason)
        self.gone.set_result(None)

    def _plan(self) -> None:
        """Set the timer, if it would be late by now.

        It is an alarm and no task: with the frames of its waits a task for each link took 2.8 KiB of the 9.1 KiB of a
        live link, and with it a login took 380 µs of CPU, without it 260 (`bench/links.py`).
        """
        due = self.dialogue.deadline()
        if due is not None and self._open and (self._planned is None or due < self._planned):
            self._unplan()
            self._planned, self._alarm = due, self._clock.alarm(due, self._ring)

    def _unplan(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
        self._planned = self._alarm = None

    def _ring(self) -> None:
        """Do what is due."""
        self._planned = self._alarm = None
        while self._open and (due := self.dialogue.deadline()) is not None and due <= self._clock.now():
            self.dialogue.overdue()
        self._plan()

    def _shut(self) -> None:
        """Stop the timer; bytes go nowhere from here on."""
        self._open = False
        self._unplan()
