"""A small world for stories: real rooms on a file, a clock moved by hand, meters and phones that obey a script.

Whatever is due (marks, messages, live reads, relay commands) is done at its instant, in the order of time, by the
rooms' own functions; only the wire is played.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from drivers.meter import RelayState
from drivers.sms import Accepted, Delivery, Receipt
from headend import archive, collect, control, notify, settle, strategy, work
from headend.archive import FlagKind
from headend.collect import Mark, Registers
from headend.collect.live import due_wants
from headend.config import defaults, read_default
from headend.control import Event, Kind, ordering, steps
from headend.control import State as CommandState
from headend.notify.model import Company
from headend.notify.sending import Submission, begin, gateway_seen, submitted, take_receipt
from headend.notify.sending import due as due_messages
from headend.store import BUSINESS_ZONE, By, Due, Rank, Room, Tx, View
from headend.store.marks import due_marks
from headend.strategy import Moved, Phase, State
from tests.rooms import MONDAY, Bench, home_no, local

COMPANY = Company("试点供电", "95598")
CONTROL = By("system:control", "test", Rank.FIELD)
BATCH = By("system:dayplan", "test", Rank.BATCH)
ONE_DAY = timedelta(days=1)
CYCLE_START = date(2026, 9, 1)
RECEIPT_AFTER = timedelta(seconds=5)
LOOK_AHEAD = 100
CODE = "00000001"
OPERATOR = By("opr:chen.opr", "desk", Rank.PEOPLE)
TUESDAY, WEDNESDAY, THURSDAY, FRIDAY, SATURDAY = (MONDAY + timedelta(days=n) for n in range(1, 6))


@dataclass
class Meter:
    """A meter: what it uses a day, whether it answers, and how its relay behaves."""

    daily: Decimal
    point: int
    address: str
    open: bool = False
    command_open: bool = False
    permitted: bool = False
    silent: bool = False
    stuck: bool = False  # takes commands, does not move
    deaf: bool = False  # nothing arrives, nothing is answered, from the command on
    frozen: bool = False  # answers live, but its freezes are lost
    answers_lost: bool = False
    register: Decimal = Decimal("4150.00")
    read_until: date = CYCLE_START

    def freeze(self, day: date) -> Decimal:
        """Give the register at the freeze of a day, going on with the use unless the relay is open."""
        while self.read_until < day:
            self.read_until += ONE_DAY
            self.register += Decimal(0) if self.open else self.daily
        return self.register

    def obey(self, kind: Kind) -> None:
        """Take a command; a stuck relay takes it and does not move."""
        self.command_open = kind is Kind.TRIP
        if not self.stuck:
            self.permitted = kind is Kind.PERMIT
            self.open = {Kind.TRIP: True, Kind.CLOSE: False}.get(kind, self.open)

    def press_key(self) -> None:
        """The customer closes by the key, if that is permitted."""
        assert self.permitted
        self.open = False

    def state(self) -> RelayState:
        """Tell the relay as the meter would."""
        current = Decimal(0) if self.open else Decimal("1.5")
        return RelayState(self.open, self.command_open, False, current, self.address, "0000", Decimal(220))


@dataclass
class World:
    """The rooms, the meters by account, and what is under way."""

    bench: Bench
    meters: dict[int, Meter]
    deaf: set[int] = field(default_factory=set)  # customers whose phones take nothing
    held_back: bool = False  # no command is worked on
    receipts: list[tuple[datetime, Receipt]] = field(default_factory=list)
    moved: list[Moved] = field(default_factory=list)
    wrong_trips: list[str] = field(default_factory=list)

    # --- time ---------------------------------------------------------------------------------------------------

    def to(self, text: str) -> None:
        """Let time pass until a local time such as ``2026-09-15 08:20``, doing what is due on the way."""
        until = local(text)
        while True:
            self.settle_down()
            following = self._next()
            if following is None or following > until:
                break
            self.bench.clock.advance(following)
        if self.bench.clock.now() < until:
            self.bench.clock.advance(until)
        self.settle_down()

    def settle_down(self) -> None:
        """Do whatever is due at this instant."""
        while self._work():
            pass

    def through(self, until: datetime) -> None:
        """Let time pass until an instant, with the mornings on the way."""
        day = self.bench.clock.now().astimezone(BUSINESS_ZONE).date()
        while (day := day + ONE_DAY) <= until.date():
            if local(f"{day} 08:31") <= until:
                self.morning(day)
        if self.bench.clock.now() < until:
            self.to(f"{until:%Y-%m-%d %H:%M:%S}")

    def morning(self, day: date) -> None:
        """Let the readings, the estimation, the trial balance, the comparison and the mass check of a day pass."""
        self.to(f"{day} 07:50")
        self.bench.write(gateway_seen, up=True)
        self.estimate(day)
        chunks = self.bench.read(archive.chunks)
        self.to(f"{day} 08:10")
        self.bench.write(settle.record_trial, day)
        self.to(f"{day} 08:20")
        for chunk in chunks:
            self.bench.write_by(BATCH, strategy.run, day, chunk, Phase.COMPARE)
        self.to(f"{day} 08:30")
        found = self.bench.read(strategy.candidates, day)
        self.bench.write(control.mass_check, day, found)
        for chunk in chunks:
            self.bench.write_by(BATCH, strategy.run, day, chunk, Phase.DECIDE)
        self.to(f"{day} 08:31")

    def estimate(self, day: date) -> None:
        """Store the readings of a day and estimate everybody."""
        for account, meter in self.meters.items():
            if meter.silent or meter.frozen:
                meter.freeze(day)
            else:
                self.store_freeze(account, day)
        for chunk in self.bench.read(archive.chunks):
            self.bench.write_by(BATCH, settle.estimate_chunk, day, chunk)

    @staticmethod
    def instant(text: str) -> datetime:
        """Give the instant of a local time."""
        return local(text)

    # --- people -------------------------------------------------------------------------------------------------

    def pay(self, account: int, amount: str, serial: str = "1") -> list[Moved]:
        """Pay, as the desk does it: posted and looked at in one transaction."""
        no = self.bench.read(archive.account, account).no
        payment = settle.Payment(no, "wechat", serial, Decimal(amount), self.bench.clock.now())

        def act(tx: Tx) -> list[Moved]:
            posted = settle.post(tx, payment)
            return [] if posted.already else strategy.after_payment(tx, account, posted)

        act.__module__ = "headend.desk.test"
        done = self.bench.write_by(By("channel:wechat", f"payment:{serial}", Rank.PEOPLE), act)
        self.settle_down()
        return done

    def sign(
        self, account: int, user: str = "wang.appr", decision: control.Decision = control.Decision.APPROVE
    ) -> None:
        """Sign the open proposal of an account."""
        proposal = self.bench.read(control.current_proposal, account)
        assert proposal is not None
        by = By(f"approver:{user}", "desk", Rank.PEOPLE)
        self.bench.write_by(by, control.sign, proposal.id, decision, user, "checked")
        self.settle_down()

    # --- what is seen -------------------------------------------------------------------------------------------

    def state(self, account: int) -> State:
        """Give the state of an account."""
        return self.bench.read(strategy.state, account).state

    def path(self, account: int) -> list[str]:
        """Give the moves of an account since it was enrolled, by id."""
        return [t.rule for t in self.bench.read(strategy.transitions, account) if t.moved][1:]

    def messages(self, account: int) -> list[str]:
        """Give the messages that were put for an account and not expired, by type, in order."""
        put = self.bench.read(notify.messages, account)
        return [m.template for m in put if m.state is not notify.State.EXPIRED]

    def all_messages(self, account: int) -> list[notify.Message]:
        """Give the messages that were put for an account, in order."""
        return self.bench.read(notify.messages, account)

    def balance(self, account: int) -> Decimal:
        """Give the available balance of an account."""
        return self.bench.read(settle.available, account).a

    def commands(self, account: int) -> list[tuple[Kind, CommandState]]:
        """Give the relay commands of an account, in order."""
        return [(c.kind, c.state) for c in self.bench.read(control.commands, account)]

    def orders(self, account: int) -> list[str]:
        """Give the kinds of the open work orders of an account."""
        return sorted(kind.value for kind in self.bench.read(_open_kinds, account))

    # --- what is due --------------------------------------------------------------------------------------------

    def _dues(self) -> Iterator[tuple[Due[Any], Callable[[Any], None]]]:
        read = self.bench.read
        yield read(partial(due_marks, Room.SETTLE), LOOK_AHEAD), self._look(Room.SETTLE, settle.refresh)
        yield read(partial(due_marks, Room.STRATEGY), LOOK_AHEAD), self._look(Room.STRATEGY, strategy.react)
        yield read(due_messages, LOOK_AHEAD), self._send
        yield read(due_wants, LOOK_AHEAD), self._read_live
        if not self.held_back:
            yield read(ordering.due_commands, LOOK_AHEAD), self._advance

    def _work(self) -> bool:
        """Do everything that is due now; tell whether there was anything."""
        worked = False
        for due, handle in self._dues():
            for item in due.items:
                worked = True
                handle(item)
        now = self.bench.clock.now()
        ready = [receipt for at, receipt in self.receipts if at <= now]
        self.receipts = [(at, receipt) for at, receipt in self.receipts if at > now]
        for receipt in ready:
            self.bench.write(take_receipt, receipt)
        return worked or bool(ready)

    def _next(self) -> datetime | None:
        moments = [due.next for due, _ in self._dues() if due.next is not None]
        return min([*moments, *(at for at, _ in self.receipts)], default=None)

    def _look(self, room: Room, look: Callable[[Tx, int], Any]) -> Callable[[int], None]:
        """Make what handles a mark of a room, as the room's worker does."""

        def take(tx: Tx, account: int) -> Any:
            tx.lock(account)
            tx.unmark(room.value, account)
            return look(tx, account)

        take.__module__ = look.__module__

        def handle(account: int) -> None:
            found = self.bench.write_by(By(f"system:{room.value}", "mark"), take, account)
            self.moved += found if room is Room.STRATEGY else []

        return handle

    def _send(self, message: int) -> None:
        begun = self.bench.write(begin, message, COMPANY)
        if isinstance(begun, Submission):
            self.bench.write(submitted, begun.attempt, Accepted(f"ref-{begun.attempt}"))
            account = self.bench.read(notify.message_of, message).account
            status = Delivery.FAILED if account in self.deaf else Delivery.DELIVERED
            at = self.bench.clock.now() + RECEIPT_AFTER
            self.receipts.append((at, Receipt(f"ref-{begun.attempt}", begun.attempt, status, at)))

    def _read_live(self, wish: collect.Want) -> None:
        meter = self.meters[wish.account]
        total = None if meter.silent else meter.register + Decimal("0.50")
        self.bench.write(collect.answer, wish, meter.point, meter.address, total, None if total else "no_answer")

    def _advance(self, number: int) -> None:
        """Do the next step of a command, as the operator does."""
        command = self.bench.read(control.command, number)
        meter, write = self.meters[command.account], self._control
        relay = None if meter.silent or (meter.deaf and command.ever_sent) else meter.state()
        if command.state is CommandState.VERIFY:
            write(steps.read_back, number, relay)
        elif command.state is CommandState.DONE:
            write(steps.later_read_back, number, relay)
        elif write(steps.begin, number) is not None:
            if command.kind is Kind.READ_STATE:
                write(steps.state_read, number, relay)
            elif relay is None:
                write(steps.unreachable, number, "no_answer")
            else:
                self._send_command(command, meter, relay)

    def _control(self, function: Callable[..., Any], *args: Any) -> Any:
        return self.bench.write_by(CONTROL, function, *args)

    def _send_command(self, command: control.Command, meter: Meter, relay: RelayState) -> None:
        write = self._control
        live = steps.Live(relay, meter.register + Decimal("0.60"))
        profile = self.bench.read(lambda view: archive.place(view, command.account, view.today).profile)
        if not write(steps.precheck, command.id, live, CODE) or not write(steps.mark_sent, command.id, profile):
            return
        if command.kind is Kind.TRIP:
            self.wrong_trips += self.bench.read(_faults_of_trip, command.account)
        if not meter.deaf:
            meter.obey(command.kind)
        write(steps.answered, command.id, Event.SILENT if meter.answers_lost or meter.deaf else Event.ACCEPTED)

    def store_freeze(self, account: int, day: date) -> None:
        """Store the freeze of a day as it is."""
        meter = self.meters[account]
        self._store(account, meter.point, day, meter.freeze(day), "freeze")

    def _store(self, account: int, point: int, day: date, total: Decimal, source: str) -> None:
        registers = Registers(total)
        self.bench.write(collect.store_reading, account, point, day, registers, mark=Mark.G, source=source)


def make_world(bench: Bench, *, daily: str = "40.00", deposits: dict[str, str] | None = None, **shape: Any) -> World:
    """Make a world on a bench: the archive of :mod:`tests.rooms`, with its readings, money, prices, rules and states.

    ``deposits`` holds, by customer number, the cash at the begin of the cycle; the others have plenty.
    """
    plenty = "5000.00"
    changes = {no: dict(row) for no, row in shape.pop("changes", {}).items()}
    numbers = [*deposits] if deposits else []
    for no in numbers:
        changes.setdefault(no, {})["opening"] = _opening((deposits or {})[no])
    document_numbers = {"daily_kwh": daily, **shape}
    report = bench.load(changes=_with_plenty(changes, plenty, shape), **document_numbers)
    assert report.bad == ()
    bench.write(settle.load_prices, (defaults() / "prices.toml").read_text("utf-8"))
    bench.write(strategy.load_rules, read_default("rules.toml"))
    meters = {}
    places = {place.account: place for place in bench.read(archive.places, MONDAY)}
    for row in report.accounts:
        bench.write(settle.take_over, row.account, row.opening.deposit)
        bench.write(strategy.enrol, row.account)
        meters[row.account] = Meter(Decimal(daily), row.point, places[row.account].address)
        for day, total in row.history.items():
            registers = Registers(total)
            bench.write(collect.store_reading, row.account, row.point, day, registers, mark=Mark.G, source="history")
    return World(bench, meters)


def _with_plenty(changes: dict[str, dict[str, Any]], plenty: str, shape: dict[str, Any]) -> dict[str, dict[str, Any]]:
    homes, shops = shape.get("homes", 3), shape.get("shops", 1)
    numbers = [f"3701{i:06d}" for i in range(1, homes + 1)] + [f"37019{i:05d}" for i in range(1, shops + 1)]
    return {no: {"opening": _opening(plenty), **changes.get(no, {})} for no in numbers}


def _opening(deposit: str) -> dict[str, str]:
    return {"deposit": deposit, "tier_year_kwh": "1000.00", "cycle_register": "4150.00"}


def _open_kinds(view: View, account: int) -> frozenset[work.OrderKind]:
    orders = work.orders(view, scope=archive.whole(view), account=account)
    return frozenset(order.kind for order in orders)


def _faults_of_trip(view: View, account: int) -> list[str]:
    """Say what forbids a trip at this instant, by the rooms' own facts."""
    faults = {
        "window": archive.window_at(view, view.now) is None,
        "held": FlagKind.HOLD in archive.flags(view, account),
        "stopped": archive.stopped(view, account),
        "paid": settle.available(view, account).v >= 0,
    }
    return [f"{name} at {view.now}" for name, wrong in faults.items() if wrong]


def one(world: World) -> int:
    """Give the first home."""
    return world.bench.accounts[home_no(1)]
