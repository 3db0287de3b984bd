"""Conditions: one tree, three readings of it."""

import contextlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import BigInteger, Column, MetaData, String, Table, create_engine, insert, select

from headend.store import OutOfBoundsError
from headend.strategy.conditions import (
    ConditionError,
    FactSpec,
    Kind,
    Lang,
    Vocabulary,
    criterion,
    facts_of,
    from_raw,
    parse,
    raw,
    sentence,
    truth,
)
from headend.strategy.conditions.facts import Raw

MARKS = ("G", "I", "E", "S", "C")

FACTS = Vocabulary(
    FactSpec("available", Kind.MONEY, "available balance", "可用余额", unit="yuan"),
    FactSpec("cut_at", Kind.MONEY, "cut threshold", "停电基准", unit="yuan"),
    FactSpec("days_left", Kind.COUNT, "days left", "可用天数", unit="d"),
    FactSpec("state_days", Kind.COUNT, "days in this state", "状态天数", unit="d"),
    FactSpec("sent", Kind.COUNT, "messages sent", "已发短信", unit="times"),
    FactSpec("quality", Kind.WORD, "reading quality", "示数质量", words=MARKS),
    FactSpec("love_care", Kind.FLAG, "love-care", "爱心档案"),
    FactSpec("protected", Kind.FLAG, "protected", "保电"),
    FactSpec("now", Kind.INSTANT, "now", "现在"),
    FactSpec("cut_time", Kind.INSTANT, "printed cut time", "通知停电时间"),
)


@dataclass
class Row:
    """Raw facts of one account."""

    values: dict[str, Raw] = field(default_factory=dict)

    def raw(self, spec: FactSpec) -> Raw:
        """Give a fact."""
        return self.values.get(spec.name)


yuan = st.integers(-500, 500).map(lambda fen: f"{Decimal(fen) / 100}")
orders = st.sampled_from(["<", "<=", "==", "!=", ">=", ">"])


def money() -> st.SearchStrategy[str]:
    """Texts of operands in yuan, with at least one fact."""
    return st.recursive(
        st.sampled_from(["available", "cut_at"]),
        lambda inner: st.one_of(
            st.tuples(inner, st.sampled_from(["+", "-"]), st.one_of(inner, yuan)).map(lambda t: f"({' '.join(t)})"),
            st.tuples(st.integers(-9, 9), inner).map(lambda t: f"({t[0]} * {t[1]})"),
        ),
        max_leaves=4,
    )


def days() -> st.SearchStrategy[str]:
    """Texts of operands in days."""
    return st.one_of(
        st.sampled_from(["days_left", "state_days"]),
        st.tuples(st.sampled_from(["days_left", "state_days"]), st.integers(-5, 5)).map(lambda t: f"({t[0]} - {t[1]})"),
    )


def conditions() -> st.SearchStrategy[str]:
    """Texts of whole conditions."""
    leaf = st.one_of(
        st.sampled_from(["true", "false", "love_care", "protected", "available is known", "quality is known"]),
        st.tuples(money(), orders, st.one_of(money(), yuan)).map(" ".join),
        st.tuples(days(), orders, st.one_of(days(), st.integers(-5, 5).map(str))).map(" ".join),
        st.tuples(st.just("now"), orders, st.just("cut_time")).map(" ".join),
        st.tuples(st.sampled_from(["==", "!="]), st.sampled_from(MARKS)).map(lambda t: f"quality {t[0]} '{t[1]}'"),
        st.sampled_from(["love_care == protected", "quality in ('G', 'I', 'C')", "sent in (0, 2)", "sent in (1,)"]),
    )
    return st.recursive(
        leaf,
        lambda inner: st.one_of(
            inner.map(lambda c: f"not ({c})"),
            st.tuples(st.lists(inner, min_size=2, max_size=3), st.sampled_from([" and ", " or "])).map(
                lambda t: "(" + t[1].join(t[0]) + ")"
            ),
        ),
        max_leaves=6,
    )


def raws(spec: FactSpec) -> st.SearchStrategy[Any]:
    """Raw values of a fact, unknown ones included, close together so that equality happens."""
    known: st.SearchStrategy[Any] = {
        Kind.FLAG: st.booleans(),
        Kind.WORD: st.sampled_from(spec.words or ("",)),
        Kind.INSTANT: st.integers(0, 2),
    }.get(spec.kind, st.integers(-5, 5) if spec.kind is Kind.COUNT else st.integers(-500, 500))
    return st.one_of(st.none(), known)


rows = st.fixed_dictionaries({name: raws(spec) for name, spec in FACTS.items()})

TABLE = Table(
    "facts",
    MetaData(),
    Column("id", BigInteger, primary_key=True),
    *(Column(name, String(1) if spec.kind is Kind.WORD else BigInteger) for name, spec in FACTS.items()),
)


@given(text=conditions(), facts=st.lists(rows, min_size=1, max_size=5))
def test_sql_and_python_agree(text: str, facts: list[dict[str, Raw]]) -> None:
    """For any condition and any facts, known or not, SQL gives the truth that Python gives."""
    tree = parse(text, FACTS)
    columns = {name: TABLE.c[name] for name in FACTS}
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        TABLE.create(connection)
        connection.execute(insert(TABLE), [{"id": i, **row} for i, row in enumerate(facts)])
        statement = select(criterion(tree, columns)).select_from(TABLE).order_by(TABLE.c.id)
        in_sql = list(connection.execute(statement).scalars())
    engine.dispose()
    assert in_sql == [truth(tree, Row(row)) for row in facts]


@given(text=conditions(), row=rows)
def test_sentence_names_every_fact(text: str, row: dict[str, Raw]) -> None:
    """Every fact that a condition looks at stands in its sentence, in both languages."""
    tree = parse(text, FACTS)
    for spec in facts_of(tree):
        assert spec.en in sentence(tree, Row(row), Lang.EN)
        assert spec.zh in sentence(tree, Row(row), Lang.ZH)


def test_values_go_in_as_binds() -> None:
    """No number or word of a condition stands in the SQL text: all of them are bind parameters."""
    tree = parse("3 * available < 47.11 and quality in ('G', 'C') and days_left != 4712", FACTS)
    compiled = criterion(tree, {name: TABLE.c[name] for name in FACTS}).compile()
    assert "471" not in str(compiled)
    assert "'" not in str(compiled)
    assert {3, 4711, 4712} <= {v for v in compiled.params.values() if isinstance(v, int)}


def test_sentence_shows_values() -> None:
    """The sentence tells the value and unit of each fact in the reader's language."""
    tree = parse("available < cut_at and quality in ('G', 'C') and not love_care", FACTS)
    row = Row({"available": -320, "cut_at": 0, "quality": "G"})
    assert sentence(tree, row, Lang.EN) == (
        "available balance [-3.20 yuan] < cut threshold [0.00 yuan] and "
        "reading quality [G] is one of (G, C) and not (love-care [unknown])"
    )
    assert sentence(tree, row, Lang.ZH) == (
        "可用余额 [-3.20元] < 停电基准 [0.00元]，且示数质量 [G]属于(G, C)，且并非（爱心档案 [未知]）"
    )


@pytest.mark.parametrize(
    ("text", "line", "column", "hint"),
    [
        ("", 1, 1, "write true"),
        ("availble < 3", 1, 1, "did you mean available?"),
        ("true and\n  availble < 3", 2, 3, "did you mean available?"),
        ("available = 3", 1, 11, "=="),
        ("available / 7 < 1", 1, 1, "multiply the other side"),
        ("available < 1.234", 1, 13, "two decimals"),
        ("days_left < 1.5", 1, 13, "whole number"),
        ("available < days_left", 1, 1, "same kind and unit"),
        ("sent < days_left", 1, 1, "same kind and unit"),
        ("quality == 'X'", 1, 12, "its words are: G, I, E, S, C"),
        ("quality < 'G'", 1, 1, "== or !="),
        ("quality in ('G')", 1, 13, "in ('G',)"),
        ("1 < 2", 1, 1, "name a fact"),
        ("0 < available < 3", 1, 1, "join two comparisons"),
        ("available", 1, 1, "available > 0"),
        ("available is not known", 1, 1, "write not"),
        ("available * cut_at < 1", 1, 1, "3 * next_cost"),
        ("1000000 * available < 1", 1, 1, "smaller factor"),
        ("now + cut_time < now", 1, 1, "only money and counts"),
        ('quality == "G"', 1, 12, "'single quotes'"),
        ("love_care # really", 1, 11, "outside of the condition"),
        ("available < 1e3", 1, 13, "use facts"),
        ("__import__('os')", 1, 1, "use facts"),
        ("love_care.real", 1, 1, "use facts"),
        ("[x for x in (1,)]", 1, 1, "use facts"),
        ("not " * 50 + "love_care", 1, 161, "split the rule"),
        ("(" * 300 + "love_care" + ")" * 300, 1, 201, "use facts"),
    ],
)
def test_refuses_what_is_not_in_the_language(text: str, line: int, column: int, hint: str) -> None:
    """Anything else is refused at load time, with line, column and what to write instead."""
    with pytest.raises(ConditionError) as caught:
        parse(text, FACTS)
    assert (caught.value.line, caught.value.column) == (line, column)
    assert hint in caught.value.hint


@given(text=st.text(max_size=60))
def test_never_fails_otherwise(text: str) -> None:
    """Any text gives a tree or a :class:`ConditionError`, and nothing else."""
    with contextlib.suppress(ConditionError):
        parse(text, FACTS)


@given(fen=st.integers(-(10**14), 10**14), ms=st.integers(0, 10**13), count=st.integers(-(10**9), 10**9))
def test_raw_forms_come_back(fen: int, ms: int, count: int) -> None:
    """A fact's raw form gives back the value it was made from, to the fen and millisecond."""
    instant = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)
    for name, value in (("available", Decimal(fen) / 100), ("now", instant), ("sent", count), ("love_care", True)):
        assert from_raw(FACTS[name], raw(FACTS[name], value)) == value


@pytest.mark.parametrize(
    ("name", "value"),
    [("available", Decimal("0.001")), ("sent", True), ("quality", "X"), ("now", datetime(2026, 9, 14))],  # noqa: DTZ001
)
def test_refuses_values_of_another_kind(name: str, value: Any) -> None:
    """A value that the fact's kind can't hold is an error at its source, never a wrong comparison."""
    with pytest.raises(OutOfBoundsError, match=name):
        raw(FACTS[name], value)
