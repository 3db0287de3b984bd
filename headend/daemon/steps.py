"""The steps of every business day (日计划), each by the room that owns it."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import date, datetime, timedelta

import structlog

from headend import archive, collect, control, settle, strategy, work
from headend.collect.collector import Collector
from headend.daemon.dayplan import Step
from headend.store import By, Rank, Store, Tx
from headend.work import OrderKind

log = structlog.get_logger(__name__)

ALL_DAY = timedelta(hours=24)
SHORT_ROUND = timedelta(minutes=40)
HOUR = timedelta(hours=1)

FLAGGED_AT_ONCE = 10
"""Accounts flagged for want of a reading in one transaction, some 100 ms: a county may be silent, payments go on."""

ESTIMATED_AT_ONCE = 300
"""Accounts estimated in one transaction: about 100 ms, so that a payment never waits longer."""

MAIN = "main"
ROUNDS: Sequence[tuple[str, str, timedelta]] = (
    (MAIN, "00:30", timedelta(hours=5)),
    ("again-1", "05:30", SHORT_ROUND),
    ("again-2", "06:15", SHORT_ROUND),
    ("again-3", "07:00", timedelta(minutes=25)),
    ("late-1", "10:00", HOUR),
    ("late-2", "12:00", HOUR),
    ("late-3", "15:00", HOUR),
    ("late-4", "18:00", HOUR),
)
"""Collection rounds: name, local time, how long a link that is down is waited for."""

PHASES = {strategy.Phase.COMPARE: "compared with the baseline", strategy.Phase.DECIDE: "cut decisions may go"}

Run = Callable[[date, datetime], Awaitable[str]]


def day_steps(store: Store, collector: Collector, *, main_passes: int = 1) -> list[Step]:
    """Give the day's steps in the order of their times; the main round asks silent meters ``main_passes`` times."""
    work = DayWork(store)
    rounds = [
        Step(f"collect-{name}", at, grace, _round(collector, name, main_passes if name == MAIN else 1), beside=True)
        for name, at, grace in ROUNDS
    ]
    return [
        Step("day-turn", "00:05", ALL_DAY, work.day_turn),
        *rounds,
        Step("validate", "07:30", HOUR, work.validate),
        Step("estimate", "07:50", timedelta(hours=12), work.estimate),
        Step("bill", "08:05", ALL_DAY, work.bill),
        Step("trial-balance", "08:10", ALL_DAY, work.trial_balance),
        Step("compare", "08:20", timedelta(hours=3), work.compare),
        Step("mass-check", "08:30", timedelta(hours=3), work.mass_check),
        Step("clocks", "11:15", timedelta(hours=2), collector.clocks.run, beside=True),
        Step("evening", "21:00", timedelta(hours=2), work.evening),
    ]


def _round(collector: Collector, name: str, passes: int) -> Run:
    async def run(day: date, until: datetime) -> str:
        return await collector.round(name, day, until, passes=passes)

    return run


class DayWork:
    """What the steps do; each is idempotent, so a step that was killed is simply done again."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def _by(self, step: str, day: date) -> By:
        return By("system:dayplan", f"{step}:{day}", Rank.BATCH)

    async def day_turn(self, day: date, _until: datetime) -> str:
        """Open the business day: duties to read, proposals that nobody answered; old logins are forgotten."""
        by = self._by("day-turn", day)
        due = await self._store.write(by, collect.plan, day)
        lapsed = await self._store.write(by, control.lapse)
        while await self._store.write(by, collect.prune_link_notes):
            pass
        return f"{due} readings due, {lapsed} proposals lapsed"

    async def validate(self, day: date, _until: datetime) -> str:
        """Flag the accounts that have had no good reading for two days."""
        by, stale = self._by("validate", day), 0
        unread = sorted((await self._store.read(collect.unread, day)).items())
        for start in range(0, len(unread), FLAGGED_AT_ONCE):
            some = dict(unread[start : start + FLAGGED_AT_ONCE])
            stale += await self._store.write(by, collect.flag_stale, day, some)
        total, read, _ = await self._store.read(collect.day_counts, day)
        return f"{read} of {total} read, {stale} accounts without a good reading"

    async def estimate(self, day: date, _until: datetime) -> str:
        """Estimate everybody's fee, chunk by chunk (测算)."""
        by = self._by("estimate", day)
        counts = [
            await self._store.write(by, settle.estimate_chunk, day, chunk)
            for chunk in await self._store.read(archive.chunks, ESTIMATED_AT_ONCE)
        ]
        estimated = sum(c.estimated for c in counts)
        total = sum(c.accounts for c in counts)
        failed = sum(c.failed for c in counts)
        log.info("settle.estimated", day=str(day), accounts=total, without_reading=estimated, failed=failed or None)
        return f"{total} accounts, {estimated} without a reading, {failed} failed"

    async def bill(self, day: date, _until: datetime) -> str:
        """Bill the cycles that have ended (结算), one transaction per account; who lacks a reading waits."""
        by = self._by("bill", day)
        billed = waiting = 0
        for account, start in await self._store.read(settle.ended_cycles, day):
            done = await self._store.write(by, settle.bill_cycle, account, start)
            billed += isinstance(done, settle.Billed)
            waiting += isinstance(done, settle.NotBilled)
        if billed or waiting:
            log.info("settle.billed", day=str(day), billed=billed, waiting=waiting)
        return f"{billed} cycles billed, {waiting} wait for a reading"

    async def trial_balance(self, day: date, _until: datetime) -> str:
        """Check that the ledger agrees with itself; without it there is no cut today (R9)."""
        return await self._check_books(day)

    async def compare(self, day: date, _until: datetime) -> str:
        """Compare everybody with the baseline (基准比较); cut decisions wait for the mass check."""
        return await self._phase("compare", day, strategy.Phase.COMPARE)

    async def mass_check(self, day: date, _until: datetime) -> str:
        """Let the day's cut decisions pass, or hold them all for a manager (R15)."""
        by = self._by("mass-check", day)
        candidates = await self._store.read(strategy.candidates, day)
        verdict = await self._store.write(by, control.mass_check, day, candidates)
        log.info("control.mass_check", day=str(day), candidates=verdict.candidates, verdict=verdict.word)
        if not verdict.open:
            return f"held: {verdict.reasons}"
        return await self._phase("mass-check", day, strategy.Phase.DECIDE)

    async def evening(self, day: date, _until: datetime) -> str:
        """Check the books once more after the day's payments."""
        return await self._check_books(day)

    async def _check_books(self, day: date) -> str:
        by = self._by("trial-balance", day)
        found = await self._store.write(by, settle.record_trial, day)
        if found.level:
            return "level"
        log.error("settle.books_off", day=str(day), accounts=found.accounts_off)
        await self._store.write(by, report_books, found.accounts_off)
        return f"off: {len(found.accounts_off)} accounts"

    async def _phase(self, step: str, day: date, phase: strategy.Phase) -> str:
        by = self._by(step, day)
        moved: dict[str, int] = {}
        for chunk in await self._store.read(archive.chunks):
            for rule, count in (await self._store.write(by, strategy.run, day, chunk, phase)).items():
                moved[rule] = moved.get(rule, 0) + count
        note = ", ".join(f"{rule} {count}" for rule, count in sorted(moved.items())) or "nobody moved"
        log.info("strategy.run", day=str(day), what=PHASES[phase], moved=note)
        return note


def report_books(tx: Tx, accounts: Sequence[int]) -> None:
    """Open a work order for books that do not agree with themselves; nobody is cut until they do (R9)."""
    values = {"accounts": ",".join(map(str, accounts[:20]))}
    work.open_order(tx, OrderKind.LEDGER_ODD, unit=archive.whole(tx).unit, due=tx.now + HOUR, values=values)
