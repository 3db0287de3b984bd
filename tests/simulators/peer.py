"""A head-end small enough for tests: the client side of `protocols` over real TCP."""

import asyncio

from clock import Clock, Queue, Waiter
from protocols import dlt645, dlt698
from protocols.dlt698 import DateTime, Piid, Verdict
from simulators.connection import Connection
from simulators.field import Listener
from simulators.localtime import local

CLIENT = 0x10


class HeadEnd:
    """Accepts concentrators and DTUs, answers logins and heartbeats, and asks questions."""

    def __init__(self, clock: Clock, *, verdict: int = 0, deaf: bool = False) -> None:
        self.clock = clock
        self.links: list[dlt698.LinkRequest] = []
        self.registrations: list[bytes] = []
        self.connections: Queue[Connection] = Queue(clock)
        self.current: Connection | None = None
        self.frames: list[int] = []  # how many frames brought each answer
        self._ends: dict[Connection, dlt698.ClientEnd] = {}
        self._verdict = verdict
        self._deaf = deaf
        self._waiting: dict[int, Waiter[dlt698.Apdu]] = {}
        self._frames: Queue[dlt645.FrameReceived] = Queue(clock)
        self._server: asyncio.Server | None = None
        self._number = 0

    async def listen(self) -> Listener:
        """Begin to listen on a free port."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: Connection(self.clock, self._accepted), "127.0.0.1", 0)
        host, port = self._server.sockets[0].getsockname()[:2]
        return Listener(host, port)

    def close(self) -> None:
        """Stop listening and hang up."""
        if self._server is not None:
            self._server.close()
        if self.current is not None:
            self.current.close()

    def ask(self, connection: Connection, address: str, request: dlt698.ClientApdu) -> Waiter[dlt698.Apdu]:
        """Send a request; the waiter gets the answer of its number."""
        waiter: Waiter[dlt698.Apdu] = self.clock.future()
        self._waiting[request.piid.number] = waiter
        frame = dlt698.LinkFrame(dlt698.REQUEST, dlt698.Address.single(address), CLIENT, dlt698.build_apdu(request))
        connection.send(self._ends[connection].send(frame, self.clock.now()))
        return waiter

    def piid(self) -> Piid:
        """Give the next service number."""
        self._number = (self._number + 1) % 64
        return Piid(self._number)

    async def frame(self) -> dlt645.Frame:
        """Wait for a DL/T 645 frame off a DTU."""
        return (await self._frames.get()).frame

    def _accepted(self, connection: Connection) -> None:
        self.current = connection
        self.clock.spawn(self._serve(connection), name="head-end")

    async def _serve(self, connection: Connection) -> None:
        first = await connection.receive()
        if first.startswith(b"REG:"):
            await self._serve_dtu(connection, first)
            return
        end = self._ends[connection] = dlt698.ClientEnd()
        data = first
        while data:
            for event in end.receive(data, self.clock.now()):
                self._take(connection, event)
            data = await connection.receive()

    async def _serve_dtu(self, connection: Connection, first: bytes) -> None:
        self.registrations.append(first)
        self.connections.try_put(connection)
        receiver = dlt645.Receiver()
        while data := await connection.receive():
            if data.startswith(b"REG:"):
                self.registrations.append(data)
                continue
            for event in receiver.receive(data):
                if isinstance(event, dlt645.FrameReceived):
                    self._frames.try_put(event)

    def _take(self, connection: Connection, event: dlt698.ClientIncoming) -> None:
        match event:
            case dlt698.Transmit(data=data):
                connection.send(data)
            case dlt698.LinkAsked():
                self._welcome(connection, event)
            case dlt698.Responded(frame=frame, apdu=dlt698.ServerApdu() as apdu):
                assert frame.control == dlt698.RESPONSE
                assert frame.client == CLIENT
                self.frames.append(len(event.raws))
                self._waiting.pop(apdu.piid.number).set_result(apdu)
            case _:
                raise AssertionError(f"nonsense from a simulator: {event}")

    def _welcome(self, connection: Connection, asked: dlt698.LinkAsked) -> None:
        assert asked.frame.control == dlt698.LINK_REQUEST
        self.links.append(asked.request)
        if self._deaf and asked.request.request is dlt698.LinkKind.HEARTBEAT:
            return
        now = self.clock.now()
        ours, verdict = DateTime.of(local(now)), Verdict(self._verdict)
        end = self._ends[connection]
        connection.send(end.answer_link(asked, received=ours, responded=ours, now=now, verdict=verdict))
        if asked.request.request is dlt698.LinkKind.LOGIN:
            self.connections.try_put(connection)
