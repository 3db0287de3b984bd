"""What the acts on a meter are told: one value each, out of a text, a scenario file or a program."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import NoReturn

from protocols.dissection import Words
from simulators.errors import ActError

__all__ = ["Argument", "number", "one_of", "switch", "text", "watts"]

Told = str | int | float | Decimal | bool
"""What a caller may give: scenario files have numbers and booleans, everybody else texts."""
Value = str | int | Decimal | bool | None
ON, OFF = "on", "off"


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument: how it is called, what it means, and what it may be.

    ``takes`` says in words what it takes, ``choices`` are all of its values where they are few. What is not
    ``required`` has a ``default``.
    """

    name: str
    words: Words
    takes: str
    parse: Callable[[str], Value]
    choices: tuple[str, ...] = ()
    required: bool = True
    default: Value = None

    def read(self, act: str, told: Told) -> Value:
        """Read what was given; ActError names act and argument and says what it takes."""
        plain = (ON if told else OFF) if isinstance(told, bool) else str(told).strip()
        try:
            return self.parse(plain)
        except (ValueError, InvalidOperation):
            raise ActError(f"{act}: {self.name} cannot be {plain!r}, it takes {self.takes}") from None


def number(
    name: str,
    english: str,
    chinese: str,
    unit: str,
    *,
    low: str,
    high: str,
    decimals: int = 0,
    default: Decimal | None = None,
) -> Argument:
    """Declare a number with its bounds and decimals, read as a Decimal; without a ``default`` it has to be given."""
    bounds = Decimal(low), Decimal(high)

    def parse(plain: str) -> Decimal:
        value = Decimal(plain)
        if not bounds[0] <= value <= bounds[1] or value != round(value, decimals):
            raise ValueError
        return round(value, decimals)

    fine = f" with at most {decimals} decimals" if decimals else ""
    takes = f"{low} to {high} {unit}{fine}"
    return Argument(name, Words(english, chinese), takes, parse, required=default is None, default=default)


def one_of(name: str, english: str, chinese: str, choices: tuple[str, ...], default: str | None = None) -> Argument:
    """Declare a choice; without a ``default`` it has to be made."""

    def parse(plain: str) -> str:
        if plain not in choices:
            raise ValueError
        return plain

    return Argument(name, Words(english, chinese), " or ".join(choices), parse, choices, default is None, default)


def switch(name: str = "state", english: str = "on or off", chinese: str = "开或关") -> Argument:
    """Declare a switch, read as a bool; true and false of a scenario file will do."""

    def parse(plain: str) -> bool:
        return {ON: True, OFF: False}[plain] if plain in {ON, OFF} else _refuse()

    return Argument(name, Words(english, chinese), "on or off", parse, (ON, OFF))


def text(name: str, english: str, chinese: str, pattern: str, takes: str, *, required: bool = True) -> Argument:
    """Declare a text of a form; None is read where it need not be given and is not."""

    def parse(plain: str) -> str:
        return plain if re.fullmatch(pattern, plain) else _refuse()

    return Argument(name, Words(english, chinese), takes, parse, required=required)


def watts(name: str, english: str, chinese: str, profile: str) -> Argument:
    """Declare a power in whole watts, below 0 back to the grid; the word ``profile`` is read as None."""

    def parse(plain: str) -> int | None:
        value = None if plain == profile else int(plain)
        return value if value is None or abs(value) <= MOST_WATTS else _refuse()

    takes = f"whole watts from -{MOST_WATTS} to {MOST_WATTS}, below 0 back to the grid, or {profile!r}"
    return Argument(name, Words(english, chinese), takes, parse)


MOST_WATTS = 100_000_000


def _refuse() -> NoReturn:
    raise ValueError
