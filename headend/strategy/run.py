"""The day's comparison over everybody (基准比较), set-based: chunk by chunk, each in one transaction.

``COMPARE`` (08:20) fires the rules about the balance and finds who is short; whatever leads to a cut waits for the
mass check. ``DECIDE`` (08:30) lets it pass for those who are short.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date

from sqlalchemy import ColumnElement, or_, select

from headend import archive, control
from headend.archive import FlagKind
from headend.store import BUSINESS_ZONE, Room, Tx, View
from headend.strategy import queries, tables
from headend.strategy.facts_many import FactView, fact_view
from headend.strategy.look import printed_time
from headend.strategy.machine import BALANCED, State
from headend.strategy.many import MOST_ROUNDS, Round
from headend.strategy.model import Moved, Phase
from headend.strategy.react import react
from headend.strategy.silence import tell_silent

s = tables.account_state.c

NEAR_A_CUT = frozenset({State.ARREARS, State.CUT_SCHEDULED, State.CUT_FAILED})
"""States of accounts that a cut is due for today, if they are short."""

SHIELDED = frozenset({FlagKind.PROTECTED, FlagKind.LOVE_CARE, FlagKind.HOLD})


def run(tx: Tx, day: date, accounts: range, phase: Phase) -> Mapping[str, int]:
    """Run a phase of a day's comparison over a range of account ids; give how often each rule fired.

    ``day`` is today. The same phase again changes nothing that has not changed since.
    """
    assert day == tx.today, f"the comparison of {day} can't be made on {tx.today}"
    tx.lock_range(accounts)
    return _PHASES[phase](tx, day, accounts)


def candidates(view: View, day: date) -> frozenset[int]:
    """Give the accounts due for T05, T07, T10 or T13 on a day: the mass check (R15) judges how many they are.

    To be asked after the phase ``COMPARE`` has gone over everybody: who was due for T05 is in ARREARS by then.
    """
    due = select(s.account).where(s.short_on == day, s.state.in_([state.value for state in NEAR_A_CUT]))
    flags = archive.flag_columns(view.now).subquery("flag")
    shielded = select(flags.c.account).where(or_(*(flags.c[kind.name.lower()] == 1 for kind in SHIELDED)))
    found = {row.account for row in view.all(due.where(s.account.not_in(shielded)))}
    return frozenset(found | _notices_ending(view, day))


def _compare(tx: Tx, day: date, accounts: range) -> Mapping[str, int]:
    rules = queries.in_force(tx)
    number = tx.insert(tables.run, **_run_row(day, Phase.COMPARE, accounts), rule_set=rules.version, **tx.stamp())
    view = fact_view(tx.now, accounts, mass_check=control.mass_verdict(tx, day).open)
    _note_short(tx, day, view)
    fired: Counter[str] = Counter()
    last = 0
    for _ in range(MOST_ROUNDS):
        made = Round(tx, view, rules, number, after=last).fire()
        if not made:
            break
        last = max(transition.id for transition in made)
        fired.update(transition.rule for transition in made)
    tell_silent(tx, day, accounts)
    _mark_others(tx, accounts)
    return dict(fired)


def _decide(tx: Tx, day: date, accounts: range) -> Mapping[str, int]:
    """Look at everyone who is short, if the mass check lets cuts pass: the look itself asks it too."""
    rules = queries.in_force(tx)
    tx.insert(tables.run, **_run_row(day, Phase.DECIDE, accounts), rule_set=rules.version, **tx.stamp())
    if not control.mass_verdict(tx, day).open:
        return {}
    short = select(s.account).where(_within(accounts), s.short_on == day, s.state.not_in([b.value for b in BALANCED]))
    moved: list[Moved] = []
    for row in tx.all(short.order_by(s.account)):
        moved += react(tx, row.account)
    return dict(Counter(each.rule for each in moved))


_PHASES: Mapping[Phase, Callable[[Tx, date, range], Mapping[str, int]]] = {
    Phase.COMPARE: _compare,
    Phase.DECIDE: _decide,
}


def _note_short(tx: Tx, day: date, view: FactView) -> None:
    """Note who is short in the comparison of the day: notices and cuts ask for it."""
    short = select(view.account).select_from(view.source).where(view.within, view.columns["comparison"] == "SHORT")
    tx.execute(tables.account_state.update().where(s.account.in_(short)).values(short_on=day))


def _mark_others(tx: Tx, accounts: range) -> None:
    """Have every account looked at that the rules about the balance are not for."""
    quiet = [state.value for state in (*BALANCED, State.PENDING_ENROL, State.CLOSED)]
    rows = tx.all(select(s.account).where(_within(accounts), s.state.not_in(quiet)).order_by(s.account))
    for row in rows:
        tx.mark([Room.STRATEGY], row.account)


def _notices_ending(view: View, day: date) -> frozenset[int]:
    """Give the accounts whose notice prints a cut time of today."""
    noticed = select(s.account).where(s.short_on == day, s.state == State.NOTICED.value)
    found = set()
    for row in view.all(noticed):
        move = queries.last_move(view, row.account, [State.NOTICED])
        printed = None if move is None else printed_time(move)
        if printed is not None and printed.astimezone(BUSINESS_ZONE).date() <= day:
            found.add(row.account)
    return frozenset(found)


def _within(accounts: range) -> ColumnElement[bool]:
    return s.account.between(accounts.start, accounts.stop - 1)


def _run_row(day: date, phase: Phase, accounts: range) -> dict[str, object]:
    return {
        "day": day,
        "phase": phase.value,
        "first_account": accounts.start,
        "last_account": accounts.stop - 1,
    }
