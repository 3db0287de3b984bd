"""What others call: enrolling, payments, manual restores, rules in force, dry runs."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy import select

from headend import archive, control, settle
from headend.archive import FlagKind
from headend.store import Room, Tx, View
from headend.strategy import effects, many, queries, tables
from headend.strategy.facts_many import fact_view
from headend.strategy.facts_one import AccountFacts
from headend.strategy.look import Look
from headend.strategy.machine import BALANCED, PRE_CUT, State
from headend.strategy.model import AccountState, Moved
from headend.strategy.react import react
from headend.strategy.rule_files import parse_file, read_rules
from headend.strategy.rules import RuleSet

log = structlog.get_logger(__name__)

ENROLLED = "T01"

GRACE = timedelta(hours=24)
"""How long a hold protects who was restored by hand (T28)."""

NOT_ORDERED = PRE_CUT | BALANCED
"""States in which no cut was ordered yet."""

RESTORING = frozenset({State.RESTORE_DUE, State.RESTORE_ORDERED, State.RESTORE_FAILED})


def enrol(tx: Tx, account: int) -> AccountState:
    """Take an account under control (T01): NORMAL from now on; one that has a state keeps it.

    The conditions of T01 are the importer's and the desk's: an archive file holds customers who fulfil them.
    """
    tx.lock(account)
    found = queries.find_state(tx, account)
    if found is not None:
        return found
    states = {"source": State.PENDING_ENROL.value, "target": State.NORMAL.value}
    rule = {"rule": ENROLLED, "number": 1, "rule_set": None, "facts": {}}
    new = tx.insert(tables.transition, account=account, **rule, **states, **tx.stamp())
    row = {"account": account, "state": State.NORMAL.value, "since": tx.now, "transition": new}
    tx.insert(tables.account_state, **row)
    return queries.state(tx, account)


def after_payment(tx: Tx, account: int, posted: settle.Posted) -> list[Moved]:
    """Look at an account whose payment was posted in this transaction, and see to the receipt (S10).

    The message that a cut is off (S08) takes the receipt's place. Where a trip was sent and no read has shown the
    relay open, it is not known yet which of them it will be: the receipt then goes with the restore's message.
    A look that fails never takes the payment along: its mark is there, and the worker looks again.
    """
    try:
        with tx.conn.begin_nested():
            moved = react(tx, account)
            cancelled = any(move.message == "S08" for move in moved)
            if not cancelled and not _may_become_cancelled(tx, account):
                effects.put_receipt(tx, account, settle.payment(tx, posted.id))
            return moved
    except Exception:
        log.exception("strategy.failed", account=account, payment=posted.id)
        tx.mark([Room.STRATEGY], account)
        return []


def restore(tx: Tx, account: int, reason: str) -> list[Moved]:
    """Restore by hand (T28), in arrears or blacklisted too; before a trip was sent the cut is held (T15).

    The close command goes in every state. A safety tag on the line refuses (R18): then nothing moves. ``reason`` goes
    into the hold that protects the customer for 24 hours.
    """
    tx.lock(account)
    facts = _facts(tx, account, restore_asked=True)
    if facts.holds("safety_tag"):
        return []
    archive.set_flag(tx, account, FlagKind.HOLD, until=tx.now + GRACE, reason=reason[:200])
    state = facts.look.state
    if state in NOT_ORDERED or (state is State.CUT_ORDERED and not facts.holds("trip_sent")):
        effects.order_restore(tx, facts.look)
    return react(tx, account, restore_asked=True)


def load_rules(tx: Tx, document: Mapping[str, Any]) -> int:
    """Put a parsed rule file into force where none is yet; give the version in force.

    A database that has rules acts by them: a changed file comes into force by :func:`apply_rules` alone.
    """
    standing = queries.newest_version(tx)
    return apply_rules(tx, document, "shipped with the program") if standing is None else standing


def apply_rules(tx: Tx, document: Mapping[str, Any], reason: str) -> int:
    """Put a parsed rule file into force and give its version; the one that is in force already gives its own.

    Raises :class:`RuleFileError` for what no file may say.
    """
    read_rules(document)
    content = json.dumps(document, ensure_ascii=False, sort_keys=True)
    standing = queries.newest_version(tx)
    if standing is not None and queries.rules_content(tx, standing) == content:
        return standing
    return tx.insert(tables.rule_set, content=content, reason=reason[:200], **tx.stamp())


def check_rules(text: str) -> RuleSet:
    """Read the text of a rule file. Raises :class:`RuleFileError` that names rule, key and mend."""
    return read_rules(parse_file(text))


@dataclass(frozen=True, slots=True)
class WouldFire:
    """What a dry run found: a rule that would fire for an account now."""

    account: int
    rule: str
    source: State
    target: State


def dry_run(view: View, rules: RuleSet | None = None) -> list[WouldFire]:
    """Tell for whom which rule about the balance would fire now, by account; nothing is written.

    By the rules in force, unless others are given.
    """
    tried = many.for_everybody(rules or queries.in_force(view))
    found = []
    for accounts in archive.chunks(view):
        facts = fact_view(view.now, accounts, mass_check=control.mass_verdict(view, view.today).open)
        holding = many.holding(facts, tried, view.today)
        rows = view.all(select(holding).order_by(holding.c.account))
        found += [WouldFire(r.account, f"{r.rule}.{r.number}", State(r.source), State(r.target)) for r in rows]
    return found


def _facts(tx: Tx, account: int, *, restore_asked: bool = False) -> AccountFacts:
    return AccountFacts(Look(tx, queries.state(tx, account), restore_asked), queries.in_force(tx))


def _may_become_cancelled(tx: Tx, account: int) -> bool:
    """Whether a cut was announced and sent, no read has shown the relay open, and it is being restored."""
    found = queries.find_state(tx, account)
    if found is None or found.state not in RESTORING:
        return False
    facts = _facts(tx, account)
    return facts.holds("notice_out") and not facts.holds("cut_seen")
