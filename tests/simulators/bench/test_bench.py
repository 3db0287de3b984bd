"""The bench: which meters it makes, and how it is acted on from outside."""

import asyncio
import stat
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from clock import RealClock, SteppedClock, run_virtual
from protocols.catalogue import Protocol
from protocols.dlt645.items.profile import profile
from simulators.bench import FAULT_ACTS, Bench, MeterWish, ask, controlled, make_meter
from simulators.errors import ActError, PortError, ScenarioError
from simulators.localtime import local
from simulators.meter import ACTS, Dialect
from tests.simulators.calling import ADDRESS, Caller, call, check_read, make_bench, question, road
from tests.simulators.conftest import NOON


def test_a_meter_is_what_was_wished_for() -> None:
    """Address with its zeros, language, model, the register that was told, and freezes of the days before."""
    meter = make_meter(MeterWish("1001", Protocol.DLT645_1997, register=Decimal("77.70")), NOON)
    assert (meter.address, meter.plate.dialect) == ("000000001001", Dialect.DLT645)
    assert profile(meter.plate.profile).edition.value == "1997"
    assert meter.registers(NOON).total == 7770
    days = [local(NOON - timedelta(days=back)).date() for back in range(3)]
    assert all(meter.freeze(day, NOON) for day in days)


def test_a_meter_that_shows_little_was_put_up_later() -> None:
    """What it shows is what was told, and no freeze is of a day on which it would have counted more than that."""
    for steps in (0, 1200, 2500):
        meter = make_meter(MeterWish("1", register=Decimal(steps).scaleb(-2)), NOON)
        assert meter.registers(NOON).total == steps
        assert all(freeze.registers.total <= steps for back in range(1, 5) if (freeze := meter.freeze_back(back, NOON)))


def test_a_meter_behind_transformers_counts_the_secondary_side() -> None:
    """Its register moves by the energy of the customer divided by both ratios."""
    plain, behind = (make_meter(MeterWish("1", ct=ct, vt=vt), NOON) for ct, vt in ((1, 1), (40, 2)))
    after = NOON + timedelta(days=30)
    moved, moved_behind = (meter.registers(after).total - 123_456 for meter in (plain, behind))
    assert behind.plate.multiplier == 80
    assert abs(moved_behind * 80 - moved) <= 80 * 4


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        (MeterWish("1", ct=0), "ct 0 is no ratio"),
        (MeterWish("1", vt=100_001), "vt 100001 is no ratio"),
        (MeterWish("1", register=Decimal(1000000)), "register 1000000 is none: give 0 to 999999.99 kWh"),
        (MeterWish("10x1"), "address '10x1'"),
        (MeterWish("1234567890123"), "address '1234567890123'"),
        (MeterWish("1", Protocol.DLT645, profile="1997"), "no dlt645 model '1997'"),
        (MeterWish("1", Protocol.DLT698, profile="south-grid"), "there are .*state-grid-698"),
    ],
)
def test_a_meter_that_cannot_be_is_refused(wish: MeterWish, said: str) -> None:
    """An address that is none, or a model of another language, is named with what there is."""
    with pytest.raises(ScenarioError, match=said):
        make_meter(wish, NOON)


def test_a_bench_has_to_make_sense() -> None:
    """No meter, one address twice, or a login by a meter that has none is refused."""

    async def main(clock: SteppedClock) -> None:
        old = make_meter(MeterWish("1"), NOON)
        with pytest.raises(ScenarioError, match="a meter at least"):
            Bench(clock, [])
        with pytest.raises(ScenarioError, match="two meters"):
            Bench(clock, [old, old])
        with pytest.raises(ScenarioError, match="meter can log in"):
            Bench(clock, [old], logs_in=True)

    run_virtual(main, NOON)


def test_acts_come_in_by_a_socket(tmp_path: Path) -> None:
    """Acts and refusals come back as they are; the socket is its owner's alone and goes with the device."""
    path = tmp_path / "bench.sock"

    async def main() -> None:
        bench = make_bench(RealClock())
        async with controlled(bench.act, path):
            assert stat.S_IMODE(await asyncio.to_thread(lambda: path.stat().st_mode)) == 0o600
            assert await asyncio.to_thread(ask, path, "slow", "seconds=2") == "slow is on: answers slowly"
            assert await asyncio.to_thread(ask, path, "faults") == "slow"
            with pytest.raises(ActError, match="did you mean 'slow'"):
                await asyncio.to_thread(ask, path, "slw")
            with pytest.raises(PortError, match="another device"):
                async with controlled(bench.act, path):
                    pass
            reader, writer = await asyncio.open_unix_connection(path)
            writer.write(b"half\n\xff\n'open\n\nfaults\n")
            writer.write_eof()
            lines = (await reader.read()).decode().splitlines()
            writer.close()
            assert [line.split(" ")[0] for line in lines] == ["ok", "error", "error", "ok", "ok"]
            assert lines[-1] == "ok half slow"

    asyncio.run(main())
    with pytest.raises(PortError, match="nobody listens"):
        ask(path, "faults")


def test_what_an_ended_process_left_is_taken_away(tmp_path: Path) -> None:
    """A socket that nobody listens at any more is replaced; a file of another kind is left alone."""
    path = tmp_path / "bench.sock"

    async def main() -> None:
        server = await asyncio.start_unix_server(lambda _, writer: writer.close(), path)
        server.close()
        async with controlled(make_bench(RealClock()).act, path):
            assert await asyncio.to_thread(ask, path, "faults") == "no faults"

    asyncio.run(main())
    path.write_text("mine", "utf-8")

    async def refused() -> None:
        with pytest.raises(PortError, match="is no socket"):
            async with controlled(make_bench(RealClock()).act, path):
                pass

    asyncio.run(refused())
    assert path.read_text("utf-8") == "mine"


def test_a_meter_is_acted_on_by_name() -> None:
    """Acts of the meter take their arguments in order or by name, on the first meter or on the one that is named."""

    async def main(clock: SteppedClock) -> None:
        bench = make_bench(clock, Protocol.DLT645, "1001", "1002")
        second = bench.meters["000000001002"]
        assert bench.act("trip").startswith("taken")
        assert bench.meter.relay(NOON).open
        assert not second.relay(NOON).open
        before = second.registers(NOON).total
        bench.act("jump", "100", "meter=1002")
        assert second.registers(NOON).total == before + 10_000
        bench.act("break-relay", "how=closed", "meter=1002")
        bench.act("trip", "meter=1002")
        assert not second.relay(NOON).open
        for act, said in (
            (("jump",), "kwh is missing"),
            (("jump", "1", "2"), "takes 1 arguments, kwh: '2' is too much"),
            (("jump", "1", "meter=7"), "no meter '7' here"),
            (("tripp",), "did you mean 'trip'"),
        ):
            with pytest.raises(ActError, match=said):
                bench.act(*act)

    run_virtual(main, NOON)


def test_help_tells_every_act() -> None:
    """What can be done to meters and what to their wire have no name in common, and all are told."""

    async def main(clock: SteppedClock) -> None:
        told = {line.split(" ")[0] for line in make_bench(clock).act("help").split("; ")}
        assert told == {*ACTS, *FAULT_ACTS}
        assert len(told) == len(ACTS) + len(FAULT_ACTS)

    run_virtual(main, NOON)


@pytest.mark.parametrize("protocol", Protocol)
def test_a_replaced_meter_answers_under_its_own_address(protocol: Protocol) -> None:
    """After a replacement the line has the new meter: the old address is silent, the new one shows its register."""

    async def main(clock: SteppedClock) -> None:
        bench = make_bench(clock, protocol, baud=None)

        async def story(caller: Caller) -> None:
            await check_read(caller, bench, ADDRESS, protocol)
            bench.act("replace", "370000002002", "000000002002", "77")
            assert await caller.ask(question(ADDRESS, protocol), timedelta(seconds=5)) == []
            assert await caller.total("000000002002", protocol) == Decimal(77)

        await call(clock, bench, await road(clock, "tcp server"), story)

    run_virtual(main, NOON)
