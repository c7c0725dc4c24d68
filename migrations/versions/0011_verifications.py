"""What each person's level stands on. Only a new table: the version before works on.

Whoever has a level already gets their row when it is next looked at (`idp/flows/verify_identity.py`).
"""

import sqlalchemy as sa
from alembic import op

from idp.storage.types import Instant

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.create_table(
        "verifications",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("route", sa.Text(), nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("framework", sa.Text(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("ends_at", Instant(), nullable=True),
        sa.Column("process", sa.Text(), nullable=True),
        sa.Column("seen", sa.LargeBinary(), nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("ended_why", sa.Text(), nullable=True),
        sa.Column("reminded", sa.SmallInteger(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name="fk_verifications_person_id_persons"),
        sa.PrimaryKeyConstraint("id", name="pk_verifications"),
    )
    op.create_index("ix_verifications_person_id", "verifications", ["person_id"], unique=False)
    op.create_index(
        "ix_verifications_ends_at",
        "verifications",
        ["ends_at"],
        unique=False,
        postgresql_where=sa.text("ended_at IS NULL"),
        sqlite_where=sa.text("ended_at IS NULL"),
    )
