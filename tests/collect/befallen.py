"""What may have happened to a meter before its freeze is taken: books with a history, and acts upon them."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import select, update

from clock import SteppedClock
from headend import archive, collect, work
from headend.archive.tables import installation, meter
from headend.collect import Duty, Mark, Registers, RelaySeen
from headend.collect.clocks import note_clock
from headend.store import Store, Tx
from tests.collect.day import ONE_DAY, freeze, last_total
from tests.rooms import MONDAY, SITE, Bench, local

D = Decimal
TUESDAY = MONDAY + ONE_DAY
SUNDAY = MONDAY - ONE_DAY
MORNING = f"{TUESDAY} 09:00"


def opened(path: Path) -> Bench:
    """Open books of six homes and a shop, read up to Sunday, on the morning of Tuesday; two days are due."""
    path.write_bytes(_books())
    clock = SteppedClock(local(MORNING))
    return Bench(Store(path, clock, site=SITE), clock)


@cache
def _books() -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "books.db"
        bench = Bench.open(path)
        for imported in bench.load(homes=6, shops=1).accounts:
            for day, total in imported.history.items():
                store(bench, imported.account, imported.point, day, total, Mark.G, "history")
        for day in (MONDAY, TUESDAY):
            bench.at(f"{day} 09:00")
            bench.write(collect.plan, day)
        bench.store.close()
        return path.read_bytes()


def store(bench: Bench, account: int, point: int, day: date, total: Decimal, mark: Mark, source: str) -> None:
    """Store a reading without asking whether it is good."""
    bench.write(collect.store_reading, account, point, day, Registers(total), mark=mark, source=source)


def _nothing(_bench: Bench, _duty: Duty) -> None:
    pass


def _told_before(bench: Bench, duty: Duty) -> None:
    bench.write(collect.accept, duty, freeze(duty.day, str(last_total(bench, duty) + 5)))


def _read_on_site(bench: Bench, duty: Duty) -> None:
    store(bench, duty.account, duty.point, duty.day, last_total(bench, duty) + 4, Mark.C, "onsite")


def _interpolated(bench: Bench, duty: Duty) -> None:
    store(bench, duty.account, duty.point, duty.day, last_total(bench, duty) + 4, Mark.I, "onsite")


def _suspect_yesterday(bench: Bench, duty: Duty) -> None:
    before = last_total(bench, duty)
    store(bench, duty.account, duty.point, duty.day - ONE_DAY, before + 900, Mark.S, "freeze")


def _at_its_end(bench: Bench, duty: Duty) -> None:
    store(bench, duty.account, duty.point, duty.day - ONE_DAY, D("999998.00"), Mark.C, "onsite")


def _looks(bench: Bench, duty: Duty, *looks: bool) -> None:
    for hours, is_open in enumerate(looks, start=70):
        at = bench.clock.now() - timedelta(hours=2 * 70 - hours)
        seen = RelaySeen(is_open, is_open, keep_power=False, current=D(0), address="0" * 12, at=at, source="verify")
        bench.write(collect.note_relay, duty.account, seen)


def _cut(bench: Bench, duty: Duty) -> None:
    _looks(bench, duty, False, True, True)


def _restored(bench: Bench, duty: Duty) -> None:
    _looks(bench, duty, True, True, False)


def _clock_off(bench: Bench, duty: Duty) -> None:
    place = bench.read(archive.place, duty.account, duty.day)
    for error in (timedelta(), timedelta(hours=1)):
        bench.write(note_clock, place, error)


def _long_silent(bench: Bench, duty: Duty) -> None:
    due: datetime = bench.clock.now() + ONE_DAY

    def tell(tx: Tx) -> None:
        archive.set_flag(tx, duty.account, archive.FlagKind.STALE_DATA, until=None, reason="no good freeze")
        work.open_order(tx, work.OrderKind.NO_READING, account=duty.account, due=due, values={"days": "3"})

    bench.write(tell)


def _replaced(bench: Bench, duty: Duty) -> None:
    """Have another meter hang there since Sunday, which began with 4 kWh."""
    place = bench.read(archive.place, duty.account, duty.day)
    last = bench.read(collect.last_good, duty.point, SUNDAY)
    if last is None or place.since == SUNDAY:
        return

    def change(tx: Tx) -> None:
        plate = select(meter).where(meter.c.id == place.meter)
        there = select(installation).where(installation.c.id == place.installation)
        (old,), (hung,) = tx.execute(plate).mappings(), tx.execute(there).mappings()
        own = {name: value for name, value in old.items() if name != "id"}
        new = tx.insert(meter, **own | {"address": f"9{place.address[1:]}", "asset": f"N{place.asset}"})
        ended = {"until": SUNDAY, "last_register": last.total + 1}
        tx.execute(update(installation).where(installation.c.id == place.installation).values(**ended))
        kept = {name: value for name, value in hung.items() if name != "id"}
        tx.insert(installation, **kept | {"meter": new, "since": SUNDAY, "first_register": D("4.00")})

    bench.write(change)


BEFALLEN: Mapping[str, Callable[[Bench, Duty], None]] = {
    "nothing": _nothing,
    "told before": _told_before,
    "read on site": _read_on_site,
    "interpolated": _interpolated,
    "suspect yesterday": _suspect_yesterday,
    "at its end": _at_its_end,
    "cut": _cut,
    "restored": _restored,
    "clock off": _clock_off,
    "long silent": _long_silent,
    "replaced": _replaced,
}
"""What may have happened, by name."""
