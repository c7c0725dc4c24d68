"""A version of a release to come, for a scratch database: it expands one table, and takes nothing."""

import sqlalchemy as sa
from alembic import op

revision = "of_a_test_3"
down_revision = "of_a_test_2"


def upgrade() -> None:
    op.add_column("sessions", sa.Column("of_a_test", sa.Text(), nullable=True))
