"""The daemon's desk as its scripted callers see it: JSON lines over a Unix socket."""

import asyncio
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from clock import Clock
from simulators.errors import DeskError

__all__ = ["Caller", "Desk"]

AGAIN = timedelta(seconds=5)
LONGEST_ANSWER = 1 << 26


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls; a laboratory daemon believes it."""

    user: str
    role: str


class Desk:
    """Calls the daemon, and goes on calling while it is away, so that what a person began is not lost.

    ``answered`` is called after each answer, before the caller goes on: nobody counts the bytes of this socket.
    """

    def __init__(self, clock: Clock, socket: Path, *, answered: Callable[[], None] | None = None) -> None:
        self._clock = clock
        self._socket = socket
        self._answered = answered

    async def call(self, caller: Caller, act: str, **args: Any) -> Any:
        """Have something done; gives its result.

        A daemon that is away, or goes away before it has answered, is asked the same again every five seconds of
        business time: acts are idempotent by their serials and ids.

        Raises:
            DeskError: the daemon refuses.

        """
        request = {"id": 1, "as": {"user": caller.user, "role": caller.role}, "call": act, "args": args}
        while (answer := await self._ask(request)) is None:
            await self._clock.sleep(AGAIN)
        if answer["ok"]:
            return answer["result"]
        raise DeskError(answer["error"]["code"], answer["error"]["message"])

    async def _ask(self, request: Mapping[str, Any]) -> dict[str, Any] | None:
        """Ask once; None if there is no daemon, or it goes without an answer."""
        try:
            reader, writer = await asyncio.open_unix_connection(str(self._socket), limit=LONGEST_ANSWER)
        except OSError:
            return None
        try:
            writer.write(json.dumps(request, ensure_ascii=False).encode() + b"\n")
            line = await reader.readline()
        except OSError:
            return None
        finally:
            if self._answered is not None:
                self._answered()
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()
        answer: dict[str, Any] | None = json.loads(line) if line.endswith(b"\n") else None
        return answer
