"""A migration of a release to come, for a scratch database: it expands, as migrations here do, and takes nothing."""

import sqlalchemy as sa
from alembic import op

from idp.storage.migrate import HEAD

revision = "of_a_test"
down_revision = HEAD


def upgrade() -> None:
    for table in ("agencies", "clients", "codes", "events", "grants", "persons", "refresh_tokens", "sessions"):
        op.add_column(table, sa.Column("of_a_test", sa.Text(), nullable=True))
    op.create_table("things_of_a_test", sa.Column("id", sa.Text(), primary_key=True))
    op.create_index("ix_events_of_a_test", "events", ["of_a_test"])
