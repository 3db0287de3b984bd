"""The face of a meter: its LCD in a frame, the lamps below, and the nameplate."""

from datetime import datetime
from enum import Enum

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Digits, Static

from protocols.dissection import Language, Words
from simulators.meter import Lamps, Light, Meter, Page, Segments, lamps, pages, segments
from simulators.meter.display import PER_PAGE
from simulators.tui.words import METER, PAGE_TURN

__all__ = ["Face", "Turning"]

BLINK_US = 500_000
DARK = Page("no power", "停电", "")
TARIFFS = ("尖", "峰", "平", "谷")
LIT, UNLIT = "●", "○"


class Sign(Enum):
    """The signs of the LCD that are there or not, each with its words."""

    reverse = Words("◀ reverse", "◀反向")
    programming = Words("prog", "编程")
    protected = Words("kept", "保电")
    cover_open = Words("cover", "开盖")
    battery_low = Words("batt", "电池")
    clock_fault = Words("clock!", "时钟!")


MESSAGES = {
    "拉闸": Words("OPEN", "拉闸"),
    "请购电": Words("BUY", "请购电"),
    "透支": Words("OVERDRAWN", "透支"),
}
LAMPS = (
    ("relay", Words("relay", "跳闸"), "#ffd000"),
    ("alarm", Words("alarm", "报警"), "#ff3b30"),
    ("pulse", Words("pulse", "脉冲"), "#ff3b30"),
)


class Turning:
    """Which page stands: they turn by themselves, and a turn by hand begins a page's time anew."""

    def __init__(self, now: datetime) -> None:
        self._first = 0
        self._since = now

    def place(self, count: int, now: datetime) -> int:
        """Tell which of so many pages stands now."""
        return (self._first + (now - self._since) // PER_PAGE) % count

    def turn(self, steps: int, now: datetime) -> None:
        """Turn on by so many pages, or back."""
        self._first += (now - self._since) // PER_PAGE + steps
        self._since = now


class Face(Vertical):
    """One meter as it looks from outside."""

    def __init__(self, language: Language) -> None:
        super().__init__(id="face")
        self._language = language
        self.border_title = METER.said(language)
        self.border_subtitle = PAGE_TURN.said(language)

    def compose(self) -> ComposeResult:
        """Put LCD, lamps and plate below each other."""
        with Vertical(id="lcd"):
            yield Static(id="label")
            with Horizontal(id="value"):
                yield Digits(id="digits")
                yield Static(id="unit")
            yield Static(id="signs")
        yield Static(id="lamps")
        yield Static(id="plate")

    def show(self, meter: Meter, turning: Turning, now: datetime) -> None:
        """Show a meter as it is now."""
        turned = pages(meter, now)
        place = turning.place(len(turned), now) if turned else 0
        page = turned[place] if turned else DARK
        self.query_one("#lcd").set_class(not turned, "-dark")
        count = f"{place + 1}/{len(turned)}" if turned else ""
        self.query_one("#label", Static).update(f"{self._said(Words(page.english, page.chinese))} [dim]{count}[/]")
        self.query_one("#digits", Digits).update(page.text)
        self.query_one("#unit", Static).update(f"\n\n{page.unit}")
        self.query_one("#signs", Static).update(self._signs(segments(meter, now)) if turned else "")
        self.query_one("#lamps", Static).update(self._lamps(lamps(meter, now), now))
        self.query_one("#plate", Static).update(self._plate(meter))

    def _said(self, words: Words) -> str:
        return words.said(self._language)

    def _signs(self, shown: Segments) -> Text:
        tariff = TARIFFS[shown.tariff - 1] if self._language is Language.CHINESE else f"T{shown.tariff}"
        there = [self._said(sign.value) for sign in Sign if getattr(shown, sign.name)]
        text = Text(" ".join([tariff, *there]))
        if shown.message:
            text.append(f" {self._said(MESSAGES[shown.message])}", "bold reverse")
        return text

    def _lamps(self, lit: Lamps, now: datetime) -> Text:
        text = Text()
        for name, words, colour in LAMPS:
            light = getattr(lit, name)
            on = light is Light.ON or (light is Light.BLINKING and now.microsecond < BLINK_US)
            text.append(f"{LIT if on else UNLIT} ", colour if on else "#606060")
            text.append(f"{self._said(words)}   ", "bold" if on else "dim")
        return text

    def _plate(self, meter: Meter) -> Text:
        plate = meter.plate
        address, asset = Words("address", "通信地址"), Words("asset", "资产号")
        ratio = f" ×{plate.multiplier}" if plate.multiplier > 1 else ""
        return Text(
            f"{self._said(address)} {plate.address}\n{self._said(asset)} {plate.asset}\n"
            f"{plate.dialect} {plate.profile} 220 V {plate.current_max_a} A{ratio}",
        )
