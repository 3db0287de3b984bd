"""What a scenario says of meters behind transformers, of money in meters, and of what befalls them and when."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from clock import SteppedClock, run_virtual
from simulators.errors import ScenarioError
from simulators.happenings import let_happen
from simulators.localtime import SHANGHAI, midnight
from simulators.meter import Kind
from simulators.people import Diary
from simulators.scenarios import VILLAGE
from simulators.village import Home, Scenario, Village, archive_of, build_village, load_scenario, move_scenario
from simulators.village.tariff import amount, kilowatt_hours

STORY = '[[stories]]\nid = "c"\n'
SHOPS = 'id = "SHOPS"\n'
HAPPENS = """
happens = [
    { act = "balance", arguments = { yuan = 30 } },
    { act = "prepay", arguments = { state = true, price = 0.55 } },
    { act = "cover", at = 2026-09-14T10:00:00+08:00, arguments = { cover = "meter", state = "on" } },
    { act = "power", at = 2026-09-14T12:00:00+08:00, arguments = { state = "off" } },
    { act = "press_key", at = 2026-09-14T13:00:00+08:00 },
    { act = "power", at = 2026-09-14T14:00:00+08:00, arguments = { state = "on" } },
    { act = "replace", at = 2026-09-15T09:00:00+08:00, arguments = { asset = "370000009999", register = 1.5 } },
]
"""


def scenario_with(path: Path, **added: str) -> Scenario:
    """Read the scenario that ships with keys added to the first story, or to the line of the shops."""
    text = VILLAGE.read_text("utf-8")
    for place, keys in added.items():
        head = {"story": STORY, "shops": SHOPS}[place]
        assert head in text
        text = text.replace(head, head + keys, 1)
    file = path / "scenario.toml"
    file.write_text(text, "utf-8")
    return load_scenario(file)


def lived(village: Village, until: datetime, look: Callable[[], None]) -> Diary:
    """Let a village live from its first midnight until an instant; then look."""
    diary = Diary()

    async def main(clock: SteppedClock) -> None:
        let_happen(clock, village, diary)
        await clock.sleep_until(until)
        look()

    run_virtual(main, midnight(village.scenario.start), until=until + timedelta(days=30))
    return diary


def on_day(day: int, hour: int, minute: int = 0) -> datetime:
    """Give an instant in the September of the scenario."""
    return datetime(2026, 9, day, hour, minute, tzinfo=SHANGHAI)


def actor(village: Village) -> Home:
    """Give the home of the first story."""
    return next(home for home in village.homes if home.story is not None and home.story.happens)


def test_each_act_is_done_at_its_instant(tmp_path: Path) -> None:
    """Money counts from the beginning, a cover and a power failure are dated, and the new meter hangs there at last."""
    village = build_village(scenario_with(tmp_path, story=HAPPENS))
    meter = actor(village).meter
    address = meter.address
    seen: list[datetime] = []

    def look() -> None:
        meter.advance(on_day(15, 8))
        (opened,) = meter.events.all(Kind.COVER)
        (dark,) = meter.events.all(Kind.POWER_OFF)
        assert dark.ended is not None
        seen.extend((opened.began, dark.began, dark.ended))

    diary = lived(village, on_day(15, 8), look)
    due = [on_day(14, hour) for hour in (10, 12, 14)]
    assert all(abs(noted - at) < timedelta(seconds=30) for noted, at in zip(seen, due, strict=True))
    assert [(refused.act, f"{refused.at.astimezone(SHANGHAI):%H:%M}") for refused in diary.refusals] == [
        ("press_key", "13:00")
    ]
    assert meter.wallet.local
    assert 0 < meter.wallet.balance_fen < 3000

    village = build_village(village.scenario)
    meter = actor(village).meter
    lived(village, on_day(15, 9, 1), lambda: None)
    assert (meter.address, meter.plate.asset) == (address, "370000009999")
    assert meter.wallet.balance_fen == 0
    assert 150 <= meter.registers(on_day(15, 9, 1)).total < 160


def test_what_happens_to_a_line_befalls_all_its_meters(tmp_path: Path) -> None:
    """A power failure of the DTU's line takes the voltage from its eight meters and from no other."""
    keys = 'happens = [{ act = "power", at = 2026-09-14T12:00:00+08:00, arguments = { state = "off" } }]\n'
    village = build_village(scenario_with(tmp_path, shops=keys))
    dark: list[set[str]] = []
    lived(
        village,
        on_day(14, 12, 1),
        lambda: dark.append({home.line.id for home in village.homes if not home.meter.powered}),
    )
    assert dark == [{"SHOPS"}]
    assert all(home.meter.powered == (home.line.id != "SHOPS") for home in village.homes)


def test_what_happens_moves_with_the_scenario(tmp_path: Path) -> None:
    """In a scenario that begins on another day it is as long after the start; what has no instant still has none."""
    scenario = scenario_with(tmp_path, story=HAPPENS)
    moved = move_scenario(scenario, date(2027, 1, 1))
    before, after = (next(story.happens for story in one.stories if story.happens) for one in (scenario, moved))
    assert after[0].at is None
    assert after[2].at == datetime(2027, 1, 1, 10, tzinfo=SHANGHAI)
    assert [one.act for one in after] == [one.act for one in before]


def test_shops_behind_transformers_are_told_and_reckoned_as_such(tmp_path: Path) -> None:
    """The archive has the multiplier, registers are small, and the deposit still lets each story begin on its day."""
    plain = build_village(load_scenario(VILLAGE))
    village = build_village(scenario_with(tmp_path, shops="ct = 20\nvt = 2\n"))
    rows = {row["no"]: row for row in archive_of(village)["accounts"]}
    before = {home.account: home for home in plain.homes}
    shops = [home for home in village.homes if home.line.id == "SHOPS"]
    for home in shops:
        assert rows[home.account]["meter"]["multiplier"] == 40
        (first, *_, last), (old_first, *_, old_last) = home.history, before[home.account].history
        moved, old_moved = last[1] - first[1], old_last[1] - old_first[1]
        assert abs(moved * 40 - old_moved) < Decimal("1.6") + old_moved / 50
    assert {rows[home.account]["meter"]["multiplier"] for home in village.homes if home not in shops} == {1}
    stories = [home for home in shops if home.story is not None and home.story.short_on is not None]
    assert stories
    for home in stories:
        assert home.story is not None
        assert home.story.short_on is not None
        assert _balance(village, home, home.story.short_on - timedelta(days=1)) >= 0
        assert _balance(village, home, home.story.short_on) <= -1


def _balance(village: Village, home: Home, day: date) -> Decimal:
    freeze = home.meter.freeze(day, midnight(day) + timedelta(hours=7))
    assert freeze is not None
    energy = (kilowatt_hours(freeze.registers.total) - home.opening.cycle_register) * home.meter.plate.multiplier
    return home.opening.deposit - amount(village.scenario.prices[home.line.price], home.opening.tier_year_kwh, energy)


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        ('happens = [{ act = "powr" }]', "story c, happens: there is no act 'powr': did you mean 'power'?"),
        ('happens = [{ act = "power", arguments = { state = "maybe" } }]', "state cannot be 'maybe'"),
        ('happens = [{ act = "power" }]', "state is missing"),
        ('happens = [{ act = "trip", at = 2026-09-13T10:00:00+08:00 }]', "before the first day"),
        ('happens = [{ act = "trip", at = 2026-09-14T10:00:00 }]', "timezone"),
        ('happens = [{ act = "trip", when = 2026-09-14T10:00:00+08:00 }]', "when"),
    ],
)
def test_what_cannot_happen_is_refused(tmp_path: Path, keys: str, says: str) -> None:
    """An act that no meter knows, with wrong arguments, too early or without its zone is named with its story."""
    with pytest.raises(ScenarioError, match=says.replace("?", r"\?")):
        scenario_with(tmp_path, story=f"{keys}\n")


def test_no_ratio_is_refused(tmp_path: Path) -> None:
    """Transformers have a ratio of 1 at least."""
    with pytest.raises(ScenarioError, match="ct"):
        scenario_with(tmp_path, shops="ct = 0\n")
