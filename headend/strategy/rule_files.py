"""Rule files: TOML → rules, refusing whatever no file can do.

A file decides who is reminded, warned, proposed and noticed, and when. The moves that order a cut, follow the relay,
protect or give back power are ``fixed.toml`` inside this package; its ``[[frame]]`` tables put a condition and
effects around every rule of a move, which no file can loosen.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from headend.archive import FlagKind
from headend.strategy.conditions import Always, And, Condition, parse
from headend.strategy.errors import ConditionError, RuleFileError
from headend.strategy.machine import MOVES, Move, State
from headend.strategy.rules import COMPARED, Effects, Order, Pace, Propose, Rule, RuleSet, Want, ordered
from headend.strategy.vocabulary import FACTS
from headend.work import OrderKind

FILE_MESSAGES = r"^S0[1-5]$"
"""Messages a file may send: about the balance. Those about a cut and a restore belong to the program."""

Row = TypeVar("Row", bound=BaseModel)

Days = Annotated[int, Field(ge=0, le=365)]


class _FileRow(BaseModel):
    """What a rule in a file may say."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    id: str
    source: list[str] = Field(alias="from", min_length=1)
    to: str | None = None
    when: str
    message: str | None = Field(None, pattern=FILE_MESSAGES)
    work_order: str | None = None
    hold_hours: Annotated[int, Field(ge=1, le=24 * 366)] | None = None
    after_days: Days = 0
    repeat_days: Days | None = None
    times: Annotated[int, Field(ge=1)] | None = None

    def effects(self) -> dict[str, Any]:
        """Give what the rule has done."""
        hold = {"flag": FlagKind.HOLD, "flag_hours": self.hold_hours} if self.hold_hours else {}
        return {"message": self.message, "work_order": self.work_order and OrderKind(self.work_order), **hold}


class _FrameRow(BaseModel):
    """What the program puts around the rules of a move."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = ""
    when: str = "true"
    message: str | None = None
    propose: Propose | None = None
    cancel: bool = False
    void: bool = False
    order: Order | None = None
    want: Want | None = None
    work_order: OrderKind | None = None
    flag: FlagKind | None = None
    flag_hours: int | None = None

    def effects(self) -> dict[str, Any]:
        """Give what is done."""
        return {name: getattr(self, name) for name in Effects.__dataclass_fields__}


class _FixedRow(_FrameRow):
    """What a rule inside the program may say."""

    source: list[str] = Field(alias="from")
    to: str | None = None
    again: bool = False
    after_days: Days = 0
    repeat_days: Days | None = None
    times: int | None = None


@dataclass(frozen=True, slots=True)
class _Frame:
    when: Condition
    text: str
    effects: Effects

    def around(self, rule: Rule) -> Rule:
        """Put the condition and the effects around a rule of a file."""
        effects = _joined(rule.effects, self.effects)
        if isinstance(self.when, Always):
            return replace(rule, effects=effects)
        both = f"({rule.text}) and ({self.text})"
        return replace(rule, when=And((rule.when, self.when)), text=both, effects=effects)


@dataclass(frozen=True, slots=True)
class _Package:
    rules: tuple[Rule, ...]
    frames: Mapping[str, _Frame]


def parse_file(text: str) -> Mapping[str, Any]:
    """Parse the TOML of a rule file. Raises :class:`RuleFileError`."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise RuleFileError(f"the rule file is not valid TOML: {error}") from error


def read_rules(document: Mapping[str, Any], version: int = 0) -> RuleSet:
    """Read a parsed rule file and put the program's own rules around it.

    Raises :class:`RuleFileError`, naming rule, key and mend, for anything the file may not say.
    """
    package = _package()
    own = []
    for name, row, move in _rows(document):
        if move.reserved or not move.by_rule:
            whose = "is part of the program" if move.reserved else "is an act of people at the desk"
            raise RuleFileError(f"{name}: {move.id} ({move.what}) {whose}; no file may hold it")
        rule = _rule(name, _checked(name, _FileRow, row), move)
        frame = package.frames.get(move.id)
        own.append(rule if frame is None else frame.around(rule))
    return RuleSet(version, ordered((*own, *package.rules)))


@cache
def _package() -> _Package:
    """Read the rules and frames inside the program."""
    document = tomllib.loads(resources.files("headend.strategy").joinpath("fixed.toml").read_text(encoding="utf-8"))
    frames = {}
    for row in document["frame"]:
        frame = _checked(f"frame {row['id']}", _FrameRow, row)
        frames[frame.id] = _Frame(parse(frame.when, FACTS), frame.when, Effects(**frame.effects()))
    rules = [_rule(name, _checked(name, _FixedRow, row), move) for name, row, move in _named(document["rule"])]
    return _Package(tuple(rules), frames)


def _rows(document: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any], Move]]:
    rows = document.get("rule")
    if document.keys() != {"rule"} or not isinstance(rows, list):
        raise RuleFileError("a rule file holds [[rule]] tables and nothing else")
    yield from _named(rows)


def _named(rows: list[Any]) -> Iterator[tuple[str, dict[str, Any], Move]]:
    """Give each row with its name (``T02.1``) and its move."""
    seen: dict[str, int] = {}
    for place, row in enumerate(rows, start=1):
        key = row.get("id") if isinstance(row, dict) else None
        move = MOVES.get(key) if isinstance(key, str) else None
        if move is None:
            raise RuleFileError(f"rule {place}: there is no move {key!r}; the ids are T01 to T37")
        seen[move.id] = seen.get(move.id, 0) + 1
        yield f"{move.id}.{seen[move.id]}", row, move


def _checked(name: str, model: type[Row], row: dict[str, Any]) -> Row:
    try:
        return model.model_validate(row)
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise RuleFileError(f"{name}: {faults}") from error


def _rule(name: str, row: _FileRow | _FixedRow, move: Move) -> Rule:
    try:
        condition = parse(row.when, FACTS)
        effects = Effects(**row.effects())
    except ConditionError as error:
        raise RuleFileError(f"{name}: when: {error}") from error
    except ValueError as error:
        kinds = ", ".join(OrderKind)
        raise RuleFileError(f"{name}: work_order: {error}; the kinds are {kinds}") from error
    source = _states(name, "from", row.source)
    to = None if row.to is None else _target(name, row, move)
    allowed = move.stays if to is None else move.source
    if source - allowed:
        wrong = ", ".join(sorted(source - allowed))
        raise RuleFileError(f"{name}: {move.id} {'acts in' if to is None else 'leaves'} no {wrong}; {_states_of(move)}")
    again = isinstance(row, _FixedRow) and row.again
    pace = Pace(row.after_days, row.repeat_days, row.times, again)
    if to is not None and pace != Pace():
        raise RuleFileError(f"{name}: only a rule without `to` is repeated; drop after_days, repeat_days and times")
    return Rule(move.id, int(name.partition(".")[2]), source, to, condition, row.when, effects, pace)


def _target(name: str, row: _FileRow | _FixedRow, move: Move) -> State | str:
    if row.to == COMPARED and isinstance(row, _FixedRow):
        return COMPARED
    (target,) = _states(name, "to", [str(row.to)])
    if target not in move.target:
        raise RuleFileError(f"{name}: {move.id} does not go to {target}; {_states_of(move)}")
    return target


def _states(name: str, key: str, words: list[str]) -> frozenset[State]:
    try:
        return frozenset(State(word) for word in words)
    except ValueError as error:
        raise RuleFileError(f"{name}: {key}: {error}; the states are {', '.join(State)}") from error


def _states_of(move: Move) -> str:
    parts = (("from", move.source), ("to", move.target), ("acts in", move.stays))
    listed = (f"{word} {', '.join(sorted(states))}" for word, states in parts if states)
    return f"the machine has it {'; '.join(listed)}"


def _joined(own: Effects, around: Effects) -> Effects:
    """Join a file's effects with the program's, which go first where both name one."""
    names = Effects.__dataclass_fields__
    return Effects(**{name: getattr(around, name) or getattr(own, name) for name in names})
