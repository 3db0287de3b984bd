"""A client of the daemon's socket, and what to say when there is no daemon."""

import json
import os
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from headend.cli.errors import ClientError

DEFAULT_SOCKET = Path("/run/headend/api.sock")

UNREACHABLE = "unreachable"
"""Code of the error that says that no daemon answers."""

PATIENCE = 600.0
"""Real seconds for an answer: a live read waits in a queue, a self-check reads a county's books."""


def default_socket() -> Path:
    """Give the socket of ``HEADEND_SOCKET``, else of the demo running in this folder, else of the system service."""
    if named := os.environ.get("HEADEND_SOCKET"):
        return Path(named)
    demo = Path("var/demo/api.sock")
    return demo if demo.exists() else DEFAULT_SOCKET


def call(path: Path, act: str, args: Mapping[str, Any], *, named: Mapping[str, str] | None = None) -> Any:
    """Have the daemon do ``act`` and give its result; ``named`` is who calls, in a laboratory.

    Raises :class:`ClientError` when no daemon answers or the act is refused.
    """
    request: dict[str, Any] = {"id": 1, "call": act, "args": args}
    if named is not None:
        request["as"] = named
    line = _exchange(path, json.dumps(request, ensure_ascii=False).encode() + b"\n")
    answer = json.loads(line)
    if not answer["ok"]:
        raise ClientError(answer["error"]["message"], answer["error"]["code"])
    return answer["result"]


def _exchange(path: Path, request: bytes) -> bytes:
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(PATIENCE)
            connection.connect(str(path))
            connection.sendall(request)
            with connection.makefile("rb") as lines:
                line = lines.readline()
    except TimeoutError as error:
        raise ClientError(
            f"the daemon at {path} gave no answer within {PATIENCE:g} s; look at its log", "timeout"
        ) from error
    except PermissionError as error:
        raise ClientError(
            f"you may not speak to the daemon at {path}; become a member of its group", "not_permitted"
        ) from error
    except OSError as error:
        reason = error.strerror or str(error)
        raise ClientError(
            f"no daemon answers at {path} ({reason}); start one with `headend run`, or name its socket with --socket",
            UNREACHABLE,
        ) from error
    if not line.endswith(b"\n"):
        raise ClientError(f"the daemon at {path} went away without an answer; look at its log", "no_answer")
    return line
