"""control tables."""

import sqlalchemy as sa
from alembic import op

from headend.store.schema import guard_statements

GUARDED = ("approval", "command_event", "command_frame", "refusal", "release")

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def mass_check() -> None:
    """Make the table."""
    op.create_table(
        "mass_check",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("candidates", sa.Integer(), nullable=False),
        sa.Column("passed", sa.Boolean(), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("released_by", sa.String(length=64), nullable=True),
        sa.Column("released_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_mass_check")),
    )


def proposal() -> None:
    """Make the table."""
    op.create_table(
        "proposal",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("account", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("debt", sa.BigInteger(), nullable=False),
        sa.Column("proposer", sa.String(length=64), nullable=False),
        sa.Column("opened", sa.BigInteger(), nullable=False),
        sa.Column("cause", sa.String(length=64), nullable=True),
        sa.Column("approver", sa.String(length=64), nullable=True),
        sa.Column("role", sa.String(length=8), nullable=True),
        sa.Column("decided", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(["account"], ["account.id"], name=op.f("fk_proposal_account_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposal")),
    )
    with op.batch_alter_table("proposal", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_proposal_account"), ["account"], unique=False)


def refusal() -> None:
    """Make the table."""
    op.create_table(
        "refusal",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("account", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("step", sa.String(length=8), nullable=False),
        sa.Column("rule", sa.String(length=8), nullable=False),
        sa.Column("values", sa.JSON(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("cause", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["account"], ["account.id"], name=op.f("fk_refusal_account_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refusal")),
        info={"append_only": True},
    )
    with op.batch_alter_table("refusal", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_refusal_account"), ["account"], unique=False)


def approval() -> None:
    """Make the table."""
    op.create_table(
        "approval",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("proposal", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("decision", sa.String(length=8), nullable=False),
        sa.Column("role", sa.String(length=8), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("cause", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["proposal"], ["proposal.id"], name=op.f("fk_approval_proposal_proposal")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval")),
        info={"append_only": True},
    )
    with op.batch_alter_table("approval", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_approval_proposal"), ["proposal"], unique=False)


def release() -> None:
    """Make the table."""
    op.create_table(
        "release",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("account", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("installation", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("address", sa.String(length=12), nullable=False),
        sa.Column("proposal", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("expires", sa.BigInteger(), nullable=False),
        sa.Column("signature", sa.String(length=64), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("cause", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["account"], ["account.id"], name=op.f("fk_release_account_account")),
        sa.ForeignKeyConstraint(
            ["installation"], ["installation.id"], name=op.f("fk_release_installation_installation")
        ),
        sa.ForeignKeyConstraint(["proposal"], ["proposal.id"], name=op.f("fk_release_proposal_proposal")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_release")),
        info={"append_only": True},
    )


def command() -> None:
    """Make the table."""
    op.create_table(
        "command",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("account", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("point", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("installation", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("address", sa.String(length=12), nullable=False),
        sa.Column("link", sa.String(length=48), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("due", sa.BigInteger(), nullable=True),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("expires", sa.BigInteger(), nullable=False),
        sa.Column("window_end", sa.BigInteger(), nullable=True),
        sa.Column("release", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("prechecks", sa.Integer(), server_default="0", nullable=False),
        sa.Column("checks", sa.Integer(), server_default="0", nullable=False),
        sa.Column("sent_at", sa.BigInteger(), nullable=True),
        sa.Column("seen_open", sa.Boolean(), server_default="0", nullable=False),
        sa.Column("live_register", sa.BigInteger(), nullable=True),
        sa.Column("ended", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=True),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("cause", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["account"], ["account.id"], name=op.f("fk_command_account_account")),
        sa.ForeignKeyConstraint(
            ["installation"], ["installation.id"], name=op.f("fk_command_installation_installation")
        ),
        sa.ForeignKeyConstraint(["point"], ["point.id"], name=op.f("fk_command_point_point")),
        sa.ForeignKeyConstraint(["release"], ["release.id"], name=op.f("fk_command_release_release")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_command")),
    )
    with op.batch_alter_table("command", schema=None) as batch_op:
        batch_op.create_index("ix_command_account", ["account", "kind"], unique=False)
        batch_op.create_index("ix_command_due", ["due", "rank"], unique=False)


def command_event() -> None:
    """Make the table."""
    op.create_table(
        "command_event",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("command", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("event", sa.String(length=16), nullable=False),
        sa.Column("before", sa.String(length=12), nullable=False),
        sa.Column("after", sa.String(length=12), nullable=True),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("cause", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["command"], ["command.id"], name=op.f("fk_command_event_command_command")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_command_event")),
        info={"append_only": True},
    )
    with op.batch_alter_table("command_event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_command_event_command"), ["command"], unique=False)


def command_frame() -> None:
    """Make the table."""
    op.create_table(
        "command_frame",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("command", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("direction", sa.String(length=3), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("cause", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["command"], ["command.id"], name=op.f("fk_command_frame_command_command")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_command_frame")),
        info={"append_only": True},
    )
    with op.batch_alter_table("command_frame", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_command_frame_command"), ["command"], unique=False)


def upgrade() -> None:
    """Bring the schema one revision forward."""
    mass_check()
    proposal()
    refusal()
    approval()
    release()
    command()
    command_event()
    command_frame()
    for name in GUARDED:
        for statement in guard_statements(name, op.get_bind().dialect.name):
            op.execute(statement)
