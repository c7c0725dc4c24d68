"""What may be called, as whom, and how much of it is read: a small frozen policy that the roof hands down."""

from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import TypeAlias

Network: TypeAlias = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class ClientCertificate:
    """Who we are to one destination (RFC 8446 §4.4.2): PEM files of the chain and of its private key."""

    chain: Path
    key: Path


@dataclass(frozen=True, slots=True)
class OutgoingPolicy:
    """Refuses by default: https to public addresses on port 443 and nothing else."""

    sandbox_loopback: bool = False
    """Admit 127.0.0.0/8, ::1 and localhost, on any port and over plain http too: the sandbox profile only."""
    networks: tuple[Network, ...] = ()
    """Inside networks that an administrator names on purpose, such as the province's own; https all the same."""
    ports: frozenset[int] = field(default_factory=lambda: frozenset({443}))
    ca_file: Path | None = None
    """Authorities trusted beside the system's own."""
    max_bytes: int = 256 * 1024
    timeout_s: float = 5.0
    """From the first look-up to the last byte."""
    per_host: int = 4
    """One dead service delays nobody but itself."""
    total: int = 64
    only: str | None = None
    """The one origin, as `target.origin_of` writes it, that may be called at all; None: any that the rest admits."""
    client_certificate: ClientCertificate | None = None
    """Shown to `only`, and therefore to nobody else."""
    system_authorities: bool = True
    """False: `ca_file` alone says who a server is, so no public authority can issue for it."""

    def __post_init__(self) -> None:
        if self.client_certificate is not None and self.only is None:
            raise ValueError("a client certificate needs the one origin that it is for")
        if not self.system_authorities and self.ca_file is None:
            raise ValueError("without the system's authorities others have to be named")
