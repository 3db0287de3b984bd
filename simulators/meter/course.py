"""A value of a meter over time."""

from datetime import datetime
from typing import Generic, TypeVar

__all__ = ["Course"]

T = TypeVar("T")


class Course(Generic[T]):
    """What holds now, and what held at any instant before. Instants must not go backwards."""

    __slots__ = ("_changes", "_first")

    def __init__(self, first: T) -> None:
        self._first = first
        self._changes: tuple[tuple[datetime, T], ...] = ()

    @property
    def now(self) -> T:
        """What holds since the last change."""
        return self._changes[-1][1] if self._changes else self._first

    @property
    def since(self) -> datetime | None:
        """Since when it holds; None if it has always."""
        return self._changes[-1][0] if self._changes else None

    def change(self, at: datetime, value: T) -> None:
        """Let another value hold from an instant on."""
        self._changes = (*self._changes, (at, value))

    def then(self, at: datetime) -> T:
        """Give what held at an instant: a change counts from its own instant on."""
        return next((value for since, value in reversed(self._changes) if since <= at), self._first)
