"""What a person can do to a meter, and what can befall it: one table for pages, scripts and scenario files.

`do` carries out an act by name, with its arguments as texts or as numbers and booleans. Relay acts are those of
somebody who stands before the meter; what a head-end orders comes over the wire.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from protocols.dissection import Words
from simulators.errors import ActError
from simulators.hints import hint
from simulators.meter import hands
from simulators.meter.arguments import Argument, Told, number, one_of, switch, text, watts
from simulators.meter.memory import LOCKED
from simulators.meter.model import Meter
from simulators.meter.relay import Stuck

__all__ = ["ACTS", "Act", "check_act", "do"]

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Act:
    """One act: ``function`` takes the meter, the instant, and what `arguments` read, by name.

    It returns what became of it where that is not plain, in both languages.
    """

    name: str
    words: Words
    arguments: tuple[Argument, ...]
    function: Callable[..., Words | None]


def do(meter: Meter, now: datetime, name: str, told: Mapping[str, Told] | None = None) -> Words | None:
    """Do something to a meter at an instant; what comes back tells what became of it where that is not plain.

    Raises:
        ActError: there is no such act, an argument is missing, unknown or out of its bounds, or the meter does not
            take it. The message names it and says what would do.

    """
    act, values = _read(name, told or {})
    try:
        return act.function(meter, now, **values)
    except ValueError as error:
        raise ActError(f"{name}: {error}") from None


def check_act(name: str, told: Mapping[str, Told]) -> None:
    """Raise ActError, as `do` does, for an act that no meter can be asked for; whether one takes it shows when done."""
    _read(name, told)


def _read(name: str, told: Mapping[str, Told]) -> tuple[Act, dict[str, Any]]:
    act = ACTS.get(name)
    if act is None:
        raise ActError(f"there is no act {name!r}{hint(name, ACTS)}")
    given = dict(told)
    values = {argument.name: _value(act, argument, given) for argument in act.arguments}
    if given:
        taken = ", ".join(argument.name for argument in act.arguments) or "no arguments"
        raise ActError(f"{name}: nothing is called {', '.join(given)} here, it takes {taken}")
    return act, values


def _value(act: Act, argument: Argument, given: dict[str, Told]) -> Any:
    if argument.name in given:
        return argument.read(act.name, given.pop(argument.name))
    if argument.required:
        raise ActError(f"{act.name}: {argument.name} is missing, it takes {argument.takes}")
    return argument.default


DIGITS_12 = r"[0-9]{12}"
NOTHING = Decimal(0)


def _limit(name: str, english: str, chinese: str) -> Argument:
    return number(name, english, chinese, "yuan", low="0", high="999999.99", decimals=2, default=NOTHING)


def _energy(name: str, english: str, chinese: str, default: Decimal | None = None) -> Argument:
    return number(name, english, chinese, "kWh", low="0", high="999999.99", decimals=2, default=default)


def _adder(name: str, english: str, chinese: str, default: Decimal | None = None) -> Argument:
    return number(name, english, chinese, "yuan/kWh", low="0", high="9999.9999", decimals=4, default=default)


def _act(name: str, english: str, chinese: str, function: Callable[..., Words | None], *arguments: Argument) -> Act:
    return Act(name, Words(english, chinese), arguments, function)


_ALL = (
    _act(
        "load",
        "let the customer draw so much, or what the profile says",
        "设置负荷",
        hands.load,
        watts("watts", "power drawn", "功率", "profile"),
    ),
    _act("press_key", "hold the key for three seconds", "按键合闸", hands.press_key),
    _act(
        "cover",
        "open or close a cover",
        "开合表盖",
        hands.cover,
        one_of("cover", "which cover", "表盖或端钮盒", tuple(hands.COVERS)),
        switch("state", "on is open", "on为打开"),
    ),
    _act("magnet", "hold a magnet to the meter, or take it away", "恒定磁场干扰", hands.magnet, switch()),
    _act("power", "give the line voltage, or take it", "上电或停电", hands.power, switch()),
    _act(
        "drift",
        "set how far the clock is ahead, and what it gains a day",
        "时钟误差",
        hands.drift,
        number("seconds", "ahead of the true time", "超前秒数", "s", low="-1000000000", high="1000000000", decimals=3),
        number("rate", "gained a day", "日误差", "s", low="-600", high="600", decimals=3, default=NOTHING),
    ),
    _act("clock_fault", "let the clock begin at the year 2000", "时钟故障, 回到2000年", hands.clock_fault),
    _act("battery_low", "flatten the clock battery, or change it", "时钟电池欠压", hands.battery, switch()),
    _act(
        "jump",
        "let the registers go on, or back",
        "示值飞走或倒走",
        hands.jump,
        number("kwh", "by so much", "电量", "kWh", low="-999999.99", high="999999.99", decimals=2),
    ),
    _act(
        "metering",
        "count so much of the energy: 0 has stopped, 100 is right",
        "计量误差, 0为停走",
        hands.metering,
        number("percent", "counted", "百分比", "%", low="0", high="100000"),
    ),
    _act(
        "break_relay",
        "let the relay fail while it says that all is well",
        "继电器故障",
        hands.break_relay,
        one_of("how", "in which way", "故障方式", tuple(Stuck)),
    ),
    _act("fix_relay", "free the relay and close it on site", "现场处理并合闸", hands.fix_relay),
    _act(
        "trip_delay",
        "set how long a trip waits",
        "跳闸延时",
        hands.delay,
        number("minutes", "minutes", "分钟", "min", low="0", high="9999"),
    ),
    _act(
        "current_hold",
        "hold a trip back while the current is not below a threshold",
        "大电流保持",
        hands.hold,
        number("amperes", "threshold, 0 holds nothing", "拉闸电流门限", "A", low="0", high="999.999", decimals=3),
        number("minutes", "for so long at most", "最长保持", "min", low="0", high="9999"),
    ),
    _act("trip", "trip the relay", "跳闸", hands.trip),
    _act(
        "close",
        "close the relay, or allow the customer to",
        "合闸或合闸允许",
        hands.close,
        one_of("how", "at once or by the key", "直接或允许", ("direct", "permit"), default="direct"),
    ),
    _act("keep_power", "protect the supply, or end it", "保电", hands.protect, switch()),
    _act("alarm", "light the alarm lamp, or put it out", "报警", hands.alarm, switch()),
    _act("programming_key", "press the programming key, or release it", "编程键", hands.programming, switch()),
    _act(
        "lock_passwords",
        "take no password for some hours, 0 unlocks",
        "密码锁定",
        hands.lock,
        number("hours", "hours", "小时", "h", low="0", high="9999", default=Decimal(LOCKED // HOUR)),
    ),
    _act(
        "prepay",
        "let the meter live by its money, or not",
        "本地费控",
        hands.prepay,
        switch(),
        number("price", "price of all tariffs", "电价", "yuan/kWh", low="0", high="9999.9999", decimals=4),
    ),
    _act(
        "tiers",
        "make energy dearer above so much of a year, which begins anew on 1 January",
        "阶梯电价",
        hands.tiers,
        _energy("above_1", "first bound, 0 is none", "第1阶梯值"),
        _adder("adder_1", "what a kWh costs more above it", "第1阶梯加价"),
        _energy("above_2", "second bound, 0 is none", "第2阶梯值", NOTHING),
        _adder("adder_2", "what a kWh costs more above that", "第2阶梯加价", NOTHING),
        _energy("used", "used in this year before now", "本年已用电量", NOTHING),
    ),
    _act(
        "limits",
        "set the limits of the money, those that are not given to none",
        "金额限值",
        hands.limits,
        _limit("alarm_1", "alarm amount 1", "报警金额1"),
        _limit("alarm_2", "alarm amount 2", "报警金额2"),
        _limit("overdraft", "overdraft limit", "透支金额"),
        _limit("hoarding", "hoarding limit", "囤积金额"),
        _limit("close", "least amount that allows a close", "合闸允许金额"),
    ),
    _act(
        "balance",
        "put the balance to an amount",
        "设置余额",
        hands.balance,
        number("yuan", "balance", "余额", "yuan", low="-999999.99", high="999999.99", decimals=2),
    ),
    _act(
        "recharge",
        "buy at the meter",
        "充值",
        hands.recharge,
        number("yuan", "amount", "金额", "yuan", low="0.01", high="999999.99", decimals=2),
    ),
    _act("freeze", "freeze the registers now", "瞬时冻结", hands.freeze),
    _act(
        "replace",
        "hang another meter in the place of this one",
        "换表",
        hands.replace_meter,
        text("asset", "asset number of the new meter", "新表资产号", DIGITS_12, "12 digits"),
        text(
            "address",
            "its address, that of the old one if not given",
            "新表地址",
            DIGITS_12,
            "12 digits",
            required=False,
        ),
        number("register", "its register", "新表示值", "kWh", low="0", high="999999.99", decimals=2, default=NOTHING),
    ),
)

ACTS: Mapping[str, Act] = {act.name: act for act in _ALL}
"""Everything that can be done, by name."""
