"""The archive file (档案): what the head-end is told about a village before it starts."""

from decimal import Decimal
from typing import Any

from simulators.village.model import Home, Village

__all__ = ["archive_of"]

SIGNED = "2026-05-01"
ENROLLED = "2026-06-01"
INSTALLED = "2025-01-10"
FIRST_REGISTER = "0.00"  # the meters were new when they were installed
CAPACITY_PER_AMPERE = Decimal("0.22")  # kW of one phase at 220 V


def archive_of(village: Village) -> dict[str, Any]:
    """Describe the village as the JSON document that ``headend archive import`` reads.

    Amounts, registers and energies are strings of decimal digits, days ISO dates.
    """
    scenario = village.scenario
    return {
        "county": {"code": scenario.county.code, "name": scenario.county.name},
        "stations": [{"code": scenario.station.code, "name": scenario.station.name}],
        "areas": [
            {
                "code": scenario.area.code,
                "station": scenario.station.code,
                "name": scenario.area.name,
                "stage": scenario.stage,
            }
        ],
        "concentrators": [
            {"link": line.link, "kind": line.kind.value, "area": scenario.area.code} for line in scenario.lines
        ],
        "calendar": [
            {"day": entry.day.isoformat(), "kind": entry.kind, "name": entry.name} for entry in scenario.calendar
        ],
        "staff": [
            {"user": who.user, "name": who.name, "role": who.role, "unit": who.unit, "phone": who.phone}
            for who in scenario.staff
        ],
        "accounts": [_account(home, scenario.area.code) for home in village.homes],
    }


def _account(home: Home, area: str) -> dict[str, Any]:
    story = home.story
    flags = []
    if story is not None and story.flag:
        flags.append({"kind": story.flag, "reason": story.title, "author": "archive"})
    return {
        "no": home.account,
        "area": area,
        "class": home.customer_class,
        "customer": home.customer,
        "price": home.line.price,
        "capacity_kw": str(CAPACITY_PER_AMPERE * home.meter.plate.current_max_a * home.meter.plate.multiplier),
        "contacts": [{"name": who.name, "phone": who.phone, "role": who.role} for who in home.contacts],
        "agreement": {"signed": SIGNED, "ends": None},
        "enrolled": ENROLLED,
        "relation_verified": True,
        "meter": _meter(home),
        "opening": {
            "deposit": str(home.opening.deposit),
            "tier_year_kwh": str(home.opening.tier_year_kwh),
            "cycle_register": str(home.opening.cycle_register),
        },
        "history": [{"day": day.isoformat(), "total": str(total)} for day, total in home.history],
        "flags": flags,
    }


def _meter(home: Home) -> dict[str, Any]:
    plate = home.meter.plate
    return {
        "address": plate.address,
        "asset": plate.asset,
        "dialect": plate.dialect.value,
        "profile": plate.profile,
        "road": home.line.road,
        "link": home.line.link,
        "multiplier": plate.multiplier,
        "current_max_a": plate.current_max_a,
        "phases": 1,
        "installed": INSTALLED,
        "register": FIRST_REGISTER,
        "sim": True,
    }
