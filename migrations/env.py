"""How Alembic runs a version here: on the connection that idp.storage.alembic_run opened."""

from alembic import context

from idp.storage.schema import metadata

_each_alone = context.config.attributes["each_alone"]

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    # Where it is not each version's own, the transaction is the caller's.
    transactional_ddl=_each_alone,
    transaction_per_migration=_each_alone,
    render_as_batch=True,  # SQLite alters a table by copying it
)
with context.begin_transaction():
    context.run_migrations()
