"""Texts that describe models (型号) of meters: TOML, one table for each, built on each other; of either dialect."""

import tomllib
from collections.abc import Callable, Collection, Mapping
from typing import Any, TypeVar

from protocols.errors import LocalProtocolError

__all__ = ["Reader", "base_of", "flag", "number", "parts_of", "tables_of", "text"]

M = TypeVar("M")

Reader = Callable[[object], Any]
"""Reads one value; raises LocalProtocolError, TypeError or ValueError for a bad one."""

STANDARD = "standard"
"""The model that others start from."""


def tables_of(document: str, what: str, taken: Collection[str]) -> dict[str, dict[str, Any]]:
    """Give the tables of a text by name; ``what`` they describe is for people, ``taken`` are names in use.

    Raises LocalProtocolError that names the table at fault.
    """
    try:
        tables = tomllib.loads(document)
    except (tomllib.TOMLDecodeError, RecursionError) as error:  # the latter where brackets are nested too deeply
        raise LocalProtocolError(f"{what}s are no TOML: {error}") from None
    for name, entry in tables.items():
        if name in taken:
            raise LocalProtocolError(f"{what} {name!r} is packaged, or of the other dialect; give yours another name")
        if not isinstance(entry, dict):
            raise LocalProtocolError(f"{what} {name!r} is no table of keys")
    return tables


def base_of(what: str, name: str, entry: Mapping[str, Any], known: Mapping[str, M]) -> M | None:
    """Give what a table starts from, the standard one unless it says otherwise; None for the first of all."""
    base = entry.get("base", STANDARD)
    if not known:
        return None
    if not isinstance(base, str) or base not in known:
        raise LocalProtocolError(f"{what} {name!r}, base: {base!r} is not one of {', '.join(known)}")
    return known[base]


def parts_of(what: str, name: str, entry: Mapping[str, Any], readers: Mapping[str, Reader]) -> dict[str, Any]:
    """Read the values of a table by its keys; each has both titles. Raises LocalProtocolError that names the key."""
    given = {key: value for key, value in entry.items() if key != "base"}
    if missing := {"title_en", "title_zh"} - set(given):
        raise LocalProtocolError(f"{what} {name!r} lacks {' and '.join(sorted(missing))}")
    parts: dict[str, Any] = {}
    for key, value in given.items():
        if key not in readers:
            raise LocalProtocolError(f"{what} {name!r}, {key}: no such key; there are {', '.join(readers)}")
        try:
            parts[key] = readers[key](value)
        except (LocalProtocolError, TypeError, ValueError) as error:
            raise LocalProtocolError(f"{what} {name!r}, {key}: {error}") from None
    return parts


def text(value: object) -> str:
    """Read a text that is not empty."""
    if not isinstance(value, str) or not value:
        raise ValueError(f"{value!r} is no text")
    return value


def flag(value: object) -> bool:
    """Read true or false."""
    if not isinstance(value, bool):
        raise ValueError(f"{value!r} is neither true nor false")  # noqa: TRY004  one kind of error for a bad value
    return value


def number(first: int, last: int) -> Callable[[object], int]:
    """Make the reader of a whole number from ``first`` to ``last``."""

    def read(value: object) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not first <= value <= last:
            raise ValueError(f"{value!r} is no whole number {first}..{last}")
        return value

    return read
