"""`idp outbox`: what became of the messages to a service."""

from typing import TYPE_CHECKING

import click

from idp.commands.shell import in_hall

if TYPE_CHECKING:
    from idp.flows.hall import Hall
    from idp.storage.outbox import Delivery


@click.group()
def outbox() -> None:
    """Messages to services (back-channel logout)."""


@outbox.command()
@click.argument("client_id")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
def deliveries(client_id: str, limit: int) -> None:
    """The latest messages to one service, with attempts and outcome."""

    async def work(hall: "Hall") -> None:
        async with hall.db.read() as tx:
            found = await tx.outbox.deliveries(client_id, limit)
        for one in found:
            click.echo(f"{one.created_at:%Y-%m-%d %H:%M:%S}Z  {one.kind}  {one.attempts} attempts  {_outcome(one)}")
        if not found:
            click.echo("none")

    in_hall(work)


def _outcome(one: "Delivery") -> str:
    if one.delivered_at is not None:
        return f"delivered ({one.status})"
    if one.abandoned_at is not None:
        return f"given up: {one.reason}"
    again = "" if one.next_attempt_at is None else f", again at {one.next_attempt_at:%H:%M:%S}Z"
    return (one.reason or "waits") + again
