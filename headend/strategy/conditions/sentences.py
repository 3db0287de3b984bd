"""A condition as a sentence for people, with the values it looked at, in English and Chinese."""

from datetime import datetime
from enum import StrEnum

from headend.store import BUSINESS_ZONE
from headend.strategy.conditions.evaluate import Values
from headend.strategy.conditions.facts import FactSpec, Kind, Raw, from_raw
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
)


class Lang(StrEnum):
    """Language of a sentence."""

    EN = "en"
    ZH = "zh"


WORDS: dict[Lang, dict[str, str]] = {
    Lang.EN: {
        "and": " and ",
        "or": " or ",
        "not": "not ({})",
        "in": "{} is one of {}",
        "known": "{} is known",
        "unknown": "unknown",
        "true": "yes",
        "false": "no",
        "always": "always",
        "never": "never",
    },
    Lang.ZH: {
        "and": "，且",
        "or": "，或",
        "not": "并非（{}）",
        "in": "{}属于{}",
        "known": "{}已知",
        "unknown": "未知",
        "true": "是",
        "false": "否",
        "always": "总是",
        "never": "从不",
    },
}

UNITS_ZH = {"yuan": "元", "h": "小时", "min": "分钟", "d": "天", "times": "次"}

ORDERS = {"<": "<", "<=": "≤", "==": "=", "!=": "≠", ">=": "≥", ">": ">"}


def shown(spec: FactSpec, value: Raw, lang: Lang) -> str:
    """Give a fact's value with its unit, e.g. ``-3.20 yuan``, ``未知``, ``09-16 09:00``."""
    words = WORDS[lang]
    found = from_raw(spec, value)
    if found is None:
        return words["unknown"]
    if isinstance(found, bool):
        return words["true"] if found else words["false"]
    if isinstance(found, datetime):
        return found.astimezone(BUSINESS_ZONE).strftime("%m-%d %H:%M")
    return _with_unit(str(found), spec.unit, lang)


def sentence(node: Condition, values: Values, lang: Lang) -> str:  # noqa: PLR0911 - one per kind of node
    """Say what the condition asks, with the account's values beside the names of the facts."""
    words = WORDS[lang]
    match node:
        case Always(value):
            return words["always" if value else "never"]
        case Holds(fact):
            return _fact(fact.spec, values, lang)
        case Known(fact):
            return words["known"].format(_fact(fact.spec, values, lang))
        case Compare(order, left, right):
            return f"{_operand(left, values, lang)} {ORDERS[order]} {_operand(right, values, lang)}"
        case Member(operand, listed):
            shown_list = ", ".join(_literal(v, operand.kind, operand.unit, lang) for v in listed)
            return words["in"].format(_operand(operand, values, lang), f"({shown_list})")
        case Not(part):
            return words["not"].format(sentence(part, values, lang))
        case And(parts):
            return words["and"].join(_grouped(p, values, lang) for p in parts)
        case Or(parts):
            return words["or"].join(_grouped(p, values, lang) for p in parts)


def _grouped(node: Condition, values: Values, lang: Lang) -> str:
    text = sentence(node, values, lang)
    return f"({text})" if isinstance(node, And | Or) else text


def _fact(spec: FactSpec, values: Values, lang: Lang) -> str:
    label = spec.en if lang is Lang.EN else spec.zh
    return f"{label} [{shown(spec, values.raw(spec), lang)}]"


def _operand(node: Operand, values: Values, lang: Lang) -> str:
    match node:
        case Literal(value, kind, unit):
            return _literal(value, kind, unit, lang)
        case FactRef(spec):
            return _fact(spec, values, lang)
        case Arithmetic(sign, left, right):
            return f"({_operand(left, values, lang)} {sign.value} {_operand(right, values, lang)})"


def _literal(value: int | str, kind: Kind, unit: str, lang: Lang) -> str:
    if isinstance(value, str):
        return value
    if kind is Kind.MONEY:
        sign, fen = ("-" if value < 0 else ""), abs(value)
        return _with_unit(f"{sign}{fen // 100}.{fen % 100:02d}", unit, lang)
    return _with_unit(str(value), unit, lang)


def _with_unit(text: str, unit: str, lang: Lang) -> str:
    if not unit:
        return text
    return f"{text} {unit}" if lang is Lang.EN else f"{text}{UNITS_ZH.get(unit, unit)}"
