"""What administrators proposed and approved of upstreams: endpoints and keys."""

import sqlalchemy as sa
from alembic import op

from idp.storage.types import Instant, Json

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "upstream_pins",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("pin", Json(), nullable=False),
        sa.Column("proposed_at", Instant(), nullable=False),
        sa.Column("proposed_by", sa.Text(), nullable=False),
        sa.Column("approved_at", Instant(), nullable=True),
        sa.Column("approved_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_upstream_pins"),
    )
    op.create_index("ix_upstream_pins_issuer", "upstream_pins", ["issuer", "proposed_at"], unique=False)
