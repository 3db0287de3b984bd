"""The typed tree of a condition. The parser alone makes it, so whatever walks it needs no checks."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from headend.strategy.conditions.facts import FactSpec, Kind


class Order(StrEnum):
    """Comparisons."""

    LT = "<"
    LE = "<="
    EQ = "=="
    NE = "!="
    GE = ">="
    GT = ">"


class Sign(StrEnum):
    """Arithmetic on whole numbers; there is no division, as −7/2 is −3 in SQL and −4 in Python."""

    PLUS = "+"
    MINUS = "-"
    TIMES = "*"


@dataclass(frozen=True, slots=True)
class FactRef:
    """A fact of the account."""

    spec: FactSpec

    @property
    def kind(self) -> Kind:
        """Kind of the fact."""
        return self.spec.kind

    @property
    def unit(self) -> str:
        """Unit of the fact."""
        return self.spec.unit

    @property
    def bound(self) -> int:
        """Largest raw magnitude."""
        return self.spec.bound


@dataclass(frozen=True, slots=True)
class Literal:
    """A number or word of the condition, already in raw form of the kind it is compared or combined with."""

    value: int | str
    kind: Kind
    unit: str

    @property
    def bound(self) -> int:
        """Raw magnitude."""
        return abs(self.value) if isinstance(self.value, int) else 0


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """A sum, difference or product in raw whole numbers; of a product one side is a plain number."""

    sign: Sign
    left: "Operand"
    right: "Operand"
    kind: Kind
    unit: str

    @property
    def bound(self) -> int:
        """Largest raw magnitude that can come out."""
        left, right = self.left.bound, self.right.bound
        return left * right if self.sign is Sign.TIMES else left + right


Operand = FactRef | Literal | Arithmetic


@dataclass(frozen=True, slots=True)
class Always:
    """``true`` or ``false``."""

    value: bool


@dataclass(frozen=True, slots=True)
class Holds:
    """A fact that is itself true or false."""

    fact: FactRef


@dataclass(frozen=True, slots=True)
class Compare:
    """Two operands of the same kind and unit in an order."""

    order: Order
    left: Operand
    right: Operand


@dataclass(frozen=True, slots=True)
class Member:
    """An operand that is one of the listed raw values."""

    operand: Operand
    values: tuple[int | str, ...]


@dataclass(frozen=True, slots=True)
class Known:
    """A fact that is known; this alone is never unknown."""

    fact: FactRef


@dataclass(frozen=True, slots=True)
class Not:
    """The contrary."""

    part: "Condition"


@dataclass(frozen=True, slots=True)
class And:
    """All of them."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Or:
    """At least one of them."""

    parts: tuple["Condition", ...]


Condition = Always | Holds | Compare | Member | Known | Not | And | Or


def facts_of(node: Condition | Operand) -> Iterator[FactSpec]:
    """Give the facts a tree looks at, in the order of the text; a fact that is named twice comes twice."""
    match node:
        case FactRef(spec):
            yield spec
        case Holds(fact) | Known(fact):
            yield fact.spec
        case Compare(_, left, right) | Arithmetic(_, left, right):
            yield from facts_of(left)
            yield from facts_of(right)
        case Member(operand):
            yield from facts_of(operand)
        case Not(part):
            yield from facts_of(part)
        case And(parts) | Or(parts):
            for part in parts:
                yield from facts_of(part)
        case Literal() | Always():
            return
