"""Stories of approvals and of shops, which close their relay by a key."""

from headend import archive, control
from headend.archive import FlagKind
from headend.control import Decision
from headend.strategy import State
from tests.rooms import MONDAY, Bench, home_no, shop_no
from tests.strategy.conftest import WARN_THEN_SHORT
from tests.strategy.world import FRIDAY, SATURDAY, THURSDAY, TUESDAY, WEDNESDAY, make_world


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
