"""`idp audit`: the events, newest last, as the database holds them: ids and names of fields, nothing personal."""

import json
import time
from typing import TYPE_CHECKING

import click

from idp.commands.shell import in_hall

if TYPE_CHECKING:
    from idp.flows.hall import Hall
    from idp.storage.events import StoredEvent

_LOOK_EVERY = 1.0


@click.group()
def audit() -> None:
    """The audit trail."""


@audit.command()
@click.option("--limit", "-n", type=click.IntRange(1, 500), default=20, show_default=True)
@click.option("--kind", help="Only events of this kind.")
@click.option("--person", help="Only events that concern this person (id).")
@click.option("--client", help="Only events that concern this client.")
@click.option("--follow", "-f", is_flag=True, help="Go on, until Ctrl-C.")
def tail(limit: int, kind: str | None, person: str | None, client: str | None, *, follow: bool) -> None:
    """The last events, one JSON object a line."""

    async def page(hall: "Hall") -> "list[StoredEvent]":
        async with hall.db.read() as tx:
            return await tx.events.page(person_id=person, client_id=client, kind=kind, limit=limit)

    seen = 0
    while True:
        for stored in reversed(in_hall(page)):
            if stored.id > seen:
                seen = stored.id
                click.echo(_line(stored))
        if not follow:
            return
        time.sleep(_LOOK_EVERY)


def _line(stored: "StoredEvent") -> str:
    event = stored.event
    fields = {
        "id": stored.id,
        "at": event.at.isoformat(),
        "kind": event.kind,
        "actor": event.actor,
        "person": event.person_id,
        "client": event.client_id,
        "on_behalf_of": event.on_behalf_of,
        "purpose": event.purpose,
        "grant": event.grant_id,
        "changed": dict(event.changed),
    }
    return json.dumps({name: value for name, value in fields.items() if value not in (None, {})}, ensure_ascii=False)
