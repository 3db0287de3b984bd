"""Reading a course: one statement a line, ``#`` begins a remark, texts stand in quotes, English and then Chinese.

::

    title "Read a meter" "抄读电表"
    meter 000000001001 protocol=dlt645 register=1234.56
    say "Read the total energy." "请抄读总电能。"
    until read 00010000 within 5min       # ends the course when the time is over
    act trip                              # what metersim act can
    fault slow seconds=3 count=1          # a fault of the wire; fault slow off, fault off
    wait 5s
    expect relay closed within 2min       # is noted as missed when the time is over
    choose "Why?" "为什么?" right="half frame" wrong="silent" wrong="slow"
"""

import shlex
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from clock import SteppedClock
from protocols.catalogue import Protocol
from protocols.dissection import Words
from simulators.bench import FAULT_ACTS, Bench, MeterWish, make_meter
from simulators.errors import ActError, ScenarioError
from simulators.hints import hint
from simulators.meter import Household
from simulators.script.conditions import CONDITIONS, Condition
from simulators.script.model import Act, Check, Choose, Course, Placed, Say, ScriptError, Step, Wait
from simulators.spans import parse_span

Word = TypeVar("Word", bound=StrEnum)

__all__ = ["load_course", "read_course"]

PATIENCE = timedelta(minutes=10)
"""How long is waited where a course does not say."""
AT_ONCE = timedelta()
SOUND = "sound"
OFF = "off"
NOON = datetime(2026, 1, 1, 12, tzinfo=timezone(timedelta(hours=8)))
OPTIONS = ("protocol", "profile", "register", "household", "watts", "ct", "vt")


def load_course(path: Path) -> Course:
    """Read a file; raises ScriptError with every line that is wrong, ScenarioError where it cannot be read."""
    try:
        return read_course(path.read_text("utf-8"), name=path.stem, place=str(path))
    except OSError as error:
        raise ScenarioError(f"course {path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ScenarioError(f"course {path} is not UTF-8: {error}") from error


def read_course(text: str, *, name: str = "course", place: str = "course") -> Course:
    """Read the text of a course; raises ScriptError with every line that is wrong."""
    reader = _Reader()
    lines = text.splitlines()
    for number, line in enumerate(lines, 1):
        reader.read(number, line)
    reader.check_acts()
    if not reader.meters:
        reader.problems.append((len(lines) or 1, "there is no meter: write one, such as: meter 000000001001"))
    if not any(placed.counts for placed in reader.steps):
        reader.problems.append((len(lines) or 1, "nothing is expected of the trainee: write until, expect or choose"))
    if reader.problems:
        raise ScriptError(place, sorted(reader.problems))
    return Course(name, reader.title or Words(name), tuple(reader.meters), tuple(reader.steps))


class _Reader:
    """What has been read so far, and what was wrong with it."""

    def __init__(self) -> None:
        self.title: Words | None = None
        self.meters: list[MeterWish] = []
        self.steps: list[Placed] = []
        self.problems: list[tuple[int, str]] = []

    def read(self, number: int, line: str) -> None:
        """Read a line."""
        try:
            name, *words = shlex.split(line, comments=True) or [""]
            if name:
                self._statement(number, line.strip(), name, words)
        except (ValueError, ActError, ScenarioError) as error:
            self.problems.append((number, str(error)))

    def check_acts(self) -> None:
        """Carry all acts out on a bench of their own; what it does not take is a problem of the line."""
        try:
            clock = SteppedClock(NOON)
            bench = Bench(clock, [make_meter(wish, clock.now()) for wish in self.meters])
        except ScenarioError as error:
            if self.meters:
                self.problems.append((1, str(error)))
            return
        for placed in self.steps:
            try:
                if isinstance(placed.step, Act):
                    bench.act(placed.step.name, *placed.step.arguments)
            except ActError as error:
                self.problems.append((placed.line, str(error)))
            if isinstance(placed.step, Check) and (address := placed.step.condition.address) not in {"", *bench.meters}:
                self.problems.append((placed.line, f"there is no meter {address!r}{hint(address, bench.meters)}"))

    def _statement(self, number: int, text: str, name: str, words: list[str]) -> None:
        if name == "title":
            self.title = _words(name, words)
        elif name == "meter":
            wish = _meter(words)
            make_meter(wish, NOON)
            self.meters.append(wish)
        elif name in STATEMENTS:
            self.steps.append(Placed(number, text, STATEMENTS[name](words)))
        else:
            raise ValueError(f"there is no statement {name!r}{hint(name, ('title', 'meter', *STATEMENTS))}")


def _words(name: str, words: Sequence[str]) -> Words:
    if not 1 <= len(words) <= 2:  # noqa: PLR2004 - English and Chinese
        raise ValueError(f"{name} takes a text in quotes, and the same in Chinese behind it: there are {len(words)}")
    return Words(words[0], words[1] if len(words) > 1 else "")


def _meter(words: Sequence[str]) -> MeterWish:
    if not words:
        raise ValueError("meter takes an address, such as: meter 000000001001")
    address, *options = words
    told: dict[str, str] = {}
    for option in options:
        key, sign, value = option.partition("=")
        if not sign or key not in OPTIONS:
            raise ValueError(f"{option!r} is no option of a meter{hint(key, OPTIONS)}")
        told[key] = value
    try:
        return MeterWish(
            address.zfill(12),
            _member(Protocol, told.get("protocol", Protocol.DLT645)),
            _member(Household, told.get("household", Household.FAMILY)),
            Decimal(told.get("register", "1234.56")),
            told.get("profile", ""),
            **{key: _whole(key, told[key]) for key in ("ct", "vt") if key in told},
            mean_watts=_whole("watts", told.get("watts", "450")),
        )
    except InvalidOperation:
        raise ValueError(f"register {told['register']!r} is no number of kWh") from None


def _whole(key: str, text: str) -> int:
    if not text.isdecimal():
        raise ValueError(f"{key} {text!r} is no whole number")
    return int(text)


def _member(kind: type[Word], text: str) -> Word:
    names = [member.value for member in kind]
    if text not in names:
        raise ValueError(f"{text!r} is none{hint(text, names)}")
    return kind(text)


def _say(words: Sequence[str]) -> Step:
    return Say(_words("say", words))


def _act(words: Sequence[str]) -> Step:
    if not words:
        raise ValueError("act takes the name of an act, such as: act trip")
    return Act(words[0], tuple(words[1:]))


def _fault(words: Sequence[str]) -> Step:
    if not words:
        raise ValueError("fault takes the name of a fault, such as: fault slow seconds=3")
    if list(words) == [OFF]:
        return Act(SOUND, ())
    if words[0] not in FAULT_ACTS:
        raise ValueError(f"there is no fault {words[0]!r}{hint(words[0], FAULT_ACTS)}")
    return Act(words[0], tuple(words[1:]))


def _wait(words: Sequence[str]) -> Step:
    if len(words) != 1:
        raise ValueError("wait takes a span, such as: wait 5s")
    return Wait(parse_span(words[0]))


def _until(words: Sequence[str]) -> Step:
    return _check("until", words, PATIENCE, stops=True)


def _expect(words: Sequence[str]) -> Step:
    return _check("expect", words, AT_ONCE, stops=False)


def _check(name: str, words: Sequence[str], patience: timedelta, *, stops: bool) -> Check:
    rest, within = _behind(list(words), "within")
    rest, address = _behind(rest, "of")
    if not rest:
        raise ValueError(f"{name} takes a condition, such as: {name} relay open within 60s")
    kind = CONDITIONS.get(rest[0])
    if kind is None:
        raise ValueError(f"there is no condition {rest[0]!r}{hint(rest[0], CONDITIONS)}")
    try:
        holds = kind.parse(rest[1:])
    except ValueError as error:
        raise ValueError(f"{rest[0]}: {error} ({kind.form})") from None
    condition = Condition(holds, address.zfill(12) if address else "")
    return Check(condition, parse_span(within) if within else patience, stops)


def _behind(words: list[str], mark: str) -> tuple[list[str], str]:
    """Take ``mark VALUE`` off the end."""
    if len(words) >= 2 and words[-2] == mark:  # noqa: PLR2004 - the mark and its value
        return words[:-2], words[-1]
    if mark in words:
        raise ValueError(f"{mark} takes one value and stands at the end")
    return words, ""


def _choose(words: Sequence[str]) -> Step:
    texts = [word for word in words if not word.startswith(("right=", "wrong="))]
    choices = [word.partition("=") for word in words if word not in texts]
    right = [value for key, _, value in choices if key == "right"]
    if len(right) != 1 or len(choices) < 2:  # noqa: PLR2004 - one right, one wrong
        raise ValueError('choose takes a question, one right="…" and at least one wrong="…"')
    return Choose(_words("choose", texts), tuple(sorted(value for _, _, value in choices)), right[0])


STATEMENTS: Mapping[str, Callable[[Sequence[str]], Step]] = {
    "say": _say,
    "act": _act,
    "fault": _fault,
    "wait": _wait,
    "until": _until,
    "expect": _expect,
    "choose": _choose,
}
"""Statements that are steps, by their first word."""
