"""Duties of the day: what is due, what came, why the rest is missing."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from headend import archive, collect, work
from headend.archive import FlagKind
from headend.collect import FreezeRead, Mark, MissReason, Registers
from headend.daemon.dayplan import start_step
from headend.store import Fact, Room
from headend.store.tables import fact, pending
from tests.collect.day import first_duty, freeze, last_total
from tests.rooms import MONDAY, Bench, local

ONE_DAY = timedelta(days=1)


def flag(bench: Bench, day: date) -> int:
    """Flag who has gone without a good freeze."""
    return bench.write(collect.flag_stale, day, bench.read(collect.unread, day))


def test_every_meter_is_due_once_a_day(loaded: Bench) -> None:
    """Planning a day twice makes one duty per metering point."""
    assert loaded.write(collect.plan, MONDAY) == 0
    assert loaded.read(collect.day_counts, MONDAY) == (4, 0, {"not_asked": 4})


def test_a_good_freeze_ends_its_duty(loaded: Bench) -> None:
    """A plausible freeze is stored with mark G, its frames are kept, and the duty is done."""
    duty = first_duty(loaded)
    total = last_total(loaded, duty) + 5
    accepted = loaded.write(collect.accept, duty, freeze(MONDAY, str(total)))
    assert accepted == collect.Accepted(Mark.G, (), late=False)
    assert loaded.read(collect.day_counts, MONDAY)[:2] == (4, 1)
    stored = loaded.read(collect.reading, duty.point, MONDAY)
    assert stored is not None
    assert (stored.total, stored.mark) == (total, Mark.G)


@pytest.mark.parametrize(
    ("change", "finding"),
    [(Decimal(-1), collect.Finding.FALL), (Decimal(480), collect.Finding.FLYING)],
)
def test_an_implausible_freeze_is_kept_as_suspect(loaded: Bench, change: Decimal, finding: collect.Finding) -> None:
    """A register that fell, or flew beyond the plausible maximum, is stored with mark S and its finding."""
    duty = first_duty(loaded)
    accepted = loaded.write(collect.accept, duty, freeze(MONDAY, str(last_total(loaded, duty) + change)))
    assert (accepted.mark, accepted.findings) == (Mark.S, (finding,))


def test_a_freeze_with_another_stamp_is_suspect(loaded: Bench) -> None:
    """A freeze whose stamp is not the midnight of its day may belong to another day."""
    duty = first_duty(loaded)
    read = FreezeRead(Registers(last_total(loaded, duty) + 5), local("2026-09-13 00:00"))
    assert loaded.write(collect.accept, duty, read).findings == (collect.Finding.WRONG_STAMP,)


def test_a_wrong_period_sum_is_noted_and_the_total_stays_good(loaded: Bench) -> None:
    """Periods that do not add up to the total matter to time-of-use prices only; the total keeps mark G."""
    duty = first_duty(loaded)
    total = last_total(loaded, duty) + 5
    before = loaded.read(collect.last_good, duty.point, MONDAY)
    assert before is not None
    loaded.write(
        collect.store_reading,
        duty.account,
        duty.point,
        before.day,
        Registers(before.total, (Decimal(1), Decimal(1), Decimal(1), before.total - 3)),
        mark=Mark.C,
        source="onsite",
    )
    read = freeze(MONDAY, str(total), "1", "1", "1", str(before.total - 3))
    accepted = loaded.write(collect.accept, duty, read)
    assert (accepted.mark, accepted.findings) == (Mark.G, (collect.Finding.PERIOD_SUM,))


def test_a_miss_keeps_the_duty_open_with_its_reason(loaded: Bench) -> None:
    """Each try that brings nothing notes why; the next round asks again."""
    duty = first_duty(loaded)
    loaded.write(collect.miss, duty, MissReason.SILENT, "no_answer")
    loaded.write(collect.miss, duty, MissReason.LINK_DOWN)
    (row,) = [r for r in loaded.read(collect.missing, MONDAY) if r.account == duty.account]
    assert (row.reason, row.tries) == ("link_down", 2)


def test_a_reading_after_the_run_tells_settle(loaded: Bench) -> None:
    """Once the day's estimation has begun, a reading leaves a mark for the account to be estimated again."""
    duty = first_duty(loaded)
    loaded.write(start_step, MONDAY, "estimate")
    accepted = loaded.write(collect.accept, duty, freeze(MONDAY, str(last_total(loaded, duty) + 5)))
    assert accepted.late
    marks = loaded.read(lambda view: view.all(select(pending).where(pending.c.account == duty.account)))
    assert Room.SETTLE in {mark.room for mark in marks}
    kinds = loaded.read(lambda view: [row.kind for row in view.all(select(fact).where(fact.c.account == duty.account))])
    assert Fact.READING in kinds


def test_two_days_without_a_reading_flag_the_account(loaded: Bench) -> None:
    """STALE_DATA is set when neither D nor D-1 has a good freeze, and ends with the next good one."""
    duty = first_duty(loaded)
    flag(loaded, MONDAY)
    assert FlagKind.STALE_DATA not in loaded.read(archive.flags, duty.account)
    tuesday = MONDAY + ONE_DAY
    loaded.at("2026-09-15 07:30")
    loaded.write(collect.plan, tuesday)
    flag(loaded, tuesday)
    assert FlagKind.STALE_DATA in loaded.read(archive.flags, duty.account)
    late = next(d for d in loaded.read(collect.open_duties, tuesday) if d.account == duty.account)
    loaded.write(collect.accept, late, freeze(tuesday, str(last_total(loaded, duty) + 10)))
    assert FlagKind.STALE_DATA not in loaded.read(archive.flags, duty.account)


def test_readings_that_can_not_be_believed_are_none(loaded: Bench) -> None:
    """A meter that tells a suspect freeze day by day is as stale as a silent one, and somebody goes there."""
    point = first_duty(loaded).point
    for n in range(3):
        day = MONDAY + n * ONE_DAY
        if n:
            loaded.at(f"{day} 07:30")
            loaded.write(collect.plan, day)
        duty = next(d for d in loaded.read(collect.open_duties, day) if d.point == point)
        odd = FreezeRead(Registers(last_total(loaded, duty) + 5), local("2026-09-01 00:00"))
        assert loaded.write(collect.accept, duty, odd).mark is Mark.S
        flag(loaded, day)
        is_stale = FlagKind.STALE_DATA in loaded.read(archive.flags, duty.account)
        assert is_stale == (n > 0)
        assert loaded.read(work.had_kind, duty.account, work.OrderKind.NO_READING) == (n > 1)


def test_three_days_without_a_reading_open_a_work_order(loaded: Bench) -> None:
    """Somebody has to go and look; the order closes with the reading that shows the meter alive."""
    duty = first_duty(loaded)
    wednesday = MONDAY + 2 * ONE_DAY
    loaded.at("2026-09-16 07:30")
    loaded.write(collect.plan, wednesday)
    flag(loaded, wednesday)
    assert loaded.read(work.open_kinds, duty.account) == {work.OrderKind.NO_READING}
    late = next(d for d in loaded.read(collect.open_duties, wednesday) if d.account == duty.account)
    loaded.write(collect.accept, late, freeze(wednesday, str(last_total(loaded, duty) + 15)))
    assert loaded.read(work.open_kinds, duty.account) == frozenset()
