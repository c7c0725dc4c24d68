"""A sign-in on its way: kept sealed in the cache, bound to one browser, moved on by one accepted step at a time."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import orjson

from idp.flows.hall import Hall
from idp.flows.visitor import Visitor
from idp.kernel.clock import instant
from idp.kernel.ids import new_id
from idp.kernel.secret import Secret
from idp.protocol import request_codec
from idp.protocol.request import AuthorizationRequest, Prompt


class InteractionLost(Exception):
    """Expired, or the cache forgot it: the person starts again at the service."""


class OtherBrowser(Exception):
    """Begun in another browser: a link that somebody sent (Keycloak CVE-2026-7507), or cookies that are gone."""


class InteractionFinished(Exception):
    """The answer went back to the service already."""


@dataclass(frozen=True, slots=True)
class Named:
    """Who was named on the way to a code, before anything is proven: a person's id, or a name that nobody bears.

    `spelled`: what was typed for it, in its canonical form. `pin_id` and `pin_at`: the PIN of a code card that was
    right a moment ago, and waits for a code of the card.
    """

    who: str
    spelled: str = ""
    pin_id: str | None = None
    pin_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Interaction:
    """`nonce` goes into the transition token of each page and changes with every accepted step."""

    id: str
    request: AuthorizationRequest
    begun_at: datetime
    browser: str
    nonce: str
    finished: bool = False
    # On a public computer, says the person who is about to sign in.
    shared: bool = False
    version: int = 0
    named: Named | None = None


def binding(browser: Secret) -> str:
    """How an interaction names its browser, without being of use to anybody who reads it."""
    return browser.digest().hex()


async def open_(hall: Hall, request: AuthorizationRequest, browser: Secret, now: datetime) -> Interaction:
    """Begin. The id is no secret; what protects the interaction is the browser's cookie."""
    interaction = Interaction(new_id(), request, now, binding(browser), new_id())
    await hall.cache.interactions.put(interaction.id, _sealed(hall, interaction), _ttl(hall))
    return interaction


async def load(hall: Hall, interaction_id: str, visitor: Visitor) -> Interaction:
    """The interaction of this browser; raises InteractionLost, OtherBrowser or InteractionFinished."""
    found = await hall.cache.interactions.get(interaction_id)
    if found is None:
        raise InteractionLost
    interaction = replace(_opened(hall, interaction_id, found.record), version=found.version)
    if visitor.browser is None or binding(visitor.browser) != interaction.browser:
        raise OtherBrowser
    if interaction.finished:
        raise InteractionFinished
    return interaction


async def advance(hall: Hall, interaction: Interaction) -> bool:
    """Use up the page that was shown; False where another request was faster."""
    return await _swap(hall, interaction, replace(interaction, nonce=new_id(), named=None))


async def name(hall: Hall, interaction: Interaction, named: Named) -> bool:
    """Somebody said who they are, and goes on to the page of a code. False where another request was faster."""
    return await _swap(hall, interaction, replace(interaction, nonce=new_id(), named=named))


async def on_shared_computer(hall: Hall, interaction: Interaction) -> Interaction:
    """The person says where they sit. A double click loses this race, and its own request is still told."""
    if interaction.shared:
        return interaction
    told = replace(interaction, shared=True)
    swapped = await _swap(hall, interaction, told)
    return replace(told, version=interaction.version + int(swapped))


async def switch_person(hall: Hall, interaction: Interaction, now: datetime) -> bool:
    """Not me, says the person: the same request, begun anew for whoever signs in next."""
    prompt = interaction.request.prompt | {Prompt.SELECT_ACCOUNT}
    request = replace(interaction.request, prompt=prompt, login_hint=None)
    return await _swap(
        hall, interaction, replace(interaction, request=request, begun_at=now, nonce=new_id(), named=None)
    )


async def finish(hall: Hall, interaction: Interaction) -> bool:
    """End it, before anything is issued: of two parallel requests one alone goes on."""
    return await _swap(hall, interaction, replace(interaction, nonce=new_id(), finished=True))


async def _swap(hall: Hall, interaction: Interaction, successor: Interaction) -> bool:
    record = _sealed(hall, successor)
    return await hall.cache.interactions.swap(interaction.id, interaction.version, record, _ttl(hall))


def _ttl(hall: Hall) -> int:
    return int(hall.policies.interaction.total_seconds())


def _sealed(hall: Hall, interaction: Interaction) -> bytes:
    document = {
        "request": request_codec.to_json(interaction.request),
        "begun_at": interaction.begun_at.timestamp(),
        "browser": interaction.browser,
        "nonce": interaction.nonce,
        "finished": interaction.finished,
        "shared": interaction.shared,
        "named": _stored(interaction.named),
    }
    return hall.vault.seal(orjson.dumps(document), _context(interaction.id))


def _opened(hall: Hall, interaction_id: str, record: bytes) -> Interaction:
    document = orjson.loads(hall.vault.open_(record, _context(interaction_id)))
    return Interaction(
        interaction_id,
        request_codec.from_json(document["request"]),
        instant(document["begun_at"]),
        document["browser"],
        document["nonce"],
        document["finished"],
        # A node of a release from before, beside this one, writes none.
        shared=document.get("shared", False),
        # A release that asked for no codes wrote nobody's name.
        named=_named(document.get("named")),
    )


def _stored(named: Named | None) -> list[Any] | None:
    if named is None:
        return None
    return [named.who, named.pin_id, named.pin_at and named.pin_at.timestamp(), named.spelled]


def _named(stored: list[Any] | None) -> Named | None:
    if stored is None:
        return None
    who, pin_id, pin_at, spelled = stored
    return Named(who, spelled, pin_id, None if pin_at is None else instant(pin_at))


def _context(interaction_id: str) -> str:
    return f"interaction:{interaction_id}"
