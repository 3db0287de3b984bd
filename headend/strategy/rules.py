"""Rules (规则): what follows from which facts in which state, in the order in which they are tried."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from headend.archive import FlagKind
from headend.strategy.conditions import Condition, facts_of
from headend.strategy.machine import MOVES, State
from headend.strategy.vocabulary import MANY
from headend.work import OrderKind

COMPARED = "COMPARED"
"""``to`` of a rule that goes to the state which the comparison F10 gives ("NORMAL etc.")."""


class Order(StrEnum):
    """What a rule may have done by the relay."""

    TRIP = "TRIP"
    RESTORE = "RESTORE"  # CLOSE, PERMIT or a site job, by the class


class Propose(StrEnum):
    """Who decides about a proposed cut."""

    PERSON = "person"
    AUTO = "auto"  # the class's automatic mode: on record as approved


class Want(StrEnum):
    """What a rule may have read from the meter."""

    LIVE_READ = "live_read"
    RELAY = "relay"


@dataclass(frozen=True, slots=True)
class Effects:
    """What follows from a rule, in the same transaction."""

    message: str | None = None
    propose: Propose | None = None
    cancel: bool = False
    void: bool = False
    order: Order | None = None
    want: Want | None = None
    work_order: OrderKind | None = None
    flag: FlagKind | None = None
    flag_hours: int | None = None

    @property
    def named(self) -> tuple[str, ...]:
        """Name what is done, for the timeline: messages, reads, orders, work orders, flags."""
        done = (self.message, self.order, self.want, self.work_order, self.flag)
        return tuple(str(each) for each in done if each is not None)


@dataclass(frozen=True, slots=True)
class Pace:
    """How often a rule that stays fires while the account is in its state.

    First ``after_days`` business days after it came there, then each ``repeat_days`` (None: once), at most ``times``
    (None: without end). With ``again`` as often as its condition holds, which its own effect must end.
    """

    after_days: int = 0
    repeat_days: int | None = None
    times: int | None = None
    again: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. ``to`` None: it acts and the state stays. ``number`` tells the rules of one id apart, from 1."""

    id: str
    number: int
    source: frozenset[State]
    to: State | str | None
    when: Condition
    text: str
    effects: Effects = field(default_factory=Effects)
    pace: Pace = field(default_factory=Pace)

    @property
    def name(self) -> str:
        """Give the rule's name for people, e.g. ``T02.1``."""
        return f"{self.id}.{self.number}"

    @property
    def for_many(self) -> bool:
        """Whether the set-based run has every fact the rule asks for."""
        return all(spec.name in MANY for spec in facts_of(self.when))


@dataclass(frozen=True)
class RuleSet:
    """The rules in force, file's and program's together, in the order in which they are tried."""

    version: int
    rules: tuple[Rule, ...]

    @cached_property
    def by_state(self) -> Mapping[State, tuple[Rule, ...]]:
        """The rules that may fire in each state."""
        return {state: tuple(rule for rule in self.rules if state in rule.source) for state in State}

    @cached_property
    def by_name(self) -> Mapping[str, Rule]:
        """The rules by name."""
        return {rule.name: rule for rule in self.rules}


def ordered(rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
    """Sort rules into the order in which they are tried; within one id acts go before moves, then by number."""
    place = {move: at for at, move in enumerate(MOVES)}
    return tuple(sorted(rules, key=lambda rule: (place[rule.id], rule.number)))
