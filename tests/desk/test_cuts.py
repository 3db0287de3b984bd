"""Approvals, manual restores, holds, switches: what people decide about cuts."""

from datetime import timedelta

import pytest

from headend import archive, control, work
from headend.archive import FlagKind
from headend.control import Kind
from headend.desk import ArgumentsError, NotFoundError, NotPermittedError, RefusedError
from headend.strategy import State
from headend.work import OrderKind
from tests.desk.conftest import Counter, named
from tests.rooms import MONDAY, home_no, shop_no

TUESDAY = MONDAY + timedelta(days=1)

WANG = named("wang.appr", "APPR-1")
SUN = named("sun.appr", "APPR-1")
LI = named("li.appr", "APPR-2")
ZHAO = named("zhao.mgr", "MGR")
CHEN = named("chen.opr", "OPR")
ZHOU = named("zhou.fee", "FEE")
ZHENG = named("zheng.tech", "TECH")
WU = named("wu.am", "AM")


def one(counter: Counter) -> int:
    """Give the first home."""
    return counter.world.bench.accounts[home_no(1)]


def test_an_approver_sees_what_waits_for_their_signature(proposed: Counter) -> None:
    """Each approver's list holds the classes that their role signs, within their unit; others see all of theirs."""
    assert [row["account"] for row in proposed.call(WANG, "work_list")] == [home_no(2)]
    assert [row["account"] for row in proposed.call(LI, "work_list")] == [shop_no(1)]
    assert proposed.call(SUN, "work_list") == []
    assert {row["account"] for row in proposed.call(ZHOU, "work_list")} == {home_no(2), shop_no(1)}


def test_the_list_shows_what_an_approver_has_to_see(proposed: Counter) -> None:
    """Debt, days in arrears, notices, age of the reading, risk marks; the name masked."""
    (row,) = proposed.call(LI, "work_list")
    assert (row["debt"], row["days"], row["signs"], row["class"]) == ("28.00", 0, "APPR-2", "N1")
    assert row["reading"] == str(TUESDAY)
    assert row["mark"] == "G"
    assert [notice[:3] for notice in row["notices"]] == ["S02", "S04"]
    assert row["customer"].endswith("*")


def test_signing_sends_the_notice_in_the_same_transaction(proposed: Counter) -> None:
    """A signed cut is noticed at once; the same signature again changes nothing."""
    (row,) = proposed.call(WANG, "work_list")
    first = proposed.call(WANG, "sign", proposal=row["proposal"], decision="approve", reason="checked")
    again = proposed.call(WANG, "sign", proposal=row["proposal"], decision="approve", reason="checked")
    assert (first["state"], first["already"], again["already"]) == (State.NOTICED, False, True)
    assert proposed.world.messages(proposed.world.bench.accounts[home_no(2)])[-1] == "S06"


def test_a_rejection_needs_its_reason_and_holds(proposed: Counter) -> None:
    """Whoever rejects says why, and the customer is left in peace."""
    (row,) = proposed.call(WANG, "work_list")
    with pytest.raises(ArgumentsError, match="reason"):
        proposed.call(WANG, "sign", proposal=row["proposal"], decision="reject")
    done = proposed.call(WANG, "sign", proposal=row["proposal"], decision="reject", reason="hospital at home")
    assert done["state"] == State.ARREARS
    flags = proposed.world.bench.read(archive.flags, proposed.world.bench.accounts[home_no(2)])
    assert FlagKind.HOLD in flags


def test_nobody_signs_what_is_not_theirs(proposed: Counter) -> None:
    """The wrong level is refused, another station finds nothing, other roles may not sign at all."""
    (row,) = proposed.call(WANG, "work_list")
    sign = {"proposal": row["proposal"], "decision": "approve", "reason": "checked"}
    with pytest.raises(RefusedError, match="APPR-1"):
        proposed.call(LI, "sign", **sign)
    with pytest.raises(NotFoundError):
        proposed.call(SUN, "sign", **sign)
    with pytest.raises(NotPermittedError):
        proposed.call(CHEN, "sign", **sign)
    assert [entry.outcome for entry in proposed.trail()[:3]] == ["not_permitted", "not_found", "refused"]
    assert proposed.world.state(proposed.world.bench.accounts[home_no(2)]) is State.PENDING_APPROVAL


def test_a_manual_restore_asks_for_a_reason_and_nothing_else(dark: Counter) -> None:
    """One person restores somebody in arrears, by account or meter; the trail keeps why."""
    with pytest.raises(ArgumentsError, match="reason"):
        dark.call(CHEN, "restore", account=home_no(1))
    done = dark.call(CHEN, "restore", meter=dark.world.meters[one(dark)].address, reason="medical device")
    assert (done["account"], done["state"]) == (home_no(1), State.RESTORE_ORDERED)
    dark.world.to("2026-09-16 09:11")
    assert not dark.world.meters[one(dark)].open
    entry = dark.trail()[0]
    assert (entry.actor, entry.act, entry.arguments["reason"]) == ("opr:chen.opr", "restore", "medical device")


def test_a_safety_tag_alone_refuses_a_restore(dark: Counter) -> None:
    """Where somebody works on the line nothing is switched on (R18)."""
    account = one(dark)
    due = dark.world.bench.clock.now()
    dark.world.bench.write(work.open_order, OrderKind.SAFETY_TAG, due=due, account=account)
    with pytest.raises(RefusedError, match="safety tag"):
        dark.call(CHEN, "restore", account=home_no(1), reason="medical device")
    assert dark.world.meters[account].open


def test_a_restore_in_earlier_states_closes_all_the_same(proposed: Counter) -> None:
    """Before anything was cut the close command goes too, and the cut is held."""
    done = proposed.call(ZHAO, "restore", account=home_no(1), reason="promised to the mayor")
    assert done["commands"]
    kinds = [command.kind for command in proposed.world.bench.read(control.commands, one(proposed))]
    assert kinds == [Kind.CLOSE]


def test_a_hold_ends_by_itself_and_no_role_holds_for_longer_than_it_may(proposed: Counter) -> None:
    """OPR holds for a day; the same hold again is the same one."""
    with pytest.raises(NotPermittedError, match="24 hours"):
        proposed.call(CHEN, "hold", account=home_no(1), hours=25, reason="dispute")
    first = proposed.call(CHEN, "hold", account=home_no(1), hours=24, reason="dispute")
    proposed.world.to("2026-09-15 10:00")
    again = proposed.call(CHEN, "hold", account=home_no(1), hours=24, reason="dispute")
    assert (first["state"], first["already"], again["already"]) == (State.ARREARS, False, True)
    assert first["until"] == again["until"] == "2026-09-16T08:31:00+08:00"
    long = proposed.call(ZHOU, "hold", account=home_no(1), hours=480, reason="instalments")
    assert not long["already"]


def test_the_operator_stops_and_only_the_manager_resumes(proposed: Counter) -> None:
    """The kill switch is easily turned on and deliberately turned off."""
    unit = {"unit": "TA-0001", "reason": "flood"}
    assert proposed.call(CHEN, "stop", **unit) == {"unit": "TA-0001", "stopped": True, "already": False}
    assert proposed.call(CHEN, "stop", **unit)["already"]
    with pytest.raises(NotPermittedError):
        proposed.call(CHEN, "resume", **unit)
    assert proposed.world.bench.read(archive.stopped, one(proposed))
    proposed.call(ZHAO, "resume", **unit)
    assert not proposed.world.bench.read(archive.stopped, one(proposed))


def test_a_unit_outside_of_the_callers_is_not_found(proposed: Counter) -> None:
    """Codes that are nobody's are refused as well."""
    with pytest.raises(NotFoundError):
        proposed.call(CHEN, "stop", unit="TA-9999", reason="flood")


def test_held_cuts_pass_in_the_managers_name_alone(proposed: Counter) -> None:
    """Today's verdict can be seen by all; another day's can't be released."""
    assert proposed.call(CHEN, "mass_check")["verdict"] == "passed"
    with pytest.raises(NotPermittedError):
        proposed.call(WANG, "mass_release", day=str(TUESDAY))
    with pytest.raises(ArgumentsError):
        proposed.call(ZHAO, "mass_release", day=str(MONDAY))
    assert proposed.call(ZHAO, "mass_release", day=str(TUESDAY))["verdict"] == "passed"


def test_a_technician_ends_a_failed_restore_on_site(dark: Counter) -> None:
    """The report closes the work order with its evidence, the relay is read to prove it, told again nothing happens."""
    meter = dark.world.meters[one(dark)]
    meter.stuck = True
    dark.call(CHEN, "restore", account=home_no(1), reason="paid in cash")
    dark.world.to("2026-09-16 09:40")
    assert dark.world.state(one(dark)) is State.RESTORE_FAILED
    (order,) = [o for o in dark.call(ZHENG, "work_orders") if o["kind"] == "RESTORE_FAILED"]
    assert (order["account"], order["role"], order["owner"]) == (home_no(1), "TECH", "zheng.tech")
    meter.stuck = meter.open = meter.command_open = False
    report = {"account": home_no(1), "by": "zheng.tech", "note": "freed the relay, photo 17"}
    done = dark.call(ZHENG, "onsite_closed", **report)
    dark.world.to("2026-09-16 09:45")
    assert done["orders"] == [order["id"]]
    assert dark.world.state(one(dark)) is State.ARREARS
    assert dark.call(ZHENG, "onsite_closed", **report)["already"]
    (closed,) = [o for o in dark.call(ZHENG, "work_orders", state="closed") if o["id"] == order["id"]]
    history = dark.world.bench.read(work.history, closed["id"])
    assert history[-1].values == {"note": report["note"], "reported_by": "zheng.tech", "done_by": "zheng.tech"}
    assert "note" not in dark.trail()[0].arguments


def test_nobody_reports_from_a_site_where_nothing_is_wrong(proposed: Counter) -> None:
    """A report about an account that is not being restored is refused."""
    with pytest.raises(RefusedError, match="restore"):
        proposed.call(ZHENG, "onsite_closed", account=home_no(3), by="zheng.tech", note="was here")


def test_a_work_order_is_closed_by_its_owner_with_evidence(proposed: Counter) -> None:
    """Other roles are refused, but for those who dispatch."""
    bench = proposed.world.bench
    order = bench.write(work.open_order, OrderKind.CONTACT_BAD, due=bench.clock.now(), account=one(proposed))
    with pytest.raises(NotPermittedError, match="AM"):
        proposed.call(ZHENG, "work_close", order=order, evidence="phoned")
    with pytest.raises(ArgumentsError):
        proposed.call(WU, "work_close", order=order, evidence="")
    done = proposed.call(WU, "work_close", order=order, evidence="new phone proven")
    assert not done["already"]
    assert proposed.call(CHEN, "work_close", order=order, evidence={"photo": "18"})["already"]
