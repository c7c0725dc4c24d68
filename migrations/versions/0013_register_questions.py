"""Questions to registers of the State and their answers. Only a new table: the version before works on."""

import sqlalchemy as sa
from alembic import op

from idp.storage.types import Instant

revision = "0013"
down_revision = "0012"

_WAITING = sa.text("next_try_at IS NOT NULL")
_WAITED_FOR = sa.text("state = 'waiting' AND waiter_id <> ''")


def upgrade() -> None:
    op.create_table(
        "register_questions",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("register", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("waiter_kind", sa.Text(), nullable=False),
        sa.Column("waiter_id", sa.Text(), nullable=False),
        sa.Column("question", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text()),
        sa.Column("reason", sa.Text()),
        sa.Column("answer", sa.LargeBinary()),
        sa.Column("asked_at", Instant(), nullable=False),
        sa.Column("answered_at", Instant()),
        sa.Column("next_try_at", Instant()),
        sa.Column("leased_until", Instant()),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("fence", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name="fk_register_questions_person_id_persons"),
        sa.PrimaryKeyConstraint("id", name="pk_register_questions"),
    )
    op.create_index(
        "ix_register_questions_person_id_asked_at", "register_questions", ["person_id", "asked_at"], unique=False
    )
    op.create_index(
        "ix_register_questions_next_try_at",
        "register_questions",
        ["next_try_at"],
        unique=False,
        postgresql_where=_WAITING,
        sqlite_where=_WAITING,
    )
    op.create_index(
        "uq_register_questions_waiter",
        "register_questions",
        ["register", "waiter_kind", "waiter_id"],
        unique=True,
        postgresql_where=_WAITED_FOR,
        sqlite_where=_WAITED_FOR,
    )
