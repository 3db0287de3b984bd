"""Tables of settlement: price versions, daily fees, the ledger, payments, bills, running balances."""

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from headend.store import BigInt, Energy, Instant, Yuan, append_only, metadata, row_id


def _stamp() -> tuple[Column[object], ...]:
    return (
        Column("at", Instant, nullable=False),
        Column("actor", String(64), nullable=False),
        Column("cause", String(64)),
    )


price_version = append_only(
    Table(  # a version of a price (电价版本); of two with the same code and first day the later row counts
        "price_version",
        metadata,
        row_id(),
        Column("code", String(32), nullable=False),
        Column("valid_from", Date, nullable=False),
        Column("content", Text, nullable=False),  # the price file's table as canonical JSON
        *_stamp(),
        Index("ix_price_version_code", "code", "valid_from"),
    )
)

price_sign_off = append_only(
    Table(  # a second person has seen the book up to a version
        "price_sign_off",
        metadata,
        row_id(),
        Column("up_to", ForeignKey("price_version.id"), nullable=False),
        *_stamp(),
    )
)

correction = Table(  # a correction of a reading that a second person has to sign before anything follows from it
    "correction",
    metadata,
    row_id(),
    Column("account", ForeignKey("account.id"), nullable=False),
    Column("day", Date, nullable=False),
    Column("key", String(64), nullable=False, unique=True),  # of the row, whatever file it stands in
    Column("file", String(100), nullable=False),
    Column("line", Integer, nullable=False),
    Column("row", JSON, nullable=False),  # as it stood in the file
    Column("reader", String(100), nullable=False),
    Column("amount", Yuan),  # by how much A would move; none where that can't be told
    Column("state", String(8), nullable=False),
    Column("proposer", String(64), nullable=False),
    Column("opened", Instant, nullable=False),
    Column("cause", String(64)),
    Column("approver", String(64)),
    Column("decided", Instant),
    Column("reason", String(200)),
    Index("ix_correction_account", "account", "state"),
)

tier_use = append_only(
    Table(  # what shortens or widens an account's tiers; the newest row counts
        "tier_use",
        metadata,
        row_id(),
        Column("account", ForeignKey("account.id"), nullable=False, index=True),
        Column("since", Date),
        Column("until", Date),
        Column("large_from", Date),
        Column("large_until", Date),
        *_stamp(),
    )
)

fee_day = append_only(
    Table(  # the estimated fee of an energy day (测算电费), 00:00 to the freeze of the next day; day first, as readings
        "fee_day",
        metadata,
        Column("day", Date, primary_key=True),
        Column("account", ForeignKey("account.id"), primary_key=True),
        Column("version", Integer, primary_key=True),
        Column("kwh", Energy, nullable=False),
        *(Column(f"t{tariff}", Energy) for tariff in range(1, 5)),
        Column("mark", String(1), nullable=False),
        Column("good", Boolean, nullable=False),  # may stand for other days in an estimate
        Column("first_freeze", Date, nullable=False),
        Column("last_freeze", Date),  # none: estimated
        Column("reading_version", Integer),  # of the freeze at the day's end, where it was used
        Column("cycle_start", Date, nullable=False),
        Column("cycle_kwh", Energy, nullable=False),  # cycle_start up to and with this day
        Column("counter", Energy, nullable=False),  # tier counter at cycle_start
        Column("pieces", Text, nullable=False),  # the cycle's energy by price version and season, as JSON
        Column("price", ForeignKey("price_version.id"), nullable=False),
        Column("fee", Yuan, nullable=False),  # fee(c, d)
        Column("dayfee", Yuan, nullable=False),
        Column("next", Yuan),  # expected cost of the next day, fixed by the run
        *_stamp(),
    )
)

estimate_run = append_only(
    Table(  # a chunk of the estimation run (测算) of a business day
        "estimate_run",
        metadata,
        row_id(),
        Column("day", Date, nullable=False, index=True),
        Column("first", BigInt, nullable=False),  # accounts [first, past)
        Column("past", BigInt, nullable=False),
        Column("good", Integer, nullable=False),
        Column("interpolated", Integer, nullable=False),
        Column("estimated", Integer, nullable=False),
        Column("failed", Integer, nullable=False),
        Column("book", BigInt, nullable=False),  # newest price version it knew
        *_stamp(),
    )
)

estimate_failure = append_only(
    Table(  # an account that a run could not estimate, and why
        "estimate_failure",
        metadata,
        row_id(),
        Column("day", Date, nullable=False, index=True),
        Column("account", ForeignKey("account.id"), nullable=False),
        Column("reason", String(300), nullable=False),
        *_stamp(),
    )
)

payment = append_only(
    Table(  # a payment as its channel told it (缴费); in suspense while it has no account
        "payment",
        metadata,
        row_id(),
        Column("channel", String(16), nullable=False),
        Column("serial", String(64), nullable=False),
        Column("account_no", String(16), nullable=False),  # as told by the channel
        Column("account", ForeignKey("account.id"), index=True),
        Column("amount", Yuan, nullable=False),
        Column("paid_at", Instant, nullable=False),
        *_stamp(),
        UniqueConstraint("channel", "serial"),
        CheckConstraint("amount > 0", name="positive"),
    )
)

bill = append_only(
    Table(  # a settled cycle (结算电费), or a correction of one
        "bill",
        metadata,
        row_id(),
        Column("account", ForeignKey("account.id"), nullable=False),
        Column("cycle_start", Date, nullable=False),
        Column("cycle_end", Date, nullable=False),
        Column("correction", Integer, nullable=False),  # 0 the bill itself, then 1, 2, …
        Column("amount", Yuan, nullable=False),  # negative in a correction to the customer's favour
        Column("kwh", Energy, nullable=False),
        Column("due", Date, nullable=False),
        Column("use_class", String(12), nullable=False),
        *_stamp(),
        UniqueConstraint("account", "cycle_start", "correction"),
    )
)

posting = append_only(
    Table(  # the ledger (分录): whole fen, positive; debit and credit give the direction
        "posting",
        metadata,
        row_id(),
        Column("kind", String(12), nullable=False),
        Column("account", ForeignKey("account.id"), index=True),  # none: suspense
        Column("debit", String(16), nullable=False),
        Column("credit", String(16), nullable=False),
        Column("amount", Yuan, nullable=False),
        Column("value_day", Date, nullable=False),  # the day it counts from, for late charges
        Column("bill", ForeignKey("bill.id"), index=True),
        Column("payment", ForeignKey("payment.id"), index=True),
        Column("key", String(80), nullable=False, unique=True),  # idempotency key
        *_stamp(),
        CheckConstraint("amount > 0", name="positive"),
        CheckConstraint("debit <> credit", name="two_sided"),
    )
)

balance = Table(  # running totals, moved in the transaction of the posting or estimate that moves them
    "balance",
    metadata,
    Column("account", ForeignKey("account.id"), primary_key=True, autoincrement=False),
    Column("p", Yuan, nullable=False),  # deposit in cash (预存)
    Column("b", Yuan, nullable=False),  # bonus still usable (红包)
    Column("f", Yuan, nullable=False),  # frozen part of p
    Column("e", Yuan, nullable=False),  # fees of the cycles not yet settled
    Column("o", Yuan, nullable=False),  # unpaid principal of settled bills
    Column("l", Yuan, nullable=False),  # late charges to today
    Column("credit", Yuan, nullable=False),  # open emergency credit (应急电费)
    Column("adjusted", Instant),  # last time that an adjustment, price change or catch-up lowered A (R8)
)

trial = append_only(
    Table(  # a trial balance (试算平衡) as it was on a day
        "trial",
        metadata,
        row_id(),
        Column("day", Date, nullable=False, index=True),
        Column("debit", Yuan, nullable=False),
        Column("credit", Yuan, nullable=False),
        Column("off", Integer, nullable=False),  # accounts whose balance is not their postings'
        *_stamp(),
    )
)

__all__ = [
    "balance",
    "bill",
    "correction",
    "estimate_failure",
    "estimate_run",
    "fee_day",
    "payment",
    "posting",
    "price_sign_off",
    "price_version",
    "tier_use",
    "trial",
]
