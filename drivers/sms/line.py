"""The short-message centre over TCP: newline-delimited JSON, the daemon is the client."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from clock import Clock, DeadlineError, LinkEnd, Waiter, link_key
from drivers.dial import Dialler, Pauses, over_tcp
from drivers.errors import DriversClosedError
from drivers.sms.codec import MAX_LINE, LineError, SubmitAnswer, parse_line, received_line, submit_line
from drivers.sms.model import (
    CentreCallFailed,
    CentreDown,
    CentreNonsense,
    CentreUp,
    OnReceipt,
    OnReply,
    Receipt,
    Reply,
    ReportNotKept,
    SmsEvent,
    Submitted,
    Unavailable,
)


@dataclass(frozen=True, slots=True)
class LineSmsSettings:
    """Where the centre is, and how long its answer to one submission may take."""

    host: str
    port: int
    patience: timedelta = timedelta(seconds=30)
    pauses: Pauses = field(default_factory=Pauses)


class LineSmsGateway:
    """An `SmsGateway` that keeps one connection to the centre up, from `start` to `close`."""

    def __init__(
        self,
        clock: Clock,
        settings: LineSmsSettings,
        *,
        on_receipt: OnReceipt,
        on_reply: OnReply,
        observe: Callable[[SmsEvent], None],
    ) -> None:
        self._clock = clock
        self._settings = settings
        self._on_receipt = on_receipt
        self._on_reply = on_reply
        self._observe = observe
        self._asked: dict[str, Waiter[Submitted]] = {}
        self._keeping: set[str] = set()
        self._connection: _Connection | None = None
        self._closed = False
        self._dialler = Dialler(
            clock,
            f"{settings.host}:{settings.port}",
            over_tcp(settings.host, settings.port),
            settings.pauses,
            factory=self._made,
            failed=self._call_failed,
        )

    @property
    def is_up(self) -> bool:
        """Whether the centre is connected."""
        return self._connection is not None

    @property
    def peer(self) -> str:
        """Where the centre is, `host:port`."""
        return self._dialler.peer

    def start(self) -> None:
        """Begin calling the centre."""
        self._dialler.start()

    def close(self) -> None:
        """Hang up; submissions without an answer become `Unavailable`."""
        self._closed = True
        self._dialler.stop()
        if self._connection is not None:
            self._connection.close()

    async def submit(self, message_id: int, phone: str, text: str) -> Submitted:
        """Hand a message over; see `SmsGateway.submit`. Raises DriversClosedError after `close`."""
        if self._closed:
            raise DriversClosedError("sending a short message")
        if self._connection is None:
            return Unavailable("not connected")
        key = str(message_id)
        waiter = self._asked.get(key)
        if waiter is None:
            waiter = self._asked[key] = self._clock.future()
            self._connection.send(submit_line(message_id, phone, text))
        try:
            return await self._clock.wait(waiter, self._clock.now() + self._settings.patience)
        except DeadlineError:
            return Unavailable("no answer")
        finally:
            if self._asked.get(key) is waiter:
                del self._asked[key]

    def up(self, connection: "_Connection") -> None:
        """Take over a new connection."""
        self._connection = connection
        self._observe(CentreUp(self.peer, self._clock.now()))
        if self._closed:
            connection.close()

    def down(self) -> None:
        """Note the loss of the connection, and with it of the answers under way."""
        self._connection = None
        self._observe(CentreDown(self.peer, self._clock.now()))
        asked, self._asked = self._asked, {}
        for waiter in asked.values():
            if not waiter.done():
                waiter.set_result(Unavailable("connection lost"))

    def take(self, line: bytes) -> None:
        """Act on one line of the centre."""
        try:
            message = parse_line(line)
        except LineError as error:
            self.nonsense(str(error))
            return
        if isinstance(message, SubmitAnswer):
            waiter = self._asked.get(message.message_id)
            if waiter is not None and not waiter.done():
                waiter.set_result(message.answer)
        elif message.ref not in self._keeping:
            self._keeping.add(message.ref)
            self._clock.spawn(self._keep(message), name=f"sms report {message.ref}")

    def nonsense(self, reason: str) -> None:
        """Tell of bytes that say nothing to us."""
        self._observe(CentreNonsense(self.peer, reason, self._clock.now()))

    async def _keep(self, report: Receipt | Reply) -> None:
        """Have a report kept, then acknowledge it; what could not be kept will come again."""
        try:
            if isinstance(report, Receipt):
                await self._on_receipt(report)
            else:
                await self._on_reply(report)
        except Exception as error:  # noqa: BLE001  one report that cannot be kept must not end the others
            name = type(error).__name__
            self._observe(ReportNotKept(self.peer, report.ref, name, self._clock.now()))
        else:
            if self._connection is not None:
                self._connection.send(received_line(report.ref))
        finally:
            self._keeping.discard(report.ref)

    def _made(self, ended: Waiter[None]) -> asyncio.Protocol:
        return _Connection(self, self._clock, ended)

    def _call_failed(self, error: str, again: datetime) -> None:
        self._observe(CentreCallFailed(self.peer, error, again, self._clock.now()))


class _Connection(asyncio.Protocol):
    """One connection to the centre: lines in, lines out, bytes counted."""

    def __init__(self, gateway: LineSmsGateway, clock: Clock, ended: Waiter[None]) -> None:
        self._gateway = gateway
        self._clock = clock
        self._ended = ended
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport and say that the centre is up."""
        self._transport: asyncio.Transport = transport  # type: ignore[assignment]  # uvloop's is no subclass
        self._end: LinkEnd = self._clock.link(link_key(transport))
        self._gateway.up(self)

    def data_received(self, data: bytes) -> None:
        """Cut the bytes into lines; a line beyond all measure ends the connection."""
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        for line in lines:
            self._gateway.take(line)
        if len(self._buffer) > MAX_LINE:
            self._gateway.nonsense("line too long")
            self.close()
        self._end.received(len(data))

    def connection_lost(self, _error: Exception | None) -> None:
        """Say that the centre is gone."""
        self._end.lost()
        self._gateway.down()
        self._ended.set_result(None)

    def send(self, data: bytes) -> None:
        """Send a line."""
        if not self._transport.is_closing():
            self._end.sent(len(data))
            self._transport.write(data)

    def close(self) -> None:
        """Hang up."""
        self._end.lost()
        self._transport.close()
