"""Where the demo listens and keeps its things, and whether it can: what is in the way is said in a sentence."""

import errno
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from idp.identity.routes import SWITCHABLE
from idp.listening import listen
from idp.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENT = "environment.json"
_FIRST_SERVICE_PORT = 8101
FIRST_SIMULATOR_PORT = 8201
_LAST_FIRST_PORT = 65531
# Its simulator is open to this machine alone, and knows fictional people.
VNEID_SECRET = "sandbox"
# Its gateway is open to this machine alone, and holds nothing of real people.
SMS_TOKEN = "sandbox"
REGISTER_CLIENT = "cua-chung"


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
class Vneid:
    """Where VNeID's simulator is."""

    host: str
    port: int

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Inbox:
    """Where the demo's messages end up: a page with an SMS gateway, and a mail server."""

    host: str = "127.0.0.1"
    port: int = FIRST_SIMULATOR_PORT
    # The port between the two is another simulator's.
    smtp_port: int = FIRST_SIMULATOR_PORT + 2

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Register:
    """Where the population register's simulator is: its page for people, and the port that machines ask."""

    host: str
    page_port: int
    port: int

    @property
    def page_url(self) -> str:
        return f"http://{self.host}:{self.page_port}"

    @property
    def url(self) -> str:
        return f"https://{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Places:
    """All files are below `folder`; `services` run on another site than the provider."""

    folder: Path
    services: tuple[Service, ...] = field(default=())
    vneid: Vneid = field(default_factory=lambda: vneid_at(FIRST_SIMULATOR_PORT))
    inbox: Inbox = field(default_factory=Inbox)
    register: Register = field(default_factory=lambda: register_at(FIRST_SIMULATOR_PORT))

    @property
    def register_folder(self) -> Path:
        """The simulator's keys, and those that the provider has for it."""
        return register_folder(self.folder)

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


def defaults(
    folder: Path, environment: Mapping[str, str], first_simulator: int = FIRST_SIMULATOR_PORT
) -> Mapping[str, str]:
    """What the demo sets where the environment says nothing."""
    inbox = inbox_at(first_simulator)
    return {
        "HOST": "localhost",
        **_issuer_without_localhost(environment),
        "IDP_PROFILE": "sandbox",
        "IDP_EVIDENCE_ROUTES": ",".join(sorted(SWITCHABLE)),
        "DATABASE_URL": f"sqlite:///{folder / 'idp.db'}",
        "KEYS_DIR": str(folder / "keys"),
        "VNEID_ISSUER": vneid_at(first_simulator).url,
        "VNEID_CLIENT_ID": "cua-chung",
        "VNEID_CLIENT_SECRET": VNEID_SECRET,
        "SMTP_URL": f"smtp://{inbox.host}:{inbox.smtp_port}",
        "MAIL_FROM": "khong-tra-loi@quangngai.example",
        "SMS_GATEWAY_URL": f"{inbox.url}/sms",
        "SMS_GATEWAY_TOKEN": SMS_TOKEN,
        **_register(folder, first_simulator),
    }


def _register(folder: Path, first_simulator: int) -> Mapping[str, str]:
    """Its simulator writes these files at its first start."""
    files = register_folder(folder)
    return {
        "POPULATION_REGISTER_URL": register_at(first_simulator).url,
        "POPULATION_REGISTER_CLIENT_ID": REGISTER_CLIENT,
        "POPULATION_REGISTER_CA": str(files / "ca.pem"),
        "POPULATION_REGISTER_CERT": str(files / "client.pem"),
        "POPULATION_REGISTER_KEY": str(files / "client.key"),
        "POPULATION_REGISTER_SIGNING_KEY": str(files / "signing.key"),
    }


def simulators_beside(services_port: int) -> int:
    """Whoever moves the services out of the way of another demo moves the simulators along."""
    apart = FIRST_SIMULATOR_PORT - _FIRST_SERVICE_PORT
    return services_port + apart if services_port + apart <= _LAST_FIRST_PORT else services_port - apart


def vneid_at(first_simulator: int) -> Vneid:
    """The port before it is another simulator's."""
    return Vneid("127.0.0.1", first_simulator + 1)


def inbox_at(first_simulator: int) -> Inbox:
    return Inbox(port=first_simulator, smtp_port=first_simulator + 2)


def register_at(first_simulator: int) -> Register:
    return Register("127.0.0.1", first_simulator + 3, first_simulator + 4)


def register_folder(folder: Path) -> Path:
    return folder / "population_register"


def _issuer_without_localhost(environment: Mapping[str, str]) -> Mapping[str, str]:
    """A minimal root has no /etc/hosts, and then no program finds `localhost`: only an address is left."""
    try:
        socket.getaddrinfo("localhost", None)
    except socket.gaierror:
        scheme = "https" if environment.get("TLS") in ("1", "true", "yes") else "http"
        return {"ISSUER": f"{scheme}://127.0.0.1:{environment.get('PORT') or 8000}"}
    return {}


def places(
    settings: Settings,
    folder: Path,
    first_port: int = _FIRST_SERVICE_PORT,
    first_simulator: int = FIRST_SIMULATOR_PORT,
) -> Places:
    """Browsers count hosts as sites, not ports: services take a loopback address that is not the provider's."""
    host = "127.0.0.2" if urlsplit(settings.issuer).hostname == "127.0.0.1" else "127.0.0.1"
    names = ("one_stop_shop", "spa", "api")
    services = tuple(Service(name, host, first_port + n) for n, name in enumerate(names))
    simulators = vneid_at(first_simulator), inbox_at(first_simulator), register_at(first_simulator)
    return Places(folder, services, *simulators)


def check(settings: Settings, demo: Places) -> None:
    """Before anything is begun. Raises DemoFailed."""
    _check_folder(demo.folder)
    _check_port(settings.host, settings.port, "PORT")
    for service in demo.services:
        _check_port(service.host, service.port, "SERVICES_PORT")
    for port in (
        demo.inbox.port,
        demo.vneid.port,
        demo.inbox.smtp_port,
        demo.register.page_port,
        demo.register.port,
    ):
        _check_port(demo.inbox.host, port, "SIMULATORS_PORT")


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
