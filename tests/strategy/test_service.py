"""Rules in force, dry runs, enrolling, candidates, marks."""

from datetime import timedelta

import pytest

from headend import archive, notify, strategy
from headend.archive import FlagKind
from headend.config import read_default
from headend.store import Room
from headend.store.marks import due_marks
from headend.store.tables import pending
from headend.strategy import Phase, RuleFileError, State, UnknownStateError
from headend.strategy.rule_files import read_rules
from tests.rooms import MONDAY, Bench, home_no, local
from tests.strategy.world import BATCH, OPERATOR, World, make_world, one

TUESDAY = MONDAY + timedelta(days=1)


def marks(world: World) -> dict[int, object]:
    """Give the marks of this room: account → not before."""
    rows = world.bench.read(lambda view: view.all(pending.select().where(pending.c.room == Room.STRATEGY.value)))
    return {row.account: row.not_before for row in rows}


def test_rules_come_into_force_once(world: World) -> None:
    """The shipped file is applied where no rules are; later only an act with a reason changes them."""
    write, shipped = world.bench.write, read_default("rules.toml")
    first = world.bench.read(strategy.in_force).version
    other = {"rule": [rule for rule in shipped["rule"] if rule["id"] != "T11"]}
    assert write(strategy.load_rules, other) == first
    second = write(strategy.apply_rules, other, "no T11")
    assert second > first
    assert write(strategy.apply_rules, other, "again") == second
    assert not any(rule.id == "T11" for rule in world.bench.read(strategy.in_force).rules)


def test_bad_rules_never_come_into_force(world: World) -> None:
    """A document with a rule that no file may hold is refused whole."""
    shipped = read_default("rules.toml")
    cut = {"id": "T13", "from": ["CUT_SCHEDULED"], "to": "CUT_ORDERED", "when": "true"}
    before = world.bench.read(strategy.in_force).version
    with pytest.raises(RuleFileError, match="T13"):
        world.bench.write(strategy.apply_rules, {"rule": [*shipped["rule"], cut]}, "faster")
    assert world.bench.read(strategy.in_force).version == before


def test_transitions_name_the_rules_they_were_made_by(world: World) -> None:
    """Each transition refers to its rule and rule set, and keeps the values it looked at."""
    world.morning(MONDAY)
    version = world.bench.read(strategy.in_force).version
    made = [t for t in world.bench.read(strategy.transitions, one(world)) if t.rule == "T03"]
    assert {t.rule_set for t in made} == {version}
    assert all(t.facts["comparison"] == "WARN" for t in made)
    assert {t.facts["balance"] for t in made} == {int(world.balance(one(world)) * 100)}


def test_dry_run_tells_and_writes_nothing(world: World) -> None:
    """A dry run names account, rule and move of what the comparison would do, and leaves everything as it is."""
    home = one(world)
    world.to("2026-09-14 07:50")
    world.estimate(MONDAY)
    would = world.bench.read(strategy.dry_run)
    assert [(w.account, w.rule, w.source, w.target) for w in would] == [(home, "T03.1", State.NORMAL, State.NORMAL)]
    harsher = read_default("rules.toml")
    harsher["rule"] = [{"id": "T05", "from": ["NORMAL"], "to": "ARREARS", "when": "available < t2"}]
    would = world.bench.read(strategy.dry_run, read_rules(harsher))
    assert [w.rule for w in would] == ["T05.1"]
    assert world.messages(home) == []
    assert world.path(home) == []


def test_enrolling_twice_changes_nothing(world: World) -> None:
    """An account that is enrolled keeps its state and has one T01."""
    home = one(world)
    world.morning(MONDAY)
    assert world.bench.write(strategy.enrol, home).state is State.WARNED
    assert [t.rule for t in world.bench.read(strategy.transitions, home)].count("T01") == 1


def test_unknown_states_are_errors_and_looks_are_not(bench: Bench) -> None:
    """An account without a state is an error to ask for, and nothing to look at."""
    bench.load()
    home = bench.accounts[home_no(1)]
    bench.write(strategy.load_rules, read_default("rules.toml"))
    assert bench.write(strategy.react, home) == []
    with pytest.raises(UnknownStateError):
        bench.read(strategy.state, home)


def test_a_second_look_changes_nothing(noticed: World) -> None:
    """Looking again at the same facts moves nothing, sends nothing and leaves the same mark."""
    home = one(noticed)
    before = (noticed.path(home), noticed.messages(home), marks(noticed))
    assert noticed.bench.write(strategy.react, home) == []
    assert (noticed.path(home), noticed.messages(home), marks(noticed)) == before


def test_timers_are_marks(noticed: World) -> None:
    """What only time will change is a mark for its instant: here the printed cut time."""
    home = one(noticed)
    assert marks(noticed)[home] == local("2026-09-16 09:00")
    due = noticed.bench.read(lambda view: due_marks(Room.STRATEGY, view, 10))
    assert list(due.items) == []
    assert due.next == local("2026-09-16 09:00")


def test_candidates_are_those_due_for_a_cut(world: World) -> None:
    """The mass check is told who is short and on the way to a cut; who is held is not on the way."""
    home = one(world)
    world.morning(MONDAY)
    world.to("2026-09-15 07:50")
    world.estimate(TUESDAY)
    world.to("2026-09-15 08:20")
    for chunk in world.bench.read(archive.chunks):
        world.bench.write_by(BATCH, strategy.run, TUESDAY, chunk, Phase.COMPARE)
    assert world.bench.read(strategy.candidates, TUESDAY) == {home}
    world.bench.write_by(OPERATOR, archive.set_flag, home, FlagKind.HOLD, until=None, reason="asked")
    assert world.bench.read(strategy.candidates, TUESDAY) == frozenset()


def test_nothing_leads_to_a_cut_before_the_mass_check(world: World) -> None:
    """Between comparison and mass check an account goes to ARREARS and no further, and hears nothing of it."""
    home = one(world)
    world.morning(MONDAY)
    world.to("2026-09-15 07:50")
    world.estimate(TUESDAY)
    world.to("2026-09-15 08:20")
    for chunk in world.bench.read(archive.chunks):
        fired = world.bench.write_by(BATCH, strategy.run, TUESDAY, chunk, Phase.COMPARE)
        assert fired == {"T05": 1}
    world.to("2026-09-15 12:00")
    world.bench.write(strategy.react, home)
    assert world.state(home) is State.ARREARS
    assert world.messages(home) == ["S02"]


def test_shadow_areas_hear_nothing(bench: Bench) -> None:
    """In roll-out stage 1 the balance is computed and nobody is told; nobody is proposed either."""
    world = make_world(bench, deposits={home_no(1): "287.00"})
    bench.write(archive.set_stage, "TA-0001", 1)
    for day in (MONDAY, TUESDAY):
        world.morning(day)
    assert world.state(one(world)) is State.ARREARS
    assert world.messages(one(world)) == []


def test_overtaken_messages_expire(world: World) -> None:
    """A warning that waits for the morning is expired by the payment that overtakes it."""
    home = one(world)
    world.morning(MONDAY)
    world.bench.write(notify.put, home, "S01", {"bal": "1.00", "n": "0"}, at=local("2026-09-15 08:00"))
    world.to("2026-09-14 21:00")
    world.pay(home, "100.00")
    states = {m.template: m.state for m in world.all_messages(home)}
    assert states["S01"] is notify.State.EXPIRED


def test_a_look_that_fails_keeps_the_payment(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever goes wrong in looking at the account, the payment is posted and the account is looked at again."""
    home = one(world)
    world.morning(MONDAY)

    def fail(*_args: object) -> None:
        raise RuntimeError("on purpose")

    with monkeypatch.context() as patch:
        patch.setattr("headend.strategy.service.react", fail)
        world.pay(home, "100.00")
    assert world.balance(home) > 100
    world.to("2026-09-14 09:00")
    assert world.state(home) is State.NORMAL
