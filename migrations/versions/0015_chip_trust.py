"""Authorities for chips, their revocation lists, and which verifications stand on which signer. Only new tables."""

import sqlalchemy as sa
from alembic import op

from idp.storage.types import Instant, Json

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.create_table(
        "chip_anchor_sets",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("certificates", Json(), nullable=False),
        sa.Column("proposed_at", Instant(), nullable=False),
        sa.Column("proposed_by", sa.Text(), nullable=False),
        sa.Column("approved_at", Instant(), nullable=True),
        sa.Column("approved_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_chip_anchor_sets"),
    )
    op.create_index("ix_chip_anchor_sets_proposed_at", "chip_anchor_sets", ["proposed_at"], unique=False)
    op.create_table(
        "chip_crls",
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("crl", sa.LargeBinary(), nullable=False),
        sa.Column("this_update", Instant(), nullable=False),
        sa.Column("next_update", Instant(), nullable=True),
        sa.Column("imported_at", Instant(), nullable=False),
        sa.Column("imported_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("issuer", name="pk_chip_crls"),
    )
    op.create_table(
        "chip_signers",
        sa.Column("verification_id", sa.Text(), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("serial", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["verification_id"], ["verifications.id"], name="fk_chip_signers_verification_id_verifications"
        ),
        sa.PrimaryKeyConstraint("verification_id", name="pk_chip_signers"),
    )
    op.create_index("ix_chip_signers_issuer_serial", "chip_signers", ["issuer", "serial"], unique=False)
