"""What people write on the command line for spans of time, shares and places."""

import re
from datetime import timedelta

import typer

from simulators.field import Listener

__all__ = ["read_place", "read_share", "read_span"]

_SPAN = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|min|h)")
_UNITS = {"ms": 0.001, "s": 1.0, "min": 60.0, "h": 3600.0}


def read_span(text: str) -> timedelta:
    """Read a span of time: 200ms, 1.5s, 10min, 2h."""
    found = _SPAN.fullmatch(text.strip())
    if found is None:
        raise typer.BadParameter(f"{text!r} is no span of time: give a number and ms, s, min or h, such as 200ms")
    return timedelta(seconds=float(found[1]) * _UNITS[found[2]])


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
