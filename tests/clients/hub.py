"""The real provider as a process of its own, with the manifests' clients on free ports, for journeys of services."""

import contextlib
import json
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from tests.stand.ports import free_port
from tests.stand.process import private_folder, running

ROOT = Path(__file__).parents[2]
MANIFESTS = ROOT / "clients" / "manifests"
LOGIN, PASSWORD = "051158990137", "Ruộng bậc thang 1958"
SECOND_LOGIN, TOTP_SECRET = "051090990218", "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
# A code counts once, so two journeys within half a minute are two people's.
THIRD_LOGIN = "051185990314"
PEOPLE = [
    {
        "name": "Phạm Thị Lài",
        "national_id": LOGIN,
        "level": "substantial",
        "password": PASSWORD,
        "claims": {"birthdate": "1958-03-12", "gender": "female"},
    },
    {
        "name": "Đinh Văn Rin",
        "national_id": SECOND_LOGIN,
        "level": "substantial",
        "password": PASSWORD,
        "totp_secret": TOTP_SECRET,
    },
    {
        "name": "Nguyễn Thị Hồng",
        "national_id": THIRD_LOGIN,
        "level": "substantial",
        "password": PASSWORD,
        "totp_secret": TOTP_SECRET,
    },
]


@dataclass(frozen=True)
class Hub:
    """Where the provider answers, and what each service was given."""

    folder: Path
    environment: Mapping[str, str]
    port: int
    ports: Mapping[str, int]
    secrets: Mapping[str, str] = field(repr=False)

    @property
    def issuer(self) -> str:
        return f"http://localhost:{self.port}"

    def origin(self, client_id: str) -> str:
        return f"http://127.0.0.1:{self.ports[client_id]}"

    def settings(self, client_id: str) -> dict[str, str]:
        """The environment of a service's process."""
        return {
            "ISSUER": self.issuer,
            "CLIENT_ID": client_id,
            "CLIENT_SECRET": self.secrets[client_id],
            "HOST": "127.0.0.1",
            "PORT": str(self.ports[client_id]),
            "API_URL": self.origin("api"),
        }

    def idp(self, *arguments: str) -> None:
        command = [sys.executable, "-m", "idp", *arguments]
        done = subprocess.run(
            command, cwd=ROOT, env={**os.environ, **self.environment}, check=False, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr

    @contextlib.contextmanager
    def service(self, client_id: str, *command: str) -> Iterator[str]:
        """A service's process, from the checkout; its address."""
        origin = self.origin(client_id)
        with running(
            command,
            ready=lambda: answers(origin),
            log=self.folder / f"{client_id}.log",
            env={**self.settings(client_id), "PYTHONPATH": f"{ROOT}:{ROOT / 'clients' / 'sdk' / 'src'}"},
        ):
            yield origin


@contextlib.contextmanager
def private_hub(**more: str) -> Iterator[Hub]:
    """Keys, schema, three people, the manifests' clients, and the provider; gone afterwards."""
    clients = sorted(path.stem for path in MANIFESTS.glob("*.toml"))
    port = free_port()
    with private_folder("hub") as folder:
        environment = {
            "IDP_PROFILE": "sandbox",
            "HOST": "localhost",
            "PORT": str(port),
            "DATABASE_URL": f"sqlite:///{folder}/idp.db",
            "KEYS_DIR": f"{folder}/keys",
            **more,
        }
        hub = Hub(
            folder=folder,
            environment=environment,
            port=port,
            ports={client_id: free_port() for client_id in clients},
            secrets={client_id: secrets.token_urlsafe(32) for client_id in clients},
        )
        _furnish(hub)
        command = [sys.executable, "-m", "idp", "serve"]
        with running(command, ready=lambda: answers(hub.issuer), log=folder / "idp.log", env=environment):
            yield hub


def _furnish(hub: Hub) -> None:
    with ThreadPoolExecutor() as side_by_side:
        for done in (side_by_side.submit(hub.idp, "keys", "init"), side_by_side.submit(hub.idp, "migrate")):
            done.result()
    people = hub.folder / "people.json"
    people.write_text(json.dumps(PEOPLE), encoding="utf-8")
    hub.idp("people", "add", "--json", str(people))
    options = []
    for client_id, secret in hub.secrets.items():
        file = hub.folder / f"{client_id}.secret"
        file.write_text(secret, encoding="ascii")
        options += ["--origin", f"{client_id}={hub.origin(client_id)}", "--secret", f"{client_id}={file}"]
    hub.idp("clients", "apply", str(MANIFESTS), *options)


def answers(address: str) -> bool:
    """True as soon as something speaks HTTP there."""
    try:
        return httpx.get(address, timeout=1).status_code < 500
    except httpx.HTTPError:
        return False
