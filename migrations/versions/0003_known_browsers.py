"""Browsers in which a person signed in before: for notices of new ones, and so that a citizen is never held up."""

import sqlalchemy as sa
from alembic import op

from idp.storage.types import Instant

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "known_browsers",
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("browser", sa.LargeBinary(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("first_seen_at", Instant(), nullable=False),
        sa.Column("last_seen_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name="fk_known_browsers_person_id_persons"),
        sa.PrimaryKeyConstraint("person_id", "browser", "method", name="pk_known_browsers"),
    )
    op.create_index("ix_known_browsers_last_seen_at", "known_browsers", ["last_seen_at"], unique=False)
