"""Errors of the strategy room.

::

    StrategyError
    ├── RuleError            a rule file can't be used
    │   ├── ConditionError   a condition's text is not in the language: line, column, hint
    │   └── RuleFileError    a rule asks for what no file can do, or says something unknown
    └── UnknownStateError    an account that was never enrolled has no state
"""


class StrategyError(Exception):
    """Something the strategy room refuses; the message names the thing and the mend."""


class RuleError(StrategyError):
    """A rule file can't be used."""


class ConditionError(RuleError):
    """A condition is not in the language.

    ``line`` and ``column`` count from 1 within the condition's text; ``hint`` says what to write instead.
    """

    def __init__(self, problem: str, *, line: int, column: int, hint: str) -> None:
        super().__init__(f"line {line}, column {column}: {problem}; {hint}")
        self.problem = problem
        self.line = line
        self.column = column
        self.hint = hint


class RuleFileError(RuleError):
    """A rule asks for what no file can do, or says something that nobody knows."""


class UnknownStateError(StrategyError):
    """An account that was never enrolled has no state; enrol it first."""
