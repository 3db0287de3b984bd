"""Which protection a DL/T 698.45 meter asks for: the rules that hold where F101 (安全模式参数) is silent, and F101's.

The default rules are those of one meter's firmware; F101 has a word for each object that it names.
"""

from collections.abc import Mapping
from enum import Enum, IntEnum

__all__ = ["Level", "Service", "permits"]


class Level(IntEnum):
    """How a request came, each more than the one before."""

    PLAIN = 0
    PROVEN = 1  # plaintext with RN or with a MAC
    HIDDEN = 2  # ciphertext
    SEALED = 3  # ciphertext with a MAC


class Service(Enum):
    """What is asked, by the lowest bit of its nibble in a word of F101."""

    GET = 12
    SET = 8
    ACTION = 4


PLAIN_BIT = 0b1000
"""Of a nibble in a word of F101: plaintext is allowed; the bits below are those of the levels above."""
DEFAULTS: Mapping[Service, tuple[tuple[Level, tuple[str, ...]], ...]] = {
    Service.GET: (
        (Level.PLAIN, ("0", "202C", "4000", "4001", "4002", "4111", "6", "F0", "F1", "F2", "FF")),
        (Level.PROVEN, ("",)),
    ),
    Service.SET: (
        (Level.PLAIN, ("6", "F2", "FF")),
        (Level.PROVEN, ("4002", "4003", "F100")),
        (Level.SEALED, ("",)),
    ),
    Service.ACTION: (
        (Level.PLAIN, ("2015", "4000", "6", "F002", "F2", "FF")),
        (Level.PROVEN, ("5000", "2")),
        (Level.HIDDEN, ("F001", "F101")),
        (Level.SEALED, ("",)),
    ),
}
"""The lowest level at which a service is served, by how the number of the object begins; the first that fits holds."""


def permits(service: Service, oi: int, level: Level, explicit: Mapping[int, int]) -> bool:
    """Tell whether a request for an object that came at a level may be served."""
    word = explicit.get(oi)
    if word is not None:
        return bool((word >> service.value) & (PLAIN_BIT >> level))
    needed = next(level for level, beginnings in DEFAULTS[service] if f"{oi:04X}".startswith(beginnings))
    return level >= needed
