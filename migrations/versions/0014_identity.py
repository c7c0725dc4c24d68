"""Life events, histories of names, numbers and addresses, communes, frequent words of names. Only new tables."""

import sqlalchemy as sa
from alembic import op

from idp.storage.types import Day, Instant

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.create_table(
        "communes",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("since", Day(), nullable=False),
        sa.Column("until", Day(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("code", "since", name="pk_communes"),
    )
    op.create_table(
        "commune_successions",
        sa.Column("old_code", sa.Text(), nullable=False),
        sa.Column("new_code", sa.Text(), nullable=False),
        sa.Column("effective", Day(), nullable=False),
        sa.PrimaryKeyConstraint("old_code", "new_code", name="pk_commune_successions"),
    )
    op.create_table(
        "word_frequencies",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("bearers", sa.BigInteger(), nullable=False),
        sa.Column("counted_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_word_frequencies"),
    )
    op.create_table(
        "personal_history",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.Column("known_at", Instant(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=True),
        sa.Column("struck_at", Instant(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name="fk_personal_history_person_id_persons"),
        sa.PrimaryKeyConstraint("id", name="pk_personal_history"),
    )
    op.create_index("ix_personal_history_person_id", "personal_history", ["person_id"], unique=False)
    op.create_table(
        "life_events",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("told_by", sa.Text(), nullable=False),
        sa.Column("effective_at", Instant(), nullable=False),
        sa.Column("known_at", Instant(), nullable=False),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.Column("base", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("reversed_by", sa.Text(), nullable=True),
        sa.Column("reversed_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name="fk_life_events_person_id_persons"),
        sa.PrimaryKeyConstraint("id", name="pk_life_events"),
    )
    op.create_index("ix_life_events_person_id", "life_events", ["person_id"], unique=False)
