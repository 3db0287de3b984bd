"""collect tables."""

import sqlalchemy as sa
from alembic import op

from headend.store.schema import guard_statements

GUARDED = ("device_report", "live_read", "raw_frame", "reading", "relay_seen")

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def device_report() -> None:
    """Make the table."""
    op.create_table(
        "device_report",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("link", sa.String(length=48), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("cause", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device_report")),
        info={"append_only": True},
    )
    with op.batch_alter_table("device_report", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_device_report_link"), ["link"], unique=False)


def raw_frame() -> None:
    """Make the table."""
    op.create_table(
        "raw_frame",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("direction", sa.String(length=3), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("cause", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_raw_frame")),
        info={"append_only": True},
    )


def relay_seen() -> None:
    """Make the table."""
    op.create_table(
        "relay_seen",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("account", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("address", sa.String(length=12), nullable=False),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.Column("command_open", sa.Boolean(), nullable=False),
        sa.Column("keep_power", sa.Boolean(), nullable=True),
        sa.Column("current_a", sa.Numeric(precision=12, scale=4), nullable=True),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("cause", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["account"], ["account.id"], name=op.f("fk_relay_seen_account_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_relay_seen")),
        info={"append_only": True},
    )
    with op.batch_alter_table("relay_seen", schema=None) as batch_op:
        batch_op.create_index("ix_relay_seen_account", ["account", "at"], unique=False)


def want() -> None:
    """Make the table."""
    op.create_table(
        "want",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("account", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("due", sa.BigInteger(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("cause", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["account"], ["account.id"], name=op.f("fk_want_account_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_want")),
    )
    with op.batch_alter_table("want", schema=None) as batch_op:
        batch_op.create_index("ix_want_due", ["state", "due"], unique=False)


def duty() -> None:
    """Make the table."""
    op.create_table(
        "duty",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("point", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("account", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("link", sa.String(length=48), nullable=False),
        sa.Column("done", sa.Boolean(), server_default="0", nullable=False),
        sa.Column("reason", sa.String(length=16), nullable=True),
        sa.Column("detail", sa.String(length=200), nullable=True),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["account.id"], name=op.f("fk_duty_account_account")),
        sa.ForeignKeyConstraint(["point"], ["point.id"], name=op.f("fk_duty_point_point")),
        sa.PrimaryKeyConstraint("day", "point", name=op.f("pk_duty")),
    )


def live_read() -> None:
    """Make the table."""
    op.create_table(
        "live_read",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("want", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("account", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("point", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("address", sa.String(length=12), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.String(length=16), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("cause", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["account"], ["account.id"], name=op.f("fk_live_read_account_account")),
        sa.ForeignKeyConstraint(["point"], ["point.id"], name=op.f("fk_live_read_point_point")),
        sa.ForeignKeyConstraint(["want"], ["want.id"], name=op.f("fk_live_read_want_want")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_live_read")),
        info={"append_only": True},
    )
    with op.batch_alter_table("live_read", schema=None) as batch_op:
        batch_op.create_index("ix_live_read_account", ["account", "at"], unique=False)


def reading() -> None:
    """Make the table."""
    op.create_table(
        "reading",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("point", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("account", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("t1", sa.BigInteger(), nullable=True),
        sa.Column("t2", sa.BigInteger(), nullable=True),
        sa.Column("t3", sa.BigInteger(), nullable=True),
        sa.Column("t4", sa.BigInteger(), nullable=True),
        sa.Column("mark", sa.String(length=1), nullable=False),
        sa.Column("stamp", sa.BigInteger(), nullable=True),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("cause", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["account"], ["account.id"], name=op.f("fk_reading_account_account")),
        sa.ForeignKeyConstraint(["point"], ["point.id"], name=op.f("fk_reading_point_point")),
        sa.PrimaryKeyConstraint("day", "point", "version", name=op.f("pk_reading")),
        info={"append_only": True},
    )


def upgrade() -> None:
    """Bring the schema one revision forward."""
    device_report()
    raw_frame()
    relay_seen()
    want()
    duty()
    live_read()
    reading()
    for name in GUARDED:
        for statement in guard_statements(name, op.get_bind().dialect.name):
            op.execute(statement)
