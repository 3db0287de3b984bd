"""The estimation (测算): everybody chunk by chunk in the morning, one account when something about it has changed.

Days in this face are business days: the run of D computes the energy day D-1, up to the freeze of D.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from decimal import Decimal

from headend import archive, collect
from headend.collect import FIRM, USABLE, Finding, Found, Mark, Reading
from headend.settle import bills, feerows, loading, prices, tables, writing
from headend.settle.errors import NotEstimatedError, SettleError
from headend.settle.feerows import LOOK_BACK, StoredDay
from headend.settle.habits import WINDOW
from headend.settle.loading import Chunk
from headend.settle.roll import Freeze, Start, Unpriced
from headend.settle.subjects import Setting, Subject, setting, subjects
from headend.settle.writing import Outcome
from headend.store import Fact, Tx

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class RunCounts:
    """What a run came to, by mark of the newest day: good (G, C), interpolated, estimated; and who failed."""

    good: int = 0
    interpolated: int = 0
    estimated: int = 0
    failed: int = 0

    @property
    def accounts(self) -> int:
        """How many accounts the run was about."""
        return self.good + self.interpolated + self.estimated + self.failed


def estimate_chunk(tx: Tx, day: date, accounts: range) -> RunCounts:
    """Estimate the accounts of a range in the run of the business day ``day``.

    An account whose day is there already, from the present reading, is left as it is: the same chunk may be run
    again. One that can't be estimated is recorded with the reason; the others go on.
    """
    energy_day = day - ONE_DAY
    shared = setting(tx)
    everyone = subjects(tx, accounts, energy_day)
    if not everyone:
        return RunCounts()
    tx.lock_range(accounts)
    writing.open_balances(tx, [s.account for s in everyone])
    points = [s.place.point for s in everyone if s.place is not None]
    span = range(min(points), max(points) + 1) if points else range(0)
    chunk = loading.load_chunk(tx, shared, accounts, span, energy_day)
    outcomes: list[Outcome] = []
    failures: list[tuple[int, str]] = []
    for subject in everyone:
        try:
            found = _ordinary(tx, shared, subject, chunk, energy_day)
            outcomes += [] if found is None else [found]
        except SettleError as error:
            failures.append((subject.account, str(error)))
    _store(tx, outcomes)
    bills.accrue_late(tx, bills.indebted(tx, accounts), day)
    for account, reason in failures:
        _note_failure(tx, day, account, reason)
    return _note_run(tx, day, accounts, failed=len(failures))


def estimate_one(tx: Tx, account: int, day: date) -> bool:
    """Estimate one account again, from the freeze of ``day`` to its newest day; tell whether anything changed.

    For a reading that came late or was corrected, and for a meter change. Days the run has not reached stay open.
    Raises :class:`NotEstimatedError` for an account without a day.
    """
    tx.lock(account)
    newest = feerows.newest_day(tx, account, tx.today)
    subject = next(iter(subjects(tx, range(account, account + 1), newest or day)), None)
    if newest is None or subject is None:
        raise NotEstimatedError(f"account id {account} has no estimated day yet; the next run makes it")
    if day > newest + ONE_DAY:
        return False
    outcome = _again(tx, setting(tx), subject, changed=day, until=newest + ONE_DAY)
    _store(tx, [] if outcome is None else [outcome])
    return outcome is not None and bool(outcome.days)


def refresh(tx: Tx, account: int) -> bool:
    """Look at the readings of an account and estimate it again from the first one that its days don't know.

    What the worker does with a mark of this room. Tells whether anything changed; where the account can't be
    estimated, that is recorded with the reason.
    """
    tx.lock(account)
    newest = feerows.newest_day(tx, account, tx.today)
    if newest is None:
        return False
    try:
        point = archive.place(tx, account, newest).point
        changed = _first_change(tx, point, account, newest)
        return changed is not None and estimate_one(tx, account, changed)
    except (SettleError, archive.NoPlaceError) as error:
        _note_failure(tx, tx.today, account, str(error))
        return False


def _ordinary(tx: Tx, shared: Setting, subject: Subject, chunk: Chunk, day: date) -> Outcome | None:
    """Compute one more day of an account from what the chunk has read, where that is enough.

    None if the day is there, or before the account's opening.
    """
    if subject.opening is not None and subject.opening.cycle_start > day:
        return None
    if subject.place is None:
        raise NotEstimatedError("no meter is installed; record its installation")
    account, point = subject.account, subject.place.point
    before, present, end = chunk.before.get(account), chunk.present.get(account), _usable(chunk.ends.get(point))
    if present is not None and present.day.reading == (None if end is None else end.version):
        return None
    if present is not None or before is None:
        return _again(tx, shared, subject, changed=day + ONE_DAY, until=day + ONE_DAY)
    begin = _follow(before, _usable(chunk.starts.get(point)), end, subject.place.since)
    if begin is None:
        return _again(tx, shared, subject, changed=day, until=day + ONE_DAY)
    habits = chunk.habits.get(account, ())
    course = loading.course(
        tx,
        shared,
        subject,
        meters=[subject.place],
        habits=habits if len(habits) == WINDOW else tuple(collect.good_days(tx, point, day)),
        codes={},
        dark=chunk.dark.get(account, frozenset()),
        day=day,
    )
    rolled = course.roll(begin, () if end is None else (end,), day + ONE_DAY)
    return writing.outcome(account, begin, {}, rolled, course.next_cost(rolled))


def _follow(before: StoredDay, start: Freeze | None, end: Freeze | None, installed: date) -> Start | None:
    """Begin at the end of the day before, if nothing older has to be looked at.

    That is so if the day goes on being estimated, or if both its freezes are there and from the same meter.
    """
    last = before.day
    if end is None:
        return Start(last.after, last.last or last.first, last.fee)
    if start is None or last.reading != start.version or installed >= start.day:
        return None
    return Start(last.after, start, last.fee)


def _again(tx: Tx, shared: Setting, subject: Subject, *, changed: date, until: date) -> Outcome | None:
    """Compute an account again from the last usable freeze before ``changed`` up to the freeze of ``until``.

    None if the account opens later.
    """
    if subject.place is None or subject.opening is None:
        raise NotEstimatedError("no meter or no opening is in the archive; import the account's row again")
    first = changed - LOOK_BACK * ONE_DAY
    stored = feerows.days_of(tx, shared.book, subject.account, first, until - ONE_DAY)
    start = loading.find_start(tx, subject, stored, changed)
    if start.opening and subject.opening.cycle_start < first:
        stored = feerows.days_of(tx, shared.book, subject.account, subject.opening.cycle_start, until - ONE_DAY)
        start = loading.find_start(tx, subject, stored, changed)
    if start.standing.day >= until:
        return None
    course = loading.one_course(tx, shared, subject, stored, start.standing.day)
    found = loading.freezes(tx, subject.place.point, start.standing.day, until)
    rolled = course.roll(start, found, until)
    return writing.outcome(subject.account, start, stored, rolled, course.next_cost(rolled))


def _store(tx: Tx, outcomes: Sequence[Outcome]) -> None:
    """Store outcomes. A change of a day that was there before is told; a new day is looked at by the comparison."""
    writing.store_days(tx, outcomes)
    writing.move_estimates(tx, [bills.correct_settled(tx, outcome) for outcome in outcomes])
    for outcome in outcomes:
        if outcome.days and not outcome.fresh:
            tx.changed(outcome.account, Fact.FEE)
        for one in outcome.unpriced:
            _note_unpriced(tx, outcome.account, one)


def _note_unpriced(tx: Tx, account: int, one: Unpriced) -> None:
    """Note beside a reading why no fee follows from it."""
    freeze = one.freeze
    periods = ", ".join(f"{period.value} {kwh.normalize():f}" for period, kwh in one.kwh.items())
    kwh = sum(one.kwh.values(), Decimal(0)).normalize()
    values = {"kwh": f"{kwh:f}", "periods": periods, "price": one.price}
    point = archive.place(tx, account, freeze.day).point
    collect.note_once(tx, account, point, freeze.day, freeze.version, Found(Finding.UNPRICED, values))


def _note_run(tx: Tx, day: date, accounts: range, *, failed: int) -> RunCounts:
    marks = feerows.count_marks(tx, accounts, day - ONE_DAY)
    good = sum(marks.get(mark, 0) for mark in FIRM)
    counts = RunCounts(good, marks.get(Mark.I, 0), marks.get(Mark.E, 0), failed)
    row = {"day": day, "first": accounts.start, "past": accounts.stop, "book": prices.newest_version(tx)}
    tx.insert(tables.estimate_run, **row, **asdict(counts), **tx.stamp())
    return counts


def _note_failure(tx: Tx, day: date, account: int, reason: str) -> None:
    tx.insert(tables.estimate_failure, day=day, account=account, reason=reason[:300], **tx.stamp())


def _first_change(tx: Tx, point: int, account: int, newest: date) -> date | None:
    """Find the first freeze of the last two cycles that the account's days were not computed from."""
    first = newest - LOOK_BACK * ONE_DAY
    stored = feerows.days_of(tx, prices.price_book(tx), account, first, newest)
    readings = collect.readings_of(tx, point, first, newest + ONE_DAY)
    used = {day + ONE_DAY: found.day.reading for day, found in stored.items()}
    usable = {day: reading.version for day, reading in readings.items() if reading.mark in USABLE}
    late = [day for day, version in used.items() if usable.get(day) != version]
    meters = archive.installations(tx, point)
    changes = [place.since + ONE_DAY for place in meters[1:] if first <= place.since < newest]
    return min([*late, *changes], default=None)


def _usable(reading: Reading | None) -> Freeze | None:
    return loading.as_freeze(reading) if reading is not None and reading.mark in USABLE else None
