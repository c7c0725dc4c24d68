"""`idp demo` from its first line to Ctrl-C. What takes long to import is imported while the services start."""

import os
import signal
import time
from collections.abc import Mapping
from pathlib import Path
from types import FrameType
from urllib.parse import urlsplit

import click

from idp.demo import certificates, sandbox_json, secrets_file, services
from idp.demo.children import Child, Children
from idp.demo.places import Places, check, defaults, manifests, places
from idp.kernel.clock import system_clock
from idp.settings import Settings, load

_PATIENCE = 60.0
_LOOK_EVERY = 0.5


class _Stopped(BaseException):
    """SIGTERM: the same end as Ctrl-C."""


def run(folder: Path, services_port: int, simulators_port: int) -> None:
    """Until Ctrl-C or SIGTERM. Raises DemoFailed, InvalidSettings and what the stores raise."""
    begun = time.monotonic()
    given = dict(os.environ)
    told = dict(defaults(folder, given, simulators_port))
    settings = load(given, told)
    demo = places(settings, folder, services_port, simulators_port)
    check(settings, demo)
    settings, ca, told = _with_tls(settings, demo, given, told)
    signal.signal(signal.SIGTERM, _stop)
    children = Children()
    try:
        _begin(settings, demo, ca, told, children)
        click.echo(f"ready after {time.monotonic() - begun:.1f} s")
        _watch(children)
    except (KeyboardInterrupt, _Stopped):
        click.echo("stopping")
    finally:
        demo.sandbox.unlink(missing_ok=True)
        demo.environment.unlink(missing_ok=True)
        children.stop()


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise _Stopped


def _with_tls(
    settings: Settings, demo: Places, given: dict[str, str], told: dict[str, str]
) -> tuple[Settings, Path | None, dict[str, str]]:
    """The authority that services trust, and what the provider's process is told beside our own environment."""
    told = {**told, "ISSUER": settings.issuer}
    if not settings.tls or settings.tls_cert is not None:
        return settings, settings.ca if settings.is_https else None, told
    hosts = [urlsplit(settings.issuer).hostname or "localhost", "localhost", "127.0.0.1", "::1"]
    ca, certificate, key = certificates.make(demo.tls, list(dict.fromkeys(hosts)), system_clock())
    told |= {"IDP_TLS_CERT": str(certificate), "IDP_TLS_KEY": str(key)}
    return load(given, told), ca, told


def _begin(settings: Settings, demo: Places, ca: Path | None, told: Mapping[str, str], children: Children) -> None:
    demo.sandbox.unlink(missing_ok=True)
    secrets = secrets_file.load_or_make(demo.secrets, [path.stem for path in manifests()])
    # They need the provider only when somebody comes, so they start while it is being prepared.
    examples = services.children(settings, demo, ca, secrets)
    for example in examples.values():
        children.start(example)
    vneid = children.start(services.vneid(demo.vneid, settings, demo.log("vneid")))
    inbox = children.start(services.inbox(demo.inbox, demo.log("inbox")))
    register = children.start(services.register(demo.register, demo.register_folder, demo.log("population_register")))
    from idp.demo import hub

    # It makes the keys by which the provider is known there.
    children.wait_until_answering(register, f"{demo.register.page_url}/healthz", None, _PATIENCE)
    filled = hub.prepare(settings, demo, secrets, _step)
    # Command lines find the demo by it, with no more settings of their own.
    environment = {**told, **{name: value for name, value in os.environ.items() if value}}
    sandbox_json.write(demo.environment, {name: environment[name] for name in sorted(environment) if name in _KEPT})
    provider = children.start(Child("provider", lambda: hub.run(settings), environment, demo.log("provider")))
    local = f"{'https' if settings.tls else 'http'}://{_reachable(settings.host)}:{settings.port}/readyz"
    children.wait_until_answering(provider, local, ca, _PATIENCE)
    _step("issuer", settings.issuer)
    for service, example in examples.items():
        children.wait_until_answering(example, f"{service.url}/healthz", None, _PATIENCE)
    children.wait_until_answering(vneid, f"{demo.vneid.url}/healthz", None, _PATIENCE)
    children.wait_until_answering(inbox, f"{demo.inbox.url}/healthz", None, _PATIENCE)
    _step("services", ", ".join(service.url for service in demo.services))
    _step("vneid", f"{demo.vneid.url} (simulator)")
    _step("register", f"{demo.register.page_url} (simulator of the population register)")
    _step("inbox", demo.inbox.url)
    token = secrets[secrets_file.TOKEN]
    sandbox_json.write(demo.sandbox, sandbox_json.document(settings, demo, ca, filled, token))
    sandbox_json.invite(settings, demo, filled)


_KEPT = (
    *("DATABASE_URL", "REDIS_URL", "KEYS_DIR", "IDP_PROFILE", "ISSUER", "IDP_EVIDENCE_ROUTES"),
    *("VNEID_ISSUER", "VNEID_CLIENT_ID", "VNEID_CLIENT_SECRET"),
    *("POPULATION_REGISTER_URL", "POPULATION_REGISTER_CLIENT_ID", "POPULATION_REGISTER_CA"),
    *("POPULATION_REGISTER_CERT", "POPULATION_REGISTER_KEY", "POPULATION_REGISTER_SIGNING_KEY"),
    *("SMTP_URL", "MAIL_FROM", "SMS_GATEWAY_URL", "SMS_GATEWAY_TOKEN"),
)


def _watch(children: Children) -> None:
    while True:
        time.sleep(_LOOK_EVERY)
        for name in children.mend():
            click.echo(f"{name} had ended and was started again")


def _step(name: str, done: str) -> None:
    click.echo(f"  {name:<10} {done}")


def _reachable(host: str) -> str:
    any_address = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 - what is asked, not what is bound
    return any_address.get(host, f"[{host}]" if ":" in host else host)
