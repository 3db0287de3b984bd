"""The strategy room's SQL that reads: states, transitions, rules in force, runs."""

import json
from collections.abc import Collection
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Row, Select, func, select

from headend.store import View
from headend.strategy import tables
from headend.strategy.errors import RuleFileError, UnknownStateError
from headend.strategy.machine import State
from headend.strategy.model import AccountState, Transition
from headend.strategy.rule_files import read_rules
from headend.strategy.rules import RuleSet

s = tables.account_state.c
t = tables.transition.c

_TRANSITION = tuple(t[name] for name in Transition.__dataclass_fields__)


def find_state(view: View, account: int) -> AccountState | None:
    """Give the state of an account; None if it was never enrolled."""
    row = view.one(select(tables.account_state).where(s.account == account))
    return None if row is None else AccountState(**{**row._asdict(), "state": State(row.state)})


def state(view: View, account: int) -> AccountState:
    """Give the state of an account. Raises :class:`UnknownStateError` for one that was never enrolled."""
    found = find_state(view, account)
    if found is None:
        raise UnknownStateError(f"account id {account} has no state; enrol it first")
    return found


def states() -> Select[tuple[object, ...]]:
    """Give a selectable keyed by ``account`` (every enrolled account): account, state, since."""
    return select(s.account, s.state, s.since)


def counts(view: View) -> dict[State, int]:
    """Count the accounts in each state."""
    rows = view.all(select(s.state, func.count().label("number")).group_by(s.state))
    return {State(row.state): row.number for row in rows}


def transition(view: View, number: int) -> Transition:
    """Give a transition by its id."""
    row = view.one(select(*_TRANSITION).where(t.id == number))
    if row is None:
        raise LookupError(f"there is no transition {number}")
    return _transition(row)


def transitions(view: View, account: int, *, since: datetime | None = None) -> list[Transition]:
    """Give the moves and acts of an account, oldest first."""
    where = [t.account == account] if since is None else [t.account == account, t.at >= since]
    return [_transition(row) for row in view.all(select(*_TRANSITION).where(*where).order_by(t.id))]


def transitions_of_day(view: View, start: datetime, end: datetime) -> list[Transition]:
    """Give everybody's moves and acts in [start, end), oldest first."""
    rows = view.all(select(*_TRANSITION).where(t.at >= start, t.at < end).order_by(t.id))
    return [_transition(row) for row in rows]


def transitions_of_run(view: View, run: int, *, after: int) -> list[Transition]:
    """Give what a run did after a transition, oldest first."""
    rows = view.all(select(*_TRANSITION).where(t.run == run, t.id > after).order_by(t.id))
    return [_transition(row) for row in rows]


def last_move(view: View, account: int, targets: Collection[State]) -> Transition | None:
    """Give the newest move of an account into one of the states."""
    into = t.target.in_([target.value for target in targets])
    found = select(*_TRANSITION).where(t.account == account, into, t.source != t.target)
    row = view.one(found.order_by(t.id.desc()).limit(1))
    return None if row is None else _transition(row)


def acts(view: View, account: int, rule: str, number: int, *, after: int) -> list[datetime]:
    """Give when a rule that stays acted for an account, after a transition."""
    these = (t.account == account) & (t.rule == rule) & (t.number == number) & (t.id > after)
    return [row.at for row in view.all(select(t.at).where(these).order_by(t.id))]


def last_act(view: View, account: int, rules: Collection[tuple[str, int]], *, after: int) -> datetime | None:
    """Give when one of some rules last fired for an account, after a transition."""
    found: list[datetime] = [at for rule, number in rules for at in acts(view, account, rule, number, after=after)]
    return max(found, default=None)


def number_of(view: View, account: int, rule: str, *, after: int) -> int:
    """Count how often the moves of an id were made for an account, after a transition."""
    these = (t.account == account) & (t.rule == rule) & (t.id > after) & (t.source != t.target)
    return int(view.scalar(select(func.count()).select_from(tables.transition).where(these)))


def compared(view: View, day: date, account: int, phase: str) -> bool:
    """Tell whether a phase of a day's run has come past an account."""
    r = tables.run.c
    covers = (r.first_account <= account) & (r.last_account >= account)
    return view.scalar(select(r.id).where(r.day == day, r.phase == phase, covers).limit(1)) is not None


def in_force(view: View) -> RuleSet:
    """Give the rules in force. Raises :class:`RuleFileError` where none were ever applied."""
    version = newest_version(view)
    if version is None:
        raise RuleFileError("no rules are in force; apply a rule file")
    return rules_of(view, version)


def newest_version(view: View) -> int | None:
    """Give the version of the rules in force; None where none were ever applied."""
    newest: int | None = view.scalar(select(func.max(tables.rule_set.c.id)))
    return newest


def rules_of(view: View, version: int) -> RuleSet:
    """Give a rule set by its version. Raises :class:`RuleFileError`."""
    return _parsed(version, rules_content(view, version))


def rules_content(view: View, version: int) -> str:
    """Give a rule set's content as canonical JSON. Raises :class:`RuleFileError`."""
    row = view.one(select(tables.rule_set.c.content).where(tables.rule_set.c.id == version))
    if row is None:
        raise RuleFileError(f"there is no rule set {version}")
    return str(row.content)


@lru_cache(maxsize=8)
def _parsed(version: int, content: str) -> RuleSet:
    """Parse a rule set once per process: its row never changes."""
    return read_rules(json.loads(content), version)


def _transition(row: Row[Any]) -> Transition:
    return Transition(**{**row._asdict(), "source": State(row.source), "target": State(row.target)})
