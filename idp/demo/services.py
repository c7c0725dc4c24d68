"""The three example services of the demo: separate programs, told about the provider by their environment."""

from collections.abc import Mapping
from pathlib import Path

from idp.demo.children import Child, environment, program
from idp.demo.places import Places, Service
from idp.kernel.secret import Secret
from idp.settings import Settings

_PUBLIC = ("spa",)


def children(settings: Settings, demo: Places, ca: Path | None, secrets: Mapping[str, Secret]) -> dict[Service, Child]:
    """Not started yet."""
    return {service: _child(service, settings, demo, ca, secrets) for service in demo.services}


def _child(service: Service, settings: Settings, demo: Places, ca: Path | None, secrets: Mapping[str, Secret]) -> Child:
    api = next(one for one in demo.services if one.client_id == "api")
    told = {
        "ISSUER": settings.issuer,
        "CLIENT_ID": service.client_id,
        "HOST": service.host,
        "PORT": str(service.port),
        "BASE_URL": service.url,
        "API_URL": api.url,
    }
    if service.client_id not in _PUBLIC:
        told["CLIENT_SECRET"] = secrets[service.client_id].reveal()
    if ca is not None:
        told["CA"] = str(ca)
    example = program("-m", f"clients.examples.{service.client_id}")
    return Child(service.client_id, example, environment(told), demo.log(service.client_id))
