"""What a technician wants to know of a meter besides its face: registers, power, relay, clock, money, faults."""

from datetime import datetime, timedelta

from protocols.dissection import Words, counted, listed
from simulators.faults import FAULTS, Fault, Faults
from simulators.meter import Meter, Relay, Stuck

__all__ = ["Fact", "facts", "fault_told"]

Fact = tuple[Words, Words]
"""A name and what it stands at."""
SECOND = timedelta(seconds=1)
STUCK = {
    Stuck.OPEN: Words("stuck open", "卡在断开"),
    Stuck.CLOSED: Words("stuck closed", "卡在闭合"),
    Stuck.BOTH: Words("stuck", "卡死"),
    Stuck.DEAF: Words("deaf", "不响应"),
}


def facts(meter: Meter, faults: Faults, now: datetime) -> tuple[Fact, ...]:
    """Tell how a meter stands now, names and values in both languages."""
    registers, relay, wallet = meter.registers(now), meter.relay(now), meter.wallet
    volts, amperes = meter.decivolts(now) / 10, meter.milliamperes(now) / 1000
    yuan = f"{wallet.balance_fen / 100:.2f}"
    money = ((Words("balance", "余额"), Words(f"{yuan} CNY", f"{yuan} 元")),)
    return (
        (Words("relay", "继电器"), _relay(relay, now)),
        (Words("register", "总电量"), Words(f"{registers.total / 100:.2f} kWh")),
        (Words("power", "功率"), Words(f"{meter.watts(now)} W  {volts:.1f} V  {amperes:.3f} A")),
        (Words("clock", "时钟"), Words(f"{meter.drift / SECOND:+.1f} s")),
        *(money if wallet.local or wallet.opened else ()),
        (Words("faults", "故障"), listed([fault_told(fault) for fault in faults.active(now)]) or Words("none", "无")),
    )


def fault_told(fault: Fault) -> Words:
    """Tell a fault with its numbers in a few words."""
    numbers = [Words(f"{name}={value:g}") for name, value in fault.arguments.items()]
    if fault.probability < 1:
        numbers.append(Words(f"{fault.probability:.0%}"))
    if fault.count is not None:
        numbers.append(counted(fault.count, "times", "次"))
    name = Words(fault.kind, FAULTS[fault.kind].words.zh)
    return name.then(listed(numbers, " ")) if numbers else name


def _relay(relay: Relay, now: datetime) -> Words:
    told = [Words("open", "断开") if relay.open else Words("closed", "闭合")]
    if relay.opens_at is not None:
        left = max(0, round((relay.opens_at - now) / SECOND))
        told.append(Words(f"opens in {left} s", f"{left} 秒后跳闸"))
    if relay.permitted:
        told.append(Words("waits for the key", "允许合闸, 等待按键"))
    if relay.protected:
        told.append(Words("power kept", "保电"))
    if relay.stuck is not Stuck.NO:
        told.append(STUCK[relay.stuck])
    return listed(told)
