"""A client of the daemon's socket, and what to say when there is no daemon."""

import json
import os
import socket
from pathlib import Path
from typing import Any

DEFAULT_SOCKET = Path("/run/headend/api.sock")


class ClientError(Exception):
    """The call was not answered, or was answered with an error; the message is for the person at the terminal."""

    def __init__(self, message: str, code: str = "unreachable") -> None:
        super().__init__(message)
        self.code = code


def default_socket() -> Path:
    """Give the socket of ``HEADEND_SOCKET``, else of the demo running in this folder, else of the system service."""
    if named := os.environ.get("HEADEND_SOCKET"):
        return Path(named)
    demo = Path("var/demo/api.sock")
    return demo if demo.exists() else DEFAULT_SOCKET


def call(path: Path, act: str, timeout: float = 120.0, **args: Any) -> Any:
    """Have the daemon do ``act`` and give its result.

    Raises :class:`ClientError` when no daemon answers or the act is refused.
    """
    request = json.dumps({"id": 1, "call": act, "args": args}, ensure_ascii=False).encode() + b"\n"
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(timeout)
            connection.connect(str(path))
            connection.sendall(request)
            with connection.makefile("rb") as lines:
                line = lines.readline()
    except TimeoutError as error:
        raise ClientError(f"the daemon at {path} gave no answer within {timeout:g} s; look at its log") from error
    except OSError as error:
        reason = error.strerror or str(error)
        raise ClientError(
            f"no daemon answers at {path} ({reason}); start one with `headend run`, or name its socket with --socket"
        ) from error
    if not line:
        raise ClientError(f"the daemon at {path} closed the connection without an answer; look at its log")
    answer = json.loads(line)
    if not answer["ok"]:
        raise ClientError(answer["error"]["message"], answer["error"]["code"])
    return answer["result"]
