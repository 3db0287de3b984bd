"""Clock, relay and daily freeze as JSON and as words."""

from decimal import Decimal
from typing import Any

from drivers.meter import Freeze, RelayState
from drivers.zone import BEIJING
from protocols.dissection import Words
from simulators.master.asking import ClockSeen

__all__ = ["clock_document", "clock_words", "freeze_document", "freeze_words", "relay_document", "relay_words"]

_KEPT = {
    True: Words("on: trips are refused", "投入"),
    False: Words("off", "解除"),
    None: Words("not told", "未知"),
}


def clock_document(address: str, seen: ClockSeen, *, is_set: bool) -> dict[str, Any]:
    """Give a look at a clock as JSON; the deviation is in seconds, positive where the meter is ahead."""
    return {
        "address": address,
        "meter": seen.meter.isoformat(),
        "ours": seen.ours.isoformat(timespec="milliseconds"),
        "deviation": f"{seen.deviation.total_seconds():.1f}",
        "set": is_set,
        "ok": True,
        "error": None,
    }


def clock_words(address: str, seen: ClockSeen) -> dict[Words, Words]:
    """Say what a clock shows."""
    return {
        Words("meter", "电能表"): Words(address),
        Words("its clock", "电能表时钟"): Words(f"{seen.meter:%Y-%m-%d %H:%M:%S}"),
        Words("our clock", "本机时钟"): Words(f"{seen.ours:%Y-%m-%d %H:%M:%S}"),
        Words("deviation", "偏差"): Words(f"{seen.deviation.total_seconds():+.1f} s"),
    }


def relay_document(address: str, state: RelayState) -> dict[str, Any]:
    """Give the state of a relay as JSON; current in A, voltage in V."""
    return {
        "address": address,
        "open": state.open,
        "command_open": state.command_open,
        "keep_power": state.keep_power,
        "current": _text(state.current),
        "voltage": _text(state.voltage),
        "word": state.word,
        "ok": True,
        "error": None,
    }


def relay_words(address: str, state: RelayState) -> dict[Words, Words]:
    """Say how a relay stands."""
    order = Words("to be open", "断") if state.command_open else Words("to be closed", "通")
    return {
        Words("meter", "电能表"): Words(address),
        Words("relay", "继电器"): Words("open: no supply", "断开") if state.open else Words("closed", "闭合"),
        Words("last order", "命令状态"): order,
        Words("supply protection", "保电"): _KEPT[state.keep_power],
        Words("current", "电流"): Words(_quantity(state.current, "A")),
        Words("voltage", "电压"): Words(_quantity(state.voltage, "V")),
        Words("state word 3", "运行状态字3"): Words(state.word or "-"),
    }


def freeze_document(address: str, freeze: Freeze) -> dict[str, Any]:
    """Give a daily freeze as JSON; energies in kWh."""
    return {
        "address": address,
        "day": freeze.day.isoformat(),
        "stamp": None if freeze.stamp is None else freeze.stamp.astimezone(BEIJING).isoformat(),
        "total": _text(freeze.total),
        "tariffs": [_text(each) for each in freeze.tariffs],
        "reverse": _text(freeze.reverse),
        "unit": "kWh",
        "ok": True,
        "error": None,
    }


def freeze_words(address: str, freeze: Freeze) -> dict[Words, Words]:
    """Say what was frozen."""
    stamp = "-" if freeze.stamp is None else f"{freeze.stamp.astimezone(BEIJING):%Y-%m-%d %H:%M}"
    tariffs = {
        Words(f"tariff {number}", f"费率{number}"): Words(_quantity(each, "kWh"))
        for number, each in enumerate(freeze.tariffs, 1)
    }
    return {
        Words("meter", "电能表"): Words(address),
        Words("frozen at", "冻结时间"): Words(stamp),
        Words("forward total", "正向有功总"): Words(_quantity(freeze.total, "kWh")),
        **tariffs,
        Words("reverse total", "反向有功总"): Words(_quantity(freeze.reverse, "kWh")),
    }


def _text(number: Decimal | None) -> str | None:
    return None if number is None else f"{number:f}"


def _quantity(number: Decimal | None, unit: str) -> str:
    return "-" if number is None else f"{number:f} {unit}"
