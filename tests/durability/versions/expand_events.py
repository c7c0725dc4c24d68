"""A version of a release to come, for a scratch database: it expands one table, and takes nothing."""

import sqlalchemy as sa
from alembic import op

revision = "of_a_test_2"
down_revision = "of_a_test_1"


def upgrade() -> None:
    op.add_column("events", sa.Column("of_a_test", sa.Text(), nullable=True))
    op.create_index("ix_events_of_a_test", "events", ["of_a_test"])
