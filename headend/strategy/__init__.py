"""Strategy (费控策略): account states, the rule engine, transitions with their values, explain."""

from headend.strategy.conditions import Lang
from headend.strategy.errors import ConditionError, RuleError, RuleFileError, StrategyError, UnknownStateError
from headend.strategy.explain import Explanation, RuleTold, Told, explain
from headend.strategy.machine import DARK, MOVES, PRE_CUT, State, document
from headend.strategy.model import AccountState, Moved, Phase, Transition
from headend.strategy.queries import counts, find_state, in_force, state, states, transitions, transitions_of_day
from headend.strategy.react import react
from headend.strategy.rules import Rule, RuleSet
from headend.strategy.run import candidates, run
from headend.strategy.service import (
    WouldFire,
    after_payment,
    apply_rules,
    check_rules,
    dry_run,
    enrol,
    load_rules,
    restore,
)
from headend.strategy.timeline import Entry, timeline
from headend.strategy.vocabulary import FACTS

__all__ = [
    "DARK",
    "FACTS",
    "MOVES",
    "PRE_CUT",
    "AccountState",
    "ConditionError",
    "Entry",
    "Explanation",
    "Lang",
    "Moved",
    "Phase",
    "Rule",
    "RuleError",
    "RuleFileError",
    "RuleSet",
    "RuleTold",
    "State",
    "StrategyError",
    "Told",
    "Transition",
    "UnknownStateError",
    "WouldFire",
    "after_payment",
    "apply_rules",
    "candidates",
    "check_rules",
    "counts",
    "document",
    "dry_run",
    "enrol",
    "explain",
    "find_state",
    "in_force",
    "load_rules",
    "react",
    "restore",
    "run",
    "state",
    "states",
    "timeline",
    "transitions",
    "transitions_of_day",
]
