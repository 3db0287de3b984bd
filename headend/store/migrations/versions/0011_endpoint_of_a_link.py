"""endpoint of a link."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema one revision forward."""
    with op.batch_alter_table("concentrator", schema=None) as batch_op:
        batch_op.add_column(sa.Column("endpoint", sa.String(length=200), server_default="", nullable=False))
