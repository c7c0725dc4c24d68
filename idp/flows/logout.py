"""RP-initiated logout: who may end this browser's session, on whose word, and where the person goes next."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

import orjson

from idp.crypto import base64url
from idp.crypto.field_encryption import Undecryptable
from idp.flows import discretion, sessions
from idp.flows.hall import Hall
from idp.flows.id_token_hint import verified_hint
from idp.flows.visitor import Visitor
from idp.identity.person import Person
from idp.kernel.errors import OAuthError, PageError
from idp.protocol import logout
from idp.protocol.logout import LogoutRequest
from idp.protocol.parameters import Parameters
from idp.storage.clients import RegisteredClient

_CONTEXT: Final = "logout-request"


@dataclass(frozen=True, slots=True)
class Asked:
    """A checked logout request with the client that makes it, if one is named, and what it would end.

    `person` is who is signed in, `reached` the services that were reached; a lapsed session names neither to whoever
    sits there now.
    """

    request: LogoutRequest
    registered: RegisteredClient | None
    confirm: bool
    signed_in: bool
    person: Person | None = None
    reached: tuple[str, ...] = ()
    # Whether sensitive services among them may be named.
    sees_all: bool = False


async def check(hall: Hall, parameters: Parameters, visitor: Visitor, now: datetime) -> Asked:
    """OpenID Connect RP-Initiated Logout 1.0 §2. Raises PageError: there is no open redirect here."""
    hint = _hint(hall, parameters)
    client_id = logout.client_id_of(parameters, hint)
    registered = await hall.clients.get(client_id, now) if client_id else None
    request = logout.check(parameters, hint, registered.client if registered else None)
    return await _asked(hall, request, registered, visitor, now)


async def check_kept(hall: Hall, kept: str, visitor: Visitor, now: datetime) -> Asked:
    """The same for a request that `keep` sealed; where it may lead is proven anew."""
    request = _opened(hall, kept)
    registered = await hall.clients.get(request.client_id, now) if request.client_id else None
    uris = registered.client.post_logout_redirect_uris if registered else ()
    if request.post_logout_redirect_uri is not None and request.post_logout_redirect_uri not in uris:
        raise PageError("logout_redirect_mismatch")
    return await _asked(hall, request, registered, visitor, now)


def keep(hall: Hall, request: LogoutRequest) -> str:
    """The checked request as one opaque word for our own addresses: nothing is stored, so nothing expires meanwhile."""
    sealed = hall.vault.seal(orjson.dumps(asdict(request)), _CONTEXT)
    return base64url.encode(sealed)


def _opened(hall: Hall, kept: str) -> LogoutRequest:
    try:
        document = orjson.loads(hall.vault.open_(base64url.decode(kept), _CONTEXT))
    except (Undecryptable, ValueError):
        raise PageError("malformed_request") from None
    return LogoutRequest(**{**document, "ui_locales": tuple(document["ui_locales"])})


async def _asked(
    hall: Hall, request: LogoutRequest, registered: RegisteredClient | None, visitor: Visitor, now: datetime
) -> Asked:
    async with hall.db.read() as tx:
        session = await sessions.of_browser(tx, visitor)
        reached = await tx.client_sessions.of_session(session.id) if session else []
        living = await sessions.current(tx, hall, visitor, now)
        person = await tx.persons.get(living.person_id) if living else None
    pairs = [(one.client_id, one.sid) for one in reached]
    confirm = logout.needs_confirmation(request, pairs, signed_in=session is not None)
    named = tuple(client_id for client_id, _ in pairs) if living else ()
    sees_all = living is not None and person is not None and discretion.sees_all(hall, person, living, now)
    return Asked(request, registered, confirm, session is not None, person, named, sees_all)


def _hint(hall: Hall, parameters: Parameters) -> Mapping[str, Any] | None:
    try:
        return verified_hint(hall, parameters)
    except OAuthError:
        raise PageError("repeated_parameter") from None


@dataclass(frozen=True, slots=True)
class Ended:
    """The services that the session had reached, by client id; and whether it was on a public computer."""

    client_ids: tuple[str, ...] = ()
    shared: bool = False


async def end(hall: Hall, visitor: Visitor, now: datetime) -> Ended:
    """End this browser's session, if there is one."""
    async with hall.db.tx() as tx:
        # Lapsed or not: who signs out means every service that was reached from here.
        session = await sessions.of_browser(tx, visitor)
        if session is None:
            return Ended()
        reached = await tx.client_sessions.of_session(session.id)
        await sessions.end(tx, session, actor=f"person:{session.person_id}", reason="signed_out", now=now)
    hall.outbox_due.set()
    return Ended(tuple(one.client_id for one in reached), session.shared)
