"""What people enrol themselves: the level that an authenticator may bear, and how a passkey is found without a name."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    # Rows from before came from an administrator, and a release from before writes none: both are uncapped.
    op.add_column("authenticators", sa.Column("level_cap", sa.Integer(), nullable=False, server_default=sa.text("4")))
    op.add_column("authenticators", sa.Column("credential", sa.LargeBinary(), nullable=True))
    # Nothing but nulls yet: built in a second, so no version of its own.
    op.create_index("ix_authenticators_credential", "authenticators", ["credential"], unique=True)
