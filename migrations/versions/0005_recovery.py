"""Recoveries, the locks of "this wasn't me", and authenticators that are put aside for a while instead of deleted."""

import sqlalchemy as sa
from alembic import op

from idp.storage.types import Instant, Json

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    # A release from before takes an authenticator that is put aside for a usable one: it serves for minutes at most.
    op.add_column("authenticators", sa.Column("suspended_at", Instant(), nullable=True))
    op.add_column("authenticators", sa.Column("suspended_by", sa.Text(), nullable=True))
    # Nothing but nulls yet: built in a second, so no version of its own.
    op.create_index("ix_authenticators_suspended_at", "authenticators", ["suspended_at"], unique=False)
    op.create_table(
        "recoveries",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("roots", Json(), nullable=False),
        sa.Column("begun_at", Instant(), nullable=False),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("ends_at", Instant(), nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("browser", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name="fk_recoveries_person_id_persons"),
        sa.PrimaryKeyConstraint("id", name="pk_recoveries"),
    )
    op.create_index("ix_recoveries_person_id", "recoveries", ["person_id"], unique=False)
    op.create_index(
        "uq_recoveries_running",
        "recoveries",
        ["person_id"],
        unique=True,
        postgresql_where=sa.text("state = 'running'"),
        sqlite_where=sa.text("state = 'running'"),
    )
    op.create_table(
        "account_locks",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("since", Instant(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("about_at", Instant(), nullable=False),
        sa.Column("lifted_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name="fk_account_locks_person_id_persons"),
        sa.PrimaryKeyConstraint("id", name="pk_account_locks"),
    )
    op.create_index("ix_account_locks_person_id", "account_locks", ["person_id"], unique=False)
    op.create_index(
        "uq_account_locks_standing",
        "account_locks",
        ["person_id"],
        unique=True,
        postgresql_where=sa.text("lifted_at IS NULL"),
        sqlite_where=sa.text("lifted_at IS NULL"),
    )
