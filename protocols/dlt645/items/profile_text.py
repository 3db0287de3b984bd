"""Profiles as TOML text: each key has its reader, and what is wrong is told with profile and key."""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from types import MappingProxyType
from typing import Any

from protocols.dlt645.items.item import Identifier, identifier_of_row
from protocols.dlt645.items.profile_model import RELAY_WORDS, Edition, Profile, Protection, RelayWrite
from protocols.errors import LocalProtocolError

__all__ = ["profiles_of"]

_DI_SIZE = 2
"""Bytes of an identifier of 1997."""
_DIGITS = {Edition.E1997: 4, Edition.E2007: 8}
"""Hex digits of an identifier."""


def profiles_of(text: str, known: Mapping[str, Profile]) -> dict[str, Profile]:
    """Profiles of a TOML text, one table each; ``known`` are those it may build on and may not name again.

    Raises LocalProtocolError that names the profile and the key at fault.
    """
    try:
        tables = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:  # the latter where brackets are nested too deeply
        raise LocalProtocolError(f"profiles are no TOML: {error}") from None
    found: dict[str, Profile] = {}
    for name, entry in tables.items():
        if name in known:
            raise LocalProtocolError(f"profile {name!r} is packaged; give yours another name")
        if not isinstance(entry, dict):
            raise LocalProtocolError(f"profile {name!r} is no table of keys")
        found[name] = _profile(name, entry, {**known, **found})
    return found


def _profile(name: str, entry: dict[str, Any], known: Mapping[str, Profile]) -> Profile:
    given = dict(entry)
    base_name = given.pop("base", "standard")
    if not known:
        base = Profile(name=name, title_en="", title_zh="")
    elif isinstance(base_name, str) and base_name in known:
        base = known[base_name]
    else:
        raise LocalProtocolError(f"profile {name!r}, base: {base_name!r} is not one of {', '.join(known)}")
    missing = {"title_en", "title_zh"} - set(given)
    if missing:
        raise LocalProtocolError(f"profile {name!r} lacks {' and '.join(sorted(missing))}")
    changes: dict[str, Any] = {}
    for key, value in given.items():
        if key not in _READERS:
            raise LocalProtocolError(f"profile {name!r}, {key}: no such key; there are {', '.join(_READERS)}")
        try:
            changes[key] = _READERS[key](value)
        except (LocalProtocolError, TypeError, ValueError) as error:
            raise LocalProtocolError(f"profile {name!r}, {key}: {error}") from None
    digits = _DIGITS[changes.get("edition", base.edition)]
    misplaced = [row["di"] for row in given.get("rows", ()) if len(row["di"]) != digits]
    if misplaced:
        raise LocalProtocolError(f"profile {name!r}, rows: {misplaced[0]!r} is no identifier of {digits} digits")
    changes["rows"] = MappingProxyType({**base.rows, **changes.get("rows", {})})
    changes["relay"] = MappingProxyType({**base.relay, **changes.get("relay", {})})
    return replace(base, name=name, **changes)


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError(f"{value!r} is no text")
    return value


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"{value!r} is neither true nor false")  # noqa: TRY004  one kind of error for a bad value
    return value


def _number(first: int, last: int) -> Callable[[object], int]:
    def read(value: object) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not first <= value <= last:
            raise ValueError(f"{value!r} is no whole number {first}..{last}")
        return value

    return read


def _either(*choices: int) -> Callable[[object], int]:
    def read(value: object) -> int:
        if not isinstance(value, int) or value not in choices:
            raise ValueError(f"{value!r} is none of {choices}")
        return value

    return read


def _rows(value: object) -> Mapping[int, Identifier]:
    if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
        raise ValueError("rows are an array of tables")
    return dict(identifier_of_row(row) for row in value)


def _relay(value: object) -> Mapping[str, RelayWrite]:
    if not isinstance(value, dict):
        raise ValueError("relay is a table of commands")  # noqa: TRY004  one kind of error for a bad value
    return {word: _relay_write(word, entry) for word, entry in value.items()}


def _relay_write(word: str, entry: object) -> RelayWrite:
    if word not in RELAY_WORDS:
        raise ValueError(f"{word!r} is none of {', '.join(RELAY_WORDS)}")
    if not isinstance(entry, dict) or set(entry) != {"di", "payload"}:
        raise ValueError(f"{word} needs di and payload, nothing else")
    try:
        di, payload = (bytes.fromhex(_text(entry[key])) for key in ("di", "payload"))
    except ValueError as error:
        raise ValueError(f"{word}: {error}") from None
    if len(di) != _DI_SIZE:
        raise ValueError(f"{word}: {entry['di']!r} is no identifier of {_DI_SIZE} bytes")
    return RelayWrite(int.from_bytes(di), payload)


_READERS: dict[str, Callable[[object], Any]] = {
    "title_en": _text,
    "title_zh": _text,
    "edition": lambda value: Edition(_text(value)),
    "protection": lambda value: Protection(_text(value)),
    "rows": _rows,
    "wakeup": _number(0, 16),
    "control_level": _number(0, 9),
    "setting_level": _number(0, 9),
    "authentication_minutes": _number(1, 9999),
    "block_end_mark": _flag,
    "tells_protection": _flag,
    "recharge_size": _either(22, 26),
    "relay_plaintext_in_wire_order": _flag,
    "general_file": _number(1, 15),
    "step_switch_offset": _number(0, 255),
    "relay": _relay,
}
assert set(_READERS) == {entry.name for entry in fields(Profile)} - {"name"}, "each part of a profile has its reader"
