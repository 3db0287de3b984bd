"""A bench for the rooms: a real store on a file, a clock that is moved by hand, a small archive to work with."""

import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, Self, TypeVar

from clock import SteppedClock
from headend import archive, notify
from headend.config import read_default
from headend.store import BUSINESS_ZONE, By, Rank, Site, Store, Tx, View, create_schema, metadata

P = ParamSpec("P")
R = TypeVar("R")

MONDAY = date(2026, 9, 14)
START = datetime(2026, 9, 14, 8, 0, tzinfo=BUSINESS_ZONE)
BY = By("system:test", "test:1", Rank.PEOPLE)

CONCENTRATOR = "698:000000000001"
SHOP_LINE = "dtu:SHOPS-01"

CALENDAR = (
    {"day": "2026-09-20", "kind": "working", "name": "调休"},
    {"day": "2026-09-25", "kind": "closed", "name": "中秋节"},
)

SITE = Site(lab=True, service_key=b"a key of the tests, 32 bytes long")

STAFF = (
    {"user": "wang.appr", "name": "王所长", "role": "APPR-1", "unit": "S01", "phone": "13900000001"},
    {"user": "sun.appr", "name": "孙所长", "role": "APPR-1", "unit": "S02", "phone": "13900000002"},
    {"user": "li.appr", "name": "李主任", "role": "APPR-2", "unit": "370100", "phone": "13900000003"},
    {"user": "zhao.mgr", "name": "赵经理", "role": "MGR", "unit": "370100", "phone": "13900000004"},
    {"user": "chen.opr", "name": "陈值班", "role": "OPR", "unit": "370100", "phone": "13900000005"},
    {"user": "zhou.fee", "name": "周专责", "role": "FEE", "unit": "370100", "phone": "13900000006"},
    {"user": "wu.am", "name": "吴经理", "role": "AM", "unit": "TA-0001", "phone": "13900000007"},
    {"user": "zheng.tech", "name": "郑师傅", "role": "TECH", "unit": "S01", "phone": "13900000008"},
)


def home_no(index: int) -> str:
    """Give the customer number of the ``index``-th home, from 1."""
    return f"3701{index:06d}"


def shop_no(index: int) -> str:
    """Give the customer number of the ``index``-th shop, from 1."""
    return f"37019{index:05d}"


def account_row(no: str, serial: int, *, shop: bool, start: date, daily_kwh: Decimal, **changes: Any) -> dict[str, Any]:
    """Make one account of an archive file, with the eight daily freezes before ``start``; ``changes`` win."""
    cycle_start = start.replace(day=1)
    register = Decimal("4150.00")
    days = [start - timedelta(days=back) for back in range(8, 0, -1)]
    history = [{"day": str(day), "total": str(register + daily_kwh * (day - cycle_start).days)} for day in days]
    dialect, road, link = _way(serial, shop=shop)
    row = {
        "no": no,
        "area": "TA-0001",
        "class": "N1" if shop else "R1",
        "customer": f"客户{serial}",
        "price": "SHOP_FLAT" if shop else "RES_TIER_YEAR_SD",
        "capacity_kw": "20" if shop else "13.2",
        "contacts": [{"name": f"客户{serial}", "phone": f"138{serial:08d}", "role": "account"}],
        "agreement": {"signed": "2026-05-01", "ends": None},
        "enrolled": "2026-06-01",
        "relation_verified": True,
        "cut_before": True,
        "meter": {
            "address": f"{serial:012d}",
            "asset": f"SD{serial:06d}",
            "dialect": dialect,
            "road": road,
            "link": link,
            "current_max_a": 60,
            "installed": "2025-01-10",
            "register": "4000.00",
            "sim": True,
        },
        "opening": {"deposit": "100.00", "tier_year_kwh": "1000.00", "cycle_register": str(register)},
        "history": history,
    }
    return row | changes


def archive_file(
    *,
    homes: int = 3,
    shops: int = 1,
    start: date = MONDAY,
    daily_kwh: str = "5.00",
    changes: Mapping[str, Mapping[str, Any]] | None = None,
) -> dict[str, Any]:
    """Make an archive file: homes with 698 and 645 meters in turn, shops on a transparent line.

    ``changes`` holds, by customer number, what replaces the usual values of an account's row.
    """
    numbers = [(home_no(i), i, False) for i in range(1, homes + 1)]
    numbers += [(shop_no(i), 900_000 + i, True) for i in range(1, shops + 1)]
    use = Decimal(daily_kwh)
    return {
        "county": {"code": "370100", "name": "试点县公司"},
        "stations": [{"code": "S01", "name": "城关供电所"}, {"code": "S02", "name": "河东供电所"}],
        "areas": [
            {"code": "TA-0001", "station": "S01", "name": "城关一号台区", "stage": 4},
            {"code": "TA-0002", "station": "S02", "name": "河东一号台区", "stage": 1},
        ],
        "concentrators": [
            {"link": CONCENTRATOR, "kind": "concentrator", "area": "TA-0001"},
            {"link": SHOP_LINE, "kind": "dtu", "area": "TA-0001"},
        ],
        "calendar": [dict(day) for day in CALENDAR],
        "staff": [dict(member) for member in STAFF],
        "accounts": [
            account_row(no, serial, shop=shop, start=start, daily_kwh=use, **(changes or {}).get(no, {}))
            for no, serial, shop in numbers
        ],
    }


def _way(serial: int, *, shop: bool) -> tuple[str, str, str]:
    if shop:
        return "dlt645", "dtu", SHOP_LINE
    return ("dlt698", "proxy", CONCENTRATOR) if serial % 2 else ("dlt645", "forward", CONCENTRATOR)


@cache
def _empty(_tables: frozenset[str]) -> bytes:
    """Give a database file with these tables and no rows; made once, as most tests begin with one."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "empty.db"
        store = Store(path, SteppedClock(START), site=SITE)
        with store.engine.begin() as connection:
            create_schema(connection)
        store.close()
        return path.read_bytes()


@dataclass
class Bench:
    """A store and its clock; transactions run on the calling thread."""

    store: Store
    clock: SteppedClock
    accounts: dict[str, int] = field(default_factory=dict)

    @classmethod
    def open(cls, path: Path, clock: SteppedClock | None = None) -> Self:
        """Make a store with the tables of every room that has been imported, at :data:`START` unless on a clock."""
        clock = clock or SteppedClock(START)
        path.write_bytes(_empty(frozenset(metadata.tables)))
        return cls(Store(path, clock, site=SITE), clock)

    def write(self, function: Callable[Concatenate[Tx, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run a transaction in the name of the test."""
        return self.write_by(BY, function, *args, **kwargs)

    def write_by(self, by: By, function: Callable[Concatenate[Tx, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run a transaction in somebody's name."""
        return self.store.write_now(by, function, *args, **kwargs)[0]

    def read(self, function: Callable[Concatenate[View, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run a read."""
        return self.store.read_now(function, *args, **kwargs)

    def at(self, text: str) -> datetime:
        """Move the clock on to a local time such as ``2026-09-15 08:20`` and give it in UTC."""
        moment = local(text)
        self.clock.advance(moment)
        return moment

    def load(self, document: Mapping[str, Any] | None = None, **shape: Any) -> archive.ImportReport:
        """Import an archive file (by default :func:`archive_file` of that shape), the default strategies and texts."""
        parsed = archive.read_archive(document or archive_file(**shape))
        self.write(archive.load_strategies, archive.parse_strategies(read_default("strategies.toml")))
        self.write(notify.load_templates, notify.parse_templates(read_default("messages.toml")))
        report = self.write(archive.import_archive, parsed)
        self.accounts |= self._ids(row.no for _, row in parsed.accounts)
        return report

    def _ids(self, numbers: Iterable[str]) -> dict[str, int]:
        whole = self.read(archive.whole)
        known = {account.no: account.id for account in self.read(archive.accounts, scope=whole)}
        return {no: known[no] for no in numbers if no in known}


def local(text: str) -> datetime:
    """Give the instant of a local date and time in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=BUSINESS_ZONE).astimezone(UTC)
