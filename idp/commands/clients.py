"""`idp clients`: registrations by files and by JSON, their states, and initial access tokens."""

import json
import tomllib
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from idp.commands.shell import Failed, Misused, actor, in_hall, read_json
from idp.kernel.clock import system_clock
from idp.kernel.secret import Secret

if TYPE_CHECKING:
    from idp.flows.client_document import Described
    from idp.flows.clients_manifest import Change, Plan
    from idp.flows.hall import Hall

_FOLDER = click.Path(path_type=Path, exists=True, file_okay=False)
_FILE = click.Path(path_type=Path, dir_okay=False, allow_dash=True)
_ORIGIN = click.option("--origin", multiple=True, metavar="CLIENT_ID=URL", help="Where a service runs instead.")
_SECRET = click.option(
    "--secret", multiple=True, metavar="CLIENT_ID=FILE", help="A secret to use, in a file; otherwise one is made."
)


@click.group()
def clients() -> None:
    """Service systems: list, add, plan, apply, approve, disable."""


@clients.command("list")
def list_() -> None:
    """All clients."""

    async def work(hall: "Hall") -> None:
        async with hall.db.read() as tx:
            found = await tx.clients.all()
        for one in found:
            client = one.client
            method = client.token_endpoint_auth_method.value
            click.echo(f"{client.client_id:<32} {client.state.value:<9} {one.origin:<9} {method:<19} {one.agency.id}")

    in_hall(work)


@clients.command()
@click.argument("client_id")
def show(client_id: str) -> None:
    """One client as JSON; never a secret."""
    from idp.flows.clients_manifest import describe

    async def work(hall: "Hall") -> None:
        async with hall.db.read() as tx:
            found = await tx.clients.get(client_id)
        if found is None:
            raise Failed(f"There is no client {client_id}.")
        click.echo(json.dumps({"client_id": client_id, **describe(found)}, ensure_ascii=False, indent=2))

    in_hall(work)


@clients.command()
@click.option("--json", "file", type=_FILE, required=True, help="Metadata of RFC 7591 §2; - for standard input.")
def add(file: Path) -> None:
    """Register a client (or an array of them). Beside the metadata the JSON may say client_id, client_secret, and what
    a manifest says. Prints the registration answer, with the secret this once.
    """
    document = read_json(file)
    documents: list[dict[str, Any]] = document if isinstance(document, list) else [document]  # type: ignore[list-item]
    if not documents or not all(isinstance(one, dict) for one in documents):
        raise Misused(f"{file} holds neither an object nor an array of them.")

    async def work(hall: "Hall") -> None:
        answers = [await _add(hall, one) for one in documents]
        click.echo(json.dumps(answers if isinstance(document, list) else answers[0], ensure_ascii=False, indent=2))

    in_hall(work)


async def _add(hall: "Hall", document: dict[str, Any]) -> dict[str, Any]:
    from idp.flows import clients_manifest
    from idp.flows.client_document import read_registration
    from idp.kernel.ids import new_id
    from idp.protocol.registration_response import response

    now = system_clock()
    rest = {key: value for key, value in document.items() if key not in ("client_id", "client_secret")}
    client_id = str(document.get("client_id") or new_id())
    given = document.get("client_secret")
    secrets = {client_id: Secret(given)} if isinstance(given, str) and given else {}
    described = read_registration(rest, hall.policies.protocol, now, client_id)
    planned = await clients_manifest.plan(hall, [described], secrets, origins=())
    if any(change.before is not None for change in planned.changes) or not planned.changes:
        raise Failed(f"There is a client {client_id} already.")
    await clients_manifest.apply(hall, planned, actor=actor(), now=now)
    change = planned.changes[0]
    registered = change.wanted
    return response(registered.client, client_secret=change.secret, issued_at=now, contacts=registered.contacts)


@clients.command()
@click.argument("folder", type=_FOLDER)
@_ORIGIN
def plan(folder: Path, origin: tuple[str, ...]) -> None:
    """What `apply` would change, in words."""

    async def work(hall: "Hall") -> None:
        from idp.flows import clients_manifest

        described = _read(folder, _pairs(origin), hall)
        _tell(await clients_manifest.plan(hall, described, {}), changed="would be")

    in_hall(work)


@clients.command()
@click.argument("folder", type=_FOLDER)
@_ORIGIN
@_SECRET
@click.option("--disable-missing", is_flag=True, help="Disable clients of earlier files that no file names now.")
def apply(folder: Path, origin: tuple[str, ...], secret: tuple[str, ...], *, disable_missing: bool) -> None:
    """Make the clients what the files say; prints new secrets once. Applying twice changes nothing."""
    given = {client_id: Secret(_secret_file(path)) for client_id, path in _pairs(secret).items()}

    async def work(hall: "Hall") -> None:
        from idp.flows import clients_manifest, manage_clients
        from idp.protocol.client import ClientState

        described = _read(folder, _pairs(origin), hall)
        planned = await clients_manifest.plan(hall, described, given)
        await clients_manifest.apply(hall, planned, actor=actor(), now=system_clock())
        _tell(planned, changed="was")
        for change in planned.changes:
            client_id = change.wanted.client.client_id
            if change.secret is not None and client_id not in given:
                click.echo(f"  secret of {client_id}, shown this once: {change.secret.reveal()}")
        for one in planned.unnamed if disable_missing else ():
            client_id = one.client.client_id
            if await manage_clients.set_state(
                hall, client_id, ClientState.DISABLED, actor=actor(), reason="not_in_files", now=system_clock()
            ):
                click.echo(f"- {client_id}: disabled")

    in_hall(work)


@clients.command()
@click.argument("client_id")
def approve(client_id: str) -> None:
    """A draft may ask for all its scopes from now on."""
    _set_state(client_id, "approved", "approved")


@clients.command()
@click.argument("client_id")
@click.option("--reason", required=True, help="For the audit event.")
def disable(client_id: str, reason: str) -> None:
    """At once: no sign-in, no token, and those that it has are refused."""
    _set_state(client_id, "disabled", reason)


@clients.command()
@click.argument("client_id")
@click.option("--reason", required=True, help="For the audit event.")
def enable(client_id: str, reason: str) -> None:
    """Approved again."""
    _set_state(client_id, "approved", reason)


@clients.group()
def iat() -> None:
    """Initial access tokens of dynamic registration (RFC 7591 §3)."""


@iat.command()
@click.option("--label", required=True, help="Who it is for; no personal data.")
@click.option("--days", type=click.IntRange(1, 3650), default=30, show_default=True)
@click.option("--uses", type=click.IntRange(1), default=None, help="How many registrations; otherwise any number.")
@click.option(
    "--power", multiple=True, type=click.Choice(["no_pkce", "no_pkce_by_default", "administrator", "approve"])
)
def create(label: str, days: int, uses: int | None, power: tuple[str, ...]) -> None:
    """Make one; it is shown this once."""
    from idp.flows import manage_clients

    async def work(hall: "Hall") -> None:
        token = await manage_clients.issue_initial_access_token(
            hall, label, power, timedelta(days=days), uses, actor=actor(), now=system_clock()
        )
        click.echo(token.reveal())

    in_hall(work)


def _set_state(client_id: str, word: str, reason: str) -> None:
    from idp.flows import manage_clients
    from idp.protocol.client import ClientState

    async def work(hall: "Hall") -> None:
        state = ClientState(word)
        if not await manage_clients.set_state(hall, client_id, state, actor=actor(), reason=reason, now=system_clock()):
            raise Failed(f"There is no client {client_id}, or it is {word} already.")
        click.echo(f"{client_id}: {word}")

    in_hall(work)


def _read(folder: Path, origins: dict[str, str], hall: "Hall") -> "list[Described]":
    from idp.flows.client_document import UnusableClient
    from idp.flows.client_document import read as read_client

    found = []
    for path in sorted(folder.glob("*.toml")):
        try:
            document = tomllib.loads(path.read_text("utf-8"))
            place = origins.get(path.stem)
            one = read_client(document, hall.policies.protocol, system_clock(), source="manifest", place=place)
        except (UnusableClient, tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as reason:
            raise Failed(f"{path}: {reason}") from None
        if one.registered.client.client_id != path.stem:
            raise Failed(f"{path}: the file is named otherwise than its client_id.")
        found.append(one)
    return found


def _tell(planned: "Plan", *, changed: str) -> None:
    for change in planned.changes:
        for line in _lines(change, changed):
            click.echo(line)
    for client_id in planned.disabled:
        click.echo(f"! {client_id}: disabled by hand, and stays so until: idp clients enable {client_id}")
    for one in planned.unnamed:
        click.echo(f"? {one.client.client_id}: stands in no file")
    if not planned.changes:
        click.echo("nothing to change")


def _lines(change: "Change", changed: str) -> list[str]:
    from idp.flows.clients_manifest import describe

    client_id = change.wanted.client.client_id
    if change.before is None:
        return [f"+ {client_id}: {changed} registered"]
    old, new = describe(change.before), describe(change.wanted)
    lines = [f"~ {client_id}: {changed} changed"]
    for name in change.fields:
        shown = "" if name == "client_secret" else f": {_short(old.get(name))} → {_short(new.get(name))}"
        lines.append(f"    {name}{shown}")
    return lines


def _short(value: object) -> str:
    return "none" if value is None else json.dumps(value, ensure_ascii=False)


def _pairs(options: tuple[str, ...]) -> dict[str, str]:
    found = {}
    for option in options:
        name, equals, value = option.partition("=")
        if not (name and equals and value):
            raise Misused(f"{option!r} is not CLIENT_ID=VALUE.")
        found[name] = value
    return found


def _secret_file(path: str) -> str:
    try:
        text = Path(path).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise Failed(f"{path} can't be read.") from None
    if len(text) < 32:
        raise Failed(f"{path} holds no secret of 32 characters or more.")
    return text
