"""Explaining an account (单户说明): its facts, every rule that could fire with its truth, and its timeline."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from headend.store import View
from headend.strategy import queries
from headend.strategy.conditions import FactSpec, Lang, facts_of, sentence, shown, truth
from headend.strategy.facts_one import AccountFacts
from headend.strategy.look import Look
from headend.strategy.machine import MOVES, State
from headend.strategy.react import first_that_fires
from headend.strategy.rules import Rule
from headend.strategy.timeline import timeline
from headend.strategy.vocabulary import FACTS

ALWAYS = ("balance", "comparison", "t1", "t2", "cut_at", "restore_at", "days_left", "reading_quality")
"""Facts that every explanation begins with."""

Texts = Mapping[str, str]
"""A text by language: ``en``, ``zh``."""


@dataclass(frozen=True, slots=True)
class Told:
    """A fact: name, what people call it, its value with unit."""

    name: str
    label: Texts
    value: Texts


@dataclass(frozen=True, slots=True)
class RuleTold:
    """A rule that could fire from this state: its truth (None: open, as facts are unknown) and its sentence.

    ``fires``: it would fire at a look now.
    """

    name: str
    what: str
    target: str
    truth: bool | None
    fires: bool
    sentence: Texts


@dataclass(frozen=True, slots=True)
class EntryTold:
    """A line of the timeline."""

    at: datetime
    kind: str
    ref: str
    actor: str | None
    sentence: Texts


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why an account is where it is, and what would move it."""

    account: str
    state: str
    since: datetime
    at: datetime
    rule_set: int
    facts: tuple[Told, ...]
    rules: tuple[RuleTold, ...]
    timeline: tuple[EntryTold, ...]


def explain(view: View, account: int, *, days: int = 31) -> Explanation:
    """Explain an account by its present facts. Raises :class:`UnknownStateError` for one that was never enrolled."""
    now_at = queries.state(view, account)
    rules = queries.in_force(view)
    facts = AccountFacts(Look(view, now_at), rules)
    first = first_that_fires(rules, facts)
    candidates = rules.by_state[now_at.state]
    asked = dict.fromkeys(ALWAYS) | {spec.name: None for rule in candidates for spec in facts_of(rule.when)}
    return Explanation(
        account=facts.look.customer.no,
        state=now_at.state.value,
        since=now_at.since,
        at=view.now,
        rule_set=rules.version,
        facts=tuple(_fact(FACTS[name], facts) for name in asked),
        rules=tuple(_rule(rule, facts, fires=rule is first) for rule in candidates),
        timeline=tuple(
            EntryTold(e.at, e.kind, e.ref, e.actor, {lang.value: e.sentence(lang) for lang in Lang})
            for e in timeline(view, account, days=days)
        ),
    )


def _fact(spec: FactSpec, facts: AccountFacts) -> Told:
    label = {Lang.EN.value: spec.en, Lang.ZH.value: spec.zh}
    return Told(spec.name, label, {lang.value: shown(spec, facts.raw(spec), lang) for lang in Lang})


def _rule(rule: Rule, facts: AccountFacts, *, fires: bool) -> RuleTold:
    target = facts.look.state if rule.to is None else rule.to
    said = {lang.value: sentence(rule.when, facts, lang) for lang in Lang}
    to = target.value if isinstance(target, State) else target
    return RuleTold(rule.name, MOVES[rule.id].what, to, truth(rule.when, facts), fires, said)
