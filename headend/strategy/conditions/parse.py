"""From a condition's text to its tree.

The words are read by Python's own expression parser, of which a few node types are let through, so that precedence,
parentheses and positions are those everybody knows; nothing of the text is ever run.
"""

import ast
import difflib
import re
from collections.abc import Sequence
from decimal import Decimal

from headend.strategy.conditions import tree
from headend.strategy.conditions.facts import FactSpec, Kind, Vocabulary
from headend.strategy.conditions.tree import Condition, Operand, Order, Sign
from headend.strategy.errors import ConditionError

LONGEST = 2_000
"""Characters a condition may have: deeper nesting than fits into them nobody can read."""

DEEPEST = 40
"""Levels a tree may have: beyond them the parser, SQL compilers and readers give up."""

LARGEST = 2**63 - 1

LARGEST_LITERAL = 10**12

STRAY = re.compile(r"[#\\\"`@$%&^~;:{}\[\]]|\*\*|//|(?<![<>=!])=(?!=)|(?<![A-Za-z0-9_.])\.?[0-9][0-9.]*[A-Za-z_]")
"""What a Python parser would take (comments, escapes, other numbers) and this language does not."""

ORDERS: dict[type[ast.cmpop], Order] = {
    ast.Lt: Order.LT,
    ast.LtE: Order.LE,
    ast.Eq: Order.EQ,
    ast.NotEq: Order.NE,
    ast.GtE: Order.GE,
    ast.Gt: Order.GT,
}

SIGNS: dict[type[ast.operator], Sign] = {ast.Add: Sign.PLUS, ast.Sub: Sign.MINUS, ast.Mult: Sign.TIMES}

STRAY_HINTS = {
    '"': "put words into 'single quotes'",
    "#": "comments stand outside of the condition",
    "=": "two things are compared by ==",
}

GRAMMAR_HINT = "use facts, numbers, 'words', < <= == != >= >, and / or / not, in (…), is known, + - *"


def parse(text: str, vocabulary: Vocabulary) -> Condition:
    """Parse a condition over the facts of ``vocabulary``.

    Raises :class:`ConditionError` with line, column and hint for anything that is not in the language.
    """
    return _Parser(text, vocabulary).condition()


class _Parser:
    """One text; holds it for positions."""

    def __init__(self, text: str, vocabulary: Vocabulary) -> None:
        self._text = text
        self._vocabulary = vocabulary
        self._start = len(text) - len(text.lstrip())
        self._flat = re.sub(r"\s", " ", text.strip())

    def condition(self) -> Condition:
        """Parse the whole text."""
        if not self._flat:
            raise self._error("the condition is empty", 0, "write true for a rule that always holds")
        if len(self._text) > LONGEST:
            raise self._error(f"the condition is longer than {LONGEST} characters", 0, "split the rule in two")
        if stray := STRAY.search(self._flat):
            raise self._error(f"{stray.group()!r} is not in the language", stray.start(), _stray_hint(stray.group()))
        try:
            body = ast.parse(self._flat, mode="eval").body
        except SyntaxError as error:
            raise self._error(f"not a condition ({error.msg})", (error.offset or 1) - 1, GRAMMAR_HINT) from error
        except (RecursionError, MemoryError) as error:
            raise self._error("too deeply nested", 0, "split the rule in two") from error
        return self._truth(body, DEEPEST)

    def _error(self, problem: str, at: int | ast.expr, hint: str) -> ConditionError:
        if isinstance(at, ast.expr):
            at = len(self._flat.encode()[: at.col_offset].decode())
        before = self._text[: self._start + at]
        line = before.count("\n") + 1
        return ConditionError(problem, line=line, column=len(before) - (before.rfind("\n") + 1) + 1, hint=hint)

    def _deeper(self, node: ast.expr, depth: int) -> int:
        if depth == 0:
            raise self._error(f"nested deeper than {DEEPEST} levels", node, "split the rule in two")
        return depth - 1

    def _truth(self, node: ast.expr, depth: int) -> Condition:
        depth = self._deeper(node, depth)
        match node:
            case ast.BoolOp(ast.And(), parts):
                return tree.And(tuple(self._truth(p, depth) for p in parts))
            case ast.BoolOp(ast.Or(), parts):
                return tree.Or(tuple(self._truth(p, depth) for p in parts))
            case ast.UnaryOp(ast.Not(), part):
                return tree.Not(self._truth(part, depth))
            case ast.Name("true" | "false" as word):
                return tree.Always(word == "true")
            case ast.Name(name):
                fact = self._fact(node, name)
                if fact.kind is not Kind.FLAG:
                    raise self._error(f"{name} is no truth value", node, f"compare it, e.g. {_example(fact)}")
                return tree.Holds(tree.FactRef(fact))
            case ast.Compare(left, [order], [right]):
                return self._comparison(node, left, order, right, depth)
            case ast.Compare():
                raise self._error("comparisons don't chain", node, "join two comparisons by and")
            case _:
                raise self._error("this gives no truth value", node, GRAMMAR_HINT)

    def _comparison(self, node: ast.expr, left: ast.expr, order: ast.cmpop, right: ast.expr, depth: int) -> Condition:
        match order:
            case ast.Is():
                return self._known(left, right)
            case ast.In():
                return self._member(left, right, depth)
            case ast.IsNot() | ast.NotIn():
                raise self._error(
                    "'is not' and 'not in' are not in the language", node, "write not (… is known / in …)"
                )
        a, b = self._pair(left, right, depth)
        if a.kind in {Kind.FLAG, Kind.WORD} and not isinstance(order, (ast.Eq, ast.NotEq)):
            raise self._error(f"a {a.kind.value} has no order", node, "use == or !=")
        return tree.Compare(ORDERS[type(order)], a, b)

    def _known(self, left: ast.expr, right: ast.expr) -> Condition:
        if not isinstance(right, ast.Name) or right.id != "known":
            raise self._error("only 'known' may follow 'is'", right, "write: … is known")
        if not isinstance(left, ast.Name):
            raise self._error("only a fact can be known", left, "name a fact before 'is known'")
        return tree.Known(tree.FactRef(self._fact(left, left.id)))

    def _member(self, left: ast.expr, right: ast.expr, depth: int) -> Condition:
        if isinstance(right, ast.Constant):
            raise self._error("a list of one needs a comma", right, "write in ('G',)")
        if not isinstance(right, ast.Tuple) or not right.elts:
            raise self._error("a list of words or numbers must follow 'in'", right, "write e.g. in ('G', 'I')")
        operand = self._operand(left, depth)
        if isinstance(operand, _Bare):
            raise self._error("a list is searched for a fact", left, "name a fact before 'in'")
        values = tuple(self._value(e, operand) for e in right.elts)
        return tree.Member(operand, values)

    def _value(self, node: ast.expr, like: Operand) -> int | str:
        found = self._operand(node, 1)
        if not isinstance(found, _Bare):
            raise self._error("a list holds words or numbers", node, "compare with a fact by ==")
        return self._settle(node, found, like).value

    def _pair(self, left: ast.expr, right: ast.expr, depth: int) -> tuple[Operand, Operand]:
        """Two operands of one kind and unit; a bare number or word takes those of the other side."""
        a, b = self._operand(left, depth), self._operand(right, depth)
        if isinstance(a, _Bare) and isinstance(b, _Bare):
            raise self._error("two fixed values side by side", left, "name a fact on one side")
        if isinstance(a, _Bare):
            assert not isinstance(b, _Bare)
            return self._settle(left, a, b), b
        if isinstance(b, _Bare):
            return a, self._settle(right, b, a)
        if (a.kind, a.unit) != (b.kind, b.unit):
            raise self._error(
                f"{_named(a)} and {_named(b)} don't go together", left, "both sides need the same kind and unit"
            )
        if isinstance(a, tree.FactRef) and isinstance(b, tree.FactRef) and set(a.spec.words) != set(b.spec.words):
            raise self._error(
                f"{a.spec.name} and {b.spec.name} have other words", left, "compare each with its own words"
            )
        return a, b

    def _operand(self, node: ast.expr, depth: int) -> "Operand | _Bare":
        depth = self._deeper(node, depth)
        match node:
            case ast.Name(name):
                return tree.FactRef(self._fact(node, name))
            case ast.Constant(str() as word):
                return _Bare(word)
            case ast.Constant(bool()):
                raise self._error("truth values are written small", node, "write true or false")
            case ast.Constant(int() | float()):
                return _Bare(Decimal(ast.get_source_segment(self._flat, node) or "0"))
            case ast.UnaryOp(ast.USub(), ast.Constant(int() | float()) as number) if not isinstance(number.value, bool):
                return _Bare(-Decimal(ast.get_source_segment(self._flat, number) or "0"))
            case ast.BinOp(left, sign, right) if type(sign) in SIGNS:
                return self._arithmetic(node, left, SIGNS[type(sign)], right, depth)
            case ast.BinOp(_, ast.Div()):
                raise self._error(
                    "there is no division", node, "multiply the other side: 3 * next_cost instead of … / 3"
                )
            case _:
                raise self._error("this is no value", node, GRAMMAR_HINT)

    def _arithmetic(self, node: ast.expr, left: ast.expr, sign: Sign, right: ast.expr, depth: int) -> Operand:
        if sign is Sign.TIMES:
            a, b = self._operand(left, depth), self._operand(right, depth)
            if isinstance(a, _Bare) == isinstance(b, _Bare):
                raise self._error("a product is a plain number times a fact", node, "write e.g. 3 * next_cost")
            factor, operand = (a, b) if isinstance(a, _Bare) else (b, a)
            assert isinstance(factor, _Bare)
            assert not isinstance(operand, _Bare)
            number = self._whole(node, factor)
            parts: Sequence[Operand] = (tree.Literal(number, Kind.COUNT, ""), operand)
            kind, unit = operand.kind, operand.unit
        else:
            parts = self._pair(left, right, depth)
            kind, unit = parts[0].kind, parts[0].unit
        if kind not in {Kind.MONEY, Kind.COUNT}:
            raise self._error(f"a {kind.value} can't be reckoned with", node, "only money and counts can")
        result = tree.Arithmetic(sign, parts[0], parts[1], kind, unit)
        if result.bound > LARGEST:
            raise self._error("the result might not fit into 63 bits", node, "use a smaller factor")
        return result

    def _settle(self, node: ast.expr, bare: "_Bare", like: Operand) -> tree.Literal:
        """Give a bare value the kind and unit of what it stands beside."""
        value = bare.value
        if like.kind is Kind.WORD and isinstance(value, str):
            assert isinstance(like, tree.FactRef)
            if value not in like.spec.words:
                words = ", ".join(like.spec.words)
                raise self._error(f"{like.spec.name} is never {value!r}", node, f"its words are: {words}")
            return tree.Literal(value, Kind.WORD, "")
        if like.kind is Kind.COUNT and isinstance(value, Decimal):
            return tree.Literal(self._whole(node, bare), Kind.COUNT, like.unit)
        if like.kind is Kind.MONEY and isinstance(value, Decimal):
            fen = self._bounded(node, value).scaleb(2)
            if fen != int(fen):
                raise self._error(f"{value} yuan has parts of a fen", node, "write at most two decimals")
            return tree.Literal(int(fen), Kind.MONEY, like.unit)
        raise self._error(f"{value} can't stand beside {_named(like)}", node, "both sides need the same kind")

    def _whole(self, node: ast.expr, bare: "_Bare") -> int:
        value = bare.value
        if isinstance(value, str) or value % 1:
            raise self._error(f"{value} is no whole number", node, "write a whole number")
        return int(self._bounded(node, value))

    def _bounded(self, node: ast.expr, value: Decimal) -> Decimal:
        if abs(value) > LARGEST_LITERAL:
            raise self._error("the number is too large", node, f"write at most {LARGEST_LITERAL}")
        return value

    def _fact(self, node: ast.expr, name: str) -> FactSpec:
        if name in self._vocabulary:
            return self._vocabulary[name]
        near = difflib.get_close_matches(name, self._vocabulary, n=1)
        hint = f"did you mean {near[0]}?" if near else f"the facts are: {', '.join(sorted(self._vocabulary))}"
        raise self._error(f"there is no fact {name}", node, hint)


class _Bare:
    """A number or word that has no kind yet."""

    __slots__ = ("value",)

    def __init__(self, value: Decimal | str) -> None:
        self.value = value


def _named(operand: Operand) -> str:
    unit = f" in {operand.unit}" if operand.unit else ""
    name = operand.spec.name if isinstance(operand, tree.FactRef) else "the value"
    return f"{name} ({operand.kind.value}{unit})"


def _example(fact: FactSpec) -> str:
    return f"{fact.name} == '{fact.words[0]}'" if fact.words else f"{fact.name} > 0"


def _stray_hint(stray: str) -> str:
    return STRAY_HINTS.get(stray, GRAMMAR_HINT)
