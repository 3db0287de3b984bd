"""Stories of relays that do not do as ordered, and of orders that were not sent."""

from headend import work
from headend.control import Kind
from headend.strategy import State
from headend.work import OrderKind
from tests.strategy.world import FRIDAY, THURSDAY, World, one


def test_relay_stuck_open_becomes_a_work_order(cut: World) -> None:
    """A relay that does not close becomes a work order within ten minutes, and is closed on site."""
    world, home = cut, one(cut)
    world.meters[home].stuck = True
    world.to("2026-09-16 19:30")
    world.pay(home, "100.00")
    world.to("2026-09-16 19:41")
    assert world.state(home) is State.RESTORE_FAILED
    assert world.orders(home) == ["RESTORE_FAILED"]
    assert world.messages(home)[-1] == "S13"
    world.to("2026-09-16 20:10")
    world.meters[home].open = False
    world.bench.write(
        work.close_orders, OrderKind.RESTORE_FAILED, account=home, done_by="zheng.tech", evidence={"photo": "1"}
    )
    world.to("2026-09-16 20:11")
    assert world.path(home)[-1] == "T27"
    assert world.state(home) is State.NORMAL
    assert world.messages(home)[-1] == "S11"
    world.to("2026-09-16 21:00")
    assert world.orders(home) == []


def test_relay_stuck_closed_is_cleared_and_told(noticed: World) -> None:
    """A trip that the meter accepts and does not carry out fails, is cleared by a close, and is not cut later."""
    world, home = noticed, one(noticed)
    world.meters[home].stuck = True
    world.to("2026-09-16 12:30")
    assert world.path(home)[-2:] == ["T13", "T17"]
    assert [kind for kind, _ in world.commands(home)] == [Kind.TRIP, Kind.CLOSE]
    world.to("2026-09-16 13:00")
    world.pay(home, "100.00")
    world.to("2026-09-16 13:01")
    assert world.state(home) is State.NORMAL
    assert world.messages(home)[-1] == "S08"


def test_cut_is_given_up_after_three_windows(noticed: World) -> None:
    """A cut that fails in three windows, each with its own notice, becomes a work order and is not tried again."""
    world, home = noticed, one(noticed)
    world.meters[home].stuck = True
    world.to("2026-09-16 18:00")
    world.morning(THURSDAY)
    world.to("2026-09-17 18:00")
    world.morning(FRIDAY)
    world.to("2026-09-18 18:00")
    assert world.path(home).count("T17") == 3
    assert world.messages(home).count("S07") == 3
    assert world.state(home) is State.CUT_FAILED
    assert world.orders(home) == ["CUT_FAILED"]
    assert [kind for kind, _ in world.commands(home)].count(Kind.TRIP) == 3


def test_found_open_after_a_restore(cut: World) -> None:
    """A relay that is read open within 72 hours of our restore is restored again, without anybody asking."""
    world, home = cut, one(cut)
    world.to("2026-09-16 19:30")
    world.pay(home, "100.00")
    world.to("2026-09-16 19:45")
    world.meters[home].open = True
    world.to("2026-09-16 20:05")
    assert world.path(home)[-3:] == ["T36", "T21", "T23"]
    assert not world.meters[home].open


def test_found_closed_without_an_order(cut: World) -> None:
    """A cut relay that is read closed becomes a case; when it is decided the account starts anew, never re-tripped."""
    world, home = cut, one(cut)
    world.meters[home].open = False
    world.to("2026-09-16 09:40")
    assert world.orders(home) == ["RELAY_ODD"]
    assert world.state(home) is State.CUT
    world.bench.write(
        work.close_orders, OrderKind.RELAY_ODD, account=home, done_by="zheng.tech", evidence={"seen": "bridge"}
    )
    world.to("2026-09-16 09:41")
    assert world.path(home)[-2:] == ["T37", "T10"]
    assert world.state(home) is State.NOTICED
    assert [kind for kind, _ in world.commands(home)].count(Kind.TRIP) == 1


def test_window_missed_begins_anew(noticed: World) -> None:
    """A trip that could not be sent in its window goes back, and the next window needs a new 30-minute notice."""
    world, home = noticed, one(noticed)
    world.held_back = True
    world.to("2026-09-16 11:01")
    world.held_back = False
    assert world.path(home)[-1] == "T34"
    world.to("2026-09-16 13:45")
    assert world.messages(home).count("S07") == 2
    world.to("2026-09-16 14:10")
    assert world.state(home) is State.CUT


def test_three_last_notices_without_a_cut(noticed: World) -> None:
    """After three 30-minute notices without a frame sent the way to the cut begins anew, with a work order."""
    world, home = noticed, one(noticed)
    world.held_back = True
    world.to("2026-09-16 16:30")
    world.morning(THURSDAY)
    world.to("2026-09-17 11:30")
    assert world.messages(home).count("S07") == 3
    assert "T35" in world.path(home)
    assert "CUT_LAPSED" in world.orders(home)


def test_paid_while_a_failed_trip_is_being_cleared(noticed: World) -> None:
    """A close that waits for a silent meter serves the restore as well, and is tried at once when it is paid."""
    world, home = noticed, one(noticed)
    world.meters[home].stuck = True
    world.to("2026-09-16 09:31")
    world.meters[home].silent = True
    world.to("2026-09-16 11:20")
    assert world.state(home) is State.CUT_FAILED
    world.meters[home].silent = world.meters[home].stuck = False
    world.pay(home, "100.00")
    world.to("2026-09-16 11:21")
    assert world.path(home)[-3:] == ["T19", "T21", "T23"]
    assert [kind for kind, _ in world.commands(home)] == [Kind.TRIP, Kind.CLOSE]
    assert world.orders(home) == []
