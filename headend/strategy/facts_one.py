"""The facts of one account, each found in the rooms when a condition first asks for it."""

from collections.abc import Mapping

from headend import archive, control, work
from headend.archive import FlagKind
from headend.control import Step
from headend.strategy import queries
from headend.strategy.conditions import FactSpec, raw
from headend.strategy.conditions.facts import Raw, Value
from headend.strategy.look import Look
from headend.strategy.machine import State
from headend.strategy.money_facts import MONEY_FACTS
from headend.strategy.notice_facts import NOTICE_FACTS
from headend.strategy.relay_facts import RELAY_FACTS
from headend.strategy.rules import RuleSet, Want
from headend.strategy.spans import HOUR, MINUTE, Reader, age, business_days
from headend.strategy.vocabulary import FACTS


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
        """Tell when a rule last wished for a live read in this state, or whether its answer is still to come."""
        wishes = [(r.id, r.number) for r in self.rules.rules if r.effects.want is Want.LIVE_READ]
        look = self.look
        asked = queries.last_act(look.view, look.account_id, wishes, after=look.now_at.transition)
        if name == "live_asked_minutes":
            return age(look, asked, MINUTE)
        answer = look.last_answer
        return asked is not None and (answer is None or answer < asked)


def _stopped_hours(look: Look) -> int | None:
    return age(look, look.stopped_since, HOUR)


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
    **NOTICE_FACTS,
    **RELAY_FACTS,
    "state": lambda look: look.state.value,
    "state_days": lambda look: business_days(look, look.now_at.since),
    "state_minutes": lambda look: age(look, look.now_at.since, MINUTE),
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
    "propose_refusals": lambda look: len(look.refusals(Step.NOTICE)),
    "cut_refusals": lambda look: len(look.refusals(Step.RELEASE)),
    "safety_tag": _has_order(work.OrderKind.SAFETY_TAG),
    "disputed": _had_order(work.OrderKind.DISPUTE),
    "site_closed": _closed_order(work.OrderKind.RESTORE_FAILED, work.OrderKind.SITE_CLOSE),
    "odd_decided": _closed_order(work.OrderKind.RELAY_ODD),
    "stopped": lambda look: archive.stopped(look.view, look.account_id),
    "stopped_hours": _stopped_hours,
    "restore_asked": lambda look: look.restore_asked,
}
"""Fact → how it is found, but for those that depend on the rules in force."""
