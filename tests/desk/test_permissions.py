"""Who may do what, and that nothing happens without a trace."""

import os
from typing import Any

import pytest

from headend import collect
from headend.desk import ACTS, ArgumentsError, NotFoundError, NotPermittedError, Role, UnknownActError, Way
from headend.desk.model import Caller
from headend.desk.service import permit
from tests.desk.conftest import WECHAT, Counter, Somebody, named
from tests.rooms import MONDAY, home_no, shop_no

MAY_CHANGE = {
    Role.ADMIN: {"archive_import", "meter_profile", "generation"},
    Role.ACQ: {"work_close", "collect_import", "collect_run", "link_drop"},
    Role.FEE: {"archive_import", "meter_profile", "generation", "hold", "work_close", "contact_reveal"},
    Role.BILL: {"work_close", "collect_import", "correction_sign"},
    Role.APPR_1: {"sign", "hold", "work_close"},
    Role.APPR_2: {"sign", "hold", "work_close", "correction_sign"},
    Role.MGR: {"sign", "restore", "stop", "resume", "mass_release", "work_close"},
    Role.OPR: {
        *("restore", "hold", "stop", "onsite_closed", "work_close", "contact_reveal"),
        *("collect_run", "link_drop"),
    },
    Role.CS: {"hold", "work_close", "contact_reveal"},
    Role.AM: {"work_close", "contact_reveal"},
    Role.COUNTER: {"pay", "work_close", "contact_reveal"},
    Role.TECH: {"onsite_closed", "work_close", "contact_reveal", "collect_run", "link_drop"},
    Role.AUDIT: {"work_close"},
    Role.LEGAL: {"work_close"},
    Role.VIEW: set(),
    Role.CHANNEL: {"pay"},
}
"""What each role may change (business table of roles); everything else it may look at, or not at all."""

CHANGES = {name for name, act in ACTS.items() if act.way is Way.WRITE} | {
    *("archive_import", "meter_profile", "collect_import", "collect_run", "link_drop"),
}

LISA = named("wu.am", "AM")

OUTSIDERS = {Role.CHANNEL: WECHAT, Role.TECH: named("zheng.tech")}


@pytest.mark.parametrize("role", list(Role))
def test_each_role_changes_what_the_business_lets_it(role: Role) -> None:
    """The table of acts gives each role exactly its acts; nobody but approvers sign, ADMIN moves no money or relay."""
    allowed = set()
    for name in CHANGES:
        try:
            permit(ACTS[name], Caller("somebody", role))
        except NotPermittedError:
            continue
        allowed.add(name)
    assert allowed == MAY_CHANGE[role]


def test_no_act_cuts_anybody() -> None:
    """A cut is proposed by rules and signed by people: there is no act that orders one."""
    assert not {name for name in ACTS if "cut" in name or "trip" in name or "propose" in name}


@pytest.mark.parametrize("name", sorted(ACTS))
def test_who_may_not_is_told_and_noted(counter: Counter, name: str) -> None:
    """A role without the permission is refused before anything is looked at, and the refusal is on the trail."""
    user = next((user for role, user in OUTSIDERS.items() if role not in ACTS[name].roles), None)
    if user is None:
        assert name == "whoami"
        return
    with pytest.raises(NotPermittedError):
        counter.call(user, name, anything="at all")
    entry = counter.trail()[0]
    assert (entry.act, entry.outcome, entry.arguments) == (name, "not_permitted", {})


def test_a_user_whom_the_archive_does_not_know_may_nothing(counter: Counter) -> None:
    """Who connects from this machine is somebody by the archive, or nobody."""
    with pytest.raises(NotPermittedError, match="no active member of staff"):
        counter.call(Somebody(user="mallory"), "status")
    assert counter.trail()[0].actor == "unknown:mallory"
    assert counter.call(Somebody(user="chen.opr"), "whoami")["role"] == "OPR"


def test_the_daemons_own_user_administrates(counter: Counter) -> None:
    """In a laboratory root and the daemon's user may try every role's acts."""
    for uid in {0, os.getuid()}:
        assert counter.call(Somebody(uid=uid, user="root"), "whoami")["every_role"]
    counter.call(Somebody(uid=0, user="root"), "restore", account=home_no(1), reason="tried out")
    assert counter.trail()[0].actor == "admin:root"


def test_a_script_that_mistakes_its_role_is_told(counter: Counter) -> None:
    """A name with another role than the archive's is refused."""
    with pytest.raises(NotPermittedError, match="APPR-1"):
        counter.call(named("wang.appr", "MGR"), "status")


def test_objects_of_another_station_do_not_exist(counter: Counter) -> None:
    """Staff see their unit and what is below it: elsewhere nothing is found, listed or changed."""
    sun, wang = named("sun.appr"), named("wang.appr")
    assert counter.call(sun, "accounts") == []
    assert len(counter.call(wang, "accounts")) == 4
    for act in ("account", "explain", "messages"):
        with pytest.raises(NotFoundError):
            counter.call(sun, act, no=home_no(1))
    with pytest.raises(NotFoundError):
        counter.call(sun, "hold", account=home_no(1), hours=1, reason="mine")
    with pytest.raises(NotFoundError):
        counter.call(wang, "accounts", area="TA-0002")


def test_an_unknown_act_is_named(counter: Counter) -> None:
    """A misspelt act says so."""
    with pytest.raises(UnknownActError, match="poy"):
        counter.call(WECHAT, "poy")


def test_faults_in_arguments_are_told_without_their_values(counter: Counter) -> None:
    """Every fault is named; what was typed is repeated nowhere, as it may be personal."""
    with pytest.raises(ArgumentsError) as told:
        counter.call(LISA, "contact_reveal", account="13800000001x", reason="", phone="13800000002")
    text = str(told.value)
    assert all(name in text for name in ("account", "reason", "phone"))
    assert "1380000000" not in text
    assert counter.trail()[0].arguments == {}


def test_phones_are_masked_until_somebody_says_why(counter: Counter) -> None:
    """An account shows masked contacts; unmasking them is an act, and the trail keeps who and why but no phone."""
    account: dict[str, Any] = counter.call(LISA, "account", no=home_no(1))
    assert account["contacts"][0]["phone"] == "138********"
    shown = counter.call(LISA, "contact_reveal", account=home_no(1), reason="call about the key")
    assert shown["contacts"][0]["phone"] == "13800000001"
    entry = counter.trail()[0]
    assert (entry.actor, entry.arguments) == ("am:wu.am", {"account": home_no(1), "reason": "call about the key"})
    assert "13800000001" not in str(counter.trail())


def test_reading_leaves_the_trail_alone(counter: Counter) -> None:
    """Looking at things that one may see is no act on the trail."""
    for act, args in (("accounts", {}), ("status", {}), ("explain", {"no": shop_no(1)}), ("work_orders", {})):
        counter.call(LISA, act, **args)
    assert counter.trail() == []


def test_an_accounts_list_can_be_narrowed(counter: Counter) -> None:
    """By state, by unit, by number of rows; each row has what a list shows."""
    rows = counter.call(LISA, "accounts", state="NORMAL", area="TA-0001", limit=2)
    assert [row["no"] for row in rows] == [home_no(1), home_no(2)]
    assert {"class_code", "state", "since", "available", "days_left", "last_reading", "mark"} <= rows[0].keys()
    assert counter.call(LISA, "accounts", state="CUT") == []


def test_collection_is_told_of_ones_own_unit(counter: Counter) -> None:
    """Links, counts, findings and missing readings: those of another station are not there."""
    bench = counter.world.bench
    bench.at(f"{MONDAY} 08:30")
    bench.write(collect.plan, MONDAY)
    for user, due in (("wang.appr", 4), ("sun.appr", 0)):
        told = counter.call(named(user), "collect_status")
        assert (told["due"], len(told["missing"]), len(told["links"])) == (due, due, due // 2)
        assert len(counter.call(named(user), "links")) == due // 2
        assert counter.call(named(user), "events") == []
