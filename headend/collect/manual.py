"""Readings taken on site (现场抄表): through the same validation as any other, kept as a version of their own.

On site wins over afar. What a person has read is marked G where there was no reading, C where it corrects one (then a
photo shows it, and who read it is not who brings it in), I where the freeze is interpolated from what was shown later.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import select

from headend import archive
from headend.archive import NoPlaceError, Place, UnknownAccountError, UnknownStaffError
from headend.collect import findings, queries, tables
from headend.collect.clocks import last_errors
from headend.collect.duties import settle_duty
from headend.collect.energy import register_step
from headend.collect.handheld import BadRowError, HandRow, Row, Why, key_of, read_row
from headend.collect.model import FIRM, USABLE, Mark, Reading, Registers
from headend.collect.relays import open_since
from headend.collect.service import store_reading
from headend.collect.validation import (
    STAMP_TOLERANCE,
    Case,
    Finding,
    Found,
    Judgement,
    is_clock_off,
    judge,
    judge_live,
    midnight,
)
from headend.store import Fact, Tx, View, half_up

h = tables.handheld.c

ONSITE = "onsite"
ONE_DAY = timedelta(days=1)
DECIMALS = 4


UNJUDGED = Judgement(Mark.G, ())


class Outcome(StrEnum):
    """What became of a row."""

    TAKEN = "taken"  # the day had no reading
    CORRECTED = "corrected"  # it had another one
    CONFIRMED = "confirmed"  # it says what is known already
    KNOWN = "known"  # this very row has been imported before
    WAITS = "waits"  # a correction that a second person has to sign
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class RowResult:
    """What became of one row: the reading's version, or why it was not taken and what to do."""

    line: int
    outcome: Outcome
    account: str | None = None
    day: date | None = None
    version: int | None = None
    mark: Mark | None = None
    why: Why | None = None
    message: str = ""


@dataclass(frozen=True, slots=True)
class Importer:
    """Who brings a file in: the user, and which accounts they may see."""

    user: str
    sees: Callable[[int], bool]


@dataclass(frozen=True, slots=True)
class _Subject:
    """A row with the customer and the meter that it is about."""

    row: HandRow
    account: archive.Account
    place: Place
    meters: list[Place]


@dataclass(frozen=True, slots=True)
class _Plan:
    """What a row would do: the version to store, if any, and what was found about it."""

    outcome: Outcome
    registers: Registers | None = None
    mark: Mark = Mark.G
    reason: str = ""
    verdict: Judgement = UNJUDGED


def look_at_row(view: View, importer: Importer, line: int, row: Row) -> RowResult:
    """Tell what a row would do, and do nothing."""
    try:
        subject = _subject(view, importer, read_row(row))
        if _is_known(view, subject.row.key):
            return RowResult(line, Outcome.KNOWN, subject.account.no, subject.row.day)
        plan = _plan(view, importer, subject)
    except BadRowError as error:
        return RowResult(line, Outcome.BAD, row.get("account"), why=error.why, message=str(error))
    return RowResult(line, plan.outcome, subject.account.no, subject.row.day, None, plan.mark, message=plan.reason)


def take_row(tx: Tx, importer: Importer, file: str, line: int, row: Row) -> RowResult:
    """Take one row of a handheld's file, or note why not; the same row again changes nothing."""
    try:
        read = read_row(row)
    except BadRowError as error:
        return _refuse(tx, file, line, row, key_of(dict(row)), error)
    if _is_known(tx, read.key):
        return RowResult(line, Outcome.KNOWN, read.account, read.day)
    try:
        subject = _subject(tx, importer, read)
        tx.lock(subject.account.id)
        plan = _plan(tx, importer, subject)
    except BadRowError as error:
        if error.why is Why.ADDRESS:
            _note_mix_up(tx, read)
        return _refuse(tx, file, line, row, read.key, error)
    version = _carry_out(tx, subject, plan)
    kept = {"key": read.key, "file": file, "line": line, "row": dict(row), "outcome": plan.outcome.value}
    about = {"account": subject.account.id, "day": read.day, "version": version}
    tx.insert(tables.handheld, **kept, **about, why=None, **tx.stamp())
    mark = None if version is None else plan.mark
    return RowResult(line, plan.outcome, subject.account.no, read.day, version, mark, message=plan.reason)


def _subject(view: View, importer: Importer, row: HandRow) -> _Subject:
    account = _account(view, row)
    if not importer.sees(account.id):
        raise _nobody(row)
    try:
        place = archive.place(view, account.id, row.day)
    except NoPlaceError:
        raise BadRowError(Why.DAY, f"{account.no} had no meter on {row.day}; check the day") from None
    if row.meter is not None and place.address != row.meter:
        told = f"the meter of {account.no} is {place.address}, not {row.meter}"
        raise BadRowError(Why.ADDRESS, f"{told}; look at the plate once more, a case was opened")
    if row.day > view.today or (row.at is not None and row.at > view.now):
        raise BadRowError(Why.DAY, f"{row.at or row.day} has not come yet; check the handheld's clock")
    if row.day <= view.today - queries.LOOK_BACK * ONE_DAY:
        raise BadRowError(Why.DAY, f"{row.day} is more than {queries.LOOK_BACK} days ago; have the bill corrected")
    if place.since >= row.day:
        raise BadRowError(Why.DAY, f"the meter was installed on {place.since}; its readings begin the day after")
    return _Subject(row, account, place, archive.installations(view, place.point))


def _account(view: View, row: HandRow) -> archive.Account:
    if row.account is not None:
        try:
            return archive.find(view, row.account)
        except UnknownAccountError:
            raise _nobody(row) from None
    placed = archive.placements(row.day).subquery()
    found = view.scalar(select(placed.c.account).where(placed.c.address == row.meter).limit(1))
    if found is None:
        raise _nobody(row)
    return archive.account(view, found)


def _nobody(row: HandRow) -> BadRowError:
    who = f"account {row.account}" if row.account else f"meter {row.meter} on {row.day}"
    return BadRowError(Why.UNKNOWN, f"there is no {who}; check the number, `headend account list` lists them")


def _plan(view: View, importer: Importer, subject: _Subject) -> _Plan:
    row, point = subject.row, subject.place.point
    before = queries.last_good(view, point, row.day - ONE_DAY)
    known = queries.reading(view, point, row.day)
    if row.at is not None and abs(row.at - midnight(row.day)) > STAMP_TOLERANCE:
        return _plan_shown(view, importer, subject, row.at, before, known)
    verdict = judge(_case(view, subject, before))
    if verdict.mark is Mark.S and not _is_seen(known, row, verdict):
        raise _implausible(verdict.found)
    _fits_next(view, subject)
    if known is not None and _same(known, row.registers):
        if known.mark in FIRM:
            return _Plan(Outcome.CONFIRMED)
        if verdict.mark is Mark.S:
            _is_proven(view, importer, subject, known)
        elif row.reader:
            _is_known_reader(view, row)
        registers = Registers(row.registers.total, row.registers.tariffs or known.tariffs)
        return _Plan(Outcome.CORRECTED, registers, Mark.C, f"seen on site, was marked {known.mark}", verdict)
    if Finding.PERIOD_SUM in verdict.findings:
        raise _implausible(verdict.found)
    if known is None:
        return _Plan(Outcome.TAKEN, row.registers, Mark.G, "read on site", verdict)
    _is_proven(view, importer, subject, known)
    return _Plan(Outcome.CORRECTED, row.registers, Mark.C, f"read on site, was {known.total}", verdict)


def _clock_error(view: View, subject: _Subject) -> timedelta | None:
    account = subject.account.id
    return last_errors(view, [account]).get((account, subject.place.address))


def _is_seen(known: Reading | None, row: HandRow, verdict: Judgement) -> bool:
    """Tell whether the meter itself has told what a person saw on it: then it is no slip, however odd it is.

    A register that fell gives no energy whoever has seen it: that takes a new meter.
    """
    return known is not None and _same(known, row.registers) and Finding.FALL not in verdict.findings


def _case(view: View, subject: _Subject, before: Reading | None) -> Case:
    """Give what a freeze read on site is judged by: the same as one that came from afar, but for its stamp."""
    row, account, point = subject.row, subject.account, subject.place.point
    is_odd = before is not None and before.periods_suspect
    return Case(
        row.day,
        row.registers,
        stamp=None,
        before=before,
        meters=subject.meters,
        capacity_kw=account.capacity_kw,
        open_since=open_since(view, account.id),
        clock_error=_clock_error(view, subject),
        trusted=queries.last_trusted(view, point, row.day - ONE_DAY) if is_odd else None,
    )


def _plan_shown(
    view: View, importer: Importer, subject: _Subject, at: datetime, before: Reading | None, known: Reading | None
) -> _Plan:
    """Plan for registers that were shown during the day: the freeze of its 00:00 lies between the last and them."""
    row, capacity = subject.row, subject.account.capacity_kw
    if known is not None and known.mark in USABLE:
        if not judge_live(row.registers, at, known, subject.meters, capacity):
            return _Plan(Outcome.CONFIRMED)
        _is_proven(view, importer, subject, known)
    if before is None:
        told = "there is no good freeze before it to go by; read the freeze of a day off the meter, column `day`"
        raise BadRowError(Why.IMPLAUSIBLE, told)
    if found := judge_live(row.registers, at, before, subject.meters, capacity):
        raise _implausible(found)
    registers = _interpolated(subject, before, at)
    if is_clock_off(_clock_error(view, subject)):
        registers = Registers(registers.total)
    was = "" if known is None else f", was {known.total}"
    outcome = Outcome.TAKEN if known is None else Outcome.CORRECTED
    return _Plan(outcome, registers, Mark.I, f"between {before.day} and {row.registers.total} on site{was}")


def _interpolated(subject: _Subject, before: Reading, at: datetime) -> Registers:
    """Give the registers of the day's 00:00, in time between the last good freeze and what was shown."""
    row, start = subject.row, midnight(before.day)
    share = Decimal((midnight(row.day) - start).total_seconds()) / Decimal(int((at - start).total_seconds()))
    modulus = Decimal(10) ** subject.place.digits

    def between(first: Decimal, last: Decimal) -> Decimal:
        step = register_step(first, last, digits=subject.place.digits, most=modulus)
        return half_up(first + (step or Decimal(0)) * share, DECIMALS) % modulus

    pairs = zip(before.trusted.tariffs, row.registers.tariffs, strict=False)
    return Registers(between(before.total, row.registers.total), tuple(between(*pair) for pair in pairs))


def _fits_next(view: View, subject: _Subject) -> None:
    """Refuse what a later good freeze is below of: then one of the two is wrong, and it is not known which."""
    row = subject.row
    later = queries.readings_of(view, subject.place.point, row.day + ONE_DAY, row.day + queries.LOOK_BACK * ONE_DAY)
    following = next((later[day] for day in sorted(later) if later[day].mark in FIRM), None)
    if following is None or following.day <= subject.place.since:
        return
    this = Reading(row.day, subject.place.point, subject.account.id, 0, row.registers, Mark.G, None, "", view.now, None)
    case = Case(following.day, following.registers, None, this, subject.meters, subject.account.capacity_kw)
    if Finding.FALL in judge(case).findings:
        told = f"{row.registers.total} is above the freeze of {following.day}, {following.total}"
        raise BadRowError(Why.IMPLAUSIBLE, f"{told}; check the digits, or bring the later days' readings first")


def _is_proven(view: View, importer: Importer, subject: _Subject, known: Reading) -> None:
    """Refuse a correction that nothing shows, or that one person would both read and bring in (business rule 14)."""
    row = subject.row
    differs = f"the stored reading of {row.day} is {known.total}"
    if not row.photo:
        raise BadRowError(Why.NO_PROOF, f"{differs}; a correction needs the reference of a `photo`")
    if not row.reader or row.reader == importer.user:
        raise BadRowError(Why.NO_PROOF, f"{differs}; a correction needs a `reader` other than who imports it")
    _is_known_reader(view, row)
    if known.tariffs and not row.registers.tariffs:
        raise BadRowError(Why.NO_PROOF, f"{differs}, with period registers; give t1 to t4 too")


def _is_known_reader(view: View, row: HandRow) -> None:
    """Refuse a reader whom nobody knows: a correction has two people, not one and a name."""
    try:
        archive.staff(view, row.reader)
    except UnknownStaffError:
        told = f"nobody here has the user name {row.reader}"
        raise BadRowError(Why.NO_PROOF, f"{told}; write that of the member of staff who read it as `reader`") from None


def _implausible(found: tuple[Found, ...]) -> BadRowError:
    told = "; ".join(findings.RULES[one.kind].sentence.format_map(one.values) for one in found)
    return BadRowError(Why.IMPLAUSIBLE, f"{told}; check meter number and digits on the photo, and read it again")


def _same(known: Reading, registers: Registers) -> bool:
    return known.total == registers.total and registers.tariffs in {(), known.tariffs}


def _carry_out(tx: Tx, subject: _Subject, plan: _Plan) -> int | None:
    row, account, point = subject.row, subject.account.id, subject.place.point
    if plan.registers is None:
        return None
    stored = store_reading(
        tx,
        account,
        point,
        row.day,
        plan.registers,
        mark=plan.mark,
        source=ONSITE,
        stamp=row.at or midnight(row.day),
        reason=plan.reason[:200],
        evidence=row.photo or None,
        periods_suspect=plan.verdict.periods_suspect,
    )
    if stored is None:
        return None
    findings.note(tx, account, point, row.day, stored.version, plan.verdict.found)
    # an interpolated freeze is no freeze: the meter is still asked for its own
    is_late = plan.mark in FIRM and settle_duty(tx, account, point, row.day, firm=True)
    if is_late or row.day < tx.today or plan.mark is Mark.I:
        tx.changed(account, Fact.READING)
    return stored.version


def _note_mix_up(tx: Tx, row: HandRow) -> None:
    """Keep that somebody found another meter at a customer's than the archive has there."""
    account = _account(tx, row)
    place = archive.place(tx, account.id, row.day)
    values = {"told": str(row.meter), "archived": place.address}
    findings.note(tx, account.id, place.point, row.day, None, (Found(Finding.ADDRESS, values),))


def _refuse(tx: Tx, file: str, line: int, row: Row, key: str, error: BadRowError) -> RowResult:
    """Record a row that is not taken, once for each reason."""
    same = select(h.id).where(h.key == key, h.why == error.why.value, h.outcome == Outcome.BAD.value)
    if tx.scalar(same.limit(1)) is None:
        kept = {"key": key, "file": file, "line": line, "row": dict(row), "outcome": Outcome.BAD.value}
        tx.insert(tables.handheld, **kept, why=error.why.value, account=None, day=None, version=None, **tx.stamp())
    return RowResult(line, Outcome.BAD, row.get("account") or None, why=error.why, message=str(error))


def _is_known(view: View, key: str) -> bool:
    return view.scalar(select(h.id).where(h.key == key, h.outcome != Outcome.BAD.value).limit(1)) is not None
