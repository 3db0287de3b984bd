"""The safety rules: each refuses for its own reason, and for that alone."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import Executable, update

from headend import archive, collect, control, settle, work
from headend.archive import FlagKind
from headend.archive.tables import account, agreement, meter, unit
from headend.collect import Mark, Registers
from headend.collect.clocks import note_clock
from headend.config import defaults
from headend.control import STEPS, Step
from headend.control.interlocks import RULES
from headend.control.tables import command, mass_check, proposal, refusal
from headend.notify.sending import gateway_seen
from headend.store import Tx
from headend.work import OrderKind
from tests.control.ready import Ready, live
from tests.rooms import BY, SITE

SECURED = frozenset({("dlt645", "state-grid-2013"), ("dlt698", "state-grid-698")})


def refused(ready: Ready, step: Step = Step.RELEASE) -> set[str]:
    """Give the rules that refuse now."""
    return {found.rule for found in ready.bench.read(control.refusals, ready.account, step)}


@pytest.mark.parametrize("step", list(Step))
def test_a_home_that_is_due_passes_every_rule(ready: Ready, step: Step) -> None:
    """With notice, signature, live read and shortage in order no rule refuses."""
    assert refused(ready, step) == set()


Act = Callable[[Ready], object]


def flag(kind: FlagKind) -> Act:
    """Set a flag on the account."""
    return lambda ready: ready.bench.write(archive.set_flag, ready.account, kind, until=None, reason="t")


def order(kind: OrderKind) -> Act:
    """Open a work order about the account."""

    def act(ready: Ready) -> None:
        now = ready.bench.clock.now()
        ready.bench.write(work.open_order, kind, account=ready.account, due=now)

    return act


def run(statement: Executable) -> Act:
    """Change a row as no room would, to put a rule to the test."""

    def act(ready: Ready) -> None:
        ready.bench.write(Tx.execute, statement)

    return act


def at(text: str) -> Act:
    """Let time pass."""
    return lambda ready: ready.bench.at(text)


def suspect_reading(ready: Ready) -> None:
    """Let today's freeze become suspect and the day be estimated again."""
    today = ready.bench.read(lambda view: view.today)
    registers = Registers(ready.register(today) + 3)
    ready.bench.write(
        collect.store_reading, ready.account, ready.point, today, registers, mark=Mark.S, source="onsite", reason="t"
    )
    ready.bench.write(settle.refresh, ready.account)


def low_live_read(ready: Ready) -> None:
    """Pay so much that the live register does not confirm a shortage."""
    ready.pay("200.00")


def small_debt(ready: Ready) -> None:
    """Pay so much that less than a yuan is missing."""
    owed = -ready.bench.read(settle.available, ready.account).v
    ready.pay(str(owed - Decimal("0.50")))


def clock_of_another_year(ready: Ready) -> None:
    """Let the meter's clock be read, years behind."""
    place = ready.bench.read(lambda view: archive.place(view, ready.account, view.today))
    ready.bench.write(note_clock, place, timedelta(days=-9000))


def pay_nobody(ready: Ready) -> None:
    """Let a payment come for an account that nobody has."""
    ready.bench.write(
        settle.post, settle.Payment("9999999999", "counter", "77", Decimal("5.00"), ready.bench.clock.now())
    )


def restore(ready: Ready) -> None:
    """End a close with success."""

    def close(tx: Tx) -> None:
        number = control.order(tx, ready.account, control.Kind.CLOSE)
        ended = {"state": "DONE", "ended": tx.now, "due": None}
        tx.execute(update(command).where(command.c.id == number).values(**ended))

    ready.bench.write(close)


def change_prices(ready: Ready) -> None:
    """Load a price book in which a price is another."""
    text = (defaults() / "prices.toml").read_text("utf-8")
    changed = text.replace("0.5469", "0.5470", 1)
    assert changed != text
    ready.bench.write(settle.load_prices, changed)


@dataclass(frozen=True)
class Case:
    """What happens, and which rules refuse then (beside others that follow from it)."""

    rule: str
    act: Act


CASES = [
    Case("R1", flag(FlagKind.PROTECTED)),
    Case("R1", flag(FlagKind.LOVE_CARE)),
    Case("R1", flag(FlagKind.HOLD)),
    Case("R2", at("2026-09-16 11:00")),
    Case("R3", suspect_reading),
    Case("R3", flag(FlagKind.STALE_DATA)),
    Case("R3", flag(FlagKind.METER_CHANGE)),
    Case("R3", clock_of_another_year),
    Case("R4", low_live_read),
    Case("R5", at("2026-09-16 12:40")),
    Case("R6", run(agreement.delete())),
    Case("R7", small_debt),
    Case("R8", lambda r: r.bench.write(settle.adjust, r.account, Decimal("-1.00"), "t")),
    Case("R9", pay_nobody),
    Case("R10", lambda r: r.bench.write(gateway_seen, up=False)),
    Case("R11", order(OrderKind.MIX_UP)),
    Case("R12", order(OrderKind.DISPUTE)),
    Case("R13", flag(FlagKind.EMERGENCY_CREDIT)),
    Case("R13", restore),
    Case("R14", run(update(unit).values(stage=2))),
    Case("R14", run(update(account).values(sim=False))),
    Case("R15", run(update(mass_check).values(passed=False))),
    Case("R16", lambda r: r.bench.write(archive.stop, "370100", "storm")),
    Case("R17", change_prices),
    Case("R18", order(OrderKind.SAFETY_TAG)),
    Case("R19", order(OrderKind.RELAY_ODD)),
    Case("R20", run(update(proposal).values(proposer=proposal.c.approver))),
]


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.rule)
def test_each_rule_refuses_for_its_reason(ready: Ready, case: Case) -> None:
    """What the rule forbids makes it refuse at the release, and at each other step that asks it."""
    case.act(ready)
    for step in Step:
        assert (case.rule in refused(ready, step)) == (case.rule in STEPS[step])


def test_every_rule_has_its_case() -> None:
    """No rule is left untested."""
    assert {case.rule for case in CASES} == set(RULES)


def test_a_clock_hours_off_is_no_reason_against_a_flat_price(ready: Ready) -> None:
    """Up to a day only what is priced by periods is not trusted; R3 lets the total pass."""
    place = ready.bench.read(lambda view: archive.place(view, ready.account, view.today))
    ready.bench.write(note_clock, place, timedelta(hours=23))
    assert "R3" not in refused(ready)


def test_an_old_live_read_is_none(ready: Ready) -> None:
    """After two hours the meter has to be asked again."""
    ready.bench.at("2026-09-16 11:09")
    assert "R4" in refused(ready)
    live(ready)
    assert "R4" not in refused(ready)


def test_refusals_are_put_on_the_list_of_the_day(ready: Ready) -> None:
    """Each refusal is recorded with its rule."""
    flag(FlagKind.HOLD)(ready)
    assert ready.bench.write_by(BY, control.passes, ready.account, Step.SENT) is False
    rows = ready.bench.read(lambda view: view.all(refusal.select()))
    assert [(row.rule, row.step) for row in rows] == [("R1", "sent")]


def test_nobody_is_cut_in_production_without_an_encryption_machine(ready: Ready) -> None:
    """Outside of a laboratory R14 refuses until an encryption machine makes the orders to this meter, and says so."""
    run(update(account).values(sim=False))(ready)
    ready.bench.store.site = replace(SITE, lab=False)
    for step in (Step.NOTICE, Step.RELEASE):
        found = ready.bench.read(control.refusals, ready.account, step)
        assert [one.values for one in found if one.rule == "R14"] == [{"security_module": "none"}]
    ready.bench.store.site = replace(SITE, lab=False, secured=SECURED)
    assert "R14" in refused(ready)
    for dialect, profile in SECURED:
        run(update(meter).values(dialect=dialect, profile=profile))(ready)
        assert "R14" not in refused(ready)


def test_a_profile_secures_meters_of_its_dialect_only(ready: Ready) -> None:
    """A meter whose profile is of the other dialect gets no secured frame: R14 refuses, and names the profile."""
    run(update(account).values(sim=False))(ready)
    ready.bench.store.site = replace(SITE, lab=False, secured=SECURED)
    for dialect, profile in (("dlt698", "state-grid-2013"), ("dlt645", "state-grid-698")):
        run(update(meter).values(dialect=dialect, profile=profile))(ready)
        found = ready.bench.read(control.refusals, ready.account, Step.RELEASE)
        assert [one.values for one in found if one.rule == "R14"] == [{"unsecured_profile": profile}]


def test_no_simulated_meter_is_cut_in_production(ready: Ready) -> None:
    """A simulated meter outside of a laboratory means that the two are mixed up: R14 refuses."""
    run(update(meter).values(dialect="dlt645", profile="state-grid-2013"))(ready)
    ready.bench.store.site = replace(SITE, lab=False, secured=SECURED)
    assert "R14" in refused(ready)
