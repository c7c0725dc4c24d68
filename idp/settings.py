"""The settings of a deployment, read once from the environment; floors below get small frozen policies made of them."""

import difflib
from collections.abc import Callable, Mapping
from dataclasses import Field, dataclass, field, fields
from datetime import date, timedelta
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from idp import setting_values as read
from idp.kernel.secret import Secret
from idp.notify.loopback import is_loopback
from idp.notify.policy import SmtpServer


class Profile(StrEnum):
    """`sandbox` is the demo's world: fictional people, http to loopback, lenient throttling. Never for real people."""

    PRODUCTION = "production"
    SANDBOX = "sandbox"


class InvalidSettings(Exception):
    """One sentence for the administrator; never holds the value of a secret."""


def _profile(text: str) -> Profile:
    return Profile(text)


def _setting(name: str, default: str, parse: Callable[[str], Any], doc: str) -> Any:  # noqa: ANN401 - a dataclass field
    """One setting: its variable, its default as one would write it, how it is read, and what it is for."""
    return field(metadata={"name": name, "default": default, "parse": parse, "doc": doc})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All that an administrator decides outside the database and the key folder."""

    host: str = _setting("HOST", "127.0.0.1", read.text, "address to listen on")
    port: int = _setting("PORT", "8000", read.port, "port to listen on")
    issuer: str = _setting("ISSUER", "", read.optional, "address that people and services use; empty: this machine")
    tls: bool = _setting("TLS", "0", read.flag, "1: speak TLS here, with IDP_TLS_CERT and IDP_TLS_KEY")
    ca: Path | None = _setting("CA", "", read.path, "file of authorities trusted beside the system's own")
    database_url: str = _setting(
        "DATABASE_URL", "sqlite:///var/idp/idp.db", read.text, "sqlite:///path or postgresql://user@host/name"
    )
    redis_url: str | None = _setting("REDIS_URL", "", read.optional, "empty: ephemeral state in this one process")
    keys_dir: Path = _setting("KEYS_DIR", "keys", Path, "folder of the keys that may not lie with the database")
    profile: Profile = _setting("IDP_PROFILE", "production", _profile, "production, or sandbox")
    workers: int = _setting("IDP_WORKERS", "1", read.positive, "processes; more than one needs PostgreSQL and Redis")
    tls_cert: Path | None = _setting("IDP_TLS_CERT", "", read.path, "certificate chain (PEM) for TLS=1")
    tls_key: Path | None = _setting("IDP_TLS_KEY", "", read.path, "its private key (PEM)")
    tls_proxies: tuple[IPv4Network | IPv6Network, ...] = _setting(
        "IDP_TLS_PROXY", "", read.networks, "addresses of the TLS proxy in front; X-Forwarded-* is believed from there"
    )
    metrics_token: Secret | None = _setting(
        "IDP_METRICS_TOKEN", "", read.secret, "bearer token for /metrics; empty: this machine alone may read it"
    )
    log_level: int = _setting("IDP_LOG_LEVEL", "info", read.log_level, "debug, info, warning or error")
    pool_size: int = _setting("IDP_DATABASE_POOL", "10", read.positive, "connections to PostgreSQL per process")
    drain: timedelta = _setting("IDP_DRAIN", "0s", read.span, "answer on while /readyz says no, before a shutdown")
    shutdown: timedelta = _setting("IDP_SHUTDOWN", "10s", read.span, "longest wait for open requests at a shutdown")
    outgoing_networks: tuple[IPv4Network | IPv6Network, ...] = _setting(
        "IDP_OUTGOING_NETWORKS", "", read.networks, "inside networks that may be called, such as the province's own"
    )
    code_lifetime: timedelta = _setting("IDP_CODE_LIFETIME", "60s", read.lifetime, "authorization code")
    access_token_lifetime: timedelta = _setting("IDP_ACCESS_TOKEN_LIFETIME", "5m", read.lifetime, "access token")
    id_token_lifetime: timedelta = _setting("IDP_ID_TOKEN_LIFETIME", "5m", read.lifetime, "ID token")
    refresh_idle: timedelta = _setting("IDP_REFRESH_IDLE", "14d", read.lifetime, "refresh token that is not used")
    refresh_total: timedelta = _setting("IDP_REFRESH_TOTAL", "90d", read.lifetime, "refresh family with offline_access")
    request_uri_lifetime: timedelta = _setting("IDP_REQUEST_URI_LIFETIME", "90s", read.lifetime, "pushed request (PAR)")
    interaction_lifetime: timedelta = _setting(
        "IDP_INTERACTION_LIFETIME", "1h", read.lifetime, "how long a sign-in that was begun waits for the person"
    )
    recovery_cooling: timedelta = _setting(
        "IDP_RECOVERY_COOLING", "1d", read.lifetime, "how long the owner of an account may say no to its recovery"
    )
    raise_standing: timedelta = _setting(
        "IDP_RAISE_STANDING",
        "1d",
        read.lifetime,
        "how long a verification from afar waits, so that its owner may say no",
    )
    evidence_routes: frozenset[str] = _setting(
        "IDP_EVIDENCE_ROUTES", "", read.routes, "ways to verify people that are switched on, beside VNeID"
    )
    chip_dg13_optional_since: date | None = _setting(
        "IDP_CHIP_DG13_OPTIONAL_SINCE", "", read.day, "identity cards that were signed from this day on may lack DG13"
    )
    chip_allow_ber: bool = _setting(
        "IDP_CHIP_ALLOW_BER", "0", read.flag, "1: chips may be signed in BER, which some states write instead of DER"
    )
    chip_allow_stale_crl: bool = _setting(
        "IDP_CHIP_ALLOW_STALE_CRL", "0", read.flag, "1: a revocation list that is over refuses no chip of its authority"
    )
    vneid_issuer: str | None = _setting(
        "VNEID_ISSUER", "", read.optional, "VNeID's issuer; empty: no sign-in with VNeID. Only the operator changes it"
    )
    vneid_client_id: str | None = _setting("VNEID_CLIENT_ID", "", read.optional, "who this hub is at VNeID")
    vneid_client_secret: Secret | None = _setting("VNEID_CLIENT_SECRET", "", read.secret, "its secret there")
    population_register_url: str | None = _setting(
        "POPULATION_REGISTER_URL", "", read.base_address, "the population register; empty: nobody is looked up there"
    )
    population_register_client_id: str | None = _setting(
        "POPULATION_REGISTER_CLIENT_ID", "", read.optional, "who this hub is at the population register"
    )
    population_register_ca: Path | None = _setting(
        "POPULATION_REGISTER_CA", "", read.path, "authorities of its certificate (PEM); no other counts there"
    )
    population_register_cert: Path | None = _setting(
        "POPULATION_REGISTER_CERT", "", read.path, "our certificate there (mutual TLS, PEM)"
    )
    population_register_key: Path | None = _setting(
        "POPULATION_REGISTER_KEY", "", read.path, "its private key (PEM, no password)"
    )
    population_register_signing_key: Path | None = _setting(
        "POPULATION_REGISTER_SIGNING_KEY", "", read.path, "private P-256 key that signs our questions there (PEM)"
    )
    strict_throttle: bool = _setting(
        "IDP_STRICT_THROTTLE", "0", read.flag, "1: a sandbox slows guesses as production does, to see how that looks"
    )
    work_bits: int = _setting(
        "IDP_WORK_BITS",
        "16",
        read.bits,
        "under attack a stranger's browser computes 2 to this power hashes before a try",
    )
    work_wait: timedelta = _setting("IDP_WORK_WAIT", "30s", read.lifetime, "the same for a browser without JavaScript")
    channel_silence: timedelta = _setting(
        "IDP_CHANNEL_SILENCE",
        "400d",
        read.lifetime,
        "after so long without proof of control, a phone number or e-mail address no longer signs anybody in",
    )
    session_low: tuple[timedelta, timedelta] = _setting(
        "IDP_SESSION_LOW", "12h,1h", read.spans, "session at basic and low: total, idle"
    )
    session_substantial: tuple[timedelta, timedelta] = _setting(
        "IDP_SESSION_SUBSTANTIAL", "12h,30m", read.spans, "session at substantial: total, idle"
    )
    session_high: tuple[timedelta, timedelta] = _setting(
        "IDP_SESSION_HIGH", "1h,15m", read.spans, "session at high: total, idle"
    )
    session_shared: tuple[timedelta, timedelta] = _setting(
        "IDP_SESSION_SHARED", "1h,5m", read.spans, "session on a public computer, whatever its level: total, idle"
    )
    hub_name: str = _setting("IDP_HUB_NAME", "Hệ thống đăng nhập dùng chung tỉnh Quảng Ngãi", read.text, "hub's name")
    hub_name_en: str = _setting(
        "IDP_HUB_NAME_EN", "Shared Sign-in of Quảng Ngãi Province", read.text, "the same in English"
    )
    authority: str = _setting("IDP_AUTHORITY", "Ủy ban nhân dân tỉnh Quảng Ngãi", read.text, "who runs it")
    authority_en: str = _setting(
        "IDP_AUTHORITY_EN", "People’s Committee of Quảng Ngãi Province", read.text, "the same in English"
    )
    hotline: str = _setting("IDP_HOTLINE", "1022", read.hotline, "telephone number on every page and in every message")
    smtp: SmtpServer | None = _setting(
        "SMTP_URL", "", read.smtp, "smtp://user:password@host:587 (with STARTTLS), or smtps://…; empty: no e-mail"
    )
    mail_from: str | None = _setting(
        "MAIL_FROM", "", read.mail_address, "sender of e-mail, such as no-reply@example.vn"
    )
    sms_gateway: str | None = _setting("SMS_GATEWAY_URL", "", read.web_address, "HTTP gateway for SMS; empty: no SMS")
    sms_gateway_token: Secret | None = _setting("SMS_GATEWAY_TOKEN", "", read.secret, "bearer token for the gateway")
    op_policy_uri: str | None = _setting("IDP_POLICY_URI", "", read.optional, "privacy policy, for discovery")
    op_tos_uri: str | None = _setting("IDP_TOS_URI", "", read.optional, "terms of use, for discovery")
    service_documentation: str | None = _setting(
        "IDP_SERVICE_DOCUMENTATION", "", read.optional, "page for developers of services, for discovery"
    )

    @property
    def is_sandbox(self) -> bool:
        return self.profile is Profile.SANDBOX

    @property
    def is_https(self) -> bool:
        """What people's browsers see, whoever ends the TLS."""
        return self.issuer.startswith("https://")

    @property
    def is_sqlite(self) -> bool:
        return self.database_url.startswith("sqlite")


def settings_fields() -> tuple[Field[Any], ...]:
    """In the order of the class: for the help and the documentation."""
    return fields(Settings)


def load(environment: Mapping[str, str], defaults: Mapping[str, str] | None = None) -> Settings:
    """Read the environment; `defaults` replace the general ones (the demo has others). Raises InvalidSettings."""
    _refuse_unknown(environment)
    given = {**(defaults or {}), **{name: value for name, value in environment.items() if value}}
    values: dict[str, Any] = {one.name: _value(one, given) for one in settings_fields()}
    scheme = "https" if values["tls"] else "http"
    values["issuer"] = _issuer(values["issuer"] or f"{scheme}://localhost:{values['port']}")
    settings = Settings(**values)
    _refuse_contradictions(settings)
    return settings


def _value(one: Field[Any], given: Mapping[str, str]) -> object:
    name = one.metadata["name"]
    text = given.get(name, one.metadata["default"])
    try:
        return one.metadata["parse"](text)
    except ValueError as reason:
        raise InvalidSettings(f"{name} can't be used: {_sentence(reason, one)}.") from None


def _sentence(reason: ValueError, one: Field[Any]) -> str:
    return str(reason) if isinstance(reason, read.Unreadable) else f"expected is: {one.metadata['doc']}"


_PREFIX: Final = "IDP_"
_LONGEST_CODE: Final = timedelta(minutes=10)


def _refuse_unknown(environment: Mapping[str, str]) -> None:
    """A misspelt limit must not silently be the default."""
    known = {one.metadata["name"] for one in settings_fields()}
    for name in sorted(environment):
        if name.startswith(_PREFIX) and name not in known:
            near = difflib.get_close_matches(name, known, 1)
            raise InvalidSettings(f"{name} is no setting" + (f"; perhaps {near[0]}?" if near else "."))


def _issuer(text: str) -> str:
    """OpenID Connect Discovery §3: a URL without query and fragment; all services compare it letter by letter."""
    try:
        parts = urlsplit(text)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
        parts = urlsplit("")
    if not usable or parts.query or parts.fragment or "@" in parts.netloc or "?" in text or "#" in text:
        raise InvalidSettings("ISSUER can't be used: expected is an address such as https://dangnhap.example.vn.")
    if parts.path not in ("", "/"):
        raise InvalidSettings("ISSUER can't be used: the hub needs a host of its own, without a path.")
    return text.removesuffix("/")


def _is_sound(issuer: str) -> bool:
    return issuer.startswith("https://") and "?" not in issuer and "#" not in issuer and not issuer.endswith("/")


def _refuse_contradictions(settings: Settings) -> None:
    if settings.tls and not settings.is_https:
        raise InvalidSettings("ISSUER begins with http:// although TLS=1.")
    if settings.refresh_idle > settings.refresh_total:
        raise InvalidSettings("IDP_REFRESH_IDLE is longer than IDP_REFRESH_TOTAL.")
    if settings.code_lifetime > _LONGEST_CODE:
        raise InvalidSettings("IDP_CODE_LIFETIME is longer than ten minutes (RFC 6749 §4.1.2).")
    vneid = (settings.vneid_issuer, settings.vneid_client_id, settings.vneid_client_secret)
    if any(part is None for part in vneid) and any(part is not None for part in vneid):
        raise InvalidSettings("VNEID_ISSUER, VNEID_CLIENT_ID and VNEID_CLIENT_SECRET belong together.")
    if settings.vneid_issuer is not None and not settings.is_sandbox and not _is_sound(settings.vneid_issuer):
        raise InvalidSettings("VNEID_ISSUER can't be used: expected is an address such as https://vneid.example.vn.")
    _refuse_half_a_register(settings)
    if (settings.tls_cert is None) != (settings.tls_key is None):
        raise InvalidSettings("IDP_TLS_CERT and IDP_TLS_KEY belong together.")
    if settings.smtp is not None and settings.mail_from is None:
        raise InvalidSettings("SMTP_URL needs MAIL_FROM.")
    if (settings.sms_gateway is None) != (settings.sms_gateway_token is None):
        raise InvalidSettings("SMS_GATEWAY_URL and SMS_GATEWAY_TOKEN belong together.")
    _refuse_sending_from_the_sandbox(settings)


def _refuse_half_a_register(settings: Settings) -> None:
    """Without its own authority and our certificate there, nobody there would be sure of us, nor we of them."""
    names = [one.metadata["name"] for one in settings_fields() if one.name.startswith("population_register_")]
    given = [getattr(settings, one.name) for one in settings_fields() if one.name.startswith("population_register_")]
    if any(part is None for part in given) and any(part is not None for part in given):
        raise InvalidSettings(f"{', '.join(names[:-1])} and {names[-1]} belong together.")
    url = settings.population_register_url
    if url is not None and not url.startswith("https://"):
        raise InvalidSettings("POPULATION_REGISTER_URL can't be used: expected is an https address.")


def _refuse_sending_from_the_sandbox(settings: Settings) -> None:
    """Fictional people bear numbers that somebody may have: nothing is sent beyond this machine."""
    mail = settings.smtp.host if settings.smtp else "localhost"
    sms = urlsplit(settings.sms_gateway).hostname or "" if settings.sms_gateway else "localhost"
    if settings.is_sandbox and not (is_loopback(mail) and is_loopback(sms)):
        raise InvalidSettings("SMTP_URL and SMS_GATEWAY_URL of a sandbox must be on this machine.")
