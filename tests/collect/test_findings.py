"""What validation finds stays beside the reading, and sends somebody where somebody has to look."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from headend import archive, collect, work
from headend.collect import Accepted, Finding, Mark, Missed, MissReason, Registers, RelaySeen
from headend.collect.clocks import due_clocks, note_clock
from headend.collect.duty_tables import raw_frame
from headend.collect.findings import RULES
from headend.work import OrderKind
from tests.collect.day import ONE_DAY, first_duty, freeze, last_total, plan_on
from tests.rooms import MONDAY, Bench

D = Decimal


def orders(bench: Bench, account: int) -> list[work.Order]:
    """Give the open work orders of an account."""
    return bench.read(work.orders, scope=bench.read(archive.whole), account=account)


def found(bench: Bench, duty: collect.Duty) -> list[collect.Noted]:
    """Give what was found about the freeze of a duty."""
    return bench.read(collect.findings_of, duty.point, duty.day, duty.day)


@pytest.mark.parametrize(
    ("change", "kind", "says"),
    [
        ("-1", Finding.FALL, "the register fell from 4210.00 (2026-09-13) to 4209.00, and not by a rollover"),
        ("480", Finding.FLYING, "480.00 kWh since 4210.00 (2026-09-13); the line carries at most 380.16"),
    ],
)
def test_a_finding_is_kept_with_its_sentence_and_sends_somebody(
    loaded: Bench, change: str, kind: Finding, says: str
) -> None:
    """It names the version it is about; the work order holds the same values."""
    duty = first_duty(loaded)
    loaded.write(collect.accept, duty, freeze(MONDAY, str(last_total(loaded, duty) + D(change))))
    [noted] = found(loaded, duty)
    assert (noted.kind, noted.version, noted.sentence) == (kind, 1, says)
    [order] = orders(loaded, duty.account)
    assert order.kind is OrderKind.METER_ODD
    assert order.values["finding"] == kind.value
    assert loaded.read(collect.finding_counts, MONDAY, scope=loaded.read(archive.whole)) == {kind: 1}


def test_a_freeze_told_twice_differently_keeps_both_versions(loaded: Bench) -> None:
    """The second value is a version of its own, suspect; the first one stays as it was."""
    duty = first_duty(loaded)
    total = last_total(loaded, duty)
    loaded.write(collect.accept, duty, freeze(MONDAY, str(total + 5)))
    assert loaded.write(collect.accept, duty, freeze(MONDAY, str(total + 5))).mark is Mark.G
    again = loaded.write(collect.accept, duty, freeze(MONDAY, str(total + 6)))
    assert (again.mark, again.findings) == (Mark.S, (Finding.DUPLICATE,))
    kept = loaded.read(collect.versions, duty.point, MONDAY)
    assert [(each.total, each.mark) for each in kept] == [(total + 5, Mark.G), (total + 6, Mark.S)]


def test_what_a_person_read_on_site_is_not_pushed_aside(loaded: Bench) -> None:
    """A freeze from afar that differs is noted, and the reading taken on site stays the newest."""
    duty = first_duty(loaded)
    total = last_total(loaded, duty)
    onsite = Registers(total + 4)
    loaded.write(
        collect.store_reading, duty.account, duty.point, MONDAY, onsite, mark=Mark.C, source="onsite", evidence="p1"
    )
    loaded.write(collect.accept, duty, freeze(MONDAY, str(total + 5)))
    newest = loaded.read(collect.reading, duty.point, MONDAY)
    assert newest is not None
    assert (newest.total, newest.source, newest.evidence) == (total + 4, "onsite", "p1")
    assert [(each.kind, each.version) for each in found(loaded, duty)] == [(Finding.DUPLICATE, None)]
    assert loaded.read(collect.day_counts, MONDAY)[1] == 1


def test_a_meter_adds_its_periods_to_what_a_person_has_read(loaded: Bench) -> None:
    """The same total is no contradiction: nothing is found, and time-of-use has its registers."""
    duty = first_duty(loaded)
    total = last_total(loaded, duty) + 5
    loaded.write(
        collect.store_reading, duty.account, duty.point, MONDAY, Registers(total), mark=Mark.G, source="onsite"
    )
    told = freeze(MONDAY, str(total), "0", "3000", "0", str(total - 3000))
    assert loaded.write(collect.accept, duty, told) == Accepted(Mark.G, (), late=False)
    stored = loaded.read(collect.reading, duty.point, MONDAY)
    assert stored is not None
    assert (stored.version, stored.registers, stored.source) == (2, told.registers, "freeze")
    assert found(loaded, duty) == []


def test_the_clock_of_a_removed_meter_says_nothing_of_its_successor(loaded: Bench) -> None:
    """A clock is a meter's: what was known of the old one ends with it."""
    duty = first_duty(loaded)
    place = loaded.read(archive.place, duty.account, MONDAY)
    loaded.write(note_clock, replace(place, address="000000009999"), timedelta(hours=30))
    assert loaded.read(collect.clock_error, duty.account) is None
    assert place not in loaded.read(due_clocks, 10**6)
    accepted = loaded.write(collect.accept, duty, freeze(MONDAY, str(last_total(loaded, duty) + 5)))
    assert accepted.findings == ()
    loaded.write(note_clock, place, timedelta(hours=30))
    assert loaded.read(collect.clock_error, duty.account) == timedelta(hours=30)
    assert place in loaded.read(due_clocks, 10**6)


def test_energy_behind_an_open_relay_is_told_at_once(loaded: Bench) -> None:
    """A relay seen open on Sunday and a register that moves on Monday: somebody goes within hours (A12)."""
    duty = first_duty(loaded)
    total = last_total(loaded, duty)
    loaded.write(collect.accept, duty, freeze(MONDAY, str(total)))
    seen = RelaySeen(True, True, False, D(0), "000000000001", loaded.clock.now(), "verify")
    loaded.write(collect.note_relay, duty.account, seen)
    for days, used in ((1, "0"), (2, "3.00")):
        plan_on(loaded, MONDAY + days * ONE_DAY)
        later = first_duty(loaded, MONDAY + days * ONE_DAY)
        accepted = loaded.write(collect.accept, later, freeze(later.day, str(total + D(used))))
        assert accepted.findings == ((Finding.WHILE_CUT,) if days == 2 else ())
    [order] = orders(loaded, duty.account)
    assert (order.values["finding"], order.due - order.opened) == ("while_cut", timedelta(hours=4))


def test_a_relay_closed_again_lets_energy_through(loaded: Bench) -> None:
    """The newest look counts: what was restored may use power."""
    account = first_duty(loaded).account
    for is_open in (True, False):
        seen = RelaySeen(is_open, is_open, False, D(0), "000000000001", loaded.clock.now(), "verify")
        loaded.write(collect.note_relay, account, seen)
        assert (loaded.read(collect.open_since, account) is not None) == is_open
        loaded.at(f"2026-09-14 0{9 - is_open}:30")


def test_reverse_energy_is_kept_and_looked_into(loaded: Bench) -> None:
    """The reverse register is stored with each freeze, and compared with the one before (A09)."""
    duty = first_duty(loaded)
    total = last_total(loaded, duty)
    loaded.write(collect.accept, duty, freeze(MONDAY, str(total), reverse="1.00"))
    plan_on(loaded, MONDAY + ONE_DAY)
    later = first_duty(loaded, MONDAY + ONE_DAY)
    assert loaded.write(collect.accept, later, freeze(later.day, str(total), reverse="4.00")).findings == (
        Finding.REVERSE,
    )
    [noted] = found(loaded, later)
    assert noted.sentence.startswith("3.00 kWh flowed backwards")


def test_a_customer_with_a_generator_may_feed_in(loaded: Bench) -> None:
    """Where the archive knows of a generator (分布式电源), energy that flows backwards is nothing odd."""
    duty = first_duty(loaded)
    total = last_total(loaded, duty)
    loaded.write(collect.accept, duty, freeze(MONDAY, str(total), reverse="1.00"))
    assert not loaded.write(archive.set_generates, duty.account, True)
    plan_on(loaded, MONDAY + ONE_DAY)
    later = first_duty(loaded, MONDAY + ONE_DAY)
    assert loaded.write(collect.accept, later, freeze(later.day, str(total), reverse="4.00")).findings == ()
    assert orders(loaded, duty.account) == []


def test_readings_of_a_meter_with_a_wrong_clock_say_so(loaded: Bench) -> None:
    """The last reading of the clock counts: an hour off is told with the freeze, whose total stays good."""
    duty = first_duty(loaded)
    place = loaded.read(archive.place, duty.account, MONDAY)
    loaded.write(note_clock, place, timedelta(hours=1))
    accepted = loaded.write(collect.accept, duty, freeze(MONDAY, str(last_total(loaded, duty) + 5)))
    assert (accepted.mark, accepted.findings) == (Mark.G, (Finding.CLOCK,))
    stored = loaded.read(collect.reading, duty.point, MONDAY)
    assert stored is not None
    assert stored.periods_suspect


def test_periods_are_compared_with_those_that_were_trusted_last(loaded: Bench) -> None:
    """A register that jumped makes the periods of each day suspect until it is back where it was."""
    duty = first_duty(loaded)
    total = last_total(loaded, duty)
    suspect = []
    for number, (peak, valley) in enumerate([(3000, 1000), (3900, 1003), (3903, 1005), (3906, 1007), (3012, 1008)]):
        day = MONDAY + number * ONE_DAY
        if number:
            plan_on(loaded, day)
        told = freeze(day, str(total + 5 * number), "0", str(peak), "0", str(valley))
        accepted = loaded.write(collect.accept, first_duty(loaded, day), told)
        assert accepted.mark is Mark.G
        suspect.append(accepted.findings)
    assert suspect == [(), *[(Finding.PERIOD_SUM,)] * 3, ()]


def test_answers_of_a_link_are_taken_in_one_transaction(loaded: Bench) -> None:
    """Freezes and misses together; a frame that carried several of them is kept once."""
    duties = loaded.read(collect.open_duties, MONDAY)
    first, second, *_ = duties
    shared = (("in", loaded.clock.now(), b"both"),)
    answers = [
        (each, collect.FreezeRead(Registers(last_total(loaded, each) + 5), None, shared)) for each in (first, second)
    ]
    missed = Missed(MissReason.WRONG_STAMP, "2026-09-13 00:00", shared)
    told = loaded.write(collect.take, [*answers, (duties[2], missed)])
    assert [type(one) for one in told] == [Accepted, Accepted, Missed]
    assert loaded.read(collect.day_counts, MONDAY) == (4, 2, {"wrong_stamp": 1, "not_asked": 1})
    assert len(loaded.read(lambda view: view.all(select(raw_frame)))) == 1


def test_every_finding_has_a_rule() -> None:
    """Each check of validation says what it means, and what follows."""
    assert set(RULES) == set(Finding)
    assert {kind for kind, rule in RULES.items() if rule.order is OrderKind.METER_ODD} == {
        Finding.FALL,
        Finding.FLYING,
        Finding.STOPPED,
        Finding.REVERSE,
        Finding.WHILE_CUT,
        Finding.PERIOD_SUM,
        Finding.UNPRICED,
    }


def test_links_are_counted_one_by_one(loaded: Bench) -> None:
    """Due, read and missing by reason, for each link."""
    duty = first_duty(loaded)
    loaded.write(collect.miss, duty, MissReason.SILENT)
    counts = loaded.read(collect.link_counts, MONDAY)
    assert counts[duty.link] == (3, 0, {"silent": 1, "not_asked": 2})
    assert sum(due for due, _, _ in counts.values()) == 4
