"""Profiles: what differs from meter model to meter model although all of them speak DL/T 645.

A profile is data. Those packaged in ``profiles.toml`` cover the grids' editions; `read_profiles` takes further ones
as text of the same form, each on the base of a packaged one or of one above it, so that a new model needs no code.
"""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, NamedTuple

from protocols.dlt645.item import Identifier, identifier_of_row
from protocols.errors import LocalProtocolError

__all__ = [
    "RELAY_WORDS",
    "STANDARD",
    "Edition",
    "Profile",
    "Protection",
    "RelayWrite",
    "StepTable",
    "profile",
    "profiles",
    "read_profiles",
]

RELAY_WORDS = (
    "trip",
    "permit_close",
    "direct_close",
    "trip_then_direct_close",
    "trip_then_permit_close",
    "alarm",
    "alarm_off",
    "protect",
    "protect_off",
)
"""What a relay command can be, as `RelayCommand` has it."""

_CIPHERTEXT_LEVEL = 0x98


class Edition(StrEnum):
    """Edition of the standard a meter follows."""

    E1997 = "1997"
    E2007 = "2007"


class Protection(StrEnum):
    """What a meter asks for before it switches the relay or takes a setting."""

    PASSWORD = "password"  # noqa: S105  the name of a way, no secret
    """A password of a level 00..09."""
    SECURED = "secured"
    """Identity authentication, then ciphertext and MAC (98H) or plaintext and MAC (99H)."""


class StepTable(StrEnum):
    """How step prices (阶梯电价) are laid out."""

    SEPARATE = "separate"
    """2009: step values 040600xx and 040602xx, prices 040601xx and 040603xx, each by itself."""
    WHOLE = "whole"
    """2013: one table 040604FF and its like holds values, prices and settlement dates."""


class RelayWrite(NamedTuple):
    """A write (04H) that a meter of 1997 takes for a relay command: identifier, data in wire order."""

    di: int
    payload: bytes


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Profile:
    """A model of meters, by what it does in its own way.

    ``rows`` replace and add to the identifier table of the edition, by identifier: a number of four bytes, in 1997
    of two. Two profiles are equal only if they are the same object.
    """

    name: str
    title_en: str
    title_zh: str
    edition: Edition = Edition.E2007
    protection: Protection = Protection.PASSWORD
    rows: Mapping[int, Identifier] = field(default_factory=dict)
    wakeup: int = 4
    """Wake-up bytes FEH sent before a frame."""
    control_level: int = 2
    """Level of the password for relay and clears, where they are not secured."""
    setting_level: int = 4
    """Level of the password for settings, where they are not secured."""
    authentication_minutes: int = 30
    """How long an identity authentication (身份认证) is valid unless the meter was told otherwise."""
    follow_up_number: bool = True
    """Whether a follow-up request (读后续数据) and its answer carry SEQ."""
    block_end_mark: bool = False
    """Whether a block ends with AAH."""
    step_table: StepTable = StepTable.WHOLE
    recharge_size: int = 22
    """Bytes of a recharge (070102FF): 22, or 26 with an order number."""
    relay_plaintext_in_wire_order: bool = False
    """Whether the encryption machine takes the time of a relay plaintext seconds first."""
    general_file: int = 2
    """File of the ESAM with the class 1 parameters, for the APDU header."""
    step_switch_offset: int = 0xC4
    """Offset of the step switch time 04000109 in the ESAM's price file, for the APDU header."""
    relay: Mapping[str, RelayWrite] = field(default_factory=dict)
    """Relay commands of a 1997 vendor by word; none where the model has no such write."""

    @property
    def relay_level(self) -> int:
        """Level PA under which relay commands go."""
        return _CIPHERTEXT_LEVEL if self.protection is Protection.SECURED else self.control_level


def profile(name: str) -> Profile:
    """Look a packaged profile up; LocalProtocolError names the known ones where there is none of that name."""
    known = profiles()
    if name not in known:
        raise LocalProtocolError(f"profile {name!r} is not known; known are {', '.join(known)}")
    return known[name]


@cache
def profiles() -> Mapping[str, Profile]:
    """Every packaged profile by name."""
    text = files("protocols.dlt645").joinpath("profiles.toml").read_text(encoding="utf-8")
    return MappingProxyType(_read(text, {}))


def read_profiles(text: str) -> dict[str, Profile]:
    """Profiles of a TOML text, one table each, in the form of the packaged ``profiles.toml``.

    ``base`` names the profile a table starts from, packaged or above it, ``standard`` if not given. Raises
    LocalProtocolError that names the profile and the key where a key is unknown, a value or row is bad, or a
    packaged name is taken again.
    """
    return _read(text, profiles())


def _read(text: str, known: Mapping[str, Profile]) -> dict[str, Profile]:
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
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
    base_name = given.pop("base", "standard" if known else None)
    if base_name is None:
        base = Profile(name=name, title_en="", title_zh="")
    elif base_name in known:
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
        return RelayWrite(int.from_bytes(bytes.fromhex(_text(entry["di"]))), bytes.fromhex(_text(entry["payload"])))
    except ValueError as error:
        raise ValueError(f"{word}: {error}") from None


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
    "follow_up_number": _flag,
    "block_end_mark": _flag,
    "step_table": lambda value: StepTable(_text(value)),
    "recharge_size": _number(22, 26),
    "relay_plaintext_in_wire_order": _flag,
    "general_file": _number(1, 15),
    "step_switch_offset": _number(0, 255),
    "relay": _relay,
}
assert set(_READERS) == {entry.name for entry in fields(Profile)} - {"name"}, "each part of a profile has its reader"

STANDARD = profile("standard")
"""A meter that is as the standard has it, with the fee-control extension and passwords."""
