"""A condition as SQL: SQLAlchemy Core over a selectable that has a column per fact. Values go in as binds only."""

import operator
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, String, and_, false, literal, not_, or_, true, type_coerce

from headend.strategy.conditions.facts import Kind
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

OPERATORS: dict[Order | Sign, Callable[[Any, Any], Any]] = {
    Order.LT: operator.lt,
    Order.LE: operator.le,
    Order.EQ: operator.eq,
    Order.NE: operator.ne,
    Order.GE: operator.ge,
    Order.GT: operator.gt,
    Sign.PLUS: operator.add,
    Sign.MINUS: operator.sub,
    Sign.TIMES: operator.mul,
}

Columns = Mapping[str, ColumnElement[Any]]
"""Fact name → its column, raw: fen, counts, milliseconds, words; flags as 0 and 1."""


def criterion(node: Condition, columns: Columns) -> ColumnElement[bool]:  # noqa: PLR0911 - one per kind of node
    """Give the condition as a boolean SQL expression; NULL is an unknown fact.

    Raises ``KeyError`` for a fact without a column: ask :func:`~headend.strategy.conditions.facts_of` first.
    """
    match node:
        case Always(value):
            return true() if value else false()
        case Holds(fact):
            return type_coerce(columns[fact.spec.name], BigInteger) != 0
        case Known(fact):
            return columns[fact.spec.name].is_not(None)
        case Compare(order, left, right):
            result: ColumnElement[bool] = OPERATORS[order](_operand(left, columns), _operand(right, columns))
            return result
        case Member(operand, listed):
            return _operand(operand, columns).in_(listed)
        case Not(part):
            return not_(criterion(part, columns))
        case And(parts):
            return and_(*(criterion(part, columns) for part in parts))
        case Or(parts):
            return or_(*(criterion(part, columns) for part in parts))


def _operand(node: Operand, columns: Columns) -> ColumnElement[Any]:
    match node:
        case Literal(value):
            return literal(value, String() if isinstance(value, str) else BigInteger())
        case FactRef(spec):
            return type_coerce(columns[spec.name], String() if spec.kind is Kind.WORD else BigInteger())
        case Arithmetic(sign, left, right):
            result: ColumnElement[Any] = OPERATORS[sign](_operand(left, columns), _operand(right, columns))
            return result
