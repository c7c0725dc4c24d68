"""The example services and simulators of the demo: separate programs, told what they need by their environment."""

from collections.abc import Mapping
from pathlib import Path

from idp.demo.children import Child, environment, program
from idp.demo.places import REGISTER_CLIENT, SMS_TOKEN, VNEID_SECRET, Inbox, Places, Register, Service, Vneid
from idp.kernel.secret import Secret
from idp.settings import Settings

_PUBLIC = ("spa",)


def children(settings: Settings, demo: Places, ca: Path | None, secrets: Mapping[str, Secret]) -> dict[Service, Child]:
    """Not started yet."""
    return {service: _child(service, settings, demo, ca, secrets) for service in demo.services}


def vneid(place: Vneid, settings: Settings, log: Path) -> Child:
    """VNeID's simulator, which knows this hub as its one client."""
    told = {
        "HOST": place.host,
        "PORT": str(place.port),
        "VNEID_ISSUER": place.url,
        "VNEID_CLIENT_ID": settings.vneid_client_id or "cua-chung",
        "VNEID_CLIENT_SECRET": VNEID_SECRET,
        "REDIRECT_URI": f"{settings.issuer}/vneid/callback",
    }
    return Child("vneid", program("-m", "sandbox.vneid"), environment(told), log)


def register(place: Register, folder: Path, log: Path) -> Child:
    """The population register's simulator; it makes the keys of both sides at its first start."""
    told = {
        "HOST": place.host,
        "PORT": str(place.port),
        "PAGE_PORT": str(place.page_port),
        "URL": place.url,
        "CLIENT_ID": REGISTER_CLIENT,
        "FOLDER": str(folder.absolute()),
    }
    return Child("population register", program("-m", "sandbox.population_register"), environment(told), log)


def inbox(place: Inbox, log: Path) -> Child:
    """Takes what the provider sends to people, and shows it."""
    told = {"HOST": place.host, "PORT": str(place.port), "SMTP_PORT": str(place.smtp_port), "TOKEN": SMS_TOKEN}
    return Child("inbox", program("-m", "sandbox.inbox"), environment(told), log)


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
