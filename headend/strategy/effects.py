"""What follows from a rule, in the transaction of its transition: messages, proposals, orders, wishes, work orders."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from headend import archive, collect, control, notify, settle, work
from headend.archive import FlagKind, RestoreMode
from headend.control import Kind
from headend.store import Tx
from headend.strategy import letters
from headend.strategy.conditions import raw
from headend.strategy.conditions.facts import Raw
from headend.strategy.facts_one import AccountFacts
from headend.strategy.look import RESTORED, Look
from headend.strategy.machine import BALANCED, MESSAGES_AFTER_MASS_CHECK, State
from headend.strategy.model import Transition
from headend.strategy.rules import Effects, Order, Propose, Rule, Want
from headend.strategy.vocabulary import FACTS
from headend.work import OrderKind

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

DUE: Mapping[OrderKind, timedelta] = {
    OrderKind.RESTORE_FAILED: timedelta(minutes=45),
    OrderKind.SITE_CLOSE: 2 * HOUR,
    OrderKind.CALL_CUSTOMER: HOUR,
    OrderKind.IDENTITY_CHECK: 20 * HOUR,
    OrderKind.RELAY_ODD: DAY,
    OrderKind.NOTICE_UNDELIVERED: DAY,
    OrderKind.CUT_FAILED: 2 * DAY,
    OrderKind.CUT_LAPSED: 2 * DAY,
    OrderKind.CONTACT_BAD: 3 * DAY,
}
"""How long a work order of a kind may take."""

BALANCE_MESSAGES = frozenset({"S01", "S02", "S03", "S04"})
CUT_MESSAGES = frozenset({"S06", "S07"})

FITTING: Mapping[State, frozenset[str]] = {
    State.REMINDED: frozenset({"S01", "S03"}),
    State.WARNED: frozenset({"S02"}),
    State.ARREARS: frozenset({"S04"}),
    State.PENDING_APPROVAL: frozenset({"S04"}),
    State.NOTICED: frozenset({"S04", "S06"}),
    State.CUT_SCHEDULED: frozenset({"S06", "S07"}),
    State.CUT_ORDERED: frozenset({"S06", "S07"}),
}
"""Which queued messages about the balance or a cut still fit a state; the others have been overtaken."""

CLOSED_BY_POWER = (OrderKind.RESTORE_FAILED, OrderKind.SITE_CLOSE, OrderKind.CALL_CUSTOMER)
"""Work orders that are done when the relay is read closed after a restore."""


def perform(tx: Tx, facts: AccountFacts, rule: Rule, made: Transition) -> str | None:
    """Have everything done that a rule asks for; give the type of message that was put, if one was."""
    effects, look = rule.effects, facts.look
    if made.moved:
        _overtake(tx, look, made)
    if effects.cancel:
        control.cancel(tx, look.account_id, rule.id)
    if effects.void:
        control.void(tx, look.account_id, rule.id)
    if effects.flag is not None:
        _flag(tx, look, effects, rule)
    if effects.propose is not None:
        propose = control.propose if effects.propose is Propose.PERSON else control.propose_auto
        propose(tx, look.account_id, letters.debt(look))
    if effects.want is not None:
        _want(tx, look, effects.want)
    if effects.order is not None:
        _order(tx, look, effects.order)
    if effects.work_order is not None:
        due = tx.now + DUE.get(effects.work_order, DAY)
        work.open_order(tx, effects.work_order, account=look.account_id, due=due, cause=made.reference)
    message = None if effects.message is None else put_message(tx, facts, rule, made)
    if rule.id in RESTORED and made.moved:
        _close_orders(tx, look, made)
        if message == "S11" and look.noticed is not None:
            _receipts(tx, look, look.noticed.at)
    return message


def put_message(tx: Tx, facts: AccountFacts, rule: Rule, made: Transition) -> str | None:
    """Put a rule's message about a transition into the outbox; give its type, None where it does not go (yet).

    A message about a cut waits for the mass check of the day.
    """
    wanted = str(rule.effects.message)
    if wanted in MESSAGES_AFTER_MASS_CHECK and facts.raw(FACTS["mass_check"]) != "passed":
        return None
    chosen = letters.template_for(letters.raws(facts, letters.CHOICE), wanted)
    if chosen is None:
        return None
    look = facts.look
    key = message_key(chosen, made.id)
    if chosen == "S07" and look.window is not None:
        key = look.last_notice_key(look.window)
    put = notify.put(tx, look.account_id, chosen, letters.values(facts, chosen, rule), once=key)
    return None if put is None else chosen


def put_receipt(tx: Tx, account: int, payment: settle.PaymentLine) -> None:
    """Put the receipt of a payment (S10); once for each payment."""
    values = {
        "pay": letters.yuan(payment.amount),
        "bal": letters.yuan(settle.available(tx, account).a),
        "hm": letters.time_text(tx.now),
    }
    notify.put(tx, account, "S10", values, once=f"S10:payment:{payment.id}")


def _receipts(tx: Tx, look: Look, since: datetime) -> None:
    """Put the receipts of the payments since the cut was announced, whatever of them waited."""
    for payment in settle.payments(tx, look.account_id):
        if payment.at >= since:
            put_receipt(tx, look.account_id, payment)


def message_key(template: str, transition: int) -> str:
    """Give the key by which a message about a transition goes once."""
    return f"{template}:transition:{transition}"


def extra_facts(facts: AccountFacts, rule: Rule) -> dict[str, Raw]:
    """Give what a transition keeps beside the facts of its condition: the cut time that its notice prints."""
    if rule.effects.message != "S06":
        return {}
    planned = facts.look.next_cut_time
    assert planned is not None, "T08 and T10 ask for a known window"
    return {"cut_time": raw(FACTS["cut_time"], planned)}


def _overtake(tx: Tx, look: Look, made: Transition) -> None:
    """Expire what is still queued and does not fit the new state any more."""
    stale = (BALANCE_MESSAGES | CUT_MESSAGES) - FITTING.get(made.target, frozenset())
    notify.expire(tx, look.account_id, stale, made.rule)
    if made.target in BALANCED:
        evidence = {"state": made.target.value, "transition": made.reference}
        for kind in (OrderKind.NOTICE_UNDELIVERED, OrderKind.CUT_FAILED, OrderKind.CUT_LAPSED):
            work.close_orders(tx, kind, account=look.account_id, done_by=tx.actor, evidence=evidence)


def _flag(tx: Tx, look: Look, effects: Effects, rule: Rule) -> None:
    assert effects.flag is not None
    until = None if effects.flag_hours is None else tx.now + effects.flag_hours * HOUR
    reason = {"T04": "no contact reachable", "T09": "rejected", "T28": "grace"}.get(rule.id, rule.id)
    archive.set_flag(tx, look.account_id, FlagKind(effects.flag), until=until, reason=reason)


def _want(tx: Tx, look: Look, want: Want) -> None:
    if want is Want.LIVE_READ:
        collect.ask_live(tx, look.account_id)
    else:
        control.order(tx, look.account_id, Kind.READ_STATE)


def _order(tx: Tx, look: Look, order: Order) -> None:
    if order is Order.TRIP:
        inside = archive.window_at(tx, tx.now)
        assert inside is not None, "T13 asks for a window"
        released = control.release(tx, look.account_id)
        control.order(tx, look.account_id, Kind.TRIP, release=released, window_end=inside.end)
        return
    order_restore(tx, look)


def order_restore(tx: Tx, look: Look) -> None:
    """Order what gives power back, by the class: a permission for the customer's key, or closing at once."""
    safe = look.numbers.restore_mode is RestoreMode.SAFE
    control.order(tx, look.account_id, Kind.PERMIT if safe else Kind.CLOSE)


def _close_orders(tx: Tx, look: Look, made: Transition) -> None:
    evidence = {"relay": "closed", "transition": made.reference}
    for kind in CLOSED_BY_POWER:
        work.close_orders(tx, kind, account=look.account_id, done_by=tx.actor, evidence=evidence)
