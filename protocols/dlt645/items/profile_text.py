"""Profiles as TOML text: each key has its reader, and what is wrong is told with profile and key."""

from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from types import MappingProxyType
from typing import Any

from protocols.described import Reader, base_of, flag, number, parts_of, tables_of, text
from protocols.dlt645.items.item import Identifier, identifier_of_row
from protocols.dlt645.items.profile_model import RELAY_WORDS, Edition, Profile, Protection, RelayWrite
from protocols.errors import LocalProtocolError

__all__ = ["profiles_of"]

_DI_SIZE = 2
"""Bytes of an identifier of 1997."""
_DIGITS = {Edition.E1997: 4, Edition.E2007: 8}
"""Hex digits of an identifier."""


def profiles_of(document: str, known: Mapping[str, Profile]) -> dict[str, Profile]:
    """Profiles of a TOML text, one table each; ``known`` are those it may build on and may not name again.

    Raises LocalProtocolError that names the profile and the key at fault.
    """
    found: dict[str, Profile] = {}
    for name, entry in tables_of(document, "profile", known).items():
        found[name] = _profile(name, entry, {**known, **found})
    return found


def _profile(name: str, entry: Mapping[str, Any], known: Mapping[str, Profile]) -> Profile:
    base = base_of("profile", name, entry, known) or Profile(name=name, title_en="", title_zh="")
    changes = parts_of("profile", name, entry, _READERS)
    digits = _DIGITS[changes.get("edition", base.edition)]
    misplaced = [row["di"] for row in entry.get("rows", ()) if len(row["di"]) != digits]
    if misplaced:
        raise LocalProtocolError(f"profile {name!r}, rows: {misplaced[0]!r} is no identifier of {digits} digits")
    changes["rows"] = MappingProxyType({**base.rows, **changes.get("rows", {})})
    changes["relay"] = MappingProxyType({**base.relay, **changes.get("relay", {})})
    return replace(base, name=name, **changes)


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
        di, payload = (bytes.fromhex(text(entry[key])) for key in ("di", "payload"))
    except ValueError as error:
        raise ValueError(f"{word}: {error}") from None
    if len(di) != _DI_SIZE:
        raise ValueError(f"{word}: {entry['di']!r} is no identifier of {_DI_SIZE} bytes")
    return RelayWrite(int.from_bytes(di), payload)


_READERS: Mapping[str, Reader] = {
    "title_en": text,
    "title_zh": text,
    "edition": lambda value: Edition(text(value)),
    "protection": lambda value: Protection(text(value)),
    "rows": _rows,
    "wakeup": number(0, 16),
    "control_level": number(0, 9),
    "setting_level": number(0, 9),
    "authentication_minutes": number(1, 9999),
    "block_end_mark": flag,
    "tells_protection": flag,
    "recharge_size": _either(22, 26),
    "relay_plaintext_in_wire_order": flag,
    "general_file": number(1, 15),
    "step_switch_offset": number(0, 255),
    "relay": _relay,
}
assert set(_READERS) == {entry.name for entry in fields(Profile)} - {"name"}, "each part of a profile has its reader"
