"""generators of customers."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema one revision forward."""
    op.add_column("account", sa.Column("generates", sa.Boolean(), server_default="0", nullable=False))
