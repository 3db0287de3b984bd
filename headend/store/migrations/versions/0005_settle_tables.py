"""settle tables."""

import sqlalchemy as sa
from alembic import op

from headend.store.schema import guard_statements

GUARDED = (
    "bill",
    "estimate_failure",
    "estimate_run",
    "fee_day",
    "payment",
    "posting",
    "price_sign_off",
    "price_version",
    "tier_use",
    "trial",
)

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def estimate_run() -> None:
    """Make the table."""
    op.create_table(
        "estimate_run",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("first", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("past", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("good", sa.Integer(), nullable=False),
        sa.Column("interpolated", sa.Integer(), nullable=False),
        sa.Column("estimated", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("book", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("cause", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_estimate_run")),
        info={"append_only": True},
    )
    with op.batch_alter_table("estimate_run", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_estimate_run_day"), ["day"], unique=False)


def price_version() -> None:
    """Make the table."""
    op.create_table(
        "price_version",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("cause", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_price_version")),
        info={"append_only": True},
    )
    with op.batch_alter_table("price_version", schema=None) as batch_op:
        batch_op.create_index("ix_price_version_code", ["code", "valid_from"], unique=False)


def trial() -> None:
    """Make the table."""
    op.create_table(
        "trial",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("debit", sa.BigInteger(), nullable=False),
        sa.Column("credit", sa.BigInteger(), nullable=False),
        sa.Column("off", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("cause", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trial")),
        info={"append_only": True},
    )
    with op.batch_alter_table("trial", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_trial_day"), ["day"], unique=False)


def price_sign_off() -> None:
    """Make the table."""
    op.create_table(
        "price_sign_off",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("up_to", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("cause", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["up_to"], ["price_version.id"], name=op.f("fk_price_sign_off_up_to_price_version")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_price_sign_off")),
        info={"append_only": True},
    )


def balance() -> None:
    """Make the table."""
    op.create_table(
        "balance",
        sa.Column("account", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("p", sa.BigInteger(), nullable=False),
        sa.Column("b", sa.BigInteger(), nullable=False),
        sa.Column("f", sa.BigInteger(), nullable=False),
        sa.Column("e", sa.BigInteger(), nullable=False),
        sa.Column("o", sa.BigInteger(), nullable=False),
        sa.Column("l", sa.BigInteger(), nullable=False),
        sa.Column("credit", sa.BigInteger(), nullable=False),
        sa.Column("adjusted", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["account"], ["account.id"], name=op.f("fk_balance_account_account")),
        sa.PrimaryKeyConstraint("account", name=op.f("pk_balance")),
    )


def bill() -> None:
    """Make the table."""
    op.create_table(
        "bill",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("account", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("cycle_start", sa.Date(), nullable=False),
        sa.Column("cycle_end", sa.Date(), nullable=False),
        sa.Column("correction", sa.Integer(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("kwh", sa.BigInteger(), nullable=False),
        sa.Column("due", sa.Date(), nullable=False),
        sa.Column("use_class", sa.String(length=12), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("cause", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["account"], ["account.id"], name=op.f("fk_bill_account_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bill")),
        sa.UniqueConstraint(
            "account", "cycle_start", "correction", name=op.f("uq_bill_account_cycle_start_correction")
        ),
        info={"append_only": True},
    )


def estimate_failure() -> None:
    """Make the table."""
    op.create_table(
        "estimate_failure",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("account", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("cause", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["account"], ["account.id"], name=op.f("fk_estimate_failure_account_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_estimate_failure")),
        info={"append_only": True},
    )
    with op.batch_alter_table("estimate_failure", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_estimate_failure_day"), ["day"], unique=False)


def fee_day() -> None:
    """Make the table."""
    op.create_table(
        "fee_day",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("account", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("kwh", sa.BigInteger(), nullable=False),
        sa.Column("t1", sa.BigInteger(), nullable=True),
        sa.Column("t2", sa.BigInteger(), nullable=True),
        sa.Column("t3", sa.BigInteger(), nullable=True),
        sa.Column("t4", sa.BigInteger(), nullable=True),
        sa.Column("mark", sa.String(length=1), nullable=False),
        sa.Column("good", sa.Boolean(), nullable=False),
        sa.Column("first_freeze", sa.Date(), nullable=False),
        sa.Column("last_freeze", sa.Date(), nullable=True),
        sa.Column("reading_version", sa.Integer(), nullable=True),
        sa.Column("cycle_start", sa.Date(), nullable=False),
        sa.Column("cycle_kwh", sa.BigInteger(), nullable=False),
        sa.Column("counter", sa.BigInteger(), nullable=False),
        sa.Column("pieces", sa.Text(), nullable=False),
        sa.Column("price", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("fee", sa.BigInteger(), nullable=False),
        sa.Column("dayfee", sa.BigInteger(), nullable=False),
        sa.Column("next", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("cause", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["account"], ["account.id"], name=op.f("fk_fee_day_account_account")),
        sa.ForeignKeyConstraint(["price"], ["price_version.id"], name=op.f("fk_fee_day_price_price_version")),
        sa.PrimaryKeyConstraint("day", "account", "version", name=op.f("pk_fee_day")),
        info={"append_only": True},
    )


def payment() -> None:
    """Make the table."""
    op.create_table(
        "payment",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("serial", sa.String(length=64), nullable=False),
        sa.Column("account_no", sa.String(length=16), nullable=False),
        sa.Column("account", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("paid_at", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("cause", sa.String(length=64), nullable=True),
        sa.CheckConstraint("amount > 0", name=op.f("ck_payment_positive")),
        sa.ForeignKeyConstraint(["account"], ["account.id"], name=op.f("fk_payment_account_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment")),
        sa.UniqueConstraint("channel", "serial", name=op.f("uq_payment_channel_serial")),
        info={"append_only": True},
    )
    with op.batch_alter_table("payment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_payment_account"), ["account"], unique=False)


def tier_use() -> None:
    """Make the table."""
    op.create_table(
        "tier_use",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("account", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("large_from", sa.Date(), nullable=True),
        sa.Column("large_until", sa.Date(), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("cause", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["account"], ["account.id"], name=op.f("fk_tier_use_account_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tier_use")),
        info={"append_only": True},
    )
    with op.batch_alter_table("tier_use", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_tier_use_account"), ["account"], unique=False)


def posting() -> None:
    """Make the table."""
    op.create_table(
        "posting",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("account", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("debit", sa.String(length=16), nullable=False),
        sa.Column("credit", sa.String(length=16), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("value_day", sa.Date(), nullable=False),
        sa.Column("bill", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("payment", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("cause", sa.String(length=64), nullable=True),
        sa.CheckConstraint("amount > 0", name=op.f("ck_posting_positive")),
        sa.CheckConstraint("debit <> credit", name=op.f("ck_posting_two_sided")),
        sa.ForeignKeyConstraint(["account"], ["account.id"], name=op.f("fk_posting_account_account")),
        sa.ForeignKeyConstraint(["bill"], ["bill.id"], name=op.f("fk_posting_bill_bill")),
        sa.ForeignKeyConstraint(["payment"], ["payment.id"], name=op.f("fk_posting_payment_payment")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_posting")),
        sa.UniqueConstraint("key", name=op.f("uq_posting_key")),
        info={"append_only": True},
    )
    with op.batch_alter_table("posting", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_posting_account"), ["account"], unique=False)
        batch_op.create_index(batch_op.f("ix_posting_bill"), ["bill"], unique=False)
        batch_op.create_index(batch_op.f("ix_posting_payment"), ["payment"], unique=False)


def upgrade() -> None:
    """Bring the schema one revision forward."""
    estimate_run()
    price_version()
    trial()
    price_sign_off()
    balance()
    bill()
    estimate_failure()
    fee_day()
    payment()
    tier_use()
    posting()
    for name in GUARDED:
        for statement in guard_statements(name, op.get_bind().dialect.name):
            op.execute(statement)
