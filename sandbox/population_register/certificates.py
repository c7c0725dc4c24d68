"""Keys of a first start, kept for the next: the register's own authority, its certificate, the hub's, and both signers.

In the world each side makes its own private keys and hands over what is public; in the box one folder holds them all.
"""

import ipaddress
import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

_YEAR = timedelta(days=365)
_SOON = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Folder:
    """Where everything is. `ca`, `client`, `client_key`, `signing_key` are for the hub; the rest is the register's."""

    path: Path

    @property
    def ca(self) -> Path:
        return self.path / "ca.pem"

    @property
    def server(self) -> Path:
        return self.path / "server.pem"

    @property
    def server_key(self) -> Path:
        return self.path / "server.key"

    @property
    def expired(self) -> Path:
        """For the fault: of the same key and authority, and ended yesterday."""
        return self.path / "expired.pem"

    @property
    def client(self) -> Path:
        return self.path / "client.pem"

    @property
    def client_key(self) -> Path:
        return self.path / "client.key"

    @property
    def signing_key(self) -> Path:
        return self.path / "signing.key"

    @property
    def answer_key(self) -> Path:
        return self.path / "answers.key"


def make(path: Path, host: str, now: datetime | None = None) -> Folder:
    """What is there stays while its certificates last. The authority's own key is never written."""
    folder, at = Folder(path), now or datetime.now(UTC)
    if not _lasts(folder, at):
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write(folder, host, at)
    return folder


def _lasts(folder: Folder, now: datetime) -> bool:
    needed = (folder.ca, folder.server_key, folder.client_key, folder.signing_key, folder.answer_key, folder.expired)
    try:
        ends = [x509.load_pem_x509_certificate(one.read_bytes()) for one in (folder.server, folder.client)]
    except (OSError, ValueError):
        return False
    return all(one.exists() for one in needed) and all(one.not_valid_after_utc > now + _SOON for one in ends)


def _write(folder: Folder, host: str, now: datetime) -> None:
    root, server, client = (ec.generate_private_key(ec.SECP256R1()) for _ in range(3))
    issuer = _name("Population register (sandbox) authority")
    valid = (now - timedelta(hours=1), now + _YEAR)
    ended = (now - _YEAR, now - timedelta(days=1))
    authority = (
        _builder(issuer, issuer, root, valid)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(of_an_authority=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(root.public_key()), critical=False)
        .sign(root, hashes.SHA256())
    )
    to_serve, to_ask = ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH
    folder.server.write_bytes(_leaf(issuer, root, server, host, to_serve, valid))
    folder.expired.write_bytes(_leaf(issuer, root, server, host, to_serve, ended))
    folder.client.write_bytes(_leaf(issuer, root, client, "cua-chung", to_ask, valid))
    folder.ca.write_bytes(authority.public_bytes(serialization.Encoding.PEM))
    _keep(folder.server_key, server)
    _keep(folder.client_key, client)
    for path in (folder.signing_key, folder.answer_key):
        _keep(path, ec.generate_private_key(ec.SECP256R1()))


def _leaf(
    issuer: x509.Name,
    root: EllipticCurvePrivateKey,
    key: EllipticCurvePrivateKey,
    host: str,
    use: ObjectIdentifier,
    valid: tuple[datetime, datetime],
) -> bytes:
    made = (
        _builder(_name(host), issuer, key, valid)
        .add_extension(x509.SubjectAlternativeName([_alternative(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(of_an_authority=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([use]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(root.public_key()), critical=False)
        .sign(root, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: EllipticCurvePrivateKey, valid: tuple[datetime, datetime]
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(valid[0])
        .not_valid_after(valid[1])
    )


def _usage(*, of_an_authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not of_an_authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=of_an_authority,
        crl_sign=of_an_authority,
        encipher_only=False,
        decipher_only=False,
    )


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _alternative(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _keep(path: Path, key: EllipticCurvePrivateKey) -> None:
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as opened:
        opened.write(pem)
