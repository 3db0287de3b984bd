"""Stories of customers, told through the real rooms."""

from datetime import timedelta
from decimal import Decimal

import pytest

from headend import archive, control, work
from headend.archive import FlagKind
from headend.control import Decision, Kind
from headend.control import State as CommandState
from headend.store import By, Rank
from headend.strategy import State, restore
from headend.work import OrderKind
from tests.rooms import MONDAY, Bench, home_no, local, shop_no
from tests.strategy.world import World, make_world

TUESDAY, WEDNESDAY, THURSDAY, FRIDAY, SATURDAY = (MONDAY + timedelta(days=n) for n in range(1, 6))

WARN_THEN_SHORT = "287.00"
"""A deposit of which 2.61 yuan are left on Monday morning and -19.27 on Tuesday, at 40 kWh a day."""

OPERATOR = By("opr:chen.opr", "desk", Rank.PEOPLE)


@pytest.fixture
def world(bench: Bench) -> World:
    """A world whose first home is warned on Monday and short on Tuesday."""
    return make_world(bench, deposits={home_no(1): WARN_THEN_SHORT})


def one(world: World) -> int:
    """Give the first home."""
    return world.bench.accounts[home_no(1)]


def noticed(world: World) -> int:
    """Let the first home be noticed on Tuesday and short again on Wednesday morning."""
    for day in (MONDAY, TUESDAY, WEDNESDAY):
        world.morning(day)
    assert world.state(one(world)) is State.NOTICED
    return one(world)


def cut(world: World) -> int:
    """Let the first home be cut on Wednesday."""
    home = noticed(world)
    world.to("2026-09-16 09:10")
    assert world.state(home) is State.CUT
    return home


def test_warned_and_paid(world: World) -> None:
    """A customer who is warned and pays is NORMAL again at once, with a receipt and no word about a cut."""
    home = one(world)
    world.morning(MONDAY)
    assert world.state(home) is State.WARNED
    world.to("2026-09-14 10:00")
    world.pay(home, "100.00")
    assert world.state(home) is State.NORMAL
    assert world.messages(home) == ["S02", "S10"]


def test_cut_and_restored(world: World) -> None:
    """A customer who never pays is told, told again, cut in the window, and has light seconds after paying."""
    home = cut(world)
    assert world.path(home) == ["T03", "T05", "T10", "T12", "T13", "T16"]
    assert world.messages(home) == ["S02", "S04", "S06", "S07", "S09"]
    assert world.meters[home].open
    world.to("2026-09-16 19:30")
    world.pay(home, "100.00")
    world.to("2026-09-16 19:31")
    assert world.path(home)[6:] == ["T20", "T21", "T23"]
    assert not world.meters[home].open
    assert world.messages(home)[5:] == ["S10", "S11"]
    assert world.orders(home) == []


def test_cut_times(world: World) -> None:
    """The 30-minute notice goes 30 minutes before the window, the cut not before the printed time."""
    home = noticed(world)
    put = {m.template: m.created for m in world.all_messages(home)}
    assert put["S07"] == local("2026-09-16 08:30")
    assert put["S06"] == local("2026-09-15 08:30")
    world.to("2026-09-16 08:59")
    assert world.commands(home) == []
    world.to("2026-09-16 09:05")
    assert world.state(home) is State.CUT


def test_paid_in_the_last_half_minute(world: World) -> None:
    """A payment 30 seconds before the cut would be sent voids it: one message says so, and no receipt besides."""
    home = noticed(world)
    world.to("2026-09-16 08:59:35")
    moved = world.pay(home, "100.00")
    assert [(m.rule, m.message) for m in moved] == [("T14", "S08")]
    world.to("2026-09-16 12:00")
    assert world.state(home) is State.NORMAL
    assert world.commands(home) == []
    assert world.messages(home) == ["S02", "S04", "S06", "S07", "S08"]


def test_paid_while_the_trip_is_checked(world: World) -> None:
    """A payment that commits before SENT cancels the command in its own transaction."""
    home = noticed(world)
    world.held_back = True
    world.to("2026-09-16 09:01")
    assert world.commands(home) == [(Kind.TRIP, CommandState.QUEUED)]
    moved = world.pay(home, "100.00")
    assert [(m.rule, m.message) for m in moved] == [("T14", "S08")]
    assert world.commands(home) == [(Kind.TRIP, CommandState.CANCELLED)]
    world.held_back = False
    world.to("2026-09-16 10:00")
    assert not world.meters[home].open
    assert world.state(home) is State.NORMAL


def test_paid_after_sent_and_never_seen_open(world: World) -> None:
    """A payment after SENT restores whatever became of the trip; if no read showed the relay open, S08 alone tells."""
    home = noticed(world)
    world.meters[home].deaf = True
    world.to("2026-09-16 09:00:30")
    assert world.state(home) is State.CUT_ORDERED
    moved = world.pay(home, "100.00")
    assert [m.rule for m in moved] == ["T19", "T21"]
    world.meters[home].deaf = False
    world.to("2026-09-16 09:10")
    assert world.path(home)[-1] == "T23"
    assert world.messages(home) == ["S02", "S04", "S06", "S07", "S08"]
    assert not world.meters[home].open


def test_paid_after_sent_and_seen_open(world: World) -> None:
    """If a read showed the relay open after all, the customer hears S11 and gets the receipt that had waited."""
    home = noticed(world)
    world.meters[home].answers_lost = True
    world.to("2026-09-16 09:00:06")
    assert world.state(home) is State.CUT_ORDERED
    world.pay(home, "100.00")
    world.to("2026-09-16 09:10")
    assert world.messages(home)[4:] == ["S11", "S10"]
    assert not world.meters[home].open


def test_double_payment_is_posted_once(world: World) -> None:
    """The same serial again moves nothing and sends nothing."""
    home = one(world)
    world.morning(MONDAY)
    world.pay(home, "100.00", "7")
    before = (world.path(home), world.messages(home))
    world.pay(home, "100.00", "7")
    assert (world.path(home), world.messages(home)) == before


def test_love_care_is_never_cut(bench: Bench) -> None:
    """A love-care customer in debt gets S21 instead of warnings, and is never proposed, noticed or cut."""
    love = {"flags": [{"kind": "LOVE_CARE", "reason": "aged", "author": "wu.am"}], "class": "R2"}
    flagged = {"flags": [{"kind": "LOVE_CARE", "reason": "aged", "author": "wu.am"}]}
    deposits = {home_no(1): WARN_THEN_SHORT, home_no(2): WARN_THEN_SHORT}
    world = make_world(bench, deposits=deposits, changes={home_no(1): love, home_no(2): flagged})
    for day in (MONDAY, TUESDAY, WEDNESDAY, THURSDAY):
        world.morning(day)
        world.to(f"{day} 20:00")
    for no in (home_no(1), home_no(2)):
        home = bench.accounts[no]
        assert set(world.messages(home)) == {"S21"}
        assert world.commands(home) == []
        assert world.state(home) in {State.WARNED, State.ARREARS}
    assert world.state(bench.accounts[home_no(1)]) is State.WARNED


def test_silent_meter_is_estimated_and_not_cut(world: World) -> None:
    """An account that would go short on estimates is reminded and warned, but neither ARREARS nor cut."""
    home = one(world)
    world.morning(MONDAY)
    world.meters[home].silent = True
    world.morning(TUESDAY)
    world.morning(WEDNESDAY)
    assert world.state(home) is State.WARNED
    assert world.messages(home) == ["S02"]
    world.meters[home].silent = False
    world.morning(THURSDAY)
    assert world.state(home) in {State.ARREARS, State.PENDING_APPROVAL, State.NOTICED}


def test_short_on_the_morning_itself_only_with_today_s_reading(world: World) -> None:
    """Noticed, but today's freeze is missing: nobody is cut on an estimate, even in the window."""
    home = one(world)
    world.morning(MONDAY)
    world.morning(TUESDAY)
    world.meters[home].freeze(WEDNESDAY)
    world.meters[home].frozen = True
    world.morning(WEDNESDAY)
    world.to("2026-09-16 18:00")
    assert world.commands(home) == []


def test_manual_restore_in_arrears(world: World) -> None:
    """An operator restores a customer in arrears by hand, at night; a hold keeps the customer for 24 hours."""
    home = cut(world)
    world.to("2026-09-16 23:30")
    moved = world.bench.write_by(OPERATOR, restore, home, "infant in the house")
    assert [m.rule for m in moved] == ["T28"]
    world.to("2026-09-16 23:31")
    assert world.path(home)[-2:] == ["T28", "T23"]
    assert world.state(home) is State.ARREARS
    assert not world.meters[home].open
    assert "S11" in world.messages(home)
    world.morning(THURSDAY)
    world.to("2026-09-17 18:00")
    assert world.state(home) is State.ARREARS
    assert FlagKind.HOLD in world.bench.read(archive.flags, home)


def test_manual_restore_before_the_order(world: World) -> None:
    """Before an order the same act voids the notice, and the close command goes all the same."""
    home = noticed(world)
    moved = world.bench.write_by(OPERATOR, restore, home, "promised to pay")
    assert [(m.rule, m.message) for m in moved] == [("T15", "S08")]
    world.to("2026-09-16 12:00")
    assert world.state(home) is State.ARREARS
    assert world.commands(home) == [(Kind.CLOSE, CommandState.NOOP)]


def test_held_customer_is_not_cut(world: World) -> None:
    """A hold (R1) stops the way to the cut at once, with S08, and nothing is proposed while it lasts."""
    home = noticed(world)
    until = local("2026-09-17 23:00")
    world.bench.write_by(OPERATOR, archive.set_flag, home, FlagKind.HOLD, until=until, reason="dispute")
    world.to("2026-09-16 18:00")
    assert world.path(home)[-1] == "T15"
    assert world.messages(home)[-1] == "S08"
    world.morning(THURSDAY)
    assert world.state(home) is State.ARREARS
    world.morning(FRIDAY)
    assert world.state(home) is State.NOTICED


def test_notice_undelivered(world: World) -> None:
    """Without a receipt of the notice there is no cut; after 24 hours somebody has to go there."""
    home = one(world)
    world.morning(MONDAY)
    world.deaf.add(home)
    world.morning(TUESDAY)
    assert world.state(home) is State.NOTICED
    world.morning(WEDNESDAY)
    world.to("2026-09-16 18:00")
    assert world.state(home) is State.NOTICED
    assert world.commands(home) == []
    assert {"CONTACT_BAD", "NOTICE_UNDELIVERED"} <= set(world.orders(home))
    assert FlagKind.CONTACT_BAD in world.bench.read(archive.flags, home)


def test_relay_stuck_open_becomes_a_work_order(world: World) -> None:
    """A relay that does not close becomes a work order within ten minutes, and is closed on site."""
    home = cut(world)
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


def test_relay_stuck_closed_is_cleared_and_told(world: World) -> None:
    """A trip that the meter accepts and does not carry out fails, is cleared by a close, and is not cut later."""
    home = noticed(world)
    world.meters[home].stuck = True
    world.to("2026-09-16 12:30")
    assert world.path(home)[-2:] == ["T13", "T17"]
    assert [kind for kind, _ in world.commands(home)] == [Kind.TRIP, Kind.CLOSE]
    world.to("2026-09-16 13:00")
    world.pay(home, "100.00")
    world.to("2026-09-16 13:01")
    assert world.state(home) is State.NORMAL
    assert world.messages(home)[-1] == "S08"


def test_cut_is_given_up_after_three_windows(world: World) -> None:
    """A cut that fails in three windows, each with its own notice, becomes a work order and is not tried again."""
    home = noticed(world)
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


def test_shop_is_restored_by_its_key(bench: Bench) -> None:
    """A shop needs an approval and three days, and after paying it presses the key itself."""
    world = make_world(bench, deposits={shop_no(1): "440.00"})
    shop = bench.accounts[shop_no(1)]
    world.morning(MONDAY)
    assert world.state(shop) is State.WARNED
    world.morning(TUESDAY)
    assert world.state(shop) is State.PENDING_APPROVAL
    world.to("2026-09-15 08:50")
    world.sign(shop, "li.appr")
    assert world.state(shop) is State.NOTICED
    for day in (WEDNESDAY, THURSDAY, FRIDAY):
        world.morning(day)
    world.to("2026-09-18 09:10")
    assert world.state(shop) is State.CUT
    world.to("2026-09-18 10:00")
    world.pay(shop, "500.00")
    world.to("2026-09-18 10:01")
    assert world.state(shop) is State.AWAIT_KEY
    assert world.messages(shop)[-1] == "S12"
    world.to("2026-09-18 10:03")
    world.meters[shop].press_key()
    world.to("2026-09-18 10:15")
    assert world.path(shop)[-1] == "T25"
    assert world.messages(shop)[-1] == "S11"


def test_key_not_pressed(bench: Bench) -> None:
    """A customer who does not press the key is called after an hour; after a day somebody goes there."""
    world = make_world(bench, deposits={shop_no(1): "440.00"})
    shop = bench.accounts[shop_no(1)]
    for day in (MONDAY, TUESDAY):
        world.morning(day)
    world.sign(shop, "li.appr")
    for day in (WEDNESDAY, THURSDAY, FRIDAY):
        world.morning(day)
    world.to("2026-09-18 10:00")
    world.pay(shop, "500.00")
    world.to("2026-09-18 11:02")
    assert world.orders(shop) == ["CALL_CUSTOMER"]
    world.to("2026-09-19 10:02")
    assert world.state(shop) is State.RESTORE_FAILED
    assert "RESTORE_FAILED" in world.orders(shop)


def test_rejected_and_lapsed(bench: Bench) -> None:
    """A rejected proposal holds the customer; one that nobody answers lapses and is proposed again."""
    deposits = {home_no(1): WARN_THEN_SHORT, home_no(2): WARN_THEN_SHORT}
    new = {no: {"cut_before": False} for no in deposits}
    world = make_world(bench, deposits=deposits, changes=new)
    first, second = (bench.accounts[no] for no in deposits)
    world.morning(MONDAY)
    world.morning(TUESDAY)
    assert world.state(first) is world.state(second) is State.PENDING_APPROVAL
    world.sign(first, decision=Decision.REJECT)
    assert world.path(first)[-1] == "T09"
    assert FlagKind.HOLD in bench.read(archive.flags, first)
    for day in (WEDNESDAY, THURSDAY, FRIDAY):
        world.morning(day)
        assert bench.write(control.lapse) == 0
    world.to("2026-09-19 00:05")
    assert bench.write(control.lapse) == 1
    world.to("2026-09-19 00:06")
    assert world.path(second)[-1] == "T09"
    world.morning(SATURDAY)
    assert world.path(second)[-2:] == ["T09", "T07"]
    assert world.state(first) is State.ARREARS


def test_kill_switch_for_three_days(world: World) -> None:
    """Under the kill switch nobody is cut; after 72 hours notice and approval are void."""
    home = noticed(world)
    world.bench.write_by(OPERATOR, archive.stop, "370100", "storm")
    world.to("2026-09-16 18:00")
    assert world.state(home) in {State.NOTICED, State.CUT_SCHEDULED}
    assert world.commands(home) == []
    for day in (THURSDAY, FRIDAY):
        world.morning(day)
    world.to("2026-09-19 09:00")
    assert world.path(home)[-1] == "T33"
    assert world.state(home) is State.ARREARS


def test_window_missed_begins_anew(world: World) -> None:
    """A trip that could not be sent in its window goes back, and the next window needs a new 30-minute notice."""
    home = noticed(world)
    world.held_back = True
    world.to("2026-09-16 11:01")
    world.held_back = False
    assert world.path(home)[-1] == "T34"
    world.to("2026-09-16 13:45")
    assert world.messages(home).count("S07") == 2
    world.to("2026-09-16 14:10")
    assert world.state(home) is State.CUT


def test_three_last_notices_without_a_cut(world: World) -> None:
    """After three 30-minute notices without a frame sent the way to the cut begins anew, with a work order."""
    home = noticed(world)
    world.held_back = True
    world.to("2026-09-16 16:30")
    world.morning(THURSDAY)
    world.to("2026-09-17 11:30")
    assert world.messages(home).count("S07") == 3
    assert "T35" in world.path(home)
    assert "CUT_LAPSED" in world.orders(home)


def test_found_open_after_a_restore(world: World) -> None:
    """A relay that is read open within 72 hours of our restore is restored again, without anybody asking."""
    home = cut(world)
    world.to("2026-09-16 19:30")
    world.pay(home, "100.00")
    world.to("2026-09-16 19:45")
    world.meters[home].open = True
    world.to("2026-09-16 20:05")
    assert world.path(home)[-3:] == ["T36", "T21", "T23"]
    assert not world.meters[home].open


def test_found_closed_without_an_order(world: World) -> None:
    """A cut relay that is read closed becomes a case; when it is decided the account starts anew, never re-tripped."""
    home = cut(world)
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


def test_mass_check_holds_everything_that_leads_to_a_cut(bench: Bench) -> None:
    """While the mass check waits nobody is told of shortage, proposed or noticed; MGR lets it all pass."""
    deposits = {home_no(n): WARN_THEN_SHORT for n in range(1, 9)}
    world = make_world(bench, homes=8, deposits=deposits)
    homes = [bench.accounts[no] for no in deposits]
    world.morning(MONDAY)
    world.morning(TUESDAY)
    assert {world.state(home) for home in homes} == {State.ARREARS}
    assert {m for home in homes for m in world.messages(home)} == {"S02"}
    by = By("mgr:zhao.mgr", "desk", Rank.PEOPLE)
    bench.write_by(by, control.mass_release, TUESDAY, "zhao.mgr")
    world.to("2026-09-15 10:00")
    assert {world.state(home) for home in homes} == {State.NOTICED}
    assert {tuple(world.messages(home)) for home in homes} == {("S02", "S04", "S06")}


def test_reminders_are_repeated(bench: Bench) -> None:
    """A low balance is reminded of every three days, three times more at most."""
    world = make_world(bench, daily="1.00", shops=0, deposits={home_no(1): "30.00"})
    home = bench.accounts[home_no(1)]
    for n in range(14):
        world.morning(MONDAY + timedelta(days=n))
    assert world.state(home) is State.REMINDED
    days = [m.day - MONDAY for m in world.all_messages(home)]
    assert days == [timedelta(days=n) for n in (0, 3, 6, 9)]
    assert Decimal(0) < world.balance(home) < 30
