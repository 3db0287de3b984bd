"""A condition's truth for one account, in Python."""

import operator
from collections.abc import Callable
from typing import Protocol

from headend.strategy.conditions.facts import FactSpec, Raw
from headend.strategy.conditions.tree import (
    Always,
    And,
    Arithmetic,
    Compare,
    Condition,
    FactRef,
    Holds,
    Known,
    Literal,
    Member,
    Not,
    Operand,
    Or,
    Order,
    Sign,
)

ORDERS: dict[Order, Callable[[int | str, int | str], bool]] = {
    Order.LT: operator.lt,
    Order.LE: operator.le,
    Order.EQ: operator.eq,
    Order.NE: operator.ne,
    Order.GE: operator.ge,
    Order.GT: operator.gt,
}

SIGNS: dict[Sign, Callable[[int, int], int]] = {
    Sign.PLUS: operator.add,
    Sign.MINUS: operator.sub,
    Sign.TIMES: operator.mul,
}


class Values(Protocol):
    """The raw facts of one account; a fact may be looked up when it is first asked for."""

    def raw(self, spec: FactSpec) -> Raw:
        """Give the raw form of a fact, ``None`` when it is unknown."""
        ...


def truth(node: Condition, values: Values) -> bool | None:  # noqa: PLR0911 - one per kind of node
    """Evaluate by three-valued logic: true, false, or ``None`` where unknown facts leave it open."""
    match node:
        case Always(value):
            return value
        case Holds(fact):
            held = values.raw(fact.spec)
            return None if held is None else bool(held)
        case Known(fact):
            return values.raw(fact.spec) is not None
        case Compare(order, left, right):
            a, b = _operand(left, values), _operand(right, values)
            return None if a is None or b is None else ORDERS[order](a, b)
        case Member(operand, listed):
            found = _operand(operand, values)
            return None if found is None else found in listed
        case Not(part):
            inner = truth(part, values)
            return None if inner is None else not inner
        case And(parts):
            return _first(parts, values, decides=False)
        case Or(parts):
            return _first(parts, values, decides=True)


def _first(parts: tuple[Condition, ...], values: Values, *, decides: bool) -> bool | None:
    """One part that has the deciding truth decides; else an unknown part leaves it open."""
    result: bool | None = not decides
    for part in parts:
        found = truth(part, values)
        if found is decides:
            return decides
        if found is None:
            result = None
    return result


def _operand(node: Operand, values: Values) -> int | str | None:
    match node:
        case Literal(value):
            return value
        case FactRef(spec):
            return values.raw(spec)
        case Arithmetic(sign, left, right):
            a, b = _operand(left, values), _operand(right, values)
            return None if a is None or b is None else SIGNS[sign](int(a), int(b))
