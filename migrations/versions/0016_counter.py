"""Roles of officers, who is on duty, and which officers look at a verification case. Only new tables."""

import sqlalchemy as sa
from alembic import op

from idp.storage.types import Instant

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.create_table(
        "officer_roles",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("begins_at", Instant(), nullable=False),
        sa.Column("ends_at", Instant(), nullable=True),
        sa.Column("proposed_at", Instant(), nullable=False),
        sa.Column("proposed_by", sa.Text(), nullable=False),
        sa.Column("approved_at", Instant(), nullable=True),
        sa.Column("approved_by", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name="fk_officer_roles_person_id_persons"),
        sa.PrimaryKeyConstraint("id", name="pk_officer_roles"),
    )
    op.create_index("ix_officer_roles_person_id", "officer_roles", ["person_id"], unique=False)
    op.create_table(
        "officer_duties",
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("until", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name="fk_officer_duties_person_id_persons"),
        sa.PrimaryKeyConstraint("person_id", name="pk_officer_duties"),
    )
    op.create_table(
        "counter_desks",
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("first_id", sa.Text(), nullable=False),
        sa.Column("first_unit", sa.Text(), nullable=False),
        sa.Column("second_id", sa.Text(), nullable=True),
        sa.Column("second_unit", sa.Text(), nullable=True),
        sa.Column("drawn_at", Instant(), nullable=True),
        sa.Column("decided_at", Instant(), nullable=True),
        sa.Column("pin_set_at", Instant(), nullable=True),
        sa.Column("printed_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["case_id"], ["verification_cases.id"], name="fk_counter_desks_case_id_verification_cases"
        ),
        sa.ForeignKeyConstraint(["first_id"], ["persons.id"], name="fk_counter_desks_first_id_persons"),
        sa.ForeignKeyConstraint(["second_id"], ["persons.id"], name="fk_counter_desks_second_id_persons"),
        sa.PrimaryKeyConstraint("case_id", name="pk_counter_desks"),
    )
    op.create_index("ix_counter_desks_first_id", "counter_desks", ["first_id"], unique=False)
    op.create_index("ix_counter_desks_second_id", "counter_desks", ["second_id"], unique=False)
    op.create_index(
        "ix_counter_desks_waiting",
        "counter_desks",
        ["drawn_at"],
        unique=False,
        postgresql_where=sa.text("decided_at IS NULL"),
        sqlite_where=sa.text("decided_at IS NULL"),
    )
