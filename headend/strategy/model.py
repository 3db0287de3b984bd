"""What the strategy room says, as values."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from headend.strategy.conditions.facts import Raw
from headend.strategy.machine import State


class Phase(StrEnum):
    """Phases of a day's comparison, named by their time."""

    COMPARE = "0820"  # compares everybody; whatever leads to a cut waits
    DECIDE = "0830"  # after the mass check: proposals, notices and their messages go, if it passed


@dataclass(frozen=True, slots=True)
class AccountState:
    """The state of an account (账户状态) and since when; ``transition`` is the move that led there.

    ``short_on`` is the last business day whose comparison found the account short.
    """

    account: int
    state: State
    since: datetime
    transition: int
    short_on: date | None


@dataclass(frozen=True, slots=True)
class Transition:
    """One move, or one act of a rule that stays (then ``source`` and ``target`` are the same)."""

    id: int
    account: int
    rule: str
    number: int
    rule_set: int | None
    source: State
    target: State
    facts: Mapping[str, Raw]
    at: datetime
    actor: str
    cause: str | None

    @property
    def moved(self) -> bool:
        """Whether the state changed."""
        return self.source is not self.target

    @property
    def name(self) -> str:
        """The rule's name, e.g. ``T02.1``."""
        return f"{self.rule}.{self.number}"

    @property
    def reference(self) -> str:
        """How rows refer to it."""
        return f"transition:{self.id}"


@dataclass(frozen=True, slots=True)
class Moved:
    """What a look at an account did: one move or act, and the type of message it put, for the caller's log."""

    account: int
    account_no: str
    transition: int
    rule: str
    source: State
    target: State
    message: str | None = None
