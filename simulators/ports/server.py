"""A device that is called over TCP: a serial server, a gateway, a terminal that listens."""

import asyncio

from clock import Clock, Queue, Task
from simulators.connection import Connection
from simulators.errors import PortError
from simulators.ports.port import Port, Serve

__all__ = ["TcpServer"]


class TcpServer(Port):
    """Listens at ``host`` and ``port``, 0 for a free one, known once it is open; several may call at once."""

    def __init__(self, clock: Clock, host: str, port: int) -> None:
        super().__init__(f"listening at tcp {host}:{port}")
        self._clock = clock
        self._host = host
        self._server: asyncio.Server | None = None
        self._calls: Queue[Connection] = Queue(clock)
        self._back = clock.now()
        self.port = port

    async def open(self) -> None:
        """Begin to listen; ``where`` then has the number of the port."""
        if self._server is not None:
            return
        loop = asyncio.get_running_loop()
        try:
            self._server = await loop.create_server(self._connection, self._host, self.port)
        except OSError as error:
            raise PortError(f"cannot listen at {self._host}:{self.port}: {error.strerror or error}") from error
        self.port = self._server.sockets[0].getsockname()[1]
        self.where = f"listening at tcp {self._host}:{self.port}"
        self.option = f"--tcp {self._host}:{self.port}"

    async def run(self, serve: Serve) -> None:
        """Serve every caller; while the device is away it hangs up on them."""
        await self.open()
        serving: set[Task[None]] = set()
        try:
            while True:
                call = await self._calls.get()
                task = self._clock.spawn(self._serve(call, serve), name=f"call from {call.peer}")
                serving.add(task)
                task.add_done_callback(serving.discard)
        finally:
            if self._server is not None:
                self._server.close()
                self._server = None
            await self._clock.cancel(*serving)

    def _connection(self) -> Connection:
        return Connection(self._clock, self._accepted)

    def _accepted(self, call: Connection) -> None:
        self._calls.try_put(call)

    async def _serve(self, call: Connection, serve: Serve) -> None:
        try:
            if self._clock.now() >= self._back:
                ended = await serve(call)
                if ended.away is not None:
                    self._back = self._clock.now() + ended.away
        finally:
            call.close()
