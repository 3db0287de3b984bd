"""Personal data (个人信息): a string that doesn't show itself.

Names, phones and identity numbers live in two tables of the archive behind this type; everything else holds ids, so
that a person can be forgotten without touching an append-only row.
"""

from typing import Any

from sqlalchemy import Dialect, String
from sqlalchemy.types import TypeDecorator


class Masked:
    """A personal value whose ``repr`` and ``str`` are masked; :meth:`reveal` is for the message that is sent."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Give the value itself. At the desk this is an act that leaves a trail row."""
        return self._value

    def __str__(self) -> str:
        shown = 1 if len(self._value) < 8 else 3  # noqa: PLR2004 - a name keeps its family name, a number its prefix
        return self._value[:shown] + "*" * (len(self._value) - shown)

    def __repr__(self) -> str:
        return f"Masked({str(self)!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Masked) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)


class Personal(TypeDecorator[Masked]):
    """A text column that gives :class:`Masked` values."""

    impl = String(100)
    cache_ok = True

    def process_bind_param(self, value: Masked | str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Store the value itself."""
        return value.reveal() if isinstance(value, Masked) else value

    def process_result_value(self, value: Any | None, dialect: Dialect) -> Masked | None:  # noqa: ARG002
        """Give it back masked."""
        return None if value is None else Masked(str(value))
