"""Figures of the time since the first day: readings, messages, cuts, restores, work orders, seconds to light."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from statistics import median
from typing import Any

from headend import archive, collect, control, notify, settle, strategy, work
from headend.control import GIVES_POWER, Kind
from headend.control import State as CommandState
from headend.settle import PaymentSum
from headend.store import View
from headend.strategy import State, Transition

ONE_DAY = timedelta(days=1)

ENDED_BY: Mapping[str, str] = {"T23": "remote", "T25": "key", "T27": "site"}
"""Which rule ends a restore, and so who closed the relay."""


def figures(view: View) -> dict[str, Any]:
    """Give every figure, as plain JSON."""
    days = collect.duty_days(view)
    return {
        "readings": readings(view, days),
        "readings_by_day": {str(day): _of_day(view, day) for day in days},
        "messages": messages(view, days),
        **commands(view),
        "seconds_from_payment_to_light": seconds_to_light(view),
        "work_orders": work_orders(view),
        "accounts": {state.value: number for state, number in sorted(strategy.counts(view).items())},
    }


def readings(view: View, days: Sequence[date]) -> dict[str, Any]:
    """Give how many readings were due and came, and for each reason how many did not."""
    missing: Counter[str] = Counter()
    due = came = 0
    for day in days:
        due_then, came_then, missing_then = collect.day_counts(view, day)
        due, came = due + due_then, came + came_then
        missing.update(missing_then)
    return {"due": due, "read": came, "missing": dict(missing)}


def messages(view: View, days: Sequence[date]) -> dict[str, dict[str, int]]:
    """Give the number of messages of each type by outcome."""
    found: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for day in _span(days, view.today):
        for (template, state), number in notify.counts(view, day).items():
            found[template][state.value] += number
    return {template: dict(found[template]) for template in sorted(found)}


def commands(view: View) -> dict[str, Any]:
    """Give how the trips ended, and how the restores did."""
    ended = control.commands_in(view, CommandState)
    cuts = Counter(c.state.value for c in ended if c.kind is Kind.TRIP)
    restores = Counter(c.state.value for c in ended if c.kind in GIVES_POWER)
    return {"cuts": dict(cuts), "restores": dict(restores)}


def work_orders(view: View) -> dict[str, dict[str, int]]:
    """Give the number of work orders of each kind, open and closed."""
    found: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for order in work.orders(view, scope=archive.whole(view), state=None):
        found[order.kind.value][order.state.value] += 1
    return {kind: dict(found[kind]) for kind in sorted(found)}


def seconds_to_light(view: View) -> dict[str, dict[str, int]]:
    """Give median and longest time from a posted payment to the read that shows the relay closed, by who closed it.

    Of the payments that a restore followed from at once.
    """
    times: defaultdict[str, list[float]] = defaultdict(list)
    restored = {c.account for c in control.commands_in(view, CommandState) if c.kind in GIVES_POWER}
    for payment in settle.payment_sums(view):
        if payment.account is None or payment.account not in restored:
            continue
        moves = [move for move in strategy.transitions(view, payment.account, since=payment.at) if move.moved]
        began = any(move.at == payment.at and move.target is State.RESTORE_DUE for move in moves)
        ended = next((move for move in moves if move.rule in ENDED_BY), None) if began else None
        if ended is not None:
            seen = _read_closed(view, payment, ended)
            times[ENDED_BY[ended.rule]].append((seen - payment.at) / timedelta(seconds=1))
    return {
        by: {"number": len(found), "median": round(median(found)), "longest": round(max(found))}
        for by, found in sorted(times.items())
    }


def _read_closed(view: View, payment: PaymentSum, ended: Transition) -> datetime:
    """Give when the relay was first read closed after a payment; where nobody read it, when the restore ended."""
    assert payment.account is not None, "a restore is somebody's"
    reads = collect.relays(view, payment.account)
    return min((seen.at for seen in reads if not seen.open and seen.at >= payment.at), default=ended.at)


def _of_day(view: View, day: date) -> dict[str, Any]:
    due, came, missing = collect.day_counts(view, day)
    return {"due": due, "read": came, **({"missing": missing} if missing else {})}


def _span(days: Sequence[date], today: date) -> Iterable[date]:
    """Give every day from the first one with duties to tomorrow: messages may be meant for the next morning."""
    if not days:
        return ()
    return (days[0] + n * ONE_DAY for n in range((today - days[0]).days + 2))
