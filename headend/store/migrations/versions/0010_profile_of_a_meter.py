"""profile of a meter."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema one revision forward."""
    with op.batch_alter_table("meter", schema=None) as batch_op:
        batch_op.add_column(sa.Column("profile", sa.String(length=32), server_default="standard", nullable=False))
