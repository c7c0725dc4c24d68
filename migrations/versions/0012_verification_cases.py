"""Verifications on their way. Only a new table: the version before works on."""

import sqlalchemy as sa
from alembic import op

from idp.storage.types import Instant

revision = "0012"
down_revision = "0011"

_RUNS = sa.text("state NOT IN ('accepted', 'refused', 'stopped')")


def upgrade() -> None:
    op.create_table(
        "verification_cases",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("route", sa.Text(), nullable=False),
        sa.Column("target", sa.SmallInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("opened_at", Instant(), nullable=False),
        sa.Column("opened_by", sa.Text(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("due_at", Instant(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("client_id", sa.Text(), nullable=True),
        sa.Column("interaction_id", sa.Text(), nullable=True),
        sa.Column("unit", sa.Text(), nullable=True),
        sa.Column("details", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name="fk_verification_cases_person_id_persons"),
        sa.PrimaryKeyConstraint("id", name="pk_verification_cases"),
    )
    op.create_index("ix_verification_cases_person_id", "verification_cases", ["person_id"], unique=False)
    op.create_index("ix_verification_cases_due_at", "verification_cases", ["due_at"], unique=False)
    op.create_index(
        "ix_verification_cases_unit", "verification_cases", ["unit", "state", "opened_at", "id"], unique=False
    )
    op.create_index(
        "uq_verification_cases_running",
        "verification_cases",
        ["person_id", "route"],
        unique=True,
        postgresql_where=_RUNS,
        sqlite_where=_RUNS,
    )
