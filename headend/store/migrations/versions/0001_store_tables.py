"""store tables."""

import sqlalchemy as sa
from alembic import op

from headend.store.schema import guard_statements

GUARDED = ("fact",)

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def day_step() -> None:
    """Make the table."""
    op.create_table(
        "day_step",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("step", sa.String(length=32), nullable=False),
        sa.Column("started", sa.BigInteger(), nullable=False),
        sa.Column("finished", sa.BigInteger(), nullable=True),
        sa.Column("note", sa.String(length=500), nullable=True),
        sa.PrimaryKeyConstraint("day", "step", name=op.f("pk_day_step")),
    )


def fact() -> None:
    """Make the table."""
    op.create_table(
        "fact",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("account", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("ref", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("cause", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fact")),
        info={"append_only": True},
    )
    with op.batch_alter_table("fact", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_fact_account"), ["account"], unique=False)


def pending() -> None:
    """Make the table."""
    op.create_table(
        "pending",
        sa.Column("room", sa.String(length=16), nullable=False),
        sa.Column("account", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("not_before", sa.BigInteger(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("room", "account", name=op.f("pk_pending")),
    )
    with op.batch_alter_table("pending", schema=None) as batch_op:
        batch_op.create_index("ix_pending_due", ["room", "not_before"], unique=False)


def upgrade() -> None:
    """Bring the schema one revision forward."""
    day_step()
    fact()
    pending()
    for name in GUARDED:
        for statement in guard_statements(name, op.get_bind().dialect.name):
            op.execute(statement)
