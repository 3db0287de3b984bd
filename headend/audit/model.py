"""What a self-check (自检) finds, as values."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any, Self

from headend.audit.errors import TruthError
from headend.store import View

SHOWN = 50
"""Offending rows that a report repeats; their number is always told."""

OPEN, CLOSED = "open", "closed"

Row = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Paid:
    """A payment that somebody outside saw accepted."""

    account: str
    serial: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Truth:
    """What is physically true, as only a laboratory knows it: relays by meter address, payments that were accepted.

    ``open`` tells whether the contact is open, whatever the meter was told.
    """

    open: Mapping[str, bool]
    payments: tuple[Paid, ...] = ()

    @classmethod
    def read(cls, document: object) -> Self:
        """Read ``{"meters": {address: {"open": bool}, …}, "payments": [{"account", "serial", "amount"}, …]}``.

        Raises :class:`TruthError`.
        """
        try:
            assert isinstance(document, Mapping)
            meters = {str(address): _is_open(meter["open"]) for address, meter in document["meters"].items()}
            payments = tuple(
                Paid(str(p["account"]), str(p["serial"]), Decimal(str(p["amount"])))
                for p in document.get("payments", ())
            )
        except (AssertionError, AttributeError, KeyError, TypeError, ValueError, InvalidOperation) as error:
            raise TruthError(f"this is no truth file: {type(error).__name__} {error}") from error
        return cls(meters, payments)


def _is_open(word: object) -> bool:
    if not isinstance(word, bool):
        raise TypeError(f"open is true or false, not {word!r}")
    return word


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found: the rows that offend, and how many were looked at."""

    looked_at: int
    rows: Sequence[Row]


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that must hold, in a sentence, and how to find what offends it."""

    id: str
    sentence: str
    find: Callable[[View, Truth | None], Finding]


@dataclass(frozen=True, slots=True)
class Result:
    """A check that was made."""

    check: Check
    finding: Finding

    @property
    def ok(self) -> bool:
        """Whether nothing offends."""
        return not self.finding.rows

    def document(self) -> dict[str, Any]:
        """Give it as plain JSON."""
        rows = [{name: _text(value) for name, value in row.items()} for row in self.finding.rows[:SHOWN]]
        looked, offend = self.finding.looked_at, len(self.finding.rows)
        detail = f"{looked} looked at" if self.ok else f"{offend} of {looked} offend, such as {rows[0]}"
        return {
            "id": self.check.id,
            "name": self.check.sentence,
            "ok": self.ok,
            "detail": detail,
            "looked_at": looked,
            "rows": rows,
        }


@dataclass(frozen=True, slots=True)
class Report:
    """A whole self-check: the checks, and the figures of the time since the first day."""

    results: tuple[Result, ...]
    figures: Mapping[str, Any] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether everything holds."""
        return all(result.ok for result in self.results)

    def document(self) -> dict[str, Any]:
        """Give it as plain JSON: ``{"ok", "checks": […], "figures": {…}}``."""
        return {"ok": self.ok, "checks": [result.document() for result in self.results], "figures": dict(self.figures)}


def _text(value: object) -> object:
    return value if value is None or isinstance(value, bool | int | str) else str(value)
