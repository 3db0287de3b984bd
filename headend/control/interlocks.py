"""The safety rules R1–R20 (停电闭锁规则): when a cut must never happen.

Each rule is a function that gives the reason to refuse, or None. A rule that cannot know refuses: it fails safe.
Which rules are asked at which step stands in :data:`STEPS`; nothing here is ever asked of a restore.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal
from functools import cached_property

from sqlalchemy import select

from headend import archive, collect, notify, settle, work
from headend.archive import CutMode, FlagKind
from headend.control import masscheck, proposals
from headend.control.machine import State
from headend.control.model import APPROVAL_LIFE, GIVES_POWER, Command, Kind, Proposal, Refusal, Step
from headend.control.ordering import commands
from headend.control.tables import refusal
from headend.settle import Comparison, Result
from headend.store import BUSINESS_ZONE, Tx, View
from headend.work import OrderKind

FRESH = timedelta(hours=2)
SMALLEST_DEBT = Decimal("1.00")
SHORT_NOTICE_MIN = timedelta(minutes=30)
SHORT_NOTICE_MAX = timedelta(hours=4)
CHANNELS = 2
PEACE_AFTER_RESTORE = timedelta(hours=72)
FAILURES = 3
STAGE_FOR_CUTS = 3
PEACE_AFTER_CATCH_UP = timedelta(days=3)

PROTECTED_CLASSES = frozenset({"R2", "P1", "I1"})

r = refusal.c

Values = Mapping[str, str]


@dataclass
class Case:
    """An account on the way to a cut, with everything the rules look at, read when first asked for."""

    view: View
    account_id: int
    register: Decimal | None = None  # live, from PRECHECK

    @cached_property
    def account(self) -> archive.Account:
        """The archive's account."""
        return archive.account(self.view, self.account_id)

    @cached_property
    def numbers(self) -> archive.Numbers:
        """Today's numbers of its strategy."""
        return archive.numbers(self.view, self.account_id, self.view.today)

    @cached_property
    def flags(self) -> frozenset[FlagKind]:
        """The flags that hold now."""
        return archive.flags(self.view, self.account_id)

    @cached_property
    def orders(self) -> frozenset[OrderKind]:
        """Kinds of the open work orders about it."""
        return work.open_kinds(self.view, self.account_id)

    @cached_property
    def comparison(self) -> Comparison:
        """The comparison by this moment's ledger and today's estimate."""
        return settle.compare(self.view, self.account_id, day=self.view.today)

    @cached_property
    def history(self) -> list[Command]:
        """Its relay commands, oldest first."""
        return commands(self.view, self.account_id)

    @cached_property
    def approval(self) -> Proposal | None:
        """The approval in force."""
        return proposals.approved(self.view, self.account_id, life=APPROVAL_LIFE)


Rule = Callable[[Case], Values | None]


def r1_protected(case: Case) -> Values | None:
    """Refuse for protected, love-care and held customers, and for classes that are never cut."""
    held = case.flags & {FlagKind.PROTECTED, FlagKind.LOVE_CARE, FlagKind.HOLD}
    if held:
        return {"flags": ",".join(sorted(held))}
    never = case.account.class_code in PROTECTED_CLASSES or case.numbers.cut_mode is CutMode.NEVER
    return {"class": case.account.class_code} if never or case.numbers.cut_at is None else None


def r2_window(case: Case) -> Values | None:
    """Refuse outside of the cut windows of working days."""
    inside = archive.window_at(case.view, case.view.now) is not None
    return None if inside else {"at": case.view.now.isoformat()}


def r3_reading(case: Case) -> Values | None:
    """Refuse unless the deciding reading is good, no older than yesterday's freeze, and of a clock that is trusted.

    While a correction waits for its signature, no reading decides.
    """
    bad = case.flags & {FlagKind.STALE_DATA, FlagKind.METER_CHANGE}
    if bad:
        return {"flags": ",".join(sorted(bad))}
    mark = case.comparison.mark
    if mark not in collect.USABLE:
        return {"mark": str(mark)}
    last = case.comparison.last_reading
    if last is None or (case.view.today - last).days > 1:
        return {"freeze": str(last)}
    if (waits := settle.open_correction(case.view, case.account_id)) is not None:
        return {"correction": str(waits)}
    error = collect.clock_error(case.view, case.account_id)
    if error is not None and collect.judge_clock(error) is collect.Clock.UNUSABLE:
        return {"clock": collect.clock_words(error)}
    return None


def r4_live_read(case: Case) -> Values | None:
    """Refuse without a live read of the last two hours that confirms the shortage."""
    register = case.register
    if register is None:
        live = collect.last_live(case.view, case.account_id)
        if live is None or live.total is None or case.view.now - live.at > FRESH:
            return {"live": "none" if live is None else str(live.reason or live.at.isoformat())}
        register = live.total
    result = live_result(case.view, case.account_id, register)
    return None if result is Result.SHORT else {"result": "unknown" if result is None else result.name}


def live_result(view: View, account: int, register: Decimal | None) -> Result | None:
    """Compare by this moment's ledger up to a live register; None for a register that proves nothing."""
    if register is None or not collect.plausible_live(view, account, register):
        return None
    try:
        return settle.compare(view, account, day=view.today, register=register).result
    except settle.SettleError:
        return None


def r5_notice(case: Case) -> Values | None:
    """Refuse unless the notice was delivered long ago enough, and the 30-minute one too, or tried on two channels."""
    notice = notify.last(case.view, case.account_id, "S06")
    if notice is None or notice.delivered is None or case.approval is None or case.approval.decided is None:
        return {"fault": "no_delivered_notice"}
    age = case.view.now - notice.delivered
    if notice.created < case.approval.decided:
        return {"fault": "notice_of_another_approval"}
    if age < timedelta(hours=case.numbers.notice_hours) or age > APPROVAL_LIFE:
        return {"fault": "notice_age", "hours": str(age // timedelta(hours=1))}
    short = notify.last(case.view, case.account_id, "S07")
    if short is None or short.created < notice.created:
        return {"fault": "no_short_notice"}
    reached = short.delivered or (short.ended if short.tried >= CHANNELS else None)
    if reached is None or not SHORT_NOTICE_MIN <= case.view.now - reached <= SHORT_NOTICE_MAX:
        return {"fault": "short_notice_age", "reached": str(reached)}
    return None


def r6_agreement(case: Case) -> Values | None:
    """Refuse without a valid fee-control agreement."""
    valid = archive.agreement_valid(case.view, case.account_id, case.view.today)
    return None if valid else {"agreement": "none"}


def r7_small_debt(case: Case) -> Values | None:
    """Refuse for a debt below one yuan."""
    debt = max(Decimal(0), -case.comparison.v)
    return {"debt": str(debt)} if debt < SMALLEST_DEBT else None


def r8_sudden(case: Case) -> Values | None:
    """Refuse where an adjustment, a price change or a catch-up of the last three days caused the shortage."""
    since = case.comparison.adjusted
    recent = since is not None and case.view.now - since < PEACE_AFTER_CATCH_UP
    return {"adjusted": since.isoformat()} if since is not None and recent else None


def r9_books(case: Case) -> Values | None:
    """Refuse while money may be under way: no level trial balance of today, or a paid item that nobody has got."""
    level = settle.trial_level(case.view, case.view.today)
    if not level:
        return {"trial_balance": "missing" if level is None else "off"}
    unposted = settle.unassigned(case.view)
    return {"unposted": str(len(unposted))} if unposted else None


def r10_messages(case: Case) -> Values | None:
    """Refuse while the message gateway is down or its receipts fail."""
    return None if notify.healthy(case.view) else {"gateway": "unhealthy"}


def r11_identity(case: Case) -> Values | None:
    """Refuse where it is not proven that this meter is this customer's."""
    if not case.account.relation_verified:
        return {"relation": "unverified"}
    return {"case": OrderKind.MIX_UP.value} if OrderKind.MIX_UP in case.orders else None


def r12_cases(case: Case) -> Values | None:
    """Refuse while a dispute or a case that freezes cuts is open."""
    frozen = case.orders & work.FREEZES_CUT
    return {"cases": ",".join(sorted(frozen))} if frozen else None


def r13_just_restored(case: Case) -> Values | None:
    """Refuse within 72 hours of a restore, and while emergency credit is open."""
    if FlagKind.EMERGENCY_CREDIT in case.flags:
        return {"flag": FlagKind.EMERGENCY_CREDIT.value}
    closed = [c for c in case.history if c.kind in GIVES_POWER and c.state is State.DONE]
    given = [c.ended for c in closed if c.ended and not _only_clears(case, c)]
    recent = given and case.view.now - given[-1] < PEACE_AFTER_RESTORE
    return {"restored": given[-1].isoformat()} if recent else None


def _only_clears(case: Case, close: Command) -> bool:
    """Whether a close came after a trip that failed and never opened the relay: it restored nobody (T17)."""
    trips = [c for c in case.history if c.kind is Kind.TRIP and c.id < close.id]
    return bool(trips) and trips[-1].state is State.FAILED and not trips[-1].seen_open


def r14_environment(case: Case) -> Values | None:
    """Refuse where laboratory and production would mix, or the area is not rolled out that far.

    In production every trip is refused that no encryption machine makes: because none is configured, or because the
    meter is of a model that has no use for one. What this program can send then is a plain frame.
    """
    site = case.view.site
    if case.account.sim != site.lab:
        return {"sim": str(case.account.sim), "lab": str(site.lab)}
    if not (site.lab or site.secured):
        return {"security_module": "none"}
    if not site.lab and (model := _model(case)) not in site.secured:
        return {"unsecured_profile": model[1]}
    return {"stage": str(case.account.stage)} if case.account.stage < STAGE_FOR_CUTS else None


def _model(case: Case) -> tuple[str, str]:
    """Give dialect and profile of the meter installed today, "none" where there is none."""
    try:
        place = archive.place(case.view, case.account_id, case.view.today)
    except archive.NoPlaceError:
        return "none", "none"
    return place.dialect, place.profile


def r15_mass(case: Case) -> Values | None:
    """Refuse until today's mass check has passed, or MGR has released it."""
    verdict = masscheck.verdict(case.view, case.view.today)
    return None if verdict.open else {"mass_check": verdict.word}


def r16_kill_switch(case: Case) -> Values | None:
    """Refuse while the kill switch of its area, station or county is on."""
    return {"switch": "on"} if archive.stopped(case.view, case.account_id) else None


def r17_run(case: Case) -> Values | None:
    """Refuse where the price book was changed within a day and nobody signed off."""
    changed = settle.unsigned_change(case.view)
    return {"price_book": changed.isoformat()} if changed is not None else None


def r18_safety_tag(case: Case) -> Values | None:
    """Refuse while somebody works on the line."""
    return {"tag": OrderKind.SAFETY_TAG.value} if OrderKind.SAFETY_TAG in case.orders else None


def r19_relay(case: Case) -> Values | None:
    """Refuse for a relay that is known bad, or failed its last three switch actions."""
    if OrderKind.RELAY_ODD in case.orders:
        return {"relay": OrderKind.RELAY_ODD.value}
    ended = [c for c in case.history if c.kind in {Kind.TRIP, *GIVES_POWER} and c.ever_sent and c.ended]
    last = ended[-FAILURES:]
    failed = len(last) == FAILURES and all(c.state is State.FAILED for c in last)
    return {"failures": str(FAILURES)} if failed else None


def r20_signature(case: Case) -> Values | None:
    """Refuse without an approval in force, signed by somebody other than the proposer."""
    if case.approval is None:
        return {"fault": "no_approval"}
    return {"fault": "own_proposal"} if case.approval.approver == case.approval.proposer else None


RULES: Mapping[str, Rule] = {
    "R1": r1_protected,
    "R2": r2_window,
    "R3": r3_reading,
    "R4": r4_live_read,
    "R5": r5_notice,
    "R6": r6_agreement,
    "R7": r7_small_debt,
    "R8": r8_sudden,
    "R9": r9_books,
    "R10": r10_messages,
    "R11": r11_identity,
    "R12": r12_cases,
    "R13": r13_just_restored,
    "R14": r14_environment,
    "R15": r15_mass,
    "R16": r16_kill_switch,
    "R17": r17_run,
    "R18": r18_safety_tag,
    "R19": r19_relay,
    "R20": r20_signature,
}

STEPS: Mapping[Step, tuple[str, ...]] = {
    Step.NOTICE: ("R1", "R3", "R6", "R7", "R8", "R9", "R11", "R12", "R13", "R14", "R15", "R16", "R17"),
    Step.RELEASE: tuple(RULES),
    Step.SENT: ("R1", "R7", "R9", "R16"),
}
"""Which rules are asked when (business rule 11)."""


def refusals(view: View, account: int, step: Step, *, register: Decimal | None = None) -> tuple[Refusal, ...]:
    """Ask the rules of a step; none given means that they let the cut pass. ``register`` is PRECHECK's live one."""
    case = Case(view, account, register)
    found = ((rule, RULES[rule](case)) for rule in STEPS[step])
    return tuple(Refusal(rule, values) for rule, values in found if values is not None)


def record_refusals(tx: Tx, account: int, step: Step, found: tuple[Refusal, ...]) -> None:
    """Put refusals on the list of the day; one that stands there with the same values is not put again."""
    midnight = datetime.combine(tx.today, time(), BUSINESS_ZONE)
    today = (r.account == account) & (r.step == step.value) & (r.at >= midnight)
    known = [(row.rule, row.values) for row in tx.all(select(r.rule, r["values"]).where(today))]
    for one in found:
        if (one.rule, dict(one.values)) in known:
            continue
        row = {"account": account, "step": step.value, "rule": one.rule, "values": dict(one.values)}
        tx.insert(refusal, **row, **tx.stamp())


def passes(tx: Tx, account: int, step: Step, *, register: Decimal | None = None) -> bool:
    """Ask the rules of a step and record what they refuse; True if none did."""
    found = refusals(tx, account, step, register=register)
    record_refusals(tx, account, step, found)
    return not found
