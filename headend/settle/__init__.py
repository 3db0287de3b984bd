"""Settlement (核): price book, cumulative estimation, ledger, payments, available balance, the comparison F10.

It knows no meter protocol. Days in this face are business days: the run of D computes the energy day D-1.
"""

from headend.settle.bills import Billed, NotBilled, OpenBill, accrue_late, bill_cycle, ended_cycles, open_bills
from headend.settle.comparison import available, balances, compare, days_left, restore_ok
from headend.settle.corrections import LIMITS as CORRECTION_LIMITS
from headend.settle.corrections import (
    Correction,
    CorrectionState,
    correction,
    correction_of,
    open_correction,
    propose_correction,
    sign_correction,
    waiting_corrections,
    worth,
)
from headend.settle.corrections import Draft as CorrectionDraft
from headend.settle.corrections import may_sign as may_sign_correction
from headend.settle.errors import (
    AmountError,
    EnergyUnknownError,
    EntryError,
    LedgerError,
    NotEstimatedError,
    NotSettledError,
    NotSignableError,
    PriceBookError,
    SettleError,
    UnknownCorrectionError,
    UnknownPriceError,
)
from headend.settle.evidence import PaymentSum, payment_sums
from headend.settle.fee import FeeLine, LineKind
from headend.settle.feerows import StoredDay
from headend.settle.ledger import Book, PostingKind
from headend.settle.model import Available, Comparison, Off, Payment, Posted, Result, RunNote, TrialBalance
from headend.settle.payments import (
    adjust,
    assign,
    end_credit,
    freeze_deposit,
    give_bonus,
    give_credit,
    post,
    refund,
    release_deposit,
    take_over,
    unassigned,
)
from headend.settle.prices import load_prices, newest_version, price_book, sign_off_prices, unsigned_change
from headend.settle.queries import (
    PaymentLine,
    PostingLine,
    days,
    fee_lines,
    payment,
    payments,
    postings,
    run_note,
)
from headend.settle.roll import DayFee
from headend.settle.service import RunCounts, estimate_chunk, estimate_one, refresh
from headend.settle.subjects import set_tier_use
from headend.settle.tiers import TierUse
from headend.settle.trial import record_trial, trial_balance, trial_level

__all__ = [
    "CORRECTION_LIMITS",
    "AmountError",
    "Available",
    "Billed",
    "Book",
    "Comparison",
    "Correction",
    "CorrectionDraft",
    "CorrectionState",
    "DayFee",
    "EnergyUnknownError",
    "EntryError",
    "FeeLine",
    "LedgerError",
    "LineKind",
    "NotBilled",
    "NotEstimatedError",
    "NotSettledError",
    "NotSignableError",
    "Off",
    "OpenBill",
    "Payment",
    "PaymentLine",
    "PaymentSum",
    "Posted",
    "PostingKind",
    "PostingLine",
    "PriceBookError",
    "Result",
    "RunCounts",
    "RunNote",
    "SettleError",
    "StoredDay",
    "TierUse",
    "TrialBalance",
    "UnknownCorrectionError",
    "UnknownPriceError",
    "accrue_late",
    "adjust",
    "assign",
    "available",
    "balances",
    "bill_cycle",
    "compare",
    "correction",
    "correction_of",
    "days",
    "days_left",
    "end_credit",
    "ended_cycles",
    "estimate_chunk",
    "estimate_one",
    "fee_lines",
    "freeze_deposit",
    "give_bonus",
    "give_credit",
    "load_prices",
    "may_sign_correction",
    "newest_version",
    "open_bills",
    "open_correction",
    "payment",
    "payment_sums",
    "payments",
    "post",
    "postings",
    "price_book",
    "propose_correction",
    "record_trial",
    "refresh",
    "refund",
    "release_deposit",
    "restore_ok",
    "run_note",
    "set_tier_use",
    "sign_correction",
    "sign_off_prices",
    "take_over",
    "trial_balance",
    "trial_level",
    "unassigned",
    "unsigned_change",
    "waiting_corrections",
    "worth",
]
