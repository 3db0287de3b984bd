"""What a course can wait for: a table of conditions on the meters, and on the frames since the last one held."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation

from protocols.inspect import decode
from simulators.bench import FrameSeen, Way
from simulators.hints import hint
from simulators.meter import Meter
from simulators.spans import parse_span

__all__ = ["CONDITIONS", "Condition", "Heard", "Kind", "Scene"]

ON, OFF = "on", "off"
ITEM = re.compile(r"[0-9A-F]{4}|[0-9A-F]{8}")
HEX = re.compile(r"(?:[0-9A-F]{2}|\?\?)+")
READING = {"11", "01"}
"""Functions of DL/T 645 that read, of 2007 and 1997."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A frame that went by, and what it says: whose it is, and the items that it asks for, or answers."""

    seen: FrameSeen
    address: str
    items: frozenset[str]

    @classmethod
    def of(cls, seen: FrameSeen) -> "Heard":
        """Take it apart; what is no sound frame is nobody's."""
        told = decode(seen.raw)
        if not told["ok"]:
            return cls(seen, "", frozenset())
        if told["protocol"] == "dlt698":
            link, apdu = told.get("link"), told.get("apdu")
            address = str(link.get("sa", "")) if isinstance(link, dict) else ""
            return cls(seen, address, _items_698(apdu) if isinstance(apdu, dict) else frozenset())
        items = frozenset({str(told["di"])}) if told.get("di") and told.get("function") in READING else frozenset()
        return cls(seen, str(told.get("address", "")), items)


def _items_698(apdu: Mapping[str, object]) -> frozenset[str]:
    if not str(apdu.get("service", "")).startswith("GET"):
        return frozenset()
    several = apdu.get("oads")
    return frozenset(map(str, several if isinstance(several, list) else [apdu.get("oad", "")]))


@dataclass(frozen=True, slots=True)
class Scene:
    """What is looked at: a meter at an instant, and the frames of its line since the last condition held."""

    meter: Meter
    now: datetime
    frames: Sequence[Heard]

    @property
    def own(self) -> list[Heard]:
        """Give the frames to the meter, and from it."""
        return [heard for heard in self.frames if heard.address == self.meter.address]


@dataclass(frozen=True, slots=True)
class Condition:
    """Something that holds or does not, for the meter of an address; empty is the first one."""

    holds: Callable[[Scene], bool]
    address: str = ""


Parse = Callable[[Sequence[str]], Callable[[Scene], bool]]
"""Reads the words behind the name of a condition; ValueError says what would do."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A condition as it is written, and how it is read."""

    form: str
    help: str
    parse: Parse


def _one(words: Sequence[str], what: str) -> str:
    if len(words) != 1:
        raise ValueError(f"give {what}")
    return words[0]


def _choice(states: Mapping[str, Callable[[Scene], bool]]) -> Parse:
    def parse(words: Sequence[str]) -> Callable[[Scene], bool]:
        word = _one(words, " or ".join(states))
        if word not in states:
            raise ValueError(f"it cannot be {word!r}{hint(word, states)}")
        return states[word]

    return parse


def _switch(is_on: Callable[[Scene], bool]) -> Parse:
    return _choice({ON: is_on, OFF: lambda scene: not is_on(scene)})


def _item(way: Way) -> Parse:
    def parse(words: Sequence[str]) -> Callable[[Scene], bool]:
        item = _one(words, "one item, a DI or OAD in hex digits").upper()
        if not ITEM.fullmatch(item):
            raise ValueError(f"{item!r} is no item: write a DI or OAD in 8 hex digits, or a DI of 1997 in 4")
        return lambda scene: any(item in heard.items and heard.seen.way is way for heard in scene.own)

    return parse


def _frame(words: Sequence[str]) -> Callable[[Scene], bool]:
    way = Way(words[0]) if words and words[0] in set(Way) else None
    pattern = "".join(words[1:] if way else words).upper()
    if not HEX.fullmatch(pattern):
        raise ValueError("write bytes in hex, ?? for any byte, with in or out before them, such as: frame out 68 ?? 91")
    parts = re.findall("..", pattern)
    wanted = re.compile(b"".join(b"." if part == "??" else re.escape(bytes.fromhex(part)) for part in parts), re.DOTALL)
    return lambda scene: any(wanted.search(heard.seen.raw) and way in {None, heard.seen.way} for heard in scene.frames)


def _clock(words: Sequence[str]) -> Callable[[Scene], bool]:
    span = parse_span(_one(words, "a span, such as 10s"))
    return lambda scene: abs(scene.meter.clockwork.ahead(scene.now)) <= span


def _balance(words: Sequence[str]) -> Callable[[Scene], bool]:
    text = _one(words, "an amount in yuan")
    try:
        fen = Decimal(text) * 100
    except InvalidOperation:
        raise ValueError(f"{text!r} is no amount in yuan") from None

    def holds(scene: Scene) -> bool:
        scene.meter.advance(scene.now)
        return scene.meter.wallet.balance_fen >= fen

    return holds


CONDITIONS: Mapping[str, Kind] = {
    "read": Kind("read ITEM", "the master has asked for the item", _item(Way.IN)),
    "answered": Kind("answered ITEM", "a sound answer with the item has left the meter", _item(Way.OUT)),
    "frame": Kind("frame [in|out] HEX", "a frame with these bytes has gone by, ?? is any byte", _frame),
    "relay": Kind(
        "relay open|closed|permitted",
        "how the relay stands; permitted: the key would close it",
        _choice(
            {
                "open": lambda scene: scene.meter.relay(scene.now).open,
                "closed": lambda scene: not scene.meter.relay(scene.now).open,
                "permitted": lambda scene: scene.meter.relay(scene.now).permitted,
            }
        ),
    ),
    "alarm": Kind(
        "alarm on|off", "the alarm that is ordered", _switch(lambda scene: scene.meter.relay(scene.now).alarm)
    ),
    "keep_power": Kind(
        "keep_power on|off", "protection of the supply", _switch(lambda scene: scene.meter.relay(scene.now).protected)
    ),
    "power": Kind("power on|off", "the line voltage", _switch(lambda scene: scene.meter.powered)),
    "clock": Kind("clock SPAN", "the meter's clock is off by so much at most", _clock),
    "balance": Kind("balance YUAN", "so much money is in the meter at least", _balance),
}
"""Conditions by name; each takes ``of ADDRESS`` behind it."""
