"""What was physically true at the end of a run, and what can be measured on the physical side alone."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from statistics import median
from typing import Any

from simulators.people import Diary, Paid
from simulators.village import Home, Village
from simulators.village.tariff import kilowatt_hours

__all__ = ["By", "Light", "lights", "middle", "truth_of"]


class By(StrEnum):
    """Who closed a relay."""

    REMOTE = "remote"
    KEY = "key"
    SITE = "site"


@dataclass(frozen=True, slots=True)
class Light:
    """A dark home whose payment was accepted: how long it stayed dark, None if it still is."""

    account: str
    by: By
    seconds: float | None


def truth_of(village: Village, diary: Diary, now: datetime) -> dict[str, Any]:
    """Describe every meter, and every payment that the daemon has accepted, as a JSON document.

    Meters are keyed by communication address. Registers are kWh as decimal strings; ``open`` is the position of the
    contact, whatever the meter was told.
    """
    return {
        "at": now.isoformat(),
        "meters": {home.meter.address: _meter(home, now) for home in village.homes},
        "payments": [
            {"account": paid.account, "serial": paid.serial, "amount": f"{paid.amount:.2f}"} for paid in diary.payments
        ],
    }


def _meter(home: Home, now: datetime) -> dict[str, Any]:
    meter = home.meter
    registers = meter.registers(now)
    return {
        "account": home.account,
        "open": meter.relay(now).open,
        "register": str(kilowatt_hours(registers.total)),
        "tariffs": [str(kilowatt_hours(register)) for register in registers.block[1:]],
        "silent": not meter.hears(now),
    }


def lights(village: Village, diary: Diary, now: datetime) -> list[Light]:
    """Measure, for each payment of a dark home, the time from its acceptance to the closing of the contact."""
    homes = {home.account: home for home in village.homes}
    return [
        Light(paid.account, _by(paid.account, diary), _dark_after(homes[paid.account], paid, now))
        for paid in diary.payments
        if _is_dark(homes[paid.account], paid.accepted_at, now)
    ]


def middle(found: list[Light], by: By) -> tuple[float, float] | None:
    """Give median and maximum of the seconds after which there was light again, where it came this way."""
    times = [light.seconds for light in found if light.seconds is not None and light.by is by]
    return (median(times), max(times)) if times else None


def _by(account: str, diary: Diary) -> By:
    if account in diary.fixed_on_site:
        return By.SITE
    return By.KEY if account in diary.keys_pressed else By.REMOTE


def _is_dark(home: Home, at: datetime, now: datetime) -> bool:
    before = [movement for movement in home.meter.relay(now).movements if movement.at <= at]
    return bool(before) and before[-1].open


def _dark_after(home: Home, paid: Paid, now: datetime) -> float | None:
    for movement in home.meter.relay(now).movements:
        if movement.at > paid.accepted_at and not movement.open:
            return (movement.at - paid.accepted_at) / timedelta(seconds=1)
    return None
