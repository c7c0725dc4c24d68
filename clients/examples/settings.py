"""What an example is told from outside: environment variables, each with a command-line option of the same name."""

import argparse
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

API_AUDIENCE = "https://ho-so.quangngai.example/api"


@dataclass(frozen=True, slots=True)
class Settings:
    """One example: where it listens, who it is at the provider, whom it calls."""

    issuer: str
    client_id: str
    client_secret: str | None = field(repr=False)
    host: str
    port: int
    base_url: str
    ca: str | None
    # The audience of the API example, and where it runs.
    audience: str
    api_url: str

    @property
    def issuer_origin(self) -> str:
        parts = urlsplit(self.issuer)
        return f"{parts.scheme}://{parts.netloc}"


def read(client_id: str, port: int, arguments: Sequence[str] | None = None) -> Settings:
    """Options over environment over the defaults of the demo."""
    parser = argparse.ArgumentParser(description="Each option may be given as an environment variable instead.")
    options = {
        "issuer": "http://localhost:8000",
        "client-id": client_id,
        "client-secret": "",
        "host": "127.0.0.1",
        "port": str(port),
        "base-url": "",
        "ca": "",
        "audience": API_AUDIENCE,
        "api-url": "http://127.0.0.1:8103",
    }
    for name, default in options.items():
        variable = name.replace("-", "_").upper()
        shown = "" if name == "client-secret" else f" (default {default or 'none'})"
        parser.add_argument(f"--{name}", default=os.environ.get(variable) or default, help=f"{variable}{shown}")
    given = parser.parse_args(arguments)
    return Settings(
        issuer=given.issuer,
        client_id=given.client_id,
        client_secret=given.client_secret or None,
        host=given.host,
        port=int(given.port),
        base_url=given.base_url or f"http://{given.host}:{given.port}",
        ca=given.ca or None,
        audience=given.audience,
        api_url=given.api_url.rstrip("/"),
    )
