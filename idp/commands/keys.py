"""`idp keys`: the key folder, and the signing keys in the database."""

from typing import TYPE_CHECKING

import click

from idp.commands.shell import Failed, actor, in_hall, settings, told
from idp.kernel.clock import system_clock

if TYPE_CHECKING:
    from idp.crypto.jwk import Alg
    from idp.crypto.signing_keys import Change
    from idp.flows.hall import Hall


@click.group()
def keys() -> None:
    """The key folder (KEYS_DIR) and signing keys."""


@keys.command()
def init() -> None:
    """Make the key folder with a first set of keys; never overwrites one."""
    from idp.crypto.key_folder import KeyFolder

    path = settings(demo_too=False).keys_dir
    with told():
        KeyFolder.create(path)
    click.echo(f"{path}: keys made. Keep a copy away from the database and its backups.")


@keys.command("list")
def list_() -> None:
    """Signing keys with their state and times."""

    async def work(hall: "Hall") -> None:
        async with hall.db.read() as tx:
            records = await tx.keys.all()
        for record in records:
            times = f"activates {record.activates_at:%Y-%m-%d %H:%M}Z"
            if record.retired_at is not None:
                times += f", retired {record.retired_at:%Y-%m-%d %H:%M}Z"
            if record.compromised_at is not None:
                times += f", compromised {record.compromised_at:%Y-%m-%d %H:%M}Z"
            click.echo(f"{record.kid}  {record.alg}  {record.state.value:<11}  {times}")

    in_hall(work)


@keys.command()
@click.option("--alg", type=click.Choice(["ES256", "RS256"]), multiple=True, help="Only these; otherwise all.")
def rotate(alg: "tuple[Alg, ...]") -> None:
    """Make successors now: published at once, signing after the cache time of the JWKS."""
    from idp.flows.rotate_keys import rotate as rotate_now

    async def work(hall: "Hall") -> None:
        algs: frozenset[Alg] = frozenset(alg or ("ES256", "RS256"))
        changes = await rotate_now(hall.db, hall.vault, hall.policies.rotation, rotate=algs, actor=actor())
        await hall.cache.invalidation.publish("keys")
        for change in changes:
            click.echo(_told(change))
        if not changes:
            click.echo("nothing to do: successors are waiting already")

    in_hall(work)


@keys.command()
@click.argument("kid")
@click.option("--reason", required=True, help="For the audit event; no names, no secrets.")
@click.confirmation_option(prompt="Every token that this key signed is refused from now on. Go on?")
def compromise(kid: str, reason: str) -> None:
    """A key that others may know: out of the JWKS at once, and a new one signs."""
    from idp.flows.compromise_key import compromise as end_key

    async def work(hall: "Hall") -> None:
        changes = await end_key(hall.db, hall.vault, hall.policies.rotation, kid, actor=actor(), reason=reason)
        if not changes:
            raise Failed(f"{kid} is unknown, or was compromised before.")
        await hall.cache.invalidation.publish("keys")
        for change in changes:
            click.echo(_told(change))

    in_hall(work)


@keys.command("add-kek")
def add_kek() -> None:
    """Make the next key-encryption key. Nodes use it once its file is on all of them and they were restarted."""
    from idp.crypto.key_folder import KeyFolder

    path = settings().keys_dir
    with told():
        made = KeyFolder.add_kek(path)
    click.echo(f"{path}/kek-{made}.key: copy it to every node, restart them one by one, then run: idp keys rewrap")


@keys.command()
def rewrap() -> None:
    """Move data keys and sealed records to the active key-encryption key, while nodes work."""
    from idp.flows.rewrap import rewrap as move

    async def work(hall: "Hall") -> None:
        for name, count in (await move(hall, actor=actor(), now=system_clock())).items():
            click.echo(f"{name:<10} {count} moved")
        click.echo(f"everything is under kek-{hall.roots.active_kek} now")

    in_hall(work)


def _told(change: "Change") -> str:
    from idp.crypto.signing_keys import Create

    if isinstance(change, Create):
        return f"{change.alg}: a new key signs from {change.activates_at:%Y-%m-%d %H:%M:%S}Z"
    return f"{change.kid}: {type(change).__name__.lower()}"
