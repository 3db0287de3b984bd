"""Spans of time as people write them."""

import re
from datetime import timedelta

__all__ = ["parse_span"]

_SPAN = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|min|h)")
_UNITS = {"ms": 0.001, "s": 1.0, "min": 60.0, "h": 3600.0}


def parse_span(text: str) -> timedelta:
    """Read a span of time: 200ms, 1.5s, 10min, 2h. Raises ValueError, whose message says how one is written."""
    found = _SPAN.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"{text!r} is no span of time: give a number and ms, s, min or h, such as 200ms")
    return timedelta(seconds=float(found[1]) * _UNITS[found[2]])
