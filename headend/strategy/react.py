"""Looking at one account (单户判断): the first rule that holds fires, until none does."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from headend import control
from headend.store import BUSINESS_ZONE, Room, Tx
from headend.strategy import effects, queries, tables, timers
from headend.strategy.conditions import facts_of, truth
from headend.strategy.conditions.facts import Raw
from headend.strategy.facts_one import AccountFacts
from headend.strategy.look import Look
from headend.strategy.machine import BY_COMPARISON, MESSAGES_AFTER_MASS_CHECK, MOVES, State
from headend.strategy.model import AccountState, Moved, Transition
from headend.strategy.rules import COMPARED, Rule, RuleSet
from headend.strategy.vocabulary import FACTS

MOST = 5
"""So many rules fire in one transaction; what is left is looked at in the next."""

MINUTE = timedelta(minutes=1)


def react(tx: Tx, account: int, *, restore_asked: bool = False) -> list[Moved]:
    """Look at an account's present facts and fire rules until none fires; give what happened.

    The same look again changes nothing. An account that was never enrolled or is closed, or whose class has no
    numbers, is left alone. What only time will change leaves a mark for its instant.
    """
    tx.lock(account)
    now_at = queries.find_state(tx, account)
    if now_at is None or now_at.state is State.CLOSED or not Look(tx, now_at).may_be_decided:
        return []
    rules = queries.in_force(tx)
    moved: list[Moved] = []
    for _ in range(MOST):
        look = Look(tx, now_at, restore_asked)
        facts = AccountFacts(look, rules)
        _send_held(tx, facts)
        rule = first_that_fires(rules, facts)
        if rule is None:
            for step, refused in look.refused.items():
                control.record_refusals(tx, account, step, refused)
            _mark(tx, account, timers.next_look(look))
            return moved
        made = _transition(tx, look, facts, rule, rules)
        message = effects.perform(tx, facts, rule, made)
        moved.append(Moved(account, look.customer.no, made.id, rule.id, made.source, made.target, message))
        restore_asked = restore_asked and rule.id != "T28"
        now_at = after(now_at, made)
    _mark(tx, account, tx.now + MINUTE)
    return moved


def first_that_fires(rules: RuleSet, facts: AccountFacts) -> Rule | None:
    """Give the first rule, in the order of the machine, that holds and whose pace allows it; None if none does."""
    candidates = rules.by_state[facts.look.state]
    return next((rule for rule in candidates if _may_fire(rule, facts) and truth(rule.when, facts)), None)


def target(rule: Rule, facts: AccountFacts) -> State:
    """Give the state that a rule leads to now; without a comparison "NORMAL etc." is NORMAL."""
    if rule.to is None:
        return facts.look.state
    if rule.to != COMPARED:
        return State(rule.to)
    return BY_COMPARISON[str(facts.raw(FACTS["comparison"]) or "OK")]


def after(before: AccountState, made: Transition) -> AccountState:
    """Give the state of the account after a transition."""
    if not made.moved:
        return before
    return replace(before, state=made.target, since=made.at, transition=made.id)


def _may_fire(rule: Rule, facts: AccountFacts) -> bool:
    """Tell whether a rule goes anywhere: a move to a state that it may reach, or an act whose turn it is."""
    if rule.to is not None:
        to = target(rule, facts)
        return to is not facts.look.state and to in MOVES[rule.id].target
    return rule.pace.again or _turn_has_come(rule, facts.look)


def _turn_has_come(rule: Rule, look: Look) -> bool:
    """Tell whether a rule that stays may act again in this state, by business days."""
    pace, today = rule.pace, look.view.today
    done = queries.acts(look.view, look.account_id, rule.id, rule.number, after=look.now_at.transition)
    if not done:
        since = look.now_at.since.astimezone(BUSINESS_ZONE).date()
        return today >= since + timedelta(days=pace.after_days)
    if pace.repeat_days is None or (pace.times is not None and len(done) >= pace.times):
        return False
    return today >= done[-1].astimezone(BUSINESS_ZONE).date() + timedelta(days=pace.repeat_days)


def _transition(tx: Tx, look: Look, facts: AccountFacts, rule: Rule, rules: RuleSet) -> Transition:
    """Write the transition with the values it looked at, and move the state, in one go."""
    before = look.now_at
    to = target(rule, facts)
    seen = {spec.name: facts.raw(spec) for spec in facts_of(rule.when)} | _always(facts)
    values: dict[str, Any] = {
        "account": before.account,
        "rule": rule.id,
        "number": rule.number,
        "rule_set": rules.version,
        "source": before.state.value,
        "target": to.value,
        "facts": seen | effects.extra_facts(facts, rule),
    }
    new = tx.insert(tables.transition, **values, **tx.stamp())
    if to is not before.state:
        moved = tx.execute(
            tables.account_state.update()
            .where(tables.account_state.c.account == before.account, tables.account_state.c.state == before.state.value)
            .values(state=to.value, since=tx.now, transition=new)
        ).rowcount
        assert moved == 1, f"account id {before.account} is not {before.state} any more"
    states = {"source": before.state, "target": to}
    return Transition(id=new, **{**values, **states}, **tx.stamp())


def _always(facts: AccountFacts) -> dict[str, Raw]:
    """Give what every transition keeps: the balance and its comparison."""
    return {name: facts.raw(FACTS[name]) for name in ("balance", "comparison")}


def _send_held(tx: Tx, facts: AccountFacts) -> None:
    """Put the message that the move into this state could not put yet, if the mass check lets it pass by now."""
    now_at = facts.look.now_at
    if now_at.state is not State.ARREARS:
        return
    made = queries.transition(tx, now_at.transition)
    rule = facts.rules.by_name.get(made.name)
    if rule is not None and rule.effects.message in MESSAGES_AFTER_MASS_CHECK:
        effects.put_message(tx, facts, rule, made)


def _mark(tx: Tx, account: int, at: datetime | None) -> None:
    if at is not None:
        tx.mark([Room.STRATEGY], account, not_before=at)
