"""What the demo puts into the hub: fictional people, the services of the manifests, test clients and a token."""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from idp.authn.authenticators import reachable_level
from idp.demo import card_authority, officers
from idp.demo.places import ROOT, Places, manifests
from idp.demo.secrets_file import TOKEN
from idp.flows import clients_manifest, communes, manage_clients, people, person_document
from idp.flows.client_document import Described, read
from idp.flows.hall import Hall
from idp.flows.register_client import APPROVE
from idp.identity import commune, login_identifier
from idp.identity.commune import Commune
from idp.kernel.clock import system_clock
from idp.kernel.level import Level
from idp.kernel.secret import Secret
from idp.protocol import acr
from idp.protocol.powers import Power

_ACTOR = "demo"
_PEOPLE = ROOT / "sandbox" / "people.json"
# The names are real, the codes are not: official ones come from the operator's file.
_COMMUNES = ROOT / "sandbox" / "communes.csv"
_SINCE = date(2025, 7, 1)


@dataclass(frozen=True, slots=True)
class Filled:
    """How many were new; `clients` and `people` as sandbox.json tells them."""

    new_people: int
    changed_clients: int
    people: list[dict[str, Any]]
    clients: list[dict[str, Any]]
    officers: list[dict[str, Any]]


async def fill(hall: Hall, demo: Places, secrets: Mapping[str, Secret]) -> Filled:
    """Idempotent: what is there already stays."""
    documents = json.loads(_PEOPLE.read_text("utf-8"))["people"]
    codes = {unit.title: unit.code for unit in await _communes(hall)}
    new_people = [await _add(hall, _with_commune(document, codes)) for document in documents].count(True)
    described = [_read(hall, demo, path) for path in manifests()]
    planned = await clients_manifest.plan(hall, described, secrets)
    await clients_manifest.apply(hall, planned, actor=_ACTOR, now=system_clock())
    await manage_clients.issue_initial_access_token(
        hall,
        "demo",
        [APPROVE, Power.NO_PKCE_BY_DEFAULT.value],
        timedelta(days=3650),
        None,
        actor=_ACTOR,
        now=system_clock(),
        token=secrets[TOKEN],
    )
    await card_authority.fill(hall)
    return Filled(
        new_people=new_people,
        changed_clients=len(planned.changes),
        people=[_told_person(hall, document) for document in documents],
        clients=[_told_client(one, secrets) for one in described],
        officers=await officers.fill(hall, codes),
    )


async def _communes(hall: Hall) -> list[Commune]:
    async with hall.db.read() as tx:
        known = await tx.communes.all()
    if not known:
        units = commune.read(_COMMUNES.read_text("utf-8"))
        known = list((await communes.import_(hall, units, _SINCE, actor=_ACTOR, now=system_clock())).begun)
    return [unit for unit in known if unit.until is None]


def _with_commune(document: Mapping[str, Any], codes: Mapping[str, str]) -> Mapping[str, Any]:
    code = codes.get(document.get("claims", {}).get("address", {}).get("locality", ""))
    return document if code is None else {**document, "commune": code}


async def _add(hall: Hall, document: Mapping[str, Any]) -> bool:
    now = system_clock()
    new = person_document.read(document, now.date())
    async with hall.db.read() as tx:
        for kind, value in new.identifiers:
            if kind != "name_word" and await tx.persons.find(kind, value) is not None:
                return False
    await people.add(hall, new, actor=_ACTOR, now=now)
    return True


def _read(hall: Hall, demo: Places, path: Path) -> Described:
    origins = {service.client_id: service.url for service in demo.services}
    document = tomllib.loads(path.read_text("utf-8"))
    return read(document, hall.policies.protocol, system_clock(), source="manifest", place=origins.get(path.stem))


def _told_person(hall: Hall, document: Mapping[str, Any]) -> dict[str, Any]:
    """`acr` is what this person can really reach: the lower of what is known of them and what they can prove with."""
    kinds = ["password", *(["totp"] if document.get("totp_secret") else [])]
    identity = next(level for level in Level if level.word == document["level"])
    reached = min(identity, reachable_level(kinds) or Level.BASIC)
    return {
        "login": document.get("national_id") or login_identifier.canonical_phone(document["phone_number"]),
        "password": document["password"],
        "name": document["name"],
        "acr": acr.url(hall.policies.issuer, reached),
        "totp_secret": document.get("totp_secret"),
    }


def _told_client(one: Described, secrets: Mapping[str, Secret]) -> dict[str, Any]:
    client = one.registered.client
    return {
        "client_id": client.client_id,
        "client_secret": secrets[client.client_id].reveal() if one.needs_secret else None,
        "token_endpoint_auth_method": client.token_endpoint_auth_method.value,
        "redirect_uris": list(client.redirect_uris),
        "post_logout_redirect_uris": list(client.post_logout_redirect_uris),
        "id_token_signed_response_alg": client.id_token_signed_response_alg,
        "require_pkce": client.require_pkce,
        "resource": sorted(client.resources),
        "grant_types": sorted(client.grant_types),
        "scope": " ".join(sorted(client.scopes)),
    }
