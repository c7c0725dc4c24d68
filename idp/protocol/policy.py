"""What the roof decides for the protocol rooms: the issuer, the profile and the lifetimes. Read once, then frozen."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class ProtocolPolicy:
    """`sandbox` alone allows plain http to loopback addresses; lifetimes are settings with the contract's defaults."""

    issuer: str
    sandbox: bool = False
    code_lifetime: timedelta = timedelta(seconds=60)
    access_token_lifetime: timedelta = timedelta(minutes=5)
    id_token_lifetime: timedelta = timedelta(minutes=5)
    refresh_idle: timedelta = timedelta(days=14)
    refresh_total: timedelta = timedelta(days=90)
    request_uri_lifetime: timedelta = timedelta(seconds=90)
    ui_locales: tuple[str, ...] = ("vi", "en")
    signing_algs: tuple[str, ...] = ("ES256", "RS256")
    service_documentation: str | None = None
    op_policy_uri: str | None = None
    op_tos_uri: str | None = None
