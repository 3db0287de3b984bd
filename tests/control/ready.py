"""A home that is short of money and ready to be cut: every safety rule lets it pass on Wednesday at 09:10."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from drivers.sms import Accepted, Delivery, Receipt
from headend import archive, collect, control, notify, settle
from headend.collect import Mark, Registers
from headend.config import defaults, read_default
from headend.control import Decision, Kind
from headend.notify.model import Company
from headend.notify.sending import Submission, begin, gateway_seen, submitted, take_receipt
from headend.store import By, Rank
from tests.rooms import MONDAY, Bench, home_no, local

COMPANY = Company("试点供电", "95598")
SYSTEM = By("system:test", "test:1", Rank.FIELD)
SIGNER = By("appr-1:wang.appr", "test:2", Rank.PEOPLE)
DAILY = Decimal("5.00")
ONE_DAY = timedelta(days=1)


@dataclass
class Ready:
    """The home, with the ids that tests need."""

    bench: Bench
    account: int
    point: int

    def register(self, day: date) -> Decimal:
        """Give the register at the freeze of a day."""
        return Decimal("4150.00") + DAILY * (day - MONDAY.replace(day=1)).days

    def release(self) -> int:
        """Release a cut."""
        return self.bench.write_by(SYSTEM, control.release, self.account)

    def trip(self) -> int:
        """Order a trip in the present window."""
        window = self.bench.read(lambda view: archive.window_at(view, view.now))
        assert window is not None
        return self.bench.write_by(
            SYSTEM, control.order, self.account, Kind.TRIP, release=self.release(), window_end=window.end
        )

    def pay(self, amount: str, serial: str = "1") -> None:
        """Pay at a counter."""
        paid = settle.Payment(home_no(1), "counter", serial, Decimal(amount), self.bench.clock.now())
        self.bench.write(settle.post, paid)

    def command(self, command_id: int) -> control.Command:
        """Give a command as it stands."""
        return self.bench.read(control.command, command_id)


def make_ready(bench: Bench) -> Ready:
    """Take a home through the days before its cut, by the rooms' own functions."""
    report = bench.load(changes={home_no(1): {"opening": opening("10.00")}})
    for imported in report.accounts:
        bench.write(settle.take_over, imported.account, imported.opening.deposit)
        for day, total in imported.history.items():
            store(bench, imported.account, imported.point, day, total)
    bench.write(settle.load_prices, (defaults() / "prices.toml").read_text("utf-8"))
    bench.write(notify.load_templates, notify.parse_templates(read_default("messages.toml")))
    account = bench.accounts[home_no(1)]
    ready = Ready(bench, account, next(i.point for i in report.accounts if i.account == account))
    morning(ready, MONDAY)
    morning(ready, MONDAY + ONE_DAY)
    bench.at("2026-09-15 08:40")
    proposal = bench.write_by(SYSTEM, control.propose, account, Decimal("25.00"))
    bench.at("2026-09-15 08:50")
    bench.write_by(SIGNER, control.sign, proposal, Decision.APPROVE, "wang.appr", "checked")
    deliver(bench, account, "S06", amt="26", d="9月16日", hm="09时00分")
    morning(ready, MONDAY + 2 * ONE_DAY)
    bench.at("2026-09-16 08:35")
    deliver(bench, account, "S07", amt="26")
    bench.at("2026-09-16 09:08")
    bench.write(gateway_seen, up=True)
    live(ready)
    bench.at("2026-09-16 09:10")
    return ready


def opening(deposit: str) -> dict[str, str]:
    """Make the opening of an account row."""
    return {"deposit": deposit, "tier_year_kwh": "1000.00", "cycle_register": "4150.00"}


def store(bench: Bench, account: int, point: int, day: date, total: Decimal) -> None:
    """Store a good freeze."""
    bench.write(collect.store_reading, account, point, day, Registers(total), mark=Mark.G, source="history")


def morning(ready: Ready, day: date) -> None:
    """Let a day's readings, estimation, trial balance and mass check pass."""
    bench = ready.bench
    if bench.clock.now() < local(f"{day} 07:50"):
        bench.at(f"{day} 07:50")
    for place in bench.read(archive.places, day):
        store(bench, place.account, place.point, day, ready.register(day))
    for chunk in bench.read(archive.chunks):
        bench.write(settle.estimate_chunk, day, chunk)
    bench.write(settle.record_trial, day)
    bench.write(control.mass_check, day, frozenset({ready.account}))


def deliver(bench: Bench, account: int, template: str, **values: str) -> int:
    """Put a message and let it be delivered now."""
    message = bench.write(notify.put, account, template, values, once=f"{template}:{bench.clock.now():%d%H%M}")
    assert message is not None
    begun = bench.write(begin, message, COMPANY)
    assert isinstance(begun, Submission)
    bench.write(submitted, begun.attempt, Accepted(f"ref-{begun.attempt}"))
    bench.write(take_receipt, Receipt(f"ref-{begun.attempt}", begun.attempt, Delivery.DELIVERED, bench.clock.now()))
    return message


def live(ready: Ready) -> None:
    """Let the meter be read live."""
    bench = ready.bench
    number = bench.write(collect.ask_live, ready.account)
    total = ready.register(bench.read(lambda view: view.today)) + 2
    wish = collect.Want(number, ready.account, 0, 0)
    bench.write(collect.answer, wish, ready.point, "000000000001", total, None)
