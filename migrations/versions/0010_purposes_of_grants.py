"""Why a grant's data may go, for the event of each release. One column, empty at first: the version before works on."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.add_column("grants", sa.Column("purpose", sa.Text()))
