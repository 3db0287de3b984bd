"""A village whose books are open: archive, prices, readings and deposits as an import leaves them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Executable, select

from headend import archive, collect, settle
from headend.collect import Mark, Registers
from headend.config import defaults
from headend.settle import tables
from headend.store import Tx
from headend.store.tables import fact, pending
from tests.rooms import MONDAY, Bench, home_no

D = Decimal
DAY = timedelta(days=1)


@dataclass
class Books:
    """A bench with the books open, and short ways to what tests do with them."""

    bench: Bench

    def account(self, index: int = 1) -> int:
        """The id of a home."""
        return self.bench.accounts[home_no(index)]

    def read(self, account: int, day: date, total: str | Decimal, mark: Mark = Mark.G, *tariffs: str) -> None:
        """Store a freeze."""
        point = self.bench.read(archive.place, account, day).point
        registers = Registers(D(total), tuple(D(t) for t in tariffs))
        self.bench.write(
            collect.store_reading, account, point, day, registers, mark=mark, source="freeze", reason="test"
        )

    def run(self, day: date, *, size: int = 100) -> list[settle.RunCounts]:
        """Run the estimation of a business day over everybody."""
        self.bench.at(f"{day} 08:10")
        return [self.bench.write(settle.estimate_chunk, day, c) for c in self.bench.read(archive.chunks, size)]

    def day(self, account: int, day: date) -> settle.StoredDay:
        """The newest version of an energy day."""
        return self.bench.read(settle.days, account, day, day)[day]

    def money(self, account: int) -> settle.Available:
        """The balance of an account."""
        return self.bench.read(settle.available, account)

    def pay(self, account_no: str, amount: str, serial: str) -> settle.Posted:
        """Post a payment."""
        payment = settle.Payment(account_no, "wechat", serial, D(amount), self.bench.clock.now())
        return self.bench.write(settle.post, payment)

    def execute(self, statement: Executable) -> None:
        """Run a statement that no service would run."""

        def change(tx: Tx) -> None:
            tx.execute(statement)

        self.bench.write(change)

    def facts(self, account: int) -> list[str]:
        """The kinds of fact told about an account."""
        rows = self.bench.read(lambda view: view.all(select(fact.c.kind).where(fact.c.account == account)))
        return [row.kind for row in rows]

    def marked(self, account: int) -> set[str]:
        """The rooms with a mark for an account."""
        rows = self.bench.read(lambda view: view.all(select(pending.c.room).where(pending.c.account == account)))
        return {row.room for row in rows}

    def versions(self, account: int) -> int:
        """How many rows of fee days an account has."""
        days = tables.fee_day
        return len(self.bench.read(lambda view: view.all(select(days.c.day).where(days.c.account == account))))

    def level(self) -> None:
        """Assert that the books agree with themselves."""
        trial = self.bench.read(settle.trial_balance)
        assert trial.level, trial


def open_books(bench: Bench, **shape: Any) -> Books:
    """Import an archive file and load what settlement and collection need of it."""
    report = bench.load(**shape)
    assert report.bad == ()
    bench.write(settle.load_prices, (defaults() / "prices.toml").read_text(encoding="utf-8"))
    for imported in report.accounts:
        for day, total in imported.history.items():
            registers = Registers(total)
            bench.write(
                collect.store_reading,
                imported.account,
                imported.point,
                day,
                registers,
                mark=Mark.G,
                source="history",
            )
        bench.write(settle.take_over, imported.account, imported.opening.deposit)
    return Books(bench)


def home(**changes: Any) -> Mapping[str, Mapping[str, Any]]:
    """Changes of the first home's row."""
    return {home_no(1): changes}


REGISTER = D("4150.00")


def register(day: date, daily: str = "5.00") -> Decimal:
    """The register of a home of the usual archive file, as it goes on."""
    return REGISTER + D(daily) * (day - MONDAY.replace(day=1)).days
