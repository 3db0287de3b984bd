"""Older questions to a DL/T 645 line, and what may still come in of each."""

from collections.abc import Iterable, Iterator
from enum import IntEnum

from protocols.dlt645.line.matching import Expected
from protocols.dlt645.wire.address import Address

__all__ = ["MOST_REMEMBERED", "Owed", "Past"]

MOST_REMEMBERED = 256
"""Older questions that are remembered; beyond it the oldest is forgotten."""


class Owed(IntEnum):
    """What may still come in of an older question, the most harmful last."""

    COPY = 0
    REFUSAL_COPY = 1
    ANSWER = 2


class Past:
    """At most `MOST_REMEMBERED` older questions, the one that was noted last at the end.

    Almost all are to one meter by its full number, and share answers with none to another: those are found by number.
    To look at all of them was a sixth of a poll where the meters of a line are asked in turn (`bench/polls.py`).
    """

    def __init__(self) -> None:
        self._owed: dict[Expected, Owed] = {}
        self._to_one: dict[Address, dict[Expected, None]] = {}
        self._to_several: dict[Expected, None] = {}  # by a shortened address or the wildcard

    def __iter__(self) -> Iterator[Expected]:
        return iter(self._owed)

    def items(self) -> Iterable[tuple[Expected, Owed]]:
        """Give all of them."""
        return self._owed.items()

    def akin(self, expected: Expected) -> Iterator[tuple[Expected, Owed]]:
        """Give those whose refusals could be taken for a refusal of this question: no others share its answers."""
        if expected.address.is_meter:
            near: Iterable[Expected] = (*self._to_one.get(expected.address, ()), *self._to_several)
        else:
            near = self._owed
        return ((older, self._owed[older]) for older in near if older.shares_refusals(expected))

    def owe(self, expected: Expected, owed: Owed) -> None:
        """Note what may come in of a question, and whatever was noted of it before."""
        self._owed[expected] = max(owed, self._owed.pop(expected, owed))
        if expected.address.is_meter:
            self._to_one.setdefault(expected.address, {})[expected] = None
        else:
            self._to_several[expected] = None
        if len(self._owed) > MOST_REMEMBERED:
            self.forget(next(iter(self._owed)))

    def forget(self, expected: Expected) -> None:
        """Forget a question, if it is remembered."""
        if self._owed.pop(expected, None) is None:
            return
        same = self._to_one.get(expected.address, self._to_several)
        del same[expected]
        if not same and same is not self._to_several:
            del self._to_one[expected.address]

    def clear(self) -> None:
        """Forget all."""
        self._owed.clear()
        self._to_one.clear()
        self._to_several.clear()
