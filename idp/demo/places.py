"""Where the demo listens and keeps its things, and whether it can: what is in the way is said in a sentence."""

import errno
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from idp.listening import listen
from idp.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENT = "environment.json"
_FIRST_SERVICE_PORT = 8101


class DemoFailed(Exception):
    """One sentence: what is in the way, and what to do."""


@dataclass(frozen=True, slots=True)
class Service:
    """One example service: its module, the client it is, and where it runs."""

    client_id: str
    host: str
    port: int

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Places:
    """All files are below `folder`; `services` run on another site than the provider."""

    folder: Path
    services: tuple[Service, ...] = field(default=())

    @property
    def keys(self) -> Path:
        return self.folder / "keys"

    @property
    def tls(self) -> Path:
        return self.folder / "tls"

    @property
    def secrets(self) -> Path:
        return self.folder / "secrets.json"

    @property
    def sandbox(self) -> Path:
        return self.folder / "sandbox.json"

    @property
    def environment(self) -> Path:
        """The settings of a running demo: command lines work on it when nothing else is set."""
        return self.folder / ENVIRONMENT

    def log(self, name: str) -> Path:
        return self.folder / f"{name}.log"


def manifests() -> list[Path]:
    """The services of the province, and the clients of test programs."""
    folders = (ROOT / "clients" / "manifests", ROOT / "sandbox" / "manifests")
    return [path for folder in folders for path in sorted(folder.glob("*.toml"))]


def defaults(folder: Path, environment: Mapping[str, str]) -> Mapping[str, str]:
    """What the demo sets where the environment says nothing."""
    return {
        "HOST": "localhost",
        **_issuer_without_localhost(environment),
        "IDP_PROFILE": "sandbox",
        "DATABASE_URL": f"sqlite:///{folder / 'idp.db'}",
        "KEYS_DIR": str(folder / "keys"),
    }


def _issuer_without_localhost(environment: Mapping[str, str]) -> Mapping[str, str]:
    """A minimal root has no /etc/hosts, and then no program finds `localhost`: only an address is left."""
    try:
        socket.getaddrinfo("localhost", None)
    except socket.gaierror:
        scheme = "https" if environment.get("TLS") in ("1", "true", "yes") else "http"
        return {"ISSUER": f"{scheme}://127.0.0.1:{environment.get('PORT') or 8000}"}
    return {}


def places(settings: Settings, folder: Path, first_port: int = _FIRST_SERVICE_PORT) -> Places:
    """Browsers count hosts as sites, not ports: services take a loopback address that is not the provider's."""
    host = "127.0.0.2" if urlsplit(settings.issuer).hostname == "127.0.0.1" else "127.0.0.1"
    names = ("one_stop_shop", "spa", "api")
    return Places(folder, tuple(Service(name, host, first_port + n) for n, name in enumerate(names)))


def check(settings: Settings, demo: Places) -> None:
    """Before anything is begun. Raises DemoFailed."""
    _check_folder(demo.folder)
    _check_port(settings.host, settings.port, "PORT")
    for service in demo.services:
        _check_port(service.host, service.port, "SERVICES_PORT")


def _check_folder(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        probe = folder / f".probe-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as reason:
        raise DemoFailed(
            f"The folder {folder} is not writable ({reason.strerror}): start the demo in a folder of your own."
        ) from None


def _check_port(host: str, port: int, variable: str) -> None:
    try:
        for opened in listen(host, port):
            opened.close()
    except OSError as reason:
        if reason.errno == errno.EADDRINUSE:
            raise DemoFailed(
                f"Port {port} is busy: stop what listens there, or choose another: make demo {variable}={port + 1000}"
            ) from None
        if isinstance(reason, socket.gaierror) or reason.errno in (errno.EADDRNOTAVAIL, errno.EACCES):
            raise DemoFailed(f"{host}:{port} can't be listened on ({reason.strerror}).") from None
        raise
