"""`idp serve`: run the provider, unless something about the deployment would make it unsafe."""

import os

import click

from idp.commands.shell import settings
from idp.settings import settings_fields


def settings_help() -> str:
    """One line for each setting, from the registry that the reader itself uses."""
    lines = ["\b"]
    for one in settings_fields():
        default = one.metadata["default"]
        lines.append(f"{one.metadata['name']:<27} {one.metadata['doc']}" + (f" [{default}]" if default else ""))
    return "\n".join(lines)


@click.command(
    help="Run the provider. In the production profile it refuses to start where a setting would endanger people:"
    " `idp doctor` explains.",
    epilog=f"Settings are environment variables:\n\n{settings_help()}",
)
@click.option("--workers", type=click.IntRange(1, 64), default=None, help="Instead of IDP_WORKERS.")
def serve(workers: int | None) -> None:
    """Check, then serve."""
    if workers is not None:
        os.environ["IDP_WORKERS"] = str(workers)
    known = settings(demo_too=False)
    from idp.commands.doctor import refusals

    if found := refusals(known):
        for one in found:
            click.echo(f"refused: {one.name}: {one.told} → {one.remedy}", err=True)
        raise SystemExit(2)
    from idp.server import run

    raise SystemExit(run(known))
