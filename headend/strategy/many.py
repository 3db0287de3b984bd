"""One round of rules over a chunk, in SQL: transitions, states, messages of all accounts for which a rule holds.

The first rule that holds is found by one CASE in the order of the machine; the accounts that moved are looked at again
in the next round.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    String,
    Subquery,
    and_,
    case,
    func,
    literal,
    null,
    or_,
    select,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from headend import notify
from headend.notify import Wish
from headend.store import Instant, Tx
from headend.strategy import letters, queries, tables
from headend.strategy.conditions import criterion
from headend.strategy.conditions.facts import Raw
from headend.strategy.effects import BALANCE_MESSAGES, CUT_MESSAGES, FITTING, message_key
from headend.strategy.facts_many import FactView, days_since
from headend.strategy.machine import MESSAGES_AFTER_MASS_CHECK
from headend.strategy.model import Transition
from headend.strategy.rules import Rule, RuleSet

MOST_ROUNDS = 5

FOR_EVERYBODY = ("T06", "T05", "T03", "T02")
"""Moves that the run makes for everybody; the others are made by looks at single accounts."""

KEPT = ("comparison", "available", "reading_quality", "t1", "cut_at", *letters.MONEY, *letters.CHOICE)
"""Facts that each transition of a run keeps: what its rules looked at, and what its message shows."""

s = tables.account_state.c
t = tables.transition


class json_object(FunctionElement[Any]):  # noqa: N801 - named as the SQL function it is
    """Names and values in turn → a JSON object; named differently by the databases."""

    inherit_cache = True
    type = String()


@compiles(json_object)
def _sqlite(element: Any, compiler: Any, **kw: Any) -> str:
    return f"json_object({compiler.process(element.clauses, **kw)})"


@compiles(json_object, "postgresql")
def _postgresql(element: Any, compiler: Any, **kw: Any) -> str:
    return f"json_build_object({compiler.process(element.clauses, **kw)})"


def for_everybody(rules: RuleSet) -> list[Rule]:
    """Give the rules that the run fires for everybody."""
    return [rule for rule in rules.rules if rule.id in FOR_EVERYBODY and rule.for_many]


def holding(view: FactView, rules: Sequence[Rule], today: date, *which: ColumnElement[bool]) -> Subquery:
    """Select the accounts for which a rule holds: account, source, target, rule, number, facts (a JSON object)."""
    place = case(*((_holds(view, rule, today), literal(at)) for at, rule in enumerate(rules)), else_=null())
    facts = json_object(*(part for name in KEPT for part in (literal(name), view.columns[name])))
    columns = (s.account, s.state.label("source"), facts.label("facts"), place.label("place"))
    found = select(*columns).select_from(view.source).where(view.within, *which).subquery("found")
    f = found.c

    def by_rule(values: Iterable[ColumnElement[Any]], name: str) -> ColumnElement[Any]:
        return case(*((f.place == at, value) for at, value in enumerate(values))).label(name)

    rule = by_rule((literal(rule.id) for rule in rules), "rule")
    number = by_rule((literal(rule.number, Integer) for rule in rules), "number")
    target = by_rule((f.source if rule.to is None else literal(str(rule.to)) for rule in rules), "target")
    return select(f.account, f.source, target, rule, number, f.facts).where(f.place.is_not(None)).subquery("holding")


def _holds(view: FactView, rule: Rule, today: date) -> ColumnElement[bool]:
    states = s.state.in_(sorted(state.value for state in rule.source))
    parts = [states, criterion(rule.when, view.columns)]
    return and_(*parts, _turn_has_come(rule, today)) if rule.to is None else and_(*parts)


def _turn_has_come(rule: Rule, today: date) -> ColumnElement[bool]:
    """Say in SQL whether a rule that stays may act again: see :class:`~headend.strategy.rules.Pace`."""
    pace = rule.pace
    done = t.alias(f"done_{rule.id}_{rule.number}".lower())
    same = (done.c.account == s.account) & (done.c.rule == rule.id) & (done.c.number == rule.number)
    in_state = same & (done.c.id > s.transition)
    count = select(func.count()).select_from(done).where(in_state).scalar_subquery()
    last = select(func.max(done.c.at)).where(in_state).scalar_subquery()
    first_time = (count == 0) & (days_since(s.since, today) >= pace.after_days)
    if pace.repeat_days is None:
        return first_time
    often = [count < pace.times] if pace.times is not None else []
    return or_(first_time, and_(count > 0, days_since(last, today) >= pace.repeat_days, *often))


@dataclass(frozen=True, slots=True)
class Round:
    """A round of a run over a chunk. ``after``: only accounts with a transition of this run beyond it (0: all)."""

    tx: Tx
    view: FactView
    rules: RuleSet
    run: int
    after: int

    def fire(self) -> list[Transition]:
        """Let the first rule that holds fire for each account; give the transitions."""
        before = int(self.tx.scalar(select(func.coalesce(func.max(t.c.id), 0))))
        moved = select(t.c.account).where(t.c.run == self.run, t.c.id > self.after)
        which = [s.account.in_(moved)] if self.after else []
        h = holding(self.view, for_everybody(self.rules), self.tx.today, *which).c
        stamp = self.tx.stamp()
        values: dict[str, Any] = {
            "run": literal(self.run, BigInteger),
            "rule_set": literal(self.rules.version, BigInteger),
            "at": literal(stamp["at"], Instant),
            "actor": literal(stamp["actor"]),
            "cause": literal(stamp["cause"], String),
        }
        values |= {name: h[name] for name in ("account", "source", "target", "rule", "number", "facts")}
        self.tx.execute(t.insert().from_select(list(values), select(*values.values()).order_by(h.account)))
        made = queries.transitions_of_run(self.tx, self.run, after=before)
        if made:
            self._move(before)
            self._tell(made)
        return made

    def _move(self, before: int) -> None:
        """Move the states, guarded by the state that each transition began in."""
        made = (t.c.run == self.run) & (t.c.id > before) & (t.c.source != t.c.target)
        same = (t.c.account == s.account) & (t.c.source == s.state)
        changes = {"state": t.c.target, "since": t.c.at, "transition": t.c.id}
        self.tx.execute(tables.account_state.update().where(made, same).values(**changes))

    def _tell(self, made: Sequence[Transition]) -> None:
        """Put the messages of the transitions, type by type, and expire those that they have overtaken."""
        for transition in made:
            if transition.moved:
                stale = (BALANCE_MESSAGES | CUT_MESSAGES) - FITTING.get(transition.target, frozenset())
                notify.expire(self.tx, transition.account, stale, transition.rule)
        wishes: dict[str, list[Wish]] = {}
        for transition in made:
            wanted = self.rules.by_name[transition.name].effects.message
            held = wanted in MESSAGES_AFTER_MASS_CHECK
            template = None if wanted is None or held else letters.template_for(transition.facts, wanted)
            if template is not None:
                wishes.setdefault(template, []).append(self._wish(template, transition))
        for template, wanted_by in sorted(wishes.items()):
            notify.put_many(self.tx, template, wanted_by)

    def _wish(self, template: str, transition: Transition) -> Wish:
        facts: dict[str, Raw] = dict(transition.facts)
        staff = letters.staff_value(self.tx, transition.account, template)
        values = letters.money_values(facts) | staff
        return Wish(transition.account, values, message_key(template, transition.id))
