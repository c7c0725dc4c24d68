"""A version of a release to come, for a scratch database: it expands one table, and takes nothing."""

import sqlalchemy as sa
from alembic import op

revision = "of_a_test_5"
down_revision = "of_a_test_4"


def upgrade() -> None:
    op.add_column("persons", sa.Column("of_a_test", sa.Text(), nullable=True))
    op.create_table("things_of_a_test", sa.Column("id", sa.Text(), primary_key=True))
