"""`idp outbox`: what became of the messages to services and to people."""

from typing import TYPE_CHECKING

import click

from idp.commands.shell import in_hall

if TYPE_CHECKING:
    from idp.flows.hall import Hall
    from idp.storage.outbox import Delivery


@click.group()
def outbox() -> None:
    """Messages to services (back-channel logout) and to people (e-mail, SMS)."""


@outbox.command()
@click.argument("receiver")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
def deliveries(receiver: str, limit: int) -> None:
    """The latest messages to RECEIVER, with attempts and outcome.

    A service is named by its client_id; notify:email, notify:sms and notify:sms_report are the channels to people.
    """

    async def work(hall: "Hall") -> None:
        async with hall.db.read() as tx:
            found = await tx.outbox.deliveries(receiver, limit)
        for one in found:
            click.echo(
                f"{one.created_at:%Y-%m-%d %H:%M:%S}Z  {one.id}  {one.kind}  {one.attempts} attempts  {_outcome(one)}"
            )
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
