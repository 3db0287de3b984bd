"""What messages to customers say: the values of each type, from the facts of the account.

Texts and their sending belong to ``headend.notify``; personal data are filled in there.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import ROUND_CEILING, Decimal

from headend import archive, settle
from headend.archive import FlagKind
from headend.store import BUSINESS_ZONE, View
from headend.strategy.conditions.facts import Raw
from headend.strategy.facts_one import AccountFacts
from headend.strategy.look import Look
from headend.strategy.rules import Rule
from headend.strategy.vocabulary import FACTS

LOVE_CARE = "S21"
INSTEAD_FOR_LOVE_CARE = frozenset({"S01", "S02", "S03", "S04", "S06", "S07", "S20"})
"""Messages in whose place a love-care customer gets S21."""

ABOUT_BALANCE = frozenset({"S01", "S02", "S03", "S04", LOVE_CARE})
"""Messages about the balance: their values are facts that the run has for everybody."""

STAGE_FOR_MESSAGES = 2
"""Roll-out stage of an area from which on messages are sent."""

LOVE_CARE_CLASS = "R2"

PREPAYMENT_DAYS = 30
PREPAYMENT_LEAST = Decimal(100)

ARRIVAL = timedelta(minutes=45)
"""When somebody is to be at a customer's who stays dark (T27: 45 minutes in town)."""

STAFF_ROLE: Mapping[str, str] = {"S13": "TECH", "S15": "AM", LOVE_CARE: "AM"}
"""Who comes, by type of message."""

MONEY = ("balance", "restore_at", "t2", "cycle_fee", "next_cost", "deposit", "days_left")
"""Facts that messages about the balance show."""

CHOICE = ("love_care", "customer_class", "stage")
"""Facts that decide which type of message goes."""


def template_for(facts: Mapping[str, Raw], template: str) -> str | None:
    """Give the type of message that goes for a rule's; None where the area is not rolled out to messages."""
    love_care = bool(facts["love_care"]) or facts["customer_class"] == LOVE_CARE_CLASS
    chosen = LOVE_CARE if love_care and template in INSTEAD_FOR_LOVE_CARE else template
    shadow = int(facts["stage"] or 0) < STAGE_FOR_MESSAGES
    return None if shadow and chosen in ABOUT_BALANCE else chosen


def money_values(facts: Mapping[str, Raw]) -> dict[str, str]:
    """Give the values of messages about the balance. ``amt`` is what lifts it to Rz, rounded up to a whole yuan."""
    balance = _money(facts, "balance")
    missing = max(Decimal(0), _money(facts, "restore_at") - balance)
    values = {
        "bal": yuan(balance),
        "amt": str(missing.to_integral_value(ROUND_CEILING)),
        "t2": _short(_money(facts, "t2")),
        "fee": yuan(_money(facts, "cycle_fee")),
        "dep": yuan(_money(facts, "deposit")),
        "n": str(facts["days_left"] or 0),
    }
    return values if facts["next_cost"] is None else values | {"nx": yuan(_money(facts, "next_cost"))}


def values(facts: AccountFacts, template: str, rule: Rule) -> dict[str, str]:
    """Give the values that a type of message may show; notify keeps those that its text needs."""
    look = facts.look
    now = look.view.now
    found = money_values(raws(facts, MONEY)) | {"hm": time_text(now), "d": day_text(look.cut_time or now)}
    match template:
        case "S04" | "S06":
            planned = look.next_cut_time or now
            found |= {"d": day_text(planned), "hm": time_text(planned)}
        case "S08":
            found["why"] = _why(look, rule)
        case "S09":
            found |= {"end": _ending(look), "pre": yuan(_prepayment(look))}
        case "S11" if look.relay is not None and not look.relay.open:
            found["hm"] = time_text(look.relay.at)
        case "S13":
            found["hm"] = time_text(now + ARRIVAL)
    return found | staff_value(look.view, look.account_id, template)


def raws(facts: AccountFacts, names: tuple[str, ...]) -> dict[str, Raw]:
    """Look up some facts by name."""
    return {name: facts.raw(FACTS[name]) for name in names}


def staff_value(view: View, account: int, template: str) -> dict[str, str]:
    """Give who comes to the customer, as a user name, where the text tells it."""
    role = STAFF_ROLE.get(template)
    member = None if role is None else archive.nearest_staff(view, account, role)
    return {} if member is None else {"staff": member.user}


def debt(look: Look) -> Decimal:
    """Give what the customer owes: how far the balance, open credit included, is below zero."""
    return max(Decimal(0), -look.comparison.v)


def yuan(amount: Decimal) -> str:
    """Write an amount to the fen."""
    return f"{amount:.2f}"


def day_text(at: datetime) -> str:
    """Write a date as messages do, e.g. 9月16日."""
    local = at.astimezone(BUSINESS_ZONE)
    return f"{local.month}月{local.day}日"


def time_text(at: datetime) -> str:
    """Write a time as messages do, e.g. 09:00."""
    return at.astimezone(BUSINESS_ZONE).strftime("%H:%M")


def _money(facts: Mapping[str, Raw], name: str) -> Decimal:
    return Decimal(int(facts[name] or 0)).scaleb(-2)


def _short(amount: Decimal) -> str:
    """Write an amount without idle zeros: 5, 2.50."""
    return str(int(amount)) if amount == int(amount) else yuan(amount)


def _why(look: Look, rule: Rule) -> str:
    """Give why a cut is off: somebody holds it, money has come, or a fee was corrected."""
    if rule.id == "T15" or not look.comparison.restore_ok:
        return "held"
    since = look.noticed.at if look.noticed else look.now_at.since
    paid = any(payment.at >= since for payment in settle.payments(look.view, look.account_id))
    return "paid" if paid else "corrected"


def _ending(look: Look) -> str:
    if FlagKind.BLACKLISTED in look.flags:
        return "blacklisted"
    return "safe" if look.numbers.restore_mode is archive.RestoreMode.SAFE else "direct"


def _prepayment(look: Look) -> Decimal:
    """Give what a blacklisted customer pays in advance: 30 days at the mean day cost, at least 100 yuan."""
    return max(PREPAYMENT_LEAST, PREPAYMENT_DAYS * (look.comparison.next or Decimal(0)))
