"""How Alembic runs a version here: on the connection that idp.storage.alembic_run opened, inside its transaction."""

from alembic import context

from idp.storage.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=False,  # the transaction is the caller's, on both databases
    render_as_batch=True,  # SQLite alters a table by copying it
)
context.run_migrations()
