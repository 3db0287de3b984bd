"""work tables."""

import sqlalchemy as sa
from alembic import op

from headend.store.schema import guard_statements

GUARDED = ("work_event",)

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def work_order() -> None:
    """Make the table."""
    op.create_table(
        "work_order",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("subject", sa.String(length=32), nullable=False),
        sa.Column("account", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("meter", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("unit", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("owner", sa.String(length=64), nullable=True),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("opened", sa.BigInteger(), nullable=False),
        sa.Column("due", sa.BigInteger(), nullable=False),
        sa.Column("closed", sa.BigInteger(), nullable=True),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("values", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["account.id"], name=op.f("fk_work_order_account_account")),
        sa.ForeignKeyConstraint(["meter"], ["meter.id"], name=op.f("fk_work_order_meter_meter")),
        sa.ForeignKeyConstraint(["unit"], ["unit.id"], name=op.f("fk_work_order_unit_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_work_order")),
    )
    with op.batch_alter_table("work_order", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_work_order_account"), ["account"], unique=False)
        batch_op.create_index(batch_op.f("ix_work_order_unit"), ["unit"], unique=False)
        batch_op.create_index(
            "uq_work_order_open",
            ["kind", "subject"],
            unique=True,
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        )


def work_event() -> None:
    """Make the table."""
    op.create_table(
        "work_event",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("order", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("event", sa.String(length=8), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("cause", sa.String(length=64), nullable=True),
        sa.Column("values", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["order"], ["work_order.id"], name=op.f("fk_work_event_order_work_order")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_work_event")),
        info={"append_only": True},
    )
    with op.batch_alter_table("work_event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_work_event_order"), ["order"], unique=False)


def upgrade() -> None:
    """Bring the schema one revision forward."""
    work_order()
    work_event()
    for name in GUARDED:
        for statement in guard_statements(name, op.get_bind().dialect.name):
            op.execute(statement)
