"""A version of a release to come, for a scratch database: it expands one table, and takes nothing."""

import sqlalchemy as sa
from alembic import op

from idp.storage.migrate import HEAD

revision = "of_a_test_1"
down_revision = HEAD


def upgrade() -> None:
    op.add_column("grants", sa.Column("of_a_test", sa.Text(), nullable=True))
