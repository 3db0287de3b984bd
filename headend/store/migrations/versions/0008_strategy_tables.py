"""strategy tables."""

import sqlalchemy as sa
from alembic import op

from headend.store.schema import guard_statements

GUARDED = ("rule_set", "run", "transition")

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def rule_set() -> None:
    """Make the table."""
    op.create_table(
        "rule_set",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("cause", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_set")),
        info={"append_only": True},
    )


def run() -> None:
    """Make the table."""
    op.create_table(
        "run",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("phase", sa.String(length=4), nullable=False),
        sa.Column("first_account", sa.Integer(), nullable=False),
        sa.Column("last_account", sa.Integer(), nullable=False),
        sa.Column("rule_set", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("cause", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["rule_set"], ["rule_set.id"], name=op.f("fk_run_rule_set_rule_set")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run")),
        info={"append_only": True},
    )
    with op.batch_alter_table("run", schema=None) as batch_op:
        batch_op.create_index("ix_run_day", ["day", "phase"], unique=False)


def transition() -> None:
    """Make the table."""
    op.create_table(
        "transition",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("run", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("account", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("rule", sa.String(length=4), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("rule_set", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("target", sa.String(length=16), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("cause", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["account"], ["account.id"], name=op.f("fk_transition_account_account")),
        sa.ForeignKeyConstraint(["rule_set"], ["rule_set.id"], name=op.f("fk_transition_rule_set_rule_set")),
        sa.ForeignKeyConstraint(["run"], ["run.id"], name=op.f("fk_transition_run_run")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transition")),
        info={"append_only": True},
    )
    with op.batch_alter_table("transition", schema=None) as batch_op:
        batch_op.create_index("ix_transition_account", ["account", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_transition_run"), ["run"], unique=False)


def account_state() -> None:
    """Make the table."""
    op.create_table(
        "account_state",
        sa.Column("account", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("transition", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("short_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["account"], ["account.id"], name=op.f("fk_account_state_account_account")),
        sa.ForeignKeyConstraint(["transition"], ["transition.id"], name=op.f("fk_account_state_transition_transition")),
        sa.PrimaryKeyConstraint("account", name=op.f("pk_account_state")),
    )
    with op.batch_alter_table("account_state", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_account_state_state"), ["state"], unique=False)


def upgrade() -> None:
    """Bring the schema one revision forward."""
    rule_set()
    run()
    transition()
    account_state()
    for name in GUARDED:
        for statement in guard_statements(name, op.get_bind().dialect.name):
            op.execute(statement)
