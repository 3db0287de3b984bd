"""when links were up."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def link_event() -> None:
    """Make the table."""
    op.create_table(
        "link_event",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("link", sa.String(length=48), nullable=True),
        sa.Column("event", sa.String(length=16), nullable=False),
        sa.Column("values", sa.JSON(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link_event")),
    )
    with op.batch_alter_table("link_event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_link_event_at"), ["at"], unique=False)
        batch_op.create_index("ix_link_event_link", ["link", "at"], unique=False)


def upgrade() -> None:
    """Bring the schema one revision forward."""
    link_event()
