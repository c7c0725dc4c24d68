"""`idp demo` from its first line to Ctrl-C: each step says what it did; what programs need is in sandbox.json."""

import asyncio
import json
import os
import signal
import time
from collections.abc import Mapping
from pathlib import Path
from types import FrameType
from urllib.parse import urlsplit

import click

from idp.checks import State, of_settings
from idp.composition import hall_of
from idp.crypto.key_folder import KeyFolder
from idp.demo import certificates, filling, secrets_file
from idp.demo.children import Child, Children, environment, program
from idp.demo.filling import Filled
from idp.demo.places import DemoFailed, Places, Service, check, defaults, places
from idp.kernel.clock import system_clock
from idp.kernel.secret import Secret
from idp.server import run as serve
from idp.settings import Settings, load
from idp.storage import migrate

_PATIENCE = 60.0
_LOOK_EVERY = 0.5


class _Stopped(BaseException):
    """SIGTERM: the same end as Ctrl-C."""


def run(folder: Path, services_port: int) -> None:
    """Until Ctrl-C or SIGTERM. Raises DemoFailed, InvalidSettings and what the stores raise."""
    given = dict(os.environ)
    settings = load(given, defaults(folder, given))
    demo = places(settings, folder, services_port)
    check(settings, demo)
    _refuse_unsafe(settings)
    settings, ca, told = _with_tls(settings, demo, given)
    signal.signal(signal.SIGTERM, _stop)
    children = Children()
    try:
        _begin(settings, demo, ca, told, children)
        _watch(children)
    except (KeyboardInterrupt, _Stopped):
        click.echo("stopping")
    finally:
        demo.sandbox.unlink(missing_ok=True)
        children.stop()


def _refuse_unsafe(settings: Settings) -> None:
    """Several processes without a store that they share, for instance. Keys are made in the next step."""
    for finding in of_settings(settings, system_clock()):
        if finding.state is State.FAIL and finding.name == "workers":
            raise DemoFailed(f"{finding.told}: {finding.remedy}.")


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise _Stopped


def _with_tls(settings: Settings, demo: Places, given: dict[str, str]) -> tuple[Settings, Path | None, dict[str, str]]:
    """The authority that services trust, and what the provider's process is told beside our own environment."""
    told = {**defaults(demo.folder, given), "ISSUER": settings.issuer}
    if not settings.tls or settings.tls_cert is not None:
        return settings, settings.ca if settings.is_https else None, told
    hosts = [urlsplit(settings.issuer).hostname or "localhost", "localhost", "127.0.0.1", "::1"]
    ca, certificate, key = certificates.make(demo.tls, list(dict.fromkeys(hosts)), system_clock())
    told |= {"IDP_TLS_CERT": str(certificate), "IDP_TLS_KEY": str(key)}
    return load(given, told), ca, told


def _begin(settings: Settings, demo: Places, ca: Path | None, told: Mapping[str, str], children: Children) -> None:
    begun = time.monotonic()
    demo.sandbox.unlink(missing_ok=True)
    secrets = secrets_file.load_or_make(demo.secrets, filling.client_ids())
    # They need the provider only when somebody comes, so they start while it is being prepared.
    shown = [(one, children.start(_service(one, settings, demo, ca, secrets))) for one in demo.services]
    _step(
        "database", f"schema {migrate.head()} {'applied' if migrate.upgrade(settings.database_url) else 'is current'}"
    )
    if not any(settings.keys_dir.glob("*.key")):
        KeyFolder.create(settings.keys_dir)
        _step("keys", f"made in {_short(settings.keys_dir)}")
    filled = asyncio.run(_fill(settings, demo, secrets))
    _step("people", f"{len(filled.people)} fictional people, {filled.new_people} new")
    _step("clients", f"{len(filled.clients)} services, {filled.changed_clients} new or changed")
    provider = children.start(Child("provider", lambda: serve(settings), _provider(told), demo.log("provider")))
    local = f"{'https' if settings.tls else 'http'}://{_reachable(settings.host)}:{settings.port}/readyz"
    children.wait_until_answering(provider, local, ca, _PATIENCE)
    _step("issuer", settings.issuer)
    for service, child in shown:
        children.wait_until_answering(child, f"{service.url}/healthz", None, _PATIENCE)
    _step("services", ", ".join(service.url for service in demo.services))
    _write(demo, _told(settings, demo, ca, filled, secrets))
    _invite(settings, demo, filled, time.monotonic() - begun)


async def _fill(settings: Settings, demo: Places, secrets: Mapping[str, Secret]) -> Filled:
    async with hall_of(settings, system_clock) as hall:
        return await filling.fill(hall, demo, secrets)


def _watch(children: Children) -> None:
    while True:
        time.sleep(_LOOK_EVERY)
        for name in children.mend():
            click.echo(f"{name} had ended and was started again")


def _provider(told: Mapping[str, str]) -> dict[str, str]:
    return {**told, **{name: value for name, value in os.environ.items() if value}, "PYTHONUNBUFFERED": "1"}


def _service(
    service: Service, settings: Settings, demo: Places, ca: Path | None, secrets: Mapping[str, Secret]
) -> Child:
    api = next(one for one in demo.services if one.client_id == "api")
    told = {
        "ISSUER": settings.issuer,
        "CLIENT_ID": service.client_id,
        "HOST": service.host,
        "PORT": str(service.port),
        "BASE_URL": service.url,
        "API_URL": api.url,
    }
    if service.client_id != "spa":
        told["CLIENT_SECRET"] = secrets[service.client_id].reveal()
    if ca is not None:
        told["CA"] = str(ca)
    example = program("-m", f"clients.examples.{service.client_id}")
    return Child(service.client_id, example, environment(told), demo.log(service.client_id))


def _told(
    settings: Settings, demo: Places, ca: Path | None, filled: Filled, secrets: Mapping[str, Secret]
) -> dict[str, object]:
    names = {one["client_id"]: one for one in filled.clients}
    return {
        "issuer": settings.issuer,
        "ca": str(ca.resolve()) if ca else None,
        "people": filled.people,
        # Officers come with the console that they work in.
        "officers": [],
        "clients": list(names.values()),
        "services": [{"name": service.client_id, "url": service.url} for service in demo.services],
        "initial_access_token": secrets[secrets_file.TOKEN].reveal(),
        "outbox": None,
    }


def _write(demo: Places, document: Mapping[str, object]) -> None:
    """Whole or not at all: whoever waits for the file never reads half of it."""
    draft = demo.sandbox.with_suffix(".draft")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as opened:
        json.dump(document, opened, ensure_ascii=False, indent=1)
    draft.replace(demo.sandbox)


def _invite(settings: Settings, demo: Places, filled: Filled, seconds: float) -> None:
    click.echo(f"ready after {seconds:.1f} s\n")
    click.echo("Go to                          (sign in once, the others know you)")
    for service in demo.services:
        click.echo(f"  {service.url:<28} {service.client_id}")
    click.echo(f"  {settings.issuer + '/account':<28} a person's own page\n")
    click.echo("Fictional people               password              one-time code (TOTP secret)")
    for person in filled.people:
        code = person["totp_secret"] or "-"
        click.echo(f"  {person['login']:<28} {person['password']:<21} {code:<33} {person['name']}")
    click.echo(f"\nFor programs: {_short(demo.sandbox)}. Ctrl-C stops all of it.")


def _step(name: str, done: str) -> None:
    click.echo(f"  {name:<10} {done}")


def _short(path: Path) -> str:
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def _reachable(host: str) -> str:
    any_address = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 - what is asked, not what is bound
    return any_address.get(host, f"[{host}]" if ":" in host else host)
