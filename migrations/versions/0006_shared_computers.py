"""Sessions on public computers: short, and nothing of them is remembered."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    # A release from before begins none.
    op.add_column("sessions", sa.Column("shared", sa.Boolean(), nullable=False, server_default=sa.false()))
