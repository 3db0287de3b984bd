"""The facts of one account, each found in the rooms when a condition first asks for it."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from headend import archive, control, notify, settle, work
from headend.archive import FlagKind
from headend.control import ProposalState, Step
from headend.store import BUSINESS_ZONE
from headend.strategy import queries
from headend.strategy.conditions import FactSpec, raw
from headend.strategy.conditions.facts import Raw, Value
from headend.strategy.look import (
    BALANCE_MESSAGES,
    FAILED_LATELY,
    TOLD_LATELY,
    WARNINGS,
    Look,
    reached,
)
from headend.strategy.machine import State
from headend.strategy.money_facts import MONEY_FACTS
from headend.strategy.relay_facts import RELAY_FACTS
from headend.strategy.rules import RuleSet, Want
from headend.strategy.vocabulary import FACTS

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)

Reader = Callable[[Look], Value]


class AccountFacts:
    """The facts of one account as conditions ask for them; unknown ones are None. Each is looked up once."""

    def __init__(self, look: Look, rules: RuleSet) -> None:
        self.look = look
        self.rules = rules
        self._known: dict[str, Raw] = {}

    def raw(self, spec: FactSpec) -> Raw:
        """Give a fact in its raw form."""
        if spec.name not in self._known:
            self._known[spec.name] = raw(spec, self._value(spec.name))
        return self._known[spec.name]

    def holds(self, name: str) -> bool:
        """Tell whether a fact that is true or false is known to be true."""
        return self.raw(FACTS[name]) is True

    def _value(self, name: str) -> Value:
        if name in {"live_asked_minutes", "live_open"}:
            return self._live_asked(name)
        return READERS[name](self.look)

    def _live_asked(self, name: str) -> Value:
        """When a rule last wished for a live read in this state, and whether its answer is still to come."""
        wishes = [(r.id, r.number) for r in self.rules.rules if r.effects.want is Want.LIVE_READ]
        look = self.look
        asked = queries.last_act(look.view, look.account_id, wishes, after=look.now_at.transition)
        if name == "live_asked_minutes":
            return _age(look, asked, MINUTE)
        answer = look.last_answer
        return asked is not None and (answer is None or answer < asked)


def _age(look: Look, since: datetime | None, unit: timedelta) -> int | None:
    """Give whole units since an instant; None where there is none."""
    return None if since is None else (look.view.now - since) // unit


def _until(look: Look, instant: datetime | None, unit: timedelta) -> int | None:
    """Give whole units until an instant, rounded up, so that 0 is never too early; None where there is none."""
    return None if instant is None else -((look.view.now - instant) // unit)


def _business_days(look: Look, since: datetime | None) -> int | None:
    """Give business days since an instant."""
    return None if since is None else (look.view.today - since.astimezone(BUSINESS_ZONE).date()) // DAY


def _warning_days(look: Look) -> int | None:
    told = notify.delivered(look.view, look.account_id, WARNINGS)
    return _business_days(look, told[-1].delivered) if told else None


def _told_before_today(look: Look) -> bool:
    midnight = datetime.combine(look.view.today, datetime.min.time(), BUSINESS_ZONE)
    lately = midnight - TOLD_LATELY
    return bool(notify.delivered(look.view, look.account_id, BALANCE_MESSAGES, since=lately, before=midnight))


def _contacts_failed(look: Look) -> bool:
    """Whether the newest message that ended within 48 hours failed with every contact."""
    since = look.view.now - FAILED_LATELY
    ended = [
        m
        for m in notify.messages(look.view, look.account_id, states=[notify.State.DELIVERED, notify.State.FAILED])
        if m.ended is not None and m.ended >= since
    ]
    last = max(ended, key=lambda m: (m.ended, m.id), default=None)
    return last is not None and last.state is notify.State.FAILED


def _proposal(look: Look) -> str:
    """Give the state of the newest proposal; one that was voided is none."""
    found = look.proposal
    if found is None or found.state is ProposalState.VOID:
        return "none"
    return found.state.value


def _approval_days(look: Look) -> int | None:
    found = look.proposal
    if found is None or found.state is not ProposalState.APPROVED:
        return None
    return _age(look, found.decided, DAY)


def _notice_out(look: Look) -> bool:
    """Whether the customer may have heard of the cut: a notice went to the gateway."""
    notices = [look.notice, *look.last_notices]
    return any(m is not None and m.state is not notify.State.QUEUED and _left(m) for m in notices)


def _left(message: notify.Message) -> bool:
    return message.sent is not None or message.delivered is not None or message.state is notify.State.SENT


def _notice_delivered(look: Look) -> datetime | None:
    return None if look.notice is None else look.notice.delivered


def _last_notice(look: Look) -> datetime | None:
    """When the 30-minute notice of the window that is open, or next, reached the customer.

    Each order of a trip uses its notice up: after one that was not sent a new notice is needed.
    """
    last = look.last_notices[-1] if look.last_notices else None
    window = archive.window_at(look.view, look.view.now) or look.window
    if last is None or window is None or last.once != look.last_notice_key(window):
        return None
    used = any(c.kind is control.Kind.TRIP and c.created >= last.created for c in look.commands)
    return None if used else reached(last)


def _for_window(look: Look) -> bool:
    """Whether a 30-minute notice was put for the coming window."""
    if look.window is None or not look.last_notices:
        return False
    return look.last_notices[-1].once == look.last_notice_key(look.window)


def _unused_last_notices(look: Look) -> int:
    """Count the 30-minute notices since the announcement or the last trip frame."""
    sent = [c.sent_at for c in look.commands if c.kind is control.Kind.TRIP and c.sent_at is not None]
    since = max(sent, default=None)
    return sum(since is None or m.created > since for m in look.last_notices)


def _to_window(look: Look) -> int | None:
    if look.window is None:
        return None
    return max(0, _until(look, look.window.start, MINUTE) or 0)


def _live_short(look: Look) -> bool | None:
    seen = look.live_comparison
    return None if seen is None else seen.result is settle.Result.SHORT


def _stopped_hours(look: Look) -> int | None:
    return _age(look, look.stopped_since, HOUR)


def _age_of(find: Callable[[Look], datetime | None], unit: timedelta) -> Reader:
    return lambda look: _age(look, find(look), unit)


def _has_order(kind: work.OrderKind) -> Reader:
    """Whether a work order of a kind is open about the account or its area."""
    return lambda look: kind in look.open_orders


def _had_order(kind: work.OrderKind) -> Reader:
    return lambda look: any(order.kind is kind for order in look.orders)


def _closed_order(*kinds: work.OrderKind) -> Reader:
    """Whether a work order of a kind was closed since the account came to its state."""
    return lambda look: any(
        o.kind in kinds and o.closed is not None and o.closed >= look.work_since for o in look.orders
    )


def _flag(kind: FlagKind) -> Reader:
    return lambda look: kind in look.flags


def _first_cut(look: Look) -> bool:
    cut = queries.last_move(look.view, look.account_id, [State.CUT])
    return not look.customer.cut_before and cut is None


READERS: Mapping[str, Reader] = {
    **MONEY_FACTS,
    **RELAY_FACTS,
    "state": lambda look: look.state.value,
    "state_days": lambda look: _business_days(look, look.now_at.since),
    "state_minutes": lambda look: _age(look, look.now_at.since, MINUTE),
    "customer_class": lambda look: look.customer.class_code,
    "cut_mode": lambda look: look.numbers.cut_mode.value,
    "restore_mode": lambda look: look.numbers.restore_mode.value,
    "class_hours": lambda look: look.numbers.notice_hours,
    "stage": lambda look: look.customer.stage,
    "love_care": _flag(FlagKind.LOVE_CARE),
    "protected": _flag(FlagKind.PROTECTED),
    "hold": _flag(FlagKind.HOLD),
    "blacklisted": _flag(FlagKind.BLACKLISTED),
    "contact_bad": _flag(FlagKind.CONTACT_BAD),
    "meter_change": _flag(FlagKind.METER_CHANGE),
    "agreement": lambda look: archive.agreement_valid(look.view, look.account_id, look.view.today),
    "first_cut": _first_cut,
    "short_today": lambda look: look.now_at.short_on == look.view.today,
    "mass_check": lambda look: "passed" if control.mass_verdict(look.view, look.view.today).open else "waiting",
    "warning_days": _warning_days,
    "told_before_today": _told_before_today,
    "contacts_failed": _contacts_failed,
    "propose_refusals": lambda look: len(look.refusals(Step.NOTICE)),
    "cut_refusals": lambda look: len(look.refusals(Step.RELEASE)),
    "proposal": _proposal,
    "approval_days": _approval_days,
    "notice_delivered": lambda look: _notice_delivered(look) is not None,
    "notice_hours": _age_of(_notice_delivered, HOUR),
    "notice_wait_hours": lambda look: _age(look, look.noticed.at, HOUR) if look.noticed else None,
    "notice_days": lambda look: _age(look, look.noticed.at, DAY) if look.noticed else None,
    "cut_time": lambda look: look.cut_time,
    "minutes_to_cut": lambda look: _until(look, look.cut_time, MINUTE),
    "notice_out": _notice_out,
    "in_window": lambda look: archive.window_at(look.view, look.view.now) is not None,
    "minutes_to_window": _to_window,
    "last_notice_minutes": _age_of(_last_notice, MINUTE),
    "last_notice_for_window": _for_window,
    "last_notices": _unused_last_notices,
    "live_minutes": lambda look: _age(look, look.live.at, MINUTE) if look.live else None,
    "live_short": _live_short,
    "safety_tag": _has_order(work.OrderKind.SAFETY_TAG),
    "disputed": _had_order(work.OrderKind.DISPUTE),
    "site_closed": _closed_order(work.OrderKind.RESTORE_FAILED, work.OrderKind.SITE_CLOSE),
    "odd_decided": _closed_order(work.OrderKind.RELAY_ODD),
    "stopped": lambda look: archive.stopped(look.view, look.account_id),
    "stopped_hours": _stopped_hours,
    "restore_asked": lambda look: look.restore_asked,
}
"""Fact → how it is found, but for those that depend on the rules in force."""
