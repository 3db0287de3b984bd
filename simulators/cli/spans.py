"""What people write on the command line for spans of time, shares and places."""

from datetime import timedelta

import typer

from simulators.field import Listener
from simulators.spans import parse_span

__all__ = ["read_place", "read_share", "read_span"]


def read_span(text: str) -> timedelta:
    """Read a span of time: 200ms, 1.5s, 10min, 2h."""
    try:
        return parse_span(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def read_share(text: str) -> float:
    """Read a share: 1%, or 1e-5."""
    number = text.strip()
    try:
        share = float(number.removesuffix("%")) / (100 if number.endswith("%") else 1)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise typer.BadParameter(f"{text!r} is no share: give a percentage such as 1% or a number up to 1 such as 1e-5")
    return share


def read_place(text: str) -> Listener:
    """Read HOST:PORT."""
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal() or int(port) > 65535:  # noqa: PLR2004 - TCP's
        raise typer.BadParameter(f"{text!r} is not HOST:PORT, such as 127.0.0.1:2404")
    return Listener(host.strip("[]"), int(port))
