"""Addresses that prove something or no longer do, and ways to sign in that people switched off. Only new tables."""

import sqlalchemy as sa
from alembic import op

from idp.storage.types import Instant

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.create_table(
        "contact_proofs",
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("proven_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name="fk_contact_proofs_person_id_persons"),
        sa.PrimaryKeyConstraint("person_id", "channel", name="pk_contact_proofs"),
    )
    op.create_index("ix_contact_proofs_digest", "contact_proofs", ["channel", "digest"], unique=False)
    op.create_table(
        "dead_contacts",
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("dead_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("channel", "digest", name="pk_dead_contacts"),
    )
    op.create_table(
        "contact_failures",
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("channel", "digest", name="pk_contact_failures"),
    )
    op.create_index("ix_contact_failures_last_at", "contact_failures", ["last_at"], unique=False)
    op.create_table(
        "switched_off",
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("since", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name="fk_switched_off_person_id_persons"),
        sa.PrimaryKeyConstraint("person_id", "kind", name="pk_switched_off"),
    )
