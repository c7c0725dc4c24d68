"""`idp demo`: the hub, three services, simulators and fictional people on this machine."""

from pathlib import Path

import click

from idp.commands.shell import Failed, Misused, told


@click.command()
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("var/demo"),
    show_default=True,
    help="Where it keeps its database, keys, logs and sandbox.json.",
)
@click.option(
    "--services-port",
    type=click.IntRange(1, 65533),
    envvar="SERVICES_PORT",
    default=8101,
    show_default=True,
    help="The first of the three ports of the services.",
)
@click.option(
    "--simulators-port",
    type=click.IntRange(1, 65531),
    envvar="SIMULATORS_PORT",
    help="The first of the five ports of the simulators, by default a hundred above that of the services.",
)
def demo(folder: Path, services_port: int, simulators_port: int | None) -> None:
    """Start everything with fictional people; Ctrl-C stops it. Takes HOST PORT TLS CA DATABASE_URL REDIS_URL ISSUER."""
    from idp.demo.places import DemoFailed, simulators_beside
    from idp.demo.run import run
    from idp.settings import InvalidSettings

    with told():
        try:
            run(folder.absolute(), services_port, simulators_port or simulators_beside(services_port))
        except DemoFailed as reason:
            raise Failed(str(reason)) from None
        except InvalidSettings as reason:
            raise Misused(str(reason)) from None
