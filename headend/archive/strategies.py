"""The numbers of a strategy (费控方案): per class from ``strategies.toml``, per account where it has its own."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from sqlalchemy import Row, Select, case, func, literal, or_, select

from headend.archive import tables
from headend.archive.errors import ArchiveFormatError, NoNumbersError
from headend.archive.model import ClassStrategy, CutMode, Numbers, RestoreMode
from headend.archive.queries import account
from headend.store import ConflictError, Fact, Tx, View

Money = Annotated[Decimal, Field(decimal_places=2, max_digits=12)]

COLUMNS = ("t1", "t2", "cut_at", "restore_at", "cut_mode", "restore_mode", "notice_hours", "approver")

n = tables.strategy_numbers.c


class _ClassRow(BaseModel):
    """One ``[[class]]`` of a strategy file. Amounts are strings, so that no binary fraction gets in."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    code: str = Field(pattern=r"^[A-Z][0-9]?c?$", max_length=4)
    who: str
    valid_from: date
    t1: Money
    t2: Money
    cut_at: Money | None = None
    restore_at: Money | None = None
    cut_mode: CutMode
    restore_mode: RestoreMode
    notice_hours: int = Field(ge=0, le=360)
    approver: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _no_fractions(cls, raw: Mapping[str, Any]) -> Mapping[str, Any]:
        for key, value in raw.items():
            if isinstance(value, float):
                raise ValueError(f'{key} = {value} is a binary fraction; write it in quotes: {key} = "{value}"')  # noqa: TRY004 - pydantic collects ValueErrors
        return raw

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.t1 <= self.t2:
            raise ValueError(f"t1 {self.t1} must be above t2 {self.t2}")
        if (self.cut_at is None) != (self.cut_mode is CutMode.NEVER):
            raise ValueError("a class has cut_at exactly if its cut_mode is not never")
        if (self.cut_at is None) != (self.restore_at is None):
            raise ValueError("cut_at and restore_at come together")
        if self.cut_at is not None and self.restore_at is not None:
            if self.t2 < self.cut_at:
                raise ValueError(f"t2 {self.t2} must not be below cut_at {self.cut_at}")
            if self.restore_at < self.cut_at:
                raise ValueError(f"restore_at {self.restore_at} must not be below cut_at {self.cut_at}")
        if self.cut_mode is not CutMode.NEVER and self.approver is None:
            raise ValueError("a class that may be cut names the approver who signs when a cut needs a signature")
        return self


def parse_strategies(document: Mapping[str, Any]) -> tuple[ClassStrategy, ...]:
    """Read the parsed ``strategies.toml``.

    Raises :class:`ArchiveFormatError` that names the class and each fault in it; a strategy file is taken whole or
    not at all.
    """
    found, faults = [], []
    for index, raw in enumerate(document.get("class", [])):
        try:
            row = _ClassRow.model_validate(raw)
        except ValidationError as error:
            name = raw.get("code", index + 1) if isinstance(raw, Mapping) else index + 1
            faults += [f"class {name}, {'.'.join(map(str, e['loc'])) or 'row'}: {e['msg']}" for e in error.errors()]
        else:
            values = row.model_dump(exclude={"code", "who", "valid_from"})
            found.append(ClassStrategy(Numbers(class_code=row.code, **values), row.valid_from))
    if unknown := set(document) - {"class"}:
        faults.append(f"unknown keys {', '.join(sorted(unknown))}; a strategy file holds [[class]] tables")
    if faults:
        raise ArchiveFormatError("; ".join(faults))
    return tuple(found)


def load_strategies(tx: Tx, strategies: Iterable[ClassStrategy]) -> int:
    """Store the numbers of classes; give how many were new.

    A class's first numbers may begin on any day; later ones begin tomorrow at the soonest, as a strategy never acts
    backwards. Raises :class:`ConflictError` where a stored version would change.
    """
    new = 0
    for strategy in strategies:
        code, start = strategy.numbers.class_code, strategy.valid_from
        stored = tx.all(select(n.valid_from, *(n[c] for c in COLUMNS)).where(n.class_code == code, n.account.is_(None)))
        same_day = next((row for row in stored if row.valid_from == start), None)
        if same_day is not None:
            if _numbers(same_day, code) != strategy.numbers:
                raise ConflictError(f"class {code} has other numbers from {start}; give the change a later valid_from")
            continue
        if stored and start <= tx.today:
            raise ConflictError(f"class {code}: new numbers from {start} would act backwards; begin after {tx.today}")
        _store(tx, strategy.numbers, start, account_id=None)
        new += 1
    return new


def set_numbers(tx: Tx, account_id: int, own: Numbers, valid_from: date) -> None:
    """Give an account numbers of its own (策略更改) from a day on: tomorrow at the soonest.

    The desk has them approved by a second person. Raises :class:`ConflictError` if they would act backwards, or
    replace others of the same day.
    """
    tx.lock(account_id)
    if valid_from <= tx.today:
        raise ConflictError(f"numbers from {valid_from} would act backwards; begin after {tx.today}")
    same_day = _current(account_id, own.class_code, valid_from).where(n.valid_from == valid_from)
    stored = tx.one(same_day.where(n.account.is_not(None)))
    if stored is None:
        _store(tx, own, valid_from, account_id=account_id)
        tx.changed(account_id, Fact.ARCHIVE)
    elif _numbers(stored, own.class_code) != own:
        raise ConflictError(f"account id {account_id} has other numbers from {valid_from}; choose a later day")


def numbers(view: View, account_id: int, day: date) -> Numbers:
    """Give the numbers that hold for an account on a day: its own before those of its class.

    Own numbers of another class than the account's are void (the class has changed since). Raises
    :class:`NoNumbersError`.
    """
    code = account(view, account_id).class_code
    row = view.all(_current(account_id, code, day).limit(1))
    if not row:
        raise NoNumbersError(f"class {code} has no numbers for {day}; load a strategy file that holds it")
    return _numbers(row[0], code)


def baselines(day: date) -> Select[tuple[object, ...]]:
    """Give a selectable keyed by ``account``: every open account with the numbers that hold on ``day``.

    Columns: account, no, class_code, price_code, area, stage, enrolled, relation_verified, cut_before, sim (0/1 as
    booleans), agreement_valid (0/1), and those of :class:`Numbers`. An account whose class has no numbers is left out:
    nothing may be decided about it.
    """
    a, unit, g = tables.account.c, tables.unit.c, tables.agreement.c
    own = _newest(n.account, day, n.account.is_not(None))
    of_class = _newest(n.class_code, day, n.account.is_(None))
    covers = (g.signed <= day) & or_(g.ends.is_(None), g.ends >= day)
    agreed = select(g.id).where(g.account == a.id, covers).exists()
    columns = (a.no, a.class_code, a.price_code, a.enrolled, a.relation_verified, a.cut_before, a.sim)
    valid_own = own.c.class_code == a.class_code
    return (
        select(a.id.label("account"), *columns, unit.id.label("area"), unit.stage)
        .add_columns(case((agreed, literal(1)), else_=literal(0)).label("agreement_valid"), *(n[c] for c in COLUMNS))
        .join(unit.id.table, a.unit == unit.id)
        .outerjoin(own, (own.c.key == a.id) & valid_own)
        .outerjoin(of_class, of_class.c.key == a.class_code)
        .join(n.id.table, n.id == func.coalesce(own.c.id, of_class.c.id))
        .where(or_(a.closed.is_(None), a.closed > day))
    )


def _newest(key: Any, day: date, which: Any) -> Any:
    """Select, per key, the row whose validity began last by ``day``."""
    place = func.row_number().over(partition_by=key, order_by=n.valid_from.desc()).label("place")
    ranked = select(n.id, key.label("key"), n.class_code, place).where(which, n.valid_from <= day).subquery()
    return select(ranked.c.id, ranked.c.key, ranked.c.class_code).where(ranked.c.place == 1).subquery()


def _current(account_id: int, code: str, day: date) -> Select[tuple[object, ...]]:
    """Select the numbers that may hold for an account, own ones and newest first."""
    return (
        select(n.valid_from, *(n[c] for c in COLUMNS))
        .where(n.class_code == code, n.valid_from <= day, or_(n.account == account_id, n.account.is_(None)))
        .order_by(n.account.is_(None), n.valid_from.desc())
    )


def _numbers(row: Row[Any], code: str) -> Numbers:
    stored = row._asdict()
    values = {c: stored[c] for c in COLUMNS}
    modes = {"cut_mode": CutMode(row.cut_mode), "restore_mode": RestoreMode(row.restore_mode)}
    return Numbers(class_code=code, **{**values, **modes})


def _store(tx: Tx, what: Numbers, valid_from: date, *, account_id: int | None) -> None:
    values = {c: getattr(what, c) for c in COLUMNS}
    modes = {"cut_mode": what.cut_mode.value, "restore_mode": what.restore_mode.value}
    row = {**values, **modes, "class_code": what.class_code, "account": account_id, "valid_from": valid_from}
    tx.insert(tables.strategy_numbers, **row)
