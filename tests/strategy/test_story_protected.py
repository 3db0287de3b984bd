"""Stories of those who must not be cut: love-care, held, estimated, unreachable, stopped."""

from datetime import timedelta

from headend import archive, control
from headend.archive import FlagKind
from headend.control import Kind
from headend.control import State as CommandState
from headend.store import By, Rank
from headend.strategy import State, restore
from tests.rooms import MONDAY, Bench, home_no, local
from tests.strategy.conftest import WARN_THEN_SHORT
from tests.strategy.world import FRIDAY, OPERATOR, THURSDAY, TUESDAY, WEDNESDAY, World, make_world, one


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


def test_manual_restore_in_arrears(cut: World) -> None:
    """An operator restores a customer in arrears by hand, at night; a hold keeps the customer for 24 hours."""
    world, home = cut, one(cut)
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


def test_manual_restore_before_the_order(noticed: World) -> None:
    """Before an order the same act voids the notice, and the close command goes all the same."""
    world, home = noticed, one(noticed)
    moved = world.bench.write_by(OPERATOR, restore, home, "promised to pay")
    assert [(m.rule, m.message) for m in moved] == [("T15", "S08")]
    world.to("2026-09-16 12:00")
    assert world.state(home) is State.ARREARS
    assert world.commands(home) == [(Kind.CLOSE, CommandState.NOOP)]


def test_held_customer_is_not_cut(noticed: World) -> None:
    """A hold (R1) stops the way to the cut at once, with S08, and nothing is proposed while it lasts."""
    world, home = noticed, one(noticed)
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


def test_kill_switch_for_three_days(noticed: World) -> None:
    """Under the kill switch nobody is cut; after 72 hours notice and approval are void."""
    world, home = noticed, one(noticed)
    world.bench.write_by(OPERATOR, archive.stop, "370100", "storm")
    world.to("2026-09-16 18:00")
    assert world.state(home) in {State.NOTICED, State.CUT_SCHEDULED}
    assert world.commands(home) == []
    for day in (THURSDAY, FRIDAY):
        world.morning(day)
    world.to("2026-09-19 09:00")
    assert world.path(home)[-1] == "T33"
    assert world.state(home) is State.ARREARS


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


def test_silent_for_days_is_told_and_visited(world: World) -> None:
    """A customer whose meter is not read is told after three days and again after six, and somebody goes there."""
    home = one(world)
    world.morning(MONDAY)
    world.meters[home].silent = True
    told = {}
    for n in range(1, 8):
        world.morning(MONDAY + timedelta(days=n))
        told[n] = world.messages(home).count("S15")
    assert told == {1: 0, 2: 0, 3: 1, 4: 1, 5: 1, 6: 2, 7: 2}
    assert "NO_READING" in world.orders(home)
    assert world.state(home) is State.WARNED
