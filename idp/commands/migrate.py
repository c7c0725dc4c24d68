"""`idp migrate`: the database's schema."""

import click

from idp.commands.shell import settings, told


@click.command()
@click.option("--check", is_flag=True, help="Change nothing; exit status 1 when something is to be applied.")
def migrate(*, check: bool) -> None:
    """Bring the database to the schema of this release; running nodes go on working meanwhile."""
    from idp.storage import migrate as schema

    url = settings().database_url
    with told():
        if check:
            current = schema.is_current(url)
            click.echo(f"schema {schema.head()}: {'current' if current else 'something is to be applied'}")
            raise SystemExit(0 if current else 1)
        applied = schema.upgrade(url)
        click.echo(f"schema {schema.head()}: {'applied' if applied else 'nothing to do'}")
