"""What the demo tells programs (sandbox.json) and people (the screen) once everything answers."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from idp.demo.places import Places
from idp.kernel.secret import Secret
from idp.settings import Settings

if TYPE_CHECKING:
    from idp.demo.filling import Filled


def document(settings: Settings, demo: Places, ca: Path | None, filled: "Filled", token: Secret) -> dict[str, Any]:
    """The members that harnesses and scripted browsers rely on."""
    return {
        "issuer": settings.issuer,
        "ca": str(ca.resolve()) if ca else None,
        "people": filled.people,
        "officers": filled.officers,
        "clients": filled.clients,
        "services": [{"name": service.client_id, "url": service.url} for service in demo.services],
        "initial_access_token": token.reveal(),
        "outbox": demo.inbox.url,
    }


def write(path: Path, told: Mapping[str, Any]) -> None:
    """Whole or not at all: whoever waits for the file never reads half of it."""
    draft = path.with_suffix(".draft")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as opened:
        json.dump(told, opened, ensure_ascii=False, indent=1)
    draft.replace(path)


def invite(settings: Settings, demo: Places, filled: "Filled") -> None:
    """Where to go, and who can sign in."""
    click.echo("\nGo to (sign in at one, the others know you)")
    for service in demo.services:
        click.echo(f"  {service.url:<30} {service.client_id}")
    click.echo(f"  {settings.issuer + '/account':<30} a person's own page")
    click.echo(f"  {demo.vneid.url:<30} VNeID's simulator: who signs in there, and what goes wrong")
    click.echo(
        f"  {demo.register.page_url:<30} the population register's simulator: 10,000 people, and what goes wrong"
    )
    click.echo(f"  {demo.inbox.url:<30} e-mail and SMS that were sent")
    click.echo("\nFictional people  password         second factor (TOTP secret)       name")
    for person in filled.people:
        code = person["totp_secret"] or "none"
        click.echo(f"  {person['login']:<15} {person['password']:<16} {code:<33} {person['name']}")
    console = f"{settings.issuer}/admin"
    click.echo(f"\n{len(filled.officers)} of them are officers: their console is {console}, and opens by a passkey.")
    click.echo(f"Programs read {demo.sandbox}. Ctrl-C stops all of it.")
