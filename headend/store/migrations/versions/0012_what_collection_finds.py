"""what collection finds."""

import sqlalchemy as sa
from alembic import op

from headend.store.schema import guard_statements

GUARDED = ("clock_seen", "device_event", "finding", "handheld")

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def clock_seen() -> None:
    """Make the table."""
    op.create_table(
        "clock_seen",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("link", sa.String(length=48), nullable=False),
        sa.Column("account", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("address", sa.String(length=12), nullable=True),
        sa.Column("error_s", sa.BigInteger(), nullable=True),
        sa.Column("outcome", sa.String(length=12), nullable=False),
        sa.Column("detail", sa.String(length=200), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("cause", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["account"], ["account.id"], name=op.f("fk_clock_seen_account_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clock_seen")),
        info={"append_only": True},
    )
    with op.batch_alter_table("clock_seen", schema=None) as batch_op:
        batch_op.create_index("ix_clock_seen_account", ["account", "at"], unique=False)
        batch_op.create_index("ix_clock_seen_link", ["link", "at"], unique=False)


def device_event() -> None:
    """Make the table."""
    op.create_table(
        "device_event",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("source", sa.String(length=8), nullable=False),
        sa.Column("report", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("link", sa.String(length=48), nullable=False),
        sa.Column("account", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("address", sa.String(length=32), nullable=True),
        sa.Column("object", sa.String(length=8), nullable=True),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("chinese", sa.String(length=120), nullable=False),
        sa.Column("began", sa.BigInteger(), nullable=True),
        sa.Column("value", sa.JSON(), nullable=True),
        sa.Column("error", sa.String(length=200), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("cause", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["account"], ["account.id"], name=op.f("fk_device_event_account_account")),
        sa.ForeignKeyConstraint(["report"], ["device_report.id"], name=op.f("fk_device_event_report_device_report")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device_event")),
        info={"append_only": True},
    )
    with op.batch_alter_table("device_event", schema=None) as batch_op:
        batch_op.create_index("ix_device_event_account", ["account", "at"], unique=False)
        batch_op.create_index("ix_device_event_link", ["link", "at"], unique=False)


def handheld() -> None:
    """Make the table."""
    op.create_table(
        "handheld",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("file", sa.String(length=100), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=12), nullable=False),
        sa.Column("why", sa.String(length=20), nullable=True),
        sa.Column("account", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("row", sa.JSON(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("cause", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["account"], ["account.id"], name=op.f("fk_handheld_account_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handheld")),
        info={"append_only": True},
    )
    with op.batch_alter_table("handheld", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_handheld_key"), ["key"], unique=False)


def finding() -> None:
    """Make the table."""
    op.create_table(
        "finding",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("account", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("point", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("values", sa.JSON(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("cause", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["account"], ["account.id"], name=op.f("fk_finding_account_account")),
        sa.ForeignKeyConstraint(["point"], ["point.id"], name=op.f("fk_finding_point_point")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finding")),
        info={"append_only": True},
    )
    with op.batch_alter_table("finding", schema=None) as batch_op:
        batch_op.create_index("ix_finding_day", ["day"], unique=False)
        batch_op.create_index("ix_finding_point", ["point", "day"], unique=False)


def upgrade() -> None:
    """Bring the schema one revision forward."""
    op.add_column("reading", sa.Column("reverse", sa.BigInteger(), nullable=True))
    op.add_column("reading", sa.Column("evidence", sa.String(length=100), nullable=True))
    clock_seen()
    device_event()
    handheld()
    finding()
    for name in GUARDED:
        for statement in guard_statements(name, op.get_bind().dialect.name):
            op.execute(statement)
