"""`idp demo` as a process of its own, as an administrator starts it: what it tells programs, and the people to send."""

import contextlib
import functools
import itertools
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from idp.crypto.password_hash import PasswordHash
from idp.demo.places import simulators_beside
from idp.kernel.secret import Secret
from tests.journeys.relying_party import RelyingParty, trust
from tests.stand.node import ROOT
from tests.stand.ports import free_port, is_listening
from tests.stand.process import private_folder, running

PASSWORD = "ruộng bậc thang 1958"
_FAMILIES, _MIDDLES = ("Bùi", "Đỗ", "Võ", "Hồ", "Đặng"), ("Thị", "Văn", "Ngọc")
_GIVEN = ("Ước", "Hiển", "Lượm", "Nhẫn", "Trầm", "Sương", "Biển", "Thơ", "Mỹ", "Kỳ")
_NEWCOMERS, _WITH_CODE = 150, 32


@dataclass(frozen=True)
class Citizen:
    """Who sits before a browser, with what they know and carry."""

    name: str
    login: str
    password: str = field(default=PASSWORD, repr=False)
    totp_secret: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Demo:
    """A running demo. Each test takes people of its own from it, so that none meets what another agreed to."""

    process: subprocess.Popen[bytes]
    folder: Path
    environment: Mapping[str, str]
    sandbox: Mapping[str, Any]
    _plain: Iterator[Citizen] = field(repr=False)
    _with_code: Iterator[Citizen] = field(repr=False)

    @property
    def issuer(self) -> str:
        return str(self.sandbox["issuer"])

    @property
    def ca(self) -> str | None:
        ca: str | None = self.sandbox["ca"]
        return ca

    @property
    def register_page(self) -> str:
        """Where people see the population register's simulator; machines ask it one port further."""
        asked = urlsplit(self.environment["POPULATION_REGISTER_URL"])
        return f"http://{asked.hostname}:{(asked.port or 0) - 1}"

    def service(self, name: str) -> str:
        """Where one of the examples runs."""
        return next(str(one["url"]) for one in self.sandbox["services"] if one["name"] == name)

    def person(self, name: str) -> Citizen:
        """One of the demo's own people."""
        told = next(one for one in self.sandbox["people"] if one["name"] == name)
        return Citizen(told["name"], told["login"], told["password"], told["totp_secret"])

    def newcomer(self, *, totp: bool = False) -> Citizen:
        """Somebody who never signed in before."""
        return next(self._with_code if totp else self._plain)

    def client(self, client_id: str) -> RelyingParty:
        """One of the demo's own clients."""
        told = next(one for one in self.sandbox["clients"] if one["client_id"] == client_id)
        return RelyingParty(self.issuer, told, self.ca)

    def try_register(self, **metadata: Any) -> httpx.Response:
        """RFC 7591, with the token that the demo gives to programs; None leaves a member out."""
        document = {name: value for name, value in metadata.items() if value is not None}
        bearer = {"authorization": f"Bearer {self.sandbox['initial_access_token']}"}
        return httpx.post(f"{self.issuer}/register", json=document, headers=bearer, verify=trust(self.ca), timeout=30)

    def register(self, **metadata: Any) -> RelyingParty:
        """A service that nobody agreed to yet."""
        answer = self.try_register(
            **{
                "client_name": "Dịch vụ thử",
                "redirect_uris": ["http://127.0.0.1:8191/callback"],
                "grant_types": ["authorization_code", "refresh_token"],
                "id_token_signed_response_alg": "ES256",
                "scope": "openid profile",
                **metadata,
            }
        )
        assert answer.status_code == 201, answer.text
        return RelyingParty(self.issuer, answer.json(), self.ca)

    def add_client(self, document: Mapping[str, Any]) -> RelyingParty:
        """A service as an administrator writes it down, with all its terms."""
        return RelyingParty(self.issuer, json.loads(self.idp("clients", "add", "--json", "-", given=document)), self.ca)

    def apply_client(self, document: Mapping[str, Any]) -> None:
        """The same service, changed as an administrator changes its manifest."""
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, f"{document['client_id']}.toml").write_text(_toml(document), encoding="utf-8")
            self.idp("clients", "apply", folder)

    def idp(self, *arguments: str, given: object = None) -> str:
        """The command line beside the running demo; `given` is JSON for its standard input."""
        done = subprocess.run(
            [sys.executable, "-m", "idp", *arguments],
            cwd=ROOT,
            env={**os.environ, **self.environment},
            input=None if given is None else json.dumps(given, ensure_ascii=False),
            check=False,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def find_people(self, who: str) -> list[dict[str, Any]]:
        """As an administrator looks them up."""
        found: list[dict[str, Any]] = json.loads(self.idp("people", "show", who))
        return found

    def kill_provider(self) -> None:
        """kill -9 of the provider alone, and patience until the demo has begun it again."""
        victims = list(self._forked())
        for process in victims:
            os.kill(process, signal.SIGKILL)
        deadline = time.monotonic() + 60
        while set(victims) & set(self._forked()) or not self._is_ready():
            assert time.monotonic() < deadline, "the provider did not come back"
            time.sleep(0.1)

    def _forked(self) -> Iterator[int]:
        """Children that are the demo's own program; the services are other programs."""
        own = Path(f"/proc/{self.process.pid}/cmdline").read_bytes()
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text(encoding="ascii")
        for child in children.split():
            with contextlib.suppress(OSError):
                if Path(f"/proc/{child}/cmdline").read_bytes() == own:
                    yield int(child)

    def _is_ready(self) -> bool:
        with contextlib.suppress(httpx.HTTPError):
            return httpx.get(f"{self.issuer}/readyz", verify=trust(self.ca), timeout=5).status_code == 200
        return False


@contextlib.contextmanager
def running_demo(**settings: str) -> Iterator[Demo]:
    """The demo in a folder and on ports of its own, with newcomers; gone afterwards."""
    with private_folder("demo") as folder:
        port, services = free_port(), _three_ports()
        given = {"PORT": str(port), **settings}
        command = [sys.executable, "-m", "idp", "demo", "--folder", str(folder), "--services-port", str(services)]
        sandbox = folder / "sandbox.json"
        with running(
            # The kernel ends the demo with the test process, and the demo its own processes.
            ["setpriv", "--pdeathsig=TERM", *command],
            ready=sandbox.exists,
            log=folder / "demo.log",
            env=given,
            seconds=110,
        ) as process:
            told = json.loads(sandbox.read_text(encoding="utf-8"))
            environment = json.loads((folder / "environment.json").read_text(encoding="utf-8"))
            plain, with_code = _newcomers()
            demo = Demo(process, folder, environment, told, iter(plain), iter(with_code))
            demo.idp("people", "add", "--json", "-", given=[_document(one) for one in (*plain, *with_code)])
            yield demo


def _three_ports() -> int:
    """The first of three ports in a row, with room for the simulators that stand beside them."""
    while True:
        port = free_port()
        beside = simulators_beside(port)
        if not any(map(is_listening, (port + 1, port + 2, *range(beside, beside + 5)))):
            return port


def _newcomers() -> tuple[list[Citizen], list[Citizen]]:
    names = [" ".join(parts) for parts in itertools.product(_FAMILIES, _MIDDLES, _GIVEN)]
    people = [Citizen(name, f"nguoi-{n}@quangngai.example") for n, name in enumerate(names[:_NEWCOMERS])]
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
    coded = [
        Citizen(one.name, f"ma-{one.login}", totp_secret=f"JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PX{alphabet[n]}")
        for n, one in enumerate(people[:_WITH_CODE])
    ]
    return people, coded


def _document(one: Citizen) -> dict[str, Any]:
    """As an existing system hands people over: with a hash, so that sixty sign-ups cost no more than one."""
    return {
        "name": one.name,
        "email": one.login,
        "level": "substantial",
        "password_hash": _hashed(),
        "claims": {"birthdate": "1968-04-30", "email_verified": True},
        **({"totp_secret": one.totp_secret} if one.totp_secret else {}),
    }


@functools.cache
def _hashed() -> str:
    return PasswordHash().hash(Secret(PASSWORD))


def _toml(document: Mapping[str, Any]) -> str:
    """JSON's strings, booleans and lists are TOML's too."""

    def lines(table: Mapping[str, Any]) -> list[str]:
        return [f"{json.dumps(k)} = {json.dumps(v, ensure_ascii=False)}" for k, v in table.items()]

    plain = {name: value for name, value in document.items() if name not in ("agency", "scopes")}
    scopes = [line for scope in document["scopes"] for line in ("[[scopes]]", *lines(scope))]
    return "\n".join([*lines(plain), "[agency]", *lines(document["agency"]), *scopes])
