"""Receipts of what people decided about services. Only a new table: the version before works on."""

import sqlalchemy as sa
from alembic import op

from idp.storage.types import Instant, Json

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "receipts",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("document", Json(), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["clients.client_id"], name="fk_receipts_client_id_clients"),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name="fk_receipts_person_id_persons"),
        sa.PrimaryKeyConstraint("id", name="pk_receipts"),
    )
    op.create_index(
        "ix_receipts_person_id_client_id_made_at", "receipts", ["person_id", "client_id", "made_at"], unique=False
    )
