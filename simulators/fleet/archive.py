"""The archive file (档案) of a fleet, written row by row: for a million meters it is some 700 MB."""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, TextIO

from simulators.fleet.meter import INSTALLED, FleetMeter
from simulators.fleet.plan import Plan
from simulators.localtime import midnight

__all__ = ["write_archive"]

COUNTY = "370100"
STATION = "S01"
HISTORY = 2
"""Days before today of which the freeze is told."""
DEPOSIT = "100.00"
CURRENT_MAX_A = 60


def write_archive(plan: Plan, today: date, file: TextIO) -> int:
    """Write what ``headend archive import`` reads, on a day from 2025-01-03 on; gives how many accounts are in it.

    Each line is a transformer area (台区) of its own.
    """
    rows = (json.dumps(row, ensure_ascii=False) for row in _accounts(plan, today))
    head = {
        "county": {"code": COUNTY, "name": "机群县供电公司"},
        "stations": [{"code": STATION, "name": "机群供电所"}],
        "areas": [
            {"code": area_of(line), "station": STATION, "name": f"机群{line + 1}号台区"} for line in range(plan.lines)
        ],
        "concentrators": [
            {"link": plan.link(line), "kind": "dtu" if plan.is_dtu(line) else "concentrator", "area": area_of(line)}
            for line in range(plan.lines)
        ],
    }
    file.write(json.dumps(head, ensure_ascii=False, indent=1).removesuffix("\n}") + ',\n "accounts": [')
    number = 0
    for number, row in enumerate(rows, 1):
        file.write(f"{',' if number > 1 else ''}\n  {row}")
    file.write("\n ]\n}\n")
    return number


def area_of(line: int) -> str:
    """Give the code of a line's area."""
    return f"FLEET-{line:06d}"


def _accounts(plan: Plan, today: date) -> Iterator[dict[str, Any]]:
    number = 0
    for line in range(plan.lines):
        for meter in plan.branch(line).values():
            number += 1
            yield _account(plan, line, number, meter, today)


def _account(plan: Plan, line: int, number: int, meter: FleetMeter, today: date) -> dict[str, Any]:
    days = [today - timedelta(days=back) for back in range(HISTORY, 0, -1)]
    cycle = max(days[-1].replace(day=1), INSTALLED)
    name = f"机群用户{number}"
    return {
        "no": f"37{number:09d}",
        "area": area_of(line),
        "class": "R1",
        "customer": name,
        "price": "RES_TIER_YEAR_SD",
        "capacity_kw": "13.2",
        "contacts": [{"name": name, "phone": f"139{number % 10**8:08d}", "role": "account"}],
        "enrolled": INSTALLED.isoformat(),
        "relation_verified": True,
        "meter": {
            "address": meter.address,
            "asset": f"FLEET{number:09d}",
            "dialect": meter.dialect.value,
            "road": _road(plan, line, meter),
            "link": plan.link(line),
            "current_max_a": CURRENT_MAX_A,
            "installed": INSTALLED.isoformat(),
            "register": "0.00",
            "sim": True,
        },
        "opening": {"deposit": DEPOSIT, "tier_year_kwh": "0.00", "cycle_register": _total(meter, cycle)},
        "history": [{"day": day.isoformat(), "total": _total(meter, day)} for day in days],
    }


def _road(plan: Plan, line: int, meter: FleetMeter) -> str:
    if plan.is_dtu(line):
        return "dtu"
    return "proxy" if meter.dialect.value == "dlt698" else "forward"


def _total(meter: FleetMeter, day: date) -> str:
    freeze = meter.freeze(day, midnight(day))
    assert freeze is not None, f"meter {meter.address} has no freeze of {day}"
    return str(Decimal(freeze.registers.total).scaleb(-2))
