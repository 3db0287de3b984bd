"""A course as it is read, and what became of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from protocols.dissection import Words
from simulators.bench import MeterWish
from simulators.errors import ScenarioError
from simulators.script.conditions import Condition

__all__ = [
    "Act",
    "Check",
    "Choose",
    "Course",
    "Outcome",
    "Placed",
    "Result",
    "Say",
    "ScriptError",
    "Step",
    "Verdict",
    "Wait",
]


class ScriptError(ScenarioError):
    """A course that cannot be run; ``problems`` are lines, counted from 1, with what is wrong and what would do."""

    def __init__(self, name: str, problems: Sequence[tuple[int, str]]) -> None:
        super().__init__("\n".join(f"{name}:{line}: {text}" for line, text in problems))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Say:
    """Tell the trainee something."""

    words: Words


@dataclass(frozen=True, slots=True)
class Act:
    """Do something to a meter or to its wire, by the words of ``metersim act``."""

    name: str
    arguments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Wait:
    """Let time pass."""

    span: timedelta


@dataclass(frozen=True, slots=True)
class Check:
    """Wait for something to hold, so long at most; if it does not, one that ``stops`` ends the course."""

    condition: Condition
    within: timedelta
    stops: bool


@dataclass(frozen=True, slots=True)
class Choose:
    """Have the trainee choose the one right answer to a question."""

    question: Words
    choices: tuple[str, ...]
    right: str


Step = Say | Act | Wait | Check | Choose


@dataclass(frozen=True, slots=True)
class Placed:
    """A step and where it stands."""

    line: int
    text: str
    step: Step

    @property
    def counts(self) -> bool:
        """Whether the trainee passes or misses it."""
        return isinstance(self.step, Check | Choose)


@dataclass(frozen=True, slots=True)
class Course:
    """The whole of it: at least one meter, the first of which is meant where none is named."""

    name: str
    title: Words
    meters: tuple[MeterWish, ...]
    steps: tuple[Placed, ...]


class Outcome(StrEnum):
    """What became of a step that counts."""

    PASSED = "passed"
    MISSED = "missed"
    LEFT = "not reached"


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one, and after how long."""

    placed: Placed
    outcome: Outcome
    took: timedelta = timedelta()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of all that count, in their order."""

    results: tuple[Result, ...]

    def count(self, outcome: Outcome) -> int:
        """Count those that ended so."""
        return sum(result.outcome is outcome for result in self.results)

    @property
    def good(self) -> bool:
        """Whether all were passed."""
        return all(result.outcome is Outcome.PASSED for result in self.results)
