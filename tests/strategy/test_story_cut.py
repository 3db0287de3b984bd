"""Stories of money: warned, noticed, cut, paid at every moment on the way."""

from datetime import timedelta
from decimal import Decimal

from headend.control import Kind
from headend.control import State as CommandState
from headend.strategy import State
from tests.rooms import MONDAY, Bench, home_no, local
from tests.strategy.world import World, make_world, one


def test_warned_and_paid(world: World) -> None:
    """A customer who is warned and pays is NORMAL again at once, with a receipt and no word about a cut."""
    home = one(world)
    world.morning(MONDAY)
    assert world.state(home) is State.WARNED
    world.to("2026-09-14 10:00")
    world.pay(home, "100.00")
    assert world.state(home) is State.NORMAL
    assert world.messages(home) == ["S02", "S10"]


def test_cut_and_restored(cut: World) -> None:
    """A customer who never pays is told, told again, cut in the window, and has light seconds after paying."""
    world, home = cut, one(cut)
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


def test_cut_times(noticed: World) -> None:
    """The 30-minute notice goes 30 minutes before the window, the cut not before the printed time."""
    world, home = noticed, one(noticed)
    put = {m.template: m.created for m in world.all_messages(home)}
    assert put["S07"] == local("2026-09-16 08:30")
    assert put["S06"] == local("2026-09-15 08:30")
    world.to("2026-09-16 08:59")
    assert world.commands(home) == []
    world.to("2026-09-16 09:05")
    assert world.state(home) is State.CUT


def test_paid_in_the_last_half_minute(noticed: World) -> None:
    """A payment 30 seconds before the cut would be sent voids it: one message says so, and no receipt besides."""
    world, home = noticed, one(noticed)
    world.to("2026-09-16 08:59:35")
    moved = world.pay(home, "100.00")
    assert [(m.rule, m.message) for m in moved] == [("T14", "S08")]
    world.to("2026-09-16 12:00")
    assert world.state(home) is State.NORMAL
    assert world.commands(home) == []
    assert world.messages(home) == ["S02", "S04", "S06", "S07", "S08"]


def test_paid_while_the_trip_is_checked(noticed: World) -> None:
    """A payment that commits before SENT cancels the command in its own transaction."""
    world, home = noticed, one(noticed)
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


def test_paid_after_sent_and_never_seen_open(noticed: World) -> None:
    """A payment after SENT restores whatever became of the trip; if no read showed the relay open, S08 alone tells."""
    world, home = noticed, one(noticed)
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


def test_paid_after_sent_and_seen_open(noticed: World) -> None:
    """If a read showed the relay open after all, the customer hears S11 and gets the receipt that had waited."""
    world, home = noticed, one(noticed)
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
