"""Where messages go out, and who is said to send them: small frozen policies that the roof hands down."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from idp.kernel.secret import Secret


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """`implicit_tls`: TLS from the first byte (RFC 8314 §3.3); otherwise STARTTLS before anything is said."""

    host: str
    port: int
    implicit_tls: bool = False
    user: str | None = None
    password: Secret | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class EmailPolicy:
    """Nothing is sent in the clear, but to this very machine where `plain_loopback` says so (the sandbox)."""

    server: SmtpServer
    sender: str
    plain_loopback: bool = False
    ca_file: Path | None = None
    timeout_s: float = 8.0


@dataclass(frozen=True, slots=True)
class SmsPolicy:
    """The gateway's address for messages; its reports stand below it."""

    url: str
    token: Secret = field(repr=False)


@dataclass(frozen=True, slots=True)
class Sender:
    """How the hub signs: its name by language, where a person's own pages are, and whom to call."""

    names: Mapping[str, str]
    origin: str
    hotline: str
