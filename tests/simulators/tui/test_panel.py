"""The panel: a real screen before a real bench on a real port, and a master that asks over TCP."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.command import CommandPalette
from textual.widgets import Button, Digits, Input, OptionList

from clock import RealClock
from protocols.dissection import Language
from simulators.bench import Bench, MeterWish, make_meter
from simulators.connection import Connection
from simulators.meter import ACTS
from simulators.meter.display import PER_PAGE
from simulators.ports import TcpServer
from simulators.tui import Panel
from simulators.tui.acts import QUICK, Palette
from simulators.tui.face import Face, Turning
from simulators.tui.form import Form
from tests.simulators.calling import ADDRESS
from tests.simulators.paneling import NARROW, TALL, Shown, shown

RUN_STATE_3 = 0x04000503
LIT, UNLIT = "●", "○"
NOW = datetime(2026, 9, 13, 4, 0, tzinfo=UTC)


@pytest.mark.asyncio
async def test_the_trip_button_lights_the_lamp_and_opens_the_relay_that_is_read() -> None:
    """A click on Trip lights the relay's lamp, and the run-state word that is read says that the relay is open."""
    async with shown() as field:
        before = await field.ask(RUN_STATE_3)
        assert field.text("#lamps").startswith(UNLIT)
        await field.pilot.click("#quick-0")
        await field.until(lambda: field.text("#lamps").startswith(LIT))
        after = await field.ask(RUN_STATE_3)
    assert "relay_open" not in str(before["flags"])
    assert "relay_open" in str(after["flags"])


@pytest.mark.asyncio
async def test_frames_that_are_asked_for_stand_there_in_words() -> None:
    """Question and answer come into the list with direction and words; the newest is taken apart in the pane."""
    async with shown(size=TALL) as field:
        answer = await field.ask()
        await field.until(lambda: len(field.frames()) == 2)
        question, told = field.frames()
        assert "→" in question
        assert "11H read data, request" in question
        assert "←" in told
        assert f"{answer['value']} kWh" in told
        svg = field.panel.export_screenshot().replace("&#160;", " ")
        assert "check sum" in svg.lower() or "checksum" in svg.lower()


@pytest.mark.asyncio
async def test_an_earlier_frame_stays_selected_while_others_come() -> None:
    """Who looks at an earlier frame keeps it when another goes by; who looks at the newest follows."""
    async with shown() as field:
        await field.ask()
        await field.until(lambda: len(field.frames()) == 2)
        listed = field.panel.query_one("#frames", OptionList)
        assert listed.highlighted == 1
        await field.pilot.press("up")
        await field.ask()
        await field.until(lambda: len(field.frames()) == 4)
        assert listed.highlighted == 0


@pytest.mark.asyncio
async def test_a_fault_that_is_switched_on_garbles_the_answer() -> None:
    """A fault chosen from the list breaks the check sum, is named beside the frame, and is gone when switched off."""
    async with shown() as field:
        await _choose(field, "bad-checksum")
        wrong = await field.ask()
        await field.until(lambda: any("[bad-checksum]" in frame for frame in field.frames()))
        await field.pilot.press("enter")
        await field.until(lambda: not field.panel.bench.faults.active(field.panel.bench.clock.now()))
        right = await field.ask()
    assert (wrong["ok"], right["ok"]) == (False, True)


@pytest.mark.asyncio
async def test_a_fault_takes_its_numbers_from_a_form() -> None:
    """A count of 1, filled into the form of a fault, breaks one answer and no more."""
    async with shown() as field:
        await _choose(field, "bad-checksum", key="e")
        await field.until(lambda: isinstance(field.panel.screen, Form))
        field.panel.screen.query_one("#blank-count", Input).value = "1"
        await field.pilot.click("#do")
        await field.until(lambda: field.panel.bench.faults.active(field.panel.bench.clock.now()))
        assert [(await field.ask())["ok"] for _ in range(3)] == [False, True, True]


@pytest.mark.asyncio
async def test_a_form_says_what_does_not_fit_and_stays() -> None:
    """A load of nonsense is refused in the form with what would do; a good number closes it and is drawn."""
    async with shown() as field:
        await field.pilot.press("w")
        await field.until(lambda: isinstance(field.panel.screen, Form))
        field.panel.screen.query_one("#blank-watts", Input).value = "much"
        await field.pilot.click("#do")
        await field.until(lambda: "whole watts" in str(field.panel.screen.query_one("#wrong").render()))
        blank = field.panel.screen.query_one("#blank-watts", Input)
        blank.value = "2300"
        blank.focus()
        await field.pilot.press("enter")
        await field.until(lambda: not isinstance(field.panel.screen, Form))
        assert field.panel.meter.watts(field.panel.bench.clock.now()) == 2300
        await field.until(lambda: "2300 W" in field.text("#state"))


@pytest.mark.asyncio
async def test_the_palette_knows_every_act_and_does_one_with_its_arguments() -> None:
    """All acts of the table are offered, and ``load 2000`` typed into the palette is done at once."""
    async with shown() as field:
        offered = [hit async for hit in Palette(field.panel.screen).discover()]
        assert {str(hit.text) for hit in offered} >= set(ACTS)
        await field.pilot.press("x")
        await field.until(lambda: isinstance(field.panel.screen, CommandPalette))
        await field.pilot.press(*"load", "space", *"2000")
        results = field.panel.screen.query_one(OptionList)
        await field.until(lambda: results.option_count and "load 2000" in str(results.get_option_at_index(0).prompt))
        await field.pilot.press("down", "enter", "enter")
        await field.until(lambda: field.panel.meter.watts(field.panel.bench.clock.now()) == 2000)


@pytest.mark.asyncio
@pytest.mark.parametrize("language", [Language.ENGLISH, Language.CHINESE])
async def test_80_columns_and_24_lines_show_all_that_is_essential(language: Language) -> None:
    """On the smallest terminal face, state, frames, pane, the last word and every button stand whole on the screen."""
    async with shown(size=NARROW, language=language) as field:
        await field.ask()
        await field.until(lambda: len(field.frames()) == 2)
        parts = ["#head", "#lcd", "#digits", "#signs", "#lamps", "#plate", "#state", "#frames", "#apart", "#told"]
        for part in [*parts, *(f"#{button.id}" for button in field.panel.query(Button))]:
            region, screen = field.panel.query_one(part).region, field.panel.screen.region
            assert region.area > 0, part
            assert screen.contains_region(region), part
        for button in field.panel.query(Button):
            assert cell_len(str(button.label)) <= button.region.width, button.id
        assert field.panel.query_one("#frames").region.height >= 7


@pytest.mark.asyncio
async def test_more_room_shows_state_and_faults_at_once() -> None:
    """On a large terminal the faults stand below the state, and the frames get the width."""
    async with shown(size=TALL) as field:
        for part in ("#state", "#line-faults"):
            assert field.panel.query_one(part).region.area > 0
        assert field.panel.query_one("#frames").region.width > 80


@pytest.mark.asyncio
async def test_without_voltage_the_lcd_is_dark_and_nobody_answers() -> None:
    """The power key takes the line voltage: the LCD goes dark, a question stays unanswered until it is back."""
    async with shown() as field:
        await field.pilot.press("o")
        await field.until(lambda: field.panel.query_one("#lcd").has_class("-dark"))
        assert not field.panel.query_one("#digits", Digits).value
        await field.pilot.press("o")
        await field.until(lambda: not field.panel.query_one("#lcd").has_class("-dark"))
        assert (await field.ask())["ok"]


@pytest.mark.asyncio
async def test_the_common_keys_do_what_they_say() -> None:
    """A trip, a permission and the key leave the relay open, waiting, and closed; protection refuses the next trip."""
    async with shown() as field:
        states = []
        for keys in ("t", "a", "k", "gt"):
            await field.pilot.press(*keys)
            states.append(field.text("#state").splitlines()[0])
        assert [state.removeprefix("relay ") for state in states] == [
            "open",
            "open, waits for the key",
            "closed",
            "closed, power kept",
        ]
        assert "refused: supply is protected" in field.text("#told")


@pytest.mark.asyncio
async def test_keys_turn_the_pages() -> None:
    """The right key shows the next page, the left key the one before."""
    async with shown() as field:
        label = field.text("#label")
        await field.pilot.press("right")
        assert "sharp" in field.text("#label")
        await field.pilot.press("left")
        assert field.text("#label") == label


@given(st.integers(1, 20), st.integers(0, 3600), st.integers(-5, 5))
def test_pages_turn_by_themselves(count: int, seconds: int, steps: int) -> None:
    """A page stands for five seconds; turned by hand, the one it was turned to stands for five seconds from then."""
    turning = Turning(NOW)
    later = NOW + timedelta(seconds=seconds)
    stood = turning.place(count, later)
    assert stood == seconds // 5 % count
    turning.turn(steps, later)
    assert turning.place(count, later) == (stood + steps) % count
    assert turning.place(count, later + PER_PAGE) == (stood + steps + 1) % count


@pytest.mark.asyncio
async def test_meters_of_one_line_are_shown_in_turn() -> None:
    """With two meters on the line a key shows the other one, and acts are done to the one that is shown."""
    async with shown("1001", "1002") as field:
        await field.pilot.press("m")
        assert "000000001002" in field.text("#plate")
        await field.pilot.press("t")
        now = field.panel.bench.clock.now()
        opened = {address: meter.relay(now).open for address, meter in field.panel.bench.meters.items()}
    assert opened == {"000000001001": False, "000000001002": True}


@pytest.mark.asyncio
async def test_a_port_that_cannot_be_opened_is_told_and_the_panel_stays() -> None:
    """With the port taken by another the panel says so, still works, and ends cleanly."""
    async with shown() as other:
        clock = RealClock()
        bench = Bench(clock, [make_meter(MeterWish(ADDRESS), clock.now())])
        panel = Panel(bench, TcpServer(clock, "127.0.0.1", other.port))
        async with panel.run_test(size=NARROW) as pilot:
            field = Shown(panel, pilot, other.master, other.port)
            await field.until(lambda: "cannot listen" in field.text("#head"))
            await pilot.press("t")
            await field.until(lambda: field.text("#lamps").startswith(LIT))


@pytest.mark.asyncio
async def test_the_port_is_free_again_behind_the_panel() -> None:
    """When the panel has been left nothing of it runs, and nobody listens at its port."""
    async with shown() as field:
        await field.pilot.press("q")
    assert not field.panel.bench.clock.tasks()
    with pytest.raises(ConnectionRefusedError):
        await Connection.dial(RealClock(), "127.0.0.1", field.port)


@pytest.mark.asyncio
async def test_the_face_is_labelled_in_the_language_of_the_panel() -> None:
    """A Chinese panel has the meter's own Chinese labels on LCD, lamps and buttons."""
    async with shown(language=Language.CHINESE) as field:
        assert "当前正向有功总电量" in field.text("#label")
        assert "跳闸" in field.text("#lamps")
        assert str(field.panel.query_one("#quick-0", Button).label) == f"t {QUICK[0].words.zh}"
        assert field.panel.query_one(Face).border_title == "单相费控智能电能表"


async def _choose(field: Shown, kind: str, key: str = "enter") -> None:
    """Go to a fault in the list and press a key on it."""
    await field.pilot.press("f")
    faults = field.panel.query_one("#line-faults", OptionList)
    faults.highlighted = faults.get_option_index(kind)
    await field.pilot.press(key)
