"""Draws that depend on a seed and on names, never on the order in which they are asked for.

A village whose every draw came from one generator would change as a whole when one meter is asked once
more. Here a draw is a hash of the seed and of what it is for, so that each meter, hour and exchange has a
value of its own.
"""

from hashlib import blake2b
from typing import TypeVar

__all__ = ["below", "between", "chance", "octets", "pick"]

T = TypeVar("T")


def below(bound: int, seed: int, *what: object) -> int:
    """Give a whole number from 0 to ``bound - 1`` for this seed and purpose.

    Args:
        bound: exclusive upper bound, at least 1 and far below 2**64.
        seed: seed of the simulated world.
        what: names and numbers that say what the draw is for.

    """
    if bound < 1:
        raise ValueError(f"a draw needs at least one possible value, not {bound}")
    return int.from_bytes(octets(8, seed, *what), "big") % bound


def octets(count: int, seed: int, *what: object) -> bytes:
    """Give up to 64 bytes for this seed and purpose."""
    key = "\x1f".join(map(str, (seed, *what))).encode()
    return blake2b(key, digest_size=count).digest()


def between(low: int, high: int, seed: int, *what: object) -> int:
    """Give a whole number from ``low`` to ``high``, both included."""
    return low + below(high - low + 1, seed, *what)


def chance(permille: int, seed: int, *what: object) -> bool:
    """Say yes in ``permille`` of 1000 cases."""
    return below(1000, seed, *what) < permille


def pick(options: "tuple[T, ...]", seed: int, *what: object) -> T:
    """Choose one of the options, each with the same weight."""
    return options[below(len(options), seed, *what)]
