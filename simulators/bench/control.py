"""Acting on a running device from another terminal: a Unix socket that takes lines of ``act arguments``.

A line is answered by one that begins with ``ok`` or ``error``; the act ``help`` tells what there is.
"""

import asyncio
import shlex
import socket
import stat
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from simulators.errors import ActError, PortError

__all__ = ["ERROR", "OK", "ask", "controlled"]

OK = "ok"
ERROR = "error"
PATIENCE_S = 10
OWNER_ONLY = 0o600

Act = Callable[..., str]
"""Takes the name of an act and its arguments; raises ActError."""


@asynccontextmanager
async def controlled(act: Act, path: Path) -> AsyncIterator[None]:
    """Take acts at a socket that its owner alone may use, while the block runs.

    Raises:
        PortError: there is something at this path already, or no socket can be made there.

    """
    _clear(path)
    try:
        server = await asyncio.start_unix_server(lambda reader, writer: _serve(act, reader, writer), path)
        _restrict(path)
    except OSError as error:
        raise PortError(f"no control socket can be made at {path}: {error.strerror or error}") from error
    try:
        yield
    finally:
        server.close()
        _forget(path)


def ask(path: Path, name: str, *arguments: str) -> str:
    """Have a running device act, and give what it tells.

    Raises:
        PortError: nobody listens at the socket.
        ActError: the device refuses; the message is its own.

    """
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(PATIENCE_S)
        try:
            connection.connect(str(path))
            connection.sendall(f"{shlex.join([name, *arguments])}\n".encode())
            connection.shutdown(socket.SHUT_WR)
            with connection.makefile("r", encoding="utf-8") as answers:
                word, _, text = answers.readline().rstrip("\n").partition(" ")
        except OSError as error:
            raise PortError(
                f"nobody listens at {path} ({error.strerror or error}): start the device with --control {path}"
            ) from error
    if word != OK:
        raise ActError(text or f"{path} gave no answer")
    return text


async def _serve(act: Act, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Obey line by line; what is wrong with one says nothing about the next."""
    with suppress(ConnectionError, asyncio.LimitOverrunError, ValueError):
        while line := await reader.readline():
            writer.write(f"{_obey(act, line)}\n".encode())
            await writer.drain()
    writer.close()


def _obey(act: Act, line: bytes) -> str:
    try:
        name, *arguments = shlex.split(line.decode("utf-8")) or ["help"]
        return f"{OK} {act(name, *arguments)}"
    except (ActError, ValueError) as error:
        return f"{ERROR} {error}"


def _restrict(path: Path) -> None:
    path.chmod(OWNER_ONLY)


def _forget(path: Path) -> None:
    path.unlink(missing_ok=True)


def _clear(path: Path) -> None:
    """Take away a socket that an ended process has left behind."""
    try:
        is_socket = stat.S_ISSOCK(path.lstat().st_mode)
    except FileNotFoundError:
        return
    if not is_socket:
        raise PortError(f"{path} is there and is no socket: name another path")
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            path.unlink(missing_ok=True)
            return
    raise PortError(f"another device is controlled at {path}: name another path")
