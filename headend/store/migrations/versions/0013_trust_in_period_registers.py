"""trust in period registers."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema one revision forward."""
    op.add_column("reading", sa.Column("periods_suspect", sa.Boolean(), server_default="0", nullable=False))
