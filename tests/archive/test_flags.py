"""Flags: set with author and reason, held until their end, never deleted."""

from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from headend import archive
from headend.archive import FlagKind
from headend.store import By, Fact, Room, View
from headend.store.tables import fact, pending
from tests.rooms import BY, START, Bench, home_no


def told(view: View, account: int) -> int:
    """Count how often a change of the archive was told."""
    return len(view.all(select(fact).where(fact.c.account == account, fact.c.kind == Fact.ARCHIVE.value)))


def columns(bench: Bench, account: int) -> frozenset[FlagKind]:
    """Give the flags of an account by the selectable for everybody."""
    now = bench.clock.now()
    rows = bench.read(lambda view: view.all(archive.flag_columns(now)))
    assert {row.account for row in rows} == set(bench.accounts.values())
    (row,) = (row for row in rows if row.account == account)
    return frozenset(kind for kind in FlagKind if row._asdict()[kind.name.lower()] == 1)


def test_a_flag_holds_until_its_end(village: Bench) -> None:
    """A flag is there from its setting until its foreseen end, that instant excluded."""
    home = village.accounts[home_no(1)]
    until = START + timedelta(hours=24)
    village.write(archive.set_flag, home, FlagKind.HOLD, until=until, reason="异议")
    (flag,) = village.read(archive.active_flags, home)
    assert (flag.kind, flag.until, flag.author, flag.reason) == (FlagKind.HOLD, until, BY.actor, "异议")
    assert village.read(archive.flags, village.accounts[home_no(2)]) == frozenset()
    village.clock.advance(until - timedelta(milliseconds=1))
    assert village.read(archive.flags, home) == {FlagKind.HOLD}
    village.clock.advance(until)
    assert village.read(archive.flags, home) == frozenset()
    assert len(village.read(archive.flag_history, home)) == 1


def test_a_flag_is_told_when_it_is_set_and_ended(village: Bench) -> None:
    """Setting and ending tell the change and mark the account; setting the same again does not."""
    home = village.accounts[home_no(1)]
    flag = village.write(archive.set_flag, home, FlagKind.LOVE_CARE, until=None, reason="独居老人")
    assert village.write(archive.set_flag, home, FlagKind.LOVE_CARE, until=None, reason="独居老人") == flag
    assert village.read(told, home) == 1
    rooms = village.read(lambda view: view.all(select(pending.c.room).where(pending.c.account == home)))
    assert {row.room for row in rooms} == {Room.SETTLE.value, Room.STRATEGY.value}
    assert village.write(archive.end_flag, flag, "搬走")
    assert not village.write(archive.end_flag, flag, "搬走")
    assert village.read(told, home) == 2
    with pytest.raises(LookupError, match="99"):
        village.write(archive.end_flag, 99, "搬走")


def test_another_reason_is_another_flag(village: Bench) -> None:
    """Two holds of different authors stand beside each other, and end together or one by one."""
    home = village.accounts[home_no(1)]
    first = village.write(archive.set_flag, home, FlagKind.HOLD, until=None, reason="异议")
    second = village.write_by(By("chen.opr"), archive.set_flag, home, FlagKind.HOLD, until=None, reason="异议")
    assert first != second
    assert village.write(archive.end_flag, first, "查清")
    assert village.read(archive.flags, home) == {FlagKind.HOLD}
    assert village.write(archive.end_flags, home, FlagKind.HOLD, "查清") == 1
    assert village.write(archive.end_flags, home, FlagKind.HOLD, "查清") == 0
    assert village.read(archive.flags, home) == frozenset()


STEPS = st.lists(
    st.tuples(st.sampled_from(["set", "end", "wait"]), st.sampled_from(FlagKind), st.integers(0, 48) | st.none()),
    max_size=12,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=30)
@given(steps=STEPS)
def test_one_and_many_see_the_same_flags(village: Bench, steps: list[tuple[str, FlagKind, int | None]]) -> None:
    """After any setting, ending and waiting, one account's flags and the selectable agree with a plain list."""
    home = village.accounts[home_no(1)]
    for kind in FlagKind:
        village.write(archive.end_flags, home, kind, "begin")
    held: list[tuple[FlagKind, datetime | None]] = []
    for number, (act, kind, span) in enumerate(steps):
        now = village.clock.now()
        until = None if span is None else now + timedelta(hours=span)
        if act == "set":
            village.write(archive.set_flag, home, kind, until=until, reason=f"{number}")
            held.append((kind, until))
        elif act == "end":
            village.write(archive.end_flags, home, kind, "end")
            held = [flag for flag in held if flag[0] is not kind]
        else:
            village.clock.advance(now + timedelta(hours=span or 1))
        expected = {kind for kind, end in held if end is None or end > village.clock.now()}
        assert village.read(archive.flags, home) == expected == columns(village, home)
