"""Checks of the books: the ledger agrees with itself, and each payment was posted once."""

from collections import Counter, defaultdict
from collections.abc import Iterator

from headend import settle
from headend.audit.model import Finding, Row, Truth
from headend.settle import PaymentSum
from headend.store import View


def ledger(view: View, _truth: Truth | None) -> Finding:
    """Find where debit is not credit, or a running total is not what its postings and fees make it."""
    found = settle.trial_balance(view)
    rows: list[Row] = []
    if found.sum_debit != found.sum_credit:
        rows.append({"debit": found.sum_debit, "credit": found.sum_credit})
    rows += [
        {"account": off.account, "total": off.total, "balance": off.balance, "expected": off.expected}
        for off in found.off
    ]
    return Finding(len(view.all(settle.balances(view.today))), rows)


def payments(view: View, truth: Truth | None) -> Finding:
    """Find payments that were not posted to the fen, once; with the truth also those that were lost or made up."""
    sums = settle.payment_sums(view)
    rows: list[Row] = [
        {"payment": s.id, "serial": s.serial, "amount": s.amount, "posted": s.posted}
        for s in sums
        if s.posted != s.amount
    ]
    times = Counter((s.channel, s.serial) for s in sums)
    rows += [{"channel": key[0], "serial": key[1], "times": number} for key, number in times.items() if number > 1]
    if truth is not None:
        rows += _against(sums, truth)
    return Finding(len(sums), rows)


def _against(sums: list[PaymentSum], truth: Truth) -> Iterator[Row]:
    """Hold the payments against what payers saw accepted: each serial once, for that account, with that amount."""
    by_serial: defaultdict[str, list[PaymentSum]] = defaultdict(list)
    for each in sums:
        by_serial[each.serial].append(each)
    for paid in truth.payments:
        found = by_serial.get(paid.serial, [])
        if [(s.account_no, s.amount) for s in found] != [(paid.account, paid.amount)]:
            posted = ", ".join(f"{s.amount} to {s.account_no}" for s in found) or "nothing"
            yield {"serial": paid.serial, "account": paid.account, "paid": paid.amount, "posted": posted}
