"""Acts that a device is given beforehand: done as it starts, or so long after that."""

import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Self

from clock import Clock
from simulators.errors import ActError
from simulators.spans import parse_span

__all__ = ["TimedAct", "act_in_time", "check_timed"]

AFTER = "after"
AT_ONCE = timedelta()


@dataclass(frozen=True, slots=True)
class TimedAct:
    """An act by name, its arguments, and how long after the start it is done."""

    name: str
    arguments: tuple[str, ...] = ()
    after: timedelta = AT_ONCE

    @classmethod
    def read(cls, text: str) -> Self:
        """Read ``ACT ARGUMENT…``, with ``after SPAN`` behind it where it is not to be done at once.

        Raises:
            ActError: there is no act, or the span is none.

        """
        try:
            name, *words = shlex.split(text)
            if AFTER not in words:
                return cls(name, tuple(words))
            place = words.index(AFTER)
            return cls(name, tuple(words[:place]), parse_span(" ".join(words[place + 1 :])))
        except ValueError as error:
            told = str(error) if text.strip() else "it is empty"
            raise ActError(f"{text!r} is no act, such as 'trip' or 'power off after 30s': {told}") from None


def check_timed(act: Callable[..., str], acts: Sequence[TimedAct]) -> None:
    """Do all of them in their order, on a device that is there to be tried; raises ActError for one that cannot be."""
    for one in _in_order(acts):
        act(one.name, *one.arguments)


async def act_in_time(
    clock: Clock, act: Callable[..., str], acts: Sequence[TimedAct], tell: Callable[[str], object]
) -> None:
    """Do each when it is due, counted from now, and tell what came of it, of a refusal too."""
    began = clock.now()
    for one in _in_order(acts):
        await clock.sleep_until(began + one.after)
        try:
            tell(act(one.name, *one.arguments))
        except ActError as error:
            tell(str(error))


def _in_order(acts: Sequence[TimedAct]) -> list[TimedAct]:
    return sorted(acts, key=lambda one: one.after)
