"""A look at one account: what the rooms know of it at this instant, each thing read when it is first asked for."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property

from headend import archive, collect, control, notify, settle, work
from headend.archive import Flag, FlagKind
from headend.control import GIVES_POWER, Command, Kind, Proposal, Step
from headend.store import View
from headend.strategy import queries
from headend.strategy.conditions import from_raw
from headend.strategy.machine import DARK, State
from headend.strategy.model import AccountState, Transition
from headend.strategy.vocabulary import FACTS

LEAD = timedelta(minutes=30)
"""From the 30-minute notice (S07) to the cut."""

CHANNELS = 2
"""A 30-minute notice counts as tried where it went to so many contacts and reached none."""

WARNINGS = ("S02", "S21")
BALANCE_MESSAGES = ("S01", "S02", "S03", "S04", "S05", "S21")

TOLD_LATELY = timedelta(days=30)
"""How old a delivered message about the balance may be to count before a cut notice."""

FAILED_LATELY = timedelta(hours=48)

RESTORED = frozenset({"T23", "T25", "T27"})
"""Moves by which a restore was verified."""

_AFTER_NOTICE = DARK | {State.NOTICED, State.CUT_SCHEDULED, State.CUT_ORDERED}
_RESTORING = frozenset({State.RESTORE_ORDERED, State.AWAIT_KEY, State.RESTORE_FAILED})
_AFTER_ORDER = DARK | {State.CUT_ORDERED}


@dataclass
class Look:
    """What the rooms know of an account. ``restore_asked``: somebody is restoring it by hand in this transaction.

    ``refused`` holds what the safety rules said, by the step they were asked for.
    """

    view: View
    now_at: AccountState
    restore_asked: bool = False
    refused: dict[Step, tuple[control.Refusal, ...]] = field(default_factory=dict)

    @property
    def account_id(self) -> int:
        """The account."""
        return self.now_at.account

    @property
    def state(self) -> State:
        """The state it is in."""
        return self.now_at.state

    @cached_property
    def customer(self) -> archive.Account:
        """What the archive knows of the customer."""
        return archive.account(self.view, self.account_id)

    @cached_property
    def numbers(self) -> archive.Numbers:
        """Today's numbers of its strategy."""
        return archive.numbers(self.view, self.account_id, self.view.today)

    @property
    def may_be_decided(self) -> bool:
        """Tell whether anything may be decided about it: its class has numbers today, and it is not closed."""
        if self.customer.closed is not None and self.customer.closed <= self.view.today:
            return False
        try:
            return self.numbers is not None
        except archive.NoNumbersError:
            return False

    @cached_property
    def active_flags(self) -> Sequence[Flag]:
        """The flags that hold now."""
        return archive.active_flags(self.view, self.account_id)

    @cached_property
    def flags(self) -> frozenset[FlagKind]:
        """Their kinds."""
        return frozenset(flag.kind for flag in self.active_flags)

    @cached_property
    def comparison(self) -> settle.Comparison:
        """The comparison of today, by this moment's ledger."""
        return settle.compare(self.view, self.account_id, day=self.view.today)

    @cached_property
    def orders(self) -> Sequence[work.Order]:
        """Every work order about it."""
        return work.orders(self.view, scope=archive.whole(self.view), state=None, account=self.account_id)

    @cached_property
    def open_orders(self) -> frozenset[work.OrderKind]:
        """Kinds of the work orders open about it, or about its area."""
        return work.open_kinds(self.view, self.account_id)

    @cached_property
    def work_since(self) -> datetime:
        """From when on a closed work order counts: the restore's order, else the state's begin."""
        if self.state not in _RESTORING:
            return self.now_at.since
        ordered = queries.last_move(self.view, self.account_id, [State.RESTORE_ORDERED])
        return self.now_at.since if ordered is None else ordered.at

    @cached_property
    def stopped_since(self) -> datetime | None:
        """Since when a kill switch is on for it."""
        branch = archive.branch(self.view, self.account_id)
        on = [stop.at for stop in archive.stops(self.view) if archive.unit_id(self.view, stop.unit_code) in branch]
        return min(on, default=None)

    # --- the way to a cut ---------------------------------------------------------------------------------------

    @cached_property
    def proposal(self) -> Proposal | None:
        """The newest proposal of a cut."""
        return control.current_proposal(self.view, self.account_id)

    @cached_property
    def noticed(self) -> Transition | None:
        """The move that announced the cut; None where none is announced."""
        return queries.last_move(self.view, self.account_id, [State.NOTICED]) if self.state in _AFTER_NOTICE else None

    @cached_property
    def notice(self) -> notify.Message | None:
        """The cut notice (S06)."""
        return self._newest("S06")

    @cached_property
    def last_notices(self) -> list[notify.Message]:
        """The 30-minute notices (S07) since the cut was announced, oldest first."""
        if self.noticed is None:
            return []
        put = notify.messages(self.view, self.account_id, templates=["S07"], since=self.noticed.at)
        return [message for message in put if message.state is not notify.State.EXPIRED]

    @cached_property
    def cut_time(self) -> datetime | None:
        """The cut time printed in the notice."""
        return None if self.noticed is None else printed_time(self.noticed)

    @cached_property
    def next_cut_time(self) -> datetime | None:
        """The time that a notice put now prints: the first cut window after now and the hours of the class."""
        hours = timedelta(hours=self.numbers.notice_hours)
        window = archive.next_window(self.view, self.view.now + hours)
        return None if window is None else window.start

    @cached_property
    def window(self) -> archive.Window | None:
        """The cut window that a 30-minute notice given now would be for: there must be time for a cut in it."""
        inside = archive.window_at(self.view, self.view.now)
        if inside is not None and self.view.now + LEAD < inside.end:
            return inside
        return archive.next_window(self.view, self.view.now)

    def last_notice_key(self, window: archive.Window) -> str:
        """Give the key by which the 30-minute notice of a window goes once."""
        return f"S07:{self.account_id}:{window.start.isoformat()}"

    @cached_property
    def last_answer(self) -> datetime | None:
        """When the newest wish for a live read ended, with a value or without."""
        found = collect.last_live(self.view, self.account_id)
        return None if found is None else found.at

    @cached_property
    def live(self) -> collect.Live | None:
        """The newest live read since the cut was announced, if it brought a value."""
        found = collect.last_live(self.view, self.account_id)
        return None if found is None or found.total is None or not self._since(self.noticed, found.at) else found

    @cached_property
    def live_comparison(self) -> settle.Comparison | None:
        """The comparison up to the live read; None without one, or where no energy follows from its register."""
        if self.live is None or self.live.total is None:
            return None
        try:
            return settle.compare(self.view, self.account_id, day=self.view.today, register=self.live.total)
        except settle.EnergyUnknownError:
            return None

    def refusals(self, step: Step) -> tuple[control.Refusal, ...]:
        """Ask the safety rules of a step; once a look."""
        if step not in self.refused:
            self.refused[step] = control.refusals(self.view, self.account_id, step)
        return self.refused[step]

    # --- the relay ----------------------------------------------------------------------------------------------

    @cached_property
    def commands(self) -> Sequence[Command]:
        """Every relay command, oldest first."""
        return control.commands(self.view, self.account_id)

    @cached_property
    def trip(self) -> Command | None:
        """The trip of the order that the account is in; None before an order."""
        if self.state not in _AFTER_ORDER:
            return None
        ordered = queries.last_move(self.view, self.account_id, [State.CUT_ORDERED])
        return self._last_command(ordered, frozenset({Kind.TRIP}))

    @cached_property
    def restore(self) -> Command | None:
        """The close or permit that belongs to the state: of the restore, or the one that clears a failed trip.

        One that was under way already when the restore was ordered serves it too.
        """
        since = queries.last_move(self.view, self.account_id, [State.RESTORE_ORDERED, State.CUT_FAILED])
        if since is None:
            return None
        own = [c for c in self.commands if c.kind in GIVES_POWER and (c.ended is None or c.ended >= since.at)]
        return own[-1] if own else None

    @cached_property
    def restored_at(self) -> datetime | None:
        """When our last restore was verified."""
        back = [t.at for t in queries.transitions(self.view, self.account_id) if t.rule in RESTORED and t.moved]
        return back[-1] if back else None

    def accepted(self, command: Command) -> bool:
        """Tell whether the meter said that it had accepted a command."""
        events = control.history(self.view, command.id)
        return any(line.event is control.Event.ACCEPTED and line.after is not None for line in events)

    @cached_property
    def relay(self) -> collect.RelaySeen | None:
        """The newest relay state read."""
        return collect.relay(self.view, self.account_id)

    def _last_command(self, since: Transition | None, kinds: frozenset[Kind]) -> Command | None:
        if since is None:
            return None
        found = [c for c in self.commands if c.kind in kinds and c.created >= since.at]
        return found[-1] if found else None

    def _newest(self, template: str) -> notify.Message | None:
        if self.noticed is None:
            return None
        put = notify.messages(self.view, self.account_id, templates=[template], since=self.noticed.at)
        return put[-1] if put else None

    @staticmethod
    def _since(move: Transition | None, at: datetime) -> bool:
        return move is not None and at >= move.at


def reached(message: notify.Message) -> datetime | None:
    """Give when a 30-minute notice was delivered, or had been tried on two channels."""
    if message.delivered is not None:
        return message.delivered
    return message.ended if message.tried >= CHANNELS else None


def printed_time(noticed: Transition) -> datetime | None:
    """Give the cut time that a notice printed, from the facts of the move that sent it."""
    spec = FACTS["cut_time"]
    value = from_raw(spec, noticed.facts.get(spec.name))
    assert value is None or isinstance(value, datetime)
    return value
