"""What is looked at before the provider may serve, and by `idp doctor`: each finding says what is so and what to do."""

import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

from cryptography import x509

from idp.composition import population_register
from idp.crypto.key_folder import KeyFolder, KeyFolderError
from idp.crypto.request_signer import UnusableKey
from idp.flows import manage_clients, people, upstream_pin
from idp.flows.hall import Hall
from idp.flows.upstream_health import POPULATION_REGISTER, VNEID
from idp.kernel.errors import OAuthError
from idp.outgoing import UnusableCertificate
from idp.protocol import redirect_uri
from idp.protocol.client import ApplicationType, Client, ClientState
from idp.settings import Settings
from idp.storage import migrate
from idp.storage.errors import StorageUnavailable
from idp.storage.url import SqliteUrl, UnusableUrl, parse

_LONG_IN_WAITING = timedelta(hours=1)


class State(StrEnum):
    """`fail`: the provider refuses to start with it."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor; `remedy` is what to do about it."""

    name: str
    state: State
    told: str
    remedy: str = ""


def ok(name: str, told: str) -> Finding:
    return Finding(name, State.OK, told)


def warn(name: str, told: str, remedy: str) -> Finding:
    return Finding(name, State.WARN, told, remedy)


def fail(name: str, told: str, remedy: str) -> Finding:
    return Finding(name, State.FAIL, told, remedy)


def of_settings(settings: Settings, now: datetime) -> Iterator[Finding]:
    """What the settings and the files that they name tell without a database."""
    yield from _profile(settings)
    yield from _transport(settings, now)
    yield from _processes(settings)
    yield from _messages(settings)
    yield from _register(settings, now)
    yield from _keys(settings)


def of_schema(settings: Settings) -> Iterator[Finding]:
    """Whether the database answers and has this release's schema. Not to be called inside a loop."""
    try:
        current = migrate.is_current(settings.database_url)
    except UnusableUrl as reason:
        yield fail("database", str(reason), "correct DATABASE_URL")
        return
    except StorageUnavailable:
        yield fail("database", "it does not answer", "look whether it runs, and whether DATABASE_URL is right")
        return
    if current:
        yield ok("database", f"answers, schema {migrate.head()}")
    else:
        yield fail("database", f"the schema is not that of this release ({migrate.head()})", "run: idp migrate")


async def of_content(hall: Hall, now: datetime) -> list[Finding]:
    """What stands in the database: nothing of the sandbox may, in production."""
    severe = warn if hall.policies.is_sandbox else fail
    found = []
    if await people.holds_sandbox_people(hall):
        found.append(severe("people", "fictional people of a sandbox are here", "use a database of its own"))
    if labels := await manage_clients.sandbox_tokens(hall, now):
        told = f"{len(labels)} initial access tokens of a sandbox are here"
        found.append(severe("initial access tokens", told, "use a database of its own"))
    async with hall.db.read() as tx:
        clients = [registered.client for registered in await tx.clients.all()]
    unsafe = {c.client_id: uri for c in clients if c.state is not ClientState.DISABLED and (uri := _unsafe_uri(c))}
    if unsafe:
        told = "not on https, or on this machine: " + ", ".join(f"{name} ({uri})" for name, uri in unsafe.items())
        found.append(severe("clients", told, "register https addresses, or: idp clients disable CLIENT_ID"))
    return found or [ok("content", "nothing of a sandbox in the database")]


async def of_upstream(hall: Hall, now: datetime) -> list[Finding]:
    """Whether those who vouch for people can be asked by what two administrators approved of them."""
    connected = [name for name, one in ((VNEID, hall.vneid), (POPULATION_REGISTER, hall.population_register)) if one]
    found = [await _upstream(hall, name, now) for name in connected]
    return [*found, await _waiting(hall, now)] if hall.population_register is not None else found


async def _upstream(hall: Hall, name: str, now: datetime) -> Finding:
    standing, of = await upstream_pin.standing(hall, now, name), "" if name == VNEID else f" --of {name}"
    remedy = (
        f"compare with what it announced; then: idp upstream propose{of}, "
        f"and by another account: idp upstream approve{of}"
    )
    if standing.approved is None:
        if hall.policies.is_sandbox:
            return ok(name, "a sandbox believes what its simulator publishes, until something is approved")
        lost = "nobody can sign in with it" if name == VNEID else "it is not asked"
        return warn(name, f"{lost}: its endpoints and keys are not approved", remedy)
    if standing.published is None:
        return warn(name, "it gives no usable answer", "look whether its address can be reached from here")
    if standing.differs:
        told = f"it publishes what is not approved, and therefore not used ({', '.join(standing.differs)})"
        return warn(name, told, remedy)
    return ok(name, f"publishes what was approved: {standing.approved.pin.fingerprint}")


async def _waiting(hall: Hall, now: datetime) -> Finding:
    async with hall.db.read() as tx:
        count, oldest = await tx.register_questions.depth()
    name = "questions to registers"
    if oldest is None or now - oldest < _LONG_IN_WAITING:
        return ok(name, f"{count} wait")
    told = f"{count} wait, the oldest since {oldest:%Y-%m-%d %H:%M}Z"
    return warn(name, told, "idp register waiting tells why; people are told that it takes longer")


def _profile(settings: Settings) -> Iterator[Finding]:
    if settings.is_sandbox:
        yield warn("profile", "sandbox: for trying out only", "IDP_PROFILE=production for real people")
    else:
        yield ok("profile", "production")


def _transport(settings: Settings, now: datetime) -> Iterator[Finding]:
    if settings.tls and settings.tls_cert is None:
        yield fail("tls", "TLS=1 without a certificate", "set IDP_TLS_CERT and IDP_TLS_KEY")
    elif settings.tls_cert is not None:
        yield _certificate("tls", "IDP_TLS_CERT", settings.tls_cert, now)
    if settings.is_sandbox:
        return
    if not settings.is_https:
        yield fail("issuer", f"{settings.issuer} is not https", "set ISSUER to the https address of this hub")
    if not settings.tls and not settings.tls_proxies:
        yield fail(
            "tls",
            "plain HTTP, and no TLS proxy is declared",
            "set IDP_TLS_PROXY to the addresses of the proxy, or TLS=1 with a certificate",
        )


def _certificate(name: str, setting: str, path: Path, now: datetime) -> Finding:
    try:
        ends = x509.load_pem_x509_certificate(path.read_bytes()).not_valid_after_utc
    except (OSError, ValueError):
        return fail(name, f"{path} holds no certificate", f"set {setting} to a PEM file")
    if ends <= now:
        return fail(name, f"the certificate ended on {ends:%Y-%m-%d}", "renew it")
    if ends <= now + timedelta(days=14):
        return warn(name, f"the certificate ends on {ends:%Y-%m-%d}", "renew it")
    return ok(name, f"the certificate is good until {ends:%Y-%m-%d}")


def _register(settings: Settings, now: datetime) -> Iterator[Finding]:
    """A route of evidence: an ended certificate there makes questions wait, and stops nobody's sign-in."""
    name, chain = POPULATION_REGISTER, settings.population_register_cert
    if chain is None:
        return
    try:
        population_register(settings)
    except (UnusableCertificate, UnusableKey) as reason:
        file = reason.file if isinstance(reason, UnusableCertificate) else str(reason)
        yield fail(name, f"can't be used: {file}", "look at the files of POPULATION_REGISTER_*, and who may read them")
        return
    for key in (settings.population_register_key, settings.population_register_signing_key):
        if key is not None and stat.S_IMODE(key.stat().st_mode) & (stat.S_IRWXG | stat.S_IRWXO):
            yield fail(name, f"{key} can be read by other accounts: they could ask as this hub", f"chmod 600 {key}")
            return
    found = _certificate(name, "POPULATION_REGISTER_CERT", chain, now)
    yield warn(name, found.told, found.remedy) if found.state is State.FAIL else found


def _processes(settings: Settings) -> Iterator[Finding]:
    if settings.workers > 1 and settings.is_sqlite:
        yield fail("workers", "several processes on SQLite, which has one writer", "use PostgreSQL, or IDP_WORKERS=1")
    elif settings.workers > 1 and settings.redis_url is None:
        yield fail("workers", "several processes that share no ephemeral state", "set REDIS_URL, or IDP_WORKERS=1")
    elif settings.is_sqlite and not settings.is_sandbox:
        yield warn("database", "SQLite: one process on one machine", "PostgreSQL and Redis for several nodes")


def _messages(settings: Settings) -> Iterator[Finding]:
    """Without a channel nobody is warned of a stranger's sign-in; the provider serves all the same."""
    if settings.is_sandbox:
        return
    if settings.smtp is None:
        yield warn("e-mail", "not set up: no notice goes out by e-mail", "set SMTP_URL and MAIL_FROM")
    if settings.sms_gateway is None:
        yield warn("sms", "not set up: no notice goes out by SMS", "set SMS_GATEWAY_URL and SMS_GATEWAY_TOKEN")
    elif not settings.sms_gateway.startswith("https://"):
        yield fail("sms", "the gateway is not called over https", "set SMS_GATEWAY_URL to an https address")


def _keys(settings: Settings) -> Iterator[Finding]:
    try:
        KeyFolder.open(settings.keys_dir)
        signing = KeyFolder.policy(settings.keys_dir).signing
    except KeyFolderError as reason:
        yield fail("keys", str(reason), "idp keys init makes a folder of keys; chmod closes it to others")
        return
    longest = max(settings.access_token_lifetime, settings.id_token_lifetime)
    if signing.retire_keep < signing.publish_ahead + longest:
        yield fail(
            "keys",
            "tokens live longer than a retired key stays in the JWKS",
            "lengthen retire_keep in policy.toml, or shorten the tokens",
        )
    if not settings.is_sandbox and _beside_database(settings):
        yield fail(
            "keys",
            f"{settings.keys_dir} lies beside the database: whoever copies one has the other",
            "move the keys to a folder of their own and set KEYS_DIR",
        )
    else:
        yield ok("keys", f"{settings.keys_dir} is readable for this account alone")


def _beside_database(settings: Settings) -> bool:
    try:
        url = parse(settings.database_url)
    except UnusableUrl:
        return False
    if not isinstance(url, SqliteUrl):
        return False
    database, keys = url.path.resolve().parent, settings.keys_dir.resolve()
    return keys.is_relative_to(database) or database.is_relative_to(keys)


def _unsafe_uri(client: Client) -> str | None:
    """The first address that the rules of production would not register. Native apps have their loopback (RFC 8252)."""
    for uri in (*client.redirect_uris, *client.post_logout_redirect_uris):
        try:
            redirect_uri.check_registrable(uri, client.application_type, sandbox=False)
        except OAuthError:
            return uri
        if client.application_type is ApplicationType.WEB and redirect_uri.is_loopback(redirect_uri.host(uri)):
            return uri
    called = (client.backchannel_logout_uri, client.jwks_uri, client.client_uri, client.initiate_login_uri)
    for address in called:
        if address and (not address.startswith("https://") or redirect_uri.is_loopback(redirect_uri.host(address))):
            return address
    return None
